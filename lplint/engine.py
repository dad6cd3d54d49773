"""The main loop: files in, a Report out. The one place that survives a check that crashes."""

from __future__ import annotations

import os
from functools import partial

from lplint import parallel, ruleset
from lplint.access import zone
from lplint.access.persona import persona_of, strictest
from lplint.aws.catalog import CatalogError
from lplint.checks import (
    IDENTITY_CHECKS,
    ORGANIZATION_CHECKS,
    READING,
    SYNTAX_ERROR,
    UNREAD_TEMPLATE,
    UNRESOLVABLE_REFERENCE,
    WITHOUT,
)
from lplint.checks.facts import facts_of
from lplint.config_file import shown
from lplint.encoding import decode
from lplint.extract import is_terraform
from lplint.model.finding import Failure, Finding, Related, Report, StatementPlace
from lplint.model.policy import PolicyKind
from lplint.model.rule import Severity
from lplint.model.text import Text
from lplint.outcome import Outcome, once, place, received, sent
from lplint.risk import current
from lplint.units import OUR_MISTAKE, Input, ModuleFiles, cannot_be_read, crash, policies_of, text_of, units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from lplint.baseline import Baseline
    from lplint.config import Config
    from lplint.extract.found import Found
    from lplint.model.finding import Fix, Known, Mend, Problem
    from lplint.model.policy import Identity, Policy
    from lplint.model.rule import Rule
    from lplint.model.source import Span
    from lplint.syntax.parsed import SyntaxProblem

    Check: TypeAlias = Callable[[Policy], Iterator[Problem]]

# What a caller needs stands behind this one name.
__all__ = [
    "Input",
    "ModuleFiles",
    "cannot_be_read",
    "decode",
    "lint",
    "lint_together",
    "policies_of",
    "rules_of",
    "units",
]

# How many units of work beside each other one process does.
_RUN = 32


def lint(
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    failures: Iterable[Failure] = (),
    min_severity: Severity = Severity.WARNING,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
    ignores: bool = True,
    baseline: Baseline | None = None,
    complete: Callable[[str], bool] = lambda folder: False,
) -> Report:
    """Lints the inputs. `rules_for` says which rules run on each; `failures` are those met before (a path that does not
    exist); `progress` is told how many inputs are done; `jobs` is how many processes share the work; `ignores` is
    whether suppressions count, and those of the `baseline` with them; `complete` says of a folder whether all that is
    in it was asked about. Raises CatalogError, since without a catalogue no answer can be right, and what `rules_for`
    raises."""
    outcome = Outcome()
    outcome.failures.extend(failures)
    # Every process but this one takes files only: what is on standard input is here. The files of a Terraform module
    # are read together, so they are one unit of work.
    work = units(inputs)
    # In runs of neighbours, which speak of the same services.
    runs = [work[start : start + _RUN] for start in range(0, len(work), _RUN)]
    shares = [[unit for run in runs[share::jobs] for unit in run] for share in range(jobs)]
    paths = {os.path.normpath(one.path): one for one in inputs if is_terraform(one.path)}
    others = parallel.start(shares[1:], lambda share: sent(_lint(share, paths, rules_for, None))) if jobs > 1 else []

    def so_far(done: int) -> None:
        if progress is not None:
            progress(min(done * jobs, len(inputs)))

    outcome.add(_lint(shares[0], paths, rules_for, so_far))
    for share, finish in zip(shares[1:], others, strict=True):
        made = finish()
        try:
            other = received(made) if made is not None else None
        except OSError:  # a file is gone or shut since the other process read it
            other = None
        outcome.add(other or _lint(share, paths, rules_for, so_far))
    outcome.findings += _of_organization(inputs, rules_for, outcome)
    findings = once(outcome.findings)
    if ignores and outcome.marked:
        findings += _suppress(findings, sorted(set(outcome.marked)), inputs, rules_for, outcome)
    if ignores:
        findings += _configured(findings, inputs, rules_for, complete, outcome)
    findings.sort(key=Finding.sort_key)
    gone: list[Known] = []
    if ignores and baseline is not None:
        gone = [] if outcome.failures else _gone(baseline, baseline.mark(findings), inputs, outcome.ran, complete)
    suppressed = [finding for finding in findings if finding.reason is not None]
    findings = [finding for finding in findings if finding.reason is None]
    hidden: dict[Severity, int] = {}
    for finding in findings:
        if finding.severity < min_severity:
            hidden[finding.severity] = hidden.get(finding.severity, 0) + 1
    return Report(
        findings=[finding for finding in findings if finding.severity >= min_severity],
        failures=sorted(outcome.failures, key=lambda failure: (failure.path, failure.message)),
        rules=[rule for rule in ruleset.every() if rule.id in outcome.ran],
        files=outcome.files,
        policies=outcome.policies,
        statements=outcome.statements,
        unresolved=outcome.unresolved,
        hidden=hidden,
        reasons=_by_reason(outcome.causes),
        suppressed=suppressed,
        gone=gone,
        unshown=[finding for finding in findings if finding.severity < min_severity],
    )


