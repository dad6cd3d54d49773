"""What `terraform show -json` prints: the policies of a plan, at their characters, and what is known after apply."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from lplint import ruleset
from lplint.config import Config
from lplint.engine import Input, lint
from lplint.extract import extract
from lplint.model.rule import Severity
from lplint.model.source import Source

if TYPE_CHECKING:
    from lplint.extract.found import Found
    from lplint.model.finding import Finding

ADMIN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
        ],
    }
)


def resource(address: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    *_, type_, name = address.split(".")
    mode = "data" if "data." in address else "managed"
    return {"address": address, "mode": mode, "type": type_, "name": name, "values": values, **more}


def change(
    address: str, after: dict[str, Any] | None, unknown: Any = None, actions: tuple[str, ...] = ("create",)
) -> dict[str, Any]:
    *module, type_, name = address.removeprefix("data.").split(".")
    mode = "data" if address.startswith("data.") else "managed"
    changed = {"actions": list(actions), "before": None, "after": after, "after_unknown": unknown or {}}
    one: dict[str, Any] = {"address": address, "mode": mode, "type": type_, "name": name, "change": changed}
    if module:
        one["module_address"] = ".".join(module)
    return one


def plan(
    planned: list[dict[str, Any]] | None = None,
    changes: list[dict[str, Any]] | None = None,
    references: dict[str, dict[str, list[str]]] | None = None,
    **more: Any,
) -> str:
    configuration = [
        {"address": address, "expressions": {name: {"references": to} for name, to in arguments.items()}}
        for address, arguments in (references or {}).items()
    ]
    document: dict[str, Any] = {"format_version": "1.2", "terraform_version": "1.9.0"}
    if planned is not None:
        document["planned_values"] = {"root_module": {"resources": planned}}
    if changes is not None:
        document["resource_changes"] = changes
    document["configuration"] = {"root_module": {"resources": configuration}}
    return json.dumps({**document, **more}, indent=1)


def found(text: str) -> Found:
    return extract(Source("plan.json", text))


def linted(text: str) -> list[Finding]:
    report = lint(
        [Input("plan.json", Config(), text.encode())], lambda _: ruleset.rules(), min_severity=Severity.WARNING
    )
    assert not report.failures
    return list(report.findings)


@pytest.mark.parametrize(
    "text",
    [
        plan([resource("aws_iam_policy.p", {"policy": ADMIN})]),
        plan(changes=[change("aws_iam_policy.p", {"policy": ADMIN})]),
        plan(
            [resource("aws_iam_policy.p", {"policy": ADMIN})],
            [change("aws_iam_policy.p", {"policy": ADMIN}, {"arn": True})],
        ),
        plan(values={"root_module": {"resources": [resource("aws_iam_policy.p", {"policy": ADMIN})]}}),
    ],
    ids=["planned_values", "resource_changes", "both", "state"],
)
def test_a_policy_is_told_once_at_its_characters(text: str) -> None:
    findings = linted(text)
    assert [one.rule.id for one in findings] == ["LP201", "LP206"]
    assert [str(one.origin) for one in findings] == ["aws_iam_policy.p.policy"] * 2
    assert [one.span.text for one in findings] == [r"\"*\""] * 2


def test_what_a_plan_takes_away_is_not_told() -> None:
    assert found(plan(changes=[change("aws_iam_policy.p", None, actions=("delete",))])).policies == []
    before = change("aws_iam_policy.p", None, actions=("delete",))
    before["change"]["before"] = {"policy": ADMIN}
    assert linted(plan(changes=[before])) == []


def test_the_kind_is_that_of_the_argument() -> None:
    text = plan(
        [
            resource("aws_iam_role.r", {"assume_role_policy": TRUST, "inline_policy": [{"policy": ADMIN}]}),
            resource("aws_sqs_queue_policy.q", {"policy": ADMIN}),
        ]
    )
    assert [(policy.kind.value, policy.service) for policy in found(text).policies] == [
        ("trust", "sts"),
        ("identity", ""),
        ("resource", "sqs"),
    ]


def test_a_policy_that_is_known_after_apply_is_unresolved() -> None:
    text = plan([resource("aws_iam_policy.p", {"name": "p"})], [change("aws_iam_policy.p", {}, {"policy": True})])
    (policy,) = found(text).policies
    assert policy.statements == ()
    assert not policy.complete
    assert [written for _, written in policy.unresolved] == ["aws_iam_policy.p.policy, known after apply"]
    assert linted(text) == []


DOCUMENT = {
    "statement": [
        {
            "effect": None,
            "actions": ["s3:PutObjcet", "iam:PassRole"],
            "not_actions": None,
            "resources": [None, "*"],
            "principals": [],
            "condition": [{"test": "StringEquals", "variable": "iam:PassedToService", "values": [None]}],
        }
    ]
}
LATER = {
    "json": True,
    "statement": [{"actions": [False, False], "resources": [True, False], "condition": [{"values": [True]}]}],
}


def test_a_document_that_waits_for_apply_is_read_from_its_blocks() -> None:
    text = plan(
        [resource("aws_iam_policy.p", {"name": "p"})],
        [
            change("aws_iam_policy.p", {"name": "p"}, {"policy": True}),
            change("data.aws_iam_policy_document.d", DOCUMENT, LATER, actions=("read",)),
        ],
        {"aws_iam_policy.p": {"policy": ["data.aws_iam_policy_document.d.json", "data.aws_iam_policy_document.d"]}},
    )
    (policy,) = found(text).policies
    assert (policy.kind.value, str(policy.origin)) == ("identity", "aws_iam_policy.p.policy")
    (statement,) = policy.statements
    assert statement.allows()
    assert statement.resource is not None
    assert [value.display for value in statement.resource.values] == ["*"]
    assert not statement.resource.complete
    assert [written for _, written in policy.unresolved] == ["known after apply"] * 2
    assert [(one.rule.id, one.span.text) for one in linted(text)] == [("LP101", "PutObjcet")]


def test_modules_and_instances_have_what_is_theirs() -> None:
    role = 'module.a["x.y"].aws_iam_role.r["{}"]'

    def instance(key: str) -> dict[str, Any]:
        values = {"name": key, "assume_role_policy": TRUST}
        return {**resource("aws_iam_role.r", values), "address": role.format(key), "index": key}

    def attached(key: str) -> dict[str, Any]:
        address = f'module.a["x.y"].aws_iam_role_policy_attachment.t["{key}"]'
        values = {"policy_arn": f"arn:aws:iam::aws:policy/{key.upper()}"}
        return {**resource("aws_iam_role_policy_attachment.t", values), "address": address, "index": key}

    later = [
        {
            **change("aws_iam_role_policy_attachment.t", {}, {"role": True}),
            "address": attached(key)["address"],
            "module_address": 'module.a["x.y"]',
        }
        for key in ("one", "two")
    ]
    child = {
        "address": 'module.a["x.y"]',
        "resources": [instance("one"), instance("two"), attached("one"), attached("two")],
    }
    inner = [
        {
            "address": "aws_iam_role_policy_attachment.t",
            "expressions": {"role": {"references": ["aws_iam_role.r", "each.key"]}, "policy_arn": {}},
        }
    ]
    text = json.dumps(
        {
            "format_version": "1.2",
            "planned_values": {"root_module": {"child_modules": [child]}},
            "resource_changes": later,
            "configuration": {"root_module": {"module_calls": {"a": {"module": {"resources": inner}}}}},
        }
    )
    identities = found(text).identities
    assert [(one.address, [arn.display for arn in one.attached], one.complete) for one in identities] == [
        (role.format("one"), ["arn:aws:iam::aws:policy/ONE"], True),
        (role.format("two"), ["arn:aws:iam::aws:policy/TWO"], True),
    ]


def test_a_string_is_no_template() -> None:
    owner = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:username}/%{x}/*"}
            ],
        }
    )
    (policy,) = found(plan([resource("aws_iam_policy.p", {"policy": owner})])).policies
    assert policy.statements[0].resource is not None
    assert [value.value for value in policy.statements[0].resource.values] == ["arn:aws:s3:::b/${aws:username}/%{x}/*"]


@pytest.mark.parametrize(
    "text",
    [
        '{"format_version": "1.2", "planned_values": {}}',
        '{"format_version": "1.2", "planned_values": {"root_module": {"resources": [3, {"values": 4}, {}]}}}',
        '{"format_version": "1.2", "resource_changes": [1, {"change": 2}, {"change": {"after": [], "actions": [{}]}}]}',
        plan([resource("aws_iam_policy.p", {"policy": 3})], [{"address": "aws_iam_policy.p", "change": None}]),
        plan([resource("a.b", {"x": json.loads("[" * 190 + "]" * 190)})]),
        plan(
            configuration={"root_module": []},
            values={"root_module": {"child_modules": [{"address": 'module.".', "resources": [{}]}]}},
        ),
        plan([resource("aws_iam_policy.p", {})], [], {"aws_iam_policy.p": {"policy": ["", ".", "a", "data.", "["]}}),
    ],
)
def test_odd_plans_end_well(text: str) -> None:
    assert linted(text) == []


def test_what_is_no_plan_is_searched_as_before() -> None:
    text = json.dumps({"format_version": 3, "values": {"a": json.loads(ADMIN)}})
    assert [str(policy.origin) for policy in found(text).policies] == ["values.a"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("planned_values", "[1]", "planned_values is an object in a plan"),
        ("resource_changes", "{}", "resource_changes is a list in a plan"),
        ("configuration", '"Statement"', "configuration is an object in a plan"),
    ],
)
def test_a_plan_of_the_wrong_shape_is_told_at_the_key(key: str, value: str, words: str) -> None:
    text = f'{{"format_version": "1.2", "values": {{}}, "{key}": {value}}}'
    (problem,) = extract(Source("plan.json", text)).problems
    assert (problem.span.text, words in problem.message) == (f'"{key}"', True)


def test_a_large_plan_is_read_in_linear_time() -> None:
    addresses = [f"aws_iam_role_policy.p{number}" for number in range(3000)]
    names = {f"n{number}": "x" for number in range(10_000)}
    text = plan(
        [
            *(resource(address, {"name": "p", "policy": ADMIN}) for address in addresses),
            resource("aws_iam_policy.p", {**names, "policy": ADMIN}),
        ],
        [
            *(change(address, {"name": "p", "policy": ADMIN}, {"role": True}) for address in addresses),
            change("aws_iam_policy.p", {**names, "policy": ADMIN}, {f"later{name}": True for name in names}),
        ],
        {
            **{address: {"role": [f"aws_iam_role.{address[20:]}.id"]} for address in addresses},
            "aws_iam_policy.p": {f"later{name}": ["aws_iam_role.r.id"] for name in names},
        },
    )
    start = time.process_time()
    made = found(text)
    assert time.process_time() - start < 10  # it takes a second; it took half a minute
    assert len(made.policies) == 3001
