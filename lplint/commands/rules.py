"""`lplint rules`: the list of rules."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN
from lplint.inputs import configuration

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def make_parser() -> argparse.ArgumentParser:
    """The arguments of rules."""
    return arguments.parser("rules", "List the rules.", ("text", "json"))


def run(words: list[str]) -> int:
    """Runs the command and gives its exit code. Raises UsageError."""
    options = make_parser().parse_args(words)

    from lplint import ruleset
    from lplint.reporters import rules as listing

    configuration()
    terminal.show((listing.list_json if options.format == "json" else listing.list_text)(ruleset.every()))
    return CLEAN
