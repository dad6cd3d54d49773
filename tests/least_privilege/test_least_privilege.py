"""Policies that are least privilege by AWS's own documentation get no error and no warning, whatever rules run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

if TYPE_CHECKING:
    from lplint.model.finding import Finding

ACCOUNT = "123456789012"
REGION = "eu-west-1"


def arn(service: str, resource: str, region: str = REGION, account: str = ACCOUNT) -> str:
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def role(name: str) -> str:
    return arn("iam", f"role/{name}", region="")


def allow(action: Any, resource: Any = None, condition: Any = None, principal: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": "Allow"}
    if principal is not None:
        made["Principal"] = principal
    made["Action"] = action
    if resource is not None:
        made["Resource"] = resource
    if condition is not None:
        made["Condition"] = condition
    return made


def equals(**keys: Any) -> dict[str, Any]:
    return {"StringEquals": {key.replace("__", ":").replace("_", "-"): value for key, value in keys.items()}}


def service(name: str) -> dict[str, str]:
    return {"Service": f"{name}.amazonaws.com"}


def no_plain(action: str, resource: Any) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


KEY = arn("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab")
TABLE = arn("dynamodb", "table/orders")
QUEUE = arn("sqs", "orders")
TOPIC = arn("sns", "orders")
FUNCTION = arn("lambda", "function:orders")
SECRET = arn("secretsmanager", "secret:orders-??????")
LOGS = arn("logs", "log-group:/aws/lambda/orders:*")
BUCKET = ["arn:aws:s3:::reports", "arn:aws:s3:::reports/*"]
ROOT = {"AWS": arn("iam", "root", region="")}

IDENTITY: dict[str, list[dict[str, Any]]] = {
    "a function reads one table": [allow(["dynamodb:GetItem", "dynamodb:Query"], [TABLE, f"{TABLE}/index/*"])],
    "a function writes one table": [allow(["dynamodb:PutItem", "dynamodb:UpdateItem"], TABLE)],
    "a function reads its rows only": [
        allow("dynamodb:GetItem", TABLE, {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}})
    ],
    "a function writes its log": [allow(["logs:CreateLogStream", "logs:PutLogEvents"], LOGS)],
    "a function writes its log, as AWS's own policy says it": [
        allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*")
    ],
    "a function in a network": [
        allow(["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"], "*")
    ],
    "a function takes messages": [allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], QUEUE)],
    "a function reads a stream": [
        allow(["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"], arn("kinesis", "stream/a")),
        allow("kinesis:ListStreams", "*"),
    ],
    "a function traces": [allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")],
    "a program counts": [allow("cloudwatch:PutMetricData", "*", {"StringEquals": {"cloudwatch:namespace": "orders"}})],
    "a program reads one secret": [allow("secretsmanager:GetSecretValue", SECRET)],
    "a program reads its parameters": [
        allow(["ssm:GetParameter", "ssm:GetParametersByPath"], arn("ssm", "parameter/orders/*"))
    ],
    "a program decrypts with one key": [allow("kms:Decrypt", KEY)],
    "a program encrypts through a service": [
        allow(["kms:Decrypt", "kms:GenerateDataKey*"], KEY, equals(kms__ViaService="s3.eu-west-1.amazonaws.com"))
    ],
    "a program sends messages": [allow("sqs:SendMessage", QUEUE)],
    "a program publishes": [allow("sns:Publish", TOPIC)],
    "a program calls a function": [allow("lambda:InvokeFunction", FUNCTION)],
    "a program sends mail": [
        allow("ses:SendEmail", arn("ses", "identity/example.com"), equals(ses__FromAddress="shop@example.com"))
    ],
    "a program reads a bucket": [
        allow("s3:ListBucket", "arn:aws:s3:::reports"),
        allow("s3:GetObject", "arn:aws:s3:::reports/*"),
    ],
    "a program reads its part of a bucket": [
        allow("s3:ListBucket", "arn:aws:s3:::reports", {"StringLike": {"s3:prefix": ["orders/*"]}}),
        allow("s3:GetObject", "arn:aws:s3:::reports/orders/*"),
    ],
    "a program writes its part of a bucket": [
        allow(["s3:PutObject", "s3:AbortMultipartUpload"], "arn:aws:s3:::reports/orders/*")
    ],
    "a person's own folder": [
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::homes/${aws:username}/*")
    ],
    "a task is started": [
        allow(["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"], "*"),
        allow("ecr:BatchGetImage", arn("ecr", "repository/orders")),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", "log-group:/ecs/orders:*")),
        allow("secretsmanager:GetSecretValue", SECRET),
    ],
    "a pipeline pushes an image": [
        allow("ecr:GetAuthorizationToken", "*"),
        allow(
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:InitiateLayerUpload",
                "ecr:UploadLayerPart",
                "ecr:CompleteLayerUpload",
                "ecr:PutImage",
            ],
            arn("ecr", "repository/orders"),
        ),
    ],
    "a pipeline deploys a function": [
        allow(["lambda:UpdateFunctionCode", "lambda:PublishVersion", "lambda:UpdateAlias"], FUNCTION)
    ],
    "a pipeline deploys a service": [
        allow("ecs:UpdateService", arn("ecs", "service/shop/orders")),
        allow("ecs:RegisterTaskDefinition", arn("ecs", "task-definition/orders:*")),
        allow("iam:PassRole", role("orders-task"), equals(iam__PassedToService="ecs-tasks.amazonaws.com")),
    ],
    "a pipeline deploys a stack": [
        allow(
            ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "cloudformation:DescribeStacks"],
            arn("cloudformation", "stack/orders/*"),
        ),
        allow("iam:PassRole", role("orders-stack"), equals(iam__PassedToService="cloudformation.amazonaws.com")),
    ],
    "a pipeline publishes a site": [
        allow(["s3:PutObject", "s3:DeleteObject"], "arn:aws:s3:::site/public/*"),
        allow("cloudfront:CreateInvalidation", arn("cloudfront", "distribution/E1A2B3C4D5", region="")),
    ],
    "a pipeline assumes a role elsewhere": [allow("sts:AssumeRole", arn("iam", "role/deploy", "", "210987654321"))],
    "a build writes its log and reports": [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", "log-group:/aws/codebuild/orders:*")),
        allow(["codebuild:CreateReport", "codebuild:UpdateReport"], arn("codebuild", "report-group/orders-*")),
    ],
    "a scheduler starts one task": [
        allow(
            "ecs:RunTask",
            arn("ecs", "task-definition/orders:*"),
            {"ArnEquals": {"ecs:cluster": arn("ecs", "cluster/a")}},
        )
    ],
    "a rule sends to a queue": [allow("sqs:SendMessage", QUEUE)],
    "a rule starts a machine": [allow("states:StartExecution", arn("states", "stateMachine:orders"))],
    "a machine calls functions": [allow("lambda:InvokeFunction", [FUNCTION, f"{FUNCTION}:*"])],
    "a delivery stream writes a bucket": [
        allow(["s3:AbortMultipartUpload", "s3:PutObject"], "arn:aws:s3:::reports/firehose/*"),
        allow(["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], "arn:aws:s3:::reports"),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], KEY, equals(kms__ViaService="s3.eu-west-1.amazonaws.com")),
    ],
    "a stream receives records": [allow(["kinesis:PutRecord", "kinesis:PutRecords"], arn("kinesis", "stream/a"))],
    "a bucket is replicated": [
        allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], "arn:aws:s3:::reports"),
        allow(["s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"], "arn:aws:s3:::reports/*"),
        allow(["s3:ReplicateObject", "s3:ReplicateDelete"], "arn:aws:s3:::copies/*"),
    ],
    "instances are stopped by tag": [
        allow(["ec2:StartInstances", "ec2:StopInstances"], "*", {"StringEquals": {"aws:ResourceTag/team": "orders"}})
    ],
    "instances of one kind are started": [
        allow("ec2:RunInstances", "*", {"StringEquals": {"ec2:InstanceType": "t3.micro"}}),
        allow("ec2:CreateTags", arn("ec2", "instance/*"), {"StringEquals": {"ec2:CreateAction": "RunInstances"}}),
    ],
    "a monitor looks at everything": [
        allow(["ec2:Describe*", "cloudwatch:GetMetricData", "cloudwatch:List*", "rds:Describe*"], "*")
    ],
    "an auditor looks at IAM": [allow(["iam:Get*", "iam:List*", "iam:GenerateCredentialReport"], "*")],
    "a session through the manager": [
        allow("ssm:StartSession", arn("ec2", "instance/*"), {"StringEquals": {"ssm:resourceTag/team": "orders"}}),
        allow(["ssm:TerminateSession", "ssm:ResumeSession"], arn("ssm", "session/${aws:userid}-*")),
    ],
    "an instance is managed": [
        allow(["ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:OpenDataChannel"], "*")
    ],
    "a person's own key": [
        allow(
            ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys"], arn("iam", "user/${aws:username}", "")
        )
    ],
    "a person's own second factor": [
        allow("iam:CreateVirtualMFADevice", arn("iam", "mfa/*", "")),
        allow(["iam:EnableMFADevice", "iam:ListMFADevices"], arn("iam", "user/${aws:username}", "")),
    ],
    "a role is made within a boundary": [
        allow(
            ["iam:CreateRole", "iam:AttachRolePolicy"],
            role("app/*"),
            equals(iam__PermissionsBoundary=arn("iam", "policy/developers", region="")),
        )
    ],
    "a service-linked role": [
        allow("iam:CreateServiceLinkedRole", "*", equals(iam__AWSServiceName="ecs.amazonaws.com"))
    ],
    "a function is connected to a bucket": [
        allow("lambda:AddPermission", FUNCTION, equals(lambda__Principal="s3.amazonaws.com"))
    ],
    "a grant for a disk": [
        allow("kms:CreateGrant", KEY, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow(["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"], KEY),
    ],
    "a query": [
        allow(["athena:StartQueryExecution", "athena:GetQueryResults"], arn("athena", "workgroup/orders")),
        allow("glue:GetTable", [arn("glue", "catalog"), arn("glue", "database/a"), arn("glue", "table/a/*")]),
    ],
    "a database by its user": [allow("rds-db:connect", arn("rds-db", "dbuser:cluster-AB12/orders"))],
    "names are changed in one zone": [
        allow("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z1A2B3C4D5"),
        allow("route53:ListHostedZones", "*"),
    ],
    "a cluster's service account reads a bucket": [allow("s3:GetObject", "arn:aws:s3:::charts/stable/*")],
    "a search domain is read": [allow(["es:ESHttpGet", "es:ESHttpHead"], arn("es", "domain/orders/*"))],
    "a model is called": [
        allow("bedrock:InvokeModel", f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-v2")
    ],
    "a file system is mounted": [
        allow(
            ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            arn("elasticfilesystem", "file-system/fs-12345678"),
        )
    ],
    "a certificate is asked for and read": [allow("acm:DescribeCertificate", arn("acm", "certificate/a"))],
    "the caller is asked for": [allow("sts:GetCallerIdentity", "*")],
    "an API is called": [allow("execute-api:Invoke", arn("execute-api", "a1b2c3/prod/GET/orders/*"))],
    "an image is copied by its tag": [
        allow("ec2:DeleteSnapshot", "*", {"StringEquals": {"aws:ResourceTag/made-by": "backup"}}),
        allow("ec2:DescribeSnapshots", "*"),
    ],
    "events are sent to one bus": [allow("events:PutEvents", arn("events", "event-bus/orders"))],
}
RESOURCE: dict[str, list[dict[str, Any]]] = {
    "the default key policy": [allow("kms:*", "*", principal=ROOT)],
    "a key policy with users": [
        allow("kms:*", "*", principal=ROOT),
        allow(
            ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], "*", principal={"AWS": role("a")}
        ),
        allow("kms:CreateGrant", "*", {"Bool": {"kms:GrantIsForAWSResource": "true"}}, principal={"AWS": role("a")}),
    ],
    "a bucket of the organization, encrypted on the way": [
        allow("s3:GetObject", "arn:aws:s3:::reports/*", equals(aws__PrincipalOrgID="o-a1b2c3d4e5"), principal="*"),
        no_plain("s3:*", BUCKET),
    ],
    "a bucket of another account": [
        allow("s3:GetObject", "arn:aws:s3:::reports/*", principal={"AWS": "arn:aws:iam::210987654321:role/reader"}),
        no_plain("s3:*", BUCKET),
    ],
    "a bucket for a trail": [
        allow("s3:GetBucketAcl", "arn:aws:s3:::trail", equals(aws__SourceAccount=ACCOUNT), service("cloudtrail")),
        allow(
            "s3:PutObject",
            f"arn:aws:s3:::trail/AWSLogs/{ACCOUNT}/*",
            {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": ACCOUNT}},
            service("cloudtrail"),
        ),
        no_plain("s3:*", ["arn:aws:s3:::trail", "arn:aws:s3:::trail/*"]),
    ],
    "a bucket for a distribution": [
        allow(
            "s3:GetObject",
            "arn:aws:s3:::site/*",
            {"StringEquals": {"AWS:SourceArn": arn("cloudfront", "distribution/E1A2B3C4D5", region="")}},
            service("cloudfront"),
        ),
        no_plain("s3:*", ["arn:aws:s3:::site", "arn:aws:s3:::site/*"]),
    ],
    "a queue for a topic": [allow("sqs:SendMessage", QUEUE, {"ArnEquals": {"aws:SourceArn": TOPIC}}, service("sns"))],
    "a topic for a rule": [
        allow("sns:Publish", TOPIC, {"ArnEquals": {"aws:SourceArn": arn("events", "rule/nightly")}}, service("events"))
    ],
    "a secret for another account": [
        allow("secretsmanager:GetSecretValue", "*", principal={"AWS": "arn:aws:iam::210987654321:role/reader"})
    ],
    "a repository for another account": [
        allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], principal={"AWS": "arn:aws:iam::210987654321:root"})
    ],
    "a function for a bucket": [
        allow(
            "lambda:InvokeFunction",
            FUNCTION,
            {
                "StringEquals": {"AWS:SourceAccount": ACCOUNT},
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::reports"},
            },
            service("s3"),
        )
    ],
}
TRUST: dict[str, list[dict[str, Any]]] = {
    "a function": [allow("sts:AssumeRole", principal=service("lambda"))],
    "an account with an external id": [
        allow("sts:AssumeRole", condition=equals(sts__ExternalId="9f2c71d4"), principal={"AWS": "210987654321"})
    ],
    "a service account of a cluster": [
        allow(
            "sts:AssumeRoleWithWebIdentity",
            condition={
                "StringEquals": {
                    "oidc.eks.eu-west-1.amazonaws.com/id/AB12:sub": "system:serviceaccount:shop:orders",
                    "oidc.eks.eu-west-1.amazonaws.com/id/AB12:aud": "sts.amazonaws.com",
                }
            },
            principal={"Federated": arn("iam", "oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB12", region="")},
        )
    ],
    "a pod": [allow(["sts:AssumeRole", "sts:TagSession"], principal=service("pods.eks"))],
    "a pipeline of GitHub": [
        allow(
            "sts:AssumeRoleWithWebIdentity",
            condition={
                "StringEquals": {
                    "token.actions.githubusercontent.com:sub": "repo:shop/orders:ref:refs/heads/main",
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                }
            },
            principal={"Federated": arn("iam", "oidc-provider/token.actions.githubusercontent.com", region="")},
        )
    ],
}
ENDPOINT: dict[str, list[dict[str, Any]]] = {
    "a bucket by an endpoint": [
        allow("s3:GetObject", "arn:aws:s3:::reports/*", equals(aws__PrincipalOrgID="o-a1b2c3d4e5"), principal="*")
    ],
}
POLICIES = [
    pytest.param(path, statements, id=name)
    for path, policies in (
        ("policy.json", {**IDENTITY, **RESOURCE, **TRUST}),
        ("vpc-endpoint/policy.json", ENDPOINT),
    )
    for name, statements in policies.items()
]


def findings(statements: list[dict[str, Any]], path: str = "policy.json") -> list[Finding]:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)
    report = lint([Input(path, Config(), text.encode())], lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert not report.failures
    assert report.policies == 1
    return list(report.findings)


@pytest.mark.parametrize(("path", "statements"), POLICIES)
def test_least_privilege_is_left_in_peace(path: str, statements: list[dict[str, Any]]) -> None:
    found = [one for one in findings(statements, path) if one.severity > Severity.NOTE]
    assert [(one.rule.id, one.message) for one in found] == []


def test_there_are_enough_of_them() -> None:
    assert len(POLICIES) >= 60


def test_the_narrower_of_three_policies_gets_fewer_and_lower_findings() -> None:
    whole = findings([allow("s3:*", ["arn:aws:s3:::pictures", "arn:aws:s3:::pictures/*"])])
    objects = findings([allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::pictures/*")])
    pictures = findings([allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::pictures/*.jpg")])
    assert len(whole) > len(objects) > len(pictures) == 0
    assert max(one.severity for one in whole) > max(one.severity for one in objects)
