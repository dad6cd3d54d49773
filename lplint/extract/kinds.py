"""Tells what a policy is attached to, from what it says and where it stands."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, pairwise

from lplint.model.policy import PolicyKind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.place import Place
    from lplint.model.policy import Statement

# Keys under which AWS's own tools and templates keep a policy of one kind, with the service it is a policy of.
_BY_KEY: dict[str, tuple[PolicyKind, str]] = {
    "AssumeRolePolicyDocument": (PolicyKind.TRUST, "sts"),
    "KeyPolicy": (PolicyKind.RESOURCE, "kms"),
    "RepositoryPolicyText": (PolicyKind.RESOURCE, "ecr"),
    "policyText": (PolicyKind.RESOURCE, "ecr"),
    "RolePolicyDocument": (PolicyKind.IDENTITY, ""),
    "UserPolicyDocument": (PolicyKind.IDENTITY, ""),
    "GroupPolicyDocument": (PolicyKind.IDENTITY, ""),
    # Kubernetes' controllers for AWS (ACK, Crossplane), Pulumi and Ansible.
    "assumeRolePolicyDocument": (PolicyKind.TRUST, "sts"),
    "assumeRolePolicy": (PolicyKind.TRUST, "sts"),
    "assume_role_policy_document": (PolicyKind.TRUST, "sts"),
    "policy_json": (PolicyKind.IDENTITY, ""),
    # eksctl
    "attachPolicy": (PolicyKind.IDENTITY, ""),
}
# What stands in one of these is a policy of a role, whatever it is called there.
_INLINE = frozenset(("inlinePolicies", "inlinePolicy", "inline_policies"))
# How tools call the resource that a policy stands in: the API group of ACK ("sqs.services.k8s.aws/v1alpha1") and
# Crossplane ("s3.aws.upbound.io/v1beta1"), the type of Pulumi ("aws:s3:BucketPolicy", "aws:s3/bucketPolicy:..."). Their
# word for a service is its prefix, but for these.
_GROUP = re.compile(r"([a-z0-9]+)\.(?:services\.k8s\.aws|aws(?:\.m)?\.(?:upbound|crossplane)\.io)/")
_TYPE = re.compile(r"aws(?:-native)?:([a-z0-9]+)[:/]")
_PREFIXES = {
    "apigateway": "execute-api",
    "cloudwatchlogs": "logs",
    "ec2": "vpce",
    "efs": "elasticfilesystem",
    "elasticsearch": "es",
    "eventbridge": "events",
    "opensearch": "es",
    "opensearchservice": "es",
}
# The modules of Ansible that take a policy of a resource.
_MODULES = {
    "aws_kms": "kms",
    "aws_secret": "secretsmanager",
    "ecs_ecr": "ecr",
    "kms_key": "kms",
    "s3_bucket": "s3",
    "secretsmanager_secret": "secretsmanager",
    "sns_topic": "sns",
    "sqs_queue": "sqs",
}
# The types that `aws organizations describe-policy` prints.
_BY_ORGANIZATIONS_TYPE = {
    "SERVICE_CONTROL_POLICY": PolicyKind.SCP,
    "RESOURCE_CONTROL_POLICY": PolicyKind.RCP,
}
# What people call such files and folders. Words, so that "escape.json" is no SCP.
_WORDS = re.compile(r"[A-Z]+s?(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_BY_WORDS: tuple[tuple[PolicyKind, frozenset[str]], ...] = (
    (PolicyKind.RCP, frozenset(("rcp", "rcps", "resource control"))),
    (PolicyKind.SCP, frozenset(("scp", "scps", "service control"))),
    (PolicyKind.BOUNDARY, frozenset(("boundary", "boundaries"))),
    (PolicyKind.SESSION, frozenset(("session policy", "session policies"))),
)
_ENDPOINT_WORDS = frozenset(("vpce", "endpoint policy", "endpoint policies", "vpc endpoint", "vpc endpoints"))
_TELLING = _ENDPOINT_WORDS.union(*(words for _, words in _BY_WORDS))


def kind_of(statements: Sequence[Statement], place: Place | None, path: str) -> tuple[PolicyKind, str]:
    """The kind of a policy, and the service whose resource it is attached to ("" if none, or if nothing tells)."""
    name = place.key_name() if place is not None else ""
    if name == "fn::toJSON" and place is not None and place.parent is not None:
        name = place.parent.key_name()  # Pulumi's word for a value that becomes a string
    if name in _BY_KEY:
        return _BY_KEY[name]
    if place is not None and any(step.key in _INLINE for step in islice(place.upwards(), 4)):
        return PolicyKind.IDENTITY, ""
    principals = any(one.principal is not None or one.not_principal is not None for one in statements)
    if place is not None:
        of = place.sibling("Type") or ""
        if of in _BY_ORGANIZATIONS_TYPE:
            return _BY_ORGANIZATIONS_TYPE[of], ""
        if of == "AWS::EC2::VPCEndpoint":
            return PolicyKind.RESOURCE, "vpce"
        service = _service_at(place) if principals else ""
        if service:
            return PolicyKind.RESOURCE, service
    words = _words_of(path, place)
    for kind, telling in _BY_WORDS:
        # A control policy or boundary is told by its name, unless it has what that kind cannot have: an RCP names
        # principals, the others never do.
        if not telling.isdisjoint(words) and principals == (kind is PolicyKind.RCP):
            return kind, ""
    resources = any(one.resource or one.not_resource for one in statements)
    endpoint = not _ENDPOINT_WORDS.isdisjoint(words)
    if principals and not endpoint and _is_control_policy(statements):
        return PolicyKind.RCP, ""
    if principals or not resources:
        federated = principals and all(_is_federated(one) for one in statements)
        return _kind_by_actions(_services(statements), resources, principals, endpoint, federated)
    return PolicyKind.IDENTITY, ""


def _service_at(place: Place) -> str:
    """The service of the resource that a policy stands in, as Kubernetes, Pulumi and Ansible tell it; "" if they do
    not."""
    match = _GROUP.match(place.sibling("apiVersion") or "") or _TYPE.match(place.sibling("type") or "")
    if match is not None:
        return "" if match[1] == "iam" else _PREFIXES.get(match[1], match[1])
    module = place.parent.key_name().rpartition(".")[2] if place.parent is not None else ""
    return _MODULES.get(module, "")


def _is_control_policy(statements: Sequence[Statement]) -> bool:
    """Whether statements deny everyone something on every resource, as a resource control policy does and no policy on
    one resource can: of several services, or of Amazon S3, where a bucket's policy names the bucket."""
    services = _services(statements)
    return (len(services) > 1 or services == {"s3"}) and all(
        one.denies()
        and one.principal is not None
        and [(each.type, each.value.value) for each in one.principal.values] == [(None, "*")]
        and one.resource is not None
        and [text.value for text in one.resource.values] == ["*"]
        for one in statements
    )


