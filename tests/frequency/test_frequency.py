"""What `lplint frequency` makes of CloudTrail's logs: which calls are which actions, and what silence means."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from lplint import config
from lplint.access.actions import actions_matching
from lplint.aws import catalog
from lplint.aws.tables import load
from lplint.frequency.logs import Record, Unreadable, records
from lplint.frequency.usage import Usage, actions_of
from lplint.risk import current
from lplint.risk.table import rating

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "arn:aws:iam::123456789012:role/app"


def event(source: str = "s3", name: str = "ListBuckets", day: int = 1, who: str = "jo", **more: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::123456789012:user/{who}"},
        "eventTime": f"2026-10-{day:02}T09:30:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        **more,
    }


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lplint", "frequency", *words], check=False, capture_output=True, text=True
    )


def rows(text: str) -> dict[str, dict[str, str]]:
    return {row["action"]: row for row in csv.DictReader(io.StringIO(text))}


def counted(*events: dict[str, Any]) -> Usage:
    usage = Usage()
    for one in events:
        identity = one["userIdentity"]
        usage.add(
            Record(
                one["eventSource"],
                one["eventName"],
                one["eventTime"],
                identity.get("arn", ""),
                one.get("errorCode", ""),
                identity["type"] == "AWSService",
            )
        )
    return usage


def use_of(usage: Usage, action: str) -> Any:
    return next(use for use in usage.table() if str(use.action) == action)


@pytest.mark.parametrize(
    ("source", "name", "actions"),
    [
        ("s3.amazonaws.com", "ListBuckets", ["s3:ListAllMyBuckets"]),
        ("s3.amazonaws.com", "HeadObject", ["s3:GetObject"]),
        ("s3.amazonaws.com", "DeleteBucketLifecycle", ["s3:PutLifecycleConfiguration"]),
        ("s3.amazonaws.com", "CopyObject", ["s3:PutObject", "s3:GetObject"]),
        ("s3.amazonaws.com", "GetBucketPolicy", ["s3:GetBucketPolicy"]),
        ("lambda.amazonaws.com", "Invoke", ["lambda:InvokeFunction"]),
        ("lambda.amazonaws.com", "CreateFunction20150331", ["lambda:CreateFunction"]),
        ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2", ["lambda:UpdateFunctionCode"]),
        ("cloudfront.amazonaws.com", "CreateDistribution2020_05_31", ["cloudfront:CreateDistribution"]),
        ("monitoring.amazonaws.com", "PutMetricAlarm", ["cloudwatch:PutMetricAlarm"]),
        ("monitoring.amazonaws.com.cn", "PutMetricAlarm", ["cloudwatch:PutMetricAlarm"]),
        ("cloudcontrolapi.amazonaws.com", "CreateResource", ["cloudformation:CreateResource"]),
        ("autoscaling.amazonaws.com", "RegisterScalableTarget", ["application-autoscaling:RegisterScalableTarget"]),
        ("apigateway.amazonaws.com", "CreateRestApi", ["apigateway:POST"]),
        ("apigateway.amazonaws.com", "UpdateStage", ["apigateway:PATCH"]),
        ("kms.amazonaws.com", "ReEncrypt", ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("sqs.amazonaws.com", "SendMessageBatch", ["sqs:SendMessage"]),
        ("bedrock.amazonaws.com", "Converse", ["bedrock:InvokeModel"]),
        ("ec2.amazonaws.com", "RunInstances", ["ec2:RunInstances"]),
        ("signin.amazonaws.com", "ConsoleLogin", []),
        ("ec2.amazonaws.com", "SharedSnapshotCopyInitiated", []),
        ("", "", []),
    ],
)
def test_which_actions_an_event_is(source: str, name: str, actions: list[str]) -> None:
    assert [str(one) for one in actions_of(source, name)] == actions


def test_the_table_names_services_and_actions_that_exist() -> None:
    table = load("cloudtrail")
    for prefixes in table["sources"].values():
        assert all(catalog.service(prefix) is not None for prefix in prefixes)
    for prefix, events in table["events"].items():
        for name, actions in events.items():
            assert all(catalog.action(f"{prefix}:{one}") is not None for one in actions)
            assert [f"{prefix}:{name}"] != [f"{prefix}:{one}" for one in actions]
    patterns = [*table["never"], *(f"{prefix}:{name}" for prefix, names in table["data"].items() for name in names)]
    assert all(actions_matching(pattern) for pattern in patterns)


def test_a_use_is_a_day_on_which_somebody_calls() -> None:
    often = [event("kms", "Decrypt", day, who) for day in (1, 2, 3) for who in ("jo", "al", "mo") for _ in range(5)]
    usage = counted(*often, event("kms", "CreateKey"))
    assert (use_of(usage, "kms:Decrypt").calls, use_of(usage, "kms:Decrypt").uses) == (45, 9)
    assert use_of(usage, "kms:Decrypt").frequency > use_of(usage, "kms:CreateKey").frequency == 2
    # The scale is that of thirty days: as many uses in ten months are rarer.
    late = event("kms", "CreateKey") | {"eventTime": "2027-07-27T00:00:00Z"}
    assert use_of(counted(*often, late), "kms:Decrypt").frequency < use_of(usage, "kms:Decrypt").frequency


def test_what_was_refused_or_aws_did_itself_is_no_use() -> None:
    usage = counted(
        event("kms", "Decrypt", errorCode="AccessDeniedException"),
        event("ec2", "RunInstances", errorCode="Client.UnauthorizedOperation"),
        event("sts", "AssumeRole", userIdentity={"type": "AWSService"}),
        event("s3", "GetBucketPolicy", errorCode="NoSuchBucketPolicy"),  # allowed, and there was nothing
    )
    assert [str(use.action) for use in usage.table() if use.logged] == ["s3:GetBucketPolicy"]
    assert (usage.refused, usage.by_service) == (2, 1)


def test_silence_on_what_is_not_logged_is_no_disuse() -> None:
    usage = counted(event("kms", "Decrypt"))
    for action in ("iam:PassRole", "s3:GetObject", "dynamodb:Query"):
        use = use_of(usage, action)
        known = catalog.action(action)
        assert known is not None
        assert not use.logged
        assert use.frequency == rating(known).frequency > 1
    assert "s3" in usage.silent()


def test_logs_with_data_events_of_a_service_tell_what_of_it_is_not_used() -> None:
    usage = counted(event("s3", "GetObject"))
    assert "s3" not in usage.silent()
    assert not any(str(use.action) == "s3:PutObject" for use in usage.table())
    assert any(str(use.action) == "dynamodb:Query" for use in usage.table())


def read(path: Path) -> tuple[list[str], list[Unreadable]]:
    found = list(records(str(path)))
    return [one.name for one in found if isinstance(one, Record)], [one for one in found if isinstance(one, Unreadable)]


TWO = [event(), event(name="GetObject")]
WRAPPED = [{"EventName": "x", "CloudTrailEvent": json.dumps(one)} for one in TWO]
FORMS = {
    "records": json.dumps({"Records": TWO}),
    "pretty": json.dumps({"Records": TWO}, indent=2),
    "list": "\ufeff" + json.dumps(TWO),
    "lines": "\n".join(map(json.dumps, TWO)),
    "lines of records": "\n".join(json.dumps({"Records": [one]}) for one in TWO),
    "lookup-events": json.dumps({"Events": WRAPPED}),
    "eventbridge": "".join(json.dumps({"detail-type": "AWS API Call via CloudTrail", "detail": one}) for one in TWO),
    "athena": "eventTime,eventSource,eventName\n,s3.amazonaws.com,ListBuckets\n,s3.amazonaws.com,GetObject\n",
    "console": "Event ID,Event source,Event name\nx,s3.amazonaws.com,ListBuckets\ny,s3.amazonaws.com,GetObject\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_the_forms_that_logs_are_kept_in(tmp_path: Path, text: str) -> None:
    for data in (text.encode(), gzip.compress(text.encode())):
        path = tmp_path / "log"
        path.write_bytes(data)
        assert read(path) == (["ListBuckets", "GetObject"], [])


def test_a_role_is_one_principal_whatever_its_sessions_are_called(tmp_path: Path) -> None:
    identity = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": ROLE}}}
    sessions = [event(userIdentity={**identity, "arn": f"arn:aws:sts::1:assumed-role/app/{n}"}) for n in range(3)]
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"Records": sessions}))
    assert {one.principal for one in records(str(path)) if isinstance(one, Record)} == {ROLE}
    struct = (
        "{type=AssumedRole, arn=arn:aws:sts::1:assumed-role/app/x, sessioncontext={sessionissuer={type=Role, arn=%s}}}"
    )
    table = f'useridentity,eventsource,eventname\n"{struct % ROLE}",s3.amazonaws.com,ListBuckets\n'
    path.write_text(table)
    assert [one.principal for one in records(str(path)) if isinstance(one, Record)] == [ROLE]


def test_records_that_cannot_be_read_do_not_hide_others(tmp_path: Path) -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    path = tmp_path / "log.json"
    broken = ['{"eventName": }', '{"eventName": "x"}', deep, '{"eventName": 1, "eventSource": {}}']
    path.write_text(
        '{"Records": [' + ",".join([json.dumps(event()), *broken, json.dumps(event(name="GetObject"))]) + "]}"
    )
    names, wrong = read(path)
    assert names == ["ListBuckets", "GetObject"]
    assert len(wrong) == 4
    assert not any(one.rest for one in wrong)


@pytest.mark.parametrize(
    "data",
    [
        b'{"Records": [' + json.dumps(event()).encode() + b', {"eventName": "Get',
        gzip.compress(json.dumps({"Records": [event()] * 50}).encode())[:-20],
        b"what,ever\n1,2\n",
        b'{"Records": [{"a": "' + b'\\"' * 3_000_000,
        b"{" * 3_000_000,
    ],
    ids=["cut", "cut gzip", "another table", "quotes", "brackets"],
)
def test_a_file_that_is_not_read_to_its_end_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(data)
    start = time.process_time()
    _, wrong = read(path)
    assert [one.rest for one in wrong] == [True]
    assert time.process_time() - start < 5


def test_the_command_makes_a_table_that_the_configuration_takes(tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs" / "123456789012" / "CloudTrail" / "eu-west-1"
    folder.mkdir(parents=True)
    log = {"Records": [event("kms", "CreateKey", day, who) for day in range(1, 31) for who in ("jo", "al")]}
    (folder / "a.json.gz").write_bytes(gzip.compress(json.dumps(log).encode()))
    digest = folder.parents[1] / "CloudTrail-Digest"
    digest.mkdir()
    (digest / "d.json.gz").write_bytes(gzip.compress(b'{"digestS3Bucket": "b"}'))
    done = run(str(tmp_path))
    assert done.returncode == 0
    table = rows(done.stdout)
    assert (table["kms:CreateKey"]["uses"], table["kms:CreateKey"]["frequency"]) == ("60", "8")
    assert table["*"]["frequency"] == "1"
    assert table["iam:PassRole"]["frequency"] == "10"
    assert "iam:PassRole" in done.stderr
    assert "not readable" not in done.stderr
    (tmp_path / "frequency.csv").write_text(done.stdout)
    (tmp_path / "lplint.toml").write_text('frequency-table = "frequency.csv"\n')
    current.use(config.load(str(tmp_path / "lplint.toml")).risk_rows or current.NONE)
    try:
        known = [catalog.action(name) for name in ("kms:CreateKey", "kms:DeleteAlias", "iam:PassRole")]
        assert [rating(one).frequency for one in known if one is not None] == [8, 1, 10]
    finally:
        current.use(current.NONE)


def test_the_command_says_what_it_did_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    events = [event(), event("signin", "ConsoleLogin"), event("kms", "Decrypt", errorCode="AccessDenied")]
    log.write_text(json.dumps({"Records": events})[:-2] + ', {"eventName": }]}')
    done = run(str(log), "--format", "json")
    assert done.returncode == 0
    made = json.loads(done.stdout)
    assert made["counted"]["refused"] == made["counted"]["without-action"] == made["counted"]["unreadable"] == 1
    assert "signin:ConsoleLogin" in done.stderr
    assert "fewer than 30 days" in done.stderr
    assert f"1 record not readable and not counted; the first: {log}" in done.stderr


@pytest.mark.parametrize("content", [None, "", "{}", "hello"])
def test_logs_without_a_record_are_a_wrong_call(tmp_path: Path, content: str | None) -> None:
    log = tmp_path / "log.json"
    if content is not None:
        log.write_text(content)
    done = run(str(log))
    assert (done.returncode, done.stdout) == (2, "")
    assert "no record of CloudTrail" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_exit_2_and_the_others_count(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text(json.dumps(event()))
    done = run(str(log), str(tmp_path / "gone.json"))
    assert done.returncode == 2
    assert "s3:ListAllMyBuckets" in done.stdout
    assert "gone.json: cannot be read" in done.stderr
