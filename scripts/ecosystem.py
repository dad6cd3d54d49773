"""Counts the findings of each rule over a folder of real repositories, for docs/ecosystem.md, and draws some of them
to be read.

usage: ecosystem.py FOLDER [--write]      --write puts the table into docs/ecosystem.md, what stands behind it stays
       ecosystem.py FOLDER --draw         prints twenty findings of each of the ten loudest rules, always the same ones
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

from lplint import config, ruleset
from lplint.discover import discover
from lplint.engine import Input, lint
from lplint.extract import EXTENSIONS
from lplint.model.finding import Finding, Report
from lplint.model.rule import Severity

PAGE = Path(__file__).resolve().parents[1] / "docs" / "ecosystem.md"
HEAD = """\
# What lplint says of real repositories

Written by `scripts/ecosystem.py`, over public repositories as they are: modules and templates that many use, the code
of companies and of public bodies, and some that are vulnerable on purpose. The counts say how loud a rule is, not how
right.

"""


# What was read by hand stands behind this heading, and is kept when the table is written anew.
READ = "\n## How many are right"
SEED, LOUDEST, DRAWN = 20261125, 10, 20


def read(folder: str) -> tuple[Report, int]:
    """What lplint says of a folder, and of how many files."""
    os.chdir(folder)
    candidates, _ = discover(["."], lambda _: config.Config(), EXTENSIONS)
    inputs = [Input(one.path, config.Config()) for one in candidates]
    jobs = os.cpu_count() or 1
    return lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE, jobs=jobs), len(inputs)


def draw(report: Report) -> str:
    """Some findings of each of the loudest rules, drawn at random but always the same."""
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_rule[finding.rule.id].append(finding)
    out = []
    for rule in sorted(by_rule, key=lambda rule: (-len(by_rule[rule]), rule))[:LOUDEST]:
        found = sorted(by_rule[rule], key=Finding.sort_key)
        for finding in random.Random(SEED).sample(found, min(DRAWN, len(found))):
            line = finding.span.start_position().line
            out.append(f"{rule} {finding.span.source.path}:{line} {finding.span.text[:80]!r}\n    {finding.message}\n")
    return "".join(out)


def table(report: Report, files: int) -> str:
    counts = Counter(finding.rule.id for finding in report.findings)
    repositories: dict[str, set[str]] = defaultdict(set)
    for finding in report.findings:
        path = os.path.relpath(finding.span.source.path)
        repositories[finding.rule.id].add(path.split(os.sep)[0])
    total = f"{files} files, {report.policies} policies, {report.statements} statements"
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
    report, files = read(folders[0])
    if "--draw" in sys.argv[1:]:
        print(draw(report), end="")
    elif "--write" in sys.argv[1:]:
        _, heading, rest = PAGE.read_text("utf-8").partition(READ)
        PAGE.write_text(HEAD + table(report, files) + heading + rest, "utf-8")
    else:
        print(table(report, files), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
