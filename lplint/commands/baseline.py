"""`lplint baseline`: writes down what is known, or takes out what no longer occurs."""

from __future__ import annotations

import os

from lplint import terminal
from lplint.arguments import CLEAN, FAILURE, path_parser, rule_arguments
from lplint.inputs import inputs_of
from lplint.run import linted
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def make_parser() -> argparse.ArgumentParser:
    """The arguments of baseline."""
    parser = path_parser(
        "baseline", "Write down the findings of today, which later runs with --baseline leave out.", ("text",)
    )
    rule_arguments(parser)
    parser.add_argument("--baseline", metavar="FILE", help="the file (default: that of the configuration, or here)")
    parser.add_argument("--update", action="store_true", help="take out what no longer occurs, and add nothing")
    return parser


def run(words: list[str]) -> int:
    """Writes the baseline and gives the exit code. Raises UsageError."""
    options = make_parser().parse_args(words)

    from lplint import baseline
    from lplint.config import shown
    from lplint.model.rule import Severity

    config, inputs, failures = inputs_of(options)
    path = options.baseline or shown(config.baseline or baseline.NAME)
    if baseline.is_other(path):
        raise UsageError(f"{path} is there, and is no baseline of lplint; name another file, or move it away")
    try:
        old = baseline.load(path) if options.update or os.path.exists(path) else baseline.Baseline(path, ())
    except baseline.BaselineError as error:
        if options.update:
            raise UsageError(str(error)) from error
        old = baseline.Baseline(path, ())
    report = linted(options, config, inputs, failures, Severity.NOTE, baseline=old)
    terminal.complain_all(report.failures)
    if report.failures:
        terminal.complain(f"lplint: {path} is left as it was, since not everything could be checked")
        return FAILURE
    gone, new = len(report.gone), 0 if options.update else len(report.findings)
    # What is known of files that this run did not read stays.
    made = old.without(report.gone)
    if not options.update:
        made = made.joined(report.findings, report.suppressed)
    terminal.write(path, made.render())
    terminal.show(f"{path}: {len(made.entries)} known, of which {new} new; {gone} {_occur(gone)} taken out.\n")
    return CLEAN


def _occur(count: int) -> str:
    return "that no longer occurs is" if count == 1 else "that no longer occur are"
