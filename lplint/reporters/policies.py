"""The list of policies that `lplint policies` prints."""

from __future__ import annotations

from lplint.aws.quotas import characters
from lplint.reporters.safe import encodable, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from lplint.model.policy import Policy
    from lplint.model.source import Position, Span


def render_text(policies: Sequence[Policy]) -> str:
    """One line for each policy, and one for each value in it that the text does not tell."""
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
        for span, written in policy.unresolved:
            place = span.in_file().start_position()
            lines.append(f"  {place.line}:{place.column}  not resolved: {written}")
    unresolved = sum(len(policy.unresolved) for policy in policies)
    lines.append(
        f"{len(policies)} polic{'y' if len(policies) == 1 else 'ies'}"
        + (f", {unresolved} value{'s' * (unresolved != 1)} not resolved" if unresolved else "")
    )
    return "".join(f"{visible(line)}\n" for line in lines)


def render_json(policies: Sequence[Policy]) -> str:
    """One object with a list of policies; lines and columns (in code points) count from 1, an end is exclusive."""
    import json

    rows = [_row(policy) for policy in policies]
    text = json.dumps({"policies": rows}, indent=2)
    return text + "\n"


def _row(policy: Policy) -> dict[str, Any]:
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
