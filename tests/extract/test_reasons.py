"""What an unresolved value is counted under."""

from __future__ import annotations

import pytest

from lplint.extract.reasons import reason


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("var.bucket", "variable without a value"),
        ("${var.bucket}", "variable without a value"),
        ("${ var.bucket }", "variable without a value"),
        ("local.names", "local value that cannot be evaluated"),
        ("module.vpc.id", "output of a module that cannot be evaluated"),
        ("data.aws_caller_identity.current.account_id", "data source"),
        ("aws_s3_bucket.logs.arn", "attribute of a resource"),
        ("aws_s3_bucket.logs[0].arn", "attribute of a resource"),
        ("each.value", "instance of a block"),
        ('lookup(var.x, "y")', "function lookup"),
        ("provider::aws::arn_parse(var.x)", "function provider::aws::arn_parse"),
        ("var.a ? 1 : 2", "variable without a value"),
        ("local.a == 1 ? 1 : 2", "local value that cannot be evaluated"),
        ("[for x in local.y : x]", "for expression over an unknown collection"),
        ('dynamic "statement" { for_each = var.x', "block over an unknown collection"),
        ("test = condition.value.test", "block over an unknown collection"),
        ("Ref Bucket", "reference to a parameter or resource"),
        ("!Ref Bucket", "reference to a parameter or resource"),
        ("Fn::GetAtt", "attribute of a resource"),
        ("Fn::ImportValue", "intrinsic function"),
        ("{{resolve:ssm:/x}}", "dynamic reference"),
        ("{{ account }}", "placeholder of a template"),
        ("<account-id>", "placeholder of a template"),
        ("${account}", "placeholder of a template"),
        ("aws_iam_policy.p.policy, known after apply", "known after apply"),
        ("1 + 2", "expression"),
    ],
)
def test_a_reason_is_told_by_how_it_is_written(written: str, expected: str) -> None:
    assert reason(written) == expected
