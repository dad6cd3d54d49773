"""The blocks and arguments of a body, with `dynamic` blocks written out."""

from __future__ import annotations

from lplint.extract.terraform.evaluator import pairs
from lplint.extract.values import text_at
from lplint.model.node import Map, Seq
from lplint.model.text import Text
from lplint.syntax import hcl_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplint.extract.terraform.evaluator import Evaluator
    from lplint.model.node import Node


def value_of(evaluator: Evaluator, body: hcl_tree.Body, name: str, scope: Mapping[str, Node]) -> Node | None:
    """The value of an argument; None if the body does not give it."""
    for attribute in body.attributes:
        if attribute.name == name:
            return evaluator.value(attribute.expression, scope)
    return None


def blocks(
    evaluator: Evaluator, body: hcl_tree.Body, type_: str, scope: Mapping[str, Node]
) -> Iterator[tuple[hcl_tree.Body, Mapping[str, Node], bool]]:
    """The bodies of the blocks of a type, each with what names mean in it and whether it is certainly there."""
    for block in body.blocks:
        if block.type == type_:
            yield block.body, scope, True
        elif block.type == "dynamic" and block.labels == (type_,):
            yield from _dynamic(evaluator, block, scope)


def _dynamic(
    evaluator: Evaluator, block: hcl_tree.Block, scope: Mapping[str, Node]
) -> Iterator[tuple[hcl_tree.Body, Mapping[str, Node], bool]]:
    named = {attribute.name: attribute for attribute in block.body.attributes}
    content = next((inner.body for inner in block.body.blocks if inner.type == "content"), None)
    if content is None or "for_each" not in named:
        return
    iterator = block.labels[0]
    if "iterator" in named and isinstance(named["iterator"].expression, hcl_tree.Variable):
        iterator = named["iterator"].expression.name
    collection = evaluator.value(named["for_each"].expression, scope)
    for key, value, certain in pairs(collection, block):
        # The elements of a set are their own keys.
        name = value if isinstance(collection, Seq) and isinstance(value, Text) else key
        entries = [(text_at("key", block), name), (text_at("value", block), value)]
        item = Map(block.source, block.start, block.end, entries)
        yield content, {**scope, iterator: item}, certain
