"""Compares what lplint makes of SAM's resources with what SAM's own translator makes of them.

usage: compare_sam_translator.py [--list] FOLDER...
Reads every template below the folders that names SAM's transform, has it translated by aws-sam-translator (which must
be installed, and is what AWS runs), and reads both with lplint: the policies of the one must allow the same actions on
the same resources as those of the other. --list names every template that is compared.

The translator adds more than policies that people write: what a function needs for its events, queues and GraphQL
APIs, and trust policies for its own service. Such are counted, and not compared. Exits with 1 if there is a difference.

In November 2026, with aws-sam-translator 1.115.0, over the templates of 53 public repositories: 292 of 293 compared
(the other one is no YAML), 3,096 actions on resources, no difference.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import json
import logging
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from lplint.extract import extract
from lplint.extract.cloudformation.tables import load
from lplint.model.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lplint.model.policy import Element, Policy
    from lplint.model.text import Text

TRANSFORM = "AWS::Serverless-2016-10-31"
REGION = "us-east-1"
# What the translator calls the policies that it makes of other properties than those for policies.
OF_EVENTS = re.compile(r"EventInvokeConfig|DeadLetterQueue|Event\w*Policy")
# Whose policy, its kind, an action that it allows, and on which resource or to whom, with a mark for what is unknown.
Access = tuple[str, str, str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--list", action="store_true", help="name every template")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    counts: Counter[str] = Counter()
    differences = []
    for path in templates(options.folders):
        counts["templates"] += 1
        text = plain(path.read_text(encoding="utf-8"))
        try:
            written = loaded(text)
            translated = translate(copy.deepcopy(written))
        except Exception as error:  # noqa: BLE001  whatever stops the translator, its template cannot be compared
            counts[f"not translated: {type(error).__name__}"] += 1
            continue
        counts["compared"] += 1
        made = Made(written, translated)
        ours = access(extract(Source(str(path), text)).policies, made.ours, counts)
        theirs = access(extract(Source(f"{path}.json", json.dumps(translated))).policies, made.theirs, counts)
        # Who may assume a role is said by people or not at all; a role needs some trust policy.
        told = {owner for owner, kind, *_ in ours if kind == "trust"}
        theirs = {one for one in theirs if one[1] != "trust" or one[0] in told}
        counts["actions on resources"] += len(ours)
        missing, added = theirs - ours, ours - theirs
        if options.list:
            print(f"{path}: {len(ours)} actions on resources")
        differences += [f"{path}: only the translator allows {one}" for one in sorted(missing)]
        differences += [f"{path}: only lplint allows {one}" for one in sorted(added)]
    print("\n".join(differences))
    for name, count in sorted(counts.items()):
        print(f"{name}: {count}")
    print(f"differences: {len(differences)}")
    return 1 if differences else 0


def templates(folders: Iterable[Path]) -> Iterator[Path]:
    """The templates of SAM below some folders."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            named = path.suffix in (".yaml", ".yml", ".json", ".template") and path.is_file()
            if named and TRANSFORM in path.read_text(encoding="utf-8", errors="replace"):
                yield path


def plain(text: str) -> str:
    """The template of a template of cookiecutter, with a word for each variable and every branch of a condition."""
    lines = [line for line in text.splitlines(keepends=True) if "{%" not in line]
    return re.sub(r"\{\{(?!resolve:).*?\}\}", "cookie", "".join(lines))


class LongForm(yaml.SafeLoader):
    """Reads the tags of CloudFormation as the functions that they are."""


def function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


LongForm.add_multi_constructor("!", function)
# A version or a date is a string to SAM.
LongForm.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)


def loaded(text: str) -> Any:
    return yaml.load(text, LongForm)


def translate(template: Any) -> Any:
    """The template that SAM's translator makes."""
    parser = importlib.import_module("samtranslator.parser.parser")
    translator = importlib.import_module("samtranslator.translator.translator")

    class Session:
        region_name = REGION

    upload(template)
    defaults = {
        name: parameter["Default"]
        for name, parameter in template.get("Parameters", {}).items()
        if isinstance(parameter, dict) and "Default" in parameter
    }
    return translator.Translator({}, parser.Parser(), boto_session=Session()).translate(template, defaults)


