"""IAM patterns against brute force over a small alphabet."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from lplint.access.patterns import contains, matches, overlaps, remains, surest, widest
from lplint.model.source import Source, Span
from lplint.model.text import Hole, Text

PATTERNS = st.text(alphabet="ab?*", max_size=6)
# "c" is in no pattern: the character that stands for all the others.
WORDS = ["".join(word) for size in range(7) for word in itertools.product("abc", repeat=size)]


def slow(pattern: str, text: str) -> bool:
    """The meaning of a pattern, as plainly as it can be written."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return slow(pattern[1:], text) or (text != "" and slow(pattern, text[1:]))
    return text != "" and pattern[0] in ("?", text[0]) and slow(pattern[1:], text[1:])


@given(PATTERNS, st.text(alphabet="abc", max_size=8))
def test_matches_is_what_the_documentation_says(pattern: str, text: str) -> None:
    assert matches(pattern, text) == slow(pattern, text)


@given(PATTERNS, PATTERNS)
def test_overlap_is_a_common_word(one: str, other: str) -> None:
    # Two patterns of six characters that overlap do so in a word no longer than twelve; six letters suffice for
    # patterns of which one has no star, and a found word always proves an overlap.
    common = any(slow(one, word) and slow(other, word) for word in WORDS)
    if common or (len(one) <= 3 and len(other) <= 3):
        assert overlaps(one, other) == common
    assert overlaps(one, other) == overlaps(other, one)


@given(PATTERNS, PATTERNS)
def test_containment_holds_for_every_word(wide: str, narrow: str) -> None:
    counterexample = any(slow(narrow, word) and not slow(wide, word) for word in WORDS)
    if counterexample:
        assert not contains(wide, narrow)
    elif len(wide) <= 3 and len(narrow) <= 3 and ("?" not in wide or "*" not in wide):
        assert contains(wide, narrow)


@given(PATTERNS, PATTERNS, PATTERNS)
def test_containment_is_transitive_and_implies_overlap(a: str, b: str, c: str) -> None:
    assert contains(a, a)
    if contains(a, b):
        assert overlaps(a, b)
        if contains(b, c):
            assert contains(a, c)


def test_many_stars_take_no_time() -> None:
    stars = "a*" * 2000 + "b"
    assert not matches(stars, "a" * 4000)
    assert not contains(stars, "a" * 4000)
    assert not overlaps("a*" * 300 + "b", "a*" * 300 + "c")


def test_holes_and_variables_stand_for_anything() -> None:
    source = Source("p.json", "")
    text = Text(
        source, 0, 0, None, [], ("arn:aws:s3:::", Hole("${var.b}", Span(source, 0, 0)), "/${aws:username}/x${*}")
    )
    assert widest(text) == "arn:aws:s3:::*/*/x?"


@given(PATTERNS, st.lists(PATTERNS, max_size=3))
def test_what_remains_of_a_pattern_is_a_word_of_it(pattern: str, taken: list[str]) -> None:
    left = any(slow(pattern, word) and not any(slow(one, word) for one in taken) for word in WORDS)
    answer = remains(pattern, taken)
    if left:
        assert answer is not False
    if answer is True and len(pattern) <= 3 and all(len(one) <= 2 for one in taken):
        assert left
    if not taken:
        assert answer is True


def text_of(*parts: str | Hole) -> Text:
    return Text(Source("p.json", ""), 0, 0, None, [], parts)


@given(st.lists(PATTERNS, min_size=2, max_size=3), st.lists(st.text(alphabet="ab", max_size=2), min_size=2, max_size=2))
def test_a_text_covers_at_least_the_surest_and_at_most_the_widest(known: list[str], values: list[str]) -> None:
    source = Source("p.json", "")
    parts: list[str | Hole] = []
    meant = ""
    for number, part in enumerate(known):
        if number:
            parts.append(Hole("${var.x}", Span(source, 0, 0)))
            meant += values[number - 1]
        parts.append(part)
        meant += part
    text = text_of(*parts)
    for word in WORDS[:400]:
        if matches(surest(text), word):
            assert matches(meant, word)
        if matches(meant, word):
            assert matches(widest(text), word)


def test_a_policy_variable_covers_itself_and_nothing_else() -> None:
    mine, other = text_of("home/${aws:username}/*"), text_of("home/${aws:userid}/*")
    assert contains(surest(mine), surest(text_of("home/${aws:UserName}/x")))
    assert contains("home/*", surest(mine))
    assert not contains(surest(mine), surest(other))
    assert not contains(surest(mine), "home/*")
    assert not contains("home/*username*", surest(mine))
    assert surest(text_of("a${$}")) == "a$"
