"""Fingerprints are the ones that GitHub computes itself."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint.model.source import Source
from lplint.reporters.fingerprint import line_hashes

if TYPE_CHECKING:
    from collections.abc import Callable

ORACLE = Path(__file__).resolve().parents[2].parent / "shared" / "sarif" / "ghfp.py"

END = "c129715d7a2bc9a3:1"
GREETINGS = [
    "e9496ae3ebfced30:1",
    "fb7c023a8b9ccb3f:1",
    "ce8ba1a563dcdaca:1",
    "e20e36e16fcb0cc8:1",
    "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1",
    END,
]
# Source: github/codeql-action, src/fingerprints.test.ts, test "hash".
VECTORS = [
    ("", [END]),
    (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
    (
        " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
        [
            "8b7cf3e952e7aeb2:1",
            "b1ae1287ec4718d9:1",
            "bff680108adb0fcc:1",
            "c6805c5e1288b612:1",
            "b86d3392aea1be30:1",
            "e6ceba753e1a442:1",
        ],
    ),
    (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETINGS),
    (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETINGS),
    (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETINGS),
    (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS),
    (
        "Lorem ipsum dolor sit amet.\n" * 10,
        [
            *(f"a7f2ff13bc495cf2:{count}" for count in range(1, 7)),
            "a7f2ff1481e87703:1",
            "a9cf91f7bbf1862b:1",
            "55ec222b86bcae53:1",
            "cc97dc7b1d7d8f7b:1",
            END,
        ],
    ),
]

LINES = st.text(st.sampled_from("ab \t\r\n\0\ufeff\uffff\U0001f600"), max_size=300)


@pytest.mark.parametrize(("text", "hashes"), VECTORS)
def test_known_hashes(text: str, hashes: list[str]) -> None:
    assert line_hashes(text, range(1, len(hashes) + 1)) == dict(enumerate(hashes, 1))


def test_only_the_lines_asked_for_are_hashed_but_all_before_them_are_counted() -> None:
    assert line_hashes("Lorem ipsum dolor sit amet.\n" * 10, {5}) == {5: "a7f2ff13bc495cf2:5"}
    assert line_hashes("Lorem ipsum dolor sit amet.\n" * 10, ()) == {}


def test_a_byte_order_mark_is_hashed_with_the_first_line() -> None:
    assert line_hashes("{\n}\n", (1, 2), bom=True) == line_hashes("\ufeff{\n}\n", (1, 2))
    assert line_hashes("{\n}\n", (1,), bom=True) != line_hashes("{\n}\n", (1,))


def test_a_character_beyond_the_basic_plane_is_two_code_units() -> None:
    assert line_hashes("\U0001f600x\ny", (1, 2)) == line_hashes("\ud83d\ude00x\ny", (1, 2))


@given(LINES)
def test_every_line_of_a_source_has_a_hash(text: str) -> None:
    numbers = range(1, len(Source("x", text).line_starts()) + 1)
    assert line_hashes(text, numbers).keys() == set(numbers)


@pytest.fixture(scope="module")
def oracle() -> Callable[[str], dict[int, str]]:
    if not ORACLE.exists():
        pytest.skip("no second implementation to compare with")
    spec = importlib.util.spec_from_file_location("ghfp", ORACLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hashes: Callable[[str], dict[int, str]] = module.line_hashes
    return hashes


@given(LINES)
def test_hashes_are_those_of_a_rolling_window(oracle: Callable[[str], dict[int, str]], text: str) -> None:
    numbers = range(1, len(Source("x", text).line_starts()) + 1)
    assert line_hashes(text, numbers) == oracle(text)
