"""What people accept of what was found: by words in the files, by entries of configurations, by a baseline."""

from __future__ import annotations

import os

from lplint import ruleset
from lplint.config_file import shown
from lplint.encoding import decode
from lplint.model.finding import Failure
from lplint.units import OUR_MISTAKE, crash, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lplint.baseline import Baseline
    from lplint.config import Config
    from lplint.model.finding import Finding, Known
    from lplint.model.rule import Rule
    from lplint.outcome import Outcome
    from lplint.units import Input


def suppress_in_files(
    findings: Sequence[Finding],
    paths: Sequence[str],
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    outcome: Outcome,
) -> list[Finding]:
    """Marks the findings that a suppression in one of some files accepts; gives what is wrong with the suppressions."""
    from lplint import suppress

    asked = {one.path: one for one in inputs}
    sources = {finding.span.source.path: finding.span.source for finding in findings}
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.span.source.path, []).append(finding)
    made: list[Finding] = []
    for path in paths:
        one = asked.get(path)
        if one is None:
            continue
        source = sources.get(path) or (decode(path, one.data)[0] if one.data is not None else text_of(path))
        try:
            if source is not None:
                rules = rules_for(one)
                made += suppress.apply(
                    source, by_path.get(path, []), rules, one.config.require_reason, one.config.honor_foreign_ignores
                )
        except Exception as error:  # noqa: BLE001  the boundary: nothing is accepted that could not be read
            outcome.failures.append(Failure(path, OUR_MISTAKE + crash(error)))
    return made


def suppress_by_configuration(
    findings: Sequence[Finding],
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    complete: Callable[[str], bool],
    outcome: Outcome,
) -> list[Finding]:
    """Marks the findings that entries of configurations accept; gives what is wrong with these, in their own files."""
    holding: dict[int, Config] = {}
    files: dict[int, list[Input]] = {}
    for one in inputs:
        config: Config | None = one.config
        while config is not None:
            if config.ignores:
                holding[id(config)] = config
                files.setdefault(id(config), []).append(one)
            config = config.parent
    if not holding:
        return []
    from lplint import suppress
    from lplint.suppress import configured

    made: list[Finding] = []
    for key, config in holding.items():
        source = text_of(shown(config.path)) if config.path is not None else None
        if source is None:  # it is gone since it was read
            continue
        paths = {one.path for one in files[key]}
        rules = {rule.id: rule for one in files[key] for rule in rules_for(one)}
        of_them = [finding for finding in findings if finding.span.source.path in paths and finding.reason is None]
        try:
            entries = configured.read(source, config)
            judged = configured.judged(entries, config, complete(config.root), paths)
            made += suppress.apply_to_all(entries, of_them, judged, [*rules.values()], config.require_reason)
        except Exception as error:  # noqa: BLE001  the boundary: nothing is accepted that could not be read
            outcome.failures.append(Failure(source.path, OUR_MISTAKE + crash(error)))
    return made


def gone_from(
    baseline: Baseline,
    waiting: Sequence[Known],
    inputs: Sequence[Input],
    ran: Collection[str],
    complete: Callable[[str], bool],
) -> list[Known]:
    """Of what the baseline knows and nobody found, that which would have been found: its file was read, or is gone."""
    if not waiting:
        return []
    read = {os.path.realpath(one.path) for one in inputs}
    whole = complete(os.path.dirname(os.path.realpath(baseline.path)))
    made = []
    for known in waiting:
        path = os.path.realpath(baseline.file_of(known))
        if path in read:
            if known.rule in ran or known.rule not in {rule.id for rule in ruleset.every()}:
                made.append(known)
        elif whole and not os.path.exists(path):
            made.append(known)
    return made
