"""`lplint --watch`: lints again whenever a file changes."""

from __future__ import annotations

import gc
import os
import time

from lplint import terminal
from lplint.arguments import FAILURE, STDIN
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from lplint.config import Config

# Seconds. To look for new files costs more than to look at known ones.
_BETWEEN_LOOKS = 0.5
_LOOKS_AT_KNOWN = 4


def watch(options: argparse.Namespace, check: Callable[[], int]) -> int:
    """Runs a check now and after each change of a file that it reads, or of a configuration; gives the last exit code
    when it is interrupted. Raises UsageError for standard input, which does not change."""
    if STDIN in options.paths:
        raise UsageError("--watch cannot watch standard input; name files or folders")
    code, told = FAILURE, ""
    try:
        while True:
            seen = _files(options)
            try:
                code = check()
            except UsageError as error:  # a configuration is being edited, perhaps
                code = FAILURE
                if str(error) != told:
                    terminal.complain(f"lplint: {error}")
                told = str(error)
            else:
                told = ""
                terminal.show(f"\nWatching {len(seen)} file{'s' * (len(seen) != 1)}; Ctrl+C ends.\n")
                terminal.flush(code, FAILURE)
            gc.collect()  # it is off while lplint runs, and this run may last for days
            _wait(options, seen)
    except KeyboardInterrupt:
        return code


def _wait(options: argparse.Namespace, seen: dict[str, tuple[int, int]]) -> None:
    """Returns when something is not as it was seen."""
    while True:
        for _ in range(_LOOKS_AT_KNOWN):
            time.sleep(_BETWEEN_LOOKS)
            if any(_state(path) != state for path, state in seen.items()):
                return
        if not seen or _files(options) != seen:
            return


def _files(options: argparse.Namespace) -> dict[str, tuple[int, int]]:
    """The files that a run reads, configurations among them, each with its state."""
    from lplint.inputs import inputs_of

    try:
        config, inputs, _ = inputs_of(options)
    except UsageError:
        # What is wrong is a configuration; the next look at the files finds whether it still is.
        return {}
    paths = {one.path for one in inputs}
    for one in {id(one): one for one in (config, *(one.config for one in inputs))}.values():
        holding: Config | None = one
        while holding is not None:
            paths.update(path for path in (holding.path, holding.baseline) if path is not None)
            holding = holding.parent
    return {path: _state(path) for path in sorted(paths)}


def _state(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
