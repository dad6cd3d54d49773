"""The policies of CloudFormation templates: where they are found, whose they are, and at which characters."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.extract import extract
from lplint.model.rule import Severity
from lplint.model.source import Source

if TYPE_CHECKING:
    from lplint.model.finding import Finding
    from lplint.model.policy import Policy


def policies(text: str, name: str = "template.yaml") -> list[Policy]:
    return extract(Source(name, text)).policies


def findings(text: str, *rules: str, name: str = "template.yaml") -> list[Finding]:
    chosen = tuple(ruleset.find(rule) for rule in rules) or ruleset.rules()
    report = lint([Input(name, Config(), text.encode())], lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    return list(report.findings)


def underlined(text: str, *rules: str, name: str = "template.yaml") -> list[tuple[int, str]]:
    return [(one.span.start_position().line, one.span.text) for one in findings(text, *rules, name=name)]


def kinds(text: str, name: str = "template.yaml") -> list[tuple[str, str, str]]:
    return [(str(policy.origin), policy.kind.value, policy.service) for policy in policies(text, name)]


ROLE = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: sts:AssumeRole}
      Policies:
        - PolicyName: one
          PolicyDocument:
            Statement: {Effect: Allow, Action: "s3:*", Resource: "*"}
        - !If
          - IsProd
          - PolicyName: two
            PolicyDocument:
              Statement: {Effect: Allow, Action: "sqs:*", Resource: "*"}
          - !Ref AWS::NoValue
  Boundary:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Statement: !If [IsProd, [{Effect: Allow, Action: "ec2:*", Resource: "*"}], !Ref AWS::NoValue]
Conditions:
  IsProd: !Equals [!Ref AWS::Region, us-east-1]
"""


def test_a_policy_has_the_kind_of_its_property_and_the_address_of_its_resource() -> None:
    assert kinds(ROLE) == [
        ("Resources.Role.AssumeRolePolicyDocument", "trust", "sts"),
        ("Resources.Role.Policies[0].PolicyDocument", "identity", ""),
        ("Resources.Role.Policies[1].PolicyDocument", "identity", ""),
        ("Resources.Boundary.PolicyDocument", "identity", ""),
    ]
    assert {policy.origin.kind for policy in policies(ROLE)} == {"cloudformation"}


def test_policies_and_statements_in_a_choice_are_checked() -> None:
    assert underlined(ROLE, "LP215") == [(10, '"s3:*"'), (15, '"sqs:*"'), (21, '"ec2:*"')]


def test_a_branch_that_is_certainly_not_taken_is_not_checked() -> None:
    text = ROLE.replace("!Equals [!Ref AWS::Region, us-east-1]", "!Equals [a, b]")
    assert underlined(text, "LP215") == [(10, '"s3:*"')]


def test_a_resource_whose_condition_cannot_hold_does_not_exist() -> None:
    text = ROLE.replace("    Type: AWS::IAM::Role", "    Type: AWS::IAM::Role\n    Condition: Never")
    never = text + "  Never: !Equals [a, b]\n"
    maybe = text + "  Never: !Equals [!Ref AWS::Region, b]\n"
    assert [str(policy.origin) for policy in policies(never)] == ["Resources.Boundary.PolicyDocument"]
    assert len(policies(maybe)) == len(policies(ROLE))


def test_a_condition_that_is_missing_is_told_at_the_resource_that_names_it() -> None:
    text = ROLE.replace("    Type: AWS::IAM::Role", "    Type: AWS::IAM::Role\n    Condition: Missing")
    (finding,) = findings(text, "LP004")
    assert finding.span.text == "Missing"
    assert finding.message == "The template has no condition Missing; add it, or correct the name."


@pytest.mark.parametrize(
    ("type_", "name", "kind"),
    [
        ("AWS::S3::BucketPolicy", "PolicyDocument", ("resource", "s3")),
        ("AWS::SQS::QueuePolicy", "PolicyDocument", ("resource", "sqs")),
        ("AWS::KMS::Key", "KeyPolicy", ("resource", "kms")),
        ("AWS::EC2::VPCEndpoint", "PolicyDocument", ("resource", "vpce")),
        ("AWS::EKS::PodIdentityAssociation", "Policy", ("session", "")),
        ("Custom::Thing", "Whatever", ("resource", "")),
    ],
)
@pytest.mark.parametrize("form", ["map", "text"])
def test_the_kind_of_a_resource_policy(type_: str, name: str, kind: tuple[str, str], form: str) -> None:
    policy: object = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["s3:x", "sqs:y"], "Resource": "*"}],
    }
    if form == "text":
        policy = json.dumps(policy)
    text = json.dumps({"Resources": {"It": {"Type": type_, "Properties": {name: policy}}}})
    assert kinds(text, "template.json") == [(f"Resources.It.{name}", *kind)]


