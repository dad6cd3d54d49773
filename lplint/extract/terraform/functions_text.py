"""Terraform's functions for strings, regular expressions and format() apart."""

from __future__ import annotations

import itertools

from lplint.extract.terraform.functions_arguments import (
    MAX_ITEMS,
    MAX_TEXT,
    as_text,
    is_null,
    is_open,
    items_of,
    known_integer,
    known_text,
    scalar,
    seq,
)
from lplint.extract.terraform.functions_pieces import Assembly, Pieces, certain_parts, has_directives, mapped, parts_of
from lplint.extract.terraform.functions_regex import replace_matches
from lplint.extract.values import Directive, Encoded, NotKnownError, Reference, text_at, unknown, written
from lplint.model.node import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.terraform.functions_arguments import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned
    from lplint.model.text import Text

# Go's unicode.IsSpace; Python's str.strip() also takes U+001C to U+001F.
_SPACES = " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
_SPACES += "\u202f\u205f\u3000"

# How long a string that replace() looks for may be where not all of the text is known.
_MAX_ACROSS = 200


def join(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    separator = as_text(arguments[0])
    items: list[Node] = []
    for argument in arguments[1:]:
        items += [unknown(argument)] if isinstance(argument, Unknown) else items_of(argument)
    result = Assembly(at)
    before = ""  # "known" or "one" item, or "any" number of them
    for item in items:
        if is_open(item):
            # It may be no item or several, so the separators on both sides are part of what is unknown.
            if before != "any":
                result.hole(written(item.span), item, unknown(item))
            before = "any"
            continue
        if before not in ("", "any"):
            result.add(separator)
        if isinstance(item, Unknown):
            result.hole(written(item.span), item, item)
            before = "any" if separator.value == "" else "one"
        else:
            result.add(as_text(item))
            before = "known"
    return result.finish()


def split(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    separator, text = known_text(arguments[0]), as_text(arguments[1])
    if text.value is None:
        return _split_partly(separator, text, at)
    pieces = Pieces(text)
    if separator == "":
        marks = graphemes(text.value)
        return seq([pieces.piece(low, high) for low, high in itertools.pairwise(marks)], at)
    if text.value.count(separator) >= MAX_ITEMS:
        return None
    return seq(_split_pieces(pieces, text.value, separator, 0), at)


def _split_pieces(pieces: Pieces, value: str, separator: str, low: int) -> list[Node]:
    """The pieces of a known part of a text that begins at offset `low` of it."""
    found: list[Node] = []
    for part in value.split(separator):
        found.append(pieces.piece(low, low + len(part)))
        low += len(part) + len(separator)
    return found


def _split_partly(separator: str, text: Text, at: Spanned) -> Node | None:
    """What a hole holds may be split too: the piece that it is in stands for any number of pieces."""
    if len(separator) != 1 or len(text.display) > MAX_ITEMS or has_directives(text):
        return None  # a longer separator may begin in a hole and end behind it
    pieces = Pieces(text)
    items: list[Node] = []
    is_open = False
    for low, part, _value in parts_of(text):
        if not isinstance(part, str):
            if items and not is_open:
                items.pop()
            if not is_open:
                items.append(unknown(text))
            is_open = True
            continue
        found = _split_pieces(pieces, part, separator, low)
        if len(found) > 1 or not is_open:
            items += found[1:] if is_open else found
            is_open = False
    return seq(items, at)


def lower(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    # Go maps each character to one: "İ" to "i", and "ß" has no upper case.
    return mapped(as_text(arguments[0]), lambda text: "".join(character.lower()[:1] for character in text), at)


def upper(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return mapped(as_text(arguments[0]), lambda text: "".join(map(_upper, text)), at)


def title(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text = as_text(arguments[0])
    if text.value is None:
        return None  # whether a letter begins a word depends on the hole before it
    return mapped(text, _titled, at)


def _upper(character: str) -> str:
    changed = character.upper()
    return changed if len(changed) == 1 else _title(character)


def _title(character: str) -> str:
    changed = character.title()
    return changed if len(changed) == 1 else character


def _titled(text: str) -> str:
    """Go's strings.Title: what follows neither a letter, a digit nor an underscore begins a word."""
    changed: list[str] = []
    begins = True
    for character in text:
        changed.append(_title(character) if begins else character)
        if character.isascii():
            begins = not (character.isalnum() or character == "_")
        else:
            begins = not character.isalnum() and character in _SPACES
    return "".join(changed)


def replace(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, old, new = as_text(arguments[0]), known_text(arguments[1]), as_text(arguments[2])
    is_pattern = len(old) > 1 and old.startswith("/") and old.endswith("/")
    if text.value is None:
        return None if is_pattern else _replaced_partly(text, old, new, at)
    if is_pattern:
        return replace_matches(text, old[1:-1], known_text(new), at)
    count = text.value.count(old)
    if count == 0:
        return text
    if count * max(len(new.display), 1) > MAX_TEXT or count > 10 * MAX_ITEMS:
        return None
    result = Assembly(at)
    pieces = Pieces(text)
    low = 0
    for index, part in enumerate(text.value.split(old) if old else _between(text.value)):
        if index:
            result.add(new)
        result.known(part, pieces.segments(low, low + len(part)))
        low += len(part) + len(old)
    return result.finish()


def _replaced_partly(text: Text, old: str, new: Text, at: Spanned) -> Node | None:
    """What replace() makes of a text with unknown parts, if no place to replace can lie across the edge of one."""
    if not 0 < len(old) <= _MAX_ACROSS or isinstance(text, Encoded):
        return None
    parts = list(parts_of(text))
    for index, (_, part, _) in enumerate(parts):
        if isinstance(part, str) and _may_lie_across(part, old, index > 0, index < len(parts) - 1):
            return None
    result = Assembly(at)
    pieces = Pieces(text)
    for start, part, value in parts:
        if isinstance(part, str):
            low = start
            if part.count(old) * max(len(new.display), 1) > MAX_TEXT:
                return None
            for index, between in enumerate(part.split(old)):
                if index:
                    result.add(new)
                result.known(between, pieces.segments(low, low + len(between)))
                low += len(between) + len(old)
        elif value is not None:
            # The hole holds something else now, but still something of the same resource.
            result.hole(part.source, part, value if isinstance(value, Reference | Directive) else unknown(value))
    return result.finish()


def _may_lie_across(part: str, old: str, is_after: bool, is_before: bool) -> bool:
    """Whether a known part may hold the end of an `old` that begins in an unknown part which it is after, or the
    beginning of one that ends in an unknown part which it is before, or the middle of one."""
    if is_after and any(part.startswith(old[at:]) for at in range(1, len(old))):
        return True
    if is_before and any(part.endswith(old[:at]) for at in range(1, len(old))):
        return True
    return is_after and is_before and part in old[1:-1]


def _between(text: str) -> list[str]:
    """What is around each place where an empty string is found: at both ends, and between characters."""
    return ["", *text, ""]


def trim(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    characters = known_text(arguments[1])
    return _stripped(as_text(arguments[0]), characters, characters, at)


def trimspace(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _stripped(as_text(arguments[0]), _SPACES, _SPACES, at)


def chomp(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _stripped(as_text(arguments[0]), "", "\r\n", at)


def _stripped(text: Text, before: str, behind: str, at: Spanned) -> Text:
    """A text without some characters at its ends. A hole at an end stays: it is any characters, trimmed or not."""
    parts = text.parts
    start, end = 0, len(text.display)
    if parts and isinstance(parts[0], str) and before:
        start = len(parts[0]) - len(parts[0].lstrip(before))
    if parts and isinstance(parts[-1], str) and behind:
        end -= len(parts[-1]) - len(parts[-1].rstrip(behind))
    return _part(text, start, max(end, start), at)


def _part(text: Text, start: int, end: int, at: Spanned) -> Text:
    if start == 0 and end == len(text.display):
        return text
    if text.value is not None:
        return Pieces(text).piece(start, end)
    result = Assembly(at)
    result.add(text, start, end)
    return result.finish()


def trimprefix(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, prefix = as_text(arguments[0]), known_text(arguments[1])
    if text.must_start_with(prefix):
        return _part(text, len(prefix), len(text.display), at)
    return None if text.may_start_with(prefix) else text


def trimsuffix(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, suffix = as_text(arguments[0]), known_text(arguments[1])
    ends = _ends_with(text, suffix)
    if ends:
        return _part(text, 0, len(text.display) - len(suffix), at)
    return None if ends is None else text


def _ends_with(text: Text, suffix: str) -> bool | None:
    last = text.parts[-1] if text.parts else ""
    if not suffix:
        return True
    if not isinstance(last, str):
        return None
    if text.value is not None or len(last) >= len(suffix) or not suffix.endswith(last):
        return last.endswith(suffix)
    return None


def startswith(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, prefix = as_text(arguments[0]), known_text(arguments[1])
    if text.must_start_with(prefix):
        return scalar(True, at)
    return None if text.may_start_with(prefix) else scalar(False, at)


def endswith(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    ends = _ends_with(as_text(arguments[0]), known_text(arguments[1]))
    return None if ends is None else scalar(ends, at)


def strcontains(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, wanted = as_text(arguments[0]), known_text(arguments[1])
    if not wanted or any(wanted in part for part in certain_parts(text)):
        return scalar(True, at)
    return None if text.value is None else scalar(False, at)


def indent(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    count, text = known_integer(arguments[0]), as_text(arguments[1])
    if isinstance(text, Encoded):
        return text  # as a string it is unknown, as a value the same
    if not 0 <= count <= MAX_ITEMS or count * text.display.count("\n") > MAX_TEXT:
        return None
    result = Assembly(at)
    pieces = Pieces(text)
    for low, part, value in parts_of(text):
        if not isinstance(part, str):
            if value is not None:
                result.hole(part.source, part, value)
            continue
        start = low
        for line in part.splitlines(keepends=True):
            result.known(line, pieces.segments(start, start + len(line)))
            start += len(line)
            if line.endswith("\n"):
                result.literal(" " * count, at)
    return result.finish()


def substr(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text, offset, length = as_text(arguments[0]), known_integer(arguments[1]), known_integer(arguments[2])
    if text.value is None:
        return None
    marks = graphemes(text.value)
    count = len(marks) - 1
    start = min(max(offset + count if offset < 0 else offset, 0), count)
    end = count if length < 0 else min(start + length, count)
    return _part(text, marks[start], marks[end], at)


def strrev(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text = as_text(arguments[0])
    if text.value is None or len(text.value) > 10 * MAX_ITEMS:
        return None
    marks = graphemes(text.value)
    result = Assembly(at)
    pieces = Pieces(text)
    for low, high in zip(marks[-2::-1], marks[:0:-1], strict=False):
        result.known(text.value[low:high], pieces.segments(low, high))
    return result.finish()


def text_length(text: Text) -> int:
    """How many characters a string has, as Terraform counts them. Raises NotKnownError."""
    return len(graphemes(known_text(text))) - 1


def graphemes(text: str) -> list[int]:
    """Where the characters of a string begin, as a person sees them, and its end. Raises NotKnownError.

    Terraform follows Unicode's grapheme clusters. Of those longer than a code point this knows only the line break of
    Windows, and leaves strings that may have others alone.
    """
    if not text.isascii() and any(map(_may_join, text)):
        raise NotKnownError
    return [index for index in range(len(text) + 1) if text[index - 1 : index + 1] != "\r\n" or not index]


def _may_join(character: str) -> bool:
    """Whether a character may be one with its neighbour: marks, joiners, Hangul letters, flags, skin tones."""
    if character < "\x80":
        return False
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf"):
        return True
    code = ord(character)
    return (
        0x1100 <= code <= 0x11FF
        or 0xA960 <= code <= 0xA97F
        or 0xD7B0 <= code <= 0xD7FF
        or 0x1F1E6 <= code <= 0x1F1FF
        or 0x1F3FB <= code <= 0x1F3FF
    )


def basename(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    text = as_text(arguments[0])
    if text.value is None:
        return None
    path = text.value.rstrip("/")
    if not path:
        return text_at("/" if text.value else ".", at)
    start = path.rfind("/") + 1
    return _part(text, start, len(path), at)


def dirname(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import posixpath

    text = as_text(arguments[0])
    if text.value is None:
        return None
    directory = text.value[: text.value.rfind("/") + 1]
    # Go's filepath.Clean, which unlike normpath() knows no double slash at the start.
    path = posixpath.normpath(directory) if directory else "."
    path = path[1:] if path.startswith("//") else path
    return _part(text, 0, len(path), at) if text.value.startswith(path) else text_at(path, at)


def urlencode(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    from urllib.parse import quote_plus

    text = as_text(arguments[0])
    if len(text.display) > MAX_TEXT // 12:
        return None
    try:
        return mapped(text, quote_plus, at)
    except UnicodeEncodeError:
        return None


def tostring(arguments: Sequence[Node], _at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if is_null(argument) or isinstance(argument, Reference):
        return argument
    return as_text(argument)
