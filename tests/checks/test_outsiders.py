"""Whom from outside a trust policy lets in."""

from __future__ import annotations

import json
import time

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.model.rule import Severity

EKS = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"


GITHUB = "token.actions.githubusercontent.com"


def said(rule: str, principal: object, condition: object = None, action: object = None) -> list[str]:
    """What a rule underlines of a trust policy."""
    federated = isinstance(principal, dict) and "Federated" in principal
    action = action or ("sts:AssumeRoleWithWebIdentity" if federated else "sts:AssumeRole")
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition is not None:
        statement["Condition"] = condition
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    report = lint(
        [Input("p.json", Config(), text.encode())], lambda _: (ruleset.find(rule),), min_severity=Severity.NOTE
    )
    assert not report.failures
    return [finding.span.text for finding in report.findings]


ROOT = "arn:aws:iam::123456789012:root"


@pytest.mark.parametrize(
    ("principal", "condition", "expected"),
    [
        (ROOT, None, [f'"{ROOT}"']),
        ("123456789012", None, ['"123456789012"']),
        (ROOT, {"StringEquals": {"sts:ExternalId": ""}}, [f'"{ROOT}"']),
        (ROOT, {"StringLike": {"sts:ExternalId": "*"}}, [f'"{ROOT}"']),
        (ROOT, {"StringEqualsIfExists": {"sts:ExternalId": "x"}}, [f'"{ROOT}"']),
        (ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, [f'"{ROOT}"']),
        (ROOT, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, []),
        (ROOT, {"StringEquals": {"sts:ExternalId": "x"}}, []),
        (ROOT, {"StringEquals": {"sts:ExternalId": "${var.id}"}}, []),
        (ROOT, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/ci"}}, []),
        (ROOT, "${condition}", []),
        ("arn:aws:iam::${AWS::AccountId}:root", None, []),
        ("arn:aws:iam::123456789012:role/ci", None, []),
    ],
)
def test_a_whole_account(principal: str, condition: object, expected: list[str]) -> None:
    assert said("LP520", {"AWS": principal}, condition) == expected


@pytest.mark.parametrize(
    ("host", "condition", "expected"),
    [
        ("gitlab.com", {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}}, "provider"),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*"}}, '"project_path:*"'),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:*/app:*"}}, '"project_path:*/app:*"'),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:me/*"}}, None),
        # Tokens carry their subject; of IfExists LP527 speaks.
        ("gitlab.com", {"StringEqualsIfExists": {"gitlab.com:sub": "project_path:me/a"}}, None),
        ("gitlab.com", {"StringNotEquals": {"gitlab.com:sub": "project_path:me/a"}}, "provider"),
        # Of one without any claim LP304 speaks.
        ("accounts.google.com", None, None),
        ("accounts.google.com", {"StringEquals": {"accounts.google.com:email": "a"}}, "provider"),
        ("accounts.google.com", {"StringEquals": {"accounts.google.com:aud": "1"}}, None),
        ("cognito-identity.amazonaws.com", {"StringLike": {"cognito-identity.amazonaws.com:amr": "a"}}, "provider"),
        (EKS, {"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}, "provider"),
        (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:*"}}, '"system:serviceaccount:*"'),
        (EKS, {"StringLike": {f"{EKS}:sub": "system:serviceaccount:apps:*"}}, None),
        (EKS, {"StringEquals": {"${oidc}:sub": "system:serviceaccount:apps:a"}}, None),
        ("accounts.google.com", {"StringEquals": {"gitlab.com:sub": "a"}}, None),
        ("login.example.com", None, None),
    ],
)
def test_a_provider(host: str, condition: object, expected: str | None) -> None:
    principal = f"arn:aws:iam::123456789012:oidc-provider/{host}"
    if host in ("accounts.google.com", "cognito-identity.amazonaws.com"):
        principal = host
    wanted = [] if expected is None else [f'"{principal}"' if expected == "provider" else expected]
    assert said("LP521", {"Federated": principal}, condition) == wanted


def github(rule: str, condition: object, host: str = GITHUB) -> list[str]:
    """What a rule underlines of a trust policy for GitHub."""
    return said(rule, {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"}, condition)


def sub(value: object, operator: str = "StringLike", **others: object) -> dict[str, object]:
    """Conditions on the subject of GitHub's tokens, and on other claims of theirs."""
    more = {"StringEquals": {f"{GITHUB}:{claim}": one for claim, one in others.items()}} if others else {}
    return {operator: {f"{GITHUB}:sub": value}, **more}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (sub("repo:*"), ["*"]),
        (sub("*"), ["*"]),
        (sub("re?o:acme/site:*"), ["?"]),
        (sub("repo:acme*"), ["*"]),
        (sub("repo:*/site:ref:refs/heads/main"), ["*"]),
        (sub(["repo:acme/site:environment:prod", "repo:acme-*/site:environment:prod"]), ["*"]),
        ({"StringLike": {f"{GITHUB}:repository": "acme*/site"}}, ["*"]),
        # StringEquals has no wildcards, but whoever mends it with StringLike opens the role to everyone.
        (sub("repo:*", "StringEquals"), ["*"]),
        (sub("ref:refs/heads/main", "StringEquals"), ["ref"]),
        (sub("workflow:deploy:environment:prod", "StringEquals"), ["workflow"]),
        (sub("repo:acme/*"), []),
        (sub("repo:acme/site:*"), []),
        (sub("repo:acme@1234*/site@5678:*"), []),
        (sub("repository_owner_id:4711:*"), []),
        (sub("environment:prod:repository_owner:acme", "StringEquals"), []),
        (sub("environment:prod", "StringEquals", repository_id="4711"), []),
        (sub("repo:*", repository_owner_id="4711"), []),
        (sub("repo:${var.organisation}*"), []),
    ],
)
def test_any_owner_on_github(condition: object, expected: list[str]) -> None:
    assert github("LP524", condition) == expected


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (sub("repo:acme/*"), "other repositories of the organisation"),
        (sub("repo:acme/site*"), "other repositories with such a name"),
        (sub("repo:acme/site:*"), "every branch"),
        (sub("repo:acme/site:ref:refs/heads/*"), "every branch"),
        (sub("repo:acme@*/site@5678:environment:prod"), "whoever gets this name"),
        (sub("repo:*", repository_owner_id="4711"), "other repositories of the organisation"),
        (sub("repo:*", repository_id="4711"), "every branch"),
        (sub("repo:${repository}:*"), "every branch"),
        (sub("repo:${repository}*"), "everything that matches"),
    ],
)
def test_whom_a_wildcard_of_github_lets_in(condition: object, words: str) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    (finding,) = lint(
        [Input("p.json", Config(), text.encode())], lambda _: (ruleset.find("LP306"),), min_severity=Severity.NOTE
    ).findings
    assert finding.span.text == "*"
    assert words in finding.message


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        # Of an owner's wildcard LP524 speaks, and where another claim says all nobody needs to.
        (sub("repo:*"), []),
        (sub("repo:*", repository_id="4711", environment="prod"), []),
        (sub("repo:acme/site:*", job_workflow_ref="acme/ci/.github/workflows/deploy.yml@refs/heads/main"), []),
        (sub("repo:acme/site:*", "StringEquals"), []),
    ],
)
def test_a_wildcard_of_github_that_lets_nobody_new_in(condition: object, expected: list[str]) -> None:
    assert github("LP306", condition) == expected


