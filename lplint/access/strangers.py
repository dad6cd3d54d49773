"""Whether the conditions of a statement keep out those whom nobody named: strangers, with an account and without.

What a stranger's request carries is not one value but all that a stranger can bring about: any role name of an account
of their own, but no account of ours. So a condition is asked twice, whether a stranger can meet it and whether they can
fail it.

Sources: AWS IAM User Guide, "AWS global condition context keys", availability; Amazon S3 User Guide, "The meaning of
public"; Amazon EFS User Guide, "Blocking public access", for its own keys.
"""

from __future__ import annotations

from functools import lru_cache

from lplint.access.patterns import contains, matches, overlaps, surest, widest
from lplint.aws import conditions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lplint.model.policy import Condition, Policy, Principal, Statement
    from lplint.model.text import Text

# A character that no policy names: an account, organisation or network of a stranger's.
_THEIRS = "\1"
_ABSENT, _ANY = "", "*"
# A range of addresses that is wider holds strangers. Source: Amazon S3 User Guide, "The meaning of public": broader
# than /8 of IPv4, than /32 of IPv6.
_NARROWEST_OPEN = {4: 7, 6: 31}
_PRIVATE = ("10.", "192.168.", "172.16.", "fc", "fd")

# How many pairs of entries are compared, times the statements of the policy. What AWS accepts stays far below it: a
# resource's policy has 20 kB at most. Beyond, nothing is certain.
_MOST_COMPARED = 2_000_000

