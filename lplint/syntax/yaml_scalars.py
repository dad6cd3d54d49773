"""What a YAML scalar says."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.text import Segment, Text

BREAKS = "\r\n\x85\u2028\u2029"
BLANKS = " \t" + BREAKS

_WORDS: dict[str, bool | None] = {"": None, "~": None}
for _value, _names in ((None, ["null"]), (True, ["true", "yes", "on"]), (False, ["false", "no", "off"])):
    for _name in _names:
        _WORDS.update({_name: _value, _name.capitalize(): _value, _name.upper(): _value})
_NUMBER_STARTS = frozenset("0123456789+-.")
# What a plain scalar that is not a text can start with: most texts are known by their first character.
SPECIAL_STARTS = _NUMBER_STARTS.union(word[:1] for word in _WORDS)
_NUMBER = re.compile(
    r"""(?P<sign>[-+]?)(?:
        0b(?P<binary>[01_]+)
        | 0x(?P<hexadecimal>[0-9a-fA-F_]+)
        | (?P<octal>0[0-7_]+)
        | (?P<integer>0|[1-9][0-9_]*)
        | (?P<float>[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?)
        | (?P<sexagesimal>[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)
        | \.(?P<infinity>inf|Inf|INF)
        )
        | (?P<fraction>\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)
        | \.(?P<nan>nan|NaN|NAN)""",
    re.VERBOSE,
)
_BASES = {"binary": 2, "octal": 8, "integer": 10, "hexadecimal": 16}
_MAX_NUMBER = 100


def resolve(value: str) -> str | bool | int | float | None:
    """What a plain scalar says by the YAML 1.1 types; the value itself where it is a text, as dates are here."""
    if value[:1] not in _NUMBER_STARTS:
        return _WORDS.get(value, value)
    found = _NUMBER.fullmatch(value) if len(value) <= _MAX_NUMBER else None
    if found is None:
        return value
    kind = found.lastgroup or ""
    digits = found[kind].replace("_", "")
    number: int | float = 0
    try:
        if kind in _BASES:
            number = int(digits, _BASES[kind])
        elif kind == "sexagesimal":
            for part in digits.split(":"):
                number = number * 60 + (float(part) if "." in part else int(part))
        else:
            number = float(digits)
    except ValueError:
        # Underscores alone are no digits.
        return value
    return -number if found["sign"] == "-" else number


def scalar_segments(text: Text) -> list[Segment]:
    """Where the characters of a scalar stand that do not stand in the file as they are; see `segments_of`."""
    # Few texts are ever asked, and the patterns for it take a while to make.
    from lplint.syntax.yaml_segments import segments_of

    return segments_of(text)
