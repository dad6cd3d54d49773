"""Statements that are given to modules, which make policies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, ModuleFiles, lint
from lplint.extract import extract_module
from lplint.model.node import Map

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.policy import Policy, Statement


def policies(folder: Path, files: dict[str, str]) -> list[Policy]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return extract_module(str(folder), ModuleFiles().within(str(folder))).policies


def call(arguments: str, source: str = "terraform-aws-modules/lambda/aws") -> str:
    return f'module "this" {{\n  source = "{source}"\n  {arguments}\n}}\n'


def actions(statement: Statement) -> list[str]:
    return [text.display for text in (statement.action.values if statement.action is not None else ())]


ONE = 'actions = ["s3:GetObjcet"], resources = ["arn:aws:s3:::x/*"]'
TWO = 'effect = "Deny", actions = ["iam:*"], resources = ["*"]'


@pytest.mark.parametrize(
    "arguments",
    [
        f"policy_statements = {{ one = {{ {ONE} }}, two = {{ {TWO} }} }}",
        f"statements = [{{ {ONE} }}, {{ {TWO} }}]",
        f"iam_policy = [{{ statements = [{{ {ONE} }}, {{ {TWO} }}] }}]",
        f"services = {{ web = {{ cpu = 1, tasks_iam_role_statements = [{{ {ONE} }}, {{ {TWO} }}] }} }}",
        f"statements = concat([{{ {ONE} }}], [{{ {TWO} }}])",
        f"statements = var.on ? [{{ {ONE} }}, {{ {TWO} }}] : []",
        f"statements = [var.on ? {{ {ONE} }} : {{ {TWO} }}]",
        f"statements = concat([{{ {ONE} }}], var.more, [{{ {TWO} }}])",
        """statements = [
          { Action = ["s3:GetObjcet"], Resource = "arn:aws:s3:::x/*", Effect = "Allow" },
          { Effect = "Deny", Action = "iam:*", Resource = "*" },
        ]""",
        f"statements = local.statements\n}}\nlocals {{\n  statements = {{ a = {{ {ONE} }}, b = {{ {TWO} }} }}",
    ],
)
def test_statements_are_a_policy_however_they_are_collected(tmp_path: Path, arguments: str) -> None:
    (policy,) = policies(tmp_path, {"main.tf": call(arguments)})
    assert (policy.origin.address, policy.origin.attribute) == ("module.this", arguments.partition(" ")[0])
    assert policy.kind.value == "identity"
    assert not policy.complete  # the module may add to it
    allow, deny = policy.statements
    assert (actions(allow), allow.denies()) == (["s3:GetObjcet"], False)
    assert (actions(deny), deny.denies()) == (["iam:*"], True)
    assert allow.complete
    assert allow.resource is not None
    assert [text.value for text in allow.resource.values] == ["arn:aws:s3:::x/*"]


def test_a_finding_underlines_the_argument(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text(call(f"policy_statements = {{ one = {{ {ONE} }} }}"), "utf-8")
    report = lint([Input(str(path), Config())], lambda _: (ruleset.find("unknown-action"),))
    assert [(one.span.text, one.span.start_position().line) for one in report.findings] == [("GetObjcet", 3)]


FULL = """statements = [{
    sid         = "One"
    not_actions = ["s3:*"]
    resources   = ["arn:aws:s3:::home/&{aws:username}/*"]
    principals  = PRINCIPALS
    condition   = CONDITION
  }]"""
BLOCK = '{ type = "AWS", identifiers = ["123456789012"] }'
TEST = '{ test = "StringEquals", variable = "aws:PrincipalOrgID", values = ["o-a1b2c3d4e5"] }'


@pytest.mark.parametrize("principals", [f"[{BLOCK}]", f"{{ a = {BLOCK} }}", BLOCK, '{ AWS = ["123456789012"] }'])
@pytest.mark.parametrize(
    "condition",
    [f"[{TEST}]", f"{{ a = {TEST} }}", TEST, '{ StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }'],
)
def test_all_of_a_statement(tmp_path: Path, principals: str, condition: str) -> None:
    text = FULL.replace("PRINCIPALS", principals).replace("CONDITION", condition)
    (policy,) = policies(tmp_path, {"main.tf": call(text)})
    (statement,) = policy.statements
    assert policy.kind.value == "resource"
    assert not statement.denies()
    assert statement.not_action is not None
    assert [text.value for text in statement.not_action.values] == ["s3:*"]
    assert statement.resource is not None
    assert statement.resource.values[0].value == "arn:aws:s3:::home/${aws:username}/*"
    assert statement.principal is not None
    assert [(one.type and one.type.value, one.value.value) for one in statement.principal.values] == [
        ("AWS", "123456789012")
    ]
    assert [(one.operator.value, one.key.value, one.values[0].value) for one in statement.conditions] == [
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5")
    ]


def test_blocks_of_one_type_share_it(tmp_path: Path) -> None:
    """As the provider writes them; one key twice would be a mistake."""
    principals = f"[{BLOCK}, {BLOCK.replace('123456789012', '*')}]"
    other = TEST.replace("aws:PrincipalOrgID", "aws:SourceAccount").replace("o-a1b2c3d4e5", "123456789012")
    text = FULL.replace("PRINCIPALS", principals).replace("CONDITION", f"[{TEST}, {other}]")
    (policy,) = policies(tmp_path, {"main.tf": call(text)})
    (statement,) = policy.statements
    assert statement.principal is not None
    assert [one.value.value for one in statement.principal.values] == ["123456789012", "*"]
    assert isinstance(statement.condition, Map)
    assert [key.value for key, _ in statement.condition.entries] == ["StringEquals"]
    assert [(one.key.value, one.values[0].value) for one in statement.conditions] == [
        ("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("aws:SourceAccount", "123456789012"),
    ]


@pytest.mark.parametrize(
    ("text", "kind", "service", "complete"),
    [
        (f'x = [{{ actions = ["kms:*"], principals = [{BLOCK}], resources = ["*"] }}]', "resource", "kms", True),
        (f'x = [{{ actions = ["sqs:*"], principals = [{BLOCK}] }}]', "resource", "sqs", False),
        (f'x = {{ a = {{ actions = ["sts:AssumeRole"], principals = [{BLOCK}] }} }}', "trust", "sts", True),
    ],
)
def test_the_kind_is_that_of_the_content(tmp_path: Path, text: str, kind: str, service: str, complete: bool) -> None:
    (policy,) = policies(tmp_path, {"main.tf": call(text)})
    assert (policy.kind.value, policy.service) == (kind, service)
    # A statement without a resource gets it from the module.
    assert [one.complete for one in policy.statements] == [complete]


@pytest.mark.parametrize(
    "text",
    [
        call('rules = [{ actions = [{ type = "forward" }], resources = ["x"] }]'),
        call('jobs = [{ actions = ["build", "test"], resources = ["x"] }]'),
        call("statements = var.statements"),
        call("statements = [{ actions = var.actions, resources = [var.resource] }]"),
        call('x = { actions = ["s3:Get*"] }'),
        call('triggers = { a = { action = "lambda:InvokeFunction", principal = "events.amazonaws.com" } }'),
        f"locals {{\n  statements = [{{ {ONE} }}]\n}}\n",
        f'variable "statements" {{\n  default = [{{ {ONE} }}]\n}}\n',
        f'resource "example" "x" {{\n  statements = [{{ {ONE} }}]\n}}\n',
        call("depends_on = [{ %s }]" % ONE),  # noqa: UP031  the braces are Terraform's
    ],
)
def test_what_is_no_policy_of_a_module(tmp_path: Path, text: str) -> None:
    assert policies(tmp_path, {"main.tf": text}) == []


CHILD = """\
variable "statements" {}
data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.statements
    content {
      actions   = statement.value.actions
      resources = try(statement.value.resources, ["*"])
    }
  }
}
resource "aws_iam_policy" "this" {
  policy = data.aws_iam_policy_document.this.json
}
"""


def test_what_a_module_here_makes_a_policy_of_is_told_once(tmp_path: Path) -> None:
    files = {"main.tf": call(f"statements = [{{ {ONE} }}]", "./child"), "child/main.tf": CHILD}
    (policy,) = policies(tmp_path, files)
    assert policy.origin.address.endswith("aws_iam_policy.this")
    assert [actions(one) for one in policy.statements] == [["s3:GetObjcet"]]


def test_what_a_module_here_does_nothing_with_is_told_of_the_call(tmp_path: Path) -> None:
    files = {"main.tf": call(f"statements = [{{ {ONE} }}]", "./child"), "child/main.tf": 'variable "statements" {}\n'}
    (policy,) = policies(tmp_path, files)
    assert policy.origin.address == "module.this"


def test_what_an_installed_module_makes_a_policy_of_is_told_of_the_call(tmp_path: Path) -> None:
    files = {
        "main.tf": call(f"statements = [{{ {ONE} }}]"),
        ".terraform/modules/modules.json": '{"Modules": [{"Key": "this", "Dir": ".terraform/modules/this"}]}',
        ".terraform/modules/this/main.tf": CHILD,
    }
    theirs, ours = policies(tmp_path, files)
    assert "/.terraform/" in theirs.span.in_file().source.path
    assert (ours.origin.address, ours.origin.attribute) == ("module.this", "statements")


@pytest.mark.parametrize(("count", "found"), [(10, 1), (30, 0)])
def test_values_that_share_their_parts_end_well(tmp_path: Path, count: int, found: int) -> None:
    # Thirty times doubled a value is too large to be known.
    levels = "\n".join(f"  v{n} = {{ a = local.v{n + 1}, b = local.v{n + 1} }}" for n in range(count))
    text = call("x = local.v0") + f"locals {{\n{levels}\n  v{count} = {{ {ONE} }}\n}}\n"
    assert len(policies(tmp_path, {"main.tf": text})) == found
