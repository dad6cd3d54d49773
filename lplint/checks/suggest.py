"""The name that somebody probably meant."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Comparing takes time that grows with the square of the length, and nothing in AWS has a longer name.
_LONGEST = 80


def did_you_mean(written: str, names: Iterable[str]) -> str:
    """The end of a sentence that names the one or two nearest names; empty if none is near."""
    if len(written) > _LONGEST:
        return ""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in names}
    near = get_close_matches(written.lower(), by_lower, n=2, cutoff=0.8)
    # The second is worth a word only if it is about as near as the first.
    if len(near) == 2 and _distance_class(written, near[0]) < _distance_class(written, near[1]):
        near.pop()
    return f"; did you mean {' or '.join(by_lower[name] for name in near)}?" if near else ""


def only_name(hint: str) -> str:
    """The name that did_you_mean() ended a sentence with, if it is one alone."""
    _, _, name = hint.rstrip("?").partition("; did you mean ")
    return "" if " " in name else name


def _distance_class(written: str, name: str) -> int:
    from difflib import SequenceMatcher

    return -int(SequenceMatcher(None, written.lower(), name).ratio() * 25)
