"""Which accounts and which organisation a project trusts: its zone of trust."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Zone:
    """The accounts, by their ids, and the organisation ("o-...", "" if none is named) that are a project's own."""

    __slots__ = ("accounts", "organization")

    def __init__(self, accounts: Iterable[str] = (), organization: str = "") -> None:
        self.accounts = frozenset(accounts)
        self.organization = organization


_zone = Zone()


def zone() -> Zone:
    """The zone that holds now; an empty one where the project names none."""
    return _zone


def use(accounts: Iterable[str], organization: str) -> None:
    """Lets another zone hold. Nothing is remembered by it."""
    global _zone  # noqa: PLW0603  one project is linted at a time, as with the rows of its risk table
    _zone = Zone(accounts, organization)
