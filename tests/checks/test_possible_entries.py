"""What is said of entries that may not all be there: nothing that is true only if they are."""

from __future__ import annotations

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity


def said(rule: str, actions: str, resources: str = '["*"]') -> list[tuple[int, str]]:
    text = f"""\
variable "services" {{
  default = ["autoscaling", "s3"]
}}
resource "aws_iam_policy" "it" {{
  policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Action = {actions}, Resource = {resources} }}]
  }})
}}
"""
    one = Input("main.tf", Config(), text.encode())
    report = lint([one], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE)
    assert not report.failures
    return [(finding.span.start_position().line, finding.message) for finding in report.findings]


EITHER = 'var.x ? ["s3:*", "sqs:*"] : ["s3:GetObject", "sqs:SendMessage"]'


def test_of_two_that_exclude_one_another_none_is_redundant() -> None:
    assert said("redundant-action", EITHER) == []
    assert said("redundant-action", '["s3:*", "s3:GetObject"]')
    resources = 'var.x ? ["arn:aws:s3:::a/*"] : ["arn:aws:s3:::a/b"]'
    assert said("redundant-resource", '["s3:GetObject"]', resources) == []


def test_an_action_that_may_not_be_there_is_not_said_to_be_without_effect() -> None:
    queue = '["arn:aws:sqs:eu-west-1:123456789012:orders"]'
    assert said("resource-never-matches-action", EITHER, queue) == []
    assert said("resource-never-matches-action", '["s3:GetObject", "sqs:SendMessage"]', queue)


def test_a_resource_that_another_tool_makes_into_an_arn_is_not_judged() -> None:
    function = '["Fn::EnumTargetRegions Binding arn:aws:s3:::b/*"]'
    assert said("resource-never-matches-action", '["sqs:SendMessage"]', function) == []


def test_a_pattern_that_a_loop_makes_for_each_service_may_cover_nothing_of_one() -> None:
    assert said("unknown-action", '[for name in var.services : "${name}:List*"]') == []
    assert said("unknown-action", '["autoscaling:List*"]')
    assert said("unknown-action", '[for name in var.services : "${name}:ListNothing"]')
