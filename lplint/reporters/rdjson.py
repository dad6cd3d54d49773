"""A report as reviewdog's diagnostic format.

Source: reviewdog, proto/rdf/reviewdog.proto: lines and columns count from 1, columns in bytes of UTF-8, ends exclusive.
"""

from __future__ import annotations

import json

from lplint.model.rule import Severity
from lplint.reporters.safe import encodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lplint.model.finding import Finding, Report
    from lplint.model.source import Position, Source, Span

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


def render(report: Report, *, in_repository: Callable[[str], str]) -> str:
    """One object with a list of diagnostics."""

    def span_range(span: Span) -> dict[str, Any]:
        return {
            "start": _position(span.source, span.start_position()),
            "end": _position(span.source, span.end_position()),
        }

    def suggestions(finding: Finding) -> dict[str, Any]:
        """One click takes a suggestion, so only safe fixes are made into one; and it has one range."""
        fix = finding.fix
        if fix is None or not fix.safe or len(fix.edits) != 1:
            return {}
        return {"suggestions": [{"range": span_range(fix.edits[0].span), "text": encodable(fix.edits[0].text)}]}

    def location(span: Span) -> dict[str, Any]:
        return {"path": encodable(in_repository(span.source.path)), "range": span_range(span)}

    rows = [
        {
            "message": encodable(finding.message),
            "location": location(finding.span),
            "severity": _SEVERITIES[finding.severity],
            "code": {"value": finding.rule.id, "url": finding.rule.url},
            "relatedLocations": [
                {"message": encodable(related.message), "location": location(related.span)}
                for related in finding.related
            ],
            **suggestions(finding),
        }
        for finding in report.findings
    ]
    source = {"name": "lplint", "url": "https://github.com/lplint/lplint"}
    return json.dumps({"source": source, "diagnostics": rows}, indent=2) + "\n"


def _position(source: Source, position: Position) -> dict[str, int]:
    before = source.line(position.line)[: position.column - 1]
    return {"line": position.line, "column": len(before.encode("utf-8", "replace")) + 1}
