"""Trust policies: which action goes with which principal, and what must limit who comes in from outside."""

from __future__ import annotations

from lplint.access.actions import covers_action
from lplint.access.admitted import admitted
from lplint.aws import conditions, principals
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Condition, Policy
    from lplint.model.text import Text

_ACTION_OF = {"saml": "sts:AssumeRoleWithSAML", "oidc": "sts:AssumeRoleWithWebIdentity"}
_WORDS = {"saml": "a SAML provider", "oidc": "an OIDC provider"}
# Source: AWS IAM Roles Anywhere User Guide, trust policy.
_ROLES_ANYWHERE_ACTIONS = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")


def mismatched_assume_action(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        action, principal = statement.action, statement.principal
        if action is None or principal is None or not principal.complete or not principal.values:
            continue
        kinds = {_kind(one.type, one.value) for one in principal.values}
        if None in kinds:
            continue
        for text in action.values:
            value = (text.value or "").lower()
            if value not in ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"):
                continue
            right = {_ACTION_OF.get(kind or "", "sts:AssumeRole") for kind in kinds}
            if not any(value == one.lower() for one in right):
                whose = " or ".join(sorted({_WORDS.get(kind or "", "an AWS principal") for kind in kinds}))
                first = principal.values[0].value
                yield Problem(
                    text.span,
                    f"{text.display} is not what {whose} calls, so nobody assumes the role by it; "
                    f"write {' and '.join(sorted(right))}.",
                    [Related(first.span, "the principal")],
                )


def _kind(type_: Text | None, value: Text) -> str | None:
    """How a principal assumes roles: "saml", "oidc" or "" for sts:AssumeRole; None if that is not known."""
    if type_ is None or type_.value is None:
        return None
    if type_.value != "Federated":
        return "" if type_.value in ("AWS", "Service") else None
    if value.value is not None:
        found = principals.provider(value.value)
        if found is not None:
            return found[0]
    shown = value.display
    if ":saml-provider/" in shown:
        return "saml"
    return "oidc" if ":oidc-provider/" in shown else None


def roles_anywhere_actions(policy: Policy) -> Iterator[Problem]:
    if not policy.complete:
        return
    named: Text | None = None
    patterns: list[str] = []
    for statement in policy.allow_statements():
        mine = [one.value for one in statement.principal.values] if statement.principal is not None else []
        found = next((text for text in mine if text.value == principals.ROLES_ANYWHERE), None)
        if found is None:
            continue
        if statement.action is None or not statement.action.complete:
            return
        named = named or found
        for text in statement.action.values:
            if text.value is None:
                return
            patterns.append(text.value)
    missing = [one for one in _ROLES_ANYWHERE_ACTIONS if not any(covers_action(p, one) for p in patterns)]
    if named is not None and missing:
        yield Problem(
            named.span, f"IAM Roles Anywhere also needs {' and '.join(missing)} to assume the role; allow it here too."
        )


# -- service principals

_SOURCE_KEYS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner")


def trusted_service_without_source(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        if any(_limits_source(condition) for condition in statement.conditions):
            continue
        for one in let_in:
            service = one.value.value
            if one.type is None or one.type.value != "Service" or service is None:
                continue
            if principals.carries_source_keys(service, trust=True):
                yield Problem(
                    one.value.span,
                    f"Lets {service} do this for any customer of AWS who tells it to; limit it by aws:SourceAccount or "
                    "aws:SourceArn.",
                )


def _limits_source(condition: Condition) -> bool:
    """Whether a condition may say for whom the service acts."""
    key = condition.key.value
    if key is None:
        return True
    lowered = key.lower()
    # What a service's own keys compare (an event's source, a function's ARN) may be the same limit in other words.
    return lowered in _SOURCE_KEYS or not lowered.startswith(("aws:", "s3:")) or lowered == "aws:principalorgid"


def recommended_source_key(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.principal is None or not statement.complete:
            continue
        services = [one for one in statement.principal.values if one.type is not None and one.type.value == "Service"]
        if len(services) != len(statement.principal.values) or not services:
            continue
        keys = {(one.key.value or "").lower() for one in statement.conditions}
        if not keys.isdisjoint(("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")):
            continue
        for condition in statement.conditions:
            if (condition.key.value or "").lower() in ("aws:referer", "aws:sourceowner", "aws:useragent"):
                yield Problem(
                    condition.key.span,
                    f"{condition.key.display} is no dependable limit of a service; compare aws:SourceAccount or "
                    "aws:SourceArn.",
                )


# What a request of a service principal never carries.
# Source: AWS IAM User Guide, "AWS global condition context keys", availability of the properties of the principal.
_NEVER_OF_SERVICES = frozenset(
    ("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:username")
)


def key_never_of_service(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        principal = statement.principal
        if principal is None or not principal.complete or not principal.values:
            continue
        if any(one.type is None or one.type.value != "Service" for one in principal.values):
            continue
        # IAM Roles Anywhere puts what the certificate says into tags. Source: its User Guide, "Trust policy".
        certificates = any(one.value.value == principals.ROLES_ANYWHERE for one in principal.values)
        for condition in statement.conditions:
            key = (condition.key.value or "").lower()
            operator = conditions.operator(condition.operator.value or "")
            if operator is None or operator.negated or operator.if_exists or operator.name == "Null":
                continue
            if operator.set_operator == "ForAllValues":
                continue
            if key in _NEVER_OF_SERVICES or (key.startswith("aws:principaltag/") and not certificates):
                yield Problem(
                    condition.key.span,
                    f"A request of a service carries no {condition.key.display}, so this never holds; compare "
                    "aws:SourceAccount, aws:SourceArn or aws:SourceOrgID.",
                )
