"""Fixes the files of a run: which of them change, how, and writes them."""

from __future__ import annotations

import os
from codecs import BOM_UTF8

from lplint import engine
from lplint.engine import Input
from lplint.fixes import apply
from lplint.model.finding import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lplint.model.finding import Finding, Report
    from lplint.model.policy import Policy
    from lplint.model.rule import Rule

NOT_UTF8 = "its file is not in UTF-8"


class Fixing:
    """What would change: by path the text as it is and as it would be; how many findings that fixes, what is not fixed
    and why, and what could not be done."""

    __slots__ = ("applied", "changed", "failures", "refused")

    def __init__(self) -> None:
        self.changed: dict[str, tuple[str, str]] = {}
        self.applied: list[Finding] = []
        self.refused: list[tuple[Finding, str]] = []
        self.failures: list[Failure] = []


def fix(
    report: Report,
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    *,
    unsafe: bool,
    ignores: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Fixing:
    """Works out the fixes of the findings of a report, also of those too slight to be shown. Files are read again, and
    none is written. `unsafe` takes those that change access too. What the report tells as accepted stays."""
    # By its words, since places move.
    accepted = {(one.rule.id, os.path.normpath(one.span.source.path), one.message) for one in report.suppressed}

    def wanted(finding: Finding) -> bool:
        if finding.fix is None or not (unsafe or finding.fix.safe):
            return False
        return (finding.rule.id, os.path.normpath(finding.span.source.path), finding.message) not in accepted

    outcome = Fixing()
    fixable = {os.path.normpath(one.span.source.path) for one in (*report.findings, *report.unshown) if wanted(one)}
    paths = {os.path.normpath(one.path): one for one in inputs}
    done = 0
    for unit in engine.units(inputs):
        done += len(unit)
        if not any(os.path.normpath(one.path) in fixable for one in unit):
            continue
        if progress is not None:
            progress(done)
        _fix_together(unit, paths, rules_for, ignores, wanted, outcome)
    return outcome


def _fix_together(
    unit: Sequence[Input],
    paths: Mapping[str, Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    ignores: bool,
    wanted: Callable[[Finding], bool],
    outcome: Fixing,
) -> None:
    texts: dict[str, str] = {}
    asked = {one.path: one for one in unit}
    others: list[Input] = []  # read along, and not to be written
    for one in unit:
        try:
            data = one.data if one.data is not None else _read(one.path)
        except OSError as error:
            outcome.failures.append(engine.cannot_be_read(one.path, error))
            continue
        source, _ = engine.decode(one.path, data)
        if _bytes(source.text, data) == data:
            texts[one.path] = source.text
        else:
            others.append(Input(one.path, one.config, data))

    def look(texts: Mapping[str, str]) -> tuple[list[Finding], list[Policy], list[Failure]]:
        together = [Input(path, asked[path].config, text.encode()) for path, text in texts.items()]
        return engine.lint_together([*together, *others], paths, rules_for, ignores)

    mended = apply.mend(texts, look, wanted)
    outcome.applied += mended.applied
    outcome.refused += [
        (finding, NOT_UTF8 if why == apply.ELSEWHERE and finding.span.source.path in asked else why)
        for finding, why in mended.refused
    ]
    for path, text in mended.texts.items():
        if text != texts[path]:
            outcome.changed[path] = (texts[path], text)


def write(fixing: Fixing) -> None:
    """Writes the files that change. What cannot be written, or has changed meanwhile, is among the failures."""
    for path, (old, new) in fixing.changed.items():
        try:
            data = _read(path)
            if _bytes(old, data) != data:
                fixing.failures.append(Failure(path, "changed meanwhile; it was not fixed, run lplint again"))
                continue
            _replace(os.path.realpath(path), _bytes(new, data))
        except OSError as error:
            fixing.failures.append(Failure(path, f"cannot be written ({error.strerror or error}); it was not fixed"))


def _bytes(text: str, like: bytes) -> bytes:
    """The bytes of a text in UTF-8, with a byte order mark if other bytes have one."""
    return (BOM_UTF8 if like.startswith(BOM_UTF8) else b"") + text.encode("utf-8", "replace")


def _replace(path: str, data: bytes) -> None:
    """Puts other bytes into a file: all of them, or none where the disk is full."""
    import shutil
    import tempfile

    handle, made = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".lplint-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        shutil.copymode(path, made)
        os.replace(made, path)
    except OSError:
        os.unlink(made)
        raise


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def diff(fixing: Fixing) -> str:
    """The changes as a unified diff."""
    import difflib

    out: list[str] = []
    for path, (old, new) in sorted(fixing.changed.items()):
        lines = difflib.unified_diff(_lines(old), _lines(new), path, path)
        for line in lines:
            out.append(line)
            if not line.endswith("\n"):
                out.append("\n\\ No newline at end of file\n")
    return "".join(out)


def _lines(text: str) -> list[str]:
    """The lines of a text with their line feeds, as diff takes them."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
