"""Findings in a module that others call: once, in its file, with the calls beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.finding import Finding, Report

CHILD = """\
variable "actions" {}
variable "buckets" {}
resource "aws_iam_policy" "this" {
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for bucket in var.buckets : {
      Effect   = "Allow"
      Action   = concat(["s3:PutObject"], var.actions)
      Resource = "${bucket}*"
    }]
  })
}
"""


def linted(folder: Path, files: dict[str, str], *named: str, jobs: int = 1) -> Report:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    inputs = [Input(str(folder / name), Config()) for name in named or sorted(files)]
    report = lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE, jobs=jobs)
    assert not report.failures
    return report


def call(name: str, actions: str = "[]", buckets: str = '[""]') -> str:
    return f'module "{name}" {{\n  source  = "./child"\n  actions = {actions}\n  buckets = {buckets}\n}}\n'


def placed(finding: Finding) -> tuple[str, str]:
    return finding.span.source.path.rpartition("/")[2], finding.span.text


def related(finding: Finding) -> list[tuple[str, str]]:
    return [(one.span.text, one.message) for one in finding.related]


def test_a_finding_that_only_a_call_shows_stands_in_the_child_and_names_the_call(tmp_path: Path) -> None:
    report = linted(tmp_path, {"main.tf": call("a"), "child/module.tf": CHILD})
    (finding,) = report.findings
    assert finding.rule.id == "LP203"
    assert placed(finding) == ("module.tf", '"${bucket}*"')
    assert ('module "a"', "the module is called here") in related(finding)
    # The policy is counted where it is written, and once.
    assert (report.files, report.policies) == (2, 1)


def test_a_finding_that_several_calls_show_is_one_and_lists_them(tmp_path: Path) -> None:
    files = {"main.tf": "".join(call(name) for name in "abcde"), "child/module.tf": CHILD}
    (finding,) = linted(tmp_path, files).findings
    assert [text for text, words in related(finding) if "called" in words] == [f'module "{name}"' for name in "abc"]
    assert related(finding)[-1][1] == "the module is called here, and in 2 more places"


def test_what_a_call_passes_on_stands_in_the_call(tmp_path: Path) -> None:
    files = {"main.tf": call("a", '["s3:PutObjcet"]', '["arn:aws:s3:::b/c/"]'), "child/module.tf": CHILD}
    (finding,) = linted(tmp_path, files).findings
    assert (finding.rule.id, placed(finding)) == ("LP101", ("main.tf", "PutObjcet"))
    assert related(finding) == []


def test_what_the_module_shows_by_itself_is_told_once_with_its_calls(tmp_path: Path) -> None:
    child = CHILD.replace('"s3:PutObject"', '"s3:PutObjcet"')
    files = {"main.tf": call("a", buckets='["arn:aws:s3:::b/c/"]'), "child/module.tf": child}
    (finding,) = linted(tmp_path, files).findings
    assert (finding.rule.id, related(finding)) == ("LP101", [('module "a"', "the module is called here")])
    # A hook that names the child alone does not look for who calls it.
    (alone,) = linted(tmp_path, files, "child/module.tf").findings
    assert related(alone) == []


def test_only_the_files_named_are_told(tmp_path: Path) -> None:
    files = {"main.tf": call("a"), "child/module.tf": CHILD}
    assert linted(tmp_path, files, "main.tf").findings == []


def test_it_is_the_same_with_several_processes(tmp_path: Path) -> None:
    files = {f"live{number}/main.tf": call("a").replace("./", "../") for number in range(4)} | {
        "child/module.tf": CHILD
    }
    (tmp_path / ".git").mkdir()
    reports = [linted(tmp_path, files, jobs=jobs) for jobs in (1, 3)]
    ((one, *_), (other, *_)) = (report.findings for report in reports)
    assert related(one) == related(other)
    assert related(one)[-1][1] == "the module is called here, and in 1 more place"


def test_a_module_that_is_called_from_where_no_policy_is_named(tmp_path: Path) -> None:
    root = 'module "outer" {\n  source = "./outer"\n}\n'
    outer = call("inner").replace("./child", "../child")
    files = {"main.tf": root, "outer/main.tf": outer, "child/module.tf": CHILD}
    (finding,) = linted(tmp_path, files).findings
    assert ('module "inner"', "the module is called here") in related(finding)
