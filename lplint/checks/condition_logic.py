"""Conditions that always or never hold, that say nothing, or that hold for more than they seem to."""

from __future__ import annotations

from lplint.access.compared import compared
from lplint.access.reach import is_any_role
from lplint.access.variables import variables
from lplint.model.finding import Mend, Problem, Related, Remove, Replace
from lplint.model.node import Map, Seq
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.aws.conditions import Operator
    from lplint.model.node import Node
    from lplint.model.policy import Condition, Policy, Statement
    from lplint.model.text import Text


def null_with_set_operator(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, _ in compared(policy):
        if operator.name == "Null" and operator.set_operator:
            yield Problem(
                condition.operator.span_of(0, len(operator.set_operator)),
                f"{operator.set_operator} makes of Null something that is the same for every request; "
                f"write Null alone.",
                mend=Mend("Write Null.", Replace(condition.operator, "Null")),
            )


def better_said_with_null(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        star = _anything(condition)
        if star is None or operator.if_exists or operator.set_operator or not _takes_patterns(operator):
            continue
        if key in SENSITIVE_KEYS and not operator.negated:
            continue  # of which too-wide-condition-value speaks
        value = "true" if operator.negated else "false"
        what = "is absent" if operator.negated else "is present"
        yield Problem(
            star.span,
            f"This only asks whether {condition.key.display} {what}; say so with "
            f'"Null": {{"{condition.key.display}": "{value}"}}.',
            mend=Mend(
                f'Write "Null": {{"{condition.key.display}": "{value}"}}.',
                Replace(condition.operator, "Null"),
                Replace(star, value),
            )
            if len(condition.values) == 1 and condition.complete and _alone(statement, condition)
            else None,
        )


# Nobody writes more in one statement, and each is looked at for each.
_MOST_CONDITIONS = 100


def _alone(statement: Statement, condition: Condition) -> bool:
    """Whether the operator of a condition has this key only, and no other may be Null."""
    return len(statement.conditions) <= _MOST_CONDITIONS and all(
        one is condition
        or (one.operator is not condition.operator and one.operator.known and one.operator.value != "Null")
        for one in statement.conditions
    )


def condition_always_holds(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if operator.negated or operator.name == "Null":
            continue
        for text in condition.values:
            if key and operator.family in ("String", "Arn") and (text.value or "").lower() == f"${{{key}}}":
                yield Problem(
                    text.span,
                    f"{condition.key.display} always equals itself, so this only asks whether it is there; compare it "
                    "with what it should be.",
                )
        star = _anything(condition)
        if star is None or not _takes_patterns(operator):
            continue
        if operator.if_exists or operator.set_operator == "ForAllValues":
            yield Problem(
                star.span,
                f"{condition.operator.display} with * always holds, so this limits nothing; remove it.",
                mend=_without(statement, condition) if len(statement.conditions) <= _MOST_CONDITIONS else None,
            )


def _without(statement: Statement, condition: Condition) -> Mend:
    """One condition less, and nothing of the Condition element that would be empty then."""
    node = statement.condition
    gone: Node = condition.node
    if isinstance(node, Map):
        keys = next((one for operator, one in node.entries if operator.span == condition.operator.span), None)
        if isinstance(keys, Map) and len(keys.entries) == 1:
            gone = keys if len(node.entries) > 1 else node
    return Mend(f"Remove the condition on {condition.key.display}.", Remove(gone, keyed=True))


def condition_never_holds(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, _ in compared(policy):
        star = _anything(condition)
        if (
            star is not None
            and operator.negated
            and operator.set_operator == "ForAnyValue"
            and _takes_patterns(operator)
        ):
            yield Problem(
                star.span,
                f"{condition.operator.display} with * never holds, so the statement has no effect; remove "
                f"it or name the "
                "values.",
            )


def _takes_patterns(operator: Operator) -> bool:
    return operator.family == "Arn" or "Like" in operator.name


def _anything(condition: Condition) -> Text | None:
    """The value of a condition that matches any value there is."""
    return next((text for text in condition.values if text.value and not text.value.strip("*")), None)


def empty_condition_values(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, _key in compared(policy):
        node = condition.node
        if not isinstance(node, Seq) or node.items:
            continue
        if operator.set_operator == "ForAllValues" or (operator.if_exists and not operator.negated):
            what = f"holds only where a request carries no {condition.key.display}"
            hint = f'write "Null": {{"{condition.key.display}": "true"}}, or the values'
        elif operator.negated:
            what, hint = "always holds", "remove it, or write the values"
        else:
            what, hint = "never holds, so the statement has no effect", "write the values, or remove the statement"
        yield Problem(node.span, f"An empty list of values {what}; {hint}.")


def redundant_numbers(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, _ in compared(policy):
        if operator.family not in ("Numeric", "Date") or "Than" not in operator.name or operator.set_operator:
            continue
        numbered = []
        for text in condition.values:
            try:
                numbered.append((float(text.value or ""), text))
            except ValueError:
                break
        else:
            if len(numbered) > 1 and condition.complete:
                widest = (max if "Less" in operator.name else min)(number for number, _ in numbered)
                counts = next(text for number, text in numbered if number == widest)
                for _, text in numbered:
                    if text is not counts:
                        yield Problem(
                            text.span,
                            f"One value that holds is enough, and {counts.display} holds wherever this "
                            f"does; remove it.",
                            [Related(counts.span, "the one that counts")],
                            Mend(f"Remove {text.display}.", Remove(text), keeps=[counts.span]),
                        )


# Keys whose values are ids that AWS makes: no part of them means anything, so a pattern admits strangers.
# Source: AWS IAM User Guide, "AWS global condition context keys", sensitive condition keys.
SENSITIVE_KEYS = frozenset(
    (
        *("aws:principalaccount", "aws:principalorgid", "aws:resourceaccount", "aws:resourceorgid"),
        *("aws:sourceaccount", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "aws:vpceaccount"),
        "aws:vpceorgid",
    )
)
# Keys whose values begin with such an id.
_BEGINNING_WITH_ID = frozenset(
    ("aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:userid", "aws:vpceorgpaths")
)
# How many characters must stand before a wildcard.
# Source: AWS IAM User Guide, "IAM policy validation check reference", wildcard usage.
_LEAST_LITERAL = 6
# Variables whose values come from AWS, and not from whoever may set a tag or a name.
_OWN_VARIABLES = frozenset((*SENSITIVE_KEYS, "aws:principalorgpaths", "aws:resourceorgpaths"))


def too_wide_condition_value(policy: Policy) -> Iterator[Problem]:
    for _, condition, operator, key in compared(policy):
        if "Like" not in operator.name or not (key in SENSITIVE_KEYS or key in _BEGINNING_WITH_ID):
            continue
        for text in condition.values:
            at = _wildcard(text)
            if at is not None and key in SENSITIVE_KEYS:
                yield Problem(
                    text.span_of(at, at + 1),
                    f"{condition.key.display} is an id without meaning in its parts, so a wildcard lets in strangers; "
                    "write it in full.",
                )
            elif at is not None and at < _LEAST_LITERAL:
                yield Problem(
                    text.span_of(at, at + 1),
                    f"A wildcard this early lets {condition.key.display} be almost anything; write the id before it in "
                    "full.",
                )
            elif text.value is not None:
                for one in variables(text.value):
                    if one.character or one.name.strip().lower() in _OWN_VARIABLES:
                        continue
                    if key in SENSITIVE_KEYS or one.start < _LEAST_LITERAL:
                        yield Problem(
                            text.span_of(one.start, one.end),
                            f"Whoever sets {one.name.strip()} may put a star there, which {operator.name} takes for a "
                            "wildcard; compare with StringEquals, or write the value.",
                        )


def _wildcard(text: Text) -> int | None:
    """Where the first wildcard of a known text stands that is in no variable."""
    if text.value is None:
        return None
    inside = {place for one in variables(text.value) for place in range(one.start, one.end)}
    return next((at for at, char in enumerate(text.value) if char in "*?" and at not in inside), None)


# What a caller writes into a request as it likes.
# Source: AWS IAM User Guide, "AWS global condition context keys", aws:referer and aws:UserAgent.
_CALLER_SET = frozenset(("aws:referer", "aws:useragent"))


def untrustworthy_key(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key in _CALLER_SET and statement.allows() and operator.name != "Null":
            yield Problem(
                condition.key.span,
                f"{condition.key.display} is what the caller says it is, so anyone can meet this; compare who calls or "
                "from where, such as aws:PrincipalOrgID or aws:SourceVpc.",
            )


# Keys that say from where a request comes and that some requests lack: those that an AWS service makes, or that come by
# another way.
# Source: AWS IAM User Guide, "AWS global condition context keys", availability.
_MAY_BE_ABSENT = frozenset(
    (
        *(
            "aws:multifactorauthage",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:sourceaccount",
            "aws:sourcearn",
        ),
        *("aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourcevpc", "aws:sourcevpce"),
        *("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths", "aws:vpcsourceip"),
    )
)
# CodeBuild and CodeCommit, among others, take roles without sending it.
# Source: AWS IAM User Guide, "IAM and AWS STS condition context keys", iam:PassedToService.
_PASSED_TO = "iam:passedtoservice"
_ALWAYS_PRESENT = frozenset(
    (
        *("aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn", "aws:principaltype"),
        *("aws:requestedregion", "aws:securetransport", "aws:userid"),
    )
)


def if_exists_lets_through(policy: Policy) -> Iterator[Problem]:
    if policy.kind in (PolicyKind.SCP, PolicyKind.RCP):
        return
    for statement, condition, operator, key in compared(policy):
        if not operator.if_exists or operator.negated or not statement.allows():
            continue
        if key not in _MAY_BE_ABSENT and not (key == _PASSED_TO and _is_about_any_role(statement)):
            continue
        # Only services carry the keys of the source, so IfExists lets the other principals of the statement in.
        if key.startswith(("aws:sourcea", "aws:sourceo")) and not _only_services(statement):
            continue
        limits = _limits_passing if key == _PASSED_TO else _limits_source
        others = [one for one in statement.conditions if one is not condition and limits(one)]
        if others:
            continue
        start = len(condition.operator.display) - len("IfExists")
        yield Problem(
            condition.operator.span_of(start, start + len("IfExists")),
            f"Allows this where a request carries no {condition.key.display}, whatever the value should be; leave out "
            "IfExists.",
            [Related(condition.key.span, "the key")],
            Mend("Leave out IfExists.", Replace(condition.operator, condition.operator.display[:start]), safe=False),
        )


def _only_services(statement: Statement) -> bool:
    values = statement.principal.values if statement.principal is not None else ()
    return bool(values) and all(one.type is not None and one.type.value == "Service" for one in values)


def _limits_source(condition: Condition) -> bool:
    """Whether a condition may limit requests that lack another key."""
    key = condition.key.value
    return key is None or (key.lower() in _MAY_BE_ABSENT and "ifexists" not in condition.operator.display.lower())


def _is_about_any_role(statement: Statement) -> bool:
    return statement.resource is not None and any(is_any_role(text) for text in statement.resource.values)


def _limits_passing(condition: Condition) -> bool:
    """Whether a condition may limit to whom a role is passed where a request does not say which service that is."""
    key = condition.key.value
    return key is None or (
        key.lower() in (_PASSED_TO, "iam:associatedresourcearn")
        and "ifexists" not in condition.operator.display.lower()
    )


def needless_if_exists(policy: Policy) -> Iterator[Problem]:
    if policy.kind in (PolicyKind.SCP, PolicyKind.RCP, PolicyKind.RESOURCE):
        return  # where requests without a principal, or of services, count too
    for _, condition, operator, key in compared(policy):
        if operator.if_exists and key in _ALWAYS_PRESENT:
            start = len(condition.operator.display) - len("IfExists")
            yield Problem(
                condition.operator.span_of(start, start + len("IfExists")),
                f"Every request carries {condition.key.display}; leave out IfExists.",
                [Related(condition.key.span, "the key")],
                Mend("Leave out IfExists.", Replace(condition.operator, condition.operator.display[:start])),
            )