def lint_together(
    unit: list[Input], paths: Mapping[str, Input], rules_for: Callable[[Input], tuple[Rule, ...]], ignores: bool = True
) -> tuple[list[Finding], list[Policy], list[Failure]]:
    """Lints some files that are read together, such as a Terraform module: the findings that no word in them accepts,
    the policies and the failures. `paths` are all inputs of the run, by their normal path."""
    policies: list[Policy] = []
    outcome = _lint([unit], paths, rules_for, None, policies)
    findings = once(outcome.findings)
    if ignores and outcome.marked:
        findings += _suppress(findings, sorted(set(outcome.marked)), unit, rules_for, outcome)
    return [one for one in findings if one.reason is None], policies, outcome.failures


def _lint(
    units: Sequence[list[Input]],
    paths: Mapping[str, Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    progress: Callable[[int], None] | None,
    kept: list[Policy] | None = None,
) -> Outcome:
    """`kept` takes the policies, for who wants them."""
    outcome = Outcome()
    modules = ModuleFiles(paths)
    asked = _Asked(())
    done = 0
    for unit in units:
        if progress is not None:
            progress(done)
        done += len(unit)
        together = list(policies_of(unit, modules, outcome.failures))
        personas = _personas(found for _, found in together)
        for one, found in together:
            rules = rules_for(one)
            if rules is not asked.rules:
                outcome.ran.update(rule.id for rule in rules)
                asked = _Asked(rules)
            if found.marked:
                outcome.marked.append(one.path)
            outcome.files += not found.called  # that file is counted with its own module
            outcome.policies += len(found.policies)
            if kept is not None:
                kept += found.policies
            for policy in found.policies:
                outcome.statements += len(policy.statements)
                outcome.unresolved += len(policy.unresolved)
                for cause in policy.causes:
                    outcome.causes[cause] = outcome.causes.get(cause, 0) + 1
            _note_guardrails(found, rules, one, outcome)
            current.use(one.config.risk_rows or current.NONE)
            zone.use(one.config.trusted_accounts, one.config.organization)
            outcome.findings.extend(_findings(found, asked, outcome.failures, one, personas))
    return outcome


def _note_guardrails(found: Found, rules: tuple[Rule, ...], of: Input, outcome: Outcome) -> None:
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
            outcome.failures.append(_crashed(rule, "policy", policy.span, error, of.path))


def _head(policy: Policy) -> Span:
    """Where something is told of a policy as a whole: the key of its statements, or what comes first in it."""
    keys = [key for key, _ in policy.node.entries]
    named = next((key for key in keys if key.value == "Statement"), keys[0] if keys else None)
    return (named.span if named is not None else policy.span).in_file()


def _of_organization(
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
        _finding(rule, problem, None, ())
        for rule in rules_for(asked)
        if rule.id in ORGANIZATION_CHECKS
        for problem in ORGANIZATION_CHECKS[rule.id](source.span(start, end), together)
    ]


def _suppress(
    findings: Sequence[Finding],
    paths: Sequence[str],
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    outcome: Outcome,
) -> list[Finding]:
    """Marks the findings that a suppression in one of some files accepts; gives what is wrong with the suppressions."""
    from lplint import suppress

    asked = {one.path: one for one in inputs}
    sources = {finding.span.source.path: finding.span.source for finding in findings}
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.span.source.path, []).append(finding)
    made: list[Finding] = []
    for path in paths:
        one = asked.get(path)
        if one is None:
            continue
        source = sources.get(path) or (decode(path, one.data)[0] if one.data is not None else text_of(path))
        try:
            if source is not None:
                rules = rules_for(one)
                made += suppress.apply(
                    source, by_path.get(path, []), rules, one.config.require_reason, one.config.honor_foreign_ignores
                )
        except Exception as error:  # noqa: BLE001  the boundary: nothing is accepted that could not be read
            outcome.failures.append(Failure(path, OUR_MISTAKE + crash(error)))
    return made


