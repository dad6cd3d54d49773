"""Whether an entry of a Resource element covers everything of a form that one account holds."""

from __future__ import annotations

from functools import lru_cache

from lplint.access.patterns import contains, overlaps, surest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.text import Text


def covers_form(text: Text, form: str, *, everywhere: bool = False) -> bool:
    """Whether an entry certainly covers every resource of a form, such as "arn:aws:iam::*:role/*", in one account and
    one region at least; in all regions with `everywhere`. A form without a wildcard is that one resource."""
    return covers(surest(text), form, everywhere=everywhere)


def may_cover_form(text: Text, form: str) -> bool:
    """Whether what an entry leaves open may be such that it covers every resource of a form."""
    return bool(text.holes) and covers(surest(text, "*"), form, everywhere=True)


@lru_cache(maxsize=65536)
def covers(pattern: str, form: str, *, everywhere: bool) -> bool:
    """The same of a pattern."""
    if pattern == "*" or contains(pattern, form):
        return True
    given, wanted = pattern.split(":", 5), form.split(":", 5)
    if len(wanted) < 6:
        return False
    if len(given) < 6:
        # Of another partition, say: "arn:aws-cn:iam::*".
        return given[1:2] != [] and contains(pattern, ":".join([wanted[0], given[1], *wanted[2:]]))
    if not contains(given[5], wanted[5]):
        return False
    # What AWS owns is in nobody's account: an account's own policies are not among arn:aws:iam::aws:policy/*.
    if given[4] == "aws" and wanted[4] != "aws":
        return False
    # A policy is written for one partition. Whatever the account, it is one, and so is the region.
    if not overlaps(given[0], wanted[0]) or not overlaps(given[2], wanted[2]):
        return False
    if everywhere:
        return contains(given[3], wanted[3]) and overlaps(given[4], wanted[4])
    return all("\0" in given[place] or overlaps(given[place], wanted[place]) for place in (3, 4))
