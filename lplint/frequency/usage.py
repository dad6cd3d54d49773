"""Counts the use of IAM's actions in CloudTrail's records, and puts it on the scale from 1 to 10."""

from __future__ import annotations

import re
from functools import cache

from lplint.access.actions import actions_matching
from lplint.aws import catalog
from lplint.aws.tables import load as load_table
from lplint.frequency.logs import Unreadable
from lplint.risk.table import frequency_of, named_actions, rating

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lplint.aws.catalog import Action
    from lplint.frequency.logs import Record

# AWS Lambda and Amazon CloudFront put the version of their interface behind the name: CreateFunction20150331v2,
# CreateDistribution2020_05_31. Source: AWS Lambda Developer Guide, "Logging AWS Lambda API calls using AWS CloudTrail".
_VERSION = re.compile(r"(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# Beginnings of error codes of calls that were refused. Source: AWS CloudTrail User Guide, errorCode.
_REFUSED = ("AccessDenied", "UnauthorizedOperation", "Client.UnauthorizedOperation", "AuthorizationError", "Forbidden")
# A use is a day on which somebody calls an action. The scale is that of uses within so many days.
MONTH = 30
# Of one action so many uses are told apart; beyond, it is as common as it gets.
_MOST_USES = 5_000
_MOST_NAMED = 3


class Use:
    """How much one action is used: calls, uses (days on which somebody calls it), and the frequency that follows.
    `logged` is False where the logs cannot tell, and the frequency is that of lplint's own table."""

    __slots__ = ("action", "calls", "frequency", "logged", "uses")

    def __init__(self, action: Action, frequency: int, calls: int, uses: int, *, logged: bool) -> None:
        self.action = action
        self.frequency = frequency
        self.calls = calls
        self.uses = uses
        self.logged = logged


class Usage:
    """What the records that were given to it say together."""

    def __init__(self) -> None:
        self.records = self.unreadable = self.refused = self.by_service = self.nameless = 0
        self.first_unreadable: Unreadable | None = None
        self.unread: list[Unreadable] = []  # files not read to their end
        self.unknown: dict[str, int] = {}  # events that are no action, by how many
        self._calls: dict[Action, int] = {}
        self._uses: dict[Action, set[int]] = {}
        self._days: set[str] = set()
        self._principals: set[int] = set()

    def add(self, one: Record | Unreadable) -> None:
        """Counts one record."""
        if isinstance(one, Unreadable):
            if one.rest:
                self.unread.append(one)
            else:
                self.unreadable += 1
                self.first_unreadable = self.first_unreadable or one
            return
        self.records += 1
        if one.by_service:
            self.by_service += 1
            return
        if one.error.startswith(_REFUSED):
            self.refused += 1
            return
        found = actions_of(one.source, one.name)
        if not found:
            event = f"{one.source.partition('.')[0]}:{one.name}"
            if event in self.unknown or len(self.unknown) < _MOST_USES:
                self.unknown[event] = self.unknown.get(event, 0) + 1
            self.nameless += 1
            return
        day = one.time[:10] if _DAY.match(one.time) else ""
        if day:
            self._days.add(day)
        self._principals.add(hash(one.principal))
        for action in found:
            self._calls[action] = self._calls.get(action, 0) + 1
            uses = self._uses.setdefault(action, set())
            if len(uses) < _MOST_USES:
                uses.add(hash((one.principal, day)))

    @property
    def actions(self) -> int:
        """How many actions were called."""
        return len(self._calls)

    @property
    def principals(self) -> int:
        """How many called them."""
        return len(self._principals)

    @property
    def days(self) -> int:
        """How many days lie between the first call and the last, both counted; 0 if no record tells its time."""
        import datetime

        try:
            known = [datetime.date.fromisoformat(day) for day in (min(self._days), max(self._days))]
        except ValueError:
            return len(self._days)
        return (known[1] - known[0]).days + 1

    def commonest_unknown(self) -> list[str]:
        """The events that are no action and came most often, a few."""
        return sorted(self.unknown, key=lambda event: (-self.unknown[event], event))[:_MOST_NAMED]

    def silent(self) -> list[str]:
        """The services of whose data the logs hold no event, by prefix, though CloudTrail can log some."""
        return [prefix for prefix in _data() if not self._tells(prefix)]

    def table(self) -> list[Use]:
        """The use of each action that was called, the commonest first, and then of those on which the logs are silent
        because CloudTrail does not log them."""
        share = MONTH / max(self.days, MONTH)
        made = []
        for action, calls in self._calls.items():
            uses = len(self._uses[action])
            # Once is no less than once: what was called at all is not rarer than what one policy names.
            made.append(Use(action, max(frequency_of(round(uses * share)), 2), calls, uses, logged=True))
        made.sort(key=lambda use: (-use.frequency, -use.uses, -use.calls, str(use.action).lower()))
        return made + list(self._kept())

    def _kept(self) -> Iterator[Use]:
        silent = set(self.silent())
        for action in named_actions():
            if action not in self._calls and (
                action in _never() or (action.service in silent and action in _data()[action.service])
            ):
                frequency = rating(action).frequency
                if frequency > 1:
                    yield Use(action, frequency, 0, 0, logged=False)

    def _tells(self, prefix: str) -> bool:
        return any(action in self._calls for action in _data()[prefix])


@cache
def actions_of(source: str, event: str) -> tuple[Action, ...]:
    """The actions that somebody must be allowed for an event of a service ("s3.amazonaws.com", "ListBuckets"), none if
    it needs none, or nobody knows which."""
    table = _table()
    host = source.partition(".amazonaws.com")[0].lower()
    name = _VERSION.sub("", event) or event
    for prefix in table["sources"].get(host, [host]):
        names: list[str] = table["events"].get(prefix, {}).get(name, [name])
        verbs = table["verbs"].get(prefix)
        if verbs is not None:
            names = next(([verb] for start, verb in verbs if name.startswith(start)), [])
        found = [catalog.action(f"{prefix}:{one}") for one in names]
        known = tuple(one for one in found if one is not None)
        if known:
            return known
    return ()


@cache
def _never() -> frozenset[Action]:
    return frozenset(action for pattern in _table()["never"] for action in actions_matching(pattern))


@cache
def _data() -> dict[str, frozenset[Action]]:
    """The actions of each service that CloudTrail logs only if it is told to log data events."""
    return {
        prefix: frozenset(action for name in names for action in actions_matching(f"{prefix}:{name}"))
        for prefix, names in _table()["data"].items()
    }


def _table() -> dict[str, Any]:
    return load_table("cloudtrail")
