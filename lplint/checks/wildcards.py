"""What a statement grants by a star, or by naming what it leaves out."""

from __future__ import annotations

import re
from functools import lru_cache

from lplint.access.actions import actions_matching
from lplint.access.patterns import contains, widest
from lplint.access.reach import is_every_arn, reaches_all, types_reached
from lplint.access.resources import may_act_on
from lplint.aws import catalog
from lplint.checks.grants import (
    NAMED,
    TOLD_ELSEWHERE,
    acting_on,
    by_entry,
    cancels,
    denied,
    described,
    every_resource,
    is_administrator,
    is_everything,
    is_service,
    limits_resources,
    listed,
    makes_administrator,
    named,
    patterns_of,
    ranked,
    riskiest,
    values,
    worth_naming,
)
from lplint.checks.high_risk import harms
from lplint.model.finding import Mend, Problem, Related, Spell
from lplint.model.policy import PolicyKind
from lplint.risk.current import remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lplint.aws.catalog import Action, Service
    from lplint.model.policy import Element, Policy, Statement
    from lplint.model.text import Text
    from lplint.risk.table import Rating

# From this risk on an action should be named: AWS's own documentation writes kms:ReEncrypt* and s3:*Object.
_SURPRISING = 7
# What accepts a resource for a part of what it does only. Metrics that are in no dataset want "*".
_ONLY_IN_PART = frozenset(("cloudwatch:PutMetricData",))
_NOT_TO_NARROW = TOLD_ELSEWHERE | _ONLY_IN_PART
# What replaces or deletes the work of other jobs on the bucket; reading all of it is normal.
# Up to this risk what a service reads may be had together.
_HARMLESS = 4
_HARMS = 4  # how many kinds of harm a finding tells
_OF_OBJECTS = frozenset(("s3:PutObject", "s3:DeleteObject"))
# What stands between the type and the name in the last part of an ARN.
_NAME = re.compile("[/:]")
# Actions that change who may do what. Whoever has one of them on everything can give themselves the rest.
_ADMINISTRATOR = ("iam:attachrolepolicy", "iam:attachuserpolicy", "iam:putrolepolicy", "iam:putuserpolicy")


def wildcard_action(policy: Policy) -> Iterator[Problem]:
    # The policy of a VPC endpoint grants nothing by itself: what goes through it needs rights elsewhere, and the star
    # is what AWS writes there by default.
    if policy.service == "vpce":
        return
    for statement in policy.allow_statements():
        for text in values(statement.action):
            if is_everything(text):
                yield Problem(text.span, f"{_subject(policy)} every action of every service.")


