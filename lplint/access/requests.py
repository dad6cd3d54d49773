"""Whether a condition holds for a request of which some keys are known."""

from __future__ import annotations

from lplint.access.patterns import matches, overlaps, widest
from lplint.aws import conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lplint.model.policy import Condition, Statement
    from lplint.model.text import Text


def all_hold(statement: Statement, request: Mapping[str, str]) -> bool | None:
    """Whether every condition of a statement holds for a request; None where that is not known. `request` gives the one
    value of each key, in lower case, that is known of it; of others nothing is known."""
    if not statement.complete:
        return _none_or_false(holds(condition, request) for condition in statement.conditions)
    if statement.condition is None:
        return True
    if not statement.conditions:
        return None  # it is there, and cannot be read
    whole: bool | None = True
    for condition in statement.conditions:
        one = holds(condition, request)
        if one is False:
            return False
        if one is None:
            whole = None
    return whole


def _none_or_false(results: Iterable[bool | None]) -> bool | None:
    return False if any(one is False for one in results) else None


def holds(condition: Condition, request: Mapping[str, str]) -> bool | None:
    """Whether one condition holds for a request; None where that is not known."""
    key, written = condition.key.value, condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    value = request.get(key.lower()) if key is not None else None
    if operator is None or value is None or not condition.values:
        return None
    if operator.name == "Null":
        asked = condition.values[0].value
        return None if asked is None else asked.lower() == "false"
    results = [_equals(operator.name, text, value) for text in condition.values]
    if any(one is True for one in results):
        found: bool | None = True
    elif condition.complete and all(one is False for one in results):
        found = False
    else:
        found = None
    return found if found is None or not operator.negated else not found


def _equals(operator: str, text: Text, value: str) -> bool | None:
    """Whether the value of a request is what a condition names, the "Not" of its operator apart."""
    name = operator.replace("Not", "")
    ignore = name == "StringEqualsIgnoreCase"
    if name not in ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool"):
        return None
    pattern = widest(text)
    if ignore or name == "Bool":
        pattern, value = pattern.lower(), value.lower()
    if text.value is not None and "${" not in text.value:
        like = name in ("StringLike", "ArnLike", "ArnEquals")
        return matches(pattern, value) if like else pattern == value
    return None if overlaps(pattern, value) else False


def same(one: Condition, other: Condition) -> bool:
    """Whether two conditions certainly ask the same."""
    if one is other:
        return True
    if not (one.complete and other.complete) or one.key.value is None or other.key.value is None:
        return False
    mine, theirs = {text.value for text in one.values}, {text.value for text in other.values}
    return (
        one.key.value.lower() == other.key.value.lower()
        and one.operator.value is not None
        and one.operator.value.lower() == (other.operator.value or "").lower()
        and mine == theirs
        and None not in mine
    )
