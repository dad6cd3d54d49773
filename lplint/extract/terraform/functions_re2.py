"""Runs regular expressions of RE2's, Terraform's kind, in time linear in the text, whoever wrote them."""

from __future__ import annotations

import re

from lplint.extract.values import NotKnownError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    # Whether something matches at an offset of a text, given by a pattern for one character or for none.
    _Test: TypeAlias = Callable[[str, int], re.Match[str] | None]
    # What to do: one of the names below, how far to jump for it or which group it is about, and what to test. Jumps are
    # relative, so that a piece of a program can be repeated.
    _Step: TypeAlias = tuple[int, int, int, _Test | None]
    _Program: TypeAlias = list[_Step]

# Python's engine tries one alternative after the other, so a pattern from a stranger could keep it busy for ever. This
# one, as Go's for small patterns, never tries the same step of the program at the same place twice. The result is
# unknown with what it does not know: \p{...}, \Q...\E, octal escapes, (?U), and (?i) where not all is ASCII.
MAX_SUBJECT = 10_000
_MAX_PATTERN = 1_000
_MAX_PROGRAM = 5_000
_MAX_STEPS = 500_000
_MAX_DEPTH = 50
_MAX_REPEAT = 1_000  # RE2 takes no more

_ONE, _EMPTY, _SPLIT, _JUMP, _SAVE = range(5)

_TOKEN = re.compile(
    r"(?P<open>\((?:\?(?:(?P<flags>[ims]*(?:-[ims]+)?)(?P<scope>[:)])|P?<(?P<name>[A-Za-z_][A-Za-z0-9_]*)>))?)"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<repeat>[*+?]|\{(?P<least>[0-9]+)(?P<comma>,(?P<most>[0-9]*))?\})(?P<lazy>\??)"
    r"|(?P<anchor>\^|\$|\\[AzbB])"
    r"|(?P<class>\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\])"
    r"|\\(?P<escape>x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\}|.)"
    r"|(?P<literal>[^\[\\])",
    re.DOTALL,
)
_CLASS_ITEM = re.compile(
    r"\[:(?P<posix>\^?[a-z]+):\]|\\(?P<escape>x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\}|.)|(?P<range>-)|.", re.DOTALL
)
# RE2's are ASCII, and its \s has no vertical tab.
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\t ",
    "digit": "0-9",
    "lower": "a-z",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}


class Found:
    """A match: for the whole and for each group where it begins and ends, None for a group that has no part in it."""

    __slots__ = ("spans",)

    def __init__(self, saved: list[int]) -> None:
        pairs = zip(saved[::2], saved[1::2], strict=True)
        self.spans = [(start, end) if start >= 0 and end >= 0 else None for start, end in pairs]

    @property
    def start(self) -> int:
        return self.spans[0][0] if self.spans[0] else 0

    @property
    def end(self) -> int:
        return self.spans[0][1] if self.spans[0] else 0


class Pattern:
    """A regular expression. Raises NotKnownError if it is none, or one that this module does not know."""

    def __init__(self, pattern: str) -> None:
        if len(pattern) > _MAX_PATTERN:
            raise NotKnownError
        reader = _Reader(pattern)
        self._program = reader.program
        self.names = reader.names  # of each group, "" for one without a name
        self._ascii_only = reader.folds
        if reader.folds and not pattern.isascii():
            raise NotKnownError

    def find(self, text: str, most: int) -> list[Found]:
        """The first matches from left to right. Raises NotKnownError if they take too long."""
        if len(text) > MAX_SUBJECT or (self._ascii_only and not text.isascii()):
            raise NotKnownError
        search = _Search(self._program, 2 * len(self.names) + 2, text)
        found: list[Found] = []
        pos, last = 0, -1
        while pos <= len(text) and len(found) < most:
            match = search.first(pos)
            if match is None:
                break
            # Go: an empty match is none where another one has just ended.
            if match.end != pos or match.start != last:
                found.append(match)
            pos = pos + 1 if match.end == pos else match.end
            last = match.end
        return found


