"""Writes suppressions into files: a comment, metadata of a template's resource, or an entry of the configuration."""

from __future__ import annotations

import os

from lplint.model.node import Map, Seq
from lplint.suppress.regions import HCL, documents_of, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lplint.model.finding import Finding
    from lplint.model.node import Node
    from lplint.model.source import Source

_COMMENTS = {".yaml": "#", ".yml": "#", ".jsonc": "//", ".template": "#", ".cform": "#"}


class Written:
    """What became of the findings of one file: the file's new text, which of them it accepts, and which have no place
    in it for a suppression."""

    __slots__ = ("accepted", "left", "text")

    def __init__(self, text: str, accepted: Sequence[Finding], left: Sequence[Finding]) -> None:
        self.text = text
        self.accepted = accepted
        self.left = left


def in_file(source: Source, findings: Sequence[Finding], reason: str) -> Written:
    """The file with suppressions of some findings in its own form. In JSON that is no template, there is none."""
    mark = _comment_mark(source)
    if mark is not None:
        return _comments(source, findings, reason, mark)
    return _metadata(source, findings, reason)


def _comment_mark(source: Source) -> str | None:
    path = source.path.lower()
    if path.endswith(HCL):
        return "#"
    mark = _COMMENTS.get(os.path.splitext(path)[1])
    return None if mark == "#" and source.text.lstrip()[:1] in ("{", "[") else mark


def _comments(source: Source, findings: Sequence[Finding], reason: str, mark: str) -> Written:
    """A comment above the innermost part of the file around each finding that a line begins with."""
    parts = parts_of(source)
    begins: dict[int, tuple[int, int]] = {}
    for start, end in parts:
        line = source.position(start).line
        first = source.line_starts()[line - 1]
        # What stands before the part is its indentation, and in YAML the dashes of the lists that begin in this line.
        if not source.text[first:start].strip(" \t-"):
            last = source.position(max(end - 1, start)).line
            begins[line] = (first, max(last, begins.get(line, (0, 0))[1]))
    rules: dict[int, list[str]] = {}
    accepted, left = [], []
    for finding in findings:
        at = finding.span.start_position().line
        around = [line for line, (_, last) in begins.items() if line <= at <= last]
        if not around:
            left.append(finding)
            continue
        accepted.append(finding)
        of_line = rules.setdefault(max(around), [])
        if finding.rule.id not in of_line:
            of_line.append(finding.rule.id)
    text = source.text
    for line in sorted(rules, reverse=True):
        first = begins[line][0]
        indent = text[first : first + len(source.line(line)) - len(source.line(line).lstrip(" \t"))]
        comment = f"{indent}{mark} lplint: ignore[{', '.join(sorted(rules[line]))}] {reason}".rstrip()
        text = text[:first] + comment + _line_end(source) + text[first:]
    return Written(text, accepted, left)


def _metadata(source: Source, findings: Sequence[Finding], reason: str) -> Written:
    """An entry in the metadata of the template's resource around each finding."""
    resources = [
        resource for document in documents_of(source, source.path.lower()) for resource in _resources(document)
    ]
    rules: dict[int, list[str]] = {}
    accepted, left = [], []
    for finding in findings:
        place = next((n for n, one in enumerate(resources) if one.start <= finding.span.start < one.end), None)
        if place is None:
            left.append(finding)
            continue
        accepted.append(finding)
        of_resource = rules.setdefault(place, [])
        if finding.rule.id not in of_resource:
            of_resource.append(finding.rule.id)
    text = source.text
    for place in sorted(rules, key=lambda one: resources[one].start, reverse=True):
        offset, inserted = _insertion(source, resources[place], sorted(rules[place]), reason)
        text = text[:offset] + inserted + text[offset:]
    return Written(text, accepted, left)


def _resources(document: Node) -> Iterable[Map]:
    resources = document.get("Resources") if isinstance(document, Map) else None
    for _, resource in resources.entries if isinstance(resources, Map) else ():
        if isinstance(resource, Map) and resource.get("Type") is not None:
            yield resource


