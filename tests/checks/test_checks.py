"""What the rules say beyond their examples, and where they keep silent."""

from __future__ import annotations

import json

import pytest

from lplint import ruleset
from lplint.aws import catalog
from lplint.checks.validity import OTHER_ACTIONS, OTHER_NAMES
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity


def said(rule: str, *statements: object, path: str = "p.json") -> list[tuple[str, str]]:
    """What a rule underlines and says of a policy with these statements."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    report = lint([Input(path, Config(), text.encode())], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE)
    assert not report.failures
    return [(finding.span.text, finding.message) for finding in report.findings]


def allow(action: object = "s3:GetObject", resource: object = "arn:aws:s3:::reports/*", **more: object) -> object:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("action", "underlined", "words"),
    [
        ("s3:GetObjcet", "GetObjcet", "Amazon S3 has no action s3:GetObjcet; did you mean GetObject?"),
        ("S3:getobjcet", "getobjcet", "Amazon S3 has no action S3:getobjcet; did you mean GetObject?"),
        ("s3:HeadBucket", "HeadBucket", "Amazon S3 has no action s3:HeadBucket; did you mean ListBucket?"),
        ("s3:Frobnicate", "Frobnicate", "Amazon S3 has no action s3:Frobnicate."),
        ("s3:Frob*", "Frob*", "No action of Amazon S3 matches s3:Frob*, so this covers nothing."),
        ("s3:Frob${x}", "Frob${x}", "No action of Amazon S3 matches s3:Frob${x}, so this covers nothing."),
        (
            "GetObject",
            '"GetObject"',
            "'GetObject' names no service; an action is written service:Name, such as s3:GetObject.",
        ),
    ],
)
def test_unknown_action(action: str, underlined: str, words: str) -> None:
    assert said("unknown-action", allow(action)) == [(underlined, words)]


@pytest.mark.parametrize("action", ["s3:getobject", "S3:*", "*", "s3:Get${x}", "${x}:Get", "${x}", "s3:?etObject", []])
def test_actions_that_exist_or_may(action: object) -> None:
    assert said("unknown-action", allow(action)) == []
    assert said("unknown-service", allow(action)) == []


@pytest.mark.parametrize(
    ("action", "underlined", "words"),
    [
        ("s33:GetObject", "s33", "AWS has no service 's33', so this names no action; did you mean s3?"),
        (
            "elb:Describe*",
            "elb",
            "AWS has no service 'elb', so this names no action; did you mean elasticloadbalancing?",
        ),
        ("zz*:Get", "zz*", "AWS has no service 'zz*', so this names no action."),
        ("arn:aws:s3:::b", '"arn:aws:s3:::b"', "This is an ARN, not an action; an action is written service:Name."),
    ],
)
def test_unknown_service(action: str, underlined: str, words: str) -> None:
    assert said("unknown-service", allow(action)) == [(underlined, words)]
    assert said("unknown-action", allow(action)) == []


def test_a_slip_in_a_deny_or_not_action_counts_too() -> None:
    assert said("unknown-action", {"Effect": "Deny", "NotAction": "s3:GetObjcet", "Resource": "*"})


def test_the_names_that_lplint_suggests_exist() -> None:
    titles = catalog.service_titles()
    for wrong, right in OTHER_NAMES.items():
        assert wrong not in titles
        assert set(right) <= set(titles)
    for wrong, name in OTHER_ACTIONS.items():
        assert catalog.action(wrong) is None
        assert catalog.action(f"{wrong.partition(':')[0]}:{name}") is not None


def test_a_long_name_is_not_compared_with_every_other() -> None:
    assert said("unknown-action", allow("s3:" + "x" * 100_000))[0][1].endswith("x.")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::reports"),
        ("s3:ListBucket", "arn:aws:s3:::reports/*"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::reports"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/orders/index/*"),
        ("ec2:StartInstances", "arn:aws:ec2:*:*:volume/*"),
        ("iam:PassRole", "arn:aws:s3:::reports/*"),
        ("sqs:SendMessage", "arn:aws:sns:*:*:orders"),
    ],
)
def test_an_action_that_can_never_act(action: str, resource: str) -> None:
    assert [text for text, _ in said("LP103", allow(action, resource))] == [f'"{action}"']


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::*"),
        ("s3:GetObject", "arn:aws:s3:::reports*"),
        ("s3:ListBucket", "arn:aws:s3:::reports*"),
        ("s3:GetObject", ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]),
        ("s3:GetObject", "arn:aws:s3:::${bucket}"),
        ("s3:ListAllMyBuckets", "${anything}"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
        ("s3:*", "arn:aws:s3:::reports"),
        ("logs:CreateLogGroup", "arn:aws:logs:*:*:/aws-glue/*"),
        ("logs:DescribeLogStreams", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/x:log-stream:*"),
        ("sqs:SendMessage", "arn:aws:sqs*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:orders:prod"),
        ("elasticloadbalancing:AddTags", "arn:aws:elasticloadbalancing:*:*:targetgroup/x/*"),
        ("glue:TagResource", "arn:aws:glue:*:*:schema/*"),
        ("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/*"),
    ],
)
def test_an_action_that_may_act(action: str, resource: object) -> None:
    assert said("LP103", allow(action, resource)) == []


@pytest.mark.parametrize(
    "key",
    [
        "aws:sourceip",
        "aws:PrincipalTag/team",
        "aws:RequestTag/${aws:TagKeys}",
        "s3:ExistingObjectTag/class",
        "ec2:ResourceTag/team",
        "token.actions.githubusercontent.com:sub",
        "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:aud",
        "saml:aud",
        "accounts.google.com:sub",
        "${provider}:sub",
        "aws:${key}",
        "codebuild:environment.environmentVariables/NAME.value",
    ],
)
def test_condition_keys_that_exist_or_may(key: str) -> None:
    assert said("unknown-condition-key", allow(Condition={"StringEquals": {key: "x"}})) == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("SourceIp", "'SourceIp' is no condition key; one is written service:Name, such as aws:SourceIp."),
        (
            "aws:SourceAcount",
            (
                "AWS has no global condition key aws:SourceAcount; did you mean aws:SourceAccount? "
                "A condition on it never matches."
            ),
        ),
        ("s3:prefixx", "Amazon S3 has no condition key s3:prefixx; did you mean s3:prefix?"),
        ("nope:key", "AWS has no service 'nope', so there is no condition key nope:key."),
    ],
)
def test_condition_keys_that_do_not_exist(key: str, words: str) -> None:
    assert said("unknown-condition-key", allow(Condition={"StringEquals": {key: "x"}})) == [(f'"{key}"', words)]


@pytest.mark.parametrize("operator", ["stringequals", "ForAllValues:StringLikeIfExists", "Null", "ArnLikeIfExists"])
def test_operators_that_exist(operator: str) -> None:
    assert said("unknown-condition-operator", allow(Condition={operator: {"aws:SourceArn": "x"}})) == []


@pytest.mark.parametrize("operator", ["StringEqual", "NullIfExists", "ForSomeValues:StringLike", "ForAllValues:", ""])
def test_operators_that_do_not(operator: str) -> None:
    assert len(said("unknown-condition-operator", allow(Condition={operator: {"aws:SourceArn": "x"}}))) == 1


TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ({"Action": "s3:GetObject", "Resource": "*"}, "Effect"),
        ({"Effect": "Allow", "Resource": "*"}, "Action"),
        ({"Effect": "Allow", "Action": "s3:GetObject"}, "Resource"),
        ({"Effect": "Allow", "Action": "sts:AssumeRole"}, "Principal"),
    ],
)
def test_a_missing_element_is_named(statement: object, missing: str) -> None:
    ((underlined, words),) = said("missing-element", statement)
    assert underlined == "{"
    assert words.startswith(f"This statement has no {missing},")


@pytest.mark.parametrize(
    "statement",
    [
        TRUST,
        {"Effect": "Allow", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer"},
        {"Effect": "Deny", "Principal": "*", "Action": "*"},  # whose policy it is, nothing tells
        {"Effect": "Allow", "NotAction": "s3:*", "NotResource": "*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Fn::If": ["x", "y", "z"]},
    ],
)
def test_an_element_that_need_not_be_there(statement: object) -> None:
    assert said("missing-element", statement) == []


@pytest.mark.parametrize("effect", [{"Fn::If": ["Prod", "Allow", "Deny"]}, "${effect}", "Allow", "Deny"])
def test_effects_that_may_be_right(effect: object) -> None:
    assert said("invalid-effect", {"Effect": effect, "Action": "s3:GetObject", "Resource": "*"}) == []


@pytest.mark.parametrize("effect", ["allow", "ALLOW", "", 1, True, None, ["Allow"], {"a": 1, "b": 2}])
def test_effects_that_are_wrong(effect: object) -> None:
    assert len(said("invalid-effect", {"Effect": effect, "Action": "s3:GetObject", "Resource": "*"})) == 1


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        ("s3:GetObject", {}),
        ("s3:PutObject", {"Bool": {"aws:SecureTransport": "true"}}),
        ("s3:PutObject", {"StringEquals": {"aws:ResourceAccount": "123456789012"}}),
        ("ec2:TerminateInstances", {"StringNotEquals": {"iam:ResourceTag/team": "x"}}),
        ("ec2:*", {}),
    ],
)
def test_a_wildcard_resource_is_too_wide(action: str, condition: object) -> None:
    statement = allow(action, "*", Condition=condition) if condition else allow(action, "*")
    assert [text for text, _ in said("wildcard-resource", statement)] == ['"*"']


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        ("s3:ListAllMyBuckets", {}),
        ("ec2:Describe*", {}),
        ("s3:List*", {}),
        ("iam:GetRole", {}),
        ("*", {}),
        ("${action}", {}),
        ("ec2:TerminateInstances", {"StringEquals": {"aws:ResourceTag/team": "x"}}),
        (
            "ec2:TerminateInstances",
            {"ArnEquals": {"ec2:InstanceProfile": "arn:aws:iam::123456789012:instance-profile/x"}},
        ),
        ("ec2:TerminateInstances", {"Fn::If": ["a", "b", "c"]}),
        ("ec2:TerminateInstances", {"StringEquals": {"${key}": "x"}}),
    ],
)
def test_a_wildcard_resource_that_is_fine_or_may_be(action: str, condition: object) -> None:
    statement = allow(action, "*", Condition=condition) if condition else allow(action, "*")
    assert said("wildcard-resource", statement) == []


def test_the_kind_decides() -> None:
    everything = allow("*", "*")
    assert said("full-admin", everything)
    for path in ("scp/p.json", "boundary.json", "session-policy.json"):
        assert said("full-admin", everything, path=path) == []
        assert said("wildcard-action", everything, path=path) == []
        assert said("wildcard-resource", allow("s3:PutObject", "*"), path=path) == []


KEY_POLICY = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def test_the_default_key_policy_is_fine() -> None:
    """Source: AWS KMS Developer Guide, default key policy."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [KEY_POLICY]})
    report = lint([Input("key.json", Config(), text.encode())], lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert [finding.message for finding in report.findings] == []


@pytest.mark.parametrize(
    ("resource", "condition"),
    [
        ("*", {}),
        ("arn:aws:iam::*:role/*", {}),
        ("arn:aws:iam::123456789012:role/*", {}),
        ("arn:${partition}:iam::${account}:role/*", {}),
        ("*", {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
    ],
)
def test_passing_any_role(resource: str, condition: object) -> None:
    statement = allow("iam:PassRole", resource, **({"Condition": condition} if condition else {}))
    assert [text for text, _ in said("pass-role-any-role", statement)] == [f'"{resource}"']


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:iam::123456789012:role/app-*",
        "arn:aws:iam::123456789012:role/${name}",
        "${role}",
        "arn:aws:iam::*:role/x/*",
    ],
)
def test_passing_some_roles(resource: str) -> None:
    assert said("pass-role-any-role", allow("iam:PassRole", resource)) == []


def public(condition: object = None, principal: object = "*", action: str = "sns:Publish") -> object:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return statement if condition is None else {**statement, "Condition": condition}


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringNotEquals": {"aws:SourceVpc": "vpc-12345678"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}},
        {"Null": {"aws:SourceVpc": "false"}},
    ],
)
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::123456789012:root", "*"]}])
def test_everyone_is_let_in(condition: object, principal: object) -> None:
    assert [text for text, _ in said("public-principal", public(condition, principal))] == ['"*"']


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::reports"}},
        {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
        {"StringEquals": {"kms:CallerAccount": "123456789012"}},
        {"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:a/b:ref:refs/heads/main"}},
        {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "Org"}}},
        {"StringEquals": {"${key}": "x"}},
        {"${operator}": {"aws:PrincipalOrgID": "x"}},
        {"Fn::If": ["x", "y", "z"]},
    ],
)
def test_a_condition_keeps_the_public_out_or_may(condition: object) -> None:
    assert said("public-principal", public(condition)) == []


