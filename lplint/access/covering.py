"""Which entries of a list of patterns others of it cover, in time that grows with the list and not with its square."""

from __future__ import annotations

from bisect import bisect_left

from lplint.access.patterns import contains

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lplint.model.text import Text


# No character comes after it.
_LAST = "\U0010ffff"


class Covering:
    """Patterns, by the characters that stand before their first wildcard: only one whose beginning another shares can
    cover it. What the text does not tell covers what is written the same. `fold` is for patterns that are the same
    in any case, as actions are."""

    __slots__ = ("_by_head", "_fold", "_lengths", "_literal")

    def __init__(self, texts: Iterable[Text], *, fold: bool) -> None:
        self._fold = fold
        self._literal: dict[str, Text] = {}
        self._by_head: dict[str, list[tuple[str, Text]]] = {}
        literal, by_head = self._literal, self._by_head
        for text in texts:
            written = text.display.lower() if fold else text.display
            if written not in literal:
                literal[written] = text
            if ("*" in written or "?" in written) and text.value is not None:
                head = beginning(written)
                by_head.setdefault(head, []).append((written, text))
        self._lengths = sorted({len(head) for head in by_head})

    def covering(self, text: Text) -> Text | None:
        """An entry that covers another text, and is not itself that text; None if there is none. Of two that say the
        same the first counts."""
        written = self._folded(text)
        same = self._literal.get(written)
        if same is not None and same is not text:
            return same
        if text.value is None or not self._by_head:
            return None
        head = beginning(written)
        by_head = self._by_head
        for length in self._lengths:
            if length > len(head):
                break
            for pattern, other in by_head.get(head[:length], ()):
                if other is not text and pattern != written and contains(pattern, written):
                    return other
        return None

    def covered(self, texts: Iterable[Text]) -> Iterator[tuple[Text, Text]]:
        """Those of some texts that others cover, each with what covers it."""
        texts = list(texts)
        written = [self._folded(text) for text in texts]
        found: dict[int, Text] = {}
        for at, text in enumerate(texts):
            same = self._literal.get(written[at])
            if same is not None and same is not text:
                found[at] = same
        if self._by_head:
            # What begins with the same characters stands together when all are sorted.
            order = sorted(range(len(texts)), key=written.__getitem__)
            ordered = [written[at] for at in order]
            for head in sorted(self._by_head, key=len):
                first = bisect_left(ordered, head)
                last = bisect_left(ordered, head + _LAST, first)
                for pattern, other in self._by_head[head]:
                    for at in order[first:last]:
                        if (
                            at not in found
                            and texts[at] is not other
                            and texts[at].value is not None
                            and written[at] != pattern
                            and contains(pattern, written[at])
                        ):
                            found[at] = other
        for at in sorted(found):
            yield texts[at], found[at]

    def _folded(self, text: Text) -> str:
        return text.display.lower() if self._fold else text.display


def may_repeat(written: Sequence[str]) -> bool:
    """Whether one of some patterns may cover another of them, by how each begins: few lists have such."""
    if len(set(written)) < len(written):
        return True
    wild = [one for one in written if "*" in one or "?" in one]
    if not wild:
        return False
    ordered = sorted(written)
    for one in wild:
        # What begins as it does stands together; it is there itself.
        head = beginning(one)
        second = bisect_left(ordered, head) + 1
        if second < len(ordered) and ordered[second].startswith(head):
            return True
    return False


def begins(ordered: Sequence[str], head: str) -> bool:
    """Whether some of a sorted list begins with some characters."""
    first = bisect_left(ordered, head)
    return first < len(ordered) and ordered[first].startswith(head)


def beginning(pattern: str) -> str:
    """What stands before the first wildcard."""
    return pattern.partition("*")[0].partition("?")[0]
