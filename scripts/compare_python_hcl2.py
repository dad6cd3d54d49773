"""Compares what lplint reads of Terraform files with what python-hcl2 reads of them.

usage: compare_python_hcl2.py [--jobs JOBS] PATH...
Each PATH is a file, or a folder whose .tf files are compared. Of each file that both can read are compared the
arguments and blocks with their types and labels, in order, and of every expression the names, the literal strings,
numbers and words, and the lengths of its lists and objects and the names of its calls, as they follow one another.
What is inside the interpolations of a heredoc is not, since python-hcl2 does not read it; nor are operators.

Exits with 1 if lplint reads something else, or cannot read what python-hcl2 can.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import hcl2
from lark import Token, Tree
from lark.exceptions import LarkError

from lplint.model.source import Source
from lplint.syntax import hcl, hcl_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # An argument or block: its kind, its names, and what is in it.
    Reading = list[tuple[object, ...]]

MOST_SHOWN = 10
SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt\"\\]))|([$%])\4\{")


class Compared(NamedTuple):
    """What came of one file: how many bytes of it, and how many events, were compared, or why none were; and where the
    readings part."""

    path: str
    size: int
    events: int
    skipped: str
    difference: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes share the work")
    options = parser.parse_args()
    files = [file for path in options.paths for file in (sorted(path.rglob("*.tf")) if path.is_dir() else [path])]
    with multiprocessing.Pool(options.jobs) as pool:
        results = list(pool.imap(compare, map(str, files), chunksize=4))
    skipped: dict[str, int] = {}
    for one in results:
        if one.skipped:
            skipped[one.skipped] = skipped.get(one.skipped, 0) + 1
    compared = [one for one in results if not one.skipped]
    differing = [one for one in compared if one.difference]
    for one in differing:
        print(f"{one.path}: {one.difference}")
    for why, count in sorted(skipped.items()):
        print(f"{count} files not compared: {why}")
    size, events = sum(one.size for one in compared), sum(one.events for one in compared)
    print(f"{len(compared)} files compared, {size} bytes, {events} names and values; {len(differing)} differ")
    return 1 if differing else 0


def compare(path: str) -> Compared:
    """Reads a file in both ways."""
    data = Path(path).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Compared(path, 0, 0, "no UTF-8", "")
    source = Source(path, text)
    ours = hcl.parse(source)
    try:
        tree = hcl2.parses_to_tree(text)
    except (LarkError, RecursionError):
        both = " (nor can lplint)" if ours.problems else ""
        return Compared(path, 0, 0, f"python-hcl2 cannot read it{both}", "")
    if ours.problems:
        problem = ours.problems[0]
        return Compared(path, 0, 0, "", f"line {problem.span.start_position().line}: {problem.message}")
    mine, theirs = list(body_events(ours.body)), list(lark_events(tree))
    difference = ""
    for at, (one, other) in enumerate(zip(mine, theirs, strict=False)):
        if not same(one, other):
            shown = ", ".join(map(repr, mine[max(0, at - 3) : at]))
            difference = f"after {shown} lplint reads {one!r}, python-hcl2 {other!r}"
            break
    else:
        if len(mine) != len(theirs):
            rest = max(mine, theirs, key=len)[min(len(mine), len(theirs)) :][:MOST_SHOWN]
            difference = f"lplint reads {len(mine)} names and values, python-hcl2 {len(theirs)}: {rest}"
    return Compared(path, len(data), len(mine), "", difference)


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Whether two events say the same. Of a string with strip markers python-hcl2 keeps the white space."""
    if one[0] == other[0] == "stripped":
        return str(one[1]).split() == str(other[1]).split()
    return one == other


# -- lplint's tree


def body_events(body: hcl_tree.Body) -> Iterator[tuple[object, ...]]:
    members: list[hcl_tree.Attribute | hcl_tree.Block] = [*body.attributes, *body.blocks]
    for member in sorted(members, key=lambda one: one.start):
        if isinstance(member, hcl_tree.Attribute):
            yield ("argument", member.name)
            yield from events(member.expression)
        else:
            yield ("block", member.type, *member.labels)
            yield from body_events(member.body)
            yield ("end",)


