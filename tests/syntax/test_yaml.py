"""YAML as nodes: what is read, where it stands, and what is said of YAML that cannot be read."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import lplint.syntax.yaml
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.source import Source
from lplint.model.text import Text
from lplint.syntax.yaml import MAX_ALIASED, MAX_DEPTH, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.node import Node
    from lplint.syntax.parsed import Parsed, SyntaxProblem

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "wild"

TEMPLATE = """\
# A template with a bit of everything.
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Bucket: {Type: String, Default: "my-\\u0062ucket"}
Resources:
  Role: &role
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
        - Effect: Allow
          Principal: { Service: [ "lambda.amazonaws.com", 'it''s' ] }
          Action: sts:AssumeRole
      Policies:
        - PolicyName: !Sub '${AWS::StackName}-p'
          PolicyDocument: !If
            - IsProd
            - Statement:
                Effect: Allow
                Action: "s3:*"
                Resource: !Join ['', ['arn:aws:s3:::', !Ref Bucket, /*]]
            - !Ref AWS::NoValue
        - Description: a plain scalar
            over two lines

            and a paragraph
          PolicyDocument: |
            {"Statement": [
              {"Effect": "Allow", "Action": "*", "Resource": "*"}
            ]}
          Note: >-
            folded
            text

              but not here
            end
  Copy:
    <<: *role
    Type: Other
"""


def read(text: str) -> Parsed:
    return parse(Source("policy.yaml", text))


def only(text: str) -> Node:
    parsed = read(text)
    assert not parsed.problems
    (document,) = parsed.documents
    return document


def value_of(text: str) -> Node:
    """The value of the last key of a mapping."""
    document = only(text)
    assert isinstance(document, Map)
    return document.entries[-1][1]


def text_of(text: str) -> Text:
    node = value_of(text)
    assert isinstance(node, Text)
    return node


def problem_of(text: str) -> SyntaxProblem:
    (problem,) = read(text).problems
    return problem


def plain(node: Node) -> Any:
    """A node as Python data; a value under a tag as its tag and value."""
    if isinstance(node, Map):
        return {key.value: plain(value) for key, value in node.entries}
    if isinstance(node, Seq):
        return [plain(item) for item in node.items]
    if isinstance(node, Unknown):
        return (node.written.split()[0], None if node.value is None else plain(node.value))
    return node.value


def inner(node: Node) -> Iterator[Node]:
    if isinstance(node, Map):
        for entry in node.entries:
            yield from entry
    elif isinstance(node, Seq):
        yield from node.items
    elif isinstance(node, Unknown) and node.value is not None:
        yield node.value


def walk(roots: list[Node]) -> Iterator[Node]:
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting.extend(inner(node))
            yield node


def assert_law_of_texts(node: Text) -> None:
    """Segments cover the value without gaps, stay inside the token, and copies are what is written."""
    value = node.display
    at = 0
    for segment in node.segments():
        assert segment.start == at
        assert segment.length > 0
        at += segment.length
        assert node.start <= segment.span.start <= segment.span.end <= node.end
        written = segment.span.text
        if len(written) == segment.length:
            for is_written, is_read in zip(written, value[segment.start : at], strict=True):
                # A line break without indentation after it folds to one space, or reads as one line feed.
                is_break = is_read in " \n" and is_written in "\n\r\x85"
                assert is_written == is_read or is_break
    assert at == len(value)
    for index in range(min(len(value), 50)):
        place = node.span_of(index, index + 1)
        assert node.start <= place.start <= place.end <= node.end


def assert_laws(text: str) -> Parsed:
    """What holds of every text, readable or not."""
    parsed = read(text)
    for problem in parsed.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text)
        assert problem.span.start < problem.span.end or not text
    assert sum(problem.fatal for problem in parsed.problems) <= 1
    # Aliased and merged nodes stand where they are defined.
    is_tree = "*" not in text and "<<" not in text
    for node in walk(parsed.documents):
        assert 0 <= node.start <= node.end <= len(text)
        if is_tree:
            at = node.start
            for child in inner(node):
                assert at <= child.start
                at = child.end
            assert at <= node.end
        if isinstance(node, Text):
            assert_law_of_texts(node)
    return parsed


# Values.


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *((word, None) for word in ("~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE", "yes", "Yes", "on", "ON")),
        *((word, False) for word in ("false", "False", "no", "NO", "off", "Off")),
        *(("0", 0), ("42", 42), ("-1", -1), ("+7", 7), ("1_000", 1000), ("123456789012", 123456789012)),
        *(("0x1F", 31), ("0b101", 5), ("010", 8), ("1:30", 90), ("1:30.5", 90.5)),
        *(("1.5", 1.5), ("-2.", -2.0), (".5", 0.5), ("1.0e+3", 1000.0), (".inf", math.inf), ("-.INF", -math.inf)),
    ],
)
def test_plain_scalars_have_the_types_of_yaml_1_1(written: str, value: object) -> None:
    node = value_of(f"a: {written}\n")
    assert isinstance(node, Scalar)
    assert node.value == value
    assert type(node.value) is type(value)
    assert node.span.text == written


def test_not_a_number() -> None:
    node = value_of("a: .nan")
    assert isinstance(node, Scalar)
    assert isinstance(node.value, float)
    assert math.isnan(node.value)


OTHER_PLAIN = ["2012-10-17", "2001-12-14 21:59:43", "s3:*", "y", "n", "nulls", "tRUE", "=", "<<", "a#b", "-a", "?a"]
OTHER_PLAIN += [":a", "1e3", "08", "0x_", "0b", "1-2", "1:90", "--", ".", "..", "+", "9" * 5000]


@pytest.mark.parametrize("written", OTHER_PLAIN)
def test_other_plain_scalars_are_texts(written: str) -> None:
    assert text_of(f"a: {written}").value == written


@given(st.from_regex(r"[-+.:_0-9a-fA-FxXeEnNoOulrTtsyYfIiF~]{1,8}", fullmatch=True))
def test_types_are_those_of_pyyaml(written: str) -> None:
    try:
        expected = yaml.safe_load(f"[ {written} ]")
    except (yaml.YAMLError, ValueError):
        return
    if not (isinstance(expected, list) and len(expected) == 1) or isinstance(expected[0], dict):
        return
    node = only(f"[ {written} ]")
    assert isinstance(node, Seq)
    (got,) = (plain(item) for item in node.items)
    if isinstance(expected[0], (bool, int, float)) or expected[0] is None:
        assert got == expected[0] or (got != got and expected[0] != expected[0])
    else:
        assert got == written


@pytest.mark.parametrize("written", ["'yes'", '"1"', "!!str null", "!!str 1", "! true", "|\n  1", ">-\n  null"])
def test_quoted_block_and_str_scalars_are_texts(written: str) -> None:
    assert isinstance(value_of(f"a: {written}\n"), Text)


def test_standard_tags_resolve() -> None:
    document = only(
        "[!!int '3', !!float 1.5, !!bool yes, !!null '', !!int x, !!timestamp 2001-01-01, !!str, !!set {a}]"
    )
    assert plain(document) == [3, 1.5, True, None, "x", "2001-01-01", "", {"a": None}]


def test_keys_are_texts_as_written() -> None:
    document = only('on: 1\n1: 2\nnull: 3\n"q\\x41": 4\n2012-10-17: 5\n~: 6\n!!int 7: 8\n? \n: 9\n')
    assert plain(document) == {"on": 1, "1": 2, "null": 3, "qA": 4, "2012-10-17": 5, "~": 6, "7": 8, "": 9}


def test_a_key_that_is_a_collection_is_its_source_text() -> None:
    document = only("{{ name }}: x\n? [a, b]\n: y\n? - c\n  - d\n: z\n")
    assert isinstance(document, Map)
    assert [key.value for key, _ in document.entries] == ["{{ name }}", "[a, b]", "- c\n  - d"]
    assert all(key.span.text == key.value for key, _ in document.entries)


def test_duplicate_keys_are_kept_in_order() -> None:
    document = only("a: 1\nb: 2\na: 3\n")
    assert isinstance(document, Map)
    assert [(key.value, plain(value)) for key, value in document.entries] == [("a", 1), ("b", 2), ("a", 3)]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=15,
)


@given(JSON_VALUES, st.sampled_from([None, True, False]), st.sampled_from([10, 80]), st.booleans())
def test_what_pyyaml_dumps_is_read_back(value: Any, flow: bool | None, width: int, unicode: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, width=width, allow_unicode=unicode, sort_keys=False)
    (document,) = assert_laws(text).documents
    assert plain(document) == yaml.safe_load(text)


# Places.


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("k: plain # comment\n", "plain"),
        ("k: 'a' \n", "'a'"),
        ("k: &x 'a'\n", "'a'"),
        ("k: &x\n  # why\n  plain\n", "plain"),
        ("k: !!str &x 12\n", "12"),
        ("k:\n  a: 1\n  b: 2\n\n# end\n", "a: 1\n  b: 2"),
        ("k:\n- a\n- b\n\n", "- a\n- b"),
        ("k: &x\n- a\n- b\n\nl: 1\n", "1"),
        ("k: &x\n- a\n- b\n", "- a\n- b"),
        ("k: &x\n  - a\n  - b\n", "- a\n  - b"),
        ("k: &x\n  a: 1\n", "a: 1"),
        ("k: &x {a: 1}\n", "{a: 1}"),
        ("k: [a, b ] # c\n", "[a, b ]"),
        ("k:\n  - a:\n  -\n\n", "- a:\n  -"),
        ("k: |2- # note\n    a\n\n   b\n\n\n", "|2- # note\n    a\n\n   b"),
        ("k: !!str >+\n  a\n\n\n", ">+\n  a"),
        ("k: |\n\n", "|"),
        ("k: x\n  y\n\n  z # c\n", "x\n  y\n\n  z"),
        ("k: 😀\r\n", "😀"),
    ],
)
def test_a_span_is_the_value_as_written(text: str, written: str) -> None:
    assert value_of(text).span.text == written


def test_the_pair_in_a_list_is_a_map_without_brackets() -> None:
    document = only("[a: b, {c: d}: e, f]")
    assert isinstance(document, Seq)
    assert [item.span.text for item in document.items] == ["a: b", "{c: d}: e", "f"]


def test_a_value_left_out_ends_with_its_key() -> None:
    document = only("? a\n? b # note\n\n")
    assert document.span.text == "? a\n? b"
    assert plain(document) == {"a": None, "b": None}


def test_scalars_without_escapes_need_no_table() -> None:
    for node in walk([only('a: plain words\nb: \'single\'\nc: "double 😀"\n"d": [e, {f: g}]\n')]):
        if isinstance(node, Text):
            assert isinstance(node.mapping, int)
            assert node.source.text.startswith(str(node.value), node.mapping)


def places(node: Text) -> list[tuple[str, str]]:
    return [
        (node.display[segment.start : segment.start + segment.length], segment.span.text) for segment in node.segments()
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (r'"a\nb"', [("a", "a"), ("\n", r"\n"), ("b", "b")]),
        (r'"\x41\u00e9\U0001F600\/"', [("A", r"\x41"), ("é", r"\u00e9"), ("😀", r"\U0001F600"), ("/", r"\/")]),
        ('"a\\\n   b"', [("a", "a"), ("b", "b")]),
        ('"a \\\n\n   b"', [("a ", "a "), ("\n", "\n"), ("b", "b")]),
        ('"a  \n   b"', [("a", "a"), (" ", "\n   "), ("b", "b")]),
        ("'it''s'", [("it", "it"), ("'", "''"), ("s", "s")]),
        ("'a\n\n\n  b'", [("a", "a"), ("\n\n", "\n\n"), ("b", "b")]),
        ("a b\n  c", [("a b", "a b"), (" ", "\n  "), ("c", "c")]),
        ("a\r\n  b", [("a", "a"), (" ", "\r\n  "), ("b", "b")]),
        ("a\n\n  b", [("a", "a"), ("\n", "\n"), ("b", "b")]),
        ("|\n  a\n    b\n\n  c\n", [("a\n", "a\n"), ("  b\n\n", "  b\n\n"), ("c", "c"), ("\n", "")]),
        ("|2-\n    a\n  b", [("  a\n", "  a\n"), ("b", "b")]),
        ("|+\n  a\n\n\n", [("a", "a"), ("\n\n\n", "")]),
        ("|\r\n  a\r\n  b\r\n", [("a", "a"), ("\n", "\r\n"), ("b", "b"), ("\n", "")]),
        (">\n  a\n  b\n", [("a", "a"), (" ", "\n  "), ("b", "b"), ("\n", "")]),
        (">-\n  a\n\n  b\n", [("a", "a"), ("\n", "\n"), ("b", "b")]),
        (">-\n  a\n    b\n  c\n", [("a\n", "a\n"), ("  b\n", "  b\n"), ("c", "c")]),
        (">-\n\n  a\n  \tb\n", [("\n", "\n"), ("a\n", "a\n"), ("\tb", "\tb")]),
        ("'a\u2028  b'", [("a\u2028", "a\u2028"), ("b", "b")]),
        ("'a\x85  b'", [("a", "a"), (" ", "\x85  "), ("b", "b")]),
    ],
)
def test_each_character_leads_back_to_how_it_is_written(written: str, expected: list[tuple[str, str]]) -> None:
    node = text_of(f"k: {written}")
    assert "".join(part for part, _ in expected) == node.value
    assert places(node) == expected


def test_a_character_of_a_block_scalar_is_found_in_the_file() -> None:
    node = text_of('policy: |\n  {\n    "Action": "s3:*"\n  }\n')
    at = node.display.index("s3:*")
    assert node.span_of(at, at + 4).text == "s3:*"


def test_holes_keep_the_way_back() -> None:
    node = text_of("k: >-\n  a\n  ${x}\n").with_holes([(2, 6)])
    (hole,) = node.holes
    assert hole.span.text == "${x}"
    assert_law_of_texts(node)


LINES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["", "", "a", "b c ", " ", "\t", "# x", "é😀"])),
    min_size=1,
    max_size=8,
)


@settings(deadline=None, max_examples=300)
@given(
    before=st.sampled_from(["a: ", "- ", "", "a:\n - ", "!x ", "- &b !!str "]),
    style=st.sampled_from("|>"),
    header=st.sampled_from(["", "-", "+", "1", "2", "2-", "+3", " # note"]),
    lines=LINES,
    line_break=st.sampled_from(["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"]),
    after=st.sampled_from(["", "\nb: c", "...\n"]),
)
def test_block_scalars_map_to_what_is_written(
    before: str, style: str, header: str, lines: list[tuple[int, str]], line_break: str, after: str
) -> None:
    body = "".join(" " * indent + content + line_break for indent, content in lines)
    assert_laws(f"{before}{style}{header}{line_break}{body}{after}")


PIECES = [
    "a",
    "b",
    " ",
    "  ",
    "\n ",
    "\n\n  ",
    " \n\t ",
    "\r\n ",
    "\r ",
    "\x85 ",
    "\u2028 ",
    "\u2029",
    "é😀",
    "''",
    "\\",
]
ESCAPES = ["\\n", "\\\n ", "\\\r\n\n ", '\\"', "\\\\", "\\/", "\\x41", "\\u00e9", "\\U0001F600", "\\\t", "\\ ", "\\N"]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(["a: ", "- ", "", "[", "!x ", "&a ", "? "]),
    st.sampled_from(["", "'", '"']),
    st.lists(st.sampled_from(PIECES + ESCAPES), max_size=12),
    st.sampled_from(["", "\n", "]"]),
)
def test_flow_scalars_map_to_what_is_written(before: str, quote: str, pieces: list[str], after: str) -> None:
    assert_laws(before + quote + "".join(pieces) + quote + after)


# Tags.


def test_a_tag_makes_a_value_unknown() -> None:
    node = value_of("a: &x !Sub  'arn:${A}' # note\n")
    assert isinstance(node, Unknown)
    assert node.span.text == "!Sub  'arn:${A}'"
    assert node.written == "!Sub 'arn:${A}'"
    assert isinstance(node.value, Text)
    assert node.value.value == "arn:${A}"
    assert node.value.span.text == "'arn:${A}'"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!If [a, b, 1]", ["a", "b", 1]),
        ("!If\n  - a\n  - b", ["a", "b"]),
        ("!If\n- a\n- b", ["a", "b"]),
        ("!Transform {Name: x}", {"Name": "x"}),
        ("!Transform\n  Name: x", {"Name": "x"}),
        ("!Ref", ""),
        ("!Ref on", "on"),
        ("!GetAtt a.b", "a.b"),
        ("!<tag:example.com,2000:x> a", "a"),
        ("!!binary aGk=", "aGk="),
        ("!!python/name:os.system ''", ""),
        ("!Sub |\n  a\n  b", "a\nb\n"),
    ],
)
def test_the_value_under_a_tag_is_kept(written: str, value: object) -> None:
    node = value_of(f"a: 1\nk: {written}\n")
    assert isinstance(node, Unknown)
    assert node.value is not None
    assert plain(node.value) == value
    assert node.span.text == written
    assert node.written == " ".join(written.split())


def test_tags_within_tags() -> None:
    node = value_of("a: !Join ['', [!Ref B, !Sub '${C}']]")
    assert plain(node) == ("!Join", ["", [("!Ref", "B"), ("!Sub", "${C}")]])


def test_long_values_are_cut_in_messages() -> None:
    node = value_of(f"a: !Sub '{'x' * 5000}'")
    assert isinstance(node, Unknown)
    assert node.written == f"!Sub '{'x' * 53}…"


# Anchors, aliases and merge keys.


def test_an_alias_is_the_node_that_has_the_anchor() -> None:
    document = only("a: &x {b: 1}\nc: *x\nd: [*x]\n*x : e\n")
    assert isinstance(document, Map)
    assert document.get("c") is document.get("a")
    assert document.entries[3][0].value == "{b: 1}"


def test_an_anchor_can_be_set_anew() -> None:
    assert plain(only("[&a 1, *a, &a 2, *a, &a [&a 3, *a], *a]")) == [1, 1, 2, 2, [3, 3], 3]


def test_anchors_end_with_their_document() -> None:
    parsed = read("&a x\n---\n*a\n")
    assert [problem.fatal for problem in parsed.problems] == [False]
    assert [plain(document) for document in parsed.documents] == ["x", ("*a", None)]


def test_an_alias_inside_its_own_node_is_unknown() -> None:
    assert plain(only("&a [1, *a, {b: *a}]")) == [1, ("*a", None), {"b": ("*a", None)}]


def test_an_alias_without_an_anchor_does_not_stop_reading() -> None:
    parsed = read("Action: *all\nEffect: Allow\n")
    assert plain(parsed.documents[0]) == {"Action": ("*all", None), "Effect": "Allow"}
    (problem,) = parsed.problems
    assert not problem.fatal
    assert problem.span.text == "*all"
    assert problem.message.startswith('"*all" names no anchor above it; put it in quotes')


def test_own_keys_win_over_merged_ones() -> None:
    document = only("- &a {x: 1, y: 1}\n- &b {y: 2, z: 2}\n- {x: 0, <<: [*a, *b], w: 0}\n")
    assert isinstance(document, Seq)
    merged = document.items[2]
    assert isinstance(merged, Map)
    assert [(key.value, plain(value)) for key, value in merged.entries] == [("x", 0), ("w", 0), ("y", 1), ("z", 2)]
    assert merged.span.text == "{x: 0, <<: [*a, *b], w: 0}"


def test_merging_agrees_with_pyyaml() -> None:
    text = "a: &a {k: 1, l: 1, k: 2}\nb: &b {<<: *a, m: 1}\nc:\n  <<: [*b, {l: 3, n: 3}]\n  <<: {o: 1, k: 9}\n  n: 4\n"
    expected = yaml.safe_load(text)
    assert plain(only(text)) == expected


@pytest.mark.parametrize("text", ['{"<<": {a: 1}}', "{<<: 1}", "{<<: [1, {a: 2}]}"])
def test_what_is_no_merge_is_a_key(text: str) -> None:
    document = only(text)
    assert isinstance(document, Map)
    assert [key.value for key, _ in document.entries] == ["<<"]


def expanded(roots: list[Node]) -> tuple[int, int]:
    """How many nodes and levels somebody meets who follows every alias."""
    count = deepest = 0
    waiting = [(node, 1) for node in roots]
    while waiting:
        node, level = waiting.pop()
        count += 1
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in inner(node))
    return count, deepest


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)),
        ("- &a0 [x, x]\n" + "".join(f"- &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 16)) + "---\n") * 50,
        "- &m0 {k: 1}\n" + "".join(f"- &m{i} {{k{i}: 1, <<: *m{i - 1}}}\n" for i in range(1, 3000)),
        "{<<: " * 400 + "{" + ",".join(f"k{i}: 1" for i in range(5000)) + "}" + "}" * 400,
        "- &a0 x\n" + "".join(f"- &a{i} [[[*a{i - 1}]]]\n" for i in range(1, 2000)),
    ],
    ids=["laughs", "laughs in every document", "chain of merges", "nested merges", "deep by aliases"],
)
def test_aliases_cannot_make_a_document_explode(text: str) -> None:
    parsed = read(text)
    assert not parsed.problems
    count, deepest = expanded(parsed.documents)
    assert count <= MAX_ALIASED * 2 + len(text)
    assert deepest <= MAX_DEPTH + 1


# Documents.


def test_every_document_is_read() -> None:
    assert [plain(each) for each in read("---\na\n---\n---\n- b\n...\n# note\n---\nc: 1\n").documents] == [
        "a",
        ["b"],
        {"c": 1},
    ]


@pytest.mark.parametrize("text", ["", "\n", "# note\n", "---\n", "---\n---\n...\n", "\ufeff"])
def test_empty_documents_are_left_out(text: str) -> None:
    parsed = read(text)
    assert parsed.documents == []
    assert parsed.problems == []


@pytest.mark.parametrize("broken", ["b: [", "\tb", "'", "b: c: d", "\x07", "b: \ud800", "&", "[" * 2000, "- a\nb: c"])
def test_documents_above_an_error_are_kept(broken: str) -> None:
    text = f"a: 1\n---\nb\n...\n---\n{broken}\n---\nnever\n"
    parsed = assert_laws(text)
    assert [plain(document) for document in parsed.documents] == [{"a": 1}, "b"]
    (problem,) = parsed.problems
    assert problem.fatal
    assert problem.span.start >= text.index("...")


# Problems.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n»\tb: c\n", "a tab cannot indent YAML; use spaces"),
        ("»\ta: b\n", "a tab cannot indent YAML; use spaces"),
        ("a: b\n»\tc: d\n", "a tab cannot indent YAML; use spaces"),
        ("a: |\n»\tb\n", "a tab cannot indent YAML; use spaces"),
        ("a: »[b, c\n", 'this bracket is never closed; add the closing "]"'),
        ("a: »[b, c\nd: e\n", 'this bracket is never closed; add the closing "]"'),
        ("a: »{b: c\nd: e\n", 'this bracket is never closed; add the closing "}"'),
        ("[a, »[b,\n", 'this bracket is never closed; add the closing "]"'),
        ('["a",\n "b"\n »"c"]', '"," or "]" is missing before this, inside the bracket of line 1'),
        ("{a: b, »]", "a value is missing before this"),
        ("a: »'b\nc: d\n", "this quote is never closed; close it where the value ends"),
        ('a: »"b\n---\nc: d\n', "this quote is never closed; close it where the value ends"),
        ("a: b»: c\n", 'a value with ": " in it must be in quotes'),
        ("a: b\n  c»: d\n", "this key is indented like a part of the value above"),
        ("a:\n  b: 1\n »c: 2\n", "the indentation of this line fits no line above"),
        ("a: b\n»- c\n", 'a "- " cannot stand among the keys of a mapping; indent the list below its key'),
        ("- a\n»b: c\n", 'this line is in the column of a list but does not start with "- "'),
        ("a: 1\n»b\nc: 2\n", 'no ": " follows this key; write "key: value"'),
        ('a: "b" »c\n', "the value ends before this; put the whole value in quotes"),
        ("[a] »b", "the value ends before this; quote the whole value"),
        ("a: »*\n", '"*" starts an alias; put the value in quotes'),
        ("Resource: »*.example.com\n", '"*" starts an alias; put the value in quotes'),
        ("a: »& b\n", '"&" starts an anchor; put the value in quotes'),
        ("a: »@b\n", 'a value cannot start with "@"; put it in quotes'),
        ("a: »%b\n", 'a value cannot start with "%"; put it in quotes'),
        ("a: »`b`\n", 'a value cannot start with "`"; put it in quotes'),
        ("a: [»|\n b]\n", '"|" cannot start a block scalar inside brackets; put the value in quotes'),
        ("a: [»- b]\n", 'a "- " cannot start a list inside brackets'),
        ("a: |»b\n", "the text of a block scalar starts on the line below"),
        ("a: |»0\n", 'the digit after "|" or ">" is from 1 to 9'),
        ('a: "»\\q"\n', "YAML knows no such escape"),
        ('a: "\\x»zz"\n', "this escape lacks hexadecimal digits"),
        ('a: "\\u»d83d\\ude00"\n', "this escape is no whole character"),
        ("a: »!b!c d\n", "no %TAG directive defines the handle of this tag"),
        ("»%YAML 2.0\n---\na\n", "only YAML 1 can be read"),
        ("a:\n  »{% if b %}\n", '"{%" is of a template, not of YAML'),
        ("a: »{{ b }}-c\n", '"{{" is of a template, not of YAML'),
        ("a:\n  »%{ for b in c }\n", '"%{" is of a template, not of YAML'),
        ("😀: »\x01\n", "YAML does not allow the character U+0001; remove it"),
        ("é: 1\r\n\r\nb: »\ud800\n", "YAML does not allow the character U+D800; remove it"),
        ("a: »!<b\n", "YAML cannot be read past this"),
    ],
)
def test_a_problem_says_where_and_what_to_do(text: str, words: str) -> None:
    at = text.index("»")
    problem = problem_of(text.replace("»", ""))
    assert problem.message.startswith(words)
    if words != "YAML cannot be read past this":
        assert (problem.span.start, problem.span.end) == (at, at + 1)
    assert problem.fatal


def test_a_bracket_of_an_embedded_text_has_the_line_of_the_file() -> None:
    outer = text_of("# one\npolicy: |\n  [a\n   b: c]\n")
    (problem,) = parse(Source("policy.yaml", outer.display, within=outer)).problems
    assert problem.message.endswith("inside the bracket of line 3")
    assert problem.span.in_file().text == ":"


def test_an_escape_in_a_tag_can_be_no_character() -> None:
    parsed = read("- a\n- !%ed%a0%80 b\n")
    assert not parsed.documents
    assert [problem.fatal for problem in parsed.problems] == [True]


# Hostile texts.


@pytest.mark.parametrize(
    "text",
    [unit * 100_000 for unit in ("[", "- ", "? ", "{a: ", "{? ", "[{", "? - ", "[\n", "!a [", "&a [")]
    + ["\n".join(" " * i + "a:" for i in range(1000)), "a:\n" + "".join(" " * i + "-\n" for i in range(1000))],
)
def test_deep_nesting_is_a_problem(text: str) -> None:
    parsed = read(text)
    assert parsed.documents == []
    assert [problem.message for problem in parsed.problems] == [
        f"nested more than {MAX_DEPTH} levels deep; lplint reads no further"
    ]


def test_the_deepest_nesting_is_read() -> None:
    assert expanded([only("[" * MAX_DEPTH + "]" * MAX_DEPTH)]) == (MAX_DEPTH, MAX_DEPTH)


@pytest.mark.parametrize(
    "text",
    [
        unit * 100_000
        for unit in ("a: ", "&a ", "!a ", "*a ", "a\n", "\n", "a ", "---\n", '"a" ', "a: |\n", ":", "% ", "'")
    ]
    + ["[" + unit * 50_000 + "]" for unit in ("*a,", "a,", "a: b,", "&a b,", "!a b,", "'',")]
    + [
        "{" + "<<: {}," * 100_000 + "}",
        "{? " * 400 + "a" * 100_000 + "}" * 400,
        "".join(f"{{? &a{i} " for i in range(400)) + "a" * 100_000 + "}" * 400,
    ]
    + ["".join(f"%TAG !a{i}! b\n" for i in range(50_000)) + "--- !a0!b c", "a: |\n b\n" + "\n" * 100_000]
    + ["- &a !b #\n" + "  #\n" * 100_000 + "  c", '"' + "\\\n" * 100_000 + '"', "a: >\n" + " b\n" * 100_000],
)
def test_long_texts_are_read_or_refused(text: str) -> None:
    assert_laws(text)


SPACES = ["\n", "\n  ", "\r\n", "\r", "\x85", "\u2028", "\ufeff", "\t", "  "]
INDICATORS = [
    "- ",
    ": ",
    "? ",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "''",
    "|",
    ">",
    "|2-\n  ",
    ">+\n ",
    "%",
    "@",
    "\\\n",
]
PROPERTIES = ["&a ", "*a ", "!x ", "! ", "!!str ", "!!int ", "!!map ", "<<: ", "---\n", "...\n"]
SOUP = st.lists(
    st.sampled_from([*"ab #\\0~é😀\x00\ud800", "\\x41", *SPACES, *INDICATORS, *PROPERTIES]), max_size=25
).map("".join)


@settings(deadline=None, max_examples=1000)
@given(SOUP)
@example("!x   \n\n\ufeff|2\n")
@example("&b:[")
@example('"\\UFFFFFFFF"')
def test_any_text_is_read_or_refused(text: str) -> None:
    assert_laws(text)


@settings(deadline=None, max_examples=300)
@given(st.text())
def test_any_unicode_is_read_or_refused(text: str) -> None:
    assert_laws(text)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_damaged_template_is_read_or_refused(data: st.DataObject) -> None:
    text = TEMPLATE
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 2, 40]))
        text = text[:start] + data.draw(SOUP) + text[end:]
    assert_laws(text)


# Both of PyYAML's scanners.


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\x85"])
def test_a_template_with_any_line_break(line_break: str) -> None:
    parsed = assert_laws(TEMPLATE.replace("\n", line_break))
    assert not parsed.problems
    assert [plain(document) for document in parsed.documents] == [plain(only(TEMPLATE))]


def outline(parsed: Parsed) -> list[tuple[str, int, int, list[tuple[int, int, int]]]]:
    return [
        (
            f"{type(node).__name__} {plain(node)!r}",
            node.start,
            node.end,
            [(each.start, each.span.start, each.span.end) for each in node.segments()]
            if isinstance(node, Text)
            else [],
        )
        for node in walk(parsed.documents)
    ]


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        TEMPLATE,
        "- &a [x: y]\n- *a\n- ! z\n- {a, b}\n---\n? 1\n",
        "a: 'b\n",
        "a: [b\nc: d\n",
        "a: \x01",
        "b\n---\n\ud800",
    ]
    with_libyaml = [read(text) for text in texts]
    monkeypatch.setattr(lplint.syntax.yaml, "_Loader", yaml.SafeLoader)
    for text, expected in zip(texts, with_libyaml, strict=True):
        got = assert_laws(text)
        assert outline(got) == outline(expected)
        assert [problem.span.start for problem in got.problems] == [problem.span.start for problem in expected.problems]
    assert_laws('"\\UFFFFFFFF"')
    assert_laws("[" * 5000)


# Real files.


def real_files() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*.y*ml") if path.is_file()) if CORPUS.is_dir() else []


def expected_of(node: yaml.Node) -> Any:
    """PyYAML's own node as `plain` would give it."""
    standard = "tag:yaml.org,2002:"
    name = node.tag.removeprefix(standard)
    if name == node.tag or "/" in name:
        is_map, is_seq = isinstance(node, yaml.MappingNode), isinstance(node, yaml.SequenceNode)
        node.tag = standard + ("map" if is_map else "seq" if is_seq else "str")
        return (name if name.startswith("!") else f"!!{name}", expected_of(node))
    if isinstance(node, yaml.MappingNode):
        return {key.value: expected_of(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [expected_of(item) for item in node.value]
    if name in ("int", "float", "bool", "null"):
        return yaml.SafeLoader("").construct_object(node)
    return node.value


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus beside the checkout")
def test_real_files_read_as_pyyaml_reads_them() -> None:
    compared = 0
    for path in real_files():
        text = path.read_bytes().decode("utf-8-sig")
        parsed = read(text)
        try:
            nodes: list[yaml.Node | None] = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
        except yaml.YAMLError:
            assert [problem.fatal for problem in parsed.problems] == [True], path
            continue
        assert not parsed.problems, path
        if "<<:" in text or "{{" in text:
            continue  # merged, and keys that are collections
        expected = [expected_of(node) for node in nodes if node is not None]
        assert [plain(document) for document in parsed.documents] == [each for each in expected if each is not None], (
            path
        )
        compared += 1
    assert compared > 500


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus beside the checkout")
def test_real_files_keep_the_laws() -> None:
    for path in itertools.islice(real_files(), 0, None, 3):
        text = path.read_bytes().decode("utf-8-sig")
        assert_laws(text)
