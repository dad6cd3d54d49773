"""Every check of IAM Access Analyzer has a rule, or a reason why it has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

ROOT = Path(__file__).resolve().parents[2]
CHECKS = json.loads((ROOT / "rules" / "access-analyzer.json").read_text("utf-8"))
PUBLISHED = ROOT.parent / "shared" / "data" / "access_analyzer_checks.json"


def test_every_code_has_a_rule_or_a_reason() -> None:
    answered = {code for rule in ruleset.rules() for code in rule.access_analyzer}
    assert len(CHECKS["checks"]) == 160
    assert answered | set(CHECKS["undecided"]) == set(CHECKS["checks"])
    assert answered.isdisjoint(CHECKS["undecided"])
    assert all(len(reason.split()) > 8 for reason in CHECKS["undecided"].values())


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="AWS's list is not beside the checkout")
def test_the_codes_are_those_that_aws_documents() -> None:
    assert {one["code"] for one in json.loads(PUBLISHED.read_text("utf-8"))} == set(CHECKS["checks"])


def test_an_error_of_aws_is_an_error_or_says_why_not() -> None:
    """What AWS calls an error is one here too. Of one code's facts the catalogue may not know all."""
    by_code: dict[str, set[str]] = {}
    for rule in ruleset.rules():
        for code in rule.access_analyzer:
            by_code.setdefault(code, set()).add(rule.severity.label)
    errors = {code for code, (kind, _) in CHECKS["checks"].items() if kind == "error" and code in by_code}
    assert {code for code in errors if "error" not in by_code[code]} == {
        "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
    }
    suggestions = {code for code, (kind, _) in CHECKS["checks"].items() if kind == "suggestion" and code in by_code}
    assert {code for code in suggestions if by_code[code] - {"note"}} == {
        "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "CONFIRM_AUDIENCE_CLAIM_TYPE",
    }


def policy(**members: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", **members}


GITHUB = {
    "Effect": "Allow",
    "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo-org/octo-repo:ref:refs/heads/main"},
        "ForAnyValue:StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
    },
}


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        (
            "WILDCARD_WITHOUT_LIKE_OPERATOR",
            policy(Condition={"StringEquals": {"aws:PrincipalTag/department": "dev*"}}),
        ),
        ("INVALID_SERVICE_IN_ACTION", policy(Action="codestar2:DescribeProject", Resource="*")),
        (
            "MISSING_TAG_KEY_IN_CONDITION",
            policy(Action="ec2:StartInstances", Condition={"StringEquals": {"aws:ResourceTag/": "web"}}),
        ),
        ("TYPE_MISMATCH_BOOLEAN", policy(Condition={"Bool": {"aws:SecureTransport": "yes"}})),
        (
            "CREATE_SLR_WITH_NOT_RESOURCE",
            {
                "Effect": "Allow",
                "Action": "iam:CreateServiceLinkedRole",
                "NotResource": "arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*",
            },
        ),
        (
            "REDUNDANT_CONDITION_VALUE_NUM",
            policy(
                Action="s3:ListBucket",
                Resource="arn:aws:s3:::reports",
                Condition={"NumericLessThanEquals": {"s3:max-keys": ["10", "5"]}},
            ),
        ),
        ("INVALID_SERVICE", policy(Resource="arn:aws:s33:::reports/*")),
        (
            "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
            {
                "Effect": "Deny",
                "NotAction": "s3:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/department": "dev"}},
            },
        ),
        ("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", GITHUB),
        ("EMPTY_ARRAY_CONDITION_FORANYVALUE", policy(Condition={"ForAnyValue:StringEquals": {"aws:TagKeys": []}})),
    ],
)
def test_ten_codes_drawn_at_random_are_said_of_such_a_policy_at_their_level(code: str, statement: object) -> None:
    """`random.Random(5).sample(sorted(codes), 10)`. A warning of AWS's may be an error here, by what follows."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    report = lint([Input("p.json", Config(), text.encode())], lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    levels = {one.severity for one in report.findings if code in one.rule.access_analyzer}
    kind = CHECKS["checks"][code][0]
    expected = {
        "error": {Severity.ERROR},
        "warning": {Severity.WARNING, Severity.ERROR},
        "security warning": {Severity.WARNING, Severity.ERROR},
        "suggestion": {Severity.NOTE},
    }
    assert levels
    assert levels <= expected[kind]
