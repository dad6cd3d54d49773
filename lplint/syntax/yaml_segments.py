"""Where each character of a YAML scalar stands in the file."""

from __future__ import annotations

import re

from lplint.model.source import Span
from lplint.model.text import Segment
from lplint.syntax.yaml_scalars import BLANKS, BREAKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.text import Text

# YAML 1.1, 5.4: these two are content, unlike the other breaks, which all read as a line feed.
_KEPT_BREAKS = "\u2028\u2029"

BREAK = re.compile(rf"\r\n|[{BREAKS}]")
_NOT_SPACE = re.compile(rf"[^ {BREAKS}]")
_PLAIN = re.compile(rf"[{BLANKS}]+|[^{BLANKS}]+")
_SINGLE_QUOTED = re.compile(rf"''|[{BLANKS}]+|[^'{BLANKS}]+")
_DOUBLE_QUOTED = re.compile(
    rf"\\(?:\r\n|[{BREAKS}])[{BLANKS}]*|\\(?:x.{{2}}|u.{{4}}|U.{{8}}|.)|[{BLANKS}]+|[^\\{BLANKS}]+", re.DOTALL
)


def block_scalar_end(text: str, start: int, end: int) -> int:
    """The end of the last line with content, of a block scalar that libyaml gives with the empty lines after it."""
    last = start + len(text[start:end].rstrip(BLANKS))
    found = BREAK.search(text, last, end)
    return found.start() if found else end


def segments_of(text: Text) -> list[Segment]:
    """The segments of a scalar, worked out again from the raw text: the Text's span is the scalar as written, its value
    what the parser has made of it.

    What follows a block scalar's last content (the line breaks that it keeps) maps to the empty place at its end.
    """
    walk = _Walk(text)
    style = walk.raw[text.start : text.start + 1]
    try:
        if style in ("|", ">"):
            _walk_block(walk, text.start, text.end, folded=style == ">")
        elif style == '"':
            _walk_flow(walk, text.start + 1, text.end - 1, _DOUBLE_QUOTED)
        elif style == "'":
            _walk_flow(walk, text.start + 1, text.end - 1, _SINGLE_QUOTED)
        else:
            _walk_flow(walk, text.start, text.end, _PLAIN)
        walk.finish(text.end)
    except _Disagreement:
        return _whole_token(text)
    return [Segment(start, length, Span(text.source, low, high)) for start, length, low, high in walk.pieces]


class _Disagreement(Exception):  # noqa: N818 - never leaves this module
    """The walk does not lead to the value that the parser made."""


class _Walk:
    """The way through the raw text, held against the value at each step."""

    __slots__ = ("at", "growing", "pieces", "raw", "value")

    def __init__(self, text: Text) -> None:
        self.raw = text.source.text
        self.value = text.display
        self.at = 0
        self.pieces: list[tuple[int, int, int, int]] = []
        self.growing = False

    def copy(self, low: int, high: int) -> None:
        """The characters as they are written."""
        length = high - low
        if not length:
            return
        if not self.value.startswith(self.raw[low:high], self.at):
            raise _Disagreement
        if self.growing and self.pieces[-1][3] == low:
            start, before, first, _ = self.pieces[-1]
            self.pieces[-1] = (start, before + length, first, high)
        else:
            self.pieces.append((self.at, length, low, high))
        self.growing = True
        self.at += length

    def put(self, character: str | None, low: int, high: int) -> None:
        """One character that is written in another way; None for whatever the value has there."""
        if self.at >= len(self.value) or (character is not None and self.value[self.at] != character):
            raise _Disagreement
        self.pieces.append((self.at, 1, low, high))
        self.growing = False
        self.at += 1

    def line_break(self, found: re.Match[str]) -> None:
        if found[0] == "\n" or found[0] in _KEPT_BREAKS:
            self.copy(found.start(), found.end())
        else:
            self.put("\n", found.start(), found.end())

    def finish(self, end: int) -> None:
        rest = self.value[self.at :]
        if rest.strip(BLANKS):
            raise _Disagreement
        if rest:
            self.pieces.append((self.at, len(rest), end, end))


def _walk_flow(walk: _Walk, start: int, end: int, tokens: re.Pattern[str]) -> None:
    for found in tokens.finditer(walk.raw, start, end):
        written = found[0]
        low, high = found.span()
        if written[0] == "\\" and tokens is _DOUBLE_QUOTED:
            if written[1:2] and written[1] in BREAKS:
                # An escaped break joins the lines without a space; empty lines after it still count.
                for after in list(BREAK.finditer(walk.raw, low, high))[1:]:
                    walk.line_break(after)
            else:
                walk.put(None, low, high)
        elif written == "''" and tokens is _SINGLE_QUOTED:
            walk.put("'", low, high)
        elif written[0] in BLANKS:
            _fold(walk, low, high)
        else:
            walk.copy(low, high)


def _fold(walk: _Walk, low: int, high: int) -> None:
    """White space inside a flow scalar: the first of its line breaks is a space, or nothing where others follow."""
    breaks = list(BREAK.finditer(walk.raw, low, high))
    if not breaks:
        walk.copy(low, high)
    elif breaks[0][0] in _KEPT_BREAKS:
        for found in breaks:
            walk.line_break(found)
    elif len(breaks) == 1:
        walk.put(" ", breaks[0].start(), high)
    else:
        for found in breaks[1:]:
            walk.line_break(found)


def _walk_block(walk: _Walk, start: int, end: int, folded: bool) -> None:
    raw = walk.raw
    header = BREAK.search(raw, start, end)
    if header is None:
        return
    at = header.end()
    indent = _indentation(raw, at, end, walk.value)
    leading: re.Match[str] | None = None
    leading_is_indented = False
    empty_lines: list[re.Match[str]] = []
    while at < end:
        found = BREAK.search(raw, at, end)
        stop = found.start() if found else end
        begin = at
        while begin < stop and begin - at < indent and raw[begin] == " ":
            begin += 1
        at = found.end() if found else end
        if begin == stop:
            if found:
                empty_lines.append(found)
            continue
        is_indented = raw[begin] in " \t"
        if leading is not None:
            # YAML 1.1, 9.5: breaks around a line that is indented further are not folded.
            if folded and leading[0] not in _KEPT_BREAKS and not (leading_is_indented or is_indented):
                if not empty_lines:
                    walk.put(" ", leading.start(), begin)
            else:
                walk.line_break(leading)
        for line in empty_lines:
            walk.line_break(line)
        empty_lines = []
        walk.copy(begin, stop)
        leading, leading_is_indented = found, is_indented


def _indentation(raw: str, start: int, end: int, value: str) -> int:
    """How many spaces of each line are not content. An indentation indicator counts from the parent node, which the
    scalar does not know, so the first line with content is compared with what the value has of it."""
    written, read = _NOT_SPACE.search(raw, start, end), _NOT_SPACE.search(value)
    if written is None or read is None:
        raise _Disagreement
    return _column(raw, written.start()) - _column(value, read.start())


def _column(text: str, offset: int) -> int:
    column = 0
    while column < offset and text[offset - column - 1] == " ":
        column += 1
    return column


def _whole_token(text: Text) -> list[Segment]:
    """Every character maps to the token; in two segments where one would be as long as the token, and so look like a
    copy of it."""
    length = len(text.display)
    if length == text.end - text.start and length > 1:
        return [Segment(0, 1, text.span), Segment(1, length - 1, text.span)]
    return [Segment(0, length, text.span)] if length else []
