"""The rules that an organisation writes: files in the form of those under rules/, with a [match] table."""

from __future__ import annotations

import re

from lplint import ruleset
from lplint.checks import matching
from lplint.model.rule import SEVERITIES, Rule, RuleTexts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a file must have, and what it may have.
_NEEDED = ("id", "name", "title", "severity", "why", "fix", "match")
_OPTIONAL = (
    "category",
    "security-severity",
    "confidence",
    "applies-to",
    "cwe",
    "access-analyzer",
    "also-known-as",
    "since",
    "references",
    "url",
    "bad",
    "good",
)
_ID = re.compile(r"[A-Z][A-Z0-9]*[-_]?[0-9]+")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_KINDS = ("identity", "resource", "trust", "boundary", "session", "scp", "rcp")
_CONFIDENCES = ("high", "medium", "low")


class OwnRuleError(Exception):
    """A rule's file is not as it should be; the message names the key and what to do."""


def add(table: Mapping[str, object], others: Sequence[Rule]) -> Rule:
    """The rule that a parsed file describes, made known to the ruleset. `others` are those that the same configuration
    has already. Raises OwnRuleError."""
    for key in table:
        if key not in _NEEDED and key not in _OPTIONAL:
            raise OwnRuleError(f'there is no key "{key}"; the keys are {", ".join((*_NEEDED, *_OPTIONAL))}')
    for key in _NEEDED:
        if key not in table:
            raise OwnRuleError(f'has no "{key}"')
    rule_id, name = _text(table, "id"), _text(table, "name")
    if not _ID.fullmatch(rule_id) or rule_id.startswith("LP"):
        raise OwnRuleError(f'"id" is "{rule_id}"; write capital letters and a number, such as ORG001, and not LP')
    if not _NAME.fullmatch(name):
        raise OwnRuleError(f'"name" is "{name}"; write lower-case words with hyphens')
    try:
        tables = matching.read(table["match"])
    except matching.MatchError as error:
        raise OwnRuleError(str(error)) from error
    score = table.get("security-severity")
    if score is not None and (isinstance(score, bool) or not isinstance(score, int | float) or not 0 < score <= 10):
        raise OwnRuleError('"security-severity" takes a number above 0 and at most 10')
    rule = Rule(
        rule_id,
        name,
        _text(table, "title").rstrip("."),
        _text(table, "category", "own"),
        SEVERITIES[_one_of(table, "severity", tuple(SEVERITIES))],
        float(score) if score is not None else None,
        _one_of(table, "confidence", _CONFIDENCES, "high"),
        frozenset(_kinds(table)),
        _numbers(table, "cwe"),
        _texts(table, "access-analyzer"),
        _texts(table, "also-known-as"),
        _text(table, "since", ""),
        _text(table, "url", next(iter(_texts(table, "references")), "")),
    )
    texts = RuleTexts(_text(table, "why"), _text(table, "fix"), _texts(table, "references"), (), ())
    if any(rule_id == other.id or name == other.name for other in (*ruleset.rules(), *others)):
        raise OwnRuleError(f'another rule has the id "{rule_id}" or the name "{name}"')
    ruleset.add(rule, texts, matching.check_of(tables))
    return rule


def _text(table: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise OwnRuleError(f'"{key}" takes a text')
    return " ".join(value.split())


def _one_of(table: Mapping[str, object], key: str, known: tuple[str, ...], default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or value not in known:
        raise OwnRuleError(f'"{key}" takes {", ".join(known[:-1])} or {known[-1]}')
    return value


def _texts(table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise OwnRuleError(f'"{key}" takes a list of texts')
    return tuple(value)


def _numbers(table: Mapping[str, object], key: str) -> tuple[int, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise OwnRuleError(f'"{key}" takes a list of numbers')
    return tuple(value)


def _kinds(table: Mapping[str, object]) -> tuple[str, ...]:
    kinds = _texts(table, "applies-to") if "applies-to" in table else ("identity",)
    if not kinds or not set(kinds) <= set(_KINDS):
        raise OwnRuleError(f'"applies-to" takes a list of {", ".join(_KINDS)}')
    return kinds
