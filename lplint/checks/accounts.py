"""Which accounts and organisations outside the zone of trust a policy lets in by their names."""

from __future__ import annotations

from lplint.access.limits import restricting, unread
from lplint.access.strangers import is_everyone
from lplint.access.zone import zone
from lplint.aws import conditions, principals
from lplint.model.finding import Problem
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.access.zone import Zone
    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text

_ACCOUNT_KEYS = frozenset(
    (
        *("aws:principalaccount", "aws:principalarn", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner"),
        *("kms:calleraccount", "s3:dataaccesspointaccount"),
    )
)
# What only the right customer's requests carry.
_TIES = ("sts:externalid", "aws:principalarn", "aws:principaltag/*", "aws:userid")
_ORGANIZATION_KEYS = frozenset(("aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"))


def outside_zone(policy: Policy) -> Iterator[Problem]:
    mine = zone()
    if not mine.accounts and not mine.organization:
        return
    for statement in policy.allow_statements():
        if _is_kept_within(statement, mine):
            continue
        own = _own_accounts(statement)
        for text, account in _accounts(statement):
            if mine.accounts and account not in mine.accounts and account not in own:
                yield Problem(
                    text.span,
                    f"Lets in account {_called(account)}, which is not among the trusted-accounts of the "
                    "configuration; name it there if it is to be trusted.",
                )
        for text, organization in _organizations(statement):
            if mine.organization and organization != mine.organization:
                yield Problem(
                    text.span,
                    f"Lets in organization {organization}, and that of the configuration is {mine.organization}.",
                )


def vendor(policy: Policy) -> Iterator[Problem]:
    trusted = zone().accounts
    for statement in policy.allow_statements():
        if policy.kind is PolicyKind.TRUST and _is_untied(statement):
            continue  # of which more is to be said
        for text, account in _accounts(statement):
            owner = principals.vendor_of(account)
            if owner is not None and not trusted:
                yield Problem(
                    text.span,
                    f"Lets in account {account}, which is {owner}'s; name it in trusted-accounts if that is meant.",
                )


def vendor_without_external_id(policy: Policy) -> Iterator[Problem]:
    trusted = zone().accounts
    for statement in policy.allow_statements():
        if not _is_untied(statement):
            continue
        for text, account in _accounts(statement):
            owner = principals.vendor_of(account)
            if owner is not None and account not in trusted:
                yield Problem(
                    text.span,
                    f"Lets {owner} assume this role for any of its customers who names it; ask for the external id "
                    "that it gave you, in a condition on sts:ExternalId.",
                )


def other_account(policy: Policy) -> Iterator[Problem]:
    if zone().accounts:
        return
    for statement in policy.allow_statements():
        own = _own_accounts(statement)
        if not own or _is_kept_within(statement, None):
            continue
        for text, account in _accounts(statement):
            if account not in own and principals.vendor_of(account) is None:
                yield Problem(
                    text.span,
                    f"Lets in account {account}, and the resource is that of account {', '.join(sorted(own))}; name "
                    "yours in trusted-accounts of the configuration.",
                )


def _is_untied(statement: Statement) -> bool:
    """Whether certainly no condition asks for what only the right customer's requests carry."""
    return not unread(statement) and not any(restricting(statement, _TIES))


def _called(account: str) -> str:
    owner = principals.vendor_of(account)
    return f"{account} ({owner})" if owner is not None else account


def _accounts(statement: Statement) -> Iterator[tuple[Text, str]]:
    """The accounts that a statement names as whom it lets in, but those that AWS's own services use."""
    if statement.principal is None:
        return
    found = [one.value for one in statement.principal.values if one.type is not None and one.type.value == "AWS"]
    if is_everyone(statement.principal):
        found += [text for one in statement.conditions if _asks(one, _ACCOUNT_KEYS) for text in one.values]
    for text in found:
        account = principals.account_of(text.value) if text.value is not None else None
        if account is not None and not principals.is_of_aws(account):
            yield text, account


def _organizations(statement: Statement) -> Iterator[tuple[Text, str]]:
    """The organisations that the conditions of a statement name as whose callers it lets in."""
    for condition in statement.conditions:
        if _asks(condition, _ORGANIZATION_KEYS):
            for text in condition.values:
                organization = (text.value or "").partition("/")[0]
                if organization.startswith("o-") and "*" not in organization and "?" not in organization:
                    yield text, organization


def _asks(condition: Condition, keys: frozenset[str]) -> bool:
    """Whether a condition lets in those whose key, one of some in lower case, is among its values."""
    operator = conditions.operator(condition.operator.value or "")
    return (
        operator is not None
        and not operator.negated
        and operator.name != "Null"
        and (condition.key.value or "").lower() in keys
    )


def _is_kept_within(statement: Statement, mine: Zone | None) -> bool:
    """Whether conditions may keep all that are let in within an organisation: that of the zone, or any if there is no
    zone."""
    if statement.condition is not None and not statement.conditions:
        return True  # it is there, and cannot be read
    for condition in statement.conditions:
        if not _asks(condition, _ORGANIZATION_KEYS):
            continue
        named = {(text.value or "").partition("/")[0] if text.known else None for text in condition.values}
        if mine is None or not condition.complete or None in named or named == {mine.organization}:
            return True
    return False


def _own_accounts(statement: Statement) -> frozenset[str]:
    """The accounts that hold the resources of a statement, as far as it names them."""
    texts = statement.resource.values if statement.resource is not None else ()
    found = (principals.account_of(text.value) for text in texts if text.value is not None)
    return frozenset(one for one in found if one is not None)
