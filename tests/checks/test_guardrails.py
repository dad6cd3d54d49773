"""What is said of denials that lock people out, and of an organisation's guardrails."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.extract import extract
from lplint.model.rule import Severity
from lplint.model.source import Source

if TYPE_CHECKING:
    from pathlib import Path

BUCKET = ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]
ROLE = "arn:aws:iam::123456789012:role/admin"
SESSION = "arn:aws:sts::123456789012:assumed-role/admin/*"


def said(rule: str, *statements: object, kind: str = "") -> list[str]:
    """What a rule underlines in a policy with these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    types = (("p.json", kind),) if kind else ()
    one = Input("p.json", Config(policy_types=types), text.encode())
    report = lint([one], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE)
    assert not report.failures
    return [finding.span.text for finding in report.findings]


def deny(action: object = "s3:*", resource: object = "*", **more: object) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def everyone(condition: object = None, action: object = "s3:*", resource: object = None) -> dict[str, Any]:
    """A denial for everyone, in the policy of a bucket if nothing else is said."""
    more = {"Condition": condition} if condition is not None else {}
    return deny(action, resource or BUCKET, Principal="*", **more)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (everyone(), True),
        (everyone({"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/a*"}}), True),
        (everyone({"ArnNotLike": {"aws:PrincipalArn": SESSION}}), True),
        (everyone(action="sqs:*", resource="arn:aws:sqs:eu-west-1:123456789012:q"), True),
        (everyone(action=["s3:PutBucket*", "s3:DeleteBucket*"]), True),
        ({**everyone(), "Action": None, "NotAction": "s3:GetObject"} | {}, True),
        (everyone({"ArnNotLike": {"aws:PrincipalArn": ROLE}}), False),
        (everyone({"ArnNotLike": {"aws:PrincipalArn": [SESSION, ROLE]}}), False),
        (everyone({"ArnNotLike": {"aws:PrincipalArn": "${role}"}}), False),
        (everyone({"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/a*"}}), False),
        (everyone({"Bool": {"aws:SecureTransport": "false"}}), False),
        (everyone(resource="arn:aws:s3:::reports/*"), False),
        (everyone(action="s3:DeleteBucket"), False),
        (everyone(action="s3:PutBucketPolicy"), False),  # the policy can still be deleted
        (deny("s3:*", BUCKET, Principal={"AWS": ROLE}), False),
    ],
)
def test_locked_out(statement: dict[str, Any], expected: bool) -> None:
    statement = {key: value for key, value in statement.items() if value is not None}
    assert said("LP550", statement) == (['"*"'] if expected else [])


def test_a_role_that_nobody_can_assume() -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    assert said("LP550", statement) == ['"*"']
    literal = {"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/a*"}}
    assert said("LP550", {**statement, "Condition": literal}) == ['"*"']
    pattern = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/a*"}}
    assert said("LP550", {**statement, "Condition": pattern}) == []
    assert said("LP550", {**statement, "Action": "sts:TagSession"}) == []


def test_outsiders_get_past_a_denial() -> None:
    for operator, expected in (
        ("ForAnyValue:StringNotLike", ["ForAnyValue"]),
        ("ForAnyValue:StringNotLikeIfExists", []),
        ("ForAllValues:StringNotLike", []),
        ("ForAnyValue:StringLike", []),
    ):
        assert said("LP608", everyone({operator: {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}})) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:ViaAWSService": "false"}}, False),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}}, False),
        ({"ForAnyValue:StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}, False),
        (None, False),
    ],
)
def test_locked_out_by_way(condition: object, expected: bool) -> None:
    assert bool(said("LP554", everyone(condition))) == expected


def key(action: object, principal: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", "Principal": principal}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([key("kms:Decrypt", {"AWS": ROLE})], ['"Action"']),
        ([key("kms:*", {"Service": "s3.amazonaws.com"}), key("kms:Decrypt", {"AWS": ROLE})], ['"Action"']),
        ([key("kms:Decrypt", {"AWS": ROLE}), key("kms:Put*", {"AWS": ROLE})], []),
        ([key("kms:Decrypt", {"AWS": ROLE}), key("kms:*", {"AWS": "${admin}"})], []),
        ([key(["kms:Decrypt", "${more}"], {"AWS": ROLE})], []),
        # What names services alone may be meant to be put into a policy.
        ([key("kms:Decrypt", {"Service": "s3.amazonaws.com"})], []),
        ([key("sqs:SendMessage", {"AWS": ROLE})], []),
    ],
)
def test_a_key_without_administrator(statements: list[object], expected: list[str]) -> None:
    assert said("LP551", *statements) == expected


