"""A report as JUnit's XML, which most CI systems show: each finding is a test case that failed."""

from __future__ import annotations

from lplint.reporters.safe import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Report


def render(report: Report) -> str:
    """One suite. A run that found nothing is one case that passed: an empty suite looks like one that did not run."""
    cases = []
    for finding in report.findings:
        place = finding.span.start_position()
        where = f"{finding.span.source.path}:{place.line}:{place.column}"
        cases.append(
            f'    <testcase classname="{_attribute(finding.span.source.path)}" '
            f'name="{_attribute(f"{finding.rule.id} {finding.rule.name} at {place.line}:{place.column}")}">\n'
            f'      <failure type="{finding.severity.label}" message="{_attribute(finding.message)}">'
            f"{_text(f'{where}: {finding.message} See {finding.rule.url}')}</failure>\n"
            "    </testcase>\n"
        )
    for failure in report.failures:
        told = _attribute(failure.message)
        cases.append(
            f'    <testcase classname="{_attribute(failure.path or "lplint")}" name="can be checked">\n'
            f'      <error type="failure" message="{told}">{_text(failure.message)}</error>\n'
            "    </testcase>\n"
        )
    found, failed = len(report.findings), len(report.failures)
    if not cases:
        cases.append(f'    <testcase classname="lplint" name="{report.policies} policies in {report.files} files"/>\n')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="lplint" tests="{len(cases)}" failures="{found}" errors="{failed}">\n'
        f'  <testsuite name="lplint" tests="{len(cases)}" failures="{found}" errors="{failed}">\n'
        + "".join(cases)
        + "  </testsuite>\n</testsuites>\n"
    )


def _text(text: str) -> str:
    # What XML cannot hold at all, such as most control characters, is spelt out before.
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(text: str) -> str:
    return _text(text).replace('"', "&quot;")
