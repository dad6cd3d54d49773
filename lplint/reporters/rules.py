"""What `lplint rules` and `lplint explain` print."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from lplint.model.rule import Rule, RuleTexts


def list_text(rules: Sequence[Rule]) -> str:
    """One line for each rule."""
    width = max(len(rule.name) for rule in rules)
    return "".join(f"{rule.id}  {rule.name:{width}}  {rule.severity.label:7}  {rule.title}\n" for rule in rules)


def list_json(rules: Sequence[Rule]) -> str:
    """One object with a list of rules."""
    import json

    return json.dumps({"rules": [_facts(rule) for rule in rules]}, indent=2) + "\n"


def explain_json(rule: Rule, texts: RuleTexts) -> str:
    """Everything about one rule."""
    import json

    examples = {
        name: [{"format": language, "code": code} for language, code in codes]
        for name, codes in (("bad", texts.bad), ("good", texts.good))
    }
    more = {"why": texts.why, "fix": texts.fix, "references": list(texts.references), **examples}
    return json.dumps({**_facts(rule), **more}, indent=2) + "\n"


def explain_text(rule: Rule, texts: RuleTexts, width: int) -> str:
    """Everything about one rule, as a person reads it: at most `width` columns for prose."""
    import textwrap

    def prose(text: str) -> str:
        return "\n\n".join(textwrap.fill(part, min(width, 100)) for part in text.split("\n\n"))

    score = "none" if rule.security_severity is None else f"{rule.security_severity} of 10"
    out = [
        f"{rule.id} {rule.name}\n{rule.title}.\n\n",
        (
            f"Severity {rule.severity.label}, security severity {score}, confidence {rule.confidence}, "
            f"category {rule.category}.\n"
        ),
        f"Applies to policies of kind {', '.join(sorted(rule.applies_to))}.\n",
    ]
    if rule.cwe:
        out.append(f"CWE: {', '.join(str(number) for number in rule.cwe)}.\n")
    if rule.access_analyzer:
        out.append(f"IAM Access Analyzer: {', '.join(rule.access_analyzer)}.\n")
    if rule.also_known_as:
        out.append(f"Elsewhere: {', '.join(rule.also_known_as)}.\n")
    out.append(f"\nWhy\n\n{prose(texts.why)}\n\nWhat to do\n\n{prose(texts.fix)}\n")
    for heading, codes in (("Found", texts.bad), ("Not found", texts.good)):
        for language, code in codes:
            out.append(f"\n{heading} ({language})\n\n{textwrap.indent(code.rstrip(), '    ')}\n")
    references = [reference for reference in dict.fromkeys((*texts.references, rule.url)) if reference]
    if references:
        out.append("\nRead on\n\n")
    out += [f"  {reference}\n" for reference in references]
    return "".join(out)


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "category": rule.category,
        "severity": rule.severity.label,
        "security-severity": rule.security_severity,
        "confidence": rule.confidence,
        "applies-to": sorted(rule.applies_to),
        "cwe": list(rule.cwe),
        "access-analyzer": list(rule.access_analyzer),
        "also-known-as": list(rule.also_known_as),
        "since": rule.since,
        "url": rule.url,
    }
