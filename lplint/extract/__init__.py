"""From a file to its policies; knows where each format keeps them."""

from __future__ import annotations

import os

from lplint.extract.found import Found
from lplint.extract.module_files import is_configuration, is_values
from lplint.extract.module_files import is_installed as is_installed
from lplint.model.node import Map
from lplint.syntax.parsed import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lplint.extract.terraform.files import Files
    from lplint.model.policy import PolicyKind
    from lplint.model.source import Source
    from lplint.syntax.parsed import Parsed

JSON_EXTENSIONS = (".json", ".jsonc", ".jsonl", ".ndjson")
YAML_EXTENSIONS = (".yaml", ".yml")
# Read when lplint meets them in a folder. A file that is named is read whatever it is called.
TERRAFORM_EXTENSIONS = (".tf", ".tofu", ".tfvars")
HCL_EXTENSIONS = (".hcl", ".tfvars")
# Tests of Terraform's, whose policies nobody deploys.
_TEST_EXTENSIONS = (".tftest.hcl", ".tofutest.hcl", ".tfmock.hcl")
# CloudFormation's, in JSON or YAML.
TEMPLATE_EXTENSIONS = (".template", ".cform")
# Programs, which write policies that nobody can read in them. They are none of what lplint meets in a folder.
PROGRAM_EXTENSIONS = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
# What another tool fills in before it is JSON or YAML. Read where it is named, by a person or a module: most such files
# are about something else.
FILLED_IN_EXTENSIONS = (".tpl", ".tftpl")
_FILLED_IN = "this template is no JSON or YAML before it is filled in; lint what the tool makes of it"
EXTENSIONS = (*JSON_EXTENSIONS, *YAML_EXTENSIONS, *TERRAFORM_EXTENSIONS, ".hcl", *TEMPLATE_EXTENSIONS)


# What a template can hold of permissions without a statement: grants to a principal, SAM's policies, AWS's own, and
# the long-term credentials of users.
_WITHOUT_STATEMENT = (
    b"Principal",
    b"AWS::Serverless",
    b"ManagedPolic",
    b"AWS::IAM::AccessKey",
    b"LoginProfile",
)


def may_hold_policy(data: bytes, path: str) -> bool:
    """Whether the bytes of a file can hold a policy, so that it is worth decoding."""
    # The Serverless Framework has "statements". A plan may hold documents as blocks only; nothing else is called by the
    # name of its version. Some resources of templates are statements in themselves, and SAM's policy templates have
    # none.
    if b"tatement" in data or b'"format_version"' in data or b"\0" in data[:4]:
        return True
    if b"AWS::" in data and any(name in data for name in _WITHOUT_STATEMENT):
        return True
    return path.lower().endswith(HCL_EXTENSIONS) and _names_statement_arguments(data)


def may_hold_module(data: bytes) -> bool:
    """Whether the bytes of a Terraform file can hold a policy, give one to a resource, or call a module that does."""
    if b"olicy" in data or b"olicies" in data or b"tatement" in data or b"rincipal" in data or b"ermission" in data:
        return True
    if b"_function_url" in data or b"aws_iam_access_key" in data or b"login_profile" in data:
        return True
    if b"module" in data and (b'"./' in data or b'"../' in data):
        return True
    return _names_statement_arguments(data)


def _names_statement_arguments(data: bytes) -> bool:
    """Whether a text has Terraform's names for what is in a statement, which may stand in an argument of any name."""
    return b"actions" in data and (b"resources" in data or b"principals" in data)


def is_terraform(path: str) -> bool:
    """Whether a file belongs to a Terraform module, which is read as a whole."""
    name = os.path.basename(path)
    return is_configuration(name) or is_values(name)


def extract_module(directory: str, files: Files) -> Found:
    """The policies of the Terraform module in a directory, and of those it calls."""
    from lplint.extract.terraform.policies import extract_module

    return extract_module(directory, files)


