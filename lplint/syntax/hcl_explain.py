"""Says at which of its tokens an expression of Terraform's language goes wrong, once it is known that it does."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    # Where, from and up to which offset, and a sentence.
    Complaint: TypeAlias = tuple[int, int, str]

# What takes more than the name of it, in pairs of what opens and what closes.
CLOSERS = {"(": ")", "[": "]", "{": "}", "${": "}", "%{": "}"}
_MAX_WRITTEN = 40


class Token:
    """A piece of an expression. `kind` is word, number, sign, newline (in braces only), open or close: of a bracket, of
    `${` or `%{`, or of a string or heredoc."""

    __slots__ = ("end", "kind", "start")

    def __init__(self, kind: str, start: int, end: int) -> None:
        self.kind = kind
        self.start = start
        self.end = end


def explain(text: str, tokens: Sequence[Token]) -> Complaint | None:
    """The first token that cannot stand where it does, in an expression all of whose brackets match. None if none does
    that can be told from its neighbours."""
    walk = _Walk(text)
    for token in tokens:
        complaint = walk.step(token)
        if complaint is not None:
            return complaint
    return walk.finish()


def quoted(written: str) -> str:
    """Some characters of the text for a message."""
    return f"'{shorten(written)}'"


def shorten(written: str) -> str:
    return written if len(written) <= _MAX_WRITTEN else written[: _MAX_WRITTEN - 1] + "…"


class _Level:
    """Something that is open. In an object, `member` is the first token of the one that is read."""

    __slots__ = ("directives", "has_members", "has_sign", "is_for", "member", "opener", "questions")

    def __init__(self, opener: str) -> None:
        self.opener = opener
        self.member: Token | None = None
        self.has_sign = False  # whether the member has its '='
        self.has_members = False
        self.is_for = False  # whether it is no object but a `for` that makes one
        self.questions: list[Token] = []
        self.directives: list[tuple[Token, str]] = []


class _Walk:
    """Goes from value to operator to value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.wants_value = True
        # Whether nothing may stand here, because a bracket was just opened or a comma or line break ends a member.
        self.is_fresh = False
        self.levels = [_Level("")]
        self.previous: Token | None = None

    def step(self, token: Token) -> Complaint | None:
        level = self.levels[-1]
        is_member = level.opener == "{" and token.kind not in ("newline", "close") and self._written(token) != ","
        if is_member and level.member is None:
            level.member = token
        complaint = _STEPS[token.kind](self, token)
        if token.kind not in ("open", "newline") and self._written(token) not in (",", "~"):
            self.is_fresh = False
        self.previous = token
        return complaint

    def finish(self) -> Complaint | None:
        level = self.levels[0]
        if level.directives:
            return _unended(*level.directives[-1])
        if self.wants_value and self.previous is not None:
            return self._about(self.previous, f"a value is missing behind {quoted(self._written(self.previous))}")
        if level.questions:
            return self._about(level.questions[-1], _NO_COLON)
        return None

    def _newline(self, token: Token) -> Complaint | None:
        return self._end_member() if not self.levels[-1].is_for else None

    def _open(self, token: Token) -> Complaint | None:
        written = self._written(token)
        if written in ("${", "%{"):
            self.is_fresh = False
        elif self.wants_value:
            self.is_fresh = written in CLOSERS
        elif written == "[" or (written == "(" and self.previous is not None and self.previous.kind == "word"):
            self.is_fresh = True
        else:
            return self._separator_missing(token)
        self.wants_value = True
        self.levels.append(_Level(written))
        return None

    def _close(self, token: Token) -> Complaint | None:
        level = self.levels[-1]
        if level.directives:
            return _unended(*level.directives[-1])
        if level.opener in CLOSERS:
            complaint = self._end_member() if level.opener == "{" else None
            if complaint is not None:
                return complaint
            if self.wants_value and not self.is_fresh:
                return self._value_missing(token)
            if level.questions:
                return self._about(level.questions[-1], _NO_COLON)
        if len(self.levels) > 1:
            self.levels.pop()
        self.wants_value = False
        return None

    def _word(self, token: Token) -> Complaint | None:
        level = self.levels[-1]
        written = self._written(token)
        before = self._written(self.previous)
        if level.opener == "%{" and self.wants_value and before in ("%{", "~"):
            return self._directive(token, written)
        if not self.wants_value:
            if written not in ("in", "if"):
                return self._separator_missing(token)
            self.wants_value = True
        elif written == "for" and before == "[":
            pass
        elif written == "for" and level.member is token and not level.has_members:
            level.has_sign = level.is_for = True
        else:
            self.wants_value = False
        return None

    def _directive(self, token: Token, word: str) -> Complaint | None:
        directives = self.levels[-2].directives if len(self.levels) > 1 else self.levels[-1].directives
        if word in ("if", "for"):
            directives.append((token, word))
            return None
        if word not in ("else", "endif", "endfor"):
            return self._about(token, f"there is no directive {quoted(word)}; write if, else, endif, for or endfor")
        opener = "for" if word == "endfor" else "if"
        if not directives or directives[-1][1] != opener:
            return self._about(token, f"{quoted(word)} has no '%{{ {opener} }}' before it; add one, or remove it")
        if word != "else":
            directives.pop()
        self.wants_value = False
        return None

    def _number(self, token: Token) -> Complaint | None:
        if not self.wants_value:
            return self._separator_missing(token)
        self.wants_value = False
        return None

    def _sign(self, token: Token) -> Complaint | None:
        level = self.levels[-1]
        written = self._written(token)
        if written == "~":
            return None
        if written == ",":
            if self.wants_value and not (level.opener == "{" and self.is_fresh):
                return self._value_missing(token)
            complaint = self._end_member() if not level.is_for else None
            self.wants_value = self.is_fresh = True
            return complaint
        if written in "-!" and self.wants_value:
            return None
        if written == "*" and self._written(self.previous) in (".", "["):
            self.wants_value = False
            return None
        if self.wants_value:
            return self._value_missing(token)
        if written == "...":
            return None
        if written == "=" and level.opener != "{":
            return self._about(token, "'=' stands behind the name of an argument only; '==' compares")
        if written in ("=", ":", "=>") and not level.questions:
            level.has_sign = True
        elif written == ":":
            level.questions.pop()
        elif written == "?":
            level.questions.append(token)
        self.wants_value = True
        return None

    def _end_member(self) -> Complaint | None:
        """At a comma, line break or brace: whether what stands before it is a whole member of an object."""
        level = self.levels[-1]
        if self.wants_value:
            return None
        if level.opener == "{" and level.member is not None and not level.has_sign:
            return self._about(level.member, "'=' and a value are missing behind this key")
        level.has_members = level.member is not None
        level.member = None
        level.has_sign = level.is_for
        self.wants_value = self.is_fresh = True
        return None

    def _separator_missing(self, token: Token) -> Complaint:
        written = self._written(token)
        found = "this string" if token.kind == "open" and written not in CLOSERS else quoted(written)
        return self._about(token, f"an operator, a comma or a line break is missing before {found}")

    def _value_missing(self, token: Token) -> Complaint:
        return self._about(token, f"a value is missing before {quoted(self._written(token))}")

    def _about(self, token: Token, message: str) -> Complaint:
        return (token.start, token.end, message)

    def _written(self, token: Token | None) -> str:
        return self.text[token.start : token.end] if token is not None else ""


_NO_COLON = "this '?' has no ':' behind it; add one, and the value that stands for no"
_STEPS: dict[str, Callable[[_Walk, Token], Complaint | None]] = {
    "newline": _Walk._newline,
    "open": _Walk._open,
    "close": _Walk._close,
    "word": _Walk._word,
    "number": _Walk._number,
    "sign": _Walk._sign,
}


def _unended(token: Token, word: str) -> Complaint:
    return (token.start, token.end, f"this directive has no end; add '%{{ end{word} }}'")
