"""Where the keys of a TOML file stand, which the standard library's parser does not tell."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BLANKS = " \t"
_BREAKS = "\r\n"


class Place:
    """A header or a key of a valid TOML file: its name with that of the tables around it, where it stands, and where
    its value does (for a header, itself). `item` is how many headers of that name were before, for a list of tables."""

    __slots__ = ("end", "header", "item", "path", "start", "value_end", "value_start")

    def __init__(
        self, path: tuple[str, ...], header: bool, item: int, start: int, end: int, value_start: int, value_end: int
    ) -> None:
        self.path = path
        self.header = header
        self.item = item
        self.start = start
        self.end = end
        self.value_start = value_start
        self.value_end = value_end


def places(text: str) -> Iterator[Place]:
    """The headers and keys of a file that the parser has read, in order. Offsets are code points. What stands in the
    tables of a list has the number of its table."""
    at, table, items = 0, (), {}  # type: int, tuple[str, ...], dict[tuple[str, ...], int]
    while (at := _behind_space(text, at)) < len(text):
        start = at
        if text[at] == "[":
            brackets = 2 if text[at : at + 2] == "[[" else 1
            table, at = _name(text, at + brackets)
            at += brackets
            if brackets == 2:
                items[table] = items.get(table, -1) + 1
            yield Place(table, True, items.get(table, 0), start, at, start, at)
        else:
            name, end = _name(text, at)
            value = _behind_blanks(text, end + 1)
            at = value_end(text, value)
            if at <= start:  # no valid TOML; the parser would not have read it
                return
            yield Place(
                (*table, *name), False, items.get(table, 0), start, start + len(text[start:end].rstrip()), value, at
            )


def array_items(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The places of the items of a list that begins at an offset."""
    at = start + 1
    while (at := _behind_space(text, at)) < len(text) and text[at] != "]":
        if text[at] == ",":
            at += 1
            continue
        end = value_end(text, at)
        if end <= at:
            return
        yield at, end
        at = end


def value_end(text: str, start: int) -> int:
    """The offset behind a value."""
    if text[start : start + 1] in ('"', "'"):
        return _string_end(text, start)
    depth, at = 0, start
    while at < len(text):
        character = text[at]
        if character in "\"'":
            at = _string_end(text, at)
            continue
        if character == "#":
            if not depth:
                break
            at = _line_end(text, at)
            continue
        if character in "[{":
            depth += 1
        elif character in "]}":
            if depth <= 1:
                return start + len(text[start : at + depth].rstrip())
            depth -= 1
        elif not depth and (character in _BREAKS or character == ","):
            break
        at += 1
    return start + len(text[start:at].rstrip())


def _string_end(text: str, start: int) -> int:
    quote = text[start]
    mark = quote * 3 if text.startswith(quote * 3, start) else quote
    at = start + len(mark)
    while at < len(text):
        if text[at] == "\\" and quote == '"':
            at += 2
        elif text.startswith(mark, at):
            at += len(mark)
            # Up to two quotes may stand before the closing ones.
            while len(mark) == 3 and text[at : at + 1] == quote:
                at += 1
            return at
        else:
            at += 1
    return len(text)


def _name(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """The parts of a dotted name, and the offset of what ends it."""
    parts: list[str] = []
    while True:
        at = _behind_blanks(text, at)
        if text[at : at + 1] in ('"', "'"):
            end = _string_end(text, at)
            parts.append(text[at + 1 : end - 1])
        else:
            end = at
            while end < len(text) and (text[end].isalnum() or text[end] in "-_"):
                end += 1
            parts.append(text[at:end])
        at = _behind_blanks(text, end)
        if text[at : at + 1] != ".":
            return tuple(parts), at
        at += 1


def _behind_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _behind_space(text: str, at: int) -> int:
    """The offset behind blanks, line breaks and comments."""
    while at < len(text):
        if text[at] == "#":
            at = _line_end(text, at)
        elif text[at] in _BLANKS or text[at] in _BREAKS:
            at += 1
        else:
            break
    return at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)
