"""The forms that other programs have of their own: their golden files, and what their readers insist on."""

from __future__ import annotations

import csv as csv_module
import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from lplint.cli import main
from lplint.model.rule import Severity
from lplint.model.source import Source
from lplint.reporters import concise, csv, github, gitlab, junit, markdown, rdjson

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lplint.model.finding import Finding, Report
    from lplint.model.rule import Rule

HOSTILE = "a\r\n::error::pwned\x1b[31m %0A <b>|`x`</b>,\u202e=1"


def same(path: str) -> str:
    return path


RENDER: dict[str, Callable[[Report], str]] = {
    "sample-concise.txt": concise.render,
    "sample-github.txt": lambda report: github.render(report, in_repository=same),
    "sample-gitlab.json": lambda report: gitlab.render(report, in_repository=same),
    "sample-junit.xml": junit.render,
    "sample.md": markdown.render,
    "sample.csv": csv.render,
    "sample.rdjson": lambda report: rdjson.render(report, in_repository=same),
}


@pytest.fixture
def hostile(report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]) -> Report:
    source = Source(f"dir/{HOSTILE}.json", "{}")
    return report([finding(rule(), source.span(0, 1), HOSTILE)], [(HOSTILE, HOSTILE)])


@pytest.mark.parametrize("name", RENDER)
def test_golden(name: str, sample: Report, golden: Callable[[str, str], None]) -> None:
    golden(name, RENDER[name](sample))


@pytest.mark.parametrize("name", ["sample-concise.txt", "sample-github.txt", "sample.md"])
def test_nothing_in_a_file_makes_a_line_of_its_own(name: str, hostile: Report) -> None:
    told = RENDER[name](hostile)
    assert not [line for line in told.splitlines() if line.startswith("::error::pwned")]
    assert told.replace("\n", "").isprintable()


def test_a_workflow_command_is_escaped(hostile: Report) -> None:
    first = github.render(hostile, in_repository=same).splitlines()[0]
    properties = first.split("::")[1]
    assert properties.count(",") == 5  # six properties: a comma in a path makes no seventh
    assert "%2C" in properties
    assert "%250A" in first


