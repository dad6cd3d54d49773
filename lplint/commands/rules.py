"""`lplint rules`: the list of rules."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN
from lplint.inputs import configuration


def run(words: list[str]) -> int:
    parser = arguments.parser("rules", "List the rules.", ("text", "json"))
    options = parser.parse_args(words)

    from lplint import ruleset
    from lplint.reporters import rules as listing

    configuration()
    terminal.show((listing.list_json if options.format == "json" else listing.list_text)(ruleset.every()))
    return CLEAN
