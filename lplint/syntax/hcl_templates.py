"""The text of HCL's templates: its escapes, its strip markers, and the indentation that a heredoc leaves out."""

from __future__ import annotations

import re

from lplint.model.source import Source, Span, Spanned
from lplint.model.text import Segment
from lplint.syntax.hcl_tree import ForDirective, IfDirective, Interpolation, TextPart

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplint.syntax.hcl_tree import Expression, Part

_QUOTED_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)|\$\$\{|%%\{", re.DOTALL)
_BARE_ESCAPE = re.compile(r"\$\$\{|%%\{")
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LINE = re.compile(r"[^\n]*+\n|[^\n]++")
# What Go's unicode.IsSpace takes for white space; str.isspace() takes four control characters more.
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Mark(Spanned):
    """What stands between the texts of a template: `${...}`, or one of `%{ if ... }`, `%{ else }`, `%{ endif }`,
    `%{ for ... }` and `%{ endfor }`, which `clause` names; it is empty for `${...}`.

    `expression` is what is interpolated, the condition of the if, or the collection of the for.
    """

    __slots__ = ("clause", "expression", "key_name", "strips_after", "strips_before", "value_name")

    def __init__(
        self,
        source: Source,
        start: int,
        end: int,
        clause: str,
        expression: Expression | None,
        key_name: str | None = None,
        value_name: str = "",
    ) -> None:
        self.source = source
        self.start = start
        self.end = end
        self.clause = clause
        self.expression = expression
        self.key_name = key_name
        self.value_name = value_name
        self.strips_before = source.text.startswith("~", start + 2)
        self.strips_after = source.text.startswith("~", end - 2)

    def __repr__(self) -> str:
        return f"Mark({self.clause or '${}'!r}, {self.expression!r})"


class _Literal:
    """One of HCL's tokens of literal text: a whole quoted stretch, or at most a line of a heredoc. A strip marker takes
    from the token next to it and no other.

    `runs` are stretches of the value, each with the offsets of what is written for it: one to one, or one escape.
    """

    __slots__ = ("end", "runs", "start")

    def __init__(self, start: int, end: int, runs: list[tuple[str, int, int]]) -> None:
        self.start = start
        self.end = end
        self.runs = runs

    @property
    def value(self) -> str:
        return "".join(run[0] for run in self.runs)

    def drop_leading(self, count: int) -> None:
        """Takes away that many characters from the front."""
        runs = self.runs
        while count > 0 and runs:
            text, low, high = runs[0]
            if len(text) <= count:
                del runs[0]
            else:
                # White space is never part of an escape of two characters.
                runs[0] = (text[count:], low + count, high)
            count -= len(text)

    def strip_before(self) -> None:
        value = self.value
        self.drop_leading(len(value) - len(value.lstrip(_SPACES)))

    def strip_after(self) -> None:
        runs = self.runs
        while runs:
            text, low, high = runs[-1]
            kept = text.rstrip(_SPACES)
            if kept:
                if len(kept) < len(text):
                    runs[-1] = (kept, low, high - len(text) + len(kept))
                return
            del runs[-1]


def template_parts(
    source: Source,
    start: int,
    end: int,
    marks: Sequence[Mark],
    report: Callable[[int, int, str], None],
    *,
    quoted: bool = False,
    indented: bool = False,
) -> tuple[Part, ...]:
    """The parts of the template that is written from `start` to `end`, where `marks` stand in order.

    `quoted` is for a string in quotes, which alone has escapes with a backslash; `indented` for a heredoc with `<<-`.
    `report` is told the places of escapes that do not exist, which are read as they are written.
    """
    escape = _QUOTED_ESCAPE if quoted else _BARE_ESCAPE
    # Where the lines of a heredoc end is of interest only if something is taken away from one.
    by_line = not quoted and (indented or any(mark.strips_before or mark.strips_after for mark in marks))
    tokens: list[_Literal | Mark] = []
    pos = start
    for mark in marks:
        if mark.start > pos:
            _read_literals(source.text, pos, mark.start, escape, by_line, report, tokens)
        tokens.append(mark)
        pos = mark.end
    if end > pos:
        _read_literals(source.text, pos, end, escape, by_line, report, tokens)
    _strip(tokens)
    if indented:
        _unindent(tokens)
    return _nest(source, tokens)


def unescape(text: str, start: int, end: int, report: Callable[[int, int, str], None]) -> str:
    """What stands between the quotes of a string without interpolations."""
    if text.find("\\", start, end) < 0 and text.find("{", start, end) < 0:
        return text[start:end]
    return _Literal(start, end, _runs(text, start, end, _QUOTED_ESCAPE, report)).value


def _read_literals(
    text: str,
    start: int,
    end: int,
    escape: re.Pattern[str],
    by_line: bool,
    report: Callable[[int, int, str], None],
    tokens: list[_Literal | Mark],
) -> None:
    if by_line:
        for line in _LINE.finditer(text, start, end):
            low, high = line.span()
            tokens.append(_Literal(low, high, _runs(text, low, high, escape, report)))
    else:
        tokens.append(_Literal(start, end, _runs(text, start, end, escape, report)))


def _runs(
    text: str, start: int, end: int, escape: re.Pattern[str], report: Callable[[int, int, str], None]
) -> list[tuple[str, int, int]]:
    runs = []
    pos = start
    for match in escape.finditer(text, pos, end):
        low, high = match.span()
        value = match[0][1:]
        if value[0] in 'nrtuU"\\':
            if (value := _escaped(match[0])) == "":
                problem = "this escape is no character; write \\u and four hexadecimal digits, or \\U and eight"
                report(low, high, problem)
                continue
        elif text[low] == "\\":
            report(low, high, f"there is no escape {match[0]!s}; write \\\\ for a backslash")
            continue
        if low > pos:
            runs.append((text[pos:low], pos, low))
        runs.append((value, low, high))
        pos = high
    if end > pos:
        runs.append((text[pos:end], pos, end))
    return runs


def _escaped(written: str) -> str:
    """The character of an escape with a backslash; nothing if it is none."""
    if written[1] not in "uU":
        return _SIMPLE_ESCAPES[written[1]]
    if len(written) == 2:
        return ""
    code = int(written[2:], 16)
    return "" if 0xD800 <= code < 0xE000 or code > 0x10FFFF else chr(code)


def _strip(tokens: list[_Literal | Mark]) -> None:
    """Does what the strip markers say. In HCL's order: a token is stripped in front before it is stripped behind."""
    for index, token in enumerate(tokens):
        if isinstance(token, _Literal):
            continue
        if token.strips_before and index > 0 and isinstance(before := tokens[index - 1], _Literal):
            before.strip_after()
        if token.strips_after and index + 1 < len(tokens) and isinstance(after := tokens[index + 1], _Literal):
            after.strip_before()


def _unindent(tokens: list[_Literal | Mark]) -> None:
    """Takes from the lines of a heredoc the white space that they have in common.

    As HCL does it (hclsyntax, flushHeredocTemplateParts): blank lines do not count, a line that starts with `${` or
    `%{` has no indentation, and after a strip marker that took a line break no new line starts.
    """
    smallest: int | None = None
    starts: list[_Literal] = []
    is_line_start = True
    for token in tokens:
        is_literal = isinstance(token, _Literal)
        value = token.value if isinstance(token, _Literal) else ""
        if is_line_start:
            is_line_start = False
            trimmed = value.lstrip(_SPACES)
            if trimmed or not value.endswith("\n"):
                spaces = len(value) - len(trimmed)
                smallest = spaces if smallest is None else min(smallest, spaces)
                if isinstance(token, _Literal):
                    starts.append(token)
        if is_literal and value.endswith("\n"):
            is_line_start = True
    for token in starts:
        token.drop_leading(smallest or 0)


class _Open:
    """A directive whose end is still to come."""

    __slots__ = ("branches", "mark")

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.branches: list[list[Part]] = [[]]


def _nest(source: Source, tokens: list[_Literal | Mark]) -> tuple[Part, ...]:
    """The parts with what stands inside each directive within it, and neighbouring texts as one."""
    parts: list[Part] = []
    stack: list[_Open] = []
    pending: list[_Literal] = []
    for token in tokens:
        if isinstance(token, _Literal):
            pending.append(token)
            continue
        into = stack[-1].branches[-1] if stack else parts
        if pending:
            _meld(source, pending, into)
            pending = []
        expression = token.expression
        if not token.clause:
            assert expression is not None  # noqa: S101  an interpolation has something in it
            into.append(Interpolation(source, token.start, token.end, expression))
        elif token.clause in ("if", "for"):
            stack.append(_Open(token))
        elif stack and token.clause == "else":
            stack[-1].branches.append([])
        elif stack:
            opened = stack.pop()
            (stack[-1].branches[-1] if stack else parts).append(_closed(opened, token))
    if pending:
        _meld(source, pending, parts)
    return tuple(parts)


def _closed(opened: _Open, end: Mark) -> Part:
    mark = opened.mark
    assert mark.expression is not None  # noqa: S101  an if has a condition, a for has a collection
    if mark.clause == "if":
        then, otherwise = opened.branches[0], opened.branches[1] if len(opened.branches) > 1 else []
        return IfDirective(mark.source, mark.start, end.end, mark.expression, tuple(then), tuple(otherwise))
    body = tuple(opened.branches[0])
    return ForDirective(mark.source, mark.start, end.end, mark.key_name, mark.value_name, mark.expression, body)


def _meld(source: Source, literals: list[_Literal], into: list[Part]) -> None:
    """One part of neighbouring literals; none if all their text was taken away."""
    values: list[str] = []
    segments: list[Segment] = []
    length = 0
    for literal in literals:
        for value, low, high in literal.runs:
            last = segments[-1] if segments else None
            is_copy = len(value) == high - low
            if last is not None and is_copy and last.span.end == low and last.length == low - last.span.start:
                segments[-1] = Segment(last.start, last.length + len(value), Span(source, last.span.start, high))
            else:
                segments.append(Segment(length, len(value), Span(source, low, high)))
            values.append(value)
            length += len(value)
    if length:
        into.append(TextPart(source, literals[0].start, literals[-1].end, "".join(values), segments))
