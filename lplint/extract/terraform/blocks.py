"""The blocks and arguments of a body, with `dynamic` blocks written out."""

from __future__ import annotations

from lplint.extract.terraform.evaluator import pairs
from lplint.extract.values import text_at, unknown
from lplint.model.node import Map, Scalar, Seq
from lplint.model.text import Text
from lplint.syntax import hcl_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplint.extract.terraform.evaluator import Evaluator
    from lplint.model.node import Node


def value_of(evaluator: Evaluator, body: hcl_tree.Body, name: str, scope: Mapping[str, Node]) -> Node | None:
    """The value of an argument; None if the body does not give it. A `dynamic` block may ask for one many times, so it
    takes the steps to look at it each time."""
    for attribute in body.attributes:
        if attribute.name == name:
            value = evaluator.value(attribute.expression, scope)
            if isinstance(value, Text | Scalar) or evaluator.budget.take(value):
                return value
            return unknown(attribute.expression)
    return None


def blocks(
    evaluator: Evaluator, body: hcl_tree.Body, type_: str, scope: Mapping[str, Node]
) -> Iterator[tuple[hcl_tree.Body, Mapping[str, Node], bool]]:
    """The bodies of the blocks of a type, each with what names mean in it and whether it is certainly there.

    In Terraform's JSON such a block is an argument, whose value is an object or an array of objects.
    """
    for inner in _arguments(body, type_):
        yield inner, scope, True
    for block in body.blocks:
        if block.type == type_:
            yield block.body, scope, True
        elif block.type == "dynamic" and block.labels == (type_,):
            yield from _dynamic(evaluator, block, scope)


def _arguments(body: hcl_tree.Body, type_: str) -> Iterator[hcl_tree.Body]:
    for attribute in body.attributes:
        if attribute.name == type_ and isinstance(attribute.expression, hcl_tree.Object | hcl_tree.Tuple):
            from lplint.syntax.hcl_json import bodies

            yield from bodies(attribute.expression)


def _dynamic(
    evaluator: Evaluator, block: hcl_tree.Block, scope: Mapping[str, Node]
) -> Iterator[tuple[hcl_tree.Body, Mapping[str, Node], bool]]:
    named = {attribute.name: attribute.expression for attribute in block.body.attributes}
    contents = [inner.body for inner in block.body.blocks if inner.type == "content"]
    contents += _arguments(block.body, "content")
    if not contents or "for_each" not in named:
        return
    iterator = _iterator(named.get("iterator")) or block.labels[0]
    collection = evaluator.value(named["for_each"], scope)
    for key, value, certain in pairs(collection, block):
        # The elements of a set are their own keys.
        name = value if isinstance(collection, Seq) and isinstance(value, Text) else key
        entries = [(text_at("key", block), name), (text_at("value", block), value)]
        item = Map(block.source, block.start, block.end, entries)
        yield contents[0], {**scope, iterator: item}, certain


def _iterator(expression: hcl_tree.Expression | None) -> str | None:
    """The name that a dynamic block gives to its item; JSON has it in a string."""
    if isinstance(expression, hcl_tree.Variable):
        return expression.name
    if isinstance(expression, hcl_tree.Template) and len(expression.parts) == 1:
        (part,) = expression.parts
        return part.text if isinstance(part, hcl_tree.TextPart) else None
    return None
