"""What statements allow, against a plain interpreter of AWS's evaluation logic over a small world."""

from __future__ import annotations

import itertools
import json
import os
import random
from fnmatch import fnmatchcase

import pytest

from lplint.access.grants import Access, Reach
from lplint.engine import decode
from lplint.extract import extract
from lplint.model.policy import Policy, PolicyKind

ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage", "sqs:DeleteMessage", "iam:PassRole")
RESOURCES = ("arn:aws:s3:::a/1", "arn:aws:s3:::a/2", "arn:aws:s3:::b/1", "arn:aws:sqs:eu-west-1:123456789012:q")
KEYS = ("aws:PrincipalTag/x", "aws:ResourceTag/y")
CONTEXTS = tuple(itertools.product((False, True), repeat=2))
EXHAUSTIVE = bool(os.environ.get("LPLINT_EXHAUSTIVE"))

_ACTION_ELEMENTS: tuple[dict[str, object], ...] = (
    {"Action": "*"},
    {"Action": "s3:*"},
    {"Action": "S3:get*"},
    {"Action": ["s3:PutObject", "sqs:*Message"]},
    {"Action": "iam:PassRole"},
    {"NotAction": "s3:*"},
    {"NotAction": ["s3:?etObject", "iam:*"]},
)
_RESOURCE_ELEMENTS: tuple[dict[str, object], ...] = (
    {"Resource": "*"},
    {"Resource": "arn:aws:s3:::a/*"},
    {"Resource": ["arn:aws:s3:::a/1", "arn:aws:sqs:*:*:q"]},
    {"Resource": "arn:aws:s3:::?/1"},
    {"NotResource": "arn:aws:s3:::a/*"},
    {"NotResource": ["arn:aws:s3:::b/1", "arn:aws:sqs:eu-west-1:123456789012:*"]},
)
_CONDITIONS: tuple[dict[str, object], ...] = (
    {},
    {"Condition": {"StringEquals": {KEYS[0]: "true"}}},
    {"Condition": {"StringEquals": {KEYS[1]: "true"}}},
    {"Condition": {"StringEquals": dict.fromkeys(KEYS, "true")}},
)
STATEMENTS = [
    {"Effect": effect, **action, **resource, **condition}
    for effect, action, resource, condition in itertools.product(
        ("Allow", "Deny"), _ACTION_ELEMENTS, _RESOURCE_ELEMENTS, _CONDITIONS
    )
]
POINTS = list(itertools.product(ACTIONS, RESOURCES))


def policy_of(*statements: object, extra: str = "") -> Policy:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}) + extra
    found = extract(decode("p.json", text.encode())[0], (PolicyKind.IDENTITY, ""))
    return found.policies[0]


def listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]  # type: ignore[attr-defined]  # a list


def applies(statement: dict[str, object], action: str, resource: str, context: tuple[bool, ...]) -> bool:
    """Whether a statement is about a request, as the documentation of its elements says."""
    name = action.lower()
    if "Action" in statement:
        if not any(fnmatchcase(name, one.lower()) for one in listed(statement["Action"])):
            return False
    elif any(fnmatchcase(name, one.lower()) for one in listed(statement["NotAction"])):
        return False
    if "Resource" in statement:
        if not any(fnmatchcase(resource, one) for one in listed(statement["Resource"])):
            return False
    elif any(fnmatchcase(resource, one) for one in listed(statement["NotResource"])):
        return False
    asked = statement.get("Condition", {}).get("StringEquals", {})  # type: ignore[attr-defined]  # a dict
    return all(context[KEYS.index(key)] for key in asked)


