"""What a statement lets act on more resources than it needs to."""

from __future__ import annotations

import re
from functools import lru_cache

from lplint.access.reach import reaches_all, types_reached
from lplint.access.resources import may_act_on
from lplint.checks.grants import (
    NAMED,
    TOLD_ELSEWHERE,
    by_entry,
    cancels,
    denied,
    described,
    every_resource,
    is_service,
    limits_resources,
    listed,
    makes_administrator,
    patterns_of,
    ranked,
    riskiest,
    values,
    worth_naming,
)
from lplint.model.finding import Problem, Related
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.aws.catalog import Action
    from lplint.model.policy import Policy, Statement
    from lplint.model.text import Text
    from lplint.risk.table import Rating

# What accepts a resource for a part of what it does only. Metrics that are in no dataset want "*".
_ONLY_IN_PART = frozenset(("cloudwatch:PutMetricData",))
_NOT_TO_NARROW = TOLD_ELSEWHERE | _ONLY_IN_PART
# What replaces or deletes the work of other jobs on the bucket; reading all of it is normal.
_OF_OBJECTS = frozenset(("s3:PutObject", "s3:DeleteObject"))
# What stands between the type and the name in the last part of an ARN.
_NAME = re.compile("[/:]")


def wildcard_resource(policy: Policy) -> Iterator[Problem]:
    return _on_all(policy, "act on every resource, although {} a narrower one", free=False)


def free_wildcard_resource(policy: Policy) -> Iterator[Problem]:
    return _on_all(policy, "act on every resource; common and harmless, but {} a narrower one", free=True)


def _on_all(policy: Policy, words: str, *, free: bool) -> Iterator[Problem]:
    for star, narrower, entries in _unnarrowed(policy, free=free):
        accept = words.format("it accepts" if len(narrower) == 1 else "they accept")
        yield Problem(
            star.span,
            f"Lets {described(narrower)} {accept} ({_types([one.action for one in narrower])}).",
            [Related(entries[0].span, "granted here")],
            about=[text.span for text in entries],
        )


def _unnarrowed(policy: Policy, *, free: bool) -> Iterator[tuple[Text, list[Rating], list[Text]]]:
    """What lets actions act on every resource which could be limited to some: the star, the actions by risk, and the
    entries that grant them, of which wildcards of services are told apart from others. `free` asks for those of which
    the rest is left in peace."""
    for statement, star, *both in _on_every_resource(policy):
        by = both[free]
        if not by:
            continue
        lost = denied(policy)
        narrower = riskiest(one for one in by if not cancels(lost, one.action)) if lost else riskiest(by)
        if not narrower or limits_resources(statement, [one.action for one in narrower]):
            continue
        for found in by_entry(narrower, by):
            yield star, found, list(dict.fromkeys([by[one] for one in found]))


@lru_cache(maxsize=2)
def _on_every_resource(policy: Policy) -> list[tuple[Statement, Text, dict[Rating, Text], dict[Rating, Text]]]:
    """The statements that allow something on every resource: the star, and the actions that could be limited to some,
    each with the entry that grants it; those that are common and harmless apart, behind the others. Two rules ask for
    those of each policy."""
    found = []
    for statement in policy.allow_statements():
        star = every_resource(statement.resource)
        if star is None or not statement.complete:
            continue
        others: dict[Rating, Text] = {}
        harmless: dict[Rating, Text] = {}
        for text in values(statement.action):
            for one in _restrictable(text.value):
                granted = harmless if one.free else others
                if one not in granted:
                    granted[one] = text
        if others or harmless:
            found.append((statement, star, others, harmless))
    return found


@remembered
def _restrictable(pattern: str | None) -> tuple[Rating, ...]:
    """The actions that a pattern covers and that could be limited to some resources, the riskiest first. Listing things
    and reading what they are matters to nobody. None for a pattern that makes an administrator, of which other rules
    speak."""
    if pattern is None or makes_administrator(pattern):
        return ()
    return tuple(
        [one for one in worth_naming(pattern) if one.name not in _NOT_TO_NARROW and one.action.accepts_resources]
    )


