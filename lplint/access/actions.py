"""Which actions of the catalogue a pattern of an Action element covers."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

from lplint.access.patterns import matches
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    from lplint.aws.catalog import Action

    T = TypeVar("T")


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
    return tuple(service.named(covered(rest, service.action_keys(), str)))


def covers_some(pattern: str) -> bool:
    """Whether a pattern covers any action that AWS has."""
    prefix, _, rest = pattern.lower().partition(":")
    service = catalog.service(prefix) if "*" not in prefix and "?" not in prefix else None
    start = rest[:-1]
    if service is not None and rest[-1:] == "*" and "*" not in start and "?" not in start:
        keys = service.action_keys()
        first = bisect_left(keys, start)
        return first < len(keys) and keys[first].startswith(start)
    return bool(actions_matching(pattern))


def covered(pattern: str, among: Iterable[T], key: Callable[[T], str]) -> list[T]:
    """Those of some things whose names match a pattern, both in lower case, in their order."""
    start = pattern[:-1]
    if pattern[-1:] == "*" and "*" not in start and "?" not in start:
        # What most patterns look like, and much faster asked at once.
        return [one for one in among if key(one).startswith(start)]
    return [one for one in among if matches(pattern, key(one))]


@cache
def covers_action(pattern: str, action: str) -> bool:
    """Whether a pattern of an Action element covers the action called `service:Name`, in any case."""
    return matches(pattern.lower(), action.lower())
