"""Reads the arguments of module calls that are shaped like the statements of a policy."""

from __future__ import annotations

from lplint.extract.policy_document import STATEMENT_KEYS
from lplint.extract.terraform.documents import condition, iam_variables
from lplint.extract.values import text_at, unknown
from lplint.model.node import Choice, Map, Scalar, Seq, Unknown
from lplint.model.text import Hole, Segment, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Node
    from lplint.model.source import Spanned

# The arguments of aws_iam_policy_document, after which modules name theirs, and their elements.
_ELEMENTS = {
    "sid": "Sid",
    "effect": "Effect",
    "action": "Action",
    "actions": "Action",
    "not_action": "NotAction",
    "not_actions": "NotAction",
    "resource": "Resource",
    "resources": "Resource",
    "not_resource": "NotResource",
    "not_resources": "NotResource",
}
_ACTIONS = frozenset(("Action", "NotAction", *(name for name in _ELEMENTS if name.endswith(("action", "actions")))))
_OTHERS = frozenset(
    (
        "Effect", "effect", "Principal", "NotPrincipal", "Resource", "NotResource", "resource", "resources",
        "not_resource", "not_resources", "principals", "not_principals",
    )
)  # fmt: skip
# `principal` is none of the provider's: an `action` with one is a permission of Lambda, which is no statement.
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}
_CONDITIONS = frozenset(("condition", "conditions"))


def policies_in(value: Node, at: Spanned) -> Iterator[tuple[Map, list[Map]]]:
    """The policies that the statements in a value make, those that stand in one list or map together, each with its
    statements as they are written. To all of them more may be added by the module, which is said at `at`."""
    seen: set[int] = set()  # one value may stand in many places
    todo = [value]
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        inner = _inner(node)
        statements = [node] if _is_statement(node) else inner
        written = [one for item in statements for one in _options(item) if _is_statement(one)]
        if written:
            yield _document(written, at), [one for one in written if isinstance(one, Map)]
        else:
            todo += reversed(inner)


def _document(statements: list[Node], at: Spanned) -> Map:
    """A policy of some statements and others that are not known."""
    place = statements[0]
    items = [_statement(one) for one in statements if isinstance(one, Map)]
    entries: list[tuple[Text, Node]] = [
        (text_at("Version", at), text_at("2012-10-17", at)),
        (text_at("Statement", at), Seq(place.source, place.start, place.end, [*items, unknown(at)])),
    ]
    return Map(place.source, place.start, place.end, entries)


def actions_of(statement: Map) -> list[Text]:
    """The actions of a statement, as they are written."""
    return [
        text
        for key, value in statement.entries
        if key.value in _ACTIONS
        for text in _items(value)
        if isinstance(text, Text)
    ]


def _is_statement(node: Node) -> bool:
    """Whether a value is meant as a statement of IAM: it has actions that look like IAM's, and for what or for whom."""
    if not isinstance(node, Map):
        return False
    names = {key.value for key, _ in node.entries}
    if names.isdisjoint(_ACTIONS) or names.isdisjoint(_OTHERS):
        return False
    actions = [item for key, value in node.entries if key.value in _ACTIONS for item in _items(value)]
    known = [item for item in actions if not isinstance(item, Unknown) and not _is_null(item)]
    return bool(known) and all(isinstance(item, Text) and (":" in item.display or item.value == "*") for item in known)


def _inner(node: Node) -> list[Node]:
    if isinstance(node, Map):
        return [value for _, value in node.entries] if node.get("Statement") is None else []
    if isinstance(node, Seq):
        return list(node.items)
    return list(node.options) if isinstance(node, Choice) else []


def _options(node: Node) -> list[Node]:
    return list(node.options) if isinstance(node, Choice) else [node]


