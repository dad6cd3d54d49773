"""Whether a policy's document can be read in one way only."""

from __future__ import annotations

from lplint.model.finding import Problem, Related
from lplint.model.node import Map, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Node
    from lplint.model.policy import Policy


def duplicate_key(policy: Policy) -> Iterator[Problem]:
    todo: list[Node] = [policy.node]
    while todo:
        node = todo.pop()
        if isinstance(node, Map):
            todo += [value for _, value in node.entries if type(value) is not Text]
            if len({key.value for key, _ in node.entries}) == len(node.entries):
                continue
            first: dict[str, Text] = {}
            for key, _ in node.entries:
                if key.value is None:
                    continue
                earlier = first.setdefault(key.value, key)
                if earlier is not key:
                    yield Problem(
                        key.span,
                        f"The key {key.value} comes twice here, and only one of the two counts; merge them.",
                        [Related(earlier.span, "the first one")],
                    )
        elif isinstance(node, Seq):
            todo += [item for item in node.items if type(item) is not Text]
