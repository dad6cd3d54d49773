"""Builds the module of escalation paths that lplint ships from rules/escalation.toml.

usage: build_escalation.py [--check]      --check changes nothing and exits with 1 if the module is stale
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

from lplint.aws import catalog

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "rules/escalation.toml"
TARGET = ROOT / "lplint/_generated/escalation.py"
CLASSES = ("self", "pass-role", "take-over")
FIELDS = {"id": str, "class": str, "actions": list, "gains": str, "references": list, "source": str}
OPTIONAL = {"service": list, "own": bool, "same": bool, "named": bool}
PASS_ROLE = "iam:PassRole"


class EscalationError(Exception):
    """rules/escalation.toml is not as it should be."""


def read(path: Path) -> tuple[list[dict[str, Any]], dict[str, str], dict[str, str]]:
    """The paths in their order, the form of what each action acts on, and what some act on besides. Raises
    EscalationError."""
    table = tomllib.loads(path.read_text("utf-8"))
    paths = table["path"]
    for one in paths:
        _check(one)
    ids = [one["id"] for one in paths]
    sets = [frozenset(one["actions"]) for one in paths]
    for number, name in enumerate(ids):
        if ids.index(name) != number or sets.index(sets[number]) != number:
            raise EscalationError(f"{name} comes twice, or its actions do")
    forms = dict(table["targets"])
    for name in sorted(frozenset().union(*sets)):
        forms.setdefault(name, _form(name))
    return paths, forms, table["also"]


def _check(one: dict[str, Any]) -> None:
    name = one.get("id", "a path without an id")
    for key, kind in FIELDS.items():
        if not isinstance(one.get(key), kind):
            raise EscalationError(f"{name}: {key} must be a {kind.__name__}")
    for key in one.keys() - FIELDS.keys():
        if not isinstance(one[key], OPTIONAL.get(key, type(None))):
            raise EscalationError(f"{name}: {key} is no field, or no {OPTIONAL.get(key)}")
    if one["class"] not in CLASSES:
        raise EscalationError(f"{name}: class is one of {', '.join(CLASSES)}")
    passes = one["class"] == "pass-role"
    if passes != (PASS_ROLE in one["actions"]) or passes != bool(one.get("service")):
        raise EscalationError(f"{name}: a path passes a role and says to which service, or does neither")
    for action in one["actions"]:
        if catalog.action(action) is None and catalog.retired(action) is None:
            raise EscalationError(f"{name}: there is no action {action}")


def _form(name: str) -> str:
    """The form of what an action acts on, by the catalogue: of the first type that every request for it names."""
    action = catalog.action(name)
    types = action.resource_types if action is not None else ()
    return types[0].patterns[0].replace("arn:*:", "arn:aws:", 1) if types else "*"


def module(paths: list[dict[str, Any]], forms: dict[str, str], also: dict[str, str]) -> str:
    out = [
        '"""What actions together lead to more permissions."""\n\n',
        "# Written by scripts/build_escalation.py from rules/escalation.toml; change that, not this.\n\n",
        "# id, class, actions, gains, the services that receive the role, own, same, named\n",
        "PATHS = (\n",
    ]
    for one in paths:
        row = (
            one["id"],
            one["class"],
            tuple(one["actions"]),
            one["gains"],
            tuple(one.get("service", ())),
            one.get("own", False),
            one.get("same", False),
            one.get("named", False),
        )
        out.append(f"    {row!r},\n")
    out.append(")\n# What each of the actions acts on.\nFORMS = {\n")
    out += [f"    {name!r}: {form!r},\n" for name, form in sorted(forms.items())]
    out.append("}\n# What some of them act on besides.\nALSO = {\n")
    out += [f"    {name!r}: {form!r},\n" for name, form in sorted(also.items())]
    return "".join([*out, "}\n"])


def main() -> int:
    try:
        text = module(*read(SOURCE))
    except (EscalationError, tomllib.TOMLDecodeError) as error:
        print(f"{SOURCE.name}: {error}", file=sys.stderr)
        return 1
    if TARGET.is_file() and TARGET.read_text("utf-8") == text:
        return 0
    if "--check" in sys.argv[1:]:
        print(f"{TARGET.relative_to(ROOT)} is stale: run scripts/build_escalation.py", file=sys.stderr)
        return 1
    TARGET.write_text(text, "utf-8")
    print(TARGET.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
