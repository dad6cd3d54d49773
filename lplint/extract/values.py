"""The values of expressions and intrinsic functions: the model's nodes, and some of them that know more."""

from __future__ import annotations

from lplint.model.node import Choice as Choice
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.source import Source, Span, Spanned
from lplint.model.text import Hole, Segment, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lplint.model.node import Node

# How much of an unknown expression is shown.
_LONGEST_WRITTEN = 60


class At(Spanned):
    """A place without anything at it."""

    __slots__ = ()

    def __init__(self, span: Span) -> None:
        self.source = span.source
        self.start = span.start
        self.end = span.end


class NotKnownError(Exception):
    """A value, or a part of it, that the text alone does not tell."""


class Reference(Unknown):
    """A resource or data source, or something in one that has no known value.

    `address` is that of the block ("aws_s3_bucket.logs", "data.aws_iam_policy_document.ci") or of the resource in a
    template ("Resources.Logs"), `path` the attribute in it ("arn", "Arn"; "" for the block itself, and for what Ref
    returns).
    """

    __slots__ = ("address", "path")

    def __init__(self, source: Source, start: int, end: int, written: str, address: str, path: str) -> None:
        super().__init__(source, start, end, written)
        self.address = address
        self.path = path


class Directive(Unknown):
    """`%{ if ... }`, `%{ for ... }` or their end, where it is not known what they decide: the lines between them may be
    there, or not, or more than once."""

    __slots__ = ()


class Encoded(Text):
    """A string that is the JSON (or YAML) of a value: what jsonencode() gives, and a policy document's `json`. Who
    wants the value has it in `node`, with its places; as a string it is unknown."""

    __slots__ = ("node",)

    def __init__(self, source: Source, start: int, end: int, node: Node) -> None:
        span = Span(source, start, end)
        hole = Hole(written(span), span)
        super().__init__(source, start, end, None, [Segment(0, len(hole.source), span)], (hole,))
        self.node = node


class Rendered(Text):
    """A string with unknown parts. `values` are the values of its holes, in their order, as far as something is known
    of them."""

    __slots__ = ("values",)

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        segments: Sequence[Segment],
        parts: tuple[str | Hole, ...],
        values: tuple[Node, ...],
    ) -> None:
        super().__init__(source, start, end, None, segments, parts)
        self.values = values


def written(span: Span) -> str:
    """How an expression is written, on one line and not too long."""
    return shortened(span.source.text[span.start : span.start + 4 * _LONGEST_WRITTEN][: span.end - span.start])


def shortened(text: str) -> str:
    """Some text on one line and not too long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_WRITTEN else text[: _LONGEST_WRITTEN - 1] + "\u2026"


def unknown(at: Spanned) -> Unknown:
    """The value of an expression of which nothing is known."""
    return Unknown(at.source, at.start, at.end, written(at.span))


def misshapen(node: Node | None) -> tuple[Span, str] | None:
    """Where to point at a value that should be a map and certainly is none, and what it is; None if it may be one, or
    is nothing."""
    if isinstance(node, Seq):
        return Span(node.source, node.start, min(node.start + 1, node.end)), "a list"
    if isinstance(node, Text) and node.value is not None:
        return node.span, "a string"
    if isinstance(node, Scalar) and node.value is not None:
        return node.span, "a boolean" if isinstance(node.value, bool) else "a number"
    return None


def plain(node: Node) -> object:
    """A value that is known in every part, as Python has it: str, bool, int, float, None, list, dict.

    Raises NotKnownError.
    """
    if isinstance(node, Text):
        if node.value is None:
            raise NotKnownError
        return node.value
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    if isinstance(node, Map):
        return {key_of(key): plain(value) for key, value in node.entries}
    raise NotKnownError


def key_of(key: Text) -> str:
    """The key of an entry. Raises NotKnownError."""
    if key.value is None:
        raise NotKnownError
    return key.value


def lifted(value: object, at: Spanned) -> Node:
    """A value of Python's as a node that stands, in all its parts, where the expression does that made it."""
    if isinstance(value, str):
        return text_at(value, at)
    if value is None or isinstance(value, bool | int | float):
        return Scalar(at.source, at.start, at.end, value)
    if isinstance(value, dict):
        entries = [(text_at(str(key), at), lifted(one, at)) for key, one in value.items()]
        return Map(at.source, at.start, at.end, entries)
    if isinstance(value, list | tuple):
        return Seq(at.source, at.start, at.end, [lifted(one, at) for one in value])
    return unknown(at)


def text_at(value: str, at: Spanned) -> Text:
    """A known string all of whose characters stand where `at` is."""
    return Text(at.source, at.start, at.end, value, segments_at(0, len(value), at.span))


def hole_at(at: Spanned, value: Node | None = None) -> Rendered:
    """A string of which nothing is known. `value` is what is known of where it comes from."""
    if value is None:
        value = unknown(at)
    span = at.span
    source = written(span)
    hole = Hole(source, span, cause=value.written if isinstance(value, Unknown) else "")
    return Rendered(at.source, at.start, at.end, [Segment(0, len(source), span)], (hole,), (value,))


def segments_at(start: int, length: int, span: Span) -> list[Segment]:
    """The segments of characters that all stand at one place: two of them where one would be as long as the place, and
    so look like a copy of it."""
    if length > 1 and length == span.end - span.start:
        return [Segment(start, 1, span), Segment(start + 1, length - 1, span)]
    return [Segment(start, length, span)] if length else []


