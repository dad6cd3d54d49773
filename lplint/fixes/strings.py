"""Other words in a string of a policy, in the quotes that it has or with those that it needs."""

from __future__ import annotations

import re

from lplint.fixes.tree import RefusedError
from lplint.fixes.writing import edit, line_start, syntax
from lplint.model.node import Scalar, Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.fixes.tree import Place
    from lplint.model.finding import Edit
    from lplint.model.node import Node
    from lplint.model.text import Text

# Patterns are compiled when they are first needed: most runs of lplint need none.
# What needs no escape in any quotes of JSON, YAML and HCL.
_SIMPLE = r"[A-Za-z0-9 _:/.*?@=,+-]*"
# What reads as the same string without quotes, whatever stands around it; dates and numbers do not.
_PLAIN = r"[A-Za-z][A-Za-z0-9_]*(?::[A-Za-z0-9_*?]+)*"
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))
_NAME = r"[A-Za-z][A-Za-z0-9_]*"


def replaced(text: Text, new: str, start: int, end: int) -> list[Edit]:
    """The edits that put `new` in place of some characters of a string. Raises RefusedError."""
    if re.fullmatch(_SIMPLE, new) is None:
        raise RefusedError("it would need escapes")
    source = text.source
    token = source.text[text.start : text.end]
    quote = token[:1] if token[:1] in ('"', "'") else ""
    whole = text.display[:start] + new + text.display[end:]
    if not quote and not (start or end < len(text.display)) and token == text.display:
        return [edit(source, text.start, text.end, _unquoted(whole, syntax(source)))]
    span = text.span_of(start, end)
    if start >= end or span.source is not source or span.text != text.display[start:end]:
        raise RefusedError("it is not written as it reads")
    if not quote and token == text.display:
        return [edit(source, text.start, text.end, _unquoted(whole, syntax(source)))]
    return [edit(source, span.start, span.end, new)]


def _unquoted(value: str, written: str) -> str:
    """A string where one stands without quotes."""
    if written == "hcl":
        return value if re.fullmatch(_NAME, value) else f'"{value}"'
    return value if re.fullmatch(_PLAIN, value) and value.lower() not in _WORDS else f'"{value}"'


def quoted(node: Node) -> list[Edit]:
    """The edits that make a string of a number or a boolean. Raises RefusedError."""
    written = node.span.text
    # YAML's other words for true, and its octal numbers, do not reach AWS as they are written.
    if not isinstance(node, Scalar) or re.fullmatch(r"true|false|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", written) is None:
        raise RefusedError("it is not written as it reads")
    return [edit(node.source, node.start, node.end, f'"{written}"')]


def spelt(place: Place, text: Text, values: Sequence[str]) -> list[Edit]:
    """The edits that put several strings in place of one. Raises RefusedError."""
    source = text.source
    token = source.text[text.start : text.end]
    if any(re.fullmatch(_SIMPLE, one) is None for one in values) or token.strip("\"'") != text.display:
        raise RefusedError("it is not written as it reads")
    quote = token[:1] if token[:1] in ('"', "'") else ""
    words = [quote + one + quote if quote else _unquoted(one, syntax(source)) for one in values]
    line = line_start(source, text.start)
    before = source.text[line : text.start]
    if not isinstance(place.container, Seq):
        return [edit(source, text.start, text.end, "[" + ", ".join(words) + "]")]
    if not before.strip() and line:
        return [edit(source, text.start, text.end, (",\n" + before).join(words))]
    if before.strip() == "-" and syntax(source) == "yaml" and source.text[place.container.start] != "[":
        return [edit(source, text.start, text.end, ("\n" + before).join(words))]
    return [edit(source, text.start, text.end, ", ".join(words))]
