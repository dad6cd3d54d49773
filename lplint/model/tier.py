"""The tiers of access: viewer, power user, administrator."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.source import Span

NONE, VIEWER, POWER_USER, ADMINISTRATOR = "none", "viewer", "power-user", "administrator"
# From the least to the most.
TIERS = (NONE, VIEWER, POWER_USER, ADMINISTRATOR)


class Tier:
    """The tier that somebody is in by what they may do.

    A "viewer" only looks, though perhaps at data; a "power-user" changes something; an "administrator" can give
    themselves and others every right. "none" may do nothing. `span` is what makes it so and `because` says what that
    allows; None and "" for "none". `complete` is False if what the text does not tell may put them into a higher one.
    """

    __slots__ = ("because", "complete", "name", "span")

    def __init__(self, name: str, span: Span | None, because: str, complete: bool) -> None:
        self.name = name
        self.span = span
        self.because = because
        self.complete = complete
