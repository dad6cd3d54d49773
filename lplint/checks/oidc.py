"""Whose tokens a role's trust policy takes from an OpenID Connect provider, claim by claim."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from lplint.access.limits import unread
from lplint.access.patterns import matches
from lplint.aws import conditions, principals
from lplint.aws.tables import load as load_table
from lplint.model.finding import Problem, Related

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
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


_GITHUB = "token.actions.githubusercontent.com"
# Claims of GitHub that say from whose repository a token comes.
# Source: GitHub Docs, "OpenID Connect reference"; the keys of AWS STS that go with it.
_OF_REPOSITORY = frozenset(
    (
        *("sub", "repository", "repository_id", "repository_owner", "repository_owner_id"),
        *("actor_id", "enterprise", "enterprise_id", "job_workflow_ref", "workflow_ref"),
    )
)
# What GitHub's subjects begin with: the default, and claims that an organisation may put in its place. Of these, the
# ones that any repository can have say nothing by themselves.
# Source: GitHub Docs, "OpenID Connect reference", customizing the token claims.
_TELLING = (
    *("repo", "repository", "repository_id", "repository_owner", "repository_owner_id"),
    *("enterprise", "enterprise_id"),
)
_OF_ANYONE = (
    *("actor", "actor_id", "base_ref", "context", "environment", "event_name", "head_ref", "ref", "ref_type"),
    *("ref_protected", "repository_visibility", "runner_environment", "workflow"),
)


# -- the providers that a policy trusts


# More providers than fit into a trust policy, which AWS refuses above 8,192 characters: sizes speaks of such a one.
_MOST_PROVIDERS = 200


def _trusted(policy: Policy) -> Iterator[tuple[Statement, Text, str]]:
    """The OIDC providers that a statement lets in by conditions which can be read, each host once."""
    for statement in policy.allow_statements():
        if statement.principal is None or unread(statement):
            continue
        found: dict[str, Text] = {}
        for one in statement.principal.values:
            if one.type is not None and one.type.value == "Federated" and len(found) < _MOST_PROVIDERS:
                host = _host(one.value)
                if host:
                    found.setdefault(host, one.value)
        for host, text in found.items():
            yield statement, text, host


def _host(text: Text) -> str:
    """The host of an OIDC provider as the keys of its claims are written, also where its account is not known; "" if
    nothing tells."""
    if text.value is not None:
        found = principals.provider(text.value)
        return found[1] if found is not None and found[0] == "oidc" else ""
    last = text.parts[-1] if text.parts else ""
    if isinstance(last, str) and ":oidc-provider/" in last:
        name = last.partition(":oidc-provider/")[2]
        return name if "${" not in name else ""
    return ""


def _is_github(host: str) -> bool:
    """Whether a host is GitHub's, an enterprise's own issuer there, or one of GitHub Enterprise with data residency."""
    return host == _GITHUB or host.startswith(_GITHUB + "/") or matches("token.actions.*.ghe.com", host)


def _provider(host: str) -> Provider | None:
    known: list[Provider] = load_table("oidc_providers")["providers"]
    return next((one for one in known if matches(one["host"], host)), None)


def _claim(condition: Condition, host: str) -> str | None:
    """The claim of a provider that a condition compares, in lower case; None if it is on something else."""
    prefix, colon, claim = (condition.key.value or "").lower().partition(":")
    return claim if colon and prefix == host.lower() else None


def _requires(condition: Condition) -> bool:
    """Whether a condition holds only for some values of its key, or may.

    Of IfExists and ForAllValues, which hold without the key too, claim_if_exists speaks: tokens do carry their subject.
    """
    written = condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    return operator is None or not (operator.negated or operator.name == "Null")


def _is_of_token(key: str) -> bool:
    """Whether a condition key is a claim of some OIDC provider."""
    return "." in key.partition(":")[0]


def oidc_without_claim(policy: Policy) -> Iterator[Problem]:
    for statement, text, host in _trusted(policy):
        keys = [one.key.value for one in statement.conditions]
        if not any(key is None or _is_of_token(key) for key in keys):
            yield Problem(
                text.span,
                f"Lets any user of {host} assume this role, also those of other customers; compare {host}:aud and "
                f"{host}:sub in a condition.",
            )


# -- where the wildcard of a value stands


def _shape(text: Text) -> str:
    """What is known of a text, with a character that nothing else is for each one that shows a hole."""
    if text.value is not None:
        return text.value
    return "".join(part if isinstance(part, str) else "\0" * len(part.source) for part in text.parts)


def _wildcard(shape: str) -> int | None:
    """Where the first wildcard stands; None if there is none."""
    return next(_wildcards(shape), None)


def _wildcards(shape: str) -> Iterator[int]:
    """Where the wildcards stand, in order."""
    return (at for at, char in enumerate(shape) if char in "*?")


def _is_like(condition: Condition) -> bool:
    operator = conditions.operator(condition.operator.value or "")
    return operator is not None and operator.name == "StringLike"


# -- GitHub Actions


def github_any_repository(policy: Policy) -> Iterator[Problem]:
    for statement, text, host in _trusted(policy):
        if not _is_github(host) or any(one.key.value is None for one in statement.conditions):
            continue
        if any(_names_repository(one) and _requires(one) for one in statement.conditions):
            continue
        whose = "on GitHub" if host == _GITHUB else "of the enterprise"
        yield Problem(
            text.span,
            f"Lets the workflows of every repository {whose} assume this role; compare {host}:sub with the repository "
            "and branch.",
        )


def _names_repository(condition: Condition) -> bool:
    prefix, _, claim = (condition.key.value or "").lower().partition(":")
    return _is_github(prefix) and claim in _OF_REPOSITORY


def _github_values(policy: Policy) -> Iterator[tuple[Statement, Condition, Text]]:
    """The values that the subject or repository of GitHub's tokens is compared with, to let them in."""
    for statement in policy.allow_statements():
        for condition in statement.conditions:
            prefix, _, claim = (condition.key.value or "").lower().partition(":")
            operator = conditions.operator(condition.operator.value or "")
            if not _is_github(prefix) or claim not in ("sub", "repository") or operator is None:
                continue
            if operator.name in ("StringLike", "StringEquals", "StringEqualsIgnoreCase"):
                for text in condition.values:
                    yield statement, condition, text