def choice(options: Iterable[Node], at: Spanned, certain: bool = True) -> Node:
    """One of several values; each of them once, and without choices among them. What is not `certain` stays a choice if
    only one value is left: there may be none."""
    flat: dict[int, Node] = {}
    for option in options:
        if isinstance(option, Choice):
            certain = False
            flat.update((id(one), one) for one in option.options)
        else:
            flat[id(option)] = option
    if certain and len(flat) == 1:
        return next(iter(flat.values()))
    return Choice(at.source, at.start, at.end, written(at.span), tuple(flat.values()))


class Cut:
    """Hands out pieces of a string with their places, from left to right, in one pass over its segments."""

    def __init__(self, text: Text) -> None:
        self._text = text
        # Where the string stands, if all of it is written as it reads.
        self._copy = text.mapping if isinstance(text.mapping, int) else None
        self._segments = text.segments() if self._copy is None else ()
        self._next = 0

    def place(self, start: int, end: int) -> At:
        """The place of a piece; see `take`."""
        if self._copy is not None:
            return At(Span(self._text.source, self._copy + start, self._copy + end))
        return At(place_of(self.take(start, end), self._text))

    def take(self, start: int, end: int) -> list[Segment]:
        """The segments of the characters from `start` up to, not including, `end`, as those of a string of their own.
        No piece begins before the one taken last."""
        if self._copy is not None:
            span = Span(self._text.source, self._copy + start, self._copy + end)
            return [Segment(0, end - start, span)] if start < end else []
        made: list[Segment] = []
        segments = self._segments
        while self._next < len(segments):
            one = segments[self._next]
            low, high = max(one.start, start), min(one.start + one.length, end)
            if low < high:
                span = one.span
                if span.end - span.start == one.length:
                    first = span.start + low - one.start
                    made.append(Segment(low - start, high - low, Span(span.source, first, first + high - low)))
                else:
                    made.extend(segments_at(low - start, high - low, span))
            if one.start + one.length > end:
                break
            self._next += 1
        return made


def place_of(segments: Sequence[Segment], otherwise: Spanned) -> Span:
    """The place of a piece of a string: of the first run of it that stands in one source."""
    if not segments:
        return otherwise.span
    first = segments[0].span
    end = first.end
    for one in segments[1:]:
        if one.span.source is not first.source or one.span.start < first.start:
            break
        end = max(end, one.span.end)
    return Span(first.source, first.start, end)


def number_text(value: bool | int | float | None) -> str:
    """A scalar as Terraform writes it in a string."""
    if value is None:
        raise NotKnownError  # null in a string is an error in Terraform
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


class TextBuilder:
    """Puts a string together from known and unknown pieces, and keeps where each character is from."""

    def __init__(self, at: Spanned) -> None:
        self._at = at
        self._parts: list[str | Hole] = []
        self._segments: list[Segment] = []
        self._values: list[Node] = []
        self._length = 0

    def add_text(self, text: str, segments: Iterable[Segment]) -> None:
        """Known characters; the segments are of this piece alone."""
        if not text:
            return
        length = self._length
        self._segments += [Segment(length + one.start, one.length, one.span) for one in segments]
        self._join(text)

    def add_value(self, node: Node, at: Spanned) -> None:
        """A value as it reads in a string; its characters stand at `at`, where it is put in."""
        if isinstance(node, Scalar) and node.value is not None:
            self.add_known(number_text(node.value), at)
        elif isinstance(node, Text) and node.value is not None:
            self.add_known(node.value, at)
        elif isinstance(node, Rendered):
            values = iter(node.values)
            for part in node.parts:
                if isinstance(part, str):
                    self.add_known(part, at)
                else:
                    self.add_hole(part.source, at, next(values))
        else:
            self.add_hole(written(at.span), at, node)

    def add_part(self, node: Node, at: Spanned) -> None:
        """A value as it reads in a string, which is written at `at`: its characters stand where they are written if
        that is there, and at `at` if they come from elsewhere."""
        if not isinstance(node, Text) or not _is_within(node, at) or isinstance(node, Encoded):
            self.add_value(node, at)
        elif isinstance(node, Rendered) and len(node.parts) == 1:
            (hole,) = node.holes
            self.add_hole(hole.source, at, node.values[0], hole.implied)
        elif node.value is not None:
            self.add_text(node.value, node.segments())
        else:
            cut = Cut(node)
            values = iter(node.values if isinstance(node, Rendered) else ())
            offset = 0
            for part in node.parts:
                length = len(part) if isinstance(part, str) else len(part.source)
                segments = cut.take(offset, offset + length)
                if isinstance(part, str):
                    self.add_text(part, segments)
                else:
                    place = At(place_of(segments, at))
                    self.add_hole(part.source, place, next(values, None) or unknown(at), part.implied)
                offset += length

    def add_hole(self, source: str, at: Spanned, value: Node, implied: bool = False) -> None:
        """Characters that are unknown; see Hole for `implied`."""
        span = at.span
        self._segments.append(Segment(self._length, len(source), span))
        cause = value.written if isinstance(value, Unknown) else ""
        self._parts.append(Hole(source, span, implied, cause))
        self._values.append(value)
        self._length += len(source)

    def finish(self) -> Text:
        at = self._at
        if not self._values:
            value = "".join(part for part in self._parts if isinstance(part, str))
            return Text(at.source, at.start, at.end, value, self._segments)
        return Rendered(at.source, at.start, at.end, self._segments, tuple(self._parts), tuple(self._values))

    def add_known(self, text: str, at: Spanned) -> None:
        """Known characters that all stand at `at`."""
        if text:
            self._segments.extend(segments_at(self._length, len(text), at.span))
            self._join(text)

    def _join(self, text: str) -> None:
        if self._parts and isinstance(self._parts[-1], str):
            self._parts[-1] += text
        else:
            self._parts.append(text)
        self._length += len(text)


def _is_within(node: Spanned, at: Spanned) -> bool:
    return node.source is at.source and at.start <= node.start and node.end <= at.end
