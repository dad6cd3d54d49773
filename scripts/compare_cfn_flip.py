"""Compares the tree that lplint reads of CloudFormation templates with the one that cfn-flip reads.

usage: compare_cfn_flip.py FOLDER...
Takes every template below the folders, in long form and with the order of its keys. Exits with 1 if a tree differs, or
if lplint does not read what cfn-flip reads. What cfn-flip alone refuses is listed: templates of templates, whose braces
it takes for a key that no dictionary can have, and merge keys.
"""

from __future__ import annotations

import datetime
import itertools
import math
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cfn_flip  # type: ignore[import-untyped]  # it carries no types

from lplint.extract import EXTENSIONS, TERRAFORM_EXTENSIONS
from lplint.extract.cloudformation.template import is_template
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.source import Source
from lplint.model.text import Text
from lplint.syntax import json, yaml
from lplint.syntax.yaml_scalars import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Node

_TAG = re.compile(r"!([A-Za-z0-9:]+)")


def read(text: str) -> tuple[Node | None, bool]:
    """The document that lplint reads of a template, and whether it has one without an error."""
    source = Source("template", text)
    parsed = json.parse(source)
    if any(problem.fatal for problem in parsed.problems):
        parsed = yaml.parse(source)
    is_read = len(parsed.documents) == 1 and not any(problem.fatal for problem in parsed.problems)
    return (parsed.documents[0] if parsed.documents else None), is_read


def long_form(node: Node) -> object:
    """A node as cfn-flip has it: tags in their long form, Fn::GetAtt with a list."""
    if isinstance(node, Map):
        return {key.display: long_form(value) for key, value in node.entries}
    if isinstance(node, Seq):
        return [long_form(item) for item in node.items]
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Scalar):
        return node.value
    if node.value is None:
        return node.written
    tag = _TAG.match(node.source.text, node.start)
    name = tag[1] if tag is not None else ""
    if name in ("Ref", "Condition"):
        return {name: _written(node.value)}
    if name == "GetAtt" and isinstance(node.value, Text):
        return {"Fn::GetAtt": (node.value.value or "").split(".", 1)}
    if name == "GetAtt" and isinstance(node.value, Seq):
        # cfn-flip drops the tags in this list.
        items = [
            item.value if isinstance(item, Unknown) and item.value is not None else item for item in node.value.items
        ]
        return {"Fn::GetAtt": [_written(item) for item in items]}
    return {f"Fn::{name}": _written(node.value)}


def _written(node: Node) -> object:
    """The argument of a tag: a scalar there is a string, whatever it looks like."""
    return node.span.text if isinstance(node, Scalar) else long_form(node)


def differences(mine: object, other: object, path: str = "") -> Iterator[str]:
    """Where two trees differ."""
    if isinstance(mine, dict) and isinstance(other, dict):
        for index, (one, two) in enumerate(itertools.zip_longest(mine.items(), other.items())):
            if one is None or two is None or not _same(one[0], two[0]):
                yield f"{path}: key {index} is {one and one[0]!r} here and {two and two[0]!r} there"
                return
            yield from differences(one[1], two[1], f"{path}.{one[0]}")
    elif isinstance(mine, list) and isinstance(other, list):
        if len(mine) != len(other):
            yield f"{path}: {len(mine)} items here and {len(other)} there"
        for index, pair in enumerate(zip(mine, other, strict=False)):
            yield from differences(*pair, f"{path}[{index}]")
    elif not _same(mine, other):
        yield f"{path}: {mine!r} here and {other!r} there"


def _same(mine: object, other: object) -> bool:
    if isinstance(other, datetime.date):
        # A date is a string to CloudFormation, and to lplint.
        return isinstance(mine, str) and mine.startswith(other.strftime("%Y-%m-%d"))
    if isinstance(mine, float) and isinstance(other, float) and math.isnan(mine):
        return math.isnan(other)
    if isinstance(mine, str) and not isinstance(other, str):
        return resolve(mine) == other  # a key, which is a string to CloudFormation
    return type(mine) is type(other) and mine == other


def compare(text: str) -> tuple[str, list[str]]:
    """What comes of a template, and where its trees differ."""
    document, is_read = read(text)
    try:
        other, _ = cfn_flip.load(text)
    except Exception:  # noqa: BLE001  it raises all sorts of things
        return ("read by lplint alone" if is_read else "read by neither"), []
    if document is None or not is_read:
        return "read by cfn-flip alone", []
    found = list(differences(long_form(document), other))
    return ("different" if found else "equal"), found


def templates(folders: list[Path]) -> Iterator[tuple[Path, str]]:
    """The templates below some folders, with their texts."""
    wanted = tuple(one for one in EXTENSIONS if one not in TERRAFORM_EXTENSIONS)
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if not path.name.endswith(wanted) or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            continue
        if "AWSTemplateFormatVersion" in text or "AWS::" in text:
            document, _ = read(text)
            if document is None or is_template(document):
                yield path, text


def main() -> int:
    counts: dict[str, int] = {}
    for path, text in templates([Path(folder) for folder in sys.argv[1:]]):
        what, found = compare(text)
        counts[what] = counts.get(what, 0) + 1
        if what not in ("equal", "read by neither"):
            print(f"{path}: {what}")
        for line in found[:3]:
            print(f"    {line}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if "different" in counts or "read by cfn-flip alone" in counts else 0


if __name__ == "__main__":
    sys.exit(main())
