"""Whom from outside a role's trust policy lets in, and what ties them down."""

from __future__ import annotations

from lplint.access.actions import covers_action
from lplint.access.admitted import admitted
from lplint.access.zone import zone
from lplint.aws import conditions, principals
from lplint.model.finding import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Condition, Policy
    from lplint.model.text import Text

# Keys that say who in the other account comes in, or what they must know or show.
_TIES = frozenset(("sts:externalid", "aws:multifactorauthpresent", "aws:multifactorauthage", "saml:aud"))


def account_without_external_id(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        if any(_ties(condition) for condition in statement.conditions):
            continue
        for one in let_in:
            account = _account(one.value) if one.type is not None and one.type.value == "AWS" else None
            # Of companies that are known another rule speaks, and one's own accounts need no id.
            if account is not None and account not in zone().accounts and principals.vendor_of(account) is None:
                yield Problem(
                    one.value.span,
                    f"Lets everybody whom account {account} allows to assume this role, with nothing to tell for whom "
                    "they do it; if it is a third party's, ask for its sts:ExternalId.",
                )


def whole_account(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        if any(_ties(condition) for condition in statement.conditions):
            continue
        for one in let_in:
            # Of an account that is written out account_without_external_id speaks.
            if one.type is not None and one.type.value == "AWS" and _is_some_account(one.value):
                yield Problem(
                    one.value.span,
                    "Lets every user and role of the account that may call sts:AssumeRole assume this role; name those "
                    "that need it, here or by aws:PrincipalArn.",
                )


def name_in_any_account(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        if not any(one.is_everyone() for one in let_in):
            continue
        # Of a condition that asks for nothing public_principal speaks.
        asking = [one for one in statement.conditions if _ties(one)]
        if not asking or not all((one.key.value or "").lower() == "aws:principalarn" for one in asking):
            continue
        if all(any(_is_of_any_account(text) for text in one.values) for one in asking):
            text = next(text for text in asking[0].values if _is_of_any_account(text))
            yield Problem(
                text.span,
                "Lets in whoever gives a role or user of their own account such a name; write the account in full, or "
                "compare aws:PrincipalOrgID as well.",
            )


def _is_of_any_account(text: Text) -> bool:
    """Whether a pattern for the ARN of a principal certainly has no account."""
    fields = (text.value or "").split(":")
    return len(fields) > 5 and fields[2] == "iam" and fields[4] == "*"


def _is_some_account(text: Text) -> bool:
    """Whether a principal is the whole of an account that is not known."""
    last = text.parts[-1] if text.parts else ""
    return text.value is None and isinstance(last, str) and last.endswith(":root") and text.must_start_with("arn:")


def saml_without_audience(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        keys = [(one.key.value or "").lower() for one in statement.conditions]
        if any(not key or key.startswith("saml:") for key in keys):
            continue
        for one in let_in:
            if one.type is not None and one.type.value == "Federated" and _is_saml(one.value):
                yield Problem(
                    one.value.span,
                    "Lets in whomever this SAML provider vouches for, by any sign-in address of AWS; compare SAML:aud "
                    "with https://signin.aws.amazon.com/saml.",
                )


def _is_saml(text: Text) -> bool:
    if text.value is not None:
        found = principals.provider(text.value)
        return found is not None and found[0] == "saml"
    return any(isinstance(part, str) and ":saml-provider/" in part for part in text.parts)


# Source: AWS IAM Roles Anywhere User Guide, "The IAM Roles Anywhere trust model", trust policy.
_OF_CERTIFICATE = ("aws:principaltag/x509", "aws:sourcearn", "sts:roleauthorizedbyidp", "sts:sourceidentity")


def any_certificate(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        keys = [(one.key.value or "").lower() for one in statement.conditions]
        if any(not key or key.startswith(_OF_CERTIFICATE) for key in keys):
            continue
        for one in let_in:
            if one.value.value == principals.ROLES_ANYWHERE:
                yield Problem(
                    one.value.span,
                    "Lets the holder of any certificate that a trust anchor of the account accepts assume this role; "
                    "compare aws:PrincipalTag/x509Subject/CN, and aws:SourceArn with the trust anchor.",
                )


# What a caller may set of its own session, and the keys that limit it.
# Source: AWS IAM User Guide, "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed roles".
_LIMITS = {
    "sts:TagSession": ("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys"),
    "sts:SetSourceIdentity": ("sts:sourceidentity", "aws:sourceidentity"),
}
_SET_BY_CALLER = {
    "sts:TagSession": (
        "Lets callers give their session any tags, and with them whatever policies grant by aws:PrincipalTag; limit "
        "them by aws:RequestTag and aws:TagKeys."
    ),
    "sts:SetSourceIdentity": (
        "Lets callers write any name into the log as their own; compare sts:SourceIdentity with who they are."
    ),
}


def unchecked_session(policy: Policy) -> Iterator[Problem]:
    for statement, let_in in admitted(policy):
        action = statement.action
        # What a service or an identity provider sets is theirs to say.
        if action is None or not any(one.type is None or one.type.value == "AWS" for one in let_in):
            continue
        keys = [(one.key.value or "").lower() for one in statement.conditions]
        for name, words in _SET_BY_CALLER.items():
            if any(not key or key.startswith(_LIMITS[name]) for key in keys):
                continue
            for text in action.values:
                if text.value is not None and covers_action(text.value, name):
                    yield Problem(text.span, words)


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
