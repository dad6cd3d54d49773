"""The policy that a `data "aws_iam_policy_document"` makes, as the provider makes it."""

from __future__ import annotations

from lplint.extract.terraform.blocks import blocks, value_of
from lplint.extract.values import At, Choice, Encoded, Rendered, text_at, unknown
from lplint.model.node import Map, Scalar, Seq
from lplint.model.source import Source, Span, Spanned
from lplint.model.text import Hole, Text
from lplint.syntax import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lplint.extract.terraform.evaluator import Evaluator
    from lplint.model.node import Node
    from lplint.syntax import hcl_tree

_LISTS = (
    ("actions", "Action"),
    ("not_actions", "NotAction"),
    ("resources", "Resource"),
    ("not_resources", "NotResource"),
)


def document(evaluator: Evaluator, block: hcl_tree.Block, scope: Mapping[str, Node]) -> Map:
    """The document of one block. Its parts stand where the block's arguments do."""
    header = At(block.header)

    def given(argument: str) -> Node | None:
        return _given(evaluator, block.body, argument, scope)

    statements: list[Node] = []
    for argument in ("source_json", "source_policy_documents"):
        statements += _others(given(argument), header)
    own: list[Node] = []
    for body, names, certain in blocks(evaluator, block.body, "statement", scope):
        own.append(_statement(evaluator, body, names))
        if not certain:
            own.append(unknown(header))
    statements = _merged(statements, own)
    for argument in ("override_json", "override_policy_documents"):
        statements = _merged(statements, _others(given(argument), header))
    statement: Node = Seq(block.source, block.start, block.end, statements)
    if evaluator.budget.is_too_large(statement):
        statement = unknown(header)
    entries: list[tuple[Text, Node]] = [
        (text_at("Version", header), given("version") or text_at("2012-10-17", header)),
        (text_at("Statement", header), statement),
    ]
    return Map(block.source, block.start, block.end, entries)


def _statement(evaluator: Evaluator, body: hcl_tree.Body, scope: Mapping[str, Node]) -> Map:
    entries: list[tuple[Text, Node]] = []
    named = {attribute.name: attribute for attribute in body.attributes}
    at = At(Span(body.source, body.start, body.end))
    sid = _given(evaluator, body, "sid", scope)
    if sid is not None and not (isinstance(sid, Text) and sid.value == ""):
        entries.append((_key("Sid", named, "sid", at), sid))
    effect = _given(evaluator, body, "effect", scope)
    entries.append((_key("Effect", named, "effect", at), effect or text_at("Allow", at)))
    for argument, element in _LISTS:
        value = _given(evaluator, body, argument, scope)
        if value is not None and not (isinstance(value, Seq) and not value.items):
            entries.append((_key(element, named, argument, at), iam_variables(value)))
    for kind, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        principal = _principals(evaluator, body, kind, scope)
        if principal is not None:
            entries.append((text_at(element, principal), principal))
    condition = _conditions(evaluator, body, scope)
    if condition is not None:
        entries.append((text_at("Condition", condition), condition))
    return Map(body.source, body.start, body.end, entries)


def _given(evaluator: Evaluator, body: hcl_tree.Body, name: str, scope: Mapping[str, Node]) -> Node | None:
    """The value of an argument; None if it is not given, or null, which is the same to Terraform."""
    value = value_of(evaluator, body, name, scope)
    return None if isinstance(value, Scalar) and value.value is None else value


def _principals(evaluator: Evaluator, body: hcl_tree.Body, kind: str, scope: Mapping[str, Node]) -> Node | None:
    """The principals of a statement: the blocks of one type share one list, as the provider writes it."""
    types: list[tuple[Text, Seq]] = []
    place: Spanned | None = None
    for inner, names, certain in blocks(evaluator, body, kind, scope):
        place = place or inner
        type_ = value_of(evaluator, inner, "type", names)
        identifiers = value_of(evaluator, inner, "identifiers", names) or unknown(inner)
        everyone = isinstance(type_, Text) and type_.value == "*"
        if everyone and isinstance(identifiers, Seq) and len(identifiers.items) == 1:
            return identifiers.items[0]  # the provider writes a bare "*"
        key = type_ if isinstance(type_, Text) else _hole(inner)
        values = next((one for name, one in types if name.known and name.value == key.value), None)
        if values is None:
            values = Seq(inner.source, inner.start, inner.end, [])
            types.append((key, values))
        values.items.extend(
            iam_variables(one) for one in (identifiers.items if isinstance(identifiers, Seq) else [identifiers])
        )
        if not certain:
            values.items.append(unknown(inner))
    if place is None:
        return None
    return Map(place.source, place.start, place.end, [(key, values) for key, values in types])


