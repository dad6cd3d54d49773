"""The variables of a serverless.yml, `${self:custom.table}`, as far as the files of the repository tell them."""

from __future__ import annotations

import os
import re

from lplint.extract import PROGRAM_EXTENSIONS
from lplint.extract.values import At, Cut, TextBuilder, lifted, place_of, shortened, text_at, unknown
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lplint.model.node import Node
    from lplint.model.source import Source, Span, Spanned

# A service that takes more than this is none that people wrote.
_MOST_STEPS = 100_000
_MOST_NODES = 100_000  # of one value, with those that its variables add
_MOST_CHARACTERS = 1_000_000  # of all strings that variables are put into
_MOST_FILES = 100
_LONGEST_VARIABLE = 1_000
_DEEPEST = 80
# Source: Serverless Framework documentation, "Variables", version 3. `${AWS::Region}` and `${aws:username}` have
# another form, or none of these names.
_VARIABLE = re.compile(
    r"(self|opt|env|file|sls|aws|cf|ssm|s3|param|git|strToBool|construct|output|terraform|vault|doppler)"
    r"(?:\(([^()]*)\))?(?:\.[A-Za-z0-9_-]+)?(?::(.*))?",
    re.DOTALL,
)
# What the account, the command line and other tools say.
_AWS = ("accountId", "region")
# Sources of which one value is not known, so that a default, where there is one, counts as the value.
_GIVEN = ("opt", "env", "param")
_LITERALS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WRITTEN = re.compile(r"[0-9A-Za-z_.+-]+")
_FILES = (".yml", ".yaml", ".json")
_SUB_TAGS = ("!Sub", "!Fn::Sub")


