"""Takes the arguments of Terraform's functions apart: what is known of them, as Terraform converts it."""

from __future__ import annotations

import math
import re

from lplint.extract.values import Choice, NotKnownError, Reference, number_text, plain, text_at, written
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.text import Hole, Segment, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from typing import Protocol, TypeAlias

    from lplint.model.node import Node
    from lplint.model.source import Source, Spanned

    class FileReader(Protocol):
        """The files of one module, for the functions that read them."""

        def read(self, path: str) -> Source | None:
            """A text file below the module's root; None if it is missing, outside, or no text."""

        def render(self, source: Source, variables: Map, at: Spanned) -> Node:
            """What templatefile() makes of a file. An entry of `variables` whose key has a hole may be any number."""

        def template(self, text: Text, variables: Map, at: Spanned) -> Node:
            """What templatestring() makes of a string that is known."""

    # The evaluated arguments, the place of the call, and the module's files. None is a value of which nothing is known,
    # and what Terraform calls an error. Nothing is raised.
    Function: TypeAlias = Callable[[tuple[Node, ...], Spanned, FileReader], Node | None]

# What a function gives back at most: items or entries, and characters. Input is hostile, and locals that name one
# another twice double with each line.
MAX_ITEMS = 10_000
MAX_TEXT = 1_000_000
# How many nodes a function looks at in all, and how deep.
_MAX_NODES = 100_000
_MAX_DEPTH = 300
# Numbers beyond these are never meant, and cost more the longer they are.
_MAX_NUMBER = 10**300
_NUMBER = re.compile(r"([+-]?)(?:([0-9]+)|([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][+-]?[0-9]{1,4})?)", re.ASCII)


def is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def known_text(node: Node) -> str:
    """A string that is known whole. Raises NotKnownError."""
    text = as_text(node)
    if text.value is None:
        raise NotKnownError
    return text.value


def as_text(node: Node) -> Text:
    """A value where Terraform takes a string, known or not. Raises NotKnownError."""
    if isinstance(node, Text):
        return node
    if isinstance(node, Scalar):
        if isinstance(node.value, int | float) and not abs(node.value) < _MAX_NUMBER:
            raise NotKnownError
        return text_at(number_text(node.value), node)
    raise NotKnownError


def known_number(node: Node) -> int | float:
    """A value where Terraform takes a number. Raises NotKnownError."""
    value = node.value if isinstance(node, Scalar | Text) else None
    if isinstance(value, str):
        value = _parsed_number(value)
    if value is None or isinstance(value, bool) or not abs(value) < _MAX_NUMBER:
        raise NotKnownError
    return value


def known_integer(node: Node) -> int:
    """A value where Terraform takes a whole number. Raises NotKnownError."""
    value = known_number(node)
    if value != math.floor(value):
        raise NotKnownError
    return int(value)


def known_bool(node: Node) -> bool:
    """A value where Terraform takes a boolean. Raises NotKnownError."""
    value = node.value if isinstance(node, Scalar | Text) else None
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise NotKnownError


def _parsed_number(text: str) -> int | float:
    match = _NUMBER.fullmatch(text) if len(text) < 400 else None
    if match is None:
        raise NotKnownError
    return int(text) if match[2] is not None else tidy(float(text))