@remembered
def _of_whole_type(pattern: str | None) -> tuple[Rating, ...]:
    """Those of them that should not be had on everything of a type. Tagging everything of one of many types is how
    those who make such things are allowed to."""
    return tuple([one for one in _restrictable(pattern) if not one.free and "Tag" not in one.name])


def whole_type(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if not statement.complete or every_resource(statement.resource) is not None:
            continue
        resources = patterns_of(statement.resource)
        starred = tuple([one for one in resources if "*" in one])
        if not starred:
            continue
        of_names: dict[Rating, tuple[str, Text]] = {}
        of_services: dict[Rating, tuple[str, Text]] = {}
        for text in values(statement.action):
            narrower = _of_whole_type(text.value)
            if narrower:
                found = of_services if is_service(text) else of_names
                for one in narrower:
                    if one not in found and (star := reaches_all(one.action, starred)) is not None:
                        found[one] = star, text
        for found in (of_names, of_services):
            if not found:
                continue
            lost = denied(policy)
            reached = riskiest(one for one in found if not cancels(lost, one.action))
            if reached and not limits_resources(statement, [one.action for one in reached]):
                place = values(statement.resource)[resources.index(found[reached[0]][0])]
                types = types_reached(reached[0].action, resources)[:NAMED]
                yield Problem(
                    place.span,
                    f"Lets {described(reached)} act on every {' and every '.join(types)} there is; "
                    "name those that are meant.",
                    about=list(dict.fromkeys(found[one][1].span for one in reached)),
                )


def every_region_or_account(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        wide = [(text, stars) for text in values(statement.resource) if (stars := _stars(text))]
        if not wide or not statement.complete:
            continue
        # What has an effect on what is named: listing and reading what things are matters to nobody.
        actions = [
            one for text in values(statement.action) if text.value is not None for one in worth_naming(text.value)
        ]
        for text, stars in wide:
            if not any(may_act_on((one.action,), (text.value or "",)) for one in actions):
                continue
            others = len(wide) - 1
            also = (
                f", and so {'does one more' if others == 1 else f'do {others} more'} of this statement"
                if others
                else ""
            )
            yield Problem(
                text.span,
                f"Reaches what has this name in {' and '.join(f'every {one}' for one in stars)}{also}; "
                f"write the {' and the '.join(stars)} that {'is' if len(stars) == 1 else 'are'} meant.",
            )
            break


def _stars(text: Text) -> list[str]:
    """Which of region and account an ARN leaves open by a star, where it names something: of all that there is other
    rules speak."""
    fields = (text.value or "").split(":", 5)
    # IAM is the same in all regions, and nobody reaches it in another account.
    if len(fields) < 6 or fields[2] in ("iam", "sts") or "${" in fields[5]:
        return []
    name = _NAME.split(fields[5], maxsplit=1)[-1]
    if not name.strip("*") or name.count("*") > 1:
        return []
    return [name for name, field in (("region", fields[3]), ("account", fields[4])) if field == "*"]


def every_bucket_object(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if not statement.complete:
            continue
        for text in values(statement.resource):
            # A bucket that is only referred to is made beside the policy, for the job.
            fields = (text.value or "").split(":", 5)
            bucket, slash, objects = fields[-1].partition("/")
            if fields[2:3] != ["s3"] or not slash or objects.strip("*") or "*" in bucket or "?" in bucket:
                continue
            found = [
                one
                for entry in values(statement.action)
                if entry.value is not None
                for one in ranked(entry.value)
                if str(one.action) in _OF_OBJECTS
            ]
            if found and not limits_resources(statement, [one.action for one in found]):
                names = listed(sorted({str(one.action) for one in found}))
                yield Problem(
                    text.span,
                    f"Lets {names} act on every object of the bucket; a prefix or a suffix keeps a job to its part.",
                )


def _types(actions: Sequence[Action]) -> str:
    names: list[str] = []
    for action in actions:
        for one in action.required_types or action.resource_types:
            if one.name not in names:
                names.append(one.name)
                if len(names) > NAMED:
                    return ", ".join(names[:NAMED]) + ", ..."
    return ", ".join(names)
