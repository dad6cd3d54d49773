"""What each kind of policy may hold: identity, trust, control policies and resource-based ones."""

from __future__ import annotations

from lplint.aws import catalog
from lplint.checks.elements import NOT_ALLOWED
from lplint.checks.grammar import certain_place
from lplint.model.finding import Problem
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Policy, Statement

_WORDS = {
    PolicyKind.IDENTITY: "an identity-based policy",
    PolicyKind.BOUNDARY: "a permissions boundary",
    PolicyKind.SESSION: "a session policy",
    PolicyKind.SCP: "a service control policy",
    PolicyKind.RCP: "a resource control policy",
    PolicyKind.TRUST: "a trust policy",
}
_INSTEAD = {
    "Principal": "it applies to whoever it is attached to; remove it",
    "NotPrincipal": "it applies to whoever it is attached to; remove it",
    "Resource": "the role itself is the resource; remove it",
    "NotResource": "the role itself is the resource; remove it",
    "NotAction": "list the actions in Action",
}


def element_not_allowed(policy: Policy) -> Iterator[Problem]:
    names = NOT_ALLOWED.get(policy.kind, ())
    for statement in policy.statements:
        for name in names:
            place = certain_place(statement, name)
            if place is None:
                continue
            instead = _INSTEAD[name]
            if name == "NotPrincipal" and policy.kind is PolicyKind.TRUST:
                instead = "name in Principal who may assume the role"
            elif name == "NotPrincipal" and policy.kind is PolicyKind.RCP:
                instead = 'write "Principal": "*" and name the exceptions in a condition'
            yield Problem(place, f"AWS rejects {_WORDS[policy.kind]} with a {name}; {instead}.")


def invalid_rcp(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if statement.allows() and statement.effect is not None and not _is_full_access(statement):
            yield Problem(
                statement.effect.span,
                "A resource control policy of your own can only deny; AWS accepts Allow in RCPFullAWSAccess alone. "
                "Write Deny, or remove the statement.",
            )
        if statement.principal is not None:
            for principal in statement.principal.values:
                if principal.type is not None or not principal.value.may_equal("*"):
                    yield Problem(
                        principal.value.span,
                        'The only Principal of a resource control policy is "*"; name whom you mean in a '
                        "condition, such "
                        "as aws:PrincipalArn.",
                    )
        if statement.action is None or statement.allows():
            continue
        for text in statement.action.values:
            prefix, colon, _ = (text.value or "").lower().partition(":")
            if colon and prefix in catalog.service_titles() and prefix not in catalog.rcp_services():
                yield Problem(
                    text.span_of(0, len(prefix)),
                    f"Resource control policies do not reach {catalog.service_titles()[prefix]}, and AWS rejects its "
                    "actions in one; remove this action.",
                )


def _is_full_access(statement: Statement) -> bool:
    """Whether a statement is that of AWS's own RCPFullAWSAccess."""
    return (
        statement.condition is None
        and statement.action is not None
        and any(text.may_equal("*") for text in statement.action.values)
        and (statement.resource is None or any(text.may_equal("*") for text in statement.resource.values))
    )
