"""Whether what a Resource element names is everything that an action can act on."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.patterns import contains, overlaps, widest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.aws.catalog import Action, ResourceType
    from lplint.model.text import Text

# Any names do for what an ARN of a type leaves open, where the Resource does not give them.
_FIELDS = ("arn", "aws", "", "us-east-1", "000000000000")


def certain(text: Text) -> str:
    """A pattern that covers no more than what a text certainly does: each hole stands for one character that nothing
    else is."""
    if text.value is not None:
        return text.value
    return "".join(part if isinstance(part, str) else "\0" for part in text.parts)


def is_every_arn(resource: str) -> bool:
    """Whether a Resource covers every resource of every service: "*", "arn:*:*", "arn:aws:*"."""
    return "*" in resource and contains(resource, "arn:aws:zz:us-east-1:000000000000:zz/*")


def is_any_role(text: Text) -> bool:
    """Whether an entry certainly covers every role of an account: "*", or a role's ARN with a star for its name."""
    if text.value is not None and contains(text.value, "arn:aws:iam::000000000000:role/*"):
        return True
    last = text.parts[-1] if text.parts else None
    if not isinstance(last, str) or ":" not in last:
        return False
    whole = text.value
    if whole is not None and (not whole.startswith("arn:") or whole.count(":") != 5):
        return False
    service = widest(text).split(":", 3)[2:3]
    if service and not overlaps(service[0], "iam"):
        return False  # the star is that of another service's resources
    return contains(last.rpartition(":")[2], "role/*")


def reaches_all(action: Action, resources: Sequence[str]) -> str | None:
    """The Resource by which an action certainly reaches everything of its kind, in one account and region at least;
    None if there is none. An action that accepts no type reaches everything wherever it has an effect."""
    return _reaching(action.required_types, action.resource_types, tuple(resources))


@lru_cache(maxsize=16384)  # many actions of a statement accept the same types
def _reaching(
    required: tuple[ResourceType, ...], types: tuple[ResourceType, ...], resources: tuple[str, ...]
) -> str | None:
    if required:
        found = [next((one for one in resources if _is_all(one, type_)), None) for type_ in required]
        return found[0] if None not in found else None
    if not types:
        return next((one for one in resources if contains(one, "*")), None)
    return next((one for one in resources for type_ in types if _is_all(one, type_)), None)


def types_reached(action: Action, resources: Sequence[str]) -> tuple[str, ...]:
    """The names of the types of an action of which some Resource certainly covers everything."""
    return tuple(one.name for one in action.resource_types if any(_is_all(resource, one) for resource in resources))


@lru_cache(maxsize=65536)
def _is_all(resource: str, type_: ResourceType) -> bool:
    """Whether a Resource covers all of a type, at least in the account and region that it names."""
    if "*" not in resource:
        return False
    given = resource.split(":", 5)
    service = given[2] if len(given) == 6 else "*"
    for pattern in type_.patterns:
        # A star is covered by a star only.
        if pattern[-1:] == "*" != resource[-1:]:
            continue
        form = pattern.split(":", 5)
        if len(form) == 6 and form[2] not in ("*", service) and "*" not in service and "?" not in service:
            continue
        if len(form) == 6:
            fields = given if len(given) == 6 else _FIELDS
            made = [theirs if mine == "*" else mine for mine, theirs in zip(form[:5], fields[:5], strict=True)]
            form = [*made, form[5]]
        if contains(resource, ":".join(form)):
            return True
    return False
