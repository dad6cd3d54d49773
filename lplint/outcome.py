"""What came of some inputs, by itself, together with that of others, and sent from one process to another."""

from __future__ import annotations

from lplint import ruleset
from lplint.encoding import decode
from lplint.model.finding import Edit, Failure, Finding, Fix, Related, StatementPlace
from lplint.model.rule import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.model.source import Source, Span

# How many calls of a module a finding in it lists.
_MOST_CALLS = 3


class Outcome:
    """What came of some of the inputs."""

    __slots__ = (
        "causes",
        "failures",
        "files",
        "findings",
        "guardrails",
        "marked",
        "policies",
        "ran",
        "statements",
        "unresolved",
    )

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.failures: list[Failure] = []
        self.ran: set[str] = set()
        self.causes: dict[str, int] = {}
        self.marked: list[str] = []  # the files that may hold suppressions
        self.guardrails: list[tuple[str, int, int, frozenset[str]]] = []  # where each SCP is, and what it protects
        self.files = self.policies = self.statements = self.unresolved = 0

    def add(self, other: Outcome) -> None:
        self.findings += other.findings
        self.failures += other.failures
        self.ran |= other.ran
        self.marked += other.marked
        self.guardrails += other.guardrails
        self.files += other.files
        self.policies += other.policies
        self.statements += other.statements
        self.unresolved += other.unresolved
        for cause, count in other.causes.items():
            self.causes[cause] = self.causes.get(cause, 0) + count


def once(findings: Sequence[Finding]) -> list[Finding]:
    """Each finding once. What several calls of a module show is one finding, with the calls as related places; so is
    what the module shows by itself and a call shows again."""
    made = {finding: finding for finding in findings if not finding.calls}
    at: dict[tuple[str, str, int, int], Finding] = {}
    for finding in made:
        at.setdefault(_where(finding), finding)
    calls: dict[Finding, dict[tuple[str, int], Span]] = {}
    for finding in sorted((one for one in findings if one.calls), key=Finding.sort_key):
        first = at.setdefault(_where(finding), finding)
        made.setdefault(first, first)
        places = calls.setdefault(first, {})
        for span in finding.calls:
            places[span.source.path, span.start] = span
    for finding, places in calls.items():
        shown = [places[key] for key in sorted(places)][:_MOST_CALLS]
        more = len(places) - len(shown)
        words = ["the module is called here"] * len(shown)
        if more:
            words[-1] += f", and in {more} more place{'s' * (more > 1)}"
        finding.related = (*finding.related, *(Related(span, text) for span, text in zip(shown, words, strict=True)))
    return list(made)


def _where(finding: Finding) -> tuple[str, str, int, int]:
    return (finding.rule.id, finding.span.source.path, finding.span.start, finding.span.end)


def sent(outcome: Outcome) -> bytes:
    """An outcome as another process can read it: places are paths and offsets."""
    import marshal

    findings = [
        (
            finding.rule.id,
            int(finding.severity),
            place(finding.span),
            finding.message,
            [(place(related.span), related.message, related.way) for related in finding.related],
            (finding.origin.kind, finding.origin.address, finding.origin.attribute) if finding.origin else None,
            [place(call) for call in finding.calls],
            (place(statement.span), statement.sid, statement.action) if (statement := finding.statement) else None,
            _sent_fix(finding.fix) if finding.fix is not None else None,
            finding.refusal,
            list(finding.covers),
        )
        for finding in outcome.findings
    ]
    failures = [(failure.path, failure.message) for failure in outcome.failures]
    counts = (outcome.files, outcome.policies, outcome.statements, outcome.unresolved)
    found = (outcome.causes, outcome.marked, outcome.guardrails)
    return marshal.dumps((findings, failures, sorted(outcome.ran), counts, *found))


def _sent_fix(fix: Fix) -> tuple[object, ...]:
    edits = [(place(edit.span), edit.text) for edit in fix.edits]
    return (fix.words, edits, fix.safe, [place(span) for span in fix.keeps], fix.removed, fix.added)


def place(span: Span) -> tuple[str, int, int]:
    """A place as another process can read it."""
    return (span.source.path, span.start, span.end)


def received(made: bytes) -> Outcome:
    """The outcome that another process sent. Files with findings are read again, which takes less than sending them."""
    import marshal

    from lplint.model.policy import Origin

    outcome = Outcome()
    # What is read comes from a fork of this process.
    findings, failures, ran, counts, causes, marked, guardrails = marshal.loads(made)  # noqa: S302
    rules = {rule.id: rule for rule in ruleset.every()}
    sources: dict[str, Source] = {}

    def span(place: tuple[str, int, int]) -> Span:
        path, start, end = place
        if path not in sources:
            with open(path, "rb") as file:
                sources[path] = decode(path, file.read())[0]
        return sources[path].span(start, end)

    for rule, severity, at, message, related, origin, calls, within, fix, refusal, covers in findings:
        finding = Finding(
            rules[rule],
            Severity(severity),
            span(at),
            message,
            tuple(Related(span(where), words, way) for where, words, way in related),
            Origin(*origin) if origin is not None else None,
            tuple(span(call) for call in calls),
            StatementPlace(span(within[0]), *within[1:]) if within is not None else None,
            tuple(covers),
        )
        if fix is not None:
            words, edits, safe, keeps, removed, added = fix
            finding.fix = Fix(
                words,
                [Edit(span(where), text) for where, text in edits],
                safe=safe,
                keeps=[span(where) for where in keeps],
                removed=removed,
                added=added,
            )
        finding.refusal = refusal
        outcome.findings.append(finding)
    outcome.failures = [Failure(path, message) for path, message in failures]
    outcome.ran = set(ran)
    outcome.causes = causes
    outcome.marked = marked
    outcome.guardrails = guardrails
    outcome.files, outcome.policies, outcome.statements, outcome.unresolved = counts
    return outcome
