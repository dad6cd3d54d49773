"""Reads Terraform's JSON into the tree of its language: the same blocks, arguments and expressions."""

from __future__ import annotations

from lplint.model.node import Map, Scalar, Seq
from lplint.model.source import Source, Span
from lplint.model.text import Text
from lplint.syntax import json
from lplint.syntax.hcl import ParsedHcl, parse_template
from lplint.syntax.hcl_tree import (
    Attribute,
    Block,
    Body,
    Broken,
    Interpolation,
    Literal,
    Object,
    Template,
    TextPart,
    Tuple,
)
from lplint.syntax.parsed import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.node import Node
    from lplint.syntax.hcl_tree import Expression, Part

# How many labels the blocks have, each of which is a level of objects here.
# https://developer.hashicorp.com/terraform/language/syntax/json
_LABELS = {
    "action": 2,
    "check": 1,
    "data": 2,
    "ephemeral": 2,
    "import": 0,
    "list": 2,
    "locals": 0,
    "module": 1,
    "moved": 0,
    "output": 1,
    "provider": 1,
    "removed": 0,
    "resource": 2,
    "terraform": 0,
    "variable": 1,
}
_COMMENT = "//"


def parse(source: Source) -> ParsedHcl:
    """The blocks of a .tf.json, or the arguments of a .tfvars.json. Never raises.

    What would be blocks inside of a block are arguments with objects as values, of which `bodies` makes the blocks'
    bodies: only who knows the block's type can tell. The place of a block is that of its object, with the key before it
    where it has that to itself; `header` is the key.
    """
    parsed = json.parse(source)
    reader = _Reader(source)
    body = Body(source, 0, len(source.text), [], [])
    is_values = source.path.lower().endswith(".tfvars.json")
    for document in parsed.documents[:1]:
        for entries in reader.objects(document, "the file"):
            for key, value in entries.entries:
                name = key.display
                if name in _LABELS and not is_values:
                    reader.read_blocks(body, name, _LABELS[name], key, value, [])
                elif name != _COMMENT:
                    body.attributes.append(reader.attribute(key, value, is_values))
    problems = parsed.problems + reader.problems
    # The first that nothing could be read behind, else the first.
    problems.sort(key=lambda problem: not problem.fatal)
    return ParsedHcl(body, problems[:1])


def bodies(expression: Expression) -> list[Body]:
    """The bodies of the blocks that an argument stands for: an object, or several in an array."""
    objects = expression.items if isinstance(expression, Tuple) else (expression,)
    return [_body(one) for one in objects if isinstance(one, Object)]


def _body(expression: Object) -> Body:
    attributes = []
    blocks: list[Block] = []
    for key, value in expression.items:
        name = _name(key)
        if name == "dynamic":
            blocks += _dynamic(value)
        elif name is not None and name != _COMMENT:
            attributes.append(_argument(key, name, value))
    return Body(expression.source, expression.start, expression.end, attributes, blocks)


def _dynamic(value: Expression) -> list[Block]:
    """The `dynamic` blocks of a body; what they make is a level of objects, as labels are."""
    made = []
    for one in value.items if isinstance(value, Tuple) else (value,):
        for key, inner in one.items if isinstance(one, Object) else ():
            name = _name(key)
            if name is None or name == _COMMENT:
                continue
            span = Span(key.source, key.start, key.end)
            made += [
                Block(body.source, body.start, body.end, "dynamic", (name,), (span,), body, span)
                for body in bodies(inner)
            ]
    return made


def _name(key: Expression) -> str | None:
    """What a key says that is no template."""
    if not isinstance(key, Template) or len(key.parts) != 1 or not isinstance(key.parts[0], TextPart):
        return None
    return key.parts[0].text


def _argument(key: Expression, name: str, value: Expression) -> Attribute:
    quoted = key.source.text.startswith('"', key.start)
    name_span = Span(key.source, key.start + quoted, key.end - quoted)
    return Attribute(key.source, key.start, max(key.end, value.end), name, name_span, value)


