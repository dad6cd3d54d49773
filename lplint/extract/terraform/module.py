"""A Terraform module: the files of one directory, and what its names mean."""

from __future__ import annotations

import os
import re

from lplint.extract.module_files import is_configuration, is_override
from lplint.extract.terraform.blocks import blocks, value_of
from lplint.extract.terraform.documents import document
from lplint.extract.terraform.evaluator import Evaluator, MissingError, instances, pairs
from lplint.extract.terraform.installed import Installed
from lplint.extract.terraform.overrides import merged
from lplint.extract.terraform.tables import load as load_table
from lplint.extract.values import (
    Encoded,
    Reference,
    TextBuilder,
    lifted,
    text_at,
    unknown,
)
from lplint.model.node import Choice, Map, Scalar, Seq
from lplint.model.source import Source
from lplint.model.text import Text
from lplint.syntax import hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TypeAlias

    from lplint.extract.terraform.files import Files
    from lplint.model.node import Node
    from lplint.model.source import Span, Spanned
    from lplint.syntax import hcl_tree
    from lplint.syntax.parsed import SyntaxProblem

    # A block, by its module and its address there.
    Pointer: TypeAlias = tuple["Module", str]

_DOCUMENT = "data.aws_iam_policy_document."
_SHAPE_VARIABLE = re.compile(r"\$\{([^}]*)\}")
# What has policies attached, or is attached.
_ATTACHABLE = ("aws_iam_", "awscc_iam_", "aws_ssoadmin_", "awscc_sso_")
_GENERATED = frozenset(("partition", "region", "account", "dns_suffix", "*"))
# The arguments of a module block that are Terraform's, and not the module's.
MODULE_ARGUMENTS = frozenset(("source", "version", "providers", "count", "for_each", "depends_on"))
_DEEPEST_MODULE = 8
_MOST_MODULES = 2_000  # of one root module, each call with its own arguments
_MOST_INSTANCES = 100
# Where a module keeps its blocks with one label.
_BY_NAME = {"module": "calls", "variable": "_variables", "output": "_outputs"}


