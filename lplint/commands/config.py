"""`lplint config`: what holds for a path, and which file says so."""

from __future__ import annotations

import os

from lplint import arguments, terminal
from lplint.arguments import CLEAN
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from lplint.config import Config


def make_parser() -> argparse.ArgumentParser:
    """The arguments of config."""
    parser = arguments.parser(
        "config", "Say what holds for a file or folder, and which file says so.", ("text", "json")
    )
    parser.add_argument("path", metavar="PATH", nargs="?", default=".", help="a file or a folder (default: .)")
    parser.add_argument("--config", metavar="FILE", help="use this configuration, and no other")
    return parser


def run(words: list[str]) -> int:
    """Prints the configuration of a path and gives the exit code. Raises UsageError."""
    options = make_parser().parse_args(words)

    from lplint import config
    from lplint.aws.catalog import CatalogError
    from lplint.reporters import configuration as listing

    path = options.path
    if not os.path.exists(path):
        raise UsageError(f"{path} does not exist; name a file or a folder")
    config.forget()
    folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
    try:
        found = config.load(options.config) if options.config else config.find(folder)
    except (config.ConfigError, CatalogError) as error:
        raise UsageError(str(error)) from error
    keys = _keys(found)
    here = {} if os.path.isdir(path) else _here(found, path)
    files = [config.shown(one.path) for one in _chain(found) if one.path is not None]
    render = listing.render_json if options.format == "json" else listing.render_text
    terminal.show(render(path.replace(os.sep, "/"), files, keys, here))
    return CLEAN


def _chain(found: Config) -> list[Config]:
    """The configuration and those that it extends, the nearest first."""
    chain = [found]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    return chain


def _keys(found: Config) -> dict[str, list[tuple[Any, str]]]:
    """For each key what it says, with the file that says so; several times where what files say adds up."""
    from lplint import config, config_keys

    made: dict[str, list[tuple[Any, str]]] = {}
    for key in config_keys.KEYS:
        rows = made.setdefault(key, [])
        for one in _chain(found):
            written = one.written.get(key)
            if written is not None and one.path is not None:
                rows.append((written, config.shown(one.path)))
                if key not in config_keys.ADDED_UP:
                    break
        if not rows:
            rows.append((_default(key), "default"))
    return made


def _default(key: str) -> Any:
    from lplint.config import Config

    value = getattr(Config(), key.replace("-", "_"), None)
    return list(value) if isinstance(value, tuple) else value


def _here(found: Config, path: str) -> dict[str, Any]:
    """What the keys about paths say of one file."""
    kind = found.policy_type(path)
    return {
        "excluded": found.excludes(path),
        "per-path-ignores": list(found.ignores_for(path)),
        "policy-type": ":".join(part for part in kind if part) if kind is not None else None,
        "environment": found.environment(path),
        "persona": found.persona(path),
    }
