"""The rules, and which of them run."""

from __future__ import annotations

from functools import cache

from lplint.checks import CHECKS
from lplint.checks.suggest import did_you_mean
from lplint.model.rule import SEVERITIES, Rule, RuleTexts, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lplint.model.finding import Problem
    from lplint.model.policy import Policy

ALL = "ALL"
# The rules that organisations wrote, with their texts and their check.
_own: dict[Rule, tuple[RuleTexts, Callable[[Policy], Iterator[Problem]]]] = {}


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
            yields_to=yields_to,
        )
        for (
            id,  # noqa: A001
            name,
            title,
            category,
            severity,
            score,
            confidence,
            kinds,
            cwe,
            codes,
            known,
            since,
            yields_to,
        ) in RULES
    )


def add(rule: Rule, texts: RuleTexts, check: Callable[[Policy], Iterator[Problem]]) -> None:
    """Makes a rule of an organisation known, which runs where a configuration names its file. Two configurations may
    have one of the same id; the last one stands for both where rules are listed."""
    _own[rule] = (texts, check)


def every() -> tuple[Rule, ...]:
    """Every rule that is known, those of organisations last."""
    return (*rules(), *{rule.id: rule for rule in _own}.values())


def check(rule: Rule) -> Callable[[Policy], Iterator[Problem]] | None:
    """The function that decides a rule about one policy; None if the rule is about something else."""
    return _own[rule][1] if rule in _own else CHECKS.get(rule.id)


def shifted(rule: Rule, *contexts: str) -> Severity:
    """The severity of a rule in some contexts, such as "environment.production" and "persona.human"."""
    from lplint._generated.context import SHIFTS

    steps = sum(SHIFTS[context].get(rule.id, 0) for context in contexts)
    return Severity(min(max(rule.severity + steps, Severity.NOTE), Severity.ERROR))


def find(selector: str) -> Rule:
    """The rule with that id or name. Raises SelectionError."""
    for rule in every():
        if selector.lower() in (rule.id.lower(), rule.name):
            return rule
    names = [name for rule in every() for name in (rule.id, rule.name)]
    raise SelectionError(
        f"there is no rule {selector!r}{did_you_mean(selector, names) or '; lplint rules lists them all'}"
    )


def select(chosen: Iterable[str], left_out: Iterable[str] = (), own: tuple[Rule, ...] = ()) -> tuple[Rule, ...]:
    """The rules that some selectors name and others do not. A selector is an id (LP201), the beginning of ids (LP2), a
    name (wildcard-action), a category (wildcards), or ALL. `own` are the rules of an organisation that may be named.
    Raises SelectionError for a selector that names no rule."""
    unwanted = {rule.id for selector in left_out for rule in matching(selector, own)}
    wanted = {rule.id for selector in chosen for rule in matching(selector, own)}
    return tuple(rule for rule in (*rules(), *own) if rule.id in wanted and rule.id not in unwanted)


@cache
def matching(selector: str, own: tuple[Rule, ...] = ()) -> Sequence[Rule]:
    """The rules that one selector names."""
    if selector.upper() == ALL:
        return (*rules(), *own)
    upper, lower = selector.upper(), selector.lower()
    found = [
        rule
        for rule in (*rules(), *own)
        if lower in (rule.name, rule.category)
        or (upper.startswith("LP") and rule.id.startswith(upper))
        or (rule in own and upper == rule.id.upper())
    ]
    return found or (find(selector),)


def texts(rule: Rule) -> RuleTexts:
    """The longer texts of a rule."""
    if rule in _own:
        return _own[rule][0]
    from lplint._generated.rule_texts import TEXTS

    return RuleTexts(*TEXTS[rule.id])