def test_a_vpc_endpoint_is_not_public() -> None:
    assert said("public-principal", public(), path="vpc_endpoint_policies/sns.json") == []


def test_one_list_that_two_statements_share_is_told_once() -> None:
    text = b"""\
actions: &actions [s3:GetObjcet]
policy:
  Version: 2012-10-17
  Statement:
    - {Effect: Allow, Action: *actions, Resource: "arn:aws:s3:::a/*"}
    - {Effect: Allow, Action: *actions, Resource: "arn:aws:s3:::b/*"}
"""
    report = lint([Input("p.yaml", Config(), text)], lambda _: (ruleset.find("unknown-action"),))
    assert [finding.span.text for finding in report.findings] == ["GetObjcet"]


def test_the_default_policy_of_an_endpoint_is_no_wildcard_to_speak_of() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    one = Input("policies/vpc-endpoint-policy.json", Config(), text.encode())
    report = lint([one], lambda _: ruleset.rules(), min_severity=Severity.WARNING)
    assert [(finding.rule.id, finding.message) for finding in report.findings] == []
    bucket = Input("policies/bucket.json", Config(), text.replace('"Action": "*"', '"Action": "s3:*"').encode())
    assert lint([bucket], lambda _: ruleset.rules()).findings


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", True),
        ("arn:aws:iam::123456789012:role/*", True),
        ("arn:aws:iam::*:*", True),
        ("arn:aws:s3:::*", False),
        ("arn:aws:iam::123456789012:role/app/*", False),
    ],
)
def test_any_role_is_one_of_iam(resource: str, expected: bool) -> None:
    statement = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": resource}
    one = Input("p.json", Config(), json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode())
    report = lint([one], lambda _: (ruleset.find("LP301"),))
    assert bool(report.findings) is expected


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"AWS": "arn:aws:iam::123456789012:root"}, False),
        ({"AWS": ["123456789012", "arn:aws:iam::210987654321:root"]}, False),
        ({"AWS": "arn:aws:iam::123456789012:role/app"}, True),
        ({"Service": "sns.amazonaws.com"}, True),
    ],
)
def test_all_of_a_service_for_whole_accounts_is_the_default_of_a_key(principal: object, expected: bool) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    one = Input("p.json", Config(), json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode())
    report = lint([one], lambda _: (ruleset.find("LP202"),))
    assert bool(report.findings) is expected
