"""Roles that lead to stronger roles, single targets whose strength the module tells, and boundaries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lplint.model.finding import Finding

RULES = ("LP430", "LP431", "LP432", "LP433", "LP435", "LP436", "LP437", "LP438")
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def found(text: str, name: str, rules: Sequence[str] = RULES) -> list[Finding]:
    chosen = tuple(ruleset.find(rule) for rule in rules)
    report = lint([Input(name, Config(), text.encode())], lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    return list(report.findings)


def document(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal: object, **more: object) -> dict[str, object]:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


EC2: Mapping[str, object] = {"Service": "ec2.amazonaws.com"}


def role(name: str, *statements: object, trusted: object = EC2, more: str = "", managed: str = "", **by: object) -> str:
    """A role in Terraform with one inline policy, if any statements are given, and a managed one of AWS's."""
    body = (
        f"name = {json.dumps(name)}\n  assume_role_policy = {json.dumps(json.dumps(trust(trusted, **by)))}\n  {more}\n"
    )
    made = f'resource "aws_iam_role" "{name}" {{\n  {body}}}\n'
    if statements:
        policy = json.dumps(json.dumps(document(*statements)))
        made += (
            f'resource "aws_iam_role_policy" "{name}" {{\n  role = aws_iam_role.{name}.id\n  policy = {policy}\n}}\n'
        )
    if managed:
        body = f'  role = aws_iam_role.{name}.name\n  policy_arn = "{managed}"\n'
        made += f'resource "aws_iam_role_policy_attachment" "{name}" {{\n{body}}}\n'
    return made


def arn(name: str) -> str:
    return f"${{aws_iam_role.{name}.arn}}"


def said(text: str, rule: str = "LP435") -> list[str]:
    return [finding.message for finding in found(text, "main.tf") if finding.rule.id == rule]


ACCOUNT = {"AWS": "111122223333"}
ASSUMES_B = allow("sts:AssumeRole", arn("b"))
PUTS = allow("iam:PutRolePolicy")
LISTS = allow("s3:ListAllMyBuckets")


def test_a_chain_of_roles_ends_in_an_administrator() -> None:
    text = (
        role("a", ASSUMES_B)
        + role("b", allow("sts:AssumeRole", arn("c")), trusted={"AWS": arn("a")})
        + role("c", trusted={"AWS": arn("b")}, managed=ADMIN)
    )
    (finding,) = [one for one in found(text, "main.tf") if one.rule.id == "LP435"]
    assert finding.message == (
        "Role aws_iam_role.a can become a stronger role: it can assume aws_iam_role.b, which can assume "
        "aws_iam_role.c, which is an administrator."
    )
    assert finding.span.text.strip('\\"') == "sts:AssumeRole"
    assert [related.way for related in finding.related] == [1]
    # Of the last step alone another rule speaks.
    assert [one.span.start_position().line for one in found(text, "main.tf") if one.rule.id == "LP432"] == [
        text[: text.index('"aws_iam_role_policy" "b"')].count("\n") + 3
    ]


@pytest.mark.parametrize(
    ("text", "leads"),
    [
        (role("a", ASSUMES_B) + role("b", PUTS, trusted={"AWS": arn("a")}), True),
        (role("a", ASSUMES_B) + role("b", PUTS, trusted={"AWS": "arn:aws:iam::111122223333:root"}), True),
        (role("a", ASSUMES_B) + role("b", PUTS), False),  # which an instance assumes, and no role
        (role("a", ASSUMES_B) + role("b", LISTS, trusted={"AWS": arn("a")}), False),
        (role("a", PUTS, ASSUMES_B) + role("b", PUTS, trusted={"AWS": arn("a")}), False),  # strong enough by itself
        (role("a", LISTS) + role("b", PUTS, trusted={"AWS": arn("a")}), True),  # its name in the trust policy is enough
        (role("a", LISTS, {**allow("sts:*"), "Effect": "Deny"}) + role("b", PUTS, trusted={"AWS": arn("a")}), False),
        (
            role("a", ASSUMES_B)
            + role("b", PUTS, trusted={"AWS": arn("a")}, Condition={"StringEquals": {"sts:ExternalId": "x"}}),
            False,
        ),
        (
            role("a", allow("sts:AssumeRole", arn("b"), Condition={"StringEquals": {"aws:PrincipalTag/x": "y"}}))
            + role("b", PUTS, trusted={"AWS": "111122223333"}),
            False,
        ),
        # By what it runs.
        (
            role("a", allow("iam:PassRole", arn("b")), allow(["lambda:CreateFunction", "lambda:InvokeFunction"]))
            + role("b", PUTS, trusted={"Service": "lambda.amazonaws.com"}),
            True,
        ),
        (
            role("a", allow("iam:PassRole", arn("b")), allow(["lambda:CreateFunction", "lambda:InvokeFunction"]))
            + role("b", PUTS),
            False,
        ),
        # What is called after a role is none.
        (
            role("a", allow("sts:AssumeRole", "arn:aws:s3:::${aws_iam_role.b.name}"))
            + role("b", PUTS, trusted=ACCOUNT),
            False,
        ),
        # In a circle.
        (role("a", ASSUMES_B) + role("b", allow("sts:AssumeRole", arn("a")), trusted={"AWS": arn("a")}), False),
    ],
)
def test_what_leads_to_a_stronger_role(text: str, leads: bool) -> None:
    assert bool(said(text)) == leads


