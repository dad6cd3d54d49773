"""Which policies the resources of a template attach to which roles, users, groups and permission sets."""

from __future__ import annotations

from lplint.extract.cloudformation.tables import load as load_table
from lplint.extract.identities import (
    NAMED_POLICIES,
    RELATIONS,
    TARGETS,
    Attached,
    name_policies,
    options,
    policy_name,
    workload_arn,
)
from lplint.model.node import Map
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
    from typing import Any

    from lplint.extract.cloudformation.template import Resource, Template
    from lplint.extract.identities import Identities
    from lplint.model.node import Node
    from lplint.model.policy import Policy

    # The policies that a resource holds in a property; in all of its properties where the path is None.
    Held = Callable[[str, str | None], Sequence[Policy]]


_MANAGED_POLICY = "AWS::IAM::ManagedPolicy"


def boundaries(template: Template) -> set[str]:
    """The logical ids of the policies that are attached as permissions boundaries, and never as anything else."""
    uses: dict[str, set[str]] = {}
    for resource, entry in _entries(template):
        for value in _named_policies(template, resource, entry):
            for one, _ in options(value):
                name = template.pointer(one)
                if name is not None:
                    uses.setdefault(name, set()).add(entry["kind"])
        if resource.type == _MANAGED_POLICY and any(
            True for name in TARGETS if name in entry for _ in template.values(resource, entry[name])
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
                (f"Fn::GetAtt {resource.name}.Arn", f"Ref {resource.name}"),
            )
            if "session" in principal:
                identities.lasts(resource.name, template.property(resource, principal["session"]))
        elif resource.type == _MANAGED_POLICY:
            joiner.declare(resource)
    for resource, entry in _entries(template):
        joiner.attach(resource, entry)
    for resource in template.resources:
        if resource.type in table["workloads"]:
            joiner.run(resource, table["workloads"][resource.type])
        membership = table["memberships"].get(resource.type)
        if membership is not None:
            joiner.join(resource, membership)
        credential = table["credentials"].get(resource.type)
        if credential is not None:
            joiner.credential(resource, credential)


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
        name_policies(self._held(resource.name, None), name, f"Ref {resource.name}")
        if isinstance(name, Text) and name.value is not None:
            self._by_name.setdefault(name.value.lower(), []).append(resource.name)

    def attach(self, resource: Resource, entry: Mapping[str, Any]) -> None:
        relation = RELATIONS.get(entry["kind"])
        if relation is None:
            return
        if "self" in entry:
            targets: list[tuple[Hashable, bool]] = [(resource.name, True)]
        else:
            targets = [
                (name, sure and self._is_there_with(resource, name))
                for target in TARGETS
                for name, sure in self._named(resource, entry, target)
            ]
        self._identities.attach_all(targets, relation, self._attached(resource, entry))

    def join(self, resource: Resource, entry: Mapping[str, str]) -> None:
        """Puts users into groups."""
        groups = [one for name in ("group", "groups") for one in self._named(resource, entry, name)]
        users = [one for name in ("user", "users") for one in self._named(resource, entry, name)]
        if entry.get("self") == "user":
            users = [(resource.name, True)]
        self._identities.join(((user, sure and self._is_there_with(resource, user)) for user, sure in users), groups)

    def credential(self, resource: Resource, entry: Mapping[str, str]) -> None:
        """Gives users the long-term credential that a resource makes."""
        users: list[Hashable] = [resource.name]
        place = resource.key.span
        if "self" in entry:
            written = self._template.property(resource, entry["path"])
            if not isinstance(written, Map):
                return
            place = written.head()
        else:
            users = []
            for value in self._template.values(resource, entry["user"]):
                pointer = self._template.pointer(value)
                if pointer is not None:
                    users.append(pointer)
                elif isinstance(value, Text) and value.value is not None:
                    users += self._identities.named("user", value.value)
        self._identities.credential(users, entry["kind"], resource.name, resource.address, place)

    def run(self, resource: Resource, entry: Mapping[str, str]) -> None:
        """Tells what a resource runs as which role."""
        name = self._template.property(resource, entry["name"]) if "name" in entry else None
        references = (f"Fn::GetAtt {resource.name}.Arn", f"Ref {resource.name}")
        for value in self._template.values(resource, entry["role"]):
            for one, certain in options(value):
                pointer = self._template.pointer(one)
                if certain and pointer is not None and self._is_there_with(resource, pointer):
                    self._identities.run(pointer, workload_arn(entry["arn"], name), references)

    def _is_there_with(self, resource: Resource, name: Hashable) -> bool:
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

    def _named(self, resource: Resource, entry: Mapping[str, Any], name: str) -> Iterator[tuple[Hashable, bool]]:
        """The identities that a property names, each with whether that is certain."""
        path = entry.get(name)
        if path is None or entry.get("self") == name:
            return
        kind = TARGETS[name]
        for value in self._template.values(resource, path):
            for one, certain in options(value):
                pointer = self._template.pointer(one)
                found: list[Hashable] = [pointer] if pointer is not None else []
                if not found and isinstance(one, Text) and one.value is not None:
                    found = self._identities.named(kind, one.value)
                elif not found:
                    self._identities.doubt_all(kind)
                for key in found:
                    if self._identities.kind_of(key) == kind:
                        yield key, certain

    def _attached(self, resource: Resource, entry: Mapping[str, Any]) -> Attached:
        """The policies that a resource attaches."""
        attached = Attached()
        if "document" in entry:
            path = entry["document"]
            attached.policies.extend(self._held(resource.name, path))
            for policy in attached.policies:
                policy.managed = resource.type == _MANAGED_POLICY
            outer, _, inner = path.partition(".")
            if inner:
                # A list of inline policies is whole if it is known, and so is each of its documents.
                lists = list(self._template.values(resource, outer))
                items = [one for value in lists for one in options(value)]
                attached.complete = all(certain for _, certain in items) and len(attached.policies) >= len(items)
            else:
                given = list(self._template.values(resource, path))
                attached.complete = bool(attached.policies) or not given

        def made_of(one: Node) -> Sequence[Policy]:
            pointer = self._template.pointer(one)
            pointers = [pointer] if pointer is not None else []
            if not pointers and isinstance(one, Text):
                name = one.value if "policy_name" in entry else policy_name(one)
                pointers = self._by_name.get((name or "").lower(), [])
            return [policy for each in pointers for policy in self._held(each, None)]

        for value in _named_policies(self._template, resource, entry):
            attached.add(options(value), made_of)
        return attached


def _entries(template: Template) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """What the resources of a template attach, by the table of attachments."""
    table: Mapping[str, list[Mapping[str, Any]]] = load_table("policy_properties")["attachments"]
    for resource in template.resources:
        for entry in table.get(resource.type, ()):
            yield resource, entry


def _named_policies(template: Template, resource: Resource, entry: Mapping[str, Any]) -> Iterator[Node]:
    """The values that name policies written elsewhere, by ARN or name."""
    for part in NAMED_POLICIES:
        if part in entry:
            yield from template.values(resource, entry[part])
