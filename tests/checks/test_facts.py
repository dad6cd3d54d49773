"""A rule that is not asked about a policy would have had nothing to say of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lplint import ruleset
from lplint.aws.conditions import global_keys
from lplint.checks import CHECKS, WITHOUT
from lplint.checks.facts import facts_of
from lplint.extract import extract
from lplint.model.policy import PolicyKind
from lplint.model.source import Source

ROOT = Path(__file__).resolve().parents[2]
LABELLED = ROOT.parent / "shared" / "corpus" / "labelled"


def silenced(name: str, text: str) -> tuple[list[str], int]:
    """The rules that say something of a policy of a text although its facts leave them out; and how many it leaves."""
    said, left_out = [], 0
    for policy in extract(Source(name, text)).policies:
        facts = facts_of(policy)
        for rule in ruleset.rules():
            check = CHECKS.get(rule.id)
            if check is None or policy.kind.value not in rule.applies_to:
                continue
            if not all(facts & one for one in WITHOUT.get(rule.id, ())):
                left_out += 1
                said += [f"{rule.id}: {problem}" for problem in check(policy)]
    return said, left_out


@pytest.mark.skipif(not LABELLED.is_dir(), reason="the corpus is not beside the checkout")
def test_no_rule_that_is_left_out_says_something_of_the_labelled_policies() -> None:
    said, left_out = [], 0
    for path in sorted(LABELLED.rglob("*.json")):
        found, count = silenced(path.name, path.read_text("utf-8", "replace"))
        said += found
        left_out += count
    assert said == []
    assert left_out > 20_000


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("*", "*"),
        ("**", "**"),
        ("*:*", "arn:*"),
        (":*", "*"),
        ("?am:*", "arn:aws:iam::*:role/*"),
        ("*:PassRole", "arn:aws:iam::*:role/x"),
        ("s3:?*", "arn:aws:s3:::b/*"),
        ("IAM:*", "*"),
        ("codestar:CreateProject", "*"),
        ("nothing", "nothing"),
        ("s3:${aws:username}", "arn:aws:s3:::${aws:username"),
    ],
)
@pytest.mark.parametrize("elements", ["Action Resource", "NotAction Resource", "Action NotResource"])
@pytest.mark.parametrize("effect", ["Allow", "Deny", "Permit"])
def test_no_rule_that_is_left_out_says_something_of_odd_patterns(
    action: str, resource: str, elements: str, effect: str
) -> None:
    one, other = elements.split()
    statement = {"Effect": effect, one: [action, "iam:PassRole"], other: resource}
    document = {"Version": "2012-10-17", "Statement": [statement, {**statement, "Effect": "Allow", one: action}]}
    assert silenced("policy.json", json.dumps(document))[0] == []


@pytest.mark.parametrize(
    "operator",
    ["StringEquals", "ForAllValues:StringNotLikeIfExists", "ArnLike", "NotIpAddress", "NumericLessThan", "Null"],
)
@pytest.mark.parametrize("values", ["*", "x?", "${aws:username", [], ["10.0.0.0/8", "3"], ["false", "o-*", "1"]])
def test_no_rule_that_is_left_out_says_something_of_conditions(operator: str, values: object) -> None:
    keys = (
        *global_keys().values(),
        "aws:ResourceTag/",
        "aws:PrincipalTag/a",
        "aws:Arn",
        "aws:SourceOwner",
        "s3:prefix",
    )
    more = ("dynamodb:Attributes", "dynamodb:Select", "ec2:Region", "kms:CallerAccount", "sts:TransitiveTagKeys", "x")
    for key in (
        *keys,
        *more,
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "dynamodb:LeadingKeys",
        "iam:passedToService",
    ):
        for effect in ("Allow", "Deny"):
            statement = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": {operator: {key: values}}}
            document = {"Version": "2012-10-17", "Statement": [statement]}
            assert silenced("policy.json", json.dumps(document))[0] == []


REGULAR = '"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"'
WRONG_STATEMENTS = [
    ("LP002", "{..., 'Effect': 'Allow'}"),
    ("LP002", "{..., 'Condition': {'Bool': {'a:b': 'true'}, 'Bool': {'a:c': 'true'}}}"),
    ("LP002", "{..., 'Condition': {'Bool': {'a:b': 'true', 'a:b': 'false'}}}"),
    ("LP108", "{'Effect': 'allow', 'Action': 's3:GetObject', 'Resource': '*'}"),
    ("LP108", "{'Effect': true, 'Action': 's3:GetObject', 'Resource': '*'}"),
    ("LP109", "{'Effect': 'Allow', 'Action': 's3:GetObject'}"),
    ("LP109", "{'Effect': 'Allow', 'Resource': '*'}"),
    ("LP109", "{'Action': 's3:GetObject', 'Resource': '*'}"),
    ("LP111", "{..., 'Conditions': {}}"),
    ("LP112", "'x'"),
    ("LP112", "{..., 'Sid': 1}"),
    ("LP112", "{..., 'Sid': ['a']}"),
    ("LP112", "{..., 'NotAction': ['s3:*', 1]}"),
    ("LP112", "{..., 'NotResource': [['*']]}"),
    ("LP112", "{..., 'Condition': 'x'}"),
    ("LP112", "{..., 'Condition': {'Bool': 'x'}}"),
    ("LP112", "{..., 'Condition': {'Bool': {'aws:SecureTransport': null}}}"),
    ("LP112", "{..., 'Condition': {'Bool': {'aws:SecureTransport': ['true', false]}}}"),
    ("LP114", "{..., 'Sid': 'a b'}"),
    ("LP114", "{..., 'Sid': 'caf\\u00e9'}"),
    ("LP120", "{..., 'NotPrincipal': '*'}"),
    ("LP701", "{..., 'Sid': ''}"),
    ("LP701", "{..., 'NotAction': []}"),
    ("LP701", "{..., 'Condition': {}}"),
    ("LP701", "{..., 'Principal': {}}"),
    ("LP701", "{..., 'Principal': {'AWS': []}}"),
]
WRONG_POLICIES = [
    ("LP002", "{'Version': '2012-10-17', 'Version': '2012-10-17', 'Statement': {...}}"),
    ("LP002", "{'Version': '2012-10-17', 'Id': {'a': '1', 'a': '2'}, 'Statement': {...}}"),
    ("LP106", "{'Version': '2012', 'Statement': {...}}"),
    ("LP106", "{'Version': 2012, 'Statement': {...}}"),
    ("LP107", "{'Statement': [{...}]}"),
    ("LP111", "{'Version': '2012-10-17', 'Ids': 'x', 'Statement': {...}}"),
    *((rule, f"{{'Version': '2012-10-17', 'Statement': [{{...}}, {one}]}}") for rule, one in WRONG_STATEMENTS),
]


@pytest.mark.parametrize(("rule", "document"), WRONG_POLICIES)
def test_what_is_wrong_with_the_form_of_a_policy_is_told(rule: str, document: str) -> None:
    text = document.replace("'", '"').replace("...", REGULAR)
    (policy,) = extract(Source("policy.json", text), (PolicyKind.IDENTITY, "")).policies
    facts = facts_of(policy)
    assert all(facts & one for one in WITHOUT.get(rule, ()))
    assert list(CHECKS[rule](policy))


def test_every_rule_with_facts_exists() -> None:
    assert set(WITHOUT) <= set(CHECKS)
