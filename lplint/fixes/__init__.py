"""From what a check would do about a policy to the edits of its file that do it, in whatever syntax it is written."""

from __future__ import annotations

from itertools import pairwise

from lplint.fixes.entries import added, appended
from lplint.fixes.removal import removed
from lplint.fixes.strings import quoted, replaced, spelt
from lplint.fixes.tree import Place, found, leaves
from lplint.fixes.tree import RefusedError as RefusedError
from lplint.fixes.writing import edit
from lplint.model.finding import Add, Append, Fix, Quote, Remove, Replace
from lplint.model.node import Map

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Change, Edit, Mend, Written
    from lplint.model.policy import Policy
    from lplint.syntax.parsed import SyntaxProblem


def fix_of(mend: Mend, policy: Policy) -> Fix:
    """The edits that mend a policy. Raises RefusedError where the file leaves no sure way: a value that comes from a
    variable, or that stands in several places of the policy."""
    edits: list[Edit] = []
    gone = come = 0
    for change in mend.changes:
        made, less, more = _edits(change, policy)
        edits += made
        gone += less
        come += more
    edits.sort(key=lambda edit: (edit.span.source.path, edit.span.start, edit.span.end))
    for one, other in pairwise(edits):
        if one.span.source.path == other.span.source.path and other.span.start < one.span.end:
            raise RefusedError("its parts are written into one another")
    keeps = [span.in_file() for span in mend.keeps]
    return Fix(mend.words, edits, safe=mend.safe, keeps=keeps, removed=gone, added=come)


def fix_of_syntax(problem: SyntaxProblem) -> Fix:
    """The edit that removes characters that should not be there. A comment is lost with what it says, so that is no
    safe fix. Raises RefusedError."""
    span = problem.span
    if span.text == ",":
        return Fix("Remove the comma.", [edit(span.source, span.start, span.end, "")], safe=True)
    start = span.start
    while start > 0 and span.source.text[start - 1] in " \t":
        start -= 1
    return Fix("Remove the comment.", [edit(span.source, start, span.end, "")], safe=False)


def _edits(change: Change, policy: Policy) -> tuple[list[Edit], int, int]:
    """The edits of one change, and how many strings of the policy go and come."""
    if isinstance(change, Add):
        place = found(policy, change.node) if change.node is not policy.node else Place(None, 0, None, None)
        if place.container is None and change.node is not policy.node:
            raise RefusedError("it is written elsewhere")
        return added(change), 0, _count(change.value)
    if isinstance(change, Append):
        found(policy, change.node)
        return appended(change), 0, _count(change.value)
    if isinstance(change, Replace):
        place = found(policy, change.text)
        # What stands under a key counts with it.
        count = leaves(place.value) if place.value is not None and place.is_key else 1
        return replaced(change.text, change.new, change.start, change.end), count, count
    if isinstance(change, Remove):
        place = found(policy, change.node)
        if isinstance(place.container, Map) is not change.keyed:
            raise RefusedError("nothing would be left in its place")
        return removed(place, change.node), leaves(change.node), 0
    if isinstance(change, Quote):
        found(policy, change.scalar)
        return quoted(change.scalar), 1, 1
    place = found(policy, change.text)
    return spelt(place, change.text, change.values), 1, len(change.values)


def _count(value: Written) -> int:
    """How many strings a value holds."""
    if isinstance(value, str):
        return 1
    return len(value) if isinstance(value, list) else sum(map(_count, value.values()))
