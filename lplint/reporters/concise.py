"""A report as one line for each finding, as editors and people who grep like it."""

from __future__ import annotations

from lplint.reporters.safe import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Report


def render(report: Report) -> str:
    """`path:line:column: severity[rule] name: message`, lines and columns from 1, columns in code points."""
    lines = []
    for finding in report.findings:
        place = finding.span.start_position()
        rule = finding.rule
        lines.append(
            f"{finding.span.source.path}:{place.line}:{place.column}: "
            f"{finding.severity.label}[{rule.id}] {rule.name}: {finding.message}"
        )
    lines += [f"{failure.path or 'lplint'}: failure: {failure.message}" for failure in report.failures]
    return "".join(f"{visible(line)}\n" for line in lines)
