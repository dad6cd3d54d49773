"""What a statement grants by a star, or by naming what it leaves out."""

from __future__ import annotations

from functools import cache

from lplint.access.actions import actions_matching
from lplint.access.keys import is_among, is_global
from lplint.aws import catalog, conditions
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lplint.aws.catalog import Action, Service
    from lplint.model.policy import Condition, Element, Policy, Statement
    from lplint.model.text import Text

# Conditions that leave every resource of the account in reach, whatever they ask of the request.
_NOT_ABOUT_RESOURCES = frozenset(
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
_BY_WEIGHT = ("Permissions management", "Write", "Tagging", "Read", "List")


def wildcard_action(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        for text in _values(statement.action):
            if is_everything(text):
                yield Problem(text.span, f"{_subject(policy)} every action of every service.")


def full_admin(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        action = next((text for text in _values(statement.action) if is_everything(text)), None)
        resource = next((text for text in _values(statement.resource) if is_everything(text)), None)
        if action is not None and resource is not None and statement.unconditional():
            yield Problem(
                resource.span,
                "Allows everything on everything: whoever has this policy is an administrator of the account.",
                [Related(action.span, "every action")],
            )


def wildcard_service(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        for text in _values(statement.action):
            prefix, _, rest = (text.value or "").partition(":")
            service = catalog.service(prefix.lower()) if rest and not rest.strip("*") else None
            if service is not None:
                yield Problem(text.span, f"Allows all {_census(service)}, and every one that AWS adds.")


def wildcard_resource(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        resource = next((text for text in _values(statement.resource) if is_everything(text)), None)
        if resource is None or not statement.complete:
            continue
        narrower: dict[Action, Text] = {}
        for text in _values(statement.action):
            if text.value is not None and not is_everything(text):
                narrower.update((action, text) for action in _restrictable(text.value))
        if narrower and not _limits_resources(statement, narrower):
            first = next(iter(narrower.values()))
            yield Problem(
                resource.span,
                f"Lets {_naming(tuple(narrower), 3)} act on every resource, although "
                f"{'it accepts' if len(narrower) == 1 else 'they accept'} a narrower one "
                f"({_types(tuple(narrower))}).",
                [Related(first.span, "granted here")],
            )


def allow_not_action(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.not_action is not None:
            yield Problem(
                statement.not_action.key.span,
                "Allows every action of AWS but those listed, also all that AWS adds later; list the actions to allow.",
            )


def allow_not_resource(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.not_resource is not None:
            yield Problem(
                statement.not_resource.key.span,
                "Allows this on every resource but those listed, also all that are created later; "
                "list the resources to allow.",
            )


def is_everything(text: Text) -> bool:
    """Whether an entry certainly covers every action, or every resource: "*", and "*:*" for an action."""
    value = text.value
    return value is not None and "*" in value and not value.replace(":", "", 1).strip("*")


def _subject(policy: Policy) -> str:
    return "Allows" if policy.service == "" else f"Allows on this {policy.service} resource"


def _values(element: Element | None) -> Sequence[Text]:
    return element.values if element is not None else ()


def _limits_resources(statement: Statement, actions: Iterable[Action]) -> bool:
    """Whether some condition may keep resources out of reach of the actions."""
    if statement.condition is not None and not statement.conditions:
        return True  # it is there, and cannot be read
    return any(_may_limit(condition, actions) for condition in statement.conditions)


def _may_limit(condition: Condition, actions: Iterable[Action]) -> bool:
    key = condition.key.value
    if key is None:
        return True
    if key.lower() in _NOT_ABOUT_RESOURCES:
        return False
    operator = conditions.operator(condition.operator.value or "")
    if operator is None or not (operator.negated or operator.if_exists):
        return True
    # Without the key in the request such a condition always holds.
    return is_global(key) or any(is_among(key, action.condition_keys) for action in actions)


@cache
def _restrictable(pattern: str) -> tuple[Action, ...]:
    """The actions that a pattern covers which change something, or read what something holds, and could be limited to
    one resource. Listing things and reading what they are is free on purpose."""
    return tuple(one for one in actions_matching(pattern) if one.resource_types and not _only_describes(one))


def _only_describes(action: Action) -> bool:
    return action.access_levels <= {"List", "Read"} and str(action) not in catalog.data_reads()


@cache
def _census(service: Service) -> str:
    """How many actions a service has, and the gravest three."""
    actions = list(service.actions())
    return f"{len(actions)} actions of {service.title}, among them {_listed(_gravest(actions, 3))}"


def _naming(actions: Sequence[Action], count: int) -> str:
    """The gravest of some actions, and how many more there are."""
    names = _gravest(actions, count)
    more = len(actions) - len(names)
    return _listed([*names, f"{more} more"] if more else names)


def _gravest(actions: Sequence[Action], count: int) -> list[str]:
    from heapq import nsmallest

    return [name for _, name in nsmallest(count, ((_weight(action.access_levels), str(action)) for action in actions))]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


@cache
def _weight(access_levels: frozenset[str]) -> int:
    return min((_BY_WEIGHT.index(level) for level in access_levels if level in _BY_WEIGHT), default=9)


def _types(actions: Sequence[Action]) -> str:
    names = list(dict.fromkeys(one.name for action in actions for one in action.resource_types))
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