def test_every_policy_of_two_statements_allows_what_aws_says_it_does() -> None:
    whole = [policy_of(statement).statements[0] for statement in STATEMENTS]
    shell = policy_of(STATEMENTS[0])
    # The points and contexts to which each statement applies, as bits.
    bits = [
        sum(
            1 << number
            for number, ((action, resource), context) in enumerate(itertools.product(POINTS, CONTEXTS))
            if applies(statement, action, resource, context)
        )
        for statement in STATEMENTS
    ]
    requests = [
        {key.lower(): str(value).lower() for key, value in zip(KEYS, context, strict=True)} for context in CONTEXTS
    ]
    pairs = list(itertools.combinations_with_replacement(range(len(STATEMENTS)), 2))
    if not EXHAUSTIVE:
        pairs = random.Random(7).sample(pairs, 2500)
    for pair in pairs:
        allowed = denied = 0
        for number in pair:
            if STATEMENTS[number]["Effect"] == "Allow":
                allowed |= bits[number]
            else:
                denied |= bits[number]
        allowed &= ~denied
        shell.statements = tuple(whole[number] for number in pair)
        access = Access((shell,))
        for number, (action, resource) in enumerate(POINTS):
            here = allowed >> number * len(CONTEXTS) & 0b1111
            said = [STATEMENTS[one] for one in pair]
            reach = access.reach(action, resource)
            assert (reach is Reach.YES) == (here == 0b1111), (said, action, resource)
            assert (reach is not Reach.NO) == (here != 0), (said, action, resource)
            if here not in (0, 0b1111):
                for bit, request in enumerate(requests):
                    known = access.reach(action, resource, request)
                    assert known is (Reach.YES if here >> bit & 1 else Reach.NO), (said, action, resource, request)


ROLE = "arn:aws:iam::*:role/*"


def allow(action: object = "iam:PassRole", resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object = "iam:PassRole", resource: object = "*", **more: object) -> dict[str, object]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def reach(*statements: object, form: str = ROLE, action: str = "iam:PassRole", **request: str) -> Reach:
    keys = {key.replace("_", ":"): value for key, value in request.items()}
    return Access((policy_of(*statements),)).reach(action, form, keys)


