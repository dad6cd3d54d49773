"""Terraform's functions for lists and maps."""

from __future__ import annotations

from lplint.extract.terraform.functions_arguments import (
    MAX_ITEMS,
    as_text,
    choice,
    closed_items_of,
    effective,
    entries_of,
    equals,
    identities,
    is_null,
    is_open,
    items_of,
    kept,
    known_integer,
    known_text,
    map_at,
    more,
    scalar,
    seq,
    unified,
)
from lplint.extract.terraform.functions_text import text_length
from lplint.extract.terraform.values import Choice, Encoded, NotKnownError, Reference, unknown
from lplint.model.node import Map, Seq, Unknown
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.terraform.functions import FileReader
    from lplint.model.node import Node
    from lplint.model.source import Spanned


def identity(arguments: Sequence[Node], _at: Spanned, _files: FileReader) -> Node | None:
    return arguments[0]


def concat(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    items: list[Node] = []
    for argument in arguments:
        items += [_any_of(argument)] if isinstance(argument, Unknown) else items_of(argument)
        if len(items) > MAX_ITEMS:
            return None
    return seq(items, at)


def _any_of(argument: Unknown) -> Node:
    """An unknown list as an item of a list, which stands for any number of items."""
    if isinstance(argument, Choice):
        known = [item for option in argument.options if isinstance(option, Seq) for item in option.items]
        return choice(known, argument) if known else unknown(argument)
    return argument if isinstance(argument, Reference) else unknown(argument)


def flatten(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    return seq(_flat(arguments[0].items), at)


def _flat(nodes: Sequence[Node]) -> list[Node]:
    found: list[Node] = []
    todo = list(reversed(nodes))
    steps = 0
    while todo:
        steps += 1
        if steps > 2 * MAX_ITEMS or len(todo) > 2 * MAX_ITEMS:
            raise NotKnownError
        item = todo.pop()
        if isinstance(item, Seq):
            todo.extend(reversed(item.items))
        elif isinstance(item, Choice) and any(isinstance(option, Seq | Choice) for option in item.options):
            found.append(choice(_flat(_options(item)), item))
        else:
            found.append(item)
    return found


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
    return seq(without_equals(unified(arguments[0].items)), at)


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
        if isinstance(item, Unknown):
            items.append(item)
        elif not is_null(item):
            text = as_text(item)
            if text.value is None and not _is_not_empty(text):
                items.append(choice([text], text))
            elif text.value != "":
                items.append(text)
    return seq(items, at)


def _is_not_empty(text: Text) -> bool:
    """Whether a string has a character whatever its holes hold."""
    return isinstance(text, Encoded) or any(isinstance(part, str) for part in text.parts)


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
    items = items_of(arguments[0])
    for position, answer in enumerate(equals(items, arguments[1])):
        if answer is not False:
            return scalar(position, at) if answer and not isinstance(items[position], Unknown) else None
    return None


def one(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items = arguments[0].items
    sure = [item for item in items if not isinstance(item, Unknown)]
    if sure:
        return sure[0] if len(sure) == 1 else None  # of several, Terraform says that it is an error
    if not items:
        return scalar(None, at)
    return items[0] if len(items) == 1 and isinstance(items[0], Choice | Reference) else None


def element(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    items = arguments[0].items
    if isinstance(arguments[1], Unknown):
        return some_of(items, at)
    number = known_integer(arguments[1])
    if not items:
        return None
    if not is_open(items):
        return items[number % len(items)]
    # An Unknown stands for any number of items, so only those before it have their places.
    certain = next(at for at, item in enumerate(items) if isinstance(item, Unknown))
    return items[number] if 0 <= number < certain else None


def some_of(nodes: Sequence[Node], at: Spanned) -> Node | None:
    """One of several values, not known which."""
    known = [node for node in nodes if not isinstance(node, Unknown) or isinstance(node, Reference)]
    return choice(known, at) if known else None


def slice_(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    items = items_of(arguments[0])
    start, end = known_integer(arguments[1]), known_integer(arguments[2])
    if not 0 <= start <= end <= len(items) or is_open(items[:end]):
        return None
    return seq(items[start:end], at)


def reverse(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    return seq(arguments[0].items[::-1], at)


def sort(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    if not isinstance(arguments[0], Seq):
        return kept(arguments[0])
    known: list[tuple[str, Text]] = []
    partly: list[Node] = []
    for item in arguments[0].items:
        if isinstance(item, Unknown):
            partly.append(item)
            continue
        text = as_text(item)
        if text.value is None:
            partly.append(choice([text], text))  # it is there, but not here
        else:
            known.append((text.value, text))
    known.sort(key=lambda entry: entry[0])
    return seq([*partly, *(text for _, text in known)], at)


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
    is_sure = True  # that no argument before this one is it
    for argument in unified(arguments):
        if is_null(argument) or (isinstance(argument, Text) and argument.value == ""):
            continue
        if isinstance(argument, Unknown) or (
            isinstance(argument, Text) and argument.value is None and not _is_not_empty(argument)
        ):
            is_sure = False
            options += [] if isinstance(argument, Unknown) and not kept(argument) else [argument]
            continue
        return argument if is_sure else choice([*options, argument], at)
    return choice(options, at) if options else None


def coalescelist(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    options: list[Node] = []
    is_sure = True
    for argument in arguments:
        if isinstance(argument, Unknown):
            is_sure = False
            options += [argument] if kept(argument) else []
        elif is_null(argument):
            continue
        elif any(not isinstance(item, Unknown) for item in items_of(argument)):
            return argument if is_sure else choice([*options, argument], at)
        elif items_of(argument):
            is_sure = False
            options.append(argument)
    return choice(options, at) if options else None


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
            if len(overriding) * len(entries) > 100 * MAX_ITEMS:
                return None
            # It may be the key of any entry before it.
            for name, (earlier, old) in entries.items():
                if not isinstance(old, Unknown) and key.may_equal(name):
                    entries[name] = earlier, unknown(old)
        if len(entries) > MAX_ITEMS:
            return None
    # What overrides an entry comes before the known ones: those behind it are certain, the others are unknown now.
    return map_at([*overriding, *entries.values()], at)


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
    """One of several values; if one of them is unknown, so is the result."""
    return None if is_open(options) else choice(options, at)


def keys(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    # Where a key is not known, neither is its place, nor how many there are.
    partly, known = _in_order(arguments[0])
    return seq(
        [
            *(choice([key], key) if _is_not_empty(key) else unknown(key) for key, _ in partly),
            *(key for key, _ in known),
        ],
        at,
    )


def values(arguments: Sequence[Node], at: Spanned, _files: FileReader) -> Node | None:
    partly, known = _in_order(arguments[0])
    loose = [value if isinstance(value, Unknown) else choice([value], value) for _, value in partly]
    return seq([*loose, *(value for _, value in known)], at)


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
