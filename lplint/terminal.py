"""What is written to the terminal, or to whoever stands in its place: text, progress, and one sentence of complaint."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from lplint.model.finding import Failure

PROGRESS_AFTER = 1.0  # seconds; shorter runs need no word


class UsageError(Exception):
    """A wrong call; the message is one sentence."""


class Progress:
    """A line on the terminal that says how far a long run is, and goes when it ends."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._shown = False
        self._next = 0.0
        self._wanted = total > 1 and sys.stderr is not None and sys.stderr.isatty()
        if self._wanted:
            from time import monotonic

            self._now = monotonic
            self._next = monotonic() + PROGRESS_AFTER

    def __call__(self, done: int) -> None:
        if self._wanted and self._now() >= self._next:
            self._next = self._now() + 0.1
            self._shown = True
            print(f"\r{done} of {self._total} files", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def color(wanted: str) -> bool:
    """Whether to colour. Sources: no-color.org and force-color.org, which count a variable that is not empty."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


# What terminals that make links of OSC 8 set. Source: "Hyperlinks in terminal emulators", list of terminals.
_WITH_LINKS = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM", "GHOSTTY_RESOURCES_DIR")
_PROGRAMS_WITH_LINKS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "mintty")
_TERMS_WITH_LINKS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm", "contour")


def links() -> bool:
    """Whether the terminal makes links. FORCE_HYPERLINK decides where it is set, as it does for other tools."""
    forced = os.environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in ("", "0")
    if sys.stdout is None or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb" or os.environ.get("CI"):
        return False
    if any(os.environ.get(name) for name in _WITH_LINKS) or os.environ.get("TERM") in _TERMS_WITH_LINKS:
        return True
    vte = os.environ.get("VTE_VERSION", "")
    return os.environ.get("TERM_PROGRAM") in _PROGRAMS_WITH_LINKS or (vte.isdecimal() and int(vte) >= 5000)


def width() -> int:
    """The columns of the terminal; 100 where there is none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) < 10 and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except (OSError, ValueError, AttributeError):
        return 100


def show(text: str) -> None:
    """Writes to standard output; what its encoding lacks is written as an escape."""
    if sys.stdout is None:
        raise UsageError("standard output is closed")
    _tolerant(sys.stdout)
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        _abandon(sys.stdout)
    except OSError as error:
        _abandon(sys.stdout)
        raise UsageError(_unwritable(error)) from error


def flush(code: int, failure: int) -> int:
    """Makes sure that everything was written: a full disk is a failure, a reader that went away (`| head`) is none."""
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon(sys.stdout)
    except OSError as error:
        _abandon(sys.stdout)
        complain(f"lplint: {_unwritable(error)}")
        return failure
    return code


def _unwritable(error: OSError) -> str:
    return f"standard output cannot be written ({error.strerror})"


def _abandon(stream: TextIO) -> None:
    # Python flushes its streams once more when it ends, and would complain then, or end with a code of its own.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(sentence: str) -> None:
    if sys.stderr is not None:
        from lplint.reporters.safe import visible

        _tolerant(sys.stderr)
        try:
            print(visible(sentence), file=sys.stderr)
        except OSError:  # nobody can be told; the exit code is what is left
            _abandon(sys.stderr)


def _tolerant(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def complain_all(failures: Sequence[Failure]) -> None:
    for failure in failures:
        complain(f"lplint: {failure.path}: {failure.message}")


def write(file: str, text: str) -> None:
    """Writes a file. Raises UsageError."""
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror})") from error