def _admitted(statement: Statement, condition: Condition, shape: str, star: int) -> str | None:
    """Whom the first wildcard of a subject or repository lets in: "owners", "organisations" (those of one enterprise),
    "ids" (whoever else gets that name), "repositories", "refs", or "" where a hole before it leaves that open; None if
    another claim lets nobody new in."""
    whom = _matched(condition, shape, star)
    if whom == "owners" and _is_of_enterprise(condition):
        whom = "organisations"
    fixed = _fixed(statement)
    if whom in ("owners", "organisations") and fixed & {"enterprise_id", "repository_owner", "repository_owner_id"}:
        whom = "repositories"
    if fixed & {"repository", "repository_id"}:
        whom = "refs"
    return None if whom == "refs" and fixed & {"environment", "job_workflow_ref", "ref"} else whom


def _is_of_enterprise(condition: Condition) -> bool:
    """Whether a condition is on tokens of an issuer that an enterprise has of its own."""
    return (condition.key.value or "").lower().partition(":")[0] != _GITHUB


@lru_cache(maxsize=4)
def _fixed(statement: Statement) -> frozenset[str]:
    """The claims for which a statement's conditions ask for a value without wildcards."""
    return _claims(one for one in statement.conditions if _requires(one) and not _is_like(one))


@lru_cache(maxsize=4)
def _compared(statement: Statement) -> frozenset[str]:
    """The claims that a statement's conditions compare."""
    return _claims(statement.conditions)


def _claims(some: Iterable[Condition]) -> frozenset[str]:
    return frozenset((one.key.value or "").lower().partition(":")[2] for one in some)