class Module:
    """A module with the arguments of one call of it (none for a root module).

    `calls` are the module blocks in it, by name, and `called_at` the headers of those that led to it, outermost first.
    """

    def __init__(
        self,
        directory: str,
        files: Files,
        arguments: Mapping[str, Node] | None = None,
        parent: Module | None = None,
        call: hcl_tree.Block | None = None,
    ) -> None:
        self.directory = directory
        self.files = files
        self.problems: list[SyntaxProblem] = []
        self.resources: dict[str, hcl_tree.Block] = {}  # by address: "aws_iam_role.ci", "data.aws_iam_policy.x"
        self.declared: list[tuple[str, hcl_tree.Block]] = []  # all of them, also those with an address that is taken
        self._declared_at: dict[str, int] = {}  # where each of `resources` is in `declared`
        self.calls: dict[str, hcl_tree.Block] = {}
        self.bodies: list[hcl_tree.Body] = []
        self.tfvars: list[hcl_tree.Body] = []  # what the variables of a root module are given
        budget = parent.evaluator.budget if parent is not None else None
        self.evaluator: Evaluator = Evaluator(self, _Reader(self), budget)
        self._locals: dict[str, hcl_tree.Attribute] = {}
        self._variables: dict[str, hcl_tree.Block] = {}
        self._outputs: dict[str, hcl_tree.Block] = {}
        self._given: dict[str, hcl_tree.Expression] = {}
        self._arguments = arguments
        self.called_at: tuple[Span, ...] = ()
        self._path = ""
        # Where it and those that led to it are, which it cannot call: Terraform would never come to an end.
        self._directories = {os.path.normpath(directory)}
        self._made: list[str] = parent._made if parent is not None else []  # in the whole tree
        self._installed_as = ""  # what .terraform/modules/modules.json calls it
        self._installed: Installed = parent._installed if parent is not None else Installed(directory, files)
        if parent is not None and call is not None:
            self.called_at = (*parent.called_at, call.header)
            self._directories |= parent._directories
            self._installed_as = f"{parent._installed_as}.{call.labels[0]}".lstrip(".")
            self._path = f"{parent.full_address('module')}.{call.labels[0]}"
        # What the modules of one tree share: the blocks whose attributes values are, by the value's id; the value is
        # kept, so that no id comes twice.
        self._pointers: dict[int, tuple[Node, Pointer]] = parent._pointers if parent is not None else {}
        self._known: dict[tuple[str, str], Node | None] = {}  # None while it is worked out
        self._children: dict[str, Module | None] = {}
        self._load()

    def _load(self) -> None:
        for name in self.files.names(self.directory):
            parsed = self.files.parsed(os.path.join(self.directory, name))
            if parsed is None:
                continue
            self.problems.extend(parsed.problems)
            if is_configuration(name):
                self.bodies.append(parsed.body)
                self._declare(parsed.body, is_override(name))
            else:
                if self._arguments is None:
                    self.tfvars.append(parsed.body)
                self._given.update((one.name, one.expression) for one in parsed.body.attributes)

    def _declare(self, body: hcl_tree.Body, overrides: bool) -> None:
        for block in body.blocks:
            labels = block.labels
            if block.type in ("resource", "data") and len(labels) == 2:
                address = ".".join(labels) if block.type == "resource" else ".".join(("data", *labels))
                if overrides and address in self.resources:
                    self._override(address, block)
                    continue
                if self.resources.setdefault(address, block) is block:
                    self._declared_at[address] = len(self.declared)
                self.declared.append((address, block))
            elif block.type in _BY_NAME and len(labels) == 1:
                named = getattr(self, _BY_NAME[block.type])
                if overrides and labels[0] in named:
                    named[labels[0]] = merged(named[labels[0]], block)
                named.setdefault(labels[0], block)
            elif block.type == "locals":
                for one in block.body.attributes:
                    if overrides or one.name not in self._locals:
                        self._locals[one.name] = one

    def _override(self, address: str, block: hcl_tree.Block) -> None:
        whole = merged(self.resources[address], block)
        self.resources[address] = whole
        self.declared[self._declared_at[address]] = (address, whole)

    # -- what names mean

    def root(self, name: str, attribute: str | None, at: Spanned) -> Node | None:
        if attribute is None:
            return None
        if name == "local":
            return self._once("local", attribute, at, self._local)
        if name == "var":
            return self._once("var", attribute, at, self._variable)
        if name == "path":
            return text_at(self.directory if attribute == "module" else ".", at)
        if name == "module":
            return self._call_reference(attribute, at)
        if name == "data":
            return Reference(at.source, at.start, at.end, at.span.text, f"data.{attribute}", "")
        address = f"{name}.{attribute}"
        if address in self.resources:
            return Reference(at.source, at.start, at.end, at.span.text, address, "")
        return None

    def attribute(self, reference: Reference, name: str, at: Spanned) -> Node:
        """The value of an attribute of a resource or data source, or of something in one."""
        address = reference.address
        if address.startswith("data.") and address.count(".") == 1:
            return Reference(at.source, at.start, at.end, at.span.text, f"{address}.{name}", "")
        if address.startswith("module."):
            return self._output(address.removeprefix("module."), name, at)
        if reference.path:
            return unknown(at)
        if address.startswith(_DOCUMENT) and name in ("json", "minified_json"):
            made = self.document(self.resources.get(address))
            return Encoded(at.source, at.start, at.end, made) if made is not None else unknown(at)
        shaped = self._shaped(address, name, at)
        value = shaped if shaped is not None else self._argument(address, name, at)
        if not address.startswith(_ATTACHABLE):
            return value
        if type(value) is Text:
            # One local may be the name of several things; what points at one of them is a value of its own.
            value = Text(value.source, value.start, value.end, value.value, value.mapping)
        self._pointers[id(value)] = (value, (self, address))
        return value

    def pointer(self, value: Node) -> Pointer | None:
        """The block that a value is an attribute of, if it is one that policies are attached to or that is attached;
        with the module that it is in."""
        found = self._pointers.get(id(value))
        return found[1] if found is not None else None

    def full_address(self, address: str) -> str:
        """What an address in this module is called from the root: "module.ci.aws_iam_role.this"."""
        return f"{self._path}.{address}" if self._path else address

    def values(self, block: hcl_tree.Block, path: str, scope: Mapping[str, Node] | None = None) -> Iterator[Node]:
        """The values that a block gives an argument, which may be in nested blocks ("inline_policy.policy"). `scope` is
        that of one of the block's instances; without it the names of all of them count."""
        *outer, last = path.split(".")
        names_of_block = self.scope(block) if scope is None else scope
        bodies = [(block.body, names_of_block)]
        for name in outer:
            found = (one for body, names in bodies for one in blocks(self.evaluator, body, name, names))
            bodies = [(inner, names) for inner, names, _ in found]
        for body, names in bodies:
            value = value_of(self.evaluator, body, last, names)
            if value is not None:
                yield value
        # The other AWS provider takes objects where this one has blocks; those that are written out count as blocks.
        value = value_of(self.evaluator, block.body, outer[0], names_of_block) if outer and not bodies else None
        if value is not None:
            yield from _below(value, [*outer[1:], last])

    def is_block(self, reference: Reference) -> bool:
        return not reference.path

    def document(self, block: hcl_tree.Block | None) -> Map | None:
        """The policy that an aws_iam_policy_document makes; None if there is no such block."""
        if block is None:
            return None
        made = self._once(
            "document",
            f"{block.source.path}:{block.start}",
            block,
            lambda _: document(self.evaluator, block, self.scope(block)),
        )
        return made if isinstance(made, Map) else None

    def scope(self, block: hcl_tree.Block) -> Mapping[str, Node]:
        """What `each`, `count` and `self` mean in a block: something, not known which."""
        names: dict[str, Node] = {}
        for attribute in block.body.attributes:
            if attribute.name == "for_each":
                names["each"] = self._each(attribute)
            elif attribute.name == "count":
                names["count"] = unknown(attribute.expression)
        return names

    def scopes(self, block: hcl_tree.Block) -> Iterator[tuple[Mapping[str, Node], bool]]:
        """What `each` and `count` mean in each instance of a block, with whether that instance is certainly there."""
        named = {attribute.name: attribute.expression for attribute in block.body.attributes}
        if "for_each" in named:
            expression = named["for_each"]
            collection = self.evaluator.value(expression, {})
            for key, value, certain in pairs(collection, expression):
                # The elements of a set are their own keys.
                name = value if isinstance(collection, Seq) else key
                yield {"each": _object(expression, key=name, value=value)}, certain
            return
        count = self.evaluator.value(named["count"], {}) if "count" in named else None
        if isinstance(count, Scalar) and isinstance(count.value, int) and 1 < count.value <= _MOST_INSTANCES:
            for index in range(count.value):
                yield {"count": _object(named["count"], index=lifted(index, named["count"]))}, True
        else:
            yield self.scope(block), True

    def child(self, name: str) -> Module | None:
        """The module that a call names, if its source is a folder or installed in one, with the arguments of that
        call."""
        if name not in self._children:
            self._children[name] = None  # a module that calls itself ends here
            self._children[name] = self._load_child(self.calls[name])
        return self._children[name]

    def _load_child(self, block: hcl_tree.Block) -> Module | None:
        given = {one.name: one.expression for one in block.body.attributes}
        source = self.evaluator.value(given["source"], {}) if "source" in given else None
        if not isinstance(source, Text) or source.value is None or len(self.called_at) >= _DEEPEST_MODULE:
            return None
        directory: str | None
        if source.value.startswith(("./", "../")):
            directory = os.path.normpath(os.path.join(self.directory, source.value))
        else:
            directory = self._installed.directory_of(f"{self._installed_as}.{block.labels[0]}".lstrip("."))
        if directory is None or directory in self._directories or not self.files.names(directory):
            return None
        if len(self._made) >= _MOST_MODULES:
            return None
        self._made.append(directory)
        scope = self.scope(block)
        arguments = {
            name: self.evaluator.value(expression, scope)
            for name, expression in given.items()
            if name not in MODULE_ARGUMENTS
        }
        return Module(directory, self.files, arguments, self, block)

    def _each(self, attribute: hcl_tree.Attribute) -> Node:
        expression = attribute.expression
        key, value = instances(self.evaluator.value(expression, {}), expression)
        return _object(expression, key=key, value=value)

    def _once(self, kind: str, name: str, at: Spanned, make: Callable[[str], Node | None]) -> Node | None:
        """Works a value out the first time it is asked for; one that needs itself is unknown."""
        key = (kind, name)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = make(name)
        found = self._known[key]
        return found if found is not None else unknown(at)

    def _local(self, name: str) -> Node | None:
        attribute = self._locals.get(name)
        return self.evaluator.value(attribute.expression, {}) if attribute is not None else None

    def _variable(self, name: str) -> Node | None:
        if self._arguments is not None and name in self._arguments:
            return self._arguments[name]
        if self._arguments is None and name in self._given:
            return self.evaluator.value(self._given[name], {})
        block = self._variables.get(name)
        for attribute in block.body.attributes if block is not None else ():
            if attribute.name == "default":
                value = self.evaluator.value(attribute.expression, {})
                return None if _is_nothing(value) else value
        return None

    def _call_reference(self, name: str, at: Spanned) -> Node:
        return Reference(at.source, at.start, at.end, at.span.text, f"module.{name}", "")

    def _output(self, call: str, name: str, at: Spanned) -> Node:
        child = self.child(call) if call in self.calls else None
        block = child._outputs.get(name) if child is not None else None
        expression = _expression(block, "value")
        if child is None or expression is None:
            return unknown(at)
        found = child._once("output", name, at, lambda _: child.evaluator.value(expression, {}))
        return found if found is not None else unknown(at)

    def _argument(self, address: str, name: str, at: Spanned) -> Node:
        """An attribute that is one of the block's own arguments has the value given there."""
        block = self.resources.get(address)
        expression = _expression(block, name)
        if block is not None and expression is not None:
            scope = self.scope(block)
            found = self._once("argument", f"{address}.{name}", at, lambda _: self.evaluator.value(expression, scope))
            if isinstance(found, Text) and found.value is not None:
                return found
        return Reference(at.source, at.start, at.end, at.span.text, address, name)

    def _shaped(self, address: str, name: str, at: Spanned) -> Node | None:
        """An attribute of which the type of the resource tells the form: an ARN with the partition, region and account
        unknown, and the name where the resource gives one. See the grammar in `tables.load`."""
        kind = address.partition("[")[0].rpartition(".")[0]
        table = load_table("attributes")
        shape = table["resources"].get(kind, {}).get(name)
        if shape is None or _expression(self.resources.get(address), name) is not None:
            return None  # an argument that is written has its written value
        builder = TextBuilder(at)
        end = 0
        for match in _SHAPE_VARIABLE.finditer(shape):
            self._add_known(builder, shape[end : match.start()], at)
            end = match.end()
            argument, _, prefix = match[1].partition("#")
            value: Node = unknown(at)
            if argument not in _GENERATED:
                value = self._argument(address, argument, at)
                default = table["defaults"].get(kind, {}).get(argument)
                if default is not None and _expression(self.resources.get(address), argument) is None:
                    value = text_at(default, at)
                if isinstance(value, Text) and value.value is not None:
                    value = text_at(value.value.removeprefix(prefix), at)
            builder.add_value(value, at)
        self._add_known(builder, shape[end:], at)
        return builder.finish()

    @staticmethod
    def _add_known(builder: TextBuilder, text: str, at: Spanned) -> None:
        builder.add_value(text_at(text, at), at)

    def release(self) -> None:
        """Lets go of all that the module holds. It and its evaluator hold each other, and nobody looks for such circles
        while lplint runs."""
        for child in self._children.values():
            if child is not None:
                child.release()
        self.__dict__.clear()

    def walk(self) -> Iterator[Module]:
        """This module and those it calls, each call with its own arguments."""
        yield self
        for name in self.calls:
            child = self.child(name)
            if child is not None:
                yield from child.walk()


