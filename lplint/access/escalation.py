"""Which sets of actions that lead to more permissions some policies allow, and what makes an administrator."""

from __future__ import annotations

from functools import cache, lru_cache

from lplint.access.actions import covers_action
from lplint.access.grants import Access, Reach
from lplint.access.patterns import contains, surest, widest
from lplint.access.requests import AT_WILL
from lplint.access.resources import may_act_on, may_have_form
from lplint.aws import catalog
from lplint.model.text import Hole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from lplint.access.grants import Grant
    from lplint.model.policy import Identity, Policy, Workload
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
# What stands before the name in the ARN of a role, user, group or policy.
_OF_IAM = ("role/", "user/", "group/", "policy/")
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
    """A path that is open, and for each of its actions what allows it. `target` is the one user, role or group by which
    it is open, where it is so by that one only."""

    __slots__ = ("grants", "path", "target")

    def __init__(self, path: Path, grants: tuple[Grant, ...], target: Identity | None = None) -> None:
        self.path = path
        self.grants = grants
        self.target = target

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


def receivers(patterns: Iterable[str]) -> set[str]:
    """The services to which some path passes a role by an action that one of the patterns covers."""
    bits = 0
    for pattern in patterns:
        bits |= covered(pattern)
    bits &= ~_bits()[PASS_ROLE]
    return {service for path in paths() if path.bits & bits and PASS_ROLE in path.actions for service in path.services}


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
        found for path in paths() if path.bits & ~granted == 0 and (found := _open(path, access, identity)) is not None
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


def _open(path: Path, access: Access, identity: Identity | None) -> Escalation | None:
    """A path, if each of its actions certainly is allowed as far as the path needs."""
    if path.kind == PASSING:
        return _passing(path, access, identity)
    found = []
    target: Identity | None = None
    for action in path.actions:
        form = _forms()[action]
        grant = _whole(action, access, _REQUEST) if form != "*" else _some(action, access, _REQUEST)
        if grant is None and path.own:
            grant = _of_itself(action, access, identity)
            target = identity if grant is not None else target
        if grant is None and identity is not None and (stronger := _of_a_stronger(action, access, _REQUEST, identity)):
            grant, target = stronger
        if grant is None:
            if path.kind == TAKING_OVER and identity is not None:
                return _of_a_strong_workload(path, access, identity)
            grants = _of_one(path, access, identity) if path.same else None
            return Escalation(path, grants) if grants is not None else None
        if path.named and not grant.entry.display.lower().startswith(action.partition(":")[0] + ":"):
            return None
        found.append(grant)
    return Escalation(path, tuple(found), target)


def _passing(path: Path, access: Access, identity: Identity | None) -> Escalation | None:
    # What passes a role to any service is worse than what passes it to this one.
    free = _whole(PASS_ROLE, access, _REQUEST)
    for service in path.services:
        request = {**_REQUEST, "iam:passedtoservice": service}
        passing, target = free or _whole(PASS_ROLE, access, request), None
        if passing is None and identity is not None:
            stronger = _of_a_stronger(PASS_ROLE, access, request, identity)
            passing, target = stronger if stronger is not None else (None, None)
        if passing is None:
            continue
        others = [_some(action, access, _REQUEST) for action in path.actions if action != PASS_ROLE]
        if None not in others:
            return Escalation(path, (passing, *(grant for grant in others if grant is not None)), target)
    return None


def _of_one(path: Path, access: Access, identity: Identity | None) -> tuple[Grant, ...] | None:
    """What allows all actions of a path on one and the same thing, whatever it is; of a role and a policy that is on
    that role, too."""
    by_action = [dict(_single(action, access, identity)) for action in path.actions]
    for target in by_action[0]:
        if all(target in targets for targets in by_action):
            return tuple(targets[target] for targets in by_action)
    return None


def _single(action: str, access: Access, identity: Identity | None) -> Iterator[tuple[Hashable, Grant]]:
    """What allows an action on one user, role or policy, with what tells that one, or who has the policy, from all
    others."""
    for grant in access.grants(action):
        parts = grant.resource.parts if grant.resource is not None else ()
        if grant.resource is None or not _is_one(grant.resource):
            continue
        known = catalog.action(action)
        if known is not None and not may_act_on((known,), (widest(grant.resource),)):
            continue
        if _certain(grant, access, surest(grant.resource), _REQUEST):
            yield tuple(part if isinstance(part, str) else f"{{{part.cause}}}" for part in parts), grant
            if identity is not None:
                other = named(grant.resource, identity)
                for one in (other,) if other is not None else _holders(grant.resource, identity):
                    yield one, grant


def _is_one(text: Text) -> bool:
    """Whether an entry of a Resource element names one thing, known or not."""
    last = text.parts[-1] if text.parts else ""
    return not isinstance(last, str) or (":" in last and not any(mark in last for mark in ("*", "?", "${")))


def freely(action: str, access: Access, form: str, request: Mapping[str, str] = _REQUEST) -> Grant | None:
    """What allows an action on everything of a form, under no condition but such as its caller meets at will."""
    return next((grant for grant in access.grants(action) if _certain(grant, access, form, request)), None)


def on_one_of(action: str, access: Access, names: Sequence[str]) -> Grant | None:
    """What so allows an action on one of what some names stand for: "policy/NAME", or what the file calls an ARN."""
    return next(
        (grant for grant in access.grants(action) if at_will(grant, access) and _called(grant.resource) in names), None
    )


