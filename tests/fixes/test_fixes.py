"""What fixes make of files, character for character, in every syntax; and what they leave alone."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import pytest

from lplint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

POLICY = '{"Version": "2012-10-17", "Statement": [%s]}\n'


def _fixed(folder: Path, name: str, text: str, *options: str) -> str:
    """The text of a file after --fix; fixing it again changes nothing."""
    path = folder / name
    path.write_bytes(text.encode())
    assert main(["--fix", "--format", "json", *options, str(folder)]) in (0, 1)
    once = path.read_bytes().decode()
    assert main(["--diff", *options, str(folder)]) == 0
    return once


def _cut(text: str) -> tuple[str, str]:
    """A text with lines that are to go (-) and to come (+), before and after."""
    before, after = [], []
    for line in textwrap.dedent(text).lstrip("\n").splitlines(keepends=True):
        if line[0] != "+":
            before.append(line[1:])
        if line[0] != "-":
            after.append(line[1:])
    return "".join(before), "".join(after)


CASES = {
    "json-list-last.json": """
         {
           "Version": "2012-10-17",
           "Statement": [
             {
               "Effect": "Allow",
               "Action": [
        -        "s3:GetObject",
        +        "s3:GetObject"
        -        "s3:getobject"
               ],
               "Resource": "arn:aws:s3:::b/*"
             }
           ]
         }
        """,
    "json-list-middle.jsonc": """
         {
           "Version": "2012-10-17",
           "Statement": [{
             "Effect": "Allow",
             "Action": [
               "s3:GetObject", // first
        -      "s3:GetObject", // the same, again
               "s3:PutObject"
             ],
             "Resource": "arn:aws:s3:::b/*"
           }]
         }
        """,
    "json-list-inline.json": """
         {
           "Version": "2012-10-17",
        -  "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:getobject", "s3:PutObject", "s3:putobject"],
        +  "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"],
             "Resource": "arn:aws:s3:::b/*"}]
         }
        """,
    "json-statement.json": """
         {
           "Version": "2012-10-17",
           "Statement": [
             {
               "Effect": "Allow",
               "Action": "s3:GetObject",
               "Resource": "arn:aws:s3:::b/*"
        -    },
        -    {
        -      "Effect": "Allow",
        -      "Action": "s3:GetObject",
        -      "Resource": "arn:aws:s3:::b/x"
             }
           ]
         }
        """,
    "json-names.json": """
         {
        +  "Version": "2012-10-17",
           "Statement": [
             {
               "Sid": "Read",
        -      "effect": "allow",
        +      "Effect": "Allow",
               "Action": "s3:GetObject",
        -      "Resource": "arn:aws:s3:::b/x",
        +      "Resource": "arn:aws:s3:::b/x"
             },
             {
        -      "Sid": "Read",
        +      "Sid": "Read2",
               "Effect": "Allow",
               "Action": "s3:PutObject",
               "Resource": "arn:aws:s3:::b/y",
               "Condition": {
        -        "IpAddress": {"aws:SourceIp": ["203.0.113.9/24", "10.0.0.0/8"]},
        +        "IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]},
        -        "StringEquals": {"aws:Arn": "arn:aws:iam::123456789012:role/x"}
        +        "StringEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/x"}
               }
             }
           ]
         }
        """,
    "yaml-types.yaml": """
         Version: "2012-10-17"
         Statement:
           - Effect: Allow
             Action: s3:GetObject
             Resource: arn:aws:s3:::b/x/*
             Condition:
               StringEquals:
        -        aws:ResourceTag/level: ["low", 1]
        +        aws:ResourceTag/level: ["low", "1"]
        """,
    "json-null.json": """
         {
           "Version": "2012-10-17",
           "Statement": [{
             "Effect": "Deny",
             "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::b/*",
        -    "Condition": {"StringNotLike": {"aws:PrincipalTag/team": "*"}}
        +    "Condition": {"Null": {"aws:PrincipalTag/team": "true"}}
           }]
         }
        """,
    "yaml-block.yaml": """
         Version: 2012-10-17
         Statement:
           # about reading
        -  - Sid: ""
        -    Effect: allow   # not yet
        +  - Effect: Allow   # not yet
             Action:
               - s3:GetObject   # stays
        -      - 's3:getobject' # goes
               - "s3:PutObject"
             Resource: arn:aws:s3:::b/x
        """,
    "yaml-flow.yaml": """
         Version: "2012-10-17"
         Statement:
           - Effect: Allow
        -    Action: [s3:GetObject, s3:getobject, s3:PutObject]
        +    Action: [s3:GetObject, s3:PutObject]
             Resource: [arn:aws:s3:::b/*,
        -      arn:aws:s3:::b/x,
               arn:aws:s3:::c/*]
        """,
    "yaml-statement.yaml": """
         Version: "2012-10-17"
         Statement:
           - Effect: Allow
             Action: s3:GetObject
             Resource: arn:aws:s3:::b/*
        -  - Effect: Allow
        -    Action: s3:GetObject
        -    Resource: arn:aws:s3:::b/x
           - Effect: Allow
             Action: s3:PutObject
             Resource: arn:aws:s3:::b/y
        """,
    "template.yaml": """
         Resources:
           Policy:
             Type: AWS::IAM::ManagedPolicy
             Properties:
               PolicyDocument:
        +        Version: "2012-10-17"
                 Statement:
                   - Effect: Allow
                     Action: s3:GetObject
                     Resource:
                       - arn:aws:s3:::b/*
        -              - arn:aws:s3:::b/x
           Literal:
             Type: AWS::SSM::Parameter
             Properties:
               Type: String
               Value: |
                 {
                   "Version": "2012-10-17",
                   "Statement": [{
                     "Effect": "Allow",
                     "Action": [
        -              "s3:GetObject",
        +              "s3:GetObject"
        -              "s3:getobject"
                     ],
                     "Resource": "arn:aws:s3:::b/*"
                   }]
                 }
        """,
    "main.tf": """
         resource "aws_iam_policy" "encoded" {
           policy = jsonencode({
             Version = "2012-10-17"
             Statement = [
               {
                 Effect   = "Allow"
                 Action   = [
                   "s3:GetObject",
        -          "s3:getobject", # again
                   var.action,
                 ]
                 Resource = "arn:aws:s3:::b/*"
               },
             ]
           })
         }

         resource "aws_iam_policy" "heredoc" {
           policy = <<-EOF
             {
        +      "Version": "2012-10-17",
               "Statement": [{
                 "Effect": "Allow",
                 "Action": [
                   "s3:GetObject",
        -          "s3:getobject",
                   "s3:PutObject"
                 ],
                 "Resource": "arn:aws:s3:::b/*"
               }]
             }
           EOF
         }

         data "aws_iam_policy_document" "blocks" {
           statement {
             sid       = "One"
        -    actions   = ["s3:GetObject", "s3:GetObject", var.action]
        +    actions   = ["s3:GetObject", var.action]
             resources = ["arn:aws:s3:::b/*"]
           }

           statement {
             sid       = "Tagged"
             actions   = ["s3:PutObject"]
             resources = ["arn:aws:s3:::c/x/*"]

             condition {
        -      test     = "StringLike"
        +      test     = "Null"
               variable = "aws:PrincipalTag/team"
        -      values   = ["*"]
        +      values   = ["false"]
             }
           }

           statement {
             sid       = "Two"
             actions   = ["s3:PutObject"]
             resources = ["arn:aws:s3:::b/y"]
           }
        -
        -  statement {
        -    sid       = "Three"
        -    actions   = ["s3:PutObject"]
        -    resources = ["arn:aws:s3:::b/y"]
        -  }
         }

         resource "aws_iam_policy" "blocks" {
           policy = data.aws_iam_policy_document.blocks.json
         }
        """,
}


@pytest.mark.parametrize("name", CASES)
def test_safe_fixes(name: str, tmp_path: Path) -> None:
    before, after = _cut(CASES[name])
    assert _fixed(tmp_path, name, before) == after


def test_the_layers_around_a_policy_keep_their_escapes(tmp_path: Path) -> None:
    statement = '"Statement": [{"Effect": "Allow", "Action": [%s], "Resource": "arn:aws:s3:::b/*"}]}'
    policy = "{" + statement % '"s3:GetObject", "s3:getobject"'
    mended = '{"Version": "2012-10-17", ' + statement % '"s3:GetObject"'
    for name, pattern, written in (
        ("a.json", '{"x": %s}\n', json.dumps),
        ("b.yaml", "x: '%s'\n", str),
        ("c.yaml", "x: %s\n", json.dumps),
    ):
        assert _fixed(tmp_path, name, pattern % written(policy)) == pattern % written(mended)
        (tmp_path / name).unlink()


@pytest.mark.parametrize("name", ["json-names.json", "template.yaml", "main.tf"])
def test_line_breaks_and_the_byte_order_mark_stay(name: str, tmp_path: Path) -> None:
    before, after = (text.replace("\n", "\r\n") for text in _cut(CASES[name]))
    assert _fixed(tmp_path, name, "\ufeff" + before) == "\ufeff" + after


SHARED = {
    "a local that two policies use": """
        locals {
          actions = ["s3:GetObject", "s3:getobject"]
        }
        resource "aws_iam_policy" "one" {
          policy = jsonencode({
            Version   = "2012-10-17"
            Statement = [{ Effect = "Allow", Action = local.actions, Resource = "arn:aws:s3:::b/*" }]
          })
        }
        """,
    "a document that is made more than once": """
        data "aws_iam_policy_document" "each" {
          for_each = toset(["a", "b"])
          statement {
            actions   = ["s3:GetObject", "s3:PutObject", each.value == "a" ? "s3:GetObject" : "s3:putobject"]
            resources = ["arn:aws:s3:::b/*"]
          }
        }
        """,
    "the default of a variable": """
        variable "actions" {
          default = ["s3:GetObject", "s3:getobject"]
        }
        data "aws_iam_policy_document" "one" {
          statement {
            actions   = var.actions
            resources = ["arn:aws:s3:::b/*"]
          }
        }
        """,
}


@pytest.mark.parametrize("name", SHARED)
def test_what_others_may_use_is_left_alone(name: str, tmp_path: Path) -> None:
    text = textwrap.dedent(SHARED[name])
    assert _fixed(tmp_path, "main.tf", text) == text


def test_an_alias_of_yaml_is_left_alone(tmp_path: Path) -> None:
    text = textwrap.dedent(
        """
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: &actions
              - s3:GetObject
              - s3:getobject
            Resource: arn:aws:s3:::b/*
          - Effect: Deny
            Action: *actions
            Resource: arn:aws:s3:::c/*
        """
    )
    assert _fixed(tmp_path, "a.yaml", text) == text


def test_a_list_that_two_policies_share_is_left_alone(tmp_path: Path) -> None:
    text = textwrap.dedent(
        """
        Resources:
          One:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Version: "2012-10-17"
                Statement:
                  - Effect: Allow
                    Action: &actions
                      - s3:GetObject
                      - s3:getobject
                    Resource: arn:aws:s3:::b/x/*
          Two:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Version: "2012-10-17"
                Statement:
                  - Effect: Allow
                    Action: *actions
                    Resource: arn:aws:s3:::c/x/*
        """
    )
    assert _fixed(tmp_path, "a.yaml", text) == text


def test_a_single_action_that_is_retired_stays(tmp_path: Path) -> None:
    # Without it the statement would have no Action at all.
    text = POLICY % '{"Effect": "Allow", "Action": "trustedadvisor:GetEngagement", "Resource": "*"}'
    assert _fixed(tmp_path, "a.json", text, "--select", "LP110") == text


def test_of_statements_that_cover_one_another_something_always_stays(tmp_path: Path) -> None:
    # The second action of the first statement rests on the third statement, which rests on the first.
    statements = [["s3:GetObject", "s3:PutObject"], ["s3:GetObject"], ["s3:PutObject"], ["s3:putobject"]]
    text = POLICY % ",\n".join(
        json.dumps({"Effect": "Allow", "Action": actions, "Resource": "arn:aws:s3:::b/*"}) for actions in statements
    )
    left = json.loads(_fixed(tmp_path, "a.json", text))
    allowed = [action.lower() for one in left["Statement"] for action in one["Action"]]
    assert sorted(allowed) == ["s3:getobject", "s3:putobject"]


def test_a_version_is_safe_only_where_nothing_becomes_a_variable(tmp_path: Path) -> None:
    text = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/%s/*"}]}\n'
    plain, variable = text % "x", text % "${aws:username}"
    assert _fixed(tmp_path, "a.json", plain).startswith('{"Version": "2012-10-17", "Statement"')
    assert _fixed(tmp_path, "a.json", variable) == variable
    assert _fixed(tmp_path, "a.json", variable, "--unsafe-fixes").startswith('{"Version": "2012-10-17", "Statement"')


def test_a_fix_that_would_make_another_finding_is_not_kept(tmp_path: Path) -> None:
    # The Sid without its blank is that of the other statement.
    statement = '{"Sid": "%s", "Effect": "Allow", "Action": "s3:%s", "Resource": "arn:aws:s3:::b/*"}'
    text = POLICY % ", ".join((statement % ("Read", "GetObject"), statement % ("Re ad", "PutObject")))
    assert _fixed(tmp_path, "a.json", text) == text


def test_what_is_accepted_is_not_fixed(tmp_path: Path) -> None:
    text = textwrap.dedent(
        """
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - s3:GetObject
              - s3:getobject # lplint: ignore[LP714] for the old console
            Resource: arn:aws:s3:::b/*
        """
    )
    assert _fixed(tmp_path, "a.yaml", text) == text


UNSAFE = {
    "source-account.yaml": """
         Resources:
           Policy:
             Type: AWS::SNS::TopicPolicy
             Properties:
               Topics: [!Ref Topic]
               PolicyDocument:
                 Version: "2012-10-17"
                 Statement:
                   - Effect: Allow
                     Principal:
                       Service: s3.amazonaws.com
                     Action: sns:Publish
                     Resource: arn:aws:sns:us-east-1:123456789012:t
                     Condition:
                       Bool:
        -                aws:SecureTransport: "true"
        +                aws:SecureTransport: "true"
        +              StringEquals:
        +                aws:SourceAccount: "123456789012"
        """,
    "passed-to-service.json": """
         {
           "Version": "2012-10-17",
           "Statement": [
             {
               "Effect": "Allow",
               "Action": "iam:PassRole",
        -      "Resource": "arn:aws:iam::123456789012:role/x"
        +      "Resource": "arn:aws:iam::123456789012:role/x",
        +      "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
             },
             {
               "Effect": "Allow",
               "Action": "lambda:CreateFunction",
               "Resource": "arn:aws:lambda:us-east-1:123456789012:function:x"
             }
           ]
         }
        """,
    "typo-and-like.json": """
         {
           "Version": "2012-10-17",
           "Statement": [
             {
               "Effect": "Allow",
        -      "Action": "s3:GetObjectt",
        +      "Action": "s3:GetObject",
               "Resource": "arn:aws:s3:::b/*",
               "Condition": {
        -        "StringEquals": {"aws:PrincipalTag/team": "a*"}
        +        "StringLike": {"aws:PrincipalTag/team": "a*"}
               }
             }
           ]
         }
        """,
    "document.tf": """
         data "aws_iam_policy_document" "topic" {
           statement {
             actions   = ["sns:Publish"]
             resources = ["arn:aws:sns:us-east-1:123456789012:t"]
             principals {
               type        = "Service"
               identifiers = ["s3.amazonaws.com"]
             }
        +
        +    condition {
        +      test     = "StringEquals"
        +      variable = "aws:SourceAccount"
        +      values   = ["123456789012"]
        +    }
           }
         }

         resource "aws_sns_topic_policy" "topic" {
           arn    = "arn:aws:sns:us-east-1:123456789012:t"
           policy = data.aws_iam_policy_document.topic.json
         }
        """,
}


@pytest.mark.parametrize("name", UNSAFE)
def test_fixes_that_change_access_are_made_when_asked_for(name: str, tmp_path: Path) -> None:
    before, after = _cut(UNSAFE[name])
    assert _fixed(tmp_path, name, before) == before
    assert _fixed(tmp_path, name, before, "--unsafe-fixes", "--ignore", "LP329") == after


def test_diff_shows_and_does_not_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = _cut(CASES["json-null.json"])
    path = tmp_path / "a.json"
    path.write_text(before)
    assert main(["--diff", str(path)]) == 1
    out, err = capsys.readouterr()
    assert path.read_text() == before
    assert [line for line in out.splitlines() if line[:1] in "+-"] == [
        f"--- {path}",
        f"+++ {path}",
        '-    "Condition": {"StringNotLike": {"aws:PrincipalTag/team": "*"}}',
        '+    "Condition": {"Null": {"aws:PrincipalTag/team": "true"}}',
    ]
    assert err == "Would fix 1 finding.\n"
    path.write_text(after)
    assert main(["--diff", str(path)]) == 0
    assert capsys.readouterr() == ("", "There is nothing to fix.\n")


def test_text_says_what_can_be_fixed_and_what_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.json"
    path.write_text(_cut(CASES["json-names.json"])[0])
    main([str(path)])
    shown = capsys.readouterr().out
    assert (
        "error[LP115] duplicate-sid: Two statements have the Sid Read; give each its own, or leave it out. [*]\n"
        in shown
    )
    assert "= mend: Write Read2. --fix does it.\n" in shown
    assert "[*] 7 findings fixable with --fix.\n" in shown
    assert main(["--fix", str(path)]) == 0
    assert "Fixed 7, 0 remaining.\n" in capsys.readouterr().out


def test_standard_input_is_shown_and_not_fixed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--fix", "-"]) == 2
    assert "standard input cannot be fixed" in capsys.readouterr().err


def test_a_file_that_is_not_utf8_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    data = _cut(CASES["json-null.json"])[0].encode("utf-16")
    path.write_bytes(data)
    assert main(["--fix", str(path)]) == 0
    assert path.read_bytes() == data


def test_the_fixes_in_sarif_do_what_fix_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = (text.replace("# not yet", "# \U0001f600 not yet") for text in _cut(CASES["yaml-block.yaml"]))
    path = tmp_path / "a.yaml"
    path.write_text(before)
    main(["--format", "sarif", "--min-severity", "note", str(path)])
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    replacements = [
        replacement
        for result in run["results"]
        for fix in result.get("fixes", ())
        for change in fix["artifactChanges"]
        for replacement in change["replacements"]
    ]
    assert len(replacements) == 3
    lines = before.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        """Columns are UTF-16 code units."""
        units = lines[line - 1].encode("utf-16-le")[: 2 * (column - 1)]
        return len("".join(lines[: line - 1])) + len(units.decode("utf-16-le"))

    edits = []
    for one in replacements:
        region = one["deletedRegion"]
        edits.append(
            (
                offset(region["startLine"], region["startColumn"]),
                offset(region["endLine"], region["endColumn"]),
                one.get("insertedContent", {}).get("text", ""),
            )
        )
    text = before
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    assert text == after