@pytest.mark.parametrize(
    ("rule", "condition", "expected"),
    [
        ("LP305", {"StringNotEquals": {f"{GITHUB}:sub": "repo:acme/site:pull_request"}}, "provider"),
        ("LP305", {"StringEquals": {f"{GITHUB}:environment": "prod"}}, "provider"),
        ("LP305", {"StringEquals": {f"{GITHUB}:repository_id": "4711"}}, None),
        ("LP305", {"StringEquals": {f"{GITHUB}:job_workflow_ref": "acme/ci/deploy.yml@main"}}, None),
        ("LP525", sub("repo:acme/site:pull_request", "StringEquals"), "pull_request"),
        ("LP525", sub("repo:${repository}:pull_request"), "pull_request"),
        ("LP525", sub("repo:acme/pull_request:environment:prod"), None),
        ("LP526", sub("repo:acme/site:ref:refs/heads/main", "StringEquals"), "ref:refs/heads/main"),
        ("LP526", sub("repo:acme@12/site@34:ref:refs/heads/main", "StringEquals"), "ref:refs/heads/main"),
        ("LP526", sub("repo:acme/site:ref:refs/heads/main", "StringEquals", environment="prod"), None),
        ("LP526", sub("repo:acme/site:environment:prod", "StringEquals"), None),
        ("LP527", sub("repo:acme/site:environment:prod", "ForAllValues:StringEquals"), "ForAllValues"),
        ("LP527", sub("repo:acme/site:environment:prod", "StringEqualsIfExists"), "IfExists"),
        ("LP527", sub("repo:acme/site:environment:prod", "ForAnyValue:StringEquals"), None),
        ("LP532", sub("repo:acme/site:environment:prod"), "Like"),
        ("LP532", sub("repo:acme/site:environment:${var.environment}"), None),
        ("LP532", sub("repo:acme/site:*"), None),
        ("LP532", sub("repo:acme/site:environment:prod", "ForAnyValue:StringLike"), None),
        ("LP533", sub("acme/site", "StringEquals"), '"acme/site"'),
        ("LP533", sub("repo:site:environment:prod", "StringEquals"), '"repo:site:environment:prod"'),
        ("LP533", sub("team:web:repo:acme/site", "StringEquals"), None),
        ("LP533", sub("${var.subject}", "StringEquals"), None),
        ("LP533", sub("repo:*", "StringEquals"), None),
    ],
)
def test_claims_of_github(rule: str, condition: object, expected: str | None) -> None:
    principal = f'"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"'
    assert github(rule, condition) == ([] if expected is None else [principal if expected == "provider" else expected])


