"""The values that every syntax gives: maps, sequences, texts, other scalars, and what cannot be known."""

from __future__ import annotations

from lplint.model.source import Source, Span, Spanned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from lplint.model.text import Text

_LONGEST_WRITTEN = 60  # characters of a value in a message


def shortened(text: str) -> str:
    """Some text of one line, cut where it is too long for a message."""
    return text if len(text) <= _LONGEST_WRITTEN else text[: _LONGEST_WRITTEN - 1] + "…"


class Map(Spanned):
    """Keys and values in the order they are written; a key that comes twice is there twice."""

    __slots__ = ("entries",)

    def __init__(self, source: Source, start: int, end: int, entries: list[tuple[Text, Node]]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.entries = entries

    def get(self, key: str) -> Node | None:
        """The value of a key; of the last one where it is written twice, as JSON and YAML readers take it."""
        for name, value in reversed(self.entries):
            if name.value == key:
                return value
        return None

    def all(self, key: str) -> Iterator[tuple[Text, Node]]:
        """Every entry with that key."""
        for entry in self.entries:
            if entry[0].value == key:
                yield entry

    def head(self) -> Span:
        """The first characters of the map, a short place to point at when something is missing in it: its opening
        brace, or its first key where it has none."""
        if self.source.text[self.start : self.start + 1] == "{" or not self.entries:
            return Span(self.source, self.start, min(self.start + 1, self.end))
        return self.entries[0][0].span

    def __repr__(self) -> str:
        return f"Map({self.entries!r})"


class Seq(Spanned):
    """Values in order."""

    __slots__ = ("items",)

    def __init__(self, source: Source, start: int, end: int, items: list[Node]) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.items = items

    def __repr__(self) -> str:
        return f"Seq({self.items!r})"


class Scalar(Spanned):
    """A number, a boolean or null. How it is written is the text of its span."""

    __slots__ = ("value",)

    def __init__(self, source: Source, start: int, end: int, value: bool | int | float | None) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.value = value

    def __repr__(self) -> str:
        return f"Scalar({self.value!r})"


class Unknown(Spanned):
    """A value of any shape that the text alone does not tell.

    `written` is how it is written, for messages: on one line and not too long; None for as it stands in the file, which
    is looked up when somebody asks. `value` is what stands there in the file's own terms (the argument of
    a YAML tag, say), for those who know more about it.
    """

    __slots__ = ("_written", "value")

    def __init__(self, source: Source, start: int, end: int, written: str | None, value: Node | None = None) -> None:
        self.source = source
        self.start = start
        self.end = end
        self._written = written
        self.value = value

    @property
    def written(self) -> str:
        if self._written is None:
            standing = self.source.text[self.start : min(self.end, self.start + 10 * _LONGEST_WRITTEN)]
            self._written = shortened(" ".join(standing.split()))
        return self._written

    def __repr__(self) -> str:
        return f"Unknown({self.written!r})"


class Choice(Unknown):
    """One of several values, not known which: a conditional whose condition is unknown. `options` are those that can be
    known."""

    __slots__ = ("options",)

    def __init__(self, source: Source, start: int, end: int, written: str, options: tuple[Node, ...]) -> None:
        super().__init__(source, start, end, written)
        self.options = options


if TYPE_CHECKING:
    Node: TypeAlias = Map | Seq | Text | Scalar | Unknown
