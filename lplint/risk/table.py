"""Where an action lies on the graph of risk against frequency of use.

The tables are rules/risk.csv, rules/frequency.csv and rules/risk.toml, which say where their numbers are from.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache

from lplint._generated import risk as generated
from lplint.aws import catalog
from lplint.risk.current import NONE, remembered, rows

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

    `name` is "service:Name"; `risk` and `frequency` go from 1 to 10. `category` says what the danger is
    ("privilege-escalation"); "" where the risk is that of the access level, which `listed` tells. `policies` is how
    many AWS managed policies name the action. `matters` tells whether it changes something, or reads what something
    holds: risk enough to name its resources; `reads_store` whether it reads what an account is there for, which is
    dangerous at scale. `order` sorts the riskiest first, and of those as risky the rarest.
    `free` tells whether it is left in peace on every resource: common, and of no more risk than the tables allow that.
    """

    __slots__ = (
        "action",
        "category",
        "common",
        "dangerous",
        "free",
        "frequency",
        "listed",
        "matters",
        "name",
        "order",
        "policies",
        "reads_store",
        "risk",
    )

    def __init__(
        self, action: Action, risk: int, category: str, listed: bool, policies: int, frequency: int | None = None
    ) -> None:
        self.action = action
        self.risk = risk
        self.category = category
        self.listed = listed
        self.policies = policies
        self.frequency = frequency_of(policies) if frequency is None else frequency
        self.name = str(action)
        self.order = (-risk, policies, self.name)
        self.dangerous = risk >= generated.DANGEROUS
        self.matters = risk >= generated.MATTERS
        self.reads_store = (
            self.matters
            and action.service in generated.STORES
            and category in ("data-access", "credential-exposure")
            and action.access_levels <= {"List", "Read"}
        )
        self.common = self.frequency >= generated.COMMON
        self.free = self.common and risk <= generated.FREE

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


@remembered
def rating(action: Action) -> Rating:
    """The rating of an action, by the rows of the project that is linted where it has some."""
    name, listed, frequency = action.key, _risks(action.service).get(action.key), None
    own = rows()
    if own is not NONE:
        whole = f"{action.service}:{name}"
        listed = own.risks.get(whole) or listed
        frequency = own.frequencies.get(whole, own.others)
    risk, category = listed or (_by_level(action.access_levels), "")
    return Rating(action, risk, category, listed is not None, _counts(action.service).get(name, 0), frequency)


def is_harmless(prefix: str) -> bool:
    """Whether no action of a service can do harm, whatever its access level."""
    return prefix in generated.HARMLESS


@remembered
def dangerous_names() -> tuple[tuple[str, int], ...]:
    """The dangerous actions of the table of risks with their risk, the riskiest first."""
    own = rows().risks
    found = [
        (whole, own.get(whole.lower(), (int(risk), ""))[0])
        for prefix, listed in generated.RISKS.items()
        for name, risk, _ in (row.split(" ") for row in listed.split(","))
        for whole in (f"{prefix}:{name}",)
    ]
    dangerous = [(name, risk) for name, risk in found if risk >= generated.DANGEROUS]
    return tuple(sorted(dangerous, key=lambda one: (-one[1], one[0])))


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


def named_actions() -> Iterator[Action]:
    """Every action that some AWS managed policy names, by service and name."""
    for prefix in sorted(generated.COUNTS):
        service = catalog.service(prefix)
        for name in sorted(_counts(prefix)) if service is not None else ():
            action = service.action(name) if service is not None else None
            if action is not None:
                yield action


@cache
def _by_level(levels: frozenset[str]) -> int:
    return max((generated.LEVELS.get(level, 0) for level in levels), default=0) or 1


@cache
def _risks(prefix: str) -> dict[str, tuple[int, str]]:
    listed = generated.RISKS.get(prefix)
    made = {}
    for row in listed.split(",") if listed else ():
        name, risk, category = row.split(" ")
        made[name.lower()] = (int(risk), category)
    return made


@cache
def _counts(prefix: str) -> dict[str, int]:
    listed = generated.COUNTS.get(prefix)
    made = {}
    for row in listed.split(",") if listed else ():
        name, count = row.split(" ")
        made[name.lower()] = int(count)
    return made
