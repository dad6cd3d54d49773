"""Adds entries to the maps and lists of a policy, written as those around them are."""

from __future__ import annotations

from lplint.fixes.tree import RefusedError
from lplint.fixes.writing import edit, syntax
from lplint.model.node import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.finding import Add, Append, Edit, Written
    from lplint.model.source import Spanned

_INDENT = "  "


def added(change: Add) -> list[Edit]:
    """The edits that add an entry. Raises RefusedError."""
    node, key, value = change.node, change.key, change.value
    source = node.source
    written = syntax(source)
    bracket = source.text[node.start : node.start + 1] == "{"
    if written == "hcl" and not bracket:
        return _hcl_condition(node, key, value)
    there = node.get(key)
    while isinstance(there, Map) and not isinstance(value, str | list) and len(value) == 1:
        if there.source is not source:
            raise RefusedError("what stands beside it is written elsewhere")
        node, ((key, value),) = there, value.items()
        bracket = source.text[node.start : node.start + 1] == "{"
        there = node.get(key)
    if there is not None:
        raise RefusedError("there is another one already")
    if not node.entries:
        raise RefusedError("the map around it is empty")
    if any(one.source is not source or not node.start <= one.start <= node.end for one in _parts(node)):
        raise RefusedError("what stands beside it is written elsewhere")
    if written == "yaml" and not bracket:
        return _yaml_entry(node, key, value, change.first)
    return _bracketed_entry(node, key, value, written, change.first)


def _parts(node: Map) -> Iterator[Spanned]:
    for key, value in node.entries:
        yield key
        yield value


def _bracketed_entry(node: Map, key: str, value: Written, written: str, first: bool) -> list[Edit]:
    source = node.source
    text = source.text
    first_key, first_value = node.entries[0]
    last = node.entries[-1][1]
    gap = text[node.start + 1 : first_key.start]
    if gap.strip():
        raise RefusedError("a comment stands where it would begin")
    colon = " = " if written == "hcl" and "=" in text[first_key.end : first_value.start] else ": "
    quoted = text[first_key.start : first_key.start + 1] in ('"', "'") or written == "json"
    entry = f"{_name(key, quoted)}{colon}{flow(value, colon, quoted)}"
    comma = "" if written == "hcl" and "\n" in gap else ","
    gap = gap if "\n" in gap else " "
    if first:
        return [edit(source, first_key.start, first_key.start, entry + comma + gap)]
    if text[last.end : node.end - 1].strip():
        raise RefusedError("something stands behind the last entry")
    return [edit(source, last.end, last.end, comma + gap + entry)]


def flow(value: Written, colon: str = ": ", quoted: bool = True) -> str:
    """A value on one line: JSON, or HCL's objects where the colon is its equals sign."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    pad = " " if "=" in colon else ""
    parts = [f"{_name(name, quoted)}{colon}{flow(inner, colon, quoted)}" for name, inner in value.items()]
    return "{" + pad + ", ".join(parts) + pad + "}"


def _name(key: str, quoted: bool) -> str:
    return f'"{key}"' if quoted or not key.isalnum() else key


def _yaml_entry(node: Map, key: str, value: Written, first: bool) -> list[Edit]:
    source = node.source
    text = source.text
    start = node.entries[0][0].start
    indent = " " * (start - (text.rfind("\n", 0, start) + 1))
    lines = _yaml_lines(key, value)
    if first:
        return [edit(source, start, start, ("\n" + indent).join(lines) + "\n" + indent)]
    end = _end_of_line(text, node.entries[-1][1].end)
    return [edit(source, end, end, "".join("\n" + indent + line for line in lines))]


def _yaml_lines(key: str, value: Written) -> list[str]:
    """An entry of a block map, on as many lines as it takes."""
    if isinstance(value, str):
        return [f'{key}: "{value}"']
    if isinstance(value, list):
        return [f"{key}:", *(f'{_INDENT}- "{one}"' for one in value)]
    return [f"{key}:", *(_INDENT + line for name, inner in value.items() for line in _yaml_lines(name, inner))]


def _end_of_line(text: str, end: int) -> int:
    """The end of the line of a last entry, with the comment behind it."""
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop - (text[stop - 1] == "\r")
    if text[end:stop].strip() and not text[end:stop].lstrip().startswith("#"):
        raise RefusedError("something stands behind the last entry")
    return stop


def appended(change: Append) -> list[Edit]:
    """The edits that add an item to a list. Raises RefusedError."""
    node, value = change.node, change.value
    source = node.source
    text, written = source.text, syntax(source)
    if not node.items or any(one.source is not source or not node.start <= one.start <= node.end for one in node.items):
        raise RefusedError("what stands beside it is written elsewhere")
    first, last = node.items[0], node.items[-1]
    line = text.rfind("\n", 0, first.start) + 1
    before = text[line : first.start]
    if text[node.start : node.start + 1] == "[":
        if text[last.end : node.end - 1].strip():
            raise RefusedError("something stands behind the last item")
        gap = "\n" + before if not before.strip() and line else " "
        return [
            edit(
                source,
                last.end,
                last.end,
                f",{gap}{flow(value, ' = ' if written == 'hcl' else ': ', written != 'hcl')}",
            )
        ]
    if written != "yaml" or before.strip() != "-" or isinstance(value, str | list):
        raise RefusedError("it is no list that can grow at its end")
    lines = [one for name, inner in value.items() for one in _yaml_lines(name, inner)]
    end = _end_of_line(text, last.end)
    blank = " " * len(before)
    return [edit(source, end, end, "\n" + before + ("\n" + blank).join(lines))]


def _hcl_condition(node: Map, key: str, value: Written) -> list[Edit]:
    """A condition at the end of a `statement` block."""
    source = node.source
    text = source.text
    if key != "Condition" or isinstance(value, str | list):
        raise RefusedError("a block of Terraform has no such argument")
    closing = node.end
    while closing < len(text) and text[closing].isspace():
        closing += 1
    line = text.rfind("\n", 0, closing) + 1
    if text[closing : closing + 1] != "}" or text[line:closing].strip():
        raise RefusedError("its block does not end on a line of its own")
    outer = text[line:closing]
    inner = outer + _INDENT
    made = ""
    for operator, keys in value.items():
        for name, one in keys.items() if not isinstance(keys, str | list) else ():
            made += (
                f'\n{inner}condition {{\n{inner}{_INDENT}test     = "{operator}"\n'
                f'{inner}{_INDENT}variable = "{name}"\n{inner}{_INDENT}values   = ["{one}"]\n{inner}}}\n'
            )
    return [edit(source, line, line, made)]
