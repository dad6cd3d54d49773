"""Guardrails of an organisation: service and resource control policies, and what they do beside what was meant."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.actions import covers_action
from lplint.access.compared import compared
from lplint.access.limits import unread
from lplint.access.patterns import contains, matches, widest
from lplint.aws import conditions, regions
from lplint.aws.tables import load as load_table
from lplint.model.finding import Problem, Related
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.aws.conditions import Operator
    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.source import Span
    from lplint.model.text import Text

# A pattern that any principal's value of a key matches.
_EVERY_PRINCIPAL = {
    "aws:principalarn": "arn:aws:iam::*:*/*",
    "aws:principalaccount": "*",
    "aws:principalorgid": "o-*",
    "aws:userid": "*",
}


def carve_out_for_everyone(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        every = _EVERY_PRINCIPAL.get(key)
        if not statement.denies() or every is None or not operator.negated:
            continue
        if "Like" not in operator.name and operator.family != "Arn":
            continue
        for text in condition.values:
            if text.value and contains(text.value, every):
                yield Problem(
                    text.span,
                    f"Exempts everybody who has an {condition.key.display} from what is denied here; name the few that "
                    "are to be exempt.",
                    [Related(condition.operator.span, "the operator")],
                )


def denial_never_applies(policy: Policy) -> Iterator[Problem]:
    needed: dict[tuple[int, str], Condition] = {}
    for statement, condition, operator, key in compared(policy):
        if _needs_key(operator):
            needed.setdefault((id(statement), key), condition)
    for statement, condition, operator, key in compared(policy):
        if not statement.denies() or not key:
            continue
        if operator.name == "Null" and _says(condition, "true"):
            other = needed.get((id(statement), key))
            if other is not None:
                yield Problem(
                    condition.key.span,
                    f"Both that there is no {condition.key.display} and what it is never hold together, so this denies "
                    "nothing; remove one, or use two statements.",
                    [Related(other.key.span, "what it is")],
                )
        elif key == "aws:principalisawsservice" and policy.kind is PolicyKind.SCP and _asks_for_service(condition):
            yield Problem(
                condition.key.span,
                "Service control policies do not reach what an AWS service does as itself, so this denies nothing; "
                "write it as a resource control policy.",
            )


def _asks_for_service(condition: Condition) -> bool:
    operator = conditions.operator(condition.operator.value or "")
    return operator is not None and operator.name == "Bool" and not operator.if_exists and _says(condition, "true")


def _says(condition: Condition, value: str) -> bool:
    """Whether a condition certainly compares with one value alone."""
    return condition.complete and len(condition.values) == 1 and (condition.values[0].value or "").lower() == value


def _needs_key(operator: Operator) -> bool:
    """Whether an operator holds only where the key is there."""
    return not (operator.without_key or operator.name == "Null")


# Source: AWS IAM User Guide, "AWS global condition context keys", aws:MultiFactorAuthPresent: requests with long-term
# credentials lack it.
def mfa_denial_misses_keys(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key != "aws:multifactorauthpresent" or not statement.denies() or operator.name != "Bool":
            continue
        if not operator.if_exists and _says(condition, "false"):
            yield Problem(
                condition.operator.span,
                "Denies nothing to access keys, whose requests carry no aws:MultiFactorAuthPresent at all; write "
                "BoolIfExists.",
                [Related(condition.key.span, "the key")],
            )


# -- what AWS services do on somebody's behalf
# Source: AWS IAM User Guide, "AWS: Denies access to AWS based on the source IP".

_OF_SERVICES = ("aws:calledvia", "aws:principalisawsservice", "aws:viaawsservice")


def source_ip_denies_services(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key != "aws:sourceip" or operator.name != "NotIpAddress" or not statement.denies() or unread(statement):
            continue
        if _is_on(statement, _OF_SERVICES):
            continue
        yield Problem(
            condition.key.span,
            "Denies also what AWS services do on behalf of those inside, since such a request comes from the service's "
            'address; add "Bool": {"aws:ViaAWSService": "false"}.',
        )


# Who or where a caller is, as far as an AWS service that acts as itself has none of it, or another.
# Source: AWS IAM User Guide, "AWS global condition context keys", availability.
_NOT_OF_SERVICES = (
    *("aws:principalarn", "aws:principaltag/", "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:userid"),
    "aws:vpcsourceip",
)
_ABOUT_SERVICES = (
    *("aws:principalisawsservice", "aws:principalservicename", "aws:sourceaccount", "aws:sourcearn"),
    "aws:sourceorg",
)


def rcp_denies_service_principals(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if not statement.denies() or not operator.negated or not key.startswith(_NOT_OF_SERVICES) or unread(statement):
            continue
        if _is_on(statement, _ABOUT_SERVICES) or not _only_carves_out(statement):
            continue
        # Of single actions it is not known whether a service calls them.
        whole = statement.action is not None and any(
            (text.value or "")[-2:] == ":*" for text in statement.action.values
        )
        if whole:
            yield Problem(
                condition.key.span,
                f"AWS services that act as themselves are never among those exempt by {condition.key.display}, so this "
                'denies what they do for you; add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}.',
            )
            return


@lru_cache(maxsize=4)
def _is_on(statement: Statement, keys: tuple[str, ...]) -> bool:
    """Whether some condition of a statement is, or may be, on a key that begins with one of these."""
    return any(
        not key or key.startswith(keys) for key in ((one.key.value or "").lower() for one in statement.conditions)
    )


# Source: AWS IAM User Guide, "AWS global condition context keys", aws:PrincipalIsAWSService: anonymous
# requests have none.
def anonymous_not_denied(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if (
            key != "aws:principalisawsservice"
            or not statement.denies()
            or operator.name != "Bool"
            or operator.if_exists
        ):
            continue
        if _says(condition, "false") and _only_carves_out(statement):
            yield Problem(
                condition.operator.span,
                "Does not deny anonymous requests, which carry no aws:PrincipalIsAWSService; write BoolIfExists.",
                [Related(condition.key.span, "the key")],
            )


# Source: AWS IAM User Guide, "AWS global condition context keys": who is in no organization has none of these.
_PATHS = frozenset(("aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"))


def outsiders_not_denied(policy: Policy) -> Iterator[Problem]:
    everything = compared(policy)
    # Another statement may deny just those that have none.
    absent = {key for statement, _, operator, key in everything if operator.name == "Null" and statement.denies()}
    for statement, condition, operator, key in everything:
        if key not in _PATHS - absent or not statement.denies() or not operator.negated or operator.if_exists:
            continue
        if operator.set_operator == "ForAnyValue":
            yield Problem(
                condition.operator.span_of(0, len(operator.set_operator)),
                f"Does not deny those outside of any organization, since ForAnyValue never holds where there is no "
                f"{condition.key.display}; write ForAllValues.",
                [Related(condition.key.span, "the key")],
            )


# -- allow lists


def allow_in_scp(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        action = statement.action
        if action is None or not action.complete or any(widest(text) == "*" for text in action.values):
            continue
        place = statement.effect
        if place is not None:
            yield Problem(
                place.span,
                "Grants nothing: beside FullAWSAccess this has no effect, and without it all that no Allow names is "
                "denied; write Deny for what is not to be, unless this is the list of all that may be.",
            )


def rcp_for_everyone(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if not statement.denies() or not statement.unconditional() or statement.action is None:
            continue
        if statement.resource is None or not any(text.value == "*" for text in statement.resource.values):
            continue
        for text in statement.action.values:
            if text.value is not None and text.value.endswith("*") and text.value.partition(":")[2] in ("*", ""):
                yield Problem(
                    text.span,
                    f"Denies everyone, AWS services included, {text.display} on every resource of the accounts; add a "
                    "condition that says whom or what is meant.",
                )


# -- regions


def region_lock(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key != "aws:requestedregion" or not operator.negated or not statement.denies() or unread(statement):
            continue
        if not _only_carves_out(statement):
            continue
        table = load_table("global_services")
        home: str = table["region"]
        if (
            not condition.complete
            or not condition.values
            or not all(_is_elsewhere(one, home) for one in condition.values)
        ):
            continue
        denied = _denied_services(statement, table["services"])
        if denied is not None and denied[1]:
            place, services = denied
            their, them = ("its", "it") if len(services) == 1 else ("their", "them")
            yield Problem(
                place.span,
                f"Denies {_listed(services)} as well, since {their} requests go to {home}; leave {them} out with "
                "NotAction.",
                [Related(condition.key.span, f"{home} is not among these regions")],
            )


@lru_cache(maxsize=4)
def _only_carves_out(statement: Statement) -> bool:
    return all(_carves_out(condition) for condition in statement.conditions)


def _carves_out(condition: Condition) -> bool:
    """Whether a condition leaves somebody out of a denial, and does not say what alone it is about."""
    operator = conditions.operator(condition.operator.value or "")
    return operator is not None and (operator.negated or operator.if_exists or operator.name == "Bool")


def _is_elsewhere(text: Text, home: str) -> bool:
    """Whether a value is certainly a region of AWS's commercial partition, or a pattern for some, other than one."""
    value = text.value or ""
    if value.startswith(("cn-", "us-gov-", "us-iso", "eusc-")) or contains(value, home):
        return False
    return any(matches(value, region) for region in regions.regions())


