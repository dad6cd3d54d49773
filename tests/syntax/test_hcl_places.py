"""HCL: what the tree says, and that every name and character stands where it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint.model.source import Source
from lplint.syntax import hcl, hcl_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

WILD = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "wild"


def bodies(body: hcl_tree.Body) -> Iterator[hcl_tree.Body]:
    yield body
    for block in body.blocks:
        yield from bodies(block.body)


def text_parts(body: hcl_tree.Body) -> Iterator[hcl_tree.TextPart]:
    """Every text of a body's attributes, at any depth of their templates, lists, objects and calls."""
    for one in bodies(body):
        todo: list[object] = [attribute.expression for attribute in one.attributes]
        while todo:
            expression = todo.pop()
            if isinstance(expression, hcl_tree.Template):
                todo += expression.parts
            elif isinstance(expression, hcl_tree.TextPart):
                yield expression
            elif isinstance(expression, hcl_tree.Interpolation):
                todo.append(expression.expression)
            elif isinstance(expression, hcl_tree.Tuple):
                todo += expression.items
            elif isinstance(expression, hcl_tree.Object):
                todo += [side for item in expression.items for side in item]
            elif isinstance(expression, hcl_tree.Call):
                todo += expression.arguments
            elif isinstance(expression, hcl_tree.Conditional):
                todo += [expression.condition, expression.then, expression.otherwise]


def holds(source: Source, body: hcl_tree.Body) -> int:
    """The law of places over a tree; how many texts it was asked of."""
    for one in bodies(body):
        for attribute in one.attributes:
            assert attribute.name_span.text.strip('"') == attribute.name
            assert attribute.start <= attribute.expression.start <= attribute.expression.end <= attribute.end
    count = 0
    for part in text_parts(body):
        at = 0
        for segment in part.segments:
            assert segment.start == at
            at += segment.length
            written = source.text[segment.span.start : segment.span.end]
            if len(written) == segment.length and "\r" not in written:
                assert written == part.text[segment.start : at]
        assert at == len(part.text)
        count += 1
    return count


def value(text: str) -> hcl_tree.Expression:
    parsed = hcl.parse(Source("a.tf", f"a = {text}\n"))
    assert parsed.problems == []
    (attribute,) = parsed.body.attributes
    return attribute.expression


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 + 2 * 3", "Binary(Literal(1) + Binary(Literal(2) * Literal(3)))"),
        ("1 * 2 + 3", "Binary(Binary(Literal(1) * Literal(2)) + Literal(3))"),
        ("a && b || c", "Binary(Binary(Variable('a') && Variable('b')) || Variable('c'))"),
        ("a || b && c", "Binary(Variable('a') || Binary(Variable('b') && Variable('c')))"),
        ("a == b ? c : d", None),
    ],
)
def test_operators_bind_as_in_terraform(text: str, shown: str | None) -> None:
    def show(one: object) -> str:
        if isinstance(one, hcl_tree.Binary):
            return f"Binary({show(one.left)} {one.operator} {show(one.right)})"
        return repr(one)

    expression = value(text)
    if shown is None:
        assert isinstance(expression, hcl_tree.Conditional)
    else:
        assert show(expression) == shown


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (r'"a\"b\n\u00e9"', 'a"b\né'),
        ('"$${x} %%{y}"', "${x} %{y}"),
        ('"$ $$ %"', "$ $$ %"),
        ('""', ""),
        ("<<EOT\n  a\nEOT", "  a\n"),
        ("<<-EOT\n    a\n      b\n  EOT", "a\n  b\n"),
    ],
)
def test_strings(text: str, known: str) -> None:
    template = value(text)
    assert isinstance(template, hcl_tree.Template)
    assert "".join(part.text for part in template.parts if isinstance(part, hcl_tree.TextPart)) == known


def test_interpolations_directives_and_strip_markers() -> None:
    template = value('"a ${~ b ~} c%{ if d }e%{ else }f%{ endif }"')
    assert isinstance(template, hcl_tree.Template)
    kinds = [type(part).__name__ for part in template.parts]
    assert kinds == ["TextPart", "Interpolation", "TextPart", "IfDirective"]
    first, _, second, directive = template.parts
    assert isinstance(first, hcl_tree.TextPart)
    assert isinstance(second, hcl_tree.TextPart)
    assert isinstance(directive, hcl_tree.IfDirective)
    assert (first.text, second.text) == ("a", "c")
    assert [repr(part) for part in (*directive.then, *directive.otherwise)] == ["TextPart('e')", "TextPart('f')"]


def test_blocks_keep_their_labels_and_places() -> None:
    source = Source("a.tf", 'résumé = 1\nresource "aws_iam_role" "ci" {\n  name = "x"\n}\n')
    parsed = hcl.parse(source)
    (block,) = parsed.body.blocks
    assert (block.type, block.labels) == ("resource", ("aws_iam_role", "ci"))
    assert block.header.text == 'resource "aws_iam_role" "ci"'
    assert [span.text.strip('"') for span in block.label_spans] == ["aws_iam_role", "ci"]
    assert holds(source, parsed.body) == 1


@pytest.mark.parametrize(
    "broken",
    ['resource "a" "b" {\n  x = [1, 2\n}\n', 'resource "a" "b" {\n  x = "y\n}\n', 'resource "a" "b" {\n  x 1\n}\n'],
)
def test_a_broken_block_does_not_swallow_the_next(broken: str) -> None:
    parsed = hcl.parse(Source("a.tf", broken + 'resource "c" "d" {\n  z = 1\n}\n'))
    (problem,) = parsed.problems
    assert problem.fatal
    assert problem.message
    assert ("c", "d") in [block.labels for block in parsed.body.blocks]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "a = " + "(" * 100_000, "a = " + "!" * 100_000, '"${' * 20_000, "{" * 50_000]
)
def test_hostile_nesting_ends_in_one_sentence(text: str) -> None:
    assert len(hcl.parse(Source("a.tf", text)).problems) == 1


@given(st.text(alphabet='ab="{}[]()${}%~\n<-EOT?:!.,* #/\\', max_size=60))
def test_never_raises(text: str) -> None:
    source = Source("a.tf", text)
    parsed = hcl.parse(source)
    for problem in parsed.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)


@pytest.mark.skipif(not WILD.is_dir(), reason="the corpus is not beside the checkout")
def test_places_hold_in_real_modules() -> None:
    files = sorted(WILD.rglob("*.tf"))[::7]
    count = 0
    for path in files:
        source = Source(path.name, path.read_text("utf-8"))
        count += holds(source, hcl.parse(source).body)
    assert count > 5_000
