"""Suppressions: what comments, metadata and the configuration accept, and what is wrong with them."""

from __future__ import annotations

from lplint.model.finding import Finding
from lplint.suppress.suppression import RULES, mark, mistakes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.model.rule import Rule
    from lplint.model.source import Source
    from lplint.suppress.suppression import Suppression

__all__ = ["RULES", "apply", "apply_to_all"]


def apply(
    source: Source, findings: Sequence[Finding], rules: Sequence[Rule], require_reason: bool, foreign: bool = False
) -> Iterator[Finding]:
    """Marks the findings of a file that its suppressions accept, and gives what is wrong with these. `rules` are those
    that run on the file; `foreign` is whether what is written for other linters counts."""
    from lplint.suppress import comments

    own = comments.read(source)
    if foreign:
        from lplint.suppress import others

        mark(findings, others.read(source))
    mark(findings, own)
    yield from _told(own, rules, require_reason)


def apply_to_all(
    suppressions: Sequence[Suppression],
    findings: Sequence[Finding],
    judged: Sequence[Suppression],
    rules: Sequence[Rule],
    require_reason: bool,
) -> Iterator[Finding]:
    """Marks the findings that the entries of a configuration accept, and gives what is wrong with those that can be
    `judged`. `rules` are all that run."""
    mark(findings, suppressions)
    yield from _told(judged, rules, require_reason)


def _told(suppressions: Sequence[Suppression], rules: Sequence[Rule], require_reason: bool) -> Iterator[Finding]:
    for rule, severity, span, message in mistakes(suppressions, rules, require_reason):
        yield Finding(rule, severity, span, message, (), None)
