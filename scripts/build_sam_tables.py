"""Writes the tables of SAM's policy templates and connectors from an installed aws-sam-translator.

usage: build_sam_tables.py [--check] [PACKAGE]
PACKAGE is the folder `samtranslator`; without it, the package is looked for beside lplint. --check writes nothing and
exits with 1 if a table is not what the package says.

The policy templates and the profiles of connectors are what AWS itself expands when it deploys a template of SAM.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lplint.checks import CHECKS
from lplint.extract import extract
from lplint.model.source import Source

TABLES = Path(__file__).resolve().parents[1] / "lplint" / "extract" / "cloudformation" / "tables"
# The one distribution whose facts these are.
DISTRIBUTION = "aws-sam-translator"
# The rules unknown-action, retired-action and resource-never-matches-action.
OF_VALIDITY = ("LP101", "LP110", "LP103")
# What the profiles of connectors call the values of a resource, and how their statements name these.
VARIABLES = {"Arn": "Arn", "Id": "ResourceId", "Name": "Name", "Qualifier": "Qualifier"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="?", help="the folder samtranslator")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    package = Path(options.package) if options.package else installed_package()
    about = f"{DISTRIBUTION} {version_of(package)} (Apache-2.0)"
    stale = []
    for name, table in (("sam_policy_templates", policy_templates(package)), ("sam_connectors", connectors(package))):
        path = TABLES / f"{name}.json"
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        fresh = {"source": about, "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m}", **table}
        if all(old.get(key) == value for key, value in fresh.items() if key != "date"):
            continue
        stale.append(name)
        if not options.check:
            path.write_text(written(fresh), encoding="utf-8")
    print(f"not as {about} says: {', '.join(stale)}" if stale else f"as {about} says")
    return 1 if stale and options.check else 0


def installed_package() -> Path:
    spec = find_spec("samtranslator")
    if spec is None or spec.origin is None:
        sys.exit(f"{DISTRIBUTION} is not installed here; name the folder of its package")
    return Path(spec.origin).parent


def version_of(package: Path) -> str:
    """The version of the distribution that a package folder belongs to."""
    return next(
        (one.version for one in distributions(path=[str(package.parent)]) if one.metadata["Name"] == DISTRIBUTION),
        "of an unknown version",
    )


def policy_templates(package: Path) -> dict[str, Any]:
    """The statements of each policy template, with `${Name}` for its parameters.

    What AWS wrote is not for the author of a template to correct. So actions that have no effect, whatever the
    parameters are, are named apart: those that no longer exist, and those that never act on the resources beside them.
    """
    path = package / "policy_templates_data" / "policy_templates.json"
    found: dict[str, Any] = {}
    for name, template in sorted(json.loads(path.read_text(encoding="utf-8"))["Templates"].items()):
        definition = template["Definition"]
        assert set(definition) == {"Statement"}, f"{name} is no list of statements"
        statements, idle = effective(simple(definition["Statement"]))
        found[name] = {"parameters": sorted(template["Parameters"]), "statements": statements}
        if idle:
            found[name]["without_effect"] = idle
    return {"templates": found}


def effective(statements: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The statements without the actions that have no effect, and these."""
    kept = []
    idle = []
    for one in statements:
        document = re.sub(r"[$%]\{[^}]*\}", "*", json.dumps({"Version": "2012-10-17", "Statement": one}))
        (policy,) = extract(Source("policy.json", document)).policies
        actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
        # A finding underlines the action, with or without its prefix.
        named = [problem.span.text.strip('"') for rule in OF_VALIDITY for problem in CHECKS[rule](policy)]
        dead = {action for action in actions for name in named if f":{action}".endswith(f":{name}")}
        assert len(dead) == len(set(named)), f"{named} are no actions of {one}"
        idle += [action for action in actions if action in dead]
        if not dead:
            kept.append(one)
        elif len(dead) < len(actions):
            kept.append(one | {"Action": [action for action in actions if action not in dead]})
    return kept, idle


def simple(value: Any) -> Any:
    """The value with strings in place of Ref and Fn::Sub: what they put in is named in the string."""
    if isinstance(value, list):
        return [simple(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return f"${{{value['Ref']}}}"
    if set(value) == {"Fn::Sub"}:
        text, names = value["Fn::Sub"] if isinstance(value["Fn::Sub"], list) else (value["Fn::Sub"], {})
        return re.sub(r"\$\{([^}]*)\}", lambda match: simple(names.get(match[1], {"Ref": match[1]})), text)
    assert not any(key.startswith("Fn::") for key in value), f"{value} is a function that the table cannot say"
    return {key: simple(one) for key, one in value.items()}


def connectors(package: Path) -> dict[str, Any]:
    """What a connector from one type to another grants, by its permission (Read, Write). `on` says whose policy it is:
    the role of the source, that of the destination, or the destination's own resource policy. `resources` says what the
    statements' variables are of a resource: an attribute, what Ref returns, or a star."""
    path = package / "model" / "connector_profiles" / "profiles.json"
    forms = {
        "AWS_IAM_ROLE_MANAGED_POLICY": "role",
        "AWS_SQS_QUEUE_POLICY": "sqs",
        "AWS_SNS_TOPIC_POLICY": "sns",
        "AWS_LAMBDA_PERMISSION": "lambda",
    }
    profiles = json.loads(path.read_text(encoding="utf-8"))
    resources = {
        type_: {VARIABLES[name]: attribute(value) for name, value in known["Outputs"].items() if name in VARIABLES}
        for type_, known in sorted(profiles["CfnResourceProperties"].items())
    }
    found: dict[str, Any] = {}
    for source, destinations in sorted(profiles["Permissions"].items()):
        for destination, profile in sorted(destinations.items()):
            form = forms[profile["Type"]]
            of_source = profile["Properties"]["SourcePolicy"]
            on = ("source" if of_source else "destination") if form == "role" else form
            granted = {
                permission: effective([statement(one)] if form == "lambda" else one["Statement"])[0]
                for permission, one in sorted(profile["Properties"]["AccessCategories"].items())
            }
            found.setdefault(source, {})[destination] = {"on": on, **granted}
    return {"resources": resources, "connectors": found}


def attribute(value: Any) -> str:
    """The attribute that a function asks for."""
    if isinstance(value, str):
        return value
    return "Ref" if "Ref" in value else str(value["Fn::GetAtt"][1])


def statement(permission: dict[str, str]) -> dict[str, Any]:
    """The statement that the properties of an AWS::Lambda::Permission are."""
    assert set(permission) <= {"Action", "Principal", "SourceArn", "SourceAccount"}
    condition: dict[str, Any] = {"ArnLike": {"aws:SourceArn": permission["SourceArn"]}}
    if "SourceAccount" in permission:
        condition["StringEquals"] = {"aws:SourceAccount": permission["SourceAccount"]}
    return {
        "Effect": "Allow",
        "Principal": {"Service": permission["Principal"]},
        "Action": permission["Action"],
        "Resource": "%{Destination.Arn}",
        "Condition": condition,
    }


def written(table: dict[str, Any]) -> str:
    """The table as JSON, one line for each statement."""
    text = json.dumps(table, indent=1, ensure_ascii=False)
    statements = re.compile(r"^( +)\{\n((?:\1 .*\n)*?)\1\}", re.MULTILINE)
    depth = 3 if "templates" in table else 4
    indent = " " * (depth + 1)

    def line(match: re.Match[str]) -> str:
        return match[1] + json.dumps(json.loads(match[0]), ensure_ascii=False) if match[1] == indent else match[0]

    return statements.sub(line, text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
