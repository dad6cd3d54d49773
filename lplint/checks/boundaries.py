"""Permissions boundaries that do not bound, and some that are taken for permissions."""

from __future__ import annotations

from lplint.access.escalation import freely, on_one_of
from lplint.access.grants import Access
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Identity, Policy

_ROLE, _USER, _POLICY = "arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*", "arn:aws:iam::*:policy/*"
# By what a boundary is taken off, or put in the place of another, and what it acts on.
# Source: AWS IAM User Guide, "Permissions boundaries for IAM entities", delegating responsibility.
_TAKES_OFF = (
    ("iam:DeleteRolePermissionsBoundary", _ROLE, "take it off"),
    ("iam:DeleteUserPermissionsBoundary", _USER, "take it off"),
    ("iam:PutRolePermissionsBoundary", _ROLE, "put another in its place"),
    ("iam:PutUserPermissionsBoundary", _USER, "put another in its place"),
)
_REWRITES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")


def removable_boundary(policy: Policy) -> Iterator[Problem]:
    access = Access((policy,))
    for action, form, what in _TAKES_OFF:
        grant = freely(action, access, form)
        if grant is not None:
            yield Problem(
                grant.entry.span,
                f"Leaves it to whoever is bound by it to {what} ({action}); deny that here, or allow it only with this "
                "boundary in a condition on iam:PermissionsBoundary.",
            )
            return
    for action in _REWRITES:
        grant = freely(action, access, _POLICY) or on_one_of(action, access, policy.names)
        if grant is not None:
            yield Problem(
                grant.entry.span,
                f"Leaves it to whoever is bound by it to change what it says ({action}); deny that for this policy.",
            )
            return


def boundary_as_permissions(identity: Identity) -> Iterator[Problem]:
    if not identity.boundaries and not identity.boundary_arns:
        return
    for policy in identity.policies:
        if policy in identity.boundaries:
            yield Problem(
                identity.span,
                f"The permissions boundary of this {identity.kind} is also its permissions, so it keeps nothing out; "
                "let the boundary be wider, and name here what is needed.",
                [Related(policy.node.head(), "the policy that is both")],
            )
    if identity.complete and not identity.policies and not identity.attached and not identity.groups:
        yield Problem(
            identity.span,
            f"This {identity.kind} has a permissions boundary and nothing that allows: a boundary grants nothing, so "
            "that it can do nothing; attach a policy too, unless that is done elsewhere.",
        )