class Variables:
    """The values of one service's nodes. `root` is its document; `read` gives the text of a file, or None for one that
    is missing, no text, or outside the root; `note` is told of a value that a file does not give. Never raises."""

    def __init__(
        self, root: Map, read: Callable[[str], Source | None], note: Callable[[Span, str], None] | None = None
    ) -> None:
        self._root = root
        self._read = read
        self.note = note
        # By the id of a node, which is kept so that no id comes twice, and whether it is one that Fn::Sub gets.
        self._known: dict[tuple[int, bool], tuple[Node, Node]] = {}
        self._in_sub = False
        self._sizes: dict[int, int] = {}
        self._entries: dict[int, dict[str, Node]] = {}
        self._kept: list[Node] = []  # what `_entries` names by its id
        self._open: set[int] = set()
        self._files: dict[str, Node | None] = {}
        self._steps = 0
        self._depth = 0
        self._characters = 0

    def at(self, *path: str) -> Node | None:
        """The value at a place of the document; None if there is nothing."""
        node = self._step_down(self._root, path)
        return self.value(node) if node is not None else None

    def key_at(self, *path: str) -> Text | None:
        """The key that a value stands under, where its map is in the document itself or a file that it names."""
        above = self._step_down(self._root, path[:-1])
        above = self._shallow(above) if above is not None else None
        for key, _ in above.entries if isinstance(above, Map) else ():
            if key.value == path[-1]:
                return key
        return None

    def value(self, node: Node) -> Node:
        """The value of a node: the node itself where it holds no variable."""
        if isinstance(node, Scalar) or (isinstance(node, Text) and "${" not in (node.value or "")):
            return node
        key = (id(node), self._in_sub)
        kept = self._known.get(key)
        if kept is not None:
            return kept[1]
        self._steps += 1
        if id(node) in self._open or self._steps > _MOST_STEPS or self._depth > _DEEPEST:
            return unknown(node)
        self._open.add(id(node))
        self._depth += 1
        made = self._made(node)
        self._depth -= 1
        self._open.discard(id(node))
        if self._size(made) > _MOST_NODES:
            made = unknown(node)
        self._known[key] = (node, made)
        return made

    def _made(self, node: Node) -> Node:
        if isinstance(node, Text):
            return self._text(node)
        if isinstance(node, Map):
            entries = [(self._key(key), self._value_of(key.value == "Fn::Sub", value)) for key, value in node.entries]
            if all(new is old for (_, new), (_, old) in zip(entries, node.entries, strict=True)):
                return node
            return Map(node.source, node.start, node.end, entries)
        if isinstance(node, Seq):
            items = [self.value(item) for item in node.items]
            if all(new is old for new, old in zip(items, node.items, strict=True)):
                return node
            return Seq(node.source, node.start, node.end, items)
        if type(node) is Unknown and node.value is not None:
            # CloudFormation's tags: the framework puts its variables in before it writes the template.
            inner = self._value_of(node.source.text.startswith(_SUB_TAGS, node.start), node.value)
            return node if inner is node.value else Unknown(node.source, node.start, node.end, node.written, inner)
        return node

    def _value_of(self, is_sub: bool, node: Node) -> Node:
        """The value of a part; where Fn::Sub gets it, what is not known stays text, as the names of the template do."""
        before = self._in_sub
        self._in_sub = before or is_sub
        made = self.value(node)
        self._in_sub = before
        return made

    def _size(self, node: Node) -> int:
        """How many nodes there are in a value, however often one of them is in it."""
        known = self._sizes.get(id(node))
        if known is not None:
            return known
        size = 1
        if isinstance(node, Map):
            size += sum(self._size(value) for _, value in node.entries)
        elif isinstance(node, Seq):
            size += sum(self._size(item) for item in node.items)
        elif isinstance(node, Unknown) and node.value is not None:
            size += self._size(node.value)
        if size > 1:
            self._sizes[id(node)] = size
            self._known.setdefault((id(node), self._in_sub), (node, node))
        return size

    def _key(self, key: Text) -> Text:
        made = self.value(key)
        return made if isinstance(made, Text) else key

    # -- strings

    def _text(self, text: Text) -> Node:
        """The string with the values of its variables; one that is nothing but a variable has its value, whatever it
        is."""
        value = text.value or ""
        found = list(_variables(value))
        if len(found) == 1 and value.strip() == value[found[0][0] : found[0][1]]:
            node = self._expression(value[found[0][0] + 2 : found[0][1] - 1], text)
            if node is not None:
                return node
            # A name of CloudFormation's or IAM's is no variable of the framework.
            return unknown(text) if _is_variable(value.strip()) else text
        builder = TextBuilder(text)
        cut = Cut(text)
        start, changed = 0, False
        for low, high in found:
            inner = self._expression(value[low + 2 : high - 1], text)
            put = _as_string(inner)
            unknown_part = put is None and not self._in_sub and _is_variable(value[low:high])
            if (put is None and not unknown_part) or self._characters > _MOST_CHARACTERS:
                continue
            self._characters += len(inner.display if isinstance(inner, Text) else put or "") + len(value)
            builder.add_text(value[start:low], cut.take(start, low))
            place = At(place_of(cut.take(low, high), text))
            if put is not None:
                builder.add_value(text_at(put, place), place)
            elif isinstance(inner, Text):
                builder.add_value(inner, place)
            else:
                builder.add_hole(value[low:high], place, unknown(place))
            start, changed = high, True
        if not changed:
            return text
        builder.add_text(value[start:], cut.take(start, len(value)))
        return builder.finish()

    def _string(self, value: str, at: Spanned) -> str | None:
        """A part of a variable with the values of the variables in it; None if one is not known."""
        pieces = []
        start = 0
        for low, high in _variables(value):
            put = _as_string(self._expression(value[low + 2 : high - 1], at))
            if put is None:
                return None
            pieces += [value[start:low], put]
            start = high
        return "".join((*pieces, value[start:]))

    def _expression(self, inside: str, at: Spanned) -> Node | None:
        """The value of what stands in `${...}`: of the first source that has one. None if it is not known."""
        self._steps += 1
        if self._steps > _MOST_STEPS or self._depth > _DEEPEST or len(inside) > _LONGEST_VARIABLE:
            return None
        self._depth += 1
        node = self._first(_split(inside), at)
        self._depth -= 1
        return node

    def _first(self, parts: list[str], at: Spanned) -> Node | None:
        given = False
        for part in parts:
            literal = _literal(part, at)
            if literal is not None:
                nothing = getattr(literal, "value", None) in (None, "")
                return None if given and nothing else literal
            if part.startswith("${") and next(_variables(part), None) == (0, len(part)):
                return self._expression(part[2:-1], at)
            match = _VARIABLE.fullmatch(part)
            if match is None:
                return None
            if match[1] == "param":
                node = self._parameter(match[3] or "", at)
                if node is not None:
                    return node
            if match[1] in _GIVEN:
                given = True  # somebody may give another one; the default counts
                continue
            node, missing = self._from(match[1], match[2] or "", match[3] or "", at)
            if not missing:
                if match[1] == "file" and node is None and part is parts[-1]:
                    self._tell_of(match[2] or "", at)
                return node
        return None

    def _parameter(self, address: str, at: Spanned) -> Node | None:
        """The value of a parameter for the stage that the service is deployed to, as far as its document tells.

        Source: Serverless Framework documentation, "Parameters": those of the stage come before the default ones.
        """
        name = self._string(address, at)
        stage = _as_string(self._from("sls", "", "stage", at)[0])
        for one in (stage, "default") if name is not None else ():
            node = self._step_down(self._root, ("params", one, name)) if one and name else None
            if node is not None:
                return self._found(node)[0]
        return None

    def _tell_of(self, parameter: str, at: Spanned) -> None:
        """Says that a file that the service names was not read."""
        path = self._string(parameter, at)
        if self.note is None or path is None:
            return
        name = shortened(path.strip())
        if name.lower().endswith(PROGRAM_EXTENSIONS):
            self.note(at.span, f"lplint runs no programs, so what {name} gives is not known.")
        elif self._file(path, at) is None:
            self.note(at.span, f"lplint cannot read {name}: it is missing, no YAML or JSON, or outside the repository.")

    def _from(self, kind: str, parameter: str, address: str, at: Spanned) -> tuple[Node | None, bool]:
        """The value that a source has, None if that is not known; and whether it certainly has none."""
        name = self._string(address, at)
        if name is None:
            return None, False
        if kind == "self":
            return self._found(self._step_down(self._root, _path(name)))
        if kind == "sls" and name == "stage":
            return self._found(self._step_down(self._root, ("provider", "stage")))[0], False
        if kind == "file":
            path = self._string(parameter, at)
            document = self._file(path, at) if path is not None else None
            return self._found(self._step_down(document, _path(name))) if document is not None else (None, False)
        return None, False

    def _found(self, node: Node | None) -> tuple[Node | None, bool]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return None, True
        made = self.value(node)
        return (None if type(made) is Unknown and made.value is None else made), False

    # -- places

    def _step_down(self, node: Node | None, path: tuple[str, ...]) -> Node | None:
        """What stands at a path below a node, as it is written."""
        for name in path:
            node = self._shallow(node) if node is not None else None
            if isinstance(node, Map):
                node = self._entry(node, name)
            elif isinstance(node, Seq) and name.isdecimal() and len(name) < 7 and int(name) < len(node.items):
                node = node.items[int(name)]
            elif isinstance(node, Unknown):
                return unknown(node)  # there may be something
            else:
                return None
        return node

    def _entry(self, node: Map, name: str) -> Node | None:
        """The value of a key. Variables ask one map for thousands of its keys."""
        entries = self._entries.get(id(node))
        if entries is None:
            entries = self._entries[id(node)] = {key.value or "": value for key, value in node.entries}
            self._kept.append(node)
        return entries.get(name)

    def _shallow(self, node: Node) -> Node:
        return self.value(node) if isinstance(node, Text) else node

    def _file(self, path: str, at: Spanned) -> Node | None:
        """The document of a file that the service names, by its path from the service's own folder."""
        if os.path.isabs(path) or path.startswith("~") or not path.lower().endswith(_FILES):
            return None
        whole = os.path.normpath(os.path.join(os.path.dirname(self._root.source.path), path.strip()))
        if whole not in self._files:
            if len(self._files) >= _MOST_FILES:
                return None
            self._files[whole] = None
            source = self._read(whole)
            self._files[whole] = _document(source) if source is not None else None
        return self._files[whole]


