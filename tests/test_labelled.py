"""How lplint agrees with other linters' labelled cases, for the formats it reads and the topics its rules answer."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

HERE = Path(__file__).resolve().parent
LABELLED = HERE.parents[1] / "shared" / "corpus" / "labelled"
TOPICS: dict[str, list[str]] = json.loads((HERE / "labelled_topics.json").read_text("utf-8"))
DISPUTED: dict[str, str] = json.loads((HERE / "labelled_disputed.json").read_text("utf-8"))

FORMATS = ("policy-json", "terraform", "tfplan-json", "cfn-yaml", "cfn-json", "sam-yaml", "sam-json")

pytestmark = pytest.mark.skipif(not LABELLED.is_dir(), reason="the labelled cases are not beside the checkout")


def labels() -> list[dict[str, object]]:
    known = {topic for topics in TOPICS.values() for topic in topics}
    lines = (LABELLED / "labels.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["format"] in FORMATS and row["topic"] in known and not row["needs"]]


def test_agrees_with_97_of_100_labels_and_disputes_the_others_with_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    monkeypatch.chdir(LABELLED)
    inputs = [Input(name, Config()) for name in sorted({str(row["file"]) for row in labels()})]
    report = lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert not report.failures
    for finding in report.findings:
        # What speaks for other rules tells what they would.
        for topic in {topic for rule in (finding.rule.id, *finding.covers) for topic in TOPICS.get(rule, ())}:
            found[finding.span.source.path, topic].append(finding.span.start_position().line)
    score: Counter[tuple[str, bool]] = Counter()
    wrong = []
    for row in labels():
        lines = found[str(row["file"]), str(row["topic"])]
        where = row["range"] or ([row["line"], row["line"]] if row["line"] else None)
        if row["scope"] != "file" and isinstance(where, list):
            lines = [line for line in lines if where[0] <= line <= where[1]]
        right = bool(lines) == (row["expected"] == "fail")
        if row["id"] in DISPUTED:
            assert not right, f"{row['id']} is disputed, but lplint agrees with it now"
            continue
        score[str(row["expected"]), right] += 1
        if not right:
            wrong.append((row["id"], row["file"], row["topic"], row["expected"]))
    for expected in ("fail", "pass"):
        assert score[expected, True] >= 0.97 * (score[expected, True] + score[expected, False]), wrong
    assert wrong == []


def test_a_dispute_is_about_a_label_and_gives_a_reason() -> None:
    assert set(DISPUTED) <= {row["id"] for row in labels()}
    assert all(len(reason.split()) > 8 for reason in DISPUTED.values())
