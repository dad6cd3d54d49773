"""Nothing that a file says reaches a reader unseen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint.reporters.safe import cut, encodable, visible

ANY_TEXT = st.text(st.characters(codec=None, categories=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("s3:GetObject", "s3:GetObject"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\nb\tc\0", r"a\r\nb\tc\x00"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eteG\u202c \u2066x\u2069", r"\u202eteG\u202c \u2066x\u2069"),
        ("s3:\u200bGet\u00adObject\ufeff", r"s3:\u200bGet\xadObject\ufeff"),
        ("s3:\u3164Get\ufe0f\U000e0101", r"s3:\u3164Get\ufe0f\U000e0101"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("no\u00a0break", r"no\xa0break"),
        ("\ud800", r"\ud800"),
        ("Überwachung 日本 \U0001f600 e\u0301", "Überwachung 日本 \U0001f600 e\u0301"),
    ],
)
def test_what_would_not_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_what_is_shown_has_no_control_format_surrogate_or_line_separator(text: str) -> None:
    assert not {unicodedata.category(character) for character in visible(text)} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(ANY_TEXT)
def test_encodable_text_can_be_encoded_and_keeps_its_length(text: str) -> None:
    encodable(text).encode()
    assert len(encodable(text)) == len(text)


def test_a_cut_text_is_no_longer_than_the_limit() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde…"
    assert cut("abcd efg", 6) == "abcd…"
