"""Proposes what the tables of lplint/extract/cloudformation/tables lack, and holds them to CloudFormation's schemas.

usage: build_cloudformation_tables.py [SCHEMAS]
SCHEMAS is the folder `data/schemas` of an installation of cfn-lint, which ships the resource schemas of the
CloudFormation registry; without it, cfn-lint is imported to find its own.

The tables are data that people reviewed. This script reads the schemas for properties whose name says policy and whose
value can be one, and prints an entry to decide on for each that no table names: as a policy (`resources`), as one of
another language (`not_policies`), or as none at all (NO_POLICIES below). It also prints what the tables name and the
schemas do not have. Exits with 1 if it prints anything.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lplint.extract.cloudformation.tables import load

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

REGION = "us-east-1"
# How the names of properties end that may hold a policy document.
NAMED_SO = re.compile(r"(?:olicy|olicies|olicyDocument|olicyText|olicyTemplate|Content|[sS]tatement)$")
# What a shape names, and what of that is no property.
SHAPE_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
OF_THE_STACK = ("partition", "region", "account", "dns_suffix", "*")
# A value that short is a name, not a document: the shortest IAM policy that allows something takes more.
SHORTEST_DOCUMENT = 65
# Candidates that were looked at and hold no policy in any language, by the end of their path. For each, why.
NO_POLICIES = {
    # names of TLS versions and ciphers
    "SecurityPolicy": "TLS",
    "SslPolicy": "TLS",
    "TLSSecurityPolicy": "TLS",
    "TlsPolicy": "TLS",
    "HttpsPolicy": "TLS",
    # one word that chooses a behaviour
    "AnswerPolicy": "a setting",
    "AutoImportPolicy": "a setting",
    "DlRatePolicy": "a setting",
    "DnsPolicy": "a setting",
    "ImagePullPolicy": "a setting",
    "LanguageSelectionPolicy": "a setting",
    "OriginProtocolPolicy": "a setting",
    "SafeguardPolicy": "a setting",
    "SnapshotPolicy": "the name of a schedule",
    "UlRatePolicy": "a setting",
    "ViewerProtocolPolicy": "a setting",
    # HTTP headers
    "ContentSecurityPolicy.ContentSecurityPolicy": "a header",
    "ReferrerPolicy.ReferrerPolicy": "a header",
    # ARNs
    "ArnForPolicy": "an ARN",
    "ReputationEntityPolicy": "an ARN",
    # SQL and the like
    "CaseStatement": "a query",
    "QueryStatement": "a query",
    # texts and configurations of other things
    "AWS::AppConfig::ConfigurationProfile Validators.Content": "a JSON schema",
    "AWS::AppConfig::HostedConfigurationVersion Content": "a configuration",
    "AWS::Connect::ContactFlow Content": "a contact flow",
    "AWS::Connect::ContactFlowModule Content": "a contact flow",
    "AWS::Connect::Rule Actions.SendNotificationActions.Content": "a message",
    "AWS::Connect::TestCase Content": "a test",
    "AWS::Connect::Vocabulary Content": "words",
    "AWS::DataZone::DataSource AssetFormsInput.Content": "a form",
    "AWS::DataZone::SubscriptionTarget SubscriptionTargetConfig.Content": "a form",
    "AWS::EventSchemas::Schema Content": "a schema",
    "AWS::IoT::Command Payload.Content": "a message",
    "AWS::M2::Application Definition.Content": "a definition",
    "AWS::Polly::Lexicon Content": "words",
    "AWS::SSM::Document Content": "a runbook",
    "AWS::SageMaker::HumanTaskUi UiTemplate.Content": "HTML",
    "AWS::SageMaker::ModelPackage ModelCard.ModelCardContent": "a model card",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig OnCreate.Content": "a script",
    "AWS::SageMaker::NotebookInstanceLifecycleConfig OnStart.Content": "a script",
    "AWS::WellArchitected::AgentContext Content": "prose",
    "ArtifactContent": "bytes",
    "BaseUrlContent": "a URL",
    "CAContent": "a certificate",
    "CodeContent.TextContent": "code",
    "CodeContent.ZipFileContent": "code",
    "CrlContent": "a certificate list",
    "CustomResponseBodies.*.Content": "a page",
    "MetadataContent": "SAML",
    "PropertiesFileContent": "a configuration",
    "RawContent": "a message",
    "StudioLifecycleConfigContent": "a script",
    "TemplateContent": "a message",
    "TextBoxes.Content": "a text",
    "AWS::Wisdom::MessageTemplate": "messages",
    "AWS::Wisdom::QuickResponse": "messages",
}

# What lplint.extract.cloudformation.sam reads, since Globals may hold it too.
OF_SAM = {("AWS::Serverless::Api", "Policy"), ("AWS::Serverless::Function", "AssumeRolePolicyDocument")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schemas", nargs="?", help="the folder data/schemas of cfn-lint")
    options = parser.parse_args()
    schemas = read_schemas(Path(options.schemas) if options.schemas else installed_schemas())
    complaints = [*unknown_properties(schemas), *undecided(schemas), *unknown_attributes(schemas)]
    print("\n".join(complaints) or f"the tables agree with {len(schemas)} schemas, and nothing is undecided")
    return 1 if complaints else 0


def installed_schemas() -> Path:
    """The schemas of the cfn-lint that is installed beside lplint."""
    from importlib.util import find_spec

    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        sys.exit("cfn-lint is not installed here; name the folder of its schemas")
    return Path(spec.origin).parent / "data" / "schemas"


def read_schemas(folder: Path) -> dict[str, Schema]:
    """The schema of each type of resource, those of SAM among them."""
    names: dict[str, str] = {}
    for provider in (REGION, "sam"):
        names.update(json.loads((folder / "providers" / f"{provider}.json").read_text(encoding="utf-8")))
    return {
        type_: json.loads((folder / "resources" / f"{name}.json").read_text(encoding="utf-8"))
        for type_, name in names.items()
    }


def properties(schema: Schema) -> dict[str, Schema]:
    """Every property at any depth, by its path; the parts of something recursive once."""
    definitions = schema.get("definitions", {})
    found: dict[str, Schema] = {}

    def walk(node: Schema, path: tuple[str, ...], within: tuple[str, ...]) -> None:
        reference = node.get("$ref", "")
        if reference:
            if reference not in within:
                walk(resolved(node, definitions), path, (*within, reference))
            return
        for key in ("anyOf", "oneOf", "allOf"):
            for one in node.get(key, ()):
                walk(one, path, within)
        if isinstance(node.get("items"), dict):
            walk(node["items"], path, within)
        for one in node.get("patternProperties", {}).values():
            walk(one, (*path, "*"), within)
        for name, one in node.get("properties", {}).items():
            found.setdefault(".".join((*path, name)), one)
            walk(one, (*path, name), within)

    walk(schema, (), ())
    return found


def resolved(node: Schema, definitions: dict[str, Schema]) -> Schema:
    """What a reference leads to; itself if it is none."""
    seen = 0
    while "$ref" in node and seen < len(definitions) + 1:
        node = definitions.get(str(node["$ref"]).rsplit("/", 1)[-1], {})
        seen += 1
    return node


def candidates(schema: Schema) -> Iterator[str]:
    """The paths of the properties that may hold a policy document."""
    definitions = schema.get("definitions", {})
    for path, written in properties(schema).items():
        node = resolved(written, definitions)
        types = node.get("type", ())
        types = {types} if isinstance(types, str) else set(types)
        words = node.get("enum") or node.get("const")
        words = words or any("enum" in one for one in (*node.get("oneOf", ()), *node.get("anyOf", ())))
        if (
            NAMED_SO.search(path)
            and not node.get("properties")
            and not words
            and types & {"object", "string"}
            and node.get("maxLength", SHORTEST_DOCUMENT) >= SHORTEST_DOCUMENT
        ):
            yield path


def undecided(schemas: dict[str, Schema]) -> Iterator[str]:
    """An entry to decide on for each candidate that no table names; and what NO_POLICIES has for nothing."""
    unused = set(NO_POLICIES)
    table = load("policy_properties")
    decided = {(type_, place["path"]) for type_, places in table["resources"].items() for place in places}
    decided |= OF_SAM
    decided |= {(type_, path) for type_, paths in table["not_policies"].items() for path in paths}
    for type_, schema in schemas.items():
        for path in candidates(schema):
            if (type_, path) in decided:
                continue
            names = [type_, f"{type_} {path}", *ends(path)]
            unused.difference_update(names)
            if NO_POLICIES.keys().isdisjoint(names):
                entry = [{"path": path, "kind": "resource", "service": type_.split("::")[1].lower()}]
                yield f"undecided: {json.dumps(type_)}: {json.dumps(entry)}"
    yield from (f"no such candidate: {name}" for name in sorted(unused))


def ends(path: str) -> list[str]:
    """The path, and what is left of it without its first names."""
    names = path.split(".")
    return [".".join(names[start:]) for start in range(len(names))]


def unknown_properties(schemas: dict[str, Schema]) -> Iterator[str]:
    """What the table of policies names and the schemas do not have."""
    table = load("policy_properties")
    named: dict[str, set[str]] = {}
    for type_, places in table["resources"].items():
        for place in places:
            named.setdefault(type_, set()).update((place["path"], place.get("attached_to", place["path"])))
            if "kind_by" in place:
                named[type_].add(place["kind_by"]["argument"])
    for type_, paths in table["not_policies"].items():
        named.setdefault(type_, set()).update(paths)
    constants = ("service", "arn", "default_action", "kind", "self", "exclusive")
    for section in ("permissions", "identities", "attachments", "memberships"):
        for type_, parts in table[section].items():
            for one in parts if isinstance(parts, list) else (parts,):
                named.setdefault(type_, set()).update(path for key, path in one.items() if key not in constants)
    for type_, paths in sorted(named.items()):
        if type_ not in schemas:
            yield f"no such type: {type_}"
            continue
        known = properties(schemas[type_])
        yield from (f"no such property: {type_} {path}" for path in sorted(paths) if path not in known)


def unknown_attributes(schemas: dict[str, Schema]) -> Iterator[str]:
    """What the table of attributes names and the schemas do not have."""
    table = load("attributes")
    for type_, shapes in table["resources"].items():
        if type_ not in schemas:
            yield f"no such type: {type_}"
            continue
        known = properties(schemas[type_])
        made = {path.removeprefix("/properties/") for path in schemas[type_].get("readOnlyProperties", ())}
        if type_.startswith("AWS::Serverless::"):
            made.clear()  # here they are what GetAtt takes, whoever writes them
        for attribute, shape in shapes.items():
            if attribute != "Ref" and attribute not in known:
                yield f"no such attribute: {type_} {attribute}"
            for variable in SHAPE_VARIABLE.findall(shape):
                name = variable.partition("#")[0]
                if name not in OF_THE_STACK and (name not in known or name in made):
                    yield f"nobody writes this property: {type_} {attribute}: {name}"


if __name__ == "__main__":
    sys.exit(main())
