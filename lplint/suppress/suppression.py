"""A suppression: the findings that somebody accepts, why, and for how long."""

from __future__ import annotations

from lplint import ruleset
from lplint.model.rule import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.model.finding import Finding
    from lplint.model.rule import Rule
    from lplint.model.source import Span

RULES = UNUSED, UNKNOWN, EXPIRED, WITHOUT_REASON = "LP901", "LP902", "LP903", "LP904"

# Who accepts a finding: what `Finding.accepted_by` says.
COMMENT, CONFIGURATION = "lplint", "configuration"


class Suppression:
    """One of them. Those of each form know for themselves where they hold.

    `span` is where it is written, for what is said of it. `rules` are ids and names as written, each with its place.
    `until` is the day after which it no longer holds, as written; None if it always does. `by` is whose it is.
    """

    __slots__ = ("by", "reason", "rules", "span", "until", "used")

    # How it names a rule, for what is said of one that names none.
    example = "write ignore[LP201] or ignore[wildcard-action]"

    def __init__(
        self, span: Span, rules: tuple[tuple[str, Span], ...], reason: str, until: str | None, by: str = COMMENT
    ) -> None:
        self.span = span
        self.rules = rules
        self.reason = reason
        self.until = until
        self.by = by
        self.used: set[str] = set()

    def holds_at(self, finding: Finding) -> bool:
        """Whether a finding is where this suppression holds."""
        raise NotImplementedError

    def names(self, rule: Rule) -> Iterator[str]:
        """The words of this suppression that name a rule."""
        for written, _ in self.rules:
            if written.upper() == rule.id or written.lower() == rule.name:
                yield written

    def accepts(self, finding: Finding) -> bool:
        """Whether it accepts a finding; remembers by which words."""
        words = [*self.names(finding.rule)]
        if not words or not self.holds_at(finding):
            return False
        self.used.update(words)
        return True


class OfLines(Suppression):
    """One that holds for what begins in some lines of its file, counted from 1."""

    __slots__ = ("first", "last")

    def __init__(
        self,
        span: Span,
        rules: tuple[tuple[str, Span], ...],
        first: int,
        last: int,
        reason: str,
        until: str | None,
        by: str = COMMENT,
    ) -> None:
        super().__init__(span, rules, reason, until, by)
        self.first = first
        self.last = last

    def holds_at(self, finding: Finding) -> bool:
        return self.first <= finding.span.start_position().line <= self.last


def mark(findings: Sequence[Finding], suppressions: Sequence[Suppression]) -> None:
    """Marks the findings that some suppressions accept. Of several the last one gives its reason."""
    expired = {id(one) for one in suppressions if is_over(one)}
    for finding in findings:
        for one in suppressions:
            if one.accepts(finding) and id(one) not in expired:
                finding.reason = one.reason
                finding.accepted_by = one.by


def mistakes(
    suppressions: Sequence[Suppression], rules: Sequence[Rule], require_reason: bool
) -> Iterator[tuple[Rule, Severity, Span, str]]:
    """What is wrong with some suppressions, after `mark`: the rule that says so, how grave it is, where, and what.

    `rules` are those that run there: that a suppression of another one matches nothing says nothing.
    """
    own = {rule.id: rule for rule in rules}
    running = {*own, *(rule.name for rule in rules)}
    for one in suppressions:
        for id_, span, message in _wrong(one, is_over(one), running):
            if id_ in own:
                severity = Severity.ERROR if require_reason and id_ == WITHOUT_REASON else own[id_].severity
                yield own[id_], severity, span, message


def is_over(suppression: Suppression) -> bool:
    """Whether the last day of a suppression is over, here and now."""
    from datetime import date

    until = suppression.until
    return until is not None and _is_date(until) and date.fromisoformat(until) < date.today()


def _wrong(suppression: Suppression, expired: bool, running: set[str]) -> Iterator[tuple[str, Span, str]]:
    """What is wrong with a suppression: the id of the rule that says so, where, and what."""
    span = suppression.span
    if not suppression.rules:
        yield UNKNOWN, span, f"This names no rule, so it accepts nothing; {suppression.example}."
        return
    for written, place in suppression.rules:
        try:
            rule = ruleset.find(written)
        except ruleset.SelectionError as error:
            yield UNKNOWN, place, f"{str(error)[:1].upper()}{str(error)[1:]}; this accepts nothing."
            continue
        if not expired and written not in suppression.used and {rule.id, rule.name} & running:
            told = f"Nothing here is found by {rule.id} ({rule.name})"
            yield UNUSED, place, f"{told}; take this out, so that it hides nothing later."
    if suppression.until is not None and not _is_date(suppression.until):
        yield EXPIRED, span, f"'{suppression.until}' is no day, so this accepts for ever; write it as 2027-01-31."
    elif expired:
        yield EXPIRED, span, f"This held until {suppression.until}; mend what it accepts, or decide again until when."
    if not suppression.reason:
        yield WITHOUT_REASON, span, "This does not say why; write the reason behind it, for whoever reads it next year."


def _is_date(written: str) -> bool:
    from datetime import date

    try:
        return bool(date.fromisoformat(written)) and len(written) == 10
    except ValueError:
        return False
