"""Which policies the resources of a template attach to which roles, users, groups and permission sets."""

from __future__ import annotations

from lplint.extract.cloudformation.tables import load as load_table
from lplint.extract.identities import is_aws_managed, policy_name
from lplint.model.node import Choice, Seq
from lplint.model.policy import PolicyKind
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from lplint.extract.cloudformation.template import Resource, Template
    from lplint.extract.identities import Identities
    from lplint.model.node import Node
    from lplint.model.policy import Policy

    # The policies that a resource holds in a property; in all of its properties where the path is None.
    Held = Callable[[str, str | None], Sequence[Policy]]

# The properties that name whom something is attached to, with the kind of identity that they name.
_TARGETS = {
    "role": "role",
    "roles": "role",
    "user": "user",
    "users": "user",
    "group": "group",
    "groups": "group",
    "permission_set": "permission-set",
}
_RELATIONS = {"identity": PolicyKind.IDENTITY, "trust": PolicyKind.TRUST, "boundary": PolicyKind.BOUNDARY}
_MANAGED_POLICY = "AWS::IAM::ManagedPolicy"


def boundaries(template: Template) -> set[str]:
    """The logical ids of the policies that are attached as permissions boundaries, and never as anything else."""
    uses: dict[str, set[str]] = {}
    for resource, entry in _entries(template):
        for value in _named_policies(template, resource, entry):
            for one, _ in _options(value):
                name = template.pointer(one)
                if name is not None:
                    uses.setdefault(name, set()).add(entry["kind"])
        if resource.type == _MANAGED_POLICY and any(
            True for name in _TARGETS if name in entry for _ in template.values(resource, entry[name])
        ):
            uses.setdefault(resource.name, set()).add(entry["kind"])
    return {name for name, kinds in uses.items() if kinds == {"boundary"}}


def join(template: Template, held: Held, identities: Identities) -> None:
    """Adds the identities of a template, with all that is attached to them in it."""
    table = load_table("policy_properties")
    joiner = _Joiner(template, held, identities)
    for resource in template.resources:
        principal = table["identities"].get(resource.type)
        if principal is not None:
            name = template.property(resource, principal["name"])
            identities.add(
                resource.name,
                principal["kind"],
                resource.address,
                resource.key.span,
                name if isinstance(name, Text) else None,
            )
        elif resource.type == _MANAGED_POLICY:
            joiner.declare(resource)
    for resource, entry in _entries(template):
        joiner.attach(resource, entry)
    for resource in template.resources:
        membership = table["memberships"].get(resource.type)
        if membership is not None:
            joiner.join(resource, membership)


