"""Counts the findings of each rule over a folder of real repositories, for docs/ecosystem.md.

usage: ecosystem.py FOLDER [--write]      --write puts the table into docs/ecosystem.md
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

from lplint import config, ruleset
from lplint.discover import discover
from lplint.engine import Input, lint
from lplint.extract import EXTENSIONS
from lplint.model.rule import Severity

PAGE = Path(__file__).resolve().parents[1] / "docs" / "ecosystem.md"
HEAD = """\
# What lplint says of real repositories

Written by `scripts/ecosystem.py`, over public repositories as they are: modules and templates that many use, the code
of companies and of public bodies, and some that are vulnerable on purpose. The counts say how loud a rule is, not how
right.

"""


def table(folder: str) -> str:
    os.chdir(folder)
    candidates, _ = discover(["."], lambda _: config.Config(), EXTENSIONS)
    inputs = [Input(one.path, config.Config()) for one in candidates]
    report = lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE, jobs=os.cpu_count() or 1)
    counts = Counter(finding.rule.id for finding in report.findings)
    repositories: dict[str, set[str]] = defaultdict(set)
    for finding in report.findings:
        path = os.path.relpath(finding.span.source.path)
        repositories[finding.rule.id].add(path.split(os.sep)[0])
    total = f"{len(inputs)} files, {report.policies} policies, {report.statements} statements"
    lines = [
        f"{total}, {len(report.findings)} findings.\n\n",
        "| rule | name | severity | findings | for each 100 policies | repositories |\n|---|---|---|---|---|---|\n",
    ]
    for rule in sorted(ruleset.rules(), key=lambda rule: (-counts[rule.id], rule.id)):
        if counts[rule.id]:
            share = 100 * counts[rule.id] / report.policies
            lines.append(
                f"| {rule.id} | {rule.name} | {rule.severity.label} | {counts[rule.id]} | {share:.1f} "
                f"| {len(repositories[rule.id])} |\n"
            )
    return "".join(lines)


def main() -> int:
    folders = [word for word in sys.argv[1:] if not word.startswith("-")]
    if len(folders) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    made = table(folders[0])
    if "--write" in sys.argv[1:]:
        PAGE.write_text(HEAD + made, "utf-8")
    else:
        print(made, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
