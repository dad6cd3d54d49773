"""Text out of files, made safe to print: what a reader would not see as it is, is spelt out."""

from __future__ import annotations

import re

# Letters and marks that Unicode counts as printable and that nevertheless show nothing (Default_Ignorable_Code_Point
# in DerivedCoreProperties.txt, and the blank Braille pattern): a name that hides one looks like another name.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def spelt_out(character: str) -> str:
    """One code point as its escape if it is a control, a format or bidirectional control, a blank other than the
    space, a surrogate, private or unassigned; itself if not."""
    if character.isprintable() and not _UNSEEN.match(character):
        return character
    return character.encode("unicode_escape").decode("ascii")


def visible(text: str) -> str:
    """A text as one line that a terminal shows as it is: no character of it moves, hides or reorders another."""
    if text.isprintable() and (text.isascii() or not _UNSEEN.search(text)):
        return text
    return "".join(map(spelt_out, text))


def encodable(text: str) -> str:
    """A text with U+FFFD for each lone surrogate, which no UTF can carry; as many code points as before."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def cut(text: str, limit: int) -> str:
    """A text of at most `limit` characters, with an ellipsis where the rest is left out."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
