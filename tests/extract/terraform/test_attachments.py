"""Whose the policies of a Terraform module are: roles, users and groups with what is attached to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lplint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

TRUST = """
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }
  })
"""
POLICY = """
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::b/*" }
  })
"""
ROLE = f'resource "aws_iam_role" "ci" {{\n  name = "ci"\n{TRUST}}}\n'
MANAGED = f'resource "aws_iam_policy" "read" {{\n  name = "read"\n{POLICY}}}\n'
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def listed(folder: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `lplint policies` says of the identities of a module, by address."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert main(["policies", "--format", "json", str(folder)]) == 0
    return {row["address"]: row for row in json.loads(capsys.readouterr().out)["identities"]}


def origins(row: dict[str, Any]) -> list[str]:
    return [policy["origin"] for policy in row["policies"]]


def attachment(role: str, arn: str, more: str = "") -> str:
    return f'resource "aws_iam_role_policy_attachment" "x" {{\n{more}  role = {role}\n  policy_arn = {arn}\n}}\n'


@pytest.mark.parametrize(
    "role",
    [
        "aws_iam_role.ci.name",
        "aws_iam_role.ci.id",
        '"ci"',
        "aws_iam_role.ci[0].name",
        'join("", aws_iam_role.ci[*].name)',
        'join("", aws_iam_role.ci.*.name)',
        "one(aws_iam_role.ci[*].name)",
        'try(aws_iam_role.ci[0].name, "")',
        "local.role",
        '"${aws_iam_role.ci.name}"',
    ],
)
def test_a_role_is_found_however_it_is_named(role: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ROLE + MANAGED + attachment(role, "aws_iam_policy.read.arn") + "locals {\n  role = aws_iam_role.ci.name\n}\n"
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_iam_role.ci"]
    assert origins(found) == ["aws_iam_policy.read.policy"]
    assert [policy["origin"] for policy in found["trust"]] == ["aws_iam_role.ci.assume_role_policy"]
    assert found["complete"]


def test_a_role_without_a_name_is_found_by_its_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unnamed = ROLE.replace('name = "ci"', "name = var.name") + ROLE.replace('"ci"', '"other"')
    text = unnamed + MANAGED + attachment("aws_iam_role.ci.name", "aws_iam_policy.read.arn")
    found = listed(tmp_path, {"main.tf": text}, capsys)
    assert origins(found["aws_iam_role.ci"]) == ["aws_iam_policy.read.policy"]
    assert origins(found["aws_iam_role.other"]) == []


@pytest.mark.parametrize(
    "arn",
    [
        "aws_iam_policy.read.arn",
        "aws_iam_policy.read.id",
        "local.all.read",
        '"arn:aws:iam::123456789012:policy/read"',
        '"arn:aws:iam::${data.aws_caller_identity.current.account_id}:policy/team/read"',
    ],
)
def test_a_policy_is_found_however_it_is_named(arn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ROLE + MANAGED + attachment("aws_iam_role.ci.name", arn)
    text += "locals {\n  all = { read = aws_iam_policy.read.arn }\n}\n"
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_iam_role.ci"]
    assert (origins(found), found["attached"]) == (["aws_iam_policy.read.policy"], [])


def test_every_instance_attaches_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    each = f'  for_each = toset([aws_iam_policy.read.arn, "{READ_ONLY}"])\n'
    text = ROLE + MANAGED + attachment("aws_iam_role.ci.name", "each.value", each)
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_iam_role.ci"]
    assert origins(found) == ["aws_iam_policy.read.policy"]
    assert found["attached"] == [READ_ONLY]
    assert found["complete"]


def test_instances_pair_roles_with_policies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = (
        "  for_each = {\n"
        "    a = { role = aws_iam_role.ci.name, policy = aws_iam_policy.read.arn }\n"
        f'    b = {{ role = aws_iam_role.app.name, policy = "{READ_ONLY}" }}\n'
        "  }\n"
    )
    text = ROLE + ROLE.replace('"ci"', '"app"') + MANAGED
    text += attachment("each.value.role", "each.value.policy", pairs)
    found = listed(tmp_path, {"main.tf": text}, capsys)
    assert (origins(found["aws_iam_role.ci"]), found["aws_iam_role.ci"]["attached"]) == (
        ["aws_iam_policy.read.policy"],
        [],
    )
    assert (origins(found["aws_iam_role.app"]), found["aws_iam_role.app"]["attached"]) == ([], [READ_ONLY])


def test_counted_instances_index_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ROLE + MANAGED + f'locals {{\n  arns = [aws_iam_policy.read.arn, "{READ_ONLY}"]\n}}\n'
    text += attachment("aws_iam_role.ci.name", "local.arns[count.index]", "  count = length(local.arns)\n")
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_iam_role.ci"]
    assert (origins(found), found["attached"]) == (["aws_iam_policy.read.policy"], [READ_ONLY])


def test_what_a_role_brings_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inline = f'  inline_policy {{\n    name = "x"\n{POLICY}  }}\n'
    own = f'  managed_policy_arns  = ["{READ_ONLY}"]\n  permissions_boundary = aws_iam_policy.edge.arn\n'
    text = ROLE[:-2] + inline + own + "}\n" + MANAGED.replace('"read"', '"edge"')
    text += f'resource "aws_iam_role_policy" "more" {{\n  role = aws_iam_role.ci.id\n{POLICY}}}\n'
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_iam_role.ci"]
    assert origins(found) == ["aws_iam_role.ci.inline_policy.policy", "aws_iam_role_policy.more.policy"]
    assert found["attached"] == [READ_ONLY]
    assert [policy["origin"] for policy in found["boundaries"]] == ["aws_iam_policy.edge.policy"]


def test_a_policy_used_as_a_boundary_alone_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bound = ROLE[:-2] + "  permissions_boundary = aws_iam_policy.read.arn\n}\n" + MANAGED
    for more, kind in (("", "boundary"), (attachment("aws_iam_role.ci.name", "aws_iam_policy.read.arn"), "identity")):
        (tmp_path / "main.tf").write_text(bound + more, "utf-8")
        assert main(["policies", "--format", "json", str(tmp_path)]) == 0
        rows = json.loads(capsys.readouterr().out)["policies"]
        assert {row["kind"] for row in rows if "read" in row["origin"]["address"]} == {kind}


def test_users_have_what_their_groups_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'resource "aws_iam_user" "ann" {\n  name = "ann"\n}\nresource "aws_iam_group" "devs" {\n  name = "devs"\n}\n'
    text += f'resource "aws_iam_group_policy" "x" {{\n  group = aws_iam_group.devs.name\n{POLICY}}}\n'
    text += 'resource "aws_iam_user_group_membership" "x" {\n  user = aws_iam_user.ann.name\n'
    text += "  groups = [aws_iam_group.devs.name]\n}\n"
    found = listed(tmp_path, {"main.tf": text}, capsys)
    assert found["aws_iam_user.ann"]["groups"] == ["aws_iam_group.devs"]
    assert origins(found["aws_iam_group.devs"]) == ["aws_iam_group_policy.x.policy"]


def test_one_attachment_for_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ROLE + MANAGED + 'resource "aws_iam_user" "ann" {\n  name = "ann"\n}\n'
    text += 'resource "aws_iam_policy_attachment" "x" {\n  name = "x"\n  roles = [aws_iam_role.ci.name]\n'
    text += '  users = ["ann"]\n  policy_arn = aws_iam_policy.read.arn\n}\n'
    found = listed(tmp_path, {"main.tf": text}, capsys)
    assert origins(found["aws_iam_role.ci"]) == origins(found["aws_iam_user.ann"]) == ["aws_iam_policy.read.policy"]


def test_a_role_and_its_policies_in_several_modules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "main.tf": 'module "role" {\n  source = "./role"\n}\nmodule "rights" {\n  source = "./rights"\n'
        "  role = module.role.name\n}\n",
        "role/main.tf": ROLE.replace('name = "ci"', "name_prefix = var.x")
        + 'output "name" {\n  value = aws_iam_role.ci.name\n}\n',
        "rights/main.tf": 'variable "role" {}\n'
        f'resource "aws_iam_role_policy" "x" {{\n  role = var.role\n{POLICY}}}\n',
    }
    found = listed(tmp_path, files, capsys)
    assert origins(found["module.role.aws_iam_role.ci"]) == ["aws_iam_role_policy.x.policy"]


@pytest.mark.parametrize(
    ("role", "arn"),
    [
        ("aws_iam_role.ci.name", "var.arn"),
        ("var.role", "aws_iam_policy.read.arn"),
        ("var.b ? aws_iam_role.ci.name : aws_iam_role.app.name", "aws_iam_policy.read.arn"),
        ("aws_iam_role.ci.name", f'var.b ? aws_iam_policy.read.arn : "{READ_ONLY}"'),
    ],
)
def test_what_cannot_be_known_leaves_an_identity_incomplete(
    role: str, arn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ROLE + ROLE.replace('"ci"', '"app"') + MANAGED + attachment(role, arn)
    text += 'variable "arn" {}\nvariable "role" {}\nvariable "b" {}\n'
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_iam_role.ci"]
    assert not found["complete"]
    assert (origins(found), found["attached"]) == ([], [])


def test_a_data_source_is_somebody_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ROLE + MANAGED + 'data "aws_iam_role" "old" {\n  name = var.old\n}\n'
    text += attachment("data.aws_iam_role.old.name", "aws_iam_policy.read.arn")
    found = listed(tmp_path, {"main.tf": text}, capsys)
    assert list(found) == ["aws_iam_role.ci"]
    assert (origins(found["aws_iam_role.ci"]), found["aws_iam_role.ci"]["complete"]) == ([], True)


def test_permission_sets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'resource "aws_ssoadmin_permission_set" "dev" {\n  name = "dev"\n}\n'
    text += 'resource "aws_ssoadmin_managed_policy_attachment" "x" {\n'
    text += f'  permission_set_arn = aws_ssoadmin_permission_set.dev.arn\n  managed_policy_arn = "{READ_ONLY}"\n}}\n'
    text += 'resource "aws_ssoadmin_permission_set_inline_policy" "x" {\n'
    text += (
        f"  permission_set_arn = aws_ssoadmin_permission_set.dev.arn\n{POLICY.replace('policy', 'inline_policy')}}}\n"
    )
    found = listed(tmp_path, {"main.tf": text}, capsys)["aws_ssoadmin_permission_set.dev"]
    assert (found["kind"], found["attached"]) == ("permission-set", [READ_ONLY])
    assert origins(found) == ["aws_ssoadmin_permission_set_inline_policy.x.inline_policy"]


def test_the_other_provider_for_aws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = '{ Version = "2012-10-17", Statement = { Effect = "Allow", Action = "s3:*", Resource = "*" } }'
    text = f"""
resource "awscc_iam_role" "ci" {{
  role_name                   = "ci"
  managed_policy_arns         = ["{READ_ONLY}"]
  assume_role_policy_document = jsonencode({document})
  policies = [{{
    policy_name     = "x"
    policy_document = jsonencode({document})
  }}]
}}
"""
    found = listed(tmp_path, {"main.tf": text}, capsys)["awscc_iam_role.ci"]
    assert origins(found) == ["awscc_iam_role.ci.policies.policy_document"]
    assert found["attached"] == [READ_ONLY]
