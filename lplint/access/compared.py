"""What the conditions of a policy compare: each with its operator taken apart and its key in lower case."""

from __future__ import annotations

from functools import lru_cache

from lplint.aws import conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from lplint.aws.conditions import Operator
    from lplint.model.policy import Condition, Policy, Statement

    # The statement, its condition, the condition's operator, and its key; "" for a key that is not known.
    Compared: TypeAlias = tuple[Statement, Condition, Operator, str]


@lru_cache(maxsize=2)
def compared(policy: Policy) -> tuple[Compared, ...]:
    """The conditions with an operator that AWS knows. Some thirty rules ask for those of each policy."""
    found = []
    for statement in policy.statements:
        for condition in statement.conditions:
            operator = conditions.operator(condition.operator.value) if condition.operator.value else None
            if operator is not None:
                found.append((statement, condition, operator, (condition.key.value or "").lower()))
    return tuple(found)
