"""The tables of risk and frequency, and what is read from them."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest

from lplint.aws import catalog
from lplint.cli import main
from lplint.risk import table

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "rules"
SHARED = ROOT.parent / "shared" / "data"
SETTINGS = tomllib.loads((RULES / "risk.toml").read_text("utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    with (RULES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rating(name: str) -> table.Rating:
    action = catalog.action(name)
    assert action is not None, name
    return table.rating(action)


@pytest.mark.parametrize("name", ["risk.csv", "frequency.csv"])
def test_a_table_names_actions_that_exist_and_each_once(name: str) -> None:
    names = [row["action"] for row in rows(name)]
    assert [one for one in names if str(catalog.action(one)) != one] == []
    assert len({one.lower() for one in names}) == len(names)


def test_every_row_has_a_risk_a_category_and_evidence() -> None:
    found = rows("risk.csv")
    assert len(found) >= 900
    for row in found:
        assert 1 <= int(row["risk"]) <= 10, row
        assert row["category"] in SETTINGS["categories"], row
        assert row["evidence"], row
        # What no source says, a hand decided, and says why.
        assert row["reason"] or row["evidence"] != "lplint", row
        assert not row["reason"] or row["reason"].endswith("."), row
    assert {row["category"] for row in found} == set(SETTINGS["categories"])


def test_every_action_that_manages_permissions_is_listed() -> None:
    listed = {row["action"] for row in rows("risk.csv")}
    missing = [
        str(action)
        for prefix in catalog.service_titles()
        if (service := catalog.service(prefix)) is not None
        for action in service.actions()
        if "Permissions management" in action.access_levels and str(action) not in listed
    ]
    assert missing == []


@pytest.mark.parametrize(
    "name",
    [
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "lambda:UpdateFunctionCode",
        "ssm:SendCommand",
        "ecs:ExecuteCommand",
        "cloudtrail:StopLogging",
        "guardduty:DeleteDetector",
        "config:StopConfigurationRecorder",
        "organizations:LeaveOrganization",
        "kms:ScheduleKeyDeletion",
        "iam:PassRole",
        "s3:PutBucketPolicy",
    ],
)
def test_what_every_attacker_wants_is_dangerous(name: str) -> None:
    assert rating(name).dangerous
    assert table.evidence(rating(name).action)[1]


@pytest.mark.parametrize(
    ("name", "quadrant"),
    [
        ("ec2:DescribeInstances", "common and harmless"),
        ("s3:ListBucket", "common and harmless"),
        ("logs:PutLogEvents", "common and harmless"),
        ("iam:PassRole", "common and dangerous"),
        ("organizations:LeaveOrganization", "rare and dangerous"),
        ("cloudtrail:StopLogging", "rare and dangerous"),
        ("sqs:GetQueueUrl", "common and harmless"),
        ("polly:GetLexicon", "rare and harmless"),
    ],
)
def test_well_known_actions_lie_in_their_quadrant(name: str, quadrant: str) -> None:
    assert rating(name).quadrant == quadrant


def test_an_action_that_no_table_lists_takes_its_risk_from_its_access_level() -> None:
    found = rating("polly:GetLexicon")
    assert (found.listed, found.category, found.risk) == (False, "", SETTINGS["risk"]["Read"])
    assert rating("polly:PutLexicon").risk == SETTINGS["risk"]["Write"]


def test_the_scale_of_frequency_is_the_one_that_is_written_down() -> None:
    steps = SETTINGS["frequency"]["steps"]
    assert table.frequency_of(0) == 1
    assert table.frequency_of(10_000) == 10
    for step, least in enumerate(steps, 2):
        assert table.frequency_of(least - 1) == step - 1
        assert table.frequency_of(least) == step


def test_overrides_name_actions_and_their_rows_hold() -> None:
    found = {row["action"].lower(): row for row in rows("risk.csv")}
    for row in rows("risk-overrides.csv"):
        assert row["reason"].endswith("."), row
        if "*" not in row["pattern"]:
            kept = found[row["pattern"].lower()]
            assert (kept["category"], kept["reason"]) == (row["category"], row["reason"])


@pytest.mark.skipif(not SHARED.is_dir(), reason="the sources are not beside the checkout")
def test_frequency_is_what_the_source_counts() -> None:
    counts = json.loads((SHARED / "action_frequency.json").read_text("utf-8"))["literal"]
    for row in rows("frequency.csv")[::50]:
        assert int(row["policies"]) == sum(
            count for name, count in counts.items() if name.lower() == row["action"].lower()
        )


def test_one_action_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", "iam:passrole"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("iam:PassRole\n  risk          9 of 10 (privilege-escalation: gains rights")
    assert "AWS managed policies name it: the choice of AWS's authors, not a count of use)" in told
    assert "  quadrant      common and dangerous\n" in told
    assert re.search(r"evidence      escalation \(apprunner-001, .* and \d+ more\); sensitive-iam-actions", told)


def test_patterns_are_expanded_and_the_gravest_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", "sqs:*", "iam:PassRole", "sqs:SendMessage"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["iam:PassRole", "9"]
    assert len([line for line in lines if line.startswith("sqs:SendMessage ")]) == 1
    risks = [int(line.split()[1]) for line in lines[1:-1]]
    assert risks == sorted(risks, reverse=True)
    assert lines[-1].startswith(f"{len(risks)} actions: ")


def test_the_whole_table_as_csv_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["risk", "--table", "--format", "csv"]) == 0
    told = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row["action"]: row["risk"] for row in told} == {row["action"]: row["risk"] for row in rows("risk.csv")}
    assert main(["risk", "--table", "--format", "json"]) == 0
    assert [row["action"] for row in json.loads(capsys.readouterr().out)["actions"]] == [row["action"] for row in told]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["risk", "s3:GetObjcet"], "lplint: AWS has no action s3:GetObjcet; one is written service:Name\n"),
        (["risk"], "lplint: name actions, or ask for the whole --table\n"),
        (["risk", "s3:*", "--table"], "lplint: name actions, or ask for the whole --table\n"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert capsys.readouterr().err == sentence
