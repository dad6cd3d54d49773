"""Whether a policy says what AWS understands: services, actions, resources, conditions, and its own elements."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from lplint.access.actions import actions_matching
from lplint.access.keys import is_among, is_global
from lplint.access.patterns import matches, widest
from lplint.access.resources import may_act_on
from lplint.aws import catalog, conditions
from lplint.checks.elements import VERSIONS, wants_principal, wants_resource
from lplint.checks.grammar import certainly_there, respelt
from lplint.checks.suggest import did_you_mean, only_name
from lplint.model.finding import Add, Mend, Problem, Related, Remove, Replace
from lplint.model.node import Map, Scalar, Unknown
from lplint.model.policy import PolicyKind
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lplint.aws.catalog import Action
    from lplint.model.policy import Policy, Statement

_VARIABLE = re.compile(r"\$\{(\w+)\}")
# What people take for a service's prefix, and the prefix it has: the names of consoles, CLI commands and SDK clients.
# Source: AWS Service Authorization Reference, the prefixes of the services so called.
OTHER_NAMES = {
    "alb": ("elasticloadbalancing",),
    "cloudwatch-logs": ("logs",),
    "cloudwatchlogs": ("logs",),
    "cognito": ("cognito-idp", "cognito-identity"),
    "efs": ("elasticfilesystem",),
    "elb": ("elasticloadbalancing",),
    "elbv2": ("elasticloadbalancing",),
    "emr": ("elasticmapreduce",),
    "eventbridge": ("events",),
    "keyspaces": ("cassandra",),
    "msk": ("kafka",),
    "prometheus": ("aps",),
    "sfn": ("states",),
    "stepfunctions": ("states",),
    "systems-manager": ("ssm",),
}
# Names of API operations, and the actions that permit them.
# Source: Amazon S3 User Guide, "Required permissions for Amazon S3 API operations"; AWS Lambda Developer Guide.
OTHER_ACTIONS = {
    "lambda:invoke": "InvokeFunction",
    "s3:completemultipartupload": "PutObject",
    "s3:copyobject": "PutObject",
    "s3:createmultipartupload": "PutObject",
    "s3:deletebucketencryption": "PutEncryptionConfiguration",
    "s3:deletebucketlifecycle": "PutLifecycleConfiguration",
    "s3:deleteobjects": "DeleteObject",
    "s3:getbucketencryption": "GetEncryptionConfiguration",
    "s3:getbucketlifecycle": "GetLifecycleConfiguration",
    "s3:getbucketlifecycleconfiguration": "GetLifecycleConfiguration",
    "s3:getbucketreplication": "GetReplicationConfiguration",
    "s3:headbucket": "ListBucket",
    "s3:headobject": "GetObject",
    "s3:listbuckets": "ListAllMyBuckets",
    "s3:listmultipartuploads": "ListBucketMultipartUploads",
    "s3:listobjects": "ListBucket",
    "s3:listobjectsv2": "ListBucket",
    "s3:listobjectversions": "ListBucketVersions",
    "s3:listparts": "ListMultipartUploadParts",
    "s3:putbucketencryption": "PutEncryptionConfiguration",
    "s3:putbucketlifecycle": "PutLifecycleConfiguration",
    "s3:putbucketlifecycleconfiguration": "PutLifecycleConfiguration",
    "s3:putbucketreplication": "PutReplicationConfiguration",
    "s3:uploadpart": "PutObject",
}


def unknown_service(policy: Policy) -> Iterator[Problem]:
    titles = catalog.service_titles()
    for text in _matching_nothing(policy):
        prefix = _prefix(text)
        if prefix is None or prefix.lower() in titles or catalog.retired_service(prefix):
            continue
        if prefix == "arn":
            yield Problem(text.span, "This is an ARN, not an action; an action is written service:Name.")
            continue
        if "*" in prefix or "?" in prefix:
            if any(matches(prefix.lower(), name) for name in titles):
                continue
            hint = ""
        elif prefix.lower() in OTHER_NAMES:
            hint = f"; did you mean {' or '.join(OTHER_NAMES[prefix.lower()])}?"
        else:
            hint = did_you_mean(prefix, titles)
        yield Problem(
            text.span_of(0, len(prefix)),
            f"AWS has no service '{prefix}', so this names no action{hint or '.'}",
            mend=_another_name(text, only_name(hint), 0, len(prefix)),
        )


def unknown_action(policy: Policy) -> Iterator[Problem]:
    for text in _matching_nothing(policy):
        prefix = _prefix(text)
        if prefix is None:
            value = text.value
            if value is not None and value.strip("*"):
                yield Problem(
                    text.span, f"'{value}' names no service; an action is written service:Name, such as s3:GetObject."
                )
            continue
        service = catalog.service(prefix.lower())
        if service is None:
            continue
        name = text.display[len(prefix) + 1 :]
        if text.value is not None and "*" not in name and "?" not in name:
            if catalog.retired(text.value):
                continue
            permitting = OTHER_ACTIONS.get(text.value.lower())
            hint = f"; did you mean {permitting}?" if permitting else did_you_mean(name, service.action_names())
            right = only_name(hint)
            message = f"{service.title} has no action {prefix}:{name}{hint or '.'}"
        elif len(text.segments()) > 1:
            continue  # "${each.value}:List*" is one of many: that a service has none is nobody's mistake
        else:
            right = ""
            message = f"No action of {service.title} matches {text.display}, so this covers nothing."
        start, end = len(prefix) + 1, len(text.display)
        yield Problem(text.span_of(start, end), message, mend=_another_name(text, right, start, end))


def _another_name(text: Text, right: str, start: int, end: int) -> Mend | None:
    """Another name in place of a part of an action that names nothing: it allows what it did not."""
    return Mend(f"Write {right}.", Replace(text, right, start, end), safe=False) if right else None


def retired_action(policy: Policy) -> Iterator[Problem]:
    for text in _matching_nothing(policy):
        prefix = _prefix(text)
        service = catalog.retired_service(prefix) if prefix is not None else None
        last = catalog.retired(text.value) if text.value is not None else None
        mend = Mend(f"Remove {text.display}.", Remove(text))
        if service is not None:
            yield Problem(text.span, f"AWS retired {service}, so {text.display} has no effect; remove it.", mend=mend)
        elif last is not None:
            yield Problem(
                text.span,
                f"AWS retired {text.value} (last listed in {last}), so it has no effect; remove it.",
                mend=mend,
            )


def resource_never_matches_action(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        resource, action = statement.resource, statement.action
        if action is None or resource is None or not resource.complete or not resource.values:
            continue
        patterns = [widest(text) for text in resource.values]
        # What holds a space is no ARN yet: another tool makes one of it.
        if "*" in patterns or any(" " in pattern for pattern in patterns):
            continue
        # An action that may not be there need not meet these resources.
        for text in certainly_there(action):
            actions = _actions_of(text)
            if actions and not may_act_on(actions, patterns):
                yield Problem(
                    text.span,
                    _never(text, actions),
                    [Related(one.span, "this is what the statement is about") for one in resource.values[:3]],
                )


def _actions_of(text: Text) -> tuple[Action, ...]:
    """The actions that an entry covers, where it names their service."""
    value = text.value
    if value is not None:
        return actions_matching(value) if ":" in value else ()
    return actions_matching(widest(text)) if _prefix(text) else ()


def _never(text: Text, actions: tuple[Action, ...]) -> str:
    types = {one.name: one for action in actions for one in action.resource_types}
    if not types:
        return f'{text.display} accepts only Resource "*", so it has no effect here; move it to a statement of its own.'
    arns = sorted((_shown(arn) for one in types.values() for arn in one.arns), key=len)
    forms = " or ".join(arns[:2]) + (", among others" if len(arns) > 2 else "")
    return f"{text.display} acts on {forms}; no Resource of this statement is such an ARN, so it has no effect here."


def unknown_condition_key(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        for condition in statement.conditions:
            key = condition.key
            # What lacks the name of its tag has a rule of its own.
            known = key.value is None or key.value.lower().removesuffix("/") in conditions.TAG_KEYS
            message = _unknown_key(key.value) if key.value is not None and not known else None
            if message is not None and not _is_of_retired(key, statement):
                right = only_name(message[message.find("; did you mean ") :]) if "; did you mean " in message else ""
                yield Problem(key.span, message, mend=respelt(key, right) if ":" in right else None)


def _is_of_retired(key: Text, statement: Statement) -> bool:
    """Whether a condition key was that of a retired service of which the statement names actions: those have no effect,
    as another rule says, and the key went with them."""
    prefix = (key.value or "").partition(":")[0].lower()
    return catalog.retired_service(prefix) is not None and any(
        (_prefix(text) or "").lower() == prefix
        for element in (statement.action, statement.not_action)
        for text in (element.values if element is not None else ())
    )


def _shown(arn: str) -> str:
    """AWS's form of an ARN as a person writes it: arn:aws:s3:::BucketName."""
    return _VARIABLE.sub(r"\1", arn.replace("${Partition}", "aws"))


