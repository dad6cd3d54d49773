"""Policies in the files of other tools, found by what they say: with the kind and service that their place gives."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lplint.extract import extract
from lplint.model.source import Source

STATEMENT = "{Effect: Allow, Action: '*', Resource: '*'}"
FOR_ALL = "{Effect: Allow, Principal: '*', Action: '*', Resource: '*'}"
TRUST = "{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: '*'}"


def document(statement: str) -> str:
    return f"{{Version: '2012-10-17', Statement: [{statement}]}}"


def text(statement: str) -> str:
    """The document as JSON in a string of YAML."""
    json = document(statement).replace("'", '"')
    for word in ("Version", "Statement", "Effect", "Principal", "Service", "Action", "Resource"):
        json = json.replace(f"{word}:", f'"{word}":')
    return "'" + json.replace(" Allow,", ' "Allow",').replace(" ec2.amazonaws.com}", ' "ec2.amazonaws.com"}') + "'"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # eksctl: AWS IAM Authenticator's roles for service accounts and for nodes
        (
            f"""\
            apiVersion: eksctl.io/v1alpha5
            kind: ClusterConfig
            iam: {{serviceAccounts: [{{attachPolicy: {document(STATEMENT)}}}]}}
            managedNodeGroups: [{{iam: {{attachPolicy: {{Statement: {{Effect: Allow, Action: 'sts:AssumeRole'}}}}}}}}]
            """,
            ["identity ", "identity "],
        ),
        # Ansible: modules of amazon.aws and community.aws
        (
            f"""\
            - tasks:
                - community.aws.iam_role: {{name: r, assume_role_policy_document: {document(TRUST)}}}
                - amazon.aws.iam_policy: {{policy_name: p, policy_json: {document(STATEMENT)}}}
                - iam_managed_policy: {{policy_name: m, policy: {document(STATEMENT)}}}
                - s3_bucket: {{name: b, policy: {document(FOR_ALL)}}}
                - amazon.aws.kms_key: {{alias: k, policy: {text(FOR_ALL)}}}
                - community.aws.sqs_queue: {{name: q, policy: {document(FOR_ALL)}}}
            """,
            ["trust sts", "identity ", "identity ", "resource s3", "resource kms", "resource sqs"],
        ),
        # Pulumi YAML
        (
            f"""\
            runtime: yaml
            resources:
              role:
                type: aws:iam:Role
                properties:
                  assumeRolePolicy: {{fn::toJSON: {document(TRUST)}}}
                  inlinePolicies: [{{policy: {text(STATEMENT)}}}]
              bucket:
                type: aws:s3/bucketPolicy:BucketPolicy
                properties: {{policy: {{fn::toJSON: {document(FOR_ALL)}}}}}
              endpoint:
                type: aws:ec2:VpcEndpoint
                properties: {{policy: {text(FOR_ALL)}}}
            """,
            ["trust sts", "identity ", "resource s3", "resource vpce"],
        ),
        # Crossplane's and AWS's own controllers for Kubernetes
        (
            f"""\
            apiVersion: iam.aws.crossplane.io/v1beta1
            kind: Role
            spec: {{forProvider: {{assumeRolePolicyDocument: {text(TRUST)}}}}}
            ---
            apiVersion: sqs.aws.m.upbound.io/v1beta1
            kind: QueuePolicy
            spec: {{forProvider: {{policy: {text(FOR_ALL)}}}}}
            ---
            apiVersion: iam.services.k8s.aws/v1alpha1
            kind: Role
            spec:
              assumeRolePolicyDocument: {text(TRUST)}
              inlinePolicies: {{a: {text("{Effect: Allow, Action: '*'}")}}}
            ---
            apiVersion: efs.services.k8s.aws/v1alpha1
            kind: FileSystem
            spec: {{policy: {text(FOR_ALL)}}}
            """,
            ["trust sts", "resource sqs", "trust sts", "identity ", "resource elasticfilesystem"],
        ),
        # AWS's landing zones
        (f"policySets: [{{identityPolicies: [{{policy: {document(STATEMENT)}}}]}}]\n", ["identity "]),
    ],
)
def test_the_kind_of_a_policy_by_its_place(content: str, expected: list[str]) -> None:
    found = extract(Source("config.yaml", dedent(content)))
    assert found.problems == []
    assert [f"{policy.kind.value} {policy.service}" for policy in found.policies] == expected
