"""Whether the operator of a condition goes with its key: types, sets of values, wildcards, and the actions that
carry it."""

from __future__ import annotations

from functools import cache

from lplint.access.actions import actions_matching, covers_action
from lplint.access.compared import compared
from lplint.access.keys import carries, is_among, is_global, key_type
from lplint.access.patterns import widest
from lplint.access.reach import is_every_arn
from lplint.aws import catalog, conditions
from lplint.model.finding import Mend, Problem, Related, Replace
from lplint.model.node import Map
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.access.keys import KeyType
    from lplint.aws.catalog import Action
    from lplint.aws.conditions import Operator
    from lplint.model.policy import Condition, Element, Policy, Statement
    from lplint.model.text import Text

_FAMILY = {
    "String": "String",
    "ARN": "Arn",
    "Bool": "Bool",
    "Numeric": "Numeric",
    "Date": "Date",
    "IPAddress": "IpAddress",
}
_SHOWN = {"IpAddress": "IpAddress", "Bool": "Bool", "String": "StringEquals or StringLike", "Arn": "ArnLike"}
# A date may be compared as a number of seconds too.
# Source: AWS IAM User Guide, "AWS global condition context keys", aws:EpochTime.
_DATE_OR_NUMBER = frozenset(("aws:epochtime", "aws:tokenissuetime"))


def _typed(policy: Policy) -> Iterator[tuple[Statement, Condition, Operator, KeyType]]:
    """The conditions of which operator and type of key are known."""
    for statement, condition, operator, key in compared(policy):
        type_ = key_type(key) if key else None
        if type_ is not None:
            yield statement, condition, operator, type_


