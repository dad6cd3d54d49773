"""Principals: how each kind is written, and what cannot be one."""

from __future__ import annotations

from functools import cache

from lplint.access.placeholders import holds_placeholder
from lplint.aws import principals
from lplint.checks.suggest import did_you_mean
from lplint.model.finding import Problem, Related
from lplint.model.node import Map, Scalar, Seq, Unknown
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Policy, Principal, PrincipalValue
    from lplint.model.text import Text

_EVERYONE = 'write "*" for everyone, or a type and a value such as {"AWS": "123456789012"}'


def _principals(policy: Policy) -> Iterator[Principal]:
    for statement in policy.statements:
        for principal in (statement.principal, statement.not_principal):
            if principal is not None:
                yield principal


def _values(policy: Policy, type_: str) -> Iterator[Text]:
    """The values of one type of principal."""
    for principal in _principals(policy):
        for one in principal.values:
            if one.type is not None and one.type.value == type_:
                yield one.value


def invalid_principal(policy: Policy) -> Iterator[Problem]:
    # A resource share of AWS RAM names organisations and their units too.
    if policy.service == "ram":
        return
    for principal in _principals(policy):
        node = principal.node
        if isinstance(node, Scalar | Seq) and not (isinstance(node, Seq) and not node.items):
            yield Problem(node.span, f"This is no {principal.key.display}; {_EVERYONE}.")
            continue
        if isinstance(node, Map):
            for key, value in node.entries:
                yield from _type(key)
                for item in value.items if isinstance(value, Seq) else (value,):
                    if isinstance(item, Scalar | Map) and not _is_account_number(item):
                        yield from _not_a_string(item)
        for one in principal.values:
            wrong = _wrong(one)
            if wrong:
                yield Problem(one.value.span, wrong)


def _type(key: Text) -> Iterator[Problem]:
    name = key.value
    if name is None or name in principals.TYPES or name.startswith("Fn::") or name in ("Ref", "*"):
        if name == "*":
            yield Problem(key.span, f"'*' is no type of principal; {_EVERYONE}.")
        return
    hint = did_you_mean(name, principals.TYPES) or "; the types are AWS, Service, Federated and CanonicalUser."
    yield Problem(key.span, f"'{name}' is no type of principal{hint}")


def _is_account_number(node: Scalar | Map) -> bool:
    """Whether it is a number that JSON or YAML does not quote, which other tools turn into a string."""
    return isinstance(node, Scalar) and isinstance(node.value, int) and principals.is_account(node.span.text)


def _not_a_string(node: Scalar | Map) -> Iterator[Problem]:
    if "\n" in node.span.text or (isinstance(node, Map) and len(node.entries) == 1):
        return  # what another tool fills in, or a block that makes it
    yield Problem(node.span, "A principal is a string or a list of strings.")


def _wrong(principal: PrincipalValue) -> str:
    value = principal.value.value
    if value is None or holds_placeholder(value):
        return ""
    if principal.type is None:
        return "" if value == "*" else f"'{value}' is no Principal; {_EVERYONE}."
    type_ = principal.type.value
    if type_ == "AWS":
        if "*" in value or "?" in value or "${" in value or principals.is_aws_principal(value):
            return ""
        if value.isdigit():
            return f"'{value}' is no account; an account's id has 12 digits, and this has {len(value)}."
        if principals.is_service(value):
            return f'{value} is a service, and no principal of type AWS; write {{"Service": "{value}"}}.'
        if (value.startswith("arn:") and ":saml-provider/" in value) or ":oidc-provider/" in value:
            return 'An identity provider is a principal of type Federated; write {"Federated": ...}.'
        if value.startswith("arn:") and (":group/" in value or ":instance-profile/" in value):
            what = "group" if ":group/" in value else "instance profile"
            return f"A {what} is no principal, and AWS rejects it; name roles, users or an account."
        return (
            f"'{value}' is no principal, and AWS rejects it; write an account's id, or the ARN of a role, user or "
            "account root."
        )
    if type_ == "CanonicalUser" and not principals.is_canonical_user(value) and value.isalnum():
        return f"'{value}' is no canonical user id, which has 64 hexadecimal digits."
    return ""


