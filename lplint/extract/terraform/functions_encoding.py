"""Terraform's functions that read and write JSON, YAML, CSV, Base64, hashes and files."""

from __future__ import annotations

from lplint.extract.terraform.functions_arguments import (
    MAX_ITEMS,
    MAX_TEXT,
    as_text,
    known_text,
    map_at,
    more,
    scalar,
    seq,
)
from lplint.extract.values import Encoded, NotKnownError, text_at
from lplint.model.node import Map, Unknown
from lplint.model.source import Source
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.terraform.functions_arguments import FileReader, Function
    from lplint.model.node import Node
    from lplint.model.source import Spanned
    from lplint.syntax.parsed import Parsed


def encode(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    """jsonencode() and yamlencode(): who reads the string wants the value."""
    return Encoded(at.source, at.start, at.end, arguments[0])


def jsondecode(arguments: Sequence[Node], _at: Spanned, _files: FileReader) -> Node | None:
    from lplint.syntax import json

    text = as_text(arguments[0])
    return text.node if isinstance(text, Encoded) else _only_document(json.parse(_inside(text)))


def yamldecode(arguments: Sequence[Node], _at: Spanned, _files: FileReader) -> Node | None:
    from lplint.syntax import yaml

    text = as_text(arguments[0])
    return text.node if isinstance(text, Encoded) else _only_document(yaml.parse(_inside(text)))


def _inside(text: Text) -> Source:
    """A string as the source of what it holds. Raises NotKnownError."""
    if text.value is None or len(text.value) > MAX_TEXT:
        raise NotKnownError
    return Source(text.source.path, text.value, within=text)


def _only_document(parsed: Parsed) -> Node | None:
    """What Terraform decodes: it takes no mistakes, and one document."""
    return parsed.documents[0] if len(parsed.documents) == 1 and not parsed.problems else None


def csvdecode(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import csv
    import io
    import itertools

    text = known_text(arguments[0])
    if len(text) > MAX_TEXT:
        return None
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = list(itertools.islice(filter(None, reader), MAX_ITEMS + 2))
    except csv.Error:
        return None
    if not rows or len(set(rows[0])) < len(rows[0]) or any(len(row) != len(rows[0]) for row in rows):
        return None
    if '""' not in text and any('"' in cell for row in rows for cell in row):
        return None  # Go takes no quote inside a cell that does not begin with one
    return seq(
        [
            map_at([(text_at(key, at), text_at(cell, at)) for key, cell in zip(rows[0], row, strict=True)], at)
            for row in rows[1:]
        ],
        at,
    )


def base64encode(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import base64

    return text_at(base64.b64encode(_utf8(arguments[0])).decode(), at)


def base64decode(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    import base64

    text = known_text(arguments[0]).translate({10: None, 13: None})
    try:
        return text_at(base64.b64decode(text, validate=True).decode(), at)
    except ValueError:  # no Base64, or no UTF-8 in it
        return None


def hashed(name: str, as_base64: bool = False) -> Function:
    """A function that hashes a string: in hexadecimal digits, or in Base64."""

    def call(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
        import base64
        import hashlib

        digest = hashlib.new(name, _utf8(arguments[0]), usedforsecurity=False)
        return text_at(base64.b64encode(digest.digest()).decode() if as_base64 else digest.hexdigest(), at)

    return call


def _utf8(node: Node) -> bytes:
    text = known_text(node)
    if len(text) > MAX_TEXT:
        raise NotKnownError
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NotKnownError from None


def file(arguments: Sequence[Node], _at: Spanned, files: FileReader) -> Node | None:
    source = files.read(known_text(arguments[0]))
    return None if source is None else Text(source, 0, len(source.text), source.text, 0)


def fileexists(arguments: Sequence[Node], at: Spanned, files: FileReader) -> Node | None:
    # One that cannot be read may still be there, outside the module.
    return None if files.read(known_text(arguments[0])) is None else scalar(True, at)


def templatefile(arguments: Sequence[Node], at: Spanned, files: FileReader) -> Node | None:
    variables = _variables(arguments[1], at)
    source = files.read(known_text(arguments[0]))
    return None if source is None else files.render(source, variables, at)


def templatestring(arguments: Sequence[Node], at: Spanned, files: FileReader) -> Node | None:
    text = arguments[0]
    if not isinstance(text, Text) or not text.known:
        return None  # what a hole holds may be a part of the template
    return files.template(text, _variables(arguments[1], at), at)


def _variables(node: Node, at: Spanned) -> Map:
    """A template's variables; of unknown ones, a map that may hold any. Raises NotKnownError."""
    if isinstance(node, Map):
        return node
    if isinstance(node, Unknown):
        return map_at([more(node)], at)
    raise NotKnownError
