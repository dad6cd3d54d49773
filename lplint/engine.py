"""The main loop: files in, a Report out. The one place that survives a check that crashes."""

from __future__ import annotations

import codecs
import sys

from lplint import parallel, ruleset
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
    jobs: int = 1,
) -> Report:
    """Lints the inputs. `rules_for` says which rules run on each; `failures` are those met before (a path that does not
    exist); `progress` is told how many inputs are done; `jobs` is how many processes share the work. Raises
    CatalogError, since without a catalogue no answer can be right, and what `rules_for` raises."""
    outcome = _Outcome()
    outcome.failures.extend(failures)
    # Every process but this one takes files only: what is on standard input is here.
    shares = [inputs[share::jobs] for share in range(jobs)]
    others = parallel.start(shares[1:], lambda share: _sent(_lint(share, rules_for, None))) if jobs > 1 else []

    def so_far(done: int) -> None:
        if progress is not None:
            progress(min(done * jobs, len(inputs)))

    outcome.add(_lint(shares[0], rules_for, so_far))
    for share, finish in zip(shares[1:], others, strict=True):
        made = finish()
        outcome.add(_received(made) if made is not None else _lint(share, rules_for, so_far))
    findings = sorted(dict.fromkeys(outcome.findings), key=Finding.sort_key)
    hidden: dict[Severity, int] = {}
    for finding in findings:
        if finding.severity < min_severity:
            hidden[finding.severity] = hidden.get(finding.severity, 0) + 1
    return Report(
        findings=[finding for finding in findings if finding.severity >= min_severity],
        failures=sorted(outcome.failures, key=lambda failure: (failure.path, failure.message)),
        rules=[rule for rule in ruleset.rules() if rule.id in outcome.ran],
        files=outcome.files,
        policies=outcome.policies,
        statements=outcome.statements,
        unresolved=outcome.unresolved,
        hidden=hidden,
    )


class _Outcome:
    """What came of some of the inputs."""

    __slots__ = ("failures", "files", "findings", "policies", "ran", "statements", "unresolved")

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.failures: list[Failure] = []
        self.ran: set[str] = set()
        self.files = self.policies = self.statements = self.unresolved = 0

    def add(self, other: _Outcome) -> None:
        self.findings += other.findings
        self.failures += other.failures
        self.ran |= other.ran
        self.files += other.files
        self.policies += other.policies
        self.statements += other.statements
        self.unresolved += other.unresolved


def _lint(
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    progress: Callable[[int], None] | None,
) -> _Outcome:
    outcome = _Outcome()
    for done, one in enumerate(inputs):
        if progress is not None:
            progress(done)
        rules = rules_for(one)
        outcome.ran.update(rule.id for rule in rules)
        found = policies_of(one, outcome.failures)
        if found is None:
            continue
        outcome.files += 1
        outcome.policies += len(found.policies)
        for policy in found.policies:
            outcome.statements += len(policy.statements)
            outcome.unresolved += len(policy.unresolved)
        outcome.findings.extend(_findings(found, rules, outcome.failures, one.path))
    return outcome


def _sent(outcome: _Outcome) -> bytes:
    """An outcome as another process can read it: places are paths and offsets."""
    import marshal

    findings = [
        (
            finding.rule.id,
            int(finding.severity),
            _place(finding.span),
            finding.message,
            [(_place(related.span), related.message) for related in finding.related],
            (finding.origin.kind, finding.origin.address, finding.origin.attribute) if finding.origin else None,
        )
        for finding in outcome.findings
    ]
    failures = [(failure.path, failure.message) for failure in outcome.failures]
    counts = (outcome.files, outcome.policies, outcome.statements, outcome.unresolved)
    return marshal.dumps((findings, failures, sorted(outcome.ran), counts))


def _place(span: Span) -> tuple[str, int, int]:
    return (span.source.path, span.start, span.end)


def _received(made: bytes) -> _Outcome:
    """The outcome that another process sent. Files with findings are read again, which takes less than sending them."""
    import marshal

    from lplint.model.policy import Origin

    outcome = _Outcome()
    findings, failures, ran, counts = marshal.loads(made)  # noqa: S302  from a fork of this process
    sources: dict[str, Source] = {}

    def span(place: tuple[str, int, int]) -> Span:
        path, start, end = place
        if path not in sources:
            with open(path, "rb") as file:
                sources[path] = decode(path, file.read())[0]
        return sources[path].span(start, end)

    for rule, severity, place, message, related, origin in findings:
        outcome.findings.append(
            Finding(
                ruleset.find(rule),
                Severity(severity),
                span(place),
                message,
                tuple(Related(span(where), words) for where, words in related),
                Origin(*origin) if origin is not None else None,
            )
        )
    outcome.failures = [Failure(path, message) for path, message in failures]
    outcome.ran = set(ran)
    outcome.files, outcome.policies, outcome.statements, outcome.unresolved = counts
    return outcome


def policies_of(one: Input, failures: list[Failure]) -> Found | None:
    """The policies of a file; None if it could not be read, which is then among the failures."""
    data = one.data
    if data is None:
        try:
            with open(one.path, "rb") as file:
                data = file.read()
        except OSError as error:
            failures.append(cannot_be_read(one.path, error))
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


def _unmarked(data: bytes) -> str:
    """The encoding of a text without a byte order mark, by the zero bytes of its first characters, which are ASCII in
    every syntax we read. Source: RFC 4627, 3."""
    if data[:1] == b"\0":
        return "utf-32-be" if data[1:3] == b"\0\0" else "utf-16-be"
    if data[1:2] == b"\0":
        return "utf-32-le" if data[2:4] == b"\0\0" else "utf-16-le"
    return "utf-8"


def cannot_be_read(path: str, error: OSError) -> Failure:
    return Failure(path, f"cannot be read ({error.strerror or error}); it was not checked")


def decode(path: str, data: bytes) -> tuple[Source, Span | None]:
    """The text of a file, and the place of the first bytes in it that are none."""
    encoding, marked = _unmarked(data), False
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