def test_the_kind_of_an_organizations_policy_is_that_of_its_type() -> None:
    def text(of: str) -> str:
        statement = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
        properties = {"Type": of, "Content": {"Version": "2012-10-17", "Statement": [statement]}}
        return json.dumps({"Resources": {"It": {"Type": "AWS::Organizations::Policy", "Properties": properties}}})

    assert kinds(text("SERVICE_CONTROL_POLICY"), "t.json") == [("Resources.It.Content", "scp", "")]
    assert kinds(text("RESOURCE_CONTROL_POLICY"), "t.json") == [("Resources.It.Content", "rcp", "")]
    assert kinds(text("TAG_POLICY"), "t.json") == []


def test_resources_that_are_statements_are_policies() -> None:
    text = """\
Resources:
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: report}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref Function
      Principal: "*"
  Bus:
    Type: AWS::Events::EventBusPolicy
    Properties:
      StatementId: it
      Statement: {Effect: Allow, Principal: "*", Action: events:PutEvents, Resource: "*"}
"""
    assert kinds(text) == [
        ("Resources.Permission", "resource", "lambda"),
        ("Resources.Bus.Statement", "resource", "events"),
    ]
    assert underlined(text, "LP501") == [(8, '"*"'), (13, '"*"')]
    assert underlined(text, "LP107", "LP109") == []


WAF = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  ACL:
    Type: AWS::WAFv2::WebACL
    Properties:
      Rules:
        - Name: one
          Action: {Block: {}}
          Statement: {NotStatement: {Statement: {GeoMatchStatement: {CountryCodes: [DE]}}}}
        - Name: two
          Statement: !If [A, {RateBasedStatement: {Limit: 1}}, !Ref AWS::NoValue]
Conditions:
  A: !Equals [!Ref AWS::Region, x]
"""


def test_a_rule_of_waf_is_no_policy() -> None:
    assert policies(WAF) == []


def test_policies_that_no_table_knows_are_found_by_what_they_say() -> None:
    text = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Inline:
    Type: String
    Default: '{"Statement": [{"Effect": "Allow", "Action": "a:1", "Resource": "*"}]}'
Mappings:
  Documents:
    dev: {Json: '{"Statement": [{"Effect": "Allow", "Action": "a:2", "Resource": "*"}]}'}
Resources:
  Thing:
    Type: Custom::Thing
    Properties:
      Nested: [{Deep: !If [A, {Statement: {Effect: Allow, Action: a:3, Resource: "*"}}, !Ref AWS::NoValue]}]
      Text: !Sub '{"Statement": [{"Effect": "Allow", "Action": "${AWS::Region}:4", "Resource": "*"}]}'
      Macro: !Transform {Name: It, Parameters: {P: {Statement: {Effect: Allow, Action: a:5, Resource: "*"}}}}
  Odd: {Any: [{Statement: {Effect: Allow, Action: a:6, Resource: "*"}}]}
Outputs:
  It: {Value: {Statement: {Effect: Allow, Action: a:7, Resource: "*"}}}
"""
    found = [
        (str(policy.origin), policy.statements[0].action.values[0].display)
        for policy in policies(text)
        if policy.statements[0].action is not None
    ]
    assert found == [
        ("Parameters.Inline.Default", "a:1"),
        ("Mappings.Documents.dev.Json", "a:2"),
        ("Resources.Thing.Nested[0].Deep", "a:3"),
        ("Resources.Thing.Text", "${AWS::Region}:4"),
        ("Resources.Thing.Macro.Parameters.P", "a:5"),
        ("Resources.Odd.Any[0]", "a:6"),
        ("Outputs.It.Value", "a:7"),
    ]


def test_a_broken_resource_does_not_hide_the_others() -> None:
    broken = ("Type: AWS::IAM::Role", "Properties: 1", "Properties: [x]", "Properties: !Ref A", "Policies: !If [A]")
    for line in broken:
        text = f"Resources:\n  Broken:\n    Type: AWS::IAM::Role\n    {line}\n" + ROLE.partition("\n")[2]
        assert len(policies(text)) == 4, line


