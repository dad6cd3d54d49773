"""The policies of a module: where resources take them, what documents make them, and what is left over."""

from __future__ import annotations

import os

from lplint.extract import permissions
from lplint.extract.collector import Collector, place_of
from lplint.extract.found import Found
from lplint.extract.identities import Identities
from lplint.extract.module_files import is_installed
from lplint.extract.policy_document import is_policy
from lplint.extract.search import search
from lplint.extract.terraform import attachments
from lplint.extract.terraform.module import MODULE_ARGUMENTS, Module
from lplint.extract.terraform.statements import actions_of, policies_in
from lplint.extract.terraform.tables import load as load_table
from lplint.extract.values import Encoded
from lplint.model.node import Map, Unknown
from lplint.model.policy import PolicyKind
from lplint.model.text import Text
from lplint.syntax import hcl_tree as hcl
from lplint.syntax import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Any

    from lplint.extract.terraform.files import Files
    from lplint.extract.terraform.module import Pointer
    from lplint.model.node import Node
    from lplint.model.policy import Policy
    from lplint.model.source import Source

_DOCUMENT = "data.aws_iam_policy_document."


def extract_module(directory: str, files: Files) -> Found:
    """The policies of the module in a directory and of the modules it calls, and whose they are."""
    found = Found()
    root = Module(directory, files)
    found.problems.extend(root.problems)
    extract_from(list(root.walk()), found, "terraform")
    root.release()
    return found


def extract_from(modules: Sequence[Module], found: Found, form: str) -> None:
    """Adds the policies of modules to `found`, and the identities that are made in any of them. `form` is that of their
    origins."""
    held = _Held()
    boundaries = attachments.boundaries(modules)
    searches = [_Search(module, found, held, boundaries, form) for module in modules]
    for search_ in searches:
        search_.collect()
    made_by_modules = _written_actions(found)
    for search_ in searches:
        search_.collect_arguments(made_by_modules)
    identities = Identities()
    attachments.join(modules, held.by, identities)
    found.identities += identities.finish()


def _written_actions(found: Found) -> set[tuple[str, int, int]]:
    """Where the actions of all policies are written, but for those of installed modules, which nobody is told of."""
    return {
        place_of(action)
        for policy in found.policies
        if not is_installed(policy.span.in_file().source.path)
        for statement in policy.statements
        for element in (statement.action, statement.not_action)
        for action in (element.values if element is not None else ())
    }


class _Held:
    """The policies that blocks hold, by block and argument."""

    def __init__(self) -> None:
        self._policies: dict[tuple[int, str], list[tuple[str, Policy]]] = {}

    def add(self, pointer: Pointer, path: str, policies: list[Policy]) -> None:
        module, address = pointer
        self._policies.setdefault((id(module), address), []).extend((path, policy) for policy in policies)

    def by(self, pointer: Pointer, path: str | None) -> list[Policy]:
        """The policies in one argument of a block, or in all of them."""
        module, address = pointer
        return [one for name, one in self._policies.get((id(module), address), ()) if path in (name, None)]


