"""What the patterns of an Action element grant, by the risk of each action."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import takewhile
from operator import attrgetter

from lplint.access.actions import actions_matching, covered
from lplint.access.grants import refuses, refusing
from lplint.access.keys import is_among, is_global
from lplint.access.limits import keeps_out_nothing, wants_tag
from lplint.access.reach import certain, is_every_arn
from lplint.access.resources import may_act_on
from lplint.aws import catalog, conditions
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lplint.aws.catalog import Action
    from lplint.model.policy import Condition, Element, Policy, Statement
    from lplint.model.text import Text
    from lplint.risk.table import Rating

# What is told of a statement or of a pattern: its three riskiest actions.
NAMED = 3
# Of these on every resource pass-role-any-role and assume-any-role speak.
TOLD_ELSEWHERE = frozenset(("iam:PassRole", "sts:AssumeRole"))
# Conditions that leave every resource of the account in reach, whatever they ask of the request.
NOT_ABOUT_RESOURCES = frozenset(
    (
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:currenttime",
        "aws:epochtime",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:sourceip",
        "aws:tokenissuetime",
        "aws:useragent",
    )
)
# Conditions that nearly every request meets, so that they limit nobody.
_LIMIT_NOBODY = NOT_ABOUT_RESOURCES - {"aws:multifactorauthage", "aws:multifactorauthpresent", "aws:sourceip"}


def values(element: Element | None) -> Sequence[Text]:
    return element.values if element is not None else ()


def is_everything(text: Text) -> bool:
    """Whether an entry of an Action element certainly covers every action: "*", "*:*", "**"."""
    return text.value is not None and covers_everything(text.value)


@lru_cache(maxsize=64)  # several rules ask it of each statement
def every_resource(element: Element | None) -> Text | None:
    """The first entry of a Resource element that certainly covers every resource of every service; None if there is
    none."""
    for text in values(element):
        if text.value is not None and is_every_arn(text.value):
            return text
    return None


def is_service(text: Text) -> bool:
    """Whether an entry of an Action element covers all actions of one service."""
    return text.value is not None and covers_service(text.value)


def is_administrator(text: Text) -> bool:
    """Whether an entry of an Action element makes an administrator of whoever has it on everything, of which rules of
    their own speak: every action, or every one of IAM."""
    return text.value is not None and makes_administrator(text.value)


def covers_everything(pattern: str) -> bool:
    return _wholes(pattern)[0]


def covers_service(pattern: str) -> bool:
    return _wholes(pattern)[1]


def makes_administrator(pattern: str) -> bool:
    return _wholes(pattern)[2]


@cache
def _wholes(pattern: str) -> tuple[bool, bool, bool]:
    """Whether a pattern covers every action, or all of one service, and whether it makes an administrator."""
    everything = "*" in pattern and not pattern.replace(":", "", 1).strip("*")
    prefix, _, rest = pattern.partition(":")
    service = rest != "" and not rest.strip("*") and prefix.strip("*?") != ""
    return everything, service, everything or (service and prefix.lower() == "iam")


@remembered
def ranked(pattern: str) -> tuple[Rating, ...]:
    """The actions that a pattern covers, the riskiest first; of those as risky, the rarest."""
    from lplint.risk.table import rating

    if "*" not in pattern and "?" not in pattern:
        action = catalog.action(pattern)
        return (rating(action),) if action is not None else ()
    return tuple(sorted(map(rating, actions_matching(pattern)), key=_by_risk))


@remembered
def worth_naming(pattern: str) -> tuple[Rating, ...]:
    """Those of them that change something, or read what something holds."""
    prefix, _, name = pattern.lower().partition(":")
    wild = "*" in name or "?" in name
    if not wild or "*" in prefix or "?" in prefix:
        return _mattering(ranked(pattern))
    # Many patterns are about a few services.
    return tuple(covered(name, _of_service(prefix), _key))


@remembered
def _of_service(prefix: str) -> tuple[Rating, ...]:
    return _mattering(ranked(f"{prefix}:*"))


def _mattering(ratings: tuple[Rating, ...]) -> tuple[Rating, ...]:
    # The others come behind them.
    return tuple(takewhile(_matters, ratings))


_by_risk = attrgetter("order")
_matters = attrgetter("matters")
_key = attrgetter("action.key")


def riskiest(ratings: Iterable[Rating]) -> list[Rating]:
    """Each rating once, the riskiest first."""
    return sorted(dict.fromkeys(ratings), key=_by_risk)


def by_entry(ratings: Iterable[Rating], granted: Mapping[Rating, Text]) -> list[list[Rating]]:
    """Some ratings by what grants them: those that an entry names or stands for, and those of wildcards of services."""
    names: list[Rating] = []
    services: list[Rating] = []
    for one in ratings:
        (services if is_service(granted[one]) else names).append(one)
    return [some for some in (names, services) if some]


def described(ratings: Sequence[Rating], *, quadrants: bool = False) -> str:
    """The first of some ratings with their numbers, and how many more there are."""
    shown = [
        f"{one.action} (risk {one.risk}, frequency {one.frequency}{f', {one.quadrant}' if quadrants else ''})"
        for one in ratings[:NAMED]
    ]
    more = len(ratings) - len(shown)
    return listed([*shown, f"{more} more"] if more else shown)


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def named(rating: Rating) -> str:
    return f"{rating.action} (risk {rating.risk})"


@lru_cache(maxsize=2)
def denied(policy: Policy) -> tuple[Statement, ...]:
    """The statements of the policy that deny on every resource and without a condition."""
    return refusing(policy.statements)


def cancels(denials: Sequence[Statement], action: Action) -> bool:
    """Whether something denies an action."""
    return bool(denials) and refuses(denials, str(action))


@remembered
def acting_on(pattern: str, resources: tuple[str, ...]) -> tuple[Rating, ...]:
    """The actions that a pattern covers and that can have an effect on some resources, the riskiest first."""
    if any(is_every_arn(one) for one in resources):
        return ranked(pattern)
    return tuple(one for one in ranked(pattern) if one.action.resource_types and may_act_on((one.action,), resources))


def limits_resources(statement: Statement, actions: Iterable[Action]) -> bool:
    """Whether some condition may keep resources out of reach of the actions."""
    if statement.condition is not None and not statement.conditions:
        return True  # it is there, and cannot be read
    return any(_may_limit(condition, actions, statement, NOT_ABOUT_RESOURCES) for condition in statement.conditions)


def limits(statement: Statement, actions: Iterable[Action]) -> bool:
    """Whether some condition may keep out requests that its holder would make: by what they are about, who makes them
    or how."""
    if statement.condition is not None and not statement.conditions:
        return True
    return any(_may_limit(condition, actions, statement, _LIMIT_NOBODY) for condition in statement.conditions)


def _may_limit(condition: Condition, actions: Iterable[Action], statement: Statement, without: frozenset[str]) -> bool:
    key = condition.key.value
    if key is None:
        return True
    if key.lower() in without:
        return False
    operator = conditions.operator(condition.operator.value or "")
    if operator is None:
        return True
    if operator.negated or operator.if_exists:
        # Without the key in the request such a condition always holds.
        return is_global(key) or any(is_among(key, action.condition_keys) for action in actions)
    return wants_tag(condition, statement) or keeps_out_nothing(condition, statement) is None


@lru_cache(maxsize=64)
def patterns_of(element: Element | None) -> tuple[str, ...]:
    """The entries of a Resource element as patterns that cover no more than they certainly do."""
    return tuple([certain(text) for text in values(element)])
