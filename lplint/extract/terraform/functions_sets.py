"""Terraform's functions for sets: lists without equal items, in the order that Terraform shows them in."""

from __future__ import annotations

import itertools
import math

from lplint.extract.terraform.functions_arguments import (
    MAX_ITEMS,
    closed_items_of,
    equal,
    identities,
    is_null,
    is_open,
    items_of,
    kept,
    perhaps,
    seq,
    set_of,
    unified,
)
from lplint.extract.terraform.functions_collections import spliced, without_equals
from lplint.model.node import Scalar, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from lplint.extract.terraform.functions_arguments import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned

# Of how many pairs of items it is asked whether they are equal.
_MAX_PAIRS = 200_000


def toset(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if is_null(argument):
        return argument
    return _set(unified(argument.items), at) if isinstance(argument, Seq) else kept(argument)


def setunion(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _set(unified(spliced(arguments)), at)


def setintersection(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _filtered(arguments, True, at)


def setsubtract(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return _filtered(arguments, False, at)


def _filtered(arguments: Sequence[Node], is_wanted: bool, at: Spanned) -> Node | None:
    """The items of the first set that each of the other ones has, or has not."""
    lists = [items_of(argument) for argument in arguments]
    nodes = unified(list(itertools.chain.from_iterable(lists)))
    marked = list(zip(nodes, identities(nodes), strict=True))
    cuts = [0, *itertools.accumulate(map(len, lists))]
    first, *others = (marked[low:high] for low, high in itertools.pairwise(cuts))
    if len(first) * sum(map(len, others)) > _MAX_PAIRS:
        return None
    found: list[Node] = []
    for item, mark in first:
        answers = [_has(other, item, mark) for other in others]
        if (not is_wanted) in answers:
            continue
        found.append(perhaps(item, item) if None in answers and not is_open(item) else item)
    return _set(found, at)


def _has(items: Sequence[tuple[Node, Hashable | None]], wanted: Node, mark: Hashable | None) -> bool | None:
    answers = {equal(item, its, wanted, mark) for item, its in items}
    return True if True in answers else None if None in answers else False


def setproduct(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    lists = [unified(closed_items_of(argument)) for argument in arguments]
    if math.prod(map(len, lists)) * len(lists) > MAX_ITEMS:
        return None
    return seq([seq(row, at) for row in itertools.product(*lists)], at)


def _set(nodes: Sequence[Node], at: Spanned) -> Seq:
    found = without_equals(nodes)
    if all(isinstance(node, Text) and node.value is not None for node in found if not is_null(node)):
        found.sort(key=lambda node: (is_null(node), (isinstance(node, Text) and node.value) or ""))
    elif all(isinstance(node, Scalar) for node in found):
        found.sort(key=lambda node: (is_null(node), (isinstance(node, Scalar) and node.value) or 0))
    return set_of(found, at)
