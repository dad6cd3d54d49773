"""Finds every policy document in the nodes of a file, at any depth, also inside its strings."""

from __future__ import annotations

import re

from lplint.extract.place import Place
from lplint.extract.policy_document import is_policy, make_policy
from lplint.model.node import Choice, Map, Seq, Unknown
from lplint.model.policy import Origin
from lplint.model.source import Source
from lplint.model.text import Segment, Text
from lplint.syntax import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.extract.found import Found
    from lplint.model.node import Node
    from lplint.model.policy import PolicyKind
    from lplint.syntax.parsed import Parsed

    Kind = tuple[PolicyKind, str] | None

# JSON in a string in a JSON string, as CloudWatch events and CDK write it; deeper is nobody's work.
_MAX_EMBEDDING = 4
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def origin_of(place: Place | None) -> Origin:
    """What a policy belongs to, by its place in a document of which nothing else is known."""
    if place is None:
        return Origin("document")
    return Origin("embedded", place.address(), place.key_name())


def search(
    root: Node,
    found: Found,
    kind: Kind = None,
    above: Place | None = None,
    origin: Callable[[Place | None], Origin] = origin_of,
    but: set[int] | None = None,
    depth: int = 0,
) -> None:
    """Adds to `found` every policy at or below a node.

    `kind` is the kind and service of all of them, where it is known from elsewhere. `above` is the place of the node,
    if it is inside another document, and `depth` how many texts there are around it. `origin` tells what a policy
    belongs to; `but` are the ids of nodes to leave out.
    """
    seen = but if but is not None else set()  # YAML's aliases give one node several places; the first one counts
    todo: list[tuple[Node, Place | None]] = [(root, above)]
    while todo:
        node, place = todo.pop()
        if id(node) in seen:
            continue
        if isinstance(node, Map):
            seen.add(id(node))
            if is_policy(node):
                found.policies.append(make_policy(node, origin(place), place, kind))
                continue
            todo.extend(
                (value, Place(place, node, key.display))
                for key, value in reversed(node.entries)
                if not isinstance(value, Text) or _may_hold_policy(value)
            )
        elif isinstance(node, Seq):
            seen.add(id(node))
            todo.extend(
                (value, Place(place, node, index))
                for index, value in reversed(list(enumerate(node.items)))
                if not isinstance(value, Text) or _may_hold_policy(value)
            )
        elif isinstance(node, Choice):
            todo.extend((option, place) for option in reversed(node.options))
        elif isinstance(node, Unknown):
            if node.value is not None:
                todo.append((node.value, place))
        elif isinstance(node, Text) and depth < _MAX_EMBEDDING and _may_hold_policy(node):
            parsed = _parsed(node)
            count = len(found.policies)
            for document in parsed.documents if parsed is not None else ():
                search(document, found, kind, place, origin, depth=depth + 1)
            # A string that is no JSON may be prose or code. One that would be a policy but for a slip is worth a word.
            if parsed is not None and (len(found.policies) > count or '"Effect"' in node.display):
                found.problems.extend(parsed.problems)


def _may_hold_policy(text: Text) -> bool:
    return text.value is None or "Statement" in text.value


def _parsed(text: Text) -> Parsed | None:
    """The JSON of a string that is itself JSON, possibly percent-encoded as IAM's API returns documents (RFC 3986)."""
    value = text.value
    if value is None:
        from lplint.extract.rendered import parse_evaluated

        return parse_evaluated(text)
    if value.startswith(("%7B", "%7b")):
        text = _percent_decoded(text)
        value = text.value or ""
    if not value.lstrip().startswith(("{", "[")):
        return None
    return json.parse(Source(text.source.path, value, within=text))


def _percent_decoded(text: Text) -> Text:
    value = text.value or ""
    pieces: list[str] = []
    segments: list[Segment] = []
    at = length = 0
    for match in _PERCENT.finditer(value):
        if match.start() > at:
            pieces.append(value[at : match.start()])
            segments.append(Segment(length, match.start() - at, text.span_of(at, match.start())))
            length += match.start() - at
        decoded = bytes.fromhex(match[0].replace("%", "")).decode("utf-8", "replace")
        pos = match.start()
        for char in decoded:
            size = min(3 * len(char.encode("utf-8")), match.end() - pos)
            pieces.append(char)
            segments.append(Segment(length, 1, text.span_of(pos, pos + size)))
            length += 1
            pos += size
        at = match.end()
    if at < len(value):
        pieces.append(value[at:])
        segments.append(Segment(length, len(value) - at, text.span_of(at, len(value))))
    return Text(text.source, text.start, text.end, "".join(pieces), segments)
