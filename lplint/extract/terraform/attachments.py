"""Which policies the resources of a module attach to which roles, users, groups and permission sets."""

from __future__ import annotations

from lplint.extract.identities import (
    NAMED_POLICIES,
    RELATIONS,
    TARGETS,
    Attached,
    is_aws_managed,
    name_policies,
    options,
    policy_name,
    workload_arn,
)
from lplint.extract.terraform.tables import load as load_table
from lplint.model.node import Scalar, Unknown
from lplint.model.policy import PolicyKind
from lplint.model.source import Spanned
from lplint.model.text import Text
from lplint.syntax import hcl_tree as hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
    from typing import Any

    from lplint.extract.identities import Identities
    from lplint.extract.terraform.module import Module, Pointer
    from lplint.model.node import Node
    from lplint.model.policy import Policy

    # The policies that a block holds in an argument; in all of its arguments where the path is None.
    Held = Callable[[Pointer, str | None], Sequence[Policy]]


def boundaries(modules: Sequence[Module]) -> set[tuple[int, str]]:
    """The blocks whose policies are attached as permissions boundaries, and never as anything else, by the id of their
    module and their address."""
    uses: dict[tuple[int, str], set[str]] = {}
    for module in modules:
        for _, block, entry in _entries(module):
            for value in _named_policies(module, block, entry):
                for pointer, _ in _pointers(module, value, None):
                    uses.setdefault(_key(pointer), set()).add(entry["kind"])
    return {key for key, kinds in uses.items() if kinds == {"boundary"}}


def join(modules: Sequence[Module], held: Held, identities: Identities) -> None:
    """Adds the identities of some modules, with all that is attached to them in any of these."""
    table = load_table("policy_arguments")
    by_name: dict[str, list[Pointer]] = {}
    for module in modules:
        for address, block in module.declared:
            principal = table["identities"].get(block.labels[0])
            if principal is not None and not address.startswith("data."):
                name = next(module.values(block, principal["name"]), None)
                identities.add(
                    _key((module, address)),
                    principal["kind"],
                    module.full_address(address),
                    block.header,
                    name if isinstance(name, Text) else None,
                    [f"{module.full_address(address)}.{attribute}" for attribute in ("arn", "name", "id")],
                )
                if "session" in principal:
                    identities.lasts(_key((module, address)), next(module.values(block, principal["session"]), None))
            elif block.type == "resource" and block.labels[0] in ("aws_iam_policy", "awscc_iam_managed_policy"):
                argument = "name" if block.labels[0] == "aws_iam_policy" else "managed_policy_name"
                name = next(module.values(block, argument), None)
                name_policies(held((module, address), None), name, f"{module.full_address(address)}.arn")
                if isinstance(name, Text) and name.value is not None:
                    by_name.setdefault(name.value.lower(), []).append((module, address))
    for module in modules:
        joiner = _Joiner(module, held, identities, by_name)
        for address, block, entry in _entries(module):
            for scope, certain in module.scopes(block):
                joiner.attach(address, block, entry, scope, certain)
        for address, block in module.declared:
            if block.type == "resource" and block.labels[0] in table["workloads"]:
                joiner.run(address, block, table["workloads"][block.labels[0]])
            membership = table["memberships"].get(block.labels[0])
            credential = table["credentials"].get(block.labels[0]) if block.type == "resource" else None
            for scope, certain in module.scopes(block) if membership is not None or credential is not None else ():
                if membership is not None:
                    joiner.join(address, block, membership, scope, certain)
                if credential is not None and certain:
                    joiner.credential(address, block, credential, scope)


