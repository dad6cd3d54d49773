"""Builds what lplint ships of rules/: the generated modules, the pages under docs/rules and their index, and the
table of
IAM Access Analyzer's checks in docs/access-analyzer.md.

usage: build_ruleset.py [--check]      --check changes nothing and exits with 1 if something is stale
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from lplint.checks import matching

ROOT = Path(__file__).resolve().parents[1]
GENERATED = "# Written by scripts/build_ruleset.py from rules/*.toml; change those, not this.\n"
FIELDS: dict[str, type] = {
    "id": str,
    "name": str,
    "title": str,
    "category": str,
    "severity": str,
    "confidence": str,
    "applies-to": list,
    "cwe": list,
    "access-analyzer": list,
    "also-known-as": list,
    "since": str,
    "why": str,
    "fix": str,
    "references": list,
    "bad": list,
    "good": list,
}
OPTIONAL: dict[str, type | tuple[type, ...]] = {"security-severity": float, "match": (dict, list), "yields-to": list}
SEVERITIES = ("error", "warning", "note")
CONFIDENCES = ("high", "medium", "low")
KINDS = ("identity", "resource", "trust", "boundary", "session", "scp", "rcp")
_CARETS = re.compile(r"^[ ]*\^+ LP\d{3}[ ]*$")


class RuleError(Exception):
    """A rule's file is not as it should be."""


