"""What the rules of wildcards, conditions and dangerous actions say beyond their examples, and where not."""

from __future__ import annotations

import json

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity


def said(rule: str, *statements: object, path: str = "p.json") -> list[tuple[str, str]]:
    """What a rule underlines and says of a policy with these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    report = lint([Input(path, Config(), text.encode())], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE)
    assert not report.failures
    return [(finding.span.text, finding.message) for finding in report.findings]


def allow(action: object, resource: object = "*", condition: object = None) -> object:
    made = {"Effect": "Allow", "Action": action, "Resource": resource}
    return made if condition is None else {**made, "Condition": condition}


DENY_DELETE = {"Effect": "Deny", "Action": ["s3:Delete*", "s3:Put*"], "Resource": "*"}


# Wildcards


@pytest.mark.parametrize(
    ("action", "resource", "riskiest"),
    [
        ("iam:*Policy*", "*", "iam:AttachGroupPolicy"),
        ("ec2:Delete*", "*", "ec2:DeleteFlowLogs"),
        ("s3:PutObject*", "arn:aws:s3:::b/*", "s3:PutObjectLegalHold"),
        ("s3:?ut*", "arn:aws:s3:::b", "s3:PutBucketPolicy"),
    ],
)
def test_a_wildcard_is_told_by_the_riskiest_that_it_covers_there(action: str, resource: str, riskiest: str) -> None:
    ((underlined, words),) = said("wildcard-verb", allow(action, resource))
    assert underlined == f'"{action}"'
    assert f"dangerous: {riskiest} (risk " in words


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ec2:Describe*", "*"),
        ("iam:Get*", "*"),
        ("s3:GetObject*", "arn:aws:s3:::b/*"),
        ("kms:ReEncrypt*", "*"),
        ("kms:GenerateDataKey*", "*"),
        ("logs:Create*", "*"),
        ("lambda:UpdateFunctionCod?", "*"),  # it stands for one action
        ("s3:PutBucket*", "arn:aws:s3:::b/*"),  # and acts on none of these
        ("s3:*", "*"),  # wildcard-service speaks of it
    ],
)
def test_a_wildcard_that_reads_or_does_no_harm_is_left_in_peace(action: str, resource: str) -> None:
    assert said("wildcard-verb", allow(action, resource)) == []


def test_what_is_denied_is_not_covered() -> None:
    assert said("wildcard-verb", allow("s3:Put*", "arn:aws:s3:::b/*"), DENY_DELETE) == []
    assert said("wildcard-resource", allow("s3:PutObject"), DENY_DELETE) == []
    assert said("unlimited-data-destruction", allow("s3:DeleteObject"), DENY_DELETE) == []
    conditional = {**DENY_DELETE, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    assert said("unlimited-data-destruction", allow("s3:DeleteObject"), conditional)


@pytest.mark.parametrize("star", ["*", "**", "arn:*", "arn:*:*", "arn:aws:*", "arn:aws:*:*:*:*", "?*"])
def test_every_way_to_write_every_resource(star: str) -> None:
    assert [text for text, _ in said("wildcard-resource", allow("dynamodb:DeleteTable", star))] == [f'"{star}"']


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::*"),
        ("s3:PutObject", "arn:aws:s3:::*/*"),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:*:*:table/*"),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/*"),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:${region}:${account}:table/*"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
    ],
)
def test_everything_of_a_type(action: str, resource: str) -> None:
    assert [text for text, _ in said("every-resource-of-type", allow(action, resource))] == [f'"{resource}"']


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", "arn:aws:s3:::b/*"),
        ("s3:PutObject", "arn:aws:s3:::${bucket}/*"),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:*:*:table/orders*"),
        ("logs:DeleteLogStream", "arn:aws:logs:*:*:log-group:orders:*"),
        ("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*"),  # which image, subnet and so on is told elsewhere
        ("dynamodb:DescribeTable", "arn:aws:dynamodb:*:*:table/*"),
    ],
)
def test_less_than_everything_of_a_type(action: str, resource: str) -> None:
    assert said("every-resource-of-type", allow(action, resource)) == []


def test_what_not_action_leaves_is_named() -> None:
    ((_, words),) = said("allow-not-action", {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"})
    assert "organizations:DeleteOrganization (risk 10)" in words
    assert "iam:" not in words
    only_reads = {
        "Effect": "Allow",
        "NotAction": ["xray:Put*"],
        "Resource": "arn:aws:xray:eu-west-1:123456789012:group/a",
    }
    assert said("allow-not-action", only_reads) == []


# Conditions


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ({"StringLike": {"iam:PermissionsBoundary": "*"}}, 'it is compared with "*", which every value matches'),
        (
            {"ArnLike": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/*"}},
            'it is compared with "arn:aws:iam::*:policy/*", which every value matches',
        ),
        (
            {"StringEqualsIfExists": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}},
            "it is compared with IfExists, which holds where the request does not send it",
        ),
        ({"Null": {"iam:PermissionsBoundary": "false"}}, "it is only asked to be there, whatever its value is"),
        (
            {"ForAllValues:StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}},
            "it is compared with ForAllValues, which holds where the request does not send it",
        ),
        (
            {"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}},
            "it is compared with StringNotEquals, which holds where the request does not send it",
        ),
    ],
)
def test_a_condition_that_restricts_nothing_is_missing_and_the_message_says_why(condition: object, why: str) -> None:
    ((_, words),) = said("creation-without-boundary", allow("iam:CreateRole", "arn:aws:iam::*:role/a", condition))
    assert words.endswith(f"The condition on iam:PermissionsBoundary restricts nothing: {why}.")


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"}},
        {"StringEquals": {"iam:PermissionsBoundary": "${boundary}"}},
        {"StringLike": {"${key}": "*"}},
        {"Fn::If": ["a", "b", "c"]},
        {
            "ForAllValues:StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::123456789012:policy/b"},
            "Null": {"iam:PermissionsBoundary": "false"},
        },
    ],
)
def test_a_condition_that_restricts_or_may(condition: object) -> None:
    assert said("creation-without-boundary", allow("iam:CreateRole", "arn:aws:iam::*:role/a", condition)) == []


def test_a_condition_of_the_wrong_sense_is_missing() -> None:
    false = {"Bool": {"kms:GrantIsForAWSResource": "false"}}
    assert said("grant-to-anyone", allow("kms:CreateGrant", "*", false))
    assert said("grant-to-anyone", allow("kms:CreateGrant", "*", {"Bool": {"kms:GrantIsForAWSResource": "true"}})) == []
    # AWS's own statement for those who manage a key says kms:Create*.
    assert said("grant-to-anyone", allow("kms:Create*")) == []


def test_passing_any_role_under_a_condition_that_every_service_meets() -> None:
    anyone = {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}
    ((_, words),) = said("pass-role-any-role", allow("iam:PassRole", "*", anyone))
    assert 'compared with "*.amazonaws.com"' in words


S3 = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}


@pytest.mark.parametrize(
    ("statements", "told"),
    [
        ([S3], True),
        ([{**S3, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], False),
        ([S3, {**S3, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], True),
        ([S3, {**S3, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], False),
        ([S3, {**S3, "Effect": "Deny", "Condition": {"BoolIfExists": {"aws:SecureTransport": False}}}], False),
        ([S3, {**S3, "Effect": "Deny", "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}], False),
        ([S3, {**S3, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], True),
        ([S3, {**S3, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "${tls}"}}}], False),
        ([S3, {"Fn::If": ["a", "b", "c"]}], False),
    ],
)
def test_a_bucket_policy_without_tls(statements: list[object], told: bool) -> None:
    assert bool(said("bucket-without-tls", *statements)) == told


# Dangerous actions


def test_one_finding_for_each_statement_and_category() -> None:
    actions = ["s3:DeleteBucket", "kms:ScheduleKeyDeletion", "dynamodb:DeleteTable", "rds:DeleteDBInstance"]
    ((underlined, words),) = said("unlimited-data-destruction", allow(actions))
    assert underlined == '"kms:ScheduleKeyDeletion"'
    assert words.endswith("and 1 more.")
    assert "kms:ScheduleKeyDeletion (risk 9, frequency 1, rare and dangerous)" in words


@pytest.mark.parametrize("action", ["s3:GetObject", "dynamodb:Scan", "sqs:ReceiveMessage", "s3:Get*"])
def test_reading_at_scale(action: str) -> None:
    assert said("unlimited-data-access", allow(action))
    assert said("unlimited-data-access", allow(action, "arn:aws:s3:::b/*")) == []


@pytest.mark.parametrize(
    ("rule", "action", "resource", "condition"),
    [
        ("LP402", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:orders-*", None),
        ("LP402", "secretsmanager:GetSecretValue", "*", {"StringEquals": {"aws:ResourceTag/team": "a"}}),
        ("LP402", "secretsmanager:GetSecretValue", "*", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        ("LP402", "secretsmanager:GetSecretValue", "${arn}", None),
        ("LP402", "${action}", "*", None),
        ("LP404", "*", "*", None),
        ("LP401", "iam:*", "*", None),
        ("LP401", "iam:PassRole", "*", None),
    ],
)
def test_what_is_limited_or_told_elsewhere_is_not_told(
    rule: str, action: str, resource: str, condition: object
) -> None:
    assert said(rule, allow(action, resource, condition)) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        {"StringLike": {"aws:RequestTag/team": "*"}},
        {"Bool": {"aws:SecureTransport": "true"}},
    ],
)
def test_a_condition_that_nearly_every_request_meets_limits_nothing(condition: object) -> None:
    assert said("LP402", allow("secretsmanager:GetSecretValue", "*", condition))


def test_an_administrator_gets_no_list_of_all_that_follows() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    report = lint([Input("p.json", Config(), text.encode())], lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert sorted(finding.rule.id for finding in report.findings) == ["LP201", "LP206"]


def test_a_name_that_lies() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:DeleteObject", "arn:aws:s3:::b/a/*")]})

    def told(path: str) -> list[str]:
        report = lint([Input(path, Config(), text.encode())], lambda _: (ruleset.find("LP420"),))
        return [finding.span.text for finding in report.findings]

    assert told("ReportsReadOnly.json") == ['"s3:DeleteObject"']
    for path in ("reports.json", "NotReadOnly.json", "previewers.json", "readonly/reports.json"):
        assert told(path) == []


def test_a_role_is_passed_by_an_arn_of_roles_only() -> None:
    both = ["arn:aws:s3:::*", "arn:aws:iam::123456789012:role/app-*"]
    assert said("pass-role-any-service", allow(["iam:PassRole", "s3:GetObject"], both[0])) == []
    ((_, words),) = said("pass-role-any-service", allow(["iam:PassRole", "s3:GetObject"], both))
    assert "pass arn:aws:iam::123456789012:role/app-* to any service" in words


def test_a_tag_that_must_be_there_limits_the_resources() -> None:
    tagged = {"Null": {"aws:ResourceTag/cluster": "false"}}
    assert said("wildcard-resource", allow("ec2:TerminateInstances", "*", tagged)) == []
    any_value = {"StringLike": {"aws:ResourceTag/cluster": "*"}}
    assert said("wildcard-resource", allow("ec2:TerminateInstances", "*", any_value)) == []
    untagged = {"Null": {"aws:ResourceTag/cluster": "true"}}
    assert said("wildcard-resource", allow("ec2:TerminateInstances", "*", untagged))


def test_metrics_that_are_in_no_dataset_want_the_star() -> None:
    assert said("free-wildcard-resource", allow("cloudwatch:PutMetricData")) == []


def test_a_service_of_several_is_called_by_its_name() -> None:
    ((_, words),) = said("unlimited-service", allow("cloudformation:*"))
    assert "actions of AWS CloudFormation" in words


# Regions, accounts and tags


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("arn:aws:dynamodb:*:123456789012:table/orders", "every region"),
        ("arn:aws:dynamodb:eu-west-1:*:table/orders", "every account"),
        ("arn:aws:dynamodb:*:*:table/orders", "every region and every account"),
        ("arn:aws:dynamodb:*:*:table/orders-*", "every region and every account"),
    ],
)
def test_a_star_for_the_region_or_account(resource: str, told: str) -> None:
    ((_, words),) = said("every-region-or-account", allow("dynamodb:DeleteTable", resource))
    assert f"in {told}; write the" in words


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:*:*:table/*"),  # every-resource-of-type speaks of it
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-*:123456789012:table/orders"),
        ("elasticloadbalancing:DeleteListener", "arn:aws:elasticloadbalancing:*:*:listener/net/*/*/*"),
        ("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"),
        ("iam:DeleteUser", "arn:aws:iam::*:user/ci"),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:${region}:123456789012:table/orders"),
        ("dynamodb:DescribeTable", "arn:aws:dynamodb:*:*:table/orders"),
        ("s3:PutObject", "arn:aws:s3:::reports/*"),
        ("s3:PutObject", "arn:aws:dynamodb:*:*:table/orders"),
    ],
)
def test_a_region_and_account_that_do_not_matter(action: str, resource: str) -> None:
    assert said("every-region-or-account", allow(action, resource)) == []


def test_several_stars_of_a_statement_are_told_once() -> None:
    arns = [f"arn:aws:dynamodb:*:*:table/{name}" for name in ("orders", "carts", "users")]
    ((underlined, words),) = said("every-region-or-account", allow("dynamodb:DeleteTable", arns))
    assert underlined == f'"{arns[0]}"'
    assert "and so do 2 more of this statement" in words


TAGGED = {"StringEquals": {"aws:ResourceTag/team": "orders"}}
BY_TAG = allow("ec2:TerminateInstances", "*", TAGGED)


@pytest.mark.parametrize("resource", ["*", "arn:aws:ec2:*:*:instance/*"])
def test_a_tag_that_its_holder_can_set_keeps_nobody_out(resource: str) -> None:
    ((_, words),) = said("tags-that-decide-can-be-set", BY_TAG, allow("ec2:CreateTags", resource))
    assert "ec2:CreateTags, and aws:ResourceTag/team decides" in words


@pytest.mark.parametrize(
    "tagging",
    [
        allow("ec2:CreateTags", "*", {"StringEquals": {"ec2:CreateAction": "RunInstances"}}),
        allow("ec2:CreateTags", "*", TAGGED),
        allow("ec2:CreateTags", "*", {"ForAllValues:StringEquals": {"aws:TagKeys": ["name"]}}),
        allow("ec2:CreateTags", "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abcd1234"),
        allow("ec2:DeleteTags"),
        allow("rds:AddTagsToResource"),  # of another service than the tag decides about
        allow("ec2:*"),
    ],
)
def test_a_tag_that_cannot_be_set_at_will(tagging: object) -> None:
    assert said("tags-that-decide-can-be-set", BY_TAG, tagging) == []


def test_roles_of_aws_take_no_policies() -> None:
    roles = "arn:aws:iam::*:role/aws-service-role/fsx.amazonaws.com/*"
    assert said("attach-any-policy", allow("iam:AttachRolePolicy", roles)) == []
    anything = {"ArnLike": {"iam:PolicyARN": "*"}}
    ((_, words),) = said("attach-any-policy", allow("iam:AttachRolePolicy", "arn:aws:iam::*:role/x-*", anything))
    assert "restricts nothing" in words


def test_the_policy_of_an_endpoint_and_of_an_unknown_principal_may_name_a_whole_service() -> None:
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "ec2:*", "Resource": "*"}
    assert said("wildcard-service", everyone, path="vpc-endpoint-policies/ec2.json") == []
    account = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    key = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    assert said("wildcard-service", key, path="key-policy.json") == []
    somebody = {"AWS": "arn:aws:iam::123456789012:role/a"}
    assert said("wildcard-service", {**key, "Principal": somebody}, path="key-policy.json")
