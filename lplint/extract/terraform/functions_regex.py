"""Terraform's regular expressions, as far as they can be run without risk."""

from __future__ import annotations

import re

from lplint.extract.terraform.functions_arguments import MAX_ITEMS, as_text, known_text, map_at, scalar, seq
from lplint.extract.terraform.functions_pieces import Assembly, Pieces
from lplint.extract.terraform.values import NotKnownError, text_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.extract.terraform.functions import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned
    from lplint.model.text import Text

# Terraform runs RE2, which is linear; Python's engine tries alternatives one after the other, and their number is the
# product of what each choice in the pattern offers. So a pattern runs only where that product, times the length of
# what is to be matched, stays small, and only if it is made of literals, classes, anchors, groups and quantifiers none
# of which (but "?") is on a group with another quantifier or an alternative in it. Of other patterns the result is
# unknown: \p{...}, \Q...\E, \x{...}, flags behind the start, (?U), "(a|b)*", "(a+b)*".
_MAX_SUBJECT = 10_000
_MAX_PATTERN = 1_000
_MAX_WORK = 10_000_000
_MAX_REPEAT = 1_000  # RE2 takes no more

_FLAGS = re.compile(r"\(\?([ims]+)\)")
_TOKEN = re.compile(
    r"(?P<group>\((?:\?(?::|P?<(?P<name>[A-Za-z_][A-Za-z0-9_]*)>))?)"
    r"|(?P<close>\))"
    r"|(?P<or>\|)"
    r"|(?P<quantifier>[*+?]|\{(?P<least>[0-9]+)(?P<comma>,(?P<most>[0-9]*))?\})(?P<lazy>\??)"
    r"|(?P<anchor>\^|\$|\\[AzbB])"
    r"|(?P<class>\[\^?\]?(?:\[:\^?[a-z]+:\]|\\.|[^\]\\])*\])"
    r"|\\(?P<escape>.)"
    r"|(?P<literal>[^\[\\])",
    re.DOTALL,
)
_CLASS_ITEM = re.compile(r"\[:(?P<posix>\^?[a-z]+):\]|\\(?P<escape>.)|(?P<range>-)|(?P<literal>.)", re.DOTALL)
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
_REFERENCE = re.compile(r"\$(?:(\$)|(\w+)|\{(\w+)\})")


