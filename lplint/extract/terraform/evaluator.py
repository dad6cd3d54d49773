"""Evaluates Terraform's expressions as far as the text of the module allows."""

from __future__ import annotations

import operator
from contextlib import suppress

from lplint.extract.terraform.functions import FUNCTIONS
from lplint.extract.terraform.functions_arguments import Reader, known_number
from lplint.extract.values import (
    Choice,
    Directive,
    Encoded,
    NotKnownError,
    Reference,
    TextBuilder,
    choice,
    lifted,
    shortened,
    unknown,
    written,
)
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.source import Source
from lplint.model.text import Hole, Segment, Text
from lplint.syntax import hcl_tree as hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from lplint.extract.terraform.functions_arguments import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned

    class Names(Protocol):
        """What a module's names mean."""

        def root(self, name: str, attribute: str | None, at: Spanned) -> Node | None:
            """The value of `name.attribute` (`var.x`, `local.y`, `path.module`); None if nothing is known of it."""

        def attribute(self, reference: Reference, name: str, at: Spanned) -> Node:
            """The value of an attribute of a resource or data source, or of something in one."""

        def is_block(self, reference: Reference) -> bool:
            """Whether a reference is a whole resource or data source, so that an index picks one of its instances."""


# A root module that takes more steps, in all the modules it calls together, or nests deeper than this is no module that
# people wrote: of those that they did the largest takes some 70,000.
_MOST_STEPS = 1_000_000
_DEEPEST = 120
_MOST_ITEMS = 2_000
# So many characters that are looked at or put together take as long as a step.
_CHARACTERS = 16
# What a value may take to be looked at, in steps. Locals that name one another twice double with each line.
_LARGEST = 100_000
_TURN = 5  # steps, for each time that a template does the same
_LONGEST_INDEX = 20  # digits; beyond 4,300 of them int() refuses


# What values are in.
_CONTAINERS = (Map, Seq, Choice, Encoded)


class MissingError(Exception):
    """Something that certainly is not there: an attribute of a known object, an index of a known list. What Terraform
    would call an error, and try() takes for one."""


class Budget:
    """The steps that are left for the modules of one tree: what is asked for when there are none is unknown."""

    __slots__ = ("_sizes", "left")

    def __init__(self) -> None:
        self.left = _MOST_STEPS
        # By the id of a list, a map or a choice, which is kept so that no id comes twice.
        self._sizes: dict[int, tuple[Node, int]] = {}

    def size(self, node: Node) -> int:
        """How many steps it takes to look at all of a value, however often a part of it is in it."""
        if not isinstance(node, _CONTAINERS):
            return 1 + len(node.display) // _CHARACTERS if isinstance(node, Text) else 1
        sizes = self._sizes
        todo = [node] if id(node) not in sizes else []
        while todo:
            one = todo[-1]
            size = 1
            waiting = len(todo)
            for part in _parts_of(one):
                if not isinstance(part, _CONTAINERS):
                    size += 1 + len(part.display) // _CHARACTERS if isinstance(part, Text) else 1
                elif (known := sizes.get(id(part))) is not None:
                    size += known[1]
                else:
                    todo.append(part)
            if len(todo) == waiting:
                sizes[id(one)] = (todo.pop(), size)
        return sizes[id(node)][1]

    def is_too_large(self, node: Node) -> bool:
        """Whether a value is larger than any that people mean."""
        return self.size(node) > _LARGEST

    def take(self, node: Node) -> bool:
        """Takes the steps to look at all of a value; whether there are as many."""
        self.left -= self.size(node)
        return self.left >= 0