def test_the_template_of_a_stack_set_is_a_template_of_its_own() -> None:
    text = """\
Resources:
  Everywhere:
    Type: AWS::CloudFormation::StackSet
    Properties:
      TemplateBody: |
        Resources:
          It:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Statement:
                  - Effect: Allow
                    Action: !Sub "s3:*"
                    Resource: "*"
"""
    assert underlined(text, "LP215") == [(13, '"s3:*"')]


def test_a_transform_in_a_map_leaves_it_open() -> None:
    text = """\
Resources:
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://x/y}}
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://x/z}}
"""
    (policy,) = policies(text)
    assert not policy.complete
    assert not policy.statements[0].complete
    assert len(policy.unresolved) == 2
    assert underlined(text, "LP109") == []


def test_a_document_whose_statements_are_unknown_is_still_a_policy() -> None:
    text = """\
Resources:
  Thing: {Type: Custom::Thing}
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Version: "2012-10-17", Statement: !GetAtt Thing.Statements}
"""
    (policy,) = policies(text)
    assert (policy.statements, policy.complete) == ((), False)


# -- places

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObjcet", "ec2:*"], "Resource": "*"}],
}


def template_of(document: object) -> str:
    properties = {"PolicyDocument": document}
    return json.dumps({"Resources": {"It": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}}, indent=1)


IN_YAML = """\
Resources:
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:GetObjcet, "ec2:*"]
            Resource: "*"
"""
IN_SUB = """\
Resources:
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: !Sub |
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Sid": "${AWS::StackName}",
           "Action": ["s3:GetObjcet", "ec2:*"],
           "Resource": "*"}]}
"""
IN_SUBS = """\
Resources:
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action:
              - !Join [":", [s3, GetObjcet]]
              - !Sub "ec2:*"
            Resource: !Join ["", ["*"]]
"""
IN_TEXT = """\
Resources:
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: '{"Version": "2012-10-17", "Statement":
        [{"Effect": "Allow", "Action": ["s3:GetObjcet", "ec2:*"], "Resource": "*"}]}'
"""


def told(text: str, name: str) -> list[tuple[str, str]]:
    # Of a whole service on everything one rule speaks, so that each is asked by itself.
    found = [*findings(text, "LP101", "LP203", name=name), *findings(text, "LP215", name=name)]
    return sorted((one.rule.id, one.span.text.strip("\"'\\")) for one in found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps(DOCUMENT), "policy.json"),
        (template_of(DOCUMENT), "template.json"),
        (template_of(json.dumps(DOCUMENT)), "template.json"),
        (template_of({"Fn::Sub": json.dumps(DOCUMENT)}), "template.json"),
        (template_of({"Fn::If": ["A", DOCUMENT, {"Ref": "AWS::NoValue"}]}), "template.json"),
        (IN_YAML, "template.yaml"),
        (IN_SUB, "template.yaml"),
        (IN_TEXT, "template.yaml"),
    ],
    ids=["document", "json", "text", "sub in json", "if", "yaml", "sub", "text in yaml"],
)
def test_the_same_policy_in_any_form_gives_the_same_findings_at_its_characters(text: str, name: str) -> None:
    expected = told(json.dumps(DOCUMENT), "policy.json")
    assert expected == [("LP101", "GetObjcet"), ("LP203", "*"), ("LP215", "ec2:*")]
    assert told(text, name) == expected


def test_what_is_put_together_is_underlined_where_its_parts_stand() -> None:
    assert underlined(IN_SUBS, "LP101", "LP203") == [(10, "GetObjcet"), (12, '"*"')]
    assert underlined(IN_SUBS, "LP215") == [(11, '"ec2:*"')]


def test_a_value_from_elsewhere_stands_where_it_is_put_in_or_where_it_is_written() -> None:
    text = """\
Parameters:
  Verb: {Type: String, Default: GetObjcet}
  Action: {Type: String, Default: "s3:GetObjcets"}
Resources:
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [!Sub "s3:${Verb}", !Ref Action, !Join [":", [s3, !Ref Verb]]]
            Resource: arn:aws:s3:::reports/*
"""
    assert underlined(text, "LP101") == [(3, "GetObjcets"), (12, "${Verb}"), (12, "!Ref Verb")]


def test_a_shape_tells_that_an_action_fits_no_resource() -> None:
    text = """\
Resources:
  Queue: {Type: AWS::SQS::Queue}
  It:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: [s3:GetObject, sqs:SendMessage]
            Resource: !GetAtt Queue.Arn
"""
    assert underlined(text, "LP103") == [(10, "s3:GetObject")]


