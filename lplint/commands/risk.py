"""`lplint risk`: how dangerous and how common actions are."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN
from lplint.inputs import configuration
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse


def make_parser() -> argparse.ArgumentParser:
    """The arguments of risk."""
    parser = arguments.parser("risk", "Say how dangerous and how common actions are.", ("text", "csv", "json"))
    parser.add_argument("actions", metavar="ACTION", nargs="*", help="an action or a pattern: iam:PassRole, 's3:Get*'")
    parser.add_argument("--table", action="store_true", help="every action of the table of risks")
    return parser


def run(words: list[str]) -> int:
    """Runs the command and gives its exit code. Raises UsageError."""
    options = make_parser().parse_args(words)
    if options.table == bool(options.actions):
        raise UsageError("name actions, or ask for the whole --table")

    from lplint.access.actions import actions_matching
    from lplint.aws.catalog import CatalogError
    from lplint.reporters import risk as listing
    from lplint.risk import current, table

    current.use(configuration().risk_rows or current.NONE)
    try:
        found = list(table.listed()) if options.table else []
        for pattern in options.actions:
            actions = actions_matching(pattern)
            if not actions:
                raise UsageError(f"AWS has no action {pattern}; one is written service:Name")
            found.extend(actions)
    except CatalogError as error:
        raise UsageError(str(error)) from error
    ratings = [table.rating(action) for action in dict.fromkeys(found)]
    if options.format == "json":
        terminal.show(listing.render_json(ratings, table.evidence))
    elif options.format == "csv":
        terminal.show(listing.render_csv(ratings, table.evidence))
    else:
        terminal.show(listing.render_text(ratings, table.evidence, table.categories()))
    return CLEAN