def test_a_grant_is_no_key_policy() -> None:
    grant = """
resource "aws_kms_grant" "a" {
  key_id            = aws_kms_key.a.key_id
  grantee_principal = "arn:aws:iam::123456789012:role/app"
  operations        = ["Decrypt"]
}
"""
    report = lint([Input("main.tf", Config(), grant.encode())], lambda _: (ruleset.find("LP551"),))
    assert report.policies == 1
    assert report.findings == []


@pytest.mark.parametrize(
    ("exempt", "underlined", "words"),
    [
        ([ROLE], f'"{ROLE}"', "its account"),
        ([ROLE, "arn:aws:iam::123456789012:root"], f'"{ROLE}"', "its session"),
        ([ROLE, "123456789012", SESSION.replace("*", "me")], '"NotPrincipal"', "permissions boundary"),
        (["arn:aws:iam::123456789012:root"], '"NotPrincipal"', "permissions boundary"),
        ([ROLE, "${more}"], '"NotPrincipal"', "permissions boundary"),
    ],
)
def test_deny_not_principal(exempt: list[str], underlined: str, words: str) -> None:
    statement = deny("s3:*", BUCKET, NotPrincipal={"AWS": exempt})
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    (finding,) = lint([Input("p.json", Config(), text.encode())], lambda _: (ruleset.find("LP552"),)).findings
    assert finding.span.text == underlined
    assert words in finding.message


def when(operator: str, name: str, values: object, action: object = "s3:*") -> dict[str, Any]:
    return deny(action, Condition={operator: {name: values}})


