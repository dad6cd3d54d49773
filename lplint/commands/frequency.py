"""`lplint frequency`: how common actions are by an organisation's own CloudTrail logs."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN, FAILURE
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from lplint.frequency.logs import Unreadable
    from lplint.frequency.usage import Usage
    from lplint.model.finding import Failure


def make_parser() -> argparse.ArgumentParser:
    """The arguments of frequency."""
    parser = arguments.parser(
        "frequency",
        "Make a table of how common actions are from CloudTrail's logs, for frequency-table in the configuration.",
        ("csv", "json"),
    )
    parser.set_defaults(format="csv")
    parser.add_argument(
        "logs",
        metavar="LOG",
        nargs="+",
        help="a file, or a folder of them: JSON with Records, JSON lines, .json.gz, a CSV of Athena or of the console",
    )
    return parser


def run(words: list[str]) -> int:
    """Runs the command and gives its exit code. Raises UsageError."""
    options = make_parser().parse_args(words)

    from lplint.aws.catalog import CatalogError
    from lplint.frequency import usage
    from lplint.reporters import frequency as listing

    counted = usage.Usage()
    failures: list[Failure] = []
    try:
        for path in options.logs:
            _count(path, counted, failures)
        failures.extend(_not_to_its_end(one) for one in counted.unread)
        if not counted.records:
            terminal.complain_all(failures)
            raise UsageError("these logs hold no record of CloudTrail, and a table of nothing would call all rare")
        table = counted.table()
    except CatalogError as error:
        raise UsageError(str(error)) from error
    terminal.show(listing.render_json(table, counted) if options.format == "json" else listing.render_csv(table))
    for sentence in listing.sentences(counted, usage.MONTH):
        terminal.complain(f"lplint: {sentence}")
    terminal.complain_all(failures)
    return FAILURE if failures else CLEAN


def _count(path: str, counted: Usage, failures: list[Failure]) -> None:
    from lplint.engine import cannot_be_read
    from lplint.frequency import logs

    try:
        for name in logs.files(path):
            try:
                for record in logs.records(name):
                    counted.add(record)
            except OSError as error:
                failures.append(cannot_be_read(name, error))
    except OSError as error:
        failures.append(cannot_be_read(path, error))


def _not_to_its_end(one: Unreadable) -> Failure:
    from lplint.model.finding import Failure

    return Failure(one.path, f"not read to its end: {one.reason}")