def _matched(condition: Condition, shape: str, star: int) -> str:
    """The same by the value alone."""
    before = shape[:star]
    if (condition.key.value or "").lower().endswith(":repository"):
        before = "repo:" + before
    if not before.startswith("repo:"):
        return "owners" if "repo:".startswith(before) else ""
    owner, slash, rest = before[len("repo:") :].partition("/")
    if not slash:
        if "\0" in owner:
            return "refs" if ":" in owner else ""
        return "ids" if "@" in owner else "owners"
    repository, colon, _ = rest.partition(":")
    if colon:
        return "refs"
    return "ids" if "@" in repository else "repositories"


def github_any_owner(policy: Policy) -> Iterator[Problem]:
    for statement, condition, text in _github_values(policy):
        shape = _shape(text)
        star = _wildcard(shape)
        if star is not None and _admitted(statement, condition, shape, star) == "owners":
            known = shape[:star].removeprefix("repo:")
            whose = "any organisation on GitHub"
            if known and known != shape[:star]:
                whose += f' whose name begins with "{known}"'
            if _is_like(condition):
                words = f"Lets workflows of {whose} assume this role, and anyone can make one"
            else:
                words = (
                    f"{condition.operator.display} takes the star for itself, so this lets nobody in, and with "
                    f"StringLike it would let in {whose}"
                )
            yield Problem(text.span_of(star, star + 1), f"{words}; write the organisation and repository in full.")
        elif _says_nothing(condition, shape) and _compared(statement).isdisjoint(_OF_REPOSITORY - {"sub"}):
            claim = shape.partition(":")[0]
            yield Problem(
                text.span_of(0, len(claim)),
                f"Any repository on GitHub can have a token whose subject begins with {claim}; begin it with the "
                "repository.",
            )


def _says_nothing(condition: Condition, shape: str) -> bool:
    """Whether a subject begins with what every repository on GitHub can have, and names none."""
    if _is_of_enterprise(condition) or not (condition.key.value or "").lower().endswith(":sub"):
        return False
    names = shape.split(":")
    return names[0] in _OF_ANYONE and "\0" not in shape and not any(name in _TELLING for name in names)


_WORDS = {
    "organisations": "Lets workflows of other organisations of the enterprise assume this role; name the organisation, "
    "the repository and its branch or environment.",
    "repositories": "Lets workflows of other repositories of the organisation assume this role; name the repository "
    "and its branch or environment.",
    "ids": "Lets in whoever gets this name when it is free again; write the id in full.",
    "refs": "Lets every branch, tag or pull request that matches assume this role; name the branch or environment.",
    "": "Lets everything that matches assume this role; name the repository and its branch or environment.",
}


def github_wildcard(policy: Policy) -> Iterator[Problem]:
    for statement, condition, text in _github_values(policy):
        shape = _shape(text)
        star = _wildcard(shape)
        if star is None or not _is_like(condition):
            continue
        whom = _admitted(statement, condition, shape, star)
        if whom == "repositories" and "/" in shape[:star] and not shape[:star].endswith("/"):
            yield Problem(
                text.span_of(star, star + 1),
                "Lets workflows of other repositories with such a name assume this role; name the repository and its "
                "branch or environment.",
            )
        elif whom in _WORDS:
            yield Problem(text.span_of(star, star + 1), _WORDS[whom])


def github_pull_request(policy: Policy) -> Iterator[Problem]:
    for statement, _, text in _github_values(policy):
        shape = _shape(text)
        if shape.endswith(":pull_request") and "job_workflow_ref" not in _compared(statement):
            yield Problem(
                text.span_of(len(shape) - len("pull_request"), len(shape)),
                "Lets the code of a pull request use this role before anybody has reviewed it; name a branch or an "
                "environment, or give pull requests a role of their own that reads only.",
            )


def github_without_environment(policy: Policy) -> Iterator[Problem]:
    for statement, _, text in _github_values(policy):
        at = _shape(text).find(":ref:refs/")
        if at < 0 or _wildcard(_shape(text)) is not None or _compared(statement) & {"environment", "job_workflow_ref"}:
            continue
        if ":environment:" in text.display:
            continue
        yield Problem(
            text.span_of(at + 1, len(text.display)),
            "Lets every workflow that runs here use this role, without an approval; an environment of GitHub can ask "
            "for one.",
        )


