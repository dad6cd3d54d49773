"""Why a value could not be resolved, by what it comes down to."""

from __future__ import annotations

import re

_NAME = r"[A-Za-z_][\w-]*"
_CALL = re.compile(rf"{_NAME}(?:::{_NAME})*\(")
_ATTRIBUTE = re.compile(rf"{_NAME}(?:\.{_NAME}|\[[^\]]*\])+")
_BLOCK = re.compile(rf'{_NAME} (?:=|\{{|")')
_FOR = re.compile(r"[\[{]\s*for\b")
# By how it begins. Terraform's names, CloudFormation's functions, and what other tools fill in.
_BY_START = (
    ("var.", "variable without a value"),
    ("local.", "local value that cannot be evaluated"),
    ("module.", "output of a module that cannot be evaluated"),
    ("data.", "data source"),
    ("each.", "instance of a block"),
    ("count.", "instance of a block"),
    ("self.", "instance of a block"),
    ("path.", "path or workspace"),
    ("terraform.", "path or workspace"),
    ("Ref AWS::", "pseudo parameter"),
    ("Ref", "reference to a parameter or resource"),
    ("!Ref", "reference to a parameter or resource"),
    ("Fn::GetAtt", "attribute of a resource"),
    ("!GetAtt", "attribute of a resource"),
    ("Fn::", "intrinsic function"),
    ("!", "intrinsic function"),
    ("{{resolve:", "dynamic reference"),
    ("{{", "placeholder of a template"),
    ("<", "placeholder of a template"),
    ("${", "placeholder of a template"),
    ("%{", "directive of a template"),
)


def reason(written: str) -> str:
    """A few words for what is unknown, by how it is written."""
    text = written.strip()
    inner = text[2:-1].strip("~ ") if text.startswith("${") and text.endswith("}") else text
    if text.endswith("known after apply"):
        return "known after apply"
    for start, words in _BY_START:
        if inner.startswith(start):
            return words
    if _BLOCK.match(inner):
        return "block over an unknown collection"
    if _FOR.match(inner):
        return "for expression over an unknown collection"
    call = _CALL.match(inner)
    if call is not None and inner.endswith((")", "\u2026")):
        return f"function {call[0][:-1]}"
    if "?" in inner:
        return "condition"
    if _ATTRIBUTE.fullmatch(inner) or inner.startswith(("[*]", ".*")) or _ATTRIBUTE.match(inner.rstrip("\u2026")):
        return "attribute of a resource"
    return "placeholder of a template" if text.startswith("${") else "expression"