def full_admin(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        action = next((text for text in values(statement.action) if is_everything(text)), None)
        resource = every_resource(statement.resource)
        if action is not None and resource is not None and statement.unconditional():
            yield Problem(
                resource.span,
                "Allows everything on everything: whoever has this policy is an administrator of the account.",
                [Related(action.span, "every action")],
            )


def almost_admin(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if not statement.unconditional() or any(policy_statement.denies() for policy_statement in policy.statements):
            continue
        action, resource = statement.not_action, statement.resource
        if action is not None and action.complete:
            star = every_resource(resource)
            left = [widest(text) for text in action.values]
            if star is not None and not any(contains(one.lower(), name) for one in left for name in _ADMINISTRATOR):
                yield Problem(
                    star.span,
                    "Allows nearly everything on everything, iam:AttachRolePolicy and iam:PutRolePolicy among it: "
                    "whoever has this policy can make themselves an administrator of the account.",
                    [Related(action.key.span, "every action but those listed here")],
                    about=[action.key.span],
                )
        elif statement.not_resource is not None:
            everything = next((text for text in values(statement.action) if is_everything(text)), None)
            # An Allow can leave out roles and users; what is left are the others.
            if everything is not None and not any(
                contains(widest(text), "arn:aws:iam::000000000000:*") for text in values(statement.not_resource)
            ):
                yield Problem(
                    statement.not_resource.key.span,
                    "Allows everything on everything but the resources listed here: whoever has this policy can make "
                    "themselves an administrator of the account.",
                    [Related(everything.span, "every action")],
                )


def full_iam(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        for text in values(statement.action):
            if not is_administrator(text) or is_everything(text):
                continue
            resources = patterns_of(statement.resource) if statement.resource is not None else ("*",)
            if any(is_every_arn(one) for one in resources) or not statement.complete:
                told = "gives themselves, and others, every other right"
            elif may_act_on(actions_matching("iam:Put*Policy"), resources):
                told = "gives the users and roles named here every other right"
            else:
                continue  # on what no user and no role is called
            yield Problem(text.span, f"Allows every action of IAM: whoever has them {told}.")


def wildcard_service(policy: Policy) -> Iterator[Problem]:
    for text, service in _whole_services(policy):
        if _is_worth_naming(service) and not _harms(policy, text):
            yield Problem(text.span, f"Allows all {_census(service)}, and every one that AWS adds.")


def unlimited_service(policy: Policy) -> Iterator[Problem]:
    for text, service in _whole_services(policy):
        found = _harms(policy, text) if _is_worth_naming(service) else {}
        if not found:
            continue
        told = [f"{harm} ({one.action}, risk {one.risk})" for harm, one in list(found.items())[:_HARMS]]
        more = len(found) - len(told)
        if more:
            told.append(f"do {more} more kind{'s' * (more > 1)} of harm")
        yield Problem(
            text.span,
            f"Allows all {len(ranked(f'{service.prefix}:*'))} actions of {service.title}, and every one that AWS adds, "
            f"and nothing limits where: its holder can {listed(told)}.",
        )


def _harms(policy: Policy, text: Text) -> Mapping[str, Rating]:
    """What harm the wildcard of a service does where nothing limits it. The policy of a resource limits it to that."""
    return harms(policy, text) if policy.kind is PolicyKind.IDENTITY else {}


def harmless_wildcard_service(policy: Policy) -> Iterator[Problem]:
    for text, service in _whole_services(policy):
        if not _is_worth_naming(service):
            yield Problem(text.span, f"Allows all {_census(service)}, and every one that AWS adds; harmless today.")


def _whole_services(policy: Policy) -> Iterator[tuple[Text, Service]]:
    """The entries that allow every action of a service, and which."""
    for statement in policy.allow_statements() if policy.service != "vpce" else ():
        for text in values(statement.action):
            prefix, _, rest = (text.value or "").partition(":")
            service = catalog.service(prefix.lower()) if rest and not rest.strip("*") else None
            if service is not None and not is_administrator(text) and not _is_for_account(statement):
                yield text, service


@remembered
def _is_worth_naming(service: Service) -> bool:
    """Whether some action of a service is dangerous, or changes what somebody may miss."""
    from lplint.risk.table import is_harmless

    return not is_harmless(service.prefix) and any(
        one.risk > _HARMLESS or not one.action.access_levels <= {"List", "Read"}
        for one in ranked(f"{service.prefix}:*")
    )


def _is_for_account(statement: Statement) -> bool:
    """Whether a resource's policy lets in whole accounts only, whose own policies say who may do what: AWS's default
    policy of a KMS key is such a one."""
    if statement.principal is None:
        return False
    principals = statement.principal.values
    return bool(principals or not statement.principal.complete) and all(
        (one.value.value is not None and (one.value.value.isdecimal() or one.value.value.endswith(":root")))
        or one.value.value is None
        for one in principals
    )


def wildcard_verb(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        resources: tuple[str, ...] | None = None
        for text in values(statement.action):
            value = text.value
            if value is None or ("*" not in value and "?" not in value) or is_everything(text) or is_service(text):
                continue
            riskiest_first = worth_naming(value)
            if not riskiest_first or riskiest_first[0].risk < _SURPRISING:
                continue
            if len(ranked(value)) < 2 or not _is_risky(ranked(value)):
                continue
            if resources is None:
                resources = widest_of(statement)
            covered = [one for one in acting_on(value, resources) if not cancels(denied(policy), one.action)]
            # A star that stands for one action is a way to write it.
            if len(covered) > 1 and _is_risky(covered):
                dangerous = [one for one in covered if one.dangerous]
                yield Problem(
                    text.span,
                    f"Covers {len(covered)} actions here, {_number(len(dangerous))} dangerous: "
                    f"{described(dangerous)}; name the actions that are meant.",
                    mend=_named(text, [str(one.action) for one in covered]),
                )


# A longer list is no easier to read than the star.
_MOST_NAMED = 30


def _named(text: Text, actions: Sequence[str]) -> Mend | None:
    """The actions that a pattern covers here, by name, without those that AWS is still to make."""
    if len(actions) > _MOST_NAMED:
        return None
    return Mend(f"Name the {len(actions)} actions that this covers now.", Spell(text, sorted(actions)), safe=False)


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


def allow_not_action(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        element = statement.not_action
        if element is None:
            continue
        remaining = _remaining(element, widest_of(statement))
        if remaining is None:
            yield Problem(
                element.key.span,
                "Allows every action of AWS but those listed, also all that AWS adds later; list the actions to allow.",
            )
        elif remaining:
            yield Problem(
                element.key.span,
                f"Allows every action but those listed, among them {remaining}, and all that AWS adds later; "
                "list the actions to allow.",
            )


def allow_not_resource(policy: Policy) -> Iterator[Problem]:
    for statement in policy.allow_statements():
        if statement.not_resource is None:
            continue
        granted = riskiest(
            one
            for text in values(statement.action)
            if text.value is not None and not is_everything(text)
            for one in ranked(text.value)
        )
        if granted and not statement.not_action and not any(one.risk > 2 for one in granted) and _all_known(statement):
            continue  # listing and describing on everything is free on purpose
        what = described(granted) if granted else "this"
        yield Problem(
            statement.not_resource.key.span,
            f"Allows {what} on every resource but those listed, also all that are created later; "
            "list the resources to allow.",
        )


def _all_known(statement: Statement) -> bool:
    return statement.action is not None and all(
        text.value is not None and not is_everything(text) for text in statement.action.values
    )


def _remaining(element: Element, resources: tuple[str, ...]) -> str | None:
    """The riskiest actions that a NotAction element leaves, on some resources; "" if none of them is dangerous, None if
    nothing is known of them."""
    from lplint.risk.table import dangerous_names

    if not element.complete:
        return None
    lost = [widest(text).lower() for text in element.values]
    services = {one.split(":", 3)[2] if one.startswith("arn:") and one.count(":") > 4 else "*" for one in resources}
    if any("*" in one or "?" in one for one in services):
        services = set()
    names = [
        f"{name} (risk {risk})"
        for name, risk in dangerous_names()
        if (not services or name.partition(":")[0] in services) and not any(contains(one, name.lower()) for one in lost)
    ]
    return listed(names[:NAMED]) if names else ""


def _subject(policy: Policy) -> str:
    return "Allows" if policy.service == "" else f"Allows on this {policy.service} resource"


def widest_of(statement: Statement) -> tuple[str, ...]:
    """What a statement may be about; everything where the text does not tell."""
    resource = statement.resource
    if resource is None or not resource.complete or not resource.values:
        return ("*",)
    return tuple(widest(text) for text in resource.values)


def _is_risky(ratings: Sequence[Rating]) -> bool:
    """Whether some of the actions are more than just dangerous, and some change something; reading is free, or told by
    what it reads."""
    return any(one.risk >= _SURPRISING for one in ratings) and any(
        not one.action.access_levels <= {"List", "Read"} for one in ratings
    )


@remembered
def _census(service: Service) -> str:
    """How many actions a service has, and the riskiest three."""
    ratings = ranked(f"{service.prefix}:*")
    return f"{len(ratings)} actions of {service.title}, among them {listed([named(one) for one in ratings[:NAMED]])}"


def _number(count: int) -> str:
    return f"{count} of them" if count > 1 else "one of them"


def _types(actions: Sequence[Action]) -> str:
    names: list[str] = []
    for action in actions:
        for one in action.required_types or action.resource_types:
            if one.name not in names:
                names.append(one.name)
                if len(names) > NAMED:
                    return ", ".join(names[:NAMED]) + ", ..."
    return ", ".join(names)
