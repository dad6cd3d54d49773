"""IAM's patterns: whether one matches a string, overlaps another, or contains it.

`*` stands for any characters, `?` for exactly one. All three questions are answered in time proportional to the product
of the two lengths at worst, and without regular expressions: a pattern comes from a file that may be hostile.

Source: AWS IAM User Guide, "IAM JSON policy elements: Resource", using wildcards.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.text import Text


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches the text, case and all."""
    if "?" not in pattern:
        pieces = pattern.split("*")
        if len(pieces) == 1:
            return pattern == text
        first, last = pieces[0], pieces[-1]
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in pieces[1:-1]:
            at = text.find(piece, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True
    return _covers(pattern, text, wildcards=False)


@lru_cache(maxsize=65536)
def contains(wide: str, narrow: str) -> bool:
    """Whether `wide` matches every string that `narrow` matches.

    A star of `narrow` is taken for a character that only a star of `wide` covers, a question mark for one that only a
    question mark or a star covers. That is exact once runs of both are in one order, for an alphabet that has a
    character that `wide` does not name; Unicode has.
    """
    return _covers(_ordered(wide), _ordered(narrow), wildcards=True)


@lru_cache(maxsize=65536)
def overlaps(one: str, other: str) -> bool:
    """Whether there is a string that both patterns match."""
    if "*" not in one and "?" not in one:
        return matches(other, one)
    if "*" not in other and "?" not in other:
        return matches(one, other)
    # What stands before the first star and behind the last one is compared at once; most answers fall here.
    left, right = _edges(one), _edges(other)
    if not _agree(left[0], right[0]) or not _agree(left[1][::-1], right[1][::-1]):
        return False
    # reachable: the offsets into `other` that can be reached with the part of `one` read so far.
    size = len(other)
    reachable = _past_stars(other, {0})
    for char in one:
        if char == "*":
            reachable = set(range(min(reachable), size + 1)) if reachable else reachable
            continue
        following = set()
        for offset in reachable:
            if offset < size:
                if other[offset] == "*":
                    following.add(offset)
                elif char == "?" or other[offset] in ("?", char):
                    following.add(offset + 1)
        reachable = _past_stars(other, following)
        if not reachable:
            return False
    return size in reachable


def widest(text: Text) -> str:
    """A pattern for everything that a text can mean: its holes and policy variables stand for any characters.

    Source: AWS IAM User Guide, "IAM policy elements: Variables and tags"; `${*}`, `${?}` and `${$}` are the characters
    themselves.
    """
    if text.value is not None and "${" not in text.value:
        return text.value
    pattern = "".join(part if isinstance(part, str) else "*" for part in text.parts)
    return _without_variables(pattern) if "${" in pattern else pattern


@lru_cache(maxsize=4096)
def _without_variables(pattern: str) -> str:
    made = []
    at = 0
    while True:
        start = pattern.find("${", at)
        end = pattern.find("}", start)
        if start < 0 or end < 0:
            made.append(pattern[at:])
            return "".join(made)
        name = pattern[start + 2 : end]
        made.append(pattern[at:start])
        made.append("$" if name == "$" else "?" if name in ("*", "?") else "*")
        at = end + 1


@lru_cache(maxsize=65536)
def _ordered(pattern: str) -> str:
    """The same pattern with each run of wildcards written in one way: the question marks, then one star if any."""
    if "*" not in pattern or ("**" not in pattern and "*?" not in pattern):
        return pattern
    made: list[str] = []
    marks = stars = 0
    for char in pattern + "\0":
        if char == "?":
            marks += 1
        elif char == "*":
            stars += 1
        else:
            if marks or stars:
                made.append("?" * marks + ("*" if stars else ""))
                marks = stars = 0
            made.append(char)
    return "".join(made)[:-1]


def _covers(wide: str, narrow: str, *, wildcards: bool) -> bool:
    """Whether `wide` matches `narrow`, in which a star is matched by a star only where it is a wildcard."""
    at = start = mark = 0
    star = -1  # where in `wide` the last star stands; `mark` is how far in `narrow` it has been stretched
    while at < len(narrow):
        char = narrow[at]
        if start < len(wide) and wide[start] == "*":
            star, mark = start, at
            start += 1
        elif start < len(wide) and wide[start] in ("?", char) and not (wildcards and char == "*"):
            start += 1
            at += 1
        elif star >= 0:
            mark += 1
            start, at = star + 1, mark
        else:
            return False
    return all(char == "*" for char in wide[start:])


def _edges(pattern: str) -> tuple[str, str]:
    first, star, rest = pattern.partition("*")
    return (first, rest.rpartition("*")[2] if "*" in rest else rest) if star else (pattern, pattern)


def _agree(one: str, other: str) -> bool:
    """Whether the first characters of both, as far as both go, can be the same."""
    return all(a == b or a == "?" or b == "?" for a, b in zip(one, other, strict=False))


def _past_stars(pattern: str, offsets: set[int]) -> set[int]:
    """The offsets, and those that are reached from them by letting a star of the pattern stand for nothing."""
    reached = set(offsets)
    for offset in offsets:
        end = offset
        while end < len(pattern) and pattern[end] == "*":
            end += 1
            reached.add(end)
    return reached
