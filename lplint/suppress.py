"""Suppressions: comments and metadata that say why a finding is accepted, where, and for how long."""

from __future__ import annotations

import re

from lplint import ruleset
from lplint.model.finding import Finding
from lplint.model.node import Map, Seq
from lplint.model.rule import Severity
from lplint.model.source import Span
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lplint.model.node import Node
    from lplint.model.rule import Rule
    from lplint.model.source import Source
    from lplint.syntax import hcl_tree

# `# lplint: ignore[LP201, wildcard-service] until=2027-01-31 why it is right`
_COMMENT = re.compile(r"(?:#|//)[ \t]*lplint:[ \t]*ignore\b(?:\[([^\]\n]*)\])?([^\n]*)")
_UNTIL = re.compile(r"\buntil=(\S+)")
_YAML = (".yaml", ".yml", ".template", ".cform")
_HCL = (".tf", ".tofu", ".tfvars", ".hcl")


class Suppression:
    """One of them: the rules it names, the lines it covers, and what it says.

    `rules` are ids and names as written, each with its place. `first` and `last` are the lines, from 1, in which a
    finding has to begin. `until` is the day after which it no longer holds, as written; None if it always does.
    """

    __slots__ = ("first", "last", "reason", "rules", "span", "until", "used")

    def __init__(
        self,
        span: Span,
        rules: tuple[tuple[str, Span], ...],
        first: int,
        last: int,
        reason: str,
        until: str | None,
    ) -> None:
        self.span = span
        self.rules = rules
        self.first = first
        self.last = last
        self.reason = reason
        self.until = until
        self.used: set[str] = set()

    def covers(self, line: int, rule: str, name: str) -> bool:
        """Whether a finding of a rule that begins in a line is accepted; remembers by which word."""
        if not self.first <= line <= self.last:
            return False
        for written, _ in self.rules:
            if written.upper() == rule or written.lower() == name:
                self.used.add(written)
                return True
        return False


RULES = UNUSED, UNKNOWN, EXPIRED, WITHOUT_REASON = "LP901", "LP902", "LP903", "LP904"


def apply(
    source: Source, findings: Iterable[Finding], rules: Sequence[Rule], require_reason: bool
) -> Iterator[Finding]:
    """Marks the findings of a file that its suppressions accept, and gives what is wrong with these.

    `rules` are those that run on the file: that an ignore of another one matches nothing says nothing.
    """
    suppressions = read(source)
    if not suppressions:
        return
    expired = [one for one in suppressions if one.until is not None and _is_past(one.until)]
    for finding in findings:
        line = finding.span.start_position().line
        for one in suppressions:
            if one.covers(line, finding.rule.id, finding.rule.name) and one not in expired:
                finding.reason = one.reason
    own = {rule.id: rule for rule in rules}
    running = {*own, *(rule.name for rule in rules)}
    for one in suppressions:
        for id_, span, message in _wrong(one, one in expired, running):
            if id_ in own:
                severity = Severity.ERROR if require_reason and id_ == WITHOUT_REASON else own[id_].severity
                yield Finding(own[id_], severity, span, message, (), None)


def _wrong(suppression: Suppression, expired: bool, running: set[str]) -> Iterator[tuple[str, Span, str]]:
    """What is wrong with a suppression: the id of the rule that says so, where, and what."""
    span = suppression.span
    if not suppression.rules:
        yield (
            UNKNOWN,
            span,
            "This names no rule, so it accepts nothing; write ignore[LP201] or ignore[wildcard-action].",
        )
        return
    for written, place in suppression.rules:
        try:
            rule = ruleset.find(written)
        except ruleset.SelectionError as error:
            yield UNKNOWN, place, f"{str(error)[:1].upper()}{str(error)[1:]}; this accepts nothing."
            continue
        if not expired and written not in suppression.used and {rule.id, rule.name} & running:
            told = f"Nothing here is found by {rule.id} ({rule.name})"
            yield UNUSED, place, f"{told}; take this out, so that it hides nothing later."
    if suppression.until is not None and not _is_date(suppression.until):
        yield EXPIRED, span, f"'{suppression.until}' is no day, so this accepts for ever; write it as 2027-01-31."
    elif expired:
        yield EXPIRED, span, f"This held until {suppression.until}; mend what it accepts, or decide again until when."
    if not suppression.reason:
        yield WITHOUT_REASON, span, "This does not say why; write the reason behind it, for whoever reads it next year."


