"""The line fingerprints by which GitHub code scanning knows a result again after its line has moved."""

from __future__ import annotations

import re
from operator import mul

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

# Source of the algorithm and its constants: github/codeql-action, src/fingerprints.ts.
_WINDOW = 100
_MASK = (1 << 64) - 1
_WEIGHTS = tuple(pow(37, _WINDOW - 1 - place, 1 << 64) for place in range(_WINDOW))
_END_OF_FILE = "\uffff" + "\0" * _WINDOW

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def line_hashes(text: str, lines: Collection[int], bom: bool = False) -> dict[int, str]:
    """`primaryLocationLineHash` of each of these lines, counted from 1, that the text has.

    A line's hash is a base-37 polynomial, modulo 2**64, of the 100 UTF-16 code units from its start, blanks and tabs
    skipped; the number after the colon tells apart the lines of one file that hash alike. `bom` says that the file
    begins with a byte order mark, which GitHub counts as its first character.
    """
    hashes: dict[int, str] = {}
    if not lines:
        return hashes
    units = _code_units(("\ufeff" if bom else "") + text) + _END_OF_FILE
    seen: dict[str, int] = {}
    start = 0
    for line in range(1, max(lines) + 1):
        # Windows are as long as each other, so they hash alike if they are alike; only those asked for are hashed.
        window = units[start : start + _WINDOW]
        count = seen[window] = seen.get(window, 0) + 1
        if line in lines:
            hashes[line] = f"{sum(map(mul, map(ord, window), _WEIGHTS)) & _MASK:x}:{count}"
        start = units.find("\n", start) + 1
        if start == 0:
            break
    return hashes


def _code_units(text: str) -> str:
    """The UTF-16 code units that are hashed, each as one character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    return text if text.isascii() else _ASTRAL.sub(_surrogates, text)


def _surrogates(match: re.Match[str]) -> str:
    high, low = divmod(ord(match[0]) - 0x10000, 0x400)
    return chr(0xD800 + high) + chr(0xDC00 + low)
