"""Reads Terraform's language into its syntax tree by tree-sitter, with the place of every node.

tree-sitter's grammar is more lenient than the language (to it a line break is any white space), wrong in a few places
(`a ? b : c ? d : e`, `$$${`, `1e3`), and it makes something of every text: of `x = [1` and `y = 2` on the next line the
argument `x = 2`. So its tree is taken only where it found no error, and each of those places is mended here. A text
with an error is read by hcl_recovery, which finds arguments and blocks itself and asks for one expression at a time.
"""

from __future__ import annotations

import re
from time import thread_time

import tree_sitter_hcl
from tree_sitter import Language, Parser

from lplint.model.source import Span
from lplint.model.text import Segment
from lplint.syntax.hcl_templates import Mark, template_parts, unescape
from lplint.syntax.hcl_tree import (
    Attribute,
    Binary,
    Block,
    Body,
    Broken,
    Call,
    Conditional,
    For,
    GetAttr,
    Index,
    Interpolation,
    Literal,
    Object,
    Splat,
    SplatItem,
    Template,
    TextPart,
    Tuple,
    Unary,
    Variable,
)
from lplint.syntax.parsed import MAX_DEPTH, SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from lplint.model.source import Source
    from lplint.syntax.hcl_tree import Expression, Part

_LANGUAGE = Language(tree_sitter_hcl.language())


def _kind(name: str, is_named: bool = True) -> int:
    kind = _LANGUAGE.id_for_node_kind(name, is_named)
    if kind is None:
        raise ImportError(f"tree-sitter-hcl has no node {name!r}; lplint reads Terraform with tree-sitter-hcl 1.2")
    return kind


_ATTRIBUTE = _kind("attribute")
_BLOCK = _kind("block")
_BLOCK_START = _kind("block_start")
_BODY = _kind("body")
_COMMENT = _kind("comment")
_ELLIPSIS = _kind("ellipsis")
_EXPRESSION = _kind("expression")
_FOR_COND = _kind("for_cond")
_FOR_INTRO = _kind("for_intro")
_FULL_SPLAT = _kind("full_splat")
_FUNCTION_ARGUMENTS = _kind("function_arguments")
_GET_ATTR = _kind("get_attr")
_IDENTIFIER = _kind("identifier")
_INDEX = _kind("index")
_LITERAL_VALUE = _kind("literal_value")
_LEGACY_INDEX = _kind("legacy_index")
_NUMERIC_LIT = _kind("numeric_lit")
_OBJECT_ELEM = _kind("object_elem")
_OPEN = _kind("(", is_named=False)
_SPLAT = _kind("splat")
_STRING_LIT = _kind("string_lit")
_TEMPLATE_EXPR = _kind("template_expr")
_TEMPLATE_DIRECTIVE = _kind("template_directive")
_TEMPLATE_INTERPOLATION = _kind("template_interpolation")
_TEMPLATE_LITERAL = _kind("template_literal")
_VARIABLE_EXPR = _kind("variable_expr")
_CONDITIONAL = _kind("conditional")
_CLAUSES = {
    _kind("template_if_intro"): "if",
    _kind("template_else_intro"): "else",
    _kind("template_if_end"): "endif",
    _kind("template_for_start"): "for",
    _kind("template_for_end"): "endfor",
}

_OPERATORS = {
    _kind(sign, is_named=False): sign
    for sign in ("*", "/", "%", "+", "-", ">", ">=", "<", "<=", "==", "!=", "&&", "||")
}

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"[0-9]++(\.[0-9]++)?+([eE][+-]?[0-9]++)?+").fullmatch
# HCL takes the last two of any number of dollars before a brace for the escape, the grammar the first two.
_LONG_ESCAPE = re.compile(r"(?<!\$)\$++(?<=\$\$\$)(?=\{)|(?<!%)%++(?<=%%%)(?=\{)")
# Some fifty times what a text without errors takes, in seconds of processor time.
_TIME_PER_BYTE = 5e-6
_LEAST_TIME = 0.05
# A text of so many bytes takes 0.2 seconds at worst, and being watched costs each text a quarter of its time.
_SHORT = 32_768
_MAX_BLANK = 100
_LONG_BLANK = b" " * (2 * _MAX_BLANK + 1)
_BLANKS = bytes.maketrans(b"\t\n\v\f\r", b"     ")
# Where offsets in bytes and characters part.
_UNEVEN = re.compile(rf"(?<!\s)\s{{{len(_LONG_BLANK)},}}+|[^\x00-\x7f]")
_MARKER = re.compile(r"END[0-9]+")


