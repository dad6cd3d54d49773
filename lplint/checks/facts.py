"""What a policy has in it at all, so that most rules need not be asked about most policies."""

from __future__ import annotations

from functools import cache, lru_cache

from lplint.access.actions import covers_action, covers_some
from lplint.access.reach import is_every_arn
from lplint.aws import conditions
from lplint.checks import high_risk
from lplint.checks.elements import is_regular
from lplint.checks.grants import ranked
from lplint.model.text import Text
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lplint.model.policy import Condition, Element, Policy, Statement

# Of any statement.
CONDITIONS = 1 << 0  # a condition that can be read
CONDITION_ELEMENT = 1 << 1
PRINCIPALS = 1 << 2  # Principal or NotPrincipal
EXCEPTIONS = 1 << 3  # NotAction, NotResource or NotPrincipal
SEVERAL_STATEMENTS = 1 << 4
SEVERAL_VALUES = 1 << 5  # a list with more than one entry
VARIABLES = 1 << 6  # a variable, or what the text does not tell, outside of principals and conditions
NARROW = 1 << 7  # a Resource that is not "*"
NO_ACTION = 1 << 8  # an entry that covers no action
WILDCARD_SERVICE = 1 << 9  # an action whose service has a wildcard
IRREGULAR = 1 << 10  # of the policy: its form may have something wrong
# Of any statement's conditions.
DENIED_UNDER = 1 << 11  # one in a statement that does not allow
SEVERAL_CONDITIONS = 1 << 12  # in one statement
SET_OPERATOR = 1 << 13
IF_EXISTS = 1 << 14
NULL = 1 << 15
NUMBERS = 1 << 16  # numbers or dates are compared
ADDRESSES = 1 << 17
NO_STRINGS = 1 << 18  # something else than strings is compared
NO_TEXTS = 1 << 19  # something else than strings and ARNs is compared
NO_VALUES = 1 << 20
SEVERAL_CONDITION_VALUES = 1 << 21
CONDITION_VARIABLES = 1 << 22
CONDITION_WILDCARD = 1 << 23
ANY_VALUE = 1 << 24  # nothing but stars
_FIRST_COMPARED = 25  # from here on one bit for each call of `comparing`
# Of a statement that allows.
_FIRST_OF_ALLOW = 48
EVERY_RESOURCE = 1 << 48
RESOURCE_WILDCARD = 1 << 49  # in a Resource that does not cover everything
EVERY_ACTION = 1 << 50
WHOLE_SERVICE = 1 << 51
ACTION_WILDCARD = 1 << 52
OF_IAM = 1 << 53
DANGEROUS = 1 << 54  # an action that is dangerous, or reads data, which at scale is
GUARDED = 1 << 55  # one that wants a guardrail
ESCALATES = 1 << 56  # all actions of a path of escalation
_FIRST_DANGER = 57  # from here on one bit for each category of dangerous actions
_FIRST_WANTED = 72  # from here on one bit for each call of `wanting`
# From here on one bit for each action that is part of a path of escalation.
_FIRST_OF_PATHS = 112
_FACTS = (1 << _FIRST_OF_PATHS) - 1
_OF_ANY = (1 << _FIRST_OF_ALLOW) - 1
_UNKNOWN_ACTION = VARIABLES | NO_ACTION
_UNKNOWN_CONDITION = _OF_ANY & ~((1 << 13) - 1)
_UNKNOWN_VALUE = CONDITION_VARIABLES | CONDITION_WILDCARD


class _Bits:
    """The bits from one number to another, each given to whoever asks first. Where all are taken, several share the
    last one."""

    __slots__ = ("_first", "_given", "_last")

    def __init__(self, first: int, behind: int) -> None:
        self._first = first
        self._last = behind - 1
        self._given: dict[tuple[str, ...], int] = {}

    def of(self, *names: str) -> int:
        if names not in self._given:
            self._given[names] = 1 << min(self._first + len(self._given), self._last)
        return self._given[names]

    def given(self) -> Iterable[tuple[tuple[str, ...], int]]:
        return self._given.items()


