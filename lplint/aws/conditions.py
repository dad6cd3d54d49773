"""Condition operators, condition keys and policy variables."""

from __future__ import annotations

import re
from functools import cache

from lplint.aws import catalog
from lplint.aws.tables import load as load_table

# Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators".
OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
)
FAMILIES = ("String", "Numeric", "Date", "Bool", "Binary", "IpAddress", "Arn", "Null")
SET_OPERATORS = ("ForAllValues", "ForAnyValue")
_BY_LOWER = {name.lower(): name for name in OPERATORS}
# The Serverless Framework and Terraform write their own variables in the same brackets.
_FOREIGN_VARIABLES = frozenset(
    (
        "cf",
        "cfn",
        "custom",
        "data",
        "each",
        "env",
        "file",
        "git",
        "local",
        "module",
        "opt",
        "param",
        "self",
        "sls",
        "var",
    )
)


# The keys that hold the name of a tag behind a slash.
# Source: AWS IAM User Guide, "AWS global condition context keys".
TAG_KEYS = ("aws:principaltag", "aws:requesttag", "aws:resourcetag")


class Operator:
    """A condition operator taken apart: `ForAnyValue:StringLikeIfExists`. `name` is AWS's spelling, `family` the type
    that it compares: String, Numeric, Date, Bool, Binary, IpAddress, Arn or Null. `negated` tells whether it holds
    where the key has another value than those listed, `without_key` whether it holds where a request carries no such
    key.

    Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators"; "Set operators for multivalued context
    keys": ForAnyValue never holds without the key.
    """

    __slots__ = ("family", "if_exists", "name", "negated", "set_operator", "without_key")

    def __init__(self, name: str, set_operator: str, if_exists: bool) -> None:
        self.name = name
        self.set_operator = set_operator
        self.if_exists = if_exists
        self.family = next(one for one in FAMILIES if one in name)
        self.negated = "Not" in name
        self.without_key = (
            if_exists or set_operator == "ForAllValues" or (self.negated and set_operator != "ForAnyValue")
        )


@cache
def operator(written: str) -> Operator | None:
    """The operator that is written so, in any case; None if there is none such."""
    set_operator, colon, name = written.rpartition(":")
    found = next((one for one in SET_OPERATORS if one.lower() == set_operator.lower()), "")
    if colon and not found:
        return None
    lowered = name.lower()
    if lowered in _BY_LOWER:
        return Operator(_BY_LOWER[lowered], found, False)
    if lowered.endswith("ifexists") and lowered[:-8] in _BY_LOWER and lowered != "nullifexists":
        return Operator(_BY_LOWER[lowered[:-8]], found, True)
    return None


@cache
def spellings() -> tuple[str, ...]:
    """Every way to write an operator, with and without IfExists and a set operator."""
    names = [*OPERATORS, *(f"{name}IfExists" for name in OPERATORS if name != "Null")]
    return (*names, *(f"{prefix}:{name}" for prefix in SET_OPERATORS for name in names))


@cache
def global_keys() -> dict[str, str]:
    """The condition keys that every service knows: AWS's spelling by lower-case name. A tag key is `tag-key`."""
    return {key.lower(): key for key in load_table("global_condition_keys")["keys"]}


def global_key_type(key: str) -> str | None:
    """The type of a global key, by its lower-case name ("ArrayOfString" for one with several values); None for a key
    that
    is not global, or whose type AWS does not document."""
    lowered = _TAG.sub(r"\1/tag-key", key)
    name = global_keys().get(lowered)
    found: str | None = load_table("global_condition_keys")["keys"][name][0] if name is not None else None
    return found


_TAG = re.compile(r"^(aws:(?:principal|request|resource)tag)/.+$")


def is_policy_variable(name: str) -> bool:
    """Whether `${name}` is IAM's own variable (`aws:username`, `aws:PrincipalTag/team, 'none'`, `*`) and not one of
    another tool that is replaced before AWS sees the policy.

    Source: AWS IAM User Guide, "IAM policy elements: Variables and tags".
    """
    if name in ("*", "?", "$"):
        return True
    prefix, colon, rest = name.strip().partition(":")
    prefix = prefix.lower()
    if not colon or rest.startswith(":") or prefix in _FOREIGN_VARIABLES:
        return False
    return prefix in ("aws", "saml") or "." in prefix or prefix in catalog.service_titles()


# Keys that say who calls, from where, or on whose behalf: a condition on one of them can keep the public out.
# Source: AWS IAM User Guide, "AWS global condition context keys", properties of the principal, of the network and of
# the request; AWS KMS Developer Guide, kms:CallerAccount and kms:ViaService; Amazon S3 User Guide, access point keys.
CALLER_KEYS = frozenset(
    (
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
        *("aws:ec2instancesourceprivateipv4", "aws:ec2instancesourcevpc", "ec2:sourceinstancearn"),
        *("aws:federatedprovider", "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice"),
        *("aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename", "aws:principalservicenameslist"),
        *("aws:principaltype", "aws:userid", "aws:username", "aws:sourceidentity"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"),
        *("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce"),
        *("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"),
        *("kms:calleraccount", "kms:viaservice", "lambda:eventsourcetoken", "lambda:sourcefunctionarn"),
        *("s3:accesspointnetworkorigin", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"),
        "ssm:sourceinstancearn",
    )
)


def names_caller(key: str) -> bool:
    """Whether a condition key says who calls or from where. A key of an identity provider (`saml:aud`,
    `accounts.google.com:sub`) does: only that provider's users carry it."""
    lowered = key.lower()
    prefix = lowered.partition(":")[0]
    return lowered in CALLER_KEYS or lowered.startswith("aws:principaltag/") or prefix == "saml" or "." in prefix
