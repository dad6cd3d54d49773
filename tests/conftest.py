"""What tests share: golden files, and reports made up over real texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lplint.model.finding import Edit, Failure, Finding, Fix, Related, Report
from lplint.model.policy import Origin
from lplint.model.rule import Rule, RuleTexts, Severity
from lplint.model.source import Source, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files with what the tests got")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a file in the folder `golden` beside the test, byte for byte."""

    def compare(name: str, got: str) -> None:
        path = request.path.parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.write_bytes(got.encode())
        if not path.exists():
            pytest.fail(f"{path} does not exist: run pytest --update-golden, and read what it wrote")
        assert got == path.read_bytes().decode()

    return compare


def _rule(
    id: str = "LP201",
    name: str = "wildcard-action",
    title: str = "Statement allows every action of every service",
    category: str = "wildcards",
    severity: Severity = Severity.ERROR,
    security_severity: float | None = 9.1,
    confidence: str = "high",
    cwe: tuple[int, ...] = (250,),
) -> Rule:
    return Rule(
        id,
        name,
        title,
        category,
        severity,
        security_severity,
        confidence,
        frozenset({"identity"}),
        cwe,
        (),
        (),
        "0.1.0",
    )


def _span(source: Source, needle: str, nth: int = 0) -> Span:
    """Where a text stands in a source for the first time, or for the (nth + 1)th."""
    start = -1
    for _ in range(nth + 1):
        start = source.text.index(needle, start + 1)
    return source.span(start, start + len(needle))


def _finding(
    rule: Rule,
    span: Span,
    message: str = "allows every action of every service",
    related: Sequence[tuple[Span, str]] = (),
    origin: Origin | None = None,
    severity: Severity | None = None,
    fix: Fix | None = None,
) -> Finding:
    places = tuple(Related(place, words) for place, words in related)
    made = Finding(rule, severity or rule.severity, span, message, places, origin)
    made.fix = fix
    return made


def _report(
    findings: Sequence[Finding] = (),
    failures: Sequence[tuple[str, str]] = (),
    rules: Sequence[Rule] = (),
    files: int = 14,
    policies: int = 16,
    statements: int = 41,
    unresolved: int = 0,
    hidden: dict[Severity, int] | None = None,
) -> Report:
    return Report(
        sorted(findings, key=Finding.sort_key),
        [Failure(path, message) for path, message in failures],
        rules,
        files,
        policies,
        statements,
        unresolved,
        hidden or {},
    )


@pytest.fixture(scope="session")
def rule() -> Callable[..., Rule]:
    return _rule


@pytest.fixture(scope="session")
def span() -> Callable[..., Span]:
    return _span


@pytest.fixture(scope="session")
def finding() -> Callable[..., Finding]:
    return _finding


@pytest.fixture(scope="session")
def report() -> Callable[..., Report]:
    return _report


