"""Terraform's JSON: the same module says the same in either language, at the characters of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, ModuleFiles, lint, policies_of, units
from lplint.extract import extract_module, is_terraform
from lplint.model.rule import Severity
from lplint.model.source import Source
from lplint.syntax import hcl_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lplint.model.finding import Failure, Finding
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


def findings(folder: Path, files: dict[str, str], *rules: str) -> list[Finding]:
    chosen = tuple(ruleset.find(rule) for rule in rules) or ruleset.rules()
    report = lint(written(folder, files), lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    return list(report.findings)


def actions(policy: Policy) -> list[str]:
    return [
        text.display
        for statement in policy.statements
        for text in (statement.action.values if statement.action is not None else ())
    ]


TF_JSON = """\
{
  "//": {"metadata": {"backend": "local"}},
  "data": {
    "aws_iam_policy_document": {
      "this": {
        "statement": [
          {"actions": ["s3:GetObjcet", "iam:PassRole"], "resources": ["*"]}
        ]
      }
    }
  },
  "resource": {
    "aws_iam_policy": {
      "this": {"policy": "${data.aws_iam_policy_document.this.json}"}
    }
  }
}
"""
STRING = """\
{"resource": [{"aws_iam_policy": {"this": [{
  "policy": "{\\"Version\\": \\"2012-10-17\\", \\"Statement\\": [{\\"Effect\\": \\"Allow\\",
 \\"Action\\": [\\"s3:GetObjcet\\", \\"iam:PassRole\\"], \\"Resource\\": \\"${var.any}\\"}]}"
}]}}],
 "variable": {"any": {"default": "*"}}}
