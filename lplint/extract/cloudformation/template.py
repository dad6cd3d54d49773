"""A CloudFormation template: its sections, and what its names mean."""

from __future__ import annotations

import re

from lplint.extract.cloudformation.intrinsics import FOR_EACH, Evaluator, Removed, Scope, as_text, split
from lplint.extract.cloudformation.tables import load as load_table
from lplint.extract.values import (
    Choice,
    Encoded,
    Reference,
    TextBuilder,
    choice,
    hole_at,
    misshapen,
    text_at,
    unknown,
    written,
)
from lplint.model.node import Map, Seq, Unknown
from lplint.model.text import Text
from lplint.syntax.parsed import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.extract.found import Found
    from lplint.model.node import Node
    from lplint.model.source import Span, Spanned

# AWS::S3::Bucket, Custom::Thing, Alexa::ASK::Skill, Org::Service::Thing::MODULE
_TYPE = re.compile(r"[A-Za-z0-9]+(?:::[A-Za-z0-9_@-]+)+")
_SHAPE_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_GENERATED = frozenset(("partition", "region", "account", "dns_suffix", "*"))
_VERSION = "2010-09-09"
_LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
_SERVERLESS = "AWS::Serverless"
_MODULE = "::MODULE"
# What has policies attached, or is attached.
_ATTACHABLE = ("AWS::IAM::", "AWS::SSO::")
_ANYTHING = "${*}"  # the shape of what may be any string
# Source: AWS CloudFormation User Guide, "Pseudo parameters reference", October 2026. The shapes' grammar is that of
# `tables.load`; None is what is no string.
_PSEUDO_PARAMETERS: dict[str, str | None] = {
    "AWS::AccountId": _ANYTHING,
    "AWS::NotificationARNs": None,
    "AWS::Partition": _ANYTHING,
    "AWS::Region": _ANYTHING,
    "AWS::StackId": "arn:${partition}:cloudformation:${region}:${account}:stack/${*}/${*}",
    "AWS::StackName": _ANYTHING,
    "AWS::URLSuffix": _ANYTHING,
}
# Parameters whose value is a list, written with commas; and those whose Default is the name under which Systems Manager
# keeps the value.
_LISTS = ("CommaDelimitedList", "List<")
_STORED = "AWS::SSM::Parameter::Value<"
# CloudFormation takes no longer value of a parameter, in bytes.
# Source: AWS CloudFormation User Guide, "Understand CloudFormation quotas".
_LONGEST_DEFAULT = 4_096


def is_template(node: Node) -> bool:
    """Whether a document is a CloudFormation template, by what it says."""
    if not isinstance(node, Map):
        return False
    if node.get("AWSTemplateFormatVersion") is not None:
        return True
    resources = node.get("Resources")
    return isinstance(resources, Map) and any(
        _is_resource(one) or (key.value or "").startswith(FOR_EACH) for key, one in resources.entries
    )


class _Parameter:
    """What a parameter may be.

    Its default counts as its value, unless it is empty and stands for what a deployer gives. Where `deciding`, it is
    only one of what it may be.
    """

    def __init__(self, node: Node, deciding: bool) -> None:
        type_ = node.get("Type") if isinstance(node, Map) else None
        name = (type_.value or "") if isinstance(type_, Text) else ""
        self._is_list = name.removeprefix(_STORED).startswith(_LISTS)
        self._options: tuple[Node, ...] = ()
        if not isinstance(node, Map) or name.startswith(_STORED):
            return
        allowed = node.get("AllowedValues")
        if isinstance(allowed, Seq) and not self._is_list:
            texts = [as_text(item) for item in allowed.items]
            self._options = tuple(text for text in texts if text is not None and text.value)
            if self._options:
                return
        given = node.get("Default")
        default = as_text(given) if given is not None else None
        if default is not None and default.value and len(default.value) <= _LONGEST_DEFAULT and not deciding:
            self._options = (split(default, ",", default, strip=True) if self._is_list else default,)

    def at(self, at: Spanned, cause: Unknown) -> Node:
        """The value where it is asked for; `cause` is why it is unknown, if it is."""
        if self._options:
            return choice(self._options, at)
        return unknown(at) if self._is_list else hole_at(at, cause)


class Resource:
    """One resource of a template. `type` is "" where it cannot be known; `node` is the resource as it is written.

    `properties` are None until somebody asks the template for them, and where they are not known.
    """

    __slots__ = ("key", "node", "properties", "scope", "type")

    def __init__(self, key: Text, type: str, node: Map, scope: Scope) -> None:
        self.key = key
        self.type = type
        self.node = node
        self.scope = scope
        self.properties: Map | None = None

    @property
    def name(self) -> str:
        """Its logical id."""
        return self.key.display

    @property
    def address(self) -> str:
        return f"Resources.{self.name}"


