"""The policies of a module: where resources take them, what documents make them, and what is left over."""

from __future__ import annotations

import os

from lplint.extract.collector import Collector
from lplint.extract.found import Found
from lplint.extract.policy_document import is_policy
from lplint.extract.terraform.blocks import blocks, value_of
from lplint.extract.terraform.module import Module
from lplint.extract.terraform.tables import load as load_table
from lplint.extract.values import Encoded
from lplint.model.node import Map
from lplint.model.policy import PolicyKind
from lplint.model.text import Text
from lplint.syntax import hcl_tree as hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from lplint.extract.terraform.module import Files
    from lplint.model.node import Node

    Kind = tuple[PolicyKind, str] | None

_DOCUMENT = "data.aws_iam_policy_document."


def extract_module(directory: str, files: Files) -> Found:
    """The policies of the module in a directory and of the modules it calls."""
    found = Found()
    module = Module(directory, files)
    found.problems.extend(module.problems)
    for one in module.walk():
        _Search(one, found).collect()
    module.release()
    return found


class _Search:
    """Finds the policies of one module, each document once for each kind that it is used as."""

    def __init__(self, module: Module, found: Found) -> None:
        self._module = module
        self._found = found
        self._policies = Collector(found, "terraform")

    def collect(self) -> None:
        table: Mapping[str, list[dict[str, Any]]] = load_table("policy_arguments")["resources"]
        others: Mapping[str, list[str]] = load_table("policy_arguments")["not_policies"]
        for address, block in self._module.declared:
            if address.startswith(_DOCUMENT):
                continue
            for entry in table.get(block.labels[0], ()):
                for value in self._values(block, entry["path"].split(".")):
                    kind = self._kind(block, entry)
                    if kind is not None:
                        self._policies.add(value, kind, address, entry["path"])
        for address, block in self._module.declared:
            if address.startswith(_DOCUMENT):
                made = self._module.document(block)
                if made is not None and not self._policies.has(made):
                    self._policies.add_document(made, None, address, "json")
            else:
                known = {entry["path"].partition(".")[0] for entry in table.get(block.labels[0], ())}
                known.update(path.partition(".")[0] for path in others.get(block.labels[0], ()))
                self._leftovers(block, address, known)
        for name, call in self._module.calls.items():
            self._leftovers(call, f"module.{name}")
        for body in self._module.bodies:
            for block in body.blocks:
                if block.type in ("locals", "output", "variable"):
                    self._leftovers(block, ".".join((block.type, *block.labels)))

    def _values(self, block: hcl.Block, path: list[str]) -> Iterator[Node]:
        """The values that a resource gives an argument, which may be in nested blocks."""
        evaluator = self._module.evaluator
        bodies = [(block.body, self._module.scope(block))]
        for name in path[:-1]:
            found = (one for body, scope in bodies for one in blocks(evaluator, body, name, scope))
            bodies = [(inner, names) for inner, names, _ in found]
        for body, scope in bodies:
            value = value_of(evaluator, body, path[-1], scope)
            if value is not None:
                yield value

    def _kind(self, block: hcl.Block, entry: dict[str, Any]) -> tuple[PolicyKind, str] | None:
        kind = entry["kind"]
        by = entry.get("kind_by")
        if by is not None:
            value = next(self._values(block, [by["argument"]]), None)
            if isinstance(value, Text) and value.value is not None:
                kind = by.get(value.value, by.get("*", kind))
        return (PolicyKind(kind), entry.get("service", "")) if kind is not None else None

    def _leftovers(self, block: hcl.Block, address: str, known: Collection[str] = ()) -> None:
        """Policies where no table expects them: arguments of other providers' resources and of modules, locals. `known`
        are the arguments and blocks that a table names."""
        scope = self._module.scope(block)
        for name, expression in _policy_expressions(block.body, known):
            value = self._module.evaluator.value(expression, scope)
            node = value.node if isinstance(value, Encoded) else value
            if isinstance(node, Map) and not self._policies.has(node):
                place = (node.source.path, node.start)
                if place not in self._places() and is_policy(node):
                    self._policies.add_document(node, None, address, name)
            elif isinstance(value, Text):
                self._policies.add_text(value, None, address, name)

    def _places(self) -> set[tuple[str, int]]:
        return {(policy.source.path, policy.node.start) for policy in self._found.policies}


def _policy_expressions(body: hcl.Body, but: Collection[str] = ()) -> Iterator[tuple[str, hcl.Expression]]:
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
            yield from _policy_expressions(block.body)


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