class _Search:
    def __init__(self, program: _Program, slots: int, text: str) -> None:
        self._program = program
        self._slots = slots
        self._text = text
        self._left = _MAX_STEPS

    def first(self, pos: int) -> Found | None:
        """The leftmost match that begins at `pos` or behind it."""
        tried: set[int] = set()
        for start in range(pos, len(self._text) + 1):
            saved = self._try(start, tried)
            if saved is not None:
                return Found(saved)
        return None

    def _try(self, start: int, tried: set[int]) -> list[int] | None:
        program, text, end = self._program, self._text, len(self._text)
        saved = [-1] * self._slots
        # Where to go on, or (as a negative offset) which of the saved offsets to restore when going back so far.
        todo: list[tuple[int, int]] = [(0, start)]
        while todo:
            at, pos = todo.pop()
            if at < 0:
                saved[~at] = pos
                continue
            while True:
                if at == len(program):
                    saved[0], saved[1] = start, pos
                    return saved
                mark = at * (end + 1) + pos
                if mark in tried:
                    break
                tried.add(mark)
                self._left -= 1
                if self._left < 0:
                    raise NotKnownError
                kind, first, second, test = program[at]
                if kind == _SPLIT:
                    todo.append((at + second, pos))
                    at += first
                elif kind == _JUMP:
                    at += first
                elif kind == _SAVE:
                    todo.append((~first, saved[first]))
                    saved[first] = pos
                    at += 1
                elif test is not None and test(text, pos) is not None:
                    at += 1
                    pos += kind == _ONE
                else:
                    break
        return None


class _Reader:
    """Reads a pattern into a program. A piece of one begins at its first step and ends behind its last."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._pos = 0
        self._flags = re.NOFLAG
        self.names: list[str] = []
        self.folds = False
        self.program = self._alternatives(0)
        if self._pos < len(pattern):
            raise NotKnownError

    def _alternatives(self, depth: int) -> _Program:
        """What is between two parentheses, or all of the pattern."""
        if depth > _MAX_DEPTH:
            raise NotKnownError
        branches = [self._sequence(depth)]
        while self._pattern.startswith("|", self._pos):
            self._pos += 1
            branches.append(self._sequence(depth))
        program = branches.pop()
        while branches:
            first = branches.pop()
            program = [
                (_SPLIT, 1, len(first) + 2, None),
                *first,
                (_JUMP, len(program) + 1, 0, None),
                *program,
            ]
            _sized(program)
        return program

    def _sequence(self, depth: int) -> _Program:
        program: _Program = []
        last: _Program | None = None  # what a quantifier would repeat
        while self._pos < len(self._pattern) and self._pattern[self._pos] not in "|)":
            token = _TOKEN.match(self._pattern, self._pos)
            if token is None:
                raise NotKnownError
            self._pos = token.end()
            if token["repeat"]:
                if last is None:
                    raise NotKnownError
                program += _repeated(last, token)
                last = None
            else:
                program += last or []
                last = self._group(token, depth) if token["open"] else self._atom(token)
            _sized(program)
        return program + (last or [])

    def _group(self, token: re.Match[str], depth: int) -> _Program | None:
        if token["open"] == "(" and self._pattern.startswith("?", self._pos):
            raise NotKnownError
        outer = self._flags
        if token["flags"]:
            self._set_flags(token["flags"])
        if token["scope"] == ")":
            if not token["flags"]:
                raise NotKnownError
            return None  # from here to the end of the group around it
        slot = 0
        if not token["scope"]:
            if token["name"] and token["name"] in self.names:
                raise NotKnownError
            self.names.append(token["name"] or "")
            slot = 2 * len(self.names)
        program = self._alternatives(depth + 1)
        if not self._pattern.startswith(")", self._pos):
            raise NotKnownError
        self._pos += 1
        self._flags = outer
        return [(_SAVE, slot, 0, None), *program, (_SAVE, slot + 1, 0, None)] if slot else program

    def _set_flags(self, written: str) -> None:
        on, _, off = written.partition("-")
        for letter, flag in _FLAGS.items():
            self._flags = (self._flags | flag if letter in on else self._flags) & ~(flag if letter in off else 0)
        self.folds = self.folds or bool(self._flags & re.IGNORECASE)

    def _atom(self, token: re.Match[str]) -> _Program:
        if token["anchor"]:
            anchor = token["anchor"]
            # Python's $ also matches before a line break at the end.
            is_end = anchor == r"\z" or (anchor == "$" and not self._flags & re.MULTILINE)
            return [(_EMPTY, 0, 0, self._test(r"\Z" if is_end else anchor))]
        if token["class"]:
            pattern = _class(token["class"])
        elif (escape := token["escape"]) is None:
            pattern = "." if token["literal"] == "." else re.escape(token["literal"])
        elif escape in "dwsDWS":
            pattern = f"[{'^' if escape.isupper() else ''}{_CLASSES[escape.lower()]}]"
        else:
            pattern = re.escape(_escaped(escape))
        return [(_ONE, 0, 0, self._test(pattern))]

    def _test(self, pattern: str) -> _Test:
        """The pattern of one character, or of none, is in Python's syntax; its engine has nothing to try there."""
        try:
            return re.compile(pattern, self._flags | re.ASCII).match
        except re.error:
            raise NotKnownError from None