# What everybody's requests are like, through a network of their own or the internet.
_NETWORK: Mapping[str, str] = {
    "aws:ec2instancesourceprivateipv4": _ANY,
    "aws:ec2instancesourcevpc": f"vpc-{_THEIRS}",
    "aws:sourceip": _ANY,
    "aws:sourcevpc": f"vpc-{_THEIRS}",
    "aws:sourcevpcarn": f"arn:*:ec2:*:{_THEIRS}:*",
    "aws:sourcevpce": f"vpce-{_THEIRS}",
    "aws:vpcsourceip": _ANY,
    "aws:vpceaccount": _THEIRS,
    "aws:vpceorgid": f"o-{_THEIRS}",
    "aws:vpceorgpaths": f"o-{_THEIRS}*",
    "elasticfilesystem:accessedviamounttarget": "false",
    "elasticfilesystem:accesspointarn": f"arn:*:*:*:{_THEIRS}:*",
    "s3:dataaccesspointaccount": _THEIRS,
    "s3:dataaccesspointarn": f"arn:*:s3*:*:{_THEIRS}:*",
    "sns:endpoint": _THEIRS,
}
_NOBODY: Mapping[str, str] = dict.fromkeys(
    (
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:federatedprovider", "aws:principalaccount"),
        *("aws:principalarn", "aws:principalisawsservice", "aws:principalorgid", "aws:principalorgpaths"),
        *("aws:principalservicename", "aws:principalservicenameslist", "aws:sourceidentity", "aws:username"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"),
        *("ec2:sourceinstancearn", "kms:calleraccount", "kms:viaservice", "lambda:eventsourcetoken"),
        *("lambda:sourcefunctionarn", "ssm:sourceinstancearn"),
    ),
    _ABSENT,
)


class Stranger:
    """A kind of caller whom nobody named. `keys` gives what each condition key, in lower case, of their requests can
    be: a pattern; empty for a key that they do not carry; `tags` the same of their tags. `always` are those that every
    request of theirs carries, `own` says that the keys of a service may tell for whom it acts."""

    __slots__ = ("always", "keys", "own", "tags")

    def __init__(self, keys: Mapping[str, str], tags: str, always: Iterable[str], *, own: bool = False) -> None:
        self.keys = keys
        self.tags = tags
        self.always = frozenset(always)
        self.own = own

    def pattern(self, key: str) -> str | None:
        """What a key, in lower case, can be; None if that is not known. What does not say who calls is what the caller
        likes."""
        if key.startswith("aws:principaltag/"):
            return self.tags
        found = self.keys.get(key)
        if found is not None:
            return found
        # The encryption context of CloudTrail, say, names the trail.
        unknown = conditions.names_caller(key) or (self.own and not key.startswith(("aws:", "s3:")))
        return None if unknown else _ANY


# Without an AWS account.
ANYONE = Stranger(
    {
        **_NETWORK,
        **_NOBODY,
        "aws:principaltype": "Anonymous",
        "aws:userid": "anonymous",
        "lambda:functionurlauthtype": "NONE",
    },
    _ABSENT,
    ("lambda:functionurlauthtype",),
)
# Somebody in an account of their own, of an organisation of their own or of none.
OTHER_ACCOUNT = Stranger(
    {
        **_NETWORK,
        **_NOBODY,
        "aws:calledvia": _ANY,
        "aws:calledviafirst": _ANY,
        "aws:calledvialast": _ANY,
        "aws:principalaccount": _THEIRS,
        "aws:principalarn": f"arn:*:*::{_THEIRS}:*",
        "aws:principalisawsservice": "false",
        "aws:principalorgid": f"o-{_THEIRS}",
        "aws:principalorgpaths": f"o-{_THEIRS}*",
        "aws:principaltype": _ANY,
        "aws:sourceidentity": _ANY,
        "aws:userid": f"{_THEIRS}:*",
        "aws:username": _ANY,
        "ec2:sourceinstancearn": f"arn:*:ec2:*:{_THEIRS}:*",
        "kms:calleraccount": _THEIRS,
        "kms:viaservice": _ANY,
        "lambda:sourcefunctionarn": f"arn:*:lambda:*:{_THEIRS}:*",
        "ssm:sourceinstancearn": f"arn:*:*:*:{_THEIRS}:*",
    },
    _ANY,
    (
        *("aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principaltype", "aws:userid"),
        *("kms:calleraccount", "lambda:functionurlauthtype"),
    ),
)
# A service of AWS that acts for somebody in such an account.
SERVICE_FOR_OTHERS = Stranger(
    {
        **dict.fromkeys(_NETWORK, _ABSENT),
        **_NOBODY,
        "aws:principalisawsservice": "true",
        "aws:principalservicename": _ANY,
        "aws:principalservicenameslist": _ANY,
        "aws:sourceaccount": _THEIRS,
        "aws:sourcearn": f"arn:*:*:*:{_THEIRS}:*",
        "aws:sourceorgid": f"o-{_THEIRS}",
        "aws:sourceorgpaths": f"o-{_THEIRS}*",
        "aws:sourceowner": _THEIRS,
        "aws:principaltype": _ABSENT,
        "aws:userid": _ABSENT,
        "lambda:functionurlauthtype": _ABSENT,
    },
    _ABSENT,
    ("aws:principalisawsservice",),
    own=True,
)


def can_meet(statement: Statement, stranger: Stranger) -> bool | None:
    """Whether a stranger can send a request that meets all conditions of a statement; None where that is not known."""
    if not statement.complete or (statement.condition is not None and not statement.conditions):
        return None
    return _all(
        _any(
            _all(_outcomes(one, stranger, there)[0] for one in some) if not there or _agree(some) else False
            for there in _states(key, stranger)
        )
        for key, some in _by_key(statement).items()
    )


def can_escape(statement: Statement, stranger: Stranger) -> bool | None:
    """Whether a stranger can send a request that some condition of a statement does not apply to; None where that is
    not known."""
    if not statement.complete or (statement.condition is not None and not statement.conditions):
        return None
    return _any(
        _outcomes(one, stranger, there)[1]
        for key, some in _by_key(statement).items()
        for there in _states(key, stranger)
        for one in some
    )


def lets_in(policy: Policy, statement: Statement, strangers: Iterable[Stranger]) -> Stranger | None:
    """The first of some kinds of strangers that a statement for everybody certainly lets in, all Denies of the policy
    considered; None if there is none."""
    for stranger in strangers:
        if can_meet(statement, stranger) and not _is_denied(policy, statement, stranger):
            return stranger
    return None


def is_everyone(principal: Principal) -> bool:
    """Whether an element certainly names everybody."""
    return any(one.value.value == "*" and (one.type is None or one.type.value == "AWS") for one in principal.values)


def _is_denied(policy: Policy, allow: Statement, stranger: Stranger) -> bool:
    """Whether Denies may keep a stranger from all that a statement allows."""
    taking = _taking(policy, stranger)
    if not taking:
        return False
    if allow.action is None or (allow.resource is None and allow.not_resource is not None):
        return True  # all but some, less something: nobody knows what is left
    resources: Sequence[Text | None] = allow.resource.values if allow.resource is not None else (None,)
    if len(policy.statements) * len(taking) * len(allow.action.values) * len(resources) > _MOST_COMPARED:
        return True
    return all(
        any(_covers_action(deny, action) and _covers_resource(deny, resource) for deny in taking)
        for action in allow.action.values
        for resource in resources
    )


@lru_cache(maxsize=8)
def _taking(policy: Policy, stranger: Stranger) -> tuple[Statement, ...]:
    """The Denies that a stranger may be unable to escape. Whom NotPrincipal leaves out is named, so no stranger."""
    return tuple(
        deny
        for deny in policy.statements
        if not deny.allows()
        and (deny.principal is None or is_everyone(deny.principal))
        and can_escape(deny, stranger) is not True
    )


def _covers_action(deny: Statement, action: Text) -> bool:
    """Whether a Deny may be about all that an entry of an Action element covers."""
    mine = surest(action).lower()
    if deny.action is not None:
        return not deny.action.complete or any(contains(widest(one).lower(), mine) for one in deny.action.values)
    if deny.not_action is not None:
        return not any(overlaps(surest(one).lower(), mine) for one in deny.not_action.values)
    return not deny.complete


def _covers_resource(deny: Statement, resource: Text | None) -> bool:
    """The same of a Resource; None for the resource whose policy it is."""
    if resource is None:
        return True
    mine = surest(resource)
    if deny.resource is not None:
        return not deny.resource.complete or any(contains(widest(one), mine) for one in deny.resource.values)
    if deny.not_resource is not None:
        return not any(overlaps(surest(one), mine) for one in deny.not_resource.values)
    return True


def _by_key(statement: Statement) -> dict[str, list[Condition]]:
    found: dict[str, list[Condition]] = {}
    for condition in statement.conditions:
        found.setdefault((condition.key.value or "").lower(), []).append(condition)
    return found


def _states(key: str, stranger: Stranger) -> Iterator[bool]:
    """Whether a key may be there in a stranger's request, and whether it may not."""
    if stranger.pattern(key) != _ABSENT:
        yield True
    if key not in stranger.always:
        yield False


def _outcomes(condition: Condition, stranger: Stranger, there: bool) -> tuple[bool | None, bool | None]:
    """Whether a condition can hold for a stranger whose request carries its key, or does not, and whether it can
    fail."""
    key, written = condition.key.value, condition.operator.value
    operator = conditions.operator(written) if written is not None else None
    if key is None or operator is None or not condition.values:
        return None, None
    if operator.name == "Null":
        asked = (condition.values[0].value or "").lower()
        if asked not in ("true", "false"):
            return None, None
        held = (asked == "false") is there
        return held, not held
    if not there:
        # A key of an identity provider, say, that is not known: whoever does not carry it is let in or kept out.
        return operator.without_key, not operator.without_key
    pattern = stranger.pattern(key.lower())
    if pattern is None:
        return None, None
    if operator.family == "IpAddress" or key.lower() == "aws:sourceip":
        hit, miss = _addresses(condition)
    elif operator.family in ("String", "Arn", "Bool"):
        hit, miss = _strings(condition, operator.name, pattern)
    else:
        hit = miss = True  # dates and numbers are as the caller likes, or come of themselves
    return (miss, hit) if operator.negated else (hit, miss)


def _agree(some: Sequence[Condition]) -> bool:
    """Whether conditions on one key may hold of one value: what one asks for, no other excludes."""
    if len(some) < 2:
        return True
    asked: list[list[tuple[str, bool]]] = []
    excluded: list[tuple[str, bool]] = []
    for condition in some:
        operator = conditions.operator(condition.operator.value or "")
        if operator is None or operator.family not in ("String", "Arn") or not condition.complete:
            continue
        like = "Like" in operator.name or operator.family == "Arn"
        values = [(surest(text), like) for text in condition.values]
        if operator.negated:
            excluded += values
        elif all(text.known for text in condition.values):
            asked.append(values)
    left = [[one for one in values if not any(_includes(other, one) for other in excluded)] for values in asked]
    return all(
        any(_meet(one, other) for one in left[first] for other in left[second])
        for first in range(len(left))
        for second in range(first, len(left))
    )


def _includes(wide: tuple[str, bool], narrow: tuple[str, bool]) -> bool:
    if not narrow[1]:
        return matches(wide[0], narrow[0]) if wide[1] else wide == narrow
    return contains(wide[0], narrow[0]) if wide[1] else wide[0] == narrow[0] and "*" not in narrow[0]


def _meet(one: tuple[str, bool], other: tuple[str, bool]) -> bool:
    if one[1] and other[1]:
        return overlaps(one[0], other[0])
    return matches(one[0], other[0]) if one[1] else matches(other[0], one[0]) if other[1] else one[0] == other[0]


def _strings(condition: Condition, operator: str, pattern: str) -> tuple[bool | None, bool | None]:
    """Whether something that a pattern matches is among the values of a condition, and whether something is not."""
    like = "Like" in operator or "Arn" in operator
    fold = "IgnoreCase" in operator or operator == "Bool"
    values = [surest(text) for text in condition.values]
    if "Arn" in operator:
        values = [value for value in values if value == "*" or value.count(":") >= 5]  # AWS matches no part of an ARN
    hit = any(_meets(value, pattern, like, fold) for value in values)
    whole = any(_spans(value, pattern, like, fold) for value in values)
    if condition.complete and all(text.known for text in condition.values):
        return hit, not whole
    return hit or None, (None if not whole else False)


def _meets(value: str, pattern: str, like: bool, fold: bool) -> bool:
    if fold:
        value, pattern = value.lower(), pattern.lower()
    if not like:
        return matches(pattern, value)
    mine, theirs = value.split(":", 5), pattern.split(":", 5)
    if len(mine) == len(theirs) == 6:
        # A star stays in its field. A bucket's ARN holds no account, so that one of all buckets is of everybody's.
        mine[4] = mine[4] or mine[5].rstrip("/*")[:1] or "*"
        return all(map(overlaps, mine, theirs))
    return overlaps(value, pattern)


def _spans(value: str, pattern: str, like: bool, fold: bool) -> bool:
    if fold:
        value, pattern = value.lower(), pattern.lower()
    if not like:
        return value == pattern and "*" not in pattern
    mine, theirs = value.split(":", 5), pattern.split(":", 5)
    if len(mine) == len(theirs) == 6:
        return all(map(contains, mine, theirs))
    return contains(value, pattern)


def _addresses(condition: Condition) -> tuple[bool | None, bool | None]:
    """Whether strangers have some of the addresses of a condition, and whether some have none of them."""
    hit = any(text.value is not None and _is_open(text.value) for text in condition.values)
    if hit:
        return True, not any((text.value or "").endswith("/0") for text in condition.values)
    known = condition.complete and all(text.known for text in condition.values)
    return (False, True) if known else (None, None)


def _is_open(value: str) -> bool:
    """Whether a range of addresses is so wide that it says nothing of who has them."""
    if not value.strip("*"):
        return True
    address, slash, length = value.partition("/")
    if not slash or not (length.isascii() and length.isdigit() and len(length) <= 3) or address.startswith(_PRIVATE):
        return False
    return int(length) <= _NARROWEST_OPEN[6 if ":" in address else 4]


def _all(found: Iterable[bool | None]) -> bool | None:
    least: bool | None = True
    for one in found:
        if one is False:
            return False
        if one is None:
            least = None
    return least


def _any(found: Iterable[bool | None]) -> bool | None:
    most: bool | None = False
    for one in found:
        if one:
            return True
        if one is None:
            most = None
    return most
