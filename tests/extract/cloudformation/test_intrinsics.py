"""What CloudFormation's intrinsic functions give, as far as a template tells, in a policy that takes their values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from lplint.extract import extract
from lplint.extract.reasons import reason
from lplint.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lplint.extract.found import Found
    from lplint.model.policy import Statement

FRAME = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Open: {Type: String}
  Empty: {Type: String, Default: ""}
  Name: {Type: String, Default: reports}
  Port: {Type: Number, Default: 0443}
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Only: {Type: String, AllowedValues: [dev]}
  Names: {Type: CommaDelimitedList, Default: "a, b"}
  OpenNames: {Type: "List<AWS::EC2::Subnet::Id>"}
  Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path/to/it}
Mappings:
  Accounts:
    dev: {Id: "111111111111", Names: [a, b]}
    prod: {Id: "222222222222", Names: [c]}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNamed: !Not [!Equals [!Ref Name, ""]]
  Always: !Equals [a, a]
  Never: !Not [{Condition: Always}]
  NeverEither: !And [!Condition IsProd, !Condition Never]
  AlwaysToo: {"Fn::Or": [{Condition: IsProd}, {Condition: Always}]}
  NeverPrefixed: !Equals [!Sub "x-${Stage}", prod]
  Loop: !Not [!Condition Loop]
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: !Sub "${Name}-x"}}
  Unnamed: {Type: AWS::S3::Bucket}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Open}}
  Thing: {Type: Custom::Thing}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: %s
"""


def found_in(value: str) -> Found:
    return extract(Source("template.yaml", FRAME % value))


def statement_of(found: Found) -> Statement:
    (policy,) = found.policies
    (statement,) = policy.statements
    return statement


def resources(found: Found) -> tuple[list[str], bool]:
    """The known texts of Resource, each hole as a question mark, and whether there can be no others."""
    element = statement_of(found).resource
    assert element is not None
    texts = ["".join(part if isinstance(part, str) else "?" for part in text.parts) for text in element.values]
    return texts, element.complete


