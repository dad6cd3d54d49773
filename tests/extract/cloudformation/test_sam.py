"""What lplint reads of SAM's resources: what they grant, to whom, and at which characters."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent, indent

import pytest

from lplint import ruleset
from lplint.access.persona import persona_of
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.extract import extract
from lplint.extract.cloudformation.tables import load
from lplint.model.rule import Severity
from lplint.model.source import Source

ROOT = Path(__file__).resolve().parents[3]
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.extract.found import Found
    from lplint.model.finding import Finding
    from lplint.model.policy import Element, Policy


def template(resources: str, sections: str = "") -> str:
    return f"Transform: AWS::Serverless-2016-10-31\n{dedent(sections)}Resources:\n{indent(dedent(resources), '  ')}"


def function(properties: str, sections: str = "") -> str:
    """A template with one function, Load."""
    body = indent(dedent(properties), "    ")
    return template(f"Load:\n  Type: AWS::Serverless::Function\n  Properties:\n    Handler: a.b\n{body}", sections)


def found(text: str) -> Found:
    return extract(Source("template.yaml", text))


def findings(text: str, *rules: str) -> Sequence[Finding]:
    chosen = tuple(ruleset.find(rule) for rule in rules) or ruleset.rules()
    report = lint([Input("template.yaml", Config(), text.encode())], lambda _: chosen, min_severity=Severity.NOTE)
    assert not report.failures
    return report.findings


def shown(element: Element | None) -> list[str]:
    return [text.display for text in element.values] if element is not None else []


def allowed(policy: Policy) -> list[tuple[list[str], list[str]]]:
    return [(shown(one.action), shown(one.resource)) for one in policy.allow_statements()]


def test_a_policy_template_grants_what_aws_wrote_on_what_the_user_gives() -> None:
    text = function(
        """\
        Policies:
          - SQSPollerPolicy: {QueueName: jobs}
          - DynamoDBReadPolicy:
              TableName: !Ref Table
        """,
        "Parameters:\n  Table: {Type: String, Default: people}\n",
    )
    poller, reader = found(text).policies
    place = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs"
    assert allowed(poller) == [
        (
            [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
            ],
            [place],
        )
    ]
    assert (poller.kind.value, str(poller.origin)) == ("identity", "Resources.Load.Policies[0].SQSPollerPolicy")
    table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/people"
    assert allowed(reader)[0][1] == [table, table + "/index/*"]


def test_what_aws_wrote_stands_at_the_templates_name_and_what_the_user_gives_where_it_is_given() -> None:
    text = function(
        """\
        Policies:
          - S3CrudPolicy:
              BucketName: "logs-*"
        """
    )
    (policy,) = found(text).policies
    (statement,) = policy.statements
    assert statement.action is not None
    assert statement.resource is not None
    assert {action.span.in_file().text for action in statement.action.values} == {"S3CrudPolicy"}
    bucket = statement.resource.values[0]
    assert bucket.display == "arn:${AWS::Partition}:s3:::logs-*"
    star = bucket.display.index("*")
    assert bucket.span_of(star, star + 1).in_file().text == "*"
    assert bucket.span_of(0, 3).in_file().text == "S3CrudPolicy"


def test_a_policy_template_for_everything_is_told_where_the_user_says_so() -> None:
    text = function(
        """\
        Policies:
          - AWSSecretsManagerGetSecretValuePolicy:
              SecretArn: '*'
        """
    )
    (finding,) = findings(text, "wildcard-resource")
    assert finding.rule.name == "wildcard-resource"
    assert finding.span.text == "'*'"


def test_what_aws_wrote_is_no_mistake_of_the_user() -> None:
    # Whole names of what each is about: ARNs of the right type, and a path with its slash.
    names = {
        "SecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s",
        "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/c",
    }
    lines = ["Policies:"]
    for template, one in load("sam_policy_templates")["templates"].items():
        lines.append(f"  - {template}:" if one["parameters"] else f"  - {template}: {{}}")
        usual = "/name" if "Slash" in template else "name"
        lines += [f"      {parameter}: {names.get(parameter, usual)}" for parameter in one["parameters"]]
    text = function("\n".join(lines) + "\n")
    assert len(found(text).policies) > 75
    # All of them on one function are longer than a role takes, which is true and no mistake of one of them.
    said = [one for one in findings(text) if one.rule.category == "validity"]
    assert [one.message for one in said if one.rule.name != "inline-policies-too-long"] == []


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ("Policies: AmazonS3ReadOnlyAccess", []),
        ("Policies: [AmazonS3ReadOnlyAccess, !Ref Extra, arn:aws:iam::123456789012:policy/p]", []),
        ("Policies: {Statement: {Effect: Allow, Action: 's3:*', Resource: '*'}}", [(["s3:*"], ["*"])]),
        ("Policies: [{Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}]", [(["s3:*"], ["*"])]),
        ("Policies: [{Effect: Allow, Action: 's3:*', Resource: '*'}]", [(["s3:*"], ["*"])]),
        ("Policies: {TextractPolicy: {}}", [(["textract:*"], ["*"])]),
        ("Policies: [!If [No, {TextractPolicy: {}}, !Ref AWS::NoValue]]", [(["textract:*"], ["*"])]),
        ("Policies: !If [No, [{TextractPolicy: {}}], []]", [(["textract:*"], ["*"])]),
        ("Role: arn:aws:iam::123456789012:role/r\nPolicies: {TextractPolicy: {}}", []),  # SAM makes no role then
    ],
)
def test_the_forms_of_policies(policies: str, expected: list[tuple[list[str], list[str]]]) -> None:
    sections = """\
    Parameters:
      Extra: {Type: String}
      Stage: {Type: String}
    Conditions:
      No: !Equals [!Ref Stage, x]
    """
    one = found(function(policies + "\n", sections))
    assert [access for policy in one.policies for access in allowed(policy)] == expected
    assert one.problems == []


def test_a_choice_of_values_is_a_choice_of_resources() -> None:
    text = function(
        "Policies: {SNSPublishMessagePolicy: {TopicName: !If [No, news, '*']}}\n",
        "Conditions:\n  No: !Equals [!Ref AWS::Region, x]\n",
    )
    (policy,) = found(text).policies
    (statement,) = policy.statements
    assert statement.resource is not None
    assert [text.display.rpartition(":")[2] for text in statement.resource.values] == ["news", "*"]
    assert not statement.resource.complete


def test_a_state_machine_takes_policies_too() -> None:
    text = template(
        """\
        Flow:
          Type: AWS::Serverless::StateMachine
          Properties:
            Policies:
              - LambdaInvokePolicy: {FunctionName: f}
        """
    )
    (policy,) = found(text).policies
    assert allowed(policy) == [
        (["lambda:InvokeFunction"], ["arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:f*"])
    ]


@pytest.mark.parametrize(
    ("policies", "underlined", "words"),
    [
        ("- S3CrudePolicy: {BucketName: b}", "S3CrudePolicy", "SAM has no policy template S3CrudePolicy; correct"),
        ("- S3CrudPolicy: {Bucket: b}", "S3CrudPolicy", "The policy template S3CrudPolicy takes BucketName; give"),
    ],
)
def test_a_policy_template_that_sam_would_refuse_is_told_at_its_name(
    policies: str, underlined: str, words: str
) -> None:
    (finding,) = findings(function(f"Policies:\n  {policies}\n"))
    assert finding.rule.name == "unresolvable-reference"
    assert finding.span.text == underlined
    assert finding.message.startswith(words)


def test_a_template_without_the_transform_is_not_expanded() -> None:
    text = function("Policies: {TextractPolicy: {}}\n").replace("Transform: AWS::Serverless-2016-10-31\n", "")
    assert found(text).policies == []


def test_the_role_that_sam_makes_has_all_that_the_template_gives_it() -> None:
    text = function(
        """\
        Policies:
          - AmazonS3ReadOnlyAccess
          - arn:aws:iam::123456789012:policy/p
          - TextractPolicy: {}
        """,
        """\
        Globals:
          Function:
            PermissionsBoundary: arn:aws:iam::123456789012:policy/edge
            AssumeRolePolicyDocument:
              Version: '2012-10-17'
              Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
        """,
    )
    (role,) = found(text).identities
    assert (role.kind, role.address, role.name, role.complete) == ("role", "Resources.Load", None, True)
    assert [policy.origin.attribute for policy in role.policies] == ["Policies[2].TextractPolicy"]
    assert [one.display for one in role.attached] == [
        "arn:${AWS::Partition}:iam::aws:policy/${Path}AmazonS3ReadOnlyAccess",
        "arn:aws:iam::123456789012:policy/p",
        "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ]
    assert [policy.kind.value for policy in role.trust] == ["trust"]
    assert [one.display for one in role.boundary_arns] == ["arn:aws:iam::123456789012:policy/edge"]


def test_globals_and_a_function_say_together_who_may_assume_its_role() -> None:
    text = function(
        "AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {AWS: '*'}, Action: 'sts:AssumeRole'}]}\n",
        """\
        Globals:
          Function:
            AssumeRolePolicyDocument:
              Version: '2012-10-17'
              Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
        """,
    )
    (policy,) = [one for one in found(text).policies if one.origin.address == "Resources.Load"]
    principals = [one.principal for one in policy.statements]
    assert [value.value.display for one in principals if one is not None for value in one.values] == [
        "lambda.amazonaws.com",
        "*",
    ]
    (finding,) = findings(text, "LP501")
    assert finding.span.text == "'*'"


def test_a_function_url_that_asks_nobody_lets_everybody_in() -> None:
    (finding,) = findings(function("FunctionUrlConfig:\n  AuthType: NONE\n"))
    assert finding.rule.name == "public-principal"
    assert finding.span.text == "NONE"
    assert findings(function("FunctionUrlConfig:\n  AuthType: AWS_IAM\n")) == []
    assert findings(function("", "Globals:\n  Function:\n    FunctionUrlConfig: {AuthType: NONE}\n"))


def api(auth: str) -> str:
    resource = "Api:\n  Type: AWS::Serverless::Api\n  Properties:\n    StageName: x\n    Auth:\n      ResourcePolicy:\n"
    return template(resource + indent(dedent(auth), "        "))


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("AwsAccountWhitelist: ['123456789012']\n", [("Allow", ["123456789012"], [])]),
        ("AwsAccountBlacklist: ['123456789012']\n", [("Deny", ["123456789012"], [])]),
        (
            "IpRangeWhitelist: [192.0.2.1]\n",
            [("Allow", ["*"], ["IpAddress aws:SourceIp"]), ("Deny", ["*"], ["NotIpAddress aws:SourceIp"])],
        ),
        (
            "IpRangeBlacklist: [192.0.2.1]\n",
            [("Allow", ["*"], []), ("Deny", ["*"], ["IpAddress aws:SourceIp"])],
        ),
        (
            "SourceVpcWhitelist: [vpc-1, vpce-2]\n",
            [
                ("Allow", ["*"], ["StringEquals aws:SourceVpc", "StringEquals aws:SourceVpce"]),
                ("Deny", ["*"], ["StringNotEquals aws:SourceVpc", "StringNotEquals aws:SourceVpce"]),
            ],
        ),
        (
            "IntrinsicVpceBlacklist: [!Ref AWS::StackName]\n",
            [("Allow", ["*"], []), ("Deny", ["*"], ["StringEquals aws:SourceVpce"])],
        ),
        (
            "CustomStatements: {Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: '*'}\n",
            [("Allow", ["*"], [])],
        ),
    ],
)
def test_who_may_call_an_api(auth: str, expected: list[tuple[str, list[str], list[str]]]) -> None:
    (policy,) = found(api(auth)).policies
    assert (policy.kind.value, policy.service) == ("resource", "execute-api")
    said = [
        (
            "Allow" if one.allows() else "Deny",
            [value.value.display for value in one.principal.values] if one.principal is not None else [],
            [f"{condition.operator.display} {condition.key.display}" for condition in one.conditions],
        )
        for one in policy.statements
    ]
    assert said == expected


def test_a_list_of_addresses_is_a_condition_and_no_list_is_none() -> None:
    assert findings(api("IpRangeWhitelist: [192.0.2.1]\n")) == []
    (finding,) = findings(api("IpRangeBlacklist: [192.0.2.1]\n"))
    assert (finding.rule.name, finding.span.text) == ("public-principal", "IpRangeBlacklist")


def test_a_connector_grants_what_its_profile_says() -> None:
    text = template(
        """\
        Load:
          Type: AWS::Serverless::Function
          Connectors:
            Save:
              Properties:
                Destination: {Id: Table}
                Permissions: [Write]
          Properties:
            Handler: a.b
        Table:
          Type: AWS::Serverless::SimpleTable
          Properties: {TableName: people}
        Topic:
          Type: AWS::SNS::Topic
        Rule:
          Type: AWS::Events::Rule
        Tell:
          Type: AWS::Serverless::Connector
          Properties:
            Source: {Id: Rule}
            Destination: {Id: Topic}
            Permissions: [Write]
        """
    )
    one = found(text)
    save, tell = one.policies
    assert (save.kind.value, str(save.origin)) == ("identity", "Resources.Load.Connectors.Save")
    (access,) = allowed(save)
    assert access[0][:2] == ["dynamodb:PutItem", "dynamodb:UpdateItem"]
    assert access[1][1].endswith(":table/people/index/*")
    assert save.statements[0].action is not None
    assert save.statements[0].action.values[0].span.in_file().text == "Write"
    assert (tell.kind.value, tell.service) == ("resource", "sns")
    (role,) = one.identities
    assert role.policies == (save,)


def test_a_policy_of_sam_gives_the_findings_of_the_same_policy_elsewhere() -> None:
    statement = "{Effect: Allow, Action: ['s3:GetObjcet', 'iam:PassRole'], Resource: '*'}"
    document = f"{{Version: '2012-10-17', Statement: [{statement}]}}"
    sam = findings(function(f"Policies:\n  - {document}\n"))
    plain = findings(f"Policy: {document}\n")
    assert [(one.rule.id, one.message, one.span.text) for one in sam] == [
        (one.rule.id, one.message, one.span.text) for one in plain
    ]
    assert len(sam) > 1


@pytest.mark.parametrize(
    "properties",
    [
        "Policies: 5",
        "Policies: [[], {}, null, true, [{S3CrudPolicy: []}], {S3CrudPolicy: x}, {S3CrudPolicy: null}]",
        "Policies: !Sub [1]",
        "Policies: &a [*a]",
        "Policies: {S3CrudPolicy: {BucketName: [a, {b: c}]}}",
        "FunctionUrlConfig: [NONE]",
        "PermissionsBoundary: {a: b}",
        "AssumeRolePolicyDocument: [1, {Statement: 3}]",
        "Events: [1]",
        "Events: {A: 1, B: {Type: 3}, C: {Type: MQ}, D: {Type: MSK, Properties: {SchemaRegistryConfig: 1}}}",
        "Events: {A: {Type: MQ, Properties: {SourceAccessConfigurations: {Type: BASIC_AUTH}, Broker: [1]}}}",
        "Events: {A: {Type: MSK, Properties: {SchemaRegistryConfig: {SchemaRegistryURI: 'arn:registry/'}}}}",
        "Events: {A: {Type: ScheduleV2, Properties: {DeadLetterConfig: 7}}}",
        "DeadLetterQueue: {Type: [SQS], TargetArn: {a: b}}",
        "EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Nowhere}, OnSuccess: 1}}",
        "Tracing: {a: b}",
    ],
)
def test_odd_values_are_no_crash(properties: str) -> None:
    findings(function(properties + "\n", "Globals: {Function: [1], Api: 3}\n"))
    findings(function(properties + "\n", "Globals: []\n"))


@pytest.mark.parametrize(
    "resource",
    [
        "{Type: 'AWS::Serverless::Api', Properties: {Auth: {ResourcePolicy: [1]}}}",
        "{Type: 'AWS::Serverless::Api', Properties: {Auth: {ResourcePolicy: {IpRangeWhitelist: {a: b}}}}}",
        "{Type: 'AWS::Serverless::Api', Properties: {Auth: {ResourcePolicy: {SourceVpcWhitelist: 7}}}}",
        "{Type: 'AWS::Serverless::Connector', Properties: {Source: 1, Destination: [2], Permissions: 3}}",
        "{Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: X}, Destination: {Id: X}}}",
        "{Type: 'AWS::Serverless::Connector'}",
        "{Type: 'AWS::Serverless::StateMachine', Properties: {Events: {A: {Type: Schedule}}, Tracing: 1, Name: [1]}}",
        "{Type: 'AWS::Serverless::GraphQLApi', Properties: {DataSources: [1], Logging: true}}",
        "{Type: 'AWS::Serverless::GraphQLApi', Properties: {DataSources: {Lambda: {A: 1}, DynamoDb: {B: {}}}}}",
        "{Type: 'AWS::Serverless::Function', Connectors: [1], Properties: 1}",
        "{Type: 'AWS::Serverless::Function', Connectors: {A: {Properties: {Destination: {Id: X}, Permissions: Read}}}}",
    ],
)
def test_odd_resources_are_no_crash(resource: str) -> None:
    findings(template(f"X: {resource}\n"))


@pytest.mark.skipif(find_spec("samtranslator") is None, reason="aws-sam-translator is not installed")
def test_lplint_reads_what_the_translator_makes(tmp_path: Path) -> None:
    text = template(
        """\
        Load:
          Type: AWS::Serverless::Function
          Connectors: {Save: {Properties: {Destination: {Id: Table}, Permissions: [Read, Write]}}}
          Properties:
            InlineCode: x
            Handler: a.b
            Runtime: python3.13
            Events: {Get: {Type: Api, Properties: {Path: /x, Method: get, RestApiId: !Ref Api}}}
            FunctionUrlConfig: {AuthType: NONE}
            Policies:
              - S3CrudPolicy: {BucketName: !Ref AWS::StackName}
              - Statement: [{Effect: Allow, Action: 's3:*', Resource: !Sub 'arn:${AWS::Partition}:s3:::a'}]
        Table: {Type: AWS::Serverless::SimpleTable}
        Api:
          Type: AWS::Serverless::Api
          Properties:
            StageName: x
            Auth: {ResourcePolicy: {AwsAccountWhitelist: ['123456789012'], IpRangeWhitelist: [192.0.2.1]}}
        """
    )
    (tmp_path / "template.yaml").write_text(text, "utf-8")
    script = ROOT / "scripts" / "compare_sam_translator.py"
    result = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "compared: 1" in result.stdout


def test_policies_and_roles_of_the_template_itself_are_joined_with_those_of_sam() -> None:
    text = template(
        """\
        Read:
          Type: AWS::IAM::ManagedPolicy
          Properties:
            PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: 's3:Get*', Resource: '*'}]}
        Own:
          Type: AWS::IAM::Role
          Properties:
            AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}
        Table: {Type: AWS::Serverless::SimpleTable}
        Load:
          Type: AWS::Serverless::Function
          Properties: {Handler: a.b, Policies: [!Ref Read]}
        Other:
          Type: AWS::Serverless::Function
          Connectors: {Save: {Properties: {Destination: {Id: Table}, Permissions: [Write]}}}
          Properties: {Handler: a.b, Role: !GetAtt Own.Arn}
        """
    )
    roles = {role.address: role for role in found(text).identities}
    assert {address: [str(one.origin) for one in role.policies] for address, role in roles.items()} == {
        "Resources.Own": ["Resources.Other.Connectors.Save"],
        "Resources.Load": ["Resources.Read.PolicyDocument"],
    }


def managed(text: str, address: str) -> list[str]:
    """The names of the managed policies of a role."""
    role = next(one for one in found(text).identities if one.address == address)
    return [arn.display.rpartition("/")[2] for arn in role.attached]


def granted(text: str, address: str) -> dict[str, list[str]]:
    """What a role may do, on which resources."""
    role = next(one for one in found(text).identities if one.address == address)
    made: dict[str, list[str]] = {}
    for policy in role.policies:
        for actions, resources in allowed(policy):
            for action in actions:
                made.setdefault(action, []).extend(resources)
    return made


def test_a_function_may_read_what_its_events_are_pulled_from() -> None:
    text = function(
        """\
        VpcConfig: {SubnetIds: [subnet-1]}
        Events:
          Queue: {Type: SQS, Properties: {Queue: 'arn:aws:sqs:us-east-1:123456789012:q'}}
          Rows: {Type: DynamoDB, Properties: {Stream: !GetAtt T.StreamArn}}
          Broker:
            Type: MQ
            Properties:
              Broker: arn:aws:mq:us-east-1:123456789012:broker:b:b-1
              SourceAccessConfigurations:
                - {Type: VIRTUAL_HOST, URI: /}
                - {Type: BASIC_AUTH, URI: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:mq'}
              SecretsManagerKmsKeyId: 1234abcd
          Call: {Type: Api, Properties: {Path: /, Method: get}}
        """,
        "Globals: {Function: {Tracing: Active}}\n",
    )
    assert managed(text, "Resources.Load") == [
        "AWSLambdaBasicExecutionRole",
        "AWSXrayWriteOnlyAccess",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSLambdaSQSQueueExecutionRole",
        "AWSLambdaDynamoDBExecutionRole",
    ]
    assert granted(text, "Resources.Load") == {
        "mq:DescribeBroker": ["arn:aws:mq:us-east-1:123456789012:broker:b:b-1"],
        "secretsmanager:GetSecretValue": ["arn:aws:secretsmanager:us-east-1:123456789012:secret:mq"],
        "kms:Decrypt": ["arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/1234abcd"],
    }
    # Nobody wrote the region and the account, so nobody is told that they are unknown.
    assert [written for policy in found(text).policies for _, written in policy.unresolved] == []


def test_a_function_may_send_to_its_destinations_and_its_dead_letter_queue() -> None:
    text = function(
        """\
        DeadLetterQueue: {Type: SNS, TargetArn: 'arn:aws:sns:us-east-1:123456789012:dead'}
        EventInvokeConfig:
          DestinationConfig:
            OnSuccess: {Type: SQS}
            OnFailure: {Type: S3Bucket, Destination: 'arn:aws:s3:::failed'}
        """
    )
    assert granted(text, "Resources.Load") == {
        "sns:Publish": ["arn:aws:sns:us-east-1:123456789012:dead"],
        "sqs:SendMessage": ["arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${AWS::Made}"],
        "s3:PutObject": ["arn:aws:s3:::failed/*"],
        "s3:ListBucket": ["arn:aws:s3:::failed"],
    }


def test_sending_to_every_queue_is_told_where_the_template_says_so() -> None:
    text = function("DeadLetterQueue: {Type: SQS, TargetArn: '*'}\n")
    (finding,) = findings(text, "LP208")
    assert (finding.span.text, finding.origin and str(finding.origin)) == ("'*'", "Resources.Load.DeadLetterQueue")


def test_a_function_with_a_role_of_its_own_gets_nothing_for_its_events() -> None:
    text = function(
        """\
        Role: arn:aws:iam::123456789012:role/own
        DeadLetterQueue: {Type: SQS, TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead'}
        Events: {Queue: {Type: SQS, Properties: {Queue: 'arn:aws:sqs:us-east-1:123456789012:q'}}}
        """
    )
    assert found(text).identities == []
    assert found(text).policies == []


def test_what_starts_a_state_machine_has_a_role_that_may_do_only_that() -> None:
    text = template(
        """\
        Flow:
          Type: AWS::Serverless::StateMachine
          Properties:
            Name: flow
            Tracing: {Enabled: true}
            Events:
              Hourly: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
              Own: {Type: Schedule, Properties: {Schedule: rate(1 day), RoleArn: 'arn:aws:iam::123456789012:role/r'}}
        """
    )
    assert managed(text, "Resources.Flow") == ["AWSXrayWriteOnlyAccess"]
    assert [one.address for one in found(text).identities] == ["Resources.Flow", "Resources.Flow.Events.Hourly"]
    started = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:flow"
    assert granted(text, "Resources.Flow.Events.Hourly") == {"states:StartExecution": [started]}


def test_a_graphql_api_has_a_role_for_each_data_source() -> None:
    text = template(
        """\
        Graph:
          Type: AWS::Serverless::GraphQLApi
          Properties:
            Auth: {Type: AWS_IAM}
            DataSources:
              DynamoDb:
                Posts: {TableArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/posts', Permissions: [Write]}
              Lambda:
                Greeter: {FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:greet', ServiceRoleArn: a}
        """
    )
    assert managed(text, "Resources.Graph.Logging") == ["AWSAppSyncPushToCloudWatchLogs"]
    posts = granted(text, "Resources.Graph.DataSources.DynamoDb.Posts")
    table = "arn:aws:dynamodb:us-east-1:123456789012:table/posts"
    assert posts["dynamodb:PutItem"] == [table, f"{table}/index/*"]
    assert "dynamodb:GetItem" not in posts
    assert len(found(text).identities) == 2


@pytest.mark.parametrize(
    ("trust", "persona"),
    [
        ("", "machine"),
        (
            "AssumeRolePolicyDocument: {Statement: {Effect: Allow, Principal: {Federated: 'saml-provider/people'}}}\n",
            "human",
        ),
    ],
)
def test_a_service_uses_the_role_that_sam_makes_unless_the_template_lets_others(trust: str, persona: str) -> None:
    (role,) = found(function(f"Policies: [AmazonS3ReadOnlyAccess]\n{trust}")).identities
    assert persona_of(role) == persona
    # The trust policy of SAM's own is nobody's to mend.
    assert len(found(function("Policies: [AmazonS3ReadOnlyAccess]\n")).policies) == 0


@pytest.mark.parametrize(
    ("resource", "attribute"),
    [
        ("{Type: 'AWS::Serverless::Function', Properties: {Policies: !Ref List}}", "Policies"),
        ("{Type: 'AWS::Serverless::Function', Properties: {Policies: [!GetAtt Other.Made]}}", "Policies[0]"),
        ("{Type: 'AWS::Serverless::Api', Properties: {Auth: {ResourcePolicy: !Ref List}}}", "Auth.ResourcePolicy"),
        (
            "{Type: 'AWS::Serverless::Api', Properties: {Auth: {ResourcePolicy: {SourceVpcWhitelist: !Ref List}}}}",
            "Auth.ResourcePolicy",
        ),
    ],
)
def test_what_is_unknown_counts(resource: str, attribute: str) -> None:
    text = template(
        f"It: {resource}\nOther: {{Type: 'Custom::Thing'}}\n", "Parameters: {List: {Type: CommaDelimitedList}}\n"
    )
    (policy,) = found(text).policies
    assert str(policy.origin) == f"Resources.It.{attribute}"
    assert (policy.statements, policy.complete, len(policy.unresolved)) == ((), False, 1)


def test_what_sam_fills_in_does_not_count_as_unresolved() -> None:
    auth = "{Auth: {ResourcePolicy: {IpRangeWhitelist: [192.0.2.1]}}}"
    (policy,) = found(template(f"It: {{Type: 'AWS::Serverless::Api', Properties: {auth}}}\n")).policies
    assert policy.unresolved == ()
