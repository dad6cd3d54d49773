"""Applies fixes to the texts of files, and keeps only what a second look at the result confirms."""

from __future__ import annotations

import os
from bisect import bisect_right

from lplint.fixes.tree import says

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from lplint.model.finding import Edit, Failure, Finding, Fix
    from lplint.model.policy import Policy
    from lplint.model.source import Span

    # The texts of files that are read together, by path, to what is found in them.
    Look: TypeAlias = Callable[[Mapping[str, str]], tuple[list[Finding], list[Policy], list[Failure]]]

# A fix may make room for the next one; nothing that people write takes as many rounds.
_MOST_ROUNDS = 30
# Each is compared with those before it.
_MOST_AT_ONCE = 2000
# How often one round may look at texts again to find out which of their fixes fail, and how much it may read.
_MOST_LOOKS = 200
_MOST_READ = 20_000_000
_FEWEST_LOOKS = 10

TOO_MANY = "too many fixes of the file fail together to try each"
UNCONFIRMED = "the finding would not be gone"
MORE_FINDINGS = "there would be another finding"
OTHER_MEANING = "the policy would say something else too"
UNREADABLE = "the file would not be read as before"
ELSEWHERE = "it would change another file"


class Mended:
    """What came of the files that are read together: their new texts, where they changed, the fixes that were applied
    and, by finding, why others were not."""

    __slots__ = ("applied", "refused", "texts")

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.applied: list[Finding] = []
        self.refused: list[tuple[Finding, str]] = []


def mend(texts: Mapping[str, str], look: Look, wanted: Callable[[Finding], bool]) -> Mended:
    """Fixes what can be fixed in some texts that are read together, in rounds until nothing is left that can.

    `look` lints texts; `wanted` says which findings' fixes are wanted. A fix is kept if its finding is gone, no other
    one is new, and the policies say what they said but for what the fix means to change.
    """
    outcome = Mended(dict(texts))
    seen = _Seen(outcome.texts, look)
    for _ in range(_MOST_ROUNDS):
        chosen, later = _chosen(seen, wanted, outcome.texts)
        outcome.refused = [(finding, ELSEWHERE) for finding in later if _leads_out(finding, outcome.texts)]
        if not chosen:
            break
        bench = _Bench(outcome.texts, seen, look)
        accepted = bench.try_all(chosen)
        outcome.refused += bench.refused
        if not accepted:
            break
        outcome.applied += accepted
        outcome.texts = bench.texts
        seen = bench.seen
    return outcome


class _Seen:
    """What some texts say: the findings, how often each rule has one, and the strings of the policies."""

    __slots__ = ("broken", "by_rule", "findings", "says")

    def __init__(self, texts: Mapping[str, str], look: Look) -> None:
        self.findings, policies, failures = look(texts)
        self.broken = [failure.message for failure in failures]
        self.says = says(policies)
        self.by_rule: dict[tuple[str, str], int] = {}
        for finding in self.findings:
            key = _key(finding)
            self.by_rule[key] = self.by_rule.get(key, 0) + 1


def _key(finding: Finding) -> tuple[str, str]:
    return (finding.rule.id, os.path.normpath(finding.span.source.path))


def _leads_out(finding: Finding, texts: Mapping[str, str]) -> bool:
    fix = finding.fix
    return fix is not None and any(edit.span.source.path not in texts for edit in fix.edits)


def _chosen(
    seen: _Seen, wanted: Callable[[Finding], bool], texts: Mapping[str, str]
) -> tuple[list[Finding], list[Finding]]:
    """The findings whose fixes go together, in order, and those for another round: of two fixes for one place one, and
    none that changes what another one rests on."""
    chosen: list[Finding] = []
    later: list[Finding] = []
    edited = _Places()
    kept = _Places()
    for finding in sorted(seen.findings, key=lambda one: (*one.sort_key()[:3], one.rule.id)):
        fix = finding.fix
        if fix is None or not wanted(finding) or len(chosen) == _MOST_AT_ONCE:
            continue
        spans = [edit.span for edit in fix.edits]
        if _leads_out(finding, texts) or edited.touch(spans) or kept.touch(spans) or edited.touch(fix.keeps):
            later.append(finding)
            continue
        chosen.append(finding)
        edited.add(spans)
        kept.add(fix.keeps)
    return chosen, later