def read_rules(folder: Path) -> list[dict[str, Any]]:
    """Every rule's table, by id. Raises RuleError with the file and what is wrong in it."""
    rules = []
    for path in sorted(folder.glob("LP*.toml")):
        try:
            rule = tomllib.loads(path.read_text("utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise RuleError(f"{path.name}: {error}") from error
        _check(rule, path)
        rules.append(rule)
    names = [rule["name"] for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise RuleError(f"two rules are called {name}")
    _check_yields({rule["id"]: rule.get("yields-to", []) for rule in rules})
    return rules


def _check_yields(yields: dict[str, list[str]]) -> None:
    for rule, others in yields.items():
        reached = set(others)
        while more := {two for one in reached for two in yields.get(one, ["?"])} - reached:
            reached |= more
        if not reached <= yields.keys() or rule in reached:
            raise RuleError(f"{rule}.toml: yields-to names a rule that does not exist, or that yields to this one")


def _check(rule: dict[str, Any], path: Path) -> None:
    for key in rule.keys() - FIELDS.keys() - OPTIONAL.keys():
        raise RuleError(f"{path.name}: there is no field {key}")
    for key, kind in FIELDS.items():
        if not isinstance(rule.get(key), kind):
            raise RuleError(f"{path.name}: {key} must be a {kind.__name__}")
    if path.stem != rule["id"]:
        raise RuleError(f"{path.name}: its id is {rule['id']}")
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", rule["name"]):
        raise RuleError(f"{path.name}: a name is lower-case words with hyphens")
    score = rule.get("security-severity")
    if score is not None and not 0 < score <= 10:
        raise RuleError(f"{path.name}: security-severity is above 0 and at most 10")
    for key, allowed in (("severity", SEVERITIES), ("confidence", CONFIDENCES)):
        if rule[key] not in allowed:
            raise RuleError(f"{path.name}: {key} is one of {', '.join(allowed)}")
    if "match" in rule:
        try:
            matching.arguments(rule["match"])
        except matching.MatchError as error:
            raise RuleError(f"{path.name}: {error}") from error
    for kind in rule["applies-to"]:
        if kind not in KINDS:
            raise RuleError(f"{path.name}: applies-to knows no kind {kind}")
    for example in rule["bad"] + rule["good"]:
        if set(example) - {"kind", "stretch", "trusted"} != {"format", "code"}:
            raise RuleError(
                f"{path.name}: an example has a format and a code, maybe a kind, a stretch, and whom to trust"
            )


def without_carets(code: str) -> str:
    """An example as it is linted: without the lines that point at its findings."""
    return "\n".join(line for line in code.strip("\n").split("\n") if not _CARETS.match(line)) + "\n"


def rules_module(rules: list[dict[str, Any]]) -> str:
    rows = [
        (
            rule["id"],
            rule["name"],
            rule["title"],
            rule["category"],
            rule["severity"],
            rule.get("security-severity"),
            rule["confidence"],
            tuple(rule["applies-to"]),
            tuple(rule["cwe"]),
            tuple(rule["access-analyzer"]),
            tuple(rule["also-known-as"]),
            rule["since"],
            tuple(rule.get("yields-to", ())),
        )
        for rule in rules
    ]
    return f'"""What each rule is."""\n\n{GENERATED}\nRULES = (\n' + "".join(f"    {row!r},\n" for row in rows) + ")\n"


def texts_module(rules: list[dict[str, Any]]) -> str:
    out = ['"""The longer texts of each rule, read only where they are shown."""\n\n', GENERATED, "\nTEXTS = {\n"]
    for rule in rules:
        examples = {
            key: tuple((one["format"], without_carets(one["code"])) for one in rule[key]) for key in ("bad", "good")
        }
        row = (_flat(rule["why"]), _flat(rule["fix"]), tuple(rule["references"]), examples["bad"], examples["good"])
        out.append(f"    {rule['id']!r}: {row!r},\n")
    return "".join([*out, "}\n"])


def matches_module(rules: list[dict[str, Any]]) -> str:
    out = ['"""The rules that need no function: what their [match] tables say."""\n\n', GENERATED, "\nMATCHES = {\n"]
    out += [f"    {rule['id']!r}: {tuple(matching.arguments(rule['match']))!r},\n" for rule in rules if "match" in rule]
    return "".join([*out, "}\n"])


def context_module(rules: list[dict[str, Any]]) -> str:
    """What context moves by how much, for each rule. Raises RuleError."""
    tables = tomllib.loads((ROOT / "rules" / "context.toml").read_text("utf-8"))
    made: dict[str, dict[str, int]] = {}
    for context, values in tables.items():
        for value, shifts in values.items():
            found: dict[str, int] = {}
            for key in ("category", "name", "id"):
                found.update({rule["id"]: shifts[rule[key]] for rule in rules if rule[key] in shifts})
            known = {rule[key] for rule in rules for key in ("category", "name", "id")}
            for name, steps in shifts.items():
                if name not in known or steps not in (-2, -1, 0, 1, 2):
                    raise RuleError(f"context.toml: {context}.{value} has no rule {name}, or moves it by {steps} steps")
            made[f"{context}.{value}"] = dict(sorted(found.items()))
    rows = "".join(f"    {key!r}: {row!r},\n" for key, row in made.items())
    generated = GENERATED.replace("rules/*.toml", "rules/context.toml")
    return (
        f'"""How context moves the severity of findings, in steps, by rule."""\n\n{generated}\nSHIFTS = {{\n{rows}}}\n'
    )


def _flat(text: str) -> str:
    """Paragraphs without the line breaks of their source."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def page(rule: dict[str, Any]) -> str:
    score = rule.get("security-severity")
    facts = [
        ("Severity", rule["severity"]),
        ("Security severity", f"{score} of 10" if score is not None else "none"),
        ("Confidence", rule["confidence"]),
        ("Applies to", ", ".join(rule["applies-to"])),
        ("CWE", ", ".join(f"[{n}](https://cwe.mitre.org/data/definitions/{n}.html)" for n in rule["cwe"]) or "none"),
        ("IAM Access Analyzer", ", ".join(f"`{code}`" for code in rule["access-analyzer"]) or "none"),
        ("Elsewhere", ", ".join(f"`{name}`" for name in rule["also-known-as"]) or "none"),
        ("Since", rule["since"]),
    ]
    if rule.get("yields-to"):
        others = ", ".join(f"[{one}]({one}.md)" for one in rule["yields-to"])
        facts.insert(-1, ("Silent where", f"{others} speaks of the same"))
    out = [
        f"<!-- {GENERATED[2:].strip()} -->\n\n# {rule['id']} {rule['name']}\n\n{rule['title']}.\n\n| | |\n|---|---|\n"
    ]
    out += [f"| {name} | {value} |\n" for name, value in facts]
    out.append(f"\n## Why\n\n{_flat(rule['why'])}\n\n## What to do\n\n{_flat(rule['fix'])}\n")
    for key, heading, words in (
        ("bad", "Found", "The carets show what a finding underlines.\n\n"),
        ("good", "Not found", ""),
    ):
        out.append(f"\n## {heading}\n\n{words}")
        for one in rule[key]:
            if "kind" in one:
                out.append(f"As a policy of kind {one['kind']}:\n\n")
            if "trusted" in one:
                accounts = ", ".join(f'"{account}"' for account in one["trusted"])
                out.append(f"With `trusted-accounts = [{accounts}]` in the configuration:\n\n")
            out.append(f"```{one['format']}\n{one['code'].strip()}\n```\n\n")
    out.append("## References\n\n")
    out += [f"- <{reference}>\n" for reference in rule["references"]]
    return re.sub(r"\n{3,}", "\n\n", "".join(out))


def index(rules: list[dict[str, Any]], prefix: str) -> str:
    out = [
        f"<!-- {GENERATED[2:].strip()} -->\n\n# The rules\n\n",
        "| id | name | severity | what it says |\n|---|---|---|---|\n",
    ]
    out += [
        f"| [{rule['id']}]({prefix}{rule['id']}.md) | `{rule['name']}` | {rule['severity']} | {rule['title']} |\n"
        for rule in rules
    ]
    return "".join(out)


# Measured by hand against output that others published; it does not follow from the rules.
COMPARED = """\
Compared in November 2026 with 309 findings that IAM Access Analyzer gave for 146 of AWS's managed policies, as
zoph-io/MAMIP and zoph-io/IAMTrail publish them. Of the 217 that can still be compared lplint says 210 at the same
place; the other seven no longer hold, since the policy or AWS's reference has changed. No validity error of lplint's
in these policies is one that it was seen not to give.

Where lplint says it with another weight: retired actions are notes here (LP110), an ARN operator on a string is a
note (LP721). What Access Analyzer does not say, and lplint does: repetition across statements (LP714, LP716), keys
that no action carries (LP132), resources that no action can act on (LP103), the smaller quota of managed policies
(LP171).

"""


def access_analyzer(rules: list[dict[str, Any]], checks: dict[str, Any]) -> str:
    """The page of IAM Access Analyzer's codes and the rules that answer them. Raises RuleError if a rule names a
    code that
    does not exist, or a code has neither a rule nor a reason."""
    codes: dict[str, list[str]] = checks["checks"]
    answers: dict[str, list[str]] = {code: [] for code in codes}
    for rule in rules:
        for code in rule["access-analyzer"]:
            if code not in codes:
                raise RuleError(f"{rule['id']}.toml: IAM Access Analyzer has no check {code}")
            answers[code].append(rule["id"])
    out = [
        f"<!-- {GENERATED[2:].strip()} -->\n\n# What IAM Access Analyzer says, and which rule says it here\n\n",
        (
            f"ValidatePolicy knows {len(codes)} codes. lplint answers {sum(map(bool, answers.values()))} of "
            f"them, offline.\n\n"
        ),
        COMPARED,
        "| code | AWS calls it | what it means | rule |\n|---|---|---|---|\n",
    ]
    for code, (kind, meaning) in codes.items():
        reason = checks["undecided"].get(code)
        if bool(answers[code]) == (reason is not None):
            raise RuleError(f"access-analyzer.json: {code} must have either a rule or a reason why there is none")
        links = ", ".join(f"[{one}](rules/{one}.md)" for one in answers[code])
        out.append(f"| `{code}` | {kind} | {meaning} | {links or reason} |\n")
    return "".join(out)


def outputs(rules: list[dict[str, Any]], checks: dict[str, Any]) -> dict[str, str]:
    """Everything that is generated: the text of each file by its path in the project."""
    files = {
        "lplint/_generated/__init__.py": '"""What scripts/ writes."""\n',
        "lplint/_generated/rules.py": rules_module(rules),
        "lplint/_generated/rule_texts.py": texts_module(rules),
        "lplint/_generated/matches.py": matches_module(rules),
        "lplint/_generated/context.py": context_module(rules),
        "docs/rules/README.md": index(rules, ""),
        "rules/README.md": index(rules, "../docs/rules/"),
        "docs/access-analyzer.md": access_analyzer(rules, checks),
    }
    files.update({f"docs/rules/{rule['id']}.md": page(rule) for rule in rules})
    return files


def main() -> int:
    try:
        checks = json.loads((ROOT / "rules" / "access-analyzer.json").read_text("utf-8"))
        files = outputs(read_rules(ROOT / "rules"), checks)
    except RuleError as error:
        print(f"rules: {error}", file=sys.stderr)
        return 1
    stale = [
        path for path, text in files.items() if not (ROOT / path).is_file() or (ROOT / path).read_text("utf-8") != text
    ]
    stale += [
        f"docs/rules/{found.name}"
        for found in (ROOT / "docs/rules").glob("LP*.md")
        if f"docs/rules/{found.name}" not in files
    ]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path} is stale: run scripts/build_ruleset.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        target = ROOT / path
        if path in files:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path], "utf-8")
        else:
            target.unlink()
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
