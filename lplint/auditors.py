"""Runs parliament, with a team's own auditors for it, over each policy that is known in full, and finds the place of
what it says: the optional extra lplint[parliament]."""

from __future__ import annotations

import json
import os
import re
import sys
import warnings
from functools import lru_cache

from lplint import ruleset
from lplint.model.finding import Problem
from lplint.model.node import Map, Scalar, Seq
from lplint.model.policy import PolicyKind
from lplint.model.rule import Rule, RuleTexts, Severity
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from lplint.model.node import Node
    from lplint.model.policy import Policy
    from lplint.model.source import Span

CATEGORY = "parliament"
_PREFIX = "PAR-"
# For what an auditor tells without a line in the configuration of parliament.
_UNLISTED = "UNLISTED"
_CRASHED = "EXCEPTION"
# What parliament calls grave. Source: parliament 1.6.4, config.yaml.
_SEVERITIES = {"CRITICAL": Severity.ERROR, "HIGH": Severity.ERROR, "MEDIUM": Severity.WARNING}
_OVERRIDES = "config_override.yaml"
_HOME = "https://github.com/duo-labs/parliament"
_KINDS = frozenset(kind.value for kind in PolicyKind if kind is not PolicyKind.UNKNOWN)
_LONGEST_DETAIL = 300


class AuditorsError(Exception):
    """parliament, or the auditors for it, cannot be used; the message says why and what to do."""


class _Told:
    """One finding of parliament."""

    __slots__ = ("detail", "issue", "span")

    def __init__(self, issue: str, detail: str, span: Span) -> None:
        self.issue = issue
        self.detail = detail
        self.span = span


def rules(private: str | None, community: bool) -> tuple[Rule, ...]:
    """The rules PAR-*, one for each kind of finding, made known to the ruleset. `private` is the folder of a team's
    auditors, with a config_override.yaml if it has one; `community` runs the auditors that come with parliament. Raises
    AuditorsError."""
    parliament = _imported()
    settings: dict[str, dict[str, Any]] = dict(parliament.config)
    if community:
        settings |= _overrides(os.path.join(os.path.dirname(parliament.__file__), "community_auditors"))
    if private is not None:
        if not any(name.endswith(".py") and name != "__init__.py" for name in _names(private)):
            raise AuditorsError(f"{private} holds no auditor; name a folder with modules that have a function audit")
        settings |= _overrides(private)
    settings.setdefault(
        _UNLISTED, {"title": "A finding that no configuration of parliament lists", "severity": "MEDIUM"}
    )
    made: list[Rule] = []
    titles: dict[str, str] = {}
    audit = _Audit(private, community, titles)
    for issue in sorted(settings):
        rule, texts = _rule(issue, settings[issue])
        titles[issue] = rule.title
        ruleset.add(rule, texts, audit.check(issue))
        made.append(rule)
    return tuple(made)


def _imported() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parliament 1.6.4 needs pkg_resources, which says that it is deprecated
        try:
            import parliament
        except ImportError as error:
            wanted = "install lplint[parliament]"
            if error.name == "pkg_resources":
                wanted = "it needs pkg_resources: install setuptools<81"
            raise AuditorsError(f"parliament cannot be imported ({error}); {wanted}") from None
    return parliament


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError as error:
        raise AuditorsError(f"{folder} cannot be read ({error.strerror}); name the folder of your auditors") from None


def _overrides(folder: str) -> dict[str, dict[str, Any]]:
    """What a folder of auditors says of its findings."""
    import yaml

    path = os.path.join(folder, _OVERRIDES)
    try:
        with open(path, encoding="utf-8") as file:
            found = yaml.safe_load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise AuditorsError(f"{path} cannot be read ({' '.join(str(error).split())}); correct it") from None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise AuditorsError(f"{path} is no map of findings to settings; correct it")
    return {str(issue): one for issue, one in found.items()}


