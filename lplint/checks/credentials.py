"""Long-term credentials, and how people who can do much have to prove who they are."""

from __future__ import annotations

import re

from lplint.access.persona import HUMAN, persona_of
from lplint.aws import conditions
from lplint.checks.attached import is_strong
from lplint.checks.grants import every_resource, is_administrator, named, riskiest, values
from lplint.checks.high_risk import unlimited_actions
from lplint.model.finding import Problem, Related
from lplint.model.node import Scalar
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Condition, Identity, Policy
    from lplint.risk.table import Rating

# From this risk on what a person can do wants a second factor, or a session that ends soon.
_GRAVE = 8
# Sessions longer than a morning, in seconds. AWS's default is one hour.
_LONG = 4 * 3600
_ISO = re.compile(r"PT(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6})S)?")
# What a condition can ask of how a person has signed in.
# Source: AWS IAM User Guide, "AWS global condition context keys".
_FACTOR = ("aws:multifactorauthpresent", "aws:multifactorauthage")


def access_key(identity: Identity) -> Iterator[Problem]:
    return _made(
        identity,
        "access-key",
        "Makes a long-term access key, which works from anywhere until somebody deletes it, and stands in the state or "
        "outputs of this unless it is encrypted there; give the program a role.",
    )


def console_password(identity: Identity) -> Iterator[Problem]:
    return _made(
        identity,
        "password",
        "Gives a user a password for the console; let people sign in through IAM Identity Center or another identity "
        "provider, and have sessions that end.",
    )


def _made(identity: Identity, kind: str, message: str) -> Iterator[Problem]:
    return (Problem(one.span, message) for one in identity.credentials if one.kind == kind)


def dangerous_without_factor(identity: Identity) -> Iterator[Problem]:
    """A role that the people of an account can take, and that can do grave things, with nothing asked of how they
    signed in."""
    if identity.kind != "role" or persona_of(identity) != HUMAN:
        return
    for policy in identity.trust:
        for statement in policy.allow_statements():
            # An external id is for another company's program.
            if statement.principal is None or not statement.complete or any(map(_is_tie, statement.conditions)):
                continue
            if statement.condition is not None and not statement.conditions:
                continue
            one = next((one for one in statement.principal.values if _is_account(one.type)), None)
            grave = _gravest(identity) if one is not None else None
            if one is not None and grave is not None:
                yield Problem(
                    one.value.span,
                    f"Lets the people of an account take a role that can {grave[0]}, without a second factor; ask for "
                    "aws:MultiFactorAuthPresent in a condition.",
                    [grave[1]],
                )


def long_dangerous_session(identity: Identity) -> Iterator[Problem]:
    """Sessions of people that last for hours, and can do grave things all the while."""
    session = identity.session
    seconds = _seconds(session)
    if session is None or seconds is None or seconds <= _LONG or persona_of(identity) != HUMAN:
        return
    grave = _gravest(identity)
    if grave is not None:
        yield Problem(
            session.span,
            f"Sessions may last {_hours(seconds)}, and can {grave[0]} all the while; for what is dangerous an hour is "
            "enough.",
            [grave[1]],
        )


def _gravest(identity: Identity) -> tuple[str, Related] | None:
    """The gravest that an identity can do for certain, in words, and where it is granted; None if nothing is grave."""
    for arn in identity.attached:
        if is_strong(arn):
            return "administer the account", Related(arn.span, "by this policy")
    for policy in identity.policies:
        for statement in policy.allow_statements():
            every = every_resource(statement.resource) is not None and statement.unconditional()
            for text in values(statement.action):
                if every and is_administrator(text):
                    return "administer the account", Related(text.span, "by this")
    found = {one: text for policy in identity.policies for one, text in _unlimited(policy)}
    ratings = [one for one in riskiest(found) if one.risk >= _GRAVE]
    if not ratings:
        return None
    return f"call {named(ratings[0])} wherever it acts", Related(found[ratings[0]].span, "granted here")


def _unlimited(policy: Policy) -> Iterator[tuple[Rating, Text]]:
    for granted in unlimited_actions(policy):
        yield from granted.items()


def _is_account(type_: Text | None) -> bool:
    return type_ is not None and type_.value == "AWS"


def _is_tie(condition: Condition) -> bool:
    """Whether a condition may ask for a second factor, or for what only a program of somebody else's knows."""
    key = (condition.key.value or _FACTOR[0]).lower()
    if key == "sts:externalid":
        return True
    operator = conditions.operator(condition.operator.value or "")
    if operator is None:
        return True
    return key in _FACTOR and not operator.if_exists and operator.name != "Null"


def _seconds(session: object) -> int | None:
    """A length in seconds, written as a number or as ISO 8601 has it; None if it is neither, or not known."""
    if isinstance(session, Scalar) and isinstance(session.value, int | float) and not isinstance(session.value, bool):
        return int(session.value)
    written = session.value if isinstance(session, Text) else None
    if written is None:
        return None
    if written.isascii() and written.isdigit() and len(written) < 9:
        return int(written)
    match = _ISO.fullmatch(written)
    if match is None:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:.3g} hours"