def events(expression: hcl_tree.Expression) -> Iterator[tuple[object, ...]]:
    """What an expression is made of, in the order written."""
    if isinstance(expression, hcl_tree.Literal):
        value = expression.value
        yield ("word", value) if value is None or isinstance(value, bool) else ("number", float(value))
    elif isinstance(expression, hcl_tree.Template):
        yield from heredoc_events(expression) if expression.heredoc else template_events(expression)
    elif isinstance(expression, hcl_tree.Variable):
        yield ("name", expression.name)
    elif isinstance(expression, hcl_tree.GetAttr):
        yield from events(expression.operand)
        yield ("name", expression.name)
    elif isinstance(expression, hcl_tree.Tuple):
        yield ("list", len(expression.items))
        for item in expression.items:
            yield from events(item)
    elif isinstance(expression, hcl_tree.Object):
        yield ("object", len(expression.items))
        for key, value_ in expression.items:
            yield from events(key)
            yield from events(value_)
    elif isinstance(expression, hcl_tree.Call):
        yield ("call", expression.name, len(expression.arguments))
        for argument in expression.arguments:
            yield from events(argument)
    elif isinstance(expression, hcl_tree.For):
        yield from (("name", name) for name in (expression.key_name, expression.value_name) if name is not None)
        parts = (expression.collection, expression.key, expression.value, expression.condition)
        for part in parts:
            if part is not None:
                yield from events(part)
    else:
        for part in inner(expression):
            yield from events(part)


def inner(expression: hcl_tree.Expression) -> tuple[hcl_tree.Expression, ...]:
    if isinstance(expression, hcl_tree.Index):
        return (expression.operand, expression.key)
    if isinstance(expression, hcl_tree.Splat):
        return (expression.operand, expression.each)
    if isinstance(expression, hcl_tree.Conditional):
        return (expression.condition, expression.then, expression.otherwise)
    if isinstance(expression, hcl_tree.Binary):
        return (expression.left, expression.right)
    if isinstance(expression, hcl_tree.Unary):
        return (expression.operand,)
    assert isinstance(expression, hcl_tree.SplatItem), expression
    return ()


def template_events(template: hcl_tree.Template) -> Iterator[tuple[object, ...]]:
    kind = string_kind(template.span.text)
    yield ("string",)
    yield from part_events(template.parts, kind)


def part_events(parts: tuple[hcl_tree.Part, ...], kind: str) -> Iterator[tuple[object, ...]]:
    for part in parts:
        if isinstance(part, hcl_tree.TextPart):
            if kind == "text" or part.text.strip():
                yield (kind, part.text)
        elif isinstance(part, hcl_tree.Interpolation):
            yield from events(part.expression)
        elif isinstance(part, hcl_tree.IfDirective):
            yield from events(part.condition)
            yield from part_events(part.then, kind)
            yield from part_events(part.otherwise, kind)
        else:
            yield from (("name", name) for name in (part.key_name, part.value_name) if name is not None)
            yield from events(part.collection)
            yield from part_events(part.body, kind)


def heredoc_events(template: hcl_tree.Template) -> Iterator[tuple[object, ...]]:
    written = template.span.text
    yield ("heredoc", "" if uncomparable(written) else "".join(map(as_written, template.parts)))


def as_written(part: hcl_tree.Part) -> str:
    return part.text if isinstance(part, hcl_tree.TextPart) else part.span.text


def string_kind(written: str) -> str:
    return "stripped" if "~}" in written or "{~" in written else "text"


def uncomparable(heredoc: str) -> bool:
    """Whether the text of a heredoc is not what is written in it: a directive or a strip marker takes from it."""
    return re.search(r"(?<!%)%\{", heredoc) is not None or string_kind(heredoc) == "stripped"


# -- python-hcl2's tree


