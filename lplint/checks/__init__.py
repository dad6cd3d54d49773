"""The table of checks: which function decides each rule.

LP001 (syntax-error), LP003 (unread-template) and LP004 (unresolvable-reference) are not here: they are what the parsers
and evaluators say of a file, and the engine passes it on.
"""

from __future__ import annotations

from lplint.checks import exposure, passing, reading, validity, wildcards

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lplint.model.finding import Problem
    from lplint.model.policy import Policy

SYNTAX_ERROR = "LP001"
UNREAD_TEMPLATE = "LP003"
UNRESOLVABLE_REFERENCE = "LP004"
READING = (SYNTAX_ERROR, UNREAD_TEMPLATE, UNRESOLVABLE_REFERENCE)

CHECKS: Mapping[str, Callable[[Policy], Iterator[Problem]]] = {
    "LP002": reading.duplicate_key,
    "LP101": validity.unknown_action,
    "LP102": validity.unknown_service,
    "LP103": validity.resource_never_matches_action,
    "LP104": validity.unknown_condition_key,
    "LP105": validity.unknown_condition_operator,
    "LP106": validity.invalid_version,
    "LP107": validity.missing_version,
    "LP108": validity.invalid_effect,
    "LP109": validity.missing_element,
    "LP110": validity.retired_action,
    "LP201": wildcards.wildcard_action,
    "LP202": wildcards.wildcard_service,
    "LP203": wildcards.wildcard_resource,
    "LP204": wildcards.allow_not_action,
    "LP205": wildcards.allow_not_resource,
    "LP206": wildcards.full_admin,
    "LP301": passing.pass_role_any_role,
    "LP501": exposure.public_principal,
    "LP502": exposure.allow_not_principal,
}
