"""Comments and metadata that other linters take for suppressions, honoured where a configuration asks for it."""

from __future__ import annotations

import re
from bisect import bisect_right

from lplint import ruleset
from lplint.model.node import Map, Seq
from lplint.model.source import Span
from lplint.model.text import Text
from lplint.suppress.regions import HCL, documents_of, regions_of
from lplint.suppress.suppression import OfLines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.model.node import Node
    from lplint.model.source import Source

# checkov's comment is about the resource around it, its reason behind a colon.
# Source: checkov documentation, "Suppressing and Skipping Policies".
_CHECKOV = re.compile(r"(?:#|//|/\*)[ \t]*(?:checkov|bridgecrew|cortex):skip=([A-Za-z0-9_]+)(?::([^\n]*))?")
# tfsec's and trivy's are about the line, the line below or, above a block, all of it; words behind further colons say
# more, of which `exp` is the day until which it holds. Sources: tfsec documentation, "Ignoring Checks"; Trivy
# documentation, "Filtering", by inline comments.
_TRIVY = re.compile(r"(?:#|//|/\*)[ \t]*(tfsec|trivy):ignore:([^\s:]+)((?::[a-z]+:[^\s:]+)*)([^\n]*)")
_EXPIRY = re.compile(r":exp:([0-9-]+)")
_EVERYTHING = "*"
_TRIVY_PREFIXES = ("AVD-", "avd-")


def read(source: Source) -> list[OfLines]:
    """The suppressions for other linters in a file. Those of rules that lplint does not know are not among them."""
    found: list[OfLines] = []
    path = source.path.lower()
    if "checkov:skip" in source.text or ":ignore:" in source.text or ":skip=" in source.text:
        found += _comments(source, path)
    if not path.endswith(HCL) and "Metadata" in source.text:
        for document in documents_of(source, path):
            found += _metadata(document)
    return found


def counterparts(tool: str, name: str) -> tuple[str, ...]:
    """The ids of the rules that look for what a rule of another linter looks for, by `also-known-as`."""
    if name == _EVERYTHING:
        return tuple(rule.id for rule in ruleset.every())
    wanted = {_plain(name), _plain(f"{tool}:{name}")}
    return tuple(rule.id for rule in ruleset.every() if any(_plain(known) in wanted for known in rule.also_known_as))


def _plain(name: str) -> str:
    """An id without what is written in several ways: case, trivy's "AVD-AWS-0057" and "AWS-0057", tfsec's names that
    trivy took over."""
    name = name.removeprefix("trivy:").removeprefix("tfsec:")
    for prefix in _TRIVY_PREFIXES:
        name = name.removeprefix(prefix)
    return name.lower()


def _comments(source: Source, path: str) -> Iterator[OfLines]:
    regions = regions_of(source)
    lines = len(source.line_starts())
    resources: list[tuple[int, int]] | None = None
    for match in _CHECKOV.finditer(source.text):
        if resources is None:
            resources = _resource_spans(source, path)
        around = _lines_around(source, resources, match.start())
        if around is not None:  # elsewhere checkov does not heed it either
            yield from _made(source, match.span(), "checkov", match[1], around, match[2] or "", None)
    below = 0  # the line that the comment before is about, if that stands by itself
    for match in _TRIVY.finditer(source.text):
        line = source.position(match.start()).line
        first = line
        if not source.line(line)[: match.start() - source.line_starts()[line - 1]].strip():
            # Several such comments may stand above what they are about.
            first = below if below > line else min(line + 1, lines)
            while first < lines and source.line(first).strip().startswith(("#", "//")):
                first += 1
            below = first
        expiry = _EXPIRY.search(match[3])
        until = expiry[1] if expiry else None
        yield from _made(
            source, match.span(), match[1], match[2], (first, max(regions.get(first, first), first)), match[4], until
        )


def _resource_spans(source: Source, path: str) -> list[tuple[int, int]]:
    """Where the blocks of a file, or the resources of a template, begin and end, in order."""
    if path.endswith(HCL):
        from lplint.syntax import hcl

        return sorted((block.start, block.end) for block in hcl.parse(source).body.blocks)
    documents = documents_of(source, path)
    return sorted((key.start, resource.end) for document in documents for key, resource in _resources(document))


def _lines_around(source: Source, spans: Sequence[tuple[int, int]], offset: int) -> tuple[int, int] | None:
    """The lines of that of some blocks, in order, which is around a comment; None where there is none."""
    found = bisect_right(spans, (offset, len(source.text))) - 1
    if found < 0 or offset >= spans[found][1]:
        return None
    start, end = spans[found]
    return source.position(start).line, source.position(max(end - 1, start)).line


def _resources(document: Node) -> Iterator[tuple[Text, Node]]:
    resources = document.get("Resources") if isinstance(document, Map) else None
    if isinstance(resources, Map):
        yield from resources.entries


# Where the metadata of a resource lists the rules, and the names of a rule's id and its reason there.
# Sources: checkov documentation, as above; cfn_nag README, "Per-Resource Rule Suppression".
_METADATA = (("checkov", "skip", "comment"), ("cfn_nag", "rules_to_suppress", "reason"))


def _metadata(document: Node) -> Iterator[OfLines]:
    for key, resource in _resources(document):
        metadata = resource.get("Metadata") if isinstance(resource, Map) else None
        if not isinstance(metadata, Map):
            continue
        for tool, listed, why in _METADATA:
            of_tool = metadata.get(tool)
            entries = of_tool.get(listed) if isinstance(of_tool, Map) else None
            for entry in entries.items if isinstance(entries, Seq) else ():
                name = entry.get("id") if isinstance(entry, Map) else None
                if not isinstance(entry, Map) or not isinstance(name, Text):
                    continue
                reason = entry.get(why)
                source = key.source
                lines = (source.position(key.start).line, source.position(max(resource.end - 1, key.start)).line)
                told = reason.display if isinstance(reason, Text) else ""
                yield from _made(source, (name.start, name.end), tool, name.display, lines, told, None)


def _made(
    source: Source,
    place: tuple[int, int],
    tool: str,
    name: str,
    lines: tuple[int, int],
    reason: str,
    until: str | None,
) -> Iterator[OfLines]:
    span = Span(source, *place)
    rules = tuple((known, span) for known in counterparts(tool, name))
    if rules:
        told = reason.strip(" \t\r:-#*/") or f"{name} of {tool}"
        yield OfLines(span, rules, *lines, told, until, tool)