@cache
def _unknown_key(key: str) -> str | None:
    """Why a condition key does not exist; None if it does, or if nobody can tell."""
    lowered = key.lower()
    prefix, colon, name = lowered.partition(":")
    if not colon or not name:
        return f"'{key}' is no condition key; one is written service:Name, such as aws:SourceIp."
    if is_global(key):
        return None
    service = catalog.service(prefix)
    if prefix == "aws":
        hint = did_you_mean(key, conditions.global_keys().values())
        return f"AWS has no global condition key {key}{hint or '.'} A condition on it never matches."
    if service is not None:
        known = service.condition_key_names()
        if is_among(key, known):
            return None
        own = [one for one in known.values() if one.lower().startswith(prefix + ":")]
        if not own:
            return f"{service.title} has no condition keys of its own, so there is no {key}."
        return f"{service.title} has no condition key {key}{did_you_mean(key, own) or '.'}"
    # Identity providers have keys of their own under their host name; whoever trusts one may name any.
    if "." in prefix or "/" in prefix or any(matches(one, prefix) for one in catalog.federated_key_prefixes()):
        return None
    hint = did_you_mean(prefix, [*catalog.service_titles(), "aws"])
    return f"AWS has no service '{key.partition(':')[0]}', so there is no condition key {key}{hint or '.'}"


