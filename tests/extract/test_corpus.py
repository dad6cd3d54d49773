"""The laws of places and the search for policies, over real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lplint.config import Config
from lplint.engine import Input, ModuleFiles, policies_of, units
from lplint.extract import extract
from lplint.model.node import Map, Seq
from lplint.model.source import Source
from lplint.model.text import Text

if TYPE_CHECKING:
    from lplint.model.finding import Failure
    from lplint.model.node import Node

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
MANAGED = SHARED / "corpus" / "aws-managed"
WILD = SHARED / "corpus" / "wild"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus is not beside the checkout")


def test_every_text_of_the_managed_policies_is_where_its_span_says() -> None:
    count = 0
    for path in sorted(MANAGED.glob("*.json")):
        source = Source(path.name, path.read_text("utf-8-sig"))
        found = extract(source)
        assert [problem.message for problem in found.problems] == []
        (policy,) = found.policies
        todo: list[Node] = [policy.node]
        while todo:
            node = todo.pop()
            if isinstance(node, Map):
                for key, value in node.entries:
                    todo += [key, value]
            elif isinstance(node, Seq):
                todo += node.items
            elif isinstance(node, Text):
                span = node.span.in_file()
                assert json.loads(span.text) == node.value
                assert not node.value or node.span_of(0, len(node.value)).text == node.value or "\\" in span.text
                count += 1
    assert count > 100_000


def test_the_documents_that_an_independent_reader_found_are_found() -> None:
    rows = [json.loads(line) for line in (WILD / "policies.jsonl").read_text("utf-8").splitlines()]
    missed = []
    for row in rows:
        if not row["format"].startswith("policy-"):
            continue
        source = Source(row["file"], (WILD / row["file"]).read_bytes().decode("utf-8-sig"))
        lines = {policy.span.in_file().start_position().line for policy in extract(source).policies}
        if row["line"] not in lines:
            missed.append((row["file"], row["line"], lines))
    assert missed == []


# Found by the independent reader, and no policy of IAM.
NOT_FOUND = {
    "bridgecrewio__terragoat/terraform/alicloud/trail.tf": "a policy of Alibaba Cloud",
    "terraform-aws-modules__terraform-aws-sns/examples/complete/main.tf": "a data protection policy of Amazon SNS",
}


def test_the_terraform_policies_that_an_independent_reader_found_are_found() -> None:
    rows = [json.loads(line) for line in (WILD / "policies.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["format"] == "terraform"]
    folders = sorted({(WILD / row["file"]).parent for row in rows})
    inputs = [Input(str(path), Config()) for folder in folders for path in sorted(folder.glob("*.tf"))]
    failures: list[Failure] = []
    modules = ModuleFiles()
    found: dict[str, list[tuple[int, int]]] = {}
    for unit in units(inputs):
        for _, one in policies_of(unit, modules, failures):
            for policy in one.policies:
                span = policy.span.in_file()
                lines = (span.start_position().line, span.end_position().line)
                found.setdefault(span.source.path, []).append(lines)
    assert failures == []
    missed = [
        row["file"]
        for row in rows
        if not any(first - 2 <= row["line"] <= last for first, last in found.get(str(WILD / row["file"]), ()))
    ]
    assert sorted(missed) == sorted(NOT_FOUND)


# The same, in templates.
NO_POLICIES = {"widdix__aws-cf-templates/security/waf.yaml": "a rule of WAF"}


def test_the_policies_of_templates_that_an_independent_reader_found_are_found() -> None:
    rows = [json.loads(line) for line in (WILD / "policies.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["format"] in ("CFN-yaml", "CFN-json", "SAM-yaml")]
    found: dict[str, list[tuple[int, int]]] = {}
    for name in sorted({row["file"] for row in rows}):
        source = Source(name, (WILD / name).read_bytes().decode("utf-8-sig"))
        spans = [policy.span.in_file() for policy in extract(source).policies]
        found[name] = [(span.start_position().line, span.end_position().line) for span in spans]
    # A statement without a document around it begins where its key does.
    missed = [
        row["file"]
        for row in rows
        if not any(
            first - 2 <= line <= last
            for first, last in found[row["file"]]
            for line in (row["line"], row["statement_key_line"])
        )
    ]
    assert len(rows) > 1000
    assert missed == list(NO_POLICIES)


def test_templates_with_rules_of_waf_hold_no_policy_where_those_stand() -> None:
    count = 0
    for path in sorted(WILD.rglob("*")):
        if path.suffix not in (".yaml", ".yml", ".json", ".template") or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        if "AWS::WAFv2::" not in text:
            continue
        count += 1
        for policy in extract(Source(path.name, text)).policies:
            assert policy.statements == () or any(one.effect is not None for one in policy.statements), path
            assert ".Rules[" not in str(policy.origin), path
    assert count > 5
