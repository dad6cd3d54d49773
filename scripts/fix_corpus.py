"""Fixes a copy of a folder of real policies, and says how many findings are fixable, fixed and refused, and why.

usage: fix_corpus.py FOLDER [--unsafe] [--reasons]      exit 1 if a second run would fix anything more

What is not fixed is told with the reason. Nothing in FOLDER changes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from lplint import config, fixing, ruleset
from lplint.discover import discover
from lplint.engine import Input, lint
from lplint.extract import EXTENSIONS
from lplint.model.rule import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Report


def _inputs(folder: Path) -> list[Input]:
    candidates, _ = discover([str(folder)], lambda _: config.Config(), EXTENSIONS)
    return [Input(one.path, config.Config()) for one in candidates]


def _lint(inputs: list[Input]) -> Report:
    return lint(inputs, lambda _: ruleset.rules(), min_severity=Severity.NOTE, jobs=2)


def main() -> int:
    folders = [word for word in sys.argv[1:] if not word.startswith("-")]
    if len(folders) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    unsafe = "--unsafe" in sys.argv
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        shutil.copytree(folders[0], copy, symlinks=True)
        inputs = _inputs(copy)
        before = _lint(inputs)
        safe, risky = before.fixable()
        refused = Counter(finding.refusal for finding in before.findings if finding.refusal)
        print(f"{len(before.findings)} findings; {safe} with a safe fix, {risky} with an unsafe one")
        for reason, count in refused.most_common():
            print(f"{count:>7}  no fix: {reason}")
        made = fixing.fix(before, inputs, lambda _: ruleset.rules(), unsafe=unsafe)
        print(f"{len(made.applied)} fixed in {len(made.changed)} files; {len(made.refused)} not kept")
        for reason, count in Counter(why for _, why in made.refused).most_common():
            print(f"{count:>7}  not kept: {reason}")
        fixed = Counter(finding.rule.id for finding in made.applied)
        kept = Counter(finding.rule.id for finding, _ in made.refused)
        for rule in sorted(fixed | kept):
            print(f"{rule:>8}  {fixed[rule]:>5} fixed  {kept[rule]:>4} not kept")
        if "--reasons" in sys.argv:
            for finding, why in made.refused:
                place = finding.span.start_position()
                path = Path(finding.span.source.path).relative_to(copy)
                print(f"{path}:{place.line}: {finding.rule.id} {why}: {finding.fix.words if finding.fix else ''}")
            print(fixing.diff(made).replace(str(copy), ""))
        fixing.write(made)
        after = _lint(inputs)
        new = Counter(_keys(after)) - Counter(_keys(before))
        again = fixing.fix(after, inputs, lambda _: ruleset.rules(), unsafe=unsafe)
        print(
            f"{len(after.findings)} findings afterwards, {sum(new.values())} of them worded as none before; "
            f"{len(after.failures) - len(before.failures)} failures more; a second run fixes {len(again.applied)}"
        )
        for (where, rule, message), count in sorted(new.items())[:20]:
            print(f"{count:>7}  new: {Path(where).relative_to(copy)} {rule} {message}")
    return 1 if again.applied or len(after.failures) > len(before.failures) else 0


def _keys(report: Report) -> list[tuple[str, str, str]]:
    return [(finding.span.source.path, finding.rule.id, finding.message) for finding in report.findings]


if __name__ == "__main__":
    sys.exit(main())
