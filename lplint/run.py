"""One run of the linter, as the arguments and the configuration ask for it."""

from __future__ import annotations

import os

from lplint import terminal
from lplint.inputs import completeness
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from lplint.baseline import Baseline
    from lplint.config import Config
    from lplint.engine import Input
    from lplint.fixing import Fixing
    from lplint.model.finding import Failure, Report
    from lplint.model.rule import Rule, Severity

_MOST_JOBS = 64
_FILES_PER_JOB = 150  # fewer are done before another process has started


def linted(
    options: argparse.Namespace,
    config: Config,
    inputs: Sequence[Input],
    failures: Sequence[Failure],
    min_severity: Severity,
    *,
    ignores: bool = True,
    baseline: Baseline | None = None,
) -> Report:
    """The report over some inputs, with the rules that `options` and the configurations select. Raises UsageError."""
    from lplint import engine
    from lplint.aws.catalog import CatalogError
    from lplint.ruleset import SelectionError

    rules_for = _rules_for(options)
    progress = terminal.Progress(len(inputs))
    try:
        # Asked once before the first file, so that a mistake is told even where there is nothing to lint.
        engine.rules_of(config, "", *_selected(options))
        return engine.lint(
            inputs,
            rules_for,
            failures,
            min_severity,
            progress,
            jobs_of(options, inputs),
            ignores,
            baseline,
            completeness(options.paths),
        )
    except (SelectionError, CatalogError) as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()


def fixes_of(options: argparse.Namespace, inputs: Sequence[Input], report: Report) -> Fixing:
    """What fixing would make of the files of a report, as `options` ask for it. Raises UsageError."""
    from lplint import fixing
    from lplint.aws.catalog import CatalogError

    progress = terminal.Progress(len(inputs))
    try:
        return fixing.fix(
            report,
            inputs,
            _rules_for(options),
            unsafe=options.unsafe_fixes,
            ignores=not options.no_ignores,
            progress=progress,
        )
    except CatalogError as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()


def baseline_of(options: argparse.Namespace, config: Config) -> Baseline | None:
    """The baseline that the arguments or the configuration name, if they do. Raises UsageError."""
    path = options.baseline or config.baseline
    if path is None:
        return None
    from lplint import baseline

    try:
        return baseline.load(path)
    except baseline.BaselineError as error:
        raise UsageError(str(error)) from error


def _rules_for(options: argparse.Namespace) -> Callable[[Input], tuple[Rule, ...]]:
    from lplint import engine

    select, ignore = _selected(options)
    chosen: dict[tuple[int, tuple[str, ...]], tuple[Rule, ...]] = {}

    def rules_for(one: Input) -> tuple[Rule, ...]:
        key = (id(one.config), one.config.ignores_for(one.path))
        if key not in chosen:
            chosen[key] = engine.rules_of(one.config, one.path, select, ignore)
        return chosen[key]

    return rules_for


def _selected(options: argparse.Namespace) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _selectors(options.select), _selectors(options.ignore)


def _selectors(given: list[str]) -> tuple[str, ...]:
    return tuple(name for text in given for name in text.replace(",", " ").split())


def jobs_of(options: argparse.Namespace, inputs: Sequence[Input]) -> int:
    """How many processes to use. Standard input can only be read here, and a short run ends before a second starts."""
    from lplint import parallel

    if not parallel.possible() or any(one.data is not None for one in inputs):
        return 1
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(options.jobs or min(cpus, 8, len(inputs) // _FILES_PER_JOB), len(inputs), _MOST_JOBS))