class _Places:
    """Spans of files, and whether others touch them."""

    __slots__ = ("_by_path",)

    def __init__(self) -> None:
        self._by_path: dict[str, dict[tuple[int, int], None]] = {}

    def add(self, spans: Sequence[Span]) -> None:
        for span in spans:
            self._by_path.setdefault(span.source.path, {})[span.start, span.end] = None

    def touch(self, spans: Sequence[Span]) -> bool:
        return any(
            (span.start < end and start < span.end)
            # Of two insertions at one place it is not known which is first.
            or ((span.start == span.end or start == end) and span.start <= end and start <= span.end)
            for span in spans
            for start, end in self._by_path.get(span.source.path, ())
        )


class _Bench:
    """One round: fixes tried together, and by halves where that fails."""

    def __init__(self, texts: dict[str, str], seen: _Seen, look: Look) -> None:
        self.texts = texts
        self.seen = seen
        self.refused: list[tuple[Finding, str]] = []
        self._original = texts
        self._before = seen
        self._look = look
        size = sum(map(len, texts.values()))
        self._looks = max(_FEWEST_LOOKS, min(_MOST_LOOKS, _MOST_READ // max(size, 1)))

    def try_all(self, findings: list[Finding]) -> list[Finding]:
        """Those that hold."""
        accepted: list[Finding] = []
        todo = [findings]
        while todo:
            group = todo.pop()
            if not self._looks:
                self.refused += [(finding, TOO_MANY) for finding in group]
                continue
            why = self._try([*accepted, *group])
            if not why:
                accepted += group
            elif len(group) > 1:
                todo += [group[len(group) // 2 :], group[: len(group) // 2]]
            else:
                self.refused.append((group[0], why))
        return accepted

    def _try(self, findings: Sequence[Finding]) -> str:
        """Why some fixes do not hold together; "" if they do, and then the texts and what they say are kept."""
        self._looks -= 1
        fixes = [finding.fix for finding in findings if finding.fix is not None]
        # Two findings may have one and the same edit.
        distinct = {
            (edit.span.source.path, edit.span.start, edit.span.end, edit.text): edit
            for fix in fixes
            for edit in fix.edits
        }
        edits: dict[str, list[Edit]] = {}
        for key in sorted(distinct):
            edits.setdefault(key[0], []).append(distinct[key])
        texts = {path: applied(text, edits.get(path, ())) for path, text in self._original.items()}
        seen = _Seen(texts, self._look)
        why = _judged(self._before, seen, findings, fixes, {path: _Moved(made) for path, made in edits.items()})
        if not why:
            self.texts, self.seen = texts, seen
        return why


def _judged(
    before: _Seen, after: _Seen, findings: Sequence[Finding], fixes: Sequence[Fix], moved: Mapping[str, _Moved]
) -> str:
    if after.broken != before.broken:
        return UNREADABLE
    wanted: dict[tuple[str, str], int] = {}
    for finding in findings:
        wanted[_key(finding)] = wanted.get(_key(finding), 0) + 1
    for key, count in wanted.items():
        if after.by_rule.get(key, 0) > before.by_rule.get(key, 0) - count:
            return UNCONFIRMED
    known: set[tuple[object, ...]] = set()
    for finding in before.findings:
        known.add((*_key(finding), finding.message))
        path = finding.span.source.path
        known.add((*_key(finding), moved[path](finding.span.start) if path in moved else finding.span.start))
    for finding in after.findings:
        if (*_key(finding), finding.message) in known or (*_key(finding), finding.span.start) in known:
            continue
        return MORE_FINDINGS
    if any(count > before.by_rule.get(key, 0) for key, count in after.by_rule.items()):
        return MORE_FINDINGS
    gone = sum(max(count - after.says.get(leaf, 0), 0) for leaf, count in before.says.items())
    come = sum(max(count - before.says.get(leaf, 0), 0) for leaf, count in after.says.items())
    if gone > sum(fix.removed for fix in fixes) or come > sum(fix.added for fix in fixes):
        return OTHER_MEANING
    return ""


class _Moved:
    """Where an offset of a text is after some edits of it."""

    __slots__ = ("_shifts", "_starts")

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._starts: list[int] = []
        self._shifts: list[tuple[int, int]] = []
        shift = 0
        for edit in edits:
            self._starts.append(edit.span.start)
            self._shifts.append((edit.span.end, shift))
            shift += len(edit.text) - (edit.span.end - edit.span.start)
        self._starts.append(1 << 62)
        self._shifts.append((1 << 62, shift))

    def __call__(self, offset: int) -> int:
        at = bisect_right(self._starts, offset)
        if at and offset < self._shifts[at - 1][0]:
            return self._starts[at - 1] + self._shifts[at - 1][1]
        return offset + self._shifts[at][1]


def applied(text: str, edits: Sequence[Edit]) -> str:
    """A text with edits that do not overlap, given in their order."""
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*pieces, text[at:]])
