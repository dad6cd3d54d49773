"""Whether a condition keeps any request out, and if it does not, why."""

from __future__ import annotations

from lplint.access.patterns import contains, matches
from lplint.aws import conditions
from lplint.model.node import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplint.model.policy import Condition, Statement

# Both halves of the addresses together are all of them.
_EVERY_ADDRESS = frozenset(("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1"))
# Keys that AWS sends with every request they are about, or with most, so that a condition which also holds without them
# still asks for something.
# Source: AWS Service Authorization Reference and IAM User Guide, the descriptions of these keys.
_ALWAYS_SENT = frozenset(
    (
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principaltype",
        "aws:requestedregion",
        "aws:securetransport",
        "aws:userid",
        "iam:awsservicename",
        "iam:passedtoservice",
        "iam:policyarn",
        "kms:granteeprincipal",
        "lambda:principal",
    )
)
# Values that every request has, for keys that hold one form of value only.
_EVERY_VALUE = {
    "aws:sourcearn": "arn:*",
    "aws:principalarn": "arn:*",
    "iam:awsservicename": "*.amazonaws.com",
    "iam:passedtoservice": "*.amazonaws.com",
    "iam:permissionsboundary": "arn:aws:iam::*:policy/*",
    "iam:policyarn": "arn:aws:iam::*:policy/*",
    "lambda:principal": "*.amazonaws.com",
}


def unread(statement: Statement) -> bool:
    """Whether a statement may have a condition that the text does not tell."""
    condition = statement.condition
    if not statement.complete or (condition is not None and not statement.conditions):
        return True
    return isinstance(condition, Map) and not all(isinstance(keys, Map) for _, keys in condition.entries)


def keeps_out_nothing(condition: Condition, statement: Statement) -> str | None:
    """Why a condition lets every request through, as the end of a sentence that begins with its key; None if it may
    keep one out."""
    key = condition.key.value
    operator = conditions.operator(condition.operator.value) if condition.operator.value is not None else None
    if key is None or operator is None:
        return None
    key = key.lower()
    if operator.name == "Null":
        return "is only asked to be there, whatever its value is"
    if key not in _ALWAYS_SENT:
        if operator.set_operator == "ForAllValues" and not _asks_for(key, statement):
            return "is compared with ForAllValues, which holds where the request does not send it"
        if operator.if_exists:
            return "is compared with IfExists, which holds where the request does not send it"
        if operator.negated and operator.without_key and not _asks_for(key, statement):
            return f"is compared with {operator.name}, which holds where the request does not send it"
    if not condition.complete or operator.negated:
        return None
    for text in condition.values:
        if text.value is not None and _is_every_value(key, operator.name, text.value):
            return f'is compared with "{text.value}", which every value matches'
    return None


def restricting(statement: Statement, keys: Iterable[str]) -> Iterator[Condition]:
    """The conditions of a statement on one of some keys, patterns in lower case, that may keep a request out."""
    for condition in conditions_on(statement, keys):
        if keeps_out_nothing(condition, statement) is None:
            yield condition


def conditions_on(statement: Statement, keys: Iterable[str]) -> Iterator[Condition]:
    """The conditions of a statement that are, or may be, on one of some keys, patterns in lower case."""
    for condition in statement.conditions:
        key = condition.key.value
        if key is None or any(matches(pattern, key.lower()) for pattern in keys):
            yield condition


def wants_tag(condition: Condition, statement: Statement) -> bool:
    """Whether a condition asks that resources have a tag, whatever its value is: those without it are out of reach."""
    key = (condition.key.value or "").lower()
    operator = conditions.operator(condition.operator.value or "")
    if "resourcetag/" not in key or operator is None:
        return False
    if operator.without_key:
        return False
    return operator.name != "Null" or _asks_for(key, statement)


def _asks_for(key: str, statement: Statement) -> bool:
    """Whether another condition of the statement asks that the request sends a key."""
    return any(
        (other.key.value or "").lower() == key
        and (other.operator.value or "").lower() == "null"
        and any((text.value or "").lower() == "false" for text in other.values)
        for other in statement.conditions
    )


def _is_every_value(key: str, operator: str, value: str) -> bool:
    if operator == "IpAddress":
        return value in _EVERY_ADDRESS
    if operator not in ("StringLike", "ArnLike", "ArnEquals"):
        return False
    if not value.strip("*?"):
        return True
    every = _EVERY_VALUE.get(key)
    return every is not None and contains(value, every)
