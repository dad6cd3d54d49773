"""How context moves severities: the environment and the persona, set by path or told by trust policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lplint import config, config_keys, ruleset
from lplint.engine import Input, lint, rules_of
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.finding import Report

READS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "*"}]}
)
ADMIN = READS.replace("dynamodb:Scan", "*")
ROLE = """\
resource "aws_iam_role" "it" {
  name = "it"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = PRINCIPAL, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "it" {
  role = aws_iam_role.it.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "dynamodb:Scan", Resource = "*" }]
  })
}
"""


def linted(folder: Path, files: dict[str, str], settings: str = "") -> Report:
    (folder / "lplint.toml").write_text(settings, "utf-8")
    inputs = []
    here = config.load(str(folder / "lplint.toml"))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        inputs.append(Input(str(path), here))
    report = lint(inputs, lambda one: rules_of(here, one.path, (), ()), min_severity=Severity.NOTE)
    assert not report.failures
    return report


def severity(report: Report, rule: str) -> list[str]:
    return [finding.severity.label for finding in report.findings if finding.rule.id == rule]


@pytest.mark.parametrize(
    ("environment", "resource", "data"),
    [("development", "note", "note"), ("staging", "warning", "warning"), ("production", "warning", "warning")],
)
def test_the_environment_of_a_path(tmp_path: Path, environment: str, resource: str, data: str) -> None:
    report = linted(tmp_path, {"live/a.json": READS}, f'[environments]\n"live/**" = "{environment}"\n')
    assert severity(report, "LP203") == [resource]
    assert severity(report, "LP403") == [data]


def test_no_environment_forgives_an_administrator(tmp_path: Path) -> None:
    report = linted(tmp_path, {"a.json": ADMIN}, '[environments]\n"*.json" = "development"\n')
    assert severity(report, "LP206") == ["error"]


@pytest.mark.parametrize(
    ("principal", "label"),
    [
        ('{ Service = "lambda.amazonaws.com" }', "warning"),
        ('{ Federated = "arn:aws:iam::123456789012:saml-provider/people" }', "note"),
        ('{ Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }', "warning"),
        ('{ AWS = "arn:aws:iam::123456789012:root" }', "note"),
        ('{ AWS = ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/x"] }', "warning"),
        ("{ AWS = var.who }", "warning"),
    ],
)
def test_who_may_assume_a_role_tells_who_uses_its_policies(tmp_path: Path, principal: str, label: str) -> None:
    report = linted(tmp_path, {"main.tf": ROLE.replace("PRINCIPAL", principal)})
    assert severity(report, "LP403") == [label]


def test_the_role_may_stand_in_another_file_of_the_module(tmp_path: Path) -> None:
    role, policy = ROLE.replace("PRINCIPAL", '{ AWS = "123456789012" }').split("\n\n", 1)
    assert severity(linted(tmp_path, {"a.tf": policy, "b.tf": role}), "LP403") == ["note"]


def test_a_persona_that_is_set_counts_more_than_what_trust_tells(tmp_path: Path) -> None:
    text = ROLE.replace("PRINCIPAL", '{ Service = "lambda.amazonaws.com" }')
    assert severity(linted(tmp_path, {"a/main.tf": text}, '[personas]\n"a/" = "human"\n'), "LP403") == ["note"]


def test_the_table_of_context_names_rules_that_exist() -> None:
    from lplint._generated.context import SHIFTS

    known = {rule.id for rule in ruleset.rules()}
    assert set(SHIFTS) == {
        *(f"environment.{one}" for one in config_keys.ENVIRONMENTS),
        *(f"persona.{one}" for one in config_keys.PERSONAS),
    }
    assert all(set(shifts) <= known for shifts in SHIFTS.values())


# Tables of a project


def test_a_project_s_own_risk(tmp_path: Path) -> None:
    (tmp_path / "risk.csv").write_text("action,risk,category\ndynamodb:PutItem,9,data-destruction\nDynamoDB:scan,2,\n")
    text = READS.replace("dynamodb:Scan", "dynamodb:PutItem")
    report = linted(tmp_path, {"a.json": text, "b.json": READS}, 'risk-table = "risk.csv"\n')
    told = {(finding.rule.id, finding.span.source.path.rpartition("/")[2]) for finding in report.findings}
    assert told == {("LP203", "a.json"), ("LP404", "a.json")}
    # And the next project has none of it.
    assert severity(linted(tmp_path, {"a.json": text}), "LP404") == []


def test_a_project_s_own_frequency(tmp_path: Path) -> None:
    (tmp_path / "used.csv").write_text("action,frequency\ndynamodb:Scan,9\n*,1\n")
    report = linted(tmp_path, {"b.json": READS}, 'frequency-table = "used.csv"\n')
    (words,) = [finding.message for finding in report.findings if finding.rule.id == "LP403"]
    assert "dynamodb:Scan (risk 5, frequency 9, common and harmless)" in words


@pytest.mark.parametrize(
    ("key", "table", "words"),
    [
        ("risk-table", "action,risk\ns3:GetObjcet,3\n", 'risk.csv: line 2: AWS has no action "s3:GetObjcet"; '),
        ("risk-table", "action,risk\ns3:GetObject,11\n", 'line 2: the risk "11" is no number from 1 to 10'),
        ("risk-table", "action\n", 'line 1: there is no column "risk"'),
        ("risk-table", "action,risk,category\ns3:GetObject,3,bad\n", 'line 2: there is no category "bad"'),
        ("frequency-table", "action,frequency\ns3:GetObject,x\n", 'line 2: the frequency "x" is no number'),
    ],
)
def test_a_mistake_in_a_table_is_told_with_its_line(tmp_path: Path, key: str, table: str, words: str) -> None:
    (tmp_path / "risk.csv").write_text(table)
    (tmp_path / "lplint.toml").write_text(f'{key} = "risk.csv"\n')
    with pytest.raises(config.ConfigError) as error:
        config.load(str(tmp_path / "lplint.toml"))
    assert words in str(error.value)


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "lplint.toml").write_text('risk-table = "risk.csv"\n')
    with pytest.raises(config.ConfigError, match="cannot be read"):
        config.load(str(tmp_path / "lplint.toml"))