def _items(node: Node) -> list[Node]:
    """The values of an element: one, or those of a list, or of several lists one of which it is."""
    if isinstance(node, Choice):
        return [item for option in node.options for item in _items(option)]
    return list(node.items) if isinstance(node, Seq) else [node]


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _statement(node: Map) -> Map:
    entries: list[tuple[Text, Node]] = []
    names = set()
    for key, value in node.entries:
        name = key.value
        if name is None:
            entries.append((key, value))
        elif _is_null(value) or (isinstance(value, Seq | Map) and not _inner(value)):
            continue  # as if it were not written
        elif name in STATEMENT_KEYS or name in ("Sid", "Condition"):
            entries.append((key, value))
            names.add(name)
        elif name in _ELEMENTS:
            entries.append((_renamed(key, _ELEMENTS[name]), iam_variables(value)))
            names.add(_ELEMENTS[name])
        elif name in _PRINCIPALS:
            entries.append((_renamed(key, _PRINCIPALS[name]), _principals(value)))
            names.add(_PRINCIPALS[name])
        elif name in _CONDITIONS:
            entries.append((_renamed(key, "Condition"), _conditions(value)))
    if "Effect" not in names:
        entries.append((text_at("Effect", node), text_at("Allow", node)))
    if names.isdisjoint(("Resource", "NotResource")) and not _assumes_roles(node):
        # The module says what the statement is about: the queue, or the bucket, that it makes.
        entries.append((_hole(node), unknown(node)))
    return Map(node.source, node.start, node.end, entries)


def _assumes_roles(node: Map) -> bool:
    """Whether a statement can only be that of a trust policy, which has no resources."""
    return all(text.display.startswith("sts:") for text in actions_of(node))


def _blocks(value: Node, names: tuple[str, ...]) -> list[Map] | None:
    """The objects that stand for nested blocks: one, or a list or a map of them; None if the value is none of these."""
    if isinstance(value, Map) and any(value.get(name) is not None for name in names):
        return [value]
    inner = [one for item in _inner(value) for one in _options(item)]
    if isinstance(value, Map | Seq | Choice) and all(
        isinstance(one, Map) and any(one.get(name) is not None for name in names) for one in inner
    ):
        return [one for one in inner if isinstance(one, Map)]
    return None


def _principals(value: Node) -> Node:
    """The principals of a statement as IAM writes them, where they are written as the provider's blocks are."""
    blocks = _blocks(value, ("identifiers",))
    if blocks is None:
        return value  # IAM's own form, or unknown
    types: list[tuple[Text, Seq]] = []
    for block in blocks:
        type_, identifiers = block.get("type"), block.get("identifiers") or unknown(block)
        if isinstance(type_, Text) and type_.value == "*" and len(blocks) == 1:
            return identifiers  # the provider writes a bare "*"
        key = type_ if isinstance(type_, Text) else _hole(block)
        values = next((one for name, one in types if name.known and name.value == key.value), None)
        if values is None:
            values = Seq(block.source, block.start, block.end, [])
            types.append((key, values))
        values.items.extend(iam_variables(one) for one in _items(identifiers))
        if isinstance(identifiers, Choice):
            values.items.append(unknown(block))  # it is not all of these
    return Map(value.source, value.start, value.end, [(key, values) for key, values in types])


def _conditions(value: Node) -> Node:
    """The condition of a statement as IAM writes it, where it is written as the provider's blocks are."""
    blocks = _blocks(value, ("test", "variable"))
    if blocks is None:
        return value
    parts: list[tuple[Text, Text, Node]] = []
    for block in blocks:
        test, variable = block.get("test"), block.get("variable")
        values = iam_variables(block.get("values") or unknown(block))
        name = iam_variables(variable) if isinstance(variable, Text) else None
        key = name if isinstance(name, Text) else _hole(block)
        parts.append((test if isinstance(test, Text) else _hole(block), key, values))
    return condition(parts, value)


def _renamed(key: Text, name: str) -> Text:
    return Text(key.source, key.start, key.end, name, [Segment(0, len(name), key.span)])


def _hole(at: Spanned) -> Text:
    hole = Hole(unknown(at).written, at.span)
    return Text(at.source, at.start, at.end, None, [Segment(0, len(hole.source), at.span)], (hole,))
