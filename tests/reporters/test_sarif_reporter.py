"""SARIF is for GitHub code scanning: it takes the file, shows the right characters, and knows a result again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lplint.model.finding import Edit, Finding, Fix, Related, StatementPlace
from lplint.model.policy import Origin
from lplint.model.rule import Rule, RuleTexts, Severity
from lplint.model.source import Source, Span
from lplint.reporters.fingerprint import line_hashes
from lplint.reporters.sarif import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.model.finding import Report

VALIDATOR = Path(__file__).resolve().parents[2].parent / "shared" / "sarif" / "validate.sh"
NO_TEXTS = RuleTexts("Why.", "Fix.", (), (), ())


def sarif(report: Report, **options: Any) -> str:
    defaults: dict[str, Any] = {
        "texts": lambda _: NO_TEXTS,
        "version": "0.1.0",
        "in_repository": lambda path: path,
        "exit_code": 1,
    }
    return render(report, **(defaults | options))


def run_of(report: Report, **options: Any) -> dict[str, Any]:
    [run] = json.loads(sarif(report, **options))["runs"]
    assert isinstance(run, dict)
    return run


def region_of(report: Report) -> dict[str, Any]:
    region = run_of(report)["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert isinstance(region, dict)
    return region


def test_golden(sample: Report, texts: Callable[[Rule], RuleTexts], golden: Callable[[str, str], None]) -> None:
    golden("sample.sarif", sarif(sample, texts=texts))


def test_two_runs_give_the_same_bytes(sample: Report) -> None:
    assert sarif(sample) == sarif(sample)


@pytest.fixture(scope="session")
def validate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, dict[str, str]], str]:
    """Runs the strict offline validator over a log and the files it is about; gives what it says."""
    if not VALIDATOR.exists() or shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("no SARIF validator here")

    def run(log: str, files: dict[str, str]) -> str:
        root = tmp_path_factory.mktemp("repository")
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        (root / "lplint.sarif").write_text(log, encoding="ascii")
        command = ["bash", str(VALIDATOR), str(root / "lplint.sarif"), str(root), "--strict"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_strict_validator_has_nothing_to_say(
    validate: Callable[[str, dict[str, str]], str],
    sample: Report,
    sources: dict[str, Source],
    texts: Callable[[Rule], RuleTexts],
) -> None:
    said = validate(sarif(sample, texts=texts), {path: source.text for path, source in sources.items()})
    assert "0 errors 0 warnings" in said


def test_the_strict_validator_takes_a_run_without_findings(
    validate: Callable[[str, dict[str, str]], str], report: Callable[..., Report], rule: Callable[..., Rule]
) -> None:
    assert "0 errors 0 warnings" in validate(sarif(report(rules=[rule()]), exit_code=0), {})


def test_the_strict_validator_takes_as_many_results_as_are_kept(
    validate: Callable[[str, dict[str, str]], str], many: Report
) -> None:
    source = many.findings[0].span.source
    assert "0 errors 0 warnings" in validate(sarif(many), {source.path: source.text})


@pytest.fixture(scope="session")
def many(report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]) -> Report:
    """5,003 findings: two notes, the last ten of a graver rule, the others errors of a milder one."""
    source = Source("many.json", "{}\n" * 5003)
    note = rule("LP702", "duplicate-sid", severity=Severity.NOTE, security_severity=None)
    mild, grave = rule("LP203", "mild", security_severity=4.0), rule("LP204", "grave", security_severity=8.0)
    found = [
        finding(grave if line >= 4993 else note if line % 2500 == 7 else mild, source.span(3 * line, 3 * line + 2))
        for line in range(5003)
    ]
    return report(found)


def test_of_too_many_results_the_gravest_are_kept_in_order(many: Report) -> None:
    run = run_of(many)
    assert len(run["results"]) == 5000
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]]
    assert lines == sorted(lines)
    assert set(range(1, 5004)) - set(lines) == {8, 2508, 4993}
    [notification] = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert notification["message"]["text"].startswith("3 of 5,003 results are left out")


@pytest.mark.parametrize(
    ("text", "start", "end", "columns", "snippet"),
    [
        ('{"a": "*"}', 6, 9, (1, 7, 1, 10), '"*"'),
        ('"\U0001f600": "*"', 5, 8, (1, 7, 1, 10), '"*"'),
        ('"\U0001f600\U0001f600"', 1, 3, (1, 2, 1, 6), "\U0001f600\U0001f600"),
        ('\U0001f600\n"日\U0001f600": "*"', 8, 11, (2, 8, 2, 11), '"*"'),
        ("a {\r\n  b\r\n}\r\n", 2, 9, (1, 3, 1, 4), "{"),
        ("{\n  x\n}\n", 8, 8, (3, 1, 3, 2), "}"),
        ("{\r\n\r\n\r\n", 7, 7, (1, 1, 1, 2), "{"),
        ("{}\n", 2, 3, (1, 2, 1, 3), "}"),
        ("{}", 0, 0, (1, 1, 1, 2), "{"),
        ("\n\nx", 1, 1, (1, 1, 1, 1), None),
        ("", 0, 0, (1, 1, 1, 1), None),
        ("'\ud800'", 0, 3, (1, 1, 1, 4), "'\ufffd'"),
    ],
)
def test_regions_are_one_line_in_utf16_code_units(
    text: str,
    start: int,
    end: int,
    columns: tuple[int, ...],
    snippet: str | None,
    report: Callable[..., Report],
    finding: Callable[..., Finding],
    rule: Callable[..., Rule],
) -> None:
    found = report([finding(rule(), Source("a.json", text).span(start, end))])
    region = region_of(found)
    assert tuple(region[key] for key in ("startLine", "startColumn", "endLine", "endColumn")) == columns
    assert region.get("snippet", {}).get("text") == snippet
    assert run_of(found)["columnKind"] == "utf16CodeUnits"


def test_a_byte_order_mark_has_no_column_but_counts_in_the_fingerprint(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", '{"a": "*"}', bom=True)
    [result] = run_of(report([finding(rule(), source.span(6, 9))]))["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startColumn"] == 7
    assert result["partialFingerprints"]["primaryLocationLineHash"] == line_hashes('\ufeff{"a": "*"}', {1})[1]


def test_each_result_has_the_fingerprint_of_its_line(sample: Report) -> None:
    results = run_of(sample)["results"]
    # Two of one rule on one line are one result.
    assert len(results) == len(sample.findings) - 1
    first = {(one.rule.id, one.span.source.path, one.span.start_position().line): one for one in sample.findings[::-1]}
    assert len({result["partialFingerprints"]["lplint/v1"] for result in results}) == len(results)
    for found, result in zip(sorted(first.values(), key=Finding.sort_key), results, strict=True):
        line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
        assert (
            result["partialFingerprints"]["primaryLocationLineHash"]
            == line_hashes(found.span.source.text, {line})[line]
        )


def test_the_context_is_the_lines_around(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule], span: Callable[..., Span]
) -> None:
    source = Source("a.json", "{\n1\n\U0001f600\n}\n")
    findings = [finding(rule(), span(source, needle)) for needle in ("1", "}")]
    first, last = (
        result["locations"][0]["physicalLocation"]["contextRegion"] for result in run_of(report(findings))["results"]
    )
    assert first == {
        "startLine": 1,
        "startColumn": 1,
        "endLine": 3,
        "endColumn": 3,
        "snippet": {"text": "{\n1\n\U0001f600"},
    }
    assert (last["startLine"], last["endLine"], last["snippet"]["text"]) == (3, 4, "\U0001f600\n}")


def test_minified_lines_are_not_repeated_for_each_result(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", "x\n" + "y" * 5000 + "\n")
    place = run_of(report([finding(rule(), source.span(2, 5002))]))["results"][0]["locations"][0]["physicalLocation"]
    assert "contextRegion" not in place
    assert "snippet" not in place["region"]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("lets anyone in", "lets anyone in."),
        ("lets anyone in!", "lets anyone in!"),
        ("names [x](1) and \\", "names \\[x\\](1) and \\\\."),
        ("names \x1b[31m", "names \\\\x1b\\[31m."),
        ("names \u202ex\nand", "names \\\\u202ex\\\\nand."),
        ("names \ud800", "names \\\\ud800."),
    ],
)
def test_a_message_out_of_a_file_holds_no_link_and_nothing_unseen(
    message: str, text: str, report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    [result] = run_of(report([finding(rule(), Source("a.json", "{}").span(0, 1), message)]))["results"]
    assert result["message"]["text"] == text


def test_a_message_links_to_its_related_locations(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    a, b = Source("a.json", "{}"), Source("b.json", "{}")
    related = [(a.span(1, 2), "on every [resource]"), (b.span(0, 1), "in the trust policy"), (b.span(1, 2), "")]
    [result] = run_of(report([finding(rule(), a.span(0, 1), "lets anyone in", related)]))["results"]
    assert result["message"]["text"] == (
        "lets anyone in. See also [on every \\[resource\\]](1), [in the trust policy](2), [this place](3)."
    )
    assert [place["id"] for place in result["relatedLocations"]] == [1, 2, 3]
    assert [place["message"]["text"] for place in result["relatedLocations"]][:2] == [
        "on every \\[resource\\].",
        "in the trust policy.",
    ]
    assert result["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"] == "b.json"


def test_each_way_is_a_code_flow_from_the_finding_on(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    a = Source("a.json", "{}")
    found = finding(rule(), a.span(0, 1), "leads to more")
    found.related = (
        Related(a.span(1, 2), "first step", 1),
        Related(a.span(0, 2), "no step"),
        Related(a.span(0, 1), "another way", 2),
        Related(a.span(1, 2), "second step", 1),
    )
    [result] = run_of(report([found]))["results"]
    flows = [flow["threadFlows"][0]["locations"] for flow in result["codeFlows"]]
    assert [[step["location"]["message"]["text"] for step in flow] for flow in flows] == [
        ["leads to more.", "first step.", "second step."],
        ["leads to more.", "another way."],
    ]
    assert [step["executionOrder"] for step in flows[0]] == [1, 2, 3]
    assert len(result["relatedLocations"]) == 4
    assert "codeFlows" not in run_of(report([finding(rule(), a.span(0, 1), "alone")]))["results"][0]


@pytest.mark.parametrize("character", ["x", "[", "\\", "\x1b", "日"])
def test_messages_keep_to_the_limits(
    character: str, report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    place = Source("a.json", "{}").span(0, 1)
    found = finding(
        rule(), place, character * 10_000, [(place, f"{character * 10_000}{number}") for number in range(300)]
    )
    [result] = run_of(report([found], [("b.json", character * 10_000)]))["results"]
    text = result["message"]["text"]
    assert 1000 < len(text) <= 2048
    assert "…" in text
    assert re.fullmatch(r"(?:[^\\]|\\[\[\]\\])*", text)
    # Every bracket is escaped or part of a link, and every link leads to a related location.
    links = re.findall(r"(?:, |See also )\[((?:[^\[\]\\]|\\.)*)\]\((\d+)\)", text)
    assert links
    assert {int(number) for _, number in links} <= {place["id"] for place in result["relatedLocations"]}
    assert not re.search(r"(?<!\\)[\[\]]", re.sub(r"\\.", "", re.sub(r"\[((?:[^\[\]\\]|\\.)*)\]\(\d+\)", "", text)))
    assert len(result["relatedLocations"]) == 100
    assert all(len(place["message"]["text"]) <= 2048 for place in result["relatedLocations"])


def test_long_texts_are_cut_to_what_github_takes(report: Callable[..., Report], rule: Callable[..., Rule]) -> None:
    long = RuleTexts("word " * 1000 + "\n\nmore", "Fix.", (), (), ())
    [got] = run_of(report(rules=[rule(title="t" * 2000)]), texts=lambda _: long)["tool"]["driver"]["rules"]
    assert len(got["shortDescription"]["text"]) == 1024
    assert 1000 < len(got["fullDescription"]["text"]) <= 1024
    assert got["fullDescription"]["text"].endswith("…")
    assert "more" in got["help"]["text"]


def test_a_rule_has_what_code_scanning_shows_and_filters_by(sample: Report, texts: Callable[[Rule], RuleTexts]) -> None:
    rules = run_of(sample, texts=texts)["tool"]["driver"]["rules"]
    assert [got["id"] for got in rules] == ["LP001", "LP101", "LP201", "LP210", "LP303", "LP401", "LP702"]
    wildcard = rules[2]
    assert wildcard["name"] == "WildcardAction"
    assert wildcard["helpUri"].endswith("/LP201.md")
    assert wildcard["defaultConfiguration"] == {"level": "error", "rank": 91.0}
    assert wildcard["properties"] == {
        "tags": ["security", "wildcards", "external/cwe/cwe-250"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "9.1",
    }
    assert wildcard["relationships"][0]["target"] == {
        "id": "250",
        "index": 0,
        "toolComponent": {"name": "CWE", "index": 0},
    }
    assert '```json\n{"Effect": "Allow", "Action": "*", "Resource": "*"}\n```' in wildcard["help"]["markdown"]
    assert '```hcl\nstatement {\n  actions = ["s3:GetObject"]\n}\n```' in wildcard["help"]["markdown"]
    assert "- <https://docs.aws.amazon.com/" in wildcard["help"]["markdown"]


def test_an_example_cannot_end_its_own_fence(report: Callable[..., Report], rule: Callable[..., Rule]) -> None:
    example = RuleTexts("Why.", "Fix.", (), (("yaml", "a: |\n  ```\n"),), ())
    [got] = run_of(report(rules=[rule()]), texts=lambda _: example)["tool"]["driver"]["rules"]
    assert "\n````yaml\na: |\n  ```\n````\n" in got["help"]["markdown"]


def test_a_rule_without_a_score_is_no_security_rule(sample: Report) -> None:
    run = run_of(sample)
    duplicate = run["tool"]["driver"]["rules"][-1]
    assert duplicate["properties"] == {
        "tags": ["hygiene"],
        "precision": "high",
        "problem.severity": "recommendation",
    }
    assert "relationships" not in duplicate
    [result] = [result for result in run["results"] if result["ruleId"] == "LP702"]
    assert "rank" not in result
    assert result["level"] == "note"


def test_a_result_says_its_rule_level_rank_and_place(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    other, mine = rule("LP100", "other"), rule()
    origin = Origin("terraform", "aws_iam_role.ci", "policy")
    place = Source("a.tf", "{}").span(0, 1)
    [result] = run_of(report([finding(mine, place, origin=origin, severity=Severity.NOTE)], rules=[mine, other]))[
        "results"
    ]
    assert (result["ruleId"], result["ruleIndex"]) == ("LP201", 1)
    assert (result["level"], result["kind"], result["rank"]) == ("note", "fail", 91.0)
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "aws_iam_role.ci.policy"}]
    [plain] = run_of(report([finding(mine, place, origin=Origin("document"))]))["results"]
    assert "logicalLocations" not in plain["locations"][0]


def test_a_rule_that_is_not_listed_but_has_findings_is_added(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    run = run_of(report([finding(rule(), Source("a.json", "{}").span(0, 1))], rules=[]))
    assert [got["id"] for got in run["tool"]["driver"]["rules"]] == ["LP201"]


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("iam/a b.json", {"uri": "iam/a%20b.json", "uriBaseId": "%SRCROOT%"}),
        ("./a.json", {"uri": "a.json", "uriBaseId": "%SRCROOT%"}),
        ("ü/#1?[50%].json", {"uri": "%C3%BC/%231%3F%5B50%25%5D.json", "uriBaseId": "%SRCROOT%"}),
        ("c:d.json", {"uri": "c%3Ad.json", "uriBaseId": "%SRCROOT%"}),
        ("\udcff.json", {"uri": "%FF.json", "uriBaseId": "%SRCROOT%"}),
        ("\ud800.json", {"uri": "%EF%BF%BD.json", "uriBaseId": "%SRCROOT%"}),
        ("a\\b.json", {"uri": "a%5Cb.json", "uriBaseId": "%SRCROOT%"}),
        ("/tmp/a b.json", {"uri": "file:///tmp/a%20b.json"}),
        ("C:/x/a b.json", {"uri": "file:///C:/x/a%20b.json"}),
    ],
)
def test_paths_become_uris(
    path: str,
    location: dict[str, str],
    report: Callable[..., Report],
    finding: Callable[..., Finding],
    rule: Callable[..., Rule],
) -> None:
    found = report([finding(rule(), Source("as-named.json", "{}").span(0, 1))])
    run = run_of(found, in_repository={"as-named.json": path}.__getitem__)
    assert run["artifacts"] == [{"location": location, "roles": ["analysisTarget"]}]
    got = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert got == {**location, "index": 0}


def test_the_root_is_told_only_if_it_is_given(report: Callable[..., Report]) -> None:
    assert "uri" not in run_of(report())["originalUriBaseIds"]["%SRCROOT%"]
    assert run_of(report(), base="/home/me/my repo")["originalUriBaseIds"]["%SRCROOT%"]["uri"] == (
        "file:///home/me/my%20repo/"
    )


def test_a_file_that_could_not_be_checked_leaves_the_other_results_standing(report: Callable[..., Report]) -> None:
    [invocation] = run_of(report(failures=[("a b.json", "is no [UTF-8]"), ("", "broke")]), exit_code=2)["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == 2
    first, second = invocation["toolExecutionNotifications"]
    assert first == {
        "descriptor": {"id": "file-not-checked", "index": 0},
        "level": "error",
        "message": {"text": "is no \\[UTF-8\\]"},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": "a%20b.json", "uriBaseId": "%SRCROOT%"}}},
        ],
    }
    assert "locations" not in second


def test_a_crash_is_no_success(report: Callable[..., Report]) -> None:
    assert run_of(report(), crashed=True, exit_code=2)["invocations"][0]["executionSuccessful"] is False


def test_a_version_that_is_not_semantic_is_not_called_so(report: Callable[..., Report]) -> None:
    driver = run_of(report(), version="0.2.0.dev3")["tool"]["driver"]
    assert driver["version"] == "0.2.0.dev3"
    assert "semanticVersion" not in driver
    assert run_of(report(), version="0.2.0")["tool"]["driver"]["semanticVersion"] == "0.2.0"


def test_lone_surrogates_reach_no_reader(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("\udcff.json", "{\n\ud800\n}\n")
    origin = Origin("terraform", "\udfff", "policy")
    mine = rule(title="t \ud800")
    found = finding(mine, source.span(2, 3), "\ud83d", [(source.span(4, 5), "\ude00")], origin)
    got = sarif(report([found], [("\udcfe", "\udcfd")]), texts=lambda _: RuleTexts("\ud800", "\ud800", (), (), ()))
    assert got.isascii()
    json.dumps(json.loads(got), ensure_ascii=False).encode()


def test_findings_of_one_rule_on_one_line_are_one_result(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", '["a", "b", "c"]\n["d"]\n')
    one, other = rule("LP203", "wildcard-resource"), rule("LP204", "other")
    found = [
        finding(one, source.span(1, 4), "first", severity=Severity.NOTE),
        finding(one, source.span(6, 9), "second", severity=Severity.ERROR),
        finding(one, source.span(11, 14), "third"),
        finding(one, source.span(17, 20), "next line"),
        finding(other, source.span(6, 9), "another rule"),
    ]
    results = run_of(report(found))["results"]
    assert len(results) == 3
    assert results[0]["message"]["text"] == ("first. 2 more like this on the line. See also [second](1), [third](2).")
    assert results[0]["level"] == "error"
    assert results[0]["locations"][0]["physicalLocation"]["region"]["startColumn"] == 2
    places = [one["physicalLocation"]["region"]["startColumn"] for one in results[0]["relatedLocations"]]
    assert places == [7, 12]


def test_one_fix_of_two_findings_on_a_line_is_written_once(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", '["a", "b", "c"]\n')
    found = [finding(rule(), source.span(1, 4), "first"), finding(rule(), source.span(6, 9), "second")]
    for one in found:
        one.fix = Fix("Leave out c.", (Edit(source.span(9, 14), ""),), safe=True)
    [result] = run_of(report(found))["results"]
    assert [one["description"]["text"] for one in result["fixes"]] == ["Leave out c."]


def test_the_statement_is_a_related_location(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", '[\n {"Action":\n  "*"}\n]\n')
    one = finding(rule(), source.span(16, 19))
    one.statement = StatementPlace(source.span(3, 20), "", "*")
    [result] = run_of(report([one]))["results"]
    [place] = result["relatedLocations"]
    region = place["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 2, "endLine": 3, "endColumn": 7}
    assert place["message"]["text"] == "The statement it is about."


@pytest.mark.parametrize(
    ("by", "reason", "kind"),
    [
        ("lplint", "why", "inSource"),
        ("checkov", "", "inSource"),
        ("baseline", "x", "external"),
        ("configuration", "x", "external"),
    ],
)
def test_what_is_accepted_is_left_out_unless_asked_for(
    by: str,
    reason: str,
    kind: str,
    report: Callable[..., Report],
    finding: Callable[..., Finding],
    rule: Callable[..., Rule],
) -> None:
    source = Source("a.json", '["a", "b"]\n')
    found, accepted = finding(rule(), source.span(1, 4)), finding(rule(), source.span(6, 9))
    accepted.reason, accepted.accepted_by = reason, by
    made = report([found])
    made.suppressed = [accepted]
    assert len(run_of(made)["results"]) == 1
    shown = run_of(made, show_suppressed=True)["results"]
    # On one line, and yet not one result.
    assert [one["suppressions"] for one in shown] == [
        [],
        [{"kind": kind, "status": "accepted", **({"justification": reason} if reason else {})}],
    ]
