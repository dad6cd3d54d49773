"""Denials in resource policies that shut out those who would have to change them."""

from __future__ import annotations

from lplint.access.actions import covers_action
from lplint.access.limits import unread
from lplint.access.patterns import surest, widest
from lplint.aws import conditions
from lplint.model.finding import Problem, Related
from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Condition, Policy, PrincipalValue, Statement
    from lplint.model.text import Text

# With which actions the policy of a resource is changed or taken away, and who can do that in spite of it.
# Source: Service Authorization Reference; Amazon S3 API Reference, PutBucketPolicy, and AWS IAM User Guide, "Centrally
# manage root access for member accounts", for the root user; AWS KMS Developer Guide, "Default key policy".
_ROOT = "only the account's root user can change that"
_NOBODY = "nobody in the account can change that"
_OWN_POLICY: dict[str, tuple[tuple[str, ...], str]] = {
    "backup": (("backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy"), _NOBODY),
    "dynamodb": (("dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"), _NOBODY),
    "ecr": (("ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy"), _NOBODY),
    "elasticfilesystem": (
        ("elasticfilesystem:PutFileSystemPolicy", "elasticfilesystem:DeleteFileSystemPolicy"),
        _NOBODY,
    ),
    "glacier": (("glacier:SetVaultAccessPolicy", "glacier:DeleteVaultAccessPolicy"), _NOBODY),
    "kms": (("kms:PutKeyPolicy",), "only AWS Support can change that"),
    "s3": (("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"), _ROOT),
    "secretsmanager": (("secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy"), _NOBODY),
    "sns": (("sns:SetTopicAttributes", "sns:RemovePermission"), _NOBODY),
    "sqs": (("sqs:SetQueueAttributes", "sqs:RemovePermission"), _ROOT),
}
_ASSUMING = ("sts:AssumeRole",)
# What says by which way a request comes.
_WAYS = frozenset(
    ("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:vpceaccount", "aws:vpceorgid")
)


def locked_out(policy: Policy) -> Iterator[Problem]:
    for statement, everyone, who in _denied_changes(policy):
        if not all(_exempts_nobody(condition) for condition in statement.conditions):
            continue
        yield Problem(
            everyone.value.span,
            f"Denies everybody, administrators included, to change this policy again, and {who}; exempt a role of "
            "yours by ArnNotLike on aws:PrincipalArn.",
            [Related(condition.key.span, "exempts nobody") for condition in statement.conditions],
        )
    if policy.kind is PolicyKind.TRUST:
        yield from _role_of_nobody(policy)


