"""Reads the tables of risk and frequency that a project brings."""

from __future__ import annotations

import csv

from lplint._generated import risk as generated
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ROWS = 100_000
# The name that stands for every action that has no row.
OTHERS = "*"


class TableError(Exception):
    """A table is not as it should be; the message names the line and what is wrong."""


def risks(text: str) -> dict[str, tuple[int, str]]:
    """Risk and category of actions by their name in lower case, from a CSV text with the columns action, risk and
    category. Raises TableError."""
    found = {}
    for number, row in _rows(text, ("action", "risk")):
        category = row.get("category") or ""
        if category and category not in generated.CATEGORIES:
            raise TableError(
                f'line {number}: there is no category "{category}"; they are {", ".join(generated.CATEGORIES)}'
            )
        found[_action(number, row["action"])] = (_scale(number, row["risk"], "risk"), category)
    return found


def frequencies(text: str) -> tuple[dict[str, int], int | None]:
    """The frequency of actions by their name in lower case, and that of all others if the table says so, from a CSV
    text with the columns action and frequency, as `lplint frequency` writes it. Raises TableError."""
    found = {}
    others = None
    for number, row in _rows(text, ("action", "frequency")):
        frequency = _scale(number, row["frequency"], "frequency")
        if row["action"] == OTHERS:
            others = frequency
        else:
            found[_action(number, row["action"])] = frequency
    return found, others


def _rows(text: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a text with their line, each with all of some columns."""
    reader = csv.DictReader(text.splitlines())
    try:
        for name in columns:
            if name not in (reader.fieldnames or ()):
                raise TableError(f'line 1: there is no column "{name}"; the first line names the columns')
        for count, row in enumerate(reader):
            if count >= _MOST_ROWS:
                raise TableError(f"has more than {_MOST_ROWS} rows; leave those out that change nothing")
            yield reader.line_num, {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
    except csv.Error as error:
        raise TableError(f"line {reader.line_num}: {error}") from error


def _action(number: int, name: str) -> str:
    if catalog.action(name) is None:
        raise TableError(f'line {number}: AWS has no action "{name}"; one is written service:Name')
    return name.lower()


def _scale(number: int, written: str, what: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 3 and 1 <= int(written) <= 10):
        raise TableError(f'line {number}: the {what} "{written}" is no number from 1 to 10')
    return int(written)