def test_annotations_beyond_what_github_shows_are_announced(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    source = Source("a.json", "x" * 30)
    findings = [finding(rule(), source.span(n, n + 1)) for n in range(11)]
    note = finding(rule(severity=Severity.NOTE), source.span(20, 21), severity=Severity.NOTE)
    lines = github.render(report([note, *findings]), in_repository=same).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error"] * 11 + ["::notice"] * 2
    assert lines[-1].endswith("11 errors, 1 notes; GitHub shows 10 of each kind, the log has all")


def test_a_place_on_several_lines_has_no_columns_for_github(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    told = github.render(report([finding(rule(), Source("a.json", "{\n}").span(0, 3))]), in_repository=same)
    assert "line=1,endLine=2," in told
    assert "col=" not in told


def test_fingerprints_for_gitlab_are_unique_and_outlive_lines_above(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    def prints(text: str) -> list[str]:
        source = Source("a.json", text)
        start = text.index("x")
        found = [finding(rule(), source.span(start + n, start + n + 1)) for n in range(2)]
        return [row["fingerprint"] for row in json.loads(gitlab.render(report(found), in_repository=same))]

    assert len(set(prints("[xx]\n"))) == 2
    assert prints("[xx]\n") == prints("\n\n[xx]\n")


def test_junit_is_xml_and_counts(sample: Report, hostile: Report, report: Callable[..., Report]) -> None:
    for one in (sample, hostile):
        root = ElementTree.fromstring(junit.render(one))
        (suite,) = root
        assert int(suite.attrib["tests"]) == len(suite) == len(one.findings) + len(one.failures)
        assert len(suite.findall("testcase/failure")) == len(one.findings)
        assert len(suite.findall("testcase/error")) == len(one.failures)
    (suite,) = ElementTree.fromstring(junit.render(report()))
    assert [case.attrib["name"] for case in suite] == ["16 policies in 14 files"]


def test_csv_has_a_row_for_each_finding_and_no_formula(
    sample: Report, report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    rows = list(csv_module.DictReader(csv.render(sample).splitlines()))
    assert [row["rule"] for row in rows] == [one.rule.id for one in sample.findings]
    evil = finding(rule(), Source("=cmd|x.json", "{}").span(0, 1), '=HYPERLINK("http://x")')
    (row,) = csv_module.DictReader(csv.render(report([evil])).splitlines())
    assert (row["path"][0], row["message"][0]) == ("'", "'")


def test_columns_of_rdjson_are_bytes(
    report: Callable[..., Report], finding: Callable[..., Finding], rule: Callable[..., Rule]
) -> None:
    told = rdjson.render(report([finding(rule(), Source("a.json", '{"é😀x').span(4, 5))]), in_repository=same)
    (row,) = json.loads(told)["diagnostics"]
    assert row["location"]["range"] == {"start": {"line": 1, "column": 9}, "end": {"line": 1, "column": 10}}


def test_several_outputs_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "p.json"
    policy.write_text('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}', "utf-8")
    files = [f"--output={form}={tmp_path / form}" for form in ("sarif", "junit", "json", "markdown")]
    assert main([*files, "--output", "concise", str(policy)]) == 1
    assert "error[LP201]" in capsys.readouterr().out
    assert json.loads((tmp_path / "json").read_text("utf-8"))["summary"]["by-rule"]["LP201"] == 1
    assert json.loads((tmp_path / "sarif").read_text("utf-8"))["version"] == "2.1.0"
    assert ElementTree.fromstring((tmp_path / "junit").read_text("utf-8")).attrib["name"] == "lplint"
    # Without another form for it, standard output gets nothing when every output has a file.
    assert main([*files[:1], str(policy)]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--output", "xml"], "lplint: there is no output xml; choose from text, concise, json, "),
        (["--output", "sarif="], "lplint: --output sarif= names no file\n"),
        (["--output", "text", "--format", "json"], "lplint: only one output can go to standard output; "),
        (["--output", "json=/no/such/folder/x"], "lplint: /no/such/folder/x cannot be written (No such file"),
    ],
)
def test_a_wrong_output_says_what_is_wrong(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(sentence)


# What the readers' own documents say of the forms. Sources: GitLab Docs, "Code Quality", code quality report format;
# reviewdog, proto/rdf/reviewdog.proto.

_TEXT = {"type": "string", "minLength": 1}
_COUNT = {"type": "integer", "minimum": 1}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


_GITLAB = {
    "type": "array",
    "items": _object(
        {
            "description": _TEXT,
            "check_name": _TEXT,
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": _object(
                {
                    "path": {"type": "string", "pattern": "^(?![./])"},
                    "lines": _object({"begin": _COUNT}, {"end": _COUNT}),
                }
            ),
        }
    ),
}
_POSITION = _object({"line": _COUNT}, {"column": _COUNT})
_RANGE = _object({"start": _POSITION}, {"end": _POSITION})
_LOCATION = _object({"path": _TEXT}, {"range": _RANGE})
_RDJSON = _object(
    {
        "diagnostics": {
            "type": "array",
            "items": _object(
                {"message": _TEXT, "location": _LOCATION},
                {
                    "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
                    "code": _object({"value": _TEXT}, {"url": _TEXT}),
                    "suggestions": {"type": "array", "items": _object({"range": _RANGE, "text": {"type": "string"}})},
                    "relatedLocations": {"type": "array", "items": _object({"message": _TEXT, "location": _LOCATION})},
                },
            ),
        }
    },
    {"source": _object({"name": _TEXT}, {"url": _TEXT})},
)


@pytest.mark.parametrize(("name", "schema"), [("sample-gitlab.json", _GITLAB), ("sample.rdjson", _RDJSON)])
def test_the_form_is_what_its_reader_asks_for(
    name: str, schema: dict[str, Any], sample: Report, hostile: Report, report: Callable[..., Report]
) -> None:
    validator = jsonschema.Draft7Validator(schema)
    for one in (sample, hostile, report()):
        assert [error.message for error in validator.iter_errors(json.loads(RENDER[name](one)))] == []


def test_the_fingerprints_for_gitlab_are_those_of_findings(sample: Report) -> None:
    rows = json.loads(RENDER["sample-gitlab.json"](sample))
    assert len({row["fingerprint"] for row in rows}) == len(rows) == len(sample.findings)
