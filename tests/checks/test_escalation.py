"""Every path of rules/escalation.toml, and what keeps one shut."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from lplint.model.finding import Finding

ROOT = Path(__file__).resolve().parents[2]
PATHS: list[dict[str, Any]] = tomllib.loads((ROOT / "rules/escalation.toml").read_text("utf-8"))["path"]
SHARED = ROOT.parent / "shared/data/privilege_escalation_paths.json"
RULES = ("LP430", "LP431", "LP432", "LP433", "LP438")
BY_ID = pytest.mark.parametrize("path", PATHS, ids=[path["id"] for path in PATHS])


def found(text: str, name: str = "p.json") -> list[Finding]:
    rules = tuple(ruleset.find(rule) for rule in RULES)
    report = lint([Input(name, Config(), text.encode())], lambda _: rules, min_severity=Severity.NOTE)
    assert not report.failures
    return list(report.findings)


def allow(actions: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def deny(actions: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {**allow(actions, resource, **more), "Effect": "Deny"}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def says(path: dict[str, Any], findings: list[Finding]) -> bool:
    """Whether the one finding names a path."""
    assert len(findings) <= 1, [finding.message for finding in findings]
    return any(f": {path['id']})" in finding.message for finding in findings)


def role(*policies: str) -> str:
    """A role in Terraform with inline policies."""
    trust = document({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    made = [f'resource "aws_iam_role" "r" {{\n  name = "r"\n  assume_role_policy = {json.dumps(trust)}\n}}\n']
    for number, text in enumerate(policies):
        body = f"  role = aws_iam_role.r.id\n  policy = {json.dumps(text)}\n"
        made.append(f'resource "aws_iam_role_policy" "p{number}" {{\n{body}}}\n')
    return "".join(made)


@BY_ID
def test_exactly_its_actions_open_a_path(path: dict[str, Any]) -> None:
    assert says(path, found(document(allow(path["actions"]))))


@BY_ID
def test_its_actions_open_a_path_over_two_statements(path: dict[str, Any]) -> None:
    first, *others = path["actions"]
    statements = [allow(first), *([allow(others)] if others else [])]
    assert says(path, found(document(*statements)))


@BY_ID
def test_its_actions_open_a_path_over_two_policies_of_a_role(path: dict[str, Any]) -> None:
    first, *others = path["actions"]
    findings = found(role(document(allow(first)), document(allow(others or "s3:ListAllMyBuckets"))), "main.tf")
    # What one of the policies opens by itself is told of that policy.
    assert any(f": {path['id']})" in finding.message for finding in findings)


@BY_ID
def test_a_path_is_shut_without_any_of_its_actions(path: dict[str, Any]) -> None:
    for action in path["actions"]:
        rest = [one for one in path["actions"] if one != action] or ["s3:ListAllMyBuckets"]
        assert not says(path, found(document(allow(rest)))), action


@BY_ID
def test_a_path_is_shut_where_any_of_its_actions_is_denied(path: dict[str, Any]) -> None:
    for action in path["actions"]:
        assert not says(path, found(document(allow(path["actions"]), deny(action)))), action


@BY_ID
def test_a_path_is_shut_where_another_policy_of_the_role_denies(path: dict[str, Any]) -> None:
    action = path["actions"][-1]
    findings = found(role(document(allow(path["actions"])), document(deny(action))), "main.tf")
    assert not any(f": {path['id']})" in finding.message for finding in findings)


@pytest.mark.skipif(not SHARED.is_file(), reason="the list of sets is not beside the checkout")
def test_every_set_that_is_known_is_a_path() -> None:
    known = {frozenset(one["actions"]) for one in json.loads(SHARED.read_text("utf-8"))}
    assert known == {frozenset(path["actions"]) for path in PATHS}


def rules_of(*statements: object) -> list[str]:
    return [finding.rule.id for finding in found(document(*statements))]


def passed_to(service: str) -> object:
    return {"StringLike": {"iam:PassedToService": service}}


LAMBDA = ["lambda:CreateFunction", "lambda:InvokeFunction"]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        # Passing a role.
        ([allow(LAMBDA, "arn:aws:lambda:*:*:function:app-*"), allow("iam:PassRole")], ["LP431"]),
        ([allow([*LAMBDA, "iam:PassRole"], "arn:aws:iam::*:role/*")], []),
        ([allow(LAMBDA), allow("iam:PassRole", "arn:aws:iam::1:role/app")], []),
        ([allow(LAMBDA), allow("iam:PassRole", Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}})], []),
        ([allow(LAMBDA), allow("iam:PassRole", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], ["LP431"]),
        ([allow([*LAMBDA, "iam:PassRole"]), deny("iam:PassRole", "arn:aws:iam::*:role/admin")], ["LP431"]),
        # Which only a condition limits, to the service, to nothing, or on one of two ways.
        ([allow(LAMBDA), allow("iam:PassRole", Condition=passed_to("lambda.amazonaws.com"))], ["LP438"]),
        ([allow(LAMBDA), allow("iam:PassRole", Condition=passed_to("ec2.amazonaws.com"))], []),
        ([allow(LAMBDA), allow("iam:PassRole", Condition=passed_to("*"))], ["LP431"]),
        (
            [
                allow([*LAMBDA, "ec2:RunInstances"]),
                allow("iam:PassRole", Condition=passed_to("lambda.amazonaws.com")),
                allow("iam:PassRole", Condition=passed_to("ec2.*")),
            ],
            ["LP438"],
        ),
        (
            [allow(LAMBDA), allow("iam:PassRole", Condition=passed_to("lambda.amazonaws.com")), allow("iam:PassRole")],
            ["LP431"],
        ),
        (
            [
                allow([*LAMBDA, "iam:PassRole"]),
                {"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::1:role/a"},
            ],
            [],
        ),
        # An instance needs a condition that not everybody meets, its subnet does not.
        (
            [
                allow("ec2:RunInstances", "arn:aws:ec2:*:*:subnet/*"),
                allow("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*", Condition={"StringEquals": {"ec2:Owner": "1"}}),
                allow("iam:PassRole"),
            ],
            [],
        ),
        # Its own permissions.
        ([allow("iam:AttachRolePolicy", "arn:aws:iam::1:role/app")], []),
        ([allow("iam:AttachRolePolicy", Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/x"}})], []),
        ([allow("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/*")], []),
        ([allow("iam:CreatePolicyVersion", "arn:aws:iam::1:policy/*")], ["LP430"]),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")], []),
        ([allow("iam:PutUserPolicy", "arn:aws:iam::*:user/${aws:username}")], ["LP430"]),
        ([allow(["iam:AttachRolePolicy", "sts:AssumeRole"], "arn:aws:iam::1:role/app")], ["LP430"]),
        (
            [allow("iam:AttachRolePolicy", "arn:aws:iam::1:role/a"), allow("sts:AssumeRole", "arn:aws:iam::1:role/b")],
            [],
        ),
        ([allow("iam:PutRolePolicy", Condition={"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}})], ["LP430"]),
        ([allow("iam:PutRolePolicy", Condition={"DateLessThan": {"aws:CurrentTime": "2020-01-01"}})], []),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "sts:*"], "Resource": "arn:aws:sso:::*"}], []),
        # What is in use.
        ([allow("ssm:SendCommand")], ["LP432"]),
        ([allow("ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:*:document/MyOwn"])], []),
        ([allow("ssm:SendCommand", ["arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*::document/AWS-*"])], ["LP432"]),
        # Administrators: louder than the ways to become one.
        ([allow("*")], []),
        ([allow("iam:*")], ["LP433"]),
        ([allow("iam:*", "arn:aws:iam::*:role/*")], ["LP430"]),
        ([allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], ["LP433"]),
        ([{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}], ["LP433"]),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs/*"}], ["LP433"]),
        ([allow("iam:*"), deny("iam:*", "arn:aws:iam::*:role/admin")], ["LP433"]),
        # The gravest kind speaks.
        ([allow(["iam:PutRolePolicy", "iam:PassRole", "ec2:RunInstances", "sts:AssumeRole"])], ["LP430"]),
        ([allow(["iam:PassRole", "ec2:RunInstances", "sts:AssumeRole"])], ["LP431"]),
        ([allow("*", "arn:aws:sqs:eu-west-1:111122223333:queue")], []),
    ],
)
def test_what_is_told(statements: list[dict[str, object]], expected: list[str]) -> None:
    assert rules_of(*statements) == expected


def test_a_finding_stands_at_the_gravest_grant_and_shows_the_others() -> None:
    text = document(allow("ec2:RunInstances"), allow("iam:PassRole", "arn:aws:iam::*:role/*"))
    (finding,) = found(text)
    assert finding.span.text == '"iam:PassRole"'
    assert [(one.span.text, one.message) for one in finding.related] == [
        ('"ec2:RunInstances"', "ec2:RunInstances is allowed here")
    ]
    assert finding.message == (
        "Lets its holder act as a role that they pass: they can run code of their own as that role on a new instance "
        "(ec2:RunInstances: ec2-001)."
    )


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("iam:PutUserPolicy", "Lets its holder become an administrator: they can write any permissions into any user"),
        ("iam:SetDefaultPolicyVersion", "Lets its holder widen their own permissions: they can bring back an older"),
    ],
)
def test_a_finding_claims_no_more_than_is_gained(action: str, words: str) -> None:
    (finding,) = found(document(allow(action)))
    assert finding.message.startswith(words)


def test_a_boundary_shuts_a_path() -> None:
    boundary = f'resource "aws_iam_policy" "b" {{\n  policy = {json.dumps(document(allow("s3:*")))}\n}}\n'
    whole = role(document(allow("iam:PutRolePolicy")))
    bounded = whole.replace('name = "r"', 'name = "r"\n  permissions_boundary = aws_iam_policy.b.arn')
    unknown = whole.replace('name = "r"', 'name = "r"\n  permissions_boundary = var.boundary')
    assert [finding.rule.id for finding in found(whole + boundary, "main.tf")] == ["LP430"]
    assert found(bounded + boundary, "main.tf") == []
    assert found(unknown + boundary, "main.tf") == []


def test_a_named_role_that_is_an_administrator_is_a_target() -> None:
    admin = role().replace('"r"', '"admin"')
    attached = (
        'resource "aws_iam_role_policy_attachment" "a" {\n  role = aws_iam_role.admin.name\n'
        '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}\n'
    )
    passing = document(allow("ec2:RunInstances"), allow("iam:PassRole", "ARN"))
    text = role(passing).replace("ARN", "${aws_iam_role.admin.arn}")
    assert [finding.rule.id for finding in found(text + admin + attached, "main.tf")] == ["LP431"]
    assert found(text + admin, "main.tf") == []


def test_an_administrator_is_not_told_how_to_become_one() -> None:
    attached = (
        'resource "aws_iam_role_policy_attachment" "a" {\n  role = aws_iam_role.r.name\n'
        '  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}\n'
    )
    policies = (document(allow("iam:PassRole")), document(allow("ec2:RunInstances")))
    assert [finding.rule.id for finding in found(role(*policies), "main.tf")] == ["LP431"]
    assert found(role(*policies) + attached, "main.tf") == []


def template(*policies: str) -> str:
    """A CloudFormation template with a role that has inline policies."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties = {
        "AssumeRolePolicyDocument": json.loads(document(trust)),
        "Policies": [
            {"PolicyName": f"p{number}", "PolicyDocument": json.loads(text)} for number, text in enumerate(policies)
        ],
    }
    role_ = {"Type": "AWS::IAM::Role", "Properties": properties}
    return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Role": role_}})


