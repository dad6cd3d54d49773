"""IAM's patterns: whether one matches a string, overlaps another, or contains it.

`*` stands for any characters, `?` for exactly one. All three questions are answered in time proportional to the product
of the two lengths at worst, and without regular expressions: a pattern comes from a file that may be hostile.

Source: AWS IAM User Guide, "IAM JSON policy elements: Resource", using wildcards.
"""

from __future__ import annotations

from functools import cache, lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    """Whether `wide` certainly matches every string that `narrow` matches.

    A star of `narrow` is taken for a character that only a star of `wide` covers, a question mark for one that only a
    question mark or a star covers. A True is always right. So is a False, for an alphabet that has a character which
    `wide` does not name, unless `wide` has a question mark beside a star: `?*` covers `*a`, by its length alone, and
    that is not seen.
    """
    if "**" in wide or "*?" in wide:
        wide = _ordered(wide)
    if "**" in narrow or "*?" in narrow:
        narrow = _ordered(narrow)
    # Where `wide` has no question mark its pieces are literal, and nothing literal matches a wildcard of `narrow`: the
    # stars of `narrow` can be left in place and are covered like any other character.
    return matches(wide, narrow) if "?" not in wide else _covers(wide, narrow, wildcards=True)


@lru_cache(maxsize=65536)
def overlaps(one: str, other: str) -> bool:
    """Whether there is a string that both patterns match."""
    if "*" not in one and "?" not in one:
        return matches(other, one)
    if "*" not in other and "?" not in other:
        return matches(one, other)
    # Most that do not overlap differ before their first wildcard or behind their last one.
    head, tail = _ends(one)
    other_head, other_tail = _ends(other)
    if not (head.startswith(other_head) or other_head.startswith(head)):
        return False
    if not (tail.endswith(other_tail) or other_tail.endswith(tail)):
        return False
    # Where what stands between begins and ends with a star in both, each takes there all that the other has.
    if one[len(head)] == one[-len(tail) - 1] == other[len(other_head)] == other[-len(other_tail) - 1] == "*":
        return True
    # A pattern can be stretched at a star: one that ends in it takes all that the other begins with.
    if len(other) == len(other_head) + 1 and other[-1] == "*" and len(head) >= len(other_head):
        return True
    if len(one) == len(head) + 1 and one[-1] == "*" and len(other_head) >= len(head):
        return True
    table = _table(other)
    reachable = table.past_stars(1)
    for char in _ordered(one):
        reachable = table.step(reachable, char)
        if not reachable:
            return False
    return bool(reachable & table.end)


@lru_cache(maxsize=65536)
def _ends(pattern: str) -> tuple[str, str]:
    """What stands before the first wildcard of a pattern, and behind the last one."""
    head = pattern.partition("*")[0].partition("?")[0]
    return head, pattern.rpartition("*")[2].rpartition("?")[2]


def widest(text: Text) -> str:
    """A pattern for everything that a text can mean: its holes and policy variables stand for any characters.

    Source: AWS IAM User Guide, "IAM policy elements: Variables and tags"; `${*}`, `${?}` and `${$}` are the characters
    themselves.
    """
    if text.value is not None and "${" not in text.value:
        return text.value
    pattern = "".join(part if isinstance(part, str) else "*" for part in text.parts)
    return _without_variables(pattern) if "${" in pattern else pattern


def surest(text: Text, hole: str = "\0") -> str:
    """A pattern that covers no more than what a text covers whatever its holes hold: each stands for one character that
    nothing else is. A policy variable does so too, for one character of its own: it has one value in a request, the
    same wherever it stands, and what that is the policy does not tell. `hole` is put in the place of each hole.
    """
    if text.value is not None:
        pattern = text.value
    else:
        pattern = "".join(part if isinstance(part, str) else hole for part in text.parts)
    return _with_variables_as_characters(pattern) if "${" in pattern else pattern


def remains(pattern: str, taken: Sequence[str]) -> bool | None:
    """Whether something of a pattern is left when all that some others match is taken away; None where that takes more
    than a look at each of them to say."""
    if any(contains(one, pattern) for one in taken):
        return False
    # A string of the pattern whose wildcards stand for a character that nobody names, in runs that no question marks
    # are enough for. What matches that string has a star where the pattern has one.
    run = "\1" * (1 + max((len(one) for one in taken), default=0))
    witness = pattern.replace("*", run).replace("?", "\1")
    return True if not any(matches(one, witness) for one in taken) else None


@lru_cache(maxsize=4096)
def _with_variables_as_characters(pattern: str) -> str:
    # A literal star or question mark is no wildcard, and no pattern can name it but by itself.
    return _replaced(pattern, lambda name: "$" if name == "$" else _character_of(name.lower()))


@cache
def _character_of(name: str) -> str:
    """A character of the private planes for a policy variable."""
    return chr(0xF0000 + _character_of.cache_info().currsize % 0x1FFFE)


@lru_cache(maxsize=4096)
def _without_variables(pattern: str) -> str:
    return _replaced(pattern, lambda name: "$" if name == "$" else "?" if name in ("*", "?") else "*")


def _replaced(pattern: str, by: Callable[[str], str]) -> str:
    """A pattern with each `${name}` replaced."""
    made: list[str] = []
    at = 0
    while (start := pattern.find("${", at)) >= 0 and (end := pattern.find("}", start)) >= 0:
        made += (pattern[at:start], by(pattern[start + 2 : end]))
        at = end + 1
    return "".join((*made, pattern[at:]))


@lru_cache(maxsize=65536)
def _ordered(pattern: str) -> str:
    """The same pattern with each run of wildcards written in one way: the question marks, then one star if any."""
    if "**" not in pattern and "*?" not in pattern:
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


class _Table:
    """A pattern as the transitions of an automaton whose states are offsets into it, a set of states being the bits of
    one integer: a step takes a few operations however many states it is in."""

    __slots__ = ("all", "end", "literals", "marks", "stars")

    def __init__(self, pattern: str) -> None:
        self.literals: dict[str, int] = {}
        self.marks = self.stars = 0
        for offset, char in enumerate(pattern):
            if char == "*":
                self.stars |= 1 << offset
            elif char == "?":
                self.marks |= 1 << offset
            else:
                self.literals[char] = self.literals.get(char, 0) | 1 << offset
        self.end = 1 << len(pattern)
        self.all = (self.end << 1) - 1

    def step(self, states: int, char: str) -> int:
        """The states after a character of another pattern: any string for a star, any character for a question mark."""
        if char == "*":
            return self.all & -(states & -states)  # the first of them and all that follow
        moving = states & ~self.stars & ~self.end if char == "?" else states & (self.literals.get(char, 0) | self.marks)
        return self.past_stars(moving << 1 | states & self.stars)

    def past_stars(self, states: int) -> int:
        """Those states, and the ones behind a star that stands for nothing; no two stars stand together."""
        return states | (states & self.stars) << 1


@lru_cache(maxsize=16384)
def _table(pattern: str) -> _Table:
    return _Table(_ordered(pattern))
