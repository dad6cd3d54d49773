"""Resources that are a statement in themselves, in Terraform: whom they let in, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, ModuleFiles, lint
from lplint.extract import extract_module
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from pathlib import Path

    from lplint.model.policy import Policy, Statement


def policy(folder: Path, type_: str, **arguments: str) -> Policy:
    body = "".join(f"  {name} = {value}\n" for name, value in arguments.items())
    (folder / "main.tf").write_text(f'resource "{type_}" "this" {{\n{body}}}\n', "utf-8")
    (found,) = extract_module(str(folder), ModuleFiles().within(str(folder))).policies
    return found


def statement(folder: Path, type_: str, **arguments: str) -> Statement:
    (one,) = policy(folder, type_, **arguments).statements
    return one


def principals(one: Statement) -> list[tuple[str | None, str]]:
    assert one.principal is not None
    return [(value.type.value if value.type else None, value.value.display) for value in one.principal.values]


def conditions(one: Statement) -> list[tuple[str, str, list[str]]]:
    return [
        (each.operator.display, each.key.display, [value.display for value in each.values]) for each in one.conditions
    ]


def actions(one: Statement) -> list[str]:
    assert one.action is not None
    return [value.display for value in one.action.values]


def resources(one: Statement) -> list[str]:
    assert one.resource is not None
    return [value.display for value in one.resource.values]


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ('"s3.amazonaws.com"', "Service"),
        ('"logs.eu-west-1.amazonaws.com"', "Service"),
        ('"ec2.amazonaws.com.cn"', "Service"),
        ('"123456789012"', "AWS"),
        ('"arn:aws:iam::123456789012:role/x"', "AWS"),
        ("aws_iam_role.x.arn", "AWS"),
        ('"*"', None),
    ],
)
def test_the_type_of_a_principal_is_told_by_its_form(tmp_path: Path, written: str, type_: str | None) -> None:
    given = {"function_name": '"f"', "action": '"lambda:InvokeFunction"', "principal": written}
    (tmp_path / "role.tf").write_text('resource "aws_iam_role" "x" {\n  name = "x"\n}\n', "utf-8")
    ((found, _),) = principals(statement(tmp_path, "aws_lambda_permission", **given))
    assert found == type_


def test_a_lambda_permission_in_all_its_parts(tmp_path: Path) -> None:
    one = statement(
        tmp_path,
        "aws_lambda_permission",
        function_name='"report"',
        action='"lambda:InvokeFunction"',
        principal='"s3.amazonaws.com"',
        source_arn='"arn:aws:s3:::logs"',
        source_account='"123456789012"',
        principal_org_id='"o-1234567890"',
    )
    assert actions(one) == ["lambda:InvokeFunction"]
    assert resources(one) == ["arn:${partition}:lambda:${region}:${account}:function:report"]
    assert conditions(one) == [
        ("ArnLike", "aws:SourceArn", ["arn:aws:s3:::logs"]),
        ("StringEquals", "aws:SourceAccount", ["123456789012"]),
        ("StringEquals", "aws:PrincipalOrgID", ["o-1234567890"]),
    ]
    assert one.allows()
    assert one.complete


def test_what_aws_fills_in_is_not_counted_as_unresolved(tmp_path: Path) -> None:
    given = {"function_name": '"f"', "action": '"lambda:InvokeFunction"', "principal": '"s3.amazonaws.com"'}
    assert policy(tmp_path, "aws_lambda_permission", **given).unresolved == ()
    found = policy(tmp_path, "aws_lambda_permission", **{**given, "principal": "var.who"})
    assert [written for _, written in found.unresolved] == ["var.who"]


def test_a_grant_names_its_operations_without_the_service(tmp_path: Path) -> None:
    one = statement(
        tmp_path,
        "aws_kms_grant",
        key_id='"abc"',
        grantee_principal='"arn:aws:iam::123456789012:role/x"',
        operations='["Decrypt", "DescribeKey"]',
    )
    assert actions(one) == ["kms:Decrypt", "kms:DescribeKey"]
    assert resources(one) == ["arn:${partition}:kms:${region}:${account}:key/abc"]
    assert one.action is not None
    assert one.action.values[0].span_of(4, 11).text == "Decrypt"


def test_an_event_bus_permission_has_an_action_of_its_own(tmp_path: Path) -> None:
    one = statement(tmp_path, "aws_cloudwatch_event_permission", principal='"*"', statement_id='"x"')
    assert (actions(one), principals(one)) == (["events:PutEvents"], [(None, "*")])


def test_the_condition_of_an_event_bus_permission(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "aws_cloudwatch_event_permission" "x" {\n  principal = "*"\n  statement_id = "x"\n  condition {\n'
        '    key = "aws:PrincipalOrgID"\n    type = "StringEquals"\n    value = "o-1234567890"\n  }\n}\n',
        "utf-8",
    )
    (found,) = extract_module(str(tmp_path), ModuleFiles().within(str(tmp_path))).policies
    assert conditions(found.statements[0]) == [("StringEquals", "aws:PrincipalOrgID", ["o-1234567890"])]


def test_one_statement_without_a_document(tmp_path: Path) -> None:
    written = 'jsonencode({ Effect = "Allow", Action = ["ec2:DescribeInstances"] })'
    found = policy(tmp_path, "aws_ram_permission", name='"x"', resource_type='"ec2:Subnet"', policy_template=written)
    assert [actions(one) for one in found.statements] == [["ec2:DescribeInstances"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"principal": '"*"'}, [("LP501", '"*"')]),
        ({"principal": '"*"', "principal_org_id": '"o-1234567890"'}, []),
        ({"principal": '"*"', "principal_org_id": "var.org"}, []),
        ({"principal": "var.who"}, []),
        ({"principal": '"s3.amazonaws.com"', "source_account": '"123456789012"'}, []),
        ({"principal": '"123456789012"', "action": '"lambda:InvokeFunctoin"'}, [("LP101", "InvokeFunctoin")]),
    ],
)
def test_what_is_said_of_it(tmp_path: Path, arguments: dict[str, str], expected: list[tuple[str, str]]) -> None:
    given = {"function_name": '"f"', "action": '"lambda:InvokeFunction"', **arguments}
    policy(tmp_path, "aws_lambda_permission", **given)
    one = Input(str(tmp_path / "main.tf"), Config())
    report = lint([one], lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert [(finding.rule.id, finding.span.text) for finding in report.findings] == expected
