"""What is attached to a role, user or group, and to whom."""

from __future__ import annotations

from lplint.model.finding import Problem
from lplint.model.tier import ADMINISTRATOR, POWER_USER, VIEWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Identity
    from lplint.model.text import Text

# What AWS's own policies of these names let their holder do.
# Source: AWS Managed Policy Reference.
_ADMINISTRATORS = {
    "AdministratorAccess": "allows everything on everything",
    "IAMFullAccess": "allows every action of IAM, with which its holder gives themselves every other right",
    "PowerUserAccess": "allows everything but the management of users, groups and organizations",
    "AWSOrganizationsFullAccess": "allows every action of AWS Organizations",
    "SystemAdministrator": "passes roles and runs code with them in most services",
    "DatabaseAdministrator": "passes roles and manages most databases",
    "NetworkAdministrator": "manages the whole network",
}
# The first three are what everybody knows as an administrator's.
_STRONGEST = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
_FULL = ("FullAccess", "FullAccess_v2", "FullAccessV2", "FullAccessPolicy_v2", "PowerUser", "Administrator")
_MARK = ":iam::aws:policy/"


def administrator_attached(identity: Identity) -> Iterator[Problem]:
    for arn in identity.attached:
        name = _managed(arn)
        if name in _STRONGEST:
            yield Problem(
                arn.span, f"AWS's {name}, attached to {_whom(identity)}, {_ADMINISTRATORS[name]}; list what it needs."
            )


def full_access_attached(identity: Identity) -> Iterator[Problem]:
    for arn in identity.attached:
        name = _managed(arn)
        if name is None or name in _STRONGEST:
            continue
        if name in _ADMINISTRATORS:
            yield Problem(arn.span, f"AWS's {name}, attached to {_whom(identity)}, {_ADMINISTRATORS[name]}.")
        elif name.endswith(_FULL):
            much = "every action" if "FullAccess" in name else "most actions"
            yield Problem(
                arn.span,
                f"AWS's {name}, attached to {_whom(identity)}, allows {much} of its service on every resource; "
                "write a policy with what is needed.",
            )


def policy_of_user(identity: Identity) -> Iterator[Problem]:
    if identity.kind != "user":
        return
    what = "policies of its own" if len(identity.policies) + len(identity.attached) > 1 else "a policy of its own"
    if identity.policies or identity.attached:
        yield Problem(
            identity.span,
            f"This user has {what}; give people a role with a session that ends, "
            "or at least put the user into a group that has the policy.",
        )


def tier_of_managed(arn: Text) -> str | None:
    """The tier of what a policy of AWS's own allows, where its name tells; None if it does not."""
    name = _managed(arn)
    if name is None:
        return None
    if name in ("AdministratorAccess", "IAMFullAccess"):
        return ADMINISTRATOR
    if name.endswith(("ReadOnlyAccess", "ReadOnlyAccess_v2", "ViewOnlyAccess", "ReadOnly")) or name == "SecurityAudit":
        return VIEWER
    return POWER_USER if name in _ADMINISTRATORS or name.endswith(_FULL) else None


def is_strong(arn: Text) -> bool:
    """Whether an ARN certainly names a policy of AWS's own that makes an administrator of whoever has it."""
    return _managed(arn) in _STRONGEST


def _managed(arn: Text) -> str | None:
    """The name of AWS's own policy that an ARN certainly names; None for any other."""
    known = "".join(part if isinstance(part, str) else "\0" for part in arn.parts)
    _, mark, name = known.partition(_MARK)
    return name.rpartition("/")[2] if mark and "\0" not in name else None


def _whom(identity: Identity) -> str:
    # Without its name: what several calls of a module make is one finding.
    return f"this {identity.kind.replace('-', ' ')}"
