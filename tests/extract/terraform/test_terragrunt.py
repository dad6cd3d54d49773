"""Policies in HCL that is no module: Terragrunt's configuration, values of variables, files of other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, ModuleFiles, lint, policies_of
from lplint.extract import extract, is_terraform, may_hold_policy
from lplint.model.source import Source

if TYPE_CHECKING:
    from lplint.model.finding import Failure
    from lplint.model.policy import Policy

WILD = Path(__file__).resolve().parents[3].parent / "shared" / "corpus" / "wild"


def policies(text: str, name: str = "terragrunt.hcl") -> list[Policy]:
    failures: list[Failure] = []
    one = Input(f"live/prod/{name}", Config(), text.encode())
    found = [found for _, found in policies_of([one], ModuleFiles(), failures)]
    assert failures == []
    assert [problem.message for each in found for problem in each.problems] == []
    return [policy for each in found for policy in each.policies]


def actions(policy: Policy) -> list[str]:
    return [
        text.display
        for statement in policy.statements
        for text in (statement.action.values if statement.action is not None else ())
    ]


INPUTS = """\
include "root" {
  path = find_in_parent_folders()
}
locals {
  account = local.vars.locals.account
  vars    = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  ours    = "ours"
}
inputs = {
  name = "x"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObjcet", Resource = "arn:aws:s3:::${local.ours}/${get_env("X")}" }]
  })
}
"""


def test_inputs_with_a_policy_of_which_something_is_unknown() -> None:
    (policy,) = policies(INPUTS)
    assert (policy.origin.address, policy.kind.value) == ("inputs", "identity")
    assert actions(policy) == ["s3:GetObjcet"]
    (resource,) = policy.statements[0].resource.values if policy.statements[0].resource is not None else ()
    assert [part if isinstance(part, str) else None for part in resource.parts] == ["arn:aws:s3:::ours/", None]


def found_by(rule: str, text: str, name: str = "terragrunt.hcl") -> list[tuple[int, str]]:
    report = lint([Input(name, Config(), text.encode())], lambda _: (ruleset.find(rule),))
    assert not report.failures
    return [(one.span.start_position().line, one.span.text) for one in report.findings]


def test_a_finding_underlines_the_characters() -> None:
    assert found_by("unknown-action", INPUTS) == [(13, "GetObjcet")]


STATEMENTS = """\
inputs = merge(local.common, {
  policy_statements = {
    queue = {
      actions   = ["sqs:SendMessage"]
      resources = [dependency.queue.outputs.arn]
    }
  }
})
locals {
  common = { statements = [{ actions = ["s3:*"], resources = ["*"] }] }
}
"""


def test_inputs_with_statements() -> None:
    found = {policy.origin.attribute: policy for policy in policies(STATEMENTS)}
    assert {name: actions(policy) for name, policy in found.items()} == {
        "policy_statements": ["sqs:SendMessage"],
        "statements": ["s3:*"],
    }
    assert not any(policy.complete for policy in found.values())


GENERATED = """\
generate "iam" {
  path      = "iam.tf"
  if_exists = "overwrite"
  contents  = <<-EOF
    data "aws_iam_policy_document" "this" {
      statement {
        actions   = ["s3:GetObjcet"]
        resources = ["arn:aws:s3:::${local.ours}/*", "${dependency.a_very_long_name_of_it.outputs.a_long_name_of_it}"]
      }
    }
    resource "aws_sqs_queue_policy" "this" {
      queue_url = "x"
      policy    = data.aws_iam_policy_document.this.json
    }
  EOF
}
locals {
  ours = "ours"
}
"""


def test_a_generated_module() -> None:
    (policy,) = policies(GENERATED)
    assert (str(policy.origin), policy.kind.value) == ("aws_sqs_queue_policy.this.policy", "resource")
    assert policy.statements[0].resource is not None
    assert [text.value for text in policy.statements[0].resource.values] == ["arn:aws:s3:::ours/*"]
    assert not policy.statements[0].resource.complete
    assert found_by("unknown-action", GENERATED) == [(7, "GetObjcet")]


JSON = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObjcet", "Resource": "${local.x}"}]}'


ENCODED = 'jsonencode({Statement = [{Effect = "Allow", Action = "s3:GetObjcet", Resource = "*"}]})'
TF_JSON = json.dumps({"resource": {"aws_iam_policy": {"x": {"policy": JSON.replace("${local.x}", "*")}}}})


@pytest.mark.parametrize(
    "text",
    [
        f'generate "p" {{\n  path = "p.json"\n  contents = <<EOF\n{JSON}\nEOF\n}}\n',
        f'generate "p" {{\n  path = "p.json"\n  contents = {ENCODED}\n}}\n',
        f'generate = {{\n  p = {{\n    path = "p.json"\n    contents = <<EOF\n{JSON}\nEOF\n  }}\n}}\n',
        f"locals {{\n  p = <<EOF\n{JSON}\nEOF\n}}\n",
        f'generate "p" {{\n  path = "p.tf.json"\n  contents = <<EOF\n{TF_JSON}\nEOF\n}}\n',
    ],
)
def test_generated_json(text: str) -> None:
    (policy,) = policies(text)
    assert actions(policy) == ["s3:GetObjcet"]
    assert [found for _, found in found_by("unknown-action", text)] == ["GetObjcet"]


PACKER = """\
source "amazon-ebs" "this" {
  temporary_iam_instance_profile_policy_document {
    Version = "2012-10-17"
    Statement {
      Effect   = "Allow"
      Action   = ["logs:*"]
      Resource = ["*"]
    }
    Statement {
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = var.bucket
    }
  }
}
"""


def test_a_policy_in_blocks() -> None:
    (policy,) = policies(PACKER, "image.pkr.hcl")
    assert policy.origin.address == "source.amazon-ebs.this"
    assert actions(policy) == ["logs:*", "s3:GetObject"]
    assert policy.version is not None


@pytest.mark.parametrize("name", ["prod.tfvars", "live/terragrunt.hcl"])
def test_values_of_variables(name: str) -> None:
    text = 'statements = [{ actions = ["s3:*"], resources = ["*"] }]\n'
    found = policies(text, name)
    assert [actions(policy) for policy in found] == ([["s3:*"]] if name.endswith(".tfvars") else [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("policy.hcl", 'path "secret/*" {\n  capabilities = ["read"]\n  # Statement\n}\n'),
        ("x.nomad.hcl", 'job "Statement" {\n  actions = ["restart"]\n  resources {\n    cpu = 1\n  }\n}\n'),
        (".terraform.lock.hcl", 'provider "registry/aws" {\n  hashes = ["h1:Statement"]\n}\n'),
        ("a.tftest.hcl", f"x = <<EOF\n{JSON}\nEOF\n"),
        ("waf.hcl", "x {\n  Statement {\n    RateBased = 1\n  }\n}\n"),
        ("x.hcl", 'generate "x" {\n  contents = "some Statement"\n}\ngenerate "y" {}\ngenerate = 3\n'),
        ("x.hcl", "locals {\n  Statement = local.Statement\n  a = local.a\n}\ninputs = local.a\n"),
        ("broken.hcl", "Statement = [ {\n"),
    ],
)
def test_no_noise_from_other_tools(name: str, text: str) -> None:
    assert policies(text, name) == []


def test_a_broken_file_that_means_a_policy_is_told() -> None:
    text = INPUTS.replace("  })\n}\n", "")
    report = lint([Input("terragrunt.hcl", Config(), text.encode())], lambda _: ruleset.rules())
    assert "syntax-error" in [finding.rule.name for finding in report.findings]


PIECES = (
    "inputs = {", 'generate "x" {', "contents = <<E\n", "\nE\n", "}", "\n", '"${', "Statement", "actions = [", "]",
    "local.x",     'path = "a.tf"\n', "statement {", JSON,
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_no_text_breaks_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    for policy in extract(Source("terragrunt.hcl", text)).policies:
        assert policy.span.in_file().end <= len(text)


def test_the_hcl_of_the_corpus_holds_what_was_seen_in_it() -> None:
    if not WILD.is_dir():
        pytest.skip("the corpus is not beside the checkout")
    files = [path for ending in ("*.hcl", "*.tfvars") for path in sorted(WILD.rglob(ending))]
    found = {
        str(path.relative_to(WILD)): [policy.kind.value for policy in made.policies]
        for path in files
        if not is_terraform(path.name) and may_hold_policy(path.read_bytes(), path.name)
        if (made := extract(Source(path.name, path.read_text("utf-8")))).policies or made.problems
    }
    assert len(files) > 150
    assert found == {
        "cloudposse__terraform-aws-iam-policy/examples/complete/fixtures.us-east-2.tfvars": ["identity"] * 5,
        "y-miyazaki__terraform-aws-base/terraform/base/terraform.example.tfvars": ["identity"] * 10,
        "y-miyazaki__terraform-aws-base/terraform/management/root/terraform.example.tfvars": ["identity"],
    }
