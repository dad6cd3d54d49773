"""A report as SARIF 2.1.0, for GitHub code scanning and whoever else reads it."""

from __future__ import annotations

import json
import re
from bisect import bisect_left

from lplint.fingerprint import VERSION, fingerprints
from lplint.model.rule import Severity
from lplint.reporters.fingerprint import line_hashes
from lplint.reporters.safe import cut, encodable, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeAlias

    from lplint.model.finding import Failure, Finding, Fix, Report
    from lplint.model.rule import Rule, RuleTexts
    from lplint.model.source import Source, Span

    Json: TypeAlias = dict[str, Any]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://github.com/lplint/lplint"
_ROOT = "%SRCROOT%"

# GitHub refuses more than 25,000 results and keeps the first 5,000 by severity.
# Source: GitHub Docs, "SARIF support for code scanning", validating and limits.
_MOST_RESULTS = 5_000
# The same page: locations per result, of which GitHub includes the first 100.
_MOST_RELATED = 100
# The same page: locations of a thread flow, of which GitHub includes the first 100.
_MOST_STEPS = 100
# The same page: shortDescription and fullDescription.
_LONGEST_DESCRIPTION = 1024
# GitLab drops results whose message is longer. Source: GitLab Docs, "SARIF reports", limits.
_LONGEST_MESSAGE = 2048
_MOST_INDENTED = 500
_LONGEST_LINK = 100
# Longer ones say nothing to a reader, and minified files would repeat themselves once for each result.
_LONGEST_SNIPPET = 2000
_LONGEST_CONTEXT = 1000

_PROBLEM_SEVERITY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_EXIT_CODES = {0: "nothing that fails the run", 1: "findings", 2: "a failure, or a wrong call"}
_NOTIFICATIONS: Sequence[Json] = (
    {
        "id": "file-not-checked",
        "name": "FileNotChecked",
        "shortDescription": {"text": "A file could not be checked."},
        "fullDescription": {
            "text": "lplint could not read or check a file. That it has no results does not mean that it is in order."
        },
        "help": {"text": "Mend the file, or exclude it."},
        "defaultConfiguration": {"level": "error"},
    },
    {
        "id": "results-left-out",
        "name": "ResultsLeftOut",
        "shortDescription": {"text": "There are more results than code scanning takes."},
        "fullDescription": {
            "text": "GitHub code scanning keeps 5,000 results of a run: the gravest ones are here, the others are not."
        },
        "help": {"text": "Check one part of the repository at a time, or read all results in another format."},
        "defaultConfiguration": {"level": "warning"},
    },
)
_FILE_NOT_CHECKED, _RESULTS_LEFT_OUT = range(2)
# Who accepts a finding (Finding.accepted_by) elsewhere than in its own file.
_EXTERNAL = ("configuration", "baseline")
_LANGUAGES = {"terraform": "hcl", "cloudformation": "yaml"}

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?", re.ASCII)
_DRIVE = re.compile("[A-Za-z]:/")
# RFC 3986, 2.3. Unreserved Characters, and the slash between segments.
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


def render(
    report: Report,
    *,
    texts: Callable[[Rule], RuleTexts],
    version: str,
    in_repository: Callable[[str], str],
    base: str | None = None,
    exit_code: int,
    crashed: bool = False,
    show_suppressed: bool = False,
) -> str:
    """The report as one SARIF log in ASCII.

    `texts` gives a rule's longer texts. `version` is lplint's own. `in_repository` gives, for a path as it stands in
    the report, the path from the root of the repository, with forward slashes, or the absolute path of a file that is
    outside it; neither is percent-encoded. `base` is the absolute path of that root, if it is to be told. `exit_code`
    is what the process is going to return. `crashed` says that lplint itself broke down: GitHub then takes no result
    at all, so a file that could not be checked is no crash. `show_suppressed` adds what is accepted, marked as such.
    """
    log = _Log(report, texts, in_repository, show_suppressed).build(version, base, exit_code, crashed)
    # Indentation is most of a log; people read small ones, and programs have limits for large ones.
    return json.dumps(log, indent=1 if len(log["runs"][0]["results"]) <= _MOST_INDENTED else None) + "\n"


