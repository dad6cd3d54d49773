"""The parts of a file by the lines they begin in, as a comment on a line covers them: resources, statements, items."""

from __future__ import annotations

from lplint.model.node import Map, Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.model.node import Node
    from lplint.model.source import Source
    from lplint.syntax import hcl_tree

_YAML = (".yaml", ".yml", ".template", ".cform")
HCL = (".tf", ".tofu", ".tfvars", ".hcl")


def regions_of(source: Source) -> dict[int, int]:
    """For each line in which a resource, a statement or another part of the file begins, the line where it ends."""
    regions: dict[int, int] = {}
    for start, end in parts_of(source):
        first = source.position(start).line
        last = source.position(max(end - 1, start)).line
        regions[first] = max(regions.get(first, first), last)
    return regions


def parts_of(source: Source) -> list[tuple[int, int]]:
    """Where each resource, statement and other part of the file begins and ends, in code points."""
    parts: list[tuple[int, int]] = []

    def add(start: int, end: int) -> None:
        parts.append((start, end))

    path = source.path.lower()
    if path.endswith(HCL):
        from lplint.syntax import hcl

        _add_body(hcl.parse(source).body, add)
    else:
        for document in documents_of(source, path):
            _add_nodes(document, add)
    return parts


def documents_of(source: Source, path: str) -> list[Node]:
    if path.endswith((".json", ".jsonc")) or (not path.endswith(_YAML) and source.text.lstrip()[:1] in ("{", "[")):
        from lplint.syntax import json

        return json.parse(source, comments=True).documents
    from lplint.syntax import yaml

    return yaml.parse(source).documents


def _add_nodes(root: Node, add: Callable[[int, int], None]) -> None:
    """The entries of maps and the items of lists, at any depth."""
    todo = [root]
    seen: set[int] = set()
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Map):
            for key, value in node.entries:
                add(key.start, value.end)
                todo.append(value)
        elif isinstance(node, Seq):
            for item in node.items:
                add(item.start, item.end)
                todo.append(item)


def _add_body(body: hcl_tree.Body, add: Callable[[int, int], None]) -> None:
    from lplint.syntax import hcl_tree

    bodies = [body]
    expressions: list[hcl_tree.Expression] = []
    while bodies:
        one = bodies.pop()
        for block in one.blocks:
            add(block.start, block.end)
            bodies.append(block.body)
        for attribute in one.attributes:
            add(attribute.start, attribute.end)
            expressions.append(attribute.expression)
    while expressions:
        expression = expressions.pop()
        if isinstance(expression, hcl_tree.Tuple):
            for item in expression.items:
                add(item.start, item.end)
                expressions.append(item)
        elif isinstance(expression, hcl_tree.Object):
            for key, value in expression.items:
                add(key.start, value.end)
                expressions.append(value)
        elif isinstance(expression, hcl_tree.Call):
            expressions.extend(expression.arguments)
