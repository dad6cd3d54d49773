"""The files that Terraform's modules are made of."""

from __future__ import annotations

import os
from contextlib import suppress

from lplint.extract.module_files import in_order
from lplint.syntax import hcl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lplint.model.source import Source

_MOST_KEPT = 300  # trees of files


class Files:
    """The files that modules are made of, read once, and none outside the root."""

    def __init__(self, root: str, read: Callable[[str], Source | None], unsaved: Sequence[Source] = ()) -> None:
        self._root = os.path.realpath(root)
        self._read = read
        self._unsaved = {os.path.normpath(source.path) for source in unsaved}
        self._sources: dict[str, Source | None] = {os.path.normpath(source.path): source for source in unsaved}
        self._parsed: dict[str, hcl.ParsedHcl] = {}
        self._folders: dict[str, str] = {}  # their real paths

    def know(self, source: Source) -> None:
        """Takes a file of a module that was read already."""
        self._sources.setdefault(os.path.normpath(source.path), source)

    def source(self, path: str) -> Source | None:
        """The text of a file; None if it is missing, no text, or outside the root, also by way of links."""
        path = os.path.normpath(path)
        if path not in self._sources:
            real = self._real(path)
            inside = real == self._root or real.startswith(self._root.rstrip(os.sep) + os.sep)
            self._sources[path] = self._read(path) if inside and os.path.isfile(real) else None
        return self._sources[path]

    def _real(self, path: str) -> str:
        """Where a file is when all links are followed; those of its folder once for all of the folder's files."""
        if os.path.islink(path):
            return os.path.realpath(path)
        folder, name = os.path.split(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def names(self, directory: str) -> list[str]:
        """The files of a directory that belong to a module, in the order in which they count."""
        here = os.path.normpath(directory)
        found = {os.path.basename(path) for path in self._unsaved if os.path.normpath(os.path.dirname(path)) == here}
        with suppress(OSError):  # what cannot be listed is told where it was asked for
            found.update(os.listdir(directory))
        return in_order(found)

    def parsed(self, path: str) -> hcl.ParsedHcl | None:
        """The tree of a file of a module."""
        path = os.path.normpath(path)
        if path not in self._parsed:
            source = self.source(path)
            if source is None:
                return None
            tree = self._parsed[path] = _parse(source)
            if len(self._parsed) > _MOST_KEPT:
                # A repository may have thousands; those that modules share come again soon.
                oldest = next(iter(self._parsed))
                del self._parsed[oldest]
                if oldest not in self._unsaved:
                    self._sources.pop(oldest, None)
            return tree
        return self._parsed[path]


def _parse(source: Source) -> hcl.ParsedHcl:
    if not source.path.lower().endswith(".json"):
        return hcl.parse(source)
    from lplint.syntax import hcl_json

    return hcl_json.parse(source)
