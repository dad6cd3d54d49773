"""Whether tags that decide what somebody may do can be set by the same somebody."""

from __future__ import annotations

from lplint.access.patterns import overlaps, widest
from lplint.access.reach import reaches_all
from lplint.aws import conditions
from lplint.checks.grants import cancels, covers_service, denied, limits_resources, patterns_of, ranked, values
from lplint.model.finding import Problem, Related
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.aws.catalog import Action
    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text

# What the condition keys on tags of a resource have in common, whatever service they are of.
_ON_RESOURCE = ("resourcetag/", "-tag/")
# Conditions that keep a tag from being set at will.
# Source: AWS IAM User Guide, "Controlling access during AWS requests".
_KEEP = ("createaction", "requesttag/", "aws:tagkeys", "req-tag/")


def tags_that_decide_can_be_set(policy: Policy) -> Iterator[Problem]:
    deciding = [
        (statement, condition)
        for statement in policy.allow_statements()
        for condition in statement.conditions
        if _is_on_resource(condition) and not _is_negated(condition)
    ]
    if not deciding:
        return
    lost = denied(policy)
    for statement in policy.allow_statements():
        if not statement.complete or any(_keeps(one) for one in statement.conditions):
            continue
        for text in values(statement.action):
            value = text.value
            # Who has the whole service needs no tag for anything.
            if value is None or "ag" not in value or covers_service(value):
                continue
            setting = [one for one in _setting(value) if not cancels(lost, one)]
            reached = [one for one in setting if reaches_all(one, patterns_of(statement.resource)) is not None]
            if not reached or limits_resources(statement, reached):
                continue
            decided = next((one for one in deciding if _is_of(one[0], reached[0].service)), None)
            if decided is not None:
                yield Problem(
                    text.span,
                    f"Lets its holder put any tag on anything with {reached[0]}, and {decided[1].key.display} decides "
                    "what else they may do; so they can do it to whatever they tag.",
                    [Related(decided[1].key.span, "the tag decides here")],
                )
                break


@remembered
def _setting(pattern: str) -> tuple[Action, ...]:
    """The actions that an entry covers and that set tags, the riskiest first."""
    actions = [one.action for one in ranked(pattern) if "Tagging" in one.action.access_levels]
    return tuple(one for one in actions if not one.name.startswith(("Untag", "Delete", "Remove")))


def _is_on_resource(condition: Condition) -> bool:
    key = (condition.key.value or "").lower()
    return any(mark in key for mark in _ON_RESOURCE)


def _is_negated(condition: Condition) -> bool:
    operator = conditions.operator(condition.operator.value or "")
    return operator is None or operator.negated or operator.name == "Null"


def _keeps(condition: Condition) -> bool:
    key = condition.key.value
    return key is None or _is_on_resource(condition) or any(mark in key.lower() for mark in _KEEP)


def _is_of(statement: Statement, service: str) -> bool:
    """Whether a statement allows something of a service that changes things."""
    return any(
        _names(text, service) and (text.value is None or any(one.risk >= _MATTERS for one in ranked(text.value)))
        for text in values(statement.action)
    )


def _names(text: Text, service: str) -> bool:
    return overlaps(widest(text).partition(":")[0].lower(), service)


# From this risk on it matters what a tag decides about.
_MATTERS = 4
