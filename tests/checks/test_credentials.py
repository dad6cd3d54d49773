"""Keys and passwords that code makes, and roles of people that can do much, beyond the rules' examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

ROOT = {"AWS": "arn:aws:iam::123456789012:root"}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def said(rule: str, text: str, path: str) -> list[tuple[int, str]]:
    report = lint([Input(path, Config(), text.encode())], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE)
    assert not report.failures
    return [(finding.span.start_position().line, finding.message) for finding in report.findings]


def role(
    principal: Any = None, condition: Any = None, action: Any = None, resource: str = "*", session: Any = None
) -> str:
    """A template with one role, whose trust policy begins in line 3."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal or ROOT}
    if condition is not None:
        trust["Condition"] = condition
    grant = {"Effect": "Allow", "Action": action or "kms:ScheduleKeyDeletion", "Resource": resource}
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [grant]}}],
    }
    if session is not None:
        properties["MaxSessionDuration"] = session
    return json.dumps({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})


def without_factor(**given: Any) -> list[tuple[int, str]]:
    return said("dangerous-without-factor", role(**given), "t.json")


def test_a_key_is_told_where_it_is_made_also_for_a_user_from_elsewhere() -> None:
    text = """\
resource "aws_iam_user" "ci" {
  name = "ci"
}
resource "aws_iam_access_key" "ci" {
  user = aws_iam_user.ci.name
}
resource "aws_iam_access_key" "bob" {
  user = "bob"
}
resource "aws_iam_access_key" "given" {
  user = var.user
}
"""
    assert [line for line, _ in said("access-key-in-code", text, "main.tf")] == [4, 7, 10]


def test_a_key_without_any_policy_is_found_in_files_that_hold_nothing_else() -> None:
    template = "Resources:\n  Key:\n    Type: AWS::IAM::AccessKey\n    Properties:\n      UserName: bob\n"
    assert [line for line, _ in said("LP423", template, "t.yaml")] == [2]
    attached = f"Resources:\n  Jo:\n    Type: AWS::IAM::User\n    Properties:\n      ManagedPolicyArns: [{ADMIN}]\n"
    assert [line for line, _ in said("LP421", attached, "t.yaml")] == [5]


def test_a_user_without_key_and_password_is_left_in_peace() -> None:
    user = "Resources:\n  Jo:\n    Type: AWS::IAM::User\n    Properties:\n      LoginProfile: !Ref AWS::NoValue\n"
    assert said("LP424", user, "t.yaml") == []
    assert said("LP423", user, "t.yaml") == []


def test_what_people_can_do_is_told_by_its_gravest() -> None:
    ((_, words),) = without_factor(action=["s3:DeleteObject", "kms:ScheduleKeyDeletion"])
    assert "kms:ScheduleKeyDeletion (risk " in words
    ((_, words),) = without_factor(action="*")
    assert "administer the account" in words


@pytest.mark.parametrize(
    "given",
    [
        {"condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}},
        {"condition": {"StringEquals": {"sts:ExternalId": "9f2c71d4"}}},  # somebody else's program
        {"principal": {"Service": "lambda.amazonaws.com"}},
        {"principal": {"AWS": "arn:aws:iam::123456789012:role/ci"}},
        {"action": ["ec2:Describe*", "s3:GetObject"]},
        {"resource": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    ],
)
def test_who_asks_for_a_factor_or_can_do_little_is_left_in_peace(given: dict[str, Any]) -> None:
    assert without_factor() != []
    assert without_factor(**given) == []


def test_a_condition_that_holds_without_a_factor_asks_for_none() -> None:
    assert without_factor(condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})


@pytest.mark.parametrize(
    ("session", "told"), [(43200, True), ("43200", True), (14400, False), (3600, False), ("soon", False), (None, False)]
)
def test_sessions_longer_than_a_morning(session: Any, told: bool) -> None:
    assert bool(said("long-dangerous-session", role(session=session), "t.json")) == told


def test_a_permission_set_writes_its_length_as_iso_8601() -> None:
    text = """\
resource "aws_ssoadmin_permission_set" "admin" {
  name             = "admin"
  session_duration = "PT12H"
}
resource "aws_ssoadmin_managed_policy_attachment" "admin" {
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"""
    ((line, words),) = said("long-dangerous-session", text, "main.tf")
    assert line == 3
    assert "12 hours" in words
    assert said("long-dangerous-session", text.replace("PT12H", "PT1H"), "main.tf") == []
