"""Terraform's functions for regular expressions."""

from __future__ import annotations

import re

from lplint.extract.terraform.functions_arguments import MAX_ITEMS, as_text, known_text, map_at, scalar, seq
from lplint.extract.terraform.functions_pieces import Assembly, Pieces
from lplint.extract.values import NotKnownError, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.terraform.functions_arguments import FileReader
    from lplint.extract.terraform.functions_re2 import Found, Pattern
    from lplint.model.node import Node
    from lplint.model.source import Spanned
    from lplint.model.text import Text

_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def regex(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    pattern, text = _pattern(known_text(arguments[0])), as_text(arguments[1])
    found = pattern.find(known_text(text), 1)
    return _captured(pattern, found[0], Pieces(text), at) if found else None


def regexall(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    pattern, text = _pattern(known_text(arguments[0])), as_text(arguments[1])
    pieces = Pieces(text)
    return seq([_captured(pattern, one, pieces, at) for one in pattern.find(known_text(text), MAX_ITEMS)], at)


def replace_matches(text: Text, written: str, template: str, at: Spanned) -> Text:
    """replace() with a pattern between slashes. Raises NotKnownError."""
    pattern = _pattern(written)
    value = known_text(text)
    found = pattern.find(value, MAX_ITEMS)
    if not found:
        return text
    result = Assembly(at)
    pieces = Pieces(text)
    low = 0
    for one in found:
        result.known(value[low : one.start], pieces.segments(low, one.start))
        result.literal(_expanded(template, pattern, one, value), at)
        low = one.end
    result.add(text, low)
    return result.finish()


def _pattern(written: str) -> Pattern:
    # Most modules have no regular expressions.
    from lplint.extract.terraform.functions_re2 import Pattern

    return Pattern(written)


def _expanded(template: str, pattern: Pattern, found: Found, text: str) -> str:
    """Go's Regexp.Expand: $1, $name, ${name}, $$; what is not there is empty."""

    def value(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        if name.isdecimal():
            index = int(name[:5])
        elif name in pattern.names:
            index = pattern.names.index(name) + 1
        else:
            return ""
        span = found.spans[index] if index < len(found.spans) else None
        return text[slice(*span)] if span else ""

    return _REFERENCE.sub(value, template)


def _captured(pattern: Pattern, found: Found, pieces: Pieces, at: Spanned) -> Node:
    if not pattern.names:
        return pieces.piece(found.start, found.end)
    values: list[Node] = [pieces.piece(*span) if span else scalar(None, at) for span in found.spans[1:]]
    if not any(pattern.names):
        return seq(values, at)
    if not all(pattern.names):
        raise NotKnownError  # Terraform takes names for all groups or none
    return map_at([(text_at(name, at), value) for name, value in zip(pattern.names, values, strict=True)], at)
