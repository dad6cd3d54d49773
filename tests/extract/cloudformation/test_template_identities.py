"""The identities of a template: roles, users and groups with all that the template attaches to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplint.extract import extract
from lplint.model.source import Source

if TYPE_CHECKING:
    from lplint.model.policy import Identity

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {Open: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Open, x], Never: !Equals [a, b]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${AWS::StackName}-role"
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: x.amazonaws.com}, Action: sts:AssumeRole}
      ManagedPolicyArns:
        - !Sub "arn:${AWS::Partition}:iam::aws:policy/ReadOnlyAccess"
        - !Ref Managed
      PermissionsBoundary: !Ref Boundary
      Policies:
        - {PolicyName: one, PolicyDocument: {Statement: {Effect: Allow, Action: a:inline, Resource: "*"}}}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: {Statement: {Effect: Allow, Action: a:managed, Resource: "*"}}}
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: {Statement: {Effect: Allow, Action: a:boundary, Resource: "*"}}}
  Attached:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: two
      Roles: [!Ref Role]
      Groups: [readers]
      PolicyDocument: {Statement: {Effect: Allow, Action: a:attached, Resource: "*"}}
  Readers: {Type: AWS::IAM::Group, Properties: {GroupName: readers}}
  User: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Readers]}}
"""
MORE = """\
  More:
    Type: AWS::IAM::Policy
    %s
    Properties:
      PolicyName: three
      Roles: [%s]
      PolicyDocument: {Statement: {Effect: Allow, Action: a:more, Resource: "*"}}
"""


def identities(text: str) -> dict[str, Identity]:
    found = extract(Source("template.yaml", text))
    assert found.problems == []
    return {one.address: one for one in found.identities}


def actions(identity: Identity) -> list[str]:
    return sorted(
        text.display
        for policy in identity.policies
        for statement in policy.statements
        for text in (statement.action.values if statement.action is not None else ())
    )


def test_a_role_has_its_inline_managed_and_attached_policies_its_trust_and_its_boundary() -> None:
    role = identities(TEMPLATE)["Resources.Role"]
    assert role.kind == "role"
    assert role.span.text == "Role"
    assert actions(role) == ["a:attached", "a:inline", "a:managed"]
    assert [arn.display.rpartition("/")[2] for arn in role.attached] == ["ReadOnlyAccess"]
    assert [str(policy.origin) for policy in role.trust] == ["Resources.Role.AssumeRolePolicyDocument"]
    assert [str(policy.origin) for policy in role.boundaries] == ["Resources.Boundary.PolicyDocument"]
    assert [policy.kind.value for policy in role.boundaries] == ["boundary"]
    assert role.complete


def test_a_user_is_in_its_groups_and_a_group_is_told_by_its_name() -> None:
    found = identities(TEMPLATE)
    assert [group.address for group in found["Resources.User"].groups] == ["Resources.Readers"]
    assert actions(found["Resources.Readers"]) == ["a:attached"]


@pytest.mark.parametrize(
    ("condition", "roles", "attached", "complete"),
    [
        ("DependsOn: Role", "!Ref Role", True, True),
        ("DependsOn: Role", '!Sub "${Role}"', True, True),
        ("Condition: Maybe", "!Ref Role", False, False),
        ("Condition: Never", "!Ref Role", False, True),
        ("DependsOn: Role", "!If [Maybe, !Ref Role, !Ref AWS::NoValue]", False, False),
        ("DependsOn: Role", "!Ref Open", False, False),
        ("DependsOn: Role", "another", False, True),
    ],
)
def test_what_may_be_attached_leaves_a_role_incomplete(
    condition: str, roles: str, attached: bool, complete: bool
) -> None:
    role = identities(TEMPLATE + MORE % (condition, roles))["Resources.Role"]
    assert ("a:more" in actions(role)) == attached
    assert role.complete == complete


@pytest.mark.parametrize("policies", ["!GetAtt Readers.X", "[{PolicyName: x, PolicyDocument: !Ref Open}]"])
def test_inline_policies_that_are_unknown_leave_a_role_open(policies: str) -> None:
    text = TEMPLATE.replace(
        "      Policies:\n        - {PolicyName: one,", f"      Policies: {policies}\n      Tags:\n        - {{"
    )
    assert text != TEMPLATE
    role = identities(text)["Resources.Role"]
    assert not (role.complete and all(policy.complete for policy in role.policies))


@pytest.mark.parametrize(
    "arn",
    [
        "!Ref More",
        "!GetAtt More.PolicyArn",
        '{"Fn::GetAtt": [More, PolicyArn]}',
        '!Sub "${More}"',
        '!Sub "${More.PolicyArn}"',
        "!Select [0, [!Ref More]]",
        '!Join ["", [!GetAtt More.PolicyArn]]',
        "!FindInMap [None, a, b, {DefaultValue: !Ref More}]",
        '!Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/more"',
    ],
)
def test_a_policy_is_found_by_whatever_leads_to_its_arn(arn: str) -> None:
    text = f"""\
Mappings: {{None: {{}}}}
Resources:
  Role: {{Type: AWS::IAM::Role, Properties: {{ManagedPolicyArns: [{arn}]}}}}
  More:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: more
      PolicyDocument: {{Statement: {{Effect: Allow, Action: "a:more", Resource: "*"}}}}
"""
    role = identities(text)["Resources.Role"]
    assert actions(role) == ["a:more"]
