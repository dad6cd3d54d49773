"""What dangerous actions a statement grants, by what the danger is."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.reach import is_every_arn, reaches_all
from lplint.checks.grants import (
    TOLD_ELSEWHERE,
    by_entry,
    cancels,
    denied,
    described,
    limits,
    makes_administrator,
    patterns_of,
    ranked,
    riskiest,
    values,
    worth_naming,
)
from lplint.model.finding import Problem, Related
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lplint.model.policy import Policy, Statement
    from lplint.model.text import Text
    from lplint.risk.table import Rating

    _Granted = dict[Rating, Text]

# From this risk on a rare action wants a guardrail, even where it is limited to few resources.
_GUARDED = 8
# What somebody can do with the actions of a category, as the beginning of a sentence.
_CAN: Mapping[str, str] = {
    "privilege-escalation": "Gives ways to gain rights that its holder was not given",
    "credential-exposure": "Reads or makes credentials",
    "data-access": "Reads, copies or replaces data",
    "data-destruction": "Destroys data, backups, keys or what depends on them",
    "resource-exposure": "Can let others in, perhaps everyone",
    "evasion": "Can stop or blind logging, detection and protection",
    "organization-control": "Can change who controls the account or the organization",
    "network": "Can open or redirect the network",
    "cost": "Can spend much money",
    "persistence": "Can make a way back in",
}
# The same in few words.
_TO: Mapping[str, str] = {
    "privilege-escalation": "gain rights",
    "": "run code with a role",
    "credential-exposure": "read or make credentials",
    "data-access": "read or copy data",
    "data-destruction": "destroy data",
    "resource-exposure": "let others in",
    "evasion": "blind logging or detection",
    "organization-control": "change who controls the account",
    "network": "open the network",
    "cost": "spend money",
    "persistence": "make a way back in",
}
_RUNS = "Starts or changes what runs with the rights of a role or a person"
# The risk from which on an action gains rights by itself, and not only by what somebody else runs.
GAINS = 8


def unlimited(category: str, lowest: int = 1, highest: int = 10) -> Callable[[Policy], Iterator[Problem]]:
    """The check of dangerous actions of a category that neither resources nor conditions limit, where the risk of the
    riskiest lies between two bounds."""

    def check(policy: Policy) -> Iterator[Problem]:
        for granted, by_category in _by_category(policy):
            # Of the wildcard of a service another rule says all that there is to say.
            found = by_category.get(category, ())
            for ratings in by_entry(found, granted):
                if not lowest <= ratings[0].risk <= highest:
                    continue
                places = dict.fromkeys(granted[one] for one in ratings)
                place, *others = places
                what = _CAN[category] if highest >= GAINS else _RUNS
                yield Problem(
                    place.span,
                    f"{what}, and nothing limits where: {described(ratings, quadrants=True)}.",
                    [Related(text.span, "granted here too") for text in others[:3]],
                    about=[text.span for text in places],
                )

    return check


def harms(policy: Policy, text: Text) -> dict[str, Rating]:
    """What can be done with the dangerous actions that an entry grants and nothing limits, as an infinitive each, with
    the riskiest action of it; the gravest first."""
    made: dict[str, Rating] = {}
    for granted in unlimited_actions(policy):
        for one in riskiest(one for one, entry in granted.items() if entry is text):
            category = category_of(one)
            if category == "privilege-escalation" and one.risk < GAINS:
                category = ""
            made.setdefault(_TO[category], one)
    return made


def rare_dangerous(policy: Policy) -> Iterator[Problem]:
    told = {id(text): text for granted in unlimited_actions(policy) for text in granted.values()}
    for statement in policy.allow_statements():
        found: _Granted = {}
        for text in values(statement.action):
            if id(text) in told:
                continue
            for one in guarded(text.value):
                found.setdefault(one, text)
        lost = denied(policy) if found else ()
        ratings = riskiest(one for one in found if not cancels(lost, one.action))
        if ratings:
            yield Problem(
                found[ratings[0]].span,
                f"Grants {described(ratings)}: rare and dangerous even where it is limited. "
                "Give it a role of its own, or a guardrail such as a second factor.",
            )


@lru_cache(maxsize=2)
def unlimited_actions(policy: Policy) -> tuple[_Granted, ...]:
    """For each statement the dangerous actions that nothing limits, with the entries that grant them."""
    made = []
    for statement in policy.allow_statements():
        if not statement.complete or statement.action is None:
            continue
        found: _Granted = {}
        for text in statement.action.values:
            for one in dangerous(text.value):
                if one.name not in TOLD_ELSEWHERE and one not in found:
                    found[one] = text
        if found and (unlimited := _without_limit(policy, statement, found)):
            made.append(unlimited)
    return tuple(made)


@lru_cache(maxsize=2)
def _by_category(policy: Policy) -> list[tuple[_Granted, dict[str, list[Rating]]]]:
    """The same, and the actions of each category, the riskiest first. A rule for each category asks for those of each
    policy."""
    made = []
    for granted in unlimited_actions(policy):
        by_category: dict[str, list[Rating]] = {}
        for one in riskiest(granted):
            by_category.setdefault(category_of(one), []).append(one)
        made.append((granted, by_category))
    return made


def _without_limit(policy: Policy, statement: Statement, found: _Granted) -> _Granted:
    if statement.resource is not None:
        resources = patterns_of(statement.resource)
        if not any("*" in one for one in resources):
            return {}
        if not any(is_every_arn(one) for one in resources):
            found = {one: text for one, text in found.items() if reaches_all(one.action, resources) is not None}
    elif statement.not_resource is None:
        return {}
    lost = denied(policy)
    found = {one: text for one, text in found.items() if not cancels(lost, one.action)}
    return {} if not found or limits(statement, [one.action for one in found]) else found


@remembered
def dangerous(pattern: str | None) -> tuple[Rating, ...]:
    """The actions that a pattern covers and that are dangerous, or read data, which at scale is; none for a pattern
    that makes an administrator, of which other rules speak."""
    if pattern is None or makes_administrator(pattern):
        return ()
    return tuple([one for one in worth_naming(pattern) if one.dangerous or one.reads_store])


@remembered
def guarded(pattern: str | None) -> tuple[Rating, ...]:
    """Those that want a guardrail, of a pattern that names them or stands for one."""
    found = tuple(one for one in dangerous(pattern) if one.risk >= _GUARDED and not one.common)
    if not found or pattern is None:
        return ()
    return found if "*" not in pattern or len(ranked(pattern)) == 1 else ()


def category_of(rating: Rating) -> str:
    """The category of a dangerous action."""
    # A dangerous action that the table does not list manages permissions.
    return rating.category or "resource-exposure"
