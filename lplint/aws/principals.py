"""The forms of a principal: accounts, users and roles, services, identity providers."""

from __future__ import annotations

import re
from functools import cache

from lplint.aws.tables import load as load_table

TYPES = ("AWS", "CanonicalUser", "Federated", "Service")
ROLES_ANYWHERE = "rolesanywhere.amazonaws.com"
# Patterns are compiled when a policy first needs them: most name no principals.
# The forms that AWS accepts in Principal, of type AWS.
# Source: AWS IAM User Guide, "AWS JSON policy elements: Principal"; Amazon CloudFront Developer Guide, origin access
# identities, whose account field is "cloudfront".
_ACCOUNT = r"\d{12}"
_PRINCIPAL_ARN = (
    r"arn:aws[a-z0-9-]*:(?:iam::(?:\d{12}|aws|cloudfront):(?:root|(?:user|role|federated-user)/.+)"
    r"|sts::\d{12}:(?:assumed-role/.+|federated-user/.+|self))"
)
# Unique ids, which AWS writes in place of the ARN of a user or role that was deleted.
# Source: AWS IAM User Guide, "IAM identifiers", unique ID prefixes.
_UNIQUE_ID = r"A(?:ROA|IDA|IPA|GPA|NPA|NVA|SCA|PKA)[A-Z0-9]{12,124}"
_CANONICAL_USER = r"[0-9a-f]{64}"
_SERVICE = r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)"
_DOMAIN = r"(?=.{4,255}$)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9/._-]*)?"
_PROVIDER = r"arn:(aws(?:-cn|-us-gov|-iso(?:-[a-z])?|-eusc)?):iam::(\d{12}):(saml|oidc)-provider/(.+)"
# Providers that need no ARN.
# Source: AWS IAM User Guide, "AWS JSON policy elements: Principal", OIDC session principals.
_OPEN_ID_DOMAINS = frozenset(
    ("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com")
)


def is_account(value: str) -> bool:
    """Whether a string is an account's id."""
    return re.fullmatch(_ACCOUNT, value) is not None


def account_of(value: str) -> str | None:
    """The account that a principal, or the ARN of anything, is of; None where it names none."""
    if value.startswith("arn:"):
        fields = value.split(":", 5)
        value = fields[4] if len(fields) == 6 else ""
    return value if is_account(value) else None


@cache
def vendor_of(account: str) -> str | None:
    """The company that has published an account as its own; None if none is known."""
    vendors: dict[str, list[str]] = load_table("known_accounts")["vendors"]
    return next((name for name, accounts in vendors.items() if account in accounts), None)


@cache
def is_of_aws(account: str) -> bool:
    """Whether AWS documents an account as one by which its own services come."""
    services: dict[str, list[str]] = load_table("known_accounts")["aws"]
    return any(account in accounts for accounts in services.values())


def is_aws_principal(value: str) -> bool:
    """Whether a principal of type AWS has a form that AWS accepts: "*", an account, an ARN of a principal, a unique id
    or the canonical id of an account."""
    return (
        value == "*"
        or is_account(value)
        or re.fullmatch(_PRINCIPAL_ARN, value) is not None
        or is_unique_id(value)
        or is_canonical_user(value)
    )


def is_unique_id(value: str) -> bool:
    """Whether a string is the unique id of something in IAM, such as AROA..."""
    return re.fullmatch(_UNIQUE_ID, value) is not None


def is_canonical_user(value: str) -> bool:
    """Whether a string is the canonical id of an account, 64 hexadecimal digits."""
    return re.fullmatch(_CANONICAL_USER, value) is not None


def is_service(value: str) -> bool:
    """Whether a string has the form of a service principal, `service.amazonaws.com`; whether AWS has it is another
    question."""
    return re.fullmatch(_SERVICE, value) is not None


def provider(value: str) -> tuple[str, str] | None:
    """What an identity provider speaks ("saml" or "oidc") and its name (the URL without its scheme), from a
    principal of
    type Federated; None where it is no provider."""
    match = re.fullmatch(_PROVIDER, value)
    if match is not None:
        return match[3], match[4]
    if value in _OPEN_ID_DOMAINS or (re.fullmatch(_DOMAIN, value) is not None and not value.startswith("arn:")):
        return "oidc", value
    return None


@cache
def known_services() -> frozenset[str]:
    """The service principals that are known; there are others."""
    return frozenset(load_table("service_principals")["known"])


@cache
def carries_source_keys(service: str, *, trust: bool, function: bool = False) -> bool:
    """Whether AWS's own documentation limits a service principal by aws:SourceArn or aws:SourceAccount in a
    resource-based policy, or in a trust policy; with `function` also whether it does so in that of a function."""
    table = load_table("service_principals")
    names: list[str] = table["trust_with_source_keys" if trust else "with_source_keys"]
    return service in names or (function and service in table["functions_with_source_keys"])