class Evaluator:
    """The values of one module's expressions. Never raises but MissingError, which only try() and can() should meet."""

    def __init__(self, names: Names, files: FileReader, budget: Budget | None = None) -> None:
        self.budget = budget if budget is not None else Budget()
        self._names = names
        self._files = files
        self._depth = 0

    def value(self, expression: hcl.Expression, scope: Mapping[str, Node]) -> Node:
        """The value of an expression; what certainly fails counts as unknown, as its author did not mean it."""
        try:
            return self.evaluate(expression, scope)
        except MissingError:
            return unknown(expression)

    def evaluate(self, expression: hcl.Expression, scope: Mapping[str, Node]) -> Node:
        """The value of an expression. Raises MissingError."""
        self.budget.left -= 1
        if self.budget.left < 0 or self._depth > _DEEPEST:
            return unknown(expression)
        self._depth += 1
        kind = type(expression)
        try:
            made = _KINDS[kind](self, expression, scope)
        finally:
            self._depth -= 1
        return unknown(expression) if kind in _MAKING and self.budget.is_too_large(made) else made

    def parts(self, parts: tuple[hcl.Part, ...], scope: Mapping[str, Node], at: Spanned) -> Text:
        """The string that a template gives."""
        builder = TextBuilder(at)
        self._add_parts(builder, parts, scope)
        return builder.finish()

    def _add_parts(self, builder: TextBuilder, parts: tuple[hcl.Part, ...], scope: Mapping[str, Node]) -> None:
        for part in parts:
            self.budget.left -= 1
            if self.budget.left < 0:
                builder.add_hole(written(part.span), part, unknown(part))
                return
            if isinstance(part, hcl.TextPart):
                self.budget.left -= len(part.text) // _CHARACTERS
                builder.add_text(part.text, part.segments)
            elif isinstance(part, hcl.Interpolation):
                builder.add_value(self._part(self.evaluate(part.expression, scope), part), part)
            elif isinstance(part, hcl.IfDirective):
                condition = _truth(self.value(part.condition, scope))
                if condition is None:
                    # Of two branches the first counts: one stands in place of the other, and both in a row are no JSON.
                    self._add_between(builder, part, part.then or part.otherwise, scope)
                else:
                    self._add_parts(builder, part.then if condition else part.otherwise, scope)
            else:
                self._add_loop(builder, part, scope)

    def _part(self, value: Node, at: Spanned) -> Node:
        """A value that is put into a string; an unknown one where that takes too long."""
        if not isinstance(value, Text):
            return value
        self.budget.left -= len(value.parts)
        return value if self.budget.take(value) else unknown(at)

    def _add_loop(self, builder: TextBuilder, part: hcl.ForDirective, scope: Mapping[str, Node]) -> None:
        for key, item, certain in pairs(self.value(part.collection, scope), part.collection):
            self.budget.left -= _TURN
            if self.budget.left < 0:
                builder.add_hole(written(part.span), part, unknown(part))
                return
            inner = _bound(scope, part.key_name, part.value_name, key, item)
            if certain:
                self._add_parts(builder, part.body, inner)
            else:
                self._add_between(builder, part, part.body, inner)

    def _add_between(
        self, builder: TextBuilder, at: Spanned, parts: tuple[hcl.Part, ...], scope: Mapping[str, Node]
    ) -> None:
        """Parts that may not be there, between marks that say so."""
        mark = Directive(at.source, at.start, at.end, written(at.span))
        builder.add_hole(mark.written, at, mark)
        self._add_parts(builder, parts, scope)
        builder.add_hole(mark.written, at, mark)

    # -- one method for each kind of expression

    def _literal(self, expression: hcl.Literal, scope: Mapping[str, Node]) -> Node:
        return Scalar(expression.source, expression.start, expression.end, expression.value)

    def _template(self, expression: hcl.Template, scope: Mapping[str, Node]) -> Node:
        if len(expression.parts) == 1 and not expression.heredoc:
            (part,) = expression.parts
            if isinstance(part, hcl.Interpolation):
                return self.evaluate(part.expression, scope)  # "${x}" is x, whatever its type
        return self.parts(expression.parts, scope, expression)

    def _variable(self, expression: hcl.Variable, scope: Mapping[str, Node]) -> Node:
        if expression.name in scope:
            return scope[expression.name]
        found = self._names.root(expression.name, None, expression)
        return found if found is not None else unknown(expression)

    def _get_attr(self, expression: hcl.GetAttr, scope: Mapping[str, Node]) -> Node:
        operand = expression.operand
        if isinstance(operand, hcl.Variable) and operand.name not in scope:
            found = self._names.root(operand.name, expression.name, expression)
            return found if found is not None else unknown(expression)
        return self.member(self.evaluate(operand, scope), expression.name, expression)

    def member(self, value: Node, name: str, at: Spanned) -> Node:
        """The attribute of a value. Raises MissingError."""
        if isinstance(value, Choice):
            return _of_each(value, lambda option: self.member(option, name, at), at)
        if isinstance(value, Reference):
            return self._names.attribute(value, name, at)
        if isinstance(value, Map):
            found = value.get(name)
            if found is not None:
                return found
            if all(key.known for key, _ in value.entries):
                raise MissingError
        elif isinstance(value, Seq):
            raise MissingError
        return unknown(at)

    def _index(self, expression: hcl.Index, scope: Mapping[str, Node]) -> Node:
        value = self.evaluate(expression.operand, scope)
        return self.item(value, self.evaluate(expression.key, scope), expression)

    def item(self, value: Node, key: Node, at: Spanned) -> Node:
        """`value[key]`. Raises MissingError."""
        if isinstance(value, Choice):
            return _of_each(value, lambda option: self.item(option, key, at), at)
        if isinstance(value, Reference):
            return value if self._names.is_block(value) else unknown(at)
        try:
            wanted = Reader().plain(key)
        except NotKnownError:
            if isinstance(value, Map):
                return choice([one for _, one in value.entries], at)
            return choice(value.items, at) if isinstance(value, Seq) else unknown(at)
        if isinstance(value, Map):
            return self.member(value, str(wanted), at)
        if isinstance(value, Seq):
            return _picked(value, wanted, at)
        return unknown(at)

    def _splat_item(self, expression: hcl.SplatItem, scope: Mapping[str, Node]) -> Node:
        return scope["*"]

    def _splat(self, expression: hcl.Splat, scope: Mapping[str, Node]) -> Node:
        value = self.evaluate(expression.operand, scope)
        if isinstance(value, Scalar) and value.value is None:
            return Seq(expression.source, expression.start, expression.end, [])
        several = isinstance(value, Unknown)
        items = value.items if isinstance(value, Seq) else [value]
        made = [self.value(expression.each, {**scope, "*": item}) for item in items]
        if several:
            made.append(unknown(expression))  # how many instances there are is not known
        return Seq(expression.source, expression.start, expression.end, made)

    def _tuple(self, expression: hcl.Tuple, scope: Mapping[str, Node]) -> Node:
        items = [self.value(item, scope) for item in expression.items]
        return Seq(expression.source, expression.start, expression.end, items)

    def _object(self, expression: hcl.Object, scope: Mapping[str, Node]) -> Node:
        entries = []
        for name, item in expression.items:
            entries.append((_as_key(self.value(name, scope), name), self.value(item, scope)))
        return Map(expression.source, expression.start, expression.end, entries)

    def _for(self, expression: hcl.For, scope: Mapping[str, Node]) -> Node:
        items: list[Node] = []
        entries: list[tuple[Text, Node]] = []
        for key, item, certain in pairs(self.evaluate(expression.collection, scope), expression.collection):
            inner = _bound(scope, expression.key_name, expression.value_name, key, item)
            wanted = True if expression.condition is None else _truth(self.value(expression.condition, inner))
            if wanted is False:
                continue
            value = self.value(expression.value, inner)
            more = not certain or wanted is None
            if expression.key is None:
                items.append(value)
                if more:
                    items.append(unknown(expression))
            else:
                self._add_entry(entries, _as_key(self.value(expression.key, inner), expression.key), value, expression)
                if more:
                    entries.append((_more(expression), unknown(expression)))
        if expression.key is None:
            return Seq(expression.source, expression.start, expression.end, items)
        return Map(expression.source, expression.start, expression.end, entries)

    def _add_entry(self, entries: list[tuple[Text, Node]], key: Text, value: Node, expression: hcl.For) -> None:
        if expression.grouped:
            for name, group in entries:
                if name.known and name.value == key.value and isinstance(group, Seq):
                    group.items.append(value)
                    return
            value = Seq(expression.source, expression.start, expression.end, [value])
        entries.append((key, value))

    def _conditional(self, expression: hcl.Conditional, scope: Mapping[str, Node]) -> Node:
        condition = _truth(self.value(expression.condition, scope))
        if condition is not None:
            return self.evaluate(expression.then if condition else expression.otherwise, scope)
        branches = [self.value(one, scope) for one in (expression.then, expression.otherwise)]
        return choice(branches, expression)

    def _binary(self, expression: hcl.Binary, scope: Mapping[str, Node]) -> Node:
        left, right = self.value(expression.left, scope), self.value(expression.right, scope)
        if expression.operator in ("&&", "||"):
            # One side may decide alone.
            deciding = expression.operator == "||"
            truths = (_truth(left), _truth(right))
            if deciding in truths:
                return lifted(deciding, expression)
            return lifted(not deciding, expression) if None not in truths else unknown(expression)
        try:
            if expression.operator in ("==", "!="):
                equal = _same(Reader().plain(left), Reader().plain(right))
                return lifted(equal is (expression.operator == "=="), expression)
            compute = _OPERATORS[expression.operator]
            return lifted(compute(known_number(left), known_number(right)), expression)
        except (NotKnownError, ArithmeticError, KeyError):
            return unknown(expression)

    def _unary(self, expression: hcl.Unary, scope: Mapping[str, Node]) -> Node:
        value = self.value(expression.operand, scope)
        if expression.operator == "!":
            truth = _truth(value)
            return unknown(expression) if truth is None else lifted(not truth, expression)
        if isinstance(value, Scalar) and isinstance(value.value, int | float):
            return lifted(-value.value, expression)
        return unknown(expression)

    def _call(self, expression: hcl.Call, scope: Mapping[str, Node]) -> Node:
        if expression.name == "try":
            return self._try(expression, scope)
        if expression.name == "can":
            return self._can(expression, scope)
        function = FUNCTIONS.get(expression.name)
        if function is None:
            return unknown(expression)
        arguments = [self.evaluate(argument, scope) for argument in expression.arguments]
        if expression.expand and arguments:
            last = arguments.pop()
            if not isinstance(last, Seq):
                return unknown(expression)
            arguments.extend(last.items)
        if not all(self.budget.take(argument) for argument in arguments):
            return unknown(expression)
        made = function(tuple(arguments), expression, self._files)
        return made if made is not None else unknown(expression)

    def _try(self, expression: hcl.Call, scope: Mapping[str, Node]) -> Node:
        options: list[Node] = []
        for argument in expression.arguments:
            try:
                value = self.evaluate(argument, scope)
            except MissingError:
                continue
            options.append(value)
            if not isinstance(value, Unknown):
                break  # it certainly succeeds
        return choice(options, expression) if len(options) > 1 else options[0] if options else unknown(expression)

    def _can(self, expression: hcl.Call, scope: Mapping[str, Node]) -> Node:
        try:
            value = self.evaluate(expression.arguments[0], scope) if expression.arguments else unknown(expression)
        except MissingError:
            return lifted(False, expression)
        return unknown(expression) if isinstance(value, Unknown) else lifted(True, expression)

    def _broken(self, expression: hcl.Broken, scope: Mapping[str, Node]) -> Node:
        written = shortened(expression.written)
        return Unknown(expression.source, expression.start, expression.end, written)