def test_the_issuer_of_an_enterprise_is_that_enterprise_alone() -> None:
    for host in (f"{GITHUB}/acme", "token.actions.acme.ghe.com"):
        assert github("LP305", {"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}}, host)
        assert github("LP305", {"StringEquals": {f"{host}:sub": "repo:acme/site:environment:prod"}}, host) == []
        assert github("LP524", {"StringLike": {f"{host}:sub": "repo:*"}}, host) == []
        assert github("LP524", {"StringEquals": {f"{host}:sub": "environment:prod"}}, host) == []
        assert github("LP306", {"StringLike": {f"{host}:sub": "repo:*"}}, host) == ["*"]


TERRAFORM = "app.terraform.io"
CIRCLE = "oidc.circleci.com/org/5f1b"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"


@pytest.mark.parametrize(
    ("host", "subject", "expected"),
    [
        (TERRAFORM, "organization:acme:*", "*"),
        (TERRAFORM, "organization:acme:project:web:workspace:*:run_phase:apply", "*"),
        (TERRAFORM, "organization:acme:project:*:workspace:prod:run_phase:*", None),
        (TERRAFORM, "organization:acme:workspace:prod:*", None),
        (TERRAFORM, "organization:acme:project:web:workspace:${var.workspace}:*", None),
        ("gitlab.com", "project_path:acme/*:ref_type:branch:ref:main", "*"),
        ("gitlab.com", "project_path:acme/group/site:*", "*"),
        ("gitlab.com", "project_path:acme/group/site:ref_type:branch:ref:release-*", "*"),
        ("gitlab.com", "project_path:acme/site:ref_type:branch:ref:main", None),
        ("agent.buildkite.com", "organization:acme:pipeline:deploy:ref:refs/heads/main:commit:*", None),
        ("agent.buildkite.com", "organization:acme:pipeline:*", "*"),
        (CIRCLE, "org/5f1b/project/77ab/user/*", None),
        (CIRCLE, "org/5f1b/*", "*"),
        (BITBUCKET, "{2d5a}:*", None),
        (BITBUCKET, "*", "*"),
        (EKS, "system:serviceaccount:apps:*", "*"),
        (EKS, "system:serviceaccount:team-*:worker", "*"),
        (EKS, "system:serviceaccount:apps:worker", None),
        # Of a wildcard for every customer LP521 speaks.
        (EKS, "system:serviceaccount:*:*", None),
    ],
)
def test_all_projects_of_a_customer(host: str, subject: str, expected: str | None) -> None:
    principal = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"}
    found = said("LP528", principal, {"StringLike": {f"{host}:sub": subject}})
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("key", "subject", "expected"),
    [
        ("${cluster_issuer}:sub", "system:serviceaccount:kube-system:*", ["*"]),
        ("${cluster_issuer}:sub", "system:serviceaccount:*:autoscaler", ["*"]),
        ("${cluster_issuer}:sub", "system:serviceaccount:kube-system:autoscaler", []),
        ("${cluster_issuer}:sub", "system:serviceaccount:${namespace}:autoscaler", []),
        ("gitlab.example.com:sub", "project_path:platform/*:ref_type:branch:ref:main", ["*"]),
        ("gitlab.example.com:sub", "project_path:platform/site:ref_type:branch:ref:main", []),
        ("login.example.com:sub", "user:*", []),
        ("${cluster_issuer}:aud", "system:serviceaccount:*:*", []),
    ],
)
def test_an_issuer_that_is_known_by_its_subjects(key: str, subject: str, expected: list[str]) -> None:
    principal = {"Federated": "arn:aws:iam::${account}:oidc-provider/${cluster_issuer}"}
    assert said("LP528", principal, {"StringLike": {key: subject}}) == expected


def test_a_customer_with_an_issuer_of_its_own_is_not_everybody() -> None:
    principal = f"arn:aws:iam::123456789012:oidc-provider/{CIRCLE}"
    condition = {"StringEquals": {f"{CIRCLE}:aud": "5f1b"}}
    assert said("LP521", {"Federated": principal}, condition) == []
    assert said("LP528", {"Federated": principal}, condition) == [f'"{principal}"']


@pytest.mark.parametrize(
    ("host", "subject", "expected"),
    [
        ("oidc.vercel.com", "owner:*:project:site:environment:production", True),
        ("oidc.codefresh.io", "account:*:pipeline:deploy", True),
        ("oidc.codefresh.io", "account:4711:pipeline:deploy", False),
        (EKS, "system:serviceaccount:*:*", True),
    ],
)
def test_every_customer_of_a_provider(host: str, subject: str, expected: bool) -> None:
    principal = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"}
    assert bool(said("LP521", principal, {"StringLike": {f"{host}:sub": subject}})) == expected


COGNITO = "cognito-identity.amazonaws.com"


@pytest.mark.parametrize(
    ("condition", "guests", "unauthenticated"),
    [
        ({"StringEquals": {f"{COGNITO}:aud": "pool"}}, True, False),
        ({"StringEquals": {f"{COGNITO}:aud": "pool", f"{COGNITO}:sub": "4711"}}, False, False),
        (
            {
                "StringEquals": {f"{COGNITO}:aud": "pool"},
                "ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"},
            },
            False,
            False,
        ),
        (
            {
                "StringEquals": {f"{COGNITO}:aud": "pool"},
                "ForAnyValue:StringLike": {f"{COGNITO}:amr": "unauthenticated"},
            },
            False,
            True,
        ),
        ({"StringEquals": {f"{COGNITO}:aud": "pool", "${provider}:amr": "authenticated"}}, False, False),
    ],
)
def test_guests_of_an_identity_pool(condition: object, guests: bool, unauthenticated: bool) -> None:
    assert bool(said("LP530", {"Federated": COGNITO}, condition)) == guests
    assert bool(said("LP531", {"Federated": COGNITO}, condition)) == unauthenticated