class _Joiner:
    """Attaches what one module attaches."""

    def __init__(
        self, module: Module, held: Held, identities: Identities, by_name: Mapping[str, list[Pointer]]
    ) -> None:
        self._module = module
        self._held = held
        self._identities = identities
        self._by_name = by_name

    def attach(
        self, address: str, block: hcl.Block, entry: Mapping[str, Any], scope: Mapping[str, Node], certain: bool
    ) -> None:
        """Attaches what one instance of a block does. `certain` is whether there is such an instance."""
        relation = RELATIONS.get(entry["kind"])
        if relation is None:
            return
        if "self" in entry:
            targets: list[tuple[Hashable, bool]] = [(_key((self._module, address)), certain)]
        else:
            targets = [
                (key, sure and certain) for name in TARGETS for key, sure in self._named(block, entry, name, scope)
            ]
        attached = self._attached(address, block, entry, scope)
        if not targets and certain and relation is PolicyKind.IDENTITY and any(map(is_aws_managed, attached.arns)):
            targets = list(self._elsewhere(address, block, entry))
        self._identities.attach_all(targets, relation, attached)

    def _elsewhere(self, address: str, block: hcl.Block, entry: Mapping[str, Any]) -> Iterator[tuple[Hashable, bool]]:
        """Whom a block attaches something to that no block makes: declared by the block's own address, with nothing
        else known of them."""
        kind = next((kind for name, kind in TARGETS.items() if name in entry), None)
        if kind is not None:
            key = _key((self._module, address))
            self._identities.add(key, kind, self._module.full_address(address), block.header, None)
            self._identities.doubt(key)
            yield key, True

    def join(
        self, address: str, block: hcl.Block, entry: Mapping[str, str], scope: Mapping[str, Node], certain: bool
    ) -> None:
        """Puts users into groups."""
        groups = [one for name in ("group", "groups") for one in self._named(block, entry, name, scope)]
        users = [one for name in ("user", "users") for one in self._named(block, entry, name, scope)]
        if entry.get("self") == "user":
            users = [(_key((self._module, address)), True)]
        self._identities.join(((user, sure and certain) for user, sure in users), groups)

    def credential(self, address: str, block: hcl.Block, entry: Mapping[str, str], scope: Mapping[str, Node]) -> None:
        """Gives users the long-term credential that a block makes."""
        key = _key((self._module, address))
        users: list[Hashable] = [key]
        if "self" not in entry:
            users = []
            for value in self._module.values(block, entry["user"], scope):
                found = list(_pointers(self._module, value, _expression(block, entry["user"])))
                users += [_key(pointer) for pointer, sure in found if sure]
                if not found and isinstance(value, Text) and value.value is not None:
                    users += self._identities.named("user", value.value)
        elif not any(not _is_nothing(value) for value in self._module.values(block, entry["path"], scope)):
            return
        self._identities.credential(users, entry["kind"], key, self._module.full_address(address), block.header)

    def run(self, address: str, block: hcl.Block, entry: Mapping[str, str]) -> None:
        """Tells what a block runs as which role."""
        name = next(self._module.values(block, entry["name"]), None) if "name" in entry else None
        full = self._module.full_address(address)
        for value in self._module.values(block, entry["role"]):
            for one, certain in options(value):
                for pointer, sure in _pointers(self._module, one, None):
                    if sure and certain:
                        self._identities.run(
                            _key(pointer), workload_arn(entry["arn"], name), (f"{full}.arn", f"{full}.id")
                        )

    def _named(
        self, block: hcl.Block, entry: Mapping[str, Any], name: str, scope: Mapping[str, Node]
    ) -> Iterator[tuple[Hashable, bool]]:
        """The identities that an argument names, each with whether that is certain."""
        path = entry.get(name)
        if path is None or entry.get("self") == name:
            return
        kind = TARGETS[name]
        expression = _expression(block, path)
        for value in self._module.values(block, path, scope):
            for one, certain in options(value):
                found: list[tuple[Hashable, bool]] = [
                    (_key(pointer), sure and certain) for pointer, sure in _pointers(self._module, one, expression)
                ]
                if not found and isinstance(one, Text) and one.value is not None:
                    # A name, or an ARN that ends in one.
                    found = [(key, certain) for key in self._identities.named(kind, one.value.rpartition("/")[2])]
                elif not found and not _is_nothing(one) and not _is_elsewhere(one):
                    self._identities.doubt_all(kind)
                for key, sure in found:
                    if self._identities.kind_of(key) == kind:
                        yield key, sure

    def _attached(
        self, address: str, block: hcl.Block, entry: Mapping[str, Any], scope: Mapping[str, Node]
    ) -> Attached:
        """The policies that a block attaches."""
        attached = Attached()
        if "document" in entry:
            path = entry["document"]
            attached.policies.extend(self._held((self._module, address), path))
            for policy in attached.policies:
                policy.managed = block.labels[0] == "awscc_iam_managed_policy"
            given = [one for one in self._module.values(block, path, scope) if not _is_nothing(one)]
            attached.complete = bool(attached.policies) or not given

        def made_of(one: Node) -> Sequence[Policy]:
            pointers = [pointer for pointer, sure in _pointers(self._module, one, None) if sure]
            if not pointers and isinstance(one, Text):
                name = one.value if "policy_name" in entry else policy_name(one)
                pointers = self._by_name.get((name or "").lower(), [])
            return [policy for pointer in pointers for policy in self._held(pointer, None)]

        for value in _named_policies(self._module, block, entry, scope):
            attached.add(((one, sure) for one, sure in options(value) if not _is_nothing(one)), made_of)
        return attached


