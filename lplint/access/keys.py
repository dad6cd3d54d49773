"""Whether a condition key is one that AWS knows, or that an action's requests carry."""

from __future__ import annotations

import re
from functools import cache

from lplint.access.patterns import matches
from lplint.aws import catalog, conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from lplint.aws.catalog import ResourceType

# AWS writes the part of a key that varies, such as that of a tag, in three ways.
_VARIABLE = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$")


def is_among(key: str, known: Collection[str]) -> bool:
    """Whether a condition key, in any case, is one of those known; `${TagKey}` in one of these stands for anything."""
    lowered = key.lower()
    return lowered in map(str.lower, known) or _has_form(lowered, filter(None, map(_pattern, known)))


def _has_form(lowered: str, patterns: Iterable[str]) -> bool:
    return any(matches(pattern, lowered) for pattern in patterns)


@cache
def _pattern(known: str) -> str | None:
    """The pattern, in lower case, that a key is as AWS lists it, if a part of it varies."""
    form = known.lower()
    pattern = _VARIABLE.sub("*", form)
    return pattern if pattern != form else None


@cache
def is_global(key: str) -> bool:
    """Whether a condition key is one that every service knows."""
    lowered = key.lower()
    return lowered in conditions.global_keys() or _has_form(lowered, _global_patterns())


@cache
def _global_patterns() -> tuple[str, ...]:
    return tuple(filter(None, map(_pattern, conditions.global_keys())))


class KeyType:
    """What a condition key holds: a String, an ARN, a Bool, a Numeric, a Date or an IPAddress, and whether a request
    may
    carry several of them."""

    __slots__ = ("base", "many")

    def __init__(self, base: str, many: bool) -> None:
        self.base = base
        self.many = many


# Keys that AWS's reference gives as single-valued and its own examples use as multivalued.
# Source: Amazon Cognito Developer Guide, role trust and permissions.
_MANY = frozenset(("cognito-identity.amazonaws.com:amr",))


@cache
def key_type(key: str) -> KeyType | None:
    """The type of a condition key, in any case; None if it is not known."""
    lowered = key.lower()
    written = conditions.global_key_type(lowered)
    if written is None:
        prefix = lowered.partition(":")[0]
        written = _type_in(lowered, prefix) if prefix in catalog.service_titles() else None
        if written is None and (prefix == "saml" or "." in prefix):
            written = _type_in(lowered, "sts")
    if written is None:
        return None
    base = written.removeprefix("ArrayOf")
    return KeyType(base, base != written or lowered in _MANY)


def _type_in(lowered: str, prefix: str) -> str | None:
    """The type that the tables of a service give a key."""
    service = catalog.service(prefix)
    if service is None:
        return None
    names = service.condition_key_names()
    if lowered in names:
        return service.condition_key_type(lowered)
    return next(
        (
            service.condition_key_type(one)
            for one, name in names.items()
            if ("/" in name or "$" in name) and is_among(lowered, (name,))
        ),
        None,
    )


@cache
def carries(action: str, key: str) -> bool:
    """Whether requests for the action called `service:Name` carry a condition key that is not global."""
    found = catalog.action(action)
    if found is None:
        return False
    # What says something of the resource itself, such as its tags, is among the keys of its type.
    return is_among(key, found.condition_keys) or any(_carries(type_, key) for type_ in found.resource_types)


@cache
def _carries(type_: ResourceType, key: str) -> bool:
    """Whether requests about a resource of a type carry a condition key."""
    return is_among(key, type_.condition_keys)
