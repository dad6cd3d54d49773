"""What SAM grants the role of a function or state machine beside its Policies: for its events, queues and destinations.

Source: aws-sam-translator 1.115.0 (Apache-2.0), which is what AWS runs: IAMRolePolicies, the pull event sources, and
the roles of functions and state machines.
"""

from __future__ import annotations

from lplint.model.node import Map, Seq
from lplint.model.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from lplint.model.node import Node
    from lplint.model.source import Spanned

    # A statement with `${Name}` for what the template gives, how to get that, and where the statement stands.
    Grant = tuple[dict[str, Any], Callable[[str], Node | None], Spanned]

# The managed policies of AWS that a type of event adds.
MANAGED = {
    "DynamoDB": "service-role/AWSLambdaDynamoDBExecutionRole",
    "Kinesis": "service-role/AWSLambdaKinesisExecutionRole",
    "MSK": "service-role/AWSLambdaMSKExecutionRole",
    "SQS": "service-role/AWSLambdaSQSQueueExecutionRole",
}
# The services that get a role of their own to start a state machine, by the type of the event.
STARTERS = {
    "Api": "apigateway.amazonaws.com",
    "CloudWatchEvent": "events.amazonaws.com",
    "EventBridgeRule": "events.amazonaws.com",
    "Schedule": "events.amazonaws.com",
    "ScheduleV2": "scheduler.amazonaws.com",
}