class _Log:
    """One log and its tables: rules, taxa and artifacts are referred to by their index."""

    def __init__(
        self,
        report: Report,
        texts: Callable[[Rule], RuleTexts],
        in_repository: Callable[[str], str],
        show_suppressed: bool,
    ) -> None:
        self.report = report
        self.show_suppressed = show_suppressed
        self.texts = texts
        self.in_repository = in_repository
        rules = {
            rule.id: rule for rule in (*report.rules, *(one.rule for one in (*report.findings, *report.suppressed)))
        }
        self.rules = [rules[name] for name in sorted(rules)]
        self.rule_index = {rule.id: index for index, rule in enumerate(self.rules)}
        self.weaknesses = sorted({number for rule in self.rules for number in rule.cwe})
        self.artifacts: dict[str, int] = {}
        self.places: dict[str, _Places] = {}

    def build(self, version: str, base: str | None, exit_code: int, crashed: bool) -> Json:
        everything = [*self.report.findings, *(self.report.suppressed if self.show_suppressed else ())]
        lines = _by_line(sorted(everything, key=lambda one: one.sort_key()))
        findings = _gravest(lines)
        results = self._results(findings)
        notifications = [self._failure(failure) for failure in self.report.failures]
        left_out = len(lines) - len(findings)
        if left_out:
            notifications.append(
                _notification(
                    _RESULTS_LEFT_OUT,
                    f"{left_out:,} of {len(lines):,} results are left out, the least grave ones: "
                    f"code scanning keeps {_MOST_RESULTS:,}.",
                )
            )
        root: Json = {"description": {"text": "The root of the repository."}}
        if base is not None:
            root = {"uri": _file_uri(base.rstrip("/") + "/"), **root}
        run: Json = {
            "tool": {"driver": self._driver(version)},
            **({"taxonomies": [self._taxonomy()]} if self.weaknesses else {}),
            "invocations": [
                {
                    "executionSuccessful": not crashed,
                    "exitCode": exit_code,
                    "exitCodeDescription": _EXIT_CODES.get(exit_code, "unknown"),
                    "toolExecutionNotifications": notifications,
                }
            ],
            "originalUriBaseIds": {_ROOT: root},
            "columnKind": "utf16CodeUnits",
            "language": "en-US",
            "artifacts": [
                {"location": self._artifact_location(path, index=False), "roles": ["analysisTarget"]}
                for path in self.artifacts
            ],
            "results": results,
        }
        return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}

    def _driver(self, version: str) -> Json:
        driver: Json = {"name": "lplint", "version": version}
        if _SEMANTIC_VERSION.fullmatch(version):
            driver["semanticVersion"] = version
        driver["informationUri"] = _HOME
        driver["shortDescription"] = {"text": "The least-privilege linter for AWS IAM policies."}
        driver["rules"] = [self._rule(rule) for rule in self.rules]
        driver["notifications"] = list(_NOTIFICATIONS)
        if self.weaknesses:
            driver["supportedTaxonomies"] = [{"name": "CWE", "index": 0}]
        return driver

    def _taxonomy(self) -> Json:
        return {
            "name": "CWE",
            "organization": "MITRE",
            "informationUri": "https://cwe.mitre.org/",
            "isComprehensive": False,
            "shortDescription": {"text": "The MITRE Common Weakness Enumeration."},
            "taxa": [
                {"id": str(number), "helpUri": f"https://cwe.mitre.org/data/definitions/{number}.html"}
                for number in self.weaknesses
            ],
        }

    def _rule(self, rule: Rule) -> Json:
        texts = self.texts(rule)
        configuration: Json = {"level": rule.severity.label}
        properties: Json = {
            "tags": [rule.category, *(f"external/cwe/cwe-{number:03}" for number in rule.cwe)],
            "precision": rule.confidence,
            "problem.severity": _PROBLEM_SEVERITY[rule.severity],
        }
        if rule.security_severity is not None:
            configuration["rank"] = _rank(rule.security_severity)
            properties["tags"].insert(0, "security")
            properties["security-severity"] = str(rule.security_severity)
        descriptor: Json = {
            "id": rule.id,
            "name": "".join(part[:1].upper() + part[1:] for part in rule.name.split("-")),
            "shortDescription": {"text": _description(rule.title)},
            "fullDescription": {"text": _description(_first_paragraph(texts.why))},
            "help": {
                "text": encodable(_plain_help(texts)),
                "markdown": encodable(_markdown_help(rule, texts)),
            },
            **({"helpUri": rule.url} if rule.url else {}),
            "defaultConfiguration": configuration,
            "properties": properties,
        }
        if rule.cwe:
            descriptor["relationships"] = [
                {
                    "target": {
                        "id": str(number),
                        "index": self.weaknesses.index(number),
                        "toolComponent": {"name": "CWE", "index": 0},
                    },
                    "kinds": ["superset"],
                }
                for number in rule.cwe
            ]
        return descriptor

    def _results(self, lines: Sequence[Sequence[Finding]]) -> list[Json]:
        results = [self._result(findings) for findings in lines]
        asked: dict[str, set[int]] = {}
        for findings, result in zip(lines, results, strict=True):
            asked.setdefault(findings[0].span.source.path, set()).add(_start_line(result))
        hashes: dict[str, Mapping[int, str]] = {}
        own = fingerprints([*self.report.findings, *self.report.suppressed])
        for findings, result in zip(lines, results, strict=True):
            source = findings[0].span.source
            if source.path not in hashes:
                hashes[source.path] = line_hashes(source.text, asked[source.path], source.bom)
            result["partialFingerprints"] = {
                "primaryLocationLineHash": hashes[source.path][_start_line(result)],
                VERSION: own[findings[0]],
            }
        return results

    def _result(self, findings: Sequence[Finding]) -> Json:
        """The result of the findings of one rule on one line: that of the first, at which the others are told."""
        finding = findings[0]
        rule = finding.rule
        location: Json = {"physicalLocation": self._physical_location(finding.span, context=True)}
        if finding.origin is not None and str(finding.origin):
            location["logicalLocations"] = [{"fullyQualifiedName": visible(str(finding.origin))}]
        related = [
            *((one.span, one.message) for one in findings[1:]),
            *((one.span, one.message) for of_line in findings for one in of_line.related),
        ]
        related = list(dict.fromkeys(related))[:_MOST_RELATED]
        message = finding.message
        if len(findings) > 1:
            message = f"{_sentence(message)} {len(findings) - 1} more like this on the line."
        result: Json = {
            "ruleId": rule.id,
            "ruleIndex": self.rule_index[rule.id],
            "level": max(one.severity for one in findings).label,
            "kind": "fail",
            "message": {"text": _message(message, [words for _, words in related])},
            "locations": [location],
        }
        if rule.security_severity is not None:
            result["rank"] = _rank(rule.security_severity)
        places = [
            {
                "id": number,
                "physicalLocation": self._physical_location(span),
                "message": {"text": _sentence(_literal(words, _LONGEST_MESSAGE - 1))},
            }
            for number, (span, words) in enumerate(related, 1)
        ]
        if finding.statement is not None and len(places) < _MOST_RELATED:
            place = self._physical_location(finding.statement.span, whole=True)
            places.append(
                {"id": len(places) + 1, "physicalLocation": place, "message": {"text": "The statement it is about."}}
            )
        if places:
            result["relatedLocations"] = places
        flows = [self._flow(one, way) for one in findings for way in sorted({step.way for step in one.related} - {0})]
        if flows:
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]} for steps in flows]
        if finding.reason is not None:
            result["suppressions"] = [
                {
                    "kind": "external" if finding.accepted_by in _EXTERNAL else "inSource",
                    "status": "accepted",
                    **({"justification": visible(finding.reason)} if finding.reason else {}),
                }
            ]
        elif self.show_suppressed:
            result["suppressions"] = []
        fixes: list[Json] = []
        for one in findings:
            fix = self._fix(one.fix) if one.fix is not None else None
            if fix is not None and fix not in fixes:  # two findings on a line may have one and the same
                fixes.append(fix)
        if fixes:
            result["fixes"] = fixes
        return result

    def _flow(self, finding: Finding, way: int) -> list[Json]:
        """A finding and the steps of one of its ways, one after the other."""
        steps = [one for one in finding.related if one.way == way][: _MOST_STEPS - 1]
        places = [(finding.span, finding.message), *((one.span, one.message) for one in steps)]
        return [
            {
                "location": {
                    "physicalLocation": self._physical_location(span),
                    "message": {"text": _sentence(_literal(message, _LONGEST_MESSAGE - 1))},
                },
                "executionOrder": number,
                "importance": "essential",
            }
            for number, (span, message) in enumerate(places, 1)
        ]

    def _fix(self, fix: Fix) -> Json:
        """A fix as replacements, one for each edit. SARIF has no word for one that is not safe, so the text says it."""
        changes: dict[str, list[Json]] = {}
        for edit in fix.edits:
            replacement: Json = {"deletedRegion": self._exact_region(edit.span)}
            if edit.text:
                replacement["insertedContent"] = {"text": encodable(edit.text)}
            changes.setdefault(edit.span.source.path, []).append(replacement)
        words = fix.words if fix.safe else f"Changes access: {fix.words}"
        return {
            "description": {"text": _sentence(_literal(words, _LONGEST_MESSAGE - 1))},
            "artifactChanges": [
                {"artifactLocation": self._artifact_location(path), "replacements": replacements}
                for path, replacements in changes.items()
            ],
        }

    def _exact_region(self, span: Span) -> Json:
        """A region of any number of lines; one without characters where something is inserted."""
        places = self._places_of(span.source)
        start, end = span.start_position().line, span.end_position().line
        return {
            "startLine": start,
            "startColumn": places.column(start, span.start),
            "endLine": end,
            "endColumn": places.column(end, span.end),
        }

    def _places_of(self, source: Source) -> _Places:
        places = self.places.get(source.path)
        if places is None:
            places = self.places[source.path] = _Places(source)
        return places

    def _physical_location(self, span: Span, context: bool = False, whole: bool = False) -> Json:
        """Where a span is: on the line where it begins, or, if it is wanted `whole`, on all its lines."""
        path = span.source.path
        places = self._places_of(span.source)
        if whole:
            return {"artifactLocation": self._artifact_location(path), "region": places.whole(span)}
        line, start, end = places.clamp(span)
        region: Json = {
            "startLine": line,
            "startColumn": places.column(line, start),
            "endLine": line,
            "endColumn": places.column(line, end),
        }
        if start < end <= start + _LONGEST_SNIPPET:
            region["snippet"] = {"text": encodable(span.source.text[start:end])}
        location: Json = {"artifactLocation": self._artifact_location(path), "region": region}
        around = places.around(line) if context else None
        if around is not None:
            location["contextRegion"] = around
        return location

    def _artifact_location(self, path: str, index: bool = True) -> Json:
        path_in_repository = self.in_repository(path)
        location: Json = (
            {"uri": _file_uri(path_in_repository)}
            if path_in_repository.startswith("/") or _DRIVE.match(path_in_repository)
            else {"uri": _percent_encoded(path_in_repository.removeprefix("./")), "uriBaseId": _ROOT}
        )
        if index:
            location["index"] = self.artifacts.setdefault(path, len(self.artifacts))
        return location

    def _failure(self, failure: Failure) -> Json:
        notification = _notification(_FILE_NOT_CHECKED, _literal(failure.message, _LONGEST_MESSAGE))
        if failure.path:
            notification["locations"] = [
                {"physicalLocation": {"artifactLocation": self._artifact_location(failure.path, index=False)}}
            ]
        return notification


