"""Finds policies in HCL that is no module: Terragrunt's configuration, values of variables, files of other tools."""

from __future__ import annotations

import os

from lplint.extract.collector import Collector
from lplint.extract.found import Found
from lplint.extract.module_files import is_configuration
from lplint.extract.policy_document import is_policy
from lplint.extract.terraform.evaluator import Evaluator, Nothing
from lplint.extract.terraform.files import Files
from lplint.extract.terraform.policies import extract_module, policy_expressions
from lplint.extract.terraform.statements import policies_in
from lplint.extract.values import Encoded, text_at
from lplint.model.node import Map, Seq, Unknown
from lplint.model.source import Source
from lplint.model.text import Hole, Segment, Text
from lplint.syntax import hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplint.extract.collector import Kind
    from lplint.model.node import Node
    from lplint.model.source import Spanned
    from lplint.syntax import hcl_tree
    from lplint.syntax.parsed import SyntaxProblem

# Packer writes a policy in blocks: temporary_iam_instance_profile_policy_document { Statement { ... } }.
_STATEMENT = "Statement"
_NO_SCOPE: Mapping[str, Node] = {}


def extract_hcl(source: Source, kind: Kind) -> tuple[Found, list[SyntaxProblem]]:
    """The policies of a file, and what is wrong with its syntax."""
    parsed = hcl.parse(source)
    found = Found()
    _Search(source, parsed.body, found, kind).collect()
    return found, parsed.problems


class _Names(Nothing):
    """What names mean in such a file: its locals, and nothing else."""

    def __init__(self, body: hcl_tree.Body) -> None:
        self.evaluator = Evaluator(self, self)
        self._locals = {
            one.name: one.expression for block in body.blocks if block.type == "locals" for one in block.body.attributes
        }
        self._known: dict[str, Node | None] = {}  # None while it is worked out

    def root(self, name: str, attribute: str | None, at: Spanned) -> Node | None:
        if name != "local" or attribute not in self._locals:
            return None
        if attribute not in self._known:
            self._known[attribute] = None
            self._known[attribute] = self.evaluator.value(self._locals[attribute], _NO_SCOPE)
        return self._known[attribute]


class _Search:
    def __init__(self, source: Source, body: hcl_tree.Body, found: Found, kind: Kind) -> None:
        self._source = source
        self._body = body
        self._found = found
        self._kind = kind
        self._evaluator = _Names(body).evaluator
        self._policies = Collector(found, "terraform")

    def collect(self) -> None:
        is_values = self._source.path.lower().endswith(".tfvars")
        for attribute in self._body.attributes:
            if attribute.name == "generate":
                self._generate_all(self._evaluator.value(attribute.expression, _NO_SCOPE))
            elif attribute.name == "inputs":
                self._given(self._evaluator.value(attribute.expression, _NO_SCOPE))
            elif is_values:
                value = self._evaluator.value(attribute.expression, _NO_SCOPE)
                self._statements(value, attribute.name, "")
        self._documents(self._body, "")
        for block in self._body.blocks:
            address = ".".join((block.type, *block.labels))
            if block.type == "generate":
                named = {one.name: one.expression for one in block.body.attributes}
                values = [
                    self._evaluator.value(named[name], _NO_SCOPE) if name in named else None
                    for name in ("path", "contents")
                ]
                self._generate(address, *values)
            else:
                self._documents(block.body, address)
                self._blocks(block, address)

    def _documents(self, body: hcl_tree.Body, address: str) -> None:
        """Policies that are written as documents or as JSON, wherever they stand."""
        for name, expression in policy_expressions(body, ("generate",)):
            self._policies.add(self._evaluator.value(expression, _NO_SCOPE), self._kind, address or name, name)

    def _given(self, value: Node) -> None:
        """The inputs that Terragrunt gives to a module."""
        for key, inner in value.entries if isinstance(value, Map) else ():
            self._statements(inner, "inputs", key.display)

    def _statements(self, value: Node, address: str, attribute: str) -> None:
        place = Unknown(value.source, value.start, value.end, attribute or address)
        for document, _ in policies_in(value, place):
            self._policies.add_document(document, self._kind, address, attribute)

    def _blocks(self, block: hcl_tree.Block, address: str) -> None:
        """Policies whose statements are blocks."""
        todo = [block]
        while todo:
            one = todo.pop()
            todo.extend(one.body.blocks)
            statements: list[Node] = [self._map(inner) for inner in one.body.blocks if inner.type == _STATEMENT]
            if statements:
                entries = list(self._map(one).entries)
                seq = Seq(one.source, one.body.start, one.body.end, statements)
                entries.append((text_at(_STATEMENT, one), seq))
                document = Map(one.source, one.start, one.end, entries)
                if is_policy(document):
                    self._policies.add_document(document, self._kind, address, one.type)

    def _map(self, block: hcl_tree.Block) -> Map:
        """The arguments of a block as a value."""
        entries: list[tuple[Text, Node]] = []
        for one in block.body.attributes:
            span = one.name_span
            key = Text(span.source, span.start, span.end, one.name, [Segment(0, len(one.name), span)])
            entries.append((key, self._evaluator.value(one.expression, _NO_SCOPE)))
        return Map(block.source, block.start, block.end, entries)

    def _generate_all(self, value: Node) -> None:
        for key, one in value.entries if isinstance(value, Map) else ():
            if isinstance(one, Map):
                self._generate(f"generate.{key.display}", one.get("path"), one.get("contents"))

    def _generate(self, address: str, path: Node | None, contents: Node | None) -> None:
        """The file that Terragrunt writes: Terraform or JSON."""
        if isinstance(contents, Encoded) or not isinstance(contents, Text):
            if contents is not None:
                self._policies.add(contents, self._kind, address, "contents")
            return
        name = os.path.basename(path.display) if isinstance(path, Text) else ""
        if contents.display.lstrip().startswith(("{", "[")) and not is_configuration(name):
            self._policies.add(contents, self._kind, address, "contents")
            return
        inner = _written(contents, name if is_configuration(name) else "generated.tf")
        made = extract_module(os.path.dirname(inner.path), Files(self._source.path, _nothing, [inner]))
        self._found.policies += made.policies
        self._found.identities += made.identities
        if made.policies and contents.known:
            self._found.problems += made.problems


def _nothing(path: str) -> None:
    """For files that exist only when Terragrunt has written them."""


def _written(text: Text, name: str) -> Source:
    """The file that a text is the content of. What of it is unknown stays as it is written, which in Terraform's
    strings is an unknown again."""
    pieces: list[str] = []
    segments: list[Segment] = []
    length = 0
    for piece, segment in _pieces(text):
        segments.append(Segment(length, len(piece), segment.span))
        pieces.append(piece)
        length += len(piece)
    whole = Text(text.source, text.start, text.end, "".join(pieces), segments)
    return Source(os.path.join(text.source.path, name), whole.value or "", within=whole)


def _pieces(text: Text) -> Iterator[tuple[str, Segment]]:
    """The characters of each segment; those of a hole as they are written in full."""
    offset, holes = 0, {}
    for part in text.parts:
        if isinstance(part, Hole):
            holes[offset] = part
            offset += len(part.source)
        else:
            offset += len(part)
    for segment in text.segments():
        hole = holes.get(segment.start)
        yield (
            hole.span.text if hole is not None else text.display[segment.start : segment.start + segment.length],
            segment,
        )