def _denied_services(statement: Statement, services: list[str]) -> tuple[Text, list[str]] | None:
    """Which services a statement about everything, or all but something, is about, and where it says so."""
    if statement.not_action is not None:
        if not statement.not_action.complete:
            return None
        patterns = [widest(text).lower() for text in statement.not_action.values]
        names = [pattern.partition(":")[0] for pattern in patterns]
        return statement.not_action.key, [
            one for one in services if not any(covers_action(f"{name}:*", f"{one}:x") for name in names)
        ]
    if statement.action is not None:
        star = next((text for text in statement.action.values if text.value in ("*", "*:*")), None)
        if star is not None:
            return star, services
    return None


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# -- what the service control policies of an organisation protect
# Source: AWS Organizations User Guide, "Best practices for service control policies" and SCP examples; AWS
# Prescriptive Guidance, "AWS Security Reference Architecture", organization-wide guardrails. What keeps each is one of
# these actions denied, but for the first two.

_PROTECTED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("root", "what the root users of accounts may do", ()),
    ("regions", "the regions in use", ()),
    ("leaving", "leaving the organization", ("organizations:LeaveOrganization",)),
    ("logging", "stopping CloudTrail", ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail")),
    (
        "detection",
        "turning off GuardDuty, Security Hub or Config",
        (
            *("config:DeleteConfigurationRecorder", "config:StopConfigurationRecorder"),
            *("guardduty:DeleteDetector", "guardduty:DisassociateFromAdministratorAccount"),
            *("guardduty:DisassociateFromMasterAccount", "guardduty:UpdateDetector"),
            *("securityhub:DisableSecurityHub", "securityhub:DisassociateFromAdministratorAccount"),
        ),
    ),
)


