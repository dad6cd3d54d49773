"""Adds an entry to a map of a policy, written as the entries around it are."""

from __future__ import annotations

from lplint.fixes.tree import RefusedError
from lplint.fixes.writing import edit, syntax

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Add, Edit
    from lplint.model.node import Map

_INDENT = "  "


def added(change: Add) -> list[Edit]:
    """The edits that add an entry. Raises RefusedError."""
    node = change.node
    source = node.source
    text, written = source.text, syntax(source)
    if not node.entries:
        raise RefusedError("the map around it is empty")
    key, value = node.entries[0]
    last_key, last = node.entries[-1]
    bracket = text[node.start : node.start + 1] == "{"
    if any(one.source is not source or not node.start <= one.start <= node.end for one in (key, value, last_key, last)):
        raise RefusedError("what stands beside it is written elsewhere")
    if written == "hcl" and not bracket:
        return _hcl_block(change)
    if written == "yaml" and not bracket:
        return _yaml_block(change)
    gap = text[node.start + 1 : key.start]
    if gap.strip():
        raise RefusedError("a comment stands where it would begin")
    quotes = '"' if text[key.start : key.start + 1] in ('"', "'") or written == "json" else ""
    colon = " = " if written == "hcl" and "=" in text[key.end : value.start] else ": "
    entry = f"{quotes}{change.key}{quotes}{colon}{_flow(change.value, colon, quotes)}"
    lines = "\n" in gap
    if change.first:
        comma = "" if written == "hcl" and lines else ","
        return [edit(source, key.start, key.start, entry + comma + (gap if lines else " "))]
    comma = "" if written == "hcl" and lines else ","
    rest = text[last.end : node.end - 1]
    if rest.strip():
        raise RefusedError("something stands behind the last entry")
    return [edit(source, last.end, last.end, comma + (gap if lines else " ") + entry)]


def _flow(value: str | dict[str, dict[str, str]], colon: str, quotes: str) -> str:
    """A value on one line."""
    if isinstance(value, str):
        return f'"{value}"'
    parts = []
    for name, inner in value.items():
        shown = f"{quotes}{name}{quotes}" if name.isalnum() else f'"{name}"'
        parts.append(f"{shown}{colon}{_flow(inner, colon, quotes)}")  # type: ignore[arg-type]  # a dict of strings at last
    pad = " " if colon == " = " else ""
    return "{" + pad + ", ".join(parts) + pad + "}"


def _yaml_block(change: Add) -> list[Edit]:
    node = change.node
    source = node.source
    text = source.text
    key, _ = node.entries[0]
    column = key.start - (text.rfind("\n", 0, key.start) + 1)
    indent = " " * column
    if isinstance(change.value, str):
        lines = [f'{change.key}: "{change.value}"']
    else:
        lines = [f"{change.key}:"]
        for operator, keys in change.value.items():
            lines.append(f"{_INDENT}{operator}:")
            lines += [f'{_INDENT * 2}{name}: "{one}"' for name, one in keys.items()]
    if change.first:
        return [edit(source, key.start, key.start, ("\n" + indent).join(lines) + "\n" + indent)]
    end = node.entries[-1][1].end
    if end < len(text) and text[end] not in "\r\n":
        stop = text.find("\n", end)
        stop = len(text) if stop < 0 else stop - (text[stop - 1] == "\r")
        if text[end:stop].strip() and not text[end:stop].lstrip().startswith("#"):
            raise RefusedError("something stands behind the last entry")
        end = stop
    return [edit(source, end, end, "".join("\n" + indent + line for line in lines))]


def _hcl_block(change: Add) -> list[Edit]:
    """A condition at the end of a `statement` block."""
    node: Map = change.node
    source = node.source
    text = source.text
    if change.key != "Condition" or isinstance(change.value, str):
        raise RefusedError("a block of Terraform has no such argument")
    end = node.end
    closing = end
    while closing < len(text) and text[closing].isspace():
        closing += 1
    if text[closing : closing + 1] != "}":
        raise RefusedError("its block does not end where it seems to")
    line = text.rfind("\n", 0, closing) + 1
    if text[line:closing].strip():
        raise RefusedError("its block stands on one line")
    outer = text[line:closing]
    made = ""
    for operator, keys in change.value.items():
        for name, one in keys.items():
            inner = outer + _INDENT
            made += (
                f'\n{inner}condition {{\n{inner}{_INDENT}test     = "{operator}"\n'
                f'{inner}{_INDENT}variable = "{name}"\n{inner}{_INDENT}values   = ["{one}"]\n{inner}}}\n'
            )
    return [edit(source, line, line, made)]
