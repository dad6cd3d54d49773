"""What a role's trust policy asks of the tokens of an OpenID Connect provider."""

from __future__ import annotations

from lplint.access.admitted import admitted
from lplint.access.patterns import matches
from lplint.aws import conditions, principals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text

GITHUB = "token.actions.githubusercontent.com"
# More providers than fit into a trust policy, which AWS refuses above 8,192 characters: sizes speaks of such a one.
_MOST_PROVIDERS = 200


def trusted(policy: Policy) -> Iterator[tuple[Statement, Text, str]]:
    """The OIDC providers that a statement lets in by conditions which can be read, each host once."""
    for statement, let_in in admitted(policy):
        found: dict[str, Text] = {}
        for one in let_in:
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


def is_github(host: str) -> bool:
    """Whether a host is GitHub's, an enterprise's own issuer there, or one of GitHub Enterprise with data residency."""
    return host == GITHUB or host.startswith(GITHUB + "/") or matches("token.actions.*.ghe.com", host)


def claim_of(condition: Condition, host: str) -> str | None:
    """The claim of a provider that a condition compares, in lower case; None if it is on something else."""
    prefix, colon, claim = (condition.key.value or "").lower().partition(":")
    return claim if colon and prefix == host.lower() else None


def requires(condition: Condition) -> bool:
    """Whether a condition holds only for some values of its key, or may.

    Of IfExists and ForAllValues, which hold without the key too, claim_if_exists speaks: tokens do carry their subject.
    """
    written = condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    return operator is None or not (operator.negated or operator.name == "Null")


def is_of_token(key: str) -> bool:
    """Whether a condition key is a claim of some OIDC provider."""
    return "." in key.partition(":")[0]


# -- where the wildcard of a value stands


def shape_of(text: Text) -> str:
    """What is known of a text, with a character that nothing else is for each one that shows a hole."""
    if text.value is not None:
        return text.value
    return "".join(part if isinstance(part, str) else "\0" * len(part.source) for part in text.parts)


def wildcard(shape: str) -> int | None:
    """Where the first wildcard stands; None if there is none."""
    return next(wildcards(shape), None)


def wildcards(shape: str) -> Iterator[int]:
    """Where the wildcards stand, in order."""
    return (at for at, char in enumerate(shape) if char in "*?")


def is_like(condition: Condition) -> bool:
    operator = conditions.operator(condition.operator.value or "")
    return operator is not None and operator.name == "StringLike"
