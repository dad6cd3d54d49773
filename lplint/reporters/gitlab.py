"""A report as GitLab's Code Quality reads it.

Source: GitLab documentation, "Code Quality", code quality report format.
"""

from __future__ import annotations

import json

from lplint.model.rule import Severity
from lplint.reporters.fingerprint import line_hashes
from lplint.reporters.safe import encodable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.model.finding import Finding, Report

_GRAVEST = 9.0  # of security severity: what GitHub calls critical


def render(report: Report, *, in_repository: Callable[[str], str]) -> str:
    """One array. A finding keeps its fingerprint while its line and those behind it stay as they are, wherever they
    move to."""
    from hashlib import sha256

    hashes: dict[str, dict[int, str]] = {}
    lines: dict[str, set[int]] = {}
    for finding in report.findings:
        lines.setdefault(finding.span.source.path, set()).add(finding.span.start_position().line)
    for finding in report.findings:
        source = finding.span.source
        if source.path not in hashes:
            hashes[source.path] = line_hashes(source.text, lines[source.path], source.bom)
    seen: dict[str, int] = {}
    rows = []
    for finding in report.findings:
        path = encodable(in_repository(finding.span.source.path))
        start, end = finding.span.start_position(), finding.span.end_position()
        known = f"{finding.rule.id}:{path}:{hashes[finding.span.source.path][start.line]}"
        count = seen[known] = seen.get(known, 0) + 1
        rows.append(
            {
                "description": encodable(finding.message),
                "check_name": f"{finding.rule.id} {finding.rule.name}",
                "fingerprint": sha256(f"{known}:{count}".encode()).hexdigest(),
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