def _allow(action: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _arn(service: str, name: str) -> str:
    """The ARN of something in the stack's own account and region."""
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{name}"


# `${AWS::Made}` is a name that AWS makes.
START = _allow("states:StartExecution", _arn("states", "stateMachine:${Name}"))
INVOKE = _allow("lambda:InvokeFunction", _arn("lambda", "function:${Name}"))
_SECRET = _allow("secretsmanager:GetSecretValue", "${URI}")
_KEY = _allow("kms:Decrypt", _arn("kms", "key/${SecretsManagerKmsKeyId}"))
_INTERFACES = _allow(
    [
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeVpcs",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
    ],
    "*",
)
# Where results, and what failed, may go.
_DESTINATIONS = {
    "EventBridge": (_allow("events:PutEvents", "${Target}"),),
    "Lambda": (_allow("lambda:InvokeFunction", "${Target}"),),
    "S3": (_allow("s3:PutObject", "${Target}/*"), _allow("s3:ListBucket", "${Target}")),
    "SNS": (_allow("sns:Publish", "${Target}"),),
    "SQS": (_allow("sqs:SendMessage", "${Target}"),),
}
# The queues and topics that SAM makes if nobody names one.
_MADE = {
    "SNS": (_allow("sns:Publish", _arn("sns", "${AWS::Made}")),),
    "SQS": (_allow("sqs:SendMessage", _arn("sqs", "${AWS::Made}")),),
}
_DESTINATIONS["S3Bucket"] = _DESTINATIONS["S3"]
_CLUSTER = (
    _allow("rds:DescribeDBClusterParameters", _arn("rds", "cluster-pg:*")),
    _allow("rds:DescribeDBSubnetGroups", _arn("rds", "subgrp:*")),
    _allow("rds:DescribeDBClusters", "${Cluster}"),
    _INTERFACES,
)
_BROKER = _allow("mq:DescribeBroker", "${Broker}")
_REGISTRY = _allow("glue:GetRegistry", "${SchemaRegistryURI}")
_SCHEMAS = _allow("glue:GetSchemaVersion", _arn("glue", "schema/${Registry}/*"))
# The kinds of access to an event source that a secret keeps.
_SECRETS = {
    "DocumentDB": ("BASIC_AUTH",),
    "MQ": ("BASIC_AUTH",),
    "MSK": ("CLIENT_CERTIFICATE_TLS_AUTH",),
    "SelfManagedKafka": (
        "BASIC_AUTH",
        "CLIENT_CERTIFICATE_TLS_AUTH",
        "OAUTHBEARER_AUTH",
        "SASL_SCRAM_256_AUTH",
        "SASL_SCRAM_512_AUTH",
        "SERVER_ROOT_CA_CERTIFICATE",
    ),
}
_OF_NETWORK = ("VPC_SECURITY_GROUP", "VPC_SUBNET")


def of_event(type_: Text, properties: Map) -> Iterator[Grant]:
    """What an event from which a function pulls adds to the role of the function."""
    name = type_.value or ""
    if name == "MQ":
        yield _BROKER, properties.get, type_
    for statement in _CLUSTER if name == "DocumentDB" else ():
        yield statement, properties.get, type_
    seen = set()
    for access, kind in _accesses(properties.get("SourceAccessConfigurations")):
        seen.add(kind.value)
        if kind.value in _SECRETS.get(name, ()):
            yield _SECRET, access.get, kind
    if name == "SelfManagedKafka" and seen.issuperset(_OF_NETWORK):
        yield _INTERFACES, properties.get, type_
    if name in ("DocumentDB", "MQ", "SelfManagedKafka") and properties.get("SecretsManagerKmsKeyId") is not None:
        yield _KEY, properties.get, type_
    if name in ("MSK", "SelfManagedKafka"):
        yield from _of_registry(properties.get("SchemaRegistryConfig"))
    if name in MANAGED or name in _SECRETS:
        yield from of_destinations(properties.get("DestinationConfig"), ("OnFailure",))


def of_destinations(config: Node | None, names: tuple[str, ...] = ("OnSuccess", "OnFailure")) -> Iterator[Grant]:
    """What the destinations of a function's or an event's DestinationConfig add to the role."""
    for name in names:
        destination = config.get(name) if isinstance(config, Map) else None
        if isinstance(destination, Map):
            yield from to(destination, destination.get("Destination"))


def to(destination: Map, target: Node | None) -> Iterator[Grant]:
    """What it takes to send to a destination, or dead-letter queue, of a Type."""
    type_ = destination.get("Type")
    if isinstance(type_, Text):
        for statement in (_MADE if target is None else _DESTINATIONS).get(type_.value or "", ()):
            yield statement, lambda _: target, type_


def to_queue(config: Map, at: Text) -> Iterator[Grant]:
    """What it takes to send to the queue of a DeadLetterConfig, which SAM makes if no Arn is given."""
    arn = config.get("Arn")
    for statement in (_MADE if arn is None else _DESTINATIONS)["SQS"]:
        yield statement, lambda _: arn, at


def _accesses(configurations: Node | None) -> Iterator[tuple[Map, Text]]:
    """The ways of access to an event source, each with its Type."""
    for one in configurations.items if isinstance(configurations, Seq) else ():
        kind = one.get("Type") if isinstance(one, Map) else None
        if isinstance(one, Map) and isinstance(kind, Text):
            yield one, kind


def _of_registry(config: Node | None) -> Iterator[Grant]:
    """What reading a schema registry takes: its secrets, and the schemas if it is one of Glue's."""
    if not isinstance(config, Map):
        return
    for access, kind in _accesses(config.get("AccessConfigs")):
        yield _SECRET, access.get, kind
    address = config.get("SchemaRegistryURI")
    if isinstance(address, Text) and address.must_start_with("arn:") and ":registry/" in address.display:
        name = _last_part(address)
        yield _REGISTRY, config.get, address
        yield _SCHEMAS, lambda _: name, address


def _last_part(arn: Text) -> Text | None:
    """The name at the end of an ARN; None if it is not known."""
    last = arn.parts[-1]
    if not isinstance(last, str) or "/" not in last:
        return None
    name = last.rpartition("/")[2]
    span = arn.span_of(len(arn.display) - len(name), len(arn.display))
    return Text(span.source, span.start, span.end, name, span.start) if span.text == name else None
