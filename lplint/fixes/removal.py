"""Removes an entry of a list or a map with what belongs to it: its comma, its line, the comment behind it."""

from __future__ import annotations

import re

from lplint.fixes.tree import RefusedError
from lplint.fixes.writing import edit, line_start, syntax
from lplint.model.node import Map, Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.fixes.tree import Place
    from lplint.model.finding import Edit
    from lplint.model.node import Node
    from lplint.model.source import Spanned

# Patterns are compiled when they are first needed: most runs of lplint need none.
_SPACE = r"\s*"
_BLANKS = r"[ \t]*"
# What may stand between the end of an entry and the end of its line.
_COMMENT = {
    "json": r"[ \t]*(?://[^\r\n]*|/\*[^*\r\n]*\*/[ \t]*)?(?=\r?\n|\Z)",
    "hcl": r"[ \t]*(?:(?://|#)[^\r\n]*|/\*[^*\r\n]*\*/[ \t]*)?(?=\r?\n|\Z)",
    "yaml": r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?=\r?\n|\Z)",
}
_BLOCK = r"[ \t]*statement[ \t]*\{\Z"


def removed(place: Place, node: Node) -> list[Edit]:
    """The edits that remove a value, and its key in a map. Raises RefusedError."""
    container = place.container
    if container is None:
        raise RefusedError("it is the whole policy")
    first: Spanned = place.key if place.key is not None else node
    if first.source is not node.source or first.start > node.start or container.source is not node.source:
        raise RefusedError("its key is written elsewhere")
    before, after = _neighbours(container, place.number)
    if before is None and after is None:
        raise RefusedError("nothing would be left around it")
    text, written = node.source.text, syntax(node.source)
    if written == "hcl" and isinstance(node, Map) and text[node.start : node.start + 1] != "{":
        return _block(node)
    if written == "yaml" and text[container.start : container.start + 1] not in ("[", "{"):
        return _yaml_block(container, first, node, after)
    return _bracketed(container, first, node, before, after, written)


def _neighbours(container: Map | Seq, at: int) -> tuple[Spanned | None, Spanned | None]:
    """The value before an entry, and the key or value behind it."""
    if isinstance(container, Map):
        entries = container.entries
        return (entries[at - 1][1] if at else None, entries[at + 1][0] if at + 1 < len(entries) else None)
    items = container.items
    return (items[at - 1] if at else None, items[at + 1] if at + 1 < len(items) else None)


def _bracketed(
    container: Map | Seq, first: Spanned, node: Node, before: Spanned | None, after: Spanned | None, written: str
) -> list[Edit]:
    """In brackets, where commas part the entries; in HCL a line break may do it."""
    source = node.source
    text, start, end = source.text, first.start, node.end
    tail = _end(_BLANKS, text, end)
    comma = text[tail : tail + 1] == ","
    behind = _end(_SPACE, text, end)
    if comma:
        tail += 1
    elif text[behind : behind + 1] in ("]", "}"):
        tail, after = end, None
    elif not (written == "hcl" and isinstance(container, Map)):
        raise RefusedError("something stands behind it")
    else:
        tail = end
    line = line_start(source, start)
    rest = re.compile(_COMMENT[written]).match(text, tail)
    own_line = not text[line:start].strip() and line > 0 and rest is not None
    edits = []
    if own_line and rest is not None:
        edits.append(edit(source, _break_before(text, line), rest.end(), ""))
    elif comma and rest is not None:
        begin = start
        while begin > line and text[begin - 1] in " \t":
            begin -= 1
        return [edit(source, begin, tail, "")]
    elif comma:
        return [edit(source, start, _end(_BLANKS, text, tail), "")]
    if not comma and after is None and before is not None and not (own_line and written == "hcl"):
        # The last entry takes the comma before it along.
        between = re.compile(r"\s*,").match(text, before.end, start) if before.end <= start else None
        if between is None:
            raise RefusedError("no comma stands before it")
        if own_line:
            edits.insert(0, edit(source, between.end() - 1, between.end(), ""))
        elif text[between.end() : start].strip():
            raise RefusedError("something stands before it")
        else:
            edits = [edit(source, before.end, end, "")]
    if not edits:
        raise RefusedError("it stands alone in its brackets")
    return edits


def _yaml_block(container: Map | Seq, first: Spanned, node: Node, after: Spanned | None) -> list[Edit]:
    """Among the lines of a list or map of YAML."""
    source = node.source
    text = source.text
    start = first.start
    if isinstance(container, Seq):
        while start > 0 and text[start - 1] in " \t":
            start -= 1
        if text[start - 1 : start] != "-":
            raise RefusedError("it does not stand behind the dash of its list")
        start -= 1
    rest = re.compile(_COMMENT["yaml"]).match(text, node.end)
    if rest is None:
        raise RefusedError("something stands behind it")
    line = line_start(source, start)
    if not text[line:start].strip() and line > 0:
        return [edit(source, _break_before(text, line), rest.end(), "")]
    # The first entry shares its line with a dash; what follows takes its place.
    if after is None or after.start < node.end or text[rest.end() : after.start].strip():
        raise RefusedError("its line holds something else")
    return [edit(source, start, after.start, "")]


def _block(node: Map) -> list[Edit]:
    """A `statement` block of Terraform."""
    text = node.source.text
    line = line_start(node.source, node.start)
    if re.match(_BLOCK, text[line : node.start]) is None:
        raise RefusedError("it is no block on lines of its own")
    closing = _end(_SPACE, text, node.end)
    rest = re.compile(_COMMENT["hcl"]).match(text, closing + 1)
    if text[closing : closing + 1] != "}" or rest is None or line == 0:
        raise RefusedError("it is no block on lines of its own")
    begin = _break_before(text, line)
    above = text.rfind("\n", 0, begin) + 1
    if above > 0 and not text[above:begin].strip():
        begin = _break_before(text, above)  # with the empty line that parts it from the one before
    return [edit(node.source, begin, rest.end(), "")]


def _break_before(text: str, line: int) -> int:
    """Where the line break before a line begins."""
    return line - 2 if text[line - 2 : line] == "\r\n" else line - 1


def _end(pattern: str, text: str, at: int) -> int:
    match = re.compile(pattern).match(text, at)
    return match.end() if match is not None else at
