"""The JSON scanner: the same values as the standard library's, each at its place, and words for what is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint.model.node import Map, Scalar, Seq
from lplint.model.source import Source
from lplint.model.text import Text
from lplint.syntax.json import parse
from lplint.syntax.parsed import MAX_DEPTH, SyntaxProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Node

STRINGS = st.text(st.characters(exclude_categories=()), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | STRINGS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STRINGS, inner, max_size=4),
    max_leaves=20,
)


def plain(node: Node) -> object:
    """The value as the standard library gives it."""
    if isinstance(node, Map):
        return {key.value: plain(value) for key, value in node.entries}
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    assert isinstance(node, Text | Scalar)
    return node.value


def texts(node: Node) -> Iterator[Text]:
    todo = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Text):
            yield one
        elif isinstance(one, Map):
            for key, value in one.entries:
                todo += [key, value]
        elif isinstance(one, Seq):
            todo.extend(one.items)


def only(text: str, path: str = "p.json") -> SyntaxProblem:
    parsed = parse(Source(path, text))
    assert len(parsed.problems) == 1
    return parsed.problems[0]


@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_reads_what_the_standard_library_writes(value: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    parsed = parse(Source("p.json", text))
    assert parsed.problems == []
    (document,) = parsed.documents
    assert plain(document) == value
    assert text[document.start : document.end] == text


@given(VALUES, st.booleans())
def test_every_text_stands_where_its_span_says(value: object, ascii_only: bool) -> None:
    source = Source("p.json", json.dumps(value, ensure_ascii=ascii_only))
    for text in texts(parse(source).documents[0]):
        assert json.loads(source.text[text.start : text.end]) == text.value
        for offset, character in enumerate(text.value or ""):
            span = text.span_of(offset, offset + 1)
            assert text.start < span.start < span.end < text.end
            assert json.loads(f'"{span.text}"') == character or span.text in json.dumps(character)
        if text.value:
            assert text.span_of(0, len(text.value)) == source.span(text.start + 1, text.end - 1)


@given(st.text(alphabet='{}[]":,\\ntrue01-.e/*\n ', max_size=40))
def test_never_raises_and_agrees_on_what_is_json(text: str) -> None:
    parsed = parse(Source("p.json", text))
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # What stands between double braces is for another tool to fill in, and no mistake.
        assert parsed.problems or not text.strip() or "{{" in text
    else:
        assert not parsed.problems
        assert [plain(node) for node in parsed.documents] == [value]
    for problem in parsed.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        assert problem.message


def test_keeps_both_of_two_equal_keys() -> None:
    (document,) = parse(Source("p.json", '{"a": 1, "b": 2, "a": 3}')).documents
    assert isinstance(document, Map)
    assert [(key.value, plain(value)) for key, value in document.entries] == [("a", 1), ("b", 2), ("a", 3)]
    assert plain(document.get("a") or document) == 3


def test_an_escape_is_one_character_at_one_place() -> None:
    source = Source("p.json", r'["a\u00e9\ud83d\ude00\n\"z"]')
    (text,) = texts(parse(source).documents[0])
    assert text.value == 'aé😀\n"z'
    places = [text.span_of(n, n + 1).text for n in range(6)]
    assert places == ["a", r"\u00e9", r"\ud83d\ude00", r"\n", r"\"", "z"]
    assert text.span_of(1, 3).text == r"\u00e9\ud83d\ude00"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_positions_count_every_kind_of_line_break(line_break: str) -> None:
    source = Source("p.json", line_break.join(["{", '  "a": "b"', "}"]))
    (document,) = parse(source).documents
    assert isinstance(document, Map)
    position = document.entries[0][1].span.start_position()
    assert (position.line, position.column) == (2, 8)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1,}', ",", "JSON allows no comma after the last member; remove it"),
        ('["a", ]', ",", "JSON allows no comma after the last member; remove it"),
        ('{"a": 1 "b": 2}', '"', "a comma is missing before this"),
        ('["a" "b"]', '"', "a comma is missing before this"),
        ("{'a': 1}", "'", "JSON strings take double quotes, not single ones"),
        ('{"a" 1}', "1", "expected ':' after the key 'a', found '1'"),
        ('{"a": True}', "True", "JSON writes true, in lower case"),
        ('{"a": None}', "None", "JSON writes null, in lower case"),
        ('{"a": [1, 2}', "}", "expected ',' or ']', found '}'"),
        ('{"a": [1, 2', "[", "the file ends before the '[' of line 1 is closed"),
        ('{"a": "b', '"b', "this string is not closed on its line; add the closing double quote"),
        ('{"a": "b\n}', '"b', "this string is not closed on its line; add the closing double quote"),
        (r'{"a": "\q"}', r"\q", r"JSON knows no such escape; a backslash is written \\"),
        ('{"a": "\t"}', "\t", r"a control character in a JSON string must be escaped (\t for a tab)"),
        ('{"a": 1} {"b": 2}', "{", "a second JSON value follows the first; a JSON file holds one"),
        ('{"a": 01}', "01", "expected a value, found '01'"),
        ('{"a": {{ x }', "{{", "this is a template, not JSON, so its policy was not checked; check what it renders"),
        ('{"a": ${x', "${", "this is a template, not JSON, so its policy was not checked; check what it renders"),
        ('{"a": 1, // b\n"c": 2}', "// b", "JSON has no comments; remove it, or name the file .jsonc"),
    ],
)
def test_says_what_is_wrong_where_it_is(text: str, place: str, message: str) -> None:
    problem = only(text)
    assert problem.message == message
    assert problem.span.text == place


TEMPLATE = """\
{
  "one": ${arns},
  "two": [{{ first }}, "b", ${jsonencode({a = "}"})}x],
  %{ if debug ~}
  "three": "c",
  %{ endif ~}
  ${key}: 4,
  "five": [
    %{ for name in names ~}
    "${name}",
    %{ endfor ~}
    "d"
  ]
}
"""


def test_what_a_template_leaves_open_is_unknown() -> None:
    source = Source("p.json", TEMPLATE)
    parsed = parse(source)
    assert parsed.problems == []
    (document,) = parsed.documents
    assert isinstance(document, Map)
    shown = [(key.display, repr(value)) for key, value in document.entries]
    assert shown == [
        ("one", "Unknown('${arns}')"),
        ("two", "Seq([Unknown('{{ first }}'), Text('b'), Unknown('${jsonencode({a = \"}\"})}x')])"),
        ("%{ if debug ~}", "Unknown('%{ if debug ~}')"),
        ("three", "Text('c')"),
        ("%{ endif ~}", "Unknown('%{ endif ~}')"),
        ("${key}", "Scalar(4)"),
        (
            "five",
            "Seq([Unknown('%{ for name in names ~}'), Text('${name}'), Unknown('%{ endfor ~}'), Text('d')])",
        ),
    ]
    assert [key.known for key, _ in document.entries] == [True, True, False, True, False, False, True]
    assert document.entries[0][1].span.text == "${arns}"


def test_a_broken_template_is_told_as_one() -> None:
    (problem,) = parse(Source("p.json", '{"a": ${x}, "b" 1}')).problems
    assert problem.template
    assert not only('{"a": "${x}", "b" 1}').template


def test_reads_on_after_a_slip() -> None:
    parsed = parse(Source("p.json", '/* why */ {"a": ["x",], "b": "y",}'))
    assert [plain(node) for node in parsed.documents] == [{"a": ["x"], "b": "y"}]
    assert [problem.fatal for problem in parsed.problems] == [False, False, False]


def test_comments_are_fine_where_they_belong() -> None:
    parsed = parse(Source("p.jsonc", '// a\n{"a": /* b */ 1} // c'), comments=True)
    assert parsed.problems == []


def test_many_values_are_fine_in_a_file_of_lines() -> None:
    parsed = parse(Source("p.ndjson", '{"a": 1}\n{"a": 2}\n'))
    assert (len(parsed.documents), parsed.problems) == (2, [])


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 200_000, '["' * 200_000, '"\\u' + "d83d" * 50_000])
def test_hostile_text_ends_in_one_sentence(text: str) -> None:
    assert only(text).fatal


def test_nests_as_deep_as_the_limit_says() -> None:
    assert parse(Source("p.json", "[" * MAX_DEPTH + "]" * MAX_DEPTH)).problems == []
    assert parse(Source("p.json", "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))).problems
