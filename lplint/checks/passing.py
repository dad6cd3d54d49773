"""Permissions that are safe only under a condition."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.actions import covers_action
from lplint.access.escalation import receivers
from lplint.access.limits import conditions_on, keeps_out_nothing, restricting
from lplint.access.patterns import contains, widest
from lplint.access.reach import is_any_role
from lplint.model.finding import Add, Mend, Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Element, Policy, Statement
    from lplint.model.text import Text


# What limits to which service, or for which resource, a role is passed.
_KEYS = ("iam:passedtoservice", "iam:associatedresourcearn")


def pass_role_any_role(policy: Policy) -> Iterator[Problem]:
    for statement, named in _of_iam(policy):
        if statement.resource is None or not statement.complete:
            continue
        action = next((text for text in named if _names(text, _PASSING)), None)
        if action is None:
            continue
        resource = next((text for text in statement.resource.values if is_any_role(text)), None)
        if resource is None or next(restricting(statement, _KEYS), None) is not None:
            continue
        if statement.condition is not None and not statement.conditions:
            continue  # it is there, and cannot be read
        message = (
            "Lets its holder pass any role of the account to any service, and so do whatever the strongest role "
            "that trusts a service can do."
        )
        for condition in conditions_on(statement, _KEYS):
            why = keeps_out_nothing(condition, statement)
            message += f" The condition on {condition.key.display} restricts nothing: it {why}."
            break
        yield Problem(
            resource.span, message, [Related(action.span, "passing roles is allowed here")], about=[action.span]
        )


_SLR = "iam:CreateServiceLinkedRole"
_PASSING = "iam:PassRole"


def pass_role_by_exception(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.not_action is None and statement.not_resource is None:
            continue
        if not statement.complete or _names_service(statement):
            continue
        where = _by_exception(statement, _PASSING)
        if where is not None:
            yield Problem(
                where.span,
                "What is listed here is excepted, and passing roles is not: this lets its holder pass roles to any "
                "service; name the actions and the roles that are meant.",
            )


def service_linked_role(policy: Policy) -> Iterator[Problem]:
    words = (
        "Lets its holder create the linked role of any service, which then acts in the account; name it under "
        "role/aws-service-role/SERVICE.amazonaws.com/, or compare iam:AWSServiceName."
    )
    for statement in policy.allow_statements():
        if statement.complete and (statement.not_action is not None or statement.not_resource is not None):
            where = _by_exception(statement, _SLR)
            if where is not None and not _names_linked_service(statement):
                yield Problem(where.span, words)
    for statement, named in _of_iam(policy):
        action = next((text for text in named if _names(text, _SLR)), None)
        if action is None or statement.resource is None or not statement.complete:
            continue
        resource = next((text for text in statement.resource.values if _is_any_linked_role(text)), None)
        if resource is not None and not _names_linked_service(statement):
            yield Problem(
                resource.span, words, [Related(action.span, "creating such roles is allowed here")], about=[action.span]
            )


def linked_role_on_any_resource(policy: Policy) -> Iterator[Problem]:
    for statement, named in _of_iam(policy):
        action = next((text for text in named if _names(text, _SLR)), None)
        if action is None or statement.resource is None or not _names_linked_service(statement):
            continue
        resource = next((text for text in statement.resource.values if _is_any_linked_role(text)), None)
        if resource is not None:
            yield Problem(
                resource.span,
                "Only the condition limits which linked roles can be created here; name them in Resource too, as "
                "arn:aws:iam::*:role/aws-service-role/SERVICE.amazonaws.com/*.",
                [Related(action.span, "creating such roles is allowed here")],
            )


def _by_exception(statement: Statement, action: str) -> Text | None:
    """The key of the NotAction or NotResource that leaves an action on roles open; None if neither does."""
    not_action, not_resource = statement.not_action, statement.not_resource
    if not_action is not None:
        if not not_action.complete or any(
            text.value is None or covers_action(text.value, action) for text in not_action.values
        ):
            return None
        every = statement.resource is not None and any(is_any_role(text) for text in statement.resource.values)
        return not_action.key if every or _leaves_roles(not_resource) else None
    if statement.action is None or not _leaves_roles(not_resource) or not_resource is None:
        return None
    named = any(text.value is not None and covers_action(text.value, action) for text in statement.action.values)
    return not_resource.key if named else None


def _leaves_roles(element: Element | None) -> bool:
    """Whether a NotResource certainly leaves some roles open."""
    if element is None or not element.complete:
        return False
    return not any(
        text.value is None or contains(text.value, "arn:aws:iam::000000000000:role/*") for text in element.values
    )


def _names_linked_service(statement: Statement) -> bool:
    """Whether a condition may limit of which service a linked role is created."""
    if statement.condition is not None and not statement.conditions:
        return True
    return any((one.key.value or "iam:awsservicename").lower() == "iam:awsservicename" for one in statement.conditions)


def _is_any_linked_role(text: Text) -> bool:
    """Whether an entry certainly covers the linked roles of every service, which have a path of their own.

    Source: AWS IAM User Guide, "Create a service-linked role".
    """
    return is_any_role(text) or (
        text.value is not None
        and contains(text.value, "arn:aws:iam::000000000000:role/aws-service-role/*.amazonaws.com/*")
    )


@lru_cache(maxsize=2)
def _of_iam(policy: Policy) -> tuple[tuple[Statement, tuple[Text, ...]], ...]:
    """The statements that allow actions of IAM, and which. Three rules ask for those of each policy."""
    found = []
    for statement in policy.statements:
        if statement.action is not None and statement.resource is not None and statement.allows():
            named = [text for text in statement.action.values if text.value is not None and text.value[:1] in "iI*?"]
            if named:
                found.append((statement, tuple(named)))
    return tuple(found)


def _names(text: Text, action: str) -> bool:
    """Whether an entry covers an action of IAM, and is not the star of an administrator, of whom other rules speak."""
    value = text.value
    return value is not None and value[:1] in "iI*?" and ":" in value and covers_action(value, action)


def _names_service(statement: Statement) -> bool:
    """Whether a condition may limit to which service, or which resource, a role is passed."""
    if statement.condition is not None and not statement.conditions:
        return True
    return any(
        condition.key.value is None
        or condition.key.value.lower() in ("iam:passedtoservice", "iam:associatedresourcearn")
        for condition in statement.conditions
    )


def passed_to_service(policy: Policy, statement: Statement) -> Mend | None:
    """A condition on the service that a role is passed to, where the policy's other actions tell which one it is, and
    the statement is about passing roles alone."""
    actions = statement.action.values if statement.action is not None and statement.action.complete else ()
    if len(actions) != 1 or (actions[0].value or "").lower() != _PASSING.lower():
        return None
    service = _only_receiver(policy)
    if not service:
        return None
    return Mend(
        f"Compare iam:PassedToService with {service}.",
        Add(statement.node, "Condition", {"StringEquals": {"iam:PassedToService": service}}),
        safe=False,
    )


@lru_cache(maxsize=2)
def _only_receiver(policy: Policy) -> str:
    """The one service to which the actions of a policy pass roles; "" if there is none, or there may be several."""
    if not policy.complete or any(one.not_action for one in policy.allow_statements()):
        return ""
    services = receivers(
        widest(text)
        for one in policy.allow_statements()
        for text in (one.action.values if one.action is not None else ())
    )
    return services.pop() if len(services) == 1 else ""
