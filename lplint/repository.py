"""Paths as they are called from the root of the repository that lplint runs in."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def in_repository() -> Callable[[str], str]:
    """How a path is called from the root of the repository that lplint runs in, or from here if that is none; a file
    elsewhere keeps its absolute path."""
    here = os.getcwd()
    root = here
    while not os.path.exists(os.path.join(root, ".git")):
        parent = os.path.dirname(root)
        if parent == root:
            root = here
            break
        root = parent

    def called(path: str) -> str:
        full = os.path.normpath(os.path.join(here, path))
        relative = os.path.relpath(full, root)
        return (full if relative.startswith("..") else relative).replace(os.sep, "/")

    return called
