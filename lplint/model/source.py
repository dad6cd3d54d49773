"""Where text comes from: files, texts inside files, and the way back from an offset to a place in a file."""

from __future__ import annotations

import re
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.text import Text

# The line breaks that editors, GitHub and SARIF viewers agree on; str.splitlines() would add form feeds and U+2028.
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_LINE_FEED = re.compile(r"\n")  # what most texts have alone, and found three times as fast


class Position:
    """A place as people count it: line and column from 1, columns in code points."""

    __slots__ = ("column", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Position) and (self.line, self.column) == (other.line, other.column)

    def __hash__(self) -> int:
        return hash((self.line, self.column))

    def __repr__(self) -> str:
        return f"{self.line}:{self.column}"


class Source:
    """One text that syntax is read from.

    `path` is the file as the user named it, with forward slashes. `text` is the decoded text without its byte order
    mark. `within` is None for a file; for a text that stands inside another one (a policy in a JSON string, say) it is
    the Text that holds it, and every offset here has a place in the file through it.
    """

    __slots__ = ("_line_starts", "bom", "path", "text", "within")

    def __init__(self, path: str, text: str, within: Text | None = None, bom: bool = False) -> None:
        self.path = path
        self.text = text
        self.within = within
        self.bom = bom  # the file began with a byte order mark, which is no part of the text
        self._line_starts: list[int] | None = None

    def span(self, start: int, end: int) -> Span:
        """The code points from `start` up to, not including, `end`."""
        return Span(self, start, end)

    def position(self, offset: int) -> Position:
        """Line and column of a code point offset into this text."""
        starts = self.line_starts()
        line = bisect_right(starts, offset)
        return Position(line, offset - starts[line - 1] + 1)

    def line_number(self, offset: int) -> int:
        """The line of a code point offset into this text, counted from 1."""
        return bisect_right(self.line_starts(), offset)

    def line_starts(self) -> list[int]:
        """The offset of the first code point of each line."""
        if self._line_starts is None:
            breaks = _LINE_BREAK if "\r" in self.text else _LINE_FEED
            self._line_starts = [0, *[m.end() for m in breaks.finditer(self.text)]]
        return self._line_starts

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its line break."""
        starts = self.line_starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def __repr__(self) -> str:
        return f"Source({self.path!r}{', embedded' if self.within is not None else ''})"


class Span:
    """A half-open range of code points in one Source.

    A span carries its source because a policy may be put together from several files (Terraform locals, `file()`), and
    a finding belongs where its characters stand.
    """

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    def in_file(self) -> Span:
        """The same characters in the file itself: follows texts inside texts outwards."""
        span = self
        while span.source.within is not None:
            span = span.source.within.span_of(span.start, span.end)
        return span

    @property
    def text(self) -> str:
        """The characters as written."""
        return self.source.text[self.start : self.end]

    def start_position(self) -> Position:
        return self.source.position(self.start)

    def end_position(self) -> Position:
        """The place just after the last character."""
        return self.source.position(self.end)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Span)
            and self.source is other.source
            and self.start == other.start
            and self.end == other.end
        )

    def __hash__(self) -> int:
        return hash((id(self.source), self.start, self.end))

    def __repr__(self) -> str:
        return f"{self.source.path}[{self.start}:{self.end}]"


class Spanned:
    """Something that stands at one place in a source. Two plain offsets, because there is one of these for each value
    of a file and a Span is wanted for very few of them."""

    __slots__ = ("end", "source", "start")

    source: Source
    start: int
    end: int

    @property
    def span(self) -> Span:
        return Span(self.source, self.start, self.end)
