"""The policy variables in a string: where they stand, and what is wrong with how they are written."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Variable:
    """A policy variable, `${name}` or `${name, 'default'}`, and where it stands in its string. `closed` is False for
    one without its closing brace; `default` is what follows the comma, None where there is none."""

    __slots__ = ("closed", "default", "end", "name", "start")

    def __init__(self, start: int, end: int, name: str, default: str | None, closed: bool) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.default = default
        self.closed = closed

    @property
    def character(self) -> bool:
        """Whether it stands for the character itself: `${*}`, `${?}`, `${$}`."""
        return self.name in ("*", "?", "$")


def variables(value: str) -> Iterator[Variable]:
    """The variables of a string, in order.

    Source: AWS IAM User Guide, "IAM policy elements: Variables and tags".
    """
    at = 0
    while (start := value.find("${", at)) >= 0:
        end = value.find("}", start)
        if end < 0:
            yield Variable(start, len(value), value[start + 2 :], None, closed=False)
            return
        name, comma, default = value[start + 2 : end].partition(",")
        yield Variable(start, end + 1, name, default if comma else None, closed=True)
        at = end + 1
