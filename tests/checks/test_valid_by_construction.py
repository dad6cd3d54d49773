"""A policy that is put together from the catalogue has no finding of validity; one slip of a known kind has its
finding, at
the characters of the slip."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from lplint import ruleset
from lplint.access.keys import key_type
from lplint.aws import catalog
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from lplint.aws.catalog import Action

VALIDITY = ruleset.select(["LP1"])
# Services of every shape of ARN; more of them take time to load and show nothing new.
SERVICES = (
    *("athena", "backup", "cloudtrail", "cloudwatch", "codebuild", "dynamodb", "ec2", "ecr", "ecs", "eks", "events"),
    *("firehose", "glue", "iam", "kinesis", "kms", "lambda", "logs", "rds", "redshift", "s3", "sagemaker"),
    *("secretsmanager", "sns", "sqs", "ssm", "states"),
)
# Values of keys that have a form of their own.
VALUES = {
    "dynamodb:returnconsumedcapacity": "TOTAL",
    "dynamodb:returnvalues": "NONE",
    "dynamodb:select": "COUNT",
    "ec2:region": "eu-west-1",
    "iam:awsservicename": "ecs.amazonaws.com",
    "iam:passedtoservice": "ecs.amazonaws.com",
    "kms:calleraccount": "123456789012",
    "kms:viaservice": "s3.eu-west-1.amazonaws.com",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:123456789012:key/0a1b",
}
BY_TYPE = {
    "String": ("StringEquals", "orders"),
    "ARN": ("ArnLike", "arn:aws:iam::123456789012:role/app-*"),
    "Bool": ("Bool", "true"),
    "Numeric": ("NumericLessThan", "7"),
    "Date": ("DateLessThan", "2026-12-31T23:59:59Z"),
    "IPAddress": ("IpAddress", "203.0.113.0/24"),
}
WRONG = {"Bool": "maybe", "Numeric": "seven", "Date": "2026-02-30T00:00:00Z", "IPAddress": "203.0.113.999"}


def arn(form: str) -> str:
    """An ARN of a form, with a name for each variable."""
    fields = form.replace("${Partition}", "aws").split(":", 5)
    fields[3] = fields[3] and (fields[3] if "$" not in fields[3] and fields[3] != "*" else "eu-west-1")
    fields[4] = fields[4] and (fields[4] if "$" not in fields[4] and fields[4] != "*" else "123456789012")
    return ":".join(re.sub(r"\$\{[^}]*\}|\*", "orders", field) for field in fields)


def key_of(written: str) -> str:
    """A condition key with a name for its variable part."""
    return re.sub(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$", "team", written)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    service = catalog.service(draw(st.sampled_from(SERVICES)))
    assert service is not None
    names = [name for name in service.action_keys() if service.action(name) is not None]
    action = service.action(draw(st.sampled_from(names)))
    assert action is not None
    made: dict[str, Any] = {"Sid": draw(st.from_regex(r"[A-Za-z0-9]{1,12}", fullmatch=True)), "Effect": "Allow"}
    made["Action"] = [str(action)]
    forms = [form for type_ in action.resource_types for form in type_.arns if "$" not in form.split(":")[2]]
    made["Resource"] = [arn(draw(st.sampled_from(forms)))] if forms else ["*"]
    of_types = [key for type_ in action.resource_types for key in type_.condition_keys]
    keys = sorted({key_of(key) for key in (*action.condition_keys, *of_types)})
    with_condition: bool = draw(st.booleans())
    if keys and with_condition:
        made["Condition"] = condition(action, draw(st.sampled_from(keys)))
    return made


def condition(action: Action, key: str) -> dict[str, Any]:
    type_ = key_type(key)
    assume(type_ is not None and type_.base in BY_TYPE)
    assert type_ is not None
    operator, value = BY_TYPE[type_.base]
    value = VALUES.get(key.lower(), value)
    return {f"ForAnyValue:{operator}" if type_.many else operator: {key: [value]}}


def findings(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """The rules of validity that say something, and what they underline."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    report = lint([Input("p.json", Config(), text.encode())], lambda _: VALIDITY, min_severity=Severity.NOTE)
    assert not report.failures
    return [(finding.rule.id, finding.span.text) for finding in report.findings]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(statement=statements())
def test_what_the_catalogue_knows_is_valid(statement: dict[str, Any]) -> None:
    assert findings(statement) == []


def slip(kind: str, statement: dict[str, Any]) -> tuple[str, str]:
    """Makes one mistake in a statement: the rule that should say so, and what it should underline."""
    (action,), (resource,) = statement["Action"], statement["Resource"]
    prefix, _, name = action.partition(":")
    if kind == "action":
        statement["Action"] = [f"{action}Xyz"]
        return "LP101", f"{name}Xyz"
    if kind == "service":
        statement["Action"] = [f"{prefix}xyz:{name}"]
        return "LP102", f"{prefix}xyz"
    if kind == "effect":
        statement["Effect"] = "allow"
        return "LP108", '"allow"'
    if kind == "element":
        statement["Conditions"] = {}
        return "LP111", '"Conditions"'
    if kind == "sid":
        statement["Sid"] += "-"
        return "LP114", "-"
    if kind == "key":
        statement["Condition"] = {"StringEquals": {f"{prefix}:NoSuchKey": "x"}}
        return "LP104", f'"{prefix}:NoSuchKey"'
    if kind == "operator":
        statement["Condition"] = {"StringEqual": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
        return "LP105", '"StringEqual"'
    if kind == "variable":
        assume(resource != "*")
        statement["Resource"] = [f"{resource}${{aws:username"]
        return "LP117", "${aws:username"
    if kind == "account":
        assume(":123456789012:" in resource)
        statement["Resource"] = [resource.replace(":123456789012:", ":12345678901:")]
        return "LP160", "12345678901"
    if kind == "region":
        assume(":eu-west-1:" in resource)
        statement["Resource"] = [resource.replace(":eu-west-1:", ":eu-wst-1:")]
        return "LP160", "eu-wst-1"
    ((operator, keys),) = statement.get("Condition", {"": {"": ""}}).items()
    ((key, _),) = keys.items()
    type_ = key_type(key)
    assume(type_ is not None and type_.base in WRONG)
    assert type_ is not None
    statement["Condition"] = {operator: {key: [WRONG[type_.base]]}}
    return "LP134", f'"{WRONG[type_.base]}"'


KINDS = (
    *("action", "service", "effect", "element", "sid", "key", "operator", "variable", "account", "region", "value"),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(statement=statements(), kind=st.sampled_from(KINDS))
def test_a_slip_is_found_where_it_is(statement: dict[str, Any], kind: str) -> None:
    expected = slip(kind, statement)
    assert expected in findings(statement)