@BY_ID
def test_its_actions_open_a_path_over_two_policies_of_a_template(path: dict[str, Any]) -> None:
    first, *others = path["actions"]
    policies = (document(allow(first)), document(allow(others or "s3:ListAllMyBuckets")))
    findings = found(template(*policies), "template.json")
    assert any(f": {path['id']})" in finding.message for finding in findings)
    denied = found(template(*policies, document(deny(path["actions"][-1]))), "template.json")
    assert not any(f": {path['id']})" in finding.message for finding in denied)


def test_a_policy_of_many_statements_takes_no_time() -> None:
    many = range(2000)
    allowing = [allow(["iam:PassRole", "ec2:RunInstances"], f"arn:aws:iam::{number}:role/a") for number in many]
    denying = [deny("iam:PassRole", f"arn:aws:iam::*:role/b{number}") for number in many]
    wide = [f"arn:aws:iam::*:role/c{number}" for number in many]
    both = [allow("iam:PutRolePolicy", wide), allow("sts:AssumeRole", [f"{one}x" for one in wide])]
    start = time.process_time()
    assert found(document(*allowing, *denying)) == []
    assert found(document(allow("iam:PassRole", wide), allow("ec2:RunInstances"), deny("iam:PassRole", wide))) == []
    assert found(document(*both)) == []
    assert time.process_time() - start < 10
