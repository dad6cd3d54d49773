"""What a set of statements allows: Allow minus Deny, within a boundary, asked about one action at a time.

The answer has degrees, since a policy says less than a request: see Reach.

Source: AWS IAM User Guide, "Policy evaluation logic"; "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

import enum
from functools import lru_cache

from lplint.access.patterns import matches, overlaps, widest
from lplint.access.reach import is_every_arn
from lplint.access.requests import all_hold, same
from lplint.access.resources import may_have_form
from lplint.access.targets import covers_form, may_cover_form
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lplint.model.policy import Element, Policy, Statement

_NOTHING: Mapping[str, str] = {}
# How many pairs of an allowing entry and a Deny are compared. What AWS accepts stays far below it: a policy has 10,240
# characters at most, and an identity some dozens of policies. Beyond, nothing is certain.
_MOST_PAIRS = 50_000


class Reach(enum.IntEnum):
    """How far it is certain that requests are allowed, for an action on everything of a form.

    NO: none is. MAYBE: what the text leaves open, or a condition of the Allow, decides. UNLESS: every one is to which
    no Deny applies, and there is a Deny with conditions of which nothing is known. YES: every one is.
    """

    NO = 0
    MAYBE = 1
    UNLESS = 2
    YES = 3


class Grant:
    """One entry by which a statement allows an action.

    `entry` is what covers the action (for NotAction, its key), `resource` what it may act on, None for all but what
    NotResource lists.
    """

    __slots__ = ("_certain", "_denies", "action", "entry", "policy", "resource", "statement")

    def __init__(
        self,
        action: str,
        policy: Policy,
        statement: Statement,
        entry: Text,
        resource: Text | None,
        certain: bool,
        denies: Sequence[tuple[Statement, bool]] | None,
    ) -> None:
        self.action = action
        self.policy = policy
        self.statement = statement
        self.entry = entry
        self.resource = resource
        self._certain = certain
        self._denies = denies

    def reach(self, form: str, request: Mapping[str, str] = _NOTHING) -> Reach:
        """How far it reaches everything of a form ("arn:aws:iam::*:role/*", or one ARN) in requests of which some keys
        are known (in lower case, one value each)."""
        return min(self.allows(form, request), self.left(form, request))

    def allows(self, form: str, request: Mapping[str, str] = _NOTHING) -> Reach:
        """The same, as if nothing denied it."""
        covered = self.covers(form)
        held = all_hold(self.statement, request, at_will=True)
        if covered is False or held is False:
            return Reach.NO
        return Reach.YES if covered and held and self._certain else Reach.MAYBE

    def covers(self, form: str) -> bool | None:
        """Whether its resources are all of a form; None if some are, or may be."""
        if self.resource is not None:
            return _covers(self.resource, form)
        left_out = self.statement.not_resource
        return left_out is not None and _leaves(left_out, form)

    def left(self, form: str, request: Mapping[str, str] = _NOTHING) -> Reach:
        """What is left of a form when all that statements deny is taken away."""
        if self._denies is None:
            return Reach.MAYBE
        least = Reach.YES
        for statement, certain in self._denies:
            taken = _takes(statement, form)
            if taken is False:
                continue
            held = _holds_where(statement, self.statement, request)
            if held is False:
                continue
            if taken and held and certain:
                return Reach.NO
            least = min(least, Reach.UNLESS if taken and certain else Reach.MAYBE)
        return least

    def __repr__(self) -> str:
        where = self.resource.display if self.resource is not None else "all but some"
        return f"Grant({self.action} by {self.entry.display} on {where})"


class Access:
    """What some policies together allow, and some boundaries let through. Several boundaries are alternatives: it is
    not known which of them is in force, and `bounded` says that there is one of which nothing is known."""

    __slots__ = ("_boundaries", "_bounded", "_grants", "_statements", "policies")

    def __init__(self, policies: Sequence[Policy], boundaries: Sequence[Policy] = (), *, bounded: bool = False) -> None:
        self.policies = tuple(policies)
        self._boundaries = [Access((one,)) for one in boundaries]
        self._bounded = bounded
        self._grants: dict[str, tuple[Grant, ...]] = {}
        self._statements: list[tuple[Policy, Statement, bool | None]] | None = None

    def grants(self, action: str) -> tuple[Grant, ...]:
        """The entries that allow, or may allow, the action called `service:Name`. What boundaries and Denies take away
        is asked of each with `reach`."""
        found = self._grants.get(action)
        if found is None:
            found = self._grants[action] = tuple(self._allowing(action))
        return found

    def reach(self, action: str, form: str, request: Mapping[str, str] = _NOTHING) -> Reach:
        """How far the action is allowed on everything of a form; see Grant.reach."""
        best = max((grant.reach(form, request) for grant in self.grants(action)), default=Reach.NO)
        return min(best, self.within(action, form, request))

    def within(self, action: str, form: str, request: Mapping[str, str] = _NOTHING) -> Reach:
        """How far the boundaries let it through."""
        reaches = [one.reach(action, form, request) for one in self._boundaries]
        if self._bounded:
            reaches.append(Reach.MAYBE)
        if not reaches:
            return Reach.YES
        # One of the alternatives is in force: it is certain only what all agree on.
        return reaches[0] if len(set(reaches)) == 1 else Reach.NO if max(reaches) is Reach.NO else Reach.MAYBE

    def _counting(self) -> list[tuple[Policy, Statement, bool | None]]:
        """The statements, less those for which AWS rejects their policy, and whether each allows or denies; None if the
        text does not tell."""
        if self._statements is None:
            self._statements = [
                (policy, statement, True if statement.allows() else False if statement.denies() else None)
                for policy in self.policies
                for statement in policy.statements
                if statement.allows() or statement.denies() or _is_unknown(statement)
            ]
        return self._statements

    def _allowing(self, action: str) -> Iterator[Grant]:
        allowing: list[tuple[Policy, Statement, Text, bool]] = []
        denies: list[tuple[Statement, bool]] = []
        for policy, statement, effect in self._counting():
            entry, sure = covering(statement, action)
            if entry is None:
                continue
            if effect is not False:
                allowing.append((policy, statement, entry, sure and effect is True))
            if effect is not True:
                denies.append((statement, sure and effect is False))
        pairs = sum(_size(one) for _, one, _, _ in allowing) * sum(_size(one) for one, _ in denies)
        known = denies if pairs <= _MOST_PAIRS else None
        for policy, statement, entry, sure in allowing:
            if statement.resource is not None:
                for resource in statement.resource.values:
                    yield Grant(action, policy, statement, entry, resource, sure, known)
            elif statement.not_resource is not None:
                yield Grant(action, policy, statement, entry, None, sure, known)


def _size(statement: Statement) -> int:
    """How many entries say what a statement is about."""
    element = statement.resource or statement.not_resource
    return len(element.values) if element is not None else 1


def covering(statement: Statement, action: str) -> tuple[Text | None, bool]:
    """What of a statement covers an action, an entry of Action or the key of NotAction, None if nothing does; and
    whether it certainly does."""
    element = statement.action or statement.not_action
    if element is None:
        return None, False
    entries = _entries(element)
    name = action.lower()
    entry = entries.covering(name)
    if element is statement.action:
        if entry is not None:
            return entry, True
        maybe = next((text for text in entries.unknown if overlaps(widest(text).lower(), name)), None)
        return maybe if maybe is not None or element.complete else element.key, False
    if entry is not None:
        return None, False
    return element.key, element.complete and not any(overlaps(widest(text).lower(), name) for text in entries.unknown)


class _Entries:
    """The entries of an Action or NotAction element: those that name an action, by its name in lower case, with their
    places in the list; those with wildcards; and those that the text does not tell."""

    __slots__ = ("named", "unknown", "wild")

    def __init__(self, element: Element) -> None:
        self.named: dict[str, tuple[int, Text]] = {}
        self.wild: list[tuple[int, str, Text]] = []
        self.unknown: list[Text] = []
        for at, text in enumerate(element.values):
            if text.value is None:
                self.unknown.append(text)
                continue
            name = text.value.lower()
            if "*" in name or "?" in name:
                self.wild.append((at, name, text))
            elif name not in self.named:
                self.named[name] = (at, text)

    def covering(self, action: str) -> Text | None:
        """The first that covers an action, by its name in lower case."""
        named = self.named.get(action)
        for at, pattern, text in self.wild:
            if named is not None and named[0] < at:
                break
            if matches(pattern, action):
                return text
        return named[1] if named is not None else None


@lru_cache(maxsize=256)  # several rules ask a policy about many actions
def _entries(element: Element) -> _Entries:
    return _Entries(element)


def refusing(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Those of some statements that deny on every resource and without a condition, whatever they deny."""
    return tuple(
        one
        for one in statements
        if one.denies() and one.unconditional() and one.resource is not None and _is_everything(one.resource)
    )


