"""Which tier of access policies and identities are said to give."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lplint.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def listing(path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["policies", "--format", "json", str(path), *words]) == 0
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    return made


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


OBJECTS = "arn:aws:s3:::reports/*"


@pytest.mark.parametrize(
    ("statements", "name", "because"),
    [
        ([allow(["ec2:Describe*", "s3:Get*"])], "viewer", "s3:Get"),
        ([allow("s3:GetObject", OBJECTS)], "viewer", "s3:GetObject"),
        ([allow(["s3:GetObject", "s3:PutObject"], OBJECTS)], "power-user", "s3:PutObject"),
        ([allow("s3:*")], "power-user", "s3:"),
        ([allow("*", OBJECTS)], "power-user", "s3:"),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "sts:*", "lambda:*"], "Resource": OBJECTS}], "power-user", "s3:"),
        ([allow("*")], "administrator", "everything that grants permissions"),
        ([allow("iam:*")], "administrator", "everything that grants permissions"),
        ([allow("iam:AttachRolePolicy")], "administrator", "gives itself the rest"),
        ([{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}], "none", ""),
        ([allow("s3:PutBucketPolicy", OBJECTS)], "none", ""),  # of objects it says nothing
        ([allow("s3:*", OBJECTS), {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*"}], "viewer", "s3:Get"),
    ],
)
def test_a_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], statements: list[Any], name: str, because: str
) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    tier = listing(path, capsys)["policies"][0]["tier"]
    assert (tier["name"], tier["complete"]) == (name, True)
    assert because in tier["because"]


def test_what_is_not_known_may_be_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "t.json"
    statement = allow(["s3:GetObject", {"Ref": "Action"}], {"Ref": "Bucket"})
    document = {"Version": "2012-10-17", "Statement": [statement]}
    resource = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
    path.write_text(json.dumps({"Resources": {"P": resource}}))
    tier = listing(path, capsys)["policies"][0]["tier"]
    assert (tier["name"], tier["complete"]) == ("viewer", False)
    statement["Action"] = "s3:GetObject"  # on what, does not matter
    path.write_text(json.dumps({"Resources": {"P": resource}}))
    assert listing(path, capsys)["policies"][0]["tier"]["complete"] is True


def test_a_policy_of_a_resource_and_a_trust_policy_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.json"
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert listing(path, capsys)["policies"][0]["tier"] is None


@pytest.mark.parametrize(
    ("arn", "name", "complete"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", "administrator", True),
        ("arn:aws:iam::aws:policy/PowerUserAccess", "power-user", True),
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", "power-user", True),
        ("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", "viewer", True),
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "none", False),
    ],
)
def test_an_identity_by_what_is_attached_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arn: str, name: str, complete: bool
) -> None:
    path = tmp_path / "t.json"
    group = {"Type": "AWS::IAM::Group", "Properties": {"ManagedPolicyArns": [arn]}}
    path.write_text(json.dumps({"Resources": {"G": group}}))
    (identity,) = listing(path, capsys)["identities"]
    assert (identity["tier"]["name"], identity["tier"]["complete"]) == (name, complete)


def test_two_policies_of_one_role_can_make_an_administrator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def inline(name: str, action: str) -> dict[str, Any]:
        return {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow(action)]}}

    group = {
        "Type": "AWS::IAM::Group",
        "Properties": {"Policies": [inline("a", "iam:CreateAccessKey"), inline("b", "s3:GetObject")]},
    }
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"Resources": {"G": group}}))
    found = listing(path, capsys)
    assert found["identities"][0]["tier"]["name"] == max(
        (one["tier"]["name"] for one in found["policies"]), key=["viewer", "power-user", "administrator"].index
    )


def test_explain_takes_a_file_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:PutObject", OBJECTS)]}))
    assert main(["explain", str(path)]) == 0
    assert "tier: power-user, since it allows s3:PutObject (risk 5) (1:" in capsys.readouterr().out
    assert main(["explain", "no-such-thing"]) == 2
    assert "there is no rule" in capsys.readouterr().err
