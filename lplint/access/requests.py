"""Whether a condition holds for a request of which some keys are known."""

from __future__ import annotations

from lplint.access.patterns import matches, overlaps, widest
from lplint.aws import conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lplint.model.policy import Condition, Statement
    from lplint.model.text import Text

# The value of a key that a caller can choose, or comes to have by how they call.
AT_WILL = "\0"
# No request is older than this software. Dates are compared as they are written, year first.
_BEFORE_ANY_REQUEST = "2026"
_TIMES = frozenset(("aws:currenttime", "aws:tokenissuetime"))


def all_hold(statement: Statement, request: Mapping[str, str], *, at_will: bool = False) -> bool | None:
    """Whether every condition of a statement holds for a request; None where that is not known. `request` gives the one
    value of each key, in lower case, that is known of it; of others nothing is known. With `at_will` a condition on a
    key whose value is AT_WILL holds."""
    whole: bool | None = True if statement.unconditional() else None
    if statement.complete and statement.conditions:
        whole = True
    for condition in statement.conditions:
        if at_will and condition.key.value is not None and request.get(condition.key.value.lower()) == AT_WILL:
            continue
        one = holds(condition, request)
        if one is False:
            return False
        if one is None:
            whole = None
    return whole


def holds(condition: Condition, request: Mapping[str, str]) -> bool | None:
    """Whether one condition holds for a request; None where that is not known."""
    key, written = condition.key.value, condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    if operator is None or key is None or not condition.values:
        return None
    if key.lower() in _TIMES:
        return _is_past(operator.name, condition)
    value = request.get(key.lower())
    if value is None or value == AT_WILL:
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


def _is_past(operator: str, condition: Condition) -> bool | None:
    """Whether a condition on when the request is made holds because what it names was long ago."""
    text = condition.values[0].value or ""
    if len(condition.values) > 1 or not condition.complete or not text[:4].isdigit() or text[4:5] != "-":
        return None
    if text[:4] >= _BEFORE_ANY_REQUEST:
        return None
    if operator.startswith("DateGreaterThan"):
        return True
    return False if operator.startswith(("DateLessThan", "DateEquals")) else None


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
