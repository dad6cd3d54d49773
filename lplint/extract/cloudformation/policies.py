"""The policies of a template: where resources take them, and what is left over."""

from __future__ import annotations

from lplint.extract import permissions
from lplint.extract.cloudformation import attachments
from lplint.extract.cloudformation.tables import load as load_table
from lplint.extract.cloudformation.template import Template, is_template
from lplint.extract.collector import Collector
from lplint.extract.found import Found
from lplint.extract.identities import Identities
from lplint.extract.place import Place
from lplint.extract.search import search
from lplint.extract.values import At, misshapen
from lplint.model.node import Map, Seq, Unknown
from lplint.model.policy import Origin, PolicyKind
from lplint.model.source import Source
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lplint.extract.cloudformation.intrinsics import Scope
    from lplint.extract.cloudformation.template import Resource
    from lplint.model.node import Node
    from lplint.model.policy import Policy

    Kind = tuple[PolicyKind, str] | None

_FORM = "cloudformation"
# Stacks whose template stands in a stack set's template; deeper is nobody's work.
_DEEPEST_BODY = 3


def extract_template(
    document: Map, found: Found, kind: Kind = None, is_whole: bool = True, above: Place | None = None, depth: int = 0
) -> None:
    """Adds to `found` the policies of a template.

    `kind` is the kind and service of all of them, where the configuration says so. `is_whole` is whether the template
    defines all its names itself. `above` is its place, if it is inside another document.
    """
    template = Template(document, found, is_whole)
    _Search(template, found, kind, above, depth).collect()
    template.release()