def _below(value: Node, path: list[str]) -> Iterator[Node]:
    """The values in objects, or lists of them, that a path leads to."""
    if isinstance(value, Choice):
        for option in value.options:
            yield from _below(option, path)
    elif isinstance(value, Seq):
        for item in value.items:
            yield from _below(item, path)
    elif isinstance(value, Map):
        for _, inner in value.all(path[0]):
            if len(path) == 1:
                yield inner
            else:
                yield from _below(inner, path[1:])


def _object(at: Spanned, **entries: Node) -> Map:
    return Map(at.source, at.start, at.end, [(text_at(name, at), value) for name, value in entries.items()])


def _is_nothing(value: Node) -> bool:
    """Whether a default is null, an empty string or an empty collection, for the caller to fill."""
    if isinstance(value, Map):
        return not value.entries
    if isinstance(value, Seq):
        return not value.items
    return (isinstance(value, Text) and value.value == "") or (isinstance(value, Scalar) and value.value is None)


def _expression(block: hcl_tree.Block | None, name: str) -> hcl_tree.Expression | None:
    """The expression of an argument of a block."""
    attributes = block.body.attributes if block is not None else ()
    return next((one.expression for one in attributes if one.name == name), None)


class _Reader:
    """The files that a module's functions may read."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def read(self, path: str) -> Source | None:
        # path.module is the module's directory, so a path that begins with it is complete; others are from the root.
        return self._module.files.source(path)

    def render(self, source: Source, variables: Map, at: Spanned) -> Node:
        parts, _problems = hcl.parse_template(source)
        whole = Text(source, 0, len(source.text), "", [])
        return self._parts(parts, variables, whole, at)

    def template(self, text: Text, variables: Map, at: Spanned) -> Node:
        if text.value is None:
            return unknown(at)
        inner = Source(text.source.path, text.value, within=text)
        parts, _problems = hcl.parse_template(inner)
        return self._parts(parts, variables, Text(inner, 0, len(inner.text), "", []), at)

    def _parts(self, parts: tuple[hcl_tree.Part, ...], variables: Map, whole: Text, at: Spanned) -> Node:
        try:
            scope = {key.value: value for key, value in variables.entries if key.value is not None}
            return self._module.evaluator.parts(parts, scope, whole)
        except MissingError:
            return unknown(at)
