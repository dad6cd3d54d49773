"""What `lplint frequency` prints: a table that the configuration takes as `frequency-table`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.frequency.usage import Usage, Use

_FIELDS = ("action", "frequency", "uses", "calls", "basis")
_LOGGED = "CloudTrail"
_KEPT = "AWS managed policies, since CloudTrail does not log it"
_SHOWN = 8


def render_csv(table: Sequence[Use]) -> str:
    """A table with a header; its last row, of the action "*", stands for every other action."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_FIELDS)
    for use in table:
        writer.writerow((use.action, use.frequency, use.uses, use.calls, _LOGGED if use.logged else _KEPT))
    writer.writerow(("*", 1, 0, 0, _LOGGED))
    return out.getvalue()


def render_json(table: Sequence[Use], usage: Usage) -> str:
    """One object with the same rows as a list, and what they were counted from."""
    import json

    rows = [
        {
            "action": str(use.action),
            "frequency": use.frequency,
            "uses": use.uses,
            "calls": use.calls,
            "logged": use.logged,
        }
        for use in table
    ]
    counted = {
        "records": usage.records,
        "days": usage.days,
        "principals": usage.principals,
        "refused": usage.refused,
        "by-aws": usage.by_service,
        "without-action": usage.nameless,
        "unreadable": usage.unreadable,
        "silent-services": usage.silent(),
    }
    return json.dumps({"actions": rows, "counted": counted}, indent=2) + "\n"


def sentences(usage: Usage, month: int) -> list[str]:
    """What a person has to know to read the table rightly, one sentence each."""
    calls, people = _counted(usage.records, "record"), _counted(usage.principals, "principal")
    told = [f"{calls} of {_counted(usage.actions, 'action')} by {people} on {_counted(usage.days, 'day')}"]
    if 0 < usage.days < month:
        told.append(f"the logs cover fewer than {month} days, so that what is done once a month may not show")
    if usage.refused:
        told.append(f"{_calls(usage.refused)} refused and not counted")
    if usage.by_service:
        told.append(f"{_calls(usage.by_service)} made by AWS itself, which no policy of yours allows, and not counted")
    if usage.nameless:
        names = ", ".join(usage.commonest_unknown())
        told.append(f"{_counted(usage.nameless, 'record')} of what is no action of IAM, not counted ({names})")
    first = usage.first_unreadable
    if first is not None:
        told.append(
            f"{_counted(usage.unreadable, 'record')} not readable and not counted; "
            f"the first: {first.path}: {first.reason}"
        )
    silent = usage.silent()
    if silent:
        names = ", ".join(silent[:_SHOWN]) + (f" and {len(silent) - _SHOWN} more" if len(silent) > _SHOWN else "")
        told.append(
            f"the logs hold no data events of {names}; CloudTrail logs these only if it is told to, so these actions "
            "keep the frequency of lplint's own table"
        )
    told.append(
        "CloudTrail never logs iam:PassRole, nor calls of APIs behind execute-api, es, iot and the like; silence about "
        "these is not disuse, so they keep the frequency of lplint's own table"
    )
    return told


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _calls(number: int) -> str:
    return f"{number:,} call{'s were' if number != 1 else ' was'}"
