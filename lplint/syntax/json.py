"""JSON with the place of every key and value.

The standard library's decoder keeps no offsets and drops the first of two equal keys. This scanner keeps both, reads on
after the slips that people make (a comment, a trailing comma), and says of the others what a person needs to mend them.
What a template leaves to another tool (Terraform's `${arns}`, Jinja's `{{ arns }}`) is an Unknown where a value stands.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # in the module, not in the stubs

from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.source import Span
from lplint.model.text import Hole, Segment, Text
from lplint.syntax.parsed import MAX_DEPTH, Parsed, SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from lplint.model.node import Node
    from lplint.model.source import Source

_WS = r"[ \t\n\r]*+"
# A string, with its closing quote if it has one: what was looked at once for a string is not looked at again.
_STRING = re.compile(r'"([^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+)"?')
_MARK = re.compile(r"[{}\[\],:]|[^{}\[\],: \t\n\r]++")
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(\.[0-9]++)?+([eE][+-]?[0-9]++)?+"
_IS_NUMBER = re.compile(_NUMBER).fullmatch
# In characters. What stands between strings is remembered, and people write little there.
_LONGEST_GAP = 1000
_CLOSING = {Map: "}", Seq: "]"}
_VALUE = re.compile(rf"([{{\[])|({_NUMBER})(?![\w.])|(true|false|null)\b").match
_DELIMITER = re.compile(rf"{_WS}([,}}\]])").match
_SPACE = re.compile(_WS).match
_COMMENT = re.compile(r"//[^\n\r]*+|/\*(?s:.*?)\*/").match
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_CONTROL = re.compile(r"[\x00-\x1f]")
# How other tools mark what they fill in, and what ends it; None is the brace that matches. An expression stands for a
# value, a directive says something about the lines around it ("if", "for").
_EXPRESSIONS = {"${": None, "{{": "}}", "#{": None, "<%=": "%>"}
_DIRECTIVES = {"%{": None, "{%": "%}", "<%": "%>", "{{#": "}}", "{{/": "}}", "{{-": "}}"}
_BRACE = re.compile(r'[{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_WORD = re.compile(r"[\w.$-]+").match
_LITERALS = {"true": True, "false": False, "null": None}
_LINES_EXTENSIONS = (".jsonl", ".ndjson")


class _FatalError(Exception):
    """Reading cannot go on; `problem` says why."""

    def __init__(self, problem: SyntaxProblem) -> None:
        self.problem = problem


def parse(
    source: Source,
    *,
    comments: bool = False,
    unknown: Callable[[str], bool] | None = None,
    directive: Callable[[str], bool] | None = None,
) -> Parsed:
    """The JSON values of a text, one after the other; a JSON file has one. `comments` accepts `//` and `/* */`.
    `unknown` tells the characters that stand for a value which is not known, `directive` those that stand for a
    template's word on the lines around it."""
    whole = _well_formed(source)
    if whole is not None:
        return Parsed([whole], [])
    reader = _Reader(source, comments, unknown, directive)
    documents: list[Node] = []
    try:
        pos = reader.skip(0)
        while pos < len(source.text):
            if len(documents) == 1 and not source.path.endswith(_LINES_EXTENSIONS):
                reader.slip(pos, pos + 1, "a second JSON value follows the first; a JSON file holds one")
            node, pos = reader.read(pos)
            documents.append(node)
            pos = reader.skip(pos)
    except _FatalError as stop:
        reader.problems.append(stop.problem)
    return Parsed(documents, reader.problems)


def segments(text: Text) -> list[Segment]:
    """The way back from the characters of a string with escapes: each escape is one segment."""
    source, raw = text.source, text.source.text
    made: list[Segment] = []
    at, pos, end = 0, text.start + 1, text.end - 1
    for match in _ESCAPE.finditer(raw, pos, end):
        low, high = match.span()
        if low > pos:
            made.append(Segment(at, low - pos, Span(source, pos, low)))
            at += low - pos
        made.append(Segment(at, 1, Span(source, low, high)))
        at, pos = at + 1, high
    if end > pos:
        made.append(Segment(at, end - pos, Span(source, pos, end)))
    return made


