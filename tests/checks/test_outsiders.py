"""Whom from outside a trust policy lets in."""

from __future__ import annotations

import json

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

EKS = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


def said(rule: str, principal: object, condition: object = None) -> list[str]:
    """What a rule underlines of a trust policy."""
    federated = isinstance(principal, dict) and "Federated" in principal
    action = "sts:AssumeRoleWithWebIdentity" if federated else "sts:AssumeRole"
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition is not None:
        statement["Condition"] = condition
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    report = lint(
        [Input("p.json", Config(), text.encode())], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE
    )
    assert not report.failures
    return [finding.span.text for finding in report.findings]


ROOT = "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        (ROOT, None, [f'"{ROOT}"']),
        ("123456789012", None, ['"123456789012"']),
        (ROOT, {"StringEquals": {"sts:ExternalId": ""}}, [f'"{ROOT}"']),
        (ROOT, {"StringLike": {"sts:ExternalId": "*"}}, [f'"{ROOT}"']),
        (ROOT, {"StringEqualsIfExists": {"sts:ExternalId": "x"}}, [f'"{ROOT}"']),
        (ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, [f'"{ROOT}"']),
        (ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, []),
        (ROOT, {"StringEquals": {"sts:ExternalId": "x"}}, []),
        (ROOT, {"StringEquals": {"sts:ExternalId": "${var.id}"}}, []),
        (ROOT, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/ci"}}, []),
        (ROOT, "${condition}", []),
        ("arn:aws:iam::${AWS::AccountId}:root", None, []),
        ("arn:aws:iam::123456789012:role/ci", None, []),
    ],
)
def test_a_whole_account(principal: str, condition: object, expected: list[str]) -> None:
    assert said("LP520", {"AWS": principal}, condition) == expected


@pytest.mark.parametrize(
    ("host", "condition", "expected"),
    [
        ("gitlab.com", {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}}, "provider"),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*"}}, '"project_path:*"'),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*/app:*"}}, '"project_path:*/app:*"'),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:me/*"}}, None),
        # Tokens carry their subject; of IfExists LP527 speaks.
        ("gitlab.com", {"StringEqualsIfExists": {"gitlab.com:sub": "project_path:me/a"}}, None),
        ("gitlab.com", {"StringNotEquals": {"gitlab.com:sub": "project_path:me/a"}}, "provider"),
        # Of one without any claim LP304 speaks.
        ("accounts.google.com", None, None),
        ("accounts.google.com", {"StringEquals": {"accounts.google.com:email": "a"}}, "provider"),
        ("accounts.google.com", {"StringEquals": {"accounts.google.com:aud": "1"}}, None),
        ("cognito-identity.amazonaws.com", {"StringLike": {"cognito-identity.amazonaws.com:amr": "a"}}, "provider"),
        (EKS, {"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}, "provider"),
        (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:*"}}, '"system:serviceaccount:*"'),
        (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:apps:*"}}, None),
        (EKS, {"StringEquals": {"${oidc}:sub": "system:serviceaccount:apps:a"}}, None),
        ("accounts.google.com", {"StringEquals": {"gitlab.com:sub": "a"}}, None),
        ("login.example.com", None, None),
    ],
)
def test_a_provider(host: str, condition: object, expected: str | None) -> None:
    principal = f"arn:aws:iam::123456789012:oidc-provider/{host}"
    if host in ("accounts.google.com", "cognito-identity.amazonaws.com"):
        principal = host
    wanted = [] if expected is None else [f'"{principal}"' if expected == "provider" else expected]
    assert said("LP521", {"Federated": principal}, condition) == wanted
