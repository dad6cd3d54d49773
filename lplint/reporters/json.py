"""A report as JSON, for programs."""

from __future__ import annotations

import json

from lplint.model.rule import Severity
from lplint.reporters.safe import encodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lplint.model.finding import Finding, Fix, Report
    from lplint.model.source import Position, Span

# Raised when a member changes its meaning or goes away; members may be added at any time.
FORMAT_VERSION = 1

_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.NOTE: "notes"}


def render(report: Report, *, version: str) -> str:
    """The report as one JSON object in ASCII. Lines and columns count from 1, columns in code points; ends are
    exclusive. `version` is lplint's own."""
    shown = [finding.severity for finding in report.findings]
    document = {
        "version": FORMAT_VERSION,
        "tool": {"name": "lplint", "version": version},
        "findings": [_finding(finding) for finding in report.findings],
        "suppressed": [
            {**_finding(one), "reason": encodable(one.reason or ""), "by": one.accepted_by} for one in report.suppressed
        ],
        "gone": [
            {"rule": one.rule, "path": encodable(one.path), "fingerprint": one.fingerprint} for one in report.gone
        ],
        "failures": [
            {"path": encodable(failure.path), "message": encodable(failure.message)} for failure in report.failures
        ],
        "summary": {
            **{plural: shown.count(severity) for severity, plural in _PLURALS.items()},
            "hidden": {plural: report.hidden.get(severity, 0) for severity, plural in _PLURALS.items()},
            "files": report.files,
            "policies": report.policies,
            "statements": report.statements,
            "suppressed": len(report.suppressed),
            "unresolved": report.unresolved,
            "fixable": dict(zip(("safe", "unsafe"), report.fixable(), strict=True)),
            "fixed": report.fixed,
            "by-rule": _by_rule(report),
            "unresolved-by-reason": dict(report.reasons),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _by_rule(report: Report) -> dict[str, int]:
    counts: dict[str, int] = {}
    for finding in report.findings:
        counts[finding.rule.id] = counts.get(finding.rule.id, 0) + 1
    return dict(sorted(counts.items()))


def _finding(finding: Finding) -> dict[str, Any]:
    rule, origin = finding.rule, finding.origin
    return {
        "rule": rule.id,
        "name": rule.name,
        "severity": finding.severity.label,
        "confidence": rule.confidence,
        "message": encodable(finding.message),
        **_place(finding.span),
        "origin": None
        if origin is None
        else {
            "kind": origin.kind,
            "address": encodable(origin.address),
            "attribute": encodable(origin.attribute),
        },
        "related": [{**_place(related.span), "message": encodable(related.message)} for related in finding.related],
        "covers": list(finding.covers),
        "url": rule.url,
        "fix": _fix(finding.fix) if finding.fix is not None else None,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "message": encodable(fix.words),
        "applicability": "safe" if fix.safe else "unsafe",
        "edits": [{**_place(edit.span), "text": encodable(edit.text)} for edit in fix.edits],
    }


def _place(span: Span) -> dict[str, Any]:
    return {
        "path": encodable(span.source.path),
        "start": _position(span.start_position()),
        "end": _position(span.end_position()),
    }


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}
