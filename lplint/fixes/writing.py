"""The way of an edit from a text to the file that holds it, with the escapes of every layer between."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from lplint.fixes.tree import RefusedError
from lplint.model.finding import Edit
from lplint.model.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.source import Source
    from lplint.model.text import Text

_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./*@=+:")


def edit(source: Source, start: int, end: int, new: str) -> Edit:
    """Other characters for those of a source from `start` up to `end`, as an edit of the file that it stands in. `new`
    is written as the source writes its text. Raises RefusedError where a layer between has no way to write it."""
    while source.within is not None:
        holder = source.within
        low, high = _outwards(source, holder, start, end)
        if new:
            new = _written(new, source, start, holder)
        source, start, end = low.source, low.start, high.end if end > start else low.start
        if low.source is not high.source or end < start:
            raise RefusedError("it is put together from several places")
    if "\n" in new and _breaks_lines_twice(source):
        new = new.replace("\r\n", "\n").replace("\n", "\r\n")
    return Edit(Span(source, start, end), new)


@lru_cache(maxsize=8)
def _breaks_lines_twice(source: Source) -> bool:
    """Whether a text ends its lines with a carriage return and a line feed."""
    return "\r\n" in source.text


def line_start(source: Source, offset: int) -> int:
    """The offset at which the line of some offset begins."""
    starts = source.line_starts()
    return starts[bisect_right(starts, offset) - 1]


def _outwards(source: Source, holder: Text, start: int, end: int) -> tuple[Span, Span]:
    """The places of the first and the last of some characters; of none, the place before the one that follows."""
    size = len(source.text)
    if start < end:
        return holder.span_of(start, start + 1), holder.span_of(end - 1, end)
    if start < size:
        low = holder.span_of(start, start + 1)
        return low, low
    last = holder.span_of(size - 1, size)
    low = Span(last.source, last.end, last.end)
    return low, low


def _written(new: str, source: Source, at: int, holder: Text) -> str:
    """How a holder writes some characters of its text. Source: RFC 8259, 7; YAML 1.1, 9; the HCL native syntax
    specification, template literals."""
    raw = holder.source.text
    style = raw[holder.start : holder.start + 1]
    if "${" in new or "%{" in new:
        raise RefusedError("it would begin a template")
    if style == '"':
        return new.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    if style == "'" and "\n" not in new:
        return new.replace("'", "''")
    if style == "|" or (style == "<" and raw.startswith("<<", holder.start)):
        return new.replace("\n", "\n" + _indentation(source, at, holder)) if "\n" in new else new
    if not set(new) <= _PLAIN:
        raise RefusedError("the text around it has no way to write it")
    return new


def _indentation(source: Source, at: int, holder: Text) -> str:
    """What stands before each line of a text in the file, and is no part of it."""
    line = source.text.rfind("\n", 0, at) + 1
    first = line
    while first < len(source.text) and source.text[first] in " \t":
        first += 1
    if first >= len(source.text):
        raise RefusedError("its indentation cannot be told")
    place = holder.span_of(first, first + 1)
    outer = place.source.text
    begin = outer.rfind("\n", 0, place.start) + 1
    before = outer[begin : place.start]
    inner = source.text[line:first]
    if before.strip() or not before.endswith(inner):
        raise RefusedError("its indentation cannot be told")
    return before[: len(before) - len(inner)]


@lru_cache(maxsize=8)
def syntax(source: Source) -> str:
    """What a text is written in: "json", "yaml" or "hcl". A text inside another one is JSON or YAML."""
    path = source.path.lower()
    if source.within is None and not path.endswith((".json", ".jsonc")):
        if path.endswith((".tf", ".tofu", ".hcl", ".tfvars")):
            return "hcl"
        if path.endswith((".yaml", ".yml")):
            return "yaml"
    return "json" if source.text.lstrip()[:1] in ("{", "[", "/") else "yaml"