def upload(template: Any) -> None:
    """Puts a place in S3 for whatever SAM's command line uploads before AWS sees the template."""
    of_place = ("CodeUri", "ContentUri", "DefinitionUri", "ImageUri", "SchemaUri")
    for section in (template.get("Globals", {}), template.get("Resources", {})):
        for one in section.values():
            properties = one.get("Properties", one) if isinstance(one, dict) else {}
            for name in of_place if isinstance(properties, dict) else ():
                if name in properties:
                    properties[name] = "s3://bucket/key"
            function = str(one.get("Type", "") if isinstance(one, dict) else "") == "AWS::Serverless::Function"
            if function and properties.get("PackageType") == "Image":
                properties.setdefault("ImageUri", "123456789012.dkr.ecr.us-east-1.amazonaws.com/name:tag")
            elif function and "InlineCode" not in properties:
                properties.setdefault("CodeUri", "s3://bucket/key")


class Made:
    """Whose policy a policy is, in the template of SAM and in what the translator makes of it; "" for what only the
    translator makes, for events and GraphQL APIs."""

    def __init__(self, written: Any, translated: Any) -> None:
        self._types = {name: one.get("Type", "") for name, one in written["Resources"].items()}
        self._connectors = {name for name, type_ in self._types.items() if type_ == "AWS::Serverless::Connector"}
        self._connectors |= {
            name + connector for name, one in written["Resources"].items() for connector in one.get("Connectors", ())
        }
        self._translated = translated["Resources"]

    def ours(self, policy: Policy) -> str:
        name = name_of(policy)
        connects = ".Connectors." in policy.origin.address or self._types.get(name) == "AWS::Serverless::Connector"
        return "connectors" if connects else name

    def theirs(self, policy: Policy) -> str:
        name = name_of(policy)
        connectors = self._translated.get(name, {}).get("Metadata", {}).get("aws:sam:connectors")
        if connectors is not None:
            return "connectors" if self._connectors.issuperset(connectors) else ""
        if name in self._types:
            return name
        for ending in ("Role", "UrlPublicPermissions"):
            owner = name.removesuffix(ending)
            if name.endswith(ending) and self._types.get(owner, "").startswith("AWS::Serverless::"):
                return "" if OF_EVENTS.search(self._policy_name(name, policy)) else owner
        return ""

    def _policy_name(self, name: str, policy: Policy) -> str:
        """The name that the translator gives an inline policy of a role."""
        number = re.search(r"Policies\[(\d+)\]", policy.origin.attribute)
        policies = self._translated[name].get("Properties", {}).get("Policies", ())
        return str(policies[int(number[1])].get("PolicyName", "")) if number is not None else ""


def name_of(policy: Policy) -> str:
    """The logical id of the resource that a policy stands in."""
    return (*policy.origin.address.split("."), "", "")[1]


def access(policies: list[Policy], owner: Callable[[Policy], str], counts: Counter[str]) -> set[Access]:
    """What some policies allow, each on its resources or, where it stands at one, to its principals."""
    idle = {
        action for one in load("sam_policy_templates")["templates"].values() for action in one.get("without_effect", ())
    }
    found: set[Access] = set()
    for policy in policies:
        whose = owner(policy)
        if not whose:
            counts["policies that the translator makes for events and GraphQL APIs, not compared"] += 1
            continue
        kind = policy.kind.value
        for statement in policy.allow_statements():
            principals = [marked(one.value) for one in statement.principal.values] if statement.principal else []
            things = shown(statement.resource) if kind == "identity" else principals
            found.update(
                (whose, kind, action, thing)
                for action in shown(statement.action)
                if action not in idle
                for thing in things
            )
    return found


def shown(element: Element | None) -> list[str]:
    return [marked(text) for text in element.values] if element is not None else []


def marked(text: Text) -> str:
    """The string with one mark for each run of what is unknown."""
    return re.sub(
        "\N{WHITE SQUARE}+",
        "\N{WHITE SQUARE}",
        "".join(part if isinstance(part, str) else "\N{WHITE SQUARE}" for part in text.parts),
    )


if __name__ == "__main__":
    sys.exit(main())