def _called(text: Text | None) -> str | None:
    """What an entry of a Resource element names, as Identity.beside and Policy.names have it."""
    parts = text.parts if text is not None else ()
    last = parts[-1] if parts else ""
    if not isinstance(last, Hole):
        return _name(last)
    # What is made of a role's name is no role: arn:aws:s3:::logs-${aws_iam_role.ci.name}.
    before = parts[-2] if len(parts) > 1 else ""
    if not before or (isinstance(before, str) and before.rpartition(":")[2].startswith(_OF_IAM)):
        return last.cause
    return None


def _whole(action: str, access: Access, request: Mapping[str, str]) -> Grant | None:
    """What allows an action on everything that it acts on."""
    form, also = _forms()[action], _also().get(action)
    if also is not None and access.reach(action, also, request) < Reach.UNLESS:
        return None
    return freely(action, access, form, request)


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
        if identity is None:
            continue
        mine = (identity, *identity.groups)
        if named(grant.resource, identity) in mine or any(one in mine for one in _holders(grant.resource, identity)):
            return grant
    return None


def _of_a_stronger(
    action: str, access: Access, request: Mapping[str, str], identity: Identity
) -> tuple[Grant, Identity] | None:
    """What allows an action on a user or role beside this one that is an administrator, and which that is."""
    if ":iam:" not in _forms()[action]:
        return None
    for grant in access.grants(action):
        other = named(grant.resource, identity) if grant.resource is not None else None
        if other is not None and other is not identity and at_will(grant, access, request) and is_administrator(other):
            return grant, other
    return None


def onto(access: Access, identity: Identity) -> Iterator[tuple[Escalation, Identity]]:
    """The ways to act as single roles beside an identity, by passing them or by what runs as them."""
    granted = _granted(access.policies)
    for path in paths():
        if path.bits & ~granted:
            continue
        if path.kind == PASSING:
            others = [_some(action, access, _REQUEST) for action in path.actions if action != PASS_ROLE]
            if None in others:
                continue
            for service in path.services:
                request = {**_REQUEST, "iam:passedtoservice": service}
                for grant in access.grants(PASS_ROLE):
                    role = named(grant.resource, identity) if grant.resource is not None else None
                    if role is not None and at_will(grant, access, request):
                        yield Escalation(path, (grant, *(one for one in others if one is not None)), role), role
        elif path.kind == TAKING_OVER:
            yield from _workloads(path, access, identity)


def at_will(grant: Grant, access: Access, request: Mapping[str, str] = _REQUEST) -> bool:
    """Whether a grant certainly allows its action on what its own Resource names."""
    return grant.resource is not None and _certain(grant, access, surest(grant.resource), request)


def _workloads(path: Path, access: Access, identity: Identity) -> Iterator[tuple[Escalation, Identity]]:
    """The single workloads that a path takes over, as the roles that they run as."""
    forms = _forms()
    for one in identity.workloads:
        if not any(contains(forms[action], one.arn) for action in path.actions):
            continue
        grants = [
            _on(action, access, one) if contains(forms[action], one.arn) else _some(action, access, _REQUEST)
            for action in path.actions
        ]
        if None not in grants:
            yield Escalation(path, tuple(grant for grant in grants if grant is not None), one.role), one.role


def _on(action: str, access: Access, workload: Workload) -> Grant | None:
    """What allows an action on a workload."""
    for grant in access.grants(action):
        last = grant.resource.parts[-1] if grant.resource is not None and grant.resource.parts else ""
        if isinstance(last, Hole) and last.cause in workload.references:
            if at_will(grant, access):
                return grant
        elif _certain(grant, access, workload.arn, _REQUEST):
            return grant
    return None


def _of_a_strong_workload(path: Path, access: Access, identity: Identity) -> Escalation | None:
    """A path, if it is open on something that runs as an administrator."""
    return next((one for one, role in _workloads(path, access, identity) if is_administrator(role)), None)


def named(text: Text, identity: Identity) -> Identity | None:
    """The identity beside another whose ARN an entry of a Resource element is; None if it is none, or others too."""
    name = _called(text)
    return identity.beside.get(name) if name is not None else None


def _name(arn: str) -> str | None:
    """What the end of an ARN of IAM's names, without its path: "role/NAME"."""
    kind, slash, path = arn.rpartition(":")[2].partition("/")
    return f"{kind}/{path.rpartition('/')[2]}" if slash else None


def _holders(text: Text, identity: Identity) -> Sequence[Identity]:
    """Who beside an identity has the managed policy whose ARN an entry of a Resource element is."""
    name = _called(text)
    policy = _policies_beside(identity).get(name) if name is not None else None
    return policy.holders if policy is not None else ()


@lru_cache(maxsize=16)
def _policies_beside(identity: Identity) -> Mapping[str, Policy]:
    """The managed policies that identities beside one have, by their names."""
    return {name: policy for other in identity.beside.values() for policy in other.policies for name in policy.names}


def gravest(found: Sequence[Escalation]) -> str | None:
    """The gravest kind of some escalations."""
    return next((kind for kind in (SELF, PASSING, TAKING_OVER) if any(one.path.kind == kind for one in found)), None)