_compared = _Bits(_FIRST_COMPARED, _FIRST_OF_ALLOW)
_dangers = _Bits(_FIRST_DANGER, _FIRST_WANTED)
_groups = _Bits(_FIRST_WANTED, _FIRST_OF_PATHS)
_wanted: dict[str, int] = {}  # what is wanted by each action
_wanted_of: dict[str, dict[str, int]] = {}  # the same, by service


def wanting(*actions: str) -> int:
    """The fact that a statement allows one of some actions, each called `service:Name`."""
    bit = _groups.of(*actions)
    for name in map(str.lower, actions):
        _wanted[name] = _wanted.get(name, 0) | bit
        _wanted_of.setdefault(name.partition(":")[0], {})[name] = _wanted[name]
    return bit


def comparing(*marks: str) -> int:
    """The fact that a condition's key holds one of some words, in lower case."""
    return _compared.of(*marks)


def danger(category: str) -> int:
    """The fact that a statement allows a dangerous action of a category."""
    return _dangers.of(category)


def facts_of(policy: Policy) -> int:
    """The facts of a policy, joined by "or". One that is not there certainly is not; one that is may not matter."""
    found = SEVERAL_STATEMENTS if len(policy.statements) > 1 else 0
    for statement in policy.statements:
        allows = statement.allows()
        if statement.conditions:
            found |= CONDITIONS | CONDITION_ELEMENT | _of_conditions(statement.conditions)
            if not allows:
                found |= DENIED_UNDER
        elif statement.condition is not None:
            found |= CONDITION_ELEMENT
        if statement.principal is not None or statement.not_principal is not None:
            found |= PRINCIPALS
            if statement.not_principal is not None:
                found |= EXCEPTIONS
        of_this = _written(statement)
        if statement.action is not None:
            of_this |= _of_actions(statement.action, allows)
        if statement.not_action is not None:
            # What is left is wide.
            found |= EXCEPTIONS | ESCALATES
            of_this |= _of_actions(statement.not_action, False)
        if statement.resource is not None:
            of_this |= _of_resources(statement.resource)
        if statement.not_resource is not None:
            found |= EXCEPTIONS
            of_this |= _of_resources(statement.not_resource)
        found |= of_this if allows else of_this & _OF_ANY
    if not is_regular(policy):
        found |= IRREGULAR
    paths = found >> _FIRST_OF_PATHS
    if paths and not found & ESCALATES:
        from lplint.access.escalation import is_path_within

        if is_path_within(paths):
            found |= ESCALATES
    return found & _FACTS


def _written(statement: Statement) -> int:
    """Whether a Sid or an Effect holds a variable."""
    for node in (statement.sid, statement.effect):
        if isinstance(node, Text) and "${" in node.display:
            return VARIABLES
    return 0


def _of_conditions(compared: Sequence[Condition]) -> int:
    found = SEVERAL_CONDITIONS if len(compared) > 1 else 0
    for one in compared:
        found |= _of_condition(one.operator.value, one.key.value)
        values = one.values
        if len(values) != 1:
            found |= SEVERAL_CONDITION_VALUES if values else NO_VALUES
        for text in values:
            value = text.value
            found |= _UNKNOWN_VALUE if value is None else _of_value(value)
    return found


@lru_cache(maxsize=16384)
def _of_condition(written: str | None, key: str | None) -> int:
    """The facts of an operator and a key."""
    operator = conditions.operator(written) if written is not None else None
    if operator is None or key is None:
        return _UNKNOWN_CONDITION
    found = 0
    if operator.set_operator:
        found |= SET_OPERATOR
    if operator.if_exists:
        found |= IF_EXISTS
    if operator.family != "String":
        found |= NO_STRINGS if operator.family == "Arn" else NO_STRINGS | NO_TEXTS
    if operator.family == "Null":
        found |= NULL
    elif operator.family == "IpAddress":
        found |= ADDRESSES
    elif operator.family in ("Numeric", "Date"):
        found |= NUMBERS
    lowered = key.lower()
    for marks, bit in _compared.given():
        if any(mark in lowered for mark in marks):
            found |= bit
    return found