def unknown_condition_operator(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        if not isinstance(statement.condition, Map):
            continue
        for text, _ in statement.condition.entries:
            written = text.value
            if written is None or written.startswith("Fn::") or conditions.operator(written) is not None:
                continue
            hint = did_you_mean(written, conditions.spellings())
            right = only_name(hint)
            yield Problem(
                text.span,
                f"'{written}' is no condition operator{hint or '.'}",
                mend=respelt(text, right) if right else None,
            )


def invalid_version(policy: Policy) -> Iterator[Problem]:
    version = policy.version
    if version is None or isinstance(version, Unknown):
        return
    if isinstance(version, Text):
        if any(version.may_equal(one) for one in VERSIONS):
            return
        written = f"'{version.display}'"
    else:
        written = f"'{version.span.text}'" if isinstance(version, Scalar) else "This"
    yield Problem(
        version.span,
        f'{written} is no version of the policy language; write "2012-10-17", the current one.',
        mend=Mend(f"Write {VERSIONS[0]}.", Replace(version, VERSIONS[0])) if isinstance(version, Text) else None,
    )


def missing_version(policy: Policy) -> Iterator[Problem]:
    if policy.version is None and policy.complete:
        yield Problem(
            policy.node.head(),
            'Without "Version": "2012-10-17" AWS reads this policy by its rules of 2008, '
            "in which a variable such as ${aws:username} is plain text.",
            # What stands in the policy as plain text, and would be a variable, makes the difference.
            mend=Mend(
                f'Add "Version": "{VERSIONS[0]}".',
                Add(policy.node, "Version", VERSIONS[0], first=True),
                safe=not policy.unresolved and "${" not in policy.span.text,
            ),
        )


def invalid_effect(policy: Policy) -> Iterator[Problem]:
    for statement in policy.statements:
        effect = statement.effect
        if effect is None or isinstance(effect, Unknown):
            continue
        if not isinstance(effect, Text):
            yield Problem(effect.span, "This is no Effect; an Effect is Allow or Deny.")
        elif not (effect.may_equal("Allow") or effect.may_equal("Deny")):
            right = effect.display.strip().capitalize()
            hint = f"write {right}" if right in ("Allow", "Deny") else "an Effect is Allow or Deny"
            mend = Mend(f"Write {right}.", Replace(effect, right)) if right in ("Allow", "Deny") else None
            yield Problem(effect.span, f"'{effect.display}' is no Effect; {hint}.", mend=mend)


def missing_element(policy: Policy) -> Iterator[Problem]:
    if policy.complete and policy.node.get("Statement") is None:
        yield Problem(policy.node.head(), "This policy has no Statement, and AWS rejects a policy that says nothing.")
    for statement in policy.statements:
        if statement.complete:
            for element, consequence in _missing(policy, statement):
                yield Problem(statement.node.head(), f"This statement has no {element}, {consequence}")


def _missing(policy: Policy, statement: Statement) -> Iterator[tuple[str, str]]:
    if statement.effect is None:
        yield "Effect", "and AWS rejects a policy that does not say Allow or Deny."
    if statement.action is None and statement.not_action is None:
        yield "Action", "and AWS rejects a policy that does not say what it is about."
    if statement.resource is None and statement.not_resource is None and wants_resource(policy.kind, policy.service):
        yield "Resource", 'and AWS rejects a policy without it; "*" is every resource.'
    if statement.principal is None and statement.not_principal is None and wants_principal(policy.kind):
        yield "Principal", f"and AWS rejects a {_KIND_WORDS[policy.kind]} that does not say whom it is about."


_KIND_WORDS = {
    PolicyKind.RESOURCE: "resource-based policy",
    PolicyKind.TRUST: "trust policy",
    PolicyKind.RCP: "resource control policy",
}


_EVERY_ACTION = frozenset(("*", "*:*"))


@lru_cache(maxsize=2)
def _matching_nothing(policy: Policy) -> tuple[Text, ...]:
    """The entries of Action and NotAction elements that cover no action, whatever their holes hold; under Deny too,
    where a slip is worse than under Allow. Three rules ask for those of each policy."""
    found = []
    for statement in policy.statements:
        for element in (statement.action, statement.not_action):
            for text in element.values if element is not None else ():
                pattern = text.value if text.value is not None else widest(text)
                # What covers everything need not be looked up in every service there is.
                if pattern not in _EVERY_ACTION and not actions_matching(pattern):
                    found.append(text)
    return tuple(found)


def _prefix(text: Text) -> str | None:
    """What stands before the colon of an action, if that is known."""
    first = text.value if text.value is not None else text.parts[0]
    if not isinstance(first, str):
        return None
    prefix, colon, _ = first.partition(":")
    return prefix if colon else None