def _role_of_nobody(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if not statement.denies() or statement.principal is None or unread(statement):
            continue
        everyone = next((one for one in statement.principal.values if one.is_everyone()), None)
        if everyone is None or not _covers(statement, _ASSUMING):
            continue
        if all(_exempts_nobody(condition) for condition in statement.conditions):
            yield Problem(
                everyone.value.span,
                "Denies everybody to assume this role, whatever other statements allow; exempt whom you mean by "
                "ArnNotLike on aws:PrincipalArn, or remove the statement.",
                [Related(condition.key.span, "exempts nobody") for condition in statement.conditions],
            )


def locked_out_by_way(policy: Policy) -> Iterator[Problem]:
    for statement, everyone, who in _denied_changes(policy):
        keys = [(condition.key.value or "").lower() for condition in statement.conditions]
        if keys and all(key in _WAYS for key in keys) and all(_is_negated(one) for one in statement.conditions):
            yield Problem(
                everyone.value.span,
                "Denies also administrators who come another way to change this policy again, and if the way is gone "
                f"{who}; exempt a role of yours by ArnNotLike on aws:PrincipalArn.",
                [Related(condition.key.span, "the way") for condition in statement.conditions],
            )


def _denied_changes(policy: Policy) -> Iterator[tuple[Statement, PrincipalValue, str]]:
    """The statements that deny everyone what would change the policy, if their conditions hold: the statement, its
    principal, and who can change it in spite of that."""
    found = _OWN_POLICY.get(policy.service)
    if found is None:
        return
    names, who = found
    for statement in policy.statements:
        if not statement.denies() or statement.principal is None or unread(statement):
            continue
        everyone = next((one for one in statement.principal.values if one.is_everyone()), None)
        if everyone is not None and _covers(statement, names) and _is_on_resource(policy.service, statement):
            yield statement, everyone, who


def _covers(statement: Statement, names: tuple[str, ...]) -> bool:
    """Whether a statement is certainly about all of some actions."""
    if statement.action is not None:
        patterns = [surest(text) for text in statement.action.values]
        return all(any(covers_action(pattern, name) for pattern in patterns) for name in names)
    left_out = statement.not_action
    if left_out is None or not left_out.complete:
        return False
    patterns = [widest(text) for text in left_out.values]
    return not any(covers_action(pattern, name) for pattern in patterns for name in names)


def _is_on_resource(service: str, statement: Statement) -> bool:
    """Whether a statement is about the resource itself. A bucket's policy may be about its objects alone."""
    if service != "s3":
        return True
    if statement.resource is None:
        return False
    shapes = [surest(text) for text in statement.resource.values]
    return any(shape == "*" or (":s3:::" in shape and "/" not in shape) for shape in shapes)


def _is_negated(condition: Condition) -> bool:
    """Whether a condition holds of all but some, those without its key among them, of whom ForAnyValue never holds."""
    operator = conditions.operator(condition.operator.value or "")
    return operator is not None and operator.negated and operator.set_operator != "ForAnyValue"


def _exempts_nobody(condition: Condition) -> bool:
    """Whether a condition of a denial certainly holds for every role: it leaves out only what no role's ARN is."""
    operator = conditions.operator(condition.operator.value or "")
    if operator is None or not operator.negated or not condition.complete or not condition.values:
        return False
    if (condition.key.value or "").lower() != "aws:principalarn":
        return False
    literal = operator.family == "String" and "Like" not in operator.name
    return all(
        text.value is not None and (_is_session(text.value) or (literal and _wild(text.value)))
        for text in condition.values
    )


def _wild(value: str) -> bool:
    return "${" not in value and ("*" in value or "?" in value)


def _is_session(arn: str) -> bool:
    return arn.startswith("arn:") and ":sts:" in arn and ":assumed-role/" in arn


def session_as_principal_arn(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for condition in statement.conditions:
            if (condition.key.value or "").lower() != "aws:principalarn" or not condition.complete:
                continue
            # Beside the ARN of the role that of its session is needless, and no mistake.
            if not all(text.value is not None and _is_session(text.value) for text in condition.values):
                continue
            for text in condition.values:
                if text.value is not None:
                    role = text.value.partition(":assumed-role/")[2].partition("/")[0]
                    yield Problem(
                        text.span,
                        f"aws:PrincipalArn of a session is the ARN of its role, so this never matches; write "
                        f"arn:aws:iam::ACCOUNT:role/{role}.",
                        [Related(condition.key.span, "the key")],
                    )


# -- KMS keys


def key_without_administrator(policy: Policy) -> Iterator[Problem]:
    if policy.service != "kms" or not policy.complete:
        return
    allowing = [statement for statement in policy.statements if not statement.denies()]
    if not allowing or any(_may_administer(statement) for statement in allowing):
        return
    # A statement for services alone may be meant to be put into a policy; a grant is none, and has no Action written.
    first = next((one.action for one in allowing if one.action is not None and _names_account(one)), None)
    if first is not None and first.key.start != first.node.start:
        yield Problem(
            first.key.span,
            "No statement lets anybody change this key policy, which needs kms:PutKeyPolicy; allow that to an "
            "administrator or to the account.",
        )


def _names_account(statement: Statement) -> bool:
    """Whether a statement is about principals of an account, or may be, and not about services alone."""
    principal = statement.principal
    return principal is not None and any(
        one.type is None or one.type.value in (None, "AWS") for one in principal.values
    )


def _may_administer(statement: Statement) -> bool:
    """Whether a statement may let somebody of an account change the policy of a key."""
    if not statement.complete or statement.not_principal is not None or statement.action is None:
        return True
    principal = statement.principal
    if principal is not None and principal.complete and not _names_account(statement):
        return False
    if not statement.action.complete:
        return True
    return any(covers_action(widest(text), "kms:PutKeyPolicy") for text in statement.action.values)


# -- NotPrincipal
# Source: AWS IAM User Guide, "AWS JSON policy elements: NotPrincipal".


def deny_not_principal(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if statement.not_principal is None or not statement.denies():
            continue
        exempt = statement.not_principal
        forgotten = _forgotten(exempt.values) if exempt.complete else None
        if forgotten is not None:
            text, what = forgotten
            yield Problem(
                text.span,
                f"Denies {text.display} too, as {what} is not listed; write Principal * and exempt it by ArnNotEquals "
                "on aws:PrincipalArn.",
                [Related(exempt.key.span, "everyone else is denied")],
            )
        else:
            yield Problem(
                exempt.key.span,
                "Denies everyone but those listed, and whoever of those has a permissions boundary as well; write "
                "Principal * and exempt them by ArnNotEquals on aws:PrincipalArn.",
            )


def _forgotten(exempt: tuple[PrincipalValue, ...]) -> tuple[Text, str] | None:
    """A principal that is denied although it is listed, since its account or its session is not."""
    if any(one.value.value is None for one in exempt):
        return None
    values = {one.value.display for one in exempt}
    sessions = {value.rpartition("/")[0] for value in values if ":assumed-role/" in value}
    for one in exempt:
        shape = one.value.display
        fields = shape.split(":", 5)
        if one.type is None or one.type.value != "AWS" or len(fields) != 6 or fields[2] not in ("iam", "sts"):
            continue
        account, name = fields[4], fields[5]
        if name == "root":
            continue
        partition = ":".join(fields[:2])
        if f"{partition}:iam::{account}:root" not in values and account not in values:
            return one.value, "its account"
        session = f"{partition}:sts::{account}:assumed-role/{name.rpartition('/')[2]}"
        if name.startswith("role/") and session not in sessions:
            return one.value, "its session (arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION)"
    return None
