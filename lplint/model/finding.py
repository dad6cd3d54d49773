"""What a check says, and what a person is told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.model.policy import Origin
    from lplint.model.rule import Rule, Severity
    from lplint.model.source import Span


class Related:
    """Another place that helps to understand a problem. `way` is the number, from 1, of the way on which it is a step,
    where a problem tells of ways that begin at its own place; 0 for a place that is no step."""

    __slots__ = ("message", "span", "way")

    def __init__(self, span: Span, message: str, way: int = 0) -> None:
        self.span = span
        self.message = message
        self.way = way


class Problem:
    """All that a check says: where, what, and which other places belong to it.

    `about` are the entries of the policy that make it so, where they are not what is underlined. A rule that says more
    of all of them speaks for this one: see `yields-to` in the rules.
    """

    __slots__ = ("about", "message", "related", "span")

    def __init__(self, span: Span, message: str, related: Sequence[Related] = (), about: Sequence[Span] = ()) -> None:
        self.span = span
        self.message = message
        self.related = tuple(related)
        self.about = tuple(about) or (span,)

    def __repr__(self) -> str:
        return f"Problem({self.span!r}, {self.message!r})"


class StatementPlace:
    """A statement as far as a finding in it needs it: where it stands in its file, its Sid, and its first action (""
    where it has none), by which people know it."""

    __slots__ = ("action", "sid", "span")

    def __init__(self, span: Span, sid: str, action: str) -> None:
        self.span = span
        self.sid = sid
        self.action = action


class Finding:
    """A problem with its rule and weight. The spans are in files, whatever the policy stood in.

    `calls` are the places of the calls of a module from which the problem was seen; a Report has them among `related`.
    `reason` is why it is accepted, where it is: "" if nobody says why; None if it is not accepted. `accepted_by` is
    who accepts it: "lplint" for a comment or metadata, the name of another linter for one of its own, "configuration",
    "baseline"; "" where nobody does. `statement` is the statement that it is about, if it is about one.
    `covers` are the ids of the rules for which this one speaks too.
    """

    __slots__ = (
        "accepted_by",
        "calls",
        "covers",
        "message",
        "origin",
        "reason",
        "related",
        "rule",
        "severity",
        "span",
        "statement",
    )

    def __init__(
        self,
        rule: Rule,
        severity: Severity,
        span: Span,
        message: str,
        related: tuple[Related, ...],
        origin: Origin | None,
        calls: tuple[Span, ...] = (),
        statement: StatementPlace | None = None,
        covers: tuple[str, ...] = (),
    ) -> None:
        self.rule = rule
        self.calls = calls
        self.covers = covers
        self.reason: str | None = None
        self.accepted_by = ""
        self.statement = statement
        self.severity = severity
        self.span = span
        self.message = message
        self.related = related
        self.origin = origin

    def __eq__(self, other: object) -> bool:
        """Whether both tell a person the same: a list that two statements share is judged in each, and a file that two
        modules read is read in each."""
        return isinstance(other, Finding) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[str, str, int, int, str]:
        return (self.rule.id, self.span.source.path, self.span.start, self.span.end, self.message)

    def sort_key(self) -> tuple[str, int, int, str, str]:
        """One total order: by file, place, rule, then words."""
        return (self.span.source.path, self.span.start, self.span.end, self.rule.id, self.message)

    def __repr__(self) -> str:
        return f"Finding({self.rule.id}, {self.span!r}, {self.message!r})"


class Failure:
    """Something lplint could not do: a file it could not read, a check of its own that crashed. Never a pass."""

    __slots__ = ("message", "path")

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message


class Known:
    """A finding that a baseline knows: the id of its rule, its path as the baseline writes it, its fingerprint, and
    what was said of it."""

    __slots__ = ("fingerprint", "message", "path", "rule")

    def __init__(self, rule: str, path: str, fingerprint: str, message: str) -> None:
        self.rule = rule
        self.path = path
        self.fingerprint = fingerprint
        self.message = message


class Report:
    """The outcome of one run, in one fixed order.

    `findings` are those to show; `hidden` counts the ones below `--min-severity`, by severity. `rules` are the rules
    that ran. `files` counts the files that were read to their end, `policies` and `statements` what was found in them,
    `unresolved` the values that the text alone does not tell, `reasons` the same by what makes them so. `suppressed`
    are the findings that a suppression or the baseline accepts, and `gone` those of the baseline that no longer occur.
    """

    __slots__ = (
        "failures",
        "files",
        "findings",
        "gone",
        "hidden",
        "policies",
        "reasons",
        "rules",
        "statements",
        "suppressed",
        "unresolved",
    )

    def __init__(
        self,
        findings: Sequence[Finding],
        failures: Sequence[Failure],
        rules: Sequence[Rule],
        files: int,
        policies: int,
        statements: int,
        unresolved: int,
        hidden: dict[Severity, int],
        reasons: dict[str, int] | None = None,
        suppressed: Sequence[Finding] = (),
        gone: Sequence[Known] = (),
    ) -> None:
        self.findings = findings
        self.failures = failures
        self.rules = rules
        self.files = files
        self.policies = policies
        self.statements = statements
        self.unresolved = unresolved
        self.hidden = hidden
        self.reasons = reasons or {}
        self.suppressed = suppressed
        self.gone = gone
