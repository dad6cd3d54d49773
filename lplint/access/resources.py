"""Whether an action can act on what a Resource element names."""

from __future__ import annotations

from functools import cache, lru_cache

from lplint.access.patterns import contains, matches, overlaps
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.aws.catalog import Action, ResourceType, Service


# What AWS compares the last field of a Resource with for actions that the reference says accept "*" only.
# Sources: the ARN in AWS's own "not authorized to perform ... on resource" for logs:DescribeLogGroups; AWS's guide to
# Amazon S3, whose walkthrough for users allows s3:ListAllMyBuckets on "arn:aws:s3:::*": no name of a bucket.
_LISTED = {"logs:DescribeLogGroups": "log-group::log-stream:*", "s3:ListAllMyBuckets": ""}


def may_act_on(actions: Sequence[Action], resources: Sequence[str]) -> bool:
    """Whether some request for one of the actions, all of one service, can be about a resource that one of the patterns
    matches. Where the catalogue may not know all types of resource that an action accepts, it can."""
    service = catalog.service(actions[0].service)
    if service is None or service.shared:
        return True
    for action in actions:
        if _may_act_on_others(action):
            return True
        types = action.resource_types
        for resource in resources:
            if _may_be_of(service, types, resource):
                return True
        # Requests for what accepts no type carry no ARN: AWS compares the element with "*".
        if not types and any(matches(resource, "*") for resource in resources):
            return True
        listed = _LISTED.get(str(action))
        if listed is not None and any(overlaps(_in_full(one).split(":", 5)[-1], listed) for one in resources):
            return True
    return False


@cache
def _may_act_on_others(action: Action) -> bool:
    """Whether an action may act on resources of more types than the catalogue gives it."""
    # AWS's reference often leaves out some of the many types that a service lets people tag.
    if "Tag" in action.name:
        return True
    # What acts on the resources of other services learns to act on more of them, and the reference lags behind.
    types = action.resource_types
    return bool(types) and all(_service_of(one) != action.service for type_ in types for one in type_.patterns)


def _in_full(resource: str) -> str:
    """An ARN in full where a service takes a part of it.

    Source: Amazon API Gateway Developer Guide, resource policies: execute-api:/STAGE/METHOD/PATH.
    """
    return f"arn:*:execute-api:*:*:*{resource[12:]}" if resource.startswith("execute-api:/") else resource


def _service_of(arn: str) -> str:
    return arn.split(":", 3)[2] if arn.count(":") > 2 else ""


@lru_cache(maxsize=65536)
def _may_be_of(service: Service, types: tuple[ResourceType, ...], resource: str) -> bool:
    """Whether something that the pattern matches may be of one of some types. Many actions accept the same."""
    for type_ in types:
        possible, others = _possible(service, type_, resource)
        if possible and (not others or others.issubset(types)):
            return True
    return False


@lru_cache(maxsize=65536)
def _possible(service: Service, type_: ResourceType, resource: str) -> tuple[bool, frozenset[ResourceType]]:
    """Whether something that the pattern matches can have an ARN of the form of a type, and the narrower types that all
    of it certainly is of.

    A resource that certainly is of a narrower type is not taken for the wider type whose ARN has the same form: an
    object's ARN reads like that of a bucket with a slash in its name. That holds for slashes only. What follows a colon
    may qualify the same resource (function:NAME:ALIAS), and AWS checks logs:DescribeLogStreams on a log group against
    "...:log-group:NAME:log-stream:", as its own managed policies write it.
    """
    resource = _in_full(resource)
    fields = resource.split(":", 5)
    others: set[ResourceType] = set()
    possible = False
    for pattern in type_.patterns:
        if _may_be(pattern, pattern.split(":", 5), resource, fields):
            # A form with more slashes covers none that has not.
            if resource.count("/") <= pattern.count("/"):
                return True, frozenset()
            narrower = {one for one, form in _narrower(service, pattern) if contains(form, resource)}
            if not narrower:
                return True, frozenset()
            possible = True
            others |= narrower
    return possible, frozenset(others)


@lru_cache(maxsize=16384)
def _narrower(service: Service, pattern: str) -> tuple[tuple[ResourceType, str], ...]:
    """The forms of ARN of a service that a form covers and that have more slashes than it."""
    slashes = pattern.count("/")
    return tuple(
        (one, other)
        for one in service.resource_types().values()
        for other in one.patterns
        if other.count("/") > slashes and contains(pattern, other)
    )


def may_have_form(resource: str, form: str) -> bool:
    """Whether something that a pattern matches can have an ARN of a form, such as "arn:aws:iam::*:role/*"."""
    fields = form.split(":", 5)
    if len(fields) < 6:
        return overlaps(resource, form)
    return _may_be(form, fields, resource, resource.split(":", 5))


def _may_be(type_: str, forms: list[str], resource: str, fields: list[str]) -> bool:
    """Whether something that `resource`, with its fields, matches can have an ARN of the form of a type.

    Field by field, as ARNs are made; but a star of a Resource can also stand for more than its field. AWS's own
    AWSGlueServiceRole relies on it: "arn:aws:logs:*:*:/aws-glue/*" matches the log group "...:log-group:/aws-glue/job".
    A Resource with fewer than six fields is read as a prefix.

    Source: AWS IAM User Guide, "IAM JSON policy elements: Resource", incomplete ARNs.
    """
    if len(fields) < 6:
        return overlaps(resource, type_) or overlaps(resource + ":*", type_)
    for mine, theirs in zip(forms[:5], fields, strict=False):
        if mine != "*" and mine != theirs and not overlaps(theirs, mine):
            return False
    rest, form = fields[5], forms[5]
    # Most types differ in their first letter.
    if (rest[:1] == form[:1] or rest[:1] in "*?" or form[:1] in "*?") and overlaps(rest, form):
        return True
    if ":" not in form or not any("*" in field for field in fields[1:5]):
        return False
    parts = form.split(":")
    return any(overlaps(rest, ":".join(parts[start:])) for start in range(1, len(parts)))