def wildcard_in_principal(policy: Policy) -> Iterator[Problem]:
    # AWS documents patterns in the principals of no policy; that of a VPC endpoint is checked by EC2, by rules of
    # its own.
    if policy.service == "vpce":
        return
    for principal in _principals(policy):
        for one in principal.values:
            text = one.value
            if text.value == "*" and (one.type is None or one.type.value == "AWS"):
                if one.type is None and policy.kind is PolicyKind.TRUST:
                    yield Problem(
                        text.span,
                        'A trust policy takes no bare "*", and AWS rejects it; name who may assume the role, or write '
                        '{"AWS": "*"} with a condition.',
                    )
                continue
            star = _star(text)
            if star is not None:
                yield Problem(
                    text.span_of(star, star + 1),
                    'A principal is no pattern, and AWS rejects the star; name each principal, or write "*" and a '
                    "condition on aws:PrincipalArn.",
                )


def _star(text: Text) -> int | None:
    """Where a wildcard stands that the text itself holds."""
    at = 0
    for part in text.parts:
        if isinstance(part, str):
            found = part.find("*")
            if found >= 0 and "${" not in part[:found]:
                return at + found
            at += len(part)
        else:
            at += len(part.source)
    return None


def unique_id_principal(policy: Policy) -> Iterator[Problem]:
    for text in _values(policy, "AWS"):
        value = text.value
        if value is not None and principals.is_unique_id(value):
            what = {"AROA": "role", "AIDA": "user"}.get(value[:4], "identity")
            yield Problem(
                text.span,
                f"This is the id of a {what} that no longer exists, or of one only: AWS puts it in place "
                f"of the ARN when "
                f"the {what} is deleted, and nobody else gets it. Write the ARN of the {what}, or remove it.",
            )


# Condition keys whose values are service principals.
# Source: AWS Service Authorization Reference, IAM and AWS KMS; AWS IAM User Guide, "AWS global condition context keys".
_SERVICE_KEYS = frozenset(
    (
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:principalservicename"),
        *("aws:principalservicenameslist", "iam:awsservicename", "iam:passedtoservice", "kms:viaservice"),
        "organizations:serviceprincipal",
    )
)


def _services(policy: Policy) -> Iterator[Text]:
    yield from _values(policy, "Service")
    for statement in policy.statements:
        for condition in statement.conditions:
            if (condition.key.value or "").lower() in _SERVICE_KEYS and "Null" not in condition.operator.display:
                yield from condition.values


def invalid_service_principal(policy: Policy) -> Iterator[Problem]:
    for text in _services(policy):
        words = _no_service(text.value) if text.value is not None else ""
        if words:
            yield Problem(text.span, words)


@cache
def _no_service(value: str) -> str:
    """What to say of a service principal that is none."""
    if "*" in value or "?" in value or principals.is_service(value) or holds_placeholder(value):
        return ""
    if principals.is_service(value.lower().strip()):
        hint = f"; write {value.lower().strip()}."
    elif principals.is_service(value.lower() + ".amazonaws.com"):
        name = value.lower() + ".amazonaws.com"
        hint = f"; write {name}." if name in principals.known_services() else "; write service.amazonaws.com."
    else:
        hint = did_you_mean(value, principals.known_services()) or "; one is written service.amazonaws.com."
    return f"'{value}' is no service principal{hint}"


def federated_outside_trust(policy: Policy) -> Iterator[Problem]:
    # A policy that names no service of its own may be a trust policy; one of sts is, whatever else it names.
    if policy.service in ("", "sts"):
        return
    for principal in _principals(policy):
        if isinstance(principal.node, Map):
            for key, value in principal.node.entries:
                if key.value == "Federated" and not isinstance(value, Unknown):
                    yield Problem(
                        key.span,
                        "An identity provider is a principal of a trust policy only, and AWS rejects it here; name the "
                        "role that its users assume.",
                    )


def invalid_provider(policy: Policy) -> Iterator[Problem]:
    for text in _values(policy, "Federated"):
        value = text.value
        if value is not None and not holds_placeholder(value) and principals.provider(value) is None:
            yield Problem(
                text.span,
                f"'{value}' is no identity provider; write the ARN of a SAML or OIDC provider of an "
                f"account, or a domain "
                "such as accounts.google.com.",
            )


def redundant_trusted_principal(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if statement.principal is None:
            continue
        roles = {
            (parts[1], parts[4], parts[5].rpartition("/")[2]): one.value
            for one in statement.principal.values
            if one.value.value is not None and ":role/" in one.value.value
            for parts in (one.value.value.split(":", 5),)
        }
        for one in statement.principal.values:
            value = one.value.value
            if value is None or ":assumed-role/" not in value or value.count(":") < 5:
                continue
            parts = value.split(":", 5)
            parent = roles.get((parts[1], parts[4], parts[5].split("/")[1]))
            if parent is not None:
                yield Problem(
                    one.value.span,
                    "The role itself is named too, and every session of it may do this already; remove the session.",
                    [Related(parent.span, "the role")],
                )