def protected(policy: Policy) -> frozenset[str]:
    """What of an organisation a service control policy certainly or perhaps protects: "root", "regions", "leaving",
    "logging", "detection"."""
    if not policy.complete:
        return frozenset(name for name, _, _ in _PROTECTED)
    found = set()
    for statement in policy.statements:
        if statement.allows():
            continue
        keys = [(one.key.value or "").lower() for one in statement.conditions]
        arns = [text for one in statement.conditions if _is_on_arn(one) for text in one.values]
        if any(text.value is None or text.value.endswith(":root") for text in arns):
            found.add("root")
        if "aws:requestedregion" in keys:
            found.add("regions")
        if "" in keys or unread(statement):
            found.update(("root", "regions"))
        found.update(name for name, _, actions in _PROTECTED if any(_names(statement, one) for one in actions))
    return frozenset(found)


def _is_on_arn(condition: Condition) -> bool:
    return (condition.key.value or "").lower() == "aws:principalarn"


def _names(statement: Statement, action: str) -> bool:
    """Whether a statement is about an action, and not just about everything, or may be."""
    if statement.action is None:
        return False
    patterns = [widest(text) for text in statement.action.values if text.value != "*"]
    return not statement.action.complete or any(covers_action(one, action) for one in patterns)


def missing_guardrail(place: Span, protects: frozenset[str]) -> Iterator[Problem]:
    """What none of an organisation's service control policies keep, told at the first of them."""
    missing = [words for name, words, _ in _PROTECTED if name not in protects]
    if missing:
        yield Problem(
            place,
            f"None of the service control policies here limits {_listed(missing)}, as AWS advises; add it, unless it "
            "is done elsewhere.",
        )