def refuses(refusing: Iterable[Statement], action: str) -> bool:
    """Whether one of such statements certainly is about the action called `service:Name`."""
    return any(covering(one, action)[1] for one in refusing)


def _is_everything(element: Element) -> bool:
    return any(text.value is not None and is_every_arn(text.value) for text in element.values)


def _is_unknown(statement: Statement) -> bool:
    """Whether the text does not tell the effect."""
    effect = statement.effect
    if effect is None:
        return not statement.complete
    return not isinstance(effect, Text) or effect.value is None


def _covers(text: Text, form: str) -> bool | None:
    if covers_form(text, form):
        return True
    return None if _may_meet(text, form) else False


def _may_meet(text: Text, form: str) -> bool:
    pattern = widest(text)
    return may_have_form(pattern, form) if "*" in form else overlaps(pattern, form)


def _leaves(element: Element, form: str) -> bool | None:
    """Whether all but the entries of an element is, but for some, everything of a form."""
    least: bool | None = True if element.complete else None
    for text in element.values:
        if covers_form(text, form, everywhere=True):
            return False
        if may_cover_form(text, form) or ("*" not in form and overlaps(widest(text), form)):
            least = None
    return least


def _takes(statement: Statement, form: str) -> bool | None:
    """Whether a Deny is about everything of a form; None if it may be. One that is about a part leaves the rest."""
    if statement.resource is not None:
        maybe = not statement.resource.complete
        for text in statement.resource.values:
            if covers_form(text, form, everywhere=True):
                return True
            maybe = maybe or may_cover_form(text, form) or ("*" not in form and overlaps(widest(text), form))
        return None if maybe else False
    left_out = statement.not_resource
    if left_out is None:
        return None if not statement.complete else False
    # What it leaves out is all that is left.
    if any(covers_form(text, form) for text in left_out.values):
        return False
    if "*" not in form:
        open_ = any(overlaps(widest(text), form) for text in left_out.values)
    else:
        open_ = any(may_cover_form(text, form) for text in left_out.values)
    return None if open_ or not left_out.complete else True


def _holds_where(deny: Statement, allow: Statement, request: Mapping[str, str]) -> bool | None:
    """Whether the conditions of a Deny hold for a request to which an Allow applies."""
    held = all_hold(deny, request)
    if held is None and deny.complete and deny.conditions:
        rest = [one for one in deny.conditions if not any(same(one, other) for other in allow.conditions)]
        return True if not rest else None
    return held