class _Search:
    """Finds the policies of one template, each document once for each kind that it is used as."""

    def __init__(self, template: Template, found: Found, kind: Kind, above: Place | None, depth: int) -> None:
        self._template = template
        self._found = found
        self._kind = kind
        self._above = above
        self._depth = depth
        self._policies = Collector(found, _FORM)
        self._first = len(found.policies)
        self._done: set[int] = set()  # the ids of nodes that need no search
        self._held: dict[str, list[tuple[str, Policy]]] = {}  # by logical id, each with its path
        self._boundaries = attachments.boundaries(template)
        # An alias of YAML stands in a map, and what it stands for elsewhere.
        self._has_aliases = " &" in template.node.source.text

    def collect(self) -> None:
        table: dict[str, list[dict[str, Any]]] = load_table("policy_properties")["resources"]
        others: dict[str, list[str]] = load_table("policy_properties")["not_policies"]
        for resource in self._template.resources:
            for entry in table.get(resource.type, ()):
                self._take(resource, entry)
            permission = load_table("policy_properties")["permissions"].get(resource.type)
            if permission is not None:
                self._add_permission(resource, permission)
            for path in others.get(resource.type, ()):
                self._done.update(id(value) for value in self._template.values(resource, path))
        identities = Identities()
        attachments.join(self._template, self._held_by, identities)
        if self._template.node.get("Transform") is not None:
            from lplint.extract.cloudformation import sam

            if sam.is_serverless(self._template.node):
                sam.collect(self._template, self._policies, identities, self._held_by, self._kind)
        self._found.identities.extend(identities.finish())
        places = {(policy.node.source.path, policy.node.start) for policy in self._found.policies[self._first :]}
        rest = Found()
        for section, node in self._template.node.entries:
            place = Place(self._above, self._template.node, section.display)
            if section.value == "Resources":
                self._search_resources(node, place, rest)
            else:
                # What stands in Metadata is other tools' business, and no value of the template's.
                self._leftover(node, place, rest, None if section.value == "Metadata" else self._template.scope)
        self._found.problems.extend(rest.problems)
        for policy in rest.policies:
            if (policy.node.source.path, policy.node.start) not in places:
                self._found.policies.append(policy)
        self._found.policies[self._first :] = sorted(self._found.policies[self._first :], key=_start)

    def _held_by(self, name: str, path: str | None) -> list[Policy]:
        """The policies in one property of a resource, or in all of them."""
        return [policy for one, policy in self._held.get(name, ()) if path in (one, None)]

    def _take(self, resource: Resource, entry: dict[str, Any]) -> None:
        """The policies of a property that the table names."""
        for attribute, value in self._template.located(resource, entry["path"], unknowns=True):
            kind = self._kind_of(resource, entry)
            if kind is None:
                self._done.add(id(value))
                continue
            is_statement = entry.get("form") == "statement"
            add = self._policies.add_statement if is_statement else self._policies.add
            made = add(value, kind, resource.address, attribute)
            if not made:
                self._check_shape(value)
            else:
                self._done.add(id(value))
                self._held.setdefault(resource.name, []).extend((entry["path"], policy) for policy in made)

    def _check_shape(self, value: Node) -> None:
        """Takes down what stands where a policy belongs and certainly is none."""
        items = value.items if isinstance(value, Seq) else [value]
        found = misshapen(value) if not any(isinstance(one, Map | Unknown) for one in items) else None
        # A string may be JSON, or what another tool fills in.
        if found is not None and not (isinstance(value, Text) and ("{" in (value.value or "") or not value.value)):
            span, shape = found
            self._found.report(span, f"A policy document is a map with a Statement, and this is {shape}; write one.")

    def _add_permission(self, resource: Resource, entry: dict[str, str]) -> None:
        """A resource that is a statement in itself; without anybody that it lets in it is none."""

        def argument(path: str) -> Node | None:
            return next(self._template.values(resource, path), None)

        if any(argument(entry[meaning]) is not None for meaning in ("principal", "account") if meaning in entry):
            made = permissions.document(entry, argument, At(resource.key.span))
            kind = self._kind or (PolicyKind.RESOURCE, entry["service"])
            self._policies.add_document(made, kind, resource.address, "")

    def _kind_of(self, resource: Resource, entry: dict[str, Any]) -> Kind:
        """None for what is no IAM policy."""
        kind = entry["kind"]
        by = entry.get("kind_by")
        if by is not None:
            value = self._template.property(resource, by["argument"])
            if isinstance(value, Text) and value.value is not None:
                kind = by.get(value.value, by.get("*", kind))
        if kind is None:
            return None
        if kind == "identity" and resource.name in self._boundaries:
            kind = "boundary"
        return self._kind or (PolicyKind(kind), entry.get("service", ""))

    # -- what no table knows

    def _search_resources(self, node: Node, place: Place, rest: Found) -> None:
        if not isinstance(node, Map):
            self._leftover(node, place, rest)
            return
        known = {id(absent.node) for absent in self._template.absent}
        for resource in self._template.resources:
            known.add(id(resource.node))
            if not self._mentions(resource.node):
                continue
            here = Place(place, node, resource.name)
            properties = self._template.properties(resource)
            for key, value in resource.node.entries:
                below = Place(here, resource.node, key.display)
                if key.value == "Properties" and properties is not None and not self._is_document(resource, properties):
                    for name, one in properties.entries:
                        if not self._mentions(one):
                            continue
                        self._property(resource, name.display, one, Place(below, properties, name.display), rest)
                else:
                    self._leftover(value, below, rest, None if key.value == "Metadata" else resource.scope)
        for key, value in node.entries:
            if id(value) not in known and not (key.value or "").startswith("Fn::"):
                self._leftover(value, Place(place, node, key.display), rest)

    def _is_document(self, resource: Resource, properties: Map) -> bool:
        """Whether the properties are a policy themselves, of which no table knows."""
        statement = properties.get("Statement")
        return statement is not None and id(self._template.value(statement, resource.scope)) not in self._done

    def _property(self, resource: Resource, name: str, node: Node, place: Place, rest: Found) -> None:
        if name == "TemplateBody" and resource.type.startswith("AWS::CloudFormation::"):
            body = self._template.value(node, resource.scope)
            if isinstance(body, Text) and body.value is not None and self._template_body(body, place):
                return
        self._leftover(node, place, rest, resource.scope)

    def _template_body(self, body: Text, place: Place) -> bool:
        """The policies of a template in a string; whether it is one."""
        if self._depth >= _DEEPEST_BODY or "Resources" not in (body.value or ""):
            return False
        source = Source(body.source.path, body.value or "", within=body)
        if source.text.lstrip().startswith("{"):
            from lplint.syntax import json

            documents = json.parse(source).documents
        else:
            from lplint.syntax import yaml

            documents = yaml.parse(source).documents
        templates = [one for one in documents if isinstance(one, Map) and is_template(one)]
        for one in templates:
            extract_template(one, self._found, self._kind, True, place, self._depth + 1)
        return bool(templates)

    def _leftover(self, node: Node, place: Place, rest: Found, scope: Scope | None = None) -> None:
        """Policies where no table expects them, by what they say: in custom resources, mappings, outputs. Values are
        evaluated if there is a `scope`."""
        if not self._mentions(node):
            return
        value = self._template.value(node, scope) if scope is not None else node
        if id(value) not in self._done:
            search(value, rest, self._kind, place, _origin, self._done)

    def _mentions(self, node: Node) -> bool:
        """Whether a policy can stand in a node as it is written."""
        text = node.source.text
        if text.find("Statement", node.start, node.end) >= 0:
            return True
        return self._has_aliases and text.find("*", node.start, node.end) >= 0


def _origin(place: Place | None) -> Origin:
    """The resource and the property that a policy stands in; the section and the way down it, outside of resources."""
    steps = list(reversed(list(place.upwards()))) if place is not None else []
    names = [str(step.key) for step in steps]
    if "Resources" in names[:-1]:
        first = names.index("Resources") + 2
        address = ".".join(names[first - 2 : first])
        if names[first : first + 1] == ["Properties"]:
            first += 1
    else:
        first = 1
        address = names[0] if names else ""
    attribute = "".join(f"[{step.key}]" if isinstance(step.key, int) else f".{step.key}" for step in steps[first:])
    return Origin(_FORM, address, attribute.lstrip("."))


def _start(policy: Policy) -> int:
    return policy.span.in_file().start