class _Search:
    """Finds the policies of one module."""

    def __init__(self, module: Module, found: Found, held: _Held, boundaries: set[tuple[int, str]], form: str) -> None:
        self._module = module
        self._found = found
        self._held = held
        self._boundaries = boundaries
        self._policies = Collector(found, form, module.called_at)
        self._places: set[tuple[str, int, int]] = set()
        self._counted = 0  # the policies whose places are among these

    def collect(self) -> None:
        table: Mapping[str, list[dict[str, Any]]] = load_table("policy_arguments")["resources"]
        others: Mapping[str, list[str]] = load_table("policy_arguments")["not_policies"]
        for address, block in self._module.declared:
            if address.startswith(_DOCUMENT):
                continue
            for entry in table.get(block.labels[0], ()):
                path = entry["path"]
                for value in self._module.values(block, path):
                    kind = self._kind(address, block, entry)
                    if kind is not None and entry.get("form") == "statement":
                        self._policies.add_statement(value, kind, address, path)
                    elif kind is not None:
                        made = self._policies.add(value, kind, address, path)
                        self._held.add((self._module, address), path, made)
            permission = load_table("policy_arguments")["permissions"].get(block.labels[0])
            if permission is not None and block.type == "resource":
                self._add_permission(address, block, permission)
        for address, block in self._module.declared:
            if address.startswith(_DOCUMENT):
                document = self._module.document(block)
                if document is not None and not self._policies.has(document):
                    # Nothing here is made of it, or another document: what others will add to it, nothing tells.
                    self._policies.add_document(document, None, address, "json").complete = False
            else:
                known = {entry["path"].partition(".")[0] for entry in table.get(block.labels[0], ())}
                known.update(path.partition(".")[0] for path in others.get(block.labels[0], ()))
                self._leftovers(block.body, address, known, self._module.scope(block))
        for name, call in self._module.calls.items():
            self._leftovers(call.body, f"module.{name}", scope=self._module.scope(call))
        for body in self._module.bodies:
            if not body.blocks and body.source.path.lower().endswith(".json"):
                self._by_content(body.source)  # no module, whatever it is called
            self._leftovers(hcl.Body(body.source, body.start, body.end, body.attributes, []), "")
            for block in body.blocks:
                if block.type not in ("resource", "data", "module"):
                    self._leftovers(block.body, ".".join((block.type, *block.labels)))
        for body in self._module.tfvars:
            self._leftovers(body, "")

    def collect_arguments(self, made_by_modules: set[tuple[str, int, int]]) -> None:
        """Statements that are given to a module, which makes a policy of them that is not known: the module is not
        here, or what it does cannot be followed. `made_by_modules` are the places of the actions of those that are."""
        for name, call in self._module.calls.items():
            if is_installed(call.source.path):
                continue
            scope = self._module.scope(call)
            header = call.header
            module = Unknown(header.source, header.start, header.end, header.text)
            for attribute in call.body.attributes:
                if attribute.name in MODULE_ARGUMENTS or isinstance(attribute.expression, hcl.Literal | hcl.Template):
                    continue
                value = self._module.evaluator.value(attribute.expression, scope)
                for document, written in policies_in(value, module):
                    actions = {place_of(action) for statement in written for action in actions_of(statement)}
                    if actions.isdisjoint(made_by_modules):
                        self._policies.add_document(document, None, f"module.{name}", attribute.name)

    def _add_permission(self, address: str, block: hcl.Block, entry: dict[str, str]) -> None:
        """A resource that is a statement in itself; without anybody that it lets in it is none."""

        def argument(path: str) -> Node | None:
            return next(self._module.values(block, path), None)

        named = (argument(entry[meaning]) for meaning in ("principal", "account", "group") if meaning in entry)
        if any(one is not None for one in named) or permissions.opens_to_all(entry, argument, block) is not None:
            made = permissions.document(entry, argument, block)
            self._policies.add_document(made, (PolicyKind.RESOURCE, entry["service"]), address, "")

    def _kind(self, address: str, block: hcl.Block, entry: dict[str, Any]) -> tuple[PolicyKind, str] | None:
        kind = entry["kind"]
        by = entry.get("kind_by")
        if by is not None:
            value = next(self._module.values(block, by["argument"]), None)
            if isinstance(value, Text) and value.value is not None:
                kind = by.get(value.value, by.get("*", kind))
        if kind == "identity" and (id(self._module), address) in self._boundaries:
            kind = "boundary"
        return (PolicyKind(kind), entry.get("service", "")) if kind is not None else None

    def _leftovers(
        self, body: hcl.Body, address: str, known: Collection[str] = (), scope: Mapping[str, Node] | None = None
    ) -> None:
        """Policies where no table expects them: arguments of other providers' resources and of modules, locals. `known`
        are the arguments and blocks that a table names."""
        for name, expression in policy_expressions(body, known):
            value = self._module.evaluator.value(expression, scope or {})
            node = value.node if isinstance(value, Encoded) else value
            if isinstance(node, Map) and not self._policies.has(node):
                if not self._is_found(node) and is_policy(node):
                    self._policies.add_document(node, None, address, name)
            elif isinstance(value, Text):
                self._policies.add_text(value, None, address, name)

    def _by_content(self, source: Source) -> None:
        for document in json.parse(source).documents:
            search(document, self._found)

    def _is_found(self, node: Node) -> bool:
        """Whether a policy was made of what is written there, be it by another evaluation of it."""
        policies = self._found.policies
        self._places.update(place_of(policy.node) for policy in policies[self._counted :])
        self._counted = len(policies)
        return place_of(node) in self._places


def policy_expressions(body: hcl.Body, but: Collection[str] = ()) -> Iterator[tuple[str, hcl.Expression]]:
    """The expressions of a body, at any depth, that are written as a policy is: jsonencode(...) of an object with a
    Statement, such an object, and a string that holds one."""
    for attribute in body.attributes:
        todo = [attribute.expression] if attribute.name not in but else []
        while todo:
            one = todo.pop()
            if isinstance(one, hcl.Template):
                if any(isinstance(part, hcl.TextPart) and "Statement" in part.text for part in one.parts):
                    yield attribute.name, one
            elif isinstance(one, hcl.Object):
                if any(_is_statement(key) for key, _ in one.items):
                    yield attribute.name, one
                else:
                    todo.extend(value for _, value in one.items)
            else:
                todo.extend(_inside(one))
    for block in body.blocks:
        if block.type not in but:
            yield from policy_expressions(block.body)


def _is_statement(key: hcl.Expression) -> bool:
    parts = key.parts if isinstance(key, hcl.Template) else ()
    return len(parts) == 1 and isinstance(parts[0], hcl.TextPart) and parts[0].text == "Statement"


def _inside(expression: hcl.Expression) -> tuple[hcl.Expression, ...]:
    """The expressions in one that may be a policy's. What a `for` makes depends on its names, so it is left alone."""
    if isinstance(expression, hcl.Call):
        return expression.arguments
    if isinstance(expression, hcl.Tuple):
        return expression.items
    if isinstance(expression, hcl.Conditional):
        return (expression.then, expression.otherwise)
    return ()


def directory_of(path: str) -> str:
    """The module that a file belongs to."""
    return os.path.dirname(path) or "."