def test_a_role_with_more_of_the_most_dangerous_actions_is_stronger() -> None:
    dangerous = allow("organizations:DetachPolicy")
    text = role("a", ASSUMES_B) + role("b", dangerous, trusted={"AWS": arn("a")})
    (message,) = said(text)
    assert "it can assume aws_iam_role.b, which may do organizations:DetachPolicy (risk 9, " in message
    assert (
        said(
            text.replace(
                json.dumps(json.dumps(document(ASSUMES_B))), json.dumps(json.dumps(document(ASSUMES_B, dangerous)))
            )
        )
        == []
    )
    limited = {**dangerous, "Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}
    assert said(role("a", ASSUMES_B) + role("b", limited, trusted={"AWS": arn("a")})) == []


def test_a_chain_in_a_template() -> None:
    def made(trusted: object, *statements: object) -> dict[str, object]:
        properties: dict[str, object] = {"AssumeRolePolicyDocument": trust(trusted)}
        if statements:
            properties["Policies"] = [{"PolicyName": "p", "PolicyDocument": document(*statements)}]
        return {"Type": "AWS::IAM::Role", "Properties": properties}

    resources = {
        "A": made(EC2, allow("sts:AssumeRole", {"Fn::GetAtt": ["B", "Arn"]})),
        "B": made({"AWS": {"Fn::GetAtt": "A.Arn"}}, PUTS),
    }
    text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources})
    (finding,) = found(text, "t.json", ["LP435"])
    assert finding.message.startswith("Role Resources.A can become a stronger role: it can assume Resources.B, which")


def test_a_chain_of_three_hundred_roles_is_followed_five_steps() -> None:
    names = [f"r{number}" for number in range(300)]
    text = "".join(
        role(name, allow("sts:AssumeRole", arn(after)), trusted={"AWS": "111122223333"})
        for name, after in zip(names, [*names[1:], "end"], strict=True)
    )
    assert len(said(text + role("end", trusted={"AWS": "111122223333"}, managed=ADMIN))) == 5


FUNCTION = 'resource "aws_lambda_function" "f" {\n  function_name = "work"\n  role = aws_iam_role.admin.arn\n}\n'


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("${aws_lambda_function.f.arn}", ["LP432"]),
        ("arn:aws:lambda:*:*:function:work", ["LP432"]),
        ("arn:aws:lambda:*:*:function:w*", ["LP432"]),
        ("arn:aws:lambda:*:*:function:other", []),
        ("${aws_lambda_function.g.arn}", []),
    ],
)
def test_a_function_that_runs_as_an_administrator_is_a_target(resource: str, expected: list[str]) -> None:
    text = role("a", allow("lambda:UpdateFunctionCode", resource)) + role("admin", managed=ADMIN) + FUNCTION
    findings = found(text, "main.tf")
    assert [finding.rule.id for finding in findings] == expected
    words = "use lambda:UpdateFunctionCode on what runs as aws_iam_role.admin, an administrator (lambda-003)"
    assert all(words in finding.message for finding in findings)
    weak = text.replace(ADMIN, "arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert found(weak, "main.tf") == []


def test_a_policy_that_its_holder_may_rewrite_is_a_way_up() -> None:
    policy = json.dumps(json.dumps(document(allow("iam:CreatePolicyVersion", "arn:aws:iam::*:policy/mine"))))
    text = (
        f'resource "aws_iam_policy" "mine" {{\n  name = "mine"\n  policy = {policy}\n}}\n'
        + role("a")
        + 'resource "aws_iam_role_policy_attachment" "a" {\n'
        + "  role = aws_iam_role.a.name\n  policy_arn = aws_iam_policy.mine.arn\n}\n"
    )
    (finding,) = found(text, "main.tf")
    assert finding.rule.id == "LP430"
    assert "they can use iam:CreatePolicyVersion on their own policy (iam-001)" in finding.message
    assert found(text.replace('name = "mine"', 'name = "other"'), "main.tf") == []


@pytest.mark.parametrize(
    ("statements", "removable"),
    [
        ([allow("*")], True),
        ([allow("s3:*")], False),
        ([{"Effect": "Allow", "NotAction": "organizations:*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], False),
        ([allow("iam:*", "arn:aws:iam::*:role/app-*")], False),
        ([allow("*"), {**allow(["iam:*PermissionsBoundary", "iam:*Policy*"]), "Effect": "Deny"}], False),
        ([allow("*"), {**allow("iam:*PermissionsBoundary"), "Effect": "Deny"}], True),  # and rewritten
        ([allow("iam:CreatePolicyVersion", "arn:aws:iam::*:policy/bound")], True),
        ([allow("iam:CreatePolicyVersion", "arn:aws:iam::*:policy/other")], False),
        (
            [
                allow(
                    "iam:PutRolePermissionsBoundary",
                    Condition={"ArnEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/bound"}},
                )
            ],
            False,
        ),
    ],
)
def test_a_boundary_that_can_be_taken_off(statements: list[object], removable: bool) -> None:
    policy = json.dumps(json.dumps(document(*statements)))
    text = f'resource "aws_iam_policy" "b" {{\n  name = "bound"\n  policy = {policy}\n}}\n' + role(
        "a", LISTS, more="permissions_boundary = aws_iam_policy.b.arn"
    )
    assert [finding.rule.id for finding in found(text, "main.tf")] == (["LP436"] if removable else [])


def test_a_policy_that_is_its_own_boundary() -> None:
    policy = json.dumps(json.dumps(document(LISTS)))
    text = (
        f'resource "aws_iam_policy" "b" {{\n  name = "bound"\n  policy = {policy}\n}}\n'
        + role("a", more="permissions_boundary = aws_iam_policy.b.arn")
        + 'resource "aws_iam_role_policy_attachment" "a" {\n'
        + "  role = aws_iam_role.a.name\n  policy_arn = aws_iam_policy.b.arn\n}\n"
    )
    (finding,) = found(text, "main.tf")
    assert (finding.rule.id, finding.related[0].message) == ("LP437", "the policy that is both")
