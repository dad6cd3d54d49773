"""Which tier of access a policy gives: that of a viewer, of a power user or of an administrator.

Source: AWS re:Inforce 2024, "Least privilege at scale": three tiers of access for people, by how much harm each can do.
"""

from __future__ import annotations

from lplint.access.escalation import SELF, access_of, administration, escalations
from lplint.access.grants import Access
from lplint.access.patterns import contains, widest
from lplint.checks.attached import tier_of_managed
from lplint.checks.grants import acting_on, cancels, denied, is_everything, listed, riskiest, values
from lplint.checks.wildcards import widest_of
from lplint.model.policy import PolicyKind
from lplint.model.tier import ADMINISTRATOR, NONE, POWER_USER, TIERS, VIEWER, Tier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.model.policy import Identity, Policy, Statement
    from lplint.model.text import Text
    from lplint.risk.table import Rating

_KINDS = (PolicyKind.IDENTITY, PolicyKind.SESSION, PolicyKind.BOUNDARY)
_LOOKING = frozenset(("List", "Read"))


def tier_of(policy: Policy) -> Tier | None:
    """The tier of what a policy certainly allows; None for one that is about a resource, or only limits others."""
    if policy.kind not in _KINDS:
        return None
    whole = policy.complete and all(map(_is_whole, policy.statements))
    return _administrator(Access((policy,)), None, whole) or _by_actions(list(_granted(policy)), whole)


def tier_of_identity(identity: Identity) -> Tier:
    """The tier of all that an identity certainly may do: by the policies of the repository, and by AWS's own where
    their names tell."""
    access = access_of(identity)
    whole = identity.complete
    tiers = [tier for policy in access.policies if (tier := tier_of(policy)) is not None]
    together = _administrator(access, identity, whole)
    if together is not None:
        tiers.append(together)
    for arn in (*identity.attached, *(arn for group in identity.groups for arn in group.attached)):
        name = tier_of_managed(arn)
        if name is None:
            whole = False  # nobody told what it allows
        else:
            tiers.append(Tier(name, arn.span, arn.display.rpartition("/")[2], whole))
    if identity.bounded or identity.boundary_arns:
        whole = False
    highest = max(tiers, key=lambda one: TIERS.index(one.name), default=Tier(NONE, None, "", whole))
    return Tier(highest.name, highest.span, highest.because, whole and all(one.complete for one in tiers))


def _administrator(access: Access, identity: Identity | None, whole: bool) -> Tier | None:
    """The tier of whoever can do everything, or give themselves the rest; None for anybody else."""
    found = administration(access)
    if found is not None:
        return Tier(ADMINISTRATOR, found[0].entry.span, "everything that grants permissions", whole)
    way = next((one for one in escalations(access, identity) if one.path.kind == SELF), None)
    if way is None:
        return None
    return Tier(
        ADMINISTRATOR, way.grants[0].entry.span, f"{listed(way.path.actions)}, and so gives itself the rest", whole
    )


def _is_whole(statement: Statement) -> bool:
    """Whether it is known what a statement allows to do, on whatever resources."""
    element = statement.action or statement.not_action
    if not statement.complete or not (statement.allows() or statement.denies()):
        return False
    return element is None or (element.complete and all(text.value is not None for text in element.values))


def _by_actions(granted: list[tuple[Rating, Text]], whole: bool) -> Tier:
    ratings = riskiest(rating for rating, _ in granted)
    changing = next((one for one in ratings if not one.action.access_levels <= _LOOKING), None)
    first = changing or next(iter(ratings), None)
    if first is None:
        return Tier(NONE, None, "", whole)
    entry = next(text for rating, text in granted if rating is first or rating.action is first.action)
    return Tier(
        POWER_USER if changing is not None else VIEWER, entry.span, f"{first.action} (risk {first.risk})", whole
    )


def _granted(policy: Policy) -> Iterator[tuple[Rating, Text]]:
    """What a policy allows and can have an effect, with the entry that grants it. Some services stand for what
    NotAction leaves, and for the star of everything."""
    lost = denied(policy)
    for statement in policy.allow_statements():
        resources = widest_of(statement)
        entries = [(text, text.value) for text in values(statement.action) if text.value is not None]
        left_out: list[str] = []
        if statement.not_action is not None and statement.not_action.complete:
            entries = [(statement.not_action.key, "*")]
            left_out = [widest(text).lower() for text in statement.not_action.values]
        for text, pattern in entries:
            patterns = _SAMPLES if pattern == "*" or is_everything(text) else (pattern,)
            for one in patterns:
                for rating in acting_on(one, resources):
                    name = str(rating.action).lower()
                    if not cancels(lost, rating.action) and not any(contains(other, name) for other in left_out):
                        yield rating, text


# What everything is judged by: reading all services of the catalogue for it would take a second.
_SAMPLES = ("iam:*", "s3:*", "ec2:*", "kms:*", "dynamodb:*", "lambda:*", "sqs:*", "sns:*", "logs:*")
