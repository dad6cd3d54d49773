"""Whether an action can act on what a Resource element names."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.patterns import contains, matches, overlaps
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.aws.catalog import Action, ResourceType


def may_act_on(actions: Sequence[Action], resources: Sequence[str]) -> bool:
    """Whether some request for one of the actions, all of one service, can be about a resource that one of the patterns
    matches. Where the catalogue may not know all types of resource that an action accepts, it can."""
    name = actions[0].service
    service = catalog.service(name)
    if service is None or service.shared:
        return True
    # An action that accepts no type carries no ARN, and AWS compares the element with "*".
    anything = any(matches(resource, "*") for resource in resources)
    possible = [possible_types(name, resource) for resource in resources]
    for action in actions:
        types = action.resource_types
        # AWS's reference often leaves out some of the many types that a service lets people tag.
        if (anything if not types else any(not one.isdisjoint(types) for one in possible)) or "Tag" in action.name:
            return True
    return False


@lru_cache(maxsize=65536)
def possible_types(service: str, resource: str) -> frozenset[ResourceType]:
    """The types of a service's resources that something the pattern matches can be of.

    A resource that certainly is of a narrower type is not taken for the wider type whose ARN has the same form: an
    object's ARN reads like that of a bucket with a slash in its name. That holds for slashes only. What follows a colon
    may qualify the same resource (function:NAME:ALIAS), and AWS checks logs:DescribeLogStreams on a log group against
    "...:log-group:NAME:log-stream:", as its own managed policies write it.
    """
    fields = resource.split(":", 5)
    possible = [(one, pattern) for one, pattern, forms in _forms(service) if _may_be(pattern, forms, resource, fields)]
    if len(possible) > 1:
        certain = [pattern for _, pattern in possible if contains(pattern, resource)]
        possible = [
            (one, pattern)
            for one, pattern in possible
            if not any(other.count("/") > pattern.count("/") and contains(pattern, other) for other in certain)
        ]
    return frozenset(one for one, _ in possible)


@lru_cache(maxsize=1024)
def _forms(service: str) -> list[tuple[ResourceType, str, list[str]]]:
    """Every form that an ARN of the service can have: its type, its pattern, and the fields of that."""
    found = catalog.service(service)
    types = found.resource_types().values() if found is not None else ()
    return [(one, pattern, pattern.split(":", 5)) for one in types for pattern in one.patterns]


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
        if mine not in ("*", theirs) and not overlaps(theirs, mine):
            return False
    rest, form = fields[5], forms[5]
    # Most types differ in their first letter.
    if (rest[:1] == form[:1] or rest[:1] in "*?" or form[:1] in "*?") and overlaps(rest, form):
        return True
    if ":" not in form or not any("*" in field for field in fields[1:5]):
        return False
    parts = form.split(":")
    return any(overlaps(rest, ":".join(parts[start:])) for start in range(1, len(parts)))
