"""Whom a resource-based policy or a trust policy lets in."""

from __future__ import annotations

from lplint.aws import conditions
from lplint.model.finding import Problem
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Condition, Policy, Statement

_EVERY_ADDRESS = frozenset(("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1"))


def public_principal(policy: Policy) -> Iterator[Problem]:
    # The policy of a VPC endpoint names who may use the endpoint, and only what is in the VPC can reach it.
    if policy.service == "vpce":
        return
    for statement in policy.allow_statements():
        if statement.principal is None or not statement.complete or _limits_callers(statement):
            continue
        for principal in statement.principal.values:
            if principal.value.value == "*" and (principal.type is None or principal.type.value == "AWS"):
                yield Problem(principal.value.span, _whom(policy, statement))
                break


def allow_not_principal(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.not_principal is not None:
            yield Problem(
                statement.not_principal.key.span,
                "Lets in everyone but those listed, also callers without an AWS account; name whom to let in.",
            )


def _whom(policy: Policy, statement: Statement) -> str:
    if policy.kind is PolicyKind.TRUST:
        return "Lets any principal of any AWS account assume this role; no condition says who it must be."
    actions = [text.display for text in statement.action.values] if statement.action is not None else []
    what = ", ".join(actions[:2]) + (f" and {len(actions) - 2} more" if len(actions) > 2 else "")
    return f"Lets anyone use {what or 'this'}, also without an AWS account; no condition says who it must be."


def _limits_callers(statement: Statement) -> bool:
    """Whether some condition may keep the public out."""
    if statement.condition is not None and not statement.conditions:
        return True  # it is there, and cannot be read
    return any(_limits(condition) for condition in statement.conditions)


def _limits(condition: Condition) -> bool:
    if condition.key.value is None or condition.operator.value is None:
        return True
    operator = conditions.operator(condition.operator.value)
    if operator is None or not conditions.names_caller(condition.key.value):
        return False
    # "Not" lets in everyone but some, IfExists and ForAllValues whoever does not send the key, Null whoever does.
    if (
        "Not" in operator.name
        or operator.if_exists
        or operator.set_operator == "ForAllValues"
        or operator.name == "Null"
    ):
        return False
    values = [text.value for text in condition.values]
    return not condition.complete or not any(
        value is not None and (not value.strip("*") or value in _EVERY_ADDRESS) for value in values
    )
