"""What a rule is: its identity, weight and words. The function that decides is in checks."""

from __future__ import annotations

import enum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(enum.IntEnum):
    """How much a finding weighs. The order is that of `--fail-on` and `--min-severity`."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        return self.name.lower()


SEVERITIES: Mapping[str, Severity] = {severity.label: severity for severity in Severity}


class Rule:
    """One rule, as its file under rules/ gives it. The longer texts are read only where they are shown."""

    __slots__ = (
        "access_analyzer",
        "also_known_as",
        "applies_to",
        "category",
        "confidence",
        "cwe",
        "id",
        "name",
        "security_severity",
        "severity",
        "since",
        "title",
        "url",
        "yields_to",
    )

    def __init__(
        self,
        id: str,
        name: str,
        title: str,
        category: str,
        severity: Severity,
        security_severity: float | None,
        confidence: str,
        applies_to: frozenset[str],
        cwe: tuple[int, ...],
        access_analyzer: tuple[str, ...],
        also_known_as: tuple[str, ...],
        since: str,
        url: str | None = None,
        yields_to: tuple[str, ...] = (),
    ) -> None:
        self.id = id
        self.name = name
        self.title = title
        self.category = category
        self.severity = severity
        self.security_severity = security_severity
        self.confidence = confidence
        self.applies_to = applies_to
        self.cwe = cwe
        self.access_analyzer = access_analyzer
        self.also_known_as = also_known_as
        self.since = since
        # The rules, by id, that speak for this one where they say more of the same entries.
        self.yields_to = yields_to
        # The rule's page; "" for one of an organisation's own that has none.
        self.url = f"https://github.com/lplint/lplint/blob/main/docs/rules/{id}.md" if url is None else url

    def __repr__(self) -> str:
        return f"Rule({self.id} {self.name})"


class RuleTexts:
    """The longer texts of a rule: why it matters, how to mend it, examples and where to read on."""

    __slots__ = ("bad", "fix", "good", "references", "why")

    def __init__(
        self,
        why: str,
        fix: str,
        references: tuple[str, ...],
        bad: tuple[tuple[str, str], ...],
        good: tuple[tuple[str, str], ...],
    ) -> None:
        self.why = why
        self.fix = fix
        self.references = references
        self.bad = bad
        self.good = good