CASES: list[tuple[str, list[str], bool]] = [
    # Ref
    ("!Ref Name", ["reports"], True),
    ("{Ref: Name}", ["reports"], True),
    ("!Ref Open", ["?"], True),
    ("!Ref Empty", ["?"], True),
    ("!Ref Port", ["0443"], True),
    ("!Ref Stage", ["dev", "prod"], False),
    ("!Ref Only", ["dev"], True),
    ("!Ref Names", ["a", "b"], True),
    ("!Ref OpenNames", [], False),
    ("!Ref Stored", ["?"], True),
    ("!Ref AWS::AccountId", ["?"], True),
    ("!Ref AWS::StackId", ["arn:?:cloudformation:?:?:stack/?/?"], True),
    ("!Ref AWS::NotificationARNs", [], False),
    ("[a, !Ref AWS::NoValue]", ["a"], True),
    ("!Ref Bucket", ["reports-x"], True),
    ("!Ref Thing", ["?"], True),
    # GetAtt
    ("!GetAtt Bucket.Arn", ["arn:?:s3:::reports-x"], True),
    ("!GetAtt [Bucket, Arn]", ["arn:?:s3:::reports-x"], True),
    ('{"Fn::GetAtt": [Unnamed, Arn]}', ["arn:?:s3:::?"], True),
    ('{"Fn::GetAtt": Queue.Arn}', ["arn:?:sqs:?:?:?"], True),
    ("!GetAtt Thing.Arn", [], False),
    # Sub
    ('!Sub "arn:aws:s3:::${Name}/*"', ["arn:aws:s3:::reports/*"], True),
    ('!Sub "arn:${AWS::Partition}:s3:::${Open}/*"', ["arn:?:s3:::?/*"], True),
    ('!Sub "${Bucket.Arn}/${!aws:username}"', ["arn:?:s3:::reports-x/${aws:username}"], True),
    ('!Sub ["${A}-${Name}", {A: !Ref Only}]', ["dev-reports"], True),
    ('{"Fn::Sub": ["${A}", {"A": "b"}]}', ["b"], True),
    ('!Sub "no variable $ {Name} ${"', ["no variable $ {Name} ${"], True),
    ('!Sub "${Stage}-${Stage}"', ["dev-dev", "prod-prod"], False),
    ('!Sub "a/{{resolve:ssm:/${Name}/key:1}}"', ["a/?"], True),
    ('"a/{{resolve:secretsmanager:x:SecretString:y}}/b"', ["a/?/b"], True),
    # what is no Sub is no Sub
    ('"arn:aws:s3:::x/${aws:username}"', ["arn:aws:s3:::x/${aws:username}"], True),
    # Join, Select, Split
    ('!Join ["", ["arn:", !Ref AWS::Partition, ":s3:::", !Ref Name]]', ["arn:?:s3:::reports"], True),
    ('!Join ["-", [a, !Ref AWS::NoValue, !Sub "${Name}"]]', ["a-reports"], True),
    ('!Join [",", !Ref Names]', ["a,b"], True),
    ('!Join [",", !Ref OpenNames]', ["?"], True),
    ('!Join ["", [a, !If [IsProd, b, c]]]', ["ab", "ac"], False),
    ('!Join ["", !If [IsProd, [a], [b, c]]]', ["a", "bc"], False),
    ("!Select [1, [a, b]]", ["b"], True),
    ('!Select ["0", !Split [":", "x:y"]]', ["x"], True),
    ("!Select [0, !Ref Names]", ["a"], True),
    ('!Split [",", !Join [",", [a, b]]]', ["a", "b"], True),
    ('!Split [",", !Ref Open]', [], False),
    # FindInMap
    ("!FindInMap [Accounts, dev, Id]", ["111111111111"], True),
    ("!FindInMap [Accounts, !Ref Only, Id]", ["111111111111"], True),
    ("!FindInMap [Accounts, !Ref Stage, Id]", ["111111111111", "222222222222"], False),
    ("!FindInMap [Accounts, !Ref Name, Id]", ["111111111111", "222222222222"], False),
    ("!FindInMap [Accounts, dev, Names]", ["a", "b"], True),
    ("!FindInMap [Accounts, test, Id, {DefaultValue: none}]", ["none"], True),
    ("!FindInMap [Accounts, !Ref Open, Id, {DefaultValue: none}]", ["111111111111", "222222222222", "none"], False),
    # conditions
    ("!If [Always, a, b]", ["a"], True),
    ("!If [Never, a, b]", ["b"], True),
    ("!If [NeverEither, a, b]", ["b"], True),
    ("!If [AlwaysToo, a, b]", ["a"], True),
    ("!If [NeverPrefixed, a, b]", ["b"], True),
    ("!If [IsProd, a, b]", ["a", "b"], False),
    ("!If [IsNamed, a, b]", ["a", "b"], False),
    ("!If [IsProd, [a, c], b]", ["a", "c", "b"], False),
    ("[x, !If [IsProd, a, !Ref AWS::NoValue]]", ["x", "a"], False),
    ("[x, !If [Never, a, !Ref AWS::NoValue]]", ["x"], True),
    ("!If [IsProd, !If [IsNamed, a, b], c]", ["a", "b", "c"], False),
    # the rest
    ("!Base64 abc", ["YWJj"], True),
    ("!ImportValue shared", ["?"], True),
    ("!GetAZs us-east-1", [], False),
    ('!Cidr ["10.0.0.0/16", 3, 8]', ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"], True),
    ('!Select [1, !Cidr ["10.0.0.0/16", "2", "12"]]', ["10.0.16.0/20"], True),
    ('{"Fn::Cidr": ["2001:db8::/56", 2, 64]}', ["2001:db8::/64", "2001:db8:0:1::/64"], True),
    ('!Cidr ["10.0.0.0/24", 2, 8]', [], False),
    ('!Cidr ["10.0.0.0/16", 257, 4]', [], False),
    ('!Cidr ["10.0.0.0/16", 1, 99999999999]', [], False),
    ('!Cidr ["10.0.0.0/16", 1, -1]', [], False),
    ("!Cidr [!Ref Open, 4, 8]", [], False),
    ("!Cidr [not a network, 4, 8]", [], False),
    ('{"Fn::Transform": {Name: Macro}}', [], False),
    ("!Select [!Length [a], [x, y]]", ["y"], True),
]


@pytest.mark.parametrize(("value", "texts", "complete"), CASES, ids=[case[0] for case in CASES])
def test_a_value(value: str, texts: list[str], complete: bool) -> None:
    found = found_in(value)
    assert resources(found) == (texts, complete)
    assert found.problems == []


def test_what_is_unknown_is_counted_as_it_is_written() -> None:
    (policy,) = found_in('[!Ref Open, !Sub "a/${AWS::Region}", !GetAtt Thing.Arn]').policies
    assert [written for _, written in policy.unresolved] == ["!Ref Open", "${AWS::Region}", "!GetAtt Thing.Arn"]
    assert [span.in_file().text for span, _ in policy.unresolved] == [
        "!Ref Open",
        "${AWS::Region}",
        "!GetAtt Thing.Arn",
    ]


def test_what_is_unknown_has_a_reason() -> None:
    (policy,) = found_in(
        '[!Ref Open, !Sub "a/${AWS::Region}/${Thing}/${Thing.Arn}", !GetAtt Thing.Arn, !ImportValue x]'
    ).policies
    assert [reason(cause) for cause in policy.causes] == [
        "reference to a parameter or resource",
        "pseudo parameter",
        "reference to a parameter or resource",
        "attribute of a resource",
        "attribute of a resource",
        "intrinsic function",
    ]


MISTAKES: list[tuple[str, str, str]] = [
    ("!Ref Missing", "Missing", "has no parameter or resource Missing"),
    ("!GetAtt Missing.Arn", "Missing.Arn", "has no parameter or resource Missing"),
    ('!Sub "x/${Missing}"', "${Missing}", "has no parameter or resource Missing"),
    ('!Sub "x/${aws:username}"', "${aws:username}", "write ${!aws:username}"),
    ("!If [Missing, a, b]", "Missing", "has no condition Missing"),
    ("!If [Loop, a, b]", "Loop", "The condition Loop needs itself"),
    ("!FindInMap [Missing, dev, Id]", "Missing", "has no mapping Missing"),
    ("!FindInMap [Accounts, test, Id]", "test", "has no key test"),
    ("!FindInMap [Accounts, dev, Color]", "Color", "has no key Color"),
    ("!Select [2, [a, b]]", "2", "there is no item 2"),
    ("!Select [x, [a, b]]", "x", "takes the number of an item"),
    ("!Foo bar", "!Foo bar", "has no function Fn::Foo"),
    ('{"Fn::Foo": bar}', '{"Fn::Foo": bar}', "has no function Fn::Foo"),
]


@pytest.mark.parametrize(("value", "place", "words"), MISTAKES, ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_told_at_its_place_and_its_value_is_unknown(value: str, place: str, words: str) -> None:
    found = found_in(value)
    (problem,) = found.problems
    assert problem.span.in_file().text == place
    assert words in problem.message
    assert problem.reference
    assert not problem.fatal
    element = statement_of(found).resource
    assert element is not None
    if "[Missing, a, b]" in value or "Loop" in value:
        assert [text.value for text in element.values] == ["a", "b"]
    else:
        assert all(text.value is None for text in element.values)


def test_a_bucket_named_after_itself_is_a_mistake_and_no_endless_loop() -> None:
    text = FRAME.replace('!Sub "${Name}-x"', '!Sub "${Bucket}-x"')
    found = extract(Source("template.yaml", text % "!GetAtt Bucket.Arn"))
    assert resources(found) == (["arn:?:s3:::?-x"], True)
    (problem,) = found.problems
    assert problem.span.text == "${Bucket}"


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", "MyMacro"])
def test_names_that_a_transform_may_add_are_no_mistakes(transform: str) -> None:
    text = f"Transform: {transform}\n" + FRAME
    assert extract(Source("template.yaml", text % "!GetAtt FunctionRole.Arn")).problems == []


def test_the_long_form_in_json_gives_what_the_tags_give() -> None:
    long: dict[str, Callable[[Any], object]] = {
        "Ref": lambda value: {"Ref": value},
        "GetAtt": lambda value: {"Fn::GetAtt": value if isinstance(value, list) else value.split(".", 1)},
        "Condition": lambda value: {"Condition": value},
    }

    class Loader(yaml.SafeLoader):
        pass

    def construct(loader: Loader, suffix: str, node: yaml.Node) -> object:
        value: object
        if isinstance(node, yaml.ScalarNode):
            value = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.MappingNode)
            value = loader.construct_mapping(node, deep=True)
        return long[suffix](value) if suffix in long else {f"Fn::{suffix}": value}

    Loader.add_multi_constructor("!", construct)
    for value, texts, complete in CASES:
        if value == "!Ref Port":
            continue  # YAML's 0443 is 291 in JSON
        document = yaml.load(FRAME % value, Loader)
        found = extract(Source("template.json", json.dumps(document)))
        assert resources(found) == (texts, complete), value


FOR_EACH = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "logs,web-site"}
  Open: {Type: CommaDelimitedList}
