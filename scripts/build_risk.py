"""Builds the tables of risk and frequency: from the facts of others and our own judgement the two CSV files under
rules/, from these the module that the package ships.

usage: build_risk.py [--check]            --check changes nothing and exits with 1 if the module is stale
       build_risk.py --collect FOLDER     writes rules/risk.csv and rules/frequency.csv anew from the facts in a folder
"""

from __future__ import annotations

import csv
import io
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from lplint.access.actions import actions_matching
from lplint.aws import catalog

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "rules"
MODULE = ROOT / "lplint" / "_generated" / "risk.py"
LEVELS = ("List", "Read", "Tagging", "Write", "Permissions management")
# The tactics of MITRE ATT&CK that say what an action was used for, gravest first; discovery says nothing of harm.
TACTICS = {
    "TA0005": "evasion",
    "TA0006": "credential-exposure",
    "TA0004": "privilege-escalation",
    "TA0003": "persistence",
    "TA0010": "data-access",
    "TA0009": "data-access",
}
LOOKING = ("Get", "List", "Describe", "Search", "Check", "BatchGet", "View", "Query")
TAKING = (
    "Delete",
    "Remove",
    "Revoke",
    "Detach",
    "Disassociate",
    "Unshare",
    "Cancel",
    "Reject",
    "Deregister",
    "Unassign",
)
SENSITIVE = {
    "PrivEsc": (8, "privilege-escalation"),
    "CredentialExposure": (8, "credential-exposure"),
    "ResourceExposure": (7, "resource-exposure"),
    "DataAccess": (5, "data-access"),
}


class Row:
    """What is known of one action."""

    def __init__(self, risk: int, category: str) -> None:
        self.risk = risk
        self.category = category
        self.evidence: list[str] = []
        self.reason = ""

    def add(self, risk: int, category: str, evidence: str) -> None:
        """Another source's word: the graver one counts."""
        if risk > self.risk:
            self.risk, self.category = risk, category
        self.evidence.append(evidence)


def level(name: str) -> int:
    """The gravest access level of an action."""
    action = catalog.action(name)
    assert action is not None
    return max(LEVELS.index(one) for one in action.access_levels if one in LEVELS)


def weighed(name: str, risk: int) -> int:
    """The risk of an action that manages permissions, or is near it: less where its name says that it looks, or that it
    takes something away."""
    verb = name.partition(":")[2]
    if verb.startswith(LOOKING):
        return 3
    return 5 if verb.startswith(TAKING) else risk


