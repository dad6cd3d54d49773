"""Comments and metadata that say why a finding is accepted, where, and for how long."""

from __future__ import annotations

import re

from lplint.model.node import Map, Seq
from lplint.model.source import Span
from lplint.model.text import Text
from lplint.suppress.regions import HCL, documents_of, regions_of
from lplint.suppress.suppression import OfLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplint.model.node import Node
    from lplint.model.source import Source

# `# lplint: ignore[LP201, wildcard-service] until=2027-01-31 why it is right`
_COMMENT = re.compile(r"(?:#|//)[ \t]*lplint:[ \t]*ignore\b(?:\[([^\]\n]*)\])?([^\n]*)")
_UNTIL = re.compile(r"\buntil=(\S+)")


def read(source: Source) -> list[OfLines]:
    """The suppressions of a file, in order."""
    found = list(_comments(source))
    path = source.path.lower()
    # Comments need no document; metadata does.
    if not path.endswith(HCL) and "Metadata" in source.text:
        for document in documents_of(source, path):
            found.extend(_metadata(document))
    return sorted(found, key=lambda one: one.span.start)


def _comments(source: Source) -> Iterator[OfLines]:
    regions: dict[int, int] | None = None
    below = 0  # the line that the comment before is about, if that stands by itself
    for match in _COMMENT.finditer(source.text):
        line = source.position(match.start()).line
        start_of_line = source.line_starts()[line - 1]
        first = line
        if not source.text[start_of_line : match.start()].strip():
            # It stands by itself, above what it is about. Of many such comments all are about the same.
            first = below = below if below > line else _next_line(source, line)
        if regions is None:
            regions = regions_of(source)
        rules = tuple(
            (name, Span(source, match.start(1) + start, match.start(1) + end))
            for name, start, end in _words(match[1] or "")
        )
        until = _UNTIL.search(match[2])
        reason = _UNTIL.sub("", match[2]).strip(" \t\r-\u2013\u2014:#*/")
        yield OfLines(
            Span(source, match.start(), match.start() + len(match[0].rstrip())),
            rules,
            first,
            max(regions.get(first, first), first),
            reason,
            until[1] if until is not None else None,
        )


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    for match in re.finditer(r"[^\s,]+", text):
        yield match[0], match.start(), match.end()


def _next_line(source: Source, line: int) -> int:
    """The first line below that is neither blank nor a comment."""
    last = len(source.line_starts())
    for number in range(line + 1, last + 1):
        text = source.line(number).strip()
        if text and not text.startswith(("#", "//")):
            return number
    return line


def _metadata(document: Node) -> Iterator[OfLines]:
    """Those of the resources of a template: `Metadata: {lplint: {ignore: [{id: LP201, reason: ...}]}}`."""
    resources = document.get("Resources") if isinstance(document, Map) else None
    for key, resource in resources.entries if isinstance(resources, Map) else ():
        metadata = resource.get("Metadata") if isinstance(resource, Map) else None
        own = metadata.get("lplint") if isinstance(metadata, Map) else None
        entries = own.get("ignore") if isinstance(own, Map) else None
        for entry in _listed(entries):
            if isinstance(entry, Map):
                yield _of_entry(entry, Span(key.source, key.start, resource.end))


def _listed(node: Node | None) -> Iterable[Node]:
    return node.items if isinstance(node, Seq) else [node] if node is not None else []


def _of_entry(entry: Map, resource: Span) -> OfLines:
    def text(*names: str) -> Text | None:
        for name in names:
            value = entry.get(name)
            if isinstance(value, Text) and value.value is not None:
                return value
        return None

    written = text("id", "rule")
    reason, until = text("reason"), text("until")
    source = resource.source
    return OfLines(
        written.span if written is not None else entry.head(),
        ((written.display, written.span),) if written is not None else (),
        source.position(resource.start).line,
        source.position(max(resource.end - 1, resource.start)).line,
        reason.display if reason is not None else "",
        until.display if until is not None else None,
    )
