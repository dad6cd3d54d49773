"""What a file turned out to hold."""

from __future__ import annotations

from lplint.syntax.parsed import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.policy import Policy
    from lplint.model.source import Span


class Found:
    """The policies of a file in their order, and what is wrong with the text they stand in."""

    __slots__ = ("policies", "problems")

    def __init__(self) -> None:
        self.policies: list[Policy] = []
        self.problems: list[SyntaxProblem] = []

    def report(self, span: Span, message: str) -> None:
        """Adds a problem of the text."""
        self.problems.append(SyntaxProblem(span, message))
