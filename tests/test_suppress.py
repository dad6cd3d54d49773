"""Suppressions: what they accept, for how long, and what is said of those that accept nothing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from lplint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

YAML = """\
Resources:
  One:                                   {one}
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:                    {document}
        Version: "2012-10-17"
        Statement:
          - Effect: Allow                {statement}
            Action:
              - s3:GetTypo               {line}
              - s3:GetOther
            Resource: arn:aws:s3:::b/*
          - Effect: Allow
            Action: s3:GetThird
            Resource: arn:aws:s3:::b/*
"""
TERRAFORM = """\
resource "aws_iam_policy" "one" {{       {one}
  policy = jsonencode({{                 {document}
    Version = "2012-10-17"
    Statement = [
      {{                                 {statement}
        Effect   = "Allow"
        Action   = [
          "s3:GetTypo",                  {line}
          "s3:GetOther",
        ]
        Resource = "arn:aws:s3:::b/*"
      }},
      {{
        Effect   = "Allow"
        Action   = "s3:GetThird"
        Resource = "arn:aws:s3:::b/*"
      }},
    ]
  }})
}}
"""
IGNORE = "# lplint: ignore[LP101] newer than the catalogue"
PLACES = {
    "line": {"GetOther", "GetThird"},
    "statement": {"GetThird"},
    "document": set(),
    "one": set(),
    "nowhere": {"GetTypo", "GetOther", "GetThird"},
}


def run(folder: Path, name: str, text: str, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    (folder / name).write_text(text, "utf-8")
    words = ["--select", "LP101,LP9", "--format", "json", "--min-severity", "note", *more, str(folder / name)]
    assert main(words) in (0, 1)
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["failures"] == []
    return report


def filled(template: str, **given: str) -> str:
    text = template.format(**{place: given.get(place, "") for place in ("one", "document", "statement", "line")})
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def rules(report: dict[str, Any]) -> list[tuple[str, int]]:
    return [(one["rule"], one["start"]["line"]) for one in report["findings"]]


def actions(rows: list[dict[str, Any]]) -> set[str]:
    """The actions that findings are about."""
    return {word for one in rows for word in ("GetTypo", "GetOther", "GetThird") if f"s3:{word}" in one["message"]}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("name", "template"), [("t.yaml", YAML), ("main.tf", TERRAFORM)])
def test_a_comment_covers_what_begins_in_its_line(
    name: str, template: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = run(tmp_path, name, filled(template, **{place: IGNORE}), capsys)
    assert actions(report["findings"]) == PLACES[place]
    assert actions(report["suppressed"]) == {"GetTypo", "GetOther", "GetThird"} - PLACES[place]
    assert {one["reason"] for one in report["suppressed"]} <= {"newer than the catalogue"}
    assert [rule for rule, _ in rules(report) if rule.startswith("LP9")] == []


@pytest.mark.parametrize("place", [place for place in PLACES if place != "nowhere"])
@pytest.mark.parametrize(("name", "template"), [("t.yaml", YAML), ("main.tf", TERRAFORM)])
def test_a_comment_in_the_line_above_covers_the_same(
    name: str, template: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = filled(template, **{place: "@"}).splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.endswith("@")]
    lines[at] = lines[at].rstrip("@ ")
    lines.insert(at, IGNORE)
    report = run(tmp_path, name, "\n".join(lines) + "\n", capsys)
    assert actions(report["findings"]) == PLACES[place]


@pytest.mark.parametrize("written", ["LP101", "unknown-action", "LP201, LP101", "lp101", "Unknown-Action,LP109"])
def test_ids_and_names_in_any_number(written: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(tmp_path, "t.yaml", filled(YAML, line=f"# lplint: ignore[{written}] x"), capsys)
    assert "GetTypo" not in actions(report["findings"])


def test_metadata_of_a_resource_of_a_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def policy(metadata: dict[str, Any]) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Action": "s3:GetTypo", "Resource": "arn:aws:s3:::b/*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return {
            "Type": "AWS::IAM::ManagedPolicy",
            "Metadata": metadata,
            "Properties": {"PolicyDocument": document},
        }

    ignore = {"lplint": {"ignore": [{"id": "LP101", "reason": "newer"}]}}
    text = json.dumps({"Resources": {"One": policy(ignore), "Two": policy({})}}, indent=1)
    report = run(tmp_path, "t.json", text, capsys)
    assert [one["origin"]["address"] for one in report["findings"]] == ["Resources.Two"]
    assert [(one["origin"]["address"], one["reason"]) for one in report["suppressed"]] == [("Resources.One", "newer")]


def test_no_ignores_shows_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(tmp_path, "t.yaml", filled(YAML, one=IGNORE), capsys, "--no-ignores")
    assert len(report["findings"]) == 3
    assert report["suppressed"] == []


def test_one_that_is_past_its_day_accepts_nothing_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    past = "# lplint: ignore[LP101] until=2020-02-29 for now"
    assert rules(run(tmp_path, "t.yaml", filled(YAML, line=past), capsys)) == [
        ("LP101", 10),
        ("LP903", 10),
        ("LP101", 11),
        ("LP101", 14),
    ]
    future = "# lplint: ignore[LP101] until=2199-12-31 for now"
    report = run(tmp_path, "t.yaml", filled(YAML, line=future), capsys)
    assert rules(report) == [("LP101", 11), ("LP101", 14)]
    assert report["suppressed"][0]["reason"] == "for now"
    wrong = "# lplint: ignore[LP101] until=next-year for now"
    assert ("LP903", 10) in rules(run(tmp_path, "t.yaml", filled(YAML, line=wrong), capsys))


@pytest.mark.parametrize(
    ("comment", "rule", "words"),
    [
        ("# lplint: ignore[LP103] x", "LP901", "Nothing here is found by LP103"),
        ("# lplint: ignore[unknown-acton] x", "LP902", "did you mean"),
        ("# lplint: ignore[] x", "LP902", "names no rule"),
        ("# lplint: ignore all of it", "LP902", "names no rule"),
        ("# lplint: ignore[LP101]", "LP904", "does not say why"),
    ],
)
def test_what_is_wrong_with_one_is_told(
    comment: str, rule: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = run(tmp_path, "t.yaml", filled(YAML, line=comment), capsys, "--select", "LP103")
    (told,) = [one for one in report["findings"] if one["rule"].startswith("LP9")]
    assert told["rule"] == rule
    assert words in told["message"]
    assert told["start"]["line"] == 10


def test_an_ignore_of_a_rule_that_does_not_run_says_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run(tmp_path, "t.yaml", filled(YAML, line="# lplint: ignore[LP201] x"), capsys)
    assert [rule for rule, _ in rules(report)] == ["LP101"] * 3


def test_the_configuration_can_ask_for_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    comment = filled(YAML, one="# lplint: ignore[LP101]")
    (note,) = run(tmp_path, "t.yaml", comment, capsys)["findings"]
    assert (note["rule"], note["severity"]) == ("LP904", "note")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "lplint.toml").write_text("require-reason = true\n", "utf-8")
    (error,) = run(tmp_path / "sub", "t.yaml", comment, capsys)["findings"]
    assert (error["rule"], error["severity"]) == ("LP904", "error")


def test_what_is_accepted_is_counted_listed_and_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(filled(YAML, one=IGNORE), "utf-8")
    assert main(["--select", "LP101,LP9", str(path)]) == 0
    assert "3 findings are suppressed; --show-suppressed lists them." in capsys.readouterr().out
    assert main(["--select", "LP101,LP9", "--show-suppressed", str(path)]) == 0
    told = capsys.readouterr().out
    assert f"suppressed[LP101] unknown-action: {path}:10:20 (newer than the catalogue)" in told
    assert main(["--select", "LP101,LP9", "--format", "sarif", str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["results"] == []


def test_very_many_comments_end_soon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.yaml"
    comments = "# lplint: ignore[LP101] why\n" * 20_000
    path.write_text(f"{comments}Statement:\n  - {{Effect: Allow, Action: s3:GetTypo, Resource: 'arn:aws:s3:::b/*'}}\n")
    start = time.process_time()
    assert main([str(path), "--select", "LP101"]) == 0
    assert time.process_time() - start < 15  # it takes a second; it took minutes
    assert "1 finding is suppressed" in capsys.readouterr().out
