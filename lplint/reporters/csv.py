"""A report as a table for spreadsheets."""

from __future__ import annotations

from lplint.reporters.safe import encodable, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Report

_HEADER = ("path", "line", "column", "end line", "end column", "rule", "name", "severity", "message", "origin", "url")
# With one of these first, a spreadsheet takes a cell for a formula. Source: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Report) -> str:
    """A header and a row for each finding; lines and columns from 1, columns in code points, ends exclusive."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for finding in report.findings:
        start, end = finding.span.start_position(), finding.span.end_position()
        rule = finding.rule
        writer.writerow(
            (
                _cell(finding.span.source.path),
                start.line,
                start.column,
                end.line,
                end.column,
                rule.id,
                rule.name,
                finding.severity.label,
                _cell(finding.message),
                _cell(str(finding.origin) if finding.origin is not None else ""),
                rule.url,
            )
        )
    return out.getvalue()


def _cell(text: str) -> str:
    shown = visible(encodable(text))
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