def _document(source: Source) -> Node | None:
    if source.path.lower().endswith(".json"):
        from lplint.syntax import json

        documents = json.parse(source).documents
    else:
        from lplint.syntax import yaml

        documents = yaml.parse(source).documents
    return documents[0] if documents else None


def _variables(value: str) -> Iterator[tuple[int, int]]:
    """Where the outermost variables of a string begin and end."""
    start = value.find("${")
    closing = -1
    while start >= 0:
        depth, at = 1, start + 2
        while depth:
            if closing < at:
                closing = value.find("}", at)
            if closing < 0:
                return  # it never ends, nor does what follows
            opening = value.find("${", at, closing)
            depth += 1 if opening >= 0 else -1
            at = opening + 2 if opening >= 0 else closing + 1
        yield start, at
        start = value.find("${", at)


def _split(inside: str) -> list[str]:
    """The sources of a variable, which stand between commas."""
    parts = []
    depth, start, quote = 0, 0, ""
    for at, character in enumerate(inside):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "{(":
            depth += 1
        elif character in "})":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append(inside[start:at].strip())
            start = at + 1
    return [*parts, inside[start:].strip()]


def _is_variable(value: str) -> bool:
    """Whether `${...}` is a variable of the framework, not a name that CloudFormation or IAM replaces."""
    match = _VARIABLE.fullmatch(_split(value[2:-1][:_LONGEST_VARIABLE])[0])
    if match is None or (match[3] or "").startswith(":"):
        return False
    return match[1] != "aws" or match[3] in _AWS


def _literal(part: str, at: Spanned) -> Node | None:
    if len(part) > 1 and part[0] in "'\"" and part[-1] == part[0]:
        return text_at(part[1:-1], at)
    if part in _LITERALS:
        return lifted(_LITERALS[part], at)
    if len(part) < 20 and _NUMBER.fullmatch(part):
        return lifted(float(part) if "." in part else int(part), at)
    return None


def _path(address: str) -> tuple[str, ...]:
    return tuple(address.split(".")) if address else ()


def _as_string(node: Node | None) -> str | None:
    """A value as it reads in a string."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Scalar) and node.value is not None:
        if isinstance(node.value, bool):
            return str(node.value).lower()
        # As it is written, if it is: the default of a variable stands where the variable does.
        return node.span.text if _WRITTEN.fullmatch(node.span.text) else str(node.value)
    return None
