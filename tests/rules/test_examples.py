"""Every example in rules/ is a test: the carets pin both ends of each finding of its rule, and nothing else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lplint import ruleset, suppress
from lplint.checks import (
    CHECKS,
    IDENTITY_CHECKS,
    ORGANIZATION_CHECKS,
    READING,
    SYNTAX_ERROR,
    UNREAD_TEMPLATE,
)
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Rule, Severity

RULES = Path(__file__).resolve().parents[2] / "rules"
EXTENSIONS = {"json": "json", "jsonc": "jsonc", "yaml": "yaml", "terraform": "tf"}
CARETS = re.compile(r"(?P<before> *)(?P<carets>\^+) (?P<id>LP\d{3}) *")


def examples() -> list[Any]:
    found = []
    for path in sorted(RULES.glob("LP*.toml")):
        rule = tomllib.loads(path.read_text("utf-8"))
        for kind in ("bad", "good"):
            for number, example in enumerate(rule[kind]):
                found.append(
                    pytest.param(rule["id"], kind, example, id=f"{rule['id']}-{kind}-{number}-{example['format']}")
                )
    return found


def expected_of(code: str) -> tuple[str, set[tuple[str, int, int, int]]]:
    """The example without its caret lines, and what they point at: rule, line, and first and last column."""
    lines: list[str] = []
    expected = set()
    for line in code.strip("\n").split("\n"):
        match = CARETS.fullmatch(line)
        if match is None:
            lines.append(line)
        else:
            start = len(match["before"]) + 1
            expected.add((match["id"], len(lines), start, start + len(match["carets"])))
    return "\n".join(lines) + "\n", expected


def input_of(example: dict[str, Any], code: str) -> Input:
    """The example as a file. One that says of what kind it is, or which accounts are trusted, has that by
    configuration, and `…` in one with a stretch stands for so many characters."""
    code = code.replace("…", "x" * example.get("stretch", 1))
    kinds = (("example.*", example["kind"]),) if "kind" in example else ()
    config = Config(policy_types=kinds, trusted_accounts=tuple(example.get("trusted", ())))
    return Input(f"example.{EXTENSIONS[example['format']]}", config, code.encode())


@pytest.mark.parametrize(("rule_id", "kind", "example"), examples())
def test_example(rule_id: str, kind: str, example: dict[str, str]) -> None:
    code, expected = expected_of(example["code"])
    assert bool(expected) == (kind == "bad")
    one = input_of(example, code)
    # What is said of suppressions depends on what the other rules find.
    chosen = ruleset.rules() if rule_id in suppress.RULES else (ruleset.find(rule_id),)
    report = lint([one], lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    found = set()
    for finding in (one for one in report.findings if one.rule.id == rule_id):
        start, end = finding.span.start_position(), finding.span.end_position()
        assert start.line == end.line
        found.add((finding.rule.id, start.line, start.column, end.column))
    assert found == expected
    if rule_id not in (SYNTAX_ERROR, UNREAD_TEMPLATE, *IDENTITY_CHECKS, *ORGANIZATION_CHECKS):
        assert report.policies == 1


@pytest.mark.parametrize(("rule_id", "kind", "example"), examples())
def test_an_example_shows_one_thing(rule_id: str, kind: str, example: dict[str, str]) -> None:
    """A good example is free of errors of every kind, so that people can copy it."""
    if kind == "bad":
        pytest.skip("bad examples may be bad in several ways")
    code, _ = expected_of(example["code"])
    one = input_of(example, code)
    report = lint([one], lambda _: ruleset.rules(), min_severity=Severity.ERROR)
    assert [finding.message for finding in report.findings] == []


def test_the_table_and_the_files_agree() -> None:
    files = {path.stem for path in RULES.glob("LP*.toml")}
    assert files == {rule.id for rule in ruleset.rules()}
    assert files == {*CHECKS, *IDENTITY_CHECKS, *ORGANIZATION_CHECKS, *READING, *suppress.RULES}


@pytest.mark.parametrize("rule", ruleset.rules(), ids=lambda rule: rule.id)
def test_every_rule_has_examples_in_json_and_yaml(rule: Rule) -> None:
    texts = ruleset.texts(rule)
    for examples_ in (texts.bad, texts.good):
        wanted = {"terraform"} if rule.id in (*IDENTITY_CHECKS, *ORGANIZATION_CHECKS) else {"json", "yaml"}
        assert wanted <= {language for language, _ in examples_}
    assert texts.references