def regex(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    pattern, text = known_text(arguments[0]), as_text(arguments[1])
    compiled, found = _matches(pattern, text, 1)
    return _captured(compiled, found[0], Pieces(text), at) if found else None


def regexall(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    pattern, text = known_text(arguments[0]), as_text(arguments[1])
    compiled, found = _matches(pattern, text, MAX_ITEMS)
    pieces = Pieces(text)
    return seq([_captured(compiled, match, pieces, at) for match in found], at)


def replace_matches(text: Text, pattern: str, template: str, at: Spanned) -> Text:
    """replace() with a pattern between slashes. Raises NotKnownError."""
    _compiled, found = _matches(pattern, text, MAX_ITEMS)
    if not found:
        return text
    result = Assembly(at)
    pieces = Pieces(text)
    low = 0
    for match in found:
        result.known(text.display[low : match.start()], pieces.segments(low, match.start()))
        result.literal(_expanded(template, match), at)
        low = match.end()
    result.add(text, low)
    return result.finish()


def _expanded(template: str, match: re.Match[str]) -> str:
    """Go's Regexp.Expand: $1, $name, ${name}, $$; what is not there is empty."""

    def value(reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        try:
            return match[int(name) if name.isdecimal() else name] or ""
        except (IndexError, ValueError):
            return ""

    return _REFERENCE.sub(value, template)


def _captured(compiled: re.Pattern[str], match: re.Match[str], pieces: Pieces, at: Spanned) -> Node:
    if not compiled.groups:
        return pieces.piece(match.start(), match.end())
    names = {index: name for name, index in compiled.groupindex.items()}
    if names and len(names) != compiled.groups:
        raise NotKnownError  # Terraform takes names for all groups or none
    values: list[Node] = [
        pieces.piece(match.start(index), match.end(index)) if match.start(index) >= 0 else scalar(None, at)
        for index in range(1, compiled.groups + 1)
    ]
    if not names:
        return seq(values, at)
    return map_at([(text_at(names[index], at), value) for index, value in enumerate(values, 1)], at)


def _matches(pattern: str, text: Text, most: int) -> tuple[re.Pattern[str], list[re.Match[str]]]:
    """A pattern that can be run, and its first matches in a text. Raises NotKnownError."""
    if text.value is None or len(text.value) > _MAX_SUBJECT or len(pattern) > _MAX_PATTERN:
        raise NotKnownError
    reader = _Pattern(pattern)
    if reader.work(len(text.value)) > _MAX_WORK or (reader.folds and not (pattern + text.value).isascii()):
        raise NotKnownError
    try:
        compiled = re.compile(reader.translated, reader.flags)
    except (re.error, OverflowError):
        raise NotKnownError from None
    found: list[re.Match[str]] = []
    for match in _all(compiled, text.value):
        found.append(match)
        if len(found) >= most:
            break
    return compiled, found


def _all(compiled: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches from left to right as Go finds them: an empty one is none where another has just ended."""
    pos, last = 0, -1
    while pos <= len(text):
        match = compiled.search(text, pos)
        if match is None:
            return
        is_repeated = match.end() == pos and match.start() == last
        pos = pos + 1 if match.end() == pos else match.end()
        last = match.end()
        if not is_repeated:
            yield match


class _Pattern:
    """Reads a pattern of RE2's into one of Python's, and counts how much work it may be. Raises NotKnownError."""

    def __init__(self, pattern: str) -> None:
        self.flags = re.ASCII
        self.length = 1  # what one attempt has to compare at least
        self._choices = 1  # the alternatives that do not depend on the text
        self._unbounded = 0  # the quantifiers that offer as many as the text is long
        self._stack: list[tuple[bool, int]] = []  # of each open group: is it simple so far, its alternatives
        self._simple = True  # the innermost open group has neither quantifier nor alternative in it
        self._branches = 1
        self.folds = False
        start = 0
        if flags := _FLAGS.match(pattern):
            start = flags.end()
            self.folds = "i" in flags[1]
            for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL)):
                self.flags |= flag if letter in flags[1] else 0
        self._anchored = pattern.startswith(("^", "\\A"), start) and not self.flags & re.MULTILINE
        self.translated = "".join(self._parts(pattern, start))
        if self._stack:
            raise NotKnownError
        self._choices *= self._branches

    def work(self, length: int) -> int:
        """How many characters are compared at most in a text of that length."""
        starts = 1 if self._anchored and self._branches == 1 else length + 1
        return int(self._choices * (length + 1) ** self._unbounded * starts * self.length)

    def _parts(self, pattern: str, pos: int) -> Iterator[str]:
        before = ""  # what a quantifier would be about: "", "atom", "simple" or "group"
        while pos < len(pattern):
            token = _TOKEN.match(pattern, pos)
            if token is None:
                raise NotKnownError
            pos = token.end()
            self.length += 1
            if self._choices > _MAX_WORK or self.length > _MAX_WORK:
                raise NotKnownError
            if token["group"]:
                yield self._open(token, pattern)
                before = ""
            elif token["close"]:
                before = self._close()
                yield ")"
            elif token["or"]:
                self._branches += 1
                self._simple = False
                yield "|"
                before = ""
            elif token["quantifier"]:
                self._quantify(token, before)
                yield token[0]
                before = ""
            elif token["anchor"]:
                yield self._anchor(token[0])
                before = ""
            else:
                yield self._atom(token)
                before = "atom"

    def _open(self, token: re.Match[str], pattern: str) -> str:
        if token["group"] == "(" and pattern.startswith("?", token.end()):
            raise NotKnownError
        self._stack.append((self._simple, self._branches))
        self._simple, self._branches = True, 1
        return f"(?P<{token['name']}>" if token["name"] else token["group"]

    def _close(self) -> str:
        if not self._stack:
            raise NotKnownError
        kind = "simple" if self._simple else "group"
        self._choices *= self._branches
        simple, self._branches = self._stack.pop()
        self._simple = simple and self._simple
        return kind

    def _quantify(self, token: re.Match[str], before: str) -> None:
        is_optional = token["quantifier"] == "?"
        if not before or (before == "group" and not is_optional):
            raise NotKnownError
        self._simple = False
        least, most = int((token["least"] or "0")[:5]), (token["most"] or "0")[:5]
        if least > _MAX_REPEAT or int(most) > _MAX_REPEAT:
            raise NotKnownError
        self.length *= max(least, 1) if before == "simple" else 1
        self.length += least
        if is_optional:
            self._choices *= 2
        elif token["quantifier"] in "*+" or (token["comma"] and not token["most"]):
            self._unbounded += 1
        elif token["comma"]:
            self._choices *= max(int(most) - least + 1, 1)

    def _anchor(self, written: str) -> str:
        if written == "$" and not self.flags & re.MULTILINE:
            return r"\Z"  # Python's $ also matches before a line break at the end
        return r"\Z" if written == r"\z" else written

    def _atom(self, token: re.Match[str]) -> str:
        if token["class"]:
            return _class(token["class"])
        escape = token["escape"]
        if escape is None:
            return "." if token["literal"] == "." else re.escape(token["literal"])
        if escape.lower() in _CLASSES:
            return f"[{'^' if escape.isupper() else ''}{_CLASSES[escape.lower()]}]"
        return re.escape(_escaped(escape))


def _escaped(character: str) -> str:
    """The character that a backslash and this one mean."""
    if character in _CONTROLS:
        return _CONTROLS[character]
    if not character.isascii() or character.isalnum():
        raise NotKnownError
    return character


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
            character = _escaped(item["escape"]) if item["escape"] else item[0]
            may_range = not parts or parts[-1] != "-"
            parts.append(re.escape(character))
    return f"[{'^' if negated else ''}{''.join(parts)}]"
