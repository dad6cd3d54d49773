"""A report as workflow commands of GitHub Actions, which become annotations on the lines of a change.

Source: GitHub Actions, "Workflow commands", and actions/toolkit's command.ts for what is escaped and how. GitHub shows
ten errors, ten warnings and ten notices of a step, so the gravest come first.
"""

from __future__ import annotations

from lplint.model.rule import Severity
from lplint.reporters.safe import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.model.finding import Finding, Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SHOWN = 10


def render(report: Report, *, in_repository: Callable[[str], str]) -> str:
    """One command for each finding and failure. `in_repository` gives a path from the root of the repository."""
    order = sorted(report.findings, key=lambda one: (-one.severity, -(one.rule.security_severity or 0)))
    lines = [_command(finding, in_repository) for finding in order]
    for failure in report.failures:
        told = f"{failure.path}: {failure.message}" if failure.path else failure.message
        lines.append(f"::error title=lplint failed::{_data(told)}")
    counts = {severity: sum(one.severity is severity for one in order) for severity in Severity}
    if any(count > _SHOWN for count in counts.values()):
        told = ", ".join(f"{counts[one]} {one.label}s" for one in sorted(Severity, reverse=True) if counts[one])
        lines.append(f"::notice title=lplint::{told}; GitHub shows {_SHOWN} of each kind, the log has all")
    return "".join(f"{line}\n" for line in lines)


def _command(finding: Finding, in_repository: Callable[[str], str]) -> str:
    start, end = finding.span.start_position(), finding.span.end_position()
    properties = {
        "file": in_repository(finding.span.source.path),
        "line": str(start.line),
        "endLine": str(end.line),
        "title": f"{finding.rule.id} {finding.rule.name}",
    }
    if start.line == end.line:
        # GitHub takes columns only where the place is on one line. An end is the last character, and ours is behind it.
        properties["col"] = str(start.column)
        properties["endColumn"] = str(max(end.column - 1, start.column))
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {told}::{_data(finding.message)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