def type_mismatch(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, type_ in _typed(policy):
        family, right = operator.family, _FAMILY.get(type_.base, "")
        key = (condition.key.value or "").lower()
        if family in ("Null", "Binary", right) or not right:
            continue
        if "." in key.partition(":")[0]:
            continue  # what an identity provider's token holds is for the provider to say
        # An ARN may be compared as the string it is; and a string that holds an ARN, as a tag's value may, as an ARN.
        if (right, family) in (("Arn", "String"), ("String", "Arn")) and not (right == "String" and key in _NO_ARNS):
            continue
        if key in _DATE_OR_NUMBER and family == "Numeric":
            continue
        yield Problem(
            condition.operator.span,
            f"{condition.key.display} is of type {type_.base}, which {operator.name} does not compare; "
            f"use {_SHOWN.get(right, right + 'Equals')}.",
            [Related(condition.key.span, "the key")],
            _as(condition, operator, right),
        )


def arn_operator_on_string(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, type_ in _typed(policy):
        key = (condition.key.value or "").lower()
        # Of keys that never hold an ARN another rule speaks.
        if operator.family != "Arn" or type_.base != "String" or key in _NO_ARNS or "." in key.partition(":")[0]:
            continue
        yield Problem(
            condition.operator.span,
            f"{condition.key.display} is of type String, and {operator.name} matches it only while its value is an "
            f"ARN; write StringEquals or StringLike, unless it always is.",
            [Related(condition.key.span, "the key")],
        )


def _as(condition: Condition, operator: Operator, right: str) -> Mend | None:
    """The operator of another type in place of one that compares for equality; requests then match that did not."""
    name = {
        ("IpAddress", False): "IpAddress",
        ("IpAddress", True): "NotIpAddress",
        ("Bool", False): "Bool",
        ("Arn", False): "ArnLike",
        ("Arn", True): "ArnNotLike",
        ("Numeric", False): "NumericEquals",
        ("Numeric", True): "NumericNotEquals",
        ("Date", False): "DateEquals",
        ("Date", True): "DateNotEquals",
    }.get((right, operator.negated))
    if name is None or "Than" in operator.name:
        return None
    return Mend(f"Write {name}.", rename(condition, operator.name, name), safe=False)


def rename(condition: Condition, old: str, new: str) -> Replace:
    """Another operator in place of one, with what stands before and behind it kept."""
    start = condition.operator.display.lower().find(old.lower())
    return Replace(condition.operator, new, start, start + len(old))


# Keys of type String that never hold an ARN.
_NO_ARNS = frozenset(
    (
        *(
            "aws:principalaccount",
            "aws:principalorgid",
            "aws:resourceaccount",
            "aws:resourceorgid",
            "aws:sourceaccount",
        ),
        *("aws:requestedregion", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "aws:username"),
    )
)


def missing_set_operator(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, type_ in _typed(policy):
        if not type_.many or operator.set_operator or operator.name == "Null":
            continue
        yield Problem(
            condition.operator.span,
            f"A request may carry several {condition.key.display}; say whether all must match or one, with "
            f"ForAllValues:{condition.operator.display} or ForAnyValue:{condition.operator.display}.",
            [Related(condition.key.span, "the key")],
        )


def set_operator_on_single_value(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if not operator.set_operator or operator.name == "Null":
            continue
        type_ = key_type(key) if key else None
        audience = "." in key.partition(":")[0] and key.endswith(":aud")
        if not audience and (type_ is None or type_.many):
            continue
        if operator.set_operator == "ForAllValues":
            words = (
                ". ForAllValues holds where a request carries no such key, so this lets in requests without it"
                if statement.allows() and not operator.negated
                else ". ForAllValues holds where a request carries no such key, too"
            )
        elif audience:
            words = ""
        else:
            continue
        right = condition.operator.display.partition(":")[2]
        yield Problem(
            condition.operator.span_of(0, len(operator.set_operator)),
            f"{condition.key.display} has one value{words}; write {right}.",
            [Related(condition.key.span, "the key")],
            # Of one value ForAnyValue asks the same; ForAllValues also holds where there is none.
            Mend(
                f"Write {right}.",
                Replace(condition.operator, right),
                safe=operator.set_operator == "ForAnyValue" and not operator.negated,
            ),
        )


def for_all_values_without_null(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if operator.set_operator != "ForAllValues" or operator.name == "Null" or not statement.allows():
            continue
        type_ = key_type(key) if key else None
        if type_ is None or not type_.many or not statement.complete:
            continue
        others = [
            (one.key.value or "").lower()
            for one in statement.conditions
            if not one.operator.display.lower().startswith("forallvalues:")
        ]
        if key not in others and "" not in others:
            yield Problem(
                condition.operator.span_of(0, len(operator.set_operator)),
                f"ForAllValues holds where a request carries no {condition.key.display}; if there must be one, add "
                f'"Null": {{"{condition.key.display}": "false"}}.',
                [Related(condition.key.span, "the key")],
            )


# Headers of which a star is a value like others.
# Source: RFC 9110, 13.1.1 and 13.1.2.
_STAR_IS_A_VALUE = frozenset(("s3:if-match", "s3:if-none-match"))


def wildcard_without_like(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, key in compared(policy):
        if operator.family != "String" or "Like" in operator.name or key in _STAR_IS_A_VALUE:
            continue
        for text in condition.values:
            star = _star(text)
            if star is not None:
                like = "StringNotLike" if operator.negated else "StringLike"
                yield Problem(
                    text.span_of(star, star + 1),
                    f"{operator.name} takes {text.display[star]} for itself, so this equals no value but that text; "
                    f"use {like}.",
                    [Related(condition.operator.span, "the operator")],
                    Mend(f"Write {like}.", rename(condition, operator.name, like), safe=False)
                    if operator.name in ("StringEquals", "StringNotEquals")
                    else None,
                )


def _star(text: Text) -> int | None:
    """Where a star stands in what is known of a text, outside of its variables."""
    if "*" not in text.display:
        return None
    at = 0
    for part in text.parts:
        if isinstance(part, str):
            inside = False
            for offset, char in enumerate(part):
                if part.startswith("${", offset):
                    inside = True
                elif char == "}":
                    inside = False
                elif char == "*" and not inside:
                    return at + offset
            at += len(part)
        else:
            at += len(part.source)
    return None


def string_like_on_arn(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, type_ in _typed(policy):
        if type_.base != "ARN" or operator.name not in ("StringLike", "StringNotLike"):
            continue
        if any(text.value is None or "*" in text.value or "?" in text.value for text in condition.values):
            right = operator.name.replace("String", "Arn")
            yield Problem(
                condition.operator.span,
                f"{operator.name} lets a star reach over the colons of an ARN into other accounts and services; use "
                f"{right}, which compares part by part.",
                [Related(condition.key.span, "the key")],
                Mend(f"Write {right}.", rename(condition, operator.name, right), safe=False),
            )


def duplicate_condition_key(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if not isinstance(statement.condition, Map):
            continue
        for _, keys in statement.condition.entries:
            if not isinstance(keys, Map):
                continue
            first: dict[str, Text] = {}
            for key, _ in keys.entries:
                if key.value is None:
                    continue
                earlier = first.setdefault(key.value.lower(), key)
                if earlier is not key and earlier.value != key.value:
                    yield Problem(
                        key.span,
                        f"Condition keys are the same in any case, so {key.value} comes twice here and AWS rejects it; "
                        "merge the two.",
                        [Related(earlier.span, "the first one")],
                    )


def deprecated_key(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for condition in statement.conditions:
            if (condition.key.value or "").lower() == "aws:arn":
                yield Problem(
                    condition.key.span,
                    f"{condition.key.display} is no longer supported; compare aws:PrincipalArn.",
                    mend=Mend("Write aws:PrincipalArn.", Replace(condition.key, "aws:PrincipalArn")),
                )


def missing_tag_name(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for condition in statement.conditions:
            key = condition.key.value
            if key is not None and key.lower().removesuffix("/") in conditions.TAG_KEYS:
                yield Problem(
                    condition.key.span,
                    f"{key} names no tag, so this compares nothing; write {key.removesuffix('/')}/team.",
                )


# -- which actions carry a key

# Actions that make something, or change its tags, may take tags although AWS's reference does not say so.
_MAY_TAG = (
    *("Accept", "Allocate", "Associate", "Batch", "Build", "Clone", "Copy", "Create", "Define", "Deploy", "Import"),
    *("Initiate", "Issue", "Launch", "Modify", "Provision", "Publish", "Purchase", "Put", "Register", "Request"),
    *("Restore", "Run", "Send", "Start", "Submit", "Tag", "Untag", "Update", "Upload"),
)


def key_never_sent(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        action = statement.action
        if action is None or not action.complete or not key or not _is_of_actions(key):
            continue
        lacking = [text for text in action.values if text.value is not None and _lacks(text.value, key)]
        # IfExists, and the operators that hold without the key, are how one limits the actions that carry it.
        every = len(lacking) == len(action.values)
        if lacking and (every or not (operator.negated or operator.if_exists)):
            yield _never_sent(statement, condition, operator, lacking)


def _never_sent(statement: Statement, condition: Condition, operator: Operator, lacking: Sequence[Text]) -> Problem:
    names = ", ".join(text.display for text in lacking[:2]) + (
        f" and {len(lacking) - 2} more" if len(lacking) > 2 else ""
    )
    if operator.name == "Null":
        what = "so this is decided before the request is made"
    elif operator.without_key:
        what = "so this limits nothing"
    else:
        what = f"so this never {'allows' if statement.allows() else 'denies'} {'it' if len(lacking) == 1 else 'them'}"
    return Problem(
        condition.key.span,
        f"Requests for {names} carry no {condition.key.display}, {what}; move what carries the key to a statement of "
        "its own, or compare another key.",
        [Related(text.span, "carries no such key") for text in lacking[:3]],
    )


@cache
def _is_of_actions(key: str) -> bool:
    """Whether a key is one that some actions carry and others do not, by what AWS documents of each."""
    lowered = key.lower()
    if lowered.startswith("aws:requesttag/") or lowered == "aws:tagkeys":
        return True
    prefix = lowered.partition(":")[0]
    if is_global(key) or prefix not in catalog.service_titles():
        return False
    service = catalog.service(prefix)
    return service is not None and not service.shared and is_among(key, service.condition_key_names())


@cache
def _lacks(pattern: str, key: str) -> bool:
    """Whether no request for an action that a pattern covers carries a key."""
    prefix, _, _ = pattern.partition(":")
    if "*" in prefix or "?" in prefix:
        return False
    actions = actions_matching(pattern)
    if not actions:
        return False
    # A wildcard covers actions that AWS is still to make, which may take tags.
    tags = key.startswith("aws:")
    if tags and len(actions) > 1:
        return False
    service = catalog.service(actions[0].service)
    if service is None or service.shared:
        return False
    return not any(carries(str(action), key) or (tags and not _takes_no_tags(action)) for action in actions)


def _takes_no_tags(action: Action) -> bool:
    return "Tagging" not in action.access_levels and not action.name.startswith(_MAY_TAG) and "Tag" not in action.name


def tags_of_service_without(policy: Policy) -> Iterator[Problem]:
    if policy.kind is PolicyKind.TRUST:
        return
    for statement, condition, operator, key in compared(policy):
        if not key.startswith("aws:resourcetag/") or operator.negated or operator.if_exists:
            continue
        if operator.name == "Null" or operator.set_operator == "ForAllValues":
            continue
        what = "allows" if statement.allows() else "denies"
        action, left_out = statement.action, statement.not_action
        if left_out is not None and action is None:
            left = _left_without_tags(statement, left_out)
            if left is not None:
                yield Problem(
                    condition.key.span,
                    f"{left} is not among what is left out here, and its resources have no tags that a request "
                    f"carries, so this never {what} it, nor the actions of other such services; list in Action what "
                    "can be tagged.",
                    [Related(left_out.key.span, "every action but these")],
                )
        lacking = [text for text in action.values if _service_without_tags(text)] if action and action.complete else []
        if lacking:
            names = ", ".join(dict.fromkeys(text.display.partition(":")[0] for text in lacking))
            yield Problem(
                condition.key.span,
                f"The resources of {names} have no tags that a request carries, so this never {what} "
                f"{lacking[0].display}{' and others' if len(lacking) > 1 else ''}; move it to a statement of its own.",
                [Related(text.span, "an action on resources without tags") for text in lacking[:3]],
            )
        apart = [text for text in action.values if _acts_on_nothing(text)] if action and action.complete else []
        if apart:
            one = len(apart) == 1
            yield Problem(
                condition.key.span,
                f"By AWS's reference {apart[0].display}{'' if one else f' and {len(apart) - 1} more'} "
                f"{'acts' if one else 'act'} on no resource that has tags, so this never {what} "
                f"{'it; move it' if one else 'them; move them'} to a statement of {'its' if one else 'their'} own.",
                [Related(text.span, "an action on no resource with tags") for text in apart[:3]],
            )


# Actions of services whose resources have no tags, the commonest first.
_WITHOUT_TAGS = (
    *("health:DescribeEvents", "pricing:GetProducts", "tag:GetResources", "support:DescribeCases"),
    "account:GetContactInformation",
)


def _left_without_tags(statement: Statement, left_out: Element) -> str | None:
    """An action of a service without tags that a statement on every resource does not leave out; None if there is none
    for certain."""
    resources = statement.resource.values if statement.resource is not None else ()
    if not left_out.complete or not any(text.value is not None and is_every_arn(text.value) for text in resources):
        return None
    patterns = [widest(text).lower() for text in left_out.values]
    return next(
        (
            name
            for name in _WITHOUT_TAGS
            if _is_without_tags(name) and not any(covers_action(pattern, name) for pattern in patterns)
        ),
        None,
    )


def _service_without_tags(text: Text) -> bool:
    """Whether the service of an action knows no aws:ResourceTag at all."""
    return text.value is not None and _is_without_tags(text.value)


def _acts_on_nothing(text: Text) -> bool:
    """Whether an entry is one action that accepts no resource and no key, of a service that has tags elsewhere.

    Source: AWS Service Authorization Reference; what IAM Access Analyzer says of AWS's own policies.
    """
    action = catalog.action(text.value) if text.value is not None else None
    if action is None or action.resource_types or action.condition_keys or _knows_no_tags(action.service):
        return False
    service = catalog.service(action.service)
    return service is not None and not service.shared


@cache
def _is_without_tags(pattern: str) -> bool:
    return _knows_no_tags(pattern.partition(":")[0].lower()) and bool(actions_matching(pattern))


@cache
def _knows_no_tags(prefix: str) -> bool:
    service = catalog.service(prefix)
    if service is None or service.shared:
        return False
    return not any(name.startswith("aws:resourcetag/") for name in service.condition_key_names())
