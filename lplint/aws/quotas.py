"""How long a policy is as AWS counts it."""

from __future__ import annotations

from json.encoder import encode_basestring

from lplint.model.node import Map, Scalar, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.node import Node


def characters(node: Node) -> int:
    """The characters of a policy document without the white space between its parts; what the text does not tell
    counts as nothing, so that this is a lower bound where something is unresolved.

    Source: AWS IAM User Guide, "IAM and AWS STS quotas", IAM character limits.
    """
    count = 0
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Map):
            # Braces, a colon for each entry, and a comma between two.
            count += 2 + max(0, 2 * len(one.entries) - 1)
            for key, value in one.entries:
                count += _length(key)
                todo.append(value)
        elif isinstance(one, Seq):
            count += 2 + max(0, len(one.items) - 1)
            todo.extend(one.items)
        elif isinstance(one, Text):
            count += _length(one)
        elif isinstance(one, Scalar):
            count += len(one.span.text)
    return count


def _length(text: Text) -> int:
    return 2 + sum(len(encode_basestring(part)) - 2 for part in text.parts if isinstance(part, str))