def extract(
    source: Source, kind: tuple[PolicyKind, str] | None = None, read: Callable[[str], Source | None] | None = None
) -> Found:
    """The policies of a file. `kind` is the kind and service of all of them, where the configuration says so. `read`
    gives the text of a file that this one names; None for one that is missing, no text, or outside the root."""
    if source.path.lower().endswith(HCL_EXTENSIONS):
        return _extract_hcl(source, kind)
    if source.path.lower().endswith(PROGRAM_EXTENSIONS):
        return _unread_program(source)
    from lplint.extract.search import search

    parsed = _parse(source)
    found = Found()
    for document in parsed.documents:
        if isinstance(document, Map) and kind is None and document.get("format_version") is not None:
            from lplint.extract.terraform.plan import extract_plan, is_plan

            if is_plan(document):
                extract_plan(document, found)
                continue
        if isinstance(document, Map) and _may_be_template(document):
            from lplint.extract.cloudformation.template import is_template

            if is_template(document):
                from lplint.extract.cloudformation.policies import extract_template

                extract_template(document, found, kind)
                continue
        if isinstance(document, Map) and _may_be_service(document):
            from lplint.extract.serverless.service import extract_service, is_service

            if is_service(document):
                extract_service(document, found, read if read is not None else _nothing, kind)
                continue
        search(document, found, kind)
    return _with_problems(found, parsed.problems, source)


def _unread_program(source: Source) -> Found:
    found = Found()
    at = source.text.find("tatement")
    span = source.span(max(at - 1, 0), at + len("tatement")) if at >= 0 else source.span(0, 1)
    message = "this is a program, which lplint does not read, so nothing in it was checked; lint what it writes"
    found.problems.append(SyntaxProblem(span, message, template=True))
    return found


def _extract_hcl(source: Source, kind: tuple[PolicyKind, str] | None) -> Found:
    if source.path.lower().endswith(_TEST_EXTENSIONS):
        return Found()
    from lplint.extract.terraform.terragrunt import extract_hcl

    found, problems = extract_hcl(source, kind)
    return _with_problems(found, problems, source)


def _with_problems(found: Found, problems: list[SyntaxProblem], source: Source) -> Found:
    # What is wrong with a file that holds no policy is not ours to say; whether a broken one does, its words must tell.
    if found.policies or (any(problem.fatal for problem in problems) and _names_statements(source.text)):
        if source.path.lower().endswith(FILLED_IN_EXTENSIONS):
            problems = [SyntaxProblem(one.span, _FILLED_IN, one.fatal, template=True) for one in problems]
        found.problems = problems + found.problems
    return found


def _parse(source: Source) -> Parsed:
    """By the file's ending; where that tells nothing, by its first character. JSON that is not quite JSON may be YAML's
    flow style, which looks alike."""
    path = source.path.lower()
    is_json = path.endswith(JSON_EXTENSIONS)
    if is_json or (not path.endswith(YAML_EXTENSIONS) and source.text.lstrip()[:1] in ("{", "[", "/")):
        from lplint.syntax import json

        parsed = json.parse(source, comments=path.endswith(".jsonc"))
        if is_json or not parsed.problems:
            return parsed
        from lplint.syntax import yaml

        flow = yaml.parse(source)
        return parsed if flow.problems else flow
    from lplint.syntax import yaml

    return yaml.parse(source)


def _nothing(path: str) -> Source | None:
    """Reads no file."""
    return None


def _may_be_template(document: Map) -> bool:
    """Whether a document is worth asking whether it is a template of CloudFormation."""
    return document.get("Resources") is not None or document.get("AWSTemplateFormatVersion") is not None


def _may_be_service(document: Map) -> bool:
    """Whether a document is worth asking whether it is a service of the Serverless Framework."""
    return document.get("service") is not None and document.get("provider") is not None


def _names_statements(text: str) -> bool:
    return "Statement" in text and "Effect" in text and ("Action" in text or "Principal" in text)
