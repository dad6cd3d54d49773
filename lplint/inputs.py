"""What a run reads: the files behind its paths, each with the configuration that holds for it."""

from __future__ import annotations

import os
import sys

from lplint.arguments import STDIN
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from lplint.config import Config
    from lplint.engine import Input
    from lplint.model.finding import Failure


def configuration() -> Config:
    """The configuration that holds where lplint runs; its rules and tables are known from then on."""
    from lplint import config
    from lplint.aws.catalog import CatalogError

    config.forget()
    try:
        return config.find(".")
    except (config.ConfigError, CatalogError) as error:
        raise UsageError(str(error)) from error
    except OSError:  # the current folder is gone
        return config.Config()


def inputs_of(options: argparse.Namespace) -> tuple[Config, list[Input], list[Failure]]:
    """The configuration that holds where lplint runs, and what is to be read. Raises UsageError."""
    from lplint import config
    from lplint.discover import discover
    from lplint.engine import Input, cannot_be_read
    from lplint.extract import EXTENSIONS

    config.forget()
    try:
        folder = os.getcwd()
    except OSError as error:
        raise UsageError(f"the folder that lplint runs in cannot be found ({error.strerror})") from error
    try:
        here = config.load(options.config) if options.config else config.find(folder)
        by_folder: dict[str, Config] = {}  # as the folder is written; where it leads takes a while to tell

        def config_for(folder: str) -> Config:
            if folder not in by_folder:
                by_folder[folder] = here if options.config else config.find(folder)
            return by_folder[folder]

        paths = [path for path in options.paths if path != STDIN]
        found = []
        failures: list[Failure] = []
        if paths:
            candidates, failures = discover(paths, config_for, EXTENSIONS)
            found = [Input(one.path, config_for(os.path.dirname(one.path) or ".")) for one in candidates]
        if STDIN in options.paths:
            if sys.stdin is None:
                raise UsageError("there is no standard input to read")
            name = options.stdin_filename
            holding = config_for(os.path.dirname(name) or ".")
            try:
                found.append(Input(name, holding, sys.stdin.buffer.read()))
            except OSError as error:
                failures.append(cannot_be_read(name, error))
    except config.ConfigError as error:
        raise UsageError(str(error)) from error
    return here, found, failures


def completeness(paths: Sequence[str]) -> Callable[[str], bool]:
    """Says of a folder whether a run over some paths reads all that is in it."""
    folders = [os.path.join(os.path.realpath(path), "") for path in paths if path != STDIN and os.path.isdir(path)]

    def complete(folder: str) -> bool:
        return any(os.path.join(os.path.realpath(folder), "").startswith(one) for one in folders)

    return complete
