"""A report as GitLab's Code Quality reads it.

Source: GitLab documentation, "Code Quality", code quality report format.
"""

from __future__ import annotations

import json

from lplint.fingerprint import fingerprints
from lplint.model.rule import Severity
from lplint.reporters.safe import encodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.model.finding import Finding, Report

_GRAVEST = 9.0  # of security severity: what GitHub calls critical


def render(report: Report, *, in_repository: Callable[[str], str]) -> str:
    """One array. A finding keeps its fingerprint through edits around it, as lplint's own fingerprints do."""
    from hashlib import sha256

    own = fingerprints([*report.findings, *report.suppressed])
    rows = []
    for finding in report.findings:
        path = encodable(in_repository(finding.span.source.path))
        start, end = finding.span.start_position(), finding.span.end_position()
        rows.append(
            {
                "description": encodable(finding.message),
                "check_name": f"{finding.rule.id} {finding.rule.name}",
                "fingerprint": sha256(f"{path}:{own[finding]}".encode()).hexdigest(),
                "severity": _severity(finding),
                "location": {"path": path, "lines": {"begin": start.line, "end": end.line}},
            }
        )
    return json.dumps(rows, indent=2) + "\n"


def _severity(finding: Finding) -> str:
    if finding.severity is Severity.NOTE:
        return "info"
    if finding.severity is Severity.WARNING:
        return "minor" if (finding.rule.security_severity or 0) < 4 else "major"
    return "blocker" if (finding.rule.security_severity or 0) >= _GRAVEST else "critical"
