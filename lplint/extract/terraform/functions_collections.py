"""Terraform's functions for lists and maps."""

from __future__ import annotations

import itertools

from lplint.extract.terraform.functions_arguments import (
    MAX_ITEMS,
    Loose,
    as_text,
    closed_items_of,
    effective,
    entries_of,
    equals,
    identities,
    is_name,
    is_null,
    is_open,
    items_of,
    kept,
    known_integer,
    known_text,
    map_at,
    more,
    perhaps,
    scalar,
    seq,
    set_of,
    some_of,
    unified,
)
from lplint.extract.terraform.functions_pieces import certain_parts
from lplint.extract.terraform.functions_text import text_length
from lplint.extract.values import Choice, Encoded, NotKnownError, Reference, unknown, written
from lplint.model.node import Map, Seq, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.terraform.functions_arguments import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned

# How many values something may have that is overridden again and again.
_MOST_OPTIONS = 20


def identity(arguments: Sequence[Node], _at: Spanned, _files: FileReader) -> Node | None:
    return arguments[0]


def concat(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    return seq(spliced(arguments), at)


def spliced(arguments: Sequence[Node]) -> list[Node]:
    """The items of several lists. Raises NotKnownError."""
    items: list[Node] = []
    for argument in arguments:
        items += _any_of(argument) if isinstance(argument, Unknown) else items_of(argument)
        if len(items) > MAX_ITEMS:
            raise NotKnownError
    return items


def _any_of(argument: Unknown) -> list[Node]:
    """The items of a list that is not known, or of which it is not known which one it is."""
    options = _options(argument) if isinstance(argument, Choice) else []
    lists = [option.items for option in options if isinstance(option, Seq)]
    if not lists:
        return [unknown(argument)]
    is_whole = len(lists) == len(options)
    if is_whole and len(set(map(len, lists))) == 1 and not any(map(is_open, itertools.chain(*lists))):
        # Whichever it is, it has as many items.
        return [some_of(items, argument) or unknown(argument) for items in zip(*lists, strict=True)]
    found = [perhaps(item, item) if not is_open(item) else item for items in lists for item in items]
    return found if is_whole else [*found, unknown(argument)]


def flatten(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    found: list[Node] = []
    todo = arguments[0].items[::-1]
    for _ in range(4 * MAX_ITEMS):
        if not todo:
            # An attribute of a resource may be a list too.
            is_loose = any(isinstance(item, Reference) and not is_name(item) for item in found)
            return Loose(at.source, at.start, at.end, found) if is_loose else seq(found, at)
        item = todo.pop()
        if isinstance(item, Seq):
            todo += item.items[::-1]
        elif isinstance(item, Choice) and any(isinstance(option, Seq) for option in _options(item)):
            todo += [_deep(one) for one in _any_of(item)][::-1]
        else:
            found.append(item)
        if len(todo) > 4 * MAX_ITEMS:
            return None
    return None


def _deep(item: Node) -> Node:
    """A list that may be an item of a list, as that item: what a choice in a choice would be."""
    if isinstance(item, Choice) and any(isinstance(option, Seq) for option in item.options):
        return unknown(item)
    return item


def _options(item: Choice) -> list[Node]:
    """What a choice may be, and what those among its options may be that are choices themselves."""
    found: list[Node] = []
    todo: list[Node] = [item]
    for _ in range(MAX_ITEMS):
        if not todo:
            return found
        one = todo.pop()
        if isinstance(one, Choice):
            todo.extend(reversed(one.options))
        else:
            found.append(one)
    raise NotKnownError


def distinct(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    return set_of(without_equals(unified(arguments[0].items)), at)


def without_equals(nodes: Sequence[Node]) -> list[Node]:
    """The values without those that are certainly equal to an earlier one."""
    found: list[Node] = []
    seen: set[object] = set()
    for node, identity_ in zip(nodes, identities(nodes), strict=True):
        mark = ("node", id(node)) if identity_ is None else identity_
        if mark not in seen:
            seen.add(mark)
            found.append(node)
    return found


def compact(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items: list[Node] = []
    for item in arguments[0].items:
        if is_open(item) and not isinstance(item, Choice):
            items.append(item)
            continue
        options = [_as_item(option) for option in (item.options if isinstance(item, Choice) else (item,))]
        left = [option for option in options if not _is_empty(option)]
        if left:
            made = left[0] if len(left) == 1 else some_of(left, item) or unknown(item)
            is_sure = len(left) == len(options) and not any(map(_may_be_empty, left))
            items.append(made if is_sure else perhaps(made, item))
    return seq(items, at)


def _as_item(node: Node) -> Node:
    return node if is_null(node) or isinstance(node, Unknown) else as_text(node)


def _is_empty(node: Node) -> bool:
    """Whether a value is certainly null or an empty string."""
    return is_null(node) or (isinstance(node, Text) and node.value == "")


def _may_be_empty(node: Node) -> bool:
    """Whether a value may be null or an empty string."""
    if isinstance(node, Text):
        return not node.value and not isinstance(node, Encoded) and not any(certain_parts(node))
    return is_null(node) or (isinstance(node, Unknown) and not is_name(node))


def tolist(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if is_null(argument):
        return argument
    return seq(unified(argument.items), at) if isinstance(argument, Seq) else kept(argument)


def list_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    """list(), which Terraform had until 0.15."""
    return seq(unified(arguments), at)


def length(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if isinstance(argument, Text):
        return scalar(text_length(argument), at)
    if isinstance(argument, Map):
        keys_ = {key.value for key, _ in argument.entries}
        return None if None in keys_ else scalar(len(keys_), at)
    return scalar(len(closed_items_of(argument)), at)


def contains(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    items, wanted = items_of(arguments[0]), arguments[1]
    if is_null(wanted) or isinstance(wanted, Unknown):
        return None
    answers = equals(items, wanted)
    if True in answers:
        return scalar(True, at)
    return None if None in answers else scalar(False, at)


def index(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    items = [] if isinstance(arguments[0], Loose) else items_of(arguments[0])
    for position, answer in enumerate(equals(items, arguments[1])):
        if answer is not False or is_open(items[position]):
            return scalar(position, at) if answer and not is_open(items[position]) else None
    return None


def one(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items = arguments[0].items
    sure = [item for item in items if not is_open(item)]
    if sure:
        return sure[0] if len(sure) == 1 else None  # of several, Terraform says that it is an error
    if not items:
        return scalar(None, at)
    return items[0] if len(items) == 1 and isinstance(items[0], Choice) else None


def element(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items = arguments[0].items
    if isinstance(arguments[1], Unknown) or isinstance(arguments[0], Loose):
        return some_of(items, at)
    number = known_integer(arguments[1])
    if not items:
        return None
    if not any(map(is_open, items)):
        return items[number % len(items)]
    # Only the items before those that stand for any number have their places.
    certain = next(position for position, item in enumerate(items) if is_open(item))
    return items[number] if 0 <= number < certain else None


def slice_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    items = [] if isinstance(arguments[0], Loose) else items_of(arguments[0])
    start, end = known_integer(arguments[1]), known_integer(arguments[2])
    if not 0 <= start <= end <= len(items) or any(map(is_open, items[:end])):
        return None
    return seq(items[start:end], at)


def reverse(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items = seq(arguments[0].items[::-1], at)
    return set_of(items.items, at) if isinstance(arguments[0], Loose) else items


def sort(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items = [item if isinstance(item, Unknown) else as_text(item) for item in arguments[0].items]
    known = [(item.value, item) for item in items if isinstance(item, Text) and item.value is not None]
    if len(known) < len(items):
        return set_of(items, at)
    return seq([item for _, item in sorted(known, key=lambda entry: entry[0])], at)


def chunklist(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    items, size = unified(closed_items_of(arguments[0])), known_integer(arguments[1])
    if size < 0:
        return None
    size = size or max(len(items), 1)
    return seq([seq(items[low : low + size], at) for low in range(0, len(items), size)], at)


def matchkeys(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    values_, keys_, wanted = (closed_items_of(argument) for argument in arguments)
    if len(values_) != len(keys_):
        return None
    marks = identities(unified([*keys_, *wanted]))
    if None in marks:
        return None
    searched = set(marks[len(keys_) :])
    return seq([value for value, mark in zip(unified(values_), marks, strict=False) if mark in searched], at)


def coalesce(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    options: list[Node] = []
    for argument in unified(arguments):
        if not _is_empty(argument):
            options.append(argument)
            if not _may_be_empty(argument):
                break
    return some_of(options, at)


def coalescelist(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    options: list[Node] = []
    for argument in arguments:
        items = [argument] if isinstance(argument, Unknown) else [] if is_null(argument) else items_of(argument)
        if items:
            options.append(argument)
        if not all(map(is_open, items)) and not isinstance(argument, Unknown):
            break
    return some_of(options, at)


def merge(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    entries: dict[str, tuple[Text, Node]] = {}
    overriding: list[tuple[Text, Node]] = []
    for argument in arguments:
        if is_null(argument):
            continue
        for key, value in [more(argument)] if isinstance(argument, Unknown) else entries_of(argument):
            if key.value is not None:
                entries[key.value] = key, value
                continue
            overriding.append((key, value))
            if len(overriding) * len(entries) > 20 * MAX_ITEMS:
                return None
            # It may be the key of any entry before it.
            for name, (earlier, old) in entries.items():
                if (isinstance(old, Choice) or not isinstance(old, Unknown)) and key.may_equal(name):
                    entries[name] = earlier, _or_another(old, value)
        if len(entries) > MAX_ITEMS:
            return None
    # What overrides an entry comes before the known ones: those behind it are certain, the others are unknown now.
    return map_at([*overriding, *entries.values()], at)


def _or_another(value: Node, other: Node) -> Node:
    """A value that may be overridden by one of which something else, or nothing, is known."""
    options = value.options if isinstance(value, Choice) else (value,)
    if len(options) > _MOST_OPTIONS:
        return value
    return Choice(value.source, value.start, value.end, written(value.span), (*options, other))


def lookup(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    entries, key = entries_of(arguments[0]), arguments[1]
    default = list(arguments[2:])
    if isinstance(key, Unknown):
        return some_of([*(value for _, value in effective(entries)), *default], at)
    wanted = as_text(key)
    options: list[Node] = []
    for name, value in reversed(entries):
        if wanted.value is not None and name.value == wanted.value:
            return value if not options else _known_choice([*options, value], at)
        if _may_be(name, wanted):
            options.append(value)
    if not options:
        return default[0] if default else None
    return _known_choice([*options, *default], at)


def _may_be(one: Text, other: Text) -> bool:
    if one.value is not None:
        return other.may_equal(one.value)
    return other.value is None or one.may_equal(other.value)


def _known_choice(options: Sequence[Node], at: Spanned) -> Node | None:
    """One of several values; if nothing is known of one of them, the result is unknown."""
    return None if any(isinstance(option, Unknown) and not kept(option) for option in options) else some_of(options, at)


def keys(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    partly, known = _in_order(arguments[0])
    return set_of([*(_any_key(key) for key, _ in partly), *(key for key, _ in known)], at)


def _any_key(key: Text) -> Node:
    """A key that has a hole, as an item of a list: if it is nothing but a hole, it may be any number of keys."""
    return key if any(certain_parts(key)) else unknown(key)


def values(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    partly, known = _in_order(arguments[0])
    loose = [value if any(certain_parts(key)) else unknown(value) for key, value in partly]
    items = [*loose, *(value for _, value in known)]
    return Loose(at.source, at.start, at.end, items) if loose else seq(items, at)


def _in_order(node: Node) -> tuple[list[tuple[Text, Node]], list[tuple[Text, Node]]]:
    """The entries whose keys are not known, and the others in the order of their keys."""
    entries = effective(entries_of(node))
    known = [(key.value, key, value) for key, value in entries if key.value is not None]
    known.sort(key=lambda entry: entry[0])
    return [entry for entry in entries if entry[0].value is None], [(key, value) for _, key, value in known]


def zipmap(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    names, values_ = closed_items_of(arguments[0]), closed_items_of(arguments[1])
    if len(names) != len(values_):
        return None
    return map_at(effective([(as_text(name), value) for name, value in zip(names, values_, strict=True)]), at)


def tomap(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    (argument,) = arguments
    if is_null(argument):
        return argument
    if not isinstance(argument, Map):
        return kept(argument)
    converted = unified([value for _, value in argument.entries])
    return map_at([(key, value) for (key, _), value in zip(argument.entries, converted, strict=True)], at)


def map_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    """map(), which Terraform had until 0.15."""
    if len(arguments) % 2:
        return None
    names = [as_text(name) for name in arguments[::2]]
    return map_at(effective(list(zip(names, unified(arguments[1::2]), strict=True))), at)


def transpose(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    turned: dict[str, tuple[Text, list[Node]]] = {}
    count = 0
    for name, value in sorted(effective(entries_of(arguments[0])), key=lambda entry: known_text(entry[0])):
        for item in closed_items_of(value):
            turned.setdefault(known_text(item), (as_text(item), []))[1].append(name)
            count += 1
        if count > MAX_ITEMS:
            return None
    return map_at([(key, seq(names, at)) for key, names in turned.values()], at)
