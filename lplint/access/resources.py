"""Whether an action can act on what a Resource element names."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.patterns import contains, matches, overlaps
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.aws.catalog import Action, ResourceType


# Services whose requests about the wider type carry an ARN of the narrower type's form: AWS checks
# logs:DescribeLogStreams on a log group against "...:log-group:NAME:log-stream:", as its own managed policies write it.
_ONE_FORM = frozenset(("logs",))


@lru_cache(maxsize=65536)
def may_act_on(action: Action, resource: str) -> bool:
    """Whether some request for the action can be about a resource that the pattern matches.

    A resource that certainly is of a narrower type is not taken for the wider type whose ARN has the same form: an
    object's ARN reads like that of a bucket with a slash in its name.
    """
    if not action.resource_types:
        # The request then carries no ARN, and AWS compares the element with "*".
        return matches(resource, "*")
    own = action.resource_types
    others = (
        [one for one in _certain_types(action.service, resource) if one not in own]
        if action.service not in _ONE_FORM
        else []
    )
    return any(
        overlaps(one.pattern, resource)
        and not any(
            contains(one.pattern, other.pattern) and not contains(other.pattern, one.pattern) for other in others
        )
        for one in own
    )


@lru_cache(maxsize=65536)
def _certain_types(service: str, resource: str) -> tuple[ResourceType, ...]:
    """The types of the service whose ARNs cover everything that the pattern matches."""
    found = catalog.service(service)
    types = found.resource_types().values() if found is not None else ()
    return tuple(one for one in types if contains(one.pattern, resource))
