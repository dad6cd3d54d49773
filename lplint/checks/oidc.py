"""Whose tokens a role's trust policy takes from OpenID Connect providers, but for the claims of GitHub's own."""

from __future__ import annotations

from itertools import islice

from lplint.access.limits import unread
from lplint.access.patterns import matches
from lplint.aws import conditions
from lplint.aws.tables import load as load_table
from lplint.checks.claims import (
    claim_of,
    is_github,
    is_like,
    is_of_token,
    requires,
    shape_of,
    trusted,
    wildcard,
    wildcards,
)
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NotRequired, TypedDict

    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text

    class Provider(TypedDict):
        """An identity provider as its table has it.

        `claims` are those that tell its customers, or their projects, apart, the usual one first; `whose` are its
        tokens. `shared` is whether one issuer serves all customers. `subject` has the parts of a subject in order: what
        each begins with, and whom a wildcard in it lets in; "" if nobody new. `own` is whether others run the same
        software, with issuers of their own.
        """

        host: str
        claims: list[str]
        whose: str
        shared: bool
        own: NotRequired[bool]
        subject: list[tuple[str, str]]


# -- any provider


def oidc_without_claim(policy: Policy) -> Iterator[Problem]:
    for statement, text, host in trusted(policy):
        keys = [one.key.value for one in statement.conditions]
        if not any(key is None or is_of_token(key) for key in keys):
            yield Problem(
                text.span,
                f"Lets any user of {host} assume this role, also those of other customers; compare {host}:aud and "
                f"{host}:sub in a condition.",
            )


def claim_if_exists(policy: Policy) -> Iterator[Problem]:
    for statement, _, host in trusted(policy):
        for condition in statement.conditions:
            operator = conditions.operator(condition.operator.value or "")
            claim = claim_of(condition, host)
            if operator is None or operator.negated or operator.name == "Null" or claim is None:
                continue
            # Of ForAllValues on the audience set_operator_on_single_value speaks.
            if operator.if_exists or (operator.set_operator == "ForAllValues" and claim != "aud"):
                what = "IfExists" if operator.if_exists else operator.set_operator
                start = condition.operator.display.lower().find(what.lower())
                yield Problem(
                    condition.operator.span_of(start, start + len(what)),
                    f"{what} also lets in tokens without {condition.key.display}; leave it out, so that there must be "
                    "one.",
                    [Related(condition.key.span, "the claim")],
                )


def claim_like_without_wildcard(policy: Policy) -> Iterator[Problem]:
    seen: set[int] = set()
    for statement, _, host in trusted(policy):
        for condition in statement.conditions:
            if id(condition) in seen or claim_of(condition, host) is None or not is_like(condition):
                continue
            seen.add(id(condition))
            if ":" in condition.operator.display:
                continue  # with a set operator StringLike is how the providers themselves write it
            values = [text.value for text in condition.values]
            if (
                not condition.complete
                or not values
                or not all(value is not None and "${" not in value and wildcard(value) is None for value in values)
            ):
                continue
            at = condition.operator.display.lower().find("like")
            yield Problem(
                condition.operator.span_of(at, at + len("Like")),
                "There is no wildcard to match here, and with StringLike the next one would count; write StringEquals.",
            )


# -- the providers that the table knows


def _provider(host: str) -> Provider | None:
    known: list[Provider] = load_table("oidc_providers")["providers"]
    return next((one for one in known if matches(one["host"], host)), None)


def provider_not_tied_down(policy: Policy) -> Iterator[Problem]:
    for statement, text, provider, host in _known(policy):
        if not provider["shared"]:
            continue
        limits = _limits(statement, provider, host)
        if not limits:
            yield _without_limit(text, provider, host)
            continue
        wide = [_for_everyone(condition, provider) for condition in limits]
        if wide[0] is not None and None not in wide:
            value = wide[0]
            yield Problem(
                value.span,
                f"Lets {provider['whose']} assume this role, since {value.display} matches them all; name whose "
                "they must be.",
                [Related(text.span, "the provider")],
            )


def provider_for_all_projects(policy: Policy) -> Iterator[Problem]:
    yield from _provider_of_ones_own(policy)
    for statement, text, provider, host in _known(policy):
        limits = _limits(statement, provider, host)
        if not limits and not provider["shared"]:
            yield _without_limit(text, provider, host)
        wide = [list(_wider(condition, provider)) for condition in limits]
        if wide and all(wide):
            for value, star, whom in wide[0]:
                yield Problem(
                    value.span_of(star, star + 1),
                    f"Lets {whom} assume this role; name those that need it.",
                    [Related(text.span, "the provider")],
                )


def _provider_of_ones_own(policy: Policy) -> Iterator[Problem]:
    """The same of issuers that the table does not know, or the text does not tell, by the form of their subjects."""
    for statement in policy.allow_statements():
        for condition in statement.conditions:
            host, colon, claim = condition.key.display.rpartition(":")
            known = condition.key.value is not None and (_provider(host) is not None or is_github(host))
            if known or not colon or claim != "sub" or not is_like(condition) or unread(statement):
                continue
            for text in condition.values:
                shape = shape_of(text)
                provider = _by_subject(shape)
                if provider is None:
                    continue
                for at, whom in _comers(provider["subject"], shape):
                    yield Problem(text.span_of(at, at + 1), f"Lets {whom} assume this role; name those that need it.")


