"""The values of conditions: whether each is what its operator or its key compares."""

from __future__ import annotations

import re
from functools import cache

from lplint.access.compared import compared
from lplint.access.placeholders import holds_placeholder
from lplint.aws import regions
from lplint.checks.suggest import did_you_mean
from lplint.model.finding import Mend, Problem, Related, Remove, Replace
from lplint.model.node import Seq

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.aws.conditions import Operator
    from lplint.model.policy import Condition, Policy
    from lplint.model.text import Text

# Patterns are compiled when a policy first needs them: most need none.
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_EPOCH = r"\d{9,11}"
# A date in one of W3C's forms of ISO 8601, from the year alone to fractions of a second.
# Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators", date condition operators.
_DATE = r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-](\d\d):?(\d\d))?)?)?)?"
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def invalid_condition_value(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, _key in compared(policy):
        # The key says more than the operator; what it takes is told by invalid-key-value.
        if operator.family == "String":
            continue
        for text in condition.values:
            value = text.value
            if value is None or "${" in value:
                continue
            wrong = _wrong(operator, value)
            if wrong and not holds_placeholder(value):
                yield Problem(text.span, wrong)
        if operator.name in ("Bool", "Null") and isinstance(condition.node, Seq) and not operator.set_operator:
            values = [text.value for text in condition.values]
            if len(values) > 1 and None not in values and condition.complete:
                second = condition.values[1]
                yield Problem(
                    second.span,
                    f"{operator.name} takes one value, true or false; with both it says nothing. Keep one.",
                    [Related(condition.values[0].span, "the first one")],
                )


@cache
def _wrong(operator: Operator, value: str) -> str:
    """What to say of a value that is not of the type that an operator compares."""
    family = operator.family
    if family == "Bool" or family == "Null":
        if value.lower() not in ("true", "false"):
            return f"{operator.name} compares with true or false, and never equals '{value}'."
    elif family == "Numeric":
        if re.fullmatch(_NUMBER, value) is None:
            return f"{operator.name} compares numbers, and '{value}' is none."
    elif family == "Date":
        if re.fullmatch(_EPOCH, value) is None and not is_date(value):
            return f"{operator.name} compares dates, and '{value}' is none; write one as 2026-12-31T23:59:59Z."
    elif family == "IpAddress":
        if not is_network(value):
            return f"{operator.name} compares addresses, and '{value}' is no address or range such as 203.0.113.0/24."
    elif family == "Binary":
        if not _is_base64(value):
            return f"{operator.name} compares bytes in base64, and '{value}' is none."
    elif family == "Arn" and not _is_arn(value):
        return f"{operator.name} compares ARNs, and '{value}' is none; an ARN has six parts, with a colon between two."
    return ""


def is_date(value: str) -> bool:
    """Whether a string is a date, and one that exists."""
    match = re.fullmatch(_DATE, value)
    if match is None:
        return False
    year, month, day, hour, minute, second = (int(part) if part is not None else 0 for part in match.groups()[:6])
    if match[2] is not None and not 1 <= month <= 12:
        return False
    if match[3] is not None:
        leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        if not 1 <= day <= _MONTHS[month - 1] + leap:
            return False
    # The widest offset from UTC in use is fourteen hours.
    offset = int(match[8] or 0) * 60 + int(match[9] or 0)
    return hour <= 23 and minute <= 59 and second <= 60 and offset <= 14 * 60


@cache
def is_network(value: str) -> bool:
    """Whether a string is an IPv4 or IPv6 address, or a range of them."""
    from ipaddress import ip_network

    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _is_base64(value: str) -> bool:
    import base64

    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True


def _is_arn(value: str) -> bool:
    """Whether a string may be compared as an ARN: six fields, or a star that may stand for several."""
    return value.startswith(("arn:", "*", "?")) and (value.count(":") >= 5 or value.startswith(("*", "?", "arn:*")))


def epoch_date(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, key in compared(policy):
        if operator.family != "Date" or key == "aws:epochtime":
            continue
        for text in condition.values:
            if text.value is not None and re.fullmatch(_EPOCH, text.value):
                yield Problem(
                    text.span,
                    f"{text.value} is a number of seconds, which nobody reads; write {_date(int(text.value))}.",
                    mend=Mend(f"Write {_date(int(text.value))}.", Replace(text, _date(int(text.value)))),
                )


def _date(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- values that a key takes

_HEX = r"(?:[0-9a-f]{8}|[0-9a-f]{17})"
_FORMS = {
    "aws:sourcevpc": (f"vpc-{_HEX}", "the id of a VPC, vpc- and 8 or 17 hexadecimal digits"),
    "aws:sourcevpce": (f"vpce-{_HEX}", "the id of a VPC endpoint, vpce- and 8 or 17 hexadecimal digits"),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": (
        r"arn:aws[a-z-]*:kms:[a-z0-9-]*:\d{12}:(?:key|alias)/.+",
        "the ARN of a KMS key, which is what the request is compared by",
    ),
    "aws:principalaccount": (r"\d{12}", "an account's id of 12 digits"),
    "aws:resourceaccount": (r"\d{12}", "an account's id of 12 digits"),
    "aws:sourceaccount": (r"\d{12}", "an account's id of 12 digits"),
    "kms:calleraccount": (r"\d{12}", "an account's id of 12 digits"),
}
_REGION_KEYS = frozenset(("aws:requestedregion", "ec2:region"))
# Source: Amazon DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".
_SETS = {
    "dynamodb:returnconsumedcapacity": ("INDEXES", "NONE", "TOTAL"),
    "dynamodb:returnvalues": ("ALL_NEW", "ALL_OLD", "NONE", "UPDATED_NEW", "UPDATED_OLD"),
    "dynamodb:select": ("ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"),
}


def invalid_key_value(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, key in compared(policy):
        if operator.family != "String" or not (key in _FORMS or key in _REGION_KEYS or key in _SETS):
            continue
        for text in condition.values:
            value = text.value
            # A wildcard without Like is told by wildcard-without-like.
            if value is None or "${" in value or "*" in value or "?" in value or holds_placeholder(value):
                continue
            wrong = _unlike(key, value)
            if wrong:
                yield Problem(text.span, f"'{value}' is not {wrong}")


def _unlike(key: str, value: str) -> str:
    """The end of the sentence that says what a value should be."""
    if key in _FORMS:
        form, words = _FORMS[key]
        return "" if re.fullmatch(form, value) else f"{words}, so this never matches."
    if key in _SETS:
        if value in _SETS[key]:
            return ""
        known = _SETS[key]
        return f"one of the values that a request sends{did_you_mean(value, known) or ': ' + ', '.join(known) + '.'}"
    if value in regions.regions():
        return ""
    return f"a region of AWS, so this never matches{did_you_mean(value, regions.regions()) or '.'}"


# -- addresses


def private_source_ip(policy: Policy) -> Iterator[Problem]:
    for condition, operator, private, others in _private(policy):
        if others or not condition.complete:
            continue
        what = (
            "aws:SourceIp is a public address, and no request comes from a private one, so this never holds"
            if operator.name == "IpAddress"
            else "aws:SourceIp is a public address, so it is always outside these ranges and this excludes nothing"
        )
        yield Problem(private[0].span, f"{what}; compare aws:VpcSourceIp together with aws:SourceVpc.")


def some_private_source_ip(policy: Policy) -> Iterator[Problem]:
    for _, _, private, others in _private(policy):
        if others:
            for text in private:
                yield Problem(
                    text.span,
                    "aws:SourceIp is a public address, so this private range never counts; remove it.",
                    mend=Mend(f"Remove {text.display}.", Remove(text), keeps=[others[0].span]),
                )


def _private(policy: Policy) -> Iterator[tuple[Condition, Operator, list[Text], list[Text]]]:
    """The conditions on aws:SourceIp with a private range, and their values that are private and that are not."""
    for _, condition, operator, key in compared(policy):
        if key != "aws:sourceip" or operator.family != "IpAddress":
            continue
        private = [text for text in condition.values if text.value is not None and _is_private(text.value)]
        if private:
            yield condition, operator, private, [text for text in condition.values if text not in private]


# Source: RFC 1918, RFC 4193.
_PRIVATE_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")


@cache
def _is_private(value: str) -> bool:
    from ipaddress import ip_network

    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    ranges = [ip_network(one) for one in _PRIVATE_RANGES]
    return any(network.version == one.version and network.subnet_of(one) for one in ranges)  # type: ignore[arg-type]  # both are of one version


def host_bits(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, _ in compared(policy):
        if operator.family != "IpAddress":
            continue
        for text in condition.values:
            right = _network(text.value) if text.value is not None and "/" in text.value else None
            if right is not None and right != text.value:
                yield Problem(
                    text.span,
                    f"This means {right}, which its mask cuts it to; write that.",
                    mend=Mend(f"Write {right}.", Replace(text, right)),
                )


@cache
def _network(value: str) -> str | None:
    """A range as its mask leaves it, where that is another one."""
    from ipaddress import ip_interface

    try:
        one = ip_interface(value)
    except ValueError:
        return None
    return None if one.ip == one.network.network_address else str(one.network)
