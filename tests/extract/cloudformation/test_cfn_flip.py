"""The tree that lplint reads of templates against the one that cfn-flip reads."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"
# Of the corpus, every so many templates: `scripts/compare_cfn_flip.py` takes them all.
EVERY = 40

SAMPLES = {
    "tags": """\
AWSTemplateFormatVersion: 2010-09-09
Resources:
  A:
    Type: AWS::S3::Bucket
    Condition: C
    Properties:
      One: !Ref B
      Two: [!GetAtt B.Arn.x, !GetAtt [B, Arn], !Sub "${B}-c", !Sub ["${D}", {D: !Ref E}], !Condition C]
      Three: !If [C, !Join ["", [a, 1, true, ~, 2.5, 0777]], {Ref: AWS::NoValue}]
      Four: !Base64
        Fn::Sub: |
          #!/bin/sh
            echo ${B} > x
      Five: {Fn::GetAtt: [B, Arn], Version: 2012-10-17}
      Six: !Select [0, !GetAZs ""]
      Seven: !FindInMap [M, !Ref AWS::Region, 1]
      Eight: >-
        folded
        text
Mappings: {M: {us-east-1: {1: "a", no: 'b'}}}
Conditions: {C: !Equals [!Ref AWS::Region, us-east-1]}
""",
    "json": '{"Resources": {"A": {"Type": "A::B::C", "P": [1, -2.5e3, true, null, "\\u00e4\\n"], "P2": {}}}}',
    "the last of two equal keys counts": "Resources: {A: {Type: 'A::B'}, C: 1, A: {Type: 'D::E'}}\n",
    "aliases": "Resources:\n  A: &a {Type: 'A::B', P: &p !Ref X}\n  C: *a\n  D: *p\n",
}


def script() -> Any:
    spec = importlib.util.spec_from_file_location("compare_cfn_flip", ROOT / "scripts" / "compare_cfn_flip.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SAMPLES)
def test_the_trees_of_a_sample_are_equal(name: str) -> None:
    assert script().compare(SAMPLES[name]) == ("equal", [])


def test_a_difference_is_told() -> None:
    found = script().differences({"a": [1, {"b": "c"}], "d": 1}, {"a": [1, {"b": "x"}], "e": 1})
    assert list(found) == [".a[1].b: 'c' here and 'x' there", ": key 1 is 'd' here and 'e' there"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the checkout")
def test_the_trees_of_real_templates_are_equal() -> None:
    module = script()
    folder = CORPUS / "wild" / "aws-cloudformation__aws-cloudformation-templates"
    answers = [
        (path.name, *module.compare(text))
        for number, (path, text) in enumerate(module.templates([folder]))
        if number % EVERY == 0
    ]
    assert len(answers) > 5
    assert [one for one in answers if one[1] != "equal"] == []
