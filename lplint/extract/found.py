"""What a file turned out to hold."""

from __future__ import annotations

from lplint.syntax.parsed import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.policy import Identity, Policy
    from lplint.model.source import Span


# Linters whose comments and metadata can be honoured.
_OTHERS = (b"checkov", b"tfsec", b"trivy", b"cfn_nag")


def may_hold_suppressions(data: bytes, foreign: bool = False) -> bool:
    """Whether the bytes of a file can hold words of lplint's own, or of another linter if those count too."""
    return b"lplint" in data or (foreign and any(name in data for name in _OTHERS))


class Found:
    """The policies of a file in their order, whose they are, and what is wrong with the text they stand in.

    `called` are policies of this file that other modules' calls of it make: the same documents as among `policies`,
    with the arguments of a call. `marked` is whether the file may hold suppressions.
    """

    __slots__ = ("called", "identities", "marked", "policies", "problems")

    def __init__(self) -> None:
        self.marked = False
        self.policies: list[Policy] = []
        self.called: list[Policy] = []
        self.identities: list[Identity] = []
        self.problems: list[SyntaxProblem] = []

    def report(self, span: Span, message: str) -> None:
        """Adds a problem of the text."""
        self.problems.append(SyntaxProblem(span, message))
