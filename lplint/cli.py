"""The command line: arguments in, exit code out."""

from __future__ import annotations

import gc
import sys

from lplint import terminal
from lplint.arguments import COMMANDS, FAILURE
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs lplint and gives its exit code."""
    # Nodes and policies hold no cycles, so nothing is lost; looking for some takes a third of the time of a long run.
    gc.disable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words.pop(0) if words and words[0] in COMMANDS else "check"
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
    # Python looks for cycles once more when it ends, in all that there is, and would find none.
    gc.freeze()
    return terminal.flush(code, FAILURE)


def _run(command: str, words: list[str]) -> int:
    if command == "check":
        from lplint.commands import check

        return check.run(words)
    from importlib import import_module

    code: int = import_module(f"lplint.commands.{command}").run(words)
    return code
