"""Who can write the policy of a resource, and so give themselves what their own policies do not."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.actions import covers_action
from lplint.access.grants import Access, Reach
from lplint.access.patterns import surest
from lplint.aws.resource_policies import WRITES
from lplint.checks.grants import is_everything, is_service, listed, values
from lplint.model.finding import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.access.grants import Grant
    from lplint.model.policy import Policy
    from lplint.model.text import Text

_BY_SERVICE = {
    service: tuple(one for one in WRITES if one.startswith(f"{service}:"))
    for service in {one.partition(":")[0] for one in WRITES}
}
_MOST_NAMED = 3


def writes_resource_policy(policy: Policy) -> Iterator[Problem]:
    named: dict[str, None] = {}
    whole: set[str] = set()
    for statement in policy.allow_statements():
        for text in values(statement.action):
            if is_everything(text):
                return
            if is_service(text):
                whole.add((text.value or "").partition(":")[0].lower())
            elif text.value is not None:
                named.update(dict.fromkeys(_writes(text.value)))
    access = Access((policy,))
    found: dict[str, tuple[list[str], Text]] = {}
    for action in named:
        service = action.partition(":")[0]
        grant = next((one for one in access.grants(action) if _is_free(one)), None) if service not in whole else None
        if grant is not None:
            found.setdefault(service, ([], grant.entry))[0].append(action)
    for service, (actions, entry) in found.items():
        more = len(actions) - _MOST_NAMED
        names = [*actions[:_MOST_NAMED], *([f"{more} more"] if more > 0 else [])]
        yield Problem(
            entry.span,
            f"Lets its holder write who may do what with the resource ({listed(names)}), and so allow themselves all "
            f"of {service} there.",
        )


@lru_cache(maxsize=16384)
def _writes(pattern: str) -> tuple[str, ...]:
    prefix = pattern.partition(":")[0].lower()
    if "*" in prefix or "?" in prefix:
        return tuple(one for one in WRITES if covers_action(pattern, one))
    return tuple(one for one in _BY_SERVICE.get(prefix, ()) if covers_action(pattern, one))


def _is_free(grant: Grant) -> bool:
    """Whether a grant certainly allows its action on something, whoever is let in by it."""
    if grant.resource is None or grant.statement.conditions or grant.statement.condition is not None:
        return False
    return grant.reach(surest(grant.resource)) >= Reach.UNLESS
