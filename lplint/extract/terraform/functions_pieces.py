"""Cuts strings apart and puts them together, so that each character still leads to where it is written."""

from __future__ import annotations

from bisect import bisect_right

from lplint.extract.terraform.functions_arguments import MAX_TEXT
from lplint.extract.values import (
    Directive,
    Encoded,
    NotKnownError,
    Reference,
    Rendered,
    TextBuilder,
    unknown,
)
from lplint.model.node import Unknown
from lplint.model.source import Span
from lplint.model.text import Segment, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lplint.model.node import Node
    from lplint.model.source import Spanned
    from lplint.model.text import Hole

# Of how many pieces a string is put together at most.
_MAX_SEGMENTS = 100_000


class Pieces:
    """Cuts pieces out of one text. Offsets are those of its `display`."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._segments = text.segments()
        self._starts = [segment.start for segment in self._segments]

    def segments(self, start: int, end: int) -> list[Segment]:
        """The way back from the characters of a piece, counted from its own start."""
        found: list[Segment] = []
        for index in range(max(bisect_right(self._starts, start) - 1, 0), len(self._segments)):
            segment = self._segments[index]
            if segment.start >= end:
                break
            low, high = max(segment.start, start), min(segment.start + segment.length, end)
            if low >= high:
                continue
            span = segment.span
            if span.end - span.start == segment.length:
                shift = span.start - segment.start
                span = Span(span.source, low + shift, high + shift)
            found.append(Segment(low - start, high - low, span))
        return found

    def piece(self, start: int, end: int) -> Text:
        """Known characters as a text of their own, which stands where they do."""
        segments = self.segments(start, end)
        place = self._text.span
        if segments:
            place = segments[0].span
            if segments[-1].span.source is place.source and segments[-1].span.end > place.end:
                place = Span(place.source, place.start, segments[-1].span.end)
        return Text(place.source, place.start, place.end, self._text.display[start:end], segments)


class Assembly:
    """Puts a string together. What is known of each hole, and where each character is from, goes with it."""

    def __init__(self, at: Spanned) -> None:
        self._builder = TextBuilder(at)
        self._run: list[str] = []
        self._segments: list[Segment] = []
        self._run_length = 0
        self._length = 0
        self._count = 0
        self._only: Text | None = None  # the text that is all of the string so far
        self._is_empty = True

    def literal(self, text: str, at: Spanned) -> None:
        """Known characters that all stand at one place."""
        self.known(text, [Segment(0, len(text), at.span)])

    def known(self, text: str, segments: Sequence[Segment]) -> None:
        """Known characters, with the way back from them counted from their own start."""
        if not text:
            return
        self._grow(len(text), len(segments))
        self._run.append(text)
        shift = self._run_length
        self._segments.extend(Segment(shift + one.start, one.length, one.span) for one in segments)
        self._run_length += len(text)

    def add(self, text: Text, start: int = 0, end: int | None = None) -> None:
        """A text, or the characters of its `display` from `start` to `end`; of a hole all or nothing."""
        length = len(text.display)
        end = length if end is None else end
        if start >= end:
            return
        only = text if self._is_empty and end - start == length else None
        pieces = Pieces(text)
        for low, part, value in parts_of(text):
            if value is not None and not isinstance(part, str):
                if start <= low and low + len(part.source) <= end:
                    self.hole(part.source, part, value)
            elif isinstance(part, str):
                first, last = max(low, start), min(low + len(part), end)
                if first < last:
                    self.known(part[first - low : last - low], pieces.segments(first, last))
        self._only = only

    def hole(self, source: str, at: Hole | Spanned, value: Node) -> None:
        """Unknown characters, how they are written, and the value that they are, as far as something is known of it."""
        self._grow(len(source))
        self._flush()
        span = at.span
        self._builder.add_hole(source, Unknown(span.source, span.start, span.end, source), value)

    def finish(self) -> Text:
        """The string; a text that is all of it as it was given."""
        if self._only is not None and not self._only.known:
            return self._only
        self._flush()
        return self._builder.finish()

    def _grow(self, length: int, segments: int = 1) -> None:
        self._only = None
        self._is_empty = False
        self._length += length
        self._count += segments
        if self._length > MAX_TEXT or self._count > _MAX_SEGMENTS:
            raise NotKnownError

    def _flush(self) -> None:
        if self._run:
            self._builder.add_text("".join(self._run), self._segments)
            self._run, self._segments, self._run_length = [], [], 0


def parts_of(text: Text) -> Iterator[tuple[int, str | Hole, Node | None]]:
    """The parts of a text: offset in its `display`, the part, and for a hole what is known of its value."""
    values = iter(text.values) if isinstance(text, Rendered) else None
    low = 0
    for part in text.parts:
        if isinstance(part, str):
            yield low, part, None
            low += len(part)
            continue
        if values is not None:
            value: Node = next(values)
        else:
            span = part.span
            value = text if isinstance(text, Encoded) else Unknown(span.source, span.start, span.end, part.source)
        yield low, part, value
        low += len(part.source)


def certain_parts(text: Text) -> Iterator[str]:
    """The known parts that are there whatever the unknown ones hold: those between the two marks of a directive may be
    missing."""
    inside: Node | None = None
    for _, part, value in parts_of(text):
        if isinstance(part, str):
            if inside is None:
                yield part
        elif isinstance(value, Directive):
            inside = value if inside is None else None if value is inside else inside


def has_directives(text: Text) -> bool:
    """Whether it is not known how often some parts of a text are there."""
    return isinstance(text, Rendered) and any(isinstance(value, Directive) for value in text.values)


def mapped(text: Text, change: Callable[[str], str], at: Spanned) -> Text:
    """A text with its known parts changed. `change` may not look at more than one character at a time, nor make one of
    several, or several of one, if the places of characters matter."""
    if text.value is not None and change(text.value) == text.value:
        return text
    pieces = Pieces(text)
    result = Assembly(at)
    for low, part, value in parts_of(text):
        if isinstance(part, str):
            changed = change(part)
            if len(changed) == len(part):
                result.known(changed, pieces.segments(low, low + len(part)))
            else:
                result.literal(changed, pieces.piece(low, low + len(part)))
        elif value is not None:
            # The hole holds something else now, but still something of the same resource.
            result.hole(part.source, part, value if isinstance(value, Reference | Directive) else unknown(value))
    return result.finish()
