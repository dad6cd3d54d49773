"""Strings that may be known only in part, and the place of each of their characters."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice

from lplint.model.source import Source, Span, Spanned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Hole:
    """A part of a string that the text alone does not tell: `${var.bucket}`, `!Ref Bucket`.

    `source` is how it is written, for messages. `span` is where. `implied` ones nobody wrote: AWS fills in the account
    and region of what is only named. `cause` is what it comes down to, where that is written elsewhere ("var.x" for
    "${local.y}").
    """

    __slots__ = ("cause", "implied", "source", "span")

    def __init__(self, source: str, span: Span, implied: bool = False, cause: str = "") -> None:
        self.source = source
        self.span = span
        self.implied = implied
        self.cause = cause or source

    def __repr__(self) -> str:
        return f"Hole({self.source!r})"


class Segment:
    """`length` characters of a value, from offset `start` of it, and the span they were written with.

    Where the span is as long as the value's part, characters map one to one; where it is not (an escape, a folded line
    break, a hole), each of them maps to the whole span.
    """

    __slots__ = ("length", "span", "start")

    def __init__(self, start: int, length: int, span: Span) -> None:
        self.start = start
        self.length = length
        self.span = span

    def __repr__(self) -> str:
        return f"Segment({self.start}, {self.length}, {self.span!r})"


def _start_of(segment: Segment) -> int:
    return segment.start


class Text(Spanned):
    """A string of a file: what it says as far as that is known, and where each character of it stands.

    `value` is the whole string, or None where a part of it is a Hole. `parts` are its known and unknown pieces in
    order. The span covers the token as written, quotes included; `span_of` gives the place of some of its characters.

    `mapping` leads from characters back to the file: the offset of the first one where all follow one to one, a list of
    Segments, or a function that makes that list when somebody asks (few texts are ever asked).
    """

    __slots__ = ("_display", "_parts", "mapping", "value")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        value: str | None,
        mapping: int | Sequence[Segment] | Callable[[Text], Sequence[Segment]],
        parts: tuple[str | Hole, ...] | None = None,
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.value = value
        self.mapping = mapping
        self._parts = parts
        self._display = value

    @property
    def known(self) -> bool:
        """Whether every character is known."""
        return self.value is not None

    @property
    def parts(self) -> tuple[str | Hole, ...]:
        if self._parts is not None:
            return self._parts
        return (self.value,) if self.value else ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        if self._parts is None:
            return ()
        return tuple(part for part in self._parts if isinstance(part, Hole))

    @property
    def display(self) -> str:
        """The string for a message: what is known, and each hole as it is written."""
        if self._display is None:
            self._display = "".join(part if isinstance(part, str) else part.source for part in self.parts)
        return self._display

    def segments(self) -> Sequence[Segment]:
        """Which characters of `display` stand where, in order and without gaps."""
        mapping = self.mapping
        if isinstance(mapping, int):
            length = len(self.display)
            return (Segment(0, length, Span(self.source, mapping, mapping + length)),) if length else ()
        if callable(mapping):
            mapping = self.mapping = mapping(self)
        return mapping

    def span_of(self, start: int, end: int) -> Span:
        """The place of the characters of `display` from `start` up to, not including, `end`.

        Where they stand in more than one source the place is that of the first run. An empty range, and one outside the
        string, gives the whole token.
        """
        if start < 0 or end > len(self.display) or start >= end:
            return self.span
        if isinstance(self.mapping, int):
            return Span(self.source, self.mapping + start, self.mapping + end)
        place: Span | None = None
        segments = self.segments()
        first = bisect_right(segments, start, key=_start_of) - 1
        for segment in islice(segments, max(first, 0), None):
            if segment.start >= end:
                break
            if segment.start + segment.length <= start:
                continue
            written = segment.span
            low, high = written.start, written.end
            if high - low == segment.length:
                high = low + min(end - segment.start, segment.length)
                low += max(start - segment.start, 0)
            if place is None:
                place = Span(written.source, low, high)
            elif written.source is place.source and low >= place.start:
                place = Span(place.source, place.start, max(high, place.end))
            else:
                break
        return place if place is not None else self.span

    def with_holes(self, ranges: Sequence[tuple[int, int]]) -> Text:
        """The same text with some of its characters, given by their offsets in order, unknown."""
        value = self.display
        parts: list[str | Hole] = []
        at = 0
        for start, end in ranges:
            if start > at:
                parts.append(value[at:start])
            parts.append(Hole(value[start:end], self.span_of(start, end)))
            at = end
        if at < len(value):
            parts.append(value[at:])
        # A hole shows as it is written, so the characters of the new text stand where those of this one do.
        return Text(self.source, self.start, self.end, None, self.mapping, tuple(parts))

    def must_equal(self, other: str) -> bool:
        """Whether the string is `other` whatever its holes hold."""
        return self.value == other

    def may_equal(self, other: str) -> bool:
        """Whether there is something its holes could hold that makes the string `other`."""
        if self.value is not None:
            return self.value == other
        return _may_equal(self.parts, other)

    def must_start_with(self, prefix: str) -> bool:
        """Whether the string begins with `prefix` whatever its holes hold."""
        if self.value is not None:
            return self.value.startswith(prefix)
        first = self.parts[0] if self.parts else ""
        return not prefix or (isinstance(first, str) and first.startswith(prefix))

    def may_start_with(self, prefix: str) -> bool:
        """Whether there is something its holes could hold that makes the string begin with `prefix`."""
        if self.value is not None:
            return self.value.startswith(prefix)
        first = self.parts[0] if self.parts else ""
        if not isinstance(first, str):
            return True
        return first.startswith(prefix) or prefix.startswith(first)

    def __repr__(self) -> str:
        return f"Text({self.display!r})"


def _may_equal(parts: tuple[str | Hole, ...], other: str) -> bool:
    """Whether `other` is the parts in order, each hole standing for any characters: greedy, left to right."""
    if not parts:
        return other == ""
    if isinstance(parts[0], str):
        if not other.startswith(parts[0]):
            return False
        start = len(parts[0])
    else:
        start = 0
    if isinstance(parts[-1], str) and len(parts) > 1:
        end = len(other) - len(parts[-1])
        if end < start or not other.endswith(parts[-1]):
            return False
    else:
        end = len(other)
    for part in parts[1:-1]:
        if isinstance(part, str):
            at = other.find(part, start, end)
            if at < 0:
                return False
            start = at + len(part)
    return len(parts) > 1 or not isinstance(parts[0], str) or start == len(other)