def _well_formed(source: Source) -> Node | None:
    """The one value of a text that is JSON to the letter, as most are; None for others, of which `_Reader` tells more.

    Strings are nearly all of it. What stands between two of them is the same all over a file, and in most files, so it
    is taken apart once.
    """
    text = source.text
    escapes = "\\" in text
    stack: list[tuple[Map | Seq | None, Text | None]] = []
    container: Map | Seq | None = None  # the innermost open one
    key: Text | None = None  # of the value that comes next, in a map
    node: Node | None = None  # what was read last, while it is not in its container
    pos = 0
    pieces = _STRING.split(text)
    for gap, written in zip_longest(pieces[::2], pieces[1::2]):
        if len(gap) > _LONGEST_GAP:
            return None
        for mark, low, high in _marks(gap):
            if mark == ":":
                if type(container) is not Map or key is not None or type(node) is not Text:
                    return None
                key, node = node, None
                continue
            ended = node is not None
            if node is not None:
                if type(container) is Seq:
                    container.items.append(node)
                elif type(container) is Map and key is not None:
                    container.entries.append((key, node))
                    key = None
                else:
                    return None
                node = None
                if mark == ",":
                    continue
            if mark == "}" or mark == "]":
                if container is None or mark != _CLOSING[type(container)]:
                    return None
                if not ended and (key is not None or _has_members(container)):
                    return None
                container.end = pos + high
                node = container
                container, key = stack.pop()
            elif ended or (key is None and type(container) is Map):
                return None
            elif mark == "{" or mark == "[":
                if len(stack) == MAX_DEPTH:
                    return None
                stack.append((container, key))
                container, key = (Map if mark == "{" else Seq)(source, pos + low, pos + high, []), None
            else:
                node = _word(source, mark, pos + low, pos + high)
                if node is None:
                    return None
        pos += len(gap)
        if written is None:
            break
        if node is not None:
            return None
        end = pos + len(written) + 2
        if not escapes or "\\" not in written:
            node = Text(source, pos, end, written, pos + 1)
        elif (node := _escaped(source, pos, end)) is None:
            return None
        pos = end
    # A string without its closing quote makes the sum too great.
    return node if container is None and pos == len(text) else None


@lru_cache(maxsize=1024)
def _marks(gap: str) -> list[tuple[str, int, int]]:
    """The brackets, commas, colons and words of some text, with their offsets."""
    return [(match[0], *match.span()) for match in _MARK.finditer(gap)]


def _has_members(container: Map | Seq) -> bool:
    return bool(container.items if isinstance(container, Seq) else container.entries)


def _word(source: Source, word: str, start: int, end: int) -> Scalar | None:
    """The number, boolean or null that a word is; None if it is none."""
    if word in _LITERALS:
        return Scalar(source, start, end, _LITERALS[word])
    number = _IS_NUMBER(word)
    return Scalar(source, start, end, _number(word, number[1] or number[2])) if number is not None else None


def _escaped(source: Source, start: int, end: int) -> Text | None:
    """The string with escapes at a place; None if JSON does not know them all."""
    try:
        return Text(source, start, end, scanstring(source.text, start + 1, False)[0], segments)
    except JSONDecodeError:
        return None


