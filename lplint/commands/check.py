"""`lplint check`, which is what runs if no command is named: what is wrong with the policies of some files."""

from __future__ import annotations

from lplint import __version__, terminal
from lplint.arguments import CLEAN, FAILURE, FINDINGS, STDIN, color_argument, path_parser, rule_arguments
from lplint.inputs import inputs_of
from lplint.run import baseline_of, fixes_of, jobs_of, linted
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from lplint.model.finding import Failure, Report

_SEVERITIES = ("error", "warning", "note")
_FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "csv", "rdjson")


def make_parser() -> argparse.ArgumentParser:
    """The arguments of check."""
    parser = path_parser("check", "Lint AWS IAM policies, wherever they hide.", _FORMATS)
    parser.set_defaults(format=None)
    parser.add_argument(
        "--output",
        metavar="FORM[=FILE]",
        action="append",
        default=[],
        help="write this form, to a file if one is named; may be given several times, each for another form",
    )
    rule_arguments(parser)
    parser.add_argument(
        "--fail-on", choices=_SEVERITIES, help="the least severity that makes the exit code 1 (default: warning)"
    )
    parser.add_argument(
        "--min-severity",
        choices=_SEVERITIES,
        help="the least severity that is shown (default: warning); the others are counted",
    )
    color_argument(parser)
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="count the findings by rule, and what could not be resolved by reason, in place of showing them",
    )
    parser.add_argument("--baseline", metavar="FILE", help="leave out the findings that this file knows")
    parser.add_argument(
        "--no-ignores", action="store_true", help="show what comments, the configuration and the baseline accept"
    )
    parser.add_argument("--show-suppressed", action="store_true", help="list what they accept, with the reasons")
    parser.add_argument("--add-ignores", metavar="REASON", help="accept what is found, for this reason, in the files")
    parser.add_argument("--fix", action="store_true", help="mend what can be mended without a change of access")
    parser.add_argument("--unsafe-fixes", action="store_true", help="mend also what changes access: read the result")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change, and write nothing")
    parser.add_argument("--watch", action="store_true", help="lint again whenever a file changes, until interrupted")
    return parser


def run(words: list[str]) -> int:
    """Lints, prints, and gives the exit code. Raises UsageError."""
    options = make_parser().parse_args(words)
    outputs = _outputs(options)
    if STDIN in options.paths and (options.fix or options.unsafe_fixes) and not options.diff:
        raise UsageError("standard input cannot be fixed; --diff shows what would change")
    if not options.watch:
        return _checked(options, outputs)
    from lplint.commands import watching

    return watching.watch(options, lambda: _checked(options, outputs))


def _checked(options: argparse.Namespace, outputs: Sequence[tuple[str, str]]) -> int:
    from lplint.model.rule import SEVERITIES

    config, inputs, failures = inputs_of(options)

    def lint() -> Report:
        return linted(
            options,
            config,
            inputs,
            failures,
            SEVERITIES[options.min_severity or config.min_severity],
            ignores=not options.no_ignores,
            baseline=baseline_of(options, config),
        )

    report = lint()
    if options.fix or options.unsafe_fixes or options.diff:
        from lplint import fixing

        made = fixes_of(options, inputs, report)
        if options.diff:
            return _show_diff(fixing.diff(made), [*report.failures, *made.failures], len(made.applied))
        fixing.write(made)
        failures += made.failures
        report = lint()
        report.fixed = len(made.applied)
    if options.add_ignores is not None:
        from lplint.commands import ignores

        return ignores.add(report, inputs, options.add_ignores)
    threshold = SEVERITIES[options.fail_on or config.fail_on]
    grave = any(finding.severity >= threshold for finding in report.findings)
    grave = grave or any(severity >= threshold for severity, count in report.hidden.items() if count)
    code = FAILURE if report.failures else FINDINGS if grave else CLEAN
    several = jobs_of(options, inputs) > 1
    for form, file in outputs:
        rendered = _rendered(report, form, not file and terminal.color(options.color), code, options, several)
        if file:
            terminal.write(file, rendered)
        else:
            terminal.show(rendered)
    if ("text", "") not in outputs:
        terminal.complain_all(report.failures)
    return code


def _show_diff(shown: str, failures: Sequence[Failure], fixed: int) -> int:
    """Prints what fixes would change, and gives the exit code."""
    from lplint.reporters.safe import visible

    # Tabs are the file's own; what else a terminal would not show as it is, is spelt out.
    terminal.show("".join("\t".join(map(visible, line.split("\t"))) + "\n" for line in shown.split("\n")[:-1]))
    terminal.complain(f"Would fix {fixed} finding{'s' * (fixed != 1)}." if fixed else "There is nothing to fix.")
    terminal.complain_all(failures)
    return FAILURE if failures else FINDINGS if shown else CLEAN


def _rendered(report: Report, form: str, color: bool, code: int, options: argparse.Namespace, several: bool) -> str:
    """A report in some form; `several` is whether other processes may help."""
    from lplint import ruleset

    if form == "text":
        from lplint import parallel
        from lplint.reporters import text

        if options.statistics:
            return text.render_statistics(report, color=color)
        return text.render(
            report,
            texts=ruleset.texts,
            color=color,
            width=terminal.width(),
            show_suppressed=options.show_suppressed,
            links=color and terminal.links(),
            beside=parallel.start if several else None,
        )
    if form == "json":
        from lplint.reporters import json

        return json.render(report, version=__version__)
    if form == "sarif":
        from lplint.reporters import sarif
        from lplint.repository import in_repository

        return sarif.render(
            report,
            texts=ruleset.texts,
            version=__version__,
            in_repository=in_repository(),
            exit_code=code,
            show_suppressed=options.show_suppressed,
        )
    return _rendered_for_others(report, form)


def _rendered_for_others(report: Report, form: str) -> str:
    """The forms that other programs have of their own."""
    from importlib import import_module

    reporter = import_module(f"lplint.reporters.{form}")
    if form in ("github", "gitlab", "rdjson"):
        from lplint.repository import in_repository

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
