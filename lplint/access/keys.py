"""Whether a condition key is one that AWS knows, or that an action's requests carry."""

from __future__ import annotations

import re

from lplint.access.patterns import matches
from lplint.aws import conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# AWS writes the part of a key that varies, such as that of a tag, in three ways.
_VARIABLE = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$")


def is_among(key: str, known: Iterable[str]) -> bool:
    """Whether a condition key, in any case, is one of those known; `${TagKey}` in one of these stands for anything."""
    lowered = key.lower()
    for one in known:
        form = one.lower()
        if form == lowered:
            return True
        pattern = _VARIABLE.sub("*", form)
        if pattern != form and matches(pattern, lowered):
            return True
    return False


def is_global(key: str) -> bool:
    """Whether a condition key is one that every service knows."""
    return key.lower() in conditions.global_keys() or is_among(key, conditions.global_keys())
