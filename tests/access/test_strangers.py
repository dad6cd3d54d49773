"""What strangers can bring about, against requests of theirs that are tried one after the other."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

import pytest

from lplint.access.strangers import ANYONE, OTHER_ACCOUNT, SERVICE_FOR_OTHERS, Stranger, can_escape, can_meet
from lplint.extract import extract
from lplint.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lplint.model.policy import Statement

    Condition = tuple[str, str, str]

OURS, THEIRS = "111122223333", "999988887777"
# For each key what a caller of the kind can send; None for a request without it.
REQUESTS: Mapping[Stranger, Mapping[str, Sequence[str | None]]] = {
    ANYONE: {
        "aws:PrincipalAccount": [None],
        "aws:PrincipalArn": [None],
        "aws:PrincipalOrgID": [None],
        "aws:PrincipalTag/team": [None],
        "aws:SourceAccount": [None],
        "aws:SourceArn": [None],
        "aws:SourceVpce": [None, "vpce-9999"],
        "aws:UserAgent": [None, "curl", "ours", "*"],
    },
    OTHER_ACCOUNT: {
        "aws:PrincipalAccount": [THEIRS],
        "aws:PrincipalArn": [f"arn:aws:iam::{THEIRS}:role/shop", f"arn:aws:iam::{THEIRS}:user/eve"],
        "aws:PrincipalOrgID": [None, "o-9999999999"],
        "aws:PrincipalTag/team": [None, "ours", "other", "*"],
        "aws:SourceAccount": [None],
        "aws:SourceArn": [None],
        "aws:SourceVpce": [None, "vpce-9999"],
        "aws:UserAgent": [None, "curl", "ours", "*"],
    },
    SERVICE_FOR_OTHERS: {
        "aws:PrincipalAccount": [None],
        "aws:PrincipalArn": [None],
        "aws:PrincipalOrgID": [None],
        "aws:PrincipalTag/team": [None],
        "aws:SourceAccount": [None, THEIRS],
        "aws:SourceArn": [None, f"arn:aws:sns:eu-west-1:{THEIRS}:topic", f"arn:aws:sqs:eu-west-1:{THEIRS}:ours"],
        "aws:SourceVpce": [None],
        "aws:UserAgent": [None, "curl", "ours", "*"],
    },
}
VALUES: Mapping[str, Sequence[str]] = {
    "aws:PrincipalAccount": [OURS, "*", "1*"],
    "aws:PrincipalArn": [f"arn:aws:iam::{OURS}:role/*", "arn:aws:iam::*:role/shop", "*"],
    "aws:PrincipalOrgID": ["o-1111111111", "o-*"],
    "aws:PrincipalTag/team": ["ours", "*"],
    "aws:SourceAccount": [OURS, "*"],
    "aws:SourceArn": [f"arn:aws:sns:*:{OURS}:*", "arn:aws:sns:*:*:*"],
    "aws:SourceVpce": ["vpce-1111", "vpce-*"],
    "aws:UserAgent": ["ours", "*"],
}
OPERATORS = (
    *("StringEquals", "StringLike", "StringNotEquals", "StringNotLike"),
    *("StringEqualsIfExists", "StringLikeIfExists", "StringNotLikeIfExists", "ForAllValues:StringLike"),
)
ALL: list[Condition] = [
    *((operator, key, value) for key, values in VALUES.items() for operator in OPERATORS for value in values),
    *(("Null", key, value) for key in VALUES for value in ("true", "false")),
]


def holds(condition: Condition, sent: str | None) -> bool:
    """What AWS's documentation says of an operator, in the plainest words."""
    operator, _, value = condition
    if operator == "Null":
        return (sent is None) == (value == "true")
    if sent is None:
        return "Not" in operator or operator.endswith("IfExists") or operator.startswith("ForAllValues")
    pattern = ".*".join(map(re.escape, value.split("*"))) if "Like" in operator else re.escape(value)
    return (re.fullmatch(pattern, sent) is not None) != ("Not" in operator)


def requests(stranger: Stranger, conditions: Sequence[Condition]) -> Iterator[dict[str, str | None]]:
    keys = sorted({key for _, key, _ in conditions})
    for sent in itertools.product(*(REQUESTS[stranger][key] for key in keys)):
        yield dict(zip(keys, sent, strict=True))


def statement(conditions: Sequence[Condition]) -> Statement:
    made: dict[str, dict[str, str]] = {}
    for operator, key, value in conditions:
        made.setdefault(operator, {})[key] = value
    text = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": made}
    document = json.dumps({"Version": "2012-10-17", "Statement": [text]})
    (policy,) = extract(Source("p.json", document), None, lambda _: None).policies
    return policy.statements[0]


@pytest.mark.parametrize("stranger", REQUESTS, ids=["anyone", "other-account", "service-for-others"])
def test_what_strangers_can_meet_and_escape(stranger: Stranger) -> None:
    pairs = [pair for pair in itertools.combinations(ALL, 2) if pair[0][:2] != pair[1][:2]]
    for conditions in [*((one,) for one in ALL), *pairs[::7]]:
        found = statement(conditions)
        sent = list(requests(stranger, conditions))
        met = any(all(holds(one, request[one[1]]) for one in conditions) for request in sent)
        escaped = any(not all(holds(one, request[one[1]]) for one in conditions) for request in sent)
        assert can_meet(found, stranger) is met, conditions
        assert can_escape(found, stranger) is escaped, conditions
