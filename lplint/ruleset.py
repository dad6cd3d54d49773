"""The rules, and which of them run."""

from __future__ import annotations

from functools import cache

from lplint.checks import CHECKS, IDENTITY_CHECKS, READING
from lplint.checks.suggest import did_you_mean
from lplint.model.rule import SEVERITIES, Rule, RuleTexts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALL = "ALL"


class SelectionError(Exception):
    """A selector that names no rule; the message says which, and what is near."""


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    from lplint._generated.rules import RULES

    return tuple(
        Rule(
            id,
            name,
            title,
            category,
            SEVERITIES[severity],
            score,
            confidence,
            frozenset(kinds),
            cwe,
            codes,
            known,
            since,
        )
        for id, name, title, category, severity, score, confidence, kinds, cwe, codes, known, since in RULES  # noqa: A001
    )


def find(selector: str) -> Rule:
    """The rule with that id or name. Raises SelectionError."""
    for rule in rules():
        if selector.lower() in (rule.id.lower(), rule.name):
            return rule
    names = [name for rule in rules() for name in (rule.id, rule.name)]
    raise SelectionError(
        f"there is no rule {selector!r}{did_you_mean(selector, names) or '; lplint rules lists them all'}"
    )


def select(chosen: Iterable[str], left_out: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that some selectors name and others do not. A selector is an id (LP201), the beginning of ids (LP2), a
    name (wildcard-action), a category (wildcards), or ALL. Raises SelectionError for one that names no rule."""
    unwanted = {rule.id for selector in left_out for rule in matching(selector)}
    wanted = {rule.id for selector in chosen for rule in matching(selector)}
    return tuple(rule for rule in rules() if rule.id in wanted and rule.id not in unwanted)


@cache
def matching(selector: str) -> Sequence[Rule]:
    """The rules that one selector names."""
    if selector.upper() == ALL:
        return rules()
    upper, lower = selector.upper(), selector.lower()
    found = [
        rule
        for rule in rules()
        if lower in (rule.name, rule.category) or (upper.startswith("LP") and rule.id.startswith(upper))
    ]
    return found or (find(selector),)


def texts(rule: Rule) -> RuleTexts:
    """The longer texts of a rule."""
    from lplint._generated.rule_texts import TEXTS

    return RuleTexts(*TEXTS[rule.id])


def runnable() -> frozenset[str]:
    """The ids of the rules that something decides."""
    return frozenset((*CHECKS, *IDENTITY_CHECKS, *READING))