def lark_events(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    reader = READERS.get(str(tree.data))
    if reader is not None:
        yield from reader(tree)
        return
    for child in tree.children:
        if isinstance(child, Tree):
            yield from lark_events(child)


def children(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]


def token(tree: Tree[Token]) -> str:
    return "".join(str(child) for child in tree.children)


def argument(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    name, expression = children(tree)
    yield ("argument", token(name))
    yield from lark_events(expression)


def block(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    *head, body = children(tree)
    yield ("block", *map(label, head))
    yield from lark_events(body)
    yield ("end",)


def label(tree: Tree[Token]) -> str:
    if tree.data != "string":
        return token(tree)
    return "".join(str(event[1]) for event in string(tree) if event[0] == "text")


def number(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    yield ("number", abs(float(token(tree))))  # to lplint the minus is an operator


def word(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    yield ("word", {"true": True, "false": False, "null": None}[token(tree)])


def name(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    yield ("name", token(tree))


def string(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    pieces: list[str] = []
    found: list[tuple[object, ...]] = []
    written = "".join(str(one) for one in tree.scan_values(lambda _: True))
    kind = string_kind(written)

    def finish() -> None:
        text = unescaped("".join(pieces))
        if text.strip() if kind == "stripped" else text:
            found.append((kind, text))
        pieces.clear()

    for part in children(tree):
        (content,) = part.children
        if isinstance(content, Token):
            pieces.append(str(content))
        else:
            finish()
            found.extend(lark_events(content))
    finish()
    yield ("string",)
    yield from found


def unescaped(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        short, long, simple, sign = match.groups()
        if simple:
            return SIMPLE_ESCAPES[simple]
        return f"{sign}{{" if sign else chr(int(short or long, 16))

    return ESCAPE.sub(meant, text)


def heredoc(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    written = token(tree)
    if uncomparable(written):
        yield ("heredoc", "")
        return
    lines = written.split("\n")[1:]
    while not lines[-1].strip():
        lines.pop()
    lines.pop()
    if tree.data == "heredoc_template_trim":
        # HCL neither counts nor moves the lines that are blank (flushHeredocTemplateParts in its parser).
        indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
        lines = [line[min(indents, default=0) :] if line.strip() else line for line in lines]
    text = "".join(f"{line}\n" for line in lines)
    yield ("heredoc", text.replace("$${", "${").replace("%%{", "%{"))


def list_(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    items = children(tree)
    yield ("list", len(items))
    for item in items:
        yield from lark_events(item)


def object_(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    items = children(tree)
    yield ("object", len(items))
    for item in items:
        yield from lark_events(item)


def key(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    """The key of an object, which as a bare word is a string."""
    inside = tree
    while len(children(inside)) == 1 and "(" not in [str(child) for child in inside.children]:
        (inside,) = children(inside)
    if inside.data in ("identifier", "keyword", "literal_value"):
        yield ("string",)
        yield ("text", token(inside))
    else:
        for child in children(tree):
            yield from lark_events(child)


def call(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    parts = children(tree)
    names = [token(part) for part in parts if part.data == "identifier"]
    given = [one for part in parts if part.data == "arguments" for one in children(part)]
    yield ("call", "::".join(names), len(given))
    for one in given:
        yield from lark_events(one)


def attribute_of(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    (child,) = children(tree)
    yield ("name", token(child))


def short_index(tree: Tree[Token]) -> Iterator[tuple[object, ...]]:
    yield ("number", float(str(tree.children[-1])))


READERS: dict[str, Callable[[Tree[Token]], Iterator[tuple[object, ...]]]] = {
    "attribute": argument,
    "block": block,
    "int_lit": number,
    "float_lit": number,
    "literal_value": word,
    "identifier": name,
    "keyword": name,
    "string": string,
    "heredoc_template": heredoc,
    "heredoc_template_trim": heredoc,
    "tuple": list_,
    "object": object_,
    "object_elem_key": key,
    "function_call": call,
    "get_attr": attribute_of,
    "short_index": short_index,
}


if __name__ == "__main__":
    sys.exit(main())
