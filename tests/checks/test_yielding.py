"""Which rule speaks where several could say the same of the same characters, and what is not lost by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from lplint.model.finding import Finding


def findings(*statements: object, ignore: tuple[str, ...] = (), config: Config | None = None) -> list[Finding]:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    rules = ruleset.select(("ALL",), ignore)
    report = lint([Input("p.json", config or Config(), text.encode())], lambda _: rules, min_severity=Severity.NOTE)
    assert not report.failures
    return list(report.findings)


def allow(action: object, resource: object = "*", **more: object) -> object:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_a_whole_service_on_everything_is_one_finding_that_tells_the_harm() -> None:
    (one,) = findings(allow("s3:*"))
    assert (one.rule.name, one.span.text) == ("unlimited-service", '"s3:*"')
    for told in ("destroy data", "let others in", "read or copy data", "nothing limits where"):
        assert told in one.message
    assert {"LP203", "LP403", "LP404", "LP405", "LP406"} <= set(one.covers)


def test_each_whole_service_is_told() -> None:
    found = findings(allow(["sqs:*", "dynamodb:*"]))
    assert [(one.rule.id, one.span.text) for one in found] == [("LP215", '"sqs:*"'), ("LP215", '"dynamodb:*"')]


def test_what_else_the_statement_grants_keeps_its_own_findings() -> None:
    found = findings(allow(["s3:*", "secretsmanager:GetSecretValue", "dynamodb:DeleteTable"]))
    said = {one.rule.id: one for one in found}
    assert said["LP402"].span.text == '"secretsmanager:GetSecretValue"'
    assert "s3:" not in said["LP402"].message
    assert said["LP404"].span.text == '"dynamodb:DeleteTable"'
    assert "dynamodb:DeleteTable" in said["LP203"].message
    assert "s3:" not in said["LP203"].message


def test_a_limited_service_is_not_said_to_be_without_limit() -> None:
    (one, *_) = findings(allow("sqs:*", "arn:aws:sqs:eu-west-1:123456789012:orders"))
    assert one.rule.id == "LP202"
    assert "nothing limits" not in one.message
    assert one.covers == ()


def test_who_ignores_the_rule_that_speaks_hears_the_others() -> None:
    found = {one.rule.id for one in findings(allow("s3:*"), ignore=("unlimited-service",))}
    assert {"LP203", "LP403", "LP404", "LP405", "LP406"} <= found


def test_what_speaks_for_others_weighs_as_the_gravest_of_them() -> None:
    (one,) = findings(allow("secretsmanager:*"))
    assert (one.rule.id, one.severity) == ("LP215", Severity.WARNING)
    # Where secrets given away are an error, so is what speaks of them.
    (one,) = findings(allow("secretsmanager:*"), config=Config(environments=(("*.json", "production"),)))
    assert (one.rule.id, one.severity) == ("LP215", Severity.ERROR)
    assert "LP402" in one.covers


@pytest.mark.parametrize(
    ("statement", "speaks"),
    [
        (allow("iam:*"), "LP210"),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "LP211"),
        ({"Effect": "Allow", "NotAction": ["iam:*", "sts:*", "lambda:*"], "Resource": "arn:aws:s3:::*"}, "LP204"),
    ],
)
def test_an_administrator_is_told_once(statement: object, speaks: str) -> None:
    assert [one.rule.id for one in findings(statement)] == [speaks]


def test_all_of_iam_on_some_roles_is_told_by_its_own_rule() -> None:
    found = findings(allow("iam:*", "arn:aws:iam::123456789012:role/app/*"))
    assert "LP210" in {one.rule.id for one in found}


def test_processes_send_what_a_finding_speaks_for(tmp_path: Path) -> None:
    inputs = [Input(str(tmp_path / name), Config()) for name in ("a.json", "b.json")]
    for one in inputs:
        Path(one.path).write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]}))
    first, second = lint(inputs, lambda _: ruleset.rules(), jobs=2).findings
    assert first.covers == second.covers
    assert "LP405" in second.covers
