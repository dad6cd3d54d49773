"""The partitions and regions of AWS."""

from __future__ import annotations

from functools import cache

from lplint.aws.tables import load as load_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def by_partition() -> Mapping[str, frozenset[str]]:
    """The regions of each partition, by its id ("aws", "aws-cn", ...)."""
    return {name: frozenset(regions) for name, regions in load_table("regions")["partitions"].items()}


@cache
def regions() -> frozenset[str]:
    """Every region of every partition."""
    return frozenset(one for names in by_partition().values() for one in names)
