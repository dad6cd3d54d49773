"""What the rules of validity and hygiene say beyond their examples, and where they keep silent."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from lplint import ruleset
from lplint.aws import catalog
from lplint.checks import CHECKS, IDENTITY_CHECKS
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.extract import extract
from lplint.model.rule import Severity
from lplint.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.finding import Problem
    from lplint.model.policy import Identity


def report_of(rule: str, document: object, kind: str = "", path: str = "p.json") -> list[tuple[str, str, list[str]]]:
    """What a rule underlines and says of a document, and what it names as related."""
    types = ((path, kind),) if kind else ()
    text = document if isinstance(document, str) else json.dumps(document)
    one = Input(path, Config(policy_types=types), text.encode())
    report = lint([one], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE)
    assert not report.failures
    return [(one.span.text, one.message, [related.span.text for related in one.related]) for one in report.findings]


def said(rule: str, *statements: object, kind: str = "", **members: object) -> list[str]:
    """What a rule underlines in a policy with these statements."""
    policy = {"Version": "2012-10-17", "Statement": list(statements), **members}
    return [text for text, _, _ in report_of(rule, policy, kind)]


def allow(
    action: object = "s3:GetObject", resource: object = "arn:aws:s3:::reports/*", **more: object
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def when(operator: str, key: str, values: object, action: object = "s3:GetObject") -> dict[str, Any]:
    return allow(action, Condition={operator: {key: values}})


def let(principal: object, action: object = "s3:GetObject", **more: object) -> dict[str, Any]:
    return {**allow(action), "Principal": principal, **more}


def trust(principal: object, action: object = "sts:AssumeRole", **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


# Not every service sends the key. Source: AWS IAM User Guide, "IAM and AWS STS condition context keys".
PASSED = {"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}


@pytest.mark.parametrize(
    ("rule", "statement", "underlined"),
    [
        ("LP111", {**allow(), "StringEquals": {}}, ['"StringEquals"']),
        ("LP111", {**allow(), "Fn::If": ["a", {}, {}]}, []),
        ("LP112", allow({"a": 1, "b": 2}), ['{"a": 1, "b": 2}']),
        ("LP112", allow(["s3:GetObject", ["s3:PutObject"]]), ['["s3:PutObject"]']),
        ("LP112", allow({"Fn::Sub": "s3:${x}"}), []),
        ("LP112", allow({"Ref": "Action"}), []),
        ("LP112", allow(Condition="yes"), ['"yes"']),
        ("LP112", allow(Condition={"Bool": "yes"}), ['"yes"']),
        ("LP112", when("Bool", "aws:SecureTransport", True), []),
        ("LP112", when("NumericEquals", "s3:max-keys", [1, "2"]), ['"2"']),
        ("LP113", allow(NotResource=[]), ['"NotResource"']),
        ("LP114", allow(Sid="A${x}B"), []),
        ("LP114", allow(Sid=""), []),
        ("LP117", allow(resource="arn:aws:s3:::a/${}/b"), ["${}"]),
        ("LP117", allow(resource="arn:aws:s3:::a/${aws:PrincipalTag/cost center}"), []),
        ("LP117", allow(resource="arn:aws:s3:::a/${var.x}/${*}"), []),
        ("LP118", allow("s3:${aws:username}"), ["${aws:username}"]),
        ("LP118", allow("s3:${action}"), []),
        ("LP701", allow(Sid=""), ['""']),
        ("LP701", allow([], "*"), ["[]"]),
        ("LP701", let({"AWS": []}), ["[]"]),
    ],
)
def test_grammar(rule: str, statement: object, underlined: list[str]) -> None:
    assert said(rule, statement) == underlined


def test_elements_of_a_policy() -> None:
    assert said("LP111", allow(), Sid="x") == ['"Sid"']
    assert said("LP111", allow(), Id="x") == []
    # Without a Version it may be the configuration of another tool.
    assert report_of("LP111", {"Statement": [allow()], "name": "x"}) == []


def test_a_policy_without_statements() -> None:
    assert said("LP112", "s3:GetObject", allow()) == ['"s3:GetObject"']


def test_statements_that_exclude_one_another_may_share_a_sid() -> None:
    both = [allow(Sid="Read"), allow("s3:PutObject", Sid="Read")]

    def template(statements: list[object]) -> object:
        document = {"Version": "2012-10-17", "Statement": statements}
        return {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}}}

    assert report_of("LP115", template([{"Fn::If": ["Prod", *both]}])) == []
    assert [text for text, _, _ in report_of("LP115", template([*both]))] == ['"Read"']


@pytest.mark.parametrize(
    ("rule", "kind", "statement", "underlined"),
    [
        ("LP120", "identity", let("*"), ['"Principal"']),
        ("LP120", "scp", {**let("*"), "Effect": "Deny"}, ['"Principal"']),
        ("LP120", "trust", trust({"AWS": "123456789012"}, NotResource="*"), ['"NotResource"']),
        (
            "LP120",
            "rcp",
            {"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*"},
            ['"NotPrincipal"'],
        ),
        ("LP120", "resource", let("*"), []),
        ("LP121", "rcp", {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, []),
        ("LP121", "rcp", {"Effect": "Deny", "Principal": "*", "Action": "iam:*", "Resource": "*"}, ["iam"]),
        ("LP121", "rcp", {"Effect": "Deny", "Principal": "${who}", "Action": "s3:*", "Resource": "*"}, []),
        ("LP163", "resource:kms", let("*", ["kms:Decrypt", "s3:GetObject"]), ["s3"]),
        ("LP163", "resource:execute-api", let("*", "s3:GetObject"), []),
        ("LP164", "resource:sqs", let("*", "sqs:SendMessage"), ["s3"]),
    ],
)
def test_what_a_kind_of_policy_may_hold(rule: str, kind: str, statement: object, underlined: list[str]) -> None:
    assert said(rule, statement, kind=kind) == underlined


ROLE = "arn:aws:iam::123456789012:role/app"
GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
WEB = "sts:AssumeRoleWithWebIdentity"


@pytest.mark.parametrize(
    ("rule", "statement", "underlined"),
    [
        ("LP123", let("arn:aws:iam::123456789012:root"), ['"arn:aws:iam::123456789012:root"']),
        ("LP123", let(["*"]), ['["*"]']),
        ("LP123", let({"AWS": "12345"}), ['"12345"']),
        ("LP123", let({"aws": ROLE}), ['"aws"']),
        ("LP123", let({"AWS": [ROLE, "arn:aws:sts::123456789012:assumed-role/app/x", "*", "123456789012"]}), []),
        ("LP123", let({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}), []),
        ("LP123", let({"AWS": 123456789012}), []),
        ("LP123", let({"AWS": ["arn:aws:iam::${account}:role/x", "##ACCOUNT##", {"Ref": "Role"}]}), []),
        ("LP124", let({"AWS": "arn:aws:iam::*:root"}), ["*"]),
        ("LP124", let({"AWS": "arn:aws:iam::${account}:role/x-*"}), ["*"]),
        ("LP124", let({"AWS": "*"}), []),
        ("LP124", trust({"AWS": "*"}), []),
        ("LP125", let({"AWS": "AIDAEXAMPLEEXAMPLE123"}), ['"AIDAEXAMPLEEXAMPLE123"']),
        ("LP126", trust({"Service": "EC2.amazonaws.com"}), ['"EC2.amazonaws.com"']),
        ("LP126", trust({"Service": ["new-service.amazonaws.com", "ec2.amazonaws.com.cn", "${s}.amazonaws.com"]}), []),
        ("LP126", when("StringLike", "kms:ViaService", "s3.*.amazonaws.com", "kms:Decrypt"), []),
        ("LP126", when("Null", "kms:ViaService", "true", "kms:Decrypt"), []),
        ("LP127", trust({"Federated": GITHUB}, WEB), []),
        ("LP128", trust({"AWS": ROLE}, ["sts:AssumeRole", WEB]), [f'"{WEB}"']),
        ("LP128", trust({"AWS": ROLE, "Federated": GITHUB}, ["sts:AssumeRole", WEB]), []),
        ("LP128", trust({"Federated": {"Ref": "Provider"}}, "sts:AssumeRole"), []),
        ("LP130", trust({"Federated": ["cognito-identity.amazonaws.com", GITHUB, {"Ref": "P"}]}, WEB), []),
        ("LP131", let({"Service": "s3.amazonaws.com", "AWS": ROLE}), []),
        ("LP304", trust({"Federated": GITHUB}, WEB), [f'"{GITHUB}"']),
        ("LP304", trust({"Federated": GITHUB}, WEB, Condition={"Ref": "C"}), []),
        ("LP305", trust({"Federated": GITHUB}, WEB, Condition={"StringEquals": {"${key}": "x"}}), []),
        ("LP303", let({"Service": "cloudtrail.amazonaws.com"}, Condition={"Ref": "C"}), []),
        ("LP303", let({"Service": "nobody-knows.amazonaws.com"}), []),
    ],
)
def test_principals(rule: str, statement: object, underlined: list[str]) -> None:
    assert said(rule, statement) == underlined


@pytest.mark.parametrize(
    ("rule", "statement", "underlined"),
    [
        ("LP132", when("StringLike", "s3:prefix", "a", ["s3:ListBucket", "s3:GetObject"]), ['"s3:prefix"']),
        ("LP132", when("StringLikeIfExists", "s3:prefix", "a", ["s3:ListBucket", "s3:GetObject"]), []),
        ("LP132", when("StringLike", "s3:prefix", "a", "s3:*"), []),
        ("LP132", when("StringEquals", "iam:ResourceTag/a", "b", ["ec2:*", "s3:*"]), ['"iam:ResourceTag/a"']),
        ("LP132", when("StringEquals", "aws:ResourceTag/a", "b"), []),
        ("LP132", when("StringEquals", "aws:RequestTag/a", "b", "s3:CreateBucket"), []),
        ("LP104", when("Bool", "deepracer:MultiUser", "true", ["s3:GetObject", "deepracer:Get*"]), []),
        ("LP104", when("Bool", "deepracer:MultiUser", "true"), ['"deepracer:MultiUser"']),
        ("LP110", when("Bool", "deepracer:MultiUser", "true", "deepracer:Get*"), ['"deepracer:Get*"']),
        ("LP133", when("NumericLessThan", "aws:EpochTime", "1"), []),
        ("LP133", when("ArnLike", "aws:RequestTag/owner", "arn:aws:iam::1:role/x"), []),
        ("LP133", when("ArnLike", "aws:PrincipalOrgID", "o-1"), ['"ArnLike"']),
        ("LP133", when("StringEquals", "no:such", "x"), []),
        ("LP134", when("IpAddress", "aws:SourceIp", ["203.0.113.7", "2001:db8::/32", "${cidr}", "<cidr>"]), []),
        ("LP134", when("DateLessThan", "aws:CurrentTime", ["2026", "2026-02-28T12:00:00.5+01:00", "1798761599"]), []),
        ("LP134", when("DateLessThan", "aws:CurrentTime", "2025-02-29"), ['"2025-02-29"']),
        ("LP134", when("Bool", "aws:SecureTransport", ["true", "false"]), ['"false"']),
        ("LP134", when("ArnLike", "aws:PrincipalArn", ["arn:*", "*", "arn:aws:iam::*:role/a"]), []),
        ("LP134", when("BinaryEquals", "no:such", "not base64!"), ['"not base64!"']),
        ("LP136", when("StringEquals", "aws:SourceVpce", ["vpce-0a1b2c3d", "vpce-*", "${v}"]), []),
        ("LP136", when("StringEquals", "aws:RequestedRegion", "eu-west-9"), ['"eu-west-9"']),
        ("LP137", when("Null", "aws:TagKeys", "true"), []),
        ("LP137", when("StringEquals", "events:detail-type", "x", "events:PutRule"), ['"StringEquals"']),
        ("LP138", when("ForAllValues:StringEquals", "events:detail-type", "x", "events:PutRule"), []),
        ("LP138", when("ForAnyValue:StringEquals", "aws:username", "x"), []),
        (
            "LP138",
            trust({"Federated": GITHUB}, WEB, Condition={"ForAnyValue:StringEquals": {"a.example.com:aud": "x"}}),
            ["ForAnyValue"],
        ),
        ("LP139", when("StringEquals", "s3:if-none-match", "*", "s3:PutObject"), []),
        ("LP139", when("StringEquals", "aws:PrincipalTag/a", "${*}"), []),
        ("LP139", when("StringEquals", "aws:PrincipalTag/a", "${x}-*"), ["*"]),
        ("LP140", when("StringLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/x"), []),
        ("LP144", when("StringNotEquals", "aws:ResourceTag/a", "b", "health:DescribeEvents"), []),
        ("LP144", when("StringEquals", "aws:ResourceTag/a", "b", "wisdom:ListAIAgents"), ['"aws:ResourceTag/a"']),
        ("LP144", when("StringEquals", "aws:ResourceTag/a", "b", ["wisdom:List*", "wisdom:GetAIAgent"]), []),
        ("LP144", when("StringEquals", "aws:ResourceTag/a", "b", "wisdom:CreateAssistant"), []),
        ("LP146", when("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8"), ['"aws:VpcSourceIp"']),
        ("LP147", when("StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"), []),
        ("LP147", when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*"), ["*"]),
        ("LP147", when("StringLike", "aws:userid", "*:jane"), ["*"]),
        ("LP147", when("StringLike", "aws:SourceAccount", "${aws:PrincipalAccount}"), []),
        ("LP149", {**when("StringLike", "s3:prefix", "a/*", "s3:ListBucket"), "Effect": "Deny"}, ['"s3:prefix"']),
        ("LP149", {**when("StringNotLike", "s3:prefix", "a/*", "s3:ListBucket"), "Effect": "Deny"}, []),
        (
            "LP151",
            {**when("StringNotEquals", "aws:VpceAccount", "123456789012", "*"), "Effect": "Deny"},
            ['"aws:VpceAccount"'],
        ),
        ("LP153", when("NotIpAddress", "aws:SourceIp", ["10.0.0.0/8", "192.168.1.1"]), ['"10.0.0.0/8"']),
        ("LP153", when("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "${office}"]), []),
        ("LP311", when("StringEqualsIfExists", "ec2:InstanceType", "t3.micro", "ec2:RunInstances"), []),
        ("LP311", allow("iam:PassRole", "*", Condition=PASSED), ["IfExists"]),
        ("LP311", allow("iam:PassRole", "arn:aws:iam::123456789012:role/*", Condition=PASSED), ["IfExists"]),
        ("LP311", allow("iam:PassRole", "arn:aws:iam::123456789012:role/app-*", Condition=PASSED), []),
        ("LP311", allow("iam:PassRole", "*", Condition=PASSED | {"Null": {"iam:PassedToService": "false"}}), []),
        ("LP311", allow("iam:PassRole", "*", Condition=PASSED | {"ArnLike": {"iam:AssociatedResourceArn": "a"}}), []),
        ("LP312", when("ForAllValues:StringEquals", "${key}", "x"), []),
        ("LP705", when("StringNotLike", "aws:PrincipalTag/a", "*"), ['"*"']),
        ("LP705", when("StringLike", "aws:PrincipalOrgID", "*"), []),
        ("LP706", when("ForAllValues:StringLike", "aws:TagKeys", ["a", "*"], "ec2:CreateTags"), ['"*"']),
        ("LP706", when("ArnEquals", "aws:SourceArn", "${aws:SourceArn}"), ['"${aws:SourceArn}"']),
        ("LP708", when("StringNotEquals", "aws:username", []), ["[]"]),
        ("LP710", when("IpAddress", "aws:SourceIp", "203.0.113.7"), []),
        ("LP721", when("ArnLike", "aws:RequestTag/owner", "arn:aws:iam::1:role/x"), ['"ArnLike"']),
        (
            "LP721",
            when("ArnEqualsIfExists", "kms:EncryptionContext:aws:s3:arn", "x", "kms:Decrypt"),
            ['"ArnEqualsIfExists"'],
        ),
        ("LP721", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::1:role/x"), []),
        ("LP721", when("ArnLike", "aws:PrincipalOrgID", "o-1"), []),
        ("LP721", when("ArnLike", "no:such", "arn:aws:iam::1:role/x"), []),
    ],
)
def test_conditions(rule: str, statement: object, underlined: list[str]) -> None:
    assert said(rule, statement) == underlined


@pytest.mark.parametrize(
    ("rule", "resource", "underlined"),
    [
        ("LP160", "ARN:aws:s3:::a", ["ARN"]),
        ("LP160", "arn:aws:S3:::a", ["S3"]),
        ("LP160", "arn:aws:sqs:cn-north-1:123456789012:q", ["cn-north-1"]),
        ("LP160", "arn:aws-cn:sqs:cn-north-1:123456789012:q", []),
        ("LP160", "arn::s3:::a", ['"arn::s3:::a"']),
        ("LP160", "arn:aws:s3*", []),
        ("LP160", "execute-api:/prod/GET/*", []),
        ("LP160", "${anything}", []),
        ("LP160", "arn:aws:iam::aws:policy/ReadOnlyAccess", []),
        ("LP160", "arn:aws:sqs:eu-west-1:${account}:q", []),
        ("LP161", "arn:aws:iam:eu-west-1:123456789012:role/a", ["eu-west-1"]),
        ("LP161", "arn:aws:iam:*:*:role/a", []),
        ("LP161", "arn:aws:s3:::accesspoint/a", []),
        ("LP161", "arn:aws:ssm:eu-west-1::document/AWS-RunShellScript", []),
        ("LP161", "arn:aws:ec2:eu-west-1::image/ami-1", []),
        ("LP162", "arn:aws:lambda:eu-west-1:123456789012:Function:x", ["Function:x"]),
        ("LP162", "arn:aws:lambda:eu-west-1:123456789012:${kind}:x", []),
        ("LP162", "arn:aws:lambda:eu-west-?:123456789012:Function:x", []),
        ("LP162", "arn:*:kms:*:::*", []),
        ("LP162", "arn:aws:logs:*:*:/aws/lambda/x*", []),
        ("LP162", "arn:aws:cloudformation:eu-west-1:aws:transform/Serverless-2016-10-31", []),
        ("LP162", "arn:aws:elasticloadbalancing:eu-west-1:123456789012:whatever/x", []),
        ("LP162", "arn:aws:backup:eu-west-1:123456789012:${x}", []),
    ],
)
def test_resources(rule: str, resource: str, underlined: list[str]) -> None:
    assert said(rule, allow("*", resource)) == underlined


def test_what_covers_an_entry_is_a_related_place() -> None:
    document = {"Version": "2012-10-17", "Statement": [allow(["S3:getobject", "s3:Get*"]), allow("s3:Put*", "*")]}
    ((underlined, _, related),) = report_of("LP714", document)
    assert (underlined, related) == ('"S3:getobject"', ['"s3:Get*"'])


@pytest.mark.parametrize(
    ("one", "other", "rule", "underlined"),
    [
        (
            allow(["s3:GetObject", "s3:PutObject"], "*"),
            allow(["s3:GetObject", "sns:Publish"]),
            "LP714",
            ['"s3:GetObject"'],
        ),
        (allow("s3:*", "*"), allow(["s3:GetObject"]), "LP716", ['"Action"']),
        (allow("s3:*", "*"), allow(Condition={"Bool": {"aws:SecureTransport": "true"}}), "LP716", ['"Action"']),
        (allow("s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "true"}}), allow(), "LP716", []),
        (allow("s3:*", "*"), {**allow(), "Effect": "Deny"}, "LP716", []),
        (allow("s3:*", "arn:aws:s3:::other/*"), allow(), "LP716", []),
        (allow("s3:*", "${x}"), allow("s3:GetObject", "${x}"), "LP716", ['"Action"']),
        (allow("s3:*", "${x}"), allow("s3:GetObject", "${y}"), "LP716", []),
        (let({"AWS": ROLE}, "s3:*"), let("*"), "LP716", []),
    ],
)
def test_statements_that_repeat_others(one: object, other: object, rule: str, underlined: list[str]) -> None:
    assert said(rule, one, other) == underlined


def test_of_statements_that_cover_each_other_the_later_ones_are_told() -> None:
    document = {"Version": "2012-10-17", "Statement": [allow(Sid=f"S{number}") for number in range(30)]}
    found = report_of("LP716", document)
    assert len(found) == 29
    assert {place for _, _, related in found for place in related} == {'"Action"'}


def test_of_actions_that_two_statements_share_one_is_told() -> None:
    actions = [allow(["s3:GetObject", "s3:PutObject"]), allow(["s3:DeleteObject", "s3:GetObject"])]
    ((underlined, _, related),) = report_of("LP714", {"Version": "2012-10-17", "Statement": actions})
    assert (underlined, related) == ('"s3:GetObject"', ['"s3:GetObject"'])


def test_comparing_many_actions_takes_little_time() -> None:
    actions = [f"s3:Get{number:04}*" for number in range(3000)]
    statements = [allow(actions[at : at + 10], f"arn:aws:s3:::{at}/*") for at in range(0, 3000, 10)]
    start = time.process_time()
    assert said("LP714", allow(actions), *statements) == []
    assert time.process_time() - start < 5


def test_the_size_of_a_policy_that_is_partly_known_is_a_lower_bound() -> None:
    long = [f"arn:aws:s3:::{'x' * 60}-{number}/*" for number in range(100)]
    ((_, words, _),) = report_of("LP171", {"Version": "2012-10-17", "Statement": [allow(resource=[*long, "${more}"])]})
    assert "at least 8," in words
    assert said("LP171", allow(resource=long[:50])) == []
    # Of statements that exclude one another nobody knows how many there are.
    both = {"Fn::If": ["A", allow(resource=long), allow(resource=long)]}
    assert said("LP171", both) == []


def test_an_import_of_what_few_policies_need_waits() -> None:
    """A check that compares addresses is the only one that needs them."""
    import subprocess
    import sys

    script = "import sys, lplint.checks; print({'ipaddress', 'datetime', 'base64'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_form_of_arn_in_the_catalogue_is_one() -> None:
    """A service that comes to stand in ARNs, or a form that the fields forbid, would make lplint cry wolf."""
    wrong = []
    for prefix in catalog.service_titles():
        service = catalog.service(prefix)
        assert service is not None
        for type_ in service.resource_types().values():
            for form in type_.arns:
                fields = form.replace("${Partition}", "aws").split(":", 5)
                if "$" in fields[2]:
                    continue  # of AWS Backup, which protects what others make
                fields[3] = "eu-west-1" if "$" in fields[3] else fields[3]
                fields[4] = "123456789012" if "$" in fields[4] else fields[4]
                arn = re.sub(r"\$\{[^}]*\}", "orders", ":".join(fields))
                document = allow("*", arn)
                wrong += [(arn, rule) for rule in ("LP160", "LP161", "LP162") if judged(rule, document)]
    assert wrong == []


def judged(rule: str, *statements: object) -> bool:
    """Whether a rule says something of these statements, without the way through a file."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    (policy,) = extract(Source("p.json", text)).policies
    return any(CHECKS[rule](policy))


