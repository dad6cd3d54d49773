"""The policies of a serverless.yml: where they are found, what they say, and at which characters."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.extract import extract
from lplint.model.rule import Severity
from lplint.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lplint.extract.found import Found
    from lplint.model.finding import Finding
    from lplint.model.policy import Element


def service(text: str) -> str:
    return "service: shop\nframeworkVersion: '3'\n" + dedent(text)


def found(text: str, files: dict[str, str] | None = None) -> Found:
    def read(path: str) -> Source | None:
        return Source(path, dedent(files[path])) if files is not None and path in files else None

    return extract(Source("serverless.yml", service(text)), None, read)


def findings(folder: Path, text: str, files: dict[str, str] | None = None) -> Sequence[Finding]:
    for name, content in {"serverless.yml": service(text), **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content), "utf-8")
    inputs = [Input(str(folder / "serverless.yml"), Config())]
    report = lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE)
    assert not report.failures
    return report.findings


def shown(element: Element | None) -> list[str]:
    return [text.display for text in element.values] if element is not None else []


def resources(one: Found) -> list[str]:
    return [text for policy in one.policies for statement in policy.statements for text in shown(statement.resource)]


STATEMENT = "{Effect: Allow, Action: 's3:GetObject', Resource: '*'}"
ROLE = f"{{Type: 'AWS::IAM::Role', Properties: {{AssumeRolePolicyDocument: {{Statement: [{STATEMENT}]}}}}}}"


@pytest.mark.parametrize(
    ("text", "origin", "kind"),
    [
        (
            f"provider: {{name: aws, iam: {{role: {{statements: [{STATEMENT}]}}}}}}",
            "provider.iam.role.statements",
            "identity ",
        ),
        (f"provider: {{name: aws, iamRoleStatements: [{STATEMENT}]}}", "provider.iamRoleStatements", "identity "),
        (
            f"provider: {{name: aws, resourcePolicy: [{STATEMENT}]}}",
            "provider.resourcePolicy",
            "resource execute-api",
        ),
        (
            f"provider: {{name: aws, apiGateway: {{resourcePolicy: [{STATEMENT}]}}}}",
            "provider.apiGateway.resourcePolicy",
            "resource execute-api",
        ),
        (
            f"provider: aws\nfunctions: {{load: {{handler: a.b, iamRoleStatements: [{STATEMENT}]}}}}",
            "functions.load.iamRoleStatements",
            "identity ",
        ),
        (
            f"provider: aws\nfunctions: [{{load: {{handler: a.b, iam: {{role: {{statements: [{STATEMENT}]}}}}}}}}]",
            "functions.load.iam.role.statements",
            "identity ",
        ),
        (
            f"provider: aws\ncustom: {{appSync: {{dataSources: [{{iamRoleStatements: [{STATEMENT}]}}]}}}}",
            "custom.appSync.dataSources.0.iamRoleStatements",
            "identity ",
        ),
        (
            f"provider: aws\nresources: {{Resources: {{Role: {ROLE}}}}}",
            "Resources.Role.AssumeRolePolicyDocument",
            "trust sts",
        ),
        (
            f"provider: aws\ncustom: {{policy: {{Version: '2012-10-17', Statement: [{STATEMENT}]}}}}",
            "custom.policy",
            "identity ",
        ),
    ],
)
def test_where_policies_stand(text: str, origin: str, kind: str) -> None:
    (policy,) = found(text).policies
    assert (str(policy.origin), f"{policy.kind.value} {policy.service}") == (origin, kind)
    assert [shown(one.action) for one in policy.statements] == [["s3:GetObject"]]


@pytest.mark.parametrize(
    "text",
    [
        f"provider: {{name: google, iamRoleStatements: [{STATEMENT}]}}",
        f"provider: {{iamRoleStatements: [{STATEMENT}]}}",
        f"providers: {{name: aws, iamRoleStatements: [{STATEMENT}]}}",
    ],
)
def test_what_is_no_service_on_aws_is_none(text: str) -> None:
    assert found(text).policies == []


def test_the_json_of_a_service_is_read_too() -> None:
    text = f'{{"service": "s", "provider": {{"name": "aws", "iamRoleStatements": [{STATEMENT}]}}}}'.replace("'", '"')
    for word in ("Effect", "Allow", "Action", "Resource"):
        text = text.replace(f"{word}:", f'"{word}":').replace(f" {word},", f' "{word}",')
    (policy,) = extract(Source("serverless.json", text)).policies
    assert shown(policy.statements[0].resource) == ["*"]


def test_statements_need_no_version_and_a_finding_stands_at_its_characters(tmp_path: Path) -> None:
    text = """\
    provider:
      name: aws
      iam:
        role:
          statements:
            - Effect: Allow
              Action:
                - s3:GetObjcet
              Resource: !Sub "${Bucket.Arn}/*"
    resources:
      Resources:
        Bucket:
          Type: AWS::S3::Bucket
    """
    (finding,) = findings(tmp_path, text)
    assert (finding.rule.name, finding.span.text) == ("unknown-action", "GetObjcet")
    assert finding.span.start_position().line == 10


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("${self:custom.bucket}", "arn:aws:s3:::photos"),
        ("${self:custom.bucket}/*", "arn:aws:s3:::photos/*"),
        ("arn:aws:s3:::${self:service}-${self:provider.stage}", "arn:aws:s3:::shop-dev"),
        ("arn:aws:s3:::${opt:stage, 'dev'}", "arn:aws:s3:::dev"),
        ("arn:aws:s3:::${env:NAME, self:custom.name}", "arn:aws:s3:::photos"),
        ("arn:aws:s3:::${opt:name, ${self:custom.name}}", "arn:aws:s3:::photos"),
        ("arn:aws:s3:::${self:custom.none, 'x'}", "arn:aws:s3:::x"),
        ("arn:aws:s3:::${self:custom.list.1}", "arn:aws:s3:::two"),
        ("arn:aws:s3:::${self:custom.by.${self:provider.stage}}", "arn:aws:s3:::for-dev"),
        ("arn:aws:s3:::${file(./more.yml):deep.name}", "arn:aws:s3:::from-a-file"),
        ("arn:aws:s3:::${file(./${self:provider.stage}.yml):name}", "arn:aws:s3:::of-dev"),
        ("arn:aws:s3:::${file(./none.yml):name, 'd'}", "arn:aws:s3:::${file(./none.yml):name, 'd'}"),
        ("arn:aws:s3:::${opt:stage}", "arn:aws:s3:::${opt:stage}"),
        ("arn:aws:s3:::${opt:stage, ''}", "arn:aws:s3:::${opt:stage, ''}"),
        ("arn:aws:s3:::${ssm:/name, 'x'}", "arn:aws:s3:::${ssm:/name, 'x'}"),
        ("arn:aws:sns:${aws:region}:${aws:accountId}:x", "arn:aws:sns:${aws:region}:${aws:accountId}:x"),
        ("arn:aws:s3:::${opt:number, 5}-${self:custom.number}", "arn:aws:s3:::5-0012"),
        ("arn:aws:s3:::${self:code.name, 'x'}", "arn:aws:s3:::${self:code.name, 'x'}"),
        ("arn:aws:s3:::${sls:stage}", "arn:aws:s3:::dev"),
        ("arn:aws:s3:::${self:custom.loop}", "arn:aws:s3:::${self:custom.loop}"),
        ("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/${aws:username}"),
    ],
)
def test_variables_have_their_values(resource: str, expected: str) -> None:
    text = f"""\
    provider:
      name: aws
      stage: dev
      iamRoleStatements:
        - Effect: Allow
          Action: s3:GetObject
          Resource: "{resource}"
    code: ${{file(values.js)}}
    custom:
      bucket: arn:aws:s3:::${{self:custom.name}}
      name: photos
      number: 0012
      list: [one, two]
      by: {{dev: for-dev}}
      loop: ${{self:custom.loop}}
    """
    one = found(text, {"more.yml": "deep:\n  name: from-a-file\n", "dev.yml": "name: of-dev\n"})
    assert resources(one) == [expected]
    (policy,) = one.policies
    unknown = "${" in expected and "username" not in expected
    assert bool(policy.unresolved) == unknown


def test_a_variable_in_fn_sub_is_put_in_before_cloudformation_sees_the_string() -> None:
    text = """\
    provider:
      name: aws
      iamRoleStatements:
        - Effect: Allow
          Action: s3:GetObject
          Resource: !Sub "${self:custom.arn}/*"
    custom:
      arn: arn:${AWS::Partition}:s3:::${Photos}
    resources:
      Resources:
        Photos: {Type: 'AWS::S3::Bucket', Properties: {BucketName: '${self:service}-photos'}}
    """
    (resource,) = resources(found(text))
    assert resource.startswith("arn:")
    assert resource.endswith(":s3:::shop-photos/*")


def test_statements_of_another_file_stand_there(tmp_path: Path) -> None:
    text = """\
    provider:
      name: aws
      iam: {role: {statements: "${file(iam/roles.yml):statements}"}}
    """
    files = {"iam/roles.yml": f"statements:\n  - {STATEMENT.replace('GetObject', 'GetObjcet')}\n"}
    (finding,) = [one for one in findings(tmp_path, text, files) if one.rule.id == "LP101"]
    assert finding.span.source.path == f"{tmp_path}/iam/roles.yml"
    assert (finding.span.text, finding.span.start_position().line) == ("GetObjcet", 2)


def test_no_file_outside_the_root_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(f"statements: [{STATEMENT.replace('GetObject', 'GetObjcet')}]", "utf-8")
    inside = tmp_path / "repository"
    inside.mkdir()
    (inside / "link.yml").symlink_to(tmp_path / "secret.yml")
    for path in ("../secret.yml", "link.yml", f"{tmp_path}/secret.yml"):
        text = f"provider: {{name: aws, iamRoleStatements: '${{file({path}):statements}}'}}"
        (note,) = findings(inside, text)
        assert (note.rule.id, "lplint cannot read" in note.message) == ("LP004", True)


def test_resources_may_be_a_list_of_templates_in_files() -> None:
    text = """\
    provider: aws
    resources:
      - ${file(roles.yml)}
      - Resources:
          Other: {Type: 'AWS::S3::Bucket'}
    """
    role = f"""\
    Resources:
      Role:
        Type: AWS::IAM::Role
        Properties:
          Policies:
            - PolicyName: x
              PolicyDocument:
                Version: '2012-10-17'
                Statement:
                  - {{Effect: Allow, Action: 's3:*', Resource: !GetAtt Other.Arn}}
          AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{STATEMENT}]}}
    """
    one = found(text, {"roles.yml": role})
    assert sorted(policy.origin.attribute for policy in one.policies) == [
        "AssumeRolePolicyDocument",
        "Policies[0].PolicyDocument",
    ]
    assert {policy.source.path for policy in one.policies} == {"roles.yml"}
    assert one.problems == []


def test_a_name_that_the_framework_adds_to_the_template_is_no_mistake() -> None:
    text = """\
    provider:
      name: aws
      iamRoleStatements:
        - {Effect: Allow, Action: 'lambda:InvokeFunction', Resource: !GetAtt LoadLambdaFunction.Arn}
    """
    one = found(text)
    assert one.problems == []
    assert one.policies[0].unresolved


def test_the_roles_of_a_service_and_of_its_functions() -> None:
    text = f"""\
    provider:
      name: aws
      iam:
        role:
          statements: [{STATEMENT}]
          managedPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]
          permissionsBoundary: arn:aws:iam::123456789012:policy/edge
    functions:
      plain: {{handler: a.b}}
      alone: {{handler: a.b, iamRoleStatements: [{STATEMENT}]}}
      heir: {{handler: a.b, iamRoleStatementsInherit: true, iamRoleStatements: [{STATEMENT}]}}
    """
    roles = {role.address: role for role in found(text).identities}
    assert {address: [str(policy.origin) for policy in role.policies] for address, role in roles.items()} == {
        "provider": ["provider.iam.role.statements"],
        "functions.alone": ["functions.alone.iamRoleStatements"],
        "functions.heir": ["functions.heir.iamRoleStatements", "provider.iam.role.statements"],
    }
    assert [one.display for one in roles["provider"].attached] == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert [one.display for one in roles["provider"].boundary_arns] == ["arn:aws:iam::123456789012:policy/edge"]


@pytest.mark.parametrize(
    "text",
    [
        "provider: {name: aws, iamRoleStatements: 5}",
        "provider: {name: aws, iamRoleStatements: [1, null, [], '${self:}']}",
        "provider: {name: aws, iamRoleStatements: '${self:provider.iamRoleStatements}'}",
        "provider: '${file(x.yml)}'",
        "provider: {name: aws, iam: [1]}\nfunctions: [a, [b], {c: d}]\nresources: ['${self:resources}', 3]",
        "provider: aws\nresources: {Resources: {A: '${self:resources}'}}",
        "provider: {name: aws, iamRoleStatements: ['${', '${}', '${{{', '${self:', '}${', '${,}', \"${'\"]}",
        "provider: aws\nfunctions: {f: {iamRoleStatements: {Effect: '${self:functions}'}}}",
    ],
)
def test_odd_services_are_no_crash(text: str) -> None:
    found(text)


@pytest.mark.parametrize(
    "text",
    [
        # A tree of variables that doubles at each level, and strings that do.
        "custom:\n"
        + "".join(f"  a{n}: ['${{self:custom.a{n + 1}}}', '${{self:custom.a{n + 1}}}']\n" for n in range(60)),
        "custom:\n" + "".join(f"  a{n}: ${{self:custom.a{n + 1}}}${{self:custom.a{n + 1}}}\n" for n in range(60)),
        "custom:\n" + "".join(f"  a{n}: ${{self:custom.a{n + 1}}}\n" for n in range(5_000)),
        "custom:\n  a0: '" + "${self:" * 20_000 + "'\n",
        "custom:\n  a0: '" + "${" * 400_000 + "}'\n",
        "custom:\n  a0: '" + "${self:x, " * 5_000 + "}" * 5_000 + "'\n",
    ],
)
def test_a_hostile_service_takes_no_more_time_than_a_long_one(text: str) -> None:
    end = "  a60: x\n"
    statements = (
        "provider: {name: aws, iamRoleStatements: [{Effect: Allow, Action: 's3:*', Resource: '${self:custom.a0}'}]}\n"
    )
    found(text + end + statements)


def notes(text: str) -> list[tuple[str, str]]:
    return [(one.span.text, one.message) for one in extract(Source("serverless.yml", dedent(text))).problems]


def test_a_file_that_cannot_be_read_is_told_where_a_policy_names_it() -> None:
    text = """\
        service: s
        provider:
          name: aws
          region: ${file(nowhere.yml):region}
          iam:
            role:
              statements:
                - ${file(missing.yml):statement}
                - ${file(missing.yml):other}
                - ${file(roles.js):statement}
                - ${file(given.yml):statement, self:custom.nothing, 'none'}
        custom: {colour: "${file(colour.yml):colour}"}
    """
    assert notes(text) == [
        (
            "${file(missing.yml):statement}",
            "lplint cannot read missing.yml: it is missing, no YAML or JSON, or outside the repository.",
        ),
        ("${file(roles.js):statement}", "lplint runs no programs, so what roles.js gives is not known."),
    ]


@pytest.mark.parametrize(
    ("stage", "bucket"), [("dev", "a-stuff"), ("prod", "a-real"), ("${opt:stage, 'prod'}", "a-real"), ("x", "a-stuff")]
)
def test_a_parameter_is_that_of_the_stage_or_the_default(stage: str, bucket: str) -> None:
    text = f"""\
        service: s
        params: {{default: {{bucket: stuff, "no": 1}}, prod: {{bucket: real}}}}
        provider:
          name: aws
          stage: {stage}
          iamRoleStatements:
            - {{Effect: Allow, Action: "s3:GetObject", Resource: "a-${{param:bucket}}"}}
    """
    (policy,) = extract(Source("serverless.yml", dedent(text))).policies
    (statement,) = policy.statements
    assert statement.resource is not None
    assert [one.value for one in statement.resource.values] == [bucket]


@pytest.mark.parametrize("params", ["1", "[a]", "{default: 1}", "{default: {bucket: '${param:bucket}'}}"])
def test_a_parameter_that_is_not_there_is_unknown(params: str) -> None:
    text = f"""\
        service: s
        params: {params}
        provider:
          name: aws
          iamRoleStatements:
            - {{Effect: Allow, Action: "s3:GetObject", Resource: "a-${{param:bucket}}"}}
    """
    (policy,) = extract(Source("serverless.yml", dedent(text))).policies
    assert [written for _, written in policy.unresolved] == ["${param:bucket}"]


@pytest.mark.parametrize("name", ["serverless.ts", "serverless.js"])
def test_a_program_is_said_to_be_not_read(name: str) -> None:
    found = extract(Source(name, "module.exports = { iamRoleStatements: [] }"))
    (problem,) = found.problems
    assert (problem.span.text, problem.template, found.policies) == ("Statement", True, [])
    assert "a program, which lplint does not read" in problem.message


@pytest.mark.parametrize(
    ("text", "address", "written"),
    [
        (
            "provider: {name: aws, iam: {role: {statements: '${opt:more}'}}}",
            "provider.iam.role.statements",
            "${opt:more}",
        ),
        (
            "provider: {name: aws, iamRoleStatements: '${self:custom.all}'}\ncustom: {all: '${ssm:/all}'}",
            "provider.iamRoleStatements",
            "${self:custom.all}",
        ),
        (
            "provider: {name: aws, apiGateway: {resourcePolicy: '${cf:other.Policy}'}}",
            "provider.apiGateway.resourcePolicy",
            "${cf:other.Policy}",
        ),
        (
            "provider: aws\nfunctions: {load: {handler: a.b, iamRoleStatements: '${opt:more}'}}",
            "functions.load.iamRoleStatements",
            "${opt:more}",
        ),
    ],
)
def test_statements_of_which_nothing_is_known_are_a_policy(text: str, address: str, written: str) -> None:
    (policy,) = found(text).policies
    assert str(policy.origin) == address
    assert (policy.statements, policy.complete) == ((), False)
    assert [one.strip("'") for _, one in policy.unresolved] == [written]
