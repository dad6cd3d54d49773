"""Policies in what `terraform show -json` prints of a plan or a state.

The resources of a plan are read into the same blocks as those of a module, so that one search finds what both hold.
Source: Terraform internals, "JSON Output Format"; OpenTofu's is the same.
"""

from __future__ import annotations

from lplint.extract.terraform.files import Files
from lplint.extract.terraform.module import Module
from lplint.extract.terraform.policies import extract_from
from lplint.extract.values import Reference
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.text import Text
from lplint.syntax import hcl_tree as hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplint.extract.found import Found
    from lplint.model.node import Node
    from lplint.model.source import Spanned

_DEEPEST = 100  # of the values of one resource; the evaluator goes no deeper
_DEEPEST_MODULE = 50
_GONE = (["delete"], ["forget"])
_SHAPES: tuple[tuple[str, type[Map] | type[Seq], str], ...] = (
    ("planned_values", Map, "an object"),
    ("values", Map, "an object"),
    ("configuration", Map, "an object"),
    ("resource_changes", Seq, "a list"),
)
# What an argument wants of the block that it refers to, where the plan does not tell which attribute that is.
_WANTED = {"data.aws_iam_policy_document": "json", "aws_iam_policy": "arn", "awscc_iam_managed_policy": "policy_arn"}
# The blocks that a reference is followed to. An argument that is put together from others refers to them just so, and
# only of these is it all but certain that the argument is the attribute and nothing more.
_FOLLOWED = ("data.aws_iam_policy_document.", "aws_iam_", "awscc_iam_", "aws_ssoadmin_permission_set.")


def is_plan(document: Node) -> bool:
    """Whether a document is what `terraform show -json` prints."""
    return (
        isinstance(document, Map)
        and isinstance(document.get("format_version"), Text)
        and any(isinstance(document.get(key), Map | Seq) for key in ("planned_values", "resource_changes", "values"))
    )


def extract_plan(document: Map, found: Found) -> None:
    """Adds the policies of a plan or state to `found`, and whose they are."""
    for key, wanted, name in _SHAPES:
        if not isinstance(document.get(key), wanted | Unknown | None):
            where = (next(document.all(key))[0]).span
            found.report(where, f"{key} is {name} in a plan; write it anew with `terraform show -json`.")
    plan = _Plan(document)
    modules = [_PlannedModule(plan, address) for address in plan.modules]
    shared = modules[0] if modules else None
    for module in modules:
        if shared is not None:
            module.share(shared)
    extract_from(modules, found, "terraform-plan")
    for module in modules:
        module.release()


class _Resource:
    """An instance of a resource or data source: its values, and which of them are known after apply only."""

    __slots__ = ("address", "at", "mode", "module", "name", "type", "unknown", "values")

    def __init__(self, node: Map, values: Map | None, unknown: Node | None) -> None:
        self.at = node.get("address") or node
        self.address = _string(node, "address")
        self.module = _string(node, "module_address")
        self.mode = _string(node, "mode")
        self.type = _string(node, "type")
        self.name = _string(node, "name")
        self.values = values
        self.unknown = unknown


class _Plan:
    """The resources of a plan by module address, and what its configuration says that their arguments refer to."""

    def __init__(self, document: Map) -> None:
        self.modules: dict[str, list[_Resource]] = {}
        self._configuration = _map(_map(document, "configuration"), "root_module")
        self._given: dict[str, dict[str, Map]] = {}
        changes: dict[str, _Resource] = {}
        for change in _changes(document):
            changes.setdefault(change.address, change)
        planned = _map(document, "planned_values") or _map(document, "values")
        for resource in _resources(_map(planned, "root_module"), ""):
            if resource.address in changes:
                resource.unknown = changes.pop(resource.address).unknown
            self.modules.setdefault(resource.module, []).append(resource)
        for change in changes.values():
            self.modules.setdefault(change.module, []).append(change)

    def expressions(self, resource: _Resource) -> Map | None:
        """What the configuration gives to the arguments of a resource; None if it does not tell."""
        if resource.module not in self._given:
            module = self._configuration
            for call in _calls(resource.module):
                module = _map(_map(_map(module, "module_calls"), call), "module")
            nodes = (node for node in reversed(_items(module, "resources")) if isinstance(node, Map))
            self._given[resource.module] = {_string(node, "address"): node for node in nodes}
        address = f"{'data.' if resource.mode == 'data' else ''}{resource.type}.{resource.name}"
        return _map(self._given[resource.module].get(address), "expressions")


