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
    "check": 1,
    "data": 2,
    "ephemeral": 2,
    "import": 0,
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

    What would be blocks inside of a block are arguments with objects as values: only the provider's schema could tell.
    The place of a block is that of its object, with the key before it where it has that to itself; `header` is the key.
    """
    parsed = json.parse(source)
    reader = _Reader(source)
    body = Body(source, 0, len(source.text), [], [])
    has_blocks = not source.path.endswith(".tfvars.json")
    for document in parsed.documents[:1]:
        for entries in reader.objects(document, "the file"):
            for key, value in entries.entries:
                name = key.display
                if has_blocks and name in _LABELS:
                    reader.read_blocks(body, name, _LABELS[name], key, value, [])
                elif name != _COMMENT:
                    body.attributes.append(reader.attribute(key, value, 0))
    problems = parsed.problems + reader.problems
    # The first that nothing could be read behind, else the first.
    problems.sort(key=lambda problem: not problem.fatal)
    return ParsedHcl(body, problems[:1])


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
            attributes = [
                self.attribute(inner_key, inner, 1)
                for inner_key, inner in entries.entries
                if inner_key.display != _COMMENT
            ]
            block = Block(
                self.source,
                key.start if entries is value else entries.start,
                entries.end,
                name,
                tuple([label.display for label in labels]),
                tuple([label.span for label in labels]),
                Body(self.source, entries.start, entries.end, attributes, []),
                key.span,
            )
            body.blocks.append(block)

    def attribute(self, key: Text, value: Node, depth: int) -> Attribute:
        name_span = Span(self.source, key.start + 1, key.end - 1)
        expression = self.expression(value, depth)
        return Attribute(self.source, key.start, value.end, key.display, name_span, expression)

    def expression(self, node: Node, depth: int) -> Expression:
        """A value as Terraform reads it: its strings, keys too, are templates."""
        start, end = node.start, node.end
        if isinstance(node, Text):
            parts = self._parts(node, depth)
            if len(parts) == 1 and isinstance(parts[0], Interpolation):
                return parts[0].expression
            return Template(self.source, start, end, parts)
        if isinstance(node, Scalar):
            return Literal(self.source, start, end, node.value)
        if isinstance(node, Seq):
            items: list[Expression] = []
            for item in node.items:
                items.append(self.expression(item, depth + 1))  # noqa: PERF401  would be one more call for each level
            return Tuple(self.source, start, end, tuple(items))
        if isinstance(node, Map):
            pairs: list[tuple[Expression, Expression]] = []
            for key, value in node.entries:
                pairs.append((self.expression(key, depth + 1), self.expression(value, depth + 1)))
            return Object(self.source, start, end, tuple(pairs))
        return Broken(self.source, start, end, node.written)

    def _parts(self, text: Text, depth: int) -> tuple[Part, ...]:
        source, value = self.source, text.value
        if value is None:  # the file is itself a template
            written = text.display
            broken = Broken(source, text.start, text.end, written)
            return (Interpolation(source, text.start, text.end, broken),)
        if "${" not in value and "%{" not in value:
            if not value:
                return ()
            return (TextPart(source, text.start + 1, text.end - 1, value, list(text.segments())),)
        # The places lead through the string's escapes to those in the file.
        parts, problems = parse_template(Source(source.path, value, within=text), depth)
        for problem in problems:
            place = problem.span.in_file()
            self.problems.append(SyntaxProblem(place, problem.message, problem.fatal, problem.template))
        return parts
