"""parliament and a team's own auditors: what they say stands at the exact place, whatever the policy is written in."""

from __future__ import annotations

import json
import textwrap
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from lplint import config, config_file, ruleset
from lplint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pytest.importorskip("parliament", reason="the extra lplint[parliament] is not installed", exc_type=ImportError)

AUDITOR = """
def audit(policy):
    for statement in policy.statements:
        if statement.stmt["Sid"].value == "Write":
            policy.add_finding("NO_WRITING", detail="ask the team first", location=statement.stmt["Action"][0])
            policy.add_finding("NOT_LISTED", location={"string": "Write"})
"""
OVERRIDES = """
NO_WRITING:
  title: Writing is for the pipeline
  severity: HIGH
"""
TERRAFORM = """
data "aws_iam_policy_document" "one" {
  statement {
    sid       = "Write"
    actions   = ["s3:PutObject"]
    resources = ["arn:aws:s3:::bucket/*"]
  }
}

resource "aws_iam_policy" "one" {
  policy = data.aws_iam_policy_document.one.json
}

resource "aws_iam_policy" "unresolved" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Write", Effect = "Allow", Action = "s3:PutObject", Resource = var.bucket }]
  })
}
"""


@pytest.fixture(autouse=True)
def _rules_of_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test makes known to the ruleset is unknown to the next."""
    monkeypatch.setattr(ruleset, "_own", dict(ruleset._own))
    given: set[str] = set()
    monkeypatch.setattr(config, "_nearest", {})
    monkeypatch.setattr(config_file, "given", given)
    monkeypatch.setattr(config, "given", given)


def _found(folder: Path, capsys: pytest.CaptureFixture[str], code: int = 1) -> list[dict[str, Any]]:
    assert main(["--select", "parliament", "--min-severity", "note", "--format", "json", str(folder)]) == code
    return json.loads(capsys.readouterr().out)["findings"]  # type: ignore[no-any-return]  # JSON


def _team(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "auditors").mkdir()
    (folder / "auditors" / "writing.py").write_text(AUDITOR)
    (folder / "auditors" / "config_override.yaml").write_text(OVERRIDES)
    (folder / "lplint.toml").write_text('[parliament]\nprivate-auditors = "auditors"\n')
    monkeypatch.chdir(folder)


def test_the_findings_of_a_team_stand_where_the_action_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _team(tmp_path, monkeypatch)
    path = tmp_path / "main.tf"
    path.write_text(TERRAFORM)
    found = _found(tmp_path, capsys)
    told = {
        (one["rule"], one["severity"], one["start"]["line"], one["start"]["column"]): one["message"] for one in found
    }
    assert told == {
        ("PAR-NO_WRITING", "error", 5, 18): "Writing is for the pipeline: ask the team first.",
        ("PAR-UNLISTED", "warning", 4, 17): "NOT_LISTED.",
    }


def test_parliaments_own_findings_stand_at_the_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lplint.toml").write_text("[parliament]\n")
    monkeypatch.chdir(tmp_path)
    text = textwrap.dedent(
        """
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - s3:GetObject
              - s3:GetObjectt
            Resource: arn:aws:s3:::b/*
        """
    )
    (tmp_path / "a.yaml").write_text(text)
    (one,) = _found(tmp_path, capsys, code=0)
    assert (one["rule"], one["start"]["line"], one["message"]) == (
        "PAR-UNKNOWN_ACTION",
        7,
        "Unknown action: Unknown action s3:GetObjectt.",
    )


def test_what_makes_parliament_break_down_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _team(tmp_path, monkeypatch)
    (tmp_path / "auditors" / "writing.py").write_text('def audit(policy):\n    raise KeyError("team")\n')
    (tmp_path / "main.tf").write_text(TERRAFORM)
    (one,) = _found(tmp_path, capsys)
    assert one["rule"] == "PAR-EXCEPTION"
    assert "KeyError: 'team'" in one["message"]


def test_the_code_of_a_folder_below_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    below = tmp_path / "vendored"
    below.mkdir()
    _team(below, monkeypatch)
    (below / "main.tf").write_text(TERRAFORM)
    monkeypatch.chdir(tmp_path)
    assert main([str(tmp_path)]) == 2
    assert '"private-auditors" is run only if lplint runs in the folder of this file' in capsys.readouterr().err
    assert main(["--config", str(below / "lplint.toml"), "--select", "parliament", str(tmp_path)]) == 1
