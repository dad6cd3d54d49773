"""The text of a file: which encoding its bytes are in, and where they are none."""

from __future__ import annotations

import codecs

from lplint.model.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.source import Span

# Byte order marks, longest first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(path: str, data: bytes) -> tuple[Source, Span | None]:
    """The text of a file, and the place of the first bytes in it that are none."""
    encoding, marked = _unmarked(data), False
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding, marked = data[len(mark) :], name, True
            break
    try:
        return Source(path, data.decode(encoding), bom=marked), None
    except UnicodeDecodeError as error:
        source = Source(path, data.decode(encoding, "replace"), bom=marked)
        start = len(data[: error.start].decode(encoding, "replace"))
        return source, source.span(start, min(start + 1, len(source.text)))


def _unmarked(data: bytes) -> str:
    """The encoding of a text without a byte order mark, by the zero bytes of its first characters, which are ASCII in
    every syntax we read. Source: RFC 4627, 3. Other bytes that begin with a zero are no text, and none of our business.
    """
    if data[:1] == b"\0":
        encoding = "utf-32-be" if data[1:3] == b"\0\0" else "utf-16-be"
    elif data[1:2] == b"\0":
        encoding = "utf-32-le" if data[2:4] == b"\0\0" else "utf-16-le"
    else:
        return "utf-8"
    return encoding if "Statement".encode(encoding) in data else "utf-8"