def _by_subject(shape: str) -> Provider | None:
    """The provider whose software others run too, by how a subject begins."""
    own: list[Provider] = [one for one in load_table("oidc_providers")["providers"] if one.get("own")]
    return next((one for one in own if shape.startswith(one["subject"][0][0])), None)


def _without_limit(text: Text, provider: Provider, host: str) -> Problem:
    return Problem(
        text.span,
        f"Lets {provider['whose']} assume this role; compare {host}:{provider['claims'][0]} in a condition.",
    )


def _known(policy: Policy) -> Iterator[tuple[Statement, Text, Provider, str]]:
    """The providers but GitHub that the table knows, where a condition is on what their tokens say."""
    for statement, text, host in trusted(policy):
        provider = _provider(host)
        if provider is None or not any(is_of_token(one.key.value or "") for one in statement.conditions):
            continue  # of those without any claim oidc_without_claim speaks
        if any(_is_of_another(condition, host) for condition in statement.conditions):
            continue
        yield statement, text, provider, host


def _limits(statement: Statement, provider: Provider, host: str) -> list[Condition]:
    """The conditions of a statement that ask for a claim which ties down whose token it is, or may."""
    return [
        one
        for one in statement.conditions
        if (one.key.value is None or claim_of(one, host) in provider["claims"]) and requires(one)
    ]


def _is_of_another(condition: Condition, host: str) -> bool:
    """Whether a condition asks for a claim of another provider, which no token of this one has."""
    key = condition.key.value or ""
    return is_of_token(key) and claim_of(condition, host) is None and requires(condition)


def _for_everyone(condition: Condition, provider: Provider) -> Text | None:
    """A value of a condition that certainly matches what any customer's claim is; None if there is none."""
    if not is_like(condition):
        return None
    for text in condition.values:
        if text.value is not None and _is_any_owner(text.value, provider):
            return text
    return None


def _is_any_owner(value: str, provider: Provider) -> bool:
    """Whether a subject has nothing but wildcards where its owner stands."""
    if value and not value.strip("*?"):
        return True
    parts = provider["subject"]
    if not parts or not value.startswith(parts[0][0]):
        return False
    rest = value[len(parts[0][0]) :]
    ends = [at for marker, _ in parts[1:] if (at := rest.find(marker)) >= 0]
    return rest[: min(ends, default=len(rest))] == "*"


def _wider(condition: Condition, provider: Provider) -> Iterator[tuple[Text, int, str]]:
    """The values of a condition with a wildcard that lets in others of the same customer: the value, where the wildcard
    is, and whom it lets in."""
    if not is_like(condition):
        return
    for text in condition.values:
        shape = shape_of(text)
        if _is_any_owner(shape, provider):
            if not provider["shared"]:
                yield text, 0, provider["whose"]
            continue
        for at, whom in _comers(provider["subject"], shape):
            yield text, at, whom


# More wildcards than the subject of any provider has parts.
_MOST_WILDCARDS = 32


def _comers(parts: Sequence[tuple[str, str]], shape: str) -> Iterator[tuple[int, str]]:
    """The first wildcard of a subject that lets in somebody new, if there is one: where it is, and whom it lets in."""
    for at in islice(wildcards(shape), _MOST_WILDCARDS):
        whom = _let_in(parts, shape, at)
        if whom:
            yield at, whom
            return


def _let_in(parts: Sequence[tuple[str, str]], shape: str, at: int) -> str:
    """Whom the wildcard at an offset of a subject lets in; "" if nobody new, or if the subject has another form."""
    if not parts or not shape.startswith(parts[0][0]):
        return ""
    begin, part = len(parts[0][0]), 0
    for number, (marker, _) in enumerate(parts[1:], 1):
        found = shape.find(marker, begin, at)
        if found >= 0:
            begin, part = found + len(marker), number
    if "\0" in shape[begin:at]:
        return ""  # a hole may hold the parts that follow
    if ":" in shape[begin:at]:
        part += 1
    # It stands for everything up to the next part that is written.
    following = next((n for n, (marker, _) in enumerate(parts) if n > part and marker in shape[at:]), len(parts))
    return next((whom for _, whom in parts[part:following] if whom), "")


# -- Amazon Cognito
# Source: Amazon Cognito Developer Guide, "Role trust and permissions".

_COGNITO = "cognito-identity.amazonaws.com"


def cognito_guests(policy: Policy) -> Iterator[Problem]:
    for statement, text, host in trusted(policy):
        if any(one.key.value is None for one in statement.conditions):
            continue
        claims = {claim_of(one, host) for one in statement.conditions}
        if host == _COGNITO and "aud" in claims and "amr" not in claims and "sub" not in claims:
            yield Problem(
                text.span,
                "Lets guests of the identity pool, if it has any, assume this role like those who sign in; add "
                f'"ForAnyValue:StringLike": {{"{_COGNITO}:amr": "authenticated"}}.',
            )


def cognito_unauthenticated(policy: Policy) -> Iterator[Problem]:
    for statement, _, host in trusted(policy):
        for condition in statement.conditions:
            if host == _COGNITO and claim_of(condition, host) == "amr" and requires(condition):
                for text in condition.values:
                    if text.value == "unauthenticated":
                        yield Problem(
                            text.span,
                            "Lets anyone on the Internet who asks the identity pool assume this role, without signing "
                            "in; allow it only what everybody may do.",
                        )