def github_unlike_subject(policy: Policy) -> Iterator[Problem]:
    for _, condition, text in _github_values(policy):
        value = text.value
        if value is None or not (condition.key.value or "").lower().endswith(":sub") or "${" in value:
            continue
        first, colon, rest = value.partition(":")
        if _wildcard(first) is not None:
            continue
        # An organisation may begin its subjects with any claim, but each has a colon behind its name.
        if not colon or (first == "repo" and "/" not in rest and _wildcard(rest) is None):
            yield Problem(
                text.span,
                f'No token of GitHub has the subject "{value}", so this lets nobody in; write '
                "repo:ORGANISATION/REPOSITORY:ref:refs/heads/BRANCH or :environment:NAME.",
            )


# -- the other providers


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
            known = condition.key.value is not None and (_provider(host) is not None or _is_github(host))
            if known or not colon or claim != "sub" or not _is_like(condition) or unread(statement):
                continue
            for text in condition.values:
                shape = _shape(text)
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
    for statement, text, host in _trusted(policy):
        provider = _provider(host)
        if provider is None or not any(_is_of_token(one.key.value or "") for one in statement.conditions):
            continue  # of those without any claim oidc_without_claim speaks
        if any(_is_of_another(condition, host) for condition in statement.conditions):
            continue
        yield statement, text, provider, host


def _limits(statement: Statement, provider: Provider, host: str) -> list[Condition]:
    """The conditions of a statement that ask for a claim which ties down whose token it is, or may."""
    return [
        one
        for one in statement.conditions
        if (one.key.value is None or _claim(one, host) in provider["claims"]) and _requires(one)
    ]


def _is_of_another(condition: Condition, host: str) -> bool:
    """Whether a condition asks for a claim of another provider, which no token of this one has."""
    key = condition.key.value or ""
    return _is_of_token(key) and _claim(condition, host) is None and _requires(condition)


def _for_everyone(condition: Condition, provider: Provider) -> Text | None:
    """A value of a condition that certainly matches what any customer's claim is; None if there is none."""
    if not _is_like(condition):
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
    if not _is_like(condition):
        return
    for text in condition.values:
        shape = _shape(text)
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
    for at in islice(_wildcards(shape), _MOST_WILDCARDS):
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
    for statement, text, host in _trusted(policy):
        claims = {_claim(one, host) for one in statement.conditions}
        if host == _COGNITO and "aud" in claims and "amr" not in claims and "sub" not in claims:
            yield Problem(
                text.span,
                "Lets guests of the identity pool, if it has any, assume this role like those who sign in; add "
                f'"ForAnyValue:StringLike": {{"{_COGNITO}:amr": "authenticated"}}.',
            )


def cognito_unauthenticated(policy: Policy) -> Iterator[Problem]:
    for statement, _, host in _trusted(policy):
        for condition in statement.conditions:
            if host == _COGNITO and _claim(condition, host) == "amr" and _requires(condition):
                for text in condition.values:
                    if text.value == "unauthenticated":
                        yield Problem(
                            text.span,
                            "Lets anyone on the Internet who asks the identity pool assume this role, without signing "
                            "in; allow it only what everybody may do.",
                        )


# -- operators on claims


def claim_if_exists(policy: Policy) -> Iterator[Problem]:
    for statement, _, host in _trusted(policy):
        for condition in statement.conditions:
            operator = conditions.operator(condition.operator.value or "")
            claim = _claim(condition, host)
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
    for statement, _, host in _trusted(policy):
        for condition in statement.conditions:
            if id(condition) in seen or _claim(condition, host) is None or not _is_like(condition):
                continue
            seen.add(id(condition))
            if ":" in condition.operator.display:
                continue  # with a set operator StringLike is how the providers themselves write it
            values = [text.value for text in condition.values]
            if (
                not condition.complete
                or not values
                or not all(value is not None and "${" not in value and _wildcard(value) is None for value in values)
            ):
                continue
            at = condition.operator.display.lower().find("like")
            yield Problem(
                condition.operator.span_of(at, at + len("Like")),
                "There is no wildcard to match here, and with StringLike the next one would count; write StringEquals.",
            )
