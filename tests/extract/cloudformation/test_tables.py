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

from lplint.aws import catalog
from lplint.extract.cloudformation.tables import load
from lplint.model.policy import PolicyKind

ROOT = Path(__file__).resolve().parents[3]
KINDS = {kind.value for kind in PolicyKind}
TYPE = re.compile(r"AWS::[A-Z][A-Za-z0-9]*::[A-Z][A-Za-z0-9]*")
PATH = re.compile(r"[A-Z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*")
PROPERTIES = load("policy_properties")
PLACES = [(type_, place) for type_, places in PROPERTIES["resources"].items() for place in places]
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


@pytest.mark.parametrize("name", ["policy_properties"])
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
        "attachments",
        "memberships",
    }
    types = [type_ for section in PROPERTIES.values() if isinstance(section, dict) for type_ in section]
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
        "account", "action", "condition", "condition_key", "condition_operator", "condition_value", "effect",
        "event_source_token", "function_url_auth_type", "invoked_via_function_url", "organization", "principal",
        "qualifier", "resource", "source_account", "source_arn",
    }  # fmt: skip
    for type_, permission in PROPERTIES["permissions"].items():
        parts = dict(permission)
        assert parts.pop("service") in catalog.service_titles(), type_
        assert set(parts) <= meanings, type_
        assert {"principal", "account"} & set(parts), type_
        assert all(PATH.fullmatch(path) for path in parts.values()), type_


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


@pytest.mark.skipif(find_spec("cfnlint") is None, reason="cfn-lint, which ships the schemas, is not installed")
def test_the_tables_agree_with_the_schemas() -> None:
    script = ROOT / "scripts" / "build_cloudformation_tables.py"
    result = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