def _is_federated(statement: Statement) -> bool:
    """Whether all principals of a statement are identity providers, which only a trust policy lets in."""
    values = statement.principal.values if statement.principal is not None else ()
    return bool(values) and all(one.type is not None and one.type.value == "Federated" for one in values)


def _kind_by_actions(
    services: set[str], resources: bool, principals: bool, endpoint: bool, federated: bool
) -> tuple[PolicyKind, str]:
    if services == {"update"}:
        # A stack policy of CloudFormation: the same grammar, about updates of resources, and nothing of IAM's.
        return PolicyKind.UNKNOWN, "cloudformation"
    if not resources and (services == {"sts"} or (federated and not services)):
        return PolicyKind.TRUST, "sts"
    if not principals:
        return PolicyKind.IDENTITY, ""
    if endpoint:
        return PolicyKind.RESOURCE, "vpce"
    (service,) = services if len(services) == 1 else ("",)
    return PolicyKind.RESOURCE, "" if "*" in service else service


def _services(statements: Sequence[Statement]) -> set[str]:
    """The service prefixes of all actions; what has no prefix counts as "*"."""
    found = set()
    for statement in statements:
        for element in (statement.action, statement.not_action):
            for action in element.values if element is not None else ():
                prefix, colon, _ = action.display.partition(":")
                found.add(prefix.lower() if colon else "*")
    return found


def _words_of(path: str, place: Place | None) -> set[str]:
    """Those words that tell something of the file's name and its folders, and of the keys and names above the policy;
    pairs of neighbouring words too."""
    texts = [part for part in path.split("/")[-4:] if part not in (".", "..")]
    if place is not None:
        texts.extend(str(step.key) for step in place.upwards())
        texts.extend(filter(None, (place.sibling("PolicyName"), place.sibling("Name"))))
    return {word for text in texts for word in _telling_words(text)}


@lru_cache(maxsize=1024)
def _telling_words(text: str) -> frozenset[str]:
    words = [word.lower() for word in _WORDS.findall(text)]
    return _TELLING.intersection(words) | _TELLING.intersection(" ".join(pair) for pair in pairwise(words))
