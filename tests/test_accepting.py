"""What is accepted besides by comments of lplint's own: entries of the configuration, baselines, and comments for other
linters; and that lplint writes all of these itself."""

from __future__ import annotations

import json
import os
import shutil
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint import toml_places
from lplint.cli import main

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
TYPO = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetTypo", "Resource": "arn:aws:s3:::b/*"}
OTHER = {"Sid": "Write", "Effect": "Allow", "Action": ["s3:PutTypo", "s3:PutOther"], "Resource": "arn:aws:s3:::b/*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, indent=2)


class Folder:
    """A folder in which lplint runs."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = path
        self.capsys = capsys

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def read(self, name: str) -> str:
        return (self.path / name).read_bytes().decode()

    def lint(self, *words: str) -> dict[str, Any]:
        """What is told of unknown actions and of suppressions."""
        main(["--select", "LP101,LP9", "--format", "json", "--min-severity", "note", *words])
        out, err = self.capsys.readouterr()
        assert err == ""
        report: dict[str, Any] = json.loads(out)
        return report

    def told(self, *words: str) -> list[tuple[str, str, int]]:
        return [(one["rule"], one["path"], one["start"]["line"]) for one in self.lint(*words)["findings"]]

    def run(self, *words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = self.capsys.readouterr()
        return code, out, err


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path, capsys)


def shown(source: str, finding: dict[str, Any]) -> str:
    """The underlined characters."""
    lines = source.splitlines()
    start, end = finding["start"], finding["end"]
    return str(lines[start["line"] - 1][start["column"] - 1 : end["column"] - 1])


# Entries of the configuration


@pytest.mark.parametrize(
    ("entry", "accepted"),
    [
        ('rule = "LP101"', 4),
        ('rule = "unknown-action"', 4),
        ('rule = ["LP201", "LP101"]', 4),
        ('rule = "LP101"\npath = "iam/a.json"', 3),
        ('rule = "LP101"\npath = "a.json"', 3),
        ('rule = "LP101"\npath = "iam/*.json"', 3),
        ('rule = "LP101"\npath = "*.tf"', 0),
        ('rule = "LP101"\nsid = "Read"', 1),
        ('rule = "LP101"\nsid = "Wri*"', 2),
        ('rule = "LP101"\norigin = "Resources.Role"', 1),
        ('rule = "LP101"\norigin = "Resources.*"\npath = "t.yaml"', 1),
        ('rule = "LP101"\norigin = "Resources.Role"\nsid = "Read"', 0),
        ('rule = "LP101"\nuntil = 2199-01-31', 4),
        ('rule = "LP101"\nuntil = "2199-01-31"', 4),
        ('rule = "LP101"\nuntil = 2020-01-31', 0),
        ('rule = "LP201"', 0),
    ],
)
@pytest.mark.parametrize("name", ["lplint.toml", "pyproject.toml"])
def test_an_entry_accepts_what_it_names(folder: Folder, name: str, entry: str, accepted: int) -> None:
    folder.write("iam/a.json", policy(TYPO, OTHER))
    folder.write(
        "t.yaml",
        "Resources:\n  Role:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n"
        "        Version: '2012-10-17'\n        Statement:\n"
        "          - {Effect: Allow, Action: s3:GetFourth, Resource: 'arn:aws:s3:::b/*'}\n",
    )
    head = "[[tool.lplint.ignore]]" if name == "pyproject.toml" else "[[ignore]]"
    folder.write(name, f'{head}\n{entry}\nreason = "because"\n')
    report = folder.lint(".")
    assert len(report["suppressed"]) == accepted
    assert {(one["reason"], one["by"]) for one in report["suppressed"]} <= {("because", "configuration")}
    assert sum(one["rule"] == "LP101" for one in report["findings"]) == 4 - accepted
    assert sum(one["rule"] == "LP101" for one in folder.lint(".", "--no-ignores")["findings"]) == 4


def test_what_is_wrong_with_an_entry_is_told_at_its_place(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO))
    text = (
        'exclude = ["x#\\"]"] # [[ignore]]\n'
        "[[ignore]]\n"
        'rule = "LP101"\n'
        'path = "./a.json"\n'
        "[[ignore]]\n"
        'reason = """\n[[ignore]]\nrule = 1"""\n'
        "  rule   =   ['LP101']   # none\n"
        'path = "b.json"\n'
        "[[ignore]]\n"
        'rule = "unknown-acton"\n'
        'reason = "x"\n'
        "[[ignore]]\n"
        'rule = "LP101"\n'
        'reason = "x"\n'
        "until = 2020-02-29\n"
    )
    path = folder.write("lplint.toml", text)
    findings = folder.lint(".")["findings"]
    assert {one["path"] for one in findings} == {"lplint.toml"}
    assert [(one["rule"], one["start"]["line"], shown(text, one)) for one in findings] == [
        ("LP904", 2, "[[ignore]]"),
        ("LP901", 9, "['LP101']"),
        ("LP902", 12, '"unknown-acton"'),
        ("LP903", 14, "[[ignore]]"),
    ]
    # In a list the item is underlined.
    text = 'ignore = ["LP7", {rule = "LP101", path = "b.json", reason = "x"}, {rule="LP101", reason="y"}]\n'
    path.write_text(text, "utf-8")
    (told,) = folder.lint(".")["findings"]
    assert (told["rule"], shown(text, told)) == ("LP901", '{rule = "LP101", path = "b.json", reason = "x"}')


def test_of_what_was_not_read_nothing_is_said(folder: Folder) -> None:
    """A hook is given some files of a repository: an entry about others is not unused."""
    folder.write("a.json", policy(TYPO))
    folder.write("iam/b.json", policy({**TYPO, "Action": "s3:GetObject"}))
    folder.write("lplint.toml", '[[ignore]]\nrule="LP101"\npath="iam/b.json"\nreason="x"\n')
    assert folder.told("a.json") == [("LP101", "a.json", 7)]
    assert folder.told("iam/b.json") == [("LP901", "lplint.toml", 2)]
    assert folder.told("iam") == [("LP901", "lplint.toml", 2)]
    assert folder.told(".") == [("LP101", "a.json", 7), ("LP901", "lplint.toml", 2)]


def test_a_reason_can_be_asked_for_here_too(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO))
    folder.write("lplint.toml", 'require-reason = true\n[[ignore]]\nrule = "LP101"\n')
    (told,) = folder.lint(".")["findings"]
    assert (told["rule"], told["severity"]) == ("LP904", "error")


# Configurations that extend others


def test_a_configuration_inherits_what_it_does_not_say(folder: Folder) -> None:
    folder.write(
        "lplint.toml",
        'fail-on = "error"\nmin-severity = "note"\nexclude = ["gen/**"]\n'
        'ignore = ["LP107", {rule = "LP101", path = "sub/a.json", reason = "above"}]\n',
    )
    folder.write("sub/lplint.toml", 'extend = "../lplint.toml"\nfail-on = "note"\nexclude = ["old.json"]\n')
    for name in ("a", "old", "gen/x", "b"):
        folder.write(f"sub/{name}.json", policy(TYPO))
    folder.write("gen/x.json", policy(TYPO))
    report = folder.lint(".")
    assert {one["path"] for one in report["findings"]} == {"sub/b.json", "sub/gen/x.json"}
    assert [one["reason"] for one in report["suppressed"]] == ["above"]
    code, out, _ = folder.run("config", "sub/a.json", "--format", "json")
    assert code == 0
    keys = json.loads(out)["keys"]
    assert keys["fail-on"] == {"value": "note", "from": "sub/lplint.toml"}
    assert keys["min-severity"] == {"value": "note", "from": "lplint.toml"}
    assert keys["ignore"]["value"][0] == "LP107"
    assert [one["from"] for one in keys["exclude"]] == ["sub/lplint.toml", "lplint.toml"]
    assert keys["require-reason"] == {"value": False, "from": "default"}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"lplint.toml": 'extend = "none.toml"'}, "there is no such file"),
        ({"lplint.toml": 'extend = "lplint.toml"'}, "leads back to where it came from"),
        ({"lplint.toml": 'extend = "b.toml"', "b.toml": 'extend = "lplint.toml"'}, "leads back to where it came from"),
        ({"lplint.toml": 'extend = "b.toml"', "b.toml": "exlude = []"}, 'did you mean "exclude"?'),
        ({"lplint.toml": 'extend = "../outside.toml"', ".git/HEAD": ""}, "outside the repository"),
        ({"lplint.toml": 'extend = "/etc/passwd"', ".git/HEAD": ""}, "outside the repository"),
        ({"lplint.toml": 'risk-table = "../risk.csv"', ".git/HEAD": ""}, "outside the repository"),
        ({"lplint.toml": 'frequency-table = "/etc/passwd"', ".git/HEAD": ""}, "outside the repository"),
        ({"lplint.toml": 'baseline = "../known.json"', ".git/HEAD": ""}, "outside the repository"),
        ({"lplint.toml": 'rules = ["/etc/*"]'}, "leave out the slash at its start"),
        ({"lplint.toml": "ignore = []\n[[ignore]]\nrule = 'LP2'"}, "cannot be written as both"),
    ],
)
def test_what_cannot_be_extended_is_said(folder: Folder, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        folder.write(name, text)
    code, out, err = folder.run(".")
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


# Baselines


def test_a_baseline_leaves_out_what_was_known(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO, OTHER))
    code, out, _ = folder.run("baseline", "--select", "LP101")
    assert (code, out) == (0, "lplint-baseline.json: 3 known, of which 3 new; 0 that no longer occur are taken out.\n")
    known = ("--baseline", "lplint-baseline.json", ".")
    assert folder.told(*known) == []
    folder.write("lplint.toml", 'baseline = "lplint-baseline.json"\n')
    report = folder.lint(".")
    assert [one["by"] for one in report["suppressed"]] == ["baseline"] * 3
    # What is new is told; what is gone is told too, and taken out when somebody asks for it.
    folder.write("a.json", policy({**TYPO, "Action": "s3:GetObject"}, OTHER, {**TYPO, "Action": "s3:GetNew"}))
    report = folder.lint(".")
    (new,) = report["findings"]
    assert "s3:GetNew" in new["message"]
    assert [one["rule"] for one in report["gone"]] == ["LP101"]
    assert "1 finding of the baseline no longer occurs; `lplint baseline --update` takes it out." in folder.run(".")[1]
    code, out, _ = folder.run("baseline", "--select", "LP101", "--update")
    assert (code, out) == (0, "lplint-baseline.json: 2 known, of which 0 new; 1 that no longer occurs is taken out.\n")
    report = folder.lint(".")
    assert (len(report["findings"]), len(report["suppressed"]), report["gone"]) == (1, 2, [])
    folder.run("baseline", "--select", "LP101")
    assert folder.told(".") == []


def test_a_baseline_keeps_what_a_run_did_not_look_at(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO))
    folder.write("b.json", policy(OTHER))
    folder.run("baseline", "--select", "LP101")
    before = folder.read("lplint-baseline.json")
    assert folder.lint("a.json", "--baseline", "lplint-baseline.json")["gone"] == []
    folder.run("baseline", "a.json", "--select", "LP101")
    assert folder.read("lplint-baseline.json") == before
    folder.run("baseline", "--select", "LP2", "--update")
    assert folder.read("lplint-baseline.json") == before
    (folder.path / "b.json").unlink()
    assert folder.run("baseline", "--select", "LP101", "--update")[1].startswith("lplint-baseline.json: 1 known")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"version": "lplint/v1"}', '{"version": "v0", "findings": []}', "[" * 99999]
)
def test_what_is_no_baseline_is_said(folder: Folder, text: str) -> None:
    folder.write("known.json", text)
    code, out, err = folder.run(".", "--baseline", "known.json")
    assert (code, out) == (2, "")
    assert err.startswith("lplint: known.json ")
    assert err.count("\n") == 1


def test_a_pipe_is_no_table_and_no_baseline(folder: Folder) -> None:
    # To open one waits until somebody writes into it.
    os.mkfifo(folder.path / "pipe")
    folder.write("lplint.toml", 'risk-table = "pipe"')
    assert "it is no file" in folder.run(".")[2]
    folder.write("lplint.toml", 'baseline = "pipe"')
    assert "it is no file" in folder.run(".")[2]
    assert folder.run("baseline")[0] == 2


def test_a_link_to_a_rule_outside_the_repository_is_not_followed(folder: Folder) -> None:
    folder.write(".git/HEAD", "")
    (folder.path / "own").symlink_to("/etc")
    folder.write("lplint.toml", 'rules = ["own/passwd"]')
    code, _, err = folder.run(".")
    assert code == 2
    assert "outside the repository" in err


def test_a_baseline_is_written_over_a_baseline_alone(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO))
    folder.write("README.md", "# Ours\n")
    code, out, err = folder.run("baseline", "--baseline", "README.md")
    assert (code, out) == (2, "")
    assert err == "lplint: README.md is there, and is no baseline of lplint; name another file, or move it away\n"
    assert folder.read("README.md") == "# Ours\n"
    # One that two people wrote is one.
    folder.run("baseline", "--baseline", "known.json")
    folder.write("known.json", "<<<<<<< ours\n" + folder.read("known.json"))
    assert folder.run("baseline", "--baseline", "known.json")[0] == 0
    folder.write("empty.json", "")
    assert folder.run("baseline", "--baseline", "empty.json")[0] == 0


def test_a_baseline_that_is_not_there_is_said(folder: Folder) -> None:
    code, _, err = folder.run(".", "--baseline", "none.json")
    assert (code, err.split(";")[0]) == (2, "lplint: none.json cannot be read (No such file or directory)")


def test_alike_findings_are_counted(folder: Folder) -> None:
    one = {"Effect": "Allow", "Action": "s3:GetTypo", "Resource": "arn:aws:s3:::b/*"}
    folder.write("a.json", policy(one, one))
    folder.run("baseline", "--select", "LP101")
    folder.write("a.json", policy(one, one, one))
    report = folder.lint(".", "--baseline", "lplint-baseline.json")
    assert (len(report["findings"]), len(report["suppressed"])) == (1, 2)


def test_alike_findings_of_which_one_is_accepted_elsewhere(folder: Folder) -> None:
    statement = "  - {Effect: Allow, Action: 's3:GetTypo', Resource: 'arn:aws:s3:::b/*'}"
    comment = " # lplint: ignore[LP101] newer\n"
    folder.write("a.yaml", f"Version: '2012-10-17'\nStatement:\n{statement}{comment}{statement}\n")
    assert folder.run("baseline", "--select", "LP101")[1].startswith("lplint-baseline.json: 1 known, of which 1 new")
    report = folder.lint(".", "--baseline", "lplint-baseline.json")
    assert (report["findings"], report["gone"]) == ([], [])
    assert [one["by"] for one in report["suppressed"]] == ["lplint", "baseline"]


# Comments and metadata for other linters

TERRAFORM = """\
{above}
resource "aws_iam_policy" "one" {{
  {inside}
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{
        Effect   = "Allow"
        {line}
        Action   = "s3:*"
        Resource = "arn:aws:s3:::b/*"
      }},
    ]
  }})
}}
resource "aws_iam_policy" "two" {{
  policy = jsonencode({{
    Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "s3:*", Resource = "*" }}]
  }})
}}
"""


@pytest.mark.parametrize(
    ("place", "comment", "accepted"),
    [
        ("inside", "# checkov:skip=CKV_AWS_355:the bucket is ours", ()),
        ("inside", "#checkov:skip=CKV_AWS_63", ()),
        ("above", "#tfsec:ignore:aws-iam-no-policy-wildcards", ("tfsec",)),
        ("above", "#tfsec:ignore:aws-iam-no-policy-wildcards tfsec:ignore:aws-s3-x", ("tfsec",)),
        ("line", "#tfsec:ignore:aws-iam-no-policy-wildcards", ("tfsec",)),
        ("above", "# trivy:ignore:AVD-AWS-0345: needed", ("trivy",)),
        ("above", "# trivy:ignore:avd-aws-0345", ("trivy",)),
        ("above", "# trivy:ignore:AWS-0345", ("trivy",)),
        ("above", "# trivy:ignore:*", ("trivy",)),
        ("above", "# trivy:ignore:AVD-AWS-0345:exp:2199-01-01", ("trivy",)),
        ("above", "# trivy:ignore:AVD-AWS-0345:exp:2020-01-01", ()),
        ("above", "# trivy:ignore:AVD-AWS-9999", ()),
        ("above", "# checkov:skip=CKV_AWS_355", ()),
    ],
)
def test_comments_for_others_count_where_the_configuration_says_so(
    folder: Folder, place: str, comment: str, accepted: tuple[str, ...]
) -> None:
    folder.write("main.tf", TERRAFORM.format(**{"above": "", "inside": "", "line": "", place: comment}))
    main(["--select", "LP202,LP215", "--format", "json", "."])
    assert json.loads(folder.capsys.readouterr().out)["suppressed"] == []
    folder.write("lplint.toml", "honor-foreign-ignores = true\n")
    main(["--select", "LP202,LP215", "--format", "json", "."])
    report = json.loads(folder.capsys.readouterr().out)
    assert tuple(one["by"] for one in report["suppressed"]) == accepted
    assert len(report["findings"]) == 2 - len(accepted)


def test_a_checkov_comment_is_about_its_resource(folder: Folder) -> None:
    folder.write("lplint.toml", "honor-foreign-ignores = true\n")
    folder.write(
        "main.tf",
        TERRAFORM.format(above="", line="", inside="# checkov:skip=CKV_AWS_355:by design").replace(
            '"arn:aws:s3:::b/*"', '"*"'
        ),
    )
    main(["--select", "LP203", "--format", "json", "."])
    report = json.loads(folder.capsys.readouterr().out)
    assert [(one["origin"]["address"], one["reason"]) for one in report["suppressed"]] == [
        ("aws_iam_policy.one", "by design")
    ]
    assert [one["origin"]["address"] for one in report["findings"]] == ["aws_iam_policy.two"]


@pytest.mark.parametrize(
    ("metadata", "tool"),
    [
        ({"cfn_nag": {"rules_to_suppress": [{"id": "W13", "reason": "why"}]}}, "cfn_nag"),
        ({"checkov": {"skip": [{"id": "CKV_AWS_356", "comment": "why"}]}}, "checkov"),
        ({"cfn_nag": {"rules_to_suppress": [{"id": "W99", "reason": "why"}, 1, {}]}}, ""),
        ({"cfn_nag": {"rules_to_suppress": "W13"}, "checkov": []}, ""),
    ],
)
def test_metadata_for_others(folder: Folder, metadata: dict[str, Any], tool: str) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    one = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Metadata": metadata,
        "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": statement}},
    }
    folder.write("t.json", json.dumps({"Resources": {"One": one}}))
    folder.write("lplint.toml", "honor-foreign-ignores = true\n")
    main(["--select", "LP203", "--format", "json", "."])
    report = json.loads(folder.capsys.readouterr().out)
    assert [(one["by"], one["reason"]) for one in report["suppressed"]] == ([(tool, "why")] if tool else [])


def test_very_many_comments_for_others_end_soon(folder: Folder) -> None:
    folder.write("lplint.toml", "honor-foreign-ignores = true\n")
    inside = TERRAFORM.format(above="", line="", inside="# checkov:skip=CKV_AWS_355:why")
    text = "".join(inside.replace('"one"', f'"one{number}"') for number in range(400))
    folder.write("main.tf", text + "# tfsec:ignore:aws-iam-no-policy-wildcards\n" * 10_000)
    start = time.process_time()
    report = folder.lint(".")
    assert time.process_time() - start < 15  # it takes 2 seconds; it took minutes
    assert report["findings"] == []


# Suppressions that lplint writes


def test_a_comment_is_written_above_the_part_that_a_line_begins_with(folder: Folder) -> None:
    folder.write(
        "a.yaml",
        "Version: '2012-10-17'\r\nStatement:\r\n  - Effect: Allow\r\n    Action: [s3:GetTypo, s3:GetObject]\r\n"
        "    Resource: 'arn:aws:s3:::b/*'\r\n",
    )
    folder.write(
        "main.tf",
        'resource "aws_iam_policy" "one" {\n  policy = <<-EOT\n    {"Version": "2012-10-17", "Statement": [\n'
        '      {"Effect": "Allow", "Action": "s3:GetTypo", "Resource": "arn:aws:s3:::b/*"}\n    ]}\n  EOT\n}\n',
    )
    code, out, err = folder.run("--select", "LP101,LP9", "--add-ignores", " newer than\n the catalogue ")
    assert (code, out, err) == (0, "2 findings accepted in 2 files.\n", "")
    comment = "# lplint: ignore[LP101] newer than the catalogue"
    assert folder.read("a.yaml").splitlines(keepends=True)[3] == f"    {comment}\r\n"
    assert folder.read("main.tf").splitlines()[1:3] == [f"  {comment}", "  policy = <<-EOT"]
    assert folder.told(".") == []
    # Once more, and nothing is left to do.
    assert folder.run("--select", "LP101,LP9", "--add-ignores", "x")[1] == "0 findings accepted in 0 files.\n"


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"Other": 1}, {"lplint": {}}, {"lplint": {"ignore": []}}, {"lplint": {"ignore": [{"id": "LP102"}]}}],
)
def test_metadata_is_written_into_a_template(
    folder: Folder, metadata: dict[str, Any] | None, indent: int | None
) -> None:
    one: dict[str, Any] = {
        "Type": "AWS::IAM::ManagedPolicy",
        **({"Metadata": metadata} if metadata is not None else {}),
        "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": TYPO}},
    }
    path = folder.write("t.json", json.dumps({"Resources": {"One": one, "Two": {"Type": "X"}}}, indent=indent))
    assert main(["--select", "LP101", "--add-ignores", 'so "it" is', "t.json"]) == 0
    folder.capsys.readouterr()
    written = json.loads(path.read_text("utf-8"))
    ignore = written["Resources"]["One"]["Metadata"]["lplint"]["ignore"]
    assert {"id": "LP101", "reason": 'so "it" is'} in ignore
    if metadata == {"Other": 1}:
        assert written["Resources"]["One"]["Metadata"]["Other"] == 1
    del written["Resources"]["One"]["Metadata"]
    assert written["Resources"]["One"] == {key: value for key, value in one.items() if key != "Metadata"}
    assert main(["--select", "LP101", "t.json"]) == 0


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("lplint.toml", None),
        ("lplint.toml", 'fail-on = "error"'),
        ("lplint.toml", 'ignore = ["LP7"] # why\n[environments]\n"x/**" = "staging"\n'),
        ("lplint.toml", "ignore = [\n  'LP7', # why\n]\n"),
        ("lplint.toml", "ignore = []\n"),
        ("lplint.toml", '[[ignore]]\nrule = "LP7"\nreason = "x"\n'),
        ("pyproject.toml", '[tool.lplint]\nfail-on = "error"\n[tool.other]\nx = 1\n'),
        ("pyproject.toml", '[tool.lplint]\nignore = ["LP7"]\n[tool.other]\nx = 1\n'),
    ],
)
def test_plain_json_is_accepted_in_the_configuration(folder: Folder, name: str, before: str | None) -> None:
    folder.write("iam/a.json", policy(TYPO, OTHER))
    folder.write("b.json", policy(TYPO))
    if before is not None:
        folder.write(name, before)
    code, out, err = folder.run("--select", "LP101", "--add-ignores", 'of the "new" cluster', ".")
    assert (code, out, err) == (0, "4 findings accepted in 1 file.\n", "")
    text = folder.read(name)
    if before is not None:
        for key, value in tomllib.loads(before).items():
            if key not in ("ignore", "tool"):
                assert tomllib.loads(text)[key] == value
    report = folder.lint(".")
    assert len(report["suppressed"]) == 4
    assert {one["reason"] for one in report["suppressed"]} == {'of the "new" cluster'}
    assert {one["rule"] for one in report["findings"]} <= {"LP902"}  # the LP7 of the test, which is no rule


def test_a_configuration_in_another_form_is_left_as_it_is(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO))
    text = 'tool.lplint = {ignore = ["LP107"]}\n'
    folder.write("pyproject.toml", text)
    code, out, err = folder.run("--select", "LP101", "--add-ignores", "x", ".")
    assert (code, out) == (1, "0 findings accepted in 0 files, 1 left.\n")
    assert "LP101 (unknown-action) is not accepted" in err
    assert folder.read("pyproject.toml") == text


def test_places_of_a_large_file_take_no_time() -> None:
    text = "".join(f'[[ignore]]\nrule = ["LP{n}", [], {{a = "\\"]"}}]\n' for n in range(4000)) + "x = " + "[" * 9000
    started = time.process_time()
    assert len(list(toml_places.places(text))) == 8001
    assert time.process_time() - started < 5


@given(st.text(alphabet="[]{}=\"'#.,ab\n\\ \r", max_size=60))
def test_no_text_makes_places_fail(text: str) -> None:
    found = [(place, list(toml_places.array_items(text, place.value_start))) for place in toml_places.places(text)]
    try:
        tomllib.loads(text)
    except ValueError:
        return  # of what the parser refuses, nothing is asked but an end
    for place, _ in found:
        assert 0 <= place.start < place.end <= place.value_end <= len(text)


def test_what_does_not_parse_is_not_accepted(folder: Folder) -> None:
    folder.write("a.json", policy(TYPO)[:-3])
    code, out, err = folder.run("--add-ignores", "x", ".")
    assert (code, out) == (1, "0 findings accepted in 0 files, 1 left.\n")
    assert "LP001 (syntax-error) is not accepted; mend it" in err


SAMPLE = ("wild/bridgecrewio__terragoat", "wild/widdix__aws-cf-templates", "wild/aws__aws-sam-cli-app-templates")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside this checkout")
def test_all_that_is_found_in_real_repositories_can_be_accepted(folder: Folder) -> None:
    for name in SAMPLE:
        shutil.copytree(CORPUS / name, folder.path / name, symlinks=True)
        for path in (folder.path / name).rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
    main(["--format", "json", "."])
    before = json.loads(folder.capsys.readouterr().out)
    assert len(before["findings"]) > 120
    assert folder.run("--add-ignores", "known")[0] == 0
    main(["--format", "json", "."])
    after = json.loads(folder.capsys.readouterr().out)
    assert after["findings"] == []
    assert len(after["suppressed"]) == len(before["findings"])
    for count in ("files", "policies", "statements", "unresolved"):
        assert after["summary"][count] == before["summary"][count]


# Places in TOML


def test_places_in_toml() -> None:
    text = (
        "a.b = 1 # c = 2\n"
        '\'x y\' = [ [1], # ]\n  {k = \'[[t]]\'}, """\n[[t]]\n""" ]\n'
        "[[t]]\n k = '''a''''\n[[ t . u ]]\n[t.v]\nz = 2020-01-01 00:00:00\n[[t]]\n"
    )
    tomllib.loads(text)
    found = [
        (one.path, one.header, one.item, text[one.start : one.end], text[one.value_start : one.value_end])
        for one in toml_places.places(text)
    ]
    assert [(path, header, item, name) for path, header, item, name, _ in found] == [
        (("a", "b"), False, 0, "a.b"),
        (("x y",), False, 0, "'x y'"),
        (("t",), True, 0, "[[t]]"),
        (("t", "k"), False, 0, "k"),
        (("t", "u"), True, 0, "[[ t . u ]]"),
        (("t", "v"), True, 0, "[t.v]"),
        (("t", "v", "z"), False, 0, "z"),
        (("t",), True, 1, "[[t]]"),
    ]
    assert [value for _, header, _, _, value in found if not header] == [
        "1",
        '[ [1], # ]\n  {k = \'[[t]]\'}, """\n[[t]]\n""" ]',
        "'''a''''",
        "2020-01-01 00:00:00",
    ]
