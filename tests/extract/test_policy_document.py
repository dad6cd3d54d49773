"""Which maps are policies, where they hide, and what their statements say."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from lplint.extract import extract
from lplint.model.policy import Policy, PolicyKind
from lplint.model.source import Source

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
POLICY = {"Version": "2012-10-17", "Statement": [ALLOW]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def policies(value: object, path: str = "p.json") -> list[Policy]:
    text = value if isinstance(value, str) else json.dumps(value, indent=2)
    return extract(Source(path, text)).policies


def only(value: object, path: str = "p.json") -> Policy:
    (policy,) = policies(value, path)
    return policy


def written(policy: Policy) -> list[str]:
    """The actions of a policy, cut from the file."""
    return [
        text.span_of(0, len(text.display)).in_file().text
        for statement in policy.statements
        for text in (statement.action.values if statement.action is not None else ())
    ]


@pytest.mark.parametrize(
    "statement",
    [
        {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
        {"RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"}},
        {"NotStatement": {"Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}},
        "a sentence",
        ["one", "two"],
        17,
        None,
        [],
        [[]],
    ],
)
def test_a_statement_that_is_not_iams_is_no_policy(statement: object) -> None:
    assert policies({"Name": "rule", "Priority": 1, "Statement": statement}) == []


@pytest.mark.parametrize(
    "key", ["Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Resource", "NotResource"]
)
def test_one_element_of_iam_makes_a_policy(key: str) -> None:
    assert len(only({"Statement": {key: "x"}}).statements) == 1


def test_an_empty_policy_is_one_if_its_version_says_so() -> None:
    assert only({"Version": "2012-10-17", "Statement": []}).statements == ()


def test_a_file_that_holds_none_is_passed_over_even_if_it_is_broken() -> None:
    found = extract(Source("package.json", '{"name": "x", "dependencies": {,}'))
    assert (found.policies, found.problems) == ([], [])


def test_a_broken_file_that_held_a_policy_is_not() -> None:
    found = extract(Source("p.json", json.dumps(POLICY)[:-3]))
    assert found.policies == []
    assert [problem.message for problem in found.problems] == ["the file ends before the '{' of line 1 is closed"]


@pytest.mark.parametrize(
    ("document", "kind", "origin"),
    [
        ({"PolicyVersion": {"Document": POLICY, "VersionId": "v1"}}, "identity", "PolicyVersion.Document"),
        (
            {"Role": {"RoleName": "ci", "AssumeRolePolicyDocument": TRUST}},
            "trust",
            "role/ci.AssumeRolePolicyDocument",
        ),
        (
            {"RoleName": "ci", "PolicyName": "deploy", "PolicyDocument": POLICY},
            "identity",
            "role/ci/deploy.PolicyDocument",
        ),
        ({"Policy": json.dumps(POLICY)}, "identity", "Policy"),
        (
            {"Policy": {"PolicySummary": {"Type": "SERVICE_CONTROL_POLICY"}, "Content": json.dumps(POLICY)}},
            "identity",
            "Policy.Content",
        ),
        ({"AssumeRolePolicyDocument": quote(json.dumps(TRUST))}, "trust", "AssumeRolePolicyDocument"),
    ],
)
def test_what_the_aws_cli_prints(document: object, kind: str, origin: str) -> None:
    policy = only(document)
    assert str(policy.origin) == origin
    assert policy.kind.value == kind
    assert written(policy) == ["sts:AssumeRole" if kind == "trust" else "s3:GetObject"] or "%3A" in written(policy)[0]


def test_account_authorization_details() -> None:
    document = {
        "UserDetailList": [{"UserName": "ann", "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": POLICY}]}],
        "GroupDetailList": [{"GroupName": "ops", "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": POLICY}]}],
        "RoleDetailList": [
            {
                "RoleName": "ci",
                "AssumeRolePolicyDocument": TRUST,
                "RolePolicyList": [{"PolicyName": "deploy", "PolicyDocument": POLICY}],
            }
        ],
        "Policies": [{"PolicyName": "shared", "PolicyVersionList": [{"Document": POLICY, "VersionId": "v1"}]}],
    }
    assert [(policy.kind.value, str(policy.origin)) for policy in policies(document)] == [
        ("identity", "user/ann/own.PolicyDocument"),
        ("identity", "group/ops/g.PolicyDocument"),
        ("trust", "role/ci.AssumeRolePolicyDocument"),
        ("identity", "role/ci/deploy.PolicyDocument"),
        ("identity", "shared.Document"),
    ]


def test_a_policy_in_a_string_in_a_string_keeps_its_places() -> None:
    text = json.dumps({"a": json.dumps({"b": json.dumps(POLICY)})})
    policy = only(text)
    assert written(policy) == ["s3:GetObject"]
    span = policy.span.in_file()
    assert text[span.start] == "{"
    assert text[span.start :].count("Version") == 1


def test_a_percent_encoded_policy_keeps_its_places() -> None:
    text = json.dumps({"AssumeRolePolicyDocument": quote(json.dumps(TRUST))})
    policy = only(text)
    assert written(policy) == ["sts%3AAssumeRole"]


def test_a_slip_in_a_string_is_told_where_it_stands() -> None:
    text = json.dumps({"Policy": json.dumps(POLICY).replace("}]}", "},]}")})
    found = extract(Source("p.json", text))
    (problem,) = found.problems
    span = problem.span.in_file()
    assert span.text == ","
    assert text[span.start :].startswith(",]}")


@pytest.mark.parametrize(
    ("path", "policy", "kind", "service"),
    [
        ("p.json", POLICY, PolicyKind.IDENTITY, ""),
        ("p.json", TRUST, PolicyKind.TRUST, "sts"),
        ("policies/deny_root-scp.json", POLICY, PolicyKind.SCP, ""),
        ("service_control_policies/a.json", POLICY, PolicyKind.SCP, ""),
        ("ServiceControlPolicies/a.json", POLICY, PolicyKind.SCP, ""),
        ("SCPs/a.json", POLICY, PolicyKind.SCP, ""),
        ("escape.json", POLICY, PolicyKind.IDENTITY, ""),
        ("iam/PermissionsBoundary.json", POLICY, PolicyKind.BOUNDARY, ""),
        ("session-policy.json", POLICY, PolicyKind.SESSION, ""),
        ("p.json", {"Statement": {**ALLOW, "Principal": "*"}}, PolicyKind.RESOURCE, "s3"),
        ("rcp/p.json", {"Statement": {**ALLOW, "Principal": "*"}}, PolicyKind.RCP, ""),
        ("scp/bucket.json", {"Statement": {**ALLOW, "Principal": "*"}}, PolicyKind.RESOURCE, "s3"),
        ("vpc_endpoint_policies/s3.json", {"Statement": {**ALLOW, "Principal": "*"}}, PolicyKind.RESOURCE, "vpce"),
    ],
)
def test_the_kind_is_told_by_content_and_place(path: str, policy: object, kind: PolicyKind, service: str) -> None:
    found = only(policy, path)
    assert (found.kind, found.service) == (kind, service)


def test_a_kind_that_is_given_wins() -> None:
    found = extract(Source("scp/p.json", json.dumps(POLICY)), (PolicyKind.RESOURCE, "sqs"))
    assert (found.policies[0].kind, found.policies[0].service) == (PolicyKind.RESOURCE, "sqs")


def test_a_stack_policy_of_cloudformation_is_of_no_kind_of_iam() -> None:
    stack = {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
    assert only(stack).kind is PolicyKind.UNKNOWN


def test_one_string_and_a_list_read_the_same() -> None:
    one = only({"Statement": ALLOW}).statements[0]
    many = only({"Statement": [{**ALLOW, "Action": ["s3:GetObject"]}]}).statements[0]
    assert one.action is not None
    assert many.action is not None
    assert [text.value for text in one.action.values] == [text.value for text in many.action.values]


def test_an_element_that_comes_twice_hides_nothing() -> None:
    policy = only('{"Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Action": "s3:GetObject"}}')
    assert written(policy) == ["iam:*", "s3:GetObject"]


def test_what_another_tool_fills_in_is_unresolved() -> None:
    policy = only(
        {
            "Statement": {
                "Effect": "Allow",
                "Action": ["s3:GetObject", {"Ref": "Action"}],
                "Resource": [
                    "arn:aws:s3:::${bucket}/${aws:username}/*",
                    {"Fn::Sub": "x"},
                    "arn:aws:s3:::<name>/{{ x }}",
                ],
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "Org"}}},
            }
        }
    )
    assert [text for _, text in policy.unresolved] == [
        "Ref Action", "${bucket}", "Fn::Sub", "<name>", "{{ x }}", "Ref Org",
    ]  # fmt: skip
    (statement,) = policy.statements
    assert statement.action is not None
    assert not statement.action.complete
    assert statement.resource is not None
    first = statement.resource.values[0]
    assert first.value is None
    assert first.must_start_with("arn:aws:s3:::")
    assert [hole.span.in_file().text for hole in first.holes] == ["${bucket}"]


def test_values_of_conditions_may_be_numbers_and_booleans() -> None:
    condition = {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:max-keys": [10, "20"]}}
    (statement,) = only({"Statement": {**ALLOW, "Condition": condition}}).statements
    assert [[text.value for text in one.values] for one in statement.conditions] == [["false"], ["10", "20"]]


YAML = """\
defaults: &actions
  - s3:GetObject
  - "s3:ListBucket"
roles:
  - policy: |
      {"Version": "2012-10-17",
       "Statement": {"Effect": "Allow", "Action": "s3:Put\\u004fbject", "Resource": "*"}}
  - policy:
      Version: 2012-10-17
      Statement:
        - Effect: Allow
          Action: *actions
          Resource: !Sub "arn:aws:s3:::${Bucket}/*"
"""


def test_yaml_holds_policies_as_maps_and_as_json_in_blocks() -> None:
    found = policies(YAML, "p.yaml")
    assert [written(policy) for policy in found] == [["s3:Put\\u004fbject"], ["s3:GetObject", "s3:ListBucket"]]
    assert [str(policy.origin) for policy in found] == ["roles[0].policy", "roles[1].policy"]
    assert [text for _, text in found[1].unresolved] == ['!Sub "arn:aws:s3:::${Bucket}/*"']


@pytest.mark.parametrize("depth", [3, 200])
def test_a_policy_is_found_at_any_depth(depth: int) -> None:
    value: object = POLICY
    for _ in range(depth):
        value = [{"deeper": value}] if depth < 100 else [value]
    assert written(only(json.dumps(value))) == ["s3:GetObject"]
