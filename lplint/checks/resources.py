"""ARNs in Resource elements: their six fields, and whether the service has such a resource."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.arns import forms, has_possible_form, is_service, possible_forms, reaches_over_colon
from lplint.access.patterns import widest
from lplint.access.placeholders import holds_placeholder
from lplint.aws import catalog, regions
from lplint.checks.suggest import did_you_mean
from lplint.model.finding import Problem
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Policy
    from lplint.model.text import Text

_PARTITION, _SERVICE, _REGION, _ACCOUNT = 1, 2, 3, 4


def _resources(policy: Policy) -> Iterator[Text]:
    for statement in policy.statements:
        for element in (statement.resource, statement.not_resource):
            if element is not None:
                yield from element.values


def malformed_arn(policy: Policy) -> Iterator[Problem]:
    for text in _resources(policy):
        wrong = _malformed(text.value) if text.value is not None else None
        if wrong is not None:
            start, end, words = wrong
            yield Problem(text.span_of(start, end) if end > start else text.span, words)


@lru_cache(maxsize=16384)
def _malformed(value: str) -> tuple[int, int, str] | None:
    """What is wrong with the fields of a resource, and between which of its characters; (0, 0) for all of it."""
    if value[:1] in ("*", "?") or value.startswith("${") or holds_placeholder(value):
        return None
    if not value.startswith("arn:"):
        # Policies of Amazon API Gateway may leave out all but the stage and path.
        if value.startswith("execute-api:") or "arn:".startswith(value.rstrip("*?")):
            return None
        if value[:4].lower() == "arn:":
            return 0, 3, "An ARN begins with arn, in lower case; AWS rejects another spelling."
        return 0, 0, f"'{value}' is no resource; write an ARN, which begins with arn:, or \"*\"."
    fields = value.split(":", 5)
    if len(fields) < 6:
        if "*" in value or "?" in value or "${" in value:
            return None  # the wildcard may stand for the fields that are not there
        return (
            0,
            0,
            (
                f"An ARN has six parts with a colon between two, and this has {len(fields)}: AWS fills up "
                f"the others with "
                "stars. Write all six."
            ),
        )
    starts = [0]
    for field in fields[:-1]:
        starts.append(starts[-1] + len(field) + 1)
    for number, judge in ((_PARTITION, _partition), (_SERVICE, _service), (_REGION, _region), (_ACCOUNT, _account)):
        field = fields[number]
        if not field or "*" in field or "?" in field or "$" in field:
            if not field and number in (_PARTITION, _SERVICE):
                what = "partition, such as aws" if number == _PARTITION else "service"
                return 0, 0, f"This ARN has no {what}, and AWS rejects it."
            continue
        words = judge(field, fields)
        if words:
            return starts[number], starts[number] + len(field), words
    return None


def _partition(field: str, _: list[str]) -> str:
    known = regions.by_partition()
    return "" if field in known else f"AWS has no partition '{field}'{did_you_mean(field, known) or '; write aws.'}"


def _service(field: str, _: list[str]) -> str:
    if is_service(field) or catalog.retired_service(field):
        return ""
    if is_service(field.lower()):
        return f"The service of an ARN is in lower case; write {field.lower()}."
    return f"AWS has no service '{field}'{did_you_mean(field, catalog.service_titles()) or '.'}"


def _region(field: str, fields: list[str]) -> str:
    known = regions.by_partition().get(fields[_PARTITION], regions.regions())
    if field in known or any(field == form[_REGION] for form in forms(fields[_SERVICE])):
        return ""
    elsewhere = next((name for name, names in regions.by_partition().items() if field in names), None)
    if elsewhere is not None:
        return f"{field} is a region of the partition {elsewhere}, and not of {fields[_PARTITION]}."
    return f"AWS has no region '{field}'{did_you_mean(field, known) or '.'}"


def _account(field: str, fields: list[str]) -> str:
    if len(field) == 12 and field.isdigit():
        return ""
    if field == "aws" or any(field == form[_ACCOUNT] for form in forms(fields[_SERVICE])):
        return ""
    return f"'{field}' is no account; an account's id has 12 digits."


def arn_field_not_as_type(policy: Policy) -> Iterator[Problem]:
    for text, pattern in _known_types(policy):
        wrong = _field_not_as_type(pattern)
        if wrong is not None:
            start, end, words = wrong
            yield Problem(text.span_of(start, end) if end and text.value == pattern else text.span, words)


@lru_cache(maxsize=16384)
def _field_not_as_type(pattern: str) -> tuple[int, int, str] | None:
    """Which field of an ARN of a known service is not as its kind has it: its place, (0, 0) for one that is lacking."""
    fields = pattern.split(":", 5)
    if all("*" in field or "?" in field for field in (fields[_REGION], fields[_ACCOUNT])):
        return None
    candidates = possible_forms(fields[_SERVICE], fields[5])
    for number, what in ((_REGION, "region"), (_ACCOUNT, "account")):
        field = fields[number]
        taken = {form[number] for form in candidates}
        if not taken or "*" in field or "?" in field:
            continue
        if field and taken == {""}:
            start = sum(len(one) + 1 for one in fields[:number])
            return (
                start,
                start + len(field),
                f"ARNs of this kind have no {what}, so this matches nothing; leave it empty.",
            )
        if not field and "" not in taken and fields[5][:1] != "*" and fields[_SERVICE] not in _OWNED_BY_AWS:
            return 0, 0, f"ARNs of this kind have {_ONE[what]}, so this matches nothing; write it, or a star."
    return None


# Services some of whose resources are AWS's own, whose ARNs name no account although the reference gives all of them
# one.
# Source: AWS managed policies of 2026-03; the developer guides of these services.
_OWNED_BY_AWS = frozenset(
    (
        *("batch", "bedrock", "config", "ec2", "elasticbeanstalk", "greengrass", "guardduty", "imagebuilder"),
        *("inspector", "marketplace", "rds", "resource-explorer-2", "securityhub", "servicecatalog", "ssm"),
        *("synthetics", "wafv2"),
    )
)
_ONE = {"region": "a region", "account": "an account"}


def unknown_arn_resource(policy: Policy) -> Iterator[Problem]:
    for text, pattern in _known_types(policy):
        words = _unknown_resource(pattern)
        if words:
            start = len(pattern) - len(pattern.split(":", 5)[5])
            yield Problem(text.span_of(start, len(pattern)) if text.value == pattern else text.span, words)


@lru_cache(maxsize=16384)
def _unknown_resource(pattern: str) -> str:
    """What to say of an ARN of a known service whose resource part fits no kind; "" if it fits one."""
    fields = pattern.split(":", 5)
    service = fields[_SERVICE]
    if has_possible_form(service, fields[5]):
        return ""
    if any("*" in field for field in fields[1:5]) and reaches_over_colon(service, fields[5]):
        return ""
    shown = sorted((form[5].replace("*", "NAME") for form in forms(service)), key=len)
    return (
        f"{_title(service)} has no resource with such an ARN; those it has end in "
        f"{' or '.join(shown[:2])}{', among others' if len(shown) > 2 else ''}."
    )


def _title(service: str) -> str:
    return catalog.service_titles().get(service, service)


def _known_types(policy: Policy) -> Iterator[tuple[Text, str]]:
    """The ARNs of services of which the catalogue knows all resources, and what each stands for as a pattern."""
    for text in _resources(policy):
        pattern = widest(text)
        if pattern[:4] == "arn:" and _is_known_type(pattern, text.display) and not _unknown_early(text):
            yield text, pattern


@lru_cache(maxsize=16384)
def _is_known_type(pattern: str, shown: str) -> bool:
    if pattern.count(":") < 5 or holds_placeholder(shown):
        return False
    service = pattern.split(":", 3)[_SERVICE]
    one = catalog.service(service)
    return "*" not in service and "?" not in service and bool(forms(service)) and not (one is not None and one.shared)


def _unknown_early(text: Text) -> bool:
    """Whether one of a text's holes may hold several fields of an ARN: one that is no field by itself. What follows it
    then is no resource part."""
    if text.value is not None:
        return False
    before = ""
    for part in text.parts:
        if isinstance(part, str):
            before += part
        elif not part.implied and before.count(":") < 5 and not before.endswith(":"):
            return True
        else:
            before += "*"
    return False


# -- policies on a resource

# Services whose resources take a policy that is about the service's own actions and resources only.
# Source: the developer guides of these services, resource-based policies.
_OWN = {
    "ecr": ("ecr",),
    "kms": ("kms",),
    "lambda": ("lambda",),
    "s3": ("s3", "s3-object-lambda"),
    "secretsmanager": ("secretsmanager",),
    "sns": ("sns",),
    "sqs": ("sqs",),
}


def foreign_action(policy: Policy) -> Iterator[Problem]:
    if policy.kind is not PolicyKind.RESOURCE or policy.service not in _OWN:
        return
    for statement in policy.statements:
        if statement.action is None:
            continue
        for text in statement.action.values:
            prefix, colon, _ = (text.value or "").lower().partition(":")
            if colon and prefix in catalog.service_titles() and prefix not in _OWN[policy.service]:
                yield Problem(
                    text.span_of(0, len(prefix)),
                    f"A policy on a resource of {_title(policy.service)} takes its actions only, and AWS rejects "
                    f"{text.display}; remove it.",
                )


def foreign_resource(policy: Policy) -> Iterator[Problem]:
    if policy.kind is not PolicyKind.RESOURCE or policy.service not in _OWN:
        return
    for text in _resources(policy):
        fields = (text.value or "").split(":", 5)
        if len(fields) == 6 and fields[0] == "arn" and is_service(fields[2]) and fields[2] not in _OWN[policy.service]:
            start = sum(len(one) + 1 for one in fields[:_SERVICE])
            yield Problem(
                text.span_of(start, start + len(fields[_SERVICE])),
                f"A policy on a resource of {_title(policy.service)} is about that resource, and AWS "
                f"rejects the ARN of "
                "another service; remove it.",
            )