def _sized(program: _Program) -> _Program:
    if len(program) > _MAX_PROGRAM:
        raise NotKnownError
    return program


def _repeated(piece: _Program, token: re.Match[str]) -> _Program:
    """A piece with its quantifier."""
    written, is_lazy = token["repeat"], bool(token["lazy"])
    if written == "*":
        return _star(piece, is_lazy)
    if written == "+":
        return _plus(piece, is_lazy)
    if written == "?":
        return _optional(piece, is_lazy)
    least = int(token["least"][:5])
    most = int(token["most"][:5]) if token["most"] else least
    if not least <= most <= _MAX_REPEAT or len(piece) * most > _MAX_PROGRAM:
        raise NotKnownError
    if token["comma"] and not token["most"]:
        return piece * (least - 1) + _plus(piece, is_lazy) if least else _star(piece, is_lazy)
    rest: _Program = []
    for _ in range(most - least):
        rest = _optional(piece + rest, is_lazy)
    return _sized(piece * least + rest)


def _star(piece: _Program, is_lazy: bool) -> _Program:
    length = len(piece)
    return [_split(1, length + 2, is_lazy), *piece, (_JUMP, -length - 1, 0, None)]


def _plus(piece: _Program, is_lazy: bool) -> _Program:
    return [*piece, _split(-len(piece), 1, is_lazy)]


def _optional(piece: _Program, is_lazy: bool) -> _Program:
    return [_split(1, len(piece) + 1, is_lazy), *piece]


def _split(more: int, less: int, is_lazy: bool) -> _Step:
    return (_SPLIT, less, more, None) if is_lazy else (_SPLIT, more, less, None)


def _escaped(written: str) -> str:
    """The character that is meant by what stands behind a backslash."""
    if written in _CONTROLS:
        return _CONTROLS[written]
    if len(written) > 1:
        code = int(written[1:].strip("{}"), 16)
        if code > 0x10FFFF:
            raise NotKnownError
        return chr(code)
    if not written.isascii() or written.isalnum():
        raise NotKnownError
    return written


def _class(written: str) -> str:
    """A class of characters in Python's syntax."""
    body = written[1:-1]
    negated = body.startswith("^")
    parts: list[str] = []
    may_range = False  # a "-" here makes a range, unless it is the last one
    for item in _CLASS_ITEM.finditer(body, 1 if negated else 0):
        if item["posix"]:
            if item["posix"] not in _POSIX:
                raise NotKnownError
            parts.append(_POSIX[item["posix"]])
            may_range = False
        elif item["escape"] in _CLASSES:
            parts.append(_CLASSES[item["escape"]])
            may_range = False
        elif item["range"] and may_range and item.end() < len(body):
            parts.append("-")
            may_range = False
        else:
            may_range = not parts or parts[-1] != "-"
            parts.append(re.escape(_escaped(item["escape"]) if item["escape"] else item[0]))
    return f"[{'^' if negated else ''}{''.join(parts)}]"
