"""Whom a resource-based policy or a trust policy lets in that nobody named."""

from __future__ import annotations

from lplint.access.reach import is_every_arn
from lplint.access.strangers import ANYONE, OTHER_ACCOUNT, SERVICE_FOR_OTHERS, is_everyone, lets_in
from lplint.aws import principals
from lplint.checks.grants import values
from lplint.model.finding import Add, Mend, Problem
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.access.strangers import Stranger
    from lplint.model.policy import Condition, Policy, Statement

# The services that also take requests which nobody signed; all others refuse them whatever a policy says.
# Sources: the developer guides of these services, policies with the principal "*".
_UNSIGNED = frozenset(("elasticfilesystem", "es", "execute-api", "mediastore", "s3", "sqs"))
_ALSO = {
    ANYONE: ", also callers without an AWS account",
    OTHER_ACCOUNT: ", also callers of any other AWS account",
    SERVICE_FOR_OTHERS: ", also services on behalf of anyone",
}
_OWNER_KEYS = frozenset(("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"))
_BY_URL = "lambda:invokefunctionurl"


def public_principal(policy: Policy) -> Iterator[Problem]:
    # The policy of a VPC endpoint names who may use the endpoint, and only what is in the VPC can reach it.
    if policy.service == "vpce":
        return
    for statement in policy.allow_statements():
        if statement.principal is None or not is_everyone(statement.principal):
            continue
        stranger = lets_in(policy, statement, _strangers(policy, statement))
        if stranger is not None:
            star = next(one for one in statement.principal.values if one.value.value == "*")
            yield Problem(star.value.span, _whom(policy, statement, stranger))


def _strangers(policy: Policy, statement: Statement) -> tuple[Stranger, ...]:
    named = statement.action.values if statement.action is not None else ()
    actions = [(text.value or "").lower() for text in named]
    services = {policy.service, *(action.partition(":")[0] for action in actions)}
    unsigned = policy.kind is not PolicyKind.TRUST and (not _UNSIGNED.isdisjoint(services) or _BY_URL in actions)
    return (ANYONE, OTHER_ACCOUNT, SERVICE_FOR_OTHERS) if unsigned else (OTHER_ACCOUNT, SERVICE_FOR_OTHERS)


def _whom(policy: Policy, statement: Statement, stranger: Stranger) -> str:
    no_condition = (
        "no condition says who it must be" if not statement.conditions else "none of its conditions keeps strangers out"
    )
    if policy.kind is PolicyKind.TRUST:
        return f"Lets any principal of any AWS account assume this role; {no_condition}."
    actions = [text.display for text in statement.action.values] if statement.action is not None else []
    what = ", ".join(actions[:2]) + (f" and {len(actions) - 2} more" if len(actions) > 2 else "")
    what = what or "this"
    if stranger is ANYONE:
        return f"Lets anyone use {what}, also without an AWS account; {no_condition}."
    if stranger is OTHER_ACCOUNT:
        return f"Lets anyone who has an AWS account use {what}; {no_condition}."
    return f"Lets services of AWS use {what} for anyone who tells them to; {no_condition}."


def allow_not_principal(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.not_principal is not None:
            stranger = lets_in(policy, statement, _strangers(policy, statement))
            whom = " whom its conditions do not keep out" if stranger is None else _ALSO[stranger]
            yield Problem(
                statement.not_principal.key.span, f"Lets in everyone but those listed{whom}; name whom to let in."
            )


def endpoint_without_perimeter(policy: Policy) -> Iterator[Problem]:
    if policy.service != "vpce":
        return
    for statement in policy.allow_statements():
        if statement.principal is None or not is_everyone(statement.principal):
            continue
        every = next(
            (text for text in values(statement.resource) if text.value is not None and is_every_arn(text.value)), None
        )
        if every is None or any(_names_owner(condition) for condition in statement.conditions):
            continue
        if lets_in(policy, statement, (OTHER_ACCOUNT,)) is not None:
            yield Problem(
                every.span,
                "Lets anybody in the VPC reach the resources of any account through this endpoint, with credentials of "
                "any account; compare aws:ResourceOrgID and aws:PrincipalOrgID in a condition.",
            )


def _names_owner(condition: Condition) -> bool:
    """Whether a condition may say whose the resource is."""
    key = condition.key.value
    return key is None or key.lower() in _OWNER_KEYS


def service_without_source(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.principal is None or lets_in(policy, statement, (SERVICE_FOR_OTHERS,)) is None:
            continue
        function = policy.service == "lambda"
        mend: Mend | None = None
        told = False
        for one in statement.principal.values:
            service = one.value.value
            if one.type is None or one.type.value != "Service" or service is None:
                continue
            if principals.carries_source_keys(service, trust=False, function=function):
                mend, told = mend if told else _source_account(statement, function=function), True
                yield Problem(
                    one.value.span,
                    f"Lets {service} do this for any customer of AWS who tells it to; limit it by aws:SourceAccount or "
                    "aws:SourceArn.",
                    mend=mend,
                )


def _source_account(statement: Statement, *, function: bool) -> Mend | None:
    """A condition on the account for which services act, if it is that of the statement's resources, and all of its
    principals are services that send it."""
    who = statement.principal.values if statement.principal is not None else ()
    if any(
        one.type is None
        or one.type.value != "Service"
        or one.value.value is None
        or not principals.carries_source_keys(one.value.value, trust=False, function=function)
        for one in who
    ):
        return None
    arns = [text.value for text in statement.resource.values] if statement.resource is not None else []
    accounts = {arn.split(":", 5)[4] if arn.count(":") >= 5 else "" for arn in arns if arn is not None}
    account = accounts.pop() if len(accounts) == 1 and None not in arns else ""
    if len(account) != 12 or not account.isdecimal():
        return None
    return Mend(
        f"Compare aws:SourceAccount with {account}.",
        Add(statement.node, "Condition", {"StringEquals": {"aws:SourceAccount": account}}),
        safe=False,
    )
