"""The command line: arguments in, exit code out."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from lplint import __version__, terminal
from lplint.arguments import CLEAN, FAILURE, FINDINGS, path_parser
from lplint.inputs import inputs_of
from lplint.repository import in_repository
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lplint.engine import Input
    from lplint.model.finding import Report
    from lplint.model.rule import Rule

_COMMANDS = ("check", "policies", "rules", "explain", "risk")
_SEVERITIES = ("error", "warning", "note")
_FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "csv", "rdjson")
_MOST_JOBS = 64
_FILES_PER_JOB = 150  # fewer are done before another process has started


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs lplint and gives its exit code."""
    # Nodes and policies hold no cycles, so nothing is lost; looking for some takes a third of the time of a long run.
    gc.disable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words.pop(0) if words and words[0] in _COMMANDS else "check"
    try:
        code = _run(command, words)
    except UsageError as error:
        terminal.complain(f"lplint: {error}")
        return FAILURE
    except SystemExit as stop:  # argparse's --help and --version
        code = stop.code if isinstance(stop.code, int) else FAILURE
    except KeyboardInterrupt:
        terminal.complain("lplint: interrupted")
        return 130
    return terminal.flush(code, FAILURE)


def _run(command: str, words: list[str]) -> int:
    if command == "check":
        return _check(words)
    from importlib import import_module

    code: int = import_module(f"lplint.commands.{command}").run(words)
    return code


def _check(words: list[str]) -> int:
    parser = path_parser("check", "Lint AWS IAM policies, wherever they hide.", _FORMATS)
    parser.set_defaults(format=None)
    parser.add_argument(
        "--output",
        metavar="FORM[=FILE]",
        action="append",
        default=[],
        help="write this form, to a file if one is named; may be given several times, each for another form",
    )
    parser.add_argument(
        "--select",
        metavar="RULES",
        action="append",
        default=[],
        help="run only these rules: ids, the beginning of ids, names or categories, with commas",
    )
    parser.add_argument("--ignore", metavar="RULES", action="append", default=[], help="leave these rules out")
    parser.add_argument(
        "--fail-on", choices=_SEVERITIES, help="the least severity that makes the exit code 1 (default: warning)"
    )
    parser.add_argument(
        "--min-severity",
        choices=_SEVERITIES,
        help="the least severity that is shown (default: warning); the others are counted",
    )
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether text is coloured (default: auto, which heeds NO_COLOR and FORCE_COLOR)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count,
        default=0,
        help="how many processes share the work (default: as many as help)",
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="count the findings by rule, and what could not be resolved by reason, in place of showing them",
    )
    parser.add_argument("--no-ignores", action="store_true", help="show what comments and metadata accept as well")
    parser.add_argument("--show-suppressed", action="store_true", help="list what they accept, with the reasons")
    options = parser.parse_args(words)

    from lplint import engine
    from lplint.aws.catalog import CatalogError
    from lplint.model.rule import SEVERITIES
    from lplint.ruleset import SelectionError

    outputs = _outputs(options)
    config, inputs, failures = inputs_of(options)
    select, ignore = _selectors(options.select), _selectors(options.ignore)
    chosen: dict[tuple[int, tuple[str, ...]], tuple[Rule, ...]] = {}

    def rules_for(one: Input) -> tuple[Rule, ...]:
        key = (id(one.config), one.config.ignores_for(one.path))
        if key not in chosen:
            chosen[key] = engine.rules_of(one.config, one.path, select, ignore)
        return chosen[key]

    progress = terminal.Progress(len(inputs))
    try:
        # Asked once before the first file, so that a mistake is told even where there is nothing to lint.
        engine.rules_of(config, "", select, ignore)
        report = engine.lint(
            inputs,
            rules_for,
            failures,
            SEVERITIES[options.min_severity or config.min_severity],
            progress,
            _jobs(options.jobs, inputs),
            not options.no_ignores,
        )
    except (SelectionError, CatalogError) as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()
    threshold = SEVERITIES[options.fail_on or config.fail_on]
    grave = any(finding.severity >= threshold for finding in report.findings)
    grave = grave or any(severity >= threshold for severity, count in report.hidden.items() if count)
    code = FAILURE if report.failures else FINDINGS if grave else CLEAN
    for form, file in outputs:
        rendered = _rendered(report, form, not file and terminal.color(options.color), code, options)
        if file:
            _write(file, rendered)
        else:
            terminal.show(rendered)
    if ("text", "") not in outputs:
        terminal.complain_all(report.failures)
    return code


def _rendered(report: Report, form: str, color: bool, code: int, options: argparse.Namespace) -> str:
    from lplint import ruleset

    if form == "text":
        from lplint.reporters import text

        if options.statistics:
            return text.render_statistics(report, color=color)
        return text.render(
            report, texts=ruleset.texts, color=color, width=terminal.width(), show_suppressed=options.show_suppressed
        )
    if form == "json":
        from lplint.reporters import json

        return json.render(report, version=__version__)
    if form == "sarif":
        from lplint.reporters import sarif

        return sarif.render(
            report, texts=ruleset.texts, version=__version__, in_repository=in_repository(), exit_code=code
        )
    return _rendered_for_others(report, form)


def _rendered_for_others(report: Report, form: str) -> str:
    """The forms that other programs have of their own."""
    from importlib import import_module

    reporter = import_module(f"lplint.reporters.{form}")
    if form in ("github", "gitlab", "rdjson"):
        return str(reporter.render(report, in_repository=in_repository()))
    return str(reporter.render(report))


def _outputs(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The forms to write, each with its file ("" for standard output)."""
    chosen = []
    for given in options.output:
        form, _, file = given.partition("=")
        if form not in _FORMATS:
            raise UsageError(f"there is no output {form}; choose from {', '.join(_FORMATS)}")
        if "=" in given and not file:
            raise UsageError(f"--output {given} names no file")
        chosen.append((form, file))
    if options.format is not None or not chosen:
        chosen.append((options.format or "text", ""))
    if sum(not file for _, file in chosen) > 1:
        raise UsageError("only one output can go to standard output; write the others to files: --output FORM=FILE")
    return chosen


def _write(file: str, text: str) -> None:
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror})") from error


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999999")
    return int(text)


def _jobs(wanted: int, inputs: Sequence[Input]) -> int:
    """How many processes to use. Standard input can only be read here, and a short run ends before a second starts."""
    from lplint import parallel

    if not parallel.possible() or any(one.data is not None for one in inputs):
        return 1
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or min(cpus, 8, len(inputs) // _FILES_PER_JOB), len(inputs), _MOST_JOBS))


def _selectors(given: list[str]) -> tuple[str, ...]:
    return tuple(name for text in given for name in text.replace(",", " ").split())