# -- bad input


def test_a_template_that_does_not_parse_gives_one_error_with_its_place() -> None:
    text = ROLE.replace("Policies:\n        - PolicyName", "Policies: - PolicyName", 1)
    (error,) = findings(text, "LP001")
    assert error.span.start_position().line == 7
    assert "list" in error.message
    text = template_of(DOCUMENT).replace('"ec2:*"\n', '"ec2:*",,\n', 1)
    (error,) = findings(text, "LP001", name="template.json")
    assert text.splitlines()[error.span.start_position().line - 1].strip() == '"ec2:*",,'
    assert "expected a value" in error.message


STATEMENT = "{Effect: Allow, Action: a:b, Resource: '*'}"


def deep(levels: int) -> str:
    return template_of({"Statement": "@"}).replace('"@"', '{"Fn::If": ["A", ' * levels + "1" + "]}" * levels)


HOSTILE = {
    "deep functions": deep(100_000),
    "functions as deep as JSON may nest": deep(100),
    "deep lists": template_of({"Statement": "@"}).replace('"@"', "[" * 100_000),
    "billion laughs": "x0: &x0 [a, Statement]\n"
    + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 12))
    + f"Resources: {{It: {{Type: 'A::B', Properties: {{P: *x11, Q: {{Statement: {STATEMENT}}}}}}}}}\n",
    "doubling Sub": "Resources: {It: {Type: 'A::B', Properties: {Statement: "
    + STATEMENT
    + ", P: "
    + "".join(f"!Sub ['${{A{n}}}${{A{n}}} Statement', {{A{n}: " for n in range(60))
    + "x"
    + "}]" * 60
    + "}}}\n",
    "conditions that double": "Resources: {It: {Type: 'A::B', Properties: {Statement: "
    "{Effect: Allow, Action: !If [C0, 'a:b', 'a:c'], Resource: '*'}}}}\nConditions:\n"
    + "".join(f"  C{n}: !And [!Condition C{n + 1}, !Condition C{n + 1}, !Condition C0]\n" for n in range(500)),
    "a long list split and joined again and again": "Resources: {It: {Type: 'A::B', Properties: {Statement: "
    + STATEMENT
    + ", P: ["
    + ", ".join(f"!Join [',', !Split [',', !Sub '{n}{',' * 5000}Statement${{!x}}']]" for n in range(200))
    + "]}}}\n",
    "for each of a product": "Transform: AWS::LanguageExtensions\nResources:\n"
    + "".join(
        "  " * n
        + f"  Fn::ForEach::L{n}:\n"
        + "  " * n
        + f"  - I{n}\n"
        + "  " * n
        + f"  - [{', '.join(map(str, range(1000)))}]\n"
        + "  " * n
        + "  -\n"
        for n in range(1, 4)
    )
    + "            R${I1}${I2}${I3}: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: {Statement: "
    + STATEMENT
    + "}}}\n",
    "a long list joined again and again": 'Parameters: {P: {Type: CommaDelimitedList, Default: "'
    + "a," * 300_000
    + '"}}\nMappings: {M: {A: {B: ['
    + "b," * 100_000
    + "b]}}}\nResources: {It: {Type: 'A::B', Properties: {Statement: "
    + STATEMENT
    + ", P: [Statement, "
    + ", ".join(f"!Join ['{n}', !FindInMap [M, A, B]], !Join ['{n}', !Ref P]" for n in range(400))
    + "]}}}\n",
    "many choices in one string": "Parameters:\n"
    + "".join(f"  P{n}: {{Type: String, AllowedValues: [a, b, c]}}\n" for n in range(200))
    + "Resources: {It: {Type: 'A::B', Properties: {Statement: {Effect: Allow, Resource: '*', Action: !Sub '"
    + "".join(f"${{P{n}}}" for n in range(200))
    + "'}}}}\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_templates_end_soon_and_without_a_crash(name: str) -> None:
    text = HOSTILE[name]
    path = "template.json" if text.startswith("{") else "template.yaml"
    start = time.process_time()
    report = lint([Input(path, Config(), text.encode())], lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert report.failures == []
    # No measure of speed: without bounds none of them ends within a day.
    assert time.process_time() - start < 60
    if name.startswith(("deep", "functions", "for each")):
        return
    assert report.policies == 1


def test_plain_documents_load_no_evaluator() -> None:
    script = (
        "import sys\nfrom lplint.extract import extract\nfrom lplint.model.source import Source\n"
        'text = \'{"Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]}\'\n'
        "assert extract(Source('a.json', text)).policies\n"
        "assert extract(Source('a.yaml', text)).policies\n"
        "print([name for name in sys.modules if name.startswith(('lplint.extract.c', 'lplint.extract.values'))])\n"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == "[]"


ADMIN = '{Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}'


@pytest.mark.parametrize(
    ("resources", "place", "words"),
    [
        (f"[{{Type: AWS::IAM::ManagedPolicy, Properties: {{PolicyDocument: {ADMIN}}}}}]", "[", "and this is a list"),
        ("Statement", "Statement", "Resources has each resource below its logical id, and this is a string"),
        ("{A: {Type: AWS::IAM::Role}, B: [Statement]}", "[", "A resource is a map with Type and Properties"),
        ("{A: {Type: AWS::IAM::Role, Properties: Statement}}", "Statement", "Properties has each property below"),
        (
            "{A: {Type: AWS::S3::BucketPolicy, Properties: {PolicyDocument: 7}}}",
            "7",
            "A policy document is a map with a Statement, and this is a number; write one.",
        ),
        ("{A: {Type: AWS::S3::BucketPolicy, Properties: {PolicyDocument: [1, a]}}}", "[", "and this is a list"),
        ("{A: {Type: AWS::S3::BucketPolicy, Properties: {PolicyDocument: true}}}", "true", "and this is a boolean"),
        ("{A: {Type: AWS::S3::BucketPolicy, Properties: {PolicyDocument: all}}}", "all", "and this is a string"),
    ],
)
def test_what_has_the_wrong_shape_is_told_at_its_place(resources: str, place: str, words: str) -> None:
    text = f"AWSTemplateFormatVersion: '2010-09-09'\nMetadata: Statement\nResources: {resources}\n"
    (finding,) = findings(text, "LP001")
    assert finding.span.text == place
    assert words in finding.message


@pytest.mark.parametrize(
    "document", ["!Ref Open", '""', "!If [A, !Ref AWS::NoValue, !Ref AWS::NoValue]", '"{}"', "null", "!GetAtt A.B"]
)
def test_what_may_be_a_document_is_not_said_to_be_none(document: str) -> None:
    resource = f"{{Type: AWS::S3::BucketPolicy, Properties: {{PolicyDocument: {document}}}}}"
    text = f"Metadata: Statement\nResources: {{A: {resource}}}"
    assert underlined(text, "LP001") == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["template.yaml", "template.json"])
def test_utf_16_is_read_and_a_half_character_is_told_at_its_place(encoding: str, name: str) -> None:
    text = '{"Resources": {"A": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": '
    text += '{"Effect": "Allow", "Action": "*", "Resource": "*"}}}}}}\n'
    chosen = (ruleset.find("LP001"), ruleset.find("LP201"))
    for data, rule in ((text.encode(encoding), "LP201"), (text.encode(encoding)[:-1], "LP001")):
        report = lint([Input(name, Config(), data)], lambda _: chosen)
        assert [one.rule.id for one in report.findings] == [rule]


FOR_EACH = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Fn::ForEach::Policies:
    - Name
    - !Ref %s
    - Policy${Name}:
        Type: AWS::IAM::ManagedPolicy
        Properties:
          PolicyDocument:
            Statement: {Effect: Allow, Action: "s3:GetObjcet", Resource: "*"}
"""


@pytest.mark.parametrize("name", ["Names", "Queue"])
def test_what_a_loop_goes_through_need_not_be_known(name: str) -> None:
    (finding,) = findings(FOR_EACH % name, "LP001", "LP004", "LP101")
    assert (finding.rule.id, finding.span.text) == ("LP101", "GetObjcet")


UNKNOWN = """\
Parameters:
  List: {Type: CommaDelimitedList}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies: %s
"""


@pytest.mark.parametrize("written", ["!Ref List", "{'Fn::Transform': {Name: 'AWS::Include'}}"])
def test_a_list_of_policies_of_which_nothing_is_known_counts(written: str) -> None:
    (policy,) = policies(UNKNOWN % written)
    assert (policy.statements, policy.complete, str(policy.origin)) == ((), False, "Resources.Role.Policies")
    assert [one for _, one in policy.unresolved] == [written]


@pytest.mark.parametrize("written", ["!Ref AWS::NoValue", "[]", "[!Ref AWS::NoValue]"])
def test_a_list_without_policies_is_none(written: str) -> None:
    assert policies(UNKNOWN % written) == []