def test_a_check_of_an_identity_that_crashes_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: Identity) -> Iterator[Problem]:
        raise ZeroDivisionError

    monkeypatch.setitem(cast("dict[str, Any]", IDENTITY_CHECKS), "LP172", crash)
    text = b'resource "aws_iam_role" "ci" {\n  name = "ci"\n  assume_role_policy = "{}"\n}\n'
    report = lint([Input("p.tf", Config(), text)], lambda _: ruleset.rules())
    (failure,) = report.failures
    assert failure.message.startswith("LP172 crashed on the identity of line 1")


def test_the_inline_policies_of_an_identity_are_counted_together() -> None:
    policy = (
        'jsonencode({Version = "2012-10-17", Statement = [{Effect = "Allow", Action = "s3:*", Resource = "arn:%s"}]})'
    )
    long = policy % ("x" * 1500)

    def of_user(kind: str, more: str) -> str:
        return (
            'resource "aws_iam_user" "ci" {\n  name = "ci"\n}\n'
            f'resource "aws_iam_user_policy" "a" {{\n  user = aws_iam_user.ci.name\n  policy = {long}\n}}\n'
            f'resource "{kind}" "b" {{\n  {more}\n  policy = {long}\n}}\n'
        )

    ((_, words, related),) = report_of(
        "LP172", of_user("aws_iam_user_policy", "user = aws_iam_user.ci.name"), path="p.tf"
    )
    assert "The 2 inline policies of this user have 3," in words
    assert len(related) == 2
    assert report_of("LP172", of_user("aws_iam_policy", 'name = "b"'), path="p.tf") == []


