"""What `lplint risk` prints: where actions lie on the graph of risk against frequency of use."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from lplint.aws.catalog import Action
    from lplint.risk.table import Rating

    Evidence = Callable[[Action], tuple[str, str]]

_FIELDS = ("action", "risk", "frequency", "quadrant", "category", "access level", "policies", "evidence", "reason")


def render_text(ratings: Sequence[Rating], evidence: Evidence, categories: Mapping[str, str]) -> str:
    """All that is known of one action, or one line for each of several, gravest first."""
    if len(ratings) == 1:
        return _one(ratings[0], evidence, categories)
    rows = sorted(ratings, key=lambda one: (-one.risk, one.frequency, str(one.action).lower()))
    width = max((len(str(one.action)) for one in rows), default=0)
    lines = [f"{'action':{width}}  risk  frequency  quadrant"]
    for one in rows:
        category = f" ({one.category})" if one.category else ""
        lines.append(f"{one.action!s:{width}}  {one.risk:>4}  {one.frequency:>9}  {one.quadrant}{category}")
    counts: dict[str, int] = {}
    for one in rows:
        counts[one.quadrant] = counts.get(one.quadrant, 0) + 1
    told = ", ".join(f"{counts[name]} {name}" for name in sorted(counts, key=lambda name: -counts[name]))
    lines.append(f"{len(rows)} actions: {told}." if rows else "No action.")
    return "".join(f"{line}\n" for line in lines)


def _one(rating: Rating, evidence: Evidence, categories: Mapping[str, str]) -> str:
    sources, reason = evidence(rating.action)
    if rating.category:
        why = f"{rating.category}: {categories[rating.category]}"
    else:
        why = f"that of its access level, {rating.access_level}"
    policies = f"{rating.policies} AWS managed polic{'y names' if rating.policies == 1 else 'ies name'} it"
    lines = [
        str(rating.action),
        f"  risk          {rating.risk} of 10 ({why})",
        f"  frequency     {rating.frequency} of 10 ({policies}: the choice of AWS's authors, not a count of use)",
        f"  quadrant      {rating.quadrant}",
        f"  access level  {rating.access_level}",
    ]
    if reason:
        lines.append(f"  reason        {reason}")
    if sources:
        lines.append(f"  evidence      {_listed(sources.split('; '))}")
    return "".join(f"{line}\n" for line in lines)


def _listed(sources: Sequence[str]) -> str:
    """Sources on one line: of many of one kind, the first three."""
    kinds: dict[str, list[str]] = {}
    for source in sources:
        kind, _, name = source.partition(":")
        kinds.setdefault(kind, []).append(name)
    parts = []
    for kind, names in kinds.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        told = ", ".join(filter(None, names[:3])) + more
        parts.append(f"{kind} ({told})" if told else kind)
    return "; ".join(parts)


def render_csv(ratings: Sequence[Rating], evidence: Evidence) -> str:
    """A table with a header, in the order given."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_FIELDS)
    writer.writerows(_row(one, evidence).values() for one in ratings)
    return out.getvalue()


def render_json(ratings: Sequence[Rating], evidence: Evidence) -> str:
    """One object with a list of actions, in the order given."""
    import json

    rows = [{key.replace(" ", "-"): value for key, value in _row(one, evidence).items()} for one in ratings]
    return json.dumps({"actions": rows}, indent=2) + "\n"


def _row(rating: Rating, evidence: Evidence) -> dict[str, Any]:
    sources, reason = evidence(rating.action)
    values = (
        str(rating.action),
        rating.risk,
        rating.frequency,
        rating.quadrant,
        rating.category,
        rating.access_level,
        rating.policies,
        sources,
        reason,
    )
    return dict(zip(_FIELDS, values, strict=True))
