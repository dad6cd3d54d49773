"""`lplint explain`: everything about one rule."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN
from lplint.inputs import configuration
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def make_parser() -> argparse.ArgumentParser:
    """The arguments of explain."""
    parser = arguments.parser("explain", "Say what a rule finds, why, and what to do.", ("text", "json"))
    parser.add_argument("rule", metavar="RULE", help="its id or its name")
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
        raise UsageError(str(error)) from error
    texts = ruleset.texts(rule)
    terminal.show(
        listing.explain_json(rule, texts)
        if options.format == "json"
        else listing.explain_text(rule, texts, terminal.width())
    )
    return CLEAN
