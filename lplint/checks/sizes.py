"""How long a policy may be."""

from __future__ import annotations

from lplint.aws import quotas
from lplint.model.finding import Problem, Related
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Identity, Policy


def policy_too_long(policy: Policy) -> Iterator[Problem]:
    limit = {PolicyKind.SCP: quotas.SCP, PolicyKind.RCP: quotas.RCP, PolicyKind.TRUST: quotas.TRUST_AT_MOST}.get(
        policy.kind
    )
    if limit is not None:
        yield from _longer(
            policy, limit, "and no quota can be raised beyond that; AWS rejects it. Split or shorten it."
        )


def policy_over_quota(policy: Policy) -> Iterator[Problem]:
    if policy.kind is PolicyKind.TRUST:
        length = quotas.characters(policy.node)
        if quotas.TRUST < length <= quotas.TRUST_AT_MOST:
            yield from _longer(
                policy, quotas.TRUST, f"unless the account's quota is raised, to at most {quotas.TRUST_AT_MOST:,}."
            )
    elif policy.kind in (PolicyKind.IDENTITY, PolicyKind.BOUNDARY):
        most = quotas.INLINE["role"]
        length = quotas.characters(policy.node)
        if length <= quotas.MANAGED:
            return
        words = (
            "the quota of a managed policy, and no role takes one that long inline either. Split it."
            if length > most
            else f"the quota of a managed policy; only a role takes it, inline, up to {most:,} in all. Split it."
        )
        yield from _longer(policy, quotas.MANAGED, words)
    elif policy.kind is PolicyKind.SESSION:
        yield from _longer(policy, quotas.SESSION, "the quota of a session policy; shorten it.")
    elif policy.kind is PolicyKind.RESOURCE and policy.service in quotas.RESOURCE:
        yield from _longer(policy, quotas.RESOURCE[policy.service], "the quota of this service; shorten it.")


def _is_certain(policy: Policy) -> bool:
    """Whether a policy has all the statements that its text shows; of two that exclude one another it has one."""
    return policy.complete and all(
        one.complete and all(part is None or part.complete for part in (one.principal, one.not_principal))
        for one in policy.statements
    )


def _longer(policy: Policy, limit: int, words: str) -> Iterator[Problem]:
    # A policy takes no fewer characters than its text has, and few come near a quota.
    length = quotas.characters(policy.node)
    if length > limit and _is_certain(policy):
        least = "at least " if policy.unresolved else ""
        yield Problem(policy.node.head(), f"This policy has {least}{length:,} characters, more than {limit:,}, {words}")


def inline_policies_too_long(identity: Identity) -> Iterator[Problem]:
    limit = quotas.INLINE.get(identity.kind)
    if limit is None:
        return
    inline = [policy for policy in identity.policies if not policy.managed and _is_certain(policy)]
    lengths = [quotas.characters(policy.node) for policy in inline]
    if sum(lengths) > limit:
        some = any(policy.unresolved for policy in inline)
        yield Problem(
            identity.span,
            f"The {len(inline)} inline policies of this {identity.kind} have {'at least ' if some else ''}"
            f"{sum(lengths):,} characters together, more than {limit:,}; AWS rejects the last of them. "
            f"Make some managed.",
            [
                Related(policy.node.head(), f"{length:,} characters")
                for policy, length in sorted(zip(inline, lengths, strict=True), key=lambda item: -item[1])[:3]
            ],
        )
