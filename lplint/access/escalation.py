"""Which sets of actions that lead to more permissions some policies allow, and what makes an administrator."""

from __future__ import annotations

from functools import cache, lru_cache

from lplint.access.actions import covers_action
from lplint.access.grants import Access, Reach
from lplint.access.patterns import surest, widest
from lplint.access.requests import AT_WILL
from lplint.access.resources import may_have_form
from lplint.model.text import Hole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lplint.access.grants import Grant
    from lplint.model.policy import Identity, Policy
    from lplint.model.text import Text

PASS_ROLE = "iam:PassRole"  # noqa: S105  an action
SELF, PASSING, TAKING_OVER = "self", "pass-role", "take-over"
# What a caller chooses, or has as every caller of the account does: a condition on it keeps nobody from escalating.
_REQUEST: Mapping[str, str] = dict.fromkeys(
    (
        *("aws:multifactorauthage", "aws:multifactorauthpresent", "aws:requestedregion", "aws:securetransport"),
        *("aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"),
        *("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"),
    ),
    AT_WILL,
)
# Whoever may do all of this, to everything there is, is an administrator: it is what grants permissions.
ADMINISTRATION = (
    *("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:CreatePolicyVersion"),
    *("iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:CreateAccessKey", "iam:AddUserToGroup"),
)
_MORE_OF_IAM = {
    "iam:CreateRole": "arn:aws:iam::*:role/*",
    "iam:CreateUser": "arn:aws:iam::*:user/*",
    "iam:CreatePolicy": "arn:aws:iam::*:policy/*",
}


class Path:
    """A set of actions that leads to more. See rules/escalation.toml for what the parts mean; `rank` is its place
    there, `bits` has one for each of its actions."""

    __slots__ = ("actions", "bits", "gains", "id", "kind", "named", "own", "rank", "same", "services")

    def __init__(
        self,
        id: str,
        kind: str,
        actions: tuple[str, ...],
        gains: str,
        services: tuple[str, ...],
        own: bool,
        same: bool,
        named: bool,
        bits: int,
        rank: int,
    ) -> None:
        self.id = id
        self.kind = kind
        self.actions = actions
        self.gains = gains
        self.services = services
        self.own = own
        self.same = same
        self.named = named
        self.bits = bits
        self.rank = rank

    def __repr__(self) -> str:
        return f"Path({self.id})"


class Escalation:
    """A path that is open, and for each of its actions what allows it."""

    __slots__ = ("grants", "path")

    def __init__(self, path: Path, grants: tuple[Grant, ...]) -> None:
        self.path = path
        self.grants = grants

    def __repr__(self) -> str:
        return f"Escalation({self.path.id})"


@cache
def paths() -> tuple[Path, ...]:
    """Every path that is known, in the order of rules/escalation.toml: the gravest kind first."""
    from lplint._generated.escalation import PATHS

    bits = _bits()
    return tuple(
        Path(id_, kind, actions, gains, services, own, same, named, sum(bits[name] for name in actions), rank)
        for rank, (id_, kind, actions, gains, services, own, same, named) in enumerate(PATHS)
    )


@cache
def _forms() -> Mapping[str, str]:
    from lplint._generated.escalation import FORMS

    return {**FORMS, **_MORE_OF_IAM}


@cache
def _also() -> Mapping[str, str]:
    from lplint._generated.escalation import ALSO

    return ALSO


@cache
def _bits() -> Mapping[str, int]:
    """A bit for each action that is part of a path."""
    return {name: 1 << number for number, name in enumerate(_forms())}


@cache
def _by_lower() -> Mapping[str, int]:
    return {name.lower(): bit for name, bit in _bits().items()}


@cache
def _by_service() -> Mapping[str, tuple[tuple[str, int], ...]]:
    made: dict[str, list[tuple[str, int]]] = {}
    for name, bit in _bits().items():
        made.setdefault(name.partition(":")[0], []).append((name, bit))
    return {service: tuple(some) for service, some in made.items()}


