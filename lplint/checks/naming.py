"""Whether a policy does what its name says."""

from __future__ import annotations

from functools import lru_cache

from lplint.checks.grants import described, is_everything, ranked, riskiest, values
from lplint.model.finding import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Policy
    from lplint.model.text import Text
    from lplint.risk.table import Rating

# Names that promise that nothing is changed, of words with hyphens between them, and the words that take it back.
_READS = ("read-only", "readonly", "view-only", "viewonly", "viewer", "auditor")
_NOT = frozenset(("not", "non", "no", "deny", "except", "write"))
_LEAST = 4


def name_says_read_only(policy: Policy) -> Iterator[Problem]:
    name = _promise(policy.origin.address) or (_promise(_stem(policy)) if not policy.origin.address else None)
    if name is None:
        return
    found: dict[Rating, Text] = {}
    for statement in policy.allow_statements():
        for text in values(statement.action):
            if text.value is None:
                continue
            if is_everything(text):
                yield Problem(text.span, f"{name} says that it only reads, and this allows everything.")
                return
            for one in ranked(text.value):
                if one.risk >= _LEAST and not one.action.access_levels <= {"List", "Read", "Tagging"}:
                    found.setdefault(one, text)
    ratings = riskiest(found)
    # What runs a query is called a write by AWS, and only reads.
    ratings = [one for one in ratings if not one.action.name.startswith(("StartQuery", "Query", "Search", "Generate"))]
    if ratings:
        yield Problem(found[ratings[0]].span, f"{name} says that it only reads, and this allows {described(ratings)}.")


def _stem(policy: Policy) -> str:
    return policy.span.in_file().source.path.rpartition("/")[2].partition(".")[0]


@lru_cache(maxsize=1024)
def _promise(name: str) -> str | None:
    """The part of a name that promises to read only; None if there is none."""
    for part in reversed(name.split(".")):
        lowered = part.lower()
        if not any(one in lowered for one in ("only", "viewer", "auditor")):
            continue
        words = f"-{_words(part)}-"
        if any(f"-{one}-" in words for one in _READS) and _NOT.isdisjoint(words.split("-")):
            return part
    return None


def _words(name: str) -> str:
    """A name in small letters, with a hyphen between its words."""
    made = "".join(
        f"-{char}" if char.isupper() and before.islower() else char
        for before, char in zip(f" {name}", name, strict=False)
    )
    return "".join(char if char.isalnum() else "-" for char in made).lower()
