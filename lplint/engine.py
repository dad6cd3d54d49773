"""The main loop: files in, a Report out."""

from __future__ import annotations

import os

from lplint import parallel, ruleset
from lplint.accepted import gone_from, suppress_by_configuration, suppress_in_files
from lplint.access import zone
from lplint.access.persona import persona_of, strictest
from lplint.encoding import decode
from lplint.extract import is_terraform
from lplint.findings import Asked, findings_of
from lplint.model.finding import Finding, Report
from lplint.model.rule import Severity
from lplint.organization import note_guardrails, of_organization
from lplint.outcome import Outcome, once, received, sent
from lplint.risk import current
from lplint.units import Input, ModuleFiles, cannot_be_read, policies_of, units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lplint.baseline import Baseline
    from lplint.config import Config
    from lplint.extract.found import Found
    from lplint.model.finding import Failure, Known
    from lplint.model.policy import Policy
    from lplint.model.rule import Rule

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
    outcome.findings += of_organization(inputs, rules_for, outcome)
    findings = once(outcome.findings)
    if ignores and outcome.marked:
        findings += suppress_in_files(findings, sorted(set(outcome.marked)), inputs, rules_for, outcome)
    if ignores:
        findings += suppress_by_configuration(findings, inputs, rules_for, complete, outcome)
    findings.sort(key=Finding.sort_key)
    gone: list[Known] = []
    if ignores and baseline is not None:
        gone = [] if outcome.failures else gone_from(baseline, baseline.mark(findings), inputs, outcome.ran, complete)
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
        findings += suppress_in_files(findings, sorted(set(outcome.marked)), unit, rules_for, outcome)
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
    asked = Asked(())
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
                asked = Asked(rules)
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
            note_guardrails(found, rules, one, outcome)
            current.use(one.config.risk_rows or current.NONE)
            zone.use(one.config.trusted_accounts, one.config.organization)
            outcome.findings.extend(findings_of(found, asked, outcome.failures, one, personas))
    return outcome


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
