"""ARNs in Resource elements: their six fields, and whether the service has such a resource."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.arns import forms, is_service, possible_forms, reaches_over_colon
from lplint.access.patterns import widest
from lplint.access.placeholders import holds_placeholder
from lplint.aws import catalog, regions
from lplint.checks.suggest import did_you_mean
from lplint.model.finding import Problem
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from lplint.model.policy import Policy
    from lplint.model.text import Text

    # Between which characters of a resource something is wrong, (0, 0) for all of it, and what.
    Wrong: TypeAlias = tuple[int, int, str]
    # What three rules say of a resource: of its fields by themselves, of those that its kind has otherwise, and of one
    # that is of no kind.
    Judgement: TypeAlias = tuple[Wrong | None, Wrong | None, Wrong | None]

_PARTITION, _SERVICE, _REGION, _ACCOUNT = 1, 2, 3, 4


def _resources(policy: Policy) -> Iterator[Text]:
    for statement in policy.statements:
        for element in (statement.resource, statement.not_resource):
            if element is not None:
                yield from element.values


def malformed_arn(policy: Policy) -> Iterator[Problem]:
    for text, (malformed, _, _) in _judged(policy):
        if malformed is not None:
            yield _problem(text, malformed)


def arn_field_not_as_type(policy: Policy) -> Iterator[Problem]:
    for text, (_, field, _) in _judged(policy):
        if field is not None:
            yield _problem(text, field)


def unknown_arn_resource(policy: Policy) -> Iterator[Problem]:
    for text, (_, _, unknown) in _judged(policy):
        if unknown is not None and not _star_early(text):
            yield _problem(text, unknown)


def _problem(text: Text, wrong: Wrong) -> Problem:
    start, end, words = wrong
    return Problem(text.span_of(start, end), words)


@lru_cache(maxsize=2)
def _judged(policy: Policy) -> tuple[tuple[Text, Judgement], ...]:
    """The resources of a policy of which there is something to say."""
    found = []
    for text in _resources(policy):
        known = text.value is not None
        if known or not _unknown_early(text):
            judgement = _judgement(widest(text), text.display, known)
            if judgement is not None:
                found.append((text, judgement))
    return tuple(found)


@lru_cache(maxsize=16384)
def _judgement(pattern: str, shown: str, known: bool) -> Judgement | None:
    """What is wrong with a resource that stands for a pattern and is shown so; None if nothing is."""
    malformed = _malformed(shown) if known else None
    field = unknown = None
    fields = pattern.split(":", 5)
    if len(fields) > 5 and fields[0] == "arn" and _is_known_service(fields[_SERVICE]):
        field, unknown = _field_not_as_type(fields), _unknown_resource(fields)
        if not known or pattern != shown:
            field, unknown = _of_all(field), _of_all(unknown)
    # Nothing can be said of what is to be filled in; most resources are right, and need not be searched for that.
    if (malformed or field or unknown) and not holds_placeholder(shown):
        return malformed, field, unknown
    return None


def _of_all(wrong: Wrong | None) -> Wrong | None:
    """The same said of all of a resource, where the characters of the pattern are not those of the text."""
    return (0, 0, wrong[2]) if wrong is not None else None


def _is_known_service(service: str) -> bool:
    """Whether the catalogue knows all resources of a service."""
    one = catalog.service(service)
    return "*" not in service and "?" not in service and bool(forms(service)) and not (one is not None and one.shared)


def _unknown_early(text: Text) -> bool:
    """Whether one of a text's holes may hold several fields of an ARN: one that is no field by itself. What follows it
    then is no resource part."""
    before = ""
    for part in text.parts:
        if isinstance(part, str):
            before += part
        elif not part.implied and before.count(":") < 5 and not before.endswith(":"):
            return True
        else:
            before += "*"
    return False


def _star_early(text: Text) -> bool:
    """Whether a wildcard stands in one of the fields before the resource part: it reaches over colons, so the resource
    part may begin in it. IAM Access Analyzer says nothing of such ARNs in AWS's managed policies.

    Source: AWS IAM User Guide, "IAM JSON policy elements: Resource".
    """
    fields = "".join(part for part in text.parts if isinstance(part, str)).split(":", 5)[:5]
    return any("*" in field or "?" in field for field in fields)


def _place(fields: list[str], number: int) -> tuple[int, int]:
    """Between which characters of an ARN one of its fields stands."""
    start = sum(len(one) + 1 for one in fields[:number])
    return start, start + len(fields[number])


def _malformed(value: str) -> Wrong | None:
    """What is wrong with the fields of a resource, each by itself."""
    if value[:1] in ("*", "?") or value.startswith("${"):
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
    for number, judge in ((_PARTITION, _partition), (_SERVICE, _service), (_REGION, _region), (_ACCOUNT, _account)):
        field = fields[number]
        if not field or "*" in field or "?" in field or "$" in field:
            if not field and number in (_PARTITION, _SERVICE):
                what = "partition, such as aws" if number == _PARTITION else "service"
                return 0, 0, f"This ARN has no {what}, and AWS rejects it."
            continue
        words = judge(field, fields)
        if words:
            return (*_place(fields, number), words)
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


def _field_not_as_type(fields: list[str]) -> Wrong | None:
    """Which field of an ARN of a known service is not as its kind has it; all of the ARN where one is lacking."""
    if all("*" in field or "?" in field for field in (fields[_REGION], fields[_ACCOUNT])):
        return None
    candidates = possible_forms(fields[_SERVICE], fields[5])
    for number, what in ((_REGION, "region"), (_ACCOUNT, "account")):
        field = fields[number]
        taken = {form[number] for form in candidates}
        if not taken or "*" in field or "?" in field:
            continue
        if field and taken == {""}:
            words = f"ARNs of this kind have no {what}, so this matches nothing; leave it empty."
            return (*_place(fields, number), words)
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


def _unknown_resource(fields: list[str]) -> Wrong | None:
    """What to say of an ARN of a known service whose resource part fits no kind."""
    service = fields[_SERVICE]
    if possible_forms(service, fields[5]):
        return None
    if any("*" in field for field in fields[1:5]) and reaches_over_colon(service, fields[5]):
        return None
    shown = sorted((form[5].replace("*", "NAME") for form in forms(service)), key=len)
    words = (
        f"{_title(service)} has no resource with such an ARN; those it has end in "
        f"{' or '.join(shown[:2])}{', among others' if len(shown) > 2 else ''}."
    )
    return (*_place(fields, 5), words)


def _title(service: str) -> str:
    return catalog.service_titles().get(service, service)


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
            yield Problem(
                text.span_of(*_place(fields, _SERVICE)),
                f"A policy on a resource of {_title(policy.service)} is about that resource, and AWS "
                f"rejects the ARN of "
                "another service; remove it.",
            )
