"""A policy as lplint understands it: with all that the text tells put in, and what it does not tell marked."""

from __future__ import annotations

import json
import math

from lplint.model.node import Choice, Map, Scalar, Seq
from lplint.model.text import Text
from lplint.reporters.safe import encodable, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from lplint.model.node import Node
    from lplint.model.policy import Policy

# What is unknown stands between these; in JSON it is an object with this key.
_OPEN, _CLOSE = "«", "»"
_UNKNOWN = "$unknown"
_EITHER = "$either"
# One list may stand in many places (YAML's aliases), and those in others: written out, that has no end.
_MOST_NODES = 20_000
_MOST_DEPTH = 100
_LEFT_OUT = "…"

_BOLD, _YELLOW = "1", "1;33"


def render_text(policies: Sequence[Policy], *, color: bool) -> str:
    """Each policy as a document, below a line that says what and where it is."""

    def mark(written: str) -> str:
        shown = f"{_OPEN}{visible(written)}{_CLOSE}"
        return f"\x1b[{_YELLOW}m{shown}\x1b[0m" if color else shown

    blocks = []
    for policy in policies:
        start = policy.span.in_file()
        position = start.start_position()
        what = policy.kind.value + (f" ({policy.service})" if policy.service else "")
        head = f"{start.source.path}:{position.line}:{position.column}  {what}  {policy.origin}".rstrip()
        lines = [f"\x1b[{_BOLD}m{visible(head)}\x1b[0m" if color else visible(head)]
        lines.append(_Writer(policy, mark).value(policy.node, 0))
        if not policy.complete or not all(one.complete for one in policy.statements):
            lines.append(f"{mark('...')} There may be more than this: the text does not tell all of it.")
        for span, written in policy.unresolved:
            place = span.in_file().start_position()
            lines.append(visible(f"{place.line}:{place.column}  not resolved: {written}"))
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def render_json(policies: Sequence[Policy]) -> str:
    """One object with a list of policies and their documents. In a document `{"$unknown": "${var.x}"}` stands for a
    value that is not known, a list of such and strings under "$parts" for a string that is known in part, and
    `{"$either": [...]}` for one of several values."""
    from lplint.reporters.policies import row

    rows = [
        {**row(policy), "complete": policy.complete, "document": _Plain(policy).value(policy.node)}
        for policy in policies
    ]
    return json.dumps({"policies": rows}, indent=2) + "\n"


class _Budget:
    """How many nodes may still be written."""

    def __init__(self) -> None:
        self.left = _MOST_NODES

    def spend(self, depth: int) -> bool:
        self.left -= 1
        return self.left >= 0 and depth <= _MOST_DEPTH


class _Parts:
    """The strings of a policy in their known and unknown pieces. What a plain document leaves open (`${bucket}`) is
    found by the place that the policy tells."""

    def __init__(self, policy: Policy) -> None:
        self.open: dict[int, list[tuple[int, int, str]]] = {}
        for span, written in policy.unresolved:
            self.open.setdefault(id(span.source), []).append((span.start, span.end, written))

    def of(self, text: Text) -> list[tuple[str, bool]]:
        """Each piece, and whether it is known."""
        if text.value is None:
            return [(part, True) if isinstance(part, str) else (part.source, False) for part in text.parts]
        pieces = [(text.value, True)]
        for start, end, written in self.open.get(id(text.source), ()):
            if text.start <= start and end <= text.end and written:
                pieces = [piece for one in pieces for piece in (_split(one[0], written) if one[1] else [one])]
        return pieces


def _json_value(node: Scalar) -> bool | int | float | str | None:
    """A scalar for JSON, which has no number for YAML's `.inf` and `.nan`: these are strings."""
    value = node.value
    return node.span.text if isinstance(value, float) and not math.isfinite(value) else value


def _split(text: str, written: str) -> list[tuple[str, bool]]:
    made: list[tuple[str, bool]] = []
    for number, known in enumerate(text.split(written)):
        if number:
            made.append((written, False))
        if known:
            made.append((known, True))
    return made


class _Plain:
    """A node as values of JSON."""

    def __init__(self, policy: Policy) -> None:
        self.budget = _Budget()
        self.parts = _Parts(policy)

    def value(self, node: Node, depth: int = 0) -> Any:
        if not self.budget.spend(depth):
            return {_UNKNOWN: _LEFT_OUT}
        if isinstance(node, Map):
            return {encodable(key.display): self.value(value, depth + 1) for key, value in node.entries}
        if isinstance(node, Seq):
            return [self.value(item, depth + 1) for item in node.items]
        if isinstance(node, Text):
            parts = self.parts.of(node)
            if all(known for _, known in parts):
                return encodable(node.value or "")
            return {"$parts": [encodable(part) if known else {_UNKNOWN: encodable(part)} for part, known in parts]}
        if isinstance(node, Scalar):
            return _json_value(node)
        if isinstance(node, Choice):
            return {_EITHER: [self.value(option, depth + 1) for option in node.options]}
        return {_UNKNOWN: encodable(node.written)}


class _Writer:
    """A node as text in the form of JSON, in which what is unknown is marked."""

    def __init__(self, policy: Policy, mark: Callable[[str], str]) -> None:
        self.mark = mark
        self.budget = _Budget()
        self.parts = _Parts(policy)

    def value(self, node: Node, depth: int) -> str:
        if not self.budget.spend(depth):
            return self.mark(_LEFT_OUT)
        if isinstance(node, Map):
            rows = [f"{self.text(key)}: {self.value(value, depth + 1)}" for key, value in node.entries]
            return self.block("{", rows, "}", depth)
        if isinstance(node, Seq):
            items = [self.value(item, depth + 1) for item in node.items]
            if len(items) == 1 and isinstance(node.items[0], Text):
                return f"[{items[0]}]"
            return self.block("[", items, "]", depth)
        if isinstance(node, Text):
            return self.text(node)
        if isinstance(node, Scalar):
            return json.dumps(_json_value(node))
        if isinstance(node, Choice):
            options = [self.value(option, depth + 1) for option in node.options]
            return f"{self.mark('one of')} {self.block('(', options, ')', depth)}"
        return self.mark(node.written)

    def text(self, text: Text) -> str:
        parts = [
            visible(json.dumps(encodable(part), ensure_ascii=False)[1:-1]) if known else self.mark(part)
            for part, known in self.parts.of(text)
        ]
        return f'"{"".join(parts)}"'

    def block(self, opening: str, rows: Sequence[str], closing: str, depth: int) -> str:
        if not rows:
            return opening + closing
        indent = "  " * (depth + 1)
        return f"{opening}\n" + ",\n".join(indent + row for row in rows) + f"\n{indent[2:]}{closing}"
