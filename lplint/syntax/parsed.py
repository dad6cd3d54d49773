"""What a parser gives back."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.node import Node
    from lplint.model.source import Span


# Deeper than any policy, template or plan, and shallow enough for whoever walks the nodes.
MAX_DEPTH = 250


class SyntaxProblem:
    """Something the text should not say in its syntax: a place and one sentence that says what to do.

    `fatal` means that reading stopped there, so what follows in the document is not in the nodes. `template` means that
    the text is one which another tool fills in, so that its syntax is not its author's mistake. `reference` means that
    the syntax is right, but the text names something that is not there. `needless` means that the text would be right
    without the characters of the span, and say the same.
    """

    __slots__ = ("fatal", "message", "needless", "reference", "span", "template")

    def __init__(
        self,
        span: Span,
        message: str,
        fatal: bool = True,
        template: bool = False,
        reference: bool = False,
        needless: bool = False,
    ) -> None:
        self.span = span
        self.message = message
        self.fatal = fatal
        self.template = template
        self.reference = reference
        self.needless = needless

    def __repr__(self) -> str:
        return f"SyntaxProblem({self.span!r}, {self.message!r}, fatal={self.fatal})"


class Parsed:
    """The documents of a text that could be read to their end, in order, and what is wrong with the text."""

    __slots__ = ("documents", "problems")

    def __init__(self, documents: list[Node], problems: list[SyntaxProblem]) -> None:
        self.documents = documents
        self.problems = problems