class ParsedHcl:
    """What could be read of a text, and what is wrong with it: one problem at most, the first."""

    __slots__ = ("body", "problems")

    def __init__(self, body: Body, problems: list[SyntaxProblem]) -> None:
        self.body = body
        self.problems = problems

    def __repr__(self) -> str:
        return f"ParsedHcl({self.body!r}, {self.problems!r})"


def parse(source: Source) -> ParsedHcl:
    """The arguments and blocks of a text. What cannot be read is left out, or a Broken expression. Never raises."""
    text = source.text
    # The grammar wants a line break behind the end of a heredoc.
    data, places = _encode(_masked(text), 0, suffix="\n")
    nodes = _parse(data)
    if nodes is not None and (not nodes or nodes[0].kind_id == _BODY):
        reader = _Reader(source, places)
        try:
            body = reader.body(nodes[0].children if nodes else [], 0, len(text), 0)
        except _MisreadError:
            pass
        else:
            return ParsedHcl(body, reader.problems)
    from lplint.syntax.hcl_recovery import Recovery

    recovery = Recovery(source, _read_part)
    return ParsedHcl(recovery.body(), recovery.problems)


def parse_expression(source: Source) -> tuple[Expression, list[SyntaxProblem]]:
    """The expression that a text is; Broken if it is none. Never raises."""
    text = source.text
    expression, problems = _read_part(source, 0, len(text))
    if expression is None:
        from lplint.syntax.hcl_recovery import Recovery

        recovery = Recovery(source, _read_part)
        expression, problems = recovery.expression(), recovery.problems
    return expression, problems


def parse_template(source: Source, depth: int = 0) -> tuple[tuple[Part, ...], list[SyntaxProblem]]:
    """The parts of a text that is a template as it is, without quotes: the content of a file for templatefile(), or a
    string of Terraform's JSON, `depth` levels down in it. If it cannot be read, one interpolation that is Broken. Never
    raises."""
    text = source.text
    if "${" not in text and "%{" not in text:
        return template_parts(source, 0, len(text), (), _ignore), []
    # The grammar has templates within something only, and reads a heredoc as a template without quotes is read.
    taken = set(_MARKER.findall(text))
    marker = next(name for number in range(len(taken) + 1) if (name := f"END{number}") not in taken)
    data, places = _encode(_masked(text), 0, f"x=<<{marker}\n", f"\n{marker}\n")
    node = _expression_of(data)
    problem: SyntaxProblem | None = None
    # Unless the end is where it was put, some `${` or `%{` swallowed it.
    if node is not None and node.end_byte == len(data) - 1 and node.children[0].kind_id == _TEMPLATE_EXPR:
        reader = _Reader(source, places)
        try:
            marks = reader.marks(node.children[0].children[0].children, depth)
            return template_parts(source, 0, len(text), marks, reader.report), reader.problems
        except _TooDeepError as error:
            problem = _too_deep(source, error.place)
        except _MisreadError:
            pass
    if problem is None:
        from lplint.syntax.hcl_recovery import Recovery

        problem = Recovery(source, _read_part).explain_template()
    return (Interpolation(source, 0, len(text), Broken(source, 0, len(text), text)),), [problem]


def _read_part(
    source: Source, start: int, end: int, depth: int = 0, masks: Sequence[tuple[int, int, str]] = ()
) -> tuple[Expression | None, list[SyntaxProblem]]:
    """The expression that stands from `start` to `end`, and what is wrong in it; None if tree-sitter finds none there.
    `masks` are characters, in order, for which tree-sitter is to see others."""
    text = source.text
    chunks: list[str] = []
    pos = start
    for low, high, seen in masks:
        chunks += (text[pos:low], seen)
        pos = high
    written = "".join((*chunks, text[pos:end]))
    data, places = _encode(_masked(written), start, "x=", "\n")
    node = _expression_of(data)
    if node is None:
        return None, []
    reader = _Reader(source, places)
    try:
        return reader.expression(node, depth), reader.problems
    except _MisreadError:
        return None, []