def test_managed_policies_do_not_count_as_inline_ones() -> None:
    document = {
        "Version": "2012-10-17",
        "Statement": [allow("s3:GetObject", [f"arn:aws:s3:::bucket-{number:06}/*" for number in range(170)])],
    }
    for type_, count in (("AWS::IAM::ManagedPolicy", 0), ("AWS::IAM::Policy", 1)):
        one = {"Type": type_, "Properties": {"Roles": [{"Ref": "R"}], "PolicyDocument": document}}
        role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust("*")]}}}
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"R": role, "A": one, "B": one}}
        assert len(report_of("LP172", template)) == count


@pytest.mark.parametrize("resource", ["role/*", "role/aws-service-role/*", "role/aws-service-role/*.amazonaws.com/*"])
def test_every_linked_role_is_one_path(resource: str) -> None:
    arn = f"arn:aws:iam::*:{resource}"
    assert said("LP313", allow("iam:CreateServiceLinkedRole", arn)) == [json.dumps(arn)]
    named = "arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/*"
    assert said("LP313", allow("iam:CreateServiceLinkedRole", named)) == []


def test_a_tag_key_without_a_name_is_told_once() -> None:
    for key in ("aws:ResourceTag", "aws:ResourceTag/"):
        statement = when("StringEquals", key, "web", "ec2:StartInstances")
        assert said("LP145", statement) == [json.dumps(key)]
        assert said("LP104", statement) == []
