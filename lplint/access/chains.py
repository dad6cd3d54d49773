"""Which roles an identity can come to act as, one after the other, and where that leads.

Source: AWS IAM User Guide, "Roles terms and concepts", role chaining; "Policy evaluation logic": a trust policy that
names a principal of the same account lets it in by itself.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache

from lplint.access.actions import covers_action
from lplint.access.escalation import (
    PASSING,
    SELF,
    TAKING_OVER,
    access_of,
    at_will,
    escalations,
    gravest,
    is_administrator,
    named,
    onto,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lplint.access.escalation import Escalation
    from lplint.access.grants import Grant
    from lplint.model.policy import Identity, PrincipalValue, Statement
    from lplint.model.text import Text

ASSUME_ROLE = "sts:AssumeRole"
# The path of rules/escalation.toml that is this action alone.
_BY_ASSUMING = "sts-001"
# A chain that is longer than this is nobody's way. AWS itself sets no bound.
_LONGEST = 5
# How many steps are looked at from one identity; real repositories have some dozens.
_MOST_STEPS = 1000
# How grave it is where a chain ends.
_ADMINISTRATOR = "administrator"
_GRAVITY = {None: 0, TAKING_OVER: 1, PASSING: 2, SELF: 3, _ADMINISTRATOR: 4}


class Hop:
    """How an identity comes to act as the role `to`: by `escalation`, which passes that role or takes over what runs as
    it, or by assuming it. `entries` are what allows that: of its own policies, or of the role's trust policy."""

    __slots__ = ("entries", "escalation", "to")

    def __init__(self, to: Identity, entries: Sequence[Text], escalation: Escalation | None = None) -> None:
        self.to = to
        self.entries = tuple(entries)
        self.escalation = escalation


class Chain:
    """Hops that follow one another, and what the last role can do: become an administrator by `escalation`, or all
    that it likes, where there is none."""

    __slots__ = ("escalation", "hops")

    def __init__(self, hops: Sequence[Hop], escalation: Escalation | None) -> None:
        self.hops = tuple(hops)
        self.escalation = escalation


def chain(identity: Identity) -> Chain | None:
    """The shortest of the chains to the strongest role that an identity can come to act as; None where that is no
    stronger than the identity itself."""
    best: tuple[Hop, ...] = ()
    most = _GRAVITY[strength(identity)]
    for hops in reachable(identity):
        found = _GRAVITY[strength(hops[-1].to)]
        if found > most:
            best, most = hops, found
    if not best or (len(best) == 1 and _is_told(identity, best[0])):
        return None
    end = best[-1].to
    return Chain(best, None if is_administrator(end) else _escalations(end)[0])


def reachable(identity: Identity) -> Iterator[tuple[Hop, ...]]:
    """The roles that an identity can come to act as, each by the shortest way there; the nearest first."""
    seen = {identity}
    todo: deque[tuple[Identity, tuple[Hop, ...]]] = deque([(identity, ())])
    steps = 0
    while todo and steps < _MOST_STEPS:
        here, hops = todo.popleft()
        for hop in _hops(here):
            steps += 1
            if hop.to in seen:
                continue
            seen.add(hop.to)
            yield (*hops, hop)
            if len(hops) + 1 < _LONGEST:
                todo.append((hop.to, (*hops, hop)))


def _is_told(identity: Identity, hop: Hop) -> bool:
    """Whether a step by itself is a path that is open to an identity."""
    path = hop.escalation.path.id if hop.escalation is not None else _BY_ASSUMING
    return any(one.path.id == path for one in _escalations(identity))


@lru_cache(maxsize=4096)
def strength(identity: Identity) -> str | None:
    """How an identity is an administrator or can become one: "administrator", or the kind of its gravest path; None if
    there is none."""
    return _ADMINISTRATOR if is_administrator(identity) else gravest(_escalations(identity))


@lru_cache(maxsize=4096)
def _escalations(identity: Identity) -> list[Escalation]:
    return escalations(access_of(identity), identity)


@lru_cache(maxsize=4096)
def _hops(identity: Identity) -> tuple[Hop, ...]:
    """What roles beside it an identity can act as, by one step."""
    found: dict[Identity, Hop] = {}
    access = access_of(identity)
    for grant in access.grants(ASSUME_ROLE):
        role = named(grant.resource, identity) if grant.resource is not None else None
        if role is not None and grant.resource is not None and at_will(grant, access) and _lets_in(role, identity):
            found.setdefault(role, Hop(role, (grant.entry,)))
    first = next(iter(identity.beside.values()), identity)
    for role, text in _trusting(first).get(identity, ()):
        if role not in found and not _is_refused(identity):
            found[role] = Hop(role, (text,))
    for escalation, role in onto(access, identity):
        if role not in found and (escalation.path.kind != PASSING or _trusts_service(role, escalation.path.services)):
            found[role] = Hop(role, _entries(escalation.grants), escalation)
    found.pop(identity, None)
    return tuple(found.values())


def _entries(grants: Sequence[Grant]) -> list[Text]:
    return list(dict.fromkeys(grant.entry for grant in grants))


def _is_refused(identity: Identity) -> bool:
    """Whether something may keep an identity from assuming a role that trusts it by name."""
    if identity.boundaries or identity.boundary_arns or identity.bounded or not identity.complete:
        return True
    return any(
        statement.denies() or not statement.complete
        for policy in access_of(identity).policies
        for statement in policy.statements
    )


def _lets_in(role: Identity, identity: Identity) -> bool:
    """Whether a role's trust policy lets an identity of its account in; where none is written, the policy that names
    the role tells that it does."""
    if not role.trust:
        return True
    return any(
        _is(one, identity) or _is_account(one) for statement in _assuming(role) for one in _principals(statement)
    )


def _trusts_service(role: Identity, services: Sequence[str]) -> bool:
    if not role.trust:
        return True
    return any(one.value.value in services for statement in _assuming(role) for one in _principals(statement))


def _assuming(role: Identity) -> Iterator[Statement]:
    """The statements of a role's trust policy by which somebody comes in as they like. More than one policy are
    alternatives, of which none is certain."""
    if len(role.trust) != 1 or any(not statement.allows() for statement in role.trust[0].statements):
        return
    for statement in role.trust[0].statements:
        actions = statement.action.values if statement.action is not None else ()
        if statement.unconditional() and any(
            text.value is not None and covers_action(text.value, ASSUME_ROLE) for text in actions
        ):
            yield statement


def _principals(statement: Statement) -> Sequence[PrincipalValue]:
    return statement.principal.values if statement.principal is not None else ()


def _is(one: PrincipalValue, identity: Identity) -> bool:
    return one.type is not None and one.type.value == "AWS" and named(one.value, identity) is identity


def _is_account(one: PrincipalValue) -> bool:
    """Whether a principal is an account, which is taken for that of the role."""
    if one.type is None or one.type.value != "AWS":
        return one.value.value == "*"
    return one.value.display.endswith(":root") or one.value.value == "*" or (one.value.value or "").isdigit()


@lru_cache(maxsize=4)
def _trusting(first: Identity) -> Mapping[Identity, Sequence[tuple[Identity, Text]]]:
    """For each identity declared together with one, the roles that trust it by its name, and where they do."""
    found: dict[Identity, list[tuple[Identity, Text]]] = {}
    for role in dict.fromkeys(first.beside.values()):
        for statement in _assuming(role):
            for one in _principals(statement):
                if one.type is not None and one.type.value == "AWS":
                    other = named(one.value, first)
                    if other is not None and other is not role:
                        found.setdefault(other, []).append((role, one.value))
    return found
