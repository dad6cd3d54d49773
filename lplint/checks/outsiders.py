"""Whom from outside a role's trust policy lets in, and what ties them down."""

from __future__ import annotations

from lplint.access.patterns import matches
from lplint.aws import conditions
from lplint.aws.tables import load as load_table
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text

# Keys that say who in the other account comes in, or what they must know or show.
_TIES = frozenset(("sts:externalid", "aws:multifactorauthpresent", "aws:multifactorauthage", "saml:aud"))


def account_without_external_id(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.principal is None or not _readable(statement):
            continue
        if any(_ties(condition) for condition in statement.conditions):
            continue
        for one in statement.principal.values:
            account = _account(one.value) if one.type is not None and one.type.value == "AWS" else None
            if account is not None:
                yield Problem(
                    one.value.span,
                    f"Lets everybody whom account {account} allows to assume this role, with nothing to tell for whom "
                    "they do it; if it is a third party's, ask for its sts:ExternalId.",
                )


def provider_not_tied_down(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.principal is None or not _readable(statement) or not _names_claim(statement):
            continue
        for one in statement.principal.values:
            if one.type is None or one.type.value != "Federated":
                continue
            host = _host(one.value)
            provider = _provider(host)
            if provider is None or any(_is_of_another(condition, host) for condition in statement.conditions):
                continue
            keys = {f"{host}:{claim}" for claim in provider["claims"]}
            limits = [one for one in statement.conditions if _asks(one, keys)]
            if not limits:
                yield Problem(
                    one.value.span,
                    f"Lets {provider['whose']} assume this role; compare {host}:{provider['claims'][0]} in a "
                    "condition.",
                )
            elif all(_is_wide(condition, provider) for condition in limits):
                value = limits[0].values[0]
                yield Problem(
                    value.span,
                    f"Lets {provider['whose']} assume this role, since {value.display} matches them all; name whose "
                    "they must be.",
                    [Related(one.value.span, "the provider")],
                )


def _readable(statement: Statement) -> bool:
    """Whether all conditions of a statement are known."""
    return statement.complete and (statement.condition is None or bool(statement.conditions))


def _names_claim(statement: Statement) -> bool:
    """Whether some condition is on what a token says; of those without any LP304 speaks."""
    return any("." in (condition.key.value or "").partition(":")[0] for condition in statement.conditions)


def _account(text: Text) -> str | None:
    """The account that a principal is the whole of; None if it is none, or not known which."""
    value = text.value or ""
    if value.startswith("arn:") and value.count(":") == 5 and value.endswith(":root"):
        value = value.split(":")[4]
    return value if len(value) == 12 and value.isascii() and value.isdigit() else None


def _ties(condition: Condition) -> bool:
    """Whether a condition may say more of who comes in than the account does."""
    key, written = condition.key.value, condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    if key is None or operator is None:
        return True
    lowered = key.lower()
    if operator.name == "Null" or operator.negated or operator.if_exists:
        return False
    if lowered == "aws:multifactorauthpresent":
        return any((text.value or "true").lower() == "true" for text in condition.values)
    if lowered not in _TIES and not conditions.names_caller(lowered):
        return False
    return not condition.complete or any(text.value is None or text.value.strip("*") for text in condition.values)


def _host(text: Text) -> str:
    """The host of an OIDC provider as the keys of its claims are written; "" if nothing tells."""
    last = text.parts[-1] if text.parts else ""
    if not isinstance(last, str):
        return ""
    return last.partition(":oidc-provider/")[2] or (last if text.value is not None else "")


def _provider(host: str) -> Mapping[str, str] | None:
    known: list[Mapping[str, str]] = load_table("oidc_providers")["providers"]
    return next((one for one in known if host and matches(one["host"], host)), None)


def _asks(condition: Condition, keys: set[str]) -> bool:
    """Whether a condition asks for one of some claims, or may."""
    key, written = condition.key.value, condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    if key is None or operator is None:
        return True
    if operator.negated or operator.if_exists or operator.name == "Null" or operator.set_operator == "ForAllValues":
        return False
    return key.lower() in {one.lower() for one in keys}


def _is_of_another(condition: Condition, host: str) -> bool:
    """Whether a condition asks for a claim of another provider, which no token of this one has."""
    prefix = (condition.key.value or "").lower().rpartition(":")[0]
    return "." in prefix and prefix != host.lower() and _asks(condition, {condition.key.value or ""})


def _is_wide(condition: Condition, provider: Mapping[str, str]) -> bool:
    """Whether some value of a condition certainly matches what any owner's claim is."""
    operator = conditions.operator(condition.operator.value or "")
    if operator is None or operator.name != "StringLike":
        return False
    return any(text.value is not None and _is_any_owner(text.value, provider) for text in condition.values)


def _is_any_owner(value: str, provider: Mapping[str, str]) -> bool:
    if not value.strip("*?"):
        return True
    owner, end = provider["owner"], provider["end"]
    if not owner or not value.startswith(owner):
        return False
    return value[len(owner) :].partition(end)[0] == "*"