def _insertion(source: Source, resource: Map, rules: Sequence[str], reason: str) -> tuple[int, str]:
    """Where a resource's metadata takes the rules, and what is written there."""
    import json

    written = ", ".join(json.dumps({"id": rule, "reason": reason}, ensure_ascii=False) for rule in rules)
    metadata = resource.get("Metadata")
    own = metadata.get("lplint") if isinstance(metadata, Map) else None
    ignore = own.get("ignore") if isinstance(own, Map) else None
    if isinstance(ignore, Seq):
        return ignore.start + 1, written + (", " if ignore.items else "")
    if isinstance(own, Map):
        return _first_in(source, own, f'"ignore": [{written}]')
    if isinstance(metadata, Map):
        return _first_in(source, metadata, f'"lplint": {{"ignore": [{written}]}}')
    return _first_in(source, resource, f'"Metadata": {{"lplint": {{"ignore": [{written}]}}}}')


def _first_in(source: Source, around: Map, member: str) -> tuple[int, str]:
    """Where a member is put first in an object, and how: laid out as the one that was first."""
    if not around.entries:
        return around.start + 1, member
    first = around.entries[0][0].start
    return first, f"{member}," + (source.text[around.start + 1 : first] or " ")


class Entries:
    """What is to be added to the `ignore` of one configuration."""

    __slots__ = ("_rows", "path", "reason")

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        self.reason = reason
        self._rows: dict[tuple[str, str, str], list[str]] = {}

    def add(self, finding: Finding) -> bool:
        """Adds an entry for a finding, as narrow as what is known of it; False if the configuration is not about its
        file."""
        root = os.path.join(os.path.realpath(os.path.dirname(self.path) or "."), "")
        folder, name = os.path.split(finding.span.source.path)
        path = os.path.join(os.path.realpath(folder or "."), name)
        if not path.startswith(root) or "\\" in path[len(root) :]:
            return False
        origin = str(finding.origin) if finding.origin is not None else ""
        sid = finding.statement.sid if finding.statement is not None else ""
        written = path[len(root) :]
        # A name alone would hold in every folder.
        key = (written if "/" in written else f"./{written}", origin, sid)
        rules = self._rows.setdefault(key, [])
        if finding.rule.id not in rules:
            rules.append(finding.rule.id)
        return True

    def added_to(self, text: str) -> str:
        """The text of the configuration's file with the entries: tables at its end, or in the list that is there."""
        from lplint.toml_places import array_items, places

        in_pyproject = os.path.basename(self.path) == "pyproject.toml"
        name = ("tool", "lplint", "ignore") if in_pyproject else ("ignore",)
        listed = next((one for one in places(text) if one.path == name and not one.header), None)
        end = "\r\n" if "\r\n" in text else "\n"
        if listed is not None:
            items = [*array_items(text, listed.value_start)]
            at = items[-1][1] if items else listed.value_start + 1
            rows = [f"{{ {', '.join(row)} }}" for row in self._tables()]
            return text[:at] + (", " if items else "") + ", ".join(rows) + text[at:]
        lead = "" if not text or text.endswith("\n") else end
        tables = [end.join([f"[[{'.'.join(name)}]]", *row, ""]) for row in self._tables()]
        return text + lead + (end if text else "") + end.join(tables)

    def _tables(self) -> Iterable[list[str]]:
        import json

        def row(key: str, value: object) -> str:
            return f"{key} = {json.dumps(value, ensure_ascii=False)}"

        for (path, origin, sid), rules in self._rows.items():
            yield [
                row("rule", rules[0] if len(rules) == 1 else sorted(rules)),
                row("path", path),
                *([row("origin", origin)] if origin else []),
                *([row("sid", sid)] if sid else []),
                row("reason", self.reason),
            ]


def _line_end(source: Source) -> str:
    return "\r\n" if "\r\n" in source.text else "\n"
