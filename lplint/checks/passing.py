"""Permissions that are safe only under a condition."""

from __future__ import annotations

from lplint.access.actions import covers_action
from lplint.access.patterns import contains
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Policy, Statement
    from lplint.model.text import Text


def pass_role_any_role(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.action is None or statement.resource is None or not statement.complete:
            continue
        action = next((text for text in statement.action.values if _names_pass_role(text)), None)
        resource = next((text for text in statement.resource.values if _is_any_role(text)), None)
        if action is not None and resource is not None and not _names_service(statement):
            yield Problem(
                resource.span,
                "Lets its holder pass any role of the account to any service, and so do whatever the strongest role "
                "that trusts a service can do.",
                [Related(action.span, "passing roles is allowed here")],
            )


def _is_any_role(text: Text) -> bool:
    """Whether an entry certainly covers every role of an account: "*", or a role's ARN with a star for its name."""
    if text.value is not None and contains(text.value, "arn:aws:iam::000000000000:role/*"):
        return True
    last = text.parts[-1] if text.parts else None
    if not isinstance(last, str) or ":" not in last:
        return False
    whole = text.value
    if whole is not None and (not whole.startswith("arn:") or whole.count(":") != 5):
        return False
    return contains(last.rpartition(":")[2], "role/*")


def _names_pass_role(text: Text) -> bool:
    """Whether an entry covers iam:PassRole, and is not the star of an administrator, of whom other rules speak."""
    value = text.value
    return value is not None and value[:1] in "iI*?" and ":" in value and covers_action(value, "iam:PassRole")


def _names_service(statement: Statement) -> bool:
    """Whether a condition may limit to which service, or which resource, a role is passed."""
    if statement.condition is not None and not statement.conditions:
        return True
    return any(
        condition.key.value is None
        or condition.key.value.lower() in ("iam:passedtoservice", "iam:associatedresourcearn")
        for condition in statement.conditions
    )
