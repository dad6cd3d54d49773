"""Text is for a person: every mark stands under its characters, and nothing is hidden or said twice."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lplint.model.finding import Finding, Related, Report
from lplint.model.rule import Rule, RuleTexts, Severity
from lplint.model.source import Source, Span
from lplint.reporters.text import render

if TYPE_CHECKING:
    from collections.abc import Callable

    Texts = Callable[[Rule], RuleTexts]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
NO_TEXTS = RuleTexts("Why.", "Fix.", (), (), ())


def plain(report: Report, width: int = 80) -> str:
    return render(report, texts=lambda _: NO_TEXTS, color=False, width=width)


def snippet(report: Report, width: int = 80) -> list[str]:
    """The lines of the first finding between its place and its explanation."""
    lines = plain(report, width).split("\n")
    gutter = [index for index, line in enumerate(lines) if line.strip() == "|"]
    return lines[gutter[0] + 1 : next(index for index, line in enumerate(lines) if "= why:" in line) - 1]


@pytest.mark.parametrize("width", [80, 44])
def test_golden(width: int, sample: Report, texts: Texts, golden: Callable[[str, str], None]) -> None:
    golden(f"sample-{width}.txt", render(sample, texts=texts, color=False, width=width))


def test_golden_color(sample: Report, texts: Texts, golden: Callable[[str, str], None]) -> None:
    golden("sample-color.txt", render(sample, texts=texts, color=True, width=80))


def test_color_changes_nothing_but_color(sample: Report, texts: Texts) -> None:
    colored = render(sample, texts=texts, color=True, width=80)
    assert ANSI.sub("", colored) == render(sample, texts=texts, color=False, width=80)
    assert colored != ANSI.sub("", colored)


@pytest.mark.parametrize(
    ("text", "needle", "line", "marks"),
    [
        ('{"Action": "*"}', '"*"', '{"Action": "*"}', "           ^^^"),
        ('\t\tAction\t= "*"', '"*"', '        Action    = "*"', "                    ^^^"),
        ('Action = "*"\r\n', '"*"', 'Action = "*"', "         ^^^"),
        ("日本: 's3:日'", "'s3:日'", "日本: 's3:日'", "      ^^^^^^^"),
        ("ＡＢ 'x'", "'x'", "ＡＢ 'x'", "     ^^^"),
        ("\u1112\u1161 'x'", "'x'", "\u1112\u1161 'x'", "   ^^^"),
        ("e\u0301 = 'e\u0301' x", "'e\u0301'", "e\u0301 = 'e\u0301' x", "    ^^^"),
        ("\x1b[31m 'x'", "'x'", r"\x1b[31m 'x'", "         ^^^"),
        ("'\x1b' x", "'\x1b'", r"'\x1b' x", "^^^^^^"),
        ("\u202e 'x\u200b'", "'x\u200b'", r"\u202e 'x\u200b'", "       ^^^^^^^^^"),
        ("\ud800 'x'", "'x'", r"\ud800 'x'", "       ^^^"),
        ("\u0301'x'", "'x'", r"\u0301'x'", "      ^^^"),
        ("a" + "\u0301" * 5 + "'x'", "'x'", "a\u0301\u0301\u0301\\u0301\\u0301'x'", "             ^^^"),
    ],
)
def test_marks_stand_under_the_characters(
    text: str,
    needle: str,
    line: str,
    marks: str,
    report: Callable[..., Report],
    finding: Callable[..., Finding],
    rule: Callable[..., Rule],
    span: Callable[..., Span],
) -> None:
    got = snippet(report([finding(rule(), span(Source("a.json", text), needle))]))
    assert got == [f" 1 | {line}", f"   | {marks}"]


@pytest.mark.parametrize(
    ("text", "start", "end", "shown"),
    [
        ("{\n  x\n}\n", 8, 8, [" 3 | }", " 4 |", "   | ^"]),
        ("{\n  x\n}", 7, 7, [" 3 | }", "   |  ^"]),
        ("{\r\n", 1, 1, [" 1 | {", "   |  ^"]),
        ("", 0, 0, [" 1 |", "   | ^"]),
        ("a {\n  b\n}\n", 2, 9, [" 1 | a {", "   |   ^… to line 3"]),
        ("a {\n  b\n", 2, 4, [" 1 | a {", "   |   ^"]),
    ],
)
def test_ends_of_files_and_spans_over_lines(
    text: str,
    start: int,
    end: int,
    shown: list[str],
    report: Callable[..., Report],
    finding: Callable[..., Finding],
    rule: Callable[..., Rule],
) -> None:
    assert snippet(report([finding(rule(), Source("a.json", text).span(start, end))])) == shown


def test_a_long_line_is_cut_around_the_finding(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.json", "x" * 1500 + '"iam:PassRole"' + "y" * 1500)
    line, marks = snippet(report([finding(rule(), span(source, '"iam:PassRole"'))]), width=60)
    assert len(line) == 60
    assert line.startswith(" 1 | …xxx")
    assert line.endswith("yyy…")
    assert line[marks.index("^") : marks.rindex("^") + 1] == '"iam:PassRole"'


@pytest.mark.parametrize("indent", [2, 20])
def test_the_beginning_of_a_long_line_is_kept_where_it_can_be(
    indent: int,
    report: Callable[..., Report],
    finding: Callable[..., Finding],
    rule: Callable[..., Rule],
    span: Callable[..., Span],
) -> None:
    source = Source("a.json", " " * indent + '"Action": "*", ' + "y" * 100)
    line, marks = snippet(report([finding(rule(), span(source, '"*"'))]), width=60)
    assert line.startswith(" 1 | " + " " * indent + '"Action": "*", yyy')
    assert line.endswith("y…")
    assert marks == "   | " + " " * (indent + 10) + "^^^"


def test_a_finding_longer_than_the_line_shows_its_beginning(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", "ab" + "x" * 500)
    line, marks = snippet(report([finding(rule(), source.span(2, 502))]), width=60)
    assert line == " 1 | …" + "x" * 53 + "…"
    assert marks == "   |  " + "^" * 53


def test_a_related_place_nearby_stands_in_the_same_gutter(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.tf", "one\ntwo\nthree\nfour\nfive\nsix\n")
    related = [(span(source, "one"), "first"), (span(source, "five"), "last")]
    got = snippet(report([finding(rule(), span(source, "three"), related=related)]))
    assert got == [
        " 1 | one",
        "   | --- first",
        " 2 | two",
        " 3 | three",
        "   | ^^^^^",
        " 4 | four",
        " 5 | five",
        "   | ---- last",
    ]


def test_lines_between_are_left_out_visibly(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.tf", "one\ntwo\nthree\nfour\nfive\nsix\n")
    got = snippet(report([finding(rule(), span(source, "one"), related=[(span(source, "six"), "last")])]))
    assert got == [" 1 | one", "   | ^^^", "...", " 6 | six", "   | --- last"]


def test_related_places_far_away_or_in_another_file_say_where_they_are(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source, other = Source("a.tf", "one\n" + "\n" * 98 + "hundred\n"), Source("b.tf", "\nother\n")
    related = [(span(source, "hundred"), "far"), (span(other, "other"), "elsewhere")]
    assert snippet(report([finding(rule(), span(source, "one"), related=related)])) == [
        "   1 | one",
        "     | ^^^",
        "     |",
        "    ::: a.tf:100:1",
        "     |",
        " 100 | hundred",
        "     | ------- far",
        "     |",
        "    ::: b.tf:2:1",
        "     |",
        "   2 | other",
        "     | ----- elsewhere",
    ]


def test_marks_of_one_line_share_a_row_only_while_labels_stay_legible(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.tf", "one two three")
    related = [(span(source, "three"), "3"), (span(source, "one"), "1"), (span(source, "two"), "2")]
    assert snippet(report([finding(rule(), span(source, "two"), related=related)])) == [
        " 1 | one two three",
        "   |     ^^^ ----- 3",
        "   | --- 1",
        "   |     --- 2",
    ]


def test_a_label_that_does_not_fit_goes_below(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.tf", "one" + " " * 40 + "two")
    got = snippet(report([finding(rule(), span(source, "one"), related=[(span(source, "two"), "word " * 15)])]), 60)
    assert got[:2] == [f" 1 | {source.text}", "   | ^^^" + " " * 40 + "---"]
    assert " ".join(line.removeprefix("   |").strip() for line in got[2:]) == ("word " * 15).strip()
    assert all(len(line) <= 60 for line in got)


def test_of_very_many_related_places_the_first_are_shown(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.tf", "x\n" * 1000)
    found = report(
        [finding(rule(), source.span(0, 1), related=[(source.span(2 * n, 2 * n + 1), "") for n in range(1000)])]
    )
    got = snippet(found)
    assert sum(line.endswith("| -") for line in got) == 20
    assert got[-2:] == ["    |", "    = and: 980 more places like these"]


def test_a_rule_is_explained_once(sample: Report, texts: Texts) -> None:
    got = render(sample, texts=texts, color=False, width=80)
    reported = {found.rule.id for found in sample.findings}
    assert len(sample.findings) > len(reported)
    assert got.count("= why:") == got.count("= fix:") == got.count("= see:") == len(reported)


def test_a_rules_text_is_filled_anew_but_its_code_is_not(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    why = (
        "One\ntwo.\n\n- three\n  four\n- "
        + "five " * 8
        + '\n\n```json\n{\n  "a":  1\x1b\n}\n```\n\n    indented  code\n'
    )
    found = report([finding(rule(), Source("a.json", "{}").span(0, 1))])
    got = render(found, texts=lambda _: RuleTexts(why, "Fix.", (), (), ()), color=False, width=44)
    assert got[got.index("   = why:") : got.index("   = fix:")].splitlines() == [
        "   = why: One two.",
        "",
        "          - three four",
        "          - five five five five five five",
        "            five five",
        "",
        "          {",
        '            "a":  1\\x1b',
        "          }",
        "",
        "              indented  code",
    ]


def test_only_reported_rules_are_looked_up(sample: Report) -> None:
    asked: list[str] = []

    def texts(rule: Rule) -> RuleTexts:
        asked.append(rule.id)
        return NO_TEXTS

    render(sample, texts=texts, color=False, width=80)
    assert sorted(asked) == sorted({found.rule.id for found in sample.findings})


def summary(report: Report) -> list[str]:
    return plain(report).split("\n\n")[-1].splitlines()


def test_nothing_found(report: Callable[..., Report]) -> None:
    assert plain(report()) == "No findings: 14 files, 16 policies, 41 statements.\n"
    assert plain(report(files=1, policies=1, statements=1)) == "No findings: 1 file, 1 policy, 1 statement.\n"


def test_no_policy_is_no_pass(report: Callable[..., Report]) -> None:
    assert plain(report(policies=0, statements=0)) == "No policies found in 14 files.\n"
    assert plain(report(files=0, policies=0, statements=0)) == "No policies found: no file was read.\n"


def test_findings_are_counted_by_severity_and_file(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    a, b = (Source(path, "{}").span(0, 1) for path in ("a.json", "b.json"))
    error, warning = rule(), rule(severity=Severity.WARNING)
    found = [finding(error, a), finding(error, a, "x"), finding(error, b), finding(warning, a), finding(warning, b)]
    assert summary(report(found)) == ["3 errors and 2 warnings in 2 of 14 files (16 policies, 41 statements)."]
    assert summary(report(found[:1], files=1, policies=0)) == ["1 error in 1 of 1 file (no policies found)."]
    assert summary(report(found, files=1)) == ["3 errors and 2 warnings in 2 files (16 policies, 41 statements)."]


def test_what_is_not_shown_is_said(report: Callable[..., Report]) -> None:
    assert summary(report(hidden={Severity.NOTE: 5}, unresolved=3)) == [
        "No errors or warnings: 14 files, 16 policies, 41 statements.",
        "5 notes are not shown; --min-severity note shows them.",
        "3 values could not be resolved from the text; `lplint policies` lists them.",
    ]
    assert summary(report(hidden={Severity.NOTE: 5, Severity.WARNING: 1})) == [
        "No errors: 14 files, 16 policies, 41 statements.",
        "1 warning and 5 notes are not shown; --min-severity note shows them.",
    ]
    assert summary(report(hidden={Severity.WARNING: 1}))[1:] == [
        "1 warning is not shown; --min-severity warning shows it."
    ]


def test_a_failure_is_no_pass(report: Callable[..., Report]) -> None:
    failures = [("a.json", "is no UTF-8"), ("a.json", "again"), ("b\x1b.json", "has \x9b")]
    assert plain(report(failures=failures)).splitlines() == [
        "failure: a.json: is no UTF-8",
        "failure: a.json: again",
        r"failure: b\x1b.json: has \x9b",
        "",
        "No findings in what could be checked: 14 files, 16 policies, 41 statements.",
        "2 files could not be checked.",
    ]
    assert plain(report(failures=[("", "broke down")])).splitlines() == [
        "failure: broke down",
        "",
        "No findings in what could be checked: 14 files, 16 policies, 41 statements.",
        "lplint failed, so this is no complete answer.",
    ]


def test_a_message_as_long_as_a_file_is_cut(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    got = plain(report([finding(rule(), Source("a.json", "{}").span(0, 1), "x" * 100_000)]))
    assert len(got) < 2000


HOSTILE = st.text(
    st.one_of(
        st.sampled_from("ab{}\n\r\t\x1b\x9b\u202e\u2028\u0301\u200b\ud800日\U0001f600"), st.characters(codec=None)
    ),
    max_size=120,
)


@settings(deadline=None)
@given(HOSTILE, HOSTILE, st.data())
def test_no_text_breaks_out_of_its_place(text: str, message: str, data: st.DataObject) -> None:
    source = Source("p\x1b]0;" + message, text)
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    other = data.draw(st.integers(0, len(text)))
    spans = source.span(first, last), source.span(other, len(text))
    severity = Severity.ERROR
    rule = Rule("LP201", "n", "t", "c", severity, None, "high", frozenset(), (), (), (), "0.1.0")
    found = Finding(rule, severity, spans[0], message, (Related(spans[1], message),), None)
    got = render(Report([found], [], [rule], 1, 1, 1, 0, {}), texts=lambda _: NO_TEXTS, color=False, width=40)
    assert got.endswith("\n")
    for line in got.splitlines():
        assert line.isprintable()
        if re.match(r" +\d+ \|", line):
            assert columns(line) <= 40
    assert got.splitlines() == got.split("\n")[:-1]


def columns(text: str) -> int:
    """The columns of a text in a terminal: none for marks and for the later letters of a Hangul syllable."""
    return sum(
        0
        if unicodedata.category(c) in ("Mn", "Me") or "\u1160" <= c <= "\u11ff"
        else 2
        if unicodedata.east_asian_width(c) in ("W", "F")
        else 1
        for c in text
    )