def _parse(data: bytes) -> list[Node] | None:
    """What tree-sitter makes of a text; None if there is an error in it, or if it takes so long that there must be one:
    behind an error, the time that tree-sitter needs may grow with the square of the text."""
    if len(data) <= _SHORT:
        root = Parser(_LANGUAGE).parse(data).root_node
        return None if root.has_error else _without_comments(root.children)
    # Of the processor, not of the clock: what else the machine does must not decide what a text says.
    deadline = thread_time() + _LEAST_TIME + len(data) * _TIME_PER_BYTE
    try:
        root = (
            Parser(_LANGUAGE)
            .parse(lambda offset, _: data[offset:], progress_callback=lambda _, __: thread_time() > deadline)
            .root_node
        )
    except ValueError:  # stopped
        return None
    return None if root.has_error else _without_comments(root.children)


def _expression_of(data: bytes) -> Node | None:
    """The expression of a text that is one argument and nothing else."""
    nodes = _parse(data)
    if nodes is None or len(nodes) != 1 or nodes[0].kind_id != _BODY:
        return None
    nodes = _without_comments(nodes[0].children)
    if len(nodes) != 1 or nodes[0].kind_id != _ATTRIBUTE:
        return None
    return nodes[0].children[-1]


def _without_comments(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node.kind_id != _COMMENT]


def _masked(text: str) -> str:
    if "$$$" not in text and "%%%" not in text:
        return text
    return _LONG_ESCAPE.sub(lambda run: "x" * (len(run[0]) - 2) + run[0][:2], text)


def _encode(text: str, base: int, prefix: str = "", suffix: str = "") -> tuple[bytes, Sequence[int]]:
    """The bytes of a text that stands at the offset `base`, and the offset that each byte belongs to."""
    data = (prefix + text + suffix).encode("utf-8", "surrogatepass")
    start = base - len(prefix)
    is_ascii = len(data) == len(prefix) + len(text) + len(suffix)
    if is_ascii and _LONG_BLANK not in data.translate(_BLANKS):
        return data, range(start, start + len(data) + 1)
    chunks = [prefix]
    places: list[int] = list(range(start, base))
    done = 0
    for match in _UNEVEN.finditer(text):
        low, high = match.span()
        seen = match[0]
        offsets: Sequence[int] = range(low, high)
        if high - low > 1:
            # Behind an error, tree-sitter goes over white space once for each character of it.
            middle, rest = low + _MAX_BLANK, high - _MAX_BLANK
            filler = "\n" if text.find("\n", middle, rest) >= 0 else " "
            seen = text[low:middle] + filler + text[rest:high]
            offsets = (*range(low, middle + 1), *range(rest, high))
        chunks += (text[done:low], seen)
        places.extend(range(base + done, base + low))
        for character, offset in zip(seen, offsets, strict=True):
            places += (base + offset,) * len(character.encode("utf-8", "surrogatepass"))
        done = high
    chunks += (text[done:], suffix)
    places.extend(range(base + done, base + len(text) + len(suffix) + 1))
    return "".join(chunks).encode("utf-8", "surrogatepass"), places


def _ignore(start: int, end: int, message: str) -> None:
    """For texts in which nothing can be wrong."""


def _too_deep(source: Source, place: int) -> SyntaxProblem:
    message = f"nested more than {MAX_DEPTH} levels deep; lplint reads no further"
    return SyntaxProblem(Span(source, place, min(place + 1, len(source.text))), message)


class _MisreadError(Exception):
    """The grammar found sense in what has none."""


class _TooDeepError(Exception):
    """An expression goes deeper than anybody who walks the tree should have to follow."""

    def __init__(self, place: int) -> None:
        self.place = place


