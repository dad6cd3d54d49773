"""Statements that a resource's own arguments are: a Lambda permission, a KMS grant, an event bus permission."""

from __future__ import annotations

import re

from lplint.extract.values import TextBuilder, text_at, unknown
from lplint.model.node import Choice, Map, Scalar, Seq
from lplint.model.text import Hole, Segment, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lplint.model.node import Node
    from lplint.model.source import Spanned

    Argument = Callable[[str], Node | None]

# What AWS makes of such arguments in the policy of the resource.
# Sources: AWS Lambda API Reference, AddPermission; Amazon EventBridge API Reference, PutPermission; AWS KMS API
# Reference, CreateGrant and GrantConstraints.
_CONDITIONS = (
    ("source_arn", "ArnLike", "aws:SourceArn"),
    ("source_account", "StringEquals", "aws:SourceAccount"),
    ("organization", "StringEquals", "aws:PrincipalOrgID"),
    ("function_url_auth_type", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("invoked_via_function_url", "Bool", "lambda:InvokedViaFunctionUrl"),
    ("event_source_token", "StringEquals", "lambda:EventSourceToken"),
)
_ENCRYPTION_CONTEXTS = ("encryption_context_equals", "encryption_context_subset")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|aws)")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def document(entry: Mapping[str, str], argument: Argument, at: Spanned) -> Map:
    """The policy with the one statement that a resource is.

    `entry` names the arguments by their meaning (the grammar of `permissions` in the tables), `argument` gives the
    value of one, None where it is not given. Every part stands where its argument does, and at `at` where AWS adds it.
    """

    def given(meaning: str) -> Node | None:
        value = argument(entry[meaning]) if meaning in entry else None
        return None if isinstance(value, Scalar) and value.value is None else value

    entries: list[tuple[Text, Node]] = [(text_at("Effect", at), text_at("Allow", at))]
    principal = _principal(given, opens_to_all(entry, argument, at))
    if principal is not None:
        entries.append((text_at("Principal", principal), principal))
    action = given("action")
    if action is not None:
        entries.append((text_at("Action", action), _prefixed(action, entry["service"])))
    elif "default_action" in entry:
        entries.append((text_at("Action", at), text_at(entry["default_action"], at)))
    else:
        entries.append((_hole(at), unknown(at)))  # what it lets others do has no name among IAM's actions
    resource = given("resource")
    if resource is not None:
        entries.append((text_at("Resource", resource), _resource(resource, entry.get("arn"))))
    elif "arn" in entry:
        entries.append((text_at("Resource", at), _shaped(entry["arn"], unknown(at), at)))
    condition = _condition(entry, given, at)
    if condition is not None:
        entries.append((text_at("Condition", condition), condition))
    statement = Map(at.source, at.start, at.end, entries)
    return Map(
        at.source,
        at.start,
        at.end,
        [(text_at("Version", at), text_at("2012-10-17", at)), (text_at("Statement", at), statement)],
    )


def opens_to_all(entry: Mapping[str, str], argument: Argument, at: Spanned) -> Text | None:
    """The argument by which a resource makes a statement for everybody of its own accord, if it is written there: what
    a module takes from its caller is the caller's.

    Source: the code of Terraform's AWS provider, aws_lambda_function_url: with NONE it calls AddPermission for "*".
    """
    value = argument(entry["open"]) if "open" in entry else None
    if not isinstance(value, Text) or value.value != "NONE":
        return None
    return value if value.source is at.source and at.start <= value.start < at.end else None


def _principal(given: Argument, open_: Text | None) -> Node | None:
    if open_ is not None:
        return _everyone(open_)
    group = given("group")
    if isinstance(group, Text) and group.value == "all":
        return _everyone(group)
    value = given("principal") or given("account")
    if value is None:
        return None
    types: dict[str, list[Node]] = {}
    strange: list[Node] = []
    for one in _items(value):
        if isinstance(one, Text) and one.value == "*":
            return _everyone(one)
        kind = _type_of(one)
        (types.setdefault(kind, []) if kind is not None else strange).append(one)
    entries = [(text_at(kind, values[0]), _list(values)) for kind, values in types.items()]
    if strange:
        entries.append((_hole(strange[0]), _list(strange)))
    return Map(value.source, value.start, value.end, entries)


