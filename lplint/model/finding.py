"""What a check says, and what a person is told."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from lplint.model.node import Map, Node, Seq
    from lplint.model.policy import Origin
    from lplint.model.rule import Rule, Severity
    from lplint.model.source import Span
    from lplint.model.text import Text

    # What a mend adds: strings, lists of strings, and maps of such.
    Written: TypeAlias = str | list[str] | Mapping[str, "Written"]
    Change: TypeAlias = "Replace | Quote | Remove | Spell | Add | Append"


class Related:
    """Another place that helps to understand a problem. `way` is the number, from 1, of the way on which it is a step,
    where a problem tells of ways that begin at its own place; 0 for a place that is no step."""

    __slots__ = ("message", "span", "way")

    def __init__(self, span: Span, message: str, way: int = 0) -> None:
        self.span = span
        self.message = message
        self.way = way


class Replace:
    """A part of a mend: `new` in place of the characters of a string from `start` up to, not including, `end`."""

    __slots__ = ("end", "new", "start", "text")

    def __init__(self, text: Text, new: str, start: int = 0, end: int | None = None) -> None:
        self.text = text
        self.new = new
        self.start = start
        self.end = len(text.display) if end is None else end


class Quote:
    """A part of a mend: a number or a boolean as the string that it is written as."""

    __slots__ = ("scalar",)

    def __init__(self, scalar: Node) -> None:
        self.scalar = scalar


class Remove:
    """A part of a mend: without a value that is an item of a list or, with `keyed`, stands under a key, which goes with
    it."""

    __slots__ = ("keyed", "node")

    def __init__(self, node: Node, *, keyed: bool = False) -> None:
        self.node = node
        self.keyed = keyed


class Spell:
    """A part of a mend: several strings in place of one, which stands in a list or where a list may stand."""

    __slots__ = ("text", "values")

    def __init__(self, text: Text, values: Sequence[str]) -> None:
        self.text = text
        self.values = tuple(values)


class Add:
    """A part of a mend: one entry more in a map, before the others or behind them; where the map has the key and its
    value is a map, the entries of `value` join that."""

    __slots__ = ("first", "key", "node", "value")

    def __init__(self, node: Map, key: str, value: Written, first: bool = False) -> None:
        self.node = node
        self.key = key
        self.value = value
        self.first = first


class Append:
    """A part of a mend: one item more at the end of a list."""

    __slots__ = ("node", "value")

    def __init__(self, node: Seq, value: Written) -> None:
        self.node = node
        self.value = value


class Mend:
    """What a check would do about a problem, in terms of the policy: `fixes` knows how that is written in a file.

    `words` is one sentence that says it. It is `safe` if AWS then grants what it grants now, or rejected the policy
    before. `keeps` are the places that make it right: what covers an action that goes must stay.
    """

    __slots__ = ("changes", "keeps", "safe", "words")

    def __init__(
        self,
        words: str,
        *changes: Change,
        safe: bool = True,
        keeps: Sequence[Span] = (),
    ) -> None:
        self.words = words
        self.changes = changes
        self.safe = safe
        self.keeps = tuple(keeps)


class Edit:
    """Other characters for a place in a file; an insertion has an empty span."""

    __slots__ = ("span", "text")

    def __init__(self, span: Span, text: str) -> None:
        self.span = span
        self.text = text

    def __repr__(self) -> str:
        return f"Edit({self.span!r}, {self.text!r})"


class Fix:
    """A mend as edits of files, in order. `removed` and `added` count the strings that the policy has no more, and has
    new: by them it shows that the edits did what was meant and nothing else."""

    __slots__ = ("added", "edits", "keeps", "removed", "safe", "words")

    def __init__(
        self,
        words: str,
        edits: Sequence[Edit],
        *,
        safe: bool,
        keeps: Sequence[Span] = (),
        removed: int = 0,
        added: int = 0,
    ) -> None:
        self.words = words
        self.edits = tuple(edits)
        self.safe = safe
        self.keeps = tuple(keeps)
        self.removed = removed
        self.added = added


class Problem:
    """All that a check says: where, what, and which other places belong to it; how to mend it, where that is plain.

    `about` are the entries of the policy that make it so, where they are not what is underlined. A rule that says more
    of all of them speaks for this one: see `yields-to` in the rules.
    """

    __slots__ = ("about", "mend", "message", "related", "span")

    def __init__(
        self,
        span: Span,
        message: str,
        related: Sequence[Related] = (),
        mend: Mend | None = None,
        about: Sequence[Span] = (),
    ) -> None:
        self.span = span
        self.message = message
        self.related = tuple(related)
        self.mend = mend
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
    "baseline"; "" where nobody does. `statement` is the statement that it is about, if it is about one. `fix` is how to
    mend it; where a check knows that and the file leaves no way, `refusal` says why.
    `covers` are the ids of the rules for which this one speaks too.
    """

    __slots__ = (
        "accepted_by",
        "calls",
        "covers",
        "fix",
        "message",
        "origin",
        "reason",
        "refusal",
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
        self.fix: Fix | None = None
        self.refusal = ""
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
    `unshown` are those below `--min-severity`, and `fixed` counts the findings that were fixed before; None if nobody
    asked for that.
    """

    __slots__ = (
        "failures",
        "files",
        "findings",
        "fixed",
        "gone",
        "hidden",
        "policies",
        "reasons",
        "rules",
        "statements",
        "suppressed",
        "unresolved",
        "unshown",
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
        unshown: Sequence[Finding] = (),
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
        self.unshown = unshown
        self.fixed: int | None = None

    def fixable(self) -> tuple[int, int]:
        """How many findings, shown or not, have a safe fix, and how many an unsafe one."""
        fixes = [one.fix for one in (*self.findings, *self.unshown) if one.fix is not None]
        safe = sum(fix.safe for fix in fixes)
        return safe, len(fixes) - safe
