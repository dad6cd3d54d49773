"""What is said of all service control policies of a run together."""

from __future__ import annotations

import os

from lplint.checks import ORGANIZATION_CHECKS
from lplint.encoding import decode
from lplint.findings import crashed
from lplint.model.finding import Finding
from lplint.model.policy import PolicyKind
from lplint.outcome import place
from lplint.units import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplint.extract.found import Found
    from lplint.model.policy import Policy
    from lplint.model.rule import Rule
    from lplint.model.source import Span
    from lplint.outcome import Outcome
    from lplint.units import Input


def note_guardrails(found: Found, rules: tuple[Rule, ...], of: Input, outcome: Outcome) -> None:
    """Keeps what each service control policy protects, for what is said of all of them together."""
    policies = [policy for policy in found.policies if policy.kind is PolicyKind.SCP]
    rule = next((rule for rule in rules if rule.id in ORGANIZATION_CHECKS), None) if policies else None
    if rule is None:
        return
    from lplint.checks.guardrails import protected

    for policy in policies:
        try:
            outcome.guardrails.append((*place(_head(policy)), protected(policy)))
        except Exception as error:  # noqa: BLE001  the same boundary as for a check
            outcome.failures.append(crashed(rule, "policy", policy.span, error, of.path))


def _head(policy: Policy) -> Span:
    """Where something is told of a policy as a whole: the key of its statements, or what comes first in it."""
    keys = [key for key, _ in policy.node.entries]
    named = next((key for key in keys if key.value == "Statement"), keys[0] if keys else None)
    return (named.span if named is not None else policy.span).in_file()


def of_organization(
    inputs: Sequence[Input], rules_for: Callable[[Input], tuple[Rule, ...]], outcome: Outcome
) -> list[Finding]:
    """What is said of the service control policies of a run together, if there are several."""
    if len(outcome.guardrails) < 2:
        return []
    path, start, end, _ = min(outcome.guardrails, key=lambda one: one[:3])
    asked = next((one for one in inputs if os.path.normpath(one.path) == os.path.normpath(path)), None)
    source = text_of(path) if asked is None or asked.data is None else decode(path, asked.data)[0]
    if asked is None or source is None:
        return []
    together = frozenset(name for _, _, _, names in outcome.guardrails for name in names)
    return [
        Finding(rule, rule.severity, problem.span, problem.message, problem.related, None)
        for rule in rules_for(asked)
        if rule.id in ORGANIZATION_CHECKS
        for problem in ORGANIZATION_CHECKS[rule.id](source.span(start, end), together)
    ]
