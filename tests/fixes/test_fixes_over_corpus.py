"""Every safe fix over real files: the finding is gone, no other is new, and a second run has nothing left to do.

The whole corpus is for scripts/fix_corpus.py; here is a part of it.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplint import fixing, ruleset
from lplint.config import Config
from lplint.discover import discover
from lplint.engine import Input, lint
from lplint.extract import EXTENSIONS
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from lplint.model.finding import Report

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CORPUS = SHARED / "corpus"
PARTS = (
    "wild/kubernetes-sigs__aws-load-balancer-controller",
    "wild/RhinoSecurityLabs__cloudgoat/cloudgoat/scenarios/aws/codebuild_secrets",
    "labelled/BishopFox__iam-vulnerable",
    "labelled/bridgecrewio__checkov/tests/cloudformation",
)

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus is not beside the checkout")


def _lint(inputs: list[Input]) -> Report:
    return lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE)


def _by_rule(report: Report) -> Counter[tuple[str, str]]:
    return Counter((finding.span.source.path, finding.rule.id) for finding in report.findings)


@pytest.mark.parametrize("part", PARTS)
def test_safe_fixes_over_real_files(part: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(CORPUS / part, folder)
    candidates, _ = discover([str(folder)], lambda _: Config(), EXTENSIONS)
    inputs = [Input(one.path, Config()) for one in candidates]
    before = _lint(inputs)
    made = fixing.fix(before, inputs, lambda _: ruleset.rules(), unsafe=False)
    assert len(made.applied) > 0
    fixing.write(made)
    assert made.failures == []
    after = _lint(inputs)
    # What is fixed is gone; what hung on it may be gone too, and nothing is new.
    fixed = Counter((finding.span.source.path, finding.rule.id) for finding in made.applied)
    was, now = _by_rule(before), _by_rule(after)
    assert all(now[key] <= was[key] - count for key, count in fixed.items())
    assert not now - was
    assert [failure.message for failure in after.failures] == [failure.message for failure in before.failures]
    for path in made.changed:
        if path.endswith(".json"):
            json.loads(Path(path).read_text("utf-8-sig"))
    assert fixing.fix(after, inputs, lambda _: ruleset.rules(), unsafe=False).changed == {}