class _PlannedModule(Module):
    """A module as a plan shows it: every instance of every block, with the values that it will have."""

    def __init__(self, plan: _Plan, address: str) -> None:
        self._plan = plan
        self._module_address = address
        self._references: dict[str, tuple[str, str]] = {}  # the address and attribute that a made-up name stands for
        super().__init__(".", _NO_FILES)

    def share(self, other: Module) -> None:
        """Makes this module and another one know each other's blocks by the values that lead to them."""
        self._pointers = other._pointers

    def full_address(self, address: str) -> str:
        return f"{self._module_address}.{address}" if self._module_address else address

    def root(self, name: str, attribute: str | None, at: Spanned) -> Node | None:
        if attribute is None and name in self._references:
            address, wanted = self._references[name]
            return self.attribute(Reference(at.source, at.start, at.end, address, address, ""), wanted, at)
        return super().root(name, attribute, at)

    def walk(self) -> Iterator[Module]:
        yield self

    def _load(self) -> None:
        resources = self._plan.modules[self._module_address]
        addresses = [self._relative(resource) for resource in resources]
        # Each address is that of a block too: of the first instance, where it has several.
        known = {one.partition("[")[0]: one for one in sorted(addresses, reverse=True)}
        known |= {one: one for one in addresses}
        for resource, address in zip(resources, addresses, strict=True):
            expressions = self._plan.expressions(resource)
            block = _block(resource, expressions, self._referring(expressions, address, known))
            self.declared.append((address, block))
            self.resources.setdefault(address, block)
            self.resources.setdefault(address.partition("[")[0], block)

    def _relative(self, resource: _Resource) -> str:
        """The address of a resource in its module, with the index of the instance."""
        prefix = f"{self._module_address}." if self._module_address else ""
        return resource.address.removeprefix(prefix)

    def _referring(self, expressions: Map | None, address: str, known: Mapping[str, str]) -> dict[str, str]:
        """The arguments of a resource that are an attribute of one other block, as names that `root` knows. `known` has
        the addresses of the module's instances by themselves, and one of each block's by the address of the block."""
        made = {}
        index = address[address.find("[") :] if "[" in address else ""
        for argument, expression in expressions.entries if expressions is not None else ():
            found: dict[str, str] = {}
            for item in _items(expression, "references") if isinstance(expression, Map) else ():
                block, attribute = _split(item.value or "") if isinstance(item, Text) else ("", "")
                if block.startswith(_FOLLOWED):
                    found[block] = found.get(block) or attribute
                elif block.count(".") and not block.startswith(("each.", "count.", "var.", "local.")):
                    found[""] = ""  # something else is in it too
            if len(found) != 1 or "" in found:
                continue
            ((block, attribute),) = found.items()
            # The instance with the same index, where both have one.
            target = known.get(block + index) or known.get(block)
            if target is not None:
                name = f"{target}.{attribute}"
                self._references[name] = (target, attribute or _WANTED.get(block.rpartition(".")[0], "name"))
                made[argument.display] = name
        return made


class _NoFiles(Files):
    def __init__(self) -> None:
        super().__init__("", lambda _: None)

    def names(self, directory: str) -> list[str]:
        return []


_NO_FILES = _NoFiles()


def _block(resource: _Resource, expressions: Map | None, references: Mapping[str, str]) -> hcl.Block:
    at = resource.at
    place = resource.values or at
    attributes = []
    given = set()
    unknown = resource.unknown
    marks = _by_name(unknown)
    written = _by_name(expressions)
    for key, value in resource.values.entries if resource.values is not None else ():
        name = key.display
        given.add(name)
        later = marks.get(name) if isinstance(unknown, Map) else unknown
        if _is_true(later) and name in references:
            variable = hcl.Variable(key.source, key.start, key.end, references[name])
            attributes.append(hcl.Attribute(key.source, key.start, value.end, name, key.span, variable))
        elif not (isinstance(value, Scalar) and value.value is None and later is None):
            expression = _expression(value, later, 0)
            attributes.append(hcl.Attribute(key.source, key.start, value.end, name, key.span, expression))
    for key, later in unknown.entries if isinstance(unknown, Map) else ():
        name = key.display
        # A value that is known after apply only is not among the others. One that the configuration does not give is
        # for AWS to tell.
        if name in given or not _is_true(later) or (expressions is not None and name not in written):
            continue
        expression = (
            hcl.Variable(at.source, at.start, at.end, references[name])
            if name in references
            else _later(later, f"{resource.address}.{name}, known after apply")
        )
        attributes.append(hcl.Attribute(key.source, key.start, later.end, name, key.span, expression))
    body = hcl.Body(place.source, place.start, place.end, attributes, [])
    kind = "data" if resource.mode == "data" else "resource"
    labels = (resource.type, resource.name)
    return hcl.Block(place.source, place.start, place.end, kind, labels, (at.span, at.span), body, at.span)