class _Reader:
    """One pass over one text in which something is not as JSON has it. Iterative: how deep the text nests costs no
    Python stack."""

    def __init__(
        self,
        source: Source,
        comments: bool,
        unknown: Callable[[str], bool] | None,
        directive: Callable[[str], bool] | None,
    ) -> None:
        self.source = source
        self.comments = comments
        self.unknown = unknown
        self.directive = directive
        self.problems: list[SyntaxProblem] = []
        self.template = False  # whether the text turned out to be one

    def read(self, pos: int) -> tuple[Node, int]:
        """The value that begins at or after `pos`, and the offset behind it."""
        source = self.source
        text = source.text
        stack: list[tuple[Map | Seq | None, Text | None]] = []
        container: Map | Seq | None = None  # the innermost open one
        key: Text | None = None  # of the value that is read now, in a map
        node: Node | None
        while True:
            node, delimiter = None, ""
            pos = self.skip(pos)
            if container is not None:
                if text.startswith(_CLOSING[type(container)], pos):
                    self._check_trailing(container, pos)
                    delimiter, pos = text[pos], pos + 1
                elif (behind := self._template_end(pos, _DIRECTIVES)) is not None:
                    pos = self._directive(container, pos, behind)
                    continue
                elif type(container) is Map:
                    key, pos = self._key(container, pos)
                    pos = self.skip(pos)
            if not delimiter:
                match = _VALUE(text, pos)
                if match is None or text.startswith("{{", pos):
                    node, pos = self._rare(pos, container)
                elif match[1]:
                    if len(stack) >= MAX_DEPTH:
                        self._stop(pos, pos + 1, f"nested more than {MAX_DEPTH} levels deep; lplint reads no further")
                    stack.append((container, key))
                    container = (Map if match[1] == "{" else Seq)(source, pos, pos + 1, [])
                    pos += 1
                    continue
                elif match[2]:
                    node, pos = Scalar(source, pos, match.end(), _number(match[2], match[3] or match[4])), match.end()
                else:
                    node, pos = Scalar(source, pos, match.end(), _LITERALS[match[5]]), match.end()
            while True:
                if node is not None:
                    if container is None:
                        return node, pos
                    if type(container) is Map:
                        assert key is not None  # noqa: S101  a map's value is read only behind its key
                        container.entries.append((key, node))
                    elif type(container) is Seq:
                        container.items.append(node)
                    delimiter, pos = self._delimiter(container, pos)
                if delimiter == ",":
                    break
                assert container is not None  # noqa: S101  a bracket closes only what is open
                container.end = pos
                node, delimiter = container, ""
                container, key = stack.pop()

    def skip(self, pos: int) -> int:
        """The offset of the first character at or after `pos` that is neither white space nor comment."""
        text = self.source.text
        while True:
            pos = _end(_SPACE(text, pos), pos)
            comment = _COMMENT(text, pos)
            if comment is None:
                return pos
            if not self.comments and not any("comment" in problem.message for problem in self.problems):
                self.slip(pos, comment.end(), "JSON has no comments; remove it, or name the file .jsonc", needless=True)
            pos = comment.end()

    def slip(self, start: int, end: int, message: str, needless: bool = False) -> None:
        """Notes a problem that reading survives."""
        self.problems.append(SyntaxProblem(Span(self.source, start, end), message, fatal=False, needless=needless))

    def _check_trailing(self, container: Map | Seq, pos: int) -> None:
        """A closing bracket where a member could stand is right behind the opening one only."""
        if _has_members(container) and not self.template:
            comma = self.source.text.rindex(",", 0, pos)
            self.slip(comma, comma + 1, "JSON allows no comma after the last member; remove it", needless=True)

    def _key(self, container: Map, pos: int) -> tuple[Text, int]:
        """A key that is not a plain string with its colon right behind it, and the offset behind the colon."""
        text = self.source.text
        if (end := self._template_end(pos, _EXPRESSIONS)) is not None:
            key, pos = self._hole(pos, end), end
        elif text.startswith('"', pos):
            key, pos = self._string(pos)
        else:
            what = "a key in double quotes" if container.entries else "a key in double quotes or '}'"
            self._unexpected(pos, what, container)
        pos = self.skip(pos)
        if not text.startswith(":", pos):
            self._unexpected(pos, f"':' after the key {_shorten(key.display)}", container)
        return key, pos + 1

    def _rare(self, pos: int, container: Map | Seq | None) -> tuple[Text | Unknown, int]:
        """A value that is not written as most are: a string with escapes, or what a template leaves to another tool."""
        while self.directive is not None and (end := self._template_end(pos, _DIRECTIVES)) is not None:
            pos = self.skip(end)
        start = pos
        while (end := self._template_end(pos, _EXPRESSIONS)) is not None:
            self.template = True
            pos = _end(_WORD(self.source.text, end), end)
        while self.unknown is not None and pos < len(self.source.text) and self.unknown(self.source.text[pos]):
            pos += 1
        if pos > start:
            return Unknown(self.source, start, pos, self.source.text[start:pos]), pos
        if not self.source.text.startswith('"', pos):
            self._unexpected(pos, "a value", container)
        return self._string(pos)

    def _template_end(self, pos: int, marks: dict[str, str | None]) -> int | None:
        """The offset behind what another tool fills in at `pos`; None if nothing such begins there."""
        text = self.source.text
        if self.directive is not None and marks is _DIRECTIVES and self.directive(text[pos : pos + 1] or " "):
            return pos + 1
        # "{{-" begins with "{{": the longest mark counts.
        mark = next((text[pos : pos + size] for size in (3, 2) if text[pos : pos + size] in marks), None)
        if mark is None:
            return None
        closing = marks[mark]
        if closing is not None:
            end = text.find(closing, pos + len(mark))
            return end + len(closing) if end >= 0 else None
        depth = 0
        for brace in _BRACE.finditer(text, pos):
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if depth == 0:
                return brace.end()
        return None

    def _directive(self, container: Map | Seq, pos: int, end: int) -> int:
        """Keeps in a container that there may be more or less in it than is written."""
        self.template = True
        unknown = Unknown(self.source, pos, end, self.source.text[pos:end])
        if isinstance(container, Map):
            container.entries.append((self._hole(pos, end), unknown))
        else:
            container.items.append(unknown)
        return end

    def _hole(self, pos: int, end: int) -> Text:
        self.template = True
        span = Span(self.source, pos, end)
        return Text(self.source, pos, end, None, [Segment(0, end - pos, span)], (Hole(span.text, span),))

    def _string(self, pos: int) -> tuple[Text, int]:
        """A string with escapes."""
        source = self.source
        try:
            value, end = scanstring(source.text, pos + 1, False)
        except JSONDecodeError as error:
            at = min(error.pos, len(source.text) - 1)
            if "Unterminated" in error.msg:
                self._stop(
                    pos,
                    _line_end(source.text, pos),
                    "this string is not closed on its line; add the closing double quote",
                )
            self._stop(at, at + 2, "JSON knows no such escape; a backslash is written \\\\")
        control = _CONTROL.search(source.text, pos, end)
        if control is not None:
            if control[0] in "\r\n":
                self._stop(pos, control.start(), "this string is not closed on its line; add the closing double quote")
            self.slip(
                control.start(), control.end(), "a control character in a JSON string must be escaped (\\t for a tab)"
            )
        return Text(source, pos, end, value, segments if "\\" in source.text[pos:end] else pos + 1), end

    def _delimiter(self, container: Map | Seq, pos: int) -> tuple[str, int]:
        """What follows a member: a comma, or the bracket that closes the container."""
        text = self.source.text
        match = _DELIMITER(text, pos)
        while match is None:
            pos = self.skip(pos)
            behind = self._template_end(pos, _DIRECTIVES)
            if behind is not None:
                pos = self._directive(container, pos, behind)
            match = _DELIMITER(text, pos)
            if behind is None:
                break
        closing = _CLOSING[type(container)]
        if match is None or match[1] not in (",", closing):
            at = self.skip(pos)
            if text[at : at + 1] in ('"', "{", "["):
                self._stop(at, at + 1, "a comma is missing before this")
            self._unexpected(at, f"',' or '{closing}'", container)
        return match[1], match.end()

    def _unexpected(self, pos: int, wanted: str, container: Map | Seq | None) -> NoReturn:
        text = self.source.text
        if pos >= len(text):
            if container is None:
                self._stop(pos, pos, "the file ends where a JSON value should stand")
            line = self.source.position(container.start).line
            opened = "{" if type(container) is Map else "["
            self._stop(
                container.start, container.start + 1, f"the file ends before the '{opened}' of line {line} is closed"
            )
        if text[pos] == "'":
            self._stop(pos, pos + 1, "JSON strings take double quotes, not single ones")
        if text.startswith((*_EXPRESSIONS, *_DIRECTIVES), pos):
            self.template = True
            self._stop(
                pos, pos + 2, "this is a template, not JSON, so its policy was not checked; check what it renders"
            )
        word = _WORD(text, pos)
        if word is not None and word[0].lower() in ("true", "false", "null", "none"):
            right = "null" if word[0] == "None" else word[0].lower()
            self._stop(pos, word.end(), f"JSON writes {right}, in lower case")
        found = word[0] if word is not None else text[pos]
        self._stop(pos, pos + len(found), f"expected {wanted}, found {_shorten(found)}")

    def _stop(self, start: int, end: int, message: str) -> NoReturn:
        end = min(end, len(self.source.text))
        raise _FatalError(SyntaxProblem(Span(self.source, start, end), message, template=self.template))


def _end(match: re.Match[str] | None, pos: int) -> int:
    return match.end() if match is not None else pos


def _line_end(text: str, pos: int) -> int:
    match = re.compile(r"[^\r\n]*").match(text, pos)
    return _end(match, pos)


def _number(written: str, inexact: str | None) -> int | float:
    # Beyond 4,300 digits int() refuses, to keep its quadratic time out of reach; no policy means such a number.
    return float(written) if inexact or len(written) > 4000 else int(written)


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:39] + "\u2026")