class _Reader:
    """Makes the tree of tree-sitter's, which has no error in it. `places` are the offsets of its bytes.

    The grammar has no node for most terms: what `(a.b + c)[0]` is made of are four children of one expression. So the
    reading of a term takes a list of nodes.
    """

    __slots__ = ("places", "problems", "source", "text")

    def __init__(self, source: Source, places: Sequence[int]) -> None:
        self.source = source
        self.text = source.text
        self.places = places
        self.problems: list[SyntaxProblem] = []

    def report(self, start: int, end: int, message: str) -> None:
        """Notes something that reading survives."""
        if not self.problems:
            self.problems.append(SyntaxProblem(Span(self.source, start, end), message, fatal=False))

    def body(self, nodes: list[Node], start: int, end: int, depth: int) -> Body:
        source, text, places = self.source, self.text, self.places
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        last_end = -1
        for node in nodes:
            kind = node.kind_id
            low = places[node.start_byte]
            if kind == _ATTRIBUTE:
                children = node.children
                name_end = places[children[0].end_byte]
                name_span = Span(source, low, name_end)
                expression = self.expression(children[-1], depth)
                # Not the expression's end, which may stand in parentheses.
                attribute = Attribute(source, low, places[node.end_byte], text[low:name_end], name_span, expression)
                attributes.append(attribute)
                end_of_member = attribute.end
            elif kind == _BLOCK:
                if depth == MAX_DEPTH:
                    self._stop(low)
                    break
                block = self._block(node, depth)
                blocks.append(block)
                end_of_member = block.end
            else:
                continue
            if last_end >= 0 and text.find("\n", last_end, low) < 0:
                self.report(low, low + 1, "this starts on the line of what is before it; put it on a line of its own")
            last_end = end_of_member
        return Body(source, start, end, attributes, blocks)

    def _block(self, node: Node, depth: int) -> Block:
        source, text, places = self.source, self.text, self.places
        children = _without_comments(node.children)
        low, high = places[children[0].start_byte], places[children[0].end_byte]
        block_type = text[low:high]
        labels: list[str] = []
        label_spans: list[Span] = []
        inner: list[Node] = []
        opened = high
        for child in children[1:]:
            kind = child.kind_id
            if kind in (_STRING_LIT, _IDENTIFIER):
                label_span = Span(source, places[child.start_byte], places[child.end_byte])
                high = label_span.end
                is_quoted = kind == _STRING_LIT
                labels.append(
                    unescape(text, label_span.start + is_quoted, high - is_quoted, self.report)
                    if is_quoted
                    else label_span.text
                )
                label_spans.append(label_span)
            elif kind == _BODY:
                inner = child.children
            elif kind == _BLOCK_START:
                opened = places[child.end_byte]
        if text.find("\n", low, high) >= 0:
            # An argument without its '=', taken for the head of the block below it.
            raise _MisreadError
        end = places[node.end_byte]
        body = self.body(inner, opened, end - 1, depth + 1)
        header = Span(source, low, high)
        return Block(source, low, end, block_type, tuple(labels), tuple(label_spans), body, header)

    def expression(self, node: Node, depth: int) -> Expression:
        """A whole expression at some depth; Broken if it nests too deep."""
        try:
            return self._read(node.children, depth)
        except _TooDeepError as error:
            self._stop(error.place)
            start, end = self.places[node.start_byte], self.places[node.end_byte]
            return Broken(self.source, start, end, self.text[start:end])

    def _stop(self, place: int) -> None:
        if not self.problems or not self.problems[0].fatal:
            self.problems[:] = [_too_deep(self.source, place)]

    def _read(self, nodes: list[Node], depth: int) -> Expression:
        """A term that takes all of the nodes. Together with the method for its kind, two calls for each level."""
        first = nodes[0]
        if depth > MAX_DEPTH:
            raise _TooDeepError(self.places[first.start_byte])
        if len(nodes) == 1:
            method = _METHODS.get(first.kind_id)
            if method is None:
                first = first.children[0]
                method = _METHODS[first.kind_id]
            return method(self, first, depth)
        if any(node.kind_id == _COMMENT for node in nodes):
            nodes = _without_comments(nodes)
            first = nodes[0]
        if first.kind_id == _OPEN:
            term = self._read(nodes[1].children, depth + 1)
            steps = nodes[3:]
        else:
            term = self._read(nodes[:1], depth)
            steps = nodes[1:]
        return self._traverse(term, self.places[first.start_byte], steps, depth) if steps else term

    def _traverse(self, term: Expression, start: int, steps: list[Node], depth: int) -> Expression:
        """What the attributes, indexes and splats behind a term make of it."""
        flat: list[Node] = []
        for node in steps:
            if node.kind_id == _SPLAT:
                splat = node.children[0]
                flat.append(splat)
                flat += _without_comments(splat.children[1:])
            else:
                flat.append(node)
        if depth + len(flat) > MAX_DEPTH:
            raise _TooDeepError(start)
        return self._apply(term, start, flat, depth)

    def _apply(self, term: Expression, start: int, steps: list[Node], depth: int) -> Expression:
        source, text, places = self.source, self.text, self.places
        at = 0
        while at < len(steps):
            node = steps[at]
            at += 1
            kind = node.kind_id
            end = places[node.end_byte]
            if kind == _GET_ATTR:
                low = places[node.children[-1].start_byte]
                term = GetAttr(source, start, end, term, text[low:end], Span(source, low, end))
            elif kind == _INDEX:
                inner = node.children[0]
                key: Expression
                if inner.kind_id == _LEGACY_INDEX:
                    low = places[inner.children[0].end_byte]
                    key = Literal(source, low, end, _number(text[low:end]))
                else:
                    key = self._read(self._child(inner).children, depth + len(steps) - at + 2)
                term = Index(source, start, end, term, key)
            else:
                # HCL's own division of what follows a splat: the grammar gives either kind all of it.
                is_full = kind == _FULL_SPLAT
                last = len(steps) if is_full else at
                while not is_full and last < len(steps) and _is_attribute(steps[last]):
                    last += 1
                token = node.children[0]
                low, end = places[token.start_byte], places[token.end_byte]
                each = self._apply(SplatItem(source, low, end), low, steps[at:last], depth + len(steps) - last + 1)
                term = Splat(source, start, each.end, term, each, is_full)
                at = last
        return term

    def _child(self, node: Node) -> Node:
        """The expression among the children of a node that should have one; the grammar lets `${}` pass."""
        for child in node.children:
            if child.kind_id == _EXPRESSION:
                return child
        raise _MisreadError

    def _string(self, node: Node, depth: int) -> Template:
        source = self.source
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        written = self.text[start + 1 : end - 1]
        parts: tuple[Part, ...] = ()
        if "\\" in written or "{" in written or "\n" in written:
            parts = self._quoted_parts(start, end, [])
        elif written:
            segment = Segment(0, len(written), Span(source, start + 1, end - 1))
            parts = (TextPart(source, start + 1, end - 1, written, [segment]),)
        return Template(source, start, end, parts)

    def _quoted(self, node: Node, depth: int) -> Template:
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        parts = self._quoted_parts(start, end, self.marks(node.children, depth))
        return Template(self.source, start, end, parts)

    def _quoted_parts(self, start: int, end: int, marks: list[Mark]) -> tuple[Part, ...]:
        low = start
        for high in (*(mark.start for mark in marks), end):
            if self.text.find("\n", low, high) >= 0:
                self.report(start, start + 1, "a string in quotes ends on its own line; write \\n, or use a heredoc")
            low = next((mark.end for mark in marks if mark.start == high), end)
        return template_parts(self.source, start + 1, end - 1, marks, self.report, quoted=True)

    def _heredoc(self, node: Node, depth: int) -> Template:
        text = self.text
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        children = _without_comments(node.children)
        opened, closed = self.places[children[1].end_byte], self.places[children[-1].start_byte]
        low = text.find("\n", opened) + 1
        if text[opened:low].strip():
            self.report(opened, low - 1, "nothing can follow the marker of a heredoc on its line; remove it")
        # The indentation of the closing marker is no part of the text.
        high = max(low, text.rfind("\n", low, closed) + 1)
        indented = text.startswith("-", start + 2)
        marks = self.marks(children, depth)
        parts = template_parts(self.source, low, high, marks, self.report, indented=indented)
        return Template(self.source, start, end, parts, heredoc=True)

    def marks(self, nodes: list[Node], depth: int) -> list[Mark]:
        """The interpolations and directives of a template, those within directives too, in the order written."""
        marks: list[Mark] = []
        if len(nodes) > 3 or any(node.kind_id != _TEMPLATE_LITERAL for node in nodes[1:-1]):
            self._collect_marks(nodes, depth, marks)
        return marks

    def _collect_marks(self, nodes: list[Node], depth: int, marks: list[Mark]) -> None:
        source, places = self.source, self.places
        if depth >= MAX_DEPTH:
            raise _TooDeepError(places[nodes[0].start_byte])
        for node in nodes:
            kind = node.kind_id
            if kind == _TEMPLATE_INTERPOLATION:
                expression = self._read(self._child(node).children, depth + 2)
                marks.append(Mark(source, places[node.start_byte], places[node.end_byte], "", expression))
            elif kind == _TEMPLATE_DIRECTIVE:
                self._collect_marks(node.children[0].children, depth + 1, marks)
            elif (clause := _CLAUSES.get(kind)) is not None:
                names = [child for child in node.children if child.kind_id == _IDENTIFIER]
                key_name, value_name = self._names(names) if clause == "for" else (None, "")
                condition = None
                if clause in ("if", "for"):
                    condition = self._read(self._child(node).children, depth + 1)
                low, high = places[node.start_byte], places[node.end_byte]
                marks.append(Mark(source, low, high, clause, condition, key_name, value_name))

    def _names(self, nodes: list[Node]) -> tuple[str | None, str]:
        """The names that a `for` gives to a key, if to any, and to a value."""
        names = [self.text[self.places[node.start_byte] : self.places[node.end_byte]] for node in nodes]
        return (names[0], names[1]) if len(names) > 1 else (None, names[0])

    def _word(self, node: Node, depth: int) -> Literal:
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        return Literal(self.source, start, end, _WORDS[self.text[start:end]])

    def _numeric(self, node: Node, depth: int) -> Expression:
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        written = self.text[start:end]
        if not _NUMBER(written):
            self.report(start, end, f"{written} is no number; Terraform reads decimal numbers only")
            return Broken(self.source, start, end, written)
        return Literal(self.source, start, end, _number(written))

    def _variable(self, node: Node, depth: int) -> Variable:
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        return Variable(self.source, start, end, self.text[start:end])

    def _tuple(self, node: Node, depth: int) -> Tuple:
        items: list[Expression] = []
        for child in node.children:  # a comprehension would be one more call for each level
            if child.kind_id == _EXPRESSION:
                items.append(self._read(child.children, depth + 1))  # noqa: PERF401
        return Tuple(self.source, self.places[node.start_byte], self.places[node.end_byte], tuple(items))

    def _object(self, node: Node, depth: int) -> Object:
        items = []
        for element in node.children:
            if element.kind_id != _OBJECT_ELEM:
                continue
            key, value = (child for child in element.children if child.kind_id == _EXPRESSION)
            key_nodes = key.children
            name: Expression
            if len(key_nodes) == 1 and self._is_word(key_nodes[0]):
                source = self.source
                start, end = self.places[key.start_byte], self.places[key.end_byte]
                written = self.text[start:end]
                part = TextPart(source, start, end, written, [Segment(0, end - start, Span(source, start, end))])
                name = Template(source, start, end, (part,))
            else:
                name = self._read(key_nodes, depth + 1)
            items.append((name, self._read(value.children, depth + 1)))
        return Object(self.source, self.places[node.start_byte], self.places[node.end_byte], tuple(items))

    def _is_word(self, node: Node) -> bool:
        """Whether a term is a bare word, as which even `true` and `null` are names of keys."""
        if node.kind_id == _LITERAL_VALUE:
            return node.children[0].kind_id not in (_STRING_LIT, _NUMERIC_LIT)
        return node.kind_id == _VARIABLE_EXPR

    def _for(self, node: Node, depth: int) -> For:
        key_name, value_name = None, ""
        collection = condition = None
        grouped = False
        results: list[Expression] = []
        for child in node.children:
            kind = child.kind_id
            if kind == _FOR_INTRO:
                names = [each for each in child.children if each.kind_id == _IDENTIFIER]
                key_name, value_name = self._names(names)
                collection = self._read(self._child(child).children, depth + 1)
            elif kind == _EXPRESSION:
                results.append(self._read(child.children, depth + 1))
            elif kind == _ELLIPSIS:
                grouped = True
            elif kind == _FOR_COND:
                condition = self._read(self._child(child).children, depth + 1)
        assert collection is not None  # noqa: S101  the grammar has none without
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        key = results[0] if len(results) > 1 else None
        return For(self.source, start, end, key_name, value_name, collection, key, results[-1], condition, grouped)

    def _call(self, node: Node, depth: int) -> Call:
        source, places = self.source, self.places
        children = node.children
        start = places[node.start_byte]
        arguments: list[Expression] = []
        expand = False
        for child in children:
            if child.kind_id == _FUNCTION_ARGUMENTS:
                for each in child.children:
                    if each.kind_id == _EXPRESSION:
                        arguments.append(self._read(each.children, depth + 1))
                    elif each.kind_id == _ELLIPSIS:
                        expand = True
        name = self.text[start : places[children[0].end_byte]]
        return Call(source, start, places[node.end_byte], name, tuple(arguments), expand)

    def _conditional(self, node: Node, depth: int) -> Expression:
        # The grammar reads `a ? b : c ? d : e` as `(a ? b : c) ? d : e`, so every condition but the first is the last
        # branch of the one before.
        places = self.places
        end = places[node.end_byte]
        branches: list[tuple[Node, Node]] = []
        while True:
            condition, then, otherwise = (child for child in node.children if child.kind_id == _EXPRESSION)
            branches.append((then, otherwise))
            inner = _without_comments(condition.children)
            if len(inner) > 1 or inner[0].kind_id != _CONDITIONAL:
                break
            node = inner[0]
        conditions = [condition, *(otherwise for _, otherwise in reversed(branches))]
        depth += len(branches)
        result = self._read(conditions[-1].children, depth)
        for (then, _), condition in zip(branches, reversed(conditions[:-1]), strict=True):
            result = Conditional(
                self.source,
                places[condition.start_byte],
                end,
                self._read(condition.children, depth),
                self._read(then.children, depth),
                result,
            )
            depth -= 1
        return result

    def _binary(self, node: Node, depth: int) -> Binary:
        children = _without_comments(node.children)
        at = next(index for index, child in enumerate(children) if index and child.kind_id in _OPERATORS)
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        left = self._read(children[:at], depth + 1)
        right = self._read(children[at + 1 :], depth + 1)
        return Binary(self.source, start, end, _OPERATORS[children[at].kind_id], left, right)

    def _unary(self, node: Node, depth: int) -> Unary:
        children = node.children
        start, end = self.places[node.start_byte], self.places[node.end_byte]
        operand = self._read(_without_comments(children[1:]), depth + 1)
        return Unary(self.source, start, end, self.text[start], operand)


