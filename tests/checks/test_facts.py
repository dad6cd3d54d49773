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


def test_every_rule_with_facts_exists() -> None:
    assert set(WITHOUT) <= set(CHECKS)
