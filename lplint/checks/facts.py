"""What a policy has in it at all, so that most rules need not be asked about most policies."""

from __future__ import annotations

from functools import cache, lru_cache

from lplint.access.actions import actions_matching, covers_action
from lplint.access.reach import is_every_arn
from lplint.checks.elements import is_regular
from lplint.model.text import Text
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.policy import Element, Policy, Statement

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
# Of a statement that allows.
EVERY_RESOURCE = 1 << 10
RESOURCE_WILDCARD = 1 << 11  # in a Resource that does not cover everything
EVERY_ACTION = 1 << 12
WHOLE_SERVICE = 1 << 13
ACTION_WILDCARD = 1 << 14
OF_IAM = 1 << 15
DANGEROUS = 1 << 16  # an action that is dangerous, or reads data, which at scale is
ESCALATES = 1 << 17  # all actions of a path of escalation
IRREGULAR = 1 << 18  # of the policy: its form may have something wrong
_FIRST_ACTION = 19  # from here on one bit for each action that `wanting` was asked for

# From here on one bit for each action that is part of a path of escalation.
_FIRST_OF_PATHS = 64
_FACTS = (1 << _FIRST_OF_PATHS) - 1
_OF_ANY = (1 << 10) - 1
_UNKNOWN_ACTION = VARIABLES | NO_ACTION
_wanted: dict[str, list[tuple[str, int]]] = {}
_numbers: dict[str, int] = {}


def wanting(action: str) -> int:
    """The fact that a statement allows an action called `service:Name`."""
    action = action.lower()
    if action not in _numbers:
        # Where all bits are taken, several actions share the last one.
        _numbers[action] = 1 << min(_FIRST_ACTION + len(_numbers), _FIRST_OF_PATHS - 1)
        _wanted.setdefault(action.partition(":")[0], []).append((action, _numbers[action]))
    return _numbers[action]


def facts_of(policy: Policy) -> int:
    """The facts of a policy, joined by "or". One that is not there certainly is not; one that is may not matter."""
    found = SEVERAL_STATEMENTS if len(policy.statements) > 1 else 0
    for statement in policy.statements:
        allows = statement.allows()
        if statement.conditions:
            found |= CONDITIONS | CONDITION_ELEMENT
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
    prefix, _, rest = lowered.partition(":")
    if "*" in lowered and not lowered.replace(":", "", 1).strip("*"):
        # Which actions these are nobody needs to know.
        return found | ~_OF_ANY | WILDCARD_SERVICE | (NO_ACTION if lowered not in ("*", "*:*") else 0)
    of_several = "*" in prefix or "?" in prefix
    if of_several:
        found |= WILDCARD_SERVICE
    if not actions_matching(pattern):
        found |= NO_ACTION
    if not allows:
        return found
    if "*" in rest or "?" in rest:
        found |= ACTION_WILDCARD
        if not rest.strip("*"):
            found |= WHOLE_SERVICE
    if of_several or prefix == "iam":
        found |= OF_IAM
    for service in _wanted if of_several else (prefix,):
        for action, bit in _wanted.get(service, ()):
            if covers_action(pattern, action):
                found |= bit
    if of_several or prefix in _services_of_paths():
        from lplint.access.escalation import covered

        found |= covered(pattern) << _FIRST_OF_PATHS
    from lplint.checks.high_risk import dangerous

    return found | DANGEROUS if dangerous(pattern) else found


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