@lru_cache(maxsize=16384)
def _of_value(value: str) -> int:
    """The facts of a value of a condition."""
    found = CONDITION_VARIABLES if "${" in value else 0
    if "*" in value or "?" in value:
        found |= CONDITION_WILDCARD if value.strip("*") else CONDITION_WILDCARD | ANY_VALUE
    return found


def _of_actions(element: Element, allows: bool) -> int:
    values = element.values
    found = SEVERAL_VALUES if len(values) > 1 else 0
    for text in values:
        value = text.value
        found |= _UNKNOWN_ACTION if value is None else _of_action(value, allows)
    return found


def _of_resources(element: Element) -> int:
    values = element.values
    found = SEVERAL_VALUES if len(values) > 1 else 0
    every = False
    for text in values:
        value = text.value
        if value == "*":
            every = True
        found |= VARIABLES | RESOURCE_WILDCARD if value is None else _of_resource(value)
    return found if every else found | NARROW


@remembered
def _of_action(pattern: str, allows: bool) -> int:
    """The facts of an entry of Action or NotAction; those of a statement that allows only where it is in one."""
    found = VARIABLES if "${" in pattern else 0
    lowered = pattern.lower()
    if "*" in lowered or "?" in lowered:
        return found | _of_pattern(pattern, lowered, allows)
    ratings = ranked(pattern)
    if not ratings:
        found |= NO_ACTION
    elif allows and ratings[0].matters:
        found |= _of_dangers(pattern)
    if not allows:
        return found
    # Also of a name that AWS no longer knows: it may still open a path.
    prefix = lowered.partition(":")[0]
    if prefix == "iam":
        found |= OF_IAM
    if prefix in _services_of_paths():
        found |= _of_paths(lowered)
    return found | _wanted.get(lowered, 0)


def _of_pattern(pattern: str, lowered: str, allows: bool) -> int:
    """The facts of an entry with a wildcard."""
    prefix, _, rest = lowered.partition(":")
    if not lowered.replace(":", "", 1).strip("*"):
        # Which actions these are nobody needs to know.
        return ~_OF_ANY | WILDCARD_SERVICE | (NO_ACTION if lowered not in ("*", "*:*") else 0)
    found = ACTION_WILDCARD if allows and ("*" in rest or "?" in rest) else 0
    of_several = "*" in prefix or "?" in prefix
    if of_several:
        found |= WILDCARD_SERVICE
    if not covers_some(pattern):
        found |= NO_ACTION
    if not allows:
        return found
    if found & ACTION_WILDCARD and not rest.strip("*"):
        found |= WHOLE_SERVICE
    if of_several or prefix == "iam":
        found |= OF_IAM
    for service in _wanted_of if of_several else (prefix,):
        for action, bits in _wanted_of.get(service, {}).items():
            if bits & ~found and covers_action(pattern, action):
                found |= bits
    if of_several or prefix in _services_of_paths():
        found |= _of_paths(pattern)
    return found | _of_dangers(pattern)


def _of_dangers(pattern: str) -> int:
    ratings = high_risk.dangerous(pattern)
    if not ratings:
        return 0
    found = GUARDED | DANGEROUS if high_risk.guarded(pattern) else DANGEROUS
    for category in {high_risk.category_of(one) for one in ratings}:
        found |= danger(category)
    return found


def _of_paths(pattern: str) -> int:
    """The bits of the actions of paths of escalation that a pattern covers."""
    from lplint.access.escalation import covered

    return covered(pattern) << _FIRST_OF_PATHS


@lru_cache(maxsize=65536)
def _of_resource(value: str) -> int:
    found = VARIABLES if "${" in value else 0
    if "*" in value:
        found |= EVERY_RESOURCE if is_every_arn(value) else RESOURCE_WILDCARD
    return found


@cache
def _services_of_paths() -> frozenset[str]:
    from lplint._generated.escalation import FORMS

    return frozenset(action.partition(":")[0] for action in FORMS)
