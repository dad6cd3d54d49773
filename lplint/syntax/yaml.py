"""Reads YAML 1.1 into nodes with the place of every value, by libyaml's events and without recursion."""

from __future__ import annotations

import itertools
import re

import yaml

from lplint.model.node import Map, Scalar, Seq, Unknown, shortened
from lplint.model.source import Span
from lplint.model.text import Text
from lplint.syntax.parsed import Parsed, SyntaxProblem
from lplint.syntax.yaml_scalars import BLANKS, BREAKS, SPECIAL_STARTS, resolve, scalar_segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lplint.model.node import Node
    from lplint.model.source import Source

_Loader: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Who walks the nodes may recurse; nobody nests a policy this deep.
MAX_DEPTH = 500
# How many nodes aliases and merges may add to a file's own: aliases of aliases grow without bound for who walks them.
MAX_ALIASED = 100_000
# YAML 1.1, 7.4.2: an implicit key is at most this long.
_MAX_KEY = 1024
# libyaml looks every tag up in the list of these, one by one.
_MAX_TAG_DIRECTIVES = 100

_STANDARD = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset(("!", _STANDARD + "str"))
# Tags that say what the resolution of plain scalars and the shape of collections say anyway.
_RESOLVED_TAGS = frozenset(_STANDARD + name for name in ("bool", "float", "int", "null"))
_KNOWN_TAGS = _TEXT_TAGS.union(
    _RESOLVED_TAGS, (_STANDARD + name for name in ("map", "merge", "omap", "pairs", "seq", "set", "timestamp", "value"))
)