def _configured(
    findings: Sequence[Finding],
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    complete: Callable[[str], bool],
    outcome: Outcome,
) -> list[Finding]:
    """Marks the findings that entries of configurations accept; gives what is wrong with these, in their own files."""
    holding: dict[int, Config] = {}
    files: dict[int, list[Input]] = {}
    for one in inputs:
        config: Config | None = one.config
        while config is not None:
            if config.ignores:
                holding[id(config)] = config
                files.setdefault(id(config), []).append(one)
            config = config.parent
    if not holding:
        return []
    from lplint import suppress
    from lplint.suppress import configured

    made: list[Finding] = []
    for key, config in holding.items():
        source = text_of(shown(config.path)) if config.path is not None else None
        if source is None:  # it is gone since it was read
            continue
        paths = {one.path for one in files[key]}
        rules = {rule.id: rule for one in files[key] for rule in rules_for(one)}
        of_them = [finding for finding in findings if finding.span.source.path in paths and finding.reason is None]
        try:
            entries = configured.read(source, config)
            judged = configured.judged(entries, config, complete(config.root), paths)
            made += suppress.apply_to_all(entries, of_them, judged, [*rules.values()], config.require_reason)
        except Exception as error:  # noqa: BLE001  the boundary: nothing is accepted that could not be read
            outcome.failures.append(Failure(source.path, OUR_MISTAKE + crash(error)))
    return made


def _gone(
    baseline: Baseline,
    waiting: Sequence[Known],
    inputs: Sequence[Input],
    ran: Collection[str],
    complete: Callable[[str], bool],
) -> list[Known]:
    """Of what the baseline knows and nobody found, that which would have been found: its file was read, or is gone."""
    if not waiting:
        return []
    read = {os.path.realpath(one.path) for one in inputs}
    whole = complete(os.path.dirname(os.path.realpath(baseline.path)))
    made = []
    for known in waiting:
        path = os.path.realpath(baseline.file_of(known))
        if path in read:
            if known.rule in ran or known.rule not in {rule.id for rule in ruleset.every()}:
                made.append(known)
        elif whole and not os.path.exists(path):
            made.append(known)
    return made


def _personas(found: Iterable[Found]) -> dict[int, str]:
    """Who uses each identity, and each policy that identities have, by the object's id, where trust policies tell."""
    by_policy: dict[int, set[str | None]] = {}
    made: dict[int, str] = {}
    for one in found:
        for identity in one.identities:
            persona = persona_of(identity)
            if persona is not None:
                made[id(identity)] = persona
            for policy in identity.policies:
                by_policy.setdefault(id(policy), set()).add(persona)
    for key, users in by_policy.items():
        persona = strictest(users)
        if persona is not None:
            made[key] = persona
    return made


def _by_reason(causes: Mapping[str, int]) -> dict[str, int]:
    """How many values could not be resolved for what reason, the commonest first."""
    if not causes:
        return {}
    from lplint.extract.reasons import reason

    counts: dict[str, int] = {}
    for cause, count in causes.items():
        words = reason(cause)
        counts[words] = counts.get(words, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _findings(
    found: Found, asked: _Asked, failures: list[Failure], of: Input, personas: Mapping[int, str]
) -> Iterable[Finding]:
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
                failures.append(_crashed(rule, "policy", policy.span, error, path))
                continue
            if problems:
                told += [(rule, problem) for problem in problems]
        for rule, problem, covered in _spoken(told):
            yield _finding(rule, problem, policy, contexts(policy), covered)
    for identity in found.identities:
        for rule in rules:
            if rule.id in IDENTITY_CHECKS:
                try:
                    problems = [*IDENTITY_CHECKS[rule.id](identity)]
                except CatalogError:
                    raise
                except Exception as error:  # noqa: BLE001  the same boundary
                    failures.append(_crashed(rule, "identity", identity.span, error, path))
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


class _Asked:
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


def _crashed(rule: Rule, what: str, of: Span, error: Exception, path: str) -> Failure:
    line = of.in_file().start_position().line
    return Failure(
        path,
        f"{rule.id} crashed on the {what} of line {line}, which is our mistake; please report: {crash(error)}",
    )


def _calls(policy: Policy, place: Span) -> tuple[Span, ...]:
    """The call of the module in which a place is, if the policy was seen from there; none for a place in the file of
    the call itself, which passes something on."""
    return tuple(call for call in policy.calls[-1:] if call.source.path != place.source.path)


def rules_of(config: Config, path: str, select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that run on a file: those its configuration selects, or the ones given in its place, less those that
    either ignores. Raises ruleset.SelectionError."""
    try:
        left_out = (*config.ignore, *ignore, *config.ignores_for(path))
        return ruleset.select(select or config.select, left_out, config.rules)
    except ruleset.SelectionError as error:
        if config.path is None:
            raise
        ruleset.select(select or ("ALL",), ignore)  # a mistake on the command line is not the file's
        raise ruleset.SelectionError(f"{config.path}: {error}") from error