Resources:
  Fn::ForEach::Policies:
    - Name
    - %s
    - Policy&{Name}:
        Type: AWS::IAM::ManagedPolicy
        Properties:
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: ["arn:aws:s3:::${Name}", !Sub "arn:aws:s3:::${Name}/*", !Ref Name]
"""


def test_for_each_makes_a_resource_of_each_value() -> None:
    found = extract(Source("template.yaml", FOR_EACH % "!Ref Names"))
    assert [policy.origin.address for policy in found.policies] == ["Resources.Policylogs", "Resources.Policywebsite"]
    elements = [policy.statements[0].resource for policy in found.policies]
    assert [[text.value for text in one.values] for one in elements if one is not None] == [
        ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*", "logs"],
        ["arn:aws:s3:::web-site", "arn:aws:s3:::web-site/*", "web-site"],
    ]
    assert found.problems == []


def test_for_each_of_unknown_values_still_shows_what_it_makes() -> None:
    found = extract(Source("template.yaml", FOR_EACH % "!Ref Open"))
    (policy,) = found.policies
    (statement,) = policy.statements
    assert statement.action is not None
    assert [text.value for text in statement.action.values] == ["s3:GetObject"]


def test_for_each_in_a_statement_adds_its_keys() -> None:
    value = """x
            Fn::ForEach::Conditions:
              - Key
              - [a, b]
              - Condition:
                  StringEquals: {"aws:PrincipalTag/${Key}": "1"}"""
    statement = statement_of(found_in(value))
    assert [condition.key.value for condition in statement.conditions] == [
        "aws:PrincipalTag/a",
        "aws:PrincipalTag/b",
    ]
    assert statement.complete
