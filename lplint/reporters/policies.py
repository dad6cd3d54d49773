"""The list of policies that `lplint policies` prints."""

from __future__ import annotations

from lplint.aws.quotas import characters
from lplint.reporters.safe import encodable, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from lplint.model.policy import Identity, Policy
    from lplint.model.source import Position, Span
    from lplint.model.tier import Tier


def render_text(
    policies: Sequence[Policy], identities: Sequence[Identity] = (), tiers: Mapping[int, Tier] | None = None
) -> str:
    """One line for each policy, and one for each value in it that the text does not tell; then one for each identity,
    and one for each policy that it has. `tiers` are the tiers of both, by the object's id."""
    tiers = tiers or {}
    lines = []
    for policy in policies:
        start = policy.span.in_file()
        position = start.start_position()
        what = policy.kind.value + (f" ({policy.service})" if policy.service else "")
        count = len(policy.statements)
        origin = f"  {policy.origin}" if str(policy.origin) else ""
        size = characters(policy.node)
        lines.append(
            f"{start.source.path}:{position.line}:{position.column}  {what}, {count} statement{'s' * (count != 1)}, "
            f"{size} characters{origin}"
        )
        lines.extend(_tier_lines(tiers.get(id(policy))))
        for span, written in policy.unresolved:
            place = span.in_file().start_position()
            lines.append(f"  {place.line}:{place.column}  not resolved: {written}")
    for identity in identities:
        start = identity.span.in_file()
        position = start.start_position()
        name = f" ({identity.name.display})" if identity.name is not None else ""
        lines.append(
            f"{start.source.path}:{position.line}:{position.column}  {identity.kind} {identity.address}{name}"
            + ("" if identity.complete else ", which may have more policies than these")
        )
        lines.extend(_tier_lines(tiers.get(id(identity))))
        lines.extend(f"  {what}: {which}" for what, which in _belongings(identity))
    unresolved = sum(len(policy.unresolved) for policy in policies)
    lines.append(
        f"{len(policies)} polic{'y' if len(policies) == 1 else 'ies'}"
        + (f", {unresolved} value{'s' * (unresolved != 1)} not resolved" if unresolved else "")
    )
    return "".join(f"{visible(line)}\n" for line in lines)


def _tier_lines(tier: Tier | None) -> Iterator[str]:
    if tier is None:
        return
    why = f", since it allows {tier.because}" if tier.span is not None else ""
    if tier.span is not None:
        place = tier.span.in_file().start_position()
        why += f" ({place.line}:{place.column})"
    yield f"  tier: {tier.name}{'' if tier.complete else ' at least'}{why}"


def render_json(
    policies: Sequence[Policy], identities: Sequence[Identity] = (), tiers: Mapping[int, Tier] | None = None
) -> str:
    """One object with a list of policies and one of identities; lines and columns (in code points) count from 1, an end
    is exclusive. `tiers` are the tiers of both, by the object's id."""
    import json

    tiers = tiers or {}
    rows = {
        "policies": [{**row(policy), "tier": _tier(tiers.get(id(policy)))} for policy in policies],
        "identities": [{**_identity(one), "tier": _tier(tiers.get(id(one)))} for one in identities],
    }
    return json.dumps(rows, indent=2) + "\n"


def _tier(tier: Tier | None) -> dict[str, Any] | None:
    if tier is None:
        return None
    place = tier.span.in_file() if tier.span is not None else None
    return {
        "name": tier.name,
        "complete": tier.complete,
        "because": encodable(tier.because),
        "path": encodable(place.source.path) if place is not None else None,
        "start": _position(place.start_position()) if place is not None else None,
    }


def _belongings(identity: Identity) -> Iterator[tuple[str, str]]:
    """What an identity has: each thing with its name."""
    for what, policies, arns in (
        ("trust policy", identity.trust, ()),
        ("permissions boundary", identity.boundaries, identity.boundary_arns),
        ("policy", identity.policies, identity.attached),
    ):
        for policy in policies:
            place = policy.span.in_file()
            yield what, f"{place.source.path}:{place.start_position().line} {policy.origin}".rstrip()
        for arn in arns:
            yield what, arn.display
    for group in identity.groups:
        yield "group", group.address


def _identity(identity: Identity) -> dict[str, Any]:
    span = identity.span.in_file()

    def places(policies: Sequence[Policy]) -> list[dict[str, Any]]:
        return [
            {
                "path": encodable(policy.span.in_file().source.path),
                "start": _position(policy.span.in_file().start_position()),
                "origin": encodable(str(policy.origin)),
            }
            for policy in policies
        ]

    return {
        "path": encodable(span.source.path),
        "start": _position(span.start_position()),
        "kind": identity.kind,
        "address": encodable(identity.address),
        "name": encodable(identity.name.display) if identity.name is not None else None,
        "complete": identity.complete,
        "policies": places(identity.policies),
        "attached": [encodable(arn.display) for arn in identity.attached],
        "trust": places(identity.trust),
        "boundaries": places(identity.boundaries),
        "boundary-arns": [encodable(arn.display) for arn in identity.boundary_arns],
        "groups": [encodable(group.address) for group in identity.groups],
    }


def row(policy: Policy) -> dict[str, Any]:
    """A policy as one object: where it is, what it is, and what in it is not known."""
    span = policy.span.in_file()
    return {
        "path": encodable(span.source.path),
        "start": _position(span.start_position()),
        "end": _position(span.end_position()),
        "origin": {
            "kind": policy.origin.kind,
            "address": encodable(policy.origin.address),
            "attribute": encodable(policy.origin.attribute),
        },
        "kind": policy.kind.value,
        "service": policy.service,
        "statements": len(policy.statements),
        "characters": characters(policy.node),
        "unresolved": [_unresolved(place.in_file(), written) for place, written in policy.unresolved],
    }


def _unresolved(span: Span, written: str) -> dict[str, Any]:
    return {
        "value": encodable(written),
        "start": _position(span.start_position()),
        "end": _position(span.end_position()),
    }


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}
