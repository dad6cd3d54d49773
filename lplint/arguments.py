"""The arguments that commands take, and what is said of wrong ones."""

from __future__ import annotations

import argparse

from lplint import __version__, terminal
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

COMMANDS = ("check", "policies", "rules", "explain", "risk", "frequency", "baseline", "config", "completion")
CLEAN, FINDINGS, FAILURE = 0, 1, 2
STDIN = "-"
EPILOG = """\
commands (check, if none is named):
  check [PATH...]     lint files and folders
  policies [PATH...]  list every policy found, its tier, and what in it could not be resolved
  baseline [PATH...]  write down the findings of today, which later runs leave out
  config [PATH]       say what holds for a path, and which file says so
  rules               list the rules
  explain RULE        say what a rule finds, why, and what to do
  risk ACTION...      say how dangerous and how common actions are; patterns too
  frequency LOG...    make a table of how common they are with you from CloudTrail's logs
  completion SHELL    print what makes bash, zsh or fish complete all of this

exit code: 0 nothing found, 1 findings at or above --fail-on, 2 a failure of lplint or a wrong call
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parser(command: str, description: str, formats: tuple[str, ...]) -> argparse.ArgumentParser:
    """The arguments that every command takes."""
    made = _Parser(
        prog="lplint" if command == "check" else f"lplint {command}",
        description=description,
        epilog=EPILOG if command == "check" else None,
        # Without a width the formatter, of which argparse makes one for each option, imports shutil to ask for it.
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=min(terminal.width(), 100)),
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"lplint {__version__}")
    made.add_argument("--format", choices=formats, default="text", help=f"what to print (default: {formats[0]})")
    return made


def path_parser(command: str, description: str, formats: tuple[str, ...]) -> argparse.ArgumentParser:
    """The arguments that every command takes which reads files."""
    made = parser(command, description, formats)
    made.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="a file or a folder (default: .); - is standard input"
    )
    made.add_argument(
        "--stdin-filename",
        metavar="NAME",
        default="<stdin>",
        help="what standard input is called in the output; its ending tells its format",
    )
    made.add_argument("--config", metavar="FILE", help="use this configuration, and no other")
    return made


def rule_arguments(made: argparse.ArgumentParser) -> None:
    """Adds the arguments that say which rules run, and how."""
    made.add_argument(
        "--select",
        metavar="RULES",
        action="append",
        default=[],
        help="run only these rules: ids, the beginning of ids, names or categories, with commas",
    )
    made.add_argument("--ignore", metavar="RULES", action="append", default=[], help="leave these rules out")
    made.add_argument(
        "--jobs",
        metavar="N",
        type=_count,
        default=0,
        help="how many processes share the work (default: as many as help)",
    )


def color_argument(made: argparse.ArgumentParser) -> None:
    """Adds the argument that says whether text is coloured."""
    made.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether text is coloured (default: auto, which heeds NO_COLOR and FORCE_COLOR)",
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999999")
    return int(text)
