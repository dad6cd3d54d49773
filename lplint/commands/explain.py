"""`lplint explain`: everything about one rule, or which tier of access the policies of a file give."""

from __future__ import annotations

import os

from lplint import arguments, terminal
from lplint.arguments import CLEAN
from lplint.inputs import configuration
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def make_parser() -> argparse.ArgumentParser:
    """The arguments of explain."""
    parser = arguments.parser(
        "explain",
        "Say what a rule finds, why, and what to do; or which tier of access each policy of a file gives.",
        ("text", "json"),
    )
    parser.add_argument("rule", metavar="RULE", help="its id or its name; or a file or folder of policies")
    return parser


def run(words: list[str]) -> int:
    """Runs the command and gives its exit code. Raises UsageError."""
    options = make_parser().parse_args(words)

    from lplint import ruleset
    from lplint.reporters import rules as listing

    configuration()
    try:
        rule = ruleset.find(options.rule)
    except ruleset.SelectionError as error:
        if os.path.exists(options.rule):
            from lplint.commands import policies

            return policies.run(["--format", options.format, "--", options.rule])
        raise UsageError(str(error)) from error
    texts = ruleset.texts(rule)
    terminal.show(
        listing.explain_json(rule, texts)
        if options.format == "json"
        else listing.explain_text(rule, texts, terminal.width())
    )
    return CLEAN