class _Reader:
    """Makes expressions of JSON's values. `problems` are those in the templates, and blocks that are no objects."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[SyntaxProblem] = []

    def objects(self, node: Node, what: str) -> list[Map]:
        """The objects that a value is, alone or in an array; null is none."""
        if isinstance(node, Map):
            return [node]
        if isinstance(node, Scalar) and node.value is None:
            return []
        if isinstance(node, Seq) and all(isinstance(item, Map) for item in node.items):
            return [item for item in node.items if isinstance(item, Map)]
        message = f"{what} takes an object here, or an array of objects; write {{...}}"
        self.problems.append(SyntaxProblem(Span(self.source, node.start, node.end), message, fatal=False))
        return []

    def read_blocks(self, body: Body, name: str, levels: int, key: Text, value: Node, labels: list[Text]) -> None:
        """Adds the blocks that stand in a value, `levels` labels further down."""
        for entries in self.objects(value, f"the block {name}"):
            if levels:
                for label, inner in entries.entries:
                    if label.display != _COMMENT:
                        self.read_blocks(body, name, levels - 1, label, inner, [*labels, label])
                continue
            block = Block(
                self.source,
                key.start if entries is value else entries.start,
                entries.end,
                name,
                tuple([label.display for label in labels]),
                tuple([label.span for label in labels]),
                self._body(name, entries),
                key.span,
            )
            body.blocks.append(block)

    def _body(self, name: str, entries: Map) -> Body:
        body = Body(self.source, entries.start, entries.end, [], [])
        for key, value in entries.entries:
            if key.display == "dynamic" and name != "locals":
                body.blocks += _dynamic(self.expression(value, 1))
            elif key.display != _COMMENT:
                # Terraform takes the default of a variable as it is written, without templates.
                body.attributes.append(self.attribute(key, value, name == "variable"))
        return body

    def attribute(self, key: Text, value: Node, is_plain: bool) -> Attribute:
        """An argument; where it `is_plain`, its strings are no templates."""
        name_span = Span(self.source, key.start + 1, key.end - 1)
        expression = self.expression(value, 0, is_plain)
        return Attribute(self.source, key.start, value.end, key.display, name_span, expression)

    def expression(self, node: Node, depth: int, is_plain: bool = False) -> Expression:
        """A value as Terraform reads it: its strings, keys too, are templates."""
        start, end = node.start, node.end
        if isinstance(node, Text):
            parts = self._parts(node, depth, is_plain)
            if len(parts) == 1 and isinstance(parts[0], Interpolation):
                return parts[0].expression
            return Template(self.source, start, end, parts)
        if isinstance(node, Scalar):
            return Literal(self.source, start, end, node.value)
        if isinstance(node, Seq):
            items: list[Expression] = []
            for item in node.items:
                items.append(self.expression(item, depth + 1, is_plain))  # noqa: PERF401  one more call for each level
            return Tuple(self.source, start, end, tuple(items))
        if isinstance(node, Map):
            pairs: list[tuple[Expression, Expression]] = []
            for key, value in node.entries:
                name = self.expression(key, depth + 1, is_plain)
                pairs.append((name, self.expression(value, depth + 1, is_plain)))
            return Object(self.source, start, end, tuple(pairs))
        return Broken(self.source, start, end, node.written)

    def _parts(self, text: Text, depth: int, is_plain: bool) -> tuple[Part, ...]:
        source, value = self.source, text.value
        if value is None:  # the file is itself a template
            written = text.display
            broken = Broken(source, text.start, text.end, written)
            return (Interpolation(source, text.start, text.end, broken),)
        if is_plain or ("${" not in value and "%{" not in value):
            if not value:
                return ()
            return (TextPart(source, text.start + 1, text.end - 1, value, list(text.segments())),)
        # The places lead through the string's escapes to those in the file.
        parts, problems = parse_template(Source(source.path, value, within=text), depth)
        for problem in problems:
            place = problem.span.in_file()
            self.problems.append(SyntaxProblem(place, problem.message, problem.fatal, problem.template))
        return parts
