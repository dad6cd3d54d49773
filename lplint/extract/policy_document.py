"""From the map that is a policy document to a Policy: what its statements say, kept as it is written."""

from __future__ import annotations

import re
from functools import lru_cache

from lplint.aws.conditions import is_policy_variable
from lplint.extract.kinds import kind_of
from lplint.model.node import Choice, Map, Scalar, Seq, Unknown
from lplint.model.policy import (
    Condition,
    Element,
    Origin,
    Policy,
    Principal,
    PrincipalValue,
    Statement,
)
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.extract.place import Place
    from lplint.model.node import Node
    from lplint.model.policy import PolicyKind
    from lplint.model.source import Source, Span

STATEMENT_KEYS = frozenset(("Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Resource", "NotResource"))
# Documents of the same form that are not IAM's: data protection policies of Amazon SNS and CloudWatch Logs, and the
# policies of Alibaba Cloud. Sources: Amazon SNS Developer Guide, data protection policies; Alibaba Cloud RAM, policy
# structure.
_OTHER_VERSIONS = frozenset(("2021-06-01", "1"))
# What other tools fill in before AWS sees the document: Terraform's and the Serverless Framework's `${name}`, Jinja's
# and Helm's `{{ name }}`, a person's `<account-id>`. None of the three is possible in an ARN or an action.
_PLACEHOLDER = re.compile(r"\$\{([^{}]*)\}|\{\{(?:(?!\{\{).)*?\}\}|<[A-Za-z][\w .:/-]*>")


def is_policy(node: Map) -> bool:
    """Whether a map is an IAM policy document.

    It has a Statement that holds at least one map with an element of an IAM statement. WAF's `Statement` holds none.
    One without any statement to look at is a policy if it says so by its Version.
    """
    statement = node.get("Statement")
    version = node.get("Version")
    if statement is None or (isinstance(version, Text) and version.value in _OTHER_VERSIONS):
        return False
    statements = statement.items if isinstance(statement, Seq) else [statement]
    statements = [option for one in statements for option in (_options(one) if isinstance(one, Choice) else [one])]
    maps = [one for one in statements if isinstance(one, Map) and _intrinsic(one) is None]
    if any(key.value in STATEMENT_KEYS for one in maps for key, _ in one.entries):
        return True
    if maps or any(isinstance(one, Text | Scalar) for one in statements):
        return False
    return isinstance(version, Text) and version.display in ("2012-10-17", "2008-10-17")


def make_policy(node: Map, origin: Origin, place: Place | None, kind: tuple[PolicyKind, str] | None = None) -> Policy:
    """The policy that a map is. `kind` is its kind and service where the caller knows them."""
    reader = _Reader(_has_placeholders(node.source))
    statements, complete = [], True
    version: Node | None = None
    for key, value in node.entries:
        if key.value == "Version":
            version = reader.known(value)
        elif key.value == "Statement":
            todo = list(value.items if isinstance(value, Seq) else (value,))
            while todo:
                one = todo.pop(0)
                if isinstance(one, Map) and _intrinsic(one) is None:
                    statements.append(reader.statement(one))
                elif isinstance(one, Choice):
                    todo = [*_options(one), *todo]
                    complete = False
                elif reader.unknown(one):
                    complete = False
        elif key.value is None or _is_intrinsic_key(key):
            reader.known(value)
            complete = False
    if kind is None:
        kind = kind_of(statements, place, node.source.path)
    return Policy(
        node.source,
        origin,
        kind[0],
        kind[1],
        node,
        version,
        tuple(statements),
        complete,
        tuple(reader.unresolved),
        tuple(reader.causes),
    )


@lru_cache(maxsize=8)
def _has_placeholders(source: Source) -> bool:
    """Whether there can be placeholders in the strings of a text: most texts hold none, and have thousands of strings.
    An escape may be one."""
    return _has_mark(source.text) or "\\" in source.text


def _has_mark(text: str) -> bool:
    return "${" in text or "{{" in text or "<" in text