class _Places:
    """Lines and columns of one source as SARIF and GitHub count them: columns in UTF-16 code units, from 1.

    A byte order mark has no column, and none is in `Source.text`: SARIF 2.1.0, 3.30.2.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        text = source.text
        self.astral = [] if text.isascii() else [match.start() for match in _ASTRAL.finditer(text)]

    def clamp(self, span: Span) -> tuple[int, int, int]:
        """The line a span begins in and the two offsets of its part there, widened to one character where the span is
        empty: viewers show nothing for an empty region, and GitHub has no line after the last line break."""
        line = self.source.position(span.start).line
        first, last = self._bounds(line)
        start, end = min(span.start, last), min(span.end, last)
        while start == end == first == last and line > 1:
            line -= 1
            first, last = self._bounds(line)
            start = end = last
        if start == end:
            start, end = (start, start + 1) if start < last else (max(first, start - 1), start)
        return line, start, end

    def whole(self, span: Span) -> Json:
        """The region of a span over as many lines as it has."""
        start, end = self.source.position(span.start).line, self.source.position(span.end).line
        return {
            "startLine": start,
            "startColumn": self.column(start, span.start),
            "endLine": end,
            "endColumn": self.column(end, span.end),
        }

    def column(self, line: int, offset: int) -> int:
        first = self.source.line_starts()[line - 1]
        return 1 + offset - first + bisect_left(self.astral, offset) - bisect_left(self.astral, first)

    def around(self, line: int) -> Json | None:
        """The region of a line with the one before and the one after; None where it is no larger, or very long."""
        lines = len(self.source.line_starts())
        low, high = max(line - 1, 1), min(line + 1, lines)
        if high > line and self._bounds(high)[0] == len(self.source.text):
            high -= 1
        start, end = self._bounds(low)[0], self._bounds(high)[1]
        if low == high or end - start > _LONGEST_CONTEXT:
            return None
        return {
            "startLine": low,
            "startColumn": 1,
            "endLine": high,
            "endColumn": self.column(high, end),
            "snippet": {"text": encodable(self.source.text[start:end])},
        }

    def _bounds(self, line: int) -> tuple[int, int]:
        starts, text = self.source.line_starts(), self.source.text
        first = starts[line - 1]
        last = starts[line] if line < len(starts) else len(text)
        while last > first and text[last - 1] in "\r\n":
            last -= 1
        return first, last


def _by_line(findings: Sequence[Finding]) -> list[list[Finding]]:
    """The findings of one rule on one line together: code scanning takes them for one. What is accepted stays apart
    from what is not."""
    made: dict[tuple[str, str, int, bool], list[Finding]] = {}
    for finding in findings:
        line = finding.span.start_position().line
        key = (finding.rule.id, finding.span.source.path, line, finding.reason is not None)
        made.setdefault(key, []).append(finding)
    return list(made.values())


def _gravest(lines: Sequence[Sequence[Finding]]) -> Sequence[Sequence[Finding]]:
    """As many results as code scanning keeps, in the order of the report."""
    if len(lines) <= _MOST_RESULTS:
        return lines

    def weight(index: int) -> tuple[int, float, int]:
        findings = lines[index]
        return (-max(one.severity for one in findings), -(findings[0].rule.security_severity or 0.0), index)

    return [lines[index] for index in sorted(sorted(range(len(lines)), key=weight)[:_MOST_RESULTS])]


def _start_line(result: Json) -> int:
    line: int = result["locations"][0]["physicalLocation"]["region"]["startLine"]
    return line


def _rank(security_severity: float) -> float:
    """The score from 0 to 100; never below 10, which GitLab takes for information only."""
    return max(10.0, round(security_severity * 10, 1))


def _notification(descriptor: int, message: str) -> Json:
    described = _NOTIFICATIONS[descriptor]
    return {
        "descriptor": {"id": described["id"], "index": descriptor},
        "level": described["defaultConfiguration"]["level"],
        "message": {"text": message},
    }


def _literal(text: str, limit: int) -> str:
    """A text out of a file as SARIF message text: on one line, and no part of it a link (SARIF 2.1.0, 3.11.6)."""
    text = visible(text)
    escaped = "".join("\\" + character if character in "[]\\" else character for character in text[:limit])
    if len(text) <= limit and len(escaped) <= limit:
        return escaped
    escaped = escaped[: limit - 1]
    # An odd number of backslashes at the end is an escape cut in two.
    if (len(escaped) - len(escaped.rstrip("\\"))) % 2:
        escaped = escaped[:-1]
    return escaped + "…"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def _message(message: str, related: Iterable[str]) -> str:
    """A message with links to its related locations, which GitHub shows only where the message links to them."""
    text = _sentence(_literal(message, _LONGEST_MESSAGE // 2))
    lead = " See also "
    for number, label in enumerate(related, 1):
        link = f"{lead}[{_literal(label, _LONGEST_LINK) or 'this place'}]({number})"
        if len(text) + len(link) + 1 > _LONGEST_MESSAGE:
            break
        text += link
        lead = ", "
    return _sentence(text)


def _description(text: str) -> str:
    return cut(encodable(text), _LONGEST_DESCRIPTION)


def _first_paragraph(text: str) -> str:
    return " ".join(text.strip().split("\n\n", 1)[0].split())


def _plain_help(texts: RuleTexts) -> str:
    parts = [texts.why.strip(), f"How to fix it: {texts.fix.strip()}"]
    if texts.references:
        parts.append("\n".join(("References:", *texts.references)))
    return "\n\n".join(parts)


def _markdown_help(rule: Rule, texts: RuleTexts) -> str:
    parts = [f"# {rule.title}", texts.why.strip(), "## How to fix it", texts.fix.strip()]
    for heading, examples in (("## Reported", texts.bad), ("## Not reported", texts.good)):
        if examples:
            parts += [heading, *(_fenced(language, code) for language, code in examples)]
    if texts.references:
        parts += ["## References", "\n".join(f"- <{reference}>" for reference in texts.references)]
    return "\n\n".join(parts) + "\n"


def _fenced(language: str, code: str) -> str:
    longest = max((len(run) for run in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    code = code.strip("\n")
    language = "json" if code.lstrip().startswith("{") else _LANGUAGES.get(language, language)
    return f"{fence}{language}\n{code}\n{fence}"


def _percent_encoded(path: str) -> str:
    """A path as it stands in a URI. Lone surrogates are bytes of a file name that is no UTF-8 (PEP 383)."""
    try:
        encoded = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        encoded = encodable(path).encode()
    return "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in encoded)


def _file_uri(path: str) -> str:
    """The URI of an absolute path; a Windows path has a drive, whose colon stays."""
    if _DRIVE.match(path):
        return f"file:///{path[:2]}{_percent_encoded(path[2:])}"
    return f"file://{_percent_encoded(path)}"
