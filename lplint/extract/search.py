"""Finds every policy document in the nodes of a file, at any depth, also inside its strings."""

from __future__ import annotations

import re

from lplint.extract.place import Place
from lplint.extract.policy_document import is_policy, make_policy
from lplint.model.node import Map, Seq, Unknown
from lplint.model.policy import Origin
from lplint.model.source import Source
from lplint.model.text import Segment, Text
from lplint.syntax import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.extract.found import Found
    from lplint.model.node import Node
    from lplint.model.policy import PolicyKind

# JSON in a string in a JSON string, as CloudWatch events and CDK write it; deeper is nobody's work.
_MAX_EMBEDDING = 4
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def search(
    root: Node, found: Found, kind: tuple[PolicyKind, str] | None = None, above: Place | None = None, depth: int = 0
) -> None:
    """Adds to `found` every policy at or below a node.

    `kind` is the kind and service of all of them, where it is known from elsewhere. `above` is the place of the text
    that the nodes were read from, if it is inside another document, and `depth` how many such texts there are.
    """
    seen: set[int] = set()  # YAML's aliases give one node several places; the first one counts
    todo: list[tuple[Node, Place | None]] = [(root, above)]
    while todo:
        node, place = todo.pop()
        if isinstance(node, Map):
            if id(node) in seen:
                continue
            seen.add(id(node))
            if is_policy(node):
                found.policies.append(make_policy(node, _origin(place), place, kind))
                continue
            todo.extend(
                (value, Place(place, node, key.display))
                for key, value in reversed(node.entries)
                if not isinstance(value, Text) or _may_hold_policy(value)
            )
        elif isinstance(node, Seq):
            if id(node) in seen:
                continue
            seen.add(id(node))
            todo.extend(
                (value, Place(place, node, index))
                for index, value in reversed(list(enumerate(node.items)))
                if not isinstance(value, Text) or _may_hold_policy(value)
            )
        elif isinstance(node, Unknown) and node.value is not None:
            todo.append((node.value, place))
        elif isinstance(node, Text) and depth < _MAX_EMBEDDING and _may_hold_policy(node):
            _search_text(node, found, kind, place, depth)


def _may_hold_policy(text: Text) -> bool:
    value = text.value
    return value is not None and "Statement" in value


def _search_text(
    text: Text, found: Found, kind: tuple[PolicyKind, str] | None, place: Place | None, depth: int
) -> None:
    """A string that is itself JSON, possibly percent-encoded as IAM's API returns documents (RFC 3986)."""
    value = text.value or ""
    if value.startswith(("%7B", "%7b")):
        text = _percent_decoded(text)
        value = text.value or ""
    if not value.lstrip().startswith(("{", "[")):
        return
    inner = Source(text.source.path, value, within=text)
    parsed = json.parse(inner)
    count = len(found.policies)
    for document in parsed.documents:
        search(document, found, kind, place, depth + 1)
    # A string that is no JSON may be prose or code. One that would be a policy but for a slip is worth a word.
    if len(found.policies) > count or '"Effect"' in value:
        found.problems.extend(parsed.problems)


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


def _origin(place: Place | None) -> Origin:
    if place is None:
        return Origin("document")
    return Origin("embedded", place.address(), place.key_name())