class Template:
    """A template and the values in it.

    `is_whole` tells that nothing but the template itself can define its names: the `resources` of a serverless.yml
    refer to what the framework adds.
    """

    def __init__(self, node: Map, found: Found, is_whole: bool = True) -> None:
        self.node = node
        self.scope = Scope({})
        # Those that may be made, also those with a logical id that is taken.
        self.resources: list[Resource] = []
        self._found = found
        self._evaluator = Evaluator(self)
        self._notes: set[tuple[int, int, str]] = set()
        self._open: set[tuple[str, ...]] = set()
        # The resources that values name, by the id of the value, which is kept so that no id comes twice.
        self._pointers: dict[int, tuple[Node, str]] = {}
        self._parameters: dict[tuple[str, bool], _Parameter] = {}
        self._conditions: dict[str, bool | None] = {}
        self._condition_nodes: dict[str, tuple[Node, Scope]] | None = None
        self._parameter_nodes = {key.display: one for key, one in self.section("Parameters")}
        self._mappings = {key.display: one for key, one in self.section("Mappings")}
        transforms = set(self._transforms())
        version = node.get("AWSTemplateFormatVersion")
        # A macro may change everything, and so may another tool that has a version of its own. The transform of SAM
        # adds resources.
        self._has_macros = (isinstance(version, Text) and version.value != _VERSION) or any(
            one is None or not one.startswith((_LANGUAGE_EXTENSIONS, _SERVERLESS)) for one in transforms
        )
        self._is_whole = is_whole
        # What Fn::ForEach goes through may name a resource before any is known.
        self._by_name: dict[str, Resource] = {}
        self._has_more_resources = True
        self._load()
        self._has_more_resources = not is_whole or not transforms <= {_LANGUAGE_EXTENSIONS}
        # A module's resources have its logical id before their own.
        self._modules = tuple(one.name for one in self.resources if one.type.endswith(_MODULE))
        self._by_name = {one.name: one for one in self.resources}
        # Those that are certainly not made; their names stay known.
        self.absent = [one for one in self.resources if self._is_absent(one)]
        if self.absent:
            gone = {id(one) for one in self.absent}
            self.resources = [one for one in self.resources if id(one) not in gone]

    def _transforms(self) -> Iterator[str | None]:
        """The macros that the template names; None for one whose name is not known."""
        for key, value in self.node.entries:
            if key.value == "Fn::Transform":
                yield None
            elif key.value == "Transform":
                for one in value.items if isinstance(value, Seq) else (value,):
                    yield one.value if isinstance(one, Text) else None
        for section in ("Resources", "Mappings", "Conditions", "Parameters"):
            if any(key.value == "Fn::Transform" for key, _ in self.section(section)):
                yield None

    def _load(self) -> None:
        section = self.node.get("Resources")
        self._check_shape(section, "Resources has each resource below its logical id")
        for key, node, scope in self._evaluator.entries(section, self.scope) if isinstance(section, Map) else ():
            if isinstance(node, Map) and not (key.value or "").startswith(FOR_EACH):
                type_ = node.get("Type")
                text = self._evaluator.value(type_, scope) if isinstance(type_, Text) else None
                name = text.value if isinstance(text, Text) else None
                self.resources.append(Resource(key, name or "", node, scope))
            elif not (key.value or "").startswith(FOR_EACH):
                self._check_shape(node, "A resource is a map with Type and Properties")

    def _check_shape(self, node: Node | None, what: str) -> None:
        """Takes down what is certainly no map where CloudFormation takes nothing else, so that nothing in it is read as
        CloudFormation would."""
        found = misshapen(node)
        if found is not None and self._is_whole:
            span, shape = found
            self._found.report(span, f"{what}, and this is {shape}; CloudFormation takes no such template.")

    def _is_absent(self, resource: Resource) -> bool:
        """Whether the condition of a resource certainly does not hold, so that there is no such resource."""
        node = resource.node.get("Condition")
        name = self._evaluator.value(node, resource.scope) if node is not None else None
        return isinstance(name, Text) and name.value is not None and self.condition(name.value, name) is False

    def section(self, name: str) -> list[tuple[Text, Node]]:
        """The entries of a section; none if it is missing or no map."""
        node = self.node.get(name)
        return node.entries if isinstance(node, Map) else []

    def value(self, node: Node, scope: Scope | None = None) -> Node:
        """The value of a node of the template."""
        return self._evaluator.value(node, scope if scope is not None else self.scope)

    def properties(self, resource: Resource) -> Map | None:
        """The properties of a resource, with what stands in them as it is written; those that a function gives are
        evaluated. None if they are not known."""
        if resource.properties is not None:
            return resource.properties
        node = resource.node.get("Properties")
        if not isinstance(node, Map) or any((key.value or "").startswith(("Fn::", "Ref")) for key, _ in node.entries):
            node = self.value(node, resource.scope) if node is not None else None
        self._check_shape(node, "Properties has each property below its name")
        resource.properties = node if isinstance(node, Map) else None
        return resource.properties

    def located(self, resource: Resource, path: str, unknowns: bool = False) -> Iterator[tuple[str, Node]]:
        """The values of a property by its path, which leads through lists and choices, each with where it stands
        ("Policies[0].PolicyDocument"); with `unknowns` also what may hold such values, not known which."""
        first, *names = path.split(".")
        properties = self.properties(resource)
        for key, raw in properties.entries if properties is not None else ():
            if key.value == first:
                value = self.value(raw, resource.scope)
                if not isinstance(value, Removed):
                    yield from _below(value, first, names, unknowns)

    def values(self, resource: Resource, path: str) -> Iterator[Node]:
        """The values of a property by its path, which leads through lists and choices."""
        return (value for _, value in self.located(resource, path))

    def property(self, resource: Resource, path: str, deciding: bool = False) -> Node | None:
        """The value of a property by its path ("Logging.Bucket"); None if it is not written."""
        node: Node | None = self.properties(resource)
        scope = resource.scope.decided() if deciding else resource.scope
        for name in path.split("."):
            node = node.get(name) if isinstance(node, Map) else None
            node = self.value(node, scope) if node is not None else None
        return None if isinstance(node, Removed) else node

    def pointer(self, value: Node) -> str | None:
        """The logical id of the identity or policy that a value names by Ref or Fn::GetAtt."""
        found = self._pointers.get(id(value))
        return found[1] if found is not None else None

    def release(self) -> None:
        """Lets go of all that the template holds. It and its evaluator hold each other, and nobody looks for such
        circles while lplint runs."""
        self.__dict__.clear()

    # -- what names mean

    def note(self, span: Span, message: str) -> None:
        """Takes down that something cannot be resolved, once for each place."""
        key = (span.start, span.end, message)
        if not self._has_macros and key not in self._notes:
            self._notes.add(key)
            self._found.problems.append(SyntaxProblem(span, message, fatal=False, reference=True))

    def reference(self, name: str, at: Spanned, named: Spanned, scope: Scope) -> Node:
        """What Ref returns of a name."""
        cause = Unknown(at.source, at.start, at.end, f"Ref {name}")
        if name in _PSEUDO_PARAMETERS:
            shape = _PSEUDO_PARAMETERS[name]
            if shape == _ANYTHING:
                return hole_at(at, cause)
            return self._shaped(shape, None, at, scope, cause) if shape is not None else unknown(at)
        parameter = self._parameter(name, scope.deciding)
        if parameter is not None:
            return parameter.at(at, cause)
        resource = self._by_name.get(name)
        if resource is not None:
            return self._attribute(resource, "Ref", at, scope)
        self._missing(name, named)
        return hole_at(at)

    def attribute(self, name: str, attribute: str, at: Spanned, named: Spanned, scope: Scope) -> Node:
        """What Fn::GetAtt returns of a resource."""
        resource = self._by_name.get(name)
        if resource is not None:
            return self._attribute(resource, attribute, at, scope)
        self._missing(name, named)
        return unknown(at)

    def mapping(self, name: str, named: Spanned) -> Map | None:
        """A mapping; None if it cannot be known."""
        node = self._mappings.get(name)
        if node is not None:
            return node if isinstance(node, Map) else None
        if self._is_whole:
            self.note(named.span, f"The template has no mapping {name}; add it, or correct the name.")
        return None

    def condition(self, name: str, named: Spanned) -> bool | None:
        """Whether a condition holds; None if that is not known."""
        if name in self._conditions:
            return self._conditions[name]
        key = ("condition", name)
        if key in self._open:
            self.note(named.span, f"The condition {name} needs itself, so it never has a value.")
            return None
        if self._condition_nodes is None:
            section = self.node.get("Conditions")
            entries = self._evaluator.entries(section, self.scope) if isinstance(section, Map) else ()
            self._condition_nodes = {one.display: (node, scope) for one, node, scope in entries}
        found = self._condition_nodes.get(name)
        if found is None:
            if self._is_whole:
                self.note(named.span, f"The template has no condition {name}; add it, or correct the name.")
            self._conditions[name] = None
            return None
        self._open.add(key)
        holds = self._evaluator.truth(*found)
        self._open.discard(key)
        self._conditions[name] = holds
        return holds

    def _missing(self, name: str, named: Spanned) -> None:
        if self._has_more_resources or name.startswith(self._modules):
            return  # what makes the rest of the template may add it
        if ":" in name.removeprefix("AWS::"):
            message = f"Fn::Sub takes this for a name of the template; write ${{!{name}}} if IAM is to replace it."
        else:
            message = f"The template has no parameter or resource {name}; add it, or correct the name."
        self.note(named.span, message)

    def _parameter(self, name: str, deciding: bool) -> _Parameter | None:
        """What a parameter may be; None if there is no such parameter."""
        key = (name, deciding)
        if key not in self._parameters:
            node = self._parameter_nodes.get(name)
            if node is None:
                return None
            self._parameters[key] = _Parameter(node, deciding)
        return self._parameters[key]

    def _attribute(self, resource: Resource, attribute: str, at: Spanned, scope: Scope) -> Node:
        shape = load_table("attributes")["resources"].get(resource.type, {}).get(attribute)
        if attribute == "Ref":
            origin = Reference(at.source, at.start, at.end, f"Ref {resource.name}", resource.address, "")
            if shape is None:
                return hole_at(at, origin)
        elif shape is None:
            return Reference(at.source, at.start, at.end, written(at.span), resource.address, attribute)
        else:
            cause = f"Fn::GetAtt {resource.name}.{attribute}"
            origin = Reference(at.source, at.start, at.end, cause, resource.address, attribute)
        value = self._shaped(shape, resource, at, scope, origin)
        if resource.type.startswith(_ATTACHABLE):
            self._pointers[id(value)] = (value, resource.name)
        return value

    def _shaped(
        self, shape: str, resource: Resource | None, at: Spanned, scope: Scope, origin: Node | None = None
    ) -> Node:
        """A value of which the type of the resource tells the form. See the grammar in `tables.load`."""
        builder = TextBuilder(at)
        origin = origin or unknown(at)
        hole = written(at.span)
        # Every other piece is what stands in the braces.
        for index, piece in enumerate(_SHAPE_VARIABLE.split(shape)):
            if not index & 1:
                builder.add_known(piece, at)
                continue
            name, _, prefix = piece.partition("#")
            value = self._named_property(resource, name, at, scope)
            text = as_text(value) if value is not None else None
            if text is None:
                builder.add_hole(hole, at, origin)
            elif text.value is not None:
                builder.add_known(text.value.removeprefix(prefix), at)
            else:
                builder.add_value(text, at)
        return builder.finish()

    def _named_property(self, resource: Resource | None, name: str, at: Spanned, scope: Scope) -> Node | None:
        if resource is None or name in _GENERATED:
            return None
        key = (resource.address, name)
        if key in self._open:
            self.note(at.span, f"{resource.name} needs this value for its own {name}, so it never has one.")
            return None
        self._open.add(key)
        value = self.property(resource, name, deciding=scope.deciding)
        self._open.discard(key)
        if value is None:
            default = load_table("attributes")["defaults"].get(resource.type, {}).get(name)
            return text_at(default, resource.node) if default is not None else None
        return value


def _is_resource(node: Node) -> bool:
    """Whether a node is a resource: a map with a Type."""
    type_ = node.get("Type") if isinstance(node, Map) else None
    return isinstance(type_, Text) and type_.value is not None and _TYPE.fullmatch(type_.value) is not None


def _below(node: Node, path: str, names: list[str], unknowns: bool) -> Iterator[tuple[str, Node]]:
    """The values of a path in a value, which leads through the items of lists, and through every choice."""
    if isinstance(node, Encoded):
        yield from _below(node.node, path, names, unknowns)
    elif not names:
        yield path, node
    elif isinstance(node, Map):
        for key, value in node.entries:
            if key.value == names[0]:
                yield from _below(value, f"{path}.{names[0]}", names[1:], unknowns)
    elif isinstance(node, Seq):
        for index, item in enumerate(node.items):
            yield from _below(item, f"{path}[{index}]", names, unknowns)
    elif isinstance(node, Choice):
        for option in node.options:
            yield from _below(option, path, names, unknowns)
    elif unknowns and isinstance(node, Unknown) and not isinstance(node, Removed):
        yield path, node
