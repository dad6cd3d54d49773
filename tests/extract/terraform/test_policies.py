"""The policies of Terraform modules: where they are found, what they say, and at which characters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, ModuleFiles, lint, policies_of, units
from lplint.extract import extract_module, is_terraform
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.finding import Failure, Finding, Report
    from lplint.model.policy import Policy


def written(folder: Path, files: dict[str, str]) -> list[Input]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return [Input(str(folder / name), Config()) for name in sorted(files) if is_terraform(name)]


def policies(folder: Path, files: dict[str, str]) -> list[Policy]:
    failures: list[Failure] = []
    found = []
    for unit in units(written(folder, files)):
        for _, one in policies_of(unit, ModuleFiles(), failures):
            assert one.problems == []
            found.extend(one.policies)
    assert failures == []
    return found


def all_policies(folder: Path, files: dict[str, str]) -> list[Policy]:
    """The policies of the module in the folder, wherever they stand: also in the modules it calls."""
    written(folder, files)
    return extract_module(str(folder), ModuleFiles().within(str(folder))).policies


def linted(folder: Path, files: dict[str, str], *rules: str) -> Report:
    chosen = tuple(ruleset.find(rule) for rule in rules) or ruleset.rules()
    report = lint(written(folder, files), lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    return report


def written_out(found: list[Policy]) -> list[Policy]:
    """Those of which something is known."""
    return [policy for policy in found if policy.statements]


def actions(policy: Policy) -> list[str]:
    return [
        text.display
        for statement in policy.statements
        for text in (statement.action.values if statement.action is not None else ())
    ]


def underlined(findings: list[Finding]) -> list[tuple[str, int, str]]:
    return [
        (finding.span.source.path.rpartition("/")[2], finding.span.start_position().line, finding.span.text)
        for finding in findings
    ]


DOCUMENT = """\
data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:GetObjcet", "iam:PassRole"]
    resources = ["*"]
  }
}
resource "aws_iam_policy" "this" {
  policy = data.aws_iam_policy_document.this.json
}
"""
ENCODED = """\
resource "aws_iam_policy" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObjcet", "iam:PassRole"]
      Resource = "*"
    }]
  })
}
"""
HEREDOC = """\
resource "aws_iam_policy" "this" {
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObjcet", "iam:PassRole"], "Resource": "${var.resource}"}
      ]
    }
  EOT
}
variable "resource" {
  default = "*"
}
"""
FILE = 'resource "aws_iam_policy" "this" {\n  policy = file("${path.module}/policy.json")\n}\n'
JSON = """\
{"Version": "2012-10-17",
 "Statement": [{"Effect": "Allow", "Action": ["s3:GetObjcet", "iam:PassRole"], "Resource": "*"}]}
"""
TEMPLATE_FILE = """\
resource "aws_iam_policy" "this" {
  policy = templatefile("${path.module}/policy.json.tftpl", { any = "*" })
}
"""
TEMPLATE = """\
{"Version": "2012-10-17",
 "Statement": [{"Effect": "Allow", "Action": ["s3:GetObjcet", "iam:PassRole"], "Resource": "${any}"}]}
