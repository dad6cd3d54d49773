"""Whom a policy lets in, where all that may keep them out can be read."""

from __future__ import annotations

from lplint.access.limits import unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.model.policy import Policy, PrincipalValue, Statement


def admitted(policy: Policy) -> Iterator[tuple[Statement, Sequence[PrincipalValue]]]:
    """The statements that certainly allow, name whom in Principal, and have no condition that the text does not tell;
    and whom they name."""
    for statement in policy.allow_statements():
        if statement.principal is not None and not unread(statement):
            yield statement, statement.principal.values