# The kinds of expressions whose values are new, and may be larger than what they are made of.
_MAKING = frozenset((hcl.Call, hcl.For, hcl.Object, hcl.Splat, hcl.Tuple))
_KINDS: Mapping[type, Callable[..., Node]] = {
    hcl.Literal: Evaluator._literal,
    hcl.Template: Evaluator._template,
    hcl.Variable: Evaluator._variable,
    hcl.GetAttr: Evaluator._get_attr,
    hcl.Index: Evaluator._index,
    hcl.Splat: Evaluator._splat,
    hcl.SplatItem: Evaluator._splat_item,
    hcl.Tuple: Evaluator._tuple,
    hcl.Object: Evaluator._object,
    hcl.For: Evaluator._for,
    hcl.Conditional: Evaluator._conditional,
    hcl.Binary: Evaluator._binary,
    hcl.Unary: Evaluator._unary,
    hcl.Call: Evaluator._call,
    hcl.Broken: Evaluator._broken,
}


def _parts_of(node: Map | Seq | Choice | Encoded) -> Sequence[Node]:
    if isinstance(node, Map):
        return [value for _, value in node.entries]
    if isinstance(node, Seq):
        return node.items
    return node.options if isinstance(node, Choice) else (node.node,)


def _remainder(left: float, right: float) -> float:
    # Terraform's result has the sign of the left side, Python's that of the right one.
    result = abs(left) % abs(right)
    return -result if left < 0 else result