"""


# Terraform's JSON, where the string of a policy has its own escapes.
TF_JSON = r"""{"resource": {"aws_iam_policy": {"this": {
  "policy": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObjcet\",\"iam:PassRole\"],\"Resource\":\"*\"}]}"
}}}}
"""


@pytest.mark.parametrize(
    ("files", "place", "unknown", "anything"),
    [
        ({"main.tf": DOCUMENT}, "main.tf", 3, (4, '"*"')),
        ({"main.tf": ENCODED}, "main.tf", 6, (7, '"*"')),
        ({"main.tf": HEREDOC}, "main.tf", 6, (6, '"${var.resource}"')),
        ({"main.tf": FILE, "policy.json": JSON}, "policy.json", 2, (2, '"*"')),
        ({"main.tf": TEMPLATE_FILE, "policy.json.tftpl": TEMPLATE}, "policy.json.tftpl", 2, (2, '"${any}"')),
        ({"main.tf.json": TF_JSON}, "main.tf.json", 2, (2, '\\"*\\"')),
    ],
    ids=["document", "jsonencode", "heredoc", "file", "templatefile", "json"],
)
def test_ways_of_writing_one_policy(
    tmp_path: Path, files: dict[str, str], place: str, unknown: int, anything: tuple[int, str]
) -> None:
    (policy,) = policies(tmp_path, files)
    assert policy.kind.value == "identity"
    assert str(policy.origin) == "aws_iam_policy.this.policy"
    assert actions(policy) == ["s3:GetObjcet", "iam:PassRole"]
    report = linted(tmp_path, files, "unknown-action", "pass-role-any-role")
    assert [finding.rule.name for finding in report.findings] == ["unknown-action", "pass-role-any-role"]
    assert underlined(list(report.findings)) == [(place, unknown, "GetObjcet"), (place, *anything)]
    # The very characters: those of this action, and not of others that look alike.
    text = (tmp_path / place).read_text("utf-8")
    assert report.findings[0].span.start == text.index("GetObjcet")
    assert report.findings[1].span.end == text.rindex(anything[1]) + len(anything[1])


def resource(type_: str, argument: str = "policy", extra: str = "") -> str:
    statement = 'Effect = "Allow", Action = "s3:GetObject", Resource = "*"'
    policy = f'jsonencode({{ Version = "2012-10-17", Statement = [{{ {statement} }}] }})'
    return f'resource "{type_}" "this" {{\n  {extra}\n  {argument} = {policy}\n}}\n'


@pytest.mark.parametrize(
    ("text", "kind", "service"),
    [
        (resource("aws_iam_role", "assume_role_policy"), "trust", "sts"),
        (resource("aws_iam_role_policy"), "identity", ""),
        (resource("aws_s3_bucket_policy"), "resource", "s3"),
        (resource("aws_sqs_queue_policy"), "resource", "sqs"),
        (resource("aws_kms_key"), "resource", "kms"),
        (resource("aws_vpc_endpoint"), "resource", "vpce"),
        (resource("aws_organizations_policy", "content", 'type = "SERVICE_CONTROL_POLICY"'), "scp", ""),
        (resource("aws_organizations_policy", "content", 'type = "RESOURCE_CONTROL_POLICY"'), "rcp", ""),
        (resource("aws_organizations_policy", "content"), "scp", ""),
        (resource("example_thing", "whatever"), "identity", ""),
    ],
)
def test_the_kind_is_that_of_the_argument(tmp_path: Path, text: str, kind: str, service: str) -> None:
    (policy,) = policies(tmp_path, {"main.tf": text})
    assert (policy.kind.value, policy.service) == (kind, service)


INLINE = """\
resource "aws_iam_role" "this" {
  inline_policy {
    name   = "a"
    policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
  }
}
"""


def test_inline_policies_of_a_role(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, {"main.tf": INLINE})
    assert str(policy.origin) == "aws_iam_role.this.inline_policy.policy"


EVERYTHING = """\
data "aws_iam_policy_document" "this" {
  policy_id = "id"
  statement {
    sid         = "One"
    effect      = "Deny"
    not_actions = ["s3:*"]
    resources   = ["arn:aws:s3:::home/&{aws:username}/*", aws_s3_bucket.logs.arn, "${aws_s3_bucket.logs.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["123456789012"]
    }
    not_principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = ["o-a1b2c3d4e5"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalTag/team"
      values   = [var.team]
    }
  }
}
resource "aws_s3_bucket" "logs" {
  bucket = "our-logs"
}
variable "team" {}
"""


def test_all_of_a_document(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, {"main.tf": EVERYTHING})
    (statement,) = policy.statements
    assert statement.denies()
    assert statement.not_action is not None
    assert [text.value for text in statement.not_action.values] == ["s3:*"]
    assert statement.resource is not None
    home, bucket, objects = statement.resource.values
    assert home.value == "arn:aws:s3:::home/${aws:username}/*"
    assert bucket.may_equal("arn:aws:s3:::our-logs")
    assert not bucket.may_equal("arn:aws:s3:::other")
    assert not bucket.may_equal("arn:aws:sqs:::our-logs")
    assert objects.may_equal("arn:aws-cn:s3:::our-logs/*")
    assert not objects.may_equal("arn:aws-cn:s3:::our-logs/x")
    assert statement.principal is not None
    assert [(one.type and one.type.value, one.value.value) for one in statement.principal.values] == [
        ("AWS", "123456789012")
    ]
    assert statement.not_principal is not None
    assert [(one.type, one.value.value) for one in statement.not_principal.values] == [(None, "*")]
    assert [(one.operator.value, one.key.value) for one in statement.conditions] == [
        ("StringEquals", "aws:PrincipalOrgID"),
        ("StringEquals", "aws:PrincipalTag/team"),
    ]
    assert statement.conditions[0].values[0].value == "o-a1b2c3d4e5"
    assert not statement.conditions[1].complete


def admin(action: str) -> str:
    return f'policy = jsonencode({{Statement = [{{Effect = "Allow", Action = {action}, Resource = "*"}}]}})'


HIDDEN = {
    "concat": admin('concat(["*"], var.more)'),
    "for": admin('[for a in ["*"] : a]'),
    "conditional": admin('var.x ? "*" : "s3:Get*"'),
    "join": admin('join("", ["*"])'),
    "merge": 'policy = jsonencode(merge({Statement = [{Effect = "Allow", Action = "*", Resource = "*"}]}, {Id = "x"}))',
    "merge with what is unknown": 'policy = jsonencode(merge({Statement = [{Effect = "Allow", Action = "*", '
    'Resource = "*"}]}, var.x))',
    "local": "policy = local.admin",
    "source": "policy = data.aws_iam_policy_document.outer.json",
    "dynamic": "policy = data.aws_iam_policy_document.dynamic.json",
    "module": "policy = module.child.json",
    "count": "policy = data.aws_iam_policy_document.counted[0].json",
}
BESIDE = """\
locals {
  admin   = jsonencode({Statement = [{Effect = "Allow", Action = local.actions, Resource = "*"}]})
  actions = ["*"]
}
data "aws_iam_policy_document" "inner" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "outer" {
  source_policy_documents = [data.aws_iam_policy_document.inner.json]
}
data "aws_iam_policy_document" "dynamic" {
  dynamic "statement" {
    for_each = { all = "*" }
    content {
      actions   = [statement.value]
      resources = ["*"]
    }
  }
}
data "aws_iam_policy_document" "counted" {
  count = var.on ? 1 : 0
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}
module "child" {
  source = "./child"
  action = "*"
}
variable "more" {}
variable "x" {}
"""
CHILD = """\
variable "action" {}
output "json" {
  value = jsonencode({Statement = [{Effect = "Allow", Action = var.action, Resource = "*"}]})
}
"""


@pytest.mark.parametrize("way", HIDDEN)
def test_admin_cannot_hide(tmp_path: Path, way: str) -> None:
    files = {
        "main.tf": f'resource "aws_iam_policy" "this" {{\n  {HIDDEN[way]}\n}}\n',
        "beside.tf": BESIDE,
        "child/main.tf": CHILD,
    }
    (mine,) = [one for one in all_policies(tmp_path, files) if str(one.origin) == "aws_iam_policy.this.policy"]
    assert "*" in actions(mine)


UNKNOWN = """\
resource "aws_iam_policy" "this" {
  policy = jsonencode({
    Version   = var.version
    Statement = concat([{
      Effect   = var.effect
      Action   = var.actions
      Resource = "arn:aws:s3:::${var.bucket}"
      Condition = var.condition
    }], var.statements)
  })
}
"""


def test_what_is_not_known_is_no_finding(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, {"main.tf": UNKNOWN})
    assert not policy.complete
    assert linted(tmp_path, {"main.tf": UNKNOWN}).findings == []
    assert {text for _, text in policy.unresolved} >= {
        "var.version",
        "var.effect",
        "var.actions",
        "${var.bucket}",
        "var.condition",
    }


def test_only_the_files_named_are_told_but_the_module_is_read(tmp_path: Path) -> None:
    local = 'policy = jsonencode({Statement = [{Effect = "Allow", Action = "*", Resource = "*"}]})'
    files = {
        "main.tf": 'resource "aws_iam_policy" "this" {\n  policy = local.policy\n}\n',
        "locals.tf": f"locals {{\n  {local}\n}}\n",
    }
    inputs = {one.path.rpartition("/")[2]: one for one in written(tmp_path, files)}
    rules = (ruleset.find("wildcard-action"),)
    for name, count in (("main.tf", 0), ("locals.tf", 1)):
        assert len(lint([inputs[name]], lambda _: rules).findings) == count


def test_nothing_outside_the_root_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(JSON, "utf-8")
    files = {"module/.git/HEAD": "", "module/main.tf": FILE.replace("policy.json", "../secret.json")}
    assert written_out(policies(tmp_path, files)) == []
    (tmp_path / "module" / "policy.json").symlink_to(tmp_path / "secret.json")
    assert written_out(policies(tmp_path, {"module/main.tf": FILE})) == []


WAF = """\
resource "aws_wafv2_web_acl" "x" {
  rule {
    statement {
      managed_rule_group_statement {}
    }
  }
}
"""
DATA_PROTECTION = """\
resource "aws_sns_topic_data_protection_policy" "x" {
  policy = jsonencode({ Version = "2021-06-01", Statement = [{ Principal = ["*"] }] })
}
"""


@pytest.mark.parametrize(
    "text",
    [
        WAF,
        DATA_PROTECTION,
        'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_iam_policy" "x" {\n  policy = local.a\n}\n',
        'module "x" {\n  source = "./"\n}\nresource "aws_iam_policy" "x" {\n  policy = module.x.policy\n}\n',
        'resource "aws_iam_policy" "x" {\n  policy = data.aws_iam_policy_document.none.json\n}\n',
        'data "aws_iam_policy_document" "x" {\n  source_policy_documents = [data.aws_iam_policy_document.x.json]\n}\n',
        'resource "aws_iam_policy" "x" {\n  policy = file("nowhere.json")\n}\n',
    ],
)
def test_odd_modules_end_well(tmp_path: Path, text: str) -> None:
    assert linted(tmp_path, {"main.tf": text}).findings == []


def test_a_broken_file_yields_the_rest_and_one_sentence(tmp_path: Path) -> None:
    report = linted(tmp_path, {"main.tf": ENCODED + 'resource "x" "y" {\n  a = [1, 2\n}\n', "more.tf": DOCUMENT})
    broken = [finding for finding in report.findings if finding.rule.name == "syntax-error"]
    assert len(broken) == 1
    assert report.policies == 2


def test_standard_input_stands_in_its_module(tmp_path: Path) -> None:
    written(tmp_path, {"main.tf": "", "locals.tf": 'locals {\n  actions = ["*"]\n}\n'})
    text = f'resource "aws_iam_policy" "this" {{\n  {admin("local.actions")}\n}}\n'
    one = Input(str(tmp_path / "main.tf"), Config(), text.encode())
    ((_, found),) = policies_of([one], ModuleFiles(), [])
    assert [actions(policy) for policy in found.policies] == [["*"]]


INSTALLED = """\
{"Modules": [
  {"Key": "", "Source": "", "Dir": "."},
  {"Key": "child", "Source": "registry.terraform.io/example/child/aws", "Dir": ".terraform/modules/child"},
  {"Key": "child.inner", "Source": "./inner", "Dir": ".terraform/modules/child/inner"},
  {"Key": "child.other", "Source": "git::https://example.com/other.git", "Dir": ".terraform/modules/child.other"},
  {"Key": "outside", "Source": "git::https://example.com/outside.git", "Dir": "../outside"}
]}
"""
CALLER = """\
module "child" {
  source = "example/child/aws"
  action = "s3:GetObject"
}
module "outside" {
  source = "git::https://example.com/outside.git"
  action = "s3:PutObject"
}
resource "aws_iam_policy" "this" {
  policy = module.child.json
}
resource "aws_iam_policy" "deep" {
  policy = module.child.deep
}
resource "aws_iam_policy" "outside" {
  policy = module.outside.json
}
"""
INSTALLED_CHILD = (
    CHILD
    + """\
