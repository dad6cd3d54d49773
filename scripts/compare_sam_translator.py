"""Compares what lplint makes of SAM's resources with what SAM's own translator makes of them.

usage: compare_sam_translator.py [--list] FOLDER...
Reads every template below the folders that names SAM's transform, has it translated by aws-sam-translator (which must
be installed, and is what AWS runs), and reads both with lplint: the policies of the one must allow the same actions on
the same resources as those of the other. --list names every template that is compared.

The managed policies that are attached to the roles are compared too. The translator adds more than that: permissions
and queue policies for what calls a function, and trust policies for its own service. Such are counted, and not
compared. Exits with 1 if there is a difference.

In November 2026, with aws-sam-translator 1.115.0, over the templates of 53 public repositories: 292 of 293 compared
(the other one is no YAML), 3,735 actions on resources and managed policies of roles, no difference.
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

    from lplint.model.policy import Element, Identity, Policy
    from lplint.model.text import Text

TRANSFORM = "AWS::Serverless-2016-10-31"
REGION = "us-east-1"
MARK = "\N{WHITE SQUARE}"  # for what is unknown
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
        here, there = extract(Source(str(path), text)), extract(Source(f"{path}.json", json.dumps(translated)))
        ours = access(here.policies, made.ours, counts) | attached(here.identities, made.ours)
        theirs = access(there.policies, made.theirs, counts) | attached(there.identities, made.theirs)
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
    """Whose policy a policy is, or which role a role, in the template of SAM and in what the translator makes of it; ""
    for what only the translator makes."""

    def __init__(self, written: Any, translated: Any) -> None:
        self._types = {name: one.get("Type", "") for name, one in written["Resources"].items()}
        self._connectors = {name for name, type_ in self._types.items() if type_ == "AWS::Serverless::Connector"}
        self._connectors |= {
            name + connector for name, one in written["Resources"].items() for connector in one.get("Connectors", ())
        }
        self._translated = translated["Resources"]

    def ours(self, origin: str) -> str:
        name = name_of(origin)
        if ".Connectors." in origin or self._types.get(name) == "AWS::Serverless::Connector":
            return "connectors"
        # A role for an event, or for a part of a GraphQL API.
        if ".DataSources." in origin:
            kind, source = (*origin.split(".")[3:5], "")[:2]
            return f"{name}{source}{'DynamoDB' if kind == 'DynamoDb' else kind}DataSource"
        if origin.endswith(".Logging"):
            return f"{name}CloudWatch"
        event = re.search(r"\.Events\.(\w+)$", origin)
        return f"{name}{event[1]}" if event is not None and self._has_role(f"{name}{event[1]}") else name

    def theirs(self, origin: str) -> str:
        name = name_of(origin)
        connectors = self._translated.get(name, {}).get("Metadata", {}).get("aws:sam:connectors")
        if connectors is not None:
            if self._connectors.issuperset(connectors):
                return "connectors"
            # Of the data source of a GraphQL API, or of an authorizer, which is a permission.
            return next(re.split("ToTableConnector|ToLambdaConnector", one)[0] for one in connectors)
        if name in self._types:
            return name
        return next((name.removesuffix(one) for one in ("Role", "UrlPublicPermissions") if name.endswith(one)), "")

    def _has_role(self, name: str) -> bool:
        return f"{name}Role" in self._translated


def name_of(origin: str) -> str:
    """The logical id of the resource that a policy stands in, or that a role is made for."""
    return (*origin.split("."), "", "")[1]


def attached(identities: list[Identity], owner: Callable[[str], str]) -> set[Access]:
    """The managed policies that roles have, by their name: SAM's names lack the path that some of AWS's have."""
    return {
        (owner(identity.address), "attached", marked(arn).rpartition("/")[2].rpartition(MARK)[2], "")
        for identity in identities
        for arn in identity.attached
        if owner(identity.address)
    }


def access(policies: list[Policy], owner: Callable[[str], str], counts: Counter[str]) -> set[Access]:
    """What some policies allow, each on its resources or, where it stands at one, to its principals."""
    idle = {
        action for one in load("sam_policy_templates")["templates"].values() for action in one.get("without_effect", ())
    }
    found: set[Access] = set()
    for policy in policies:
        whose = owner(str(policy.origin))
        if not whose:
            counts["policies that the translator makes for others, not compared"] += 1
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
    return re.sub(f"{MARK}+", MARK, "".join(part if isinstance(part, str) else MARK for part in text.parts))


if __name__ == "__main__":
    sys.exit(main())
