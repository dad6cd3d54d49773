"""Where an action lies on the graph of risk against frequency of use.

The tables are rules/risk.csv, rules/frequency.csv and rules/risk.toml, which say where their numbers are from.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from lplint._generated import risk as generated
from lplint.aws import catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lplint.aws.catalog import Action

QUADRANTS = {
    (False, False): "rare and harmless",
    (True, False): "common and harmless",
    (True, True): "common and dangerous",
    (False, True): "rare and dangerous",
}
LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List")


class Rating:
    """What the tables say of an action.

    `risk` and `frequency` go from 1 to 10. `category` says what the danger is ("privilege-escalation"); "" where the
    risk is that of the access level, which `listed` tells. `policies` is how many AWS managed policies name the action.
    """

    __slots__ = ("action", "category", "listed", "policies", "risk")

    def __init__(self, action: Action, risk: int, category: str, listed: bool, policies: int) -> None:
        self.action = action
        self.risk = risk
        self.category = category
        self.listed = listed
        self.policies = policies

    @property
    def frequency(self) -> int:
        return frequency_of(self.policies)

    @property
    def dangerous(self) -> bool:
        return self.risk >= generated.DANGEROUS

    @property
    def common(self) -> bool:
        return self.frequency >= generated.COMMON

    @property
    def quadrant(self) -> str:
        return QUADRANTS[self.common, self.dangerous]

    @property
    def access_level(self) -> str:
        """The gravest of its access levels."""
        return next((level for level in LEVELS if level in self.action.access_levels), "")

    def __repr__(self) -> str:
        return f"Rating({self.action}, {self.risk}, {self.frequency})"


def frequency_of(policies: int) -> int:
    """The step of the scale from 1 to 10 for a number of policies that name an action."""
    return 1 + bisect_right(generated.STEPS, policies)


@cache
def rating(action: Action) -> Rating:
    """The rating of an action."""
    name = action.name.lower()
    listed = _risks(action.service).get(name)
    risk, category = listed or (_by_level(action), "")
    return Rating(action, risk, category, listed is not None, _counts(action.service).get(name, 0))


def evidence(action: Action) -> tuple[str, str]:
    """Which sources name an action, joined by "; ", and the reason of what a hand decided; both may be empty."""
    from lplint._generated.risk_texts import TEXTS

    return TEXTS.get(str(action).lower(), ("", ""))


def categories() -> Mapping[str, str]:
    """What each category of danger means, in words that follow on an action's name."""
    return generated.CATEGORIES


def listed() -> Iterator[Action]:
    """Every action of the table of risks, by service and name."""
    for prefix in sorted(generated.RISKS):
        service = catalog.service(prefix)
        for name in sorted(_risks(prefix)) if service is not None else ():
            action = service.action(name) if service is not None else None
            if action is not None:
                yield action


def _by_level(action: Action) -> int:
    return max((generated.LEVELS.get(level, 0) for level in action.access_levels), default=0) or 1


@cache
def _risks(prefix: str) -> dict[str, tuple[int, str]]:
    rows = generated.RISKS.get(prefix)
    made = {}
    for row in rows.split(",") if rows else ():
        name, risk, category = row.split(" ")
        made[name.lower()] = (int(risk), category)
    return made


@cache
def _counts(prefix: str) -> dict[str, int]:
    rows = generated.COUNTS.get(prefix)
    made = {}
    for row in rows.split(",") if rows else ():
        name, count = row.split(" ")
        made[name.lower()] = int(count)
    return made
