"""Terraform's format() and formatlist()."""

from __future__ import annotations

import re

from lplint.extract.terraform.functions_arguments import (
    MAX_ITEMS,
    MAX_TEXT,
    Loose,
    Reader,
    as_text,
    is_null,
    is_open,
    known_bool,
    known_number,
    known_text,
    perhaps,
    seq,
    tidy,
)
from lplint.extract.terraform.functions_pieces import Assembly, Pieces
from lplint.extract.terraform.functions_text import graphemes
from lplint.extract.values import NotKnownError, Reference, unknown, written
from lplint.model.node import Seq, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.terraform.functions_arguments import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned

_VERB = re.compile(
    r"%(?:(?P<percent>%)|(?P<flags>[ +\-0#]*)(?P<width>[1-9][0-9]*)?(?:\.(?P<precision>[0-9]+))?"
    r"(?:\[(?P<index>[0-9]+)\])?(?P<mode>[vtbdoxXeEfgGsq]))"
)
_BASES = {"b": ("b", "0b"), "d": ("d", ""), "o": ("o", "0"), "x": ("x", "0x"), "X": ("X", "0X")}
# What Go's encoding/json escapes for HTML's sake.
_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def format_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _Format(arguments[0], at).text(arguments[1:])


def formatlist(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    pattern = _Format(arguments[0], at)
    # What is unknown is a list, of which each text has an item, or not.
    values = [_loose(value) if isinstance(value, Unknown) else value for value in arguments[1:]]
    lists = [value.items for value in values if isinstance(value, Seq)]
    if any(isinstance(value, Seq) and not _is_closed(value) for value in values):
        items = seq(_open_list(pattern, values, lists), at)
        return Loose(at.source, at.start, at.end, items.items) if _is_loose(values) else items
    if not lists and any(isinstance(value, Unknown) for value in values):
        return seq([perhaps(pattern.text(values), at)], at)
    counts = {len(items) for items in lists} or {1}
    if len(counts) > 1:
        return None
    (count,) = counts
    rows = ([value.items[row] if isinstance(value, Seq) else value for value in values] for row in range(count))
    return seq([pattern.text(row) for row in rows], at)


def _open_list(pattern: _Format, values: Sequence[Node], lists: Sequence[Sequence[Node]]) -> list[Node]:
    """The texts where it is not known how many there are. What they look like is known though."""
    if len(lists) > 1 or any(isinstance(value, Unknown) for value in values):
        several = [unknown(value) if isinstance(value, Seq) else value for value in values]
        return [perhaps(pattern.text(several), pattern.at)]
    items: list[Node] = []
    for item in lists[0]:
        text = pattern.text([item if isinstance(value, Seq) else value for value in values])
        items.append(perhaps(text, item) if is_open(item) else text)
    return items


def _is_loose(values: Sequence[Node]) -> bool:
    return any(isinstance(value, Loose) for value in values)


def _is_closed(value: Seq) -> bool:
    return not isinstance(value, Loose) and not any(map(is_open, value.items))


def _loose(value: Node) -> Node:
    return value if isinstance(value, Reference) else unknown(value)


class _Format:
    """A format string. All that is made from it together is limited in size."""

    def __init__(self, pattern: Node, at: Spanned) -> None:
        self.at = at
        self._pattern = as_text(pattern)
        self._template = known_text(pattern)
        self._pieces = Pieces(self._pattern)
        self._reader = Reader()
        self._left = MAX_TEXT

    def text(self, values: Sequence[Node]) -> Text:
        """Raises NotKnownError, also where Terraform calls it an error."""
        template = self._template
        result = Assembly(self.at)
        pos, following, highest = 0, 0, 0
        while self._left > 0 and (start := template.find("%", pos)) >= 0:
            verb = _VERB.match(template, start)
            if verb is None:
                raise NotKnownError
            result.known(template[pos:start], self._pieces.segments(pos, start))
            pos = verb.end()
            self._left -= 10  # it takes time too
            if verb["percent"]:
                result.literal("%", self._pattern)
                continue
            index = int(verb["index"][:5]) - 1 if verb["index"] else following
            if not 0 <= index < len(values):
                raise NotKnownError
            following = index + 1
            highest = max(highest, following)
            self._append(result, verb, values[index])
        if highest < len(values):
            raise NotKnownError
        result.known(template[pos:], self._pieces.segments(pos, len(template)))
        text = result.finish()
        self._left -= len(text.display) + 1
        if self._left < 0:
            raise NotKnownError
        return text

    def _append(self, result: Assembly, verb: re.Match[str], value: Node) -> None:
        mode = verb["mode"]
        is_plain = not verb["width"] and not verb["precision"]
        as_json = mode == "v" and "#" in verb["flags"]
        if isinstance(value, Unknown) or (isinstance(value, Text) and value.value is None):
            exact = is_plain and mode in "sv" and not as_json
            if exact and isinstance(value, Text):
                result.add(value)
            else:
                # What is unknown may be padded, or quoted, or written in another way.
                result.hole(written(value.span), value, value if exact else _loose(value))
        elif isinstance(value, Text) and is_plain and (mode == "s" or (mode == "v" and not as_json)):
            result.add(value)
        elif mode == "v":
            self._append_as_is(result, verb, value)
        elif is_null(value):
            raise NotKnownError
        elif mode == "t":
            result.literal("true" if known_bool(value) else "false", value)
        elif mode in "sq":
            text = _cut(known_text(value), verb)
            result.literal(_padded(json_text(text) if mode == "q" else text, verb), value)
        else:
            result.literal(_number(known_number(value), verb), value)

    def _append_as_is(self, result: Assembly, verb: re.Match[str], value: Node) -> None:
        try:
            plain = self._reader.plain(value)
        except NotKnownError:
            result.hole(written(value.span), value, unknown(value))
            return
        if "#" in verb["flags"] or isinstance(plain, bool | dict | list) or plain is None:
            plain = json_text(plain)
        elif not isinstance(plain, str):
            plain = _shortest(known_number(value), "e")
        result.literal(_padded(plain, verb), value)


def json_text(value: object) -> str:
    """A value of Python's in the JSON that Terraform writes. Raises NotKnownError if it is very long."""
    import json

    text = json.dumps(_tidied(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True).translate(_ESCAPES)
    if len(text) > MAX_TEXT:
        raise NotKnownError
    return text


def _tidied(value: object) -> object:
    """A value with its whole numbers as ints."""
    if isinstance(value, list):
        return [_tidied(item) for item in value]
    if isinstance(value, dict):
        return {key: _tidied(item) for key, item in value.items()}
    return tidy(value) if isinstance(value, float) else value


def _cut(text: str, verb: re.Match[str]) -> str:
    precision = _size(verb["precision"])
    if not precision:
        return text
    marks = graphemes(text)
    return text[: marks[min(precision, len(marks) - 1)]]


def _padded(text: str, verb: re.Match[str]) -> str:
    """As wide as a verb says, counted in characters as a person sees them."""
    width = _size(verb["width"])
    if not width:
        return text
    pads = ("0" if "0" in verb["flags"] else " ") * (width - len(graphemes(text)) + 1)
    return text + pads if "-" in verb["flags"] else pads + text


def _size(written: str | None) -> int:
    """A width or a precision; 0 for none."""
    size = int(written[:6]) if written else 0
    if size > MAX_ITEMS:
        raise NotKnownError
    return size


def _number(value: int | float, verb: re.Match[str]) -> str:
    mode, flags = verb["mode"], verb["flags"]
    if mode in _BASES:
        prefix, digits = _integer_digits(value, verb)
    else:
        prefix, digits = "", _float_digits(abs(value), verb)
    sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
    missing = _size(verb["width"]) - len(sign + prefix + digits)
    if "-" in flags:
        return sign + prefix + digits + " " * missing
    if "0" in flags and not (mode in _BASES and verb["precision"]):
        return sign + prefix + "0" * missing + digits
    return " " * missing + sign + prefix + digits


def _integer_digits(value: int | float, verb: re.Match[str]) -> tuple[str, str]:
    if value != int(value):
        raise NotKnownError
    base, prefix = _BASES[verb["mode"]]
    digits = format(abs(int(value)), base)
    return prefix if "#" in verb["flags"] else "", digits.rjust(_size(verb["precision"]), "0")


def _float_digits(value: int | float, verb: re.Match[str]) -> str:
    mode = verb["mode"]
    if "#" in verb["flags"]:
        raise NotKnownError
    if mode in "gG" and verb["precision"] is None:
        return _shortest(value, "e" if mode == "g" else "E")
    return f"%.{_size(verb['precision']) if verb['precision'] else 6}{mode}" % value


def _shortest(value: int | float, letter: str) -> str:
    """Go's %g: as many digits as it takes, with an exponent from the seventh digit on."""
    mantissa, _, exponent_text = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(exponent_text or 0) + len(digits) - len(fraction) - 1
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if not digits:
        return "0"
    if exponent < -4 or exponent >= 6:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{rest}{letter}{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole, fraction = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return sign + whole + (f".{fraction}" if fraction else "")