def collect(folder: Path) -> dict[str, Row]:
    rows: dict[str, Row] = {}

    def add(name: str, risk: int, category: str, evidence: str) -> None:
        action = catalog.action(name)
        if action is None:
            return  # gone since the source was written
        rows.setdefault(str(action), Row(0, category)).add(risk, category, evidence)

    for path in json.loads((folder / "privilege_escalation_paths.json").read_text("utf-8")):
        for name in path["actions"]:
            if catalog.action(name) is None or level(name) < LEVELS.index("Tagging"):
                continue  # what only looks is no danger by itself
            alone = len(path["actions"]) == 1
            add(name, 8 if alone else 7, "privilege-escalation", f"escalation:{path['id'] or path['source'].lower()}")
    for kind, names in json.loads((folder / "sensitive_actions.json").read_text("utf-8")).items():
        for name in names:
            risk, category = SENSITIVE[kind]
            if kind == "ResourceExposure":
                risk = weighed(name, risk)
            elif name.partition(":")[2].startswith(("List", "Describe")):
                risk = min(risk, 3)  # what is there, not what it holds
            add(name, risk, category, f"sensitive-iam-actions:{kind}")
    for name, seen in json.loads((folder / "incident_actions.json").read_text("utf-8")).items():
        categories = [category for tactic, category in TACTICS.items() if tactic in seen["tactics"]]
        if catalog.action(name) is None or not categories or level(name) < LEVELS.index("Tagging"):
            continue
        add(name, 7 if seen["n_inc"] > 1 else 6, categories[0], "traildiscover")
    for prefix in catalog.service_titles():
        service = catalog.service(prefix)
        for action in service.actions() if service is not None else ():
            if "Permissions management" in action.access_levels:
                name = str(action)
                add(name, weighed(name, 7), "resource-exposure", "access-level:permissions-management")
    with (RULES / "risk-overrides.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found = actions_matching(line["pattern"])
            if not found:
                raise SystemExit(f"risk-overrides.csv: {line['pattern']} is no action")
            for action in found:
                row = rows.setdefault(str(action), Row(0, line["category"]))
                row.risk, row.category, row.reason = int(line["risk"]), line["category"], line["reason"]
    return rows


def write_tables(folder: Path) -> None:
    rows = collect(folder)
    with (RULES / "risk.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("action", "risk", "category", "evidence", "reason"))
        for name, row in sorted(rows.items(), key=lambda item: item[0].lower()):
            evidence = "; ".join(dict.fromkeys(row.evidence)) or "lplint"
            writer.writerow((name, row.risk, row.category, evidence, row.reason))
    counts = json.loads((folder / "action_frequency.json").read_text("utf-8"))["literal"]
    known: dict[str, int] = {}
    for name, count in counts.items():
        action = catalog.action(name)
        if action is not None:
            known[str(action)] = known.get(str(action), 0) + count
    with (RULES / "frequency.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("action", "policies"))
        for name, count in sorted(known.items(), key=lambda item: (-item[1], item[0].lower())):
            writer.writerow((name, count))


def module() -> tuple[str, dict[str, tuple[str, str]]]:
    """The module that the package ships: for each service one string, which is taken apart when somebody asks."""
    risks: dict[str, list[str]] = {}
    texts: dict[str, tuple[str, str]] = {}
    with (RULES / "risk.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prefix, _, name = row["action"].partition(":")
            risks.setdefault(prefix, []).append(f"{name} {row['risk']} {row['category']}")
            texts[row["action"].lower()] = (row["evidence"], row["reason"])
    counts: dict[str, list[str]] = {}
    with (RULES / "frequency.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prefix, _, name = row["action"].partition(":")
            counts.setdefault(prefix, []).append(f"{name} {row['policies']}")
    settings: dict[str, Any] = tomllib.loads((RULES / "risk.toml").read_text("utf-8"))
    out = io.StringIO()
    out.write('"""How dangerous and how common actions are."""\n\n')
    out.write(
        "# Written by scripts/build_risk.py from rules/risk.csv, frequency.csv and risk.toml; change those, not this.\n"
    )
    for name, value in (
        ("LEVELS", settings["risk"]),
        ("STEPS", tuple(settings["frequency"]["steps"])),
        ("DANGEROUS", settings["quadrants"]["dangerous"]),
        ("COMMON", settings["quadrants"]["common"]),
        ("MATTERS", settings["resources"]["matters"]),
        ("FREE", settings["resources"]["free"]),
        ("STORES", tuple(settings["resources"]["stores"])),
        ("HARMLESS", tuple(settings["resources"]["harmless"])),
        ("CATEGORIES", settings["categories"]),
    ):
        out.write(f"\n{name} = {value!r}\n")
    for title, table in (("RISKS", risks), ("COUNTS", counts)):
        out.write(f"\n{title} = {{\n")
        out.writelines(f"    {prefix!r}: {','.join(rows)!r},\n" for prefix, rows in sorted(table.items()))
        out.write("}\n")
    return out.getvalue(), texts


def main() -> int:
    if "--collect" in sys.argv[1:]:
        write_tables(Path(sys.argv[sys.argv.index("--collect") + 1]))
    text, texts = module()
    notes = '"""Why actions are as dangerous as they are, read only where that is shown."""\n\n'
    notes += "# Written by scripts/build_risk.py from rules/risk.csv; change that, not this.\n\nTEXTS = {\n"
    notes += "".join(f"    {name!r}: {row!r},\n" for name, row in sorted(texts.items())) + "}\n"
    files = {MODULE: text, MODULE.with_name("risk_texts.py"): notes}
    stale = [path for path, wanted in files.items() if not path.is_file() or path.read_text("utf-8") != wanted]
    for path in stale:
        shown = path.relative_to(ROOT)
        if "--check" in sys.argv[1:]:
            print(f"{shown} is stale: run scripts/build_risk.py", file=sys.stderr)
        else:
            path.write_text(files[path], "utf-8")
            print(shown)
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
