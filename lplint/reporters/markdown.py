"""A report as Markdown, for the summary of a CI job or a comment on a change."""

from __future__ import annotations

import re

from lplint.model.rule import Severity
from lplint.reporters.safe import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Report

# Of 1 MiB that GitHub shows of a job's summary, this leaves room for other steps.
_MOST_ROWS = 500
_MARKED = re.compile(r"([\\`*_{}\[\]()#+!|<>~-])")


def render(report: Report) -> str:
    """Counts, then a table with the gravest findings first."""
    shown = [finding.severity for finding in report.findings]
    counts = [
        f"{shown.count(severity)} {severity.label}{'s' * (shown.count(severity) != 1)}"
        for severity in sorted(Severity, reverse=True)
        if severity in shown
    ]
    extent = f"{report.policies} policies, {report.statements} statements in {report.files} files"
    lines = ["## lplint", "", f"**{', '.join(counts) or 'No findings'}** ({extent})."]
    known = sum(finding.accepted_by == "baseline" for finding in report.suppressed)
    asides = (
        (sum(report.hidden.values()), "not shown"),
        (len(report.suppressed) - known, "suppressed"),
        (known, "known from the baseline"),
        (len(report.gone), "of the baseline no longer there"),
    )
    told = [f"{count} {what}" for count, what in asides if count]
    if told:
        lines += ["", f"Besides, findings: {', '.join(told)}."]
    if report.unresolved:
        lines += ["", f"{report.unresolved} values could not be resolved from the text."]
    if report.failures:
        lines += ["", "lplint could not do all of its work:", ""]
        lines += [f"- {_escaped(failure.path or 'lplint')}: {_escaped(failure.message)}" for failure in report.failures]
    if report.findings:
        lines += ["", "| | rule | place | what |", "|---|---|---|---|"]
        order = sorted(report.findings, key=lambda one: (-one.severity, -(one.rule.security_severity or 0)))
        for finding in order[:_MOST_ROWS]:
            place = finding.span.start_position()
            where = f"{_escaped(finding.span.source.path)}:{place.line}:{place.column}"
            rule = f"[{finding.rule.id}]({finding.rule.url}) {_escaped(finding.rule.name)}"
            lines.append(f"| {finding.severity.label} | {rule} | {where} | {_escaped(finding.message)} |")
        if len(order) > _MOST_ROWS:
            lines += ["", f"{len(order) - _MOST_ROWS} more are not shown."]
    return "".join(f"{line}\n" for line in lines)


def _escaped(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no HTML, one line."""
    return _MARKED.sub(r"\\\1", visible(text)).replace("&", "&amp;").replace("\\<", "&lt;").replace("\\>", "&gt;")
