"""JSON in a string some parts of which are unknown: a heredoc with interpolations, a rendered template file."""

from __future__ import annotations

from lplint.extract.values import Cut, Directive, Encoded, Rendered
from lplint.model.node import Map, Seq, Unknown
from lplint.model.source import Source, Span
from lplint.model.text import Hole, Segment, Text
from lplint.syntax import json
from lplint.syntax.parsed import Parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.node import Node

# Characters that no file holds (Unicode's private planes), one for each hole. In a string JSON takes them as any other.
_FIRST = 0x100000
_FIRST_DIRECTIVE = 0xF0000
_MOST = 0xFFFD


def parse_rendered(text: Rendered) -> Parsed:
    """The JSON of a string, with its holes where they stand: in the middle of strings, or for whole values."""
    pieces: list[str] = []
    segments: list[Segment] = []
    length = offset = count = 0
    cut = Cut(text)
    for part in text.parts:
        if isinstance(part, Hole):
            first = _FIRST_DIRECTIVE if isinstance(text.values[count], Directive) else _FIRST
            mark = chr(first + min(count, _MOST))
            pieces.append(mark)
            segments.append(Segment(length, 1, cut.place(offset, offset + len(part.source)).span))
            offset += len(part.source)
            length += 1
            count += 1
        else:
            pieces.append(part)
            taken = cut.take(offset, offset + len(part))
            segments.extend(Segment(length + one.start, one.length, one.span) for one in taken)
            offset += len(part)
            length += len(part)
    whole = Text(text.source, text.start, text.end, "".join(pieces), segments)
    parsed = json.parse(
        Source(text.source.path, whole.value or "", within=whole), unknown=_is_value, directive=_is_directive
    )
    holes = [part for part in text.parts if isinstance(part, Hole)]
    parsed.documents = [_restored(document, holes, text.values) for document in parsed.documents]
    return parsed


def parse_evaluated(text: Text) -> Parsed | None:
    """The value of a string that is the JSON of one, and JSON in a string with holes; None for other strings."""
    if isinstance(text, Encoded):
        return Parsed([text.node], [])
    if isinstance(text, Rendered) and text.display.lstrip().startswith(("{", "[")) and "Statement" in text.display:
        return parse_rendered(text)
    return None


def _is_value(character: str) -> bool:
    return character >= chr(_FIRST)


def _is_directive(character: str) -> bool:
    return chr(_FIRST_DIRECTIVE) <= character < chr(_FIRST)


def _is_mark(character: str) -> bool:
    return character >= chr(_FIRST_DIRECTIVE)


def _number(mark: str) -> int:
    return (ord(mark) - _FIRST_DIRECTIVE) & 0xFFFF


def _restored(node: Node, holes: list[Hole], values: tuple[Node, ...]) -> Node:
    """The node with holes in place of their marks; a hole whose value is known takes it, if it stands alone."""
    if isinstance(node, Map):
        entries = [(_text(key, holes), _restored(value, holes, values)) for key, value in node.entries]
        return Map(node.source, node.start, node.end, entries)
    if isinstance(node, Seq):
        return Seq(node.source, node.start, node.end, [_restored(item, holes, values) for item in node.items])
    if isinstance(node, Text):
        return _text(node, holes)
    if isinstance(node, Unknown) and len(node.written) == 1 and _is_mark(node.written):
        number = _number(node.written)
        if number < len(values):
            value = values[number]
            if isinstance(value, Encoded):
                return value.node
            return Unknown(node.source, node.start, node.end, holes[number].source)
    return node


def _text(text: Text, holes: list[Hole]) -> Text:
    value = text.value
    if value is None:
        value = text.display  # a key that JSON made of a mark alone
    if value.isascii() or not any(_is_mark(character) for character in value):
        return text
    parts: list[str | Hole] = []
    segments: list[Segment] = []
    length = start = 0
    for offset, character in enumerate(value):
        if not _is_mark(character):
            continue
        if offset > start:
            parts.append(value[start:offset])
            segments.append(Segment(length, offset - start, text.span_of(start, offset)))
            length += offset - start
        number = _number(character)
        source, cause = (holes[number].source, holes[number].cause) if number < len(holes) else ("?", "")
        span = Span(text.source, *_bounds(text, offset))
        parts.append(Hole(source, span, cause=cause))
        segments.append(Segment(length, len(source), span))
        length += len(source)
        start = offset + 1
    if start < len(value):
        parts.append(value[start:])
        segments.append(Segment(length, len(value) - start, text.span_of(start, len(value))))
    return Text(text.source, text.start, text.end, None, segments, tuple(parts))


def _bounds(text: Text, offset: int) -> tuple[int, int]:
    span = text.span_of(offset, offset + 1)
    return span.start, span.end
