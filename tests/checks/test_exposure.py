"""Whom a resource-based policy lets in: everybody, anybody's account, a service for anybody, an account outside."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from lplint.model.finding import Finding

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:orders"


def found(text: str, *rules: str, name: str = "p.json", config: Config | None = None) -> list[Finding]:
    chosen = tuple(ruleset.find(rule) for rule in rules)
    one = Input(name, config or Config(), text.encode())
    report = lint([one], lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    return list(report.findings)


def allow(condition: object = None, principal: object = "*", action: object = "sqs:SendMessage") -> dict[str, object]:
    made = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": QUEUE}
    return {**made, **({"Condition": condition} if condition is not None else {})}


def deny(condition: object, **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": QUEUE, "Condition": condition, **more}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


ANYONE = "also without an AWS account"
ACCOUNT = "Lets anyone who has an AWS account"
SERVICE = "Lets services of AWS"


@pytest.mark.parametrize(
    ("condition", "whom"),
    [
        (None, ANYONE),
        # Who it is.
        ({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, ""),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, ACCOUNT),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, ANYONE),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, ANYONE),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}, ""),
        ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}, ANYONE),
        # Which never holds of who is in no organization.
        ({"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}, ACCOUNT),
        ({"StringEquals": {"aws:PrincipalAccount": "111122223333"}}, ""),
        ({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}, ""),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}}, ""),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/shop"}}, ACCOUNT),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}}, ""),  # half an ARN is none
        ({"StringEquals": {"aws:PrincipalTag/team": "shop"}}, ACCOUNT),
        ({"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}}, ""),
        ({"StringLike": {"aws:userid": "*:shop"}}, ACCOUNT),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, ACCOUNT),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, ACCOUNT),
        ({"Null": {"aws:PrincipalArn": "true"}}, ANYONE),
        # Where from.
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, ""),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, ""),
        ({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}}, ANYONE),
        ({"IpAddress": {"aws:SourceIp": "2000::/3"}}, ANYONE),
        ({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, ANYONE),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}, ""),
        ({"StringLike": {"aws:SourceVpce": "vpce-*"}}, ANYONE),
        ({"StringNotEquals": {"aws:SourceVpc": "vpc-1a2b3c4d"}}, ANYONE),
        # On whose behalf.
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:orders"}}, ""),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:111122223333:*"}}, ""),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, SERVICE),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:reports"}}, SERVICE),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::reports"}}, ""),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}, SERVICE),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, ""),
        # What anybody does.
        ({"Bool": {"aws:SecureTransport": "true"}}, ANYONE),
        ({"StringLike": {"aws:Referer": "https://example.com/*"}}, ANYONE),
        ({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}}, ANYONE),
        # Both must hold.
        (
            {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalAccount": "111122223333"}},
            "",
        ),
        (
            {"StringLikeIfExists": {"aws:SourceVpce": "vpce-1"}, "Null": {"aws:SourceVpce": "false"}},
            "",
        ),
    ],
)
def test_a_condition_keeps_strangers_out_or_it_does_not(condition: object, whom: str) -> None:
    findings = found(document(allow(condition)), "LP501")
    assert len(findings) == bool(whom)
    assert all(whom in finding.message for finding in findings)


@pytest.mark.parametrize("action", ["kms:Decrypt", "secretsmanager:GetSecretValue", "ecr:BatchGetImage"])
def test_a_service_that_takes_signed_requests_only_lets_in_nobody_without_an_account(action: str) -> None:
    (finding,) = found(document(allow(action=action)), "LP501")
    assert finding.message.startswith(ACCOUNT)


@pytest.mark.parametrize(
    ("condition", "public"),
    [
        (
            {"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
            False,
        ),
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, True),
    ],
)
def test_a_service_that_a_caller_comes_through_is_anybodys(condition: object, public: bool) -> None:
    assert bool(found(document(allow(condition, action="kms:Decrypt")), "LP501")) == public


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        (deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), False),
        (
            deny(
                {
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
            True,  # for a service that somebody else tells to
        ),
        (deny({"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}), False),
        # Who is in no organization is not denied.
        (deny({"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}}), True),
        (deny({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), False),
        (deny({"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), True),
        (deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}), False),
        (deny({"StringNotLike": {"aws:SourceVpce": "vpce-*"}}), True),
        (deny({"Bool": {"aws:SecureTransport": "false"}}), True),
        (deny({"Null": {"aws:SourceVpce": "true"}}), True),
        (deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, Action="sqs:Receive*"), True),
        (deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, Resource="arn:aws:sqs:*:*:other"), True),
        (deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}, Principal={"AWS": "111122223333"}), True),
    ],
)
def test_a_deny_keeps_strangers_out_or_it_does_not(statement: object, public: bool) -> None:
    assert bool(found(document(allow(), statement), "LP501")) == public


def test_a_deny_of_everybody_but_some_keeps_strangers_out() -> None:
    but = {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"}
    assert found(document(allow(), but), "LP501") == []


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (None, "Lets in everyone but those listed, also callers without an AWS account; name whom to let in."),
        (
            {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
            "Lets in everyone but those listed whom its conditions do not keep out; name whom to let in.",
        ),
    ],
)
def test_not_principal_lets_in_everyone_else(condition: object, words: str) -> None:
    statement = allow(condition)
    statement["NotPrincipal"] = {"AWS": "111122223333"}
    del statement["Principal"]
    assert [finding.message for finding in found(document(statement), "LP502")] == [words]


def test_a_policy_of_many_statements_takes_no_time() -> None:
    organizations = (f"o-{number:010}" for number in range(3000))
    denying = [deny({"StringNotEquals": {"aws:PrincipalOrgID": one}}, Resource=[QUEUE] * 20) for one in organizations]
    started = time.process_time()
    assert found(document(*[allow(action=["sqs:SendMessage"] * 20)] * 3000, *denying), "LP501") == []
    assert time.process_time() - started < 8


def test_a_deny_by_source_keeps_a_service_from_acting_for_others() -> None:
    lets = allow(principal={"Service": "sns.amazonaws.com"})
    refuses = deny({"StringNotEqualsIfExists": {"aws:SourceAccount": "111122223333"}})
    assert [finding.rule.id for finding in found(document(lets), "LP303")] == ["LP303"]
    assert found(document(lets, refuses), "LP303") == []


def test_what_is_unknown_may_keep_strangers_out() -> None:
    text = document(allow({"StringEquals": {"aws:PrincipalOrgID": "VALUE"}}))
    policy = text.replace("VALUE", "${var.organization}")
    module = f'resource "aws_sqs_queue_policy" "q" {{\n  queue_url = "q"\n  policy = {json.dumps(policy)}\n}}\n'
    assert found(module, "LP501", name="main.tf") == []


@pytest.mark.parametrize(
    ("principal", "arguments", "expected"),
    [
        ("s3.amazonaws.com", "", ["LP303"]),
        ("apigateway.amazonaws.com", "", ["LP303"]),
        ("s3.amazonaws.com", 'source_account = "111122223333"', []),
        ("s3.amazonaws.com", 'source_arn = "arn:aws:s3:::reports"', []),
        ("events.amazonaws.com", 'source_arn = "arn:aws:events:*:*:rule/*"', ["LP303"]),
        ("events.amazonaws.com", "source_arn = var.rule", []),
        ("alexa-appkit.amazon.com", "", []),
        ("*", "", ["LP501"]),
        ("*", 'principal_org_id = "o-a1b2c3d4e5"', []),
        ("*", 'source_account = "111122223333"', []),
    ],
)
def test_who_may_call_a_function(principal: str, arguments: str, expected: list[str]) -> None:
    text = (
        'resource "aws_lambda_permission" "p" {\n  action = "lambda:InvokeFunction"\n  function_name = "f"\n'
        f'  principal = "{principal}"\n  {arguments}\n}}\n'
    )
    assert [finding.rule.id for finding in found(text, "LP303", "LP501", name="main.tf")] == expected


@pytest.mark.parametrize(
    ("kind", "whom"), [("NONE", "also without an AWS account"), ("AWS_IAM", "who has an AWS account")]
)
def test_the_address_of_a_function_is_as_open_as_its_permission(kind: str, whom: str) -> None:
    text = (
        'resource "aws_lambda_permission" "p" {\n  action = "lambda:InvokeFunctionUrl"\n  function_name = "f"\n'
        f'  principal = "*"\n  function_url_auth_type = "{kind}"\n}}\n'
    )
    (finding,) = found(text, "LP501", name="main.tf")
    assert whom in finding.message


@pytest.mark.parametrize(("kind", "public"), [("NONE", True), ("AWS_IAM", False)])
def test_a_function_url_without_authorization_is_open_of_its_own_accord(kind: str, public: bool) -> None:
    text = f'resource "aws_lambda_function_url" "u" {{\n  function_name = "f"\n  authorization_type = "{kind}"\n}}\n'
    findings = found(text, "LP501", name="main.tf")
    assert [finding.span.text for finding in findings] == (['"NONE"'] if public else [])


ROLE = {"AWS": "arn:aws:iam::444455556666:role/reader"}
ZONE = Config(trusted_accounts=("111122223333",), organization="o-mine000000")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (allow(principal=ROLE), ["Lets in account 444455556666, which"]),
        (allow(principal={"AWS": "464622532012"}), ["Lets in account 464622532012 (Datadog), which"]),
        (allow(principal={"AWS": "127311923021"}), []),  # a load balancer writes its logs by it
        (allow(principal={"AWS": "111122223333"}), []),
        (allow({"StringEquals": {"aws:PrincipalOrgID": "o-mine000000"}}, ROLE), []),
        (allow({"StringEquals": {"aws:PrincipalOrgID": "o-other00000"}}), ["Lets in organization o-other00000, and"]),
        (allow({"StringEquals": {"aws:PrincipalAccount": "444455556666"}}), ["Lets in account 444455556666, which"]),
        (allow({"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}, {"AWS": "111122223333"}), []),
        (allow(principal={"Service": "s3.amazonaws.com"}), []),
    ],
)
def test_the_zone_of_trust(statement: object, said: list[str]) -> None:
    findings = found(document(statement), "LP503", config=ZONE)
    assert [finding.message[: len(words)] for finding, words in zip(findings, said, strict=True)] == said
    assert found(document(statement), "LP503") == []


def test_a_zone_without_accounts_judges_none() -> None:
    config = Config(organization="o-mine000000")
    assert found(document(allow(principal=ROLE)), "LP503", config=config) == []


@pytest.mark.parametrize(
    ("principal", "condition", "told"),
    [
        ("arn:aws:iam::464622532012:root", None, True),
        ("arn:aws:iam::464622532012:role/DatadogAgent", None, True),
        ("464622532012", {"StringEquals": {"sts:ExternalId": "x"}}, False),
        ("464622532012", {"StringLike": {"sts:ExternalId": "*"}}, True),
        ("464622532012", {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, True),
        ("111122223333", None, False),
        ("127311923021", None, False),
    ],
)
def test_a_company_has_to_show_for_whom_it_comes(principal: str, condition: object, told: bool) -> None:
    statement = {**allow(condition, {"AWS": principal}, "sts:AssumeRole")}
    del statement["Resource"]
    assert bool(found(document(statement), "LP507")) == told
    trusting = Config(trusted_accounts=("464622532012",))
    assert found(document(statement), "LP504", "LP507", config=trusting) == []


def test_an_account_of_ones_own_needs_no_external_id() -> None:
    statement = {**allow(principal={"AWS": "arn:aws:iam::111122223333:root"}, action="sts:AssumeRole")}
    del statement["Resource"]
    assert [finding.rule.id for finding in found(document(statement), "LP520", "LP507")] == ["LP520"]
    assert found(document(statement), "LP520", "LP507", config=ZONE) == []