@pytest.mark.parametrize(
    ("rule", "statement", "expected"),
    [
        ("LP553", when("ArnNotLike", "aws:PrincipalArn", SESSION), [f'"{SESSION}"']),
        # Beside that of the role it is needless only.
        ("LP553", when("ArnNotLike", "aws:PrincipalArn", [SESSION, ROLE]), []),
        ("LP553", when("ArnNotLike", "aws:PrincipalArn", "arn:aws:sts::123456789012:federated-user/me"), []),
        ("LP600", when("ArnNotLike", "aws:PrincipalArn", "*"), ['"*"']),
        ("LP600", when("StringNotLike", "aws:PrincipalArn", ["arn:aws:iam::*"]), ['"arn:aws:iam::*"']),
        ("LP600", when("StringNotLike", "aws:PrincipalOrgID", "o-*"), ['"o-*"']),
        ("LP600", when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"), []),
        ("LP600", when("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/${prefix}*"), []),
        ("LP600", when("ArnLike", "aws:PrincipalArn", "*"), []),
        ("LP602", when("Bool", "aws:MultiFactorAuthPresent", "false"), ['"Bool"']),
        ("LP602", when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), []),
        ("LP602", when("Bool", "aws:MultiFactorAuthPresent", "true"), []),
        ("LP603", when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"), ['"aws:SourceIp"']),
        ("LP603", when("IpAddress", "aws:SourceIp", "203.0.113.0/24"), []),
    ],
)
def test_one_condition(rule: str, statement: object, expected: list[str]) -> None:
    assert said(rule, statement) == expected


@pytest.mark.parametrize(
    ("rule", "condition", "expected"),
    [
        ("LP606", {"ArnNotLike": {"aws:PrincipalArn": ROLE}}, ['"aws:PrincipalArn"']),
        ("LP606", {"NotIpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}, ['"aws:SourceIp"']),
        (
            "LP606",
            {"ArnNotLike": {"aws:PrincipalArn": ROLE}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
            [],
        ),
        ("LP606", {"ArnNotLike": {"aws:PrincipalArn": ROLE}, "Null": {"aws:SourceAccount": "true"}}, []),
        # Only principals of the organisation are meant, and services are none.
        (
            "LP606",
            {"ArnNotLike": {"aws:PrincipalArn": ROLE}, "StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            [],
        ),
        ("LP606", {"ArnLike": {"aws:PrincipalArn": ROLE}}, []),
        (
            "LP607",
            {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
            ['"Bool"'],
        ),
        # No anonymous request has an ARN.
        (
            "LP607",
            {"ArnLike": {"aws:PrincipalArn": ROLE}, "Bool": {"aws:PrincipalIsAWSService": "false"}},
            [],
        ),
        ("LP607", {"Bool": {"aws:PrincipalIsAWSService": "true"}}, []),
    ],
)
def test_requests_of_no_account(rule: str, condition: object, expected: list[str]) -> None:
    assert said(rule, everyone(condition, resource="*"), kind="rcp") == expected


def test_conditions_that_exclude_one_another() -> None:
    absent = {"aws:SourceVpce": "true"}
    assert said("LP601", deny(Condition={"Null": absent, "StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}})) == [
        '"aws:SourceVpce"'
    ]
    # These hold together where there is no endpoint.
    for operator in ("StringEqualsIfExists", "StringNotEquals", "ForAllValues:StringEquals"):
        conditions = {"Null": absent, operator: {"aws:SourceVpce": "vpce-1a2b3c4d"}}
        assert said("LP601", deny(Condition=conditions)) == []
    service = deny(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}})
    assert said("LP601", service, kind="scp") == ['"aws:PrincipalIsAWSService"']
    assert said("LP601", {**service, "Principal": "*"}, kind="rcp") == []


def region(values: object, operator: str = "StringNotEquals", **more: object) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Resource": "*",
        "Condition": {operator: {"aws:RequestedRegion": values}},
        **(more or {"Action": "*"}),
    }


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (region("eu-west-1"), ['"*"']),
        (region(["eu-*", "ap-southeast-2"], "StringNotLike"), ['"*"']),
        (region("eu-west-1", NotAction=["iam:*", "ec2:*"]), ['"NotAction"']),
        (region("eu-west-1", NotAction=["cloudfront:*", "iam:*", "organizations:*", "route53*:*", "s*:*"]), []),
        (region(["eu-west-1", "us-east-1"]), []),
        (region(["eu-west-1", "us-*"], "StringNotLike"), []),
        (region(["eu-west-1", "${region}"]), []),
        (region("cn-north-1"), []),
        (region("<my-region>"), []),
        (region("eu-west-1", Action="ec2:*"), []),
        (region("eu-west-1", "StringEquals"), []),
        # Of requests from one VPC only, which global services are not.
        (
            deny(
                "*",
                Condition={
                    "StringEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"},
                    "StringNotEquals": {"aws:RequestedRegion": "eu-west-1"},
                },
            ),
            [],
        ),
    ],
)
def test_a_region_lock(statement: object, expected: list[str]) -> None:
    assert said("LP610", statement, kind="scp") == expected


def test_an_allow_in_an_scp() -> None:
    assert said("LP604", {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, kind="scp") == ['"Allow"']
    assert said("LP604", {"Effect": "Allow", "Action": "*", "Resource": "*"}, kind="scp") == []
    assert said("LP604", {"Effect": "Allow", "Action": ["s3:*", "${more}"], "Resource": "*"}, kind="scp") == []


LEAVING = deny("organizations:LeaveOrganization")
ALL = [
    LEAVING,
    region("us-east-1"),
    deny("cloudtrail:StopLogging"),
    deny("guardduty:Delete*"),
    deny("*", Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}),
]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("policies", "missing"),
    [
        ([[LEAVING], [region("us-east-1")]], ["root users", "CloudTrail", "GuardDuty"]),
        ([ALL[:2], ALL[2:]], []),
        ([ALL[:3], ALL[4:]], ["GuardDuty"]),
        # A denial of everything from elsewhere is not about leaving.
        ([ALL[1:], [when("StringNotEquals", "aws:SourceVpc", "vpc-1a2b3c4d", "*")]], ["leaving"]),
        # One alone may be any of several, and what is not known may be what is missing.
        ([[LEAVING]], []),
        ([[LEAVING], [deny("${denied}")]], ["root users", "regions"]),
        # The root users, but for those of an account that is being built.
        (
            [
                ALL[:4],
                [
                    deny(
                        "*",
                        Condition={
                            "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"},
                            "StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:*"},
                        },
                    )
                ],
            ],
            [],
        ),
        ([[LEAVING], [deny("${denied}", Condition="${condition}")]], []),
    ],
)
def test_a_missing_guardrail(tmp_path: Path, policies: list[list[object]], missing: list[str], jobs: int) -> None:
    inputs = []
    for number, statements in enumerate(policies):
        file = tmp_path / f"scp-{number}.json"
        file.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), "utf-8")
        inputs.append(Input(str(file), Config()))
    report = lint(
        inputs[::-1], lambda _: (ruleset.find("LP611"),), min_severity=Severity.NOTE, jobs=min(jobs, len(inputs))
    )
    assert not report.failures
    if not missing:
        assert report.findings == []
        return
    (finding,) = report.findings
    assert finding.span.source.path.endswith("scp-0.json")
    assert finding.span.text == '"Statement"'
    for words in ("leaving", "regions", "root users", "CloudTrail", "GuardDuty"):
        assert (words in finding.message) == (words in missing)