def _same(left: object, right: object) -> bool:
    # In Python True equals 1; in Terraform values of two types are never equal.
    return isinstance(left, bool) == isinstance(right, bool) and left == right


_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": _remainder,
}


def _truth(node: Node) -> bool | None:
    """Whether a condition holds; None if that is not known."""
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    if isinstance(node, Text) and node.value in ("true", "false"):
        return node.value == "true"
    return None


def _of_each(value: Choice, get: Callable[[Node], Node], at: Spanned) -> Node:
    """What something in one of several values is. Raises MissingError if it certainly is in none of them."""
    found: list[Node] = []
    for option in value.options:
        with suppress(MissingError):
            found.append(get(option))
    if not found:
        raise MissingError
    return choice(found if len(found) == len(value.options) else [*found, unknown(at)], at)


def _picked(value: Seq, wanted: object, at: Spanned) -> Node:
    if isinstance(wanted, str) and wanted.isdecimal() and len(wanted) < _LONGEST_INDEX:
        wanted = int(wanted)
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        return unknown(at)
    # An unknown item may stand for any number of them.
    before = value.items[: wanted + 1]
    if any(isinstance(item, Unknown) and not isinstance(item, Reference | Choice) for item in before):
        return unknown(at)
    if 0 <= wanted < len(value.items):
        return value.items[wanted]
    if any(isinstance(item, Unknown) for item in value.items):
        return unknown(at)
    raise MissingError


