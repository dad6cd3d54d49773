"""The tables of CloudFormation's types: of one form, without doubles, and in agreement with the catalogue."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from lplint.access.patterns import overlaps
from lplint.aws import catalog
from lplint.extract.cloudformation.tables import load
from lplint.model.policy import PolicyKind

ROOT = Path(__file__).resolve().parents[3]
KINDS = {kind.value for kind in PolicyKind}
TYPE = re.compile(r"AWS::[A-Z][A-Za-z0-9]*::[A-Z][A-Za-z0-9]*")
PATH = re.compile(r"[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*")
VARIABLE = re.compile(r"\$\{([^{}]*)\}")
# `${Name}`, `${Name#prefix}`, `${*}`, and what the stack tells
NAMED = re.compile(r"\*|partition|region|account|dns_suffix|[A-Z][A-Za-z0-9]*(#.+)?")
PROPERTIES = load("policy_properties")
ATTRIBUTES = load("attributes")
HERE = ":${region}:${account}:"
SHAPES = [
    (type_, attribute, shape)
    for type_, shapes in ATTRIBUTES["resources"].items()
    for attribute, shape in shapes.items()
]
PLACES = [(type_, place) for type_, places in PROPERTIES["resources"].items() for place in places]
# ARNs that exist, of things that no policy can name as a resource, so that the catalogue lacks their form.
NO_RESOURCES_OF_IAM = {"AWS::AutoScaling::ScalingPolicy Arn"}
# What the issue of this table names, beside what CloudFormation's schemas have.
WANTED = """
AWS::IAM::Role AWS::IAM::User AWS::IAM::Group AWS::IAM::Policy AWS::IAM::ManagedPolicy AWS::IAM::RolePolicy
AWS::IAM::UserPolicy AWS::IAM::GroupPolicy AWS::S3::BucketPolicy AWS::S3::AccessPoint
AWS::S3::MultiRegionAccessPointPolicy AWS::S3Outposts::BucketPolicy AWS::S3Outposts::AccessPoint
AWS::S3Express::BucketPolicy AWS::S3Tables::TableBucketPolicy AWS::S3Tables::TablePolicy AWS::SQS::QueuePolicy
AWS::SQS::QueueInlinePolicy AWS::SNS::TopicPolicy AWS::SNS::TopicInlinePolicy AWS::KMS::Key AWS::KMS::ReplicaKey
AWS::SecretsManager::ResourcePolicy AWS::ECR::Repository AWS::ECR::RegistryPolicy AWS::ECR::PublicRepository
AWS::EC2::VPCEndpoint AWS::ApiGateway::RestApi AWS::OpenSearchService::Domain AWS::Elasticsearch::Domain
AWS::Logs::ResourcePolicy AWS::Logs::Destination AWS::Events::EventBusPolicy AWS::EFS::FileSystem AWS::DynamoDB::Table
AWS::DynamoDB::GlobalTable AWS::Kinesis::ResourcePolicy AWS::Backup::BackupVault AWS::CodeArtifact::Domain
AWS::CodeArtifact::Repository AWS::IoT::Policy AWS::MediaStore::Container AWS::SSO::PermissionSet
AWS::Organizations::Policy AWS::Organizations::ResourcePolicy AWS::VpcLattice::AuthPolicy AWS::Redshift::Cluster
AWS::SSM::ResourcePolicy AWS::Transfer::User AWS::RolesAnywhere::Profile
"""


@pytest.mark.parametrize("name", ["policy_properties", "attributes"])
def test_a_table_names_its_source_and_nothing_twice(name: str) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
        return dict(pairs)

    text = files("lplint.extract.cloudformation.tables").joinpath(f"{name}.json").read_text(encoding="utf-8")
    table = json.loads(text, object_pairs_hook=unique)
    assert table["source"]
    assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", table["date"])
    assert table == load(name)
    for section in table.values():
        if isinstance(section, dict):
            assert list(section) == sorted(section)


def test_the_sections_are_those_that_load_describes() -> None:
    assert set(PROPERTIES) == {
        "source",
        "date",
        "resources",
        "not_policies",
        "permissions",
        "identities",
        "attachments",
        "credentials",
        "memberships",
        "workloads",
    }
    assert set(ATTRIBUTES) == {"source", "date", "resources", "defaults"}
    types = [
        type_ for table in (PROPERTIES, ATTRIBUTES) for section in table.values() if isinstance(section, dict)
        for type_ in section
    ]  # fmt: skip
    assert [type_ for type_ in types if not TYPE.fullmatch(type_)] == []


def test_every_policy_has_a_place_a_kind_and_a_known_service() -> None:
    services = {*catalog.service_titles(), "vpce"}
    for type_, place in PLACES:
        assert set(place) <= {"path", "kind", "service", "attached_to", "form", "kind_by"}, type_
        assert PATH.fullmatch(place["path"]), type_
        assert PATH.fullmatch(place.get("attached_to", "X")), type_
        assert place["kind"] in KINDS, type_
        assert place.get("form", "statement") == "statement", type_
        assert place.get("service", "s3") in services, type_
        # Of all resource policies, only RAM's do not tell whose they are.
        assert ("service" in place) == (place["kind"] in ("resource", "trust") and type_ != "AWS::RAM::Permission")
    assert {place["kind"] for _, place in PLACES} == {"identity", "resource", "trust", "session", "scp"}


def test_no_property_is_listed_twice() -> None:
    policies = [(type_, place["path"]) for type_, place in PLACES]
    others = [(type_, path) for type_, paths in PROPERTIES["not_policies"].items() for path in paths]
    assert len(policies) == len(set(policies))
    assert len(others) == len(set(others))
    assert set(policies).isdisjoint(others)
    assert all(PATH.fullmatch(path) for _, path in others)


def test_the_kind_of_a_policy_of_an_organization_is_told_by_its_type() -> None:
    assert {type_: place["kind_by"] for type_, place in PLACES if "kind_by" in place} == {
        "AWS::Organizations::Policy": {
            "argument": "Type",
            "SERVICE_CONTROL_POLICY": "scp",
            "RESOURCE_CONTROL_POLICY": "rcp",
            "*": None,
        }
    }


def test_permissions_name_properties_by_their_meaning() -> None:
    meanings = {
        "account", "action", "condition_key", "condition_operator", "condition_value", "event_source_token",
        "function_url_auth_type", "invoked_via_function_url", "organization", "principal",
        "qualifier", "resource", "source_account", "source_arn",
    }  # fmt: skip
    for type_, permission in PROPERTIES["permissions"].items():
        parts = dict(permission)
        service = parts.pop("service")
        assert service in catalog.service_titles(), type_
        assert parts.pop("arn", f"arn:${{partition}}:{service}:${{resource}}").startswith(
            f"arn:${{partition}}:{service}:"
        )
        assert set(parts) <= meanings, type_
        assert {"principal", "account"} & set(parts), type_
        assert all(PATH.fullmatch(path) for path in parts.values()), type_


def test_identities_have_a_kind_and_a_name() -> None:
    assert {entry["kind"]: entry["name"] for entry in PROPERTIES["identities"].values()} == {
        "role": "RoleName",
        "user": "UserName",
        "group": "GroupName",
        "permission-set": "Name",
    }


def test_attachments_name_principals_and_policies() -> None:
    one, many = {"role", "user", "group", "permission_set"}, {"roles", "users", "groups"}
    policies = {"document", "policy_arn", "policy_arns", "policy_name"}
    documents = {(type_, place["path"]): place["kind"] for type_, place in PLACES}
    for type_, attachments in PROPERTIES["attachments"].items():
        for attachment in attachments:
            parts = dict(attachment)
            kind = parts.pop("kind")
            assert kind in KINDS, type_
            assert parts.pop("self", "role") in one, type_
            assert len(policies & set(parts)) == 1, type_
            assert set(parts) <= one | many | policies | {"target", "policy_path"}, type_
            assert all(PATH.fullmatch(path) for path in parts.values()), type_
            if "document" in parts:
                assert documents[type_, parts["document"]] == kind
    for type_, membership in PROPERTIES["memberships"].items():
        assert set(membership) <= one | many | {"self"}, type_
        assert len(membership) == 2, type_


def test_every_policy_of_an_identity_is_attached_to_something() -> None:
    attached = {
        (type_, attachment["document"])
        for type_, attachments in PROPERTIES["attachments"].items()
        for attachment in attachments
        if "document" in attachment
    }
    assert [
        type_
        for type_, place in PLACES
        if place["kind"] in ("identity", "trust") and (type_, place["path"]) not in attached
    ] == ["AWS::IoT::Policy"]  # attached by AWS::IoT::PolicyPrincipalAttachment


def test_the_types_that_the_issue_names_are_there() -> None:
    assert [type_ for type_ in WANTED.split() if type_ not in PROPERTIES["resources"]] == []
    assert {"AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission", "AWS::Events::EventBusPolicy"} <= set(
        PROPERTIES["permissions"]
    )
    assert {"AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup"} <= set(PROPERTIES["not_policies"])


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("AWS::IAM::Role", [("AssumeRolePolicyDocument", "trust", "sts"), ("Policies.PolicyDocument", "identity", "")]),
        ("AWS::IAM::Policy", [("PolicyDocument", "identity", "")]),
        ("AWS::S3::BucketPolicy", [("PolicyDocument", "resource", "s3")]),
        ("AWS::SQS::QueuePolicy", [("PolicyDocument", "resource", "sqs")]),
        ("AWS::EC2::VPCEndpoint", [("PolicyDocument", "resource", "vpce")]),
        ("AWS::ApiGateway::RestApi", [("Policy", "resource", "execute-api")]),
        ("AWS::Transfer::User", [("Policy", "session", "")]),
        ("AWS::Elasticsearch::Domain", [("AccessPolicies", "resource", "es")]),
        ("AWS::KMS::Key", [("KeyPolicy", "resource", "kms")]),
    ],
)
def test_where_well_known_policies_stand(type_: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(place["path"], place["kind"], place.get("service", "")) for place in PROPERTIES["resources"][type_]]
    assert found == expected


def fields_of(arn: str) -> list[str]:
    """The fields of an ARN, with a star for each variable."""
    return re.sub(r"\*+", "*", VARIABLE.sub("*", arn)).split(":", 5)


def catalogue_arns() -> dict[str, list[list[str]]]:
    """The fields of all forms of ARN in the catalogue, by their service."""
    found: dict[str, list[list[str]]] = {}
    for prefix in catalog.service_titles():
        service = catalog.service(prefix)
        assert service is not None
        for type_ in service.resource_types().values():
            for arn in type_.arns:
                fields = fields_of(arn)
                found.setdefault(fields[2], []).append(fields)
    return found


def same_form(one: list[str], other: list[str]) -> bool:
    """Whether an ARN can have both forms, field by field; a region or account stands in both or in neither."""
    return (
        len(one) == len(other)
        and all(overlaps(mine, its) for mine, its in zip(one, other, strict=True))
        and all((one[field] == "") == (other[field] == "") for field in (3, 4))
    )


def test_every_arn_is_one_of_the_catalogue() -> None:
    known = catalogue_arns()
    strange = set()
    for type_, attribute, shape in SHAPES:
        if not shape.startswith("arn:"):
            continue
        fields = fields_of(shape)
        assert len(fields) == 6, (type_, attribute)
        assert shape.startswith("arn:${partition}:"), (type_, attribute)
        if not any(same_form(fields, form) for form in known[fields[2]]):
            strange.add(f"{type_} {attribute}")
    assert strange == NO_RESOURCES_OF_IAM


def test_variables_of_a_shape_are_well_formed() -> None:
    for type_, attribute, shape in SHAPES:
        assert PATH.fullmatch(attribute), type_
        assert "${" not in VARIABLE.sub("", shape), (type_, attribute)
        for variable in VARIABLE.findall(shape):
            assert NAMED.fullmatch(variable), (type_, attribute, variable)


def test_a_default_is_that_of_a_property_of_the_shape() -> None:
    for type_, defaults in ATTRIBUTES["defaults"].items():
        used = {name for shape in ATTRIBUTES["resources"][type_].values() for name in VARIABLE.findall(shape)}
        assert set(defaults) <= used, type_
        assert all(isinstance(value, str) for value in defaults.values())


# From the "Return values" of each type in the AWS CloudFormation Template Reference.
@pytest.mark.parametrize(
    ("type_", "attribute", "shape"),
    [
        ("AWS::S3::Bucket", "Ref", "${BucketName}"),
        ("AWS::S3::Bucket", "Arn", "arn:${partition}:s3:::${BucketName}"),
        ("AWS::SQS::Queue", "Ref", "https://sqs.${region}.${dns_suffix}/${account}/${QueueName}"),
        ("AWS::SQS::Queue", "Arn", "arn:${partition}:sqs:${region}:${account}:${QueueName}"),
        ("AWS::SNS::Topic", "Ref", "arn:${partition}:sns:${region}:${account}:${TopicName}"),
        ("AWS::SNS::Topic", "TopicName", "${TopicName}"),
        ("AWS::IAM::Role", "Ref", "${RoleName}"),
        ("AWS::IAM::Role", "Arn", "arn:${partition}:iam::${account}:role${Path}${RoleName}"),
        ("AWS::IAM::User", "Ref", "${UserName}"),
        ("AWS::IAM::ManagedPolicy", "Ref", "arn:${partition}:iam::${account}:policy${Path}${ManagedPolicyName}"),
        ("AWS::IAM::InstanceProfile", "Ref", "${InstanceProfileName}"),
        ("AWS::IAM::OIDCProvider", "Arn", "arn:${partition}:iam::${account}:oidc-provider/${Url#https://}"),
        ("AWS::KMS::Key", "Arn", "arn:${partition}:kms:${region}:${account}:key/${*}"),
        ("AWS::KMS::Alias", "Ref", "${AliasName}"),
        ("AWS::Lambda::Function", "Ref", "${FunctionName}"),
        ("AWS::Lambda::Function", "Arn", "arn:${partition}:lambda" + HERE + "function:${FunctionName}"),
        ("AWS::Lambda::Version", "Ref", "arn:${partition}:lambda:${region}:${account}:function:${*}:${*}"),
        ("AWS::DynamoDB::Table", "Ref", "${TableName}"),
        ("AWS::DynamoDB::Table", "StreamArn", "arn:${partition}:dynamodb" + HERE + "table/${TableName}/stream/${*}"),
        ("AWS::DynamoDB::GlobalTable", "Arn", "arn:${partition}:dynamodb" + HERE + "table/${TableName}"),
        ("AWS::Logs::LogGroup", "Ref", "${LogGroupName}"),
        ("AWS::Logs::LogGroup", "Arn", "arn:${partition}:logs" + HERE + "log-group:${LogGroupName}:*"),
        ("AWS::SecretsManager::Secret", "Ref", "arn:${partition}:secretsmanager" + HERE + "secret:${Name}-${*}"),
        ("AWS::StepFunctions::Activity", "Ref", "arn:${partition}:states" + HERE + "activity:${Name}"),
        ("AWS::Events::Rule", "Ref", "${*}${Name}"),
        ("AWS::Events::EventBus", "Ref", "${Name}"),
        ("AWS::Kinesis::Stream", "Ref", "${Name}"),
        ("AWS::KinesisFirehose::DeliveryStream", "Ref", "${DeliveryStreamName}"),
        ("AWS::ECR::Repository", "Ref", "${RepositoryName}"),
        ("AWS::ECS::Cluster", "Ref", "${ClusterName}"),
        ("AWS::EKS::Cluster", "OpenIdConnectIssuerUrl", "https://oidc.eks.${region}.${dns_suffix}/id/${*}"),
        ("AWS::SSM::Parameter", "Ref", "${Name}"),
        ("AWS::CodeBuild::Project", "Ref", "${Name}"),
        ("AWS::CodePipeline::Pipeline", "Ref", "${Name}"),
        ("AWS::EC2::VPCEndpoint", "Ref", "vpce-${*}"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName", "${*}/${Name}/${*}"),
        ("AWS::AppSync::GraphQLApi", "Ref", "arn:${partition}:appsync:${region}:${account}:apis/${*}"),
        ("AWS::Backup::BackupVault", "Ref", "${BackupVaultName}"),
    ],
)  # fmt: skip
def test_what_well_known_references_return(type_: str, attribute: str, shape: str) -> None:
    assert ATTRIBUTES["resources"][type_][attribute] == shape


@pytest.mark.skipif(find_spec("cfnlint") is None, reason="cfn-lint, which ships the schemas, is not installed")
def test_the_tables_agree_with_the_schemas() -> None:
    script = ROOT / "scripts" / "build_cloudformation_tables.py"
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_policy_templates_of_sam_use_their_parameters_and_nothing_else() -> None:
    templates = load("sam_policy_templates")["templates"]
    pseudo = {"AWS::Partition", "AWS::Region", "AWS::AccountId"}
    for name, template in templates.items():
        used = set(VARIABLE.findall(json.dumps(template["statements"])))
        # Of those that grant nothing, nothing is left to use them.
        assert used - pseudo == (set(template["parameters"]) if template["statements"] else set()), name
        assert not {action for one in template["statements"] for action in one["Action"]} & set(
            template.get("without_effect", ())
        )
        for statement in template["statements"]:
            assert set(statement) - {"Condition"} == {"Effect", "Action", "Resource"}, name
            assert statement["Effect"] == "Allow"
    assert len(templates) > 80
    # AWS Serverless Application Model Developer Guide, "SAM policy template list".
    assert templates["SQSPollerPolicy"] == {
        "parameters": ["QueueName"],
        "without_effect": ["sqs:ChangeMessageVisibilityBatch", "sqs:DeleteMessageBatch"],
        "statements": [
            {
                "Effect": "Allow",
                "Action": [
                    "sqs:ChangeMessageVisibility",
                    "sqs:DeleteMessage",
                    "sqs:GetQueueAttributes",
                    "sqs:ReceiveMessage",
                ],
                "Resource": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${QueueName}",
            }
        ],
    }


def test_connectors_of_sam_grant_statements_on_one_side() -> None:
    seen = set()
    for destinations in load("sam_connectors")["connectors"].values():
        for destination, profile in destinations.items():
            assert TYPE.fullmatch(destination)
            assert set(profile) - {"on"} <= {"Read", "Write"}
            for permission in set(profile) - {"on"}:
                for statement in profile[permission]:
                    assert statement["Effect"] == "Allow"
                    # A policy of a role names no principal, one of a resource must.
                    assert ("Principal" in statement) == (profile["on"] not in ("source", "destination"))
            seen.add(profile["on"])
    assert seen == {"source", "destination", "sqs", "sns", "lambda"}


@pytest.mark.skipif(find_spec("samtranslator") is None, reason="aws-sam-translator is not installed")
def test_the_tables_of_sam_are_those_of_the_translator() -> None:
    script = ROOT / "scripts" / "build_sam_tables.py"
    result = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