def _everyone(at: Text) -> Text:
    return Text(at.source, at.start, at.end, "*", at.mapping)


def _type_of(value: Node) -> str | None:
    """The type of a principal, by how it is written; None if that is not known."""
    if isinstance(value, Scalar):
        return "AWS"  # an account written as a number
    if not isinstance(value, Text):
        return None
    if value.value is not None:
        return "Service" if _SERVICE.fullmatch(value.value) else "AWS"
    return "AWS" if value.must_start_with("arn:") else None


def _prefixed(value: Node, service: str) -> Node:
    """Actions with the prefix of their service, which some arguments leave out."""
    if isinstance(value, Seq):
        return Seq(value.source, value.start, value.end, [_prefixed(item, service) for item in value.items])
    if not isinstance(value, Text) or value.value is None or ":" in value.value or value.value == "*":
        return value
    builder = TextBuilder(value)
    builder.add_text(f"{service}:", [Segment(0, len(service) + 1, value.span)])
    builder.add_text(value.value, value.segments())
    return builder.finish()


def _resource(value: Node, arn: str | None) -> Node:
    """What a resource is called as an ARN, where its argument may be a name too."""
    if arn is None or not isinstance(value, Text) or value.must_start_with("arn:"):
        return value
    return value if value.may_start_with("arn:") and value.value is None else _shaped(arn, value, value)


def _shaped(arn: str, resource: Node, at: Spanned) -> Text:
    builder = TextBuilder(at)
    end = 0
    for match in _VARIABLE.finditer(arn):
        _add(builder, arn[end : match.start()], at)
        if match[1] == "resource":
            builder.add_value(resource, at)
        else:
            builder.add_hole(match[0], at, unknown(at), implied=True)
        end = match.end()
    _add(builder, arn[end:], at)
    return builder.finish()


def _add(builder: TextBuilder, text: str, at: Spanned) -> None:
    builder.add_value(text_at(text, at), at)


def _condition(entry: Mapping[str, str], given: Argument, at: Spanned) -> Map | None:
    operators: dict[str, list[tuple[Text, Node]]] = {}
    for meaning, operator, name in _CONDITIONS:
        value = given(meaning)
        if value is not None:
            operators.setdefault(operator, []).append((text_at(name, value), value))
    for meaning in _ENCRYPTION_CONTEXTS:
        value = given(meaning)
        pairs = value.entries if isinstance(value, Map) else [(_hole(value), value)] if value is not None else []
        for written, one in pairs:
            known = written.value is not None
            key = text_at(f"kms:EncryptionContext:{written.value}", written) if known else _hole(one)
            operators.setdefault("StringEquals", []).append((key, one))
    made: list[tuple[Text, Node]] = [
        (text_at(operator, keys[0][1]), Map(at.source, at.start, at.end, keys)) for operator, keys in operators.items()
    ]
    parts = {part: given(f"condition_{part}") for part in ("operator", "key", "value")}
    if parts["operator"] is not None or parts["key"] is not None:
        written, key = (value if isinstance(value := parts[part], Text) else _hole(at) for part in ("operator", "key"))
        made.append((written, Map(at.source, at.start, at.end, [(key, parts["value"] or unknown(at))])))
    return Map(at.source, at.start, at.end, made) if made else None


def _items(value: Node) -> list[Node]:
    if isinstance(value, Seq):
        return [one for item in value.items for one in _items(item)]
    return [one for option in value.options for one in _items(option)] if isinstance(value, Choice) else [value]


def _list(values: list[Node]) -> Node:
    return values[0] if len(values) == 1 else Seq(values[0].source, values[0].start, values[-1].end, values)


def _hole(at: Spanned) -> Text:
    value = unknown(at)
    hole = Hole(value.written, at.span)
    return Text(at.source, at.start, at.end, None, [Segment(0, len(hole.source), at.span)], (hole,))