def test_a_missing_guardrail_is_told_of_what_is_linted_alone() -> None:
    texts = [json.dumps({"Version": "2012-10-17", "Statement": [LEAVING]}).encode()] * 2
    inputs = [Input(f"scp-{number}.json", Config(), text) for number, text in enumerate(texts)]
    assert lint(inputs, lambda _: (ruleset.find("LP101"),), min_severity=Severity.NOTE).findings == []


@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        ([everyone(resource="*", action=["s3:*", "sqs:*"])], "rcp"),
        ([everyone(resource="*", action="s3:PutObject")], "rcp"),
        ([everyone(action=["s3:*", "sqs:*"])], "resource"),
        ([everyone(resource="*", action="sqs:*")], "resource"),
        ([everyone(resource="*", action=["s3:*", "sqs:*"]), key("s3:*", "*")], "resource"),
        ([{"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}}], "trust"),
        ([{"Effect": "Allow", "Principal": {"AWS": ROLE}}], "resource"),
        ([{"Effect": "Allow"}], "identity"),
        ([], "identity"),
    ],
)
def test_the_kind_of_a_policy_by_what_it_says(statements: list[object], kind: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    (policy,) = extract(Source("p.json", text)).policies
    assert policy.kind.value == kind


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("rcp", everyone({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, resource="*")),
        ("scp", region("eu-west-1")),
        ("scp", when("Bool", "aws:PrincipalIsAWSService", "false")),
        ("resource", deny(NotPrincipal={"AWS": [f"{ROLE}{number}" for number in range(3000)]})),
        ("resource", deny(NotPrincipal={"AWS": [SESSION.replace("admin", f"a{n}") for n in range(3000)]})),
    ],
)
def test_a_statement_with_very_many_conditions(kind: str, statement: dict[str, Any]) -> None:
    operators = statement.get("Condition", {})
    if operators:
        # A key may come as often as somebody likes to write it.
        ((operator, (pair,)),) = ((operator, keys.items()) for operator, keys in operators.items())
        one = f"{json.dumps(pair[0])}: {json.dumps(pair[1])}"
        keys = ", ".join([one] * 4000)
        text = json.dumps({"Statement": [{**statement, "Condition": "@"}]}).replace(
            '"@"', f'{{"{operator}": {{{keys}}}}}'
        )
    else:
        text = json.dumps({"Statement": [statement]})
    names = ("LP550", "LP551", "LP552", "LP553", "LP554", *(f"LP60{n}" for n in range(9)), "LP610", "LP611")
    rules = tuple(ruleset.find(name) for name in names)
    before = time.process_time()
    report = lint([Input("p.json", Config(policy_types=(("p.json", kind),)), text.encode())], lambda _: rules)
    assert not report.failures
    assert time.process_time() - before < 5