def _is_attribute(node: Node) -> bool:
    """Whether a step is `.name` or `.0`."""
    return node.kind_id == _GET_ATTR or (node.kind_id == _INDEX and node.children[0].kind_id == _LEGACY_INDEX)


def _number(written: str) -> int | float:
    # Beyond 4,300 digits int() refuses, to keep its quadratic time out of reach; no policy means such a number.
    return int(written) if written.isdigit() and len(written) < 4000 else float(written)


# A node of any other kind stands for its one child.
_METHODS: dict[int, Callable[[_Reader, Node, int], Expression]] = {
    _STRING_LIT: _Reader._string,
    _NUMERIC_LIT: _Reader._numeric,
    _kind("bool_lit"): _Reader._word,
    _kind("null_lit"): _Reader._word,
    _kind("quoted_template"): _Reader._quoted,
    _kind("heredoc_template"): _Reader._heredoc,
    _kind("tuple"): _Reader._tuple,
    _kind("object"): _Reader._object,
    _kind("for_tuple_expr"): _Reader._for,
    _kind("for_object_expr"): _Reader._for,
    _VARIABLE_EXPR: _Reader._variable,
    _kind("function_call"): _Reader._call,
    _CONDITIONAL: _Reader._conditional,
    _kind("binary_operation"): _Reader._binary,
    _kind("unary_operation"): _Reader._unary,
}
