"""Whether a resource-based policy keeps out requests that are not encrypted on their way."""

from __future__ import annotations

from lplint.aws import conditions
from lplint.model.finding import Append, Mend, Problem
from lplint.model.node import Seq
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.finding import Written
    from lplint.model.policy import Condition, Policy, Statement

_TLS = "aws:securetransport"
# A lowest version of TLS refuses what has none.
_VERSION = "s3:tlsversion"


def bucket_without_tls(policy: Policy) -> Iterator[Problem]:
    yield from _without_tls(policy, {"s3": "bucket"})


def queue_or_topic_without_tls(policy: Policy) -> Iterator[Problem]:
    yield from _without_tls(policy, {"sqs": "queue", "sns": "topic"})


def _without_tls(policy: Policy, names: dict[str, str]) -> Iterator[Problem]:
    if policy.kind is not PolicyKind.RESOURCE or policy.service not in names or not policy.complete:
        return
    statements = policy.statements
    if any(not one.complete or not (one.allows() or one.denies()) for one in statements):
        return
    allowing = [one for one in statements if one.allows()]
    if any(map(_refuses_plain, statements)) or (allowing and all(map(_asks_for_tls, allowing))):
        return
    yield Problem(
        policy.node.head(),
        f"Nothing in this policy refuses requests to the {names[policy.service]} that are not encrypted on their way; "
        "deny them where aws:SecureTransport is false.",
        mend=_refusal(policy),
    )


def _refusal(policy: Policy) -> Mend | None:
    """A statement that refuses what is not encrypted, on all that the policy is about."""
    node = policy.node.get("Statement")
    resources: list[str] = []
    for statement in policy.statements:
        if statement.resource is None or not statement.resource.complete:
            return None
        for text in statement.resource.values:
            if text.value is None:
                return None
            resources.append(text.value)
    if not isinstance(node, Seq):
        return None
    if policy.service == "s3":
        # Some requests are about the bucket, others about what is in it.
        buckets = dict.fromkeys(one.partition("/")[0] for one in resources)
        resources = [name for bucket in buckets for name in (bucket, bucket + "/*")]
    denied: Written = {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        # A topic's policy takes no action of other things, so not the star either.
        # Source: Amazon SNS Developer Guide, "Example cases for Amazon SNS access control".
        "Action": "sns:Publish" if policy.service == "sns" else f"{policy.service}:*",
        "Resource": list(dict.fromkeys(resources)),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return Mend("Add a statement that denies requests without TLS.", Append(node, denied), safe=False)


def _refuses_plain(statement: Statement) -> bool:
    return statement.denies() and (
        any(_is_bool(one, "false") or _is_version(one) for one in statement.conditions) or _is_unread(statement)
    )


def _asks_for_tls(statement: Statement) -> bool:
    return any(_is_bool(one, "true") for one in statement.conditions) or _is_unread(statement)


def _is_unread(statement: Statement) -> bool:
    return statement.condition is not None and not statement.conditions


def _is_bool(condition: Condition, value: str) -> bool:
    """Whether a condition may say that the request is, or is not, encrypted; AWS always sends the key."""
    if condition.key.value is None or condition.operator.value is None:
        return True
    operator = conditions.operator(condition.operator.value)
    # A slip in the key, of which unknown-condition-key speaks, still says what was meant.
    if not condition.key.value.lower().startswith(_TLS[:10]) or operator is None:
        return False
    wanted = value
    if operator.negated:
        wanted = "true" if value == "false" else "false"
    # Policies also compare the key as a string, which AWS takes as well.
    if operator.name != "Bool" and not operator.name.startswith("String"):
        return False
    return not condition.complete or any(
        text.value is None or text.value.lower() == wanted for text in condition.values
    )


def _is_version(condition: Condition) -> bool:
    return (condition.key.value or "").lower() == _VERSION