def _expression(node: Node, unknown: Node | None, depth: int) -> hcl.Expression:
    """A value as an expression that gives it; what a plan marks as known after apply gives nothing."""
    source, start, end = node.source, node.start, node.end
    if _is_true(unknown) or depth > _DEEPEST:
        return _later(node, "known after apply")
    if isinstance(node, Text) and node.value is not None:
        part = hcl.TextPart(source, start + 1, end - 1, node.value, list(node.segments()))
        return hcl.Template(source, start, end, (part,) if node.value else ())
    if isinstance(node, Scalar):
        return hcl.Literal(source, start, end, node.value)
    if isinstance(node, Seq):
        marks = unknown.items if isinstance(unknown, Seq) else []
        items: list[hcl.Expression] = []
        for number, item in enumerate(node.items):
            items.append(_expression(item, marks[number] if number < len(marks) else None, depth + 1))
        return hcl.Tuple(source, start, end, tuple(items))
    if isinstance(node, Map):
        pairs: list[tuple[hcl.Expression, hcl.Expression]] = []
        named, given = _by_name(unknown), _by_name(node)
        for key, value in node.entries:
            later = named.get(key.display)
            if not (isinstance(value, Scalar) and value.value is None and later is None):
                pairs.append((_expression(key, None, depth + 1), _expression(value, later, depth + 1)))
        for key, later in unknown.entries if isinstance(unknown, Map) else ():
            if _is_true(later) and key.display not in given:
                pairs.append((_expression(key, None, depth + 1), _later(later, "known after apply")))
        return hcl.Object(source, start, end, tuple(pairs))
    return _later(node, "?")


def _later(at: Spanned, written: str) -> hcl.Expression:
    return hcl.Broken(at.source, at.start, at.end, written)


def _changes(document: Map) -> Iterator[_Resource]:
    """The resources that a plan does something to, but for those that it takes away."""
    for node in _items(document, "resource_changes"):
        change = _map(node, "change") if isinstance(node, Map) else None
        if not isinstance(node, Map) or change is None:
            continue
        if [item.value for item in _items(change, "actions") if isinstance(item, Text)] not in _GONE:
            yield _Resource(node, _map(change, "after"), change.get("after_unknown"))


def _resources(module: Map | None, address: str, depth: int = 0) -> Iterator[_Resource]:
    """The resources of a module and of those in it."""
    for node in _items(module, "resources"):
        if isinstance(node, Map):
            resource = _Resource(node, _map(node, "values"), None)
            resource.module = address
            yield resource
    for child in _items(module, "child_modules") if depth < _DEEPEST_MODULE else ():
        if isinstance(child, Map):
            yield from _resources(child, _string(child, "address"), depth + 1)


def _calls(address: str) -> list[str]:
    """The names of the calls that lead to a module: `module.a["x.y"].module.b` gives a, b."""
    calls = []
    for step in _steps(address)[1::2]:
        calls.append(step.partition("[")[0])  # noqa: PERF401  one line less to read than the comprehension saves
    return calls


def _steps(address: str) -> list[str]:
    """The parts of an address between its dots, those in an index left alone."""
    steps = [""]
    quoted = False
    for character in address:
        if character == '"':
            quoted = not quoted
        if character == "." and not quoted:
            steps.append("")
        else:
            steps[-1] += character
    return steps


def _split(reference: str) -> tuple[str, str]:
    """The block and the attribute that a reference names: `aws_iam_role.ci.arn`."""
    steps = _steps(reference)
    count = 3 if steps[0] == "data" else 2
    return ".".join([*steps[: count - 1], *(step.partition("[")[0] for step in steps[count - 1 : count])]), ".".join(
        steps[count:]
    )


def _by_name(node: Node | None) -> dict[str, Node]:
    """The entries of an object by their names, for those that ask for many."""
    return {key.display: value for key, value in node.entries} if isinstance(node, Map) else {}


def _map(node: Map | None, key: str) -> Map | None:
    value = node.get(key) if node is not None else None
    return value if isinstance(value, Map) else None


def _items(node: Map | None, key: str) -> list[Node]:
    value = node.get(key) if node is not None else None
    return value.items if isinstance(value, Seq) else []


def _string(node: Map, key: str) -> str:
    value = node.get(key)
    return value.display if isinstance(value, Text) else ""


def _is_true(node: Node | None) -> bool:
    return isinstance(node, Scalar) and node.value is True