def pairs(collection: Node, at: Spanned) -> Iterator[tuple[Node, Node, bool]]:
    """Keys and values of a collection, each with whether it is certainly there."""
    if isinstance(collection, Choice):
        for option in collection.options:
            for key, value, _ in pairs(option, at):
                yield key, value, False
    elif isinstance(collection, Seq):
        for index, item in enumerate(collection.items[:_MOST_ITEMS]):
            certain = not isinstance(item, Unknown) or isinstance(item, Reference | Choice)
            yield (lifted(index, at), item, certain)
    elif isinstance(collection, Map):
        for name, value in collection.entries[:_MOST_ITEMS]:
            yield name, value, name.known
    elif not isinstance(collection, Scalar):
        yield unknown(at), unknown(at), False


def instances(collection: Node, at: Spanned) -> tuple[Node, Node]:
    """What `each.key` and `each.value` are in a block with this `for_each`: one of those of the collection."""
    found = list(pairs(collection, at))
    if not found:
        return unknown(at), unknown(at)
    if isinstance(collection, Seq):
        # A set, whose keys are its values.
        items = choice([item for _, item, _ in found], at)
        return items, items
    return choice([key for key, _, _ in found], at), choice([item for _, item, _ in found], at)


def _bound(
    scope: Mapping[str, Node], key_name: str | None, value_name: str, key: Node, value: Node
) -> Mapping[str, Node]:
    inner = {**scope, value_name: value}
    if key_name is not None:
        inner[key_name] = key
    return inner


def _as_key(value: Node, at: Spanned) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, Scalar) and value.value is not None:
        builder = TextBuilder(at)
        builder.add_value(value, at)
        return builder.finish()
    return _more(at)


def _more(at: Spanned) -> Text:
    """The key of an entry that stands for any number of others."""
    hole = Hole(written(at.span), at.span)
    return Text(at.source, at.start, at.end, None, [Segment(0, len(hole.source), at.span)], (hole,))


class Nothing:
    """The names and files of an expression that stands by itself."""

    def root(self, name: str, attribute: str | None, at: Spanned) -> Node | None:
        return None

    def attribute(self, reference: Reference, name: str, at: Spanned) -> Node:
        return unknown(at)

    def is_block(self, reference: Reference) -> bool:
        return False

    def read(self, path: str) -> Source | None:
        return None

    def render(self, source: Source, variables: Map, at: Spanned) -> Node:
        return unknown(at)

    def template(self, text: Text, variables: Map, at: Spanned) -> Node:
        return unknown(at)


def evaluate_text(text: str) -> Node:
    """The value of an expression that stands by itself, as `terraform console` gives it."""
    from lplint.syntax.hcl import parse_expression

    expression, problems = parse_expression(Source("console", text))
    nothing = Nothing()
    return unknown(expression) if problems else Evaluator(nothing, nothing).value(expression, {})
