"""Reads what can be read of a text in Terraform's language that has an error, and says in one sentence what is wrong.

The arguments and blocks are found here, by lines and brackets, so that one that is broken does not spoil the others;
the expressions are left to the parser that found the error. All passes are linear, however the text is made.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from lplint.model.source import Span
from lplint.syntax.hcl_explain import CLOSERS, Token, explain, quoted, shorten
from lplint.syntax.hcl_templates import unescape
from lplint.syntax.hcl_tree import Attribute, Block, Body, Broken
from lplint.syntax.parsed import MAX_DEPTH, SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from lplint.model.source import Source
    from lplint.syntax.hcl_tree import Expression

    # What stands from one offset to another, for which the parser of expressions is to see other characters.
    Mask: TypeAlias = tuple[int, int, str]
    # Reads the expression between two offsets; None if there is none.
    ReadExpression: TypeAlias = Callable[
        [Source, int, int, int, Sequence[Mask]], tuple[Expression | None, list[SyntaxProblem]]
    ]

_NAME = r"[^\W\d][\w-]*+"
_COMMENT = r"(?:\#|//)[^\n]*+|/\*(?s:.*?)\*/"
_BLANK = re.compile(rf"(?:[ \t\r\f\v\ufeff]++|{_COMMENT})*+").match
_BLANK_LINES = re.compile(rf"(?:[ \t\r\f\v\ufeff\n]++|{_COMMENT})*+").match
_WORD = re.compile(_NAME).match
_LABEL = re.compile(rf'"(?:[^"\\\n]++|\\[^\n])*+"|{_NAME}').match
_TOKEN = re.compile(
    rf"""
      (?P<newline> \n)
    | (?P<word> {_NAME}(?:::{_NAME})*+)
    | (?P<number> [0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)
    | (?P<quote> ")
    | (?P<heredoc> <<-?(?P<marker>{_NAME})[ \t\r]*+\n)
    | (?P<open> [\[({{])
    | (?P<close> [\])}}])
    | (?P<comment> /\*)
    | (?P<sign> \.\.\.|=>|[=!<>]=|&&|\|\||[-+*/%!<>?:.,=~])
    """,
    re.VERBOSE,
).match
# The text of a template up to its end, a line break, or what `${` or `%{` open. Any number of dollars before a brace
# but one is an escape.
_QUOTED_TEXT = re.compile(r'(?:[^"\\$%\n]++|\\[^\n]|\${2,}+\{?|%{2,}+\{?|[$%](?!\{))*+').match
_BARE_TEXT = re.compile(r"(?:[^$%\n]++|\${2,}+\{?|%{2,}+\{?|[$%](?!\{))*+").match
_ESCAPED = 'nrt"\\'
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_MARKER_LINE = re.compile(rf"[ \t]*+({_NAME})[ \t\r]*+(?=\n|\Z)").match
_INDENTATION = re.compile(r"[ \t]*+").match
# What is left of the line of a block whose labels cannot be read.
_BROKEN_HEADER = re.compile(r"[^{}=\n]{0,500}+\{(?=[ \t\r]*+(?:\}|\#|//|\n|\Z))").match
_LABEL_TEXT = re.compile(r"[\w.-]+")
_WHOLE_EXPONENT = re.compile(r"[0-9]++[eE]").match
# Where a block starts that nothing is around, in all likelihood.
_BLOCK_START = re.compile(rf'{_NAME}(?:[ \t]++(?:"[^"\n]*+"|{_NAME}))*+[ \t]*+\{{')
_BLOCK_LINE = re.compile(rf"^(?={_BLOCK_START.pattern})", re.MULTILINE)
_TEMPLATES = ('"', "<<", "")
_UNREADABLE = "Terraform cannot read this; check its operators, commas and brackets"
# How often to go back to the first block behind a heredoc that never ends: each time the rest is read again.
_MAX_JUMPS = 10


class _Opened:
    """A bracket, quote, heredoc or `${` whose end is still to come. `kind` is what opened it, nothing for a text that
    is a template as a whole."""

    __slots__ = ("kind", "marker", "start")

    def __init__(self, kind: str, start: int, marker: str = "") -> None:
        self.kind = kind
        self.start = start
        self.marker = marker


class _Scanned:
    """The extent of an expression, and where to read on behind it."""

    __slots__ = ("is_broken", "masks", "pos", "tokens")

    def __init__(self, pos: int) -> None:
        self.pos = pos
        self.is_broken = False
        self.masks: list[Mask] = []
        self.tokens: list[Token] = []


class _Around:
    """A block that what is read stands in; `indentation` is that of its first line."""

    __slots__ = ("block", "brace", "indentation")

    def __init__(self, block: Block, brace: int, indentation: int) -> None:
        self.block = block
        self.brace = brace
        self.indentation = indentation


class Recovery:
    """One reading of one text. `problems` holds the first problem, once there is one."""

    def __init__(self, source: Source, read_expression: ReadExpression) -> None:
        self.source = source
        self.problems: list[SyntaxProblem] = []
        self._read_expression = read_expression
        self._pos = 0
        self._around: list[_Around] = []
        self._is_draft = False  # whether only the brackets are of interest
        self._is_unbalanced = False
        # Whether to take the indentation of a line for a sign that the brackets before it should have been closed.
        self._trusts_layout = False
        self._jumps = 0
        self._line = (-1, -1)  # the last one that was asked for: its start, and its first character that is no blank

    def body(self) -> Body:
        """The arguments and blocks of the whole text."""
        source = self.source
        self._is_draft = True
        self._read_bodies(Body(source, 0, 0, [], []))
        self._trusts_layout = self._is_unbalanced
        self._is_draft = False
        self.problems.clear()
        self._pos = self._jumps = 0
        body = Body(source, 0, len(source.text), [], [])
        self._read_bodies(body)
        return body

    def expression(self) -> Expression:
        """The whole text as an expression, which it is not quite."""
        scanned = self._scan(0, is_whole=True)
        if not scanned.tokens:
            self._fail(0, 1, "an expression is missing here")
        return self._expression_of(scanned, 0)

    def explain_template(self) -> SyntaxProblem:
        """What is wrong with a text that is a template without quotes."""
        scanned = self._scan(0, is_whole=True, is_template=True)
        if not self.problems and not self._explain(scanned.tokens):
            self._fail(0, _line_end(self.source.text, 0), _UNREADABLE)
        return self.problems[0]

    # Arguments and blocks

    def _read_bodies(self, outermost: Body) -> None:
        """Reads the whole text. How deep its blocks nest costs no Python stack."""
        text = self.source.text
        while True:
            around = self._around[-1] if self._around else None
            self._pos = pos = _end(_BLANK_LINES(text, self._pos), self._pos)
            if pos >= len(text) and around is None:
                return
            if around is not None and (pos >= len(text) or self._should_have_ended(pos, around)):
                self._unclosed(around.brace)
                self._leave()
            elif text[pos] == "}":
                self._pos = pos + 1
                if around is not None:
                    self._leave(pos)
                else:
                    self._is_unbalanced = True
                    self._fail(pos, pos + 1, "this '}' closes nothing; remove it")
            elif word := _WORD(text, pos):
                self._read_member(around.block.body if around is not None else outermost, pos, word.end())
            else:
                self._skip_junk(pos)

    def _should_have_ended(self, pos: int, around: _Around) -> bool:
        """Whether the layout says that what stands at an offset is behind the innermost block."""
        if not self._trusts_layout:
            return False
        if self.source.text[pos] == "}":
            return self._closes_outer(pos, around.indentation, [])
        return self._indentation(pos) == 0 and _BLOCK_START.match(self.source.text, pos) is not None

    def _leave(self, brace: int | None = None) -> None:
        """Ends the innermost block: at its closing brace, or behind the last thing in it."""
        block = self._around.pop().block
        body = block.body
        if brace is not None:
            block.end, body.end = brace + 1, brace
        else:
            last = [member.end for members in (body.attributes, body.blocks) for member in members[-1:]]
            block.end = body.end = max(last, default=body.start)

    def _unclosed(self, brace: int) -> None:
        self._is_unbalanced = True
        self._fail(brace, brace + 1, "this '{' is not closed; add '}' where its block ends")

    def _closes_outer(self, pos: int, indentation: int, stack: Sequence[_Opened]) -> bool:
        """Whether a brace stands where the end of some bracket further out is to be expected, not that of one in a line
        with this indentation."""
        own = self._indentation(pos)
        return 0 <= own < indentation and (
            any(own == around.indentation for around in self._around)
            or any(own == self._line_of(opened.start)[1] for opened in stack)
        )

    def _line_of(self, pos: int) -> tuple[int, int]:
        """The offset of the start of a line, and its indentation."""
        starts = self.source.line_starts()
        start = starts[bisect_right(starts, pos) - 1]
        if start != self._line[0]:
            self._line = (start, _end(_INDENTATION(self.source.text, start), start) - start)
        return self._line

    def _indentation(self, pos: int) -> int:
        """How far what stands at an offset is indented; -1 if it does not start its line."""
        start, indentation = self._line_of(pos)
        return indentation if start + indentation == pos else -1

    def _read_member(self, body: Body, start: int, name_end: int) -> None:
        """Reads an argument or a block."""
        text = self.source.text
        after = _end(_BLANK(text, name_end), name_end)
        name = text[start:name_end]
        if text.startswith(("=", ":"), after):
            if text[after] == ":":
                self._fail(after, after + 1, f"'=' stands between {quoted(name)} and its value, not ':'")
            self._read_argument(body, start, name_end, after + 1)
            return
        header_end = name_end
        label_spans: list[Span] = []
        while label := _LABEL(text, after):
            label_spans.append(Span(self.source, *label.span()))
            header_end = label.end()
            after = _end(_BLANK(text, header_end), header_end)
        brace = _end(_BLANK_LINES(text, after), after)
        if not text.startswith("{", brace):
            opened = None
            if not self._around and after > name_end:
                if header := _BROKEN_HEADER(text, after):
                    message = f'the quotes of these labels do not match; write {name} "..." "..." {{'
                    self._fail(start, header.end() - 1, message)
                    # Whatever was taken for a label may have been what stands between two.
                    labels = _LABEL_TEXT.finditer(text, name_end, header.end())
                    label_spans = [Span(self.source, *label.span()) for label in labels]
                    header_end, opened = header.end() - 1, header.end()
                elif label_spans and self._indentation(brace) > self._indentation(start) >= 0:
                    # Only the brace is missing: what is indented below the labels is the block's.
                    opened = brace
            self._explain_member(name, start, name_end, after, bool(label_spans))
            if opened is None:
                self._pos = max(self._scan(after).pos, after)
                return
            brace = opened - 1
        self._read_block(body, Span(self.source, start, header_end), name, label_spans, brace + 1)

    def _read_argument(self, body: Body, start: int, name_end: int, pos: int) -> None:
        source = self.source
        scanned = self._scan(pos)
        self._pos = max(scanned.pos, pos)
        if self._is_draft:
            return
        name = source.text[start:name_end]
        if not scanned.tokens:
            self._fail(start, pos, f"{quoted(name)} has no value; write one behind its '=', on the same line")
        expression = self._expression_of(scanned, pos)
        # Not the expression's end, which may stand in parentheses.
        end = scanned.tokens[-1].end if scanned.tokens else pos
        body.attributes.append(Attribute(source, start, end, name, Span(source, start, name_end), expression))

    def _read_block(self, body: Body, header: Span, name: str, label_spans: list[Span], opened: int) -> None:
        source = self.source
        self._pos = opened
        if len(self._around) >= MAX_DEPTH:
            self._too_deep(header.start)
            return
        labels = []
        for span in label_spans:
            is_quoted = source.text[span.start] == '"'
            labels.append(unescape(source.text, span.start + is_quoted, span.end - is_quoted, _ignore))
        inner = Body(source, opened, opened, [], [])
        block = Block(source, header.start, opened, name, tuple(labels), tuple(label_spans), inner, header)
        body.blocks.append(block)
        self._around.append(_Around(block, opened - 1, self._indentation(header.start)))

    def _explain_member(self, name: str, start: int, name_end: int, after: int, has_labels: bool) -> None:
        found = self.source.text[after : after + 1]
        if has_labels:
            message = f"'=' or '{{' is missing behind {quoted(name)}; write {name} = ... or {name} \"...\" {{"
        elif found in ("\n", "\r", "}", ""):
            message = f"{quoted(name)} stands alone; write {name} = ... for an argument, or {name} {{ }} for a block"
        else:
            message = f"'=' is missing between {quoted(name)} and its value"
        self._fail(start, name_end, message)

    def _skip_junk(self, pos: int) -> None:
        """Reads over what starts neither an argument nor a block."""
        text = self.source.text
        found = text[pos]
        end = pos + 1
        if found == ",":
            self._fail(pos, end, "no comma stands between the arguments of a block; remove it")
        elif found in ")]":
            self._fail(pos, end, f"this '{found}' closes nothing; remove it")
        elif text.startswith("/*", pos):
            self._fail(pos, pos + 2, "this comment is never closed; add */ where it ends")
            end = len(text)
        else:
            if found == "{" and _end(_BLANK_LINES(text, 0), 0) == pos:
                message = "this is no Terraform; if it is JSON, name the file .tf.json"
            elif found == '"':
                message = "the name of an argument takes no quotes; remove them"
            else:
                message = f"an argument (name = value) or a block (name {{ }}) should stand here, not {quoted(found)}"
            self._fail(pos, end, message)
            end = max(self._scan(pos).pos, end)
        self._pos = end

    def _expression_of(self, scanned: _Scanned, place: int) -> Expression:
        source, tokens = self.source, scanned.tokens
        start, end = (tokens[0].start, tokens[-1].end) if tokens else (place, place)
        if tokens and not scanned.is_broken and not self._explain(tokens):
            expression, problems = self._read_expression(source, start, end, len(self._around), scanned.masks)
            for problem in problems:
                self._note(problem)
            if expression is not None:
                return expression
            self._fail(start, min(end, _line_end(source.text, start)), _UNREADABLE)
        return Broken(source, start, end, source.text[start:end])

    # Brackets and strings

    def _scan(self, pos: int, *, is_whole: bool = False, is_template: bool = False) -> _Scanned:
        """Goes over an expression: to the end of its line outside of brackets, or to the end of the text."""
        text = self.source.text
        scanned = _Scanned(pos)
        tokens = scanned.tokens
        stack: list[_Opened] = [_Opened("", pos)] if is_template else []
        while True:
            top = stack[-1].kind if stack else None
            if top in _TEMPLATES:
                pos = self._scan_template(stack, pos, scanned)
                if pos >= len(text) and (not stack or stack[-1].kind == ""):
                    break
                continue
            pos = _end(_BLANK(text, pos), pos)
            match = _TOKEN(text, pos)
            if match is None:
                if pos >= len(text):
                    if stack:
                        self._never_closed(stack[-1], scanned)
                    break
                self._fail_character(pos)
                scanned.is_broken = True
                pos += 1
                continue
            kind = match.lastgroup if match.lastgroup != "marker" else "heredoc"
            end = match.end()
            if kind == "newline":
                if not stack and not is_whole:
                    break
                if stack and self._trusts_layout and _BLOCK_START.match(text, end):
                    self._never_closed(stack[-1], scanned)
                    break
                if top == "{" and tokens and tokens[-1].kind != "newline":
                    self._mask_line_break(scanned, pos)
                    tokens.append(Token("newline", pos, end))
                pos = end
                continue
            if kind in ("open", "quote", "heredoc"):
                if len(stack) >= MAX_DEPTH:
                    self._too_deep(pos)
                    scanned.is_broken = True
                    pos = len(text)
                    break
                opener = "<<" if kind == "heredoc" else match[0]
                stack.append(_Opened(opener, pos, match["marker"] or ""))
                tokens.append(Token("open", pos, end))
                pos = end
                if kind == "heredoc":
                    pos = self._end_heredoc(stack, pos, scanned)
                continue
            if text.startswith("<<", pos):
                self._fail(pos, pos + 2, "a heredoc starts with << and a word, with nothing behind it on the line")
                scanned.is_broken = True
            if kind == "close":
                if not stack and match[0] == "}" and not is_whole:
                    break
                if (
                    self._trusts_layout
                    and match[0] == "}"
                    and top == "{"
                    and self._closes_outer(pos, self._line_of(stack[-1].start)[1], stack[:-1])
                ):
                    self._never_closed(stack.pop(), scanned, before=(match[0], pos))
                    continue
                if not self._close(stack, match[0], pos, scanned):
                    break
            elif kind == "comment" and any(opened.kind == '"' for opened in stack):
                # As in "${var.bucket/*": no comment, but the end of an ARN.
                line_end = _line_end(text, pos)
                while any(opened.kind == '"' for opened in stack):
                    self._quote_unclosed(stack, pos, scanned)
                pos = line_end
                continue
            elif kind == "comment":
                self._fail(pos, end, "this comment is never closed; add */ where it ends")
                scanned.is_broken = True
                pos = len(text)
                break
            elif match[0] == "," and not stack and not is_whole:
                self._fail(pos, end, "no comma stands between the arguments of a block; remove it")
                pos = end
                break
            elif match[0] == "=" and top in ("(", "[", "${", "%{"):
                # The name of the next argument: what is open should have been closed before it.
                self._never_closed(stack[-1], scanned)
                while stack and stack[-1].kind != "{":
                    stack.pop()
                if not stack and tokens and tokens[-1].kind == "word" and self._indentation(tokens[-1].start) >= 0:
                    pos = tokens.pop().start
                    break
            elif kind == "number" and _WHOLE_EXPONENT(match[0]):
                # The grammar knows an exponent behind a fraction only.
                scanned.masks.append((pos, end, "1" * (end - pos)))
            tokens.append(Token(kind or "", pos, end))
            pos = end
        while tokens and tokens[-1].kind == "newline":
            tokens.pop()
        scanned.pos = pos
        return scanned

    def _scan_template(self, stack: list[_Opened], pos: int, scanned: _Scanned) -> int:
        """Goes over the text of a template to what ends it or is inside it, and gives the offset behind that."""
        text = self.source.text
        opened = stack[-1]
        if opened.kind == '"':
            end = _end(_QUOTED_TEXT(text, pos), pos)
            if text.find("\\", pos, end) >= 0:
                # The grammar refuses an escape that does not exist; it is read as it is written, and reported.
                escapes = _ESCAPE.finditer(text, pos, end)
                scanned.masks += [
                    (*each.span(), "xx") for each in escapes if len(each[0]) == 2 and each[0][1] not in _ESCAPED
                ]
            pos = end
        else:
            pos = _end(_BARE_TEXT(text, pos), pos)
        if text.startswith(("${", "%{"), pos):
            if len(stack) >= MAX_DEPTH:
                self._too_deep(pos)
                scanned.is_broken = True
                stack.clear()
                return len(text)
            stack.append(_Opened(text[pos : pos + 2], pos))
            scanned.tokens.append(Token("open", pos, pos + 2))
            return pos + 2
        if opened.kind == '"':
            if text.startswith('"', pos):
                stack.pop()
                scanned.tokens.append(Token("close", pos, pos + 1))
                return pos + 1
            self._quote_unclosed(stack, pos, scanned)
            # A backslash at the end of the text or a line is left over.
            return pos + text.startswith("\\", pos)
        if pos < len(text):
            return self._end_heredoc(stack, pos + 1, scanned)
        if opened.kind:
            self._never_closed(opened, scanned)
            stack.clear()
            self._jumps += 1
            following = _BLOCK_LINE.search(text, opened.start) if self._jumps <= _MAX_JUMPS else None
            # The line break before it ends the expression.
            return following.start() - 1 if following else len(text)
        return pos

    def _end_heredoc(self, stack: list[_Opened], pos: int, scanned: _Scanned) -> int:
        """At the start of a line: the offset behind the marker that ends the heredoc, or `pos`."""
        opened = stack[-1]
        match = _MARKER_LINE(self.source.text, pos) if opened.kind else None
        if match is None or match[1] != opened.marker:
            return pos
        stack.pop()
        scanned.tokens.append(Token("close", match.start(1), match.end(1)))
        return match.end(1)

    def _quote_unclosed(self, stack: list[_Opened], pos: int, scanned: _Scanned) -> None:
        """Gives up a string that its line does not close, from its first quote on that line."""
        scanned.is_broken = True
        line, _ = self._line_of(pos)
        quotes = (index for index, opened in enumerate(stack) if opened.kind == '"' and opened.start >= line)
        first = next(quotes, len(stack) - 1)
        blamed = stack[first]
        message = "this string is not closed on its line; add the closing double quote"
        # `"${name"`: the second quote seems to open a string, for want of a brace.
        if len(stack) > first + 2 and stack[first + 1].kind in ("${", "%{"):
            blamed = stack[first + 1]
            message = f"this '{blamed.kind}' is not closed; add '}}' before the string ends"
        self._fail(blamed.start, blamed.start + len(blamed.kind), message)
        del stack[first:]
        scanned.tokens.append(Token("close", pos, pos))

    def _close(self, stack: list[_Opened], closer: str, pos: int, scanned: _Scanned) -> bool:
        """Closes what a bracket closes. False if the expression ends before it."""
        if stack and CLOSERS[stack[-1].kind] == closer:
            stack.pop()
            return True
        scanned.is_broken = True
        match = len(stack)
        while match and stack[match - 1].kind in CLOSERS:
            match -= 1
            if CLOSERS[stack[match].kind] == closer:
                self._never_closed(stack[-1], scanned, before=(closer, pos))
                del stack[match:]
                return True
        if not stack or closer != "}" or match:
            self._fail(pos, pos + 1, f"this '{closer}' closes nothing; remove it")
            return True
        self._never_closed(stack[-1], scanned, before=(closer, pos))
        return False

    def _never_closed(self, opened: _Opened, scanned: _Scanned, before: tuple[str, int] | None = None) -> None:
        scanned.is_broken = True
        self._is_unbalanced = True
        if self.problems and self.problems[0].fatal:
            return
        start = opened.start
        if opened.kind == "<<":
            self._fail(
                start,
                _line_end(self.source.text, start),
                f"this heredoc is never closed; end it with a line that holds only {shorten(opened.marker)}",
            )
            return
        message = f"this '{opened.kind}' is not closed; add '{CLOSERS.get(opened.kind, opened.kind)}'"
        if before is not None:
            line = Span(self.source, before[1], before[1] + 1).in_file().start_position().line
            message += f" before the '{before[0]}' of line {line}"
        self._fail(start, start + len(opened.kind), message)

    def _mask_line_break(self, scanned: _Scanned, pos: int) -> None:
        """Between a name and a parenthesis, the grammar sees a call in what are the members of an object."""
        text = self.source.text
        last = scanned.tokens[-1]
        if last.kind == "word" and text.startswith("(", _end(_BLANK_LINES(text, pos), pos)):
            scanned.masks.append((last.end, pos + 1, " " * (pos - last.end) + ","))

    # What is wrong

    def _explain(self, tokens: list[Token]) -> bool:
        """Whether something is wrong with an expression whose brackets match, and if so, what."""
        complaint = explain(self.source.text, tokens)
        if complaint is not None:
            self._fail(*complaint)
        return complaint is not None

    def _fail_character(self, pos: int) -> None:
        found = self.source.text[pos]
        if found == "'":
            message = "strings take double quotes, not single ones"
        elif found in "$%":
            message = f"'{found}{{' stands inside of strings only; write the expression as it is"
        elif found in "&|":
            message = f"write '{found}{found}'; HCL has no operator '{found}'"
        else:
            message = f"the character {quoted(found)} has no meaning here; remove it, or put text in double quotes"
        self._fail(pos, pos + 1, message)

    def _too_deep(self, pos: int) -> None:
        self._fail(pos, pos + 1, f"nested more than {MAX_DEPTH} levels deep; lplint reads no further")
        self._pos = len(self.source.text)

    def _fail(self, start: int, end: int, message: str) -> None:
        end = max(start, min(end, len(self.source.text)))
        self._note(SyntaxProblem(Span(self.source, start, end), message))

    def _note(self, problem: SyntaxProblem) -> None:
        if not self.problems or (problem.fatal and not self.problems[0].fatal):
            self.problems[:] = [problem]


def _ignore(start: int, end: int, message: str) -> None:
    """For labels, in which an escape that is wrong is read as it is written."""


def _line_end(text: str, pos: int) -> int:
    end = text.find("\n", pos)
    return end if end >= 0 else len(text)


def _end(match: re.Match[str] | None, pos: int) -> int:
    return match.end() if match is not None else pos
