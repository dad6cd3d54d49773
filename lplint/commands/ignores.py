"""`lplint --add-ignores`: writes suppressions of what was found."""

from __future__ import annotations

import os

from lplint import terminal
from lplint.arguments import CLEAN, FAILURE, FINDINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.config import Config
    from lplint.engine import Input
    from lplint.model.finding import Finding, Report
    from lplint.suppress.writing import Entries


def add(report: Report, inputs: Sequence[Input], reason: str) -> int:
    """Writes a suppression of each finding of a report, in its file or in the configuration; gives the exit code."""
    from lplint.checks import READING
    from lplint.suppress import RULES, writing

    reason = " ".join(reason.split())
    asked = {os.path.normpath(one.path): one for one in inputs if one.data is None}
    by_path: dict[str, list[Finding]] = {}
    # What is not read, or is wrong with suppressions, is mended and not accepted.
    left = [finding for finding in report.findings if finding.rule.id in (*READING, *RULES)]
    for finding in report.findings:
        if finding.rule.id not in (*READING, *RULES):
            by_path.setdefault(finding.span.source.path, []).append(finding)
    entries: dict[str, tuple[Entries, list[Finding]]] = {}
    accepted: list[Finding] = []
    files: set[str] = set()
    for path, findings in by_path.items():
        one = asked.get(os.path.normpath(path))
        if one is None:
            left += findings
            continue
        source = findings[0].span.source
        written = writing.in_file(source, findings, reason)
        if written.accepted and _replaced(path, source.text, written.text, source.bom):
            accepted += written.accepted
            files.add(path)
        else:
            left += written.accepted
        # The file's own form has no place for the others: the configuration has.
        for finding in written.left:
            target = _configuration(one.config)
            own, of_target = entries.setdefault(target, (writing.Entries(target, reason), []))
            (of_target if own.add(finding) else left).append(finding)
    for target, (own, of_target) in entries.items():
        if of_target and _extended(target, own):
            accepted += of_target
            files.add(target)
        else:
            left += of_target
    for finding in sorted(left, key=lambda one: one.sort_key()):
        place = finding.span.start_position()
        where = f"{finding.span.source.path}:{place.line}:{place.column}"
        terminal.complain(f"lplint: {where}: {finding.rule.id} ({finding.rule.name}) is not accepted; mend it")
    count, places = len(accepted), len(files)
    terminal.show(
        f"{count} finding{'s' * (count != 1)} accepted in {places} file{'s' * (places != 1)}"
        + (f", {len(left)} left" if left else "")
        + ".\n"
    )
    if report.failures:
        terminal.complain_all(report.failures)
        return FAILURE
    return FINDINGS if left else CLEAN


def _configuration(config: Config) -> str:
    """The file that takes the entries: that of the configuration, or a new one here."""
    return config.path if config.path is not None else "lplint.toml"


def _extended(target: str, entries: Entries) -> bool:
    """Whether a configuration's file could be given some entries: not if TOML has another form for its `ignore`, in
    which they have no place."""
    import tomllib

    text = ""
    try:
        if os.path.exists(target):
            with open(target, encoding="utf-8-sig", newline="") as file:
                text = file.read()
        made = entries.added_to(text)
        tomllib.loads(made)
    except (OSError, ValueError):
        return False
    terminal.write(target, made)
    return True


def _replaced(path: str, old: str, new: str, bom: bool) -> bool:
    """Whether a file could be given its new text: not if it has changed meanwhile, or is not UTF-8."""
    mark = b"\xef\xbb\xbf" if bom else b""
    try:
        with open(path, "rb") as file:
            data = file.read()
        if data != mark + old.encode():
            return False
        with open(path, "wb") as file:
            file.write(mark + new.encode())
    except (OSError, UnicodeEncodeError):
        return False
    return True
