"""The main loop: files in, a Report out. The one place that survives a check that crashes."""

from __future__ import annotations

import codecs
import sys

from lplint import ruleset
from lplint.aws.catalog import CatalogError
from lplint.checks import CHECKS, SYNTAX_ERROR, UNREAD_TEMPLATE
from lplint.extract import extract, may_hold_policy
from lplint.extract.found import Found
from lplint.model.finding import Failure, Finding, Related, Report
from lplint.model.rule import Severity
from lplint.model.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lplint.config import Config
    from lplint.model.policy import Policy, PolicyKind
    from lplint.model.rule import Rule
    from lplint.model.source import Span

# Byte order marks, longest first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Input:
    """A file to lint. `data` is its content where it is not to be read from disk."""

    __slots__ = ("config", "data", "path")

    def __init__(self, path: str, config: Config, data: bytes | None = None) -> None:
        self.path = path
        self.config = config
        self.data = data


def lint(
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    failures: Iterable[Failure] = (),
    min_severity: Severity = Severity.WARNING,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Lints the inputs. `rules_for` says which rules run on each; `failures` are those met before (a path that does not
    exist); `progress` is told how many inputs are done. Raises CatalogError, since without a catalogue no answer can be
    right, and nothing else."""
    failed = list(failures)
    findings: list[Finding] = []
    ran: dict[str, Rule] = {}
    files = policies = statements = unresolved = 0
    for done, one in enumerate(inputs):
        if progress is not None:
            progress(done)
        rules = rules_for(one)
        ran.update((rule.id, rule) for rule in rules)
        found = policies_of(one, failed)
        if found is None:
            continue
        files += 1
        policies += len(found.policies)
        for policy in found.policies:
            statements += len(policy.statements)
            unresolved += len(policy.unresolved)
        findings.extend(_findings(found, rules, failed, one.path))
    findings = sorted(dict.fromkeys(findings), key=Finding.sort_key)
    hidden: dict[Severity, int] = {}
    for finding in findings:
        if finding.severity < min_severity:
            hidden[finding.severity] = hidden.get(finding.severity, 0) + 1
    return Report(
        findings=[finding for finding in findings if finding.severity >= min_severity],
        failures=failed,
        rules=[ran[id] for id in sorted(ran)],  # noqa: A001
        files=files,
        policies=policies,
        statements=statements,
        unresolved=unresolved,
        hidden=hidden,
    )


def policies_of(one: Input, failures: list[Failure]) -> Found | None:
    """The policies of a file; None if it could not be read, which is then among the failures."""
    data = one.data
    if data is None:
        try:
            with open(one.path, "rb") as file:
                data = file.read()
        except OSError as error:
            failures.append(Failure(one.path, f"cannot be read ({error.strerror or error}); it was not checked"))
            return None
    if not may_hold_policy(data):
        return Found()
    source, broken = decode(one.path, data)
    if broken is not None:
        found = Found()
        found.report(broken, "this is not text in UTF-8; save the file as UTF-8")
        return found
    type_ = one.config.policy_type(one.path)
    try:
        return extract(source, _kind(type_) if type_ is not None else None)
    except Exception as error:  # noqa: BLE001  the boundary: a crash is a failure of this file, and never a pass
        failures.append(
            Failure(one.path, f"lplint failed to read it, which is our mistake; please report: {_crash(error)}")
        )
        return None


def decode(path: str, data: bytes) -> tuple[Source, Span | None]:
    """The text of a file, and the place of the first bytes in it that are none."""
    encoding, marked = "utf-8", False
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding, marked = data[len(mark) :], name, True
            break
    try:
        return Source(path, data.decode(encoding), bom=marked), None
    except UnicodeDecodeError as error:
        source = Source(path, data.decode(encoding, "replace"), bom=marked)
        start = len(data[: error.start].decode(encoding, "replace"))
        return source, source.span(start, min(start + 1, len(source.text)))


def _findings(found: Found, rules: tuple[Rule, ...], failures: list[Failure], path: str) -> Iterable[Finding]:
    of_reading = {rule.id: rule for rule in rules if rule.id in (SYNTAX_ERROR, UNREAD_TEMPLATE)}
    for problem in found.problems:
        reading = of_reading.get(UNREAD_TEMPLATE if problem.template else SYNTAX_ERROR)
        if reading is not None:
            yield Finding(reading, reading.severity, problem.span.in_file(), problem.message, (), None)
    for policy in found.policies:
        kind = policy.kind.value
        for rule in rules:
            if rule.id in CHECKS and kind in rule.applies_to:
                yield from _check(policy, rule, failures, path)


def _check(policy: Policy, rule: Rule, failures: list[Failure], path: str) -> Iterable[Finding]:
    try:
        return [
            Finding(
                rule,
                rule.severity,
                problem.span.in_file(),
                problem.message,
                tuple(Related(related.span.in_file(), related.message) for related in problem.related),
                policy.origin,
            )
            for problem in CHECKS[rule.id](policy)
        ]
    except CatalogError:
        raise
    except Exception as error:  # noqa: BLE001  the boundary: one check that crashes must not silence the others
        line = policy.span.in_file().start_position().line
        failures.append(
            Failure(
                path,
                f"{rule.id} crashed on the policy of line {line}, which is our mistake; please report: {_crash(error)}",
            )
        )
        return []


def _crash(error: Exception) -> str:
    """What crashed and where, for a report of the mistake."""
    import traceback

    last = traceback.extract_tb(sys.exc_info()[2])[-1]
    return f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})"


def _kind(type_: tuple[str, str]) -> tuple[PolicyKind, str]:
    from lplint.model.policy import PolicyKind

    return PolicyKind(type_[0]), type_[1]


def rules_of(config: Config, path: str, select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that run on a file: those its configuration selects, or the ones given in its place, less those that
    either ignores. Raises ruleset.SelectionError."""
    return ruleset.select(select or config.select, (*config.ignore, *ignore, *config.ignores_for(path)))
