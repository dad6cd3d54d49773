"""Every check of IAM Access Analyzer has a rule, or a reason why it has none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lplint import ruleset

ROOT = Path(__file__).resolve().parents[2]
CHECKS = json.loads((ROOT / "rules" / "access-analyzer.json").read_text("utf-8"))
PUBLISHED = ROOT.parent / "shared" / "data" / "access_analyzer_checks.json"


def test_every_code_has_a_rule_or_a_reason() -> None:
    answered = {code for rule in ruleset.rules() for code in rule.access_analyzer}
    assert len(CHECKS["checks"]) == 160
    assert answered | set(CHECKS["undecided"]) == set(CHECKS["checks"])
    assert answered.isdisjoint(CHECKS["undecided"])
    assert all(len(reason.split()) > 8 for reason in CHECKS["undecided"].values())


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="AWS's list is not beside the checkout")
def test_the_codes_are_those_that_aws_documents() -> None:
    assert {one["code"] for one in json.loads(PUBLISHED.read_text("utf-8"))} == set(CHECKS["checks"])


def test_an_error_of_aws_is_an_error_or_says_why_not() -> None:
    """What AWS calls an error is one here too. Of one code's facts the catalogue may not know all."""
    by_code: dict[str, set[str]] = {}
    for rule in ruleset.rules():
        for code in rule.access_analyzer:
            by_code.setdefault(code, set()).add(rule.severity.label)
    errors = {code for code, (kind, _) in CHECKS["checks"].items() if kind == "error" and code in by_code}
    assert {code for code in errors if "error" not in by_code[code]} == {
        "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
    }
    suggestions = {code for code, (kind, _) in CHECKS["checks"].items() if kind == "suggestion" and code in by_code}
    assert {code for code in suggestions if by_code[code] - {"note"}} == {
        "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "CONFIRM_AUDIENCE_CLAIM_TYPE",
    }
