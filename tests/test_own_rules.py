"""Rules that an organisation writes: what they find, and what is said of a mistake in one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lplint import cli, config
from lplint.engine import Input, lint, rules_of
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.finding import Finding

RULE = """\
id = "ORG001"
name = "tables-by-tag"
title = "Tables are deleted without the tag that allows it"
severity = "error"
why = "Tables are kept for the auditors."
fix = "Ask for the tag disposable."

[match]
actions = ["dynamodb:Delete*"]
risk = 6
without-conditions = ["aws:ResourceTag/disposable"]
message = "Deletes tables ({actions}) whatever their tag says."
"""


def found(folder: Path, statement: dict[str, Any], rule: str = RULE, path: str = "a.json") -> list[Finding]:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "one.toml").write_text(rule, "utf-8")
    (folder / "lplint.toml").write_text('rules = ["rules/*.toml"]\nselect = ["ORG001"]\n', "utf-8")
    here = config.load(str(folder / "lplint.toml"))
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    report = lint(
        [Input(path, here, text.encode())], lambda one: rules_of(here, one.path, (), ()), min_severity=Severity.NOTE
    )
    assert not report.failures
    assert [rule.id for rule in report.rules] == ["ORG001"]
    return list(report.findings)


DELETE = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:DeleteTable"], "Resource": "*"}


def test_a_rule_finds_what_it_says(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, DELETE)
    assert finding.span.text == '"dynamodb:DeleteTable"'
    assert finding.message == "Deletes tables (dynamodb:DeleteTable) whatever their tag says."
    assert finding.severity is Severity.ERROR


def test_a_condition_that_restricts_nothing_is_none(tmp_path: Path) -> None:
    right = {"StringEquals": {"aws:ResourceTag/disposable": "yes"}}
    assert found(tmp_path, {**DELETE, "Condition": right}) == []
    (finding,) = found(tmp_path, {**DELETE, "Condition": {"StringLike": {"aws:ResourceTag/disposable": "*"}}})
    assert "restricts nothing" in finding.message


@pytest.mark.parametrize(
    ("match", "statement", "told"),
    [
        ('access-levels = ["Permissions management"]', {"Action": "s3:PutBucketPolicy"}, True),
        ('access-levels = ["Permissions management"]', {"Action": "s3:GetObject"}, False),
        ('categories = ["evasion"]', {"Action": "cloudtrail:StopLogging"}, True),
        ("risk = 9", {"Action": "s3:GetObject"}, False),
        ('actions = ["s3:*"]', {"Action": "s3:*"}, False),
        ('actions = ["s3:*"]\nwhole-services = true', {"Action": "s3:*"}, True),
        ('actions = ["s3:*"]\nnot-actions = ["s3:Get*"]', {"Action": "s3:GetObject"}, False),
        ('actions = ["s3:PutObject"]\nby-name = true', {"Action": "s3:Put*"}, False),
        ('resources = ["arn:aws:s3:::audit*"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::audit/x"}, True),
        ('resources = ["arn:aws:s3:::audit*"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/x"}, False),
        ('not-resources = ["arn:aws:s3:::b*"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/x"}, False),
        ('reach = ["every"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::*"}, True),
        ('reach = ["every"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}, False),
        ('reach = ["some"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*"}, True),
        ('reach = ["one"]', {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/x"}, True),
        ('with-conditions = ["aws:SourceIp"]', {"Action": "s3:PutObject"}, False),
        (
            'with-conditions = ["aws:SourceIp"]',
            {"Action": "s3:PutObject", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}},
            True,
        ),
        ('effect = "Deny"', {"Effect": "Deny", "Action": "s3:PutObject"}, True),
        ('effect = "Deny"', {"Action": "s3:PutObject"}, False),
    ],
)
def test_what_a_match_may_ask(tmp_path: Path, match: str, statement: dict[str, Any], told: bool) -> None:
    rule = f"{RULE[: RULE.index('[match]')]}[match]\nmessage = 'Told.'\n{match}\n"
    assert bool(found(tmp_path, {"Effect": "Allow", "Resource": "*", **statement}, rule)) == told


def test_a_match_may_ask_for_a_principal_and_a_service(tmp_path: Path) -> None:
    head = RULE[: RULE.index("[match]")] + 'applies-to = ["resource"]\n'
    rule = head + '[match]\nmessage = "Told."\nprincipals = ["*"]\nservices = ["s3"]\nat = "principal"\n'
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    (finding,) = found(tmp_path, statement, rule)
    assert finding.span.text == '"*"'
    assert found(tmp_path, {**statement, "Principal": {"AWS": "123456789012"}}, rule) == []
    assert found(tmp_path, {**statement, "Action": "sqs:SendMessage", "Resource": "*"}, rule) == []


def test_several_tables_are_several_findings(tmp_path: Path) -> None:
    rule = RULE.replace("[match]", "[[match]]") + '\n[[match]]\nactions = ["dynamodb:GetItem"]\nmessage = "Reads."\n'
    assert [finding.message.partition(" ")[0] for finding in found(tmp_path, DELETE, rule)] == ["Reads.", "Deletes"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "ORG001"', 'id = "LP900"', '"id" is "LP900"; write capital letters and a number'),
        ('id = "ORG001"\n', "", 'has no "id"'),
        ('"tables-by-tag"', '"full-admin"', 'another rule has the id "ORG001" or the name "full-admin"'),
        ('severity = "error"', 'severity = "fatal"', '"severity" takes note, warning or error'),
        ("risk = 6", "risk = 11", '"match.risk" takes a number from 1 to 10'),
        ("risk = 6", "rsk = 6", '"match" has no key "rsk"; did you mean risk?'),
        ("dynamodb:Delete*", "dynamodb:Frob*", '"match.actions" holds "dynamodb:Frob*", which matches no action'),
        ("why =", "because =", 'there is no key "because"'),
        ("message =", "# message =", '"match" has no "message"'),
        ("risk = 6", 'reach = ["far"]', '"match.reach" takes every, some, one, and holds "far"'),
        ("risk = 6", "risk =", "is not valid TOML"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_file(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in RULE
    with pytest.raises(config.ConfigError) as error:
        found(tmp_path, DELETE, RULE.replace(old, new))
    assert "rules/one.toml: " in str(error.value)
    assert words in str(error.value)


def test_a_pattern_that_matches_no_file_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "lplint.toml").write_text('rules = ["nothing/*.toml"]\n')
    with pytest.raises(config.ConfigError, match="there is no such file"):
        config.load(str(tmp_path / "lplint.toml"))


def test_explain_and_rules_know_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found(tmp_path, DELETE)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["explain", "tables-by-tag"]) == 0
    assert "Tables are kept for the auditors." in capsys.readouterr().out
    assert cli.main(["rules"]) == 0
    assert "ORG001" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_every_reporter_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    found(tmp_path, DELETE)
    (tmp_path / "p.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [DELETE]}))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check", "p.json", "--format", form]) == 1
    told = capsys.readouterr().out
    assert "ORG001" in told
    assert "rules/ORG001.md" not in told
