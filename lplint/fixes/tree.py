"""Where a value stands among the nodes of its policy, and what a policy says in a form that can be compared."""

from __future__ import annotations

from functools import lru_cache

from lplint.model.node import Choice, Map, Scalar, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplint.model.node import Node
    from lplint.model.policy import Policy


class RefusedError(Exception):
    """A fix that would be a guess; the message says why, after "not fixed: "."""


class Place:
    """The list or map that holds a value, and where in it: the number of the item or entry, and the entry's key and
    value. `is_key` is whether the key itself was asked for."""

    __slots__ = ("container", "is_key", "key", "number", "value")

    def __init__(
        self, container: Map | Seq | None, number: int, key: Text | None, value: Node | None, is_key: bool = False
    ) -> None:
        self.container = container
        self.number = number
        self.key = key
        self.value = value
        self.is_key = is_key


def found(policy: Policy, node: Node) -> Place:
    """The one place of a policy's nodes where a value stands. Raises RefusedError if it is written elsewhere, or stands
    in more than one place."""
    root = policy.node
    if node.source is not root.source or not root.start <= node.start <= node.end <= root.end:
        raise RefusedError("it is written elsewhere, and may be used by others")
    if policy.calls:
        raise RefusedError("it is what a call makes of a module")
    places = list(_places(policy, node))
    if len(places) != 1:
        raise RefusedError("it stands in several places" if places else "it is not written as it reads")
    return places[0]


def _places(policy: Policy, node: Node) -> Iterator[Place]:
    """Where a value stands among the nodes of a policy."""
    for container, number in _holders(policy).get(node.start, ()):
        if isinstance(container, Seq):
            item = container.items[number]
            if _is_same(item, node):
                yield Place(container, number, None, item)
            continue
        key, value = container.entries[number]
        if _is_same(key, node):
            yield Place(container, number, key, value, is_key=True)
        if _is_same(value, node):
            yield Place(container, number, key, value)


def _is_same(one: Node, other: Node) -> bool:
    """Whether two nodes are one value of a source: what nobody wrote stands where the block around it does."""
    return (
        one.start == other.start
        and one.end == other.end
        and one.source is other.source
        and (type(one) is type(other) or (isinstance(one, Text) and isinstance(other, Text)))
    )


@lru_cache(maxsize=4)
def _holders(policy: Policy) -> dict[int, list[tuple[Map | Seq, int]]]:
    """What holds the values of a policy, with the numbers of their entries and items, by the offsets at which they
    begin. Policies may have thousands of findings, so this is made once for each."""
    holders: dict[int, list[tuple[Map | Seq, int]]] = {}
    todo: list[Node] = [policy.node]
    while todo:
        container = todo.pop()
        if isinstance(container, Map):
            for number, (key, value) in enumerate(container.entries):
                holders.setdefault(key.start, []).append((container, number))
                if value.start != key.start:
                    holders.setdefault(value.start, []).append((container, number))
                if not isinstance(value, Text):
                    todo.append(value)
        elif isinstance(container, Seq):
            for number, item in enumerate(container.items):
                holders.setdefault(item.start, []).append((container, number))
                if not isinstance(item, Text):
                    todo.append(item)
        elif isinstance(container, Choice):
            todo += container.options
    return holders


def leaves(node: Node) -> int:
    """How many strings and other simple values a value holds."""
    return sum(1 for _ in _leaves(node, ""))


def _leaves(node: Node, path: str) -> Iterator[str]:
    todo = [(node, path)]
    while todo:
        value, where = todo.pop()
        if isinstance(value, Map) and value.entries:
            todo += [(one, f"{where}/{key.display}") for key, one in value.entries]
        elif isinstance(value, Seq) and value.items:
            todo += [(one, where) for one in value.items]
        elif isinstance(value, Text):
            yield f"{where}={value.display}"
        elif isinstance(value, Scalar):
            yield f"{where}={value.span.text}"
        else:
            yield f"{where}=?"


def says(policies: Iterable[Policy]) -> dict[str, int]:
    """How often each string stands under the same keys of the same policies: equal for texts that mean the same."""
    counts: dict[str, int] = {}
    for policy in policies:
        for leaf in _leaves(policy.node, str(policy.origin)):
            counts[leaf] = counts.get(leaf, 0) + 1
    return counts