@lru_cache(maxsize=16384)
def covered(pattern: str) -> int:
    """The bits of the actions that a pattern of an Action element covers."""
    if "*" not in pattern and "?" not in pattern:
        return _by_lower().get(pattern.lower(), 0)
    prefix = pattern.partition(":")[0].lower()
    by_service = _by_service()
    if "*" in prefix or "?" in prefix:
        some: Iterable[tuple[str, int]] = _bits().items()
    else:
        some = by_service.get(prefix, ())
    return sum(bit for name, bit in some if covers_action(pattern, name))


def _granted(policies: Iterable[Policy]) -> int:
    """The bits of the actions that some Allow of the policies covers."""
    bits = 0
    for policy in policies:
        for statement in policy.statements:
            if not statement.allows():
                continue
            if statement.action is not None:
                for text in statement.action.values:
                    if text.value is not None:
                        bits |= covered(text.value)
            elif statement.not_action is not None:
                left_out = 0
                for text in statement.not_action.values:
                    left_out |= covered(widest(text))
                bits |= _all_bits() & ~left_out
    return bits


def is_path_within(bits: int) -> bool:
    """Whether all actions of a path are among some, by their bits; what makes an administrator counts as one."""
    return any(path.bits & ~bits == 0 for path in paths()) or _administration_bits() & ~bits == 0


@cache
def _administration_bits() -> int:
    return sum(_bits()[action] for action in (*ADMINISTRATION, *_MORE_OF_IAM))


@cache
def _all_bits() -> int:
    return sum(_bits().values())


def access_of(identity: Identity) -> Access:
    """What an identity may do by the policies that the repository gives it, its groups' among them."""
    policies = dict.fromkeys(identity.policies)
    for group in identity.groups:
        policies.update(dict.fromkeys(group.policies))
    unknown = identity.bounded or any(not _is_aws_managed(arn, "AdministratorAccess") for arn in identity.boundary_arns)
    return Access(tuple(policies), identity.boundaries, bounded=unknown)


def escalations(access: Access, identity: Identity | None = None) -> list[Escalation]:
    """The paths that are certainly open by what is allowed, the gravest kind first. `identity` is whose access it is,
    where that is known."""
    granted = _granted(access.policies)
    # Few policies allow all actions of any path, so the exact question is asked of few.
    return [
        Escalation(path, grants)
        for path in paths()
        if path.bits & ~granted == 0 and (grants := _open(path, access, identity)) is not None
    ]


def administration(access: Access) -> tuple[Grant, ...] | None:
    """What allows everything that grants permissions, on everything there is; None if something may be missing."""
    granted = _granted(access.policies)
    bits = _bits()
    found = []
    for action in (*ADMINISTRATION, *_MORE_OF_IAM):
        if not granted & bits[action]:
            return None
        grant = _whole(action, access, _REQUEST)
        if grant is None:
            return None
        found.append(grant)
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=256)
def is_administrator(identity: Identity) -> bool:
    """Whether an identity certainly may do what it likes."""
    attached = (*identity.attached, *(arn for group in identity.groups for arn in group.attached))
    if any(_is_aws_managed(arn, name) for arn in attached for name in ("AdministratorAccess", "IAMFullAccess")):
        return not (identity.boundaries or identity.boundary_arns or identity.bounded)
    return administration(access_of(identity)) is not None


def _is_aws_managed(arn: Text, name: str) -> bool:
    last = arn.parts[-1] if arn.parts else ""
    return isinstance(last, str) and last.endswith(f":iam::aws:policy/{name}")


def _open(path: Path, access: Access, identity: Identity | None) -> tuple[Grant, ...] | None:
    """What allows each action of a path; None if one of them is not certainly allowed as far as the path needs."""
    if path.kind == PASSING:
        for service in path.services:
            request = {**_REQUEST, "iam:passedtoservice": service}
            passing = _whole(PASS_ROLE, access, request) or _of_a_stronger(PASS_ROLE, access, request, identity)
            if passing is None:
                continue
            others = [_some(action, access, _REQUEST) for action in path.actions if action != PASS_ROLE]
            if None not in others:
                return (passing, *(grant for grant in others if grant is not None))
        return None
    found = []
    for action in path.actions:
        form = _forms()[action]
        grant = _whole(action, access, _REQUEST) if form != "*" else _some(action, access, _REQUEST)
        if grant is None and path.own:
            grant = _of_itself(action, access, identity)
        if grant is None:
            grant = _of_a_stronger(action, access, _REQUEST, identity)
        if grant is None:
            return _of_one(path, access) if path.same else None
        if path.named and not grant.entry.display.lower().startswith(action.partition(":")[0] + ":"):
            return None
        found.append(grant)
    return tuple(found)


