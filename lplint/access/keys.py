"""Whether a condition key is one that AWS knows, or that an action's requests carry."""

from __future__ import annotations

import re
from functools import cache

from lplint.access.patterns import matches
from lplint.aws import catalog, conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# AWS writes the part of a key that varies, such as that of a tag, in three ways.
_VARIABLE = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$")


def is_among(key: str, known: Iterable[str]) -> bool:
    """Whether a condition key, in any case, is one of those known; `${TagKey}` in one of these stands for anything."""
    lowered = key.lower()
    for one in known:
        form, pattern = _form(one)
        if form == lowered or (pattern is not None and matches(pattern, lowered)):
            return True
    return False


@cache
def _form(known: str) -> tuple[str, str | None]:
    """A key as AWS lists it, in lower case, and the pattern that it is where a part of it varies."""
    form = known.lower()
    pattern = _VARIABLE.sub("*", form)
    return form, pattern if pattern != form else None


@cache
def is_global(key: str) -> bool:
    """Whether a condition key is one that every service knows."""
    return key.lower() in conditions.global_keys() or is_among(key, conditions.global_keys())


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
        (service.condition_key_type(one) for one, name in names.items() if "/" in name and is_among(lowered, (name,))),
        None,
    )


@cache
def carries(action: str, key: str) -> bool:
    """Whether requests for the action called `service:Name` carry a condition key that is not global."""
    found = catalog.action(action)
    return found is not None and is_among(key, found.all_condition_keys)
