"""Evaluates CloudFormation's intrinsic functions, long form and YAML tags alike, as far as the template tells."""

from __future__ import annotations

import base64
import itertools
import math
import re
from operator import is_

from lplint.extract.values import (
    Choice,
    Cut,
    Encoded,
    TextBuilder,
    choice,
    hole_at,
    lifted,
    place_of,
    text_at,
    unknown,
    written,
)
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Protocol

    from lplint.model.node import Node
    from lplint.model.source import Span, Spanned

    class Names(Protocol):
        """What a template's names mean."""

        def reference(self, name: str, at: Spanned, named: Spanned, scope: Scope) -> Node:
            """What Ref returns of a parameter, a pseudo parameter or a resource; `named` is where the name stands."""

        def attribute(self, name: str, attribute: str, at: Spanned, named: Spanned, scope: Scope) -> Node:
            """What Fn::GetAtt returns of a resource."""

        def mapping(self, name: str, named: Spanned) -> Map | None:
            """A mapping; None if it cannot be known."""

        def condition(self, name: str, named: Spanned) -> bool | None:
            """Whether a condition holds; None if that is not known."""

        def note(self, span: Span, message: str) -> None:
            """Takes down what cannot be resolved because the template is wrong."""


# A template that takes more steps, nests deeper or makes longer strings than this is no template that people wrote.
_MOST_STEPS = 400_000
_DEEPEST = 120
_MOST_CHARACTERS = 10_000_000  # in all strings together that are put together from pieces
_PIECE = 20  # what a piece of a string costs, in characters
_MOST_PIECES = 10_000  # of one string that is split
_LONGEST_TEXT = 1_000_000  # CloudFormation takes templates of up to this many bytes
_MOST_EXPANDED = 5_000  # entries that all Fn::ForEach together make; CloudFormation takes 500 resources
# A string with several values in it that may each be one of some is that many strings, as long as they are few and it
# is short; else those values are holes.
_MOST_COMBINED = 8
_LONGEST_COMBINED = 2_000

FOR_EACH = "Fn::ForEach::"
NO_VALUE = "AWS::NoValue"
# What a dynamic reference stands for is fetched when the stack is made. In Fn::Sub there may be variables in one.
_RESOLVE = "{{resolve:"
_RESOLVED = re.compile(r"\{\{resolve:[^{}]*\}\}")
_VARIABLE = re.compile(r"\$\{(!?)([^${}]*)\}|\{\{resolve:(?:[^${}]++|\$\{[^{}]*\}|\$)*+\}\}")
_TAG = re.compile(r"!(?:Fn::)?([A-Za-z0-9:]+)")
_NOT_ALPHANUMERIC = re.compile("[^0-9A-Za-z]")


class Scope:
    """What names mean at a place beside those of the template.

    `names` are the identifiers of the Fn::ForEach around it. `deciding` tells that the value decides something (a
    condition, the key into a mapping): whoever deploys the template may give a parameter another value than its
    default, and which one is not known.
    """

    __slots__ = ("_decided", "deciding", "names", "values")

    def __init__(self, names: Mapping[str, Text], deciding: bool = False) -> None:
        self.names = names
        self.deciding = deciding
        # By the id of a node, which is kept so that no id comes twice.
        self.values: dict[int, tuple[Node, Node]] = {}
        self._decided: Scope | None = None

    def decided(self) -> Scope:
        """The same place for a value that decides something."""
        if self.deciding:
            return self
        if self._decided is None:
            self._decided = Scope(self.names, deciding=True)
        return self._decided

    def with_name(self, name: str, value: Text) -> Scope:
        return Scope({**self.names, name: value}, self.deciding)


class Removed(Unknown):
    """AWS::NoValue: the entry or item that has this value is not there."""

    __slots__ = ()