""".replace(",\n \\", ", \\")
CALL = """\
{"resource": {"aws_iam_policy": {"this": {
  "policy": "${jsonencode({Version = \\"2012-10-17\\", Statement = [{Effect = \\"Allow\\",
 Action = [\\"s3:GetObjcet\\", \\"iam:PassRole\\"], Resource = \\"*\\"}]})}"
}}}}
""".replace(",\n Action", ", Action")


@pytest.mark.parametrize(
    ("text", "line"), [(TF_JSON, 7), (STRING, 2), (CALL, 2)], ids=["document", "string", "jsonencode"]
)
@pytest.mark.parametrize("name", ["cdk.tf.json", "main.tofu.json"])
def test_ways_of_writing_a_policy_in_json(tmp_path: Path, text: str, line: int, name: str) -> None:
    (policy,) = policies(tmp_path, {name: text})
    assert policy.kind.value == "identity"
    assert str(policy.origin) == "aws_iam_policy.this.policy"
    assert actions(policy) == ["s3:GetObjcet", "iam:PassRole"]
    unknown, passes = findings(tmp_path, {name: text}, "unknown-action", "pass-role-any-role")
    assert (unknown.rule.name, passes.rule.name) == ("unknown-action", "pass-role-any-role")
    assert (unknown.span.text, unknown.span.start_position().line) == ("GetObjcet", line)
    assert passes.span.text.strip('\\"') == ("${var.any}" if text is STRING else "*")
    assert passes.span.start_position().line == line


# -- a module as a value, written in both languages


class Block:
    def __init__(
        self, type_: str, labels: tuple[str, ...], arguments: dict[str, Any], *blocks: Block, array: bool = True
    ) -> None:
        self.type = type_
        self.labels = labels
        self.arguments = arguments
        self.blocks = blocks
        self.array = array


class Expression(str):
    __slots__ = ()


def hcl_text(block: Block) -> str:
    head = " ".join([block.type, *(f'"{label}"' for label in block.labels)])
    lines = [f"{name} = {hcl_value(value)}" for name, value in block.arguments.items()]
    lines += [hcl_text(one) for one in block.blocks]
    return f"{head} {{\n" + "\n".join(lines) + "\n}"


def hcl_value(value: Any) -> str:
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(hcl_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {hcl_value(one)}' for key, one in value.items())}}}"
    return json.dumps(value)


def json_value(value: Any) -> Any:
    if isinstance(value, Expression):
        return f"${{{value}}}"
    if isinstance(value, list):
        return [json_value(one) for one in value]
    if isinstance(value, dict):
        return {key: json_value(one) for key, one in value.items()}
    return value


def json_body(block: Block) -> dict[str, Any]:
    made: dict[str, Any] = {
        name: str(value) if name == "iterator" else json_value(value) for name, value in block.arguments.items()
    }
    for one in block.blocks:
        body: Any = json_body(one)
        if one.type == "dynamic":
            made.setdefault("dynamic", []).append({one.labels[0]: body})
        elif one.array or one.type in made:
            here = made.setdefault(one.type, [])
            made[one.type] = [*(here if isinstance(here, list) else [here]), body]
        else:
            made[one.type] = body
    return made


def json_text(blocks: list[Block], indent: int | None) -> str:
    whole: dict[str, Any] = {}
    for block in blocks:
        place = whole
        for name in (block.type, *block.labels)[: len(block.labels)]:
            place = place.setdefault(name, {})
        last = (block.type, *block.labels)[-1]
        place[last] = json_body(block)
    return json.dumps(whole, indent=indent)


ACTIONS = st.sampled_from(
    ["s3:GetObjcet", "iam:PassRole", "*", "s3:*", "iam:CreateUser", Expression("var.action"), "s3:${var.verb}*"]
)
RESOURCES = st.sampled_from(
    ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::home/${var.verb}/*", Expression("local.bucket"), "arn:aws:s3::bad"]
)


@st.composite
def statements(draw: st.DrawFn) -> Block:
    arguments: dict[str, Any] = {
        "actions": draw(st.lists(ACTIONS, min_size=1, max_size=3)),
        "resources": draw(st.lists(RESOURCES, min_size=1, max_size=2)),
    }
    if draw(st.booleans()):
        arguments["effect"] = draw(st.sampled_from(["Allow", "Deny", "allow"]))
    inner = []
    array = draw(st.booleans())
    if draw(st.booleans()):
        identifiers = draw(st.sampled_from([["*"], ["123456789012"], [Expression("var.unknown")]]))
        inner.append(Block("principals", (), {"type": "AWS", "identifiers": identifiers}, array=array))
    if draw(st.booleans()):
        test = draw(st.sampled_from(["StringEquals", "StringEqual"]))
        variable = draw(st.sampled_from(["aws:PrincipalOrgID", "aws:Nothing"]))
        inner.append(
            Block("condition", (), {"test": test, "variable": variable, "values": ["o-a1b2c3d4e5"]}, array=array)
        )
    if draw(st.booleans()):
        iterator = draw(st.booleans())
        arguments["actions"] = [Expression("each_one.value" if iterator else "statement.value")]
        named = {"iterator": Expression("each_one")} if iterator else {}
        return Block(
            "dynamic",
            ("statement",),
            {"for_each": draw(st.lists(ACTIONS, min_size=1, max_size=2)), **named},
            Block("content", (), arguments, *inner, array=array),
        )
    return Block("statement", (), arguments, *inner, array=array)


@st.composite
def modules(draw: st.DrawFn) -> list[Block]:
    document = Block(
        "data", ("aws_iam_policy_document", "this"), {}, *draw(st.lists(statements(), min_size=1, max_size=3))
    )
    statement = {
        "Effect": "Allow",
        "Action": draw(st.lists(ACTIONS, min_size=1, max_size=3)),
        "Resource": draw(RESOURCES),
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    encoded = Expression(f"jsonencode({hcl_value(policy)})")
    inline = Block("inline_policy", (), {"name": "a", "policy": encoded}, array=draw(st.booleans()))
    return [
        document,
        Block("resource", ("aws_iam_policy", "one"), {"policy": Expression("data.aws_iam_policy_document.this.json")}),
        Block("resource", ("aws_iam_role", "two"), {}, inline),
        Block("resource", ("aws_sqs_queue_policy", "three"), {"policy": Expression("jsonencode(local.policy)")}),
        Block("locals", (), {"bucket": "arn:aws:s3:::here", "policy": policy}),
        Block("variable", ("verb",), {"default": "Get"}),
        Block("variable", ("action",), {"default": draw(st.sampled_from(["*", "s3:PutObject", ""]))}),
        Block("variable", ("unknown",), {"type": Expression("string")}),
    ]


def said(policy: Policy) -> object:
    """What a policy says, without where."""

    def texts(one: Any) -> object:
        if one is None:
            return None
        values = [text.value or [part if isinstance(part, str) else None for part in text.parts] for text in one.values]
        return values, one.complete

    def principals(one: Any) -> object:
        return one and [(value.type and value.type.value, value.value.value) for value in one.values]

    statements = [
        repr(
            (
                one.denies(),
                texts(one.action),
                texts(one.resource),
                principals(one.principal),
                [(each.operator.value, each.key.value, texts(each)) for each in one.conditions],
            )
        )
        for one in policy.statements
    ]
    # JSON has all the `dynamic` ones together, so the order says nothing.
    return policy.kind, policy.service, str(policy.origin), policy.complete, sorted(statements)


# Of two statements that cover each other the later one is told, and JSON has the `dynamic` ones together.
BY_ORDER = ("LP714", "LP715", "LP716")


def bare(text: str) -> str:
    """What is underlined, without the quotes of either language; blocks and objects look different in each."""
    if "{" in text.replace("${", ""):
        return "{}"
    text = text.replace("\\", "").strip('"')
    return text.removeprefix("${").removesuffix("}") if text.startswith("${") else text


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(module=modules(), indent=st.sampled_from([None, 2]))
def test_a_module_says_the_same_in_either_language(module: list[Block], indent: int | None, tmp_path: Path) -> None:
    in_hcl = {"hcl/main.tf": "\n".join(map(hcl_text, module)) + "\n"}
    in_json = {"json/main.tf.json": json_text(module, indent)}

    def sorted_policies(files: dict[str, str]) -> list[str]:
        return sorted(repr(said(policy)) for policy in policies(tmp_path, files))

    assert sorted_policies(in_hcl) == sorted_policies(in_json)
    of_hcl, of_json = (
        sorted(
            (one.rule.id, bare(one.span.text), one.message)
            for one in findings(tmp_path, files)
            if one.rule.id not in BY_ORDER
        )
        for files in (in_hcl, in_json)
    )
    assert of_hcl == of_json


def test_a_file_of_each_language_is_one_module(tmp_path: Path) -> None:
    names = 'locals {\n  action = "s3:GetObject"\n}\n'
    (policy,) = policies(
        tmp_path, {"names.tf": names, "main.tf.json": TF_JSON.replace("s3:GetObjcet", "${local.action}")}
    )
    assert actions(policy) == ["s3:GetObject", "iam:PassRole"]


LITERAL = """\
{"variable": {"action": {"default": "s3:${nothing}Get*"}},
 "resource": {"aws_iam_policy": {"this": {"policy":
   "${jsonencode({Statement = [{Effect = \\"Allow\\", Action = var.action, Resource = \\"*\\"}]})}"}}}}
