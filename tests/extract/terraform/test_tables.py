"""The tables of Terraform's AWS providers: of one form, without doubles, and in agreement with the catalogue."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from lplint.access.patterns import overlaps
from lplint.aws import catalog
from lplint.extract.terraform.tables import load
from lplint.model.policy import PolicyKind

KINDS = {kind.value for kind in PolicyKind}
TYPE = re.compile(r"(data\.)?aws(cc)?_[a-z0-9]+(_[a-z0-9]+)*|provider\.aws(cc)?|backend\.s3")
PATH = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
VARIABLE = re.compile(r"\$\{([^{}]*)\}")
# `${name}`, `${name#prefix}`, `${*}`
NAMED = re.compile(r"(\*|[a-z][a-z0-9_]*)(#.+)?")
ARGUMENTS = load("policy_arguments")
ATTRIBUTES = load("attributes")
SHAPES = [
    (type_, attribute, shape)
    for type_, shapes in ATTRIBUTES["resources"].items()
    for attribute, shape in shapes.items()
]
PLACES = [(type_, place) for type_, places in ARGUMENTS["resources"].items() for place in places]
# ARNs that exist, of things that no policy can name as a resource, so that the catalogue lacks their form.
NO_RESOURCES_OF_IAM = {
    "aws_autoscaling_policy.arn",
    "aws_autoscaling_schedule.arn",
    "aws_billing_view.arn",
    "aws_lambda_alias.invoke_arn",
    "aws_lambda_function.invoke_arn",
    "aws_lambda_function.qualified_invoke_arn",
    "aws_securityhub_action_target.arn",
    "aws_securityhub_action_target.id",
    "aws_securityhub_insight.arn",
    "aws_securityhub_insight.id",
    "aws_ses_receipt_filter.arn",
    "aws_ses_receipt_rule.arn",
    "aws_ses_receipt_rule_set.arn",
    "aws_ssmcontacts_contact_channel.arn",
    "aws_ssmcontacts_contact_channel.id",
    "data.aws_lambda_function.invoke_arn",
}


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


@pytest.mark.parametrize("name", ["policy_arguments", "attributes"])
def test_a_table_names_its_source_and_nothing_twice(name: str) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
        return dict(pairs)

    text = files("lplint.extract.terraform.tables").joinpath(f"{name}.json").read_text(encoding="utf-8")
    table = json.loads(text, object_pairs_hook=unique)
    assert table["source"]
    assert re.fullmatch(r"20\d\d-\d\d", table["date"])
    assert table == load(name)


def test_the_sections_are_those_that_load_describes() -> None:
    assert set(ARGUMENTS) == {
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
        type_ for table in (ARGUMENTS, ATTRIBUTES) for section in table.values() if isinstance(section, dict)
        for type_ in section
    ]  # fmt: skip
    assert [type_ for type_ in types if not TYPE.fullmatch(type_)] == []


def test_every_policy_has_a_place_a_kind_and_a_known_service() -> None:
    services = {*catalog.service_titles(), "vpce"}
    for type_, place in PLACES:
        assert set(place) <= {"path", "kind", "service", "attached_to", "form", "kind_by"}, type_
        assert PATH.fullmatch(place["path"]), type_
        assert PATH.fullmatch(place.get("attached_to", "x")), type_
        assert place["kind"] in KINDS, type_
        assert place.get("form", "statement") == "statement", type_
        assert place.get("service", "s3") in services, type_
        # Of all resource policies, only RAM's do not tell whose they are.
        assert ("service" in place) == (
            place["kind"] in ("resource", "trust", "unknown") and not type_.endswith("_ram_permission")
        ), type_
    assert {place["kind"] for _, place in PLACES} >= {"identity", "resource", "trust", "session", "scp"}


def test_no_argument_is_listed_twice() -> None:
    policies = [(type_, place["path"]) for type_, place in PLACES]
    others = [(type_, path) for type_, paths in ARGUMENTS["not_policies"].items() for path in paths]
    assert len(policies) == len(set(policies))
    assert len(others) == len(set(others))
    assert set(policies).isdisjoint(others)


def test_a_kind_by_another_argument_is_a_kind_or_none() -> None:
    for type_, place in PLACES:
        if "kind_by" in place:
            by = dict(place["kind_by"])
            assert PATH.fullmatch(by.pop("argument")), type_
            assert by.pop("*") is None
            assert by == {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}


def test_permissions_name_arguments_by_their_meaning() -> None:
    meanings = {
        "account",
        "action",
        "condition_key",
        "condition_operator",
        "condition_value",
        "encryption_context_equals",
        "encryption_context_subset",
        "event_source_token",
        "function_url_auth_type",
        "group",
        "invoked_via_function_url",
        "open",
        "organization",
        "organizational_unit",
        "principal",
        "qualifier",
        "resource",
        "retiring_principal",
        "source_account",
        "source_arn",
    }
    for type_, permission in ARGUMENTS["permissions"].items():
        parts = dict(permission)
        assert parts.pop("service") in catalog.service_titles(), type_
        assert catalog.action(parts.pop("default_action", "events:PutEvents")) is not None
        arn = parts.pop("arn", "arn:${resource}")
        assert set(VARIABLE.findall(arn)) <= {"partition", "region", "account", "resource"}, type_
        assert "resource" in VARIABLE.findall(arn), type_
        assert set(parts) <= meanings, type_
        assert {"principal", "account", "open"} & set(parts), type_
        assert all(PATH.fullmatch(path) for path in parts.values()), type_


def test_attachments_name_principals_and_policies() -> None:
    one, many = {"role", "user", "group", "permission_set"}, {"roles", "users", "groups"}
    policies = {"document", "policy_arn", "policy_arns", "policy_id", "policy_name", "inline_names"}
    documents = {(type_, place["path"]): place["kind"] for type_, place in PLACES}
    for type_, attachments in ARGUMENTS["attachments"].items():
        for attachment in attachments:
            parts = dict(attachment)
            kind = parts.pop("kind")
            assert kind in KINDS, type_
            assert parts.pop("exclusive", True) is True
            assert parts.pop("self", "role") in one, type_
            assert len(policies & set(parts)) == 1, type_
            assert set(parts) <= one | many | policies | {"target", "policy_path"}, type_
            assert all(PATH.fullmatch(path) for path in parts.values()), type_
            if "document" in parts:
                assert documents[type_, parts["document"]] == kind
            if "self" in attachment:
                assert ARGUMENTS["identities"][type_]["kind"].replace("-", "_") == attachment["self"]
    for type_, membership in ARGUMENTS["memberships"].items():
        assert set(membership) <= one | many | {"self"}, type_
        assert len(membership) == 2, type_


def test_every_inline_policy_of_an_identity_is_attached_to_something() -> None:
    attached = {
        (type_, attachment["document"])
        for type_, attachments in ARGUMENTS["attachments"].items()
        for attachment in attachments
        if "document" in attachment
    }
    # Managed policies and IoT's are attached by other resources; a provider is a session of its own.
    elsewhere = {"aws_iam_policy", "aws_iot_policy", "awscc_iot_policy"}
    assert [
        type_
        for type_, place in PLACES
        if place["kind"] in ("identity", "trust") and (type_, place["path"]) not in attached and type_ not in elsewhere
    ] == []


def test_variables_of_a_shape_are_well_formed() -> None:
    for type_, attribute, shape in SHAPES:
        assert PATH.fullmatch(attribute), type_
        assert "${" not in VARIABLE.sub("", shape), (type_, attribute)
        for variable in VARIABLE.findall(shape):
            assert NAMED.fullmatch(variable), (type_, attribute, variable)


def test_a_default_is_that_of_an_argument_of_the_shape() -> None:
    for type_, defaults in ATTRIBUTES["defaults"].items():
        used = {name for shape in ATTRIBUTES["resources"][type_].values() for name in VARIABLE.findall(shape)}
        assert set(defaults) <= used, type_
        assert all(isinstance(value, str) for value in defaults.values())


def test_every_arn_is_one_of_the_catalogue() -> None:
    known = catalogue_arns()
    strange = set()
    for type_, attribute, shape in SHAPES:
        if not shape.startswith("arn:"):
            continue
        fields = fields_of(shape)
        assert len(fields) == 6, (type_, attribute)
        assert shape.startswith("arn:${partition}:"), (type_, attribute)
        if fields[2] == "*":
            continue
        assert fields[2] in known, (type_, attribute)
        if not any(same_form(fields, form) for form in known[fields[2]]):
            strange.add(f"{type_}.{attribute}")
    assert strange == NO_RESOURCES_OF_IAM


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("aws_iam_role", [("assume_role_policy", "trust", "sts"), ("inline_policy.policy", "identity", "")]),
        ("aws_iam_policy", [("policy", "identity", "")]),
        ("aws_s3_bucket_policy", [("policy", "resource", "s3")]),
        ("aws_s3_bucket", [("policy", "resource", "s3")]),
        ("aws_ecr_repository_creation_template", [("repository_policy", "resource", "ecr")]),
        ("aws_vpc_endpoint", [("policy", "resource", "vpce")]),
        ("aws_api_gateway_rest_api", [("policy", "resource", "execute-api")]),
        ("aws_transfer_user", [("policy", "session", "")]),
        ("aws_s3control_multi_region_access_point_policy", [("details.policy", "resource", "s3")]),
        ("awscc_iam_user", [("policies.policy_document", "identity", "")]),
    ],
)
def test_where_well_known_policies_stand(type_: str, expected: list[tuple[str, str, str]]) -> None:
    found = [(place["path"], place["kind"], place.get("service", "")) for place in ARGUMENTS["resources"][type_]]
    assert found == expected


@pytest.mark.parametrize(
    "type_",
    [
        "aws_ecr_lifecycle_policy",  # lifecycle rules
        "aws_opensearchserverless_access_policy",  # a language of its own
        "aws_sns_topic_data_protection_policy",  # IAM's look, another meaning
        "aws_verifiedaccess_group",  # Cedar
    ],
)
def test_what_is_called_a_policy_but_is_none_of_iam(type_: str) -> None:
    assert type_ not in ARGUMENTS["resources"]
    assert ARGUMENTS["not_policies"][type_]


@pytest.mark.parametrize(
    ("type_", "attribute", "shape"),
    [
        ("aws_s3_bucket", "arn", "arn:${partition}:s3:::${bucket}"),
        ("aws_s3_bucket", "id", "${bucket}"),
        ("aws_sqs_queue", "arn", "arn:${partition}:sqs:${region}:${account}:${name}"),
        ("aws_iam_role", "arn", "arn:${partition}:iam::${account}:role${path}${name}"),
        ("aws_iam_role", "id", "${name}"),
        ("aws_iam_policy", "id", "arn:${partition}:iam::${account}:policy${path}${name}"),
        ("aws_cloudwatch_log_group", "arn", "arn:${partition}:logs:${region}:${account}:log-group:${name}${*}"),
        (
            "aws_secretsmanager_secret",
            "arn",
            "arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-${*}",
        ),
        ("aws_ssm_parameter", "arn", "arn:${partition}:ssm:${region}:${account}:parameter/${name#/}"),
        ("aws_kms_key", "arn", "arn:${partition}:kms:${region}:${account}:key/${*}"),
        ("aws_api_gateway_rest_api", "execution_arn", "arn:${partition}:execute-api:${region}:${account}:${*}"),
        ("aws_vpc", "id", "vpc-${*}"),
        ("data.aws_caller_identity", "account_id", "${account}"),
        ("data.aws_partition", "partition", "${partition}"),
        ("data.aws_region", "name", "${region}"),
        ("data.aws_organizations_organization", "id", "o-${*}"),
    ],
)
def test_shapes_of_well_known_attributes(type_: str, attribute: str, shape: str) -> None:
    assert ATTRIBUTES["resources"][type_][attribute] == shape
