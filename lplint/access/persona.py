"""Whether people or programs use what an identity may do, as its trust policies tell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplint.model.policy import Identity, PrincipalValue

HUMAN = "human"
MACHINE = "machine"
PERSONAS = (HUMAN, MACHINE)
# Identity providers at which people sign in; all others (clusters, pipelines) speak for programs.
_PEOPLE = ("accounts.google.com", "cognito-identity", "graph.facebook.com", "www.amazon.com", "okta.com", "auth0.com")


def persona_of(identity: Identity) -> str | None:
    """Who uses an identity: "human" or "machine"; None where nothing tells. Where both may, "machine", of which less is
    forgiven."""
    if identity.kind in ("permission-set", "group"):
        return HUMAN
    found = {
        _of_principal(one)
        for policy in identity.trust
        for statement in policy.allow_statements()
        if statement.principal is not None
        for one in statement.principal.values
    }
    return strictest(found)


def strictest(found: Iterable[str | None]) -> str | None:
    """The one of several personas of which less is forgiven; None if one of them is not known, or there is none."""
    known = set(found)
    if None in known or not known:
        return None
    return MACHINE if MACHINE in known else HUMAN


def _of_principal(one: PrincipalValue) -> str | None:
    type_ = one.type.value if one.type is not None else None
    written = "".join(part for part in one.value.parts if isinstance(part, str)).lower()
    if type_ == "Service":
        return MACHINE
    if type_ == "Federated":
        if not written:
            return None
        return HUMAN if "saml-provider" in written or any(name in written for name in _PEOPLE) else MACHINE
    if type_ == "AWS" and one.value.value is not None:
        # A role or user speaks for a program as often as not; an account stands for its people.
        return HUMAN if written.isdigit() or written.endswith(":root") else MACHINE if ":role/" in written else None
    return None