"""


def test_a_default_in_json_is_no_template(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, {"main.tf.json": LITERAL})
    assert actions(policy) == ["s3:${nothing}Get*"]


VARIABLE = """\
variable "action" {}
resource "aws_iam_policy" "this" {
  policy = jsonencode({Statement = [{Effect = "Allow", Action = var.action, Resource = "*"}]})
}
"""


@pytest.mark.parametrize(
    ("values", "action"),
    [
        ({"terraform.tfvars": 'action = "s3:A"'}, "s3:A"),
        ({"terraform.tfvars.json": '{"action": "s3:A"}'}, "s3:A"),
        ({"terraform.tfvars": 'action = "s3:A"', "terraform.tfvars.json": '{"action": "s3:B"}'}, "s3:B"),
        ({"terraform.tfvars.json": '{"action": "s3:B"}', "a.auto.tfvars": 'action = "s3:C"'}, "s3:C"),
        ({"b.auto.tfvars.json": '{"action": "s3:D"}', "a.auto.tfvars": 'action = "s3:C"'}, "s3:D"),
        ({"a.auto.tfvars.json": '{"action": "s3:D"}', "b.auto.tfvars": 'action = "s3:C"'}, "s3:C"),
        ({"other.tfvars": 'action = "s3:X"', "terraform.tfvars": 'action = "s3:A"'}, "s3:A"),
        ({"a.auto.tfvars.json": '{"action": "${s3}"}'}, "${s3}"),
    ],
)
def test_the_last_file_of_values_wins(tmp_path: Path, values: dict[str, str], action: str) -> None:
    (policy,) = policies(tmp_path, {"main.tf": VARIABLE, **values})
    assert actions(policy) == [action]


def test_a_policy_in_a_file_of_values_is_found_there(tmp_path: Path) -> None:
    inner = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObjcet", "Resource": "*"}]})
    files = {"terraform.tfvars.json": json.dumps({"text": inner})}
    (finding,) = findings(tmp_path, files, "unknown-action")
    assert finding.span.text == "GetObjcet"
    assert finding.span.source.path.endswith("terraform.tfvars.json")


def statement(action: str) -> str:
    return f'statement {{\n    actions = ["{action}"]\n    resources = ["*"]\n  }}\n'


BASE = f"""\
data "aws_iam_policy_document" "this" {{
  {statement("s3:A")}
  {statement("s3:B")}
}}
resource "aws_iam_policy" "this" {{
  name   = "x"
  policy = data.aws_iam_policy_document.this.json
}}
resource "aws_iam_policy" "local" {{
  policy = jsonencode({{Statement = [{{Effect = "Allow", Action = [local.one, local.two], Resource = "*"}}]}})
}}
locals {{
  one = "s3:One"
  two = "s3:Two"
}}
"""
BASE_JSON = json.dumps(
    {
        "data": {
            "aws_iam_policy_document": {
                "this": {
                    "statement": [
                        {"actions": ["s3:A"], "resources": ["*"]},
                        {"actions": ["s3:B"], "resources": ["*"]},
                    ]
                }
            }
        },
        "resource": {"aws_iam_policy": {"this": {"policy": "${data.aws_iam_policy_document.this.json}"}}},
    }
)
OVERRIDE = f'data "aws_iam_policy_document" "this" {{\n  {statement("s3:C")}}}\n'
DYNAMIC_OVERRIDE = """\
data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = ["s3:C"]
    content {
      actions   = [statement.value]
      resources = ["*"]
    }
  }
}
"""
OVERRIDE_JSON = json.dumps(
    {"data": {"aws_iam_policy_document": {"this": {"statement": {"actions": ["s3:C"], "resources": ["*"]}}}}}
)
DYNAMIC_JSON = json.dumps(
    {
        "data": {
            "aws_iam_policy_document": {
                "this": {
                    "dynamic": {
                        "statement": {
                            "for_each": ["s3:C"],
                            "iterator": "x",
                            "content": {"actions": ["${x.value}"], "resources": ["*"]},
                        }
                    }
                }
            }
        }
    }
)


@pytest.mark.parametrize("base", [{"main.tf": BASE}, {"main.tf.json": BASE_JSON}], ids=["hcl", "json"])
@pytest.mark.parametrize(
    "override",
    [
        {"override.tf": OVERRIDE},
        {"a_override.tf": OVERRIDE},
        {"override.tf.json": OVERRIDE_JSON},
        {"override.tf": DYNAMIC_OVERRIDE},
        {"a_override.tofu.json": DYNAMIC_JSON},
        {"a_override.tf": OVERRIDE.replace("s3:C", "s3:X"), "b_override.tf.json": OVERRIDE_JSON},
    ],
)
def test_an_override_replaces_the_blocks_of_a_type(
    tmp_path: Path, base: dict[str, str], override: dict[str, str]
) -> None:
    (policy,) = [one for one in policies(tmp_path, {**base, **override}) if "this" in one.origin.address]
    assert [actions(policy), str(policy.origin)] == [["s3:C"], "aws_iam_policy.this.policy"]


def test_an_override_replaces_arguments_and_locals_one_by_one(tmp_path: Path) -> None:
    over = 'locals {\n  two = "s3:New"\n}\nresource "aws_iam_policy" "this" {\n  name = "y"\n}\n'
    found = {one.origin.address: actions(one) for one in policies(tmp_path, {"main.tf": BASE, "override.tf": over})}
    assert found == {"aws_iam_policy.this": ["s3:A", "s3:B"], "aws_iam_policy.local": ["s3:One", "s3:New"]}


def test_a_file_of_opentofu_stands_in_place_of_that_of_terraform(tmp_path: Path) -> None:
    files = {
        "main.tf": VARIABLE,
        "names.tf": 'variable "action" {\n  default = "s3:Terraform"\n}\n',
        "names.tofu": 'variable "action" {\n  default = "s3:OpenTofu"\n}\n',
    }
    files["main.tf"] = VARIABLE.replace('variable "action" {}\n', "")
    (policy,) = policies(tmp_path, files)
    assert actions(policy) == ["s3:OpenTofu"]


def test_a_module_in_json_is_called(tmp_path: Path) -> None:
    child = {
        "variable": {"action": {"type": "string"}},
        "output": {"json": {"value": "${jsonencode({Statement = [local.statement]})}"}},
        "locals": {"statement": {"Effect": "Allow", "Action": "${var.action}", "Resource": "*"}},
    }
    root = {
        "module": {"child": {"source": "./child", "action": "s3:Given"}},
        "resource": {"aws_iam_policy": {"this": {"policy": "${module.child.json}"}}},
    }
    files = {"main.tf.json": json.dumps(root), "child/main.tf.json": json.dumps(child)}
    written(tmp_path, files)
    found = extract_module(str(tmp_path), ModuleFiles().within(str(tmp_path))).policies
    (policy,) = [one for one in found if one.origin.address == "aws_iam_policy.this"]
    assert actions(policy) == ["s3:Given"]


@pytest.mark.parametrize(
    "text",
    [
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
        '[{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}]',
        '{"provider": {"x": {"y": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}}}',
        '{"other": {"y": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}}',
        '{"locals": {}, "other": {"y": {"Statement": [{"Effect": "Allow", "Action": "*"}]}}}',
        '{"resource": {"other": {"x": {"y": [{"z": {"Statement": [{"Effect": "Allow", "Action": "*"}]}}]}}}}',
        '{"output": {"x": {"value": "{\\"Statement\\": [{\\"Effect\\": \\"Allow\\", \\"Action\\": \\"*\\"}]}"}}}',
    ],
)
def test_a_policy_is_found_wherever_it_stands(tmp_path: Path, text: str) -> None:
    ((_, found),) = [
        pair for unit in units(written(tmp_path, {"x.tf.json": text})) for pair in policies_of(unit, ModuleFiles(), [])
    ]
    assert [actions(policy) for policy in found.policies] == [["*"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"resource": {"aws_iam_policy": {"x": {"policy": "${var."}}}}', ""),
        ('{"resource": {"aws_iam_policy": 3}}', "an object here"),
        ('{"resource": {"aws_iam_policy": {"x": {"policy": ', ""),
        ('{"resource": ' + '[{"a":' * 400, ""),
        ('{"a": "' + "${[" * 400 + '"}', ""),
        ("[1]", "an object here"),
        ("", ""),
        ('{"data": {"aws_iam_policy_document": {"x": {"statement": "${var.x}", "dynamic": {"statement": 1}}}}}', None),
        ('{"data": {"aws_iam_policy_document": {"x": {"dynamic": {"statement": {"content": {}}}}}}}', None),
        ('{"resource": null, "locals": [null, {"a": "${local.a}"}]}', "an object here"),
    ],
)
def test_odd_json_ends_well(tmp_path: Path, text: str, message: str | None) -> None:
    source = Source("x.tf.json", text)
    problems = hcl_json.parse(source).problems
    assert len(problems) <= 1
    if message is None:
        assert problems == []
    elif text:
        assert message in problems[0].message
        assert problems[0].span.in_file().end <= len(text)
    one = Input(str(tmp_path / "x.tf.json"), Config(), text.encode())
    failures: list[Failure] = []
    found = [policy for _, one in policies_of([one], ModuleFiles(), failures) for policy in one.policies]
    assert failures == []
    assert not any(policy.statements for policy in found)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(["", "${", "${var.x}", "%{", "a", "//"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["resource", "data", "dynamic", "statement", "x", "//", "${x}", "locals", "content"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=20,
    )
)
def test_no_json_breaks_the_reader(value: Any) -> None:
    text = json.dumps(value)
    parsed = hcl_json.parse(Source("x.tf.json", text))
    for name, start, end in names(parsed.body):
        assert text[start:end] == json.dumps(name)[1:-1]


def names(body: Any) -> Iterator[tuple[str, int, int]]:
    for attribute in body.attributes:
        yield attribute.name, attribute.name_span.start, attribute.name_span.end
    for block in body.blocks:
        yield from names(block.body)
