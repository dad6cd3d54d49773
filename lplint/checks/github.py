"""Whose workflows of GitHub Actions a role's trust policy lets in, by the claims of their tokens."""

from __future__ import annotations

from functools import lru_cache

from lplint.aws import conditions
from lplint.checks.claims import GITHUB, is_github, is_like, requires, shape_of, trusted, wildcard
from lplint.model.finding import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text

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


def github_any_repository(policy: Policy) -> Iterator[Problem]:
    for statement, text, host in trusted(policy):
        if not is_github(host) or any(one.key.value is None for one in statement.conditions):
            continue
        if any(_names_repository(one) and requires(one) for one in statement.conditions):
            continue
        whose = "on GitHub" if host == GITHUB else "of the enterprise"
        yield Problem(
            text.span,
            f"Lets the workflows of every repository {whose} assume this role; compare {host}:sub with the repository "
            "and branch.",
        )


def _names_repository(condition: Condition) -> bool:
    prefix, _, claim = (condition.key.value or "").lower().partition(":")
    return is_github(prefix) and claim in _OF_REPOSITORY


def _github_values(policy: Policy) -> Iterator[tuple[Statement, Condition, Text]]:
    """The values that the subject or repository of GitHub's tokens is compared with, to let them in."""
    for statement in policy.allow_statements():
        for condition in statement.conditions:
            prefix, _, claim = (condition.key.value or "").lower().partition(":")
            operator = conditions.operator(condition.operator.value or "")
            if not is_github(prefix) or claim not in ("sub", "repository") or operator is None:
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
    return (condition.key.value or "").lower().partition(":")[0] != GITHUB


@lru_cache(maxsize=4)
def _fixed(statement: Statement) -> frozenset[str]:
    """The claims for which a statement's conditions ask for a value without wildcards."""
    return _claims(one for one in statement.conditions if requires(one) and not is_like(one))


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
        shape = shape_of(text)
        star = wildcard(shape)
        if star is not None and _admitted(statement, condition, shape, star) == "owners":
            known = shape[:star].removeprefix("repo:")
            whose = "any organisation on GitHub"
            if known and known != shape[:star]:
                whose += f' whose name begins with "{known}"'
            if is_like(condition):
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
        shape = shape_of(text)
        star = wildcard(shape)
        if star is None or not is_like(condition):
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
        shape = shape_of(text)
        if shape.endswith(":pull_request") and "job_workflow_ref" not in _compared(statement):
            yield Problem(
                text.span_of(len(shape) - len("pull_request"), len(shape)),
                "Lets the code of a pull request use this role before anybody has reviewed it; name a branch or an "
                "environment, or give pull requests a role of their own that reads only.",
            )


def github_without_environment(policy: Policy) -> Iterator[Problem]:
    for statement, _, text in _github_values(policy):
        at = shape_of(text).find(":ref:refs/")
        if at < 0 or wildcard(shape_of(text)) is not None or _compared(statement) & {"environment", "job_workflow_ref"}:
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
        if wildcard(first) is not None:
            continue
        # An organisation may begin its subjects with any claim, but each has a colon behind its name.
        if not colon or (first == "repo" and "/" not in rest and wildcard(rest) is None):
            yield Problem(
                text.span,
                f'No token of GitHub has the subject "{value}", so this lets nobody in; write '
                "repo:ORGANISATION/REPOSITORY:ref:refs/heads/BRANCH or :environment:NAME.",
            )