def _is_date(written: str) -> bool:
    from datetime import date

    try:
        return bool(date.fromisoformat(written)) and len(written) == 10
    except ValueError:
        return False


def _is_past(written: str) -> bool:
    """Whether a day is over, here and now."""
    from datetime import date

    return _is_date(written) and date.fromisoformat(written) < date.today()


def read(source: Source) -> list[Suppression]:
    """The suppressions of a file, in order."""
    found = list(_comments(source))
    path = source.path.lower()
    # Comments need no document; metadata does.
    if not path.endswith(_HCL) and "Metadata" in source.text:
        for document in _documents(source, path):
            found.extend(_metadata(document))
    return sorted(found, key=lambda one: one.span.start)


def _comments(source: Source) -> Iterator[Suppression]:
    regions: dict[int, int] | None = None
    for match in _COMMENT.finditer(source.text):
        line = source.position(match.start()).line
        start_of_line = source.line_starts()[line - 1]
        first = line
        if not source.text[start_of_line : match.start()].strip():
            first = _next_line(source, line)  # it stands by itself, above what it is about
        if regions is None:
            regions = _regions(source)
        rules = tuple(
            (name, Span(source, match.start(1) + start, match.start(1) + end))
            for name, start, end in _words(match[1] or "")
        )
        until = _UNTIL.search(match[2])
        reason = _UNTIL.sub("", match[2]).strip(" \t\r-\u2013\u2014:#*/")
        yield Suppression(
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


def _regions(source: Source) -> dict[int, int]:
    """For each line in which a resource, a statement or another part of the file begins, the line where it ends."""
    regions: dict[int, int] = {}

    def add(start: int, end: int) -> None:
        first = source.position(start).line
        last = source.position(max(end - 1, start)).line
        regions[first] = max(regions.get(first, first), last)

    path = source.path.lower()
    if path.endswith(_HCL):
        from lplint.syntax import hcl

        _add_body(hcl.parse(source).body, add)
    else:
        for document in _documents(source, path):
            _add_nodes(document, add)
    return regions


def _documents(source: Source, path: str) -> list[Node]:
    if path.endswith((".json", ".jsonc")) or (not path.endswith(_YAML) and source.text.lstrip()[:1] in ("{", "[")):
        from lplint.syntax import json

        return json.parse(source, comments=True).documents
    from lplint.syntax import yaml

    return yaml.parse(source).documents


def _add_nodes(root: Node, add: Callable[[int, int], None]) -> None:
    """The entries of maps and the items of lists, at any depth."""
    todo = [root]
    seen: set[int] = set()
    while todo:
        node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Map):
            for key, value in node.entries:
                add(key.start, value.end)
                todo.append(value)
        elif isinstance(node, Seq):
            for item in node.items:
                add(item.start, item.end)
                todo.append(item)


def _add_body(body: hcl_tree.Body, add: Callable[[int, int], None]) -> None:
    from lplint.syntax import hcl_tree

    bodies = [body]
    expressions: list[hcl_tree.Expression] = []
    while bodies:
        one = bodies.pop()
        for block in one.blocks:
            add(block.start, block.end)
            bodies.append(block.body)
        for attribute in one.attributes:
            add(attribute.start, attribute.end)
            expressions.append(attribute.expression)
    while expressions:
        expression = expressions.pop()
        if isinstance(expression, hcl_tree.Tuple):
            for item in expression.items:
                add(item.start, item.end)
                expressions.append(item)
        elif isinstance(expression, hcl_tree.Object):
            for key, value in expression.items:
                add(key.start, value.end)
                expressions.append(value)
        elif isinstance(expression, hcl_tree.Call):
            expressions.extend(expression.arguments)


def _metadata(document: Node) -> Iterator[Suppression]:
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


def _of_entry(entry: Map, resource: Span) -> Suppression:
    def text(*names: str) -> Text | None:
        for name in names:
            value = entry.get(name)
            if isinstance(value, Text) and value.value is not None:
                return value
        return None

    written = text("id", "rule")
    reason, until = text("reason"), text("until")
    source = resource.source
    return Suppression(
        written.span if written is not None else entry.head(),
        ((written.display, written.span),) if written is not None else (),
        source.position(resource.start).line,
        source.position(max(resource.end - 1, resource.start)).line,
        reason.display if reason is not None else "",
        until.display if until is not None else None,
    )