@pytest.mark.parametrize(
    "resource",
    [
        *(
            "*",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::123456789012:role/*",
            "arn:*:iam::*:*",
            "arn:aws:iam::*",
            "arn:aws-cn:iam::*",
        ),
        *(["arn:aws:iam::1:role/a", "arn:aws:iam::1:r*"], "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"),
    ],
)
def test_what_covers_every_role_of_an_account(resource: object) -> None:
    assert reach(allow(resource=resource)) is Reach.YES


@pytest.mark.parametrize(
    "resource", ["arn:aws:iam::*:user/*", "arn:aws:iam::aws:policy/*", "arn:aws:s3:::*", "arn:aws:iam::1:policy/role/*"]
)
def test_what_covers_no_role(resource: str) -> None:
    assert reach(allow(resource=resource)) is Reach.NO


@pytest.mark.parametrize(
    "resource", ["arn:aws:iam::*:role/app-*", "arn:aws:iam::1:role/a", "arn:aws:iam::*:role/${aws:username}"]
)
def test_what_covers_some_roles(resource: str) -> None:
    assert reach(allow(resource=resource)) is Reach.MAYBE


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (deny(), Reach.NO),
        (deny("iam:*"), Reach.NO),
        (deny(resource="arn:aws:iam::123456789012:role/*"), Reach.NO),
        (deny(resource="arn:aws:iam::*:role/admin"), Reach.YES),
        (deny("iam:CreateRole"), Reach.YES),
        (deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}), Reach.UNLESS),
        (deny(Condition={"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}), Reach.NO),
        (deny(Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}), Reach.YES),
        (deny(Condition={"StringNotLike": {"iam:PassedToService": "lambda.*"}}), Reach.YES),
        ({"Effect": "Deny", "NotAction": "iam:PassRole", "Resource": "*"}, Reach.YES),
        ({"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}, Reach.NO),
        # All that is left are the roles that it names.
        ({"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/app-*"}, Reach.NO),
        ({"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/*"}, Reach.YES),
    ],
)
def test_what_a_deny_leaves_of_an_allow_on_everything(statement: object, expected: Reach) -> None:
    assert reach(allow(), statement, iam_passedtoservice="lambda.amazonaws.com") is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, Reach.YES),
        ({"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}}, Reach.YES),
        ({"StringEqualsIfExists": {"iam:PassedToService": "ec2.amazonaws.com"}}, Reach.NO),
        ({"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}, Reach.YES),
        ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, Reach.MAYBE),
        ({"Null": {"iam:PassedToService": "false"}}, Reach.YES),
        ({"Null": {"iam:PassedToService": "true"}}, Reach.NO),
        ("${condition}", Reach.MAYBE),
    ],
)
def test_what_an_allow_with_a_condition_allows(condition: object, expected: Reach) -> None:
    assert reach(allow(Condition=condition), iam_passedtoservice="lambda.amazonaws.com") is expected


def test_a_deny_on_the_same_condition_cancels() -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/team": "a"}}
    other = {"StringEquals": {"aws:PrincipalTag/team": "b"}}
    assert reach(allow(Condition=condition), deny(Condition=condition)) is Reach.NO
    assert reach(allow(Condition=condition), deny(Condition=other)) is Reach.MAYBE


@pytest.mark.parametrize("resource", ["${var.roles}", "arn:aws:iam::*:${var.kind}/*", "${var.prefix}*"])
def test_a_deny_on_something_unknown_may_cancel(resource: str) -> None:
    assert reach(allow(), deny(resource=resource)) is Reach.MAYBE


def test_a_deny_on_something_unknown_but_narrow_leaves_the_rest() -> None:
    assert reach(allow(), deny(resource="arn:aws:iam::${var.account}:role/admin")) is Reach.YES


def test_a_boundary_limits_and_gives_nothing() -> None:
    everything, passing, reading = policy_of(allow("*")), policy_of(allow("iam:Pass*")), policy_of(allow("s3:Get*"))
    denying = policy_of(allow("*"), deny())
    assert Access((everything,), (passing,)).reach("iam:PassRole", ROLE) is Reach.YES
    assert Access((everything,), (reading,)).reach("iam:PassRole", ROLE) is Reach.NO
    assert Access((everything,), (denying,)).reach("iam:PassRole", ROLE) is Reach.NO
    assert Access((reading,), (everything,)).reach("iam:PassRole", ROLE) is Reach.NO
    # It is not known which of the two is in force, or what the boundary is.
    assert Access((everything,), (passing, reading)).reach("iam:PassRole", ROLE) is Reach.MAYBE
    assert Access((everything,), bounded=True).reach("iam:PassRole", ROLE) is Reach.MAYBE


def test_a_deny_of_another_policy_cancels() -> None:
    assert Access((policy_of(allow()), policy_of(deny()))).reach("iam:PassRole", ROLE) is Reach.NO


def test_a_variable_covers_itself_and_not_everybody() -> None:
    mine = "arn:aws:iam::*:user/${aws:username}"
    access = Access((policy_of(allow("iam:*", "*"), deny("iam:*", mine)),))
    assert access.reach("iam:CreateAccessKey", "arn:aws:iam::*:user/*") is Reach.YES
    assert access.reach("iam:CreateAccessKey", "arn:aws:iam::1:user/jo") is Reach.MAYBE


@pytest.mark.parametrize("form", ["arn:aws:iam:*", "arn:*", "role/*", "", "*", "::::::*"])
def test_a_form_can_be_anything(form: str) -> None:
    assert reach(allow(), form=form) is Reach.YES
    assert reach(allow(resource="arn:aws:iam::1:role/a"), deny(resource=form), form=form) < Reach.YES


def test_a_grant_tells_what_grants() -> None:
    access = Access((policy_of(allow(["s3:Get*", "iam:Pass*"], ["arn:aws:iam::1:role/a", "*"])),))
    grants = access.grants("iam:PassRole")
    assert [(grant.entry.value, grant.resource and grant.resource.value) for grant in grants] == [
        ("iam:Pass*", "arn:aws:iam::1:role/a"),
        ("iam:Pass*", "*"),
    ]
    assert access.grants("iam:CreateUser") == ()