SAML = "arn:aws:iam::123456789012:saml-provider/Company"
ANYWHERE = "rolesanywhere.amazonaws.com"


@pytest.mark.parametrize(
    ("rule", "principal", "condition", "action", "expected"),
    [
        ("LP522", {"AWS": "arn:aws:iam::${account}:root"}, None, None, ['"arn:aws:iam::${account}:root"']),
        ("LP522", {"AWS": "arn:aws:iam::${account}:role/ci"}, None, None, []),
        (
            "LP522",
            {"AWS": "arn:aws:iam::${account}:root"},
            {"StringEquals": {"sts:ExternalId": "4711"}},
            None,
            [],
        ),
        ("LP522", {"AWS": ROOT}, None, None, []),  # of which LP520 speaks
        ("LP523", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}, None, ['"arn:aws:iam::*:role/a"']),
        ("LP523", "*", {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::1234*:role/a"}}, None, []),
        ("LP523", "*", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${account}:role/a"}}, None, []),
        (
            "LP523",
            "*",
            {
                "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"},
                "StringEquals": {"aws:PrincipalAccount": "123456789012"},
            },
            None,
            [],
        ),
        ("LP523", {"AWS": ROOT}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/a"}}, None, []),
        ("LP534", {"Federated": SAML}, None, "sts:AssumeRoleWithSAML", [f'"{SAML}"']),
        ("LP534", {"Federated": SAML}, {"StringEquals": {"SAML:iss": "https://idp"}}, "sts:AssumeRoleWithSAML", []),
        ("LP534", {"Federated": SAML}, "${condition}", "sts:AssumeRoleWithSAML", []),
        ("LP535", {"Service": ANYWHERE}, None, "sts:AssumeRole", [f'"{ANYWHERE}"']),
        ("LP535", {"Service": ANYWHERE}, {"StringLike": {"aws:PrincipalTag/x509SAN/URI": "spiffe://a/*"}}, None, []),
        ("LP535", {"Service": ANYWHERE}, {"ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:::a"}}, None, []),
        ("LP535", {"Service": "ec2.amazonaws.com"}, None, None, []),
        # What the certificate says is in the tags of the principal.
        ("LP131", {"Service": ANYWHERE}, {"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "a"}}, None, []),
        ("LP536", {"AWS": ROOT}, None, ["sts:AssumeRole", "sts:TagSession"], ['"sts:TagSession"']),
        ("LP536", {"AWS": ROOT}, None, ["sts:AssumeRole", "sts:SetSource*"], ['"sts:SetSource*"']),
        ("LP536", {"AWS": ROOT}, {"StringLike": {"aws:RequestTag/team": "*"}}, ["sts:TagSession"], []),
        (
            "LP536",
            {"AWS": ROOT},
            {"StringLike": {"sts:SourceIdentity": "${aws:username}"}},
            "sts:SetSourceIdentity",
            [],
        ),
        ("LP536", {"Service": "pods.eks.amazonaws.com"}, None, ["sts:AssumeRole", "sts:TagSession"], []),
        ("LP307", {"Service": "ecs-tasks.amazonaws.com"}, None, None, []),
        ("LP307", {"Service": "codebuild.amazonaws.com"}, None, None, ['"codebuild.amazonaws.com"']),
    ],
)
def test_who_else_comes_in(
    rule: str, principal: object, condition: object, action: object, expected: list[str]
) -> None:
    assert said(rule, principal, condition, action) == expected


def test_a_condition_that_is_known_in_part_may_say_all() -> None:
    condition = {"StringEquals": {"sts:RoleSessionName": "a"}, "StringLike": "${condition}"}
    assert said("LP520", {"AWS": ROOT}, condition) == []


@pytest.mark.parametrize(
    ("hosts", "subjects"),
    [
        (["gitlab.com"] * 3000, [f"project_path:a{number}/*" for number in range(3000)]),
        ([f"oidc.eks.eu-west-1.amazonaws.com/id/{number}" for number in range(3000)], ["system:serviceaccount:a:*"]),
        ([GITHUB], [f"repo:acme/site{number}:*" for number in range(5000)]),
        (["gitlab.com"], ["project_path:${group}" + "a*" * 50_000]),
    ],
)
def test_a_very_long_trust_policy(hosts: list[str], subjects: list[str]) -> None:
    accounts = [f"arn:aws:iam::{number:012d}:oidc-provider/{host}" for number, host in enumerate(hosts)]
    keys = {f"{host}:sub": subjects for host in hosts}
    rules = tuple(rule for rule in ruleset.rules() if rule.id.startswith(("LP30", "LP52", "LP53")))
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": accounts},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": keys},
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    before = time.process_time()
    report = lint([Input("p.json", Config(), text.encode())], lambda _: rules, min_severity=Severity.NOTE)
    assert not report.failures
    assert time.process_time() - before < 10