_ADMIN = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Everything",
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}
"""
_ROLE = """\
resource "aws_iam_role" "ci" {
\tname               = "ci"
\tassume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "ci" {
\trole   = aws_iam_role.ci.id
\tpolicy = jsonencode({
\t\tVersion   = "2012-10-17"
\t\tStatement = [{ Effect = "Allow", Action = ["ec2:RunInstances", "iam:PassRole"], Resource = "*" }]
\t})
}

data "aws_iam_policy_document" "trust" {
\tstatement {
\t\tactions = ["sts:AssumeRole"]

\t\tprincipals {
\t\t\ttype        = "Service"
\t\t\tidentifiers = ["ec2.amazonaws.com", "sns.amazonaws.com"]
\t\t}
\t}
}
"""
_QUEUE = (
    "Version: '2012-10-17'\r\n"
    "Statement:\r\n"
    "  - Sid: 一覧 # 日本語 \U0001f600 comment\r\n"
    "    Effect: Allow\r\n"
    '    Action: ["日本:List", "s3:Get\x1b[31mObject", "s3:\u202eteG"]\r\n'
    "    Resource: '*'\r\n"
    "  - Sid: 一覧\r\n"
    "    Effect: Allow\r\n"
    "    Action: sqs:SendMessage\r\n"
    "    Resource: '*'\r\n"
)
_MINIFIED = (
    '{"Version":"2012-10-17","Statement":['
    + ",".join(
        f'{{"Sid":"S{n}","Effect":"Allow","Action":"s3:Get{n}","Resource":"arn:aws:s3:::b{n}/*"}}' for n in range(36)
    )
    + "]}"
)
_TRUNCATED = '{\n  "Version": "2012-10-17",\n  "Statement": [\n'


@pytest.fixture(scope="session")
def sources() -> dict[str, Source]:
    """The files of the sample report by their paths."""
    return {
        path: Source(path, text)
        for path, text in (
            ("iam/admin.json", _ADMIN),
            ("iam/minified.json", _MINIFIED),
            ("iam/Überwachung #2 [50%].yaml", _QUEUE),
            ("iam/truncated.json", _TRUNCATED),
            ("modules/ci/main.tf", _ROLE),
        )
    }


@pytest.fixture(scope="session")
def texts() -> Callable[[Rule], RuleTexts]:
    """Longer texts for every rule: paragraphs, a list, code."""

    def texts(rule: Rule) -> RuleTexts:
        if rule.id != "LP201":
            return RuleTexts(f"{rule.title}, and that\nmatters.\n", "Write what you mean.\n", (), (), ())
        return RuleTexts(
            "A statement that allows `*` gives whoever holds it every action of every AWS service, those that do\n"
            "not exist yet included.\n"
            "\n"
            "One leaked credential is then the whole account.\n",
            "Name the actions that are used:\n"
            "\n"
            "- `aws iam generate-service-last-accessed-details` lists the services that a role has called, with the\n"
            "  time of the last call\n"
            "- IAM Access Analyzer drafts a policy from CloudTrail\n"
            "\n"
            '    "Action": ["s3:GetObject", "s3:ListBucket"]\n',
            ("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",),
            (("json", '{"Effect": "Allow", "Action": "*", "Resource": "*"}\n'),),
            (("terraform", 'statement {\n  actions = ["s3:GetObject"]\n}\n'),),
        )

    return texts


@pytest.fixture(scope="session")
def sample(sources: dict[str, Source]) -> Report:
    """A run with something of everything in it."""
    admin, minified, queue, truncated, role = sources.values()
    wildcard = _rule()
    passing = _rule("LP401", "pass-any-role", "Statement allows passing every role", "escalation", cwe=(269, 250))
    deputy = _rule(
        "LP303",
        "missing-source-account",
        "Trust policy lets a service act for any account",
        "conditions",
        Severity.WARNING,
        5.3,
        "medium",
        (441,),
    )
    duplicate = _rule("LP702", "duplicate-sid", "Sid is used twice", "hygiene", Severity.NOTE, None, "high", ())
    syntax = _rule("LP001", "syntax-error", "File cannot be read", "reading", Severity.ERROR, None, "high", ())
    unknown = _rule("LP101", "unknown-action", "Action does not exist", "validity", Severity.ERROR, None, "high", ())
    silent = _rule("LP210", "silent-rule", "Rule that finds nothing here", "wildcards", Severity.NOTE, 0.5, "low", ())
    end = len(truncated.text)
    return _report(
        [
            _finding(
                wildcard,
                _span(admin, '"*"'),
                related=[(_span(admin, '"Allow"'), "in this statement"), (_span(admin, '"*"', 1), "on every resource")],
            ),
            _finding(
                passing,
                _span(role, '"iam:PassRole"'),
                "lets anyone who can start an instance run code as any role in the account",
                [
                    (_span(role, '"*"'), "every role"),
                    (_span(role, '"ec2:RunInstances"'), "hands the role to an instance that the caller controls"),
                    (_span(role, 'statement {\n\t\tactions = ["sts:AssumeRole"]\n'), "who may assume the role"),
                    (_span(role, '"sns.amazonaws.com"'), "a service that is no part of it"),
                    (_span(admin, '"Everything"'), "a role that is worth passing"),
                ],
                Origin("terraform", "aws_iam_role_policy.ci", "policy"),
            ),
            _finding(
                deputy,
                _span(role, 'principals {\n\t\t\ttype        = "Service"'),
                "trusts a service on behalf of any account",
                origin=Origin("terraform", "aws_iam_role.ci", "assume_role_policy"),
                severity=Severity.ERROR,
            ),
            _finding(unknown, _span(queue, '"s3:Get\x1b[31mObject"'), "names the action s3:Get\x1b[31mObject"),
            _finding(unknown, _span(queue, '"s3:\u202eteG"'), "names the action s3:\u202eteG, see [this](1)"),
            _finding(
                duplicate,
                _span(queue, "一覧", 1),
                "repeats the Sid 一覧",
                [(_span(queue, "一覧"), "is used here first")],
                fix=Fix("Write 一覧2.", [Edit(_span(queue, "一覧", 1), "一覧2")], safe=True),
            ),
            _finding(
                deputy,
                _span(minified, '"s3:Get20"'),
                "acts for any account",
                [
                    (_span(minified, '"S20"'), "in this statement"),
                    (_span(minified, '"Allow"'), "as in the first one"),
                ],
            ),
            _finding(syntax, truncated.span(end, end), "the file ends inside a list"),
        ],
        [
            ("iam/latin1.json", "is no UTF-8: byte 0xfc at 17"),
            ("", "the check missing_condition broke down: KeyError('\x1b')"),
        ],
        [passing, deputy, wildcard, duplicate, silent, syntax, unknown],
        files=5,
        policies=6,
        statements=42,
        unresolved=3,
        hidden={Severity.NOTE: 4},
    )
