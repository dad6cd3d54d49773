"""Shares work out among processes."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    Chunk = TypeVar("Chunk")


def start(chunks: Sequence[Chunk], work: Callable[[Chunk], bytes]) -> list[Callable[[], bytes | None]]:
    """Begins the work on each chunk in a process of its own. Each function given back waits for one of them and gives
    what it made; None if it broke down, so that the caller does that chunk itself and meets what went wrong.

    The processes are forks: they share what this one has read, and nothing needs to be sent to them.
    """
    return [_start(chunk, work) for chunk in chunks]


def possible() -> bool:
    """Whether this system can do it: Windows cannot fork."""
    return hasattr(os, "fork")


def _nothing() -> None:
    return None


def _start(chunk: Chunk, work: Callable[[Chunk], bytes]) -> Callable[[], bytes | None]:
    try:
        reader, writer = os.pipe()
    except OSError:  # no more open files: there is nobody to do it but the caller
        return _nothing
    try:
        process = os.fork()
    except OSError:  # no more processes
        os.close(reader)
        os.close(writer)
        return _nothing
    if process == 0:
        code = 1
        try:
            os.close(reader)
            made = work(chunk)
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(made)
            code = 0
        finally:
            # Not sys.exit: what the parent has in its buffers is the parent's to write.
            os._exit(code)
    os.close(writer)

    def finish() -> bytes | None:
        with os.fdopen(reader, "rb") as pipe:
            made = pipe.read()
        _, status = os.waitpid(process, 0)
        return made if os.waitstatus_to_exitcode(status) == 0 else None

    return finish
