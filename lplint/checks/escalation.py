"""What permissions lead to when they are used together."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.chains import chain, reachable, strength
from lplint.access.escalation import (
    PASS_ROLE,
    PASSING,
    SELF,
    TAKING_OVER,
    access_of,
    administration,
    escalations,
    gravest,
    is_administrator,
)
from lplint.access.grants import Access
from lplint.access.limits import restricting
from lplint.checks.grants import cancels, denied, described, every_resource, ranked, riskiest, values
from lplint.model.finding import Problem, Related
from lplint.risk.current import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.access.chains import Hop
    from lplint.access.escalation import Escalation
    from lplint.access.grants import Grant
    from lplint.model.policy import Identity, Policy
    from lplint.model.text import Text
    from lplint.risk.current import Rows
    from lplint.risk.table import Rating

_SERVICE = ("iam:passedtoservice",)
# How many ways a finding names; the others are counted.
_MOST_NAMED = 3
# What gives back no more than was given once.
_WIDENING = frozenset(
    ("iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary", "iam:SetDefaultPolicyVersion")
)
# The risk from which on actions make one role stronger than another.
_MOST_DANGEROUS = 9


def effective_admin(policy: Policy) -> Iterator[Problem]:
    found = _administrator(policy)
    if found is not None and not _full_admin(policy):
        yield _as_administrator(found)


def effective_admin_together(identity: Identity) -> Iterator[Problem]:
    if is_administrator(identity) and not any(_administrator(policy) for policy in _policies(identity)):
        found = administration(access_of(identity))
        if found is not None:
            yield _as_administrator(found)


def self_escalation(policy: Policy) -> Iterator[Problem]:
    yield from _in_policy(policy, SELF)


def self_escalation_together(identity: Identity) -> Iterator[Problem]:
    yield from _in_identity(identity, SELF)


def pass_role_escalation(policy: Policy) -> Iterator[Problem]:
    if not _passes_to_services(_of_policy(policy)):
        yield from _in_policy(policy, PASSING)


def pass_role_escalation_together(identity: Identity) -> Iterator[Problem]:
    if not _passes_to_services(_new(identity)):
        yield from _in_identity(identity, PASSING)


def pass_role_to_service_escalation(policy: Policy) -> Iterator[Problem]:
    if _passes_to_services(_of_policy(policy)):
        yield from _in_policy(policy, PASSING)


def pass_role_to_service_escalation_together(identity: Identity) -> Iterator[Problem]:
    if _passes_to_services(_new(identity)):
        yield from _in_identity(identity, PASSING)


def _passes_to_services(found: Sequence[Escalation]) -> bool:
    """Whether a condition limits to which service each role is passed, on all ways by which one is: only a role that
    trusts it can be had then."""
    statements = [grant.statement for one in found for grant in one.grants if grant.action == PASS_ROLE]
    return all(any(True for _ in restricting(one, _SERVICE)) for one in statements)


def role_take_over(policy: Policy) -> Iterator[Problem]:
    yield from _in_policy(policy, TAKING_OVER)


def role_take_over_together(identity: Identity) -> Iterator[Problem]:
    yield from _in_identity(identity, TAKING_OVER)


def stronger_role(identity: Identity) -> Iterator[Problem]:
    if identity.kind == "group":
        return
    found = chain(identity)
    if found is None:
        yield from _more_dangerous(identity)
        return
    steps = [_step(hop) for hop in found.hops]
    if found.escalation is None:
        steps.append("is an administrator")
    else:
        steps.append(f"can {_way(found.escalation, SELF).replace('that role', 'any role')}")
    seen: set[int] = set()
    related = _places_of(found.hops, seen)
    if found.escalation is not None:
        related += _places(found.escalation.grants, seen)
    yield _as_chain(identity, steps, found.hops, related)


def _more_dangerous(identity: Identity) -> Iterator[Problem]:
    """A role with more of the most dangerous actions, where no role in reach can become an administrator."""
    if strength(identity) is not None:
        return
    mine: set[Rating] | None = None
    for hops in reachable(identity):
        theirs = _most_dangerous(hops[-1].to, rows())
        if theirs and mine is None:
            mine = set(_most_dangerous(identity, rows()))
        if mine is not None and not mine.issuperset(theirs):
            more = riskiest(one for one in theirs if one not in mine)
            steps = [*map(_step, hops), f"may do {described(more)} with nothing to limit it"]
            seen: set[int] = set()
            related = _places_of(hops, seen)
            related.append(Related(theirs[more[0]].span, f"{more[0].action} is allowed here", 1))
            yield _as_chain(identity, steps, hops, related)
            return


@lru_cache(maxsize=4096)
def _most_dangerous(identity: Identity, by: Rows) -> dict[Rating, Text]:
    """The most dangerous actions that an identity may do to everything, by the rows of the risk table that hold, with
    what allows each."""
    found: dict[Rating, Text] = {}
    for policy in _policies(identity):
        lost = denied(policy)
        for statement in policy.allow_statements():
            if not statement.unconditional() or every_resource(statement.resource) is None:
                continue
            for text in values(statement.action):
                for one in ranked(text.value) if text.value is not None else ():
                    if one.risk < _MOST_DANGEROUS:
                        break
                    if not cancels(lost, one.action):
                        found.setdefault(one, text)
    return found


def _as_chain(identity: Identity, steps: Sequence[str], hops: Sequence[Hop], related: Sequence[Related]) -> Problem:
    who = f"{identity.kind.capitalize().replace('-', ' ')} {identity.address}"
    way = f"it can {', which can '.join(steps[:-1])}, which {steps[-1]}"
    return Problem(hops[0].entries[0].span, f"{who} can become a stronger role: {way}.", related)


def _places_of(hops: Sequence[Hop], seen: set[int]) -> list[Related]:
    seen.add(id(hops[0].entries[0]))
    related = []
    for hop in hops:
        for entry in hop.entries:
            if id(entry) not in seen:
                seen.add(id(entry))
                related.append(Related(entry.span, _step(hop), 1))
    return related


def _step(hop: Hop) -> str:
    name = hop.to.address
    if hop.escalation is None:
        return f"assume {name}"
    path = hop.escalation.path
    if path.kind == PASSING:
        return f"{path.gains.replace('that role', name)} ({path.id})"
    return f"take over what runs as {name} ({path.id})"


def _in_policy(policy: Policy, kind: str) -> Iterator[Problem]:
    found = _of_policy(policy)
    # Who is an administrator, or can become one, needs no other way.
    if gravest(found) == kind and _administrator(policy) is None:
        yield _as_escalation(found, kind)


def _in_identity(identity: Identity, kind: str) -> Iterator[Problem]:
    """The paths that no single policy of an identity opens."""
    policies = _policies(identity)
    if len(policies) < 2 or is_administrator(identity):
        return
    if gravest(_of_identity(identity)) != kind:
        return
    if any(_administrator(policy) is not None for policy in policies):
        return
    new = _new(identity)
    if gravest(new) == kind:
        yield _as_escalation(new, kind)


def _new(identity: Identity) -> list[Escalation]:
    """The paths that the policies of an identity open, and none of them by itself."""
    known = {one.path.id for policy in _policies(identity) for one in _of_policy(policy)}
    return [one for one in _of_identity(identity) if one.path.id not in known]


@lru_cache(maxsize=16)
def _of_identity(identity: Identity) -> list[Escalation]:
    return escalations(access_of(identity), identity)


def _policies(identity: Identity) -> tuple[Policy, ...]:
    return access_of(identity).policies


@lru_cache(maxsize=16)  # each of the rules asks the same of a policy
def _of_policy(policy: Policy) -> list[Escalation]:
    """The paths that a policy opens by itself, and for one who has it, unless nobody is known to."""
    access = Access((policy,))
    if not policy.holders:
        return escalations(access)
    found: dict[str, Escalation] = {}
    for holder in policy.holders:
        mine = escalations(access, holder)
        if not mine:
            continue
        whole = access_of(holder)
        left = {one.path.id for one in escalations(whole, holder)}
        for one in mine:
            if one.path.id in left:
                found.setdefault(one.path.id, one)
    return sorted(found.values(), key=lambda one: one.path.rank)


@lru_cache(maxsize=16)
def _administrator(policy: Policy) -> tuple[Grant, ...] | None:
    """What makes an administrator of whoever has the policy; None if nothing in it does for certain."""
    found = administration(Access((policy,)))
    if found is None or not policy.holders:
        return found
    return found if any(administration(access_of(holder)) is not None for holder in policy.holders) else None


def _full_admin(policy: Policy) -> bool:
    """Whether a statement says so itself, of which LP206 speaks."""
    return any(
        statement.unconditional()
        and statement.action is not None
        and statement.resource is not None
        and any(text.must_equal("*") or text.must_equal("*:*") for text in statement.action.values)
        and any(text.must_equal("*") for text in statement.resource.values)
        for statement in policy.allow_statements()
    )


def _as_administrator(grants: Sequence[Grant]) -> Problem:
    first = grants[0]
    return Problem(
        first.entry.span,
        "Makes an administrator of whoever has it: all that grants permissions is allowed, on every user, role and "
        "policy of the account.",
        _places([one for one in grants[1:] if one.entry is not first.entry], set()),
    )


def _as_escalation(found: Sequence[Escalation], kind: str) -> Problem:
    named = [one for one in found if one.path.kind == kind][:_MOST_NAMED]
    first = named[0]
    seen = {id(first.grants[0].entry)}
    related = [place for way, one in enumerate(named, 1) for place in _places(one.grants, seen, way)]
    return Problem(first.grants[0].entry.span, _words(named, len(found) - len(named), kind), related)


def _places(grants: Sequence[Grant], seen: set[int], way: int = 1) -> list[Related]:
    """Where some grants stand as steps of a way, those apart that were seen before."""
    places = []
    for one in grants:
        if id(one.entry) not in seen:
            seen.add(id(one.entry))
            places.append(Related(one.entry.span, f"{one.action} is allowed here", way))
    return places


def _words(named: Sequence[Escalation], more: int, kind: str) -> str:
    ways = "; or ".join(_way(one, kind) for one in named)
    if kind == PASSING and _passes_to_services(named):
        start = "act as any role that trusts the service it is passed to"
    elif kind == PASSING:
        start = "act as a role that they pass"
    elif kind != SELF:
        start = "act as roles that are in use"
    elif all(_WIDENING.isdisjoint(one.path.actions) for one in named):
        start = "become an administrator"
    else:
        start = "widen their own permissions"
    also = f" {more} more such way{'s are' if more > 1 else ' is'} open." if more else ""
    return f"Lets its holder {start}: they can {ways}.{also}"


def _way(one: Escalation, kind: str) -> str:
    actions = ", ".join(name for name in one.path.actions if name != PASS_ROLE or kind != PASSING)
    if one.target is None:
        return f"{one.path.gains} ({actions}: {one.path.id})"
    if one.path.kind == PASSING:
        gains = one.path.gains.replace("that role", f"{one.target.address}, an administrator,")
        return f"{gains} ({actions}: {one.path.id})"
    return f"use {actions} on {_target(one, one.target)} ({one.path.id})"


def _target(one: Escalation, target: Identity) -> str:
    """The one thing by which a way is open, for a message."""
    if not is_administrator(target):
        return "their own policy" if one.grants[0].action.endswith("PolicyVersion") else f"their own {target.kind}"
    what = "what runs as " if one.grants[0].action.partition(":")[0] not in ("iam", "sts") else ""
    return f"{what}{target.address}, an administrator"