class _Joiner:
    """Attaches what the resources of a template attach."""

    def __init__(self, template: Template, held: Held, identities: Identities) -> None:
        self._template = template
        self._held = held
        self._identities = identities
        self._by_name: dict[str, list[str]] = {}
        self._by_id = {one.name: one for one in template.resources}

    def declare(self, resource: Resource) -> None:
        """Makes a managed policy known by its name."""
        name = self._template.property(resource, "ManagedPolicyName")
        if isinstance(name, Text) and name.value is not None:
            self._by_name.setdefault(name.value.lower(), []).append(resource.name)

    def attach(self, resource: Resource, entry: Mapping[str, Any]) -> None:
        relation = _RELATIONS.get(entry["kind"])
        if relation is None:
            return
        policies, arns, complete = self._attached(resource, entry)
        if "self" in entry:
            targets = [(resource.name, True)]
        else:
            targets = [target for name in _TARGETS for target in self._named(resource, entry, name)]
        for name, sure in targets:
            certain = sure and self._is_there_with(resource, name)
            if certain:
                self._identities.attach(name, relation, policies, arns)
            if relation is PolicyKind.BOUNDARY and not complete:
                self._identities.bound(name)
            if not (certain and complete):
                self._identities.doubt(name)

    def join(self, resource: Resource, entry: Mapping[str, str]) -> None:
        """Puts users into groups."""
        groups = [one for name in ("group", "groups") for one in self._named(resource, entry, name)]
        users = [one for name in ("user", "users") for one in self._named(resource, entry, name)]
        if entry.get("self") == "user":
            users = [(resource.name, True)]
        for user, sure in users:
            for group, also_sure in groups:
                if sure and also_sure and self._is_there_with(resource, user):
                    self._identities.join(user, group)
                else:
                    self._identities.doubt(user)

    def _is_there_with(self, resource: Resource, name: str) -> bool:
        """Whether a resource is certainly made where the one of a logical id is."""
        condition = resource.node.get("Condition")
        if condition is None or resource.name == name:
            return True
        if not isinstance(condition, Text) or condition.value is None:
            return False
        other = self._by_id[name].node.get("Condition") if name in self._by_id else None
        if isinstance(other, Text) and other.value == condition.value:
            return True
        return self._template.condition(condition.value, condition) is True

    def _named(self, resource: Resource, entry: Mapping[str, Any], name: str) -> Iterator[tuple[str, bool]]:
        """The identities that a property names, each with whether that is certain."""
        path = entry.get(name)
        if path is None or entry.get("self") == name:
            return
        kind = _TARGETS[name]
        for value in self._template.values(resource, path):
            for one, certain in _options(value):
                pointer = self._template.pointer(one)
                found = [pointer] if pointer is not None else []
                if not found and isinstance(one, Text) and one.value is not None:
                    found = [str(key) for key in self._identities.named(kind, one.value)]
                elif not found:
                    self._identities.doubt_all(kind)
                for key in found:
                    if self._identities.kind_of(key) == kind:
                        yield key, certain

    def _attached(self, resource: Resource, entry: Mapping[str, Any]) -> tuple[list[Policy], list[Text], bool]:
        """The policies that a resource attaches, the ARNs of those written elsewhere, and whether that is all."""
        policies: list[Policy] = []
        arns: list[Text] = []
        complete = True
        if "document" in entry:
            path = entry["document"]
            policies.extend(self._held(resource.name, path))
            for policy in policies:
                policy.managed = resource.type == _MANAGED_POLICY
            outer, _, inner = path.partition(".")
            if inner:
                # A list of inline policies is whole if it is known, and so is each of its documents.
                lists = list(self._template.values(resource, outer))
                items = [one for value in lists for one in _options(value)]
                complete = all(certain for _, certain in items) and len(policies) >= len(items)
            else:
                given = list(self._template.values(resource, path))
                complete = bool(policies) or not given
        for value in _named_policies(self._template, resource, entry):
            for one, certain in _options(value):
                pointer = self._template.pointer(one)
                pointers = [pointer] if pointer is not None else []
                if not pointers and isinstance(one, Text):
                    name = one.value if "policy_name" in entry else policy_name(one)
                    pointers = self._by_name.get((name or "").lower(), [])
                made = [policy for each in pointers for policy in self._held(each, None)]
                for policy in made:
                    policy.managed = True  # it has an ARN or a name of its own
                if certain and made:
                    policies.extend(made)
                elif certain and isinstance(one, Text) and (one.value is not None or is_aws_managed(one)):
                    arns.append(one)
                else:
                    complete = False
        return policies, arns, complete


def _entries(template: Template) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """What the resources of a template attach, by the table of attachments."""
    table: Mapping[str, list[Mapping[str, Any]]] = load_table("policy_properties")["attachments"]
    for resource in template.resources:
        for entry in table.get(resource.type, ()):
            yield resource, entry


def _named_policies(template: Template, resource: Resource, entry: Mapping[str, Any]) -> Iterator[Node]:
    """The values that name policies written elsewhere, by ARN or name."""
    for part in ("policy_arn", "policy_arns", "policy_name"):
        if part in entry:
            yield from template.values(resource, entry[part])


def _options(value: Node) -> Iterator[tuple[Node, bool]]:
    """The items of a list, or of all lists that a value may be, each with whether it is certainly there."""
    if isinstance(value, Seq):
        for item in value.items:
            yield from _options(item)
    elif isinstance(value, Choice):
        for option in value.options:
            for one, _ in _options(option):
                yield one, False
    else:
        yield value, True
