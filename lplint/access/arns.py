"""What kinds of resource an ARN, or a pattern of ARNs, can be that of."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.patterns import overlaps
from lplint.aws import catalog
from lplint.aws.tables import load as load_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = ("prefix", "partition", "service", "region", "account", "resource")


@lru_cache(maxsize=1024)
def forms(service: str) -> tuple[tuple[str, ...], ...]:
    """The fields of every form of ARN with that service in it, which may stand in the tables of several prefixes. A
    variable part is a star."""
    found = [tuple(pattern.split(":", 5)) for pattern in load_table("arn_services")["also"].get(service, ())]
    prefixes = dict.fromkeys((service, *load_table("arn_services")["services"].get(service, ())))
    for prefix in prefixes:
        one = catalog.service(prefix)
        if one is None:
            continue
        for type_ in one.resource_types().values():
            for pattern in type_.patterns:
                fields = tuple(pattern.split(":", 5))
                if len(fields) == len(FIELDS) and fields[2] == service:
                    found.append(fields)
    return tuple(dict.fromkeys(found))


def is_service(service: str) -> bool:
    """Whether ARNs have that service in them."""
    return service in catalog.service_titles() or service in load_table("arn_services")["services"]


@lru_cache(maxsize=16384)
def possible_forms(service: str, resource: str) -> Sequence[tuple[str, ...]]:
    """The forms of ARN of a service that something with that resource part can have."""
    by_letter = _by_letter(service)
    first = resource[:1]
    # Most forms differ in their first letter.
    some = by_letter.get(first, ()) + by_letter.get("*", ()) if first not in ("", "*", "?") else forms(service)
    return [form for form in some if overlaps(resource, form[5])]


@lru_cache(maxsize=1024)
def _by_letter(service: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The forms of ARN of a service by the first letter of the resource part."""
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for form in forms(service):
        found[form[5][:1]] = (*found.get(form[5][:1], ()), form)
    return found


def reaches_over_colon(service: str, resource: str) -> bool:
    """Whether a star before the resource part may stand for the beginning of it, as that of AWS's own
    "arn:aws:logs:*:*:/aws-glue/*" stands for "log-group" too."""
    for form in forms(service):
        parts = form[5].split(":")
        if any(overlaps(resource, ":".join(parts[start:])) for start in range(1, len(parts))):
            return True
    return False
