"""What the checks say of the policies of a file, as findings. The one place that survives a check that crashes."""

from __future__ import annotations

from functools import partial

from lplint import ruleset
from lplint.aws.catalog import CatalogError
from lplint.checks import (
    IDENTITY_CHECKS,
    READING,
    SYNTAX_ERROR,
    UNREAD_TEMPLATE,
    UNRESOLVABLE_REFERENCE,
    WITHOUT,
)
from lplint.checks.facts import facts_of
from lplint.model.finding import Failure, Finding, Related, StatementPlace
from lplint.model.text import Text
from lplint.units import OUR_MISTAKE, crash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from lplint.extract.found import Found
    from lplint.model.finding import Fix, Mend, Problem
    from lplint.model.policy import Identity, Policy
    from lplint.model.rule import Rule
    from lplint.model.source import Span
    from lplint.syntax.parsed import SyntaxProblem
    from lplint.units import Input

    Check: TypeAlias = Callable[[Policy], Iterator[Problem]]


def findings_of(
    found: Found, asked: Asked, failures: list[Failure], of: Input, personas: Mapping[int, str]
) -> Iterable[Finding]:
    """What the rules say of the policies that were found in a file. `personas` tells who uses each, by its object's
    id. A check that crashes is among the failures, and does not silence the others. Raises CatalogError."""
    path, rules = of.path, asked.rules
    environment, everyone = of.config.environment(path), of.config.persona(path)

    def contexts(subject: Policy | Identity) -> tuple[str, ...]:
        persona = everyone or personas.get(id(subject))
        return (
            *((f"environment.{environment}",) if environment is not None else ()),
            *((f"persona.{persona}",) if persona is not None else ()),
        )

    of_reading = {rule.id: rule for rule in rules if rule.id in READING} if found.problems else {}
    for read in found.problems:
        said = UNRESOLVABLE_REFERENCE if read.reference else UNREAD_TEMPLATE if read.template else SYNTAX_ERROR
        reading = of_reading.get(said)
        if reading is not None:
            finding = Finding(reading, reading.severity, read.span.in_file(), read.message, (), None)
            if read.needless:
                _attach(finding, partial(_fix_of_syntax, read))
            yield finding
    for policy in (*found.policies, *found.called):
        told: list[tuple[Rule, Problem]] = []
        for rule, check in asked.about(policy.kind.value, _facts(policy, failures, path)):
            try:
                problems = [*check(policy)]
            except CatalogError:
                raise
            except Exception as error:  # noqa: BLE001  the boundary: one check that crashes must not silence the others
                failures.append(crashed(rule, "policy", policy.span, error, path))
                continue
            if problems:
                told += [(rule, problem) for problem in problems]
        where = contexts(policy) if told else ()
        for rule, problem, covered in _spoken(told):
            yield _finding(rule, problem, policy, where, covered)
    for identity in found.identities:
        for rule in rules:
            if rule.id in IDENTITY_CHECKS:
                try:
                    problems = [*IDENTITY_CHECKS[rule.id](identity)]
                except CatalogError:
                    raise
                except Exception as error:  # noqa: BLE001  the same boundary
                    failures.append(crashed(rule, "identity", identity.span, error, path))
                    continue
                for problem in problems:
                    yield _finding(rule, problem, None, contexts(identity))


def _facts(policy: Policy, failures: list[Failure], path: str) -> int:
    """The facts of a policy; all there are, so that every check is asked, where they cannot be told."""
    try:
        return facts_of(policy)
    except CatalogError:
        raise
    except Exception as error:  # noqa: BLE001  the same boundary
        failures.append(Failure(path, OUR_MISTAKE + crash(error)))
        return -1


class Asked:
    """Which of some rules may have something to say of a policy."""

    __slots__ = ("_by_facts", "_by_kind", "rules")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._by_facts: dict[tuple[str, int], list[tuple[Rule, Check]]] = {}
        self._by_kind: dict[str, tuple[list[tuple[int, ...]], list[tuple[tuple[Rule, Check], int]]]] = {}

    def about(self, kind: str, facts: int) -> list[tuple[Rule, Check]]:
        """Those that may say something of policies of a kind with some facts, and the check of each."""
        found = self._by_facts.get((kind, facts))
        if found is None:
            if kind not in self._by_kind:
                self._by_kind[kind] = self._of_kind(kind)
            groups, some = self._by_kind[kind]
            asked = [all(map(facts.__and__, wanted)) for wanted in groups]
            found = self._by_facts[kind, facts] = [one for one, group in some if asked[group]]
        return found

    def _of_kind(self, kind: str) -> tuple[list[tuple[int, ...]], list[tuple[tuple[Rule, Check], int]]]:
        """Of the rules about policies of a kind: the facts without which some say nothing; and each rule with its
        check and the number of those facts."""
        groups: dict[tuple[int, ...], int] = {}
        some = []
        for rule in self.rules:
            check = ruleset.check(rule)
            if kind in rule.applies_to and check is not None:
                some.append(((rule, check), groups.setdefault(WITHOUT.get(rule.id, ()), len(groups))))
        return list(groups), some


