"""Whether an action can act on what a Resource names, where AWS's reference does not tell it all."""

from __future__ import annotations

import pytest

from lplint.access.resources import may_act_on
from lplint.aws import catalog


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/x", True),
        ("kms:Decrypt", "arn:aws:s3:::b", False),
        # IAM checks the listing of log groups against an ARN without a name.
        ("logs:DescribeLogGroups", "*", True),
        ("logs:DescribeLogGroups", "arn:aws:logs:*:*:*", True),
        ("logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:123456789012:log-group:*", True),
        ("logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:123456789012:log-group:/x/*", False),
        ("autoscaling:DescribeAutoScalingGroups", "arn:aws:autoscaling:*:*:*", False),
        # The reference knows load balancers only; AWS's own documentation of Karpenter shifts clusters.
        ("arc-zonal-shift:GetManagedResource", "arn:aws:eks:eu-west-1:123456789012:cluster/x", True),
        # API Gateway's short form.
        ("execute-api:Invoke", "execute-api:/*", True),
        ("execute-api:Invoke", "execute-api:/prod/GET/pets", True),
    ],
)
def test_what_an_action_acts_on(action: str, resource: str, expected: bool) -> None:
    found = catalog.action(action)
    assert found is not None
    assert may_act_on([found], [resource]) is expected