def _conditions(evaluator: Evaluator, body: hcl_tree.Body, scope: Mapping[str, Node]) -> Map | None:
    """The Condition of a statement."""
    parts: list[tuple[Text, Text, Node]] = []
    place: Spanned | None = None
    for inner, names, certain in blocks(evaluator, body, "condition", scope):
        place = place or inner
        test, variable = (value_of(evaluator, inner, name, names) for name in ("test", "variable"))
        values = value_of(evaluator, inner, "values", names) or unknown(inner)
        operator = test if isinstance(test, Text) else _hole(inner)
        key = iam_variables(variable) if isinstance(variable, Text) else _hole(inner)
        parts.append((operator, key if isinstance(key, Text) else _hole(inner), iam_variables(values)))
        if not certain:
            parts.append((operator, _hole(inner), unknown(inner)))
    return condition(parts, place) if place is not None else None


def condition(parts: Sequence[tuple[Text, Text, Node]], place: Spanned) -> Map:
    """The Condition made of tests, variables and values: those with the same test share one operator, and those with
    the same variable too one list of values, as the provider writes it since version 5.14.

    Source: hashicorp/terraform-provider-aws#33093.
    """
    operators: list[tuple[Text, Node]] = []
    for operator, key, values in parts:
        keys = _known(operators, operator)
        if not isinstance(keys, Map):
            keys = Map(operator.source, operator.start, operator.end, [])
            operators.append((operator, keys))
        earlier = _known(keys.entries, key)
        if earlier is None:
            keys.entries.append((key, values))
        else:
            every = Seq(values.source, values.start, values.end, [*_items(earlier), *_items(values)])
            keys.entries = [(name, every if one is earlier else one) for name, one in keys.entries]
    return Map(place.source, place.start, place.end, operators)


def _known(entries: Sequence[tuple[Text, Node]], name: Text) -> Node | None:
    """The value of the entry with a certain name, if there certainly is one."""
    return next((value for key, value in entries if name.known and key.value == name.value), None)


def _items(value: Node) -> list[Node]:
    return value.items if isinstance(value, Seq) else [value]


def _others(value: Node | None, at: Spanned) -> list[Node]:
    """The statements of other documents that are given as JSON."""
    if value is None or (isinstance(value, Scalar) and value.value is None):
        return []
    if isinstance(value, Seq):
        return [statement for item in value.items for statement in _others(item, at)]
    if isinstance(value, Choice):
        return [*(statement for option in value.options for statement in _others(option, at)), unknown(at)]
    node: Node | None = None
    if isinstance(value, Encoded):
        node = value.node
    elif isinstance(value, Text) and value.value is not None:
        if not value.value.strip():
            return []
        parsed = json.parse(Source(value.source.path, value.value, within=value))
        node = parsed.documents[0] if parsed.documents and not parsed.problems else None
    statements = node.get("Statement") if isinstance(node, Map) else None
    if statements is None:
        return [unknown(at)]
    return list(statements.items) if isinstance(statements, Seq) else [statements]


def _merged(base: list[Node], over: Iterable[Node]) -> list[Node]:
    """Statements with others that replace the ones of the same Sid, as the provider merges documents."""
    over = list(over)
    sids = {sid: statement for statement in over if (sid := _sid(statement)) is not None}
    kept = [statement for statement in base if _sid(statement) not in sids or _sid(statement) is None]
    return kept + over


def _sid(statement: Node) -> str | None:
    sid = statement.get("Sid") if isinstance(statement, Map) else None
    return (sid.value or None) if isinstance(sid, Text) else None


def iam_variables(value: Node) -> Node:
    """A value in which `&{name}`, as the provider wants IAM's own variables written, reads `${name}`."""
    if isinstance(value, Seq):
        return Seq(value.source, value.start, value.end, [iam_variables(item) for item in value.items])
    if isinstance(value, Rendered):
        parts = tuple(part.replace("&{", "${") if isinstance(part, str) else part for part in value.parts)
        return Rendered(value.source, value.start, value.end, value.segments(), parts, value.values)
    if isinstance(value, Text) and value.value is not None and "&{" in value.value:
        return Text(value.source, value.start, value.end, value.value.replace("&{", "${"), value.mapping)
    return value


def _key(element: str, named: Mapping[str, hcl_tree.Attribute], argument: str, at: Spanned) -> Text:
    attribute = named.get(argument)
    return text_at(element, At(attribute.name_span) if attribute is not None else at)


def _hole(at: Spanned) -> Text:
    value = unknown(at)
    return Text(at.source, at.start, at.end, None, [], (Hole(value.written, at.span),))
