"""Which rows a project puts in place of those of the tables of risk and frequency, and what is remembered by them."""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    _Function = TypeVar("_Function", bound=Callable[..., Any])


class Rows:
    """The rows of one project: the risk and category, and the frequency, of actions by their name in lower case.
    `others` is the frequency of every action that has none; None leaves it to the table."""

    __slots__ = ("frequencies", "others", "risks")

    def __init__(
        self,
        risks: Mapping[str, tuple[int, str]] | None = None,
        frequencies: Mapping[str, int] | None = None,
        others: int | None = None,
    ) -> None:
        self.risks = risks or {}
        self.frequencies = frequencies or {}
        self.others = others


NONE = Rows()
_rows = NONE
_clear: list[Callable[[], None]] = []


def rows() -> Rows:
    """The rows that hold now."""
    return _rows


def use(new: Rows) -> None:
    """Lets other rows hold. What was remembered by the ones before is forgotten."""
    global _rows  # noqa: PLW0603  one project is linted at a time, and every pattern is remembered by its rows
    if new is not _rows:
        _rows = new
        for clear in _clear:
            clear()


def remembered(function: _Function) -> _Function:
    """`functools.cache` for what depends on the rows that hold."""
    made = cache(function)
    _clear.append(made.cache_clear)
    return made  # type: ignore[return-value]  # it takes and gives the same
