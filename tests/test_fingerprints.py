"""Fingerprints: what edits a finding is known through, and by which it becomes another one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from lplint.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEMPLATE = """\
Resources:
  Role:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Sid: Read
            Effect: Allow
            Action: [s3:GetTypo, s3:GetObject]
            Resource: arn:aws:s3:::b/*
          - Effect: Allow
            Action:
              - ec2:TerminateInstances
              - sqs:SendTypo
            Resource: "*"
"""
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:GetTypo", "s3:GetObject"],
                "Resource": "arn:aws:s3:::b/*",
            },
            {"Effect": "Allow", "Action": ["ec2:TerminateInstances", "sqs:SendTypo"], "Resource": "*"},
        ],
    },
    indent=2,
)
STATEMENTS = TEMPLATE.index("          - Sid"), TEMPLATE.index("          - Effect")


def swapped(text: str) -> str:
    """The two statements the other way round."""
    first, second = STATEMENTS
    return text[:first] + text[second:] + text[first:second]


EDITS: dict[str, Callable[[str], str]] = {
    "lines above": lambda text: "# a comment\n\n" + text,
    "a resource above": lambda text: text.replace("Resources:\n", "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "statements moved": swapped,
    "an action added": lambda text: text.replace("s3:GetObject]", "s3:GetObject, s3:PutObject]"),
    "an action added before": lambda text: text.replace("[s3:GetTypo", "[s3:PutObject, s3:GetTypo"),
    "a condition added": lambda text: text.replace(
        "arn:aws:s3:::b/*\n", "arn:aws:s3:::b/*\n            Condition: {Bool: {aws:SecureTransport: 'true'}}\n"
    ),
    "a statement between": lambda text: text.replace(
        "          - Effect", "          - {Effect: Deny, Action: 's3:*', Resource: '*'}\n          - Effect"
    ),
    "a list in lines": lambda text: text.replace(
        "[s3:GetTypo, s3:GetObject]", "\n              - s3:GetTypo\n              - s3:GetObject"
    ),
    "quotes": lambda text: text.replace("s3:GetTypo", '"s3:GetTypo"'),
    "a comment behind": lambda text: text.replace("sqs:SendTypo", "sqs:SendTypo # really"),
}


@pytest.fixture
def prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], dict[str, str]]:
    """The fingerprints of the findings of a file, by their words."""

    def run(name: str, text: str) -> dict[str, str]:
        monkeypatch.chdir(tmp_path)
        (tmp_path / name).write_bytes(text.encode())
        main([name, "--select", "LP101,LP203", "--format", "sarif", "--min-severity", "note"])
        results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        return {one["message"]["text"].split(";")[0]: one["partialFingerprints"]["lplint/v1"] for one in results}

    return run


@pytest.mark.parametrize("edit", EDITS)
def test_a_finding_is_known_after_an_edit_around_it(prints: Callable[[str, str], dict[str, str]], edit: str) -> None:
    before, after = prints("t.yaml", TEMPLATE), prints("t.yaml", EDITS[edit](TEMPLATE))
    assert len(before) == 3
    assert EDITS[edit](TEMPLATE) != TEMPLATE
    assert after == before


@pytest.mark.parametrize("indent", [1, 4, "\t"])
def test_a_finding_is_known_after_another_indentation(
    prints: Callable[[str, str], dict[str, str]], indent: int | str | None
) -> None:
    before = prints("a.json", POLICY)
    assert len(before) == 3
    assert prints("a.json", json.dumps(json.loads(POLICY), indent=indent)) == before


def test_another_finding_has_another_fingerprint(prints: Callable[[str, str], dict[str, str]]) -> None:
    before = prints("t.yaml", TEMPLATE)
    assert len(set(before.values())) == 3
    renamed = prints("t.yaml", TEMPLATE.replace("  Role:", "  Other:"))
    assert not set(before.values()) & set(renamed.values())
    other_sid = prints("t.yaml", TEMPLATE.replace("Sid: Read", "Sid: Get"))
    assert len(set(before.values()) & set(other_sid.values())) == 2


def test_what_is_alike_in_all_is_counted(prints: Callable[[str, str], dict[str, str]]) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetTypo", "Resource": "arn:aws:s3:::b/*"}
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [statement, {**statement, "Action": "s3:GetTypo"}]}, indent=1
    )
    name = "a.json"
    made = prints(name, text)
    assert [one.rpartition(":")[2] for one in made.values()] == ["2"]  # by its words there is one; it is the last
