"""JSON is for programs: complete, ASCII, and the same bytes each time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lplint.model.rule import Severity
from lplint.model.source import Source
from lplint.reporters.json import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.model.finding import Finding, Report
    from lplint.model.rule import Rule
    from lplint.model.source import Span


def test_golden(sample: Report, golden: Callable[[str, str], None]) -> None:
    golden("sample.json", render(sample, version="0.1.0"))


def test_an_empty_report_has_every_member(report: Callable[..., Report]) -> None:
    got = json.loads(render(report(files=3, policies=0, statements=0), version="0.1.0"))
    assert got == {
        "version": 1,
        "tool": {"name": "lplint", "version": "0.1.0"},
        "findings": [],
        "suppressed": [],
        "gone": [],
        "failures": [],
        "summary": {
            "errors": 0,
            "warnings": 0,
            "notes": 0,
            "hidden": {"errors": 0, "warnings": 0, "notes": 0},
            "files": 3,
            "policies": 0,
            "statements": 0,
            "suppressed": 0,
            "unresolved": 0,
            "fixable": {"safe": 0, "unsafe": 0},
            "fixed": None,
            "by-rule": {},
            "unresolved-by-reason": {},
        },
    }


def test_the_summary_counts_by_the_severity_of_the_finding_not_of_its_rule(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    span = Source("a.json", "{}").span(0, 1)
    findings = [finding(rule(severity=Severity.ERROR), span, severity=Severity.NOTE), finding(rule(), span)]
    summary = json.loads(render(report(findings, hidden={Severity.WARNING: 2}), version="1"))["summary"]
    assert (summary["errors"], summary["warnings"], summary["notes"]) == (1, 0, 1)
    assert summary["hidden"] == {"errors": 0, "warnings": 2, "notes": 0}


def test_columns_are_code_points_and_ends_exclusive(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.json", '{\r\n"\U0001f600": "s3:*"}')
    [got] = json.loads(render(report([finding(rule(), span(source, '"s3:*"'))]), version="1"))["findings"]
    assert (got["start"], got["end"]) == ({"line": 2, "column": 6}, {"line": 2, "column": 12})


def test_lone_surrogates_become_replacement_characters(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("b\udcff.json", "{}")
    got = render(report([finding(rule(), source.span(0, 1), "names \ud83d")], [("\udcfe", "\udcfd")]), version="1")
    assert got.isascii()
    assert json.loads(got)["findings"][0]["path"] == "b\ufffd.json"
    assert json.loads(got)["findings"][0]["message"] == "names \ufffd"
    assert json.loads(got)["failures"] == [{"path": "\ufffd", "message": "\ufffd"}]
    json.dumps(json.loads(got), ensure_ascii=False).encode()