class _Reader:
    """Reads the parts of one policy, and keeps the places of what the text does not tell."""

    def __init__(self, placeholders: bool) -> None:
        self.unresolved: list[tuple[Span, str]] = []
        self.causes: list[str] = []
        self._placeholders = placeholders

    def statement(self, node: Map) -> Statement:
        elements: dict[str, Element] = {}
        principals: dict[str, Principal] = {}
        sid = effect = condition = None
        conditions: list[Condition] = []
        complete = True
        for key, value in node.entries:
            name = key.value
            if name in ("Action", "NotAction", "Resource", "NotResource"):
                elements[name] = self._element(key, value, elements.get(name))
            elif name in ("Principal", "NotPrincipal"):
                principals[name] = self._principal(key, value, principals.get(name))
            elif name == "Effect":
                effect = self.known(value)
            elif name == "Sid":
                sid = self.known(value)
            elif name == "Condition":
                condition = self.known(value)
                conditions.extend(self._conditions(value))
            elif name is None or _is_intrinsic_key(key):
                self.known(value)
                complete = False
        return Statement(
            node,
            sid,
            effect,
            action=elements.get("Action"),
            not_action=elements.get("NotAction"),
            resource=elements.get("Resource"),
            not_resource=elements.get("NotResource"),
            principal=principals.get("Principal"),
            not_principal=principals.get("NotPrincipal"),
            condition=condition,
            conditions=tuple(conditions),
            complete=complete,
        )

    def known(self, node: Node) -> Node:
        """The value, or Unknown for what stands for one in a form that only its own tool can read."""
        if isinstance(node, Text):
            return self.text(node)
        written = _intrinsic(node) if isinstance(node, Map) else None
        if written is not None:
            node = Unknown(node.source, node.start, node.end, written, node)
        if isinstance(node, Unknown):
            self.unresolved.append((node.span, node.written))
            self.causes.append(node.written)
        return node

    def unknown(self, node: Node) -> bool:
        """Whether a value cannot be known; if so, its place is kept."""
        return isinstance(self.known(node), Unknown)

    def text(self, text: Text) -> Text:
        """The text with the placeholders in it as holes."""
        value = text.value
        if value is not None:
            if not self._placeholders or not _has_mark(value):
                return text
            ranges = [
                match.span()
                for match in _PLACEHOLDER.finditer(value)
                if match[1] is None or not is_policy_variable(match[1])
            ]
            if ranges:
                text = text.with_holes(ranges)
        if text.value is None:
            # An ARN of which partition, region and account are unknown is one value that is unknown.
            holes = {(hole.span, hole.source): hole.cause for hole in text.holes if not hole.implied}
            self.unresolved += holes
            self.causes += holes.values()
        return text

    def texts(self, node: Node) -> tuple[tuple[Text, ...], bool]:
        """The strings of a value that may be one or a list of them, and whether there can be no more. A number or a
        boolean counts as the string it is written as, as IAM takes it in conditions."""
        if type(node) is Text:
            return (self.text(node),), True
        values: list[Text] = []
        complete = True
        as_written = not self._placeholders
        for one in node.items if isinstance(node, Seq) else (node,):
            if isinstance(one, Text):
                values.append(one if as_written and one.value is not None else self.text(one))
            elif isinstance(one, Choice):
                for option in one.options:
                    values.extend(self.texts(option)[0])
                complete = False
            elif isinstance(one, Scalar):
                if one.value is None:
                    continue  # nothing at all
                values.append(Text(one.source, one.start, one.end, one.span.text, one.start))
            else:
                # A map or a list where a string belongs: nothing can be said to lack.
                self.known(one)
                complete = False
        return tuple(values), complete

    def _element(self, key: Text, node: Node, earlier: Element | None) -> Element:
        values, complete = self.texts(node)
        if earlier is not None:
            # Written twice: which one counts is for AWS to say, so neither may hide the other.
            return Element(key, node, earlier.values + values, complete and earlier.complete)
        return Element(key, node, values, complete)

    def _principal(self, key: Text, node: Node, earlier: Principal | None) -> Principal:
        values: list[PrincipalValue] = []
        complete = True
        for one in node.options if isinstance(node, Choice) else (node,):
            if isinstance(one, Map) and _intrinsic(one) is None:
                for type_, value in one.entries:
                    texts, known = self.texts(value)
                    values.extend(PrincipalValue(type_, text) for text in texts)
                    complete = complete and known and not _is_intrinsic_key(type_)
            else:
                texts, known = self.texts(one)
                values.extend(PrincipalValue(None, text) for text in texts)
                complete = complete and known
        complete = complete and not isinstance(node, Choice)
        if earlier is not None:
            return Principal(key, node, earlier.values + tuple(values), complete and earlier.complete)
        return Principal(key, node, tuple(values), complete)

    def _conditions(self, node: Node, certain: bool = True) -> Iterator[Condition]:
        """The conditions of a Condition element; those of every branch where it is one of several, none of which is
        `certain`."""
        if isinstance(node, Choice):
            for option in node.options:
                yield from self._conditions(option, certain=False)
        if not isinstance(node, Map) or _intrinsic(node) is not None:
            return
        for written, keys in node.entries:
            operator = self.text(written)
            for one in keys.options if isinstance(keys, Choice) else (keys,):
                if not isinstance(one, Map) or _intrinsic(one) is not None:
                    self.unknown(one)
                    continue
                for key, value in one.entries:
                    texts, complete = self.texts(value)
                    sure = complete and certain and one is keys
                    yield Condition(operator, self.text(key), value, texts, sure)


def _options(choice: Choice) -> list[Node]:
    """The statements that one of several values may be."""
    return [one for option in choice.options for one in (option.items if isinstance(option, Seq) else [option])]


def _is_intrinsic_key(key: Text) -> bool:
    return key.value is not None and key.value.startswith("Fn::")


def _intrinsic(node: Map) -> str | None:
    """How a map is written that stands for a value only its own tool knows; None if it is a map as any other: an
    intrinsic function of CloudFormation in its long form, or Jinja's `{{ name }}`, which YAML takes for a map in a map.

    Source: AWS CloudFormation User Guide, "Intrinsic function reference".
    """
    if len(node.entries) != 1:
        return None
    if node.source.text.startswith("{{", node.start):
        return node.span.text
    key, value = node.entries[0]
    name = key.value
    if name == "Ref" and isinstance(value, Text):
        return f"Ref {value.display}"
    return name if name is not None and name.startswith("Fn::") else None
