"""What a statement grants by a star for its actions, or by naming what it leaves out."""

from __future__ import annotations

from lplint.access.actions import actions_matching
from lplint.access.patterns import contains, widest
from lplint.access.reach import is_every_arn
from lplint.access.resources import may_act_on
from lplint.aws import catalog
from lplint.checks.grants import (
    NAMED,
    acting_on,
    cancels,
    denied,
    described,
    every_resource,
    is_administrator,
    is_everything,
    is_service,
    listed,
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

    from lplint.aws.catalog import Service
    from lplint.model.policy import Element, Policy, Statement
    from lplint.model.text import Text
    from lplint.risk.table import Rating

# From this risk on an action should be named: AWS's own documentation writes kms:ReEncrypt* and s3:*Object.
_SURPRISING = 7
# Up to this risk what a service reads may be had together.
_HARMLESS = 4
_HARMS = 4  # how many kinds of harm a finding tells
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