# The anchor and the tag before a node, with what may stand between them and it. libyaml lets a byte order mark start
# any line.
_PROPERTIES = re.compile(
    rf"(?:(?:&[0-9A-Za-z_-]++|![^{BLANKS}]*+)(?:[{BLANKS}]++|(?<=[{BREAKS}])\ufeff|#[^{BREAKS}]*+)*+){{1,2}}"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Jinja, Helm and Terraform templates, at a place where a value may start.
_TEMPLATE = re.compile(r"(?<![^\s\[,-])(?:\{\{|\{%|%\{)")
_COLON = re.compile(r":\s")
_COMPLAINTS = (
    ("mapping keys are not allowed", 'a "? " cannot start a key here; put the value in quotes'),
    ("sequence entries are not allowed", "a list cannot start here; start it on a line of its own, or quote the value"),
    ("escape character", 'YAML knows no such escape; write "\\\\" for a backslash, or put the value in single quotes'),
    ("hex", 'this escape lacks hexadecimal digits: "\\x" takes two, "\\u" four and "\\U" eight; add them'),
    ("escape code", 'this escape is no whole character; write the character itself, or "\\U" and eight digits'),
    ("indentation indicator", 'the digit after "|" or ">" is from 1 to 9; correct it or leave it out'),
    ("comment or line break", 'the text of a block scalar starts on the line below its "|" or ">"; quote the value'),
    ("<document start>", 'the value ends before this; quote the whole value, or start a new document with "---"'),
    ("undefined tag handle", 'no %TAG directive defines the handle of this tag; write the tag with one "!"'),
    ("incompatible YAML", "only YAML 1 can be read; correct the %YAML directive"),
    ("duplicate %", "a directive can stand only once; remove this one"),
)
# What the reader of YAML 1.1 refuses (5.1, c-printable). It takes 3 ms to compile, for an error that hardly comes.
_FORBIDDEN = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def parse(source: Source) -> Parsed:
    """The documents of a YAML text up to its first error, and that error. Never raises."""
    text = source.text
    if text.count("%TAG") > _MAX_TAG_DIRECTIVES and len(re.findall("(?m)^%TAG", text)) > _MAX_TAG_DIRECTIVES:
        message = f"there are more than {_MAX_TAG_DIRECTIVES} %TAG directives; leave out those that are not needed"
        return Parsed([], [_problem(source, text.index("%TAG"), message)])
    composer = _Composer(source)
    try:
        composer.compose(text)
    except yaml.reader.ReaderError:
        return _parse_before_forbidden(source)
    except yaml.MarkedYAMLError as error:
        composer.problems.append(_explain(source, error, composer.innermost_bracket()))
    return Parsed(composer.documents, composer.problems)


def _parse_before_forbidden(source: Source) -> Parsed:
    """libyaml reads ahead, so it refuses a character before it gives the documents that stand above it."""
    found = re.search(_FORBIDDEN, source.text)
    at = found.start() if found else 0
    composer = _Composer(source, is_cut=True)
    try:
        composer.compose(source.text[:at])
    except yaml.MarkedYAMLError as error:
        if error.problem_mark is not None and error.problem_mark.index < at:
            composer.problems.append(_explain(source, error, composer.innermost_bracket()))
            return Parsed(composer.documents, composer.problems)
    name = "U+" + "".join(f"{ord(character):04X}" for character in source.text[at : at + 1])
    message = f"YAML does not allow the character {name}; remove it, or write it as an escape in double quotes"
    return Parsed(composer.documents, [*composer.problems, _problem(source, at, message)])


class _Anchor:
    """A node that aliases may name, with what following one of them adds to the document: nodes, and levels."""

    __slots__ = ("height", "node", "size")

    def __init__(self) -> None:
        self.node: Node | None = None  # None until its end is read: an alias inside it would never end
        self.size = 1
        self.height = 0


class _Collection:
    """A mapping or sequence whose end is still to come. A mapping's nodes are its keys and values in turn."""

    __slots__ = ("anchor", "count", "deepest", "is_flow", "is_map", "nodes", "start", "tag_start")

    def __init__(self, start: int, is_map: bool, is_flow: bool) -> None:
        self.start = start
        self.is_map = is_map
        self.is_flow = is_flow
        self.nodes: list[Node] = []
        self.tag_start: int | None = None  # where the tag stands that makes the value unknown
        self.anchor: _Anchor | None = None
        self.count = 0  # the composer's, when the anchor came
        self.deepest = 0


class _Composer:
    """Makes nodes of events. What libyaml gives as the end of a block is the start of the next token, so the ends are
    kept here."""

    def __init__(self, source: Source, is_cut: bool = False) -> None:
        self.source = source
        self.is_cut = is_cut  # the text was cut off: a document that ends with it is not read to its end
        self.documents: list[Node] = []
        self.problems: list[SyntaxProblem] = []
        self.anchors: dict[str, _Anchor] = {}
        self.stack: list[_Collection] = []
        self.count = 0  # nodes in closed collections, those behind aliases included
        self.deepest = 0  # the deepest level since the innermost open anchor
        self.aliased = 0
        self.has_merges = False

    def compose(self, text: str) -> None:
        """Reads all documents; raises yaml.YAMLError where libyaml does."""
        if text.startswith("\ufeff"):
            # The source's own byte order mark is off already. libyaml would drop this one without counting it.
            text = " " + text[1:]
        try:
            loader = _Loader(text)
        except UnicodeEncodeError:
            # U+FFFF is as long, and refused where it stands.
            loader = _Loader(_SURROGATE.sub("\uffff", text))
        try:
            self._compose(loader.get_event, len(text))
        except (OverflowError, ValueError):
            # An escape in a tag (!%ED%A0%80), or a \U in the pure Python scanner, of what is no character.
            message = "a value after this has an escape of what is no character; correct it"
            self.problems.append(_problem(self.source, self.last_place(), message))
        finally:
            loader.dispose()

    def innermost_bracket(self) -> int | None:
        """Where the innermost bracket that is still open stands."""
        return next((collection.start for collection in reversed(self.stack) if collection.is_flow), None)

    def last_place(self) -> int:
        """Where the last value stands that was read in the open collection."""
        if not self.stack:
            return 0
        nodes = self.stack[-1].nodes
        return nodes[-1].start if nodes else self.stack[-1].start

    def _compose(self, get_event: Callable[[], Any], text_end: int) -> None:
        source = self.source
        text = source.text
        stack = self.stack
        document = collection = _Collection(0, is_map=False, is_flow=False)
        nodes = collection.nodes
        is_map = False
        last_end = 0
        node: Node
        while (event := get_event()) is not None:
            kind = event.__class__
            start = event.start_mark.index
            end = event.end_mark.index
            if kind is yaml.ScalarEvent:
                value: str = event.value
                is_key = is_map and not len(nodes) & 1
                if event.anchor is not None or event.tag is not None:
                    node = self._scalar_with_properties(event, start, end)
                    last_end = node.end
                    if is_key:
                        node = _as_key(node)
                elif event.style:
                    node = self._text(value, event.style, start, end)
                    last_end = node.end
                elif is_key or value[:1] not in SPECIAL_STARTS:
                    # A value is never longer than it is written, and as long only without escapes and folds.
                    node = Text(source, start, end, value, start if end - start == len(value) else scalar_segments)
                    last_end = end
                    if value == "<<":
                        self.has_merges = True
                elif value:
                    resolved = resolve(value)
                    if isinstance(resolved, str):
                        node = self._text(value, "", start, end)
                    else:
                        node = Scalar(source, start, end, resolved)
                    last_end = end
                else:
                    # The mark of a value left out may be that of the next token.
                    if not (start and text[start - 1] in BLANKS):
                        last_end = start
                    node = Scalar(source, last_end, last_end, None)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                if len(stack) == MAX_DEPTH:
                    message = f"nested more than {MAX_DEPTH} levels deep; lplint reads no further"
                    self.problems.append(_problem(source, start, message))
                    return
                is_map = kind is yaml.MappingStartEvent
                collection = _Collection(start, is_map, event.flow_style)
                nodes = collection.nodes
                stack.append(collection)
                if event.anchor is not None or event.tag is not None:
                    self._open_properties(collection, event)
                elif len(stack) > self.deepest:
                    self.deepest = len(stack)
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                # The pair in [a: b] is a mapping in flow style without brackets, and its end has no width.
                if collection.is_flow and end > start:
                    last_end = end
                node = self._close(collection, last_end)
                stack.pop()
                collection = stack[-1] if stack else document
                nodes = collection.nodes
                is_map = collection.is_map
                if is_map and not len(nodes) & 1:
                    node = _as_key(node)
            elif kind is yaml.AliasEvent:
                node = self._follow(event.anchor, start, end)
                last_end = end
                if is_map and not len(nodes) & 1:
                    node = _as_key(node)
            elif kind is yaml.DocumentEndEvent:
                # An empty document says nothing; one that the end of a cut text closes is not whole.
                is_empty = isinstance(nodes[0], Scalar) and nodes[0].start == nodes[0].end
                if not is_empty and not (self.is_cut and start == text_end and not event.explicit):
                    self.documents.append(nodes[0])
                nodes.clear()
                self.anchors = {}
                continue
            else:
                continue
            nodes.append(node)

    def _text(self, value: str, style: str, start: int, end: int) -> Text:
        if style and style in "|>":
            from lplint.syntax.yaml_segments import block_scalar_end  # not every file has such a scalar

            return Text(self.source, start, block_scalar_end(self.source.text, start, end), value, scalar_segments)
        quote = 1 if style else 0
        is_copy = end - start - 2 * quote == len(value)
        return Text(self.source, start, end, value, start + quote if is_copy else scalar_segments)

    def _scalar_with_properties(self, event: Any, start: int, end: int) -> Node:
        text = self.source.text
        tag, style, value = event.tag, event.style or "", event.value
        # Without a value, the scalar's marks are those of its properties.
        found = _PROPERTIES.match(text, start, end) if style or value else None
        begin = found.end() if found else end
        is_known = tag is None or tag in _KNOWN_TAGS
        resolved: str | bool | int | float | None = value
        if tag in _RESOLVED_TAGS or (is_known and not style and tag not in _TEXT_TAGS):
            resolved = resolve(value)
        node: Node
        if isinstance(resolved, str):
            node = self._text(value, style, begin, end)
        else:
            node = Scalar(self.source, begin, end, resolved)
        if not is_known:
            node = self._unknown(text.index("!", start), node)
        if event.anchor is not None:
            self.anchors[event.anchor] = anchor = _Anchor()
            anchor.node = node
        return node

    def _open_properties(self, collection: _Collection, event: Any) -> None:
        text = self.source.text
        if event.tag is not None and event.tag not in _KNOWN_TAGS:
            collection.tag_start = text.index("!", collection.start)
        # The end mark is after the opening bracket, or before the first entry of a block; but after the "-" where the
        # sequence is indented no further than the key above it.
        start = event.end_mark.index
        if collection.is_flow or (not collection.is_map and text[start : start + 1] != "-"):
            start -= 1
        collection.start = start
        level = len(self.stack)
        if event.anchor is not None:
            self.anchors[event.anchor] = collection.anchor = _Anchor()
            collection.count = self.count
            collection.deepest = self.deepest
            self.deepest = level
        elif level > self.deepest:
            self.deepest = level

    def _close(self, collection: _Collection, end: int) -> Node:
        nodes = collection.nodes
        self.count += len(nodes)
        node: Node
        if collection.is_map:
            pairs = iter(nodes)
            entries: list[tuple[Text, Node]] = list(zip(pairs, pairs, strict=True))  # type: ignore[arg-type]
            node = Map(self.source, collection.start, end, self._merged(entries) if self.has_merges else entries)
        else:
            node = Seq(self.source, collection.start, end, nodes)
        if collection.tag_start is not None:
            node = self._unknown(collection.tag_start, node)
        if (anchor := collection.anchor) is not None:
            anchor.node = node
            anchor.size = self.count - collection.count + 1
            anchor.height = self.deepest - len(self.stack) + 1
            self.deepest = max(self.deepest, collection.deepest)
        return node

    def _merged(self, entries: list[tuple[Text, Node]]) -> list[tuple[Text, Node]]:
        """The entries with those that `<<` brings put before the map's own, which win, as do the earlier maps of
        one `<<` and the later `<<` of a map. A `<<` that cannot be followed stays an entry."""
        own: list[tuple[Text, Node]] = []
        merged: list[list[Map]] = []
        for entry in entries:
            key, value = entry
            if key.value == "<<" and key.end - key.start == 2:
                items = value.items if isinstance(value, Seq) else [value]
                maps = [each for each in items if isinstance(each, Map)]
                size = sum(len(each.entries) for each in maps)
                if len(maps) == len(items) and self.aliased + size <= MAX_ALIASED:
                    self.aliased += size
                    merged.append(maps)
                    continue
            own.append(entry)
        seen = {key.value for key, _ in own}
        brought: list[tuple[Text, Node]] = []
        for each in itertools.chain(*reversed(merged)):
            latest = {entry[0].value: entry for entry in each.entries if entry[0].value not in seen}
            brought += latest.values()
            seen.update(latest)
        return own + brought

    def _unknown(self, start: int, node: Node) -> Unknown:
        return Unknown(self.source, start, node.end, None, node)

    def _follow(self, name: str, start: int, end: int) -> Node:
        """What an alias stands for: the very node that has the anchor, unless that would never end or grow too big."""
        anchor = self.anchors.get(name)
        if anchor is None:
            message = (
                f'"*{shortened(name)}" names no anchor above it; put it in quotes if the star is part of the value,'
                f' or define it with "&{shortened(name)}"'
            )
            self.problems.append(SyntaxProblem(Span(self.source, start, end), message, fatal=False))
        else:
            level = len(self.stack) + anchor.height
            if anchor.node is not None and level <= MAX_DEPTH and self.aliased + anchor.size <= MAX_ALIASED:
                self.aliased += anchor.size
                self.count += anchor.size - 1
                self.deepest = max(self.deepest, level)
                return anchor.node
        return Unknown(self.source, start, end, None)


def _as_key(node: Node) -> Text:
    """A key is the text of what stands there: `on`, `1` and `{{ name }}` are not what YAML makes of them."""
    if isinstance(node, Unknown) and node.value is not None:
        node = node.value
    if isinstance(node, Text):
        return node
    written = node.source.text[node.start : min(node.end, node.start + _MAX_KEY)]
    return Text(node.source, node.start, node.end, written, node.start)


def _problem(source: Source, at: int, message: str, template: bool = False) -> SyntaxProblem:
    """A problem at one character; at the last one where the text ends too early."""
    at = max(0, min(at, len(source.text) - 1))
    return SyntaxProblem(Span(source, at, min(at + 1, len(source.text))), message, template=template)


def _explain(source: Source, error: yaml.MarkedYAMLError, bracket: int | None) -> SyntaxProblem:
    """libyaml's complaint in the words of somebody who writes YAML. `bracket` is the innermost one still open."""
    text = source.text
    problem, context = str(error.problem or ""), str(error.context or "")
    at = error.problem_mark.index if error.problem_mark else 0
    opened = error.context_mark.index if error.context_mark else at
    character = text[at : at + 1]
    line = _line_start(text, at)
    is_first_of_line = not text[line:at].strip()
    is_end = not text[at:].strip()
    if character == "\t" and ("tab" in problem or "start any token" in problem):
        return _problem(source, at, "a tab cannot indent YAML; use spaces")
    if (template := _TEMPLATE.search(text, line, at + 2)) is not None:
        message = f'"{template[0]}" is of a template, not of YAML; quote the value, or lint what the template makes'
        return _problem(source, template.start(), message, template=True)
    if "node content" in problem and is_end and bracket is not None:
        problem, opened = "expected ',' or", bracket

    if "start any token" in problem and character in "|>":
        message = f'"{character}" cannot start a block scalar inside brackets; put the value in quotes'
    elif "start any token" in problem:
        message = f'a value cannot start with "{character}"; put it in quotes'
    elif "alphabetic or numeric" in problem and opened < at:
        at = opened
        message = f'"{text[at]}" starts {"an alias" if text[at] == "*" else "an anchor"}; put the value in quotes'
    elif "mapping values are not allowed" in problem and _COLON.search(text, line, at):
        message = 'a value with ": " in it must be in quotes'
    elif "mapping values are not allowed" in problem:
        message = "this key is indented like a part of the value above; align it with the keys that it belongs to"
    elif "find expected ':'" in problem:
        at = opened
        message = 'no ": " follows this key; write "key: value", or indent the line to go on with the value above'
    elif "quoted scalar" in context and ("end of stream" in problem or "document" in problem):
        at = opened
        message = "this quote is never closed; close it where the value ends"
    elif "expected ',' or" in problem:
        closing = "]" if text[opened : opened + 1] == "[" else "}"
        opening_line = _line_start(text, opened)
        if is_end or (opening_line < line and _indent(text, line) <= _indent(text, opening_line)):
            at = opened
            message = f'this bracket is never closed; add the closing "{closing}"'
        else:
            number = Span(source, opened, opened + 1).in_file().start_position().line
            message = f'"," or "{closing}" is missing before this, inside the bracket of line {number}'
    elif "node content" in problem and character == "-":
        message = 'a "- " cannot start a list inside brackets; put the value in quotes'
    elif "node content" in problem:
        message = "a value is missing before this"
    elif "block mapping" in context and is_first_of_line and character == "-":
        message = 'a "- " cannot stand among the keys of a mapping; indent the list below its key'
    elif "block mapping" in context and is_first_of_line:
        message = "the indentation of this line fits no line above; align it with the keys that it belongs to"
    elif "block collection" in context and is_first_of_line:
        message = 'this line is in the column of a list but does not start with "- "; align it with what it belongs to'
    elif "block mapping" in context or "block collection" in context:
        message = "the value ends before this; put the whole value in quotes"
    else:
        message = next((message for words, message in _COMPLAINTS if words in problem), "")
        message = message or f"YAML cannot be read past this ({' '.join(filter(None, (context, problem)))}); correct it"
    return _problem(source, at, message)


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _indent(text: str, line: int) -> int:
    end = line
    while text[end : end + 1] == " ":
        end += 1
    return end - line