def _entries(module: Module) -> Iterator[tuple[str, hcl.Block, Mapping[str, Any]]]:
    """What the blocks of a module attach, by the table of attachments."""
    table: Mapping[str, list[Mapping[str, Any]]] = load_table("policy_arguments")["attachments"]
    for address, block in module.declared:
        if block.type == "resource":
            for entry in table.get(block.labels[0], ()):
                yield address, block, entry


def _named_policies(
    module: Module, block: hcl.Block, entry: Mapping[str, Any], scope: Mapping[str, Node] | None = None
) -> Iterator[Node]:
    """The values that name policies written elsewhere, by ARN or name."""
    for argument in NAMED_POLICIES:
        if argument in entry:
            yield from module.values(block, entry[argument], scope)


def _is_nothing(value: Node) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _pointers(module: Module, value: Node, expression: hcl.Expression | None) -> Iterator[tuple[Pointer, bool]]:
    """The blocks that a value is an attribute of. What a function made of such an attribute (`join("", role[*].name)`)
    is taken for it, if `expression`, which gave the value, names one block alone."""
    for one, certain in options(value):
        pointer = module.pointer(one)
        if pointer is not None:
            yield pointer, certain
        elif isinstance(one, Unknown | Text) and not getattr(one, "value", None) and expression is not None:
            named = {address for address in _addresses(expression) if address in module.resources}
            if len(named) == 1:
                yield (module, named.pop()), certain


def _addresses(expression: hcl.Expression) -> Iterator[str]:
    """The addresses of resources that an expression names: `aws_iam_role.ci` of `aws_iam_role.ci[0].name`."""
    todo: list[object] = [expression]
    while todo:
        one = todo.pop()
        if isinstance(one, hcl.GetAttr) and isinstance(one.operand, hcl.Variable):
            yield f"{one.operand.name}.{one.name}"
        elif isinstance(one, tuple):
            todo.extend(one)
        elif isinstance(one, Spanned):
            todo.extend(getattr(one, name) for name in type(one).__slots__)


def _expression(block: hcl.Block, path: str) -> hcl.Expression | None:
    return next((one.expression for one in block.body.attributes if one.name == path), None)


def _is_elsewhere(value: Node) -> bool:
    """Whether a value names something that no block of the modules makes: what a data source found."""
    return getattr(value, "address", "").startswith("data.")


def _key(pointer: Pointer) -> tuple[int, str]:
    return (id(pointer[0]), pointer[1])