module "inner" {
  source = "./inner"
  action = var.action
}
module "other" {
  source = "git::https://example.com/other.git"
  action = "s3:DeleteObject"
}
output "deep" {
  value = jsonencode({Statement = [
    jsondecode(module.inner.json).Statement[0],
    jsondecode(module.other.json).Statement[0],
  ]})
}
resource "aws_iam_policy" "theirs" {
  policy = file("${path.module}/policy.json")
}
"""
)


def test_a_module_that_terraform_has_installed_is_known_but_not_linted(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    files = {
        "main.tf": CALLER,
        ".terraform/modules/child/main.tf": INSTALLED_CHILD,
        ".terraform/modules/child/policy.json": JSON,
        ".terraform/modules/child/inner/main.tf": CHILD,
        ".terraform/modules/child.other/main.tf": CHILD,
        "../outside/main.tf": CHILD,
    }
    (main, *_) = [one for one in written(root, files) if one.path.endswith("/repo/main.tf")]

    def told() -> list[Policy]:
        return [policy for _, one in policies_of([main], ModuleFiles(), []) for policy in one.policies]

    assert written_out(told()) == []  # what it calls is unknown
    written(root, {".terraform/modules/modules.json": INSTALLED})
    found = extract_module(str(root), ModuleFiles().within(str(root))).policies
    assert {one.origin.address: actions(one) for one in found if one.origin.address.startswith("aws_iam_policy")} == {
        "aws_iam_policy.this": ["s3:GetObject"],
        "aws_iam_policy.deep": ["s3:GetObject", "s3:DeleteObject"],
        "aws_iam_policy.theirs": ["s3:GetObjcet", "iam:PassRole"],
        "aws_iam_policy.outside": [],
    }
    assert {policy.span.in_file().source.path for policy in told()} <= {main.path}


@pytest.mark.parametrize("text", ["", "[]", '{"Modules": 3}', '{"Modules": [{"Key": 1, "Dir": "x"}, 4]}', "[" * 9000])
def test_an_odd_list_of_installed_modules_is_none(tmp_path: Path, text: str) -> None:
    found = policies(tmp_path, {"main.tf": CALLER, ".terraform/modules/modules.json": text})
    assert written_out(found) == []
    # What is not known is not passed over.
    assert [[written for _, written in policy.unresolved] for policy in found] == [
        ["module.child.json"],
        ["module.child.deep"],
        ["module.outside.json"],
    ]


CONDITIONS = """\
data "aws_iam_policy_document" "this" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::b"]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["one/"]
    }
    dynamic "condition" {
      for_each = ["two/", "three/"]
      content {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [condition.value]
      }
    }
    condition {
      test     = "StringLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:aws:iam::123456789012:role/*"]
    }
  }
}
"""


def test_conditions_on_one_key_are_one(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, {"main.tf": CONDITIONS})
    assert [
        (one.operator.value, one.key.value, [value.value for value in one.values])
        for one in policy.statements[0].conditions
    ] == [
        ("StringLike", "s3:prefix", ["one/", "two/", "three/"]),
        ("StringLike", "aws:PrincipalArn", ["arn:aws:iam::123456789012:role/*"]),
    ]
    assert linted(tmp_path, {"main.tf": CONDITIONS}, "LP002").findings == []


def test_modules_that_call_one_another_end(tmp_path: Path) -> None:
    """Terraform refuses them. Each of six calls makes six more, so that nobody would live to see the end."""

    def calls(other: str) -> str:
        return "".join(f'module "m{n}" {{\n  source = "../{other}"\n  policy = {n}\n}}\n' for n in range(6))

    files = {"a/main.tf": calls("b"), "b/main.tf": calls("a") + ENCODED}
    written(tmp_path, files)
    found = extract_module(str(tmp_path / "a"), ModuleFiles().within(str(tmp_path))).policies
    assert [actions(policy) for policy in found] == [["s3:GetObjcet", "iam:PassRole"]] * 6


def test_a_tree_of_modules_has_an_end(tmp_path: Path) -> None:
    files = {"m8/main.tf": ENCODED}
    for level in range(8):
        call = 'module "m%d" {\n  source = "../m%d"\n  policy = 1\n}\n'
        files[f"m{level}/main.tf"] = "".join(call % (number, level + 1) for number in range(6))
    written(tmp_path, files)
    found = extract_module(str(tmp_path / "m0"), ModuleFiles().within(str(tmp_path))).policies
    assert 0 < len(found) < 2_000


def test_a_string_of_many_unknowns_is_read_in_linear_time(tmp_path: Path) -> None:
    resources = ", ".join('"arn:aws:s3:::${var.x}/*"' for _ in range(20_000))
    document = '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObjcet", "Resource": [%s]}]}'
    text = f'resource "aws_iam_policy" "x" {{\n  policy = <<EOT\n{document % resources}\nEOT\n}}\n'
    start = time.process_time()
    (policy,) = policies(tmp_path, {"main.tf": text})
    assert time.process_time() - start < 30  # it takes 2 seconds; it took minutes
    assert policy.statements[0].resource is not None
    last = policy.statements[0].resource.values[-1]
    assert last.span.in_file().text == '"arn:aws:s3:::${var.x}/*"'
    assert last.span_of(0, 13).in_file().text == "arn:aws:s3:::"


@pytest.mark.parametrize(("known", "expected"), [('{ x = "s3:X" }', ["s3:X", "s3:Default"]), ("{}", ["s3:Default"])])
def test_what_one_of_several_values_lacks_another_may_have(tmp_path: Path, known: str, expected: list[str]) -> None:
    text = f"""\
locals {{
  merged = merge({{ a = {known} }}, var.more)
}}
resource "aws_iam_policy" "this" {{
  {admin('try(local.merged.a.x, "s3:Default")')}
}}
"""
    (policy,) = policies(tmp_path, {"main.tf": text})
    assert actions(policy) == expected
    assert policy.statements[0].action is not None
    assert not policy.statements[0].action.complete


def test_a_policy_that_may_have_statements_counts(tmp_path: Path) -> None:
    text = 'resource "aws_iam_policy" "x" {\n  policy = jsonencode(merge({ Id = "x" }, var.more))\n}\n'
    (policy,) = policies(tmp_path, {"main.tf": text})
    assert (policy.statements, policy.complete) == ((), False)
    assert "var.more" in [one for _, one in policy.unresolved]