def tidy(value: int | float) -> int | float:
    """A number as an int where it is a whole one."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


class Loose(Seq):
    """A list of which it is known what is in it, but neither in which order nor, exactly, how often: one that was
    sorted or made a set while some of its items are not known whole."""

    __slots__ = ()


def items_of(node: Node) -> list[Node]:
    """The items of a list, a set or a tuple. Raises NotKnownError."""
    if not isinstance(node, Seq):
        raise NotKnownError
    return node.items


def closed_items_of(node: Node) -> list[Node]:
    """The items of a list of which it is known how many it has, and in which order. Raises NotKnownError."""
    items = items_of(node)
    if isinstance(node, Loose) or any(map(is_open, items)):
        raise NotKnownError
    return items


def is_open(item: Node) -> bool:
    """Whether an item of a list may stand for any number of items: one of which nothing is known, or a choice that may
    be none."""
    if isinstance(item, Choice):
        return any(isinstance(option, Seq) or is_null(option) for option in item.options)
    return isinstance(item, Unknown) and not isinstance(item, Reference)


def entries_of(node: Node) -> list[tuple[Text, Node]]:
    """The entries of a map or an object; one whose key has a hole may stand for any number. Raises NotKnownError."""
    if not isinstance(node, Map):
        raise NotKnownError
    return node.entries


def effective(entries: Sequence[tuple[Text, Node]]) -> list[tuple[Text, Node]]:
    """The entries without those that a later one with the same key overrides."""
    latest: dict[str, tuple[Text, Node]] = {}
    partly: list[tuple[Text, Node]] = []
    for key, value in entries:
        if key.value is None:
            partly.append((key, value))
        else:
            latest[key.value] = (key, value)
    return [*partly, *latest.values()]


def seq(items: Sequence[Node], at: Spanned) -> Seq:
    """A list that stands at a call. Raises NotKnownError if it is too long."""
    if len(items) > MAX_ITEMS:
        raise NotKnownError
    return Seq(at.source, at.start, at.end, list(items))


def map_at(entries: Sequence[tuple[Text, Node]], at: Spanned) -> Map:
    """A map that stands at a call. Raises NotKnownError if it is too long."""
    if len(entries) > MAX_ITEMS:
        raise NotKnownError
    return Map(at.source, at.start, at.end, list(entries))


def scalar(value: bool | int | float | None, at: Spanned) -> Scalar:
    """A number, a boolean or null that stands at a call."""
    return Scalar(at.source, at.start, at.end, value)


def some_of(nodes: Iterable[Node], at: Spanned) -> Node | None:
    """One of several values, not known which; None if nothing is known of any."""
    options: list[Node] = []
    seen: set[int] = set()
    for node in nodes:
        for option in node.options if isinstance(node, Choice) else (node,):
            if id(option) not in seen:
                seen.add(id(option))
                options.append(option)
        if len(options) > MAX_ITEMS:
            return None
    if all(isinstance(option, Unknown) and not isinstance(option, Reference) for option in options):
        return None
    if len(options) == 1 or (options and _are_same(options)):
        return options[0]
    return Choice(at.source, at.start, at.end, written(at.span), tuple(options))


def _are_same(options: Sequence[Node]) -> bool:
    """Whether several plain values are all the same."""
    if not all(isinstance(option, Text | Scalar) for option in options):
        return False
    marks = set(identities(options))
    return len(marks) == 1 and None not in marks


def perhaps(item: Node, at: Spanned) -> Node:
    """As an item of a list: this one, or none."""
    options = item.options if isinstance(item, Choice) else (item,)
    return Choice(at.source, at.start, at.end, written(at.span), (*options, scalar(None, at)))


def set_of(items: Sequence[Node], at: Spanned) -> Seq:
    """A list whose order and number are certain only if its items are."""
    made = seq(items, at)
    if len(items) > 1 and any(mark is None for mark in identities(items)):
        return Loose(made.source, made.start, made.end, made.items)
    return made


def more(at: Spanned) -> tuple[Text, Node]:
    """An entry that stands for any number of entries, and unknown ones."""
    hole = Hole(written(at.span), at.span)
    key = Text(at.source, at.start, at.end, None, [Segment(0, len(hole.source), at.span)], (hole,))
    return key, Unknown(at.source, at.start, at.end, hole.source)


def is_name(node: Node) -> bool:
    """Whether something unknown is certainly one string with characters in it: what AWS gives a name has one."""
    return isinstance(node, Reference) and node.path in ("arn", "id")


def kept(argument: Node) -> Node | None:
    """What is known of a list made of an unknown one: that it is from the same resource."""
    return argument if isinstance(argument, Reference) else None


def identities(nodes: Iterable[Node]) -> list[Hashable | None]:
    """For each value something that is equal if and only if the values are; None for one that is not known whole.

    Raises NotKnownError if there is very much to read.
    """
    reader = Reader()
    found: list[Hashable | None] = []
    for node in nodes:
        try:
            found.append(_identity(reader.plain(node)))
        except NotKnownError:
            if reader.left < 0:
                raise
            found.append(None)
    return found


def equals(nodes: Sequence[Node], wanted: Node) -> list[bool | None]:
    """Which values are equal to a wanted one as Terraform's `==` has it; None where that depends on what is unknown.

    Raises NotKnownError if there is very much to read.
    """
    *marks, mark = identities([*nodes, wanted])
    return [equal(node, its, wanted, mark) for node, its in zip(nodes, marks, strict=True)]


def equal(one: Node, mark: Hashable | None, other: Node, other_mark: Hashable | None) -> bool | None:
    """Whether two values with their identities are equal; None if that depends on what is unknown."""
    if mark is not None and other_mark is not None:
        return mark == other_mark
    if one is other:
        return True
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return None
    if isinstance(one, Text) and isinstance(other, Text):
        known, partly = (one, other) if other.value is None else (other, one)
        return None if known.value is None or partly.may_equal(known.value) else False
    if isinstance(one, Text | Scalar) or isinstance(other, Text | Scalar) or type(one) is not type(other):
        return False
    return None


def unified(nodes: Sequence[Node]) -> list[Node]:
    """Values as the items of one list or set: where there is a string among numbers or booleans, all are strings.

    What becomes a string keeps its place. Raises NotKnownError if Terraform knows no type for all of them.
    """
    kinds = {kind for node in nodes if (kind := _kind(node))}
    if len(kinds) < 2:
        return list(nodes)
    if kinds == {"number", "bool"} or "other" in kinds:
        raise NotKnownError
    return [as_text(node) if isinstance(node, Scalar) and node.value is not None else node for node in nodes]


def _kind(node: Node) -> str:
    if isinstance(node, Text):
        return "string"
    if isinstance(node, Scalar):
        return "" if node.value is None else "bool" if isinstance(node.value, bool) else "number"
    return "" if isinstance(node, Unknown) else "other"


class Reader:
    """Reads nodes into Python within a budget: a node may be in many places of a value, so that it is far bigger than
    the file it is from."""

    def __init__(self) -> None:
        self.left = _MAX_NODES

    def plain(self, node: Node) -> object:
        """The value; raises NotKnownError."""
        todo: list[tuple[Node, int]] = [(node, 0)]
        while todo:
            one, depth = todo.pop()
            self.left -= 1
            if self.left < 0 or depth > _MAX_DEPTH or isinstance(one, Unknown):
                raise NotKnownError
            if isinstance(one, Scalar) and one.value is not None and not abs(one.value) < _MAX_NUMBER:
                raise NotKnownError
            if isinstance(one, Seq):
                todo.extend((item, depth + 1) for item in one.items)
            elif isinstance(one, Map):
                todo.extend((value, depth + 1) for _, value in one.entries)
        return plain(node)


def _identity(value: object) -> Hashable:
    if isinstance(value, list):
        return "list", tuple(_identity(item) for item in value)
    if isinstance(value, dict):
        return "map", frozenset((key, _identity(item)) for key, item in value.items())
    # True is 1 in Python, and 1 is 1.0; in Terraform only the latter.
    return bool if isinstance(value, bool) else None, value
