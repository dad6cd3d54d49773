"""Conditions of which one service, or one kind of policy, decides what they mean."""

from __future__ import annotations

from lplint.access.actions import covers_action
from lplint.access.compared import compared
from lplint.model.finding import Problem, Related
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lplint.model.policy import Policy, Statement
    from lplint.model.text import Text


def _keys(statement: Statement) -> set[str] | None:
    """The lower-case keys of a statement's conditions; None if there may be others."""
    keys = {condition.key.value for condition in statement.conditions}
    if not statement.complete or None in keys or (statement.condition is not None and not statement.conditions):
        return None
    return {key.lower() for key in keys if key is not None}


def _naming(statement: Statement, names: Sequence[str]) -> list[Text]:
    """The entries of a statement's Action that cover one of some actions, and are no star for everything."""
    if statement.action is None:
        return []
    return [
        text
        for text in statement.action.values
        if text.value is not None and ":" in text.value and any(covers_action(text.value, name) for name in names)
    ]


# -- Amazon DynamoDB
# Source: Amazon DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control".

_READING = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan")
_RETURNING = ("dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
_REPLACING = ("dynamodb:BatchWriteItem", "dynamodb:PutItem")


def dynamodb_attributes(policy: Policy) -> Iterator[Problem]:
    for statement, condition, _, key in compared(policy):
        if key == "dynamodb:attributes" and statement.allows():
            keys = _keys(statement)
            if keys is None:
                continue
            reads, writes = _naming(statement, _READING), _naming(statement, _RETURNING)
            if reads and "dynamodb:select" not in keys:
                yield Problem(
                    condition.key.span,
                    "A read that asks for all attributes names none, so this lets it read every attribute; add "
                    '"StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}.',
                    [Related(reads[0].span, "the read")],
                )
            if writes and "dynamodb:returnvalues" not in keys:
                yield Problem(
                    condition.key.span,
                    "A write may ask for the whole item in its answer, so other attributes can be read; add "
                    '"StringEqualsIfExists": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]}.',
                    [Related(writes[0].span, "the write")],
                )


def dynamodb_replaced_item(policy: Policy) -> Iterator[Problem]:
    for statement, condition, _, key in compared(policy):
        if key == "dynamodb:attributes" and statement.allows():
            for text in _naming(statement, _REPLACING):
                yield Problem(
                    text.span,
                    f"{text.display} replaces the whole item, also the attributes that the condition does not name; "
                    "allow dynamodb:UpdateItem in its place.",
                    [Related(condition.key.span, "the condition")],
                )


def dynamodb_scan(policy: Policy) -> Iterator[Problem]:
    for statement, condition, _, key in compared(policy):
        if key == "dynamodb:leadingkeys" and statement.allows():
            for text in _naming(statement, ("dynamodb:Scan",)):
                yield Problem(
                    text.span,
                    "A Scan reads the items of all partition keys and is not limited by dynamodb:LeadingKeys; remove "
                    "it, or name the other actions one by one.",
                    [Related(condition.key.span, "the condition")],
                )


# -- Amazon S3


def list_prefix_negated(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key != "s3:prefix" or operator.name == "Null":
            continue
        if statement.allows() and (operator.negated or operator.if_exists):
            words = "A request that names no prefix, or a shorter one, passes this and lists all keys"
        elif statement.denies() and not operator.negated:
            words = "A request that names no prefix, or a shorter one, is not denied and lists all keys"
        else:
            continue
        yield Problem(
            condition.key.span,
            f"{words}; allow the prefixes that are meant with StringLike and deny nothing by s3:prefix.",
            [Related(condition.operator.span, "the operator")],
        )


# Keys about the resource, whose owner alone writes a policy on it.
_OWN_RESOURCE = frozenset(("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"))


def irrelevant_key(policy: Policy) -> Iterator[Problem]:
    if policy.kind is not PolicyKind.RESOURCE or policy.service in ("", "vpce"):
        return
    for _, condition, _, key in compared(policy):
        if key in _OWN_RESOURCE:
            yield Problem(
                condition.key.span,
                f"In a policy on the resource itself {condition.key.display} is always the same; "
                f"remove it, or use it "
                "in an identity-based policy.",
            )


# -- keys that need another key, an action, or a service

_PARTNERS = {
    "aws:vpcsourceip": (
        ("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"),
        "Addresses inside a VPC come again in every other VPC; say in which, with aws:SourceVpc or aws:SourceVpce.",
    ),
    "aws:ec2instancesourceprivateipv4": (
        ("aws:ec2instancesourcevpc", "aws:sourcevpc", "aws:vpcsourceip"),
        "Addresses inside a VPC come again in every other VPC; say in which, with aws:Ec2InstanceSourceVpc.",
    ),
}


def missing_paired_key(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key in _PARTNERS and operator.name != "Null":
            keys = _keys(statement)
            partners, words = _PARTNERS[key]
            if keys is not None and keys.isdisjoint(partners):
                yield Problem(condition.key.span, words)


# What is set by an action beside sts:AssumeRole.
# Source: AWS IAM User Guide, "Monitor and control actions taken with assumed roles"; "Pass session tags in AWS STS".
_SETTING = {"sts:sourceidentity": "sts:SetSourceIdentity", "sts:transitivetagkeys": "sts:TagSession"}


def action_for_key(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        needed, action = _SETTING.get(key), statement.action
        if needed is None or action is None or not action.complete or not statement.allows():
            continue
        if operator.without_key or operator.name == "Null":
            continue
        if not any(text.value is None or covers_action(text.value, needed) for text in action.values):
            yield Problem(
                condition.key.span,
                f"Nobody can set {condition.key.display} without {needed}, so this never holds; allow it here too.",
                [Related(action.key.span, f"{needed} is missing here")],
            )


# Source: AWS IAM User Guide, "AWS global condition context keys", aws:VpceAccount, aws:VpceOrgID, aws:VpceOrgPaths.
_SOME_SERVICES = frozenset(("aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"))


def key_of_some_services(policy: Policy) -> Iterator[Problem]:
    for statement, condition, operator, key in compared(policy):
        if key not in _SOME_SERVICES or not (statement.denies() and operator.negated):
            continue
        every = statement.not_action is not None or (
            statement.action is not None and any(text.value == "*" for text in statement.action.values)
        )
        if every:
            yield Problem(
                condition.key.span,
                f"Few services send {condition.key.display}, and this denies all requests of the others; list the "
                "actions of services that do.",
            )


# -- resource control policies
# Source: AWS IAM User Guide, "Establish permissions guardrails using data perimeters".

_PRINCIPAL_KEYS = frozenset(("aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths"))
_SOURCE_KEYS = frozenset(("aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"))


def rcp_denies_services(policy: Policy) -> Iterator[Problem]:
    everything = compared(policy)
    for statement, condition, operator, key in everything:
        if not operator.negated or not statement.denies() or key not in (*_PRINCIPAL_KEYS, *_SOURCE_KEYS):
            continue
        keys = _keys(statement)
        if keys is None:
            continue
        asked = {other for one, _, null, other in everything if one is statement and null.name == "Null"}
        if (
            key in _PRINCIPAL_KEYS
            and _services_call(statement)
            and not keys & {"aws:principalisawsservice", "aws:principalservicename"}
        ):
            yield Problem(
                condition.key.span,
                f"AWS services carry no {condition.key.display}, and this denies what they do for you; add "
                '"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}.',
            )
        elif key in _SOURCE_KEYS and "aws:principalisawsservice" not in keys:
            yield Problem(
                condition.key.span,
                f"Only AWS services carry {condition.key.display}, and this denies everyone else; add "
                '"Bool": {"aws:PrincipalIsAWSService": "true"}.',
            )
        elif key in _SOURCE_KEYS and not asked & {"aws:sourceaccount", "aws:sourcearn"}:
            yield Problem(
                condition.key.span,
                f"Where a service acts for no account it carries no {condition.key.display}, and this "
                f"denies it; add "
                '"Null": {"aws:SourceAccount": "false"}.',
            )


# Actions of AWS STS that no AWS service calls as itself.
# Source: AWS STS API Reference.
_NOT_OF_SERVICES = (
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
)


def _services_call(statement: Statement) -> bool:
    """Whether an AWS service may make one of a statement's requests."""
    values = statement.action.values if statement.action is not None else ()
    return not values or any(text.value not in _NOT_OF_SERVICES for text in values)
