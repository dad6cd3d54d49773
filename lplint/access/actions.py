"""Which actions of the catalogue a pattern of an Action element covers."""

from __future__ import annotations

from functools import cache

from lplint.access.patterns import matches
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.aws.catalog import Action


@cache
def actions_matching(pattern: str) -> tuple[Action, ...]:
    """Every action that a pattern such as `s3:Get*` covers, in any case, by name; none for a service that does not
    exist. A star in place of the service reads every service of the catalogue."""
    prefix, colon, rest = pattern.lower().partition(":")
    if not colon:
        if pattern != "*":
            return ()
        prefix = rest = "*"
    if "*" in prefix or "?" in prefix:
        return tuple(
            action
            for name in sorted(catalog.service_titles())
            if matches(prefix, name)
            for action in actions_matching(f"{name}:{rest}")
        )
    service = catalog.service(prefix)
    if service is None:
        return ()
    if "*" not in rest and "?" not in rest:
        action = service.action(rest)
        return (action,) if action is not None else ()
    keys = service.action_keys()
    start = rest[:-1]
    if rest[-1:] == "*" and "*" not in start and "?" not in start:
        # What most patterns look like, and much faster asked at once.
        found = [key for key in keys if key.startswith(start)]
    else:
        found = [key for key in keys if matches(rest, key)]
    return tuple(service.named(found))


@cache
def covers_action(pattern: str, action: str) -> bool:
    """Whether a pattern of an Action element covers the action called `service:Name`, in any case."""
    return matches(pattern.lower(), action.lower())
