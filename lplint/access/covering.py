"""Which entries of a list of patterns others of it cover, in time that grows with the list and not with its square."""

from __future__ import annotations

from lplint.access.patterns import contains

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplint.model.text import Text


class Covering:
    """Patterns, by the characters that stand before their first wildcard: only one whose beginning another shares can
    cover it. What the text does not tell covers what is written the same. `fold` is for patterns that are the same
    in any
    case, as actions are."""

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
                head = _head(written)
                by_head.setdefault(head, []).append((written, text))
        self._lengths = sorted({len(head) for head in by_head})

    def covering(self, text: Text) -> Text | None:
        """An entry that covers another text, and is not itself that text; None if there is none. Of two that say the
        same
        the first counts."""
        written = self._folded(text)
        same = self._literal.get(written)
        if same is not None and same is not text:
            return same
        if text.value is None or not self._by_head:
            return None
        head = _head(written)
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
        for text in texts:
            other = self.covering(text)
            if other is not None:
                yield text, other

    def _folded(self, text: Text) -> str:
        return text.display.lower() if self._fold else text.display


def _head(pattern: str) -> str:
    """What stands before the first wildcard."""
    ends = [at for at in (pattern.find("*"), pattern.find("?")) if at >= 0]
    return pattern[: min(ends)] if ends else pattern