class Evaluator:
    """The values of one template's nodes. Never raises."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._steps = 0
        self._depth = 0
        self._characters = 0
        self._expanded = 0

    def value(self, node: Node, scope: Scope) -> Node:
        """The value of a node: the node itself where it holds no intrinsic function."""
        kind = type(node)
        if isinstance(node, Text):
            if kind is not Text or node.value is None or not (scope.names or _RESOLVE in node.value):
                return node
            return self._with_dynamic_references(self._named(node, scope))
        if kind is not Map and kind is not Seq and kind is not Unknown:
            return node
        kept = scope.values.get(id(node))
        if kept is not None:
            return kept[1]
        self._steps += 1
        if self._steps > _MOST_STEPS or self._depth > _DEEPEST:
            return unknown(node)
        self._depth += 1
        made: Node = node
        if isinstance(node, Map):
            made = self._map(node, scope)
        elif isinstance(node, Seq):
            made = self._seq(node, scope)
        elif isinstance(node, Unknown):
            made = self._tagged(node, scope)
        self._depth -= 1
        scope.values[id(node)] = (node, made)
        return made

    def truth(self, node: Node, scope: Scope) -> bool | None:
        """Whether a condition holds, given as a function or by its name ({"Condition": name}); None if that is not
        known."""
        if isinstance(node, Map) and len(node.entries) == 1 and node.entries[0][0].value == "Condition":
            return self._condition(node.entries[0][1], scope)
        value = self.value(node, scope.decided())
        if isinstance(value, Scalar) and isinstance(value.value, bool):
            return value.value
        return {"true": True, "false": False}.get(value.value or "") if isinstance(value, Text) else None

    def entries(self, node: Map, scope: Scope) -> Iterator[tuple[Text, Node, Scope]]:
        """The entries of a map with its Fn::ForEach written out, values as they are written. What cannot be written out
        keeps its key."""
        for key, value in node.entries:
            if key.value is not None and key.value.startswith(FOR_EACH):
                yield from self._for_each(key, value, scope)
            else:
                yield self._named(key, scope), value, scope

    # -- containers

    def _map(self, node: Map, scope: Scope) -> Node:
        entries = node.entries
        if len(entries) == 1:
            key, argument = entries[0]
            name = key.value or ""
            if name == "Ref" or (name.startswith("Fn::") and not name.startswith(FOR_EACH)):
                return self._call(name, argument, node, scope)
        if scope.names:
            return self._written_out(node, scope)
        for key, _ in entries:
            if key.value is None or key.value[:4] == "Fn::":
                return self._written_out(node, scope)
        is_same = True
        made = []
        for entry in entries:
            key, value = entry
            new = self.value(value, scope)
            if new is value:
                made.append(entry)
            else:
                is_same = False
                if not isinstance(new, Removed):
                    made.append((key, new))
        return node if is_same else Map(node.source, node.start, node.end, made)

    def _written_out(self, node: Map, scope: Scope) -> Map:
        """A map with its Fn::ForEach written out; a macro, and what cannot be written out, keeps its key: some entries,
        not known which."""
        made: list[tuple[Text, Node]] = []
        for key, value, inner in self.entries(node, scope):
            if key.value is not None and key.value[:4] == "Fn::":
                made.append((key, Unknown(value.source, value.start, value.end, written(key.span), value)))
                continue
            new = self.value(value, inner)
            if not isinstance(new, Removed):
                made.append((key, new))
        return Map(node.source, node.start, node.end, made)

    def _seq(self, node: Seq, scope: Scope) -> Node:
        made = [self.value(item, scope) for item in node.items]
        if all(map(is_, made, node.items)):
            return node
        return Seq(node.source, node.start, node.end, [item for item in made if not isinstance(item, Removed)])

    def _tagged(self, node: Unknown, scope: Scope) -> Node:
        found = _TAG.match(node.source.text, node.start) if node.value is not None else None
        if found is None or node.value is None:
            return node
        name = found[1] if found[1] in ("Ref", "Condition") else f"Fn::{found[1]}"
        return self._call(name, node.value, node, scope)

    def _for_each(self, key: Text, node: Node, scope: Scope) -> Iterator[tuple[Text, Node, Scope]]:
        parts = node.items if isinstance(node, Seq) else []
        identifier = parts[0] if len(parts) == 3 else None
        body = parts[2] if len(parts) == 3 else None
        if not isinstance(identifier, Text) or identifier.value is None or not isinstance(body, Map):
            self._names.note(key.span, "Fn::ForEach takes an identifier, a list of values and a map; write all three.")
            yield key, node, scope
            return
        values = self.value(parts[1], scope)
        items = values.items if isinstance(values, Seq) else [values]
        for item in items:
            if self._expanded >= _MOST_EXPANDED or self._depth > _DEEPEST:
                yield key, node, scope
                return
            text = as_text(item)
            known = text is not None and text.known
            self._depth += 1
            self._expanded += 1
            for one in self.entries(
                body, scope.with_name(identifier.value, text if text is not None else hole_at(item))
            ):
                self._expanded += 1
                yield one
            self._depth -= 1
            if not known:
                yield key, node, scope  # there may be others, or none

    # -- texts

    def _named(self, text: Text, scope: Scope) -> Text:
        """A text with the identifiers of the Fn::ForEach around it put in: `${Name}`, and `&{Name}` for its letters and
        digits alone."""
        value = text.value
        if value is None or not scope.names or not any(f"{{{name}}}" in value for name in scope.names):
            return text
        builder = TextBuilder(text)
        cut = Cut(text)
        at = 0
        for match in re.finditer(r"[$&]\{([^${}]*)\}", value):
            name = scope.names.get(match[1])
            if name is None:
                continue
            builder.add_text(value[at : match.start()], cut.take(at, match.start()))
            place = cut.place(*match.span())
            if name.value is not None and match[0].startswith("&"):
                name = text_at(_NOT_ALPHANUMERIC.sub("", name.value), place)
            builder.add_value(name, place)
            at = match.end()
        builder.add_text(value[at:], cut.take(at, len(value)))
        return self._finished(builder, text, len(value))

    def _with_dynamic_references(self, text: Text) -> Text:
        value = text.value
        if value is None or _RESOLVE not in value:
            return text
        builder = TextBuilder(text)
        cut = Cut(text)
        at = 0
        for match in _RESOLVED.finditer(value):
            builder.add_text(value[at : match.start()], cut.take(at, match.start()))
            place = cut.place(*match.span())
            builder.add_hole(match[0], place, unknown(place))
            at = match.end()
        builder.add_text(value[at:], cut.take(at, len(value)))
        return builder.finish()

    def _joined(self, pieces: Sequence[tuple[Node, Spanned]], at: Spanned) -> Node:
        """The string of some pieces, each with the place where it is put in; several strings where a piece is one of
        several."""
        if len(pieces) == 1:
            node, place = pieces[0]
            if isinstance(node, Text) and node.start == place.start and node.source is place.source:
                return node  # "${Role}" alone is what Ref gives
        length = sum(len(node.display) for node, _ in pieces if isinstance(node, Text))
        if length > _LONGEST_TEXT or self._characters > _MOST_CHARACTERS:
            return hole_at(at)
        self._characters += _PIECE * len(pieces)
        if not any(isinstance(node, Choice) for node, _ in pieces):
            return self._put_together(pieces, {}, length, at) or hole_at(at)
        # The same choice twice in one string is decided once.
        choices = dict.fromkeys(
            node.options
            for node, _ in pieces
            if isinstance(node, Choice) and all(as_text(option) is not None for option in node.options)
        )
        if math.prod(map(len, choices)) > _MOST_COMBINED or length > _LONGEST_COMBINED:
            choices.clear()
        made = []
        for picked in itertools.product(*choices):
            text = self._put_together(pieces, dict(zip(choices, picked, strict=True)), length, at)
            if text is None:
                return hole_at(at)
            made.append(text)
        return choice(made, at, certain=not choices)

    def _put_together(
        self, pieces: Sequence[tuple[Node, Spanned]], chosen: Mapping[tuple[Node, ...], Node], length: int, at: Spanned
    ) -> Text | None:
        """The string of some pieces, with what is `chosen` of each choice by its options; None if it gets too long.
        `length` is that of the pieces that are texts."""
        builder = TextBuilder(at)
        for node, place in pieces:
            one = node
            if not isinstance(one, Text):
                one = chosen.get(one.options, one) if isinstance(one, Choice) else one
                one = as_text(one) or one
                length += len(one.display) if isinstance(one, Text) else 0
                if length > _LONGEST_TEXT:
                    return None
            builder.add_part(one, place)
        return self._finished(builder, at, length)

    def _finished(self, builder: TextBuilder, at: Spanned, length: int) -> Text:
        self._characters += length
        return builder.finish() if self._characters <= _MOST_CHARACTERS else hole_at(at)

    # -- functions

    def _call(self, name: str, argument: Node, at: Node, scope: Scope) -> Node:
        function = _FUNCTIONS.get(name)
        if function is None:
            self._names.note(at.span, f"CloudFormation has no function {name}; its value is not known.")
            value = self.value(argument, scope)
            return Unknown(at.source, at.start, at.end, written(at.span), value)
        return function(self, argument, at, scope)

    def _arguments(self, node: Node, count: int, scope: Scope) -> list[Node] | None:
        """The arguments of a function that takes a list of at least `count`, not evaluated; None for others."""
        if not isinstance(node, Seq):
            node = self.value(node, scope)
        return node.items if isinstance(node, Seq) and len(node.items) >= count else None

    def _ref(self, argument: Node, at: Node, scope: Scope) -> Node:
        name = self.value(argument, scope)
        if not isinstance(name, Text) or name.value is None:
            return hole_at(at)
        if name.value in scope.names:
            return scope.names[name.value]
        if name.value == NO_VALUE:
            return Removed(at.source, at.start, at.end, written(at.span))
        return self._names.reference(name.value, at, name, scope)

    def _get_att(self, argument: Node, at: Node, scope: Scope) -> Node:
        if isinstance(argument, Seq):
            parts = [as_text(self.value(item, scope)) for item in argument.items]
            names = [part.value for part in parts if part is not None and part.value is not None]
            if len(names) != len(parts) or len(names) < 2:
                return unknown(at)
            return self._names.attribute(names[0], ".".join(names[1:]), at, argument.items[0], scope)
        name = self.value(argument, scope)
        if not isinstance(name, Text) or name.value is None or "." not in name.value:
            return unknown(at)
        resource, _, attribute = name.value.partition(".")
        return self._names.attribute(resource, attribute, at, name, scope)

    def _sub(self, argument: Node, at: Node, scope: Scope) -> Node:
        variables: Node | None = None
        text = argument
        if isinstance(argument, Seq) and argument.items:
            text = argument.items[0]
            variables = self.value(argument.items[1], scope) if len(argument.items) > 1 else None
        if isinstance(text, Text):
            text = self._named(text, scope)
        if not isinstance(text, Text) or text.value is None:
            return self._anything(argument, at, scope)
        value = text.value
        if "${" not in value:
            return self._with_dynamic_references(text)
        pieces: list[tuple[Node, Spanned]] = []
        cut = Cut(text)
        start = 0

        def add_known(low: int, high: int, known: str) -> None:
            segments = cut.take(low, high)
            if segments:
                place = place_of(segments, text)
                pieces.append((Text(place.source, place.start, place.end, known, segments), at))

        for match in _VARIABLE.finditer(value):
            low, high = match.span()
            if match[1]:  # "${!Literal}" is "${Literal}"
                add_known(start, low + 2, value[start : low + 2])
                cut.take(low + 2, low + 3)
                start = low + 3
                continue
            add_known(start, low, value[start:low])
            place = cut.place(low, high)
            if match[2] is None:
                pieces.append((hole_at(place), place))
            else:
                pieces.append((self._variable(match[2].strip(), variables, place, scope), place))
            start = high
        add_known(start, len(value), value[start:])
        return self._joined(pieces, at)

    def _variable(self, name: str, variables: Node | None, at: Spanned, scope: Scope) -> Node:
        """What `${name}` stands for in Fn::Sub."""
        if isinstance(variables, Map):
            given = variables.get(name)
            if given is not None:
                return given
            if any(not key.known or (key.value or "").startswith("Fn::") for key, _ in variables.entries):
                return hole_at(at)
        elif variables is not None:
            return hole_at(at)
        if name in scope.names:
            return scope.names[name]
        if name == NO_VALUE:
            return hole_at(at)
        if "." in name:
            resource, _, attribute = name.partition(".")
            return self._names.attribute(resource, attribute, at, at, scope)
        return self._names.reference(name, at, at, scope)

    def _join(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 2, scope)
        if arguments is None:
            return hole_at(at)
        between = as_text(self.value(arguments[0], scope))
        lists = self.value(arguments[1], scope)
        options = lists.options if isinstance(lists, Choice) and len(lists.options) <= _MOST_COMBINED else (lists,)
        made = [self._join_list(between, one, arguments[1], at) for one in options]
        return choice(made, at, certain=not isinstance(lists, Choice))

    def _join_list(self, between: Text | None, items: Node, raw: Node, at: Node) -> Node:
        if not isinstance(items, Seq) or between is None or between.value is None:
            return hole_at(at)
        self._characters += _PIECE * len(items.items)
        if self._characters > _MOST_CHARACTERS:
            return hole_at(at)
        # An item stands where it is written; what is put in from elsewhere, where the list says so.
        places: Sequence[Spanned] = raw.items if isinstance(raw, Seq) and len(raw.items) == len(items.items) else ()
        pieces: list[tuple[Node, Spanned]] = []
        for index, item in enumerate(items.items):
            if index and between.value:
                pieces.append((between, at))
            pieces.append((item, places[index] if places else at))
        return self._joined(pieces, at)

    def _select(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 2, scope)
        if arguments is None:
            return unknown(at)
        index = as_text(self.value(arguments[0], scope.decided()))
        values = self.value(arguments[1], scope)
        if isinstance(values, Choice):
            return choice([self._selected(one, index, arguments[0], at) for one in values.options], at)
        return self._selected(values, index, arguments[0], at)

    def _selected(self, values: Node, index: Text | None, place: Node, at: Node) -> Node:
        if not isinstance(values, Seq):
            return unknown(at)
        if index is None or index.value is None:
            return choice(values.items, at) if values.items else unknown(at)
        if not index.value.isdecimal() or len(index.value) > 9:
            self._names.note(place.span, "Fn::Select takes the number of an item, counted from 0.")
            return unknown(at)
        number = int(index.value)
        # A choice or an unknown item may be no item at all, or several.
        if any(isinstance(item, Unknown) for item in values.items[:number]):
            return choice(values.items, at)
        if number < len(values.items):
            return values.items[number]
        if not any(isinstance(item, Unknown) for item in values.items):
            count = len(values.items)
            self._names.note(
                place.span, f"The list has {count} items, counted from 0, so there is no item {number} to take."
            )
        return unknown(at)

    def _split(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 2, scope)
        between = as_text(self.value(arguments[0], scope)) if arguments is not None else None
        text = self.value(arguments[1], scope) if arguments is not None else None
        if isinstance(text, Choice):
            return choice([self._split_text(as_text(one), between, at) for one in text.options], at, certain=False)
        return self._split_text(as_text(text) if text is not None else None, between, at)

    def _split_text(self, text: Text | None, between: Text | None, at: Node) -> Node:
        if text is None or text.value is None or between is None or not between.value:
            return unknown(at)
        count = text.value.count(between.value) + 1
        self._characters += len(text.value) + _PIECE * count
        if self._characters > _MOST_CHARACTERS or count > _MOST_PIECES:
            return unknown(at)
        return split(text, between.value, at)

    def _find_in_map(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 3, scope)
        if arguments is None:
            return unknown(at)
        default: Node | None = None
        if len(arguments) > 3:
            options = arguments[3]
            given = options.get("DefaultValue") if isinstance(options, Map) else None
            default = self.value(given, scope) if given is not None else unknown(at)
        name = self.value(arguments[0], scope)
        if not isinstance(name, Text) or name.value is None:
            return unknown(at)
        mapping = self._names.mapping(name.value, name)
        if mapping is None:
            return unknown(at) if default is None else choice([default], at, certain=False)
        rows = self._picked(mapping, arguments[1], default, scope)
        found: list[Node] = []
        for row in rows or ():
            cells = self._picked(row, arguments[2], default, scope) if isinstance(row, Map) else None
            found.extend(cells or ())
        if not found:
            return default if default is not None else unknown(at)
        certain = len(found) == 1 and self._is_certain(arguments[1], scope) and self._is_certain(arguments[2], scope)
        if default is not None and not certain:
            found.append(default)
        return choice(_distinct(found), at, certain)

    def _picked(self, node: Map, key: Node, default: Node | None, scope: Scope) -> list[Node]:
        """The values that a key may lead to: one if the key is known, all of them if nothing is known of it."""
        value = self.value(key, scope.decided())
        names = [one.value for one in _texts_of(value) if one.value is not None]
        self._steps += len(node.entries)
        if not names or len(names) < len(_texts_of(value)):
            return [item for _, item in node.entries]
        by_name = {one.value: item for one, item in node.entries}
        found = [by_name[name] for name in names if name in by_name]
        if not found and default is None and all(one.known for one, _ in node.entries):
            self._names.note(key.span, f"The mapping has no key {names[0]} here; add it, or give a DefaultValue.")
        return found

    def _is_certain(self, key: Node, scope: Scope) -> bool:
        value = as_text(self.value(key, scope.decided()))
        return value is not None and value.known

    def _if(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 3, scope)
        if arguments is None:
            return unknown(at)
        holds = self._condition(arguments[0], scope)
        if holds is not None:
            return self.value(arguments[1 if holds else 2], scope)
        branches = [self.value(one, scope) for one in arguments[1:3]]
        there = [one for one in branches if not isinstance(one, Removed)]
        if not there:
            return branches[0]
        return choice(there, at, certain=len(there) == 2)

    def _condition(self, argument: Node, scope: Scope) -> bool | None:
        """Whether the condition of a name holds."""
        name = self.value(argument, scope)
        if isinstance(name, Text) and name.value is not None:
            return self._names.condition(name.value, name)
        return None

    def _condition_of(self, argument: Node, at: Node, scope: Scope) -> Node:
        return _decided(self._condition(argument, scope), at)

    def _equals(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 2, scope)
        if arguments is None:
            return unknown(at)
        left, right = (_texts_of(self.value(one, scope.decided())) for one in arguments[:2])
        self._steps += len(left) * len(right)
        if self._steps > _MOST_STEPS:
            return unknown(at)
        answers = {_equal(one, other) for one in left for other in right}
        return _decided(answers.pop() if len(answers) == 1 else None, at)

    def _not(self, argument: Node, at: Node, scope: Scope) -> Node:
        arguments = self._arguments(argument, 1, scope)
        holds = self.truth(arguments[0], scope) if arguments is not None else None
        return _decided(None if holds is None else not holds, at)

    def _and(self, argument: Node, at: Node, scope: Scope) -> Node:
        return self._all(argument, at, scope, deciding=False)

    def _or(self, argument: Node, at: Node, scope: Scope) -> Node:
        return self._all(argument, at, scope, deciding=True)

    def _all(self, argument: Node, at: Node, scope: Scope, deciding: bool) -> Node:
        """And, Or: one side of the value `deciding` decides alone."""
        arguments = self._arguments(argument, 1, scope)
        truths = {self.truth(one, scope) for one in arguments or ()}
        if deciding in truths:
            return _decided(deciding, at)
        return _decided(not deciding if truths == {not deciding} else None, at)

    def _base64(self, argument: Node, at: Node, scope: Scope) -> Node:
        text = as_text(self.value(argument, scope))
        if text is None or text.value is None:
            return hole_at(at)
        self._characters += len(text.value)
        return text_at(base64.b64encode(text.value.encode("utf-8", "replace")).decode("ascii"), at)

    def _cidr(self, argument: Node, at: Node, scope: Scope) -> Node:
        """The first blocks of a network, each with the number of bits that is asked for."""
        arguments = self._arguments(argument, 2, scope)
        given = [as_text(self.value(one, scope)) for one in (arguments or ())[:3]]
        known = [one.value for one in given if one is not None and one.value is not None]
        if len(known) < len(given) or not 2 <= len(known) <= 3:
            return unknown(at)
        block, count, *bits = known
        blocks = _blocks(block, count, bits[0] if bits else "8")
        return lifted(blocks, at) if blocks else unknown(at)

    def _length(self, argument: Node, at: Node, scope: Scope) -> Node:
        value = self.value(argument, scope.decided())
        if isinstance(value, Seq) and not any(isinstance(item, Unknown) for item in value.items):
            return text_at(str(len(value.items)), at)
        return unknown(at)

    def _to_json_string(self, argument: Node, at: Node, scope: Scope) -> Node:
        return Encoded(at.source, at.start, at.end, self.value(argument, scope))

    def _one_string(self, argument: Node, at: Node, scope: Scope) -> Node:
        """A function whose value is a string that only AWS knows."""
        return hole_at(at)

    def _anything(self, argument: Node, at: Node, scope: Scope) -> Node:
        """A function whose value may be anything; a policy may stand in what it is given."""
        return Unknown(at.source, at.start, at.end, written(at.span), self.value(argument, scope))


# Source: AWS CloudFormation User Guide, "Intrinsic function reference", October 2026.
_FUNCTIONS: Mapping[str, Callable[[Evaluator, Node, Node, Scope], Node]] = {
    "Ref": Evaluator._ref,
    "Condition": Evaluator._condition_of,
    "Fn::And": Evaluator._and,
    "Fn::Base64": Evaluator._base64,
    "Fn::Cidr": Evaluator._cidr,
    "Fn::Equals": Evaluator._equals,
    "Fn::FindInMap": Evaluator._find_in_map,
    "Fn::GetAZs": Evaluator._anything,
    "Fn::GetAtt": Evaluator._get_att,
    "Fn::GetStackOutput": Evaluator._one_string,
    "Fn::If": Evaluator._if,
    "Fn::ImportValue": Evaluator._one_string,
    "Fn::Join": Evaluator._join,
    "Fn::Length": Evaluator._length,
    "Fn::Not": Evaluator._not,
    "Fn::Or": Evaluator._or,
    "Fn::Select": Evaluator._select,
    "Fn::Split": Evaluator._split,
    "Fn::Sub": Evaluator._sub,
    "Fn::ToJsonString": Evaluator._to_json_string,
    "Fn::Transform": Evaluator._anything,
    # Of the section Rules.
    "Fn::Contains": Evaluator._anything,
    "Fn::EachMemberEquals": Evaluator._anything,
    "Fn::EachMemberIn": Evaluator._anything,
    "Fn::RefAll": Evaluator._anything,
    "Fn::ValueOf": Evaluator._anything,
    "Fn::ValueOfAll": Evaluator._anything,
}


def split(text: Text, between: str, at: Spanned, strip: bool = False) -> Seq:
    """The pieces of a known string, each in its own place."""
    value = text.value or ""
    cut = Cut(text)
    items: list[Node] = []
    start = 0
    for piece in value.split(between):
        low, high = start, start + len(piece)
        start = high + len(between)
        if strip:
            low += len(piece) - len(piece.lstrip())
            high = max(low, high - len(piece) + len(piece.rstrip()))
        segments = cut.take(low, high)
        place = place_of(segments, text)
        items.append(Text(place.source, place.start, place.end, value[low:high], segments))
    return Seq(at.source, at.start, at.end, items)


def as_text(node: Node) -> Text | None:
    """A value as CloudFormation takes it where a string belongs: numbers as they are written, booleans in lower case;
    None for what is no single string."""
    if isinstance(node, Text):
        return node
    if isinstance(node, Scalar) and node.value is not None:
        value = str(node.value).lower() if isinstance(node.value, bool) else node.span.text or str(node.value)
        if value == node.span.text:
            return Text(node.source, node.start, node.end, value, node.start)
        return text_at(value, node)
    return None


def _blocks(network: str, count: str, bits: str) -> list[str]:
    """The first networks within one, in CIDR notation, or none if CloudFormation would refuse that.

    Source: AWS CloudFormation User Guide, "Fn::Cidr": count from 1 to 256, bits as the inverse of the mask.
    """
    import ipaddress

    try:
        whole = ipaddress.ip_network(network, strict=False)
        wanted, prefix = int(count), whole.max_prefixlen - int(bits)
    except ValueError:
        return []
    room = prefix - whole.prefixlen
    if not (1 <= wanted <= 256 and room >= 0 and prefix <= whole.max_prefixlen and (room > 8 or wanted <= 1 << room)):
        return []
    step = 1 << (whole.max_prefixlen - prefix)
    return [f"{whole[number * step]}/{prefix}" for number in range(wanted)]


def _texts_of(node: Node) -> list[Text]:
    """The strings that a value may be; one without a known character if that is not known."""
    made = []
    for one in node.options if isinstance(node, Choice) else (node,):
        text = as_text(one)
        made.append(text if text is not None else hole_at(one))
    return made


def _equal(one: Text, other: Text) -> bool | None:
    if one.value is not None and other.value is not None:
        return one.value == other.value
    if one.value is not None and not other.may_equal(one.value):
        return False
    if other.value is not None and not one.may_equal(other.value):
        return False
    return None


def _decided(holds: bool | None, at: Spanned) -> Node:
    return unknown(at) if holds is None else lifted(holds, at)


def _distinct(nodes: list[Node]) -> list[Node]:
    """Each known string once."""
    seen: set[str] = set()
    made = []
    for node in nodes:
        value = node.value if isinstance(node, Text) else None
        if value is None or value not in seen:
            made.append(node)
        if value is not None:
            seen.add(value)
    return made
