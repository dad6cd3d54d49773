"""Merges the blocks of override files into the blocks of the same address, as Terraform does."""

from __future__ import annotations

from lplint.syntax import hcl_tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def merged(base: hcl_tree.Block, override: hcl_tree.Block) -> hcl_tree.Block:
    """The block with the arguments of another in place of its own. Nested blocks of a type are replaced as a whole,
    also by or in place of `dynamic` ones; in JSON they are arguments. The place is that of `base`.

    https://developer.hashicorp.com/terraform/language/files/override
    """
    replaced = set(_names(override.body))
    body = hcl_tree.Body(
        base.body.source,
        base.body.start,
        base.body.end,
        [one for one in base.body.attributes if one.name not in replaced] + override.body.attributes,
        [one for one in base.body.blocks if _type(one) not in replaced] + override.body.blocks,
    )
    return hcl_tree.Block(
        base.source, base.start, base.end, base.type, base.labels, base.label_spans, body, base.header
    )


def _names(body: hcl_tree.Body) -> Iterator[str]:
    for attribute in body.attributes:
        yield attribute.name
    for block in body.blocks:
        yield _type(block)


def _type(block: hcl_tree.Block) -> str:
    """The type of a nested block, or of those that a `dynamic` one makes."""
    return block.labels[0] if block.type == "dynamic" and block.labels else block.type