def _spoken(said: Sequence[tuple[Rule, Problem]]) -> Iterator[tuple[Rule, Problem, tuple[Rule, ...]]]:
    """The problems of a policy less those for which another speaks, and for which rules each speaks."""
    if not any(rule.yields_to for rule, _ in said):
        yield from ((rule, problem, ()) for rule, problem in said)
        return
    speakers: dict[tuple[str, Span], int] = {}
    for number, (rule, problem) in enumerate(said):
        for span in (problem.span, *problem.about):
            speakers.setdefault((rule.id, span), number)
    by: list[set[int]] = []  # which speak for each
    for rule, problem in said:
        found = [
            next((speakers[other, span] for other in rule.yields_to if (other, span) in speakers), None)
            for span in problem.about
        ]
        by.append(set() if None in found else {one for one in found if one is not None})
    covered: dict[int, list[Rule]] = {}
    for number, (rule, _) in enumerate(said):
        ends = set(by[number])
        while any(by[one] for one in ends):
            ends = {end for one in ends for end in by[one] or {one}}
        for end in ends:
            covered.setdefault(end, []).append(rule)
    for number, (rule, problem) in enumerate(said):
        if not by[number]:
            yield rule, problem, tuple(dict.fromkeys(covered.get(number, ())))


def _finding(
    rule: Rule,
    problem: Problem,
    policy: Policy | None,
    contexts: tuple[str, ...],
    covered: tuple[Rule, ...] = (),
) -> Finding:
    span = problem.span.in_file()
    severity = rule.severity
    if contexts or covered:
        # What speaks for others weighs as much as the gravest of them.
        severity = max(ruleset.shifted(one, *contexts) if contexts else one.severity for one in (rule, *covered))
    finding = Finding(
        rule,
        severity,
        span,
        problem.message,
        tuple([Related(one.span.in_file(), one.message, one.way) for one in problem.related]),
        policy.origin if policy is not None else None,
        _calls(policy, span) if policy is not None and policy.calls else (),
        _statement(policy, problem.span) if policy is not None else None,
        tuple(sorted([one.id for one in covered])),
    )
    if problem.mend is not None and policy is not None:
        _attach(finding, partial(_fix_of, problem.mend, policy))
    return finding


def _statement(policy: Policy, span: Span) -> StatementPlace | None:
    """The statement of a policy in which a place is, or one of whose values stands there."""
    statement = policy.statement_at(span)
    if statement is None:
        return None
    actions = statement.action or statement.not_action
    return StatementPlace(
        statement.node.span.in_file(),
        statement.sid.display if isinstance(statement.sid, Text) else "",
        actions.values[0].display if actions is not None and actions.values else "",
    )


def _fix_of(mend: Mend, policy: Policy) -> Fix:
    from lplint import fixes  # most runs need none

    return fixes.fix_of(mend, policy)


def _fix_of_syntax(problem: SyntaxProblem) -> Fix:
    from lplint import fixes

    return fixes.fix_of_syntax(problem)


def _attach(finding: Finding, make: Callable[[], Fix]) -> None:
    """Gives a finding its fix, or the reason why there is none."""
    from lplint.fixes import RefusedError

    try:
        finding.fix = make()
    except RefusedError as refused:
        finding.refusal = str(refused)


def crashed(rule: Rule, what: str, of: Span, error: Exception, path: str) -> Failure:
    """That a check crashed, which is our mistake and no pass."""
    line = of.in_file().start_position().line
    return Failure(
        path,
        f"{rule.id} crashed on the {what} of line {line}, which is our mistake; please report: {crash(error)}",
    )


def _calls(policy: Policy, place: Span) -> tuple[Span, ...]:
    """The call of the module in which a place is, if the policy was seen from there; none for a place in the file of
    the call itself, which passes something on."""
    return tuple(call for call in policy.calls[-1:] if call.source.path != place.source.path)
