"""A finding's own fingerprint, by which it is known again after its file was edited around it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lplint.model.finding import Finding

# Raised when fingerprints change, so that nobody compares old ones with new ones.
VERSION = "lplint/v1"
_DIGITS = 24


def fingerprints(findings: Iterable[Finding]) -> dict[Finding, str]:
    """The fingerprint of each finding, which are those of whole files.

    It is made of the rule, the resource that the policy belongs to, the statement by its Sid (or its first action where
    it has none), and the underlined characters without their blanks. So it outlives lines added above, another
    indentation, other line ends, a statement that is moved, and edits of what else the statement says. Findings of a
    file that are alike in all of this are told apart by their order, in the number after the colon.
    """
    from hashlib import sha256

    made: dict[Finding, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for finding in sorted(findings, key=lambda one: one.sort_key()):
        statement, origin = finding.statement, finding.origin
        parts = (
            finding.rule.id,
            origin.address if origin is not None else "",
            (statement.sid or statement.action) if statement is not None else "",
            "".join(finding.span.text.split()),
        )
        digest = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        known = (finding.span.source.path, digest)
        count = seen[known] = seen.get(known, 0) + 1
        made[finding] = f"{digest}:{count}"
    return made