def _of_one(path: Path, access: Access) -> tuple[Grant, ...] | None:
    """What allows all actions of a path on one and the same thing, whatever it is."""
    by_action = [dict(_single(action, access)) for action in path.actions]
    for target in by_action[0]:
        if all(target in targets for targets in by_action):
            return tuple(targets[target] for targets in by_action)
    return None


def _single(action: str, access: Access) -> Iterator[tuple[tuple[str, ...], Grant]]:
    """What allows an action on one user or role, with what tells that one from all others."""
    for grant in access.grants(action):
        parts = grant.resource.parts if grant.resource is not None else ()
        last = parts[-1] if parts else ""
        if grant.resource is None or (
            isinstance(last, str) and ("*" in last or "?" in last or "${" in last or ":" not in last)
        ):
            continue
        if _certain(grant, access, surest(grant.resource), _REQUEST):
            yield tuple(part if isinstance(part, str) else f"{{{part.cause}}}" for part in parts), grant


def _whole(action: str, access: Access, request: Mapping[str, str]) -> Grant | None:
    """What allows an action on everything that it acts on."""
    form, also = _forms()[action], _also().get(action)
    if also is not None and access.reach(action, also, request) < Reach.UNLESS:
        return None
    for grant in access.grants(action):
        if _certain(grant, access, form, request):
            return grant
    return None


def _some(action: str, access: Access, request: Mapping[str, str]) -> Grant | None:
    """What allows an action on something at least."""
    form = _forms()[action]
    for grant in access.grants(action):
        if _certain(grant, access, form, request):
            return grant
        if grant.resource is not None and may_have_form(widest(grant.resource), form):
            own = surest(grant.resource)
            if own != "*" and _certain(grant, access, own, request):
                return grant
    return None


def _certain(grant: Grant, access: Access, form: str, request: Mapping[str, str]) -> bool:
    return grant.reach(form, request) >= Reach.UNLESS and access.within(grant.action, form, request) >= Reach.UNLESS


def _of_itself(action: str, access: Access, identity: Identity | None) -> Grant | None:
    """What allows an action on the very user, role or group whose policy it is."""
    for grant in access.grants(action):
        if grant.resource is None or not _certain(grant, access, surest(grant.resource), _REQUEST):
            continue
        if grant.resource.display.lower().endswith(":user/${aws:username}"):
            return grant
        if identity is not None and _named(grant.resource, identity) in (identity, *identity.groups):
            return grant
    return None


def _of_a_stronger(action: str, access: Access, request: Mapping[str, str], identity: Identity | None) -> Grant | None:
    """What allows an action on a user or role beside this one that is an administrator."""
    if identity is None or ":iam:" not in _forms()[action]:
        return None
    for grant in access.grants(action):
        other = _named(grant.resource, identity) if grant.resource is not None else None
        if (
            grant.resource is not None
            and other is not None
            and other is not identity
            and _certain(grant, access, surest(grant.resource), request)
            and is_administrator(other)
        ):
            return grant
    return None


def _named(text: Text, identity: Identity) -> Identity | None:
    """The identity beside another whose ARN an entry of a Resource element is; None if it is none, or others too."""
    last = text.parts[-1] if text.parts else ""
    if isinstance(last, Hole):
        # AWS makes its name, and the file refers to the whole.
        return identity.beside.get(last.cause)
    kind, slash, path = last.rpartition(":")[2].partition("/")
    return identity.beside.get(f"{kind}/{path.rpartition('/')[2]}") if slash else None


def gravest(found: Sequence[Escalation]) -> str | None:
    """The gravest kind of some escalations."""
    return next((kind for kind in (SELF, PASSING, TAKING_OVER) if any(one.path.kind == kind for one in found)), None)