def _rule(issue: str, settings: Mapping[str, Any]) -> tuple[Rule, RuleTexts]:
    title = " ".join(str(settings.get("title") or issue).split()).rstrip(".")
    why = " ".join(str(settings.get("description") or title).split())
    name = f"{CATEGORY}-" + re.sub(r"[^a-z0-9]+", "-", issue.lower()).strip("-")
    severity = _SEVERITIES.get(str(settings.get("severity")).upper(), Severity.NOTE)
    rule = Rule(
        _PREFIX + issue,
        name,
        title,
        CATEGORY,
        severity,
        None,
        "medium",
        _KINDS,
        (),
        (),
        (f"parliament:{issue}",),
        "",
        _HOME,
    )
    return rule, RuleTexts(why, "See what parliament says of it, or the auditor of your team.", (_HOME,), (), ())


class _Audit:
    """One way to run parliament. What it says of a policy is kept until another policy is asked about."""

    def __init__(self, private: str | None, community: bool, titles: Mapping[str, str]) -> None:
        self._private = private
        self._community = community
        self._titles = titles
        self._told = lru_cache(maxsize=1)(self._run)

    def check(self, issue: str) -> Callable[[Policy], Iterator[Problem]]:
        """The check of one rule."""

        def check(policy: Policy) -> Iterator[Problem]:
            for told in self._told(policy):
                if told.issue == issue:
                    yield Problem(told.span, told.detail)

        return check

    def _run(self, policy: Policy) -> tuple[_Told, ...]:
        if not policy.complete or policy.unresolved:
            return ()
        written = _Written(policy.node)
        if not written.known:
            return ()
        parliament = _imported()
        paths = sys.path[:]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = parliament.analyze_policy_string(
                    written.text,
                    private_auditors_custom_path=self._private,
                    ignore_private_auditors=self._private is None,
                    include_community_auditors=self._community,
                    config={},
                ).findings
        except Exception as error:  # noqa: BLE001  other people's code: that it broke down is told as its finding
            words = " ".join(str(error).split())[:_LONGEST_DETAIL]
            detail = f"parliament broke down on this policy, so it says nothing of it: {type(error).__name__}: {words}."
            return (_Told(_CRASHED, detail, policy.node.head()),)
        finally:
            sys.path[:] = paths  # parliament adds the current folder, once for each policy
        told = [self._one(one, written, policy) for one in found]
        return tuple(sorted(told, key=lambda one: (one.span.start, one.issue, one.detail)))

    def _one(self, found: Any, written: _Written, policy: Policy) -> _Told:
        issue = found.issue if found.issue in self._titles else _UNLISTED
        location = found.location if isinstance(found.location, dict) else {}
        line, string = location.get("line", location.get("lineno")), location.get("string")
        span = (
            written.lines.get(line if isinstance(line, int) else 0)
            or written.strings.get(str(string))
            or policy.node.head()
        )
        title = self._titles.get(found.issue, found.issue)
        more = found.detail or ", ".join(str(one) for one in location.get("actions", ()))
        detail = " ".join(str(more).split())[:_LONGEST_DETAIL].rstrip(".")
        return _Told(issue, f"{title}: {detail}." if detail else f"{title}.", span)


class _Written:
    """A policy as JSON with every value at the start of a line of its own, since parliament tells lines.

    `lines` are the places of the values by line, `strings` those of strings that stand in the policy once; `known` is
    whether all of it is known.
    """

    def __init__(self, node: Map) -> None:
        self.known = True
        self.lines: dict[int, Span] = {}
        self.strings: dict[str, Span | None] = {}
        self._out: list[str] = []
        self._line = 1
        self._write(node)
        self.text = "".join(self._out)

    def _write(self, node: Node) -> None:
        self.lines[self._line] = node.head() if isinstance(node, Map) else node.span
        if isinstance(node, Map):
            self._put("{")
            for number, (key, value) in enumerate(node.entries):
                self._put("," if number else "")
                self._text(key)
                self._put(":\n")
                self._write(value)
            self._put("}")
        elif isinstance(node, Seq):
            self._put("[")
            for number, item in enumerate(node.items):
                self._put(",\n" if number else "\n")
                self._write(item)
            self._put("]")
        elif isinstance(node, Text):
            self._text(node)
        elif isinstance(node, Scalar):
            self._put(json.dumps(node.value))
        else:
            self.known = False

    def _text(self, text: Text) -> None:
        if text.value is None:
            self.known = False
            return
        self.strings[text.value] = None if text.value in self.strings else text.span
        self._put(json.dumps(text.value))

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._line += text.count("\n")
