"""The baseline: findings that a project knows of and has not yet mended, by fingerprint."""

from __future__ import annotations

import os
import stat

from lplint.fingerprint import VERSION, fingerprints
from lplint.model.finding import Known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lplint.model.finding import Finding

NAME = "lplint-baseline.json"
REASON = "known when the baseline was written"
ACCEPTED_BY = "baseline"
_MOST_BYTES = 64 * 1024 * 1024


class BaselineError(Exception):
    """A baseline that cannot be read; the message names the file, what is wrong and what to do."""


class Baseline:
    """The known findings of one file. `path` is where it stands; the paths in it are relative to its folder."""

    __slots__ = ("entries", "path")

    def __init__(self, path: str, entries: Sequence[Known]) -> None:
        self.path = path
        self.entries = entries

    def mark(self, findings: Sequence[Finding]) -> list[Known]:
        """Marks the findings that are known; gives the entries that none of them is."""
        waiting = {(one.rule, one.path, one.fingerprint): one for one in self.entries}
        prints = fingerprints(findings)
        for finding in findings:
            known = waiting.pop((finding.rule.id, self.path_of(finding), prints[finding]), None)
            if known is not None and finding.reason is None:
                finding.reason, finding.accepted_by = REASON, ACCEPTED_BY
        return list(waiting.values())

    def path_of(self, finding: Finding) -> str:
        """The path of a finding as the baseline writes it."""
        folder = os.path.dirname(os.path.realpath(self.path))
        given, name = os.path.split(finding.span.source.path)
        path = os.path.join(os.path.realpath(given or "."), name)
        return os.path.relpath(path, folder).replace(os.sep, "/")

    def file_of(self, known: Known) -> str:
        """The path of an entry's file in the file system."""
        return os.path.join(os.path.dirname(os.path.realpath(self.path)), known.path)

    def joined(self, new: Sequence[Finding], others: Sequence[Finding]) -> Baseline:
        """The same with new findings. `others` are all that are accepted already, here or elsewhere: fingerprints tell
        findings that are alike apart by their order among all of them."""
        prints = fingerprints([*new, *others])
        entries = {(one.rule, one.path, one.fingerprint): one for one in self.entries}
        for finding in new:
            key = (finding.rule.id, self.path_of(finding), prints[finding])
            entries[key] = Known(*key, finding.message)
        return Baseline(self.path, [*entries.values()])

    def without(self, gone: Iterable[Known]) -> Baseline:
        """The same without some entries."""
        left_out = {id(one) for one in gone}
        return Baseline(self.path, [one for one in self.entries if id(one) not in left_out])

    def render(self) -> str:
        """The file's text: one line for each entry, in one order, so that changes of it can be read."""
        import json

        rows = sorted((one.path, one.rule, one.fingerprint, one.message) for one in self.entries)
        lines = [
            "  "
            + json.dumps(
                {"path": _encodable(path), "rule": rule, "fingerprint": fingerprint, "message": _encodable(message)}
            )
            for path, rule, fingerprint, message in rows
        ]
        listed = ",\n".join(lines)
        return (
            f'{{"version": "{VERSION}", "findings": [\n{listed}\n]}}\n'
            if lines
            else (f'{{"version": "{VERSION}", "findings": []}}\n')
        )


def load(path: str) -> Baseline:
    """The baseline in a file. Raises BaselineError."""
    import json

    try:
        data = _read(path)
    except OSError as error:
        raise BaselineError(
            f"{path} cannot be read ({error.strerror}); write one with lplint baseline, or name another with --baseline"
        ) from None
    if len(data) > _MOST_BYTES:
        raise BaselineError(f"{path} is larger than {_MOST_BYTES // 1024 // 1024} MB; mend some of what it knows")
    try:
        document = json.loads(data)
        if document["version"] != VERSION:
            raise BaselineError(
                f"{path} is of another version of lplint ({str(document['version'])[:40]}, not {VERSION}); "
                "write it anew with lplint baseline"
            )
        entries = [
            Known(str(one["rule"]), str(one["path"]), str(one["fingerprint"]), str(one["message"]))
            for one in document["findings"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BaselineError(
            f"{path} is no baseline of lplint; move it away, and write one with lplint baseline"
        ) from None
    return Baseline(path, entries)


def is_other(path: str) -> bool:
    """Whether a file is there that holds something else than a baseline, be it broken or of another version."""
    try:
        data = _read(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return data.strip() != b"" and VERSION.partition("/")[0].encode() + b"/v" not in data


def _read(path: str) -> bytes:
    """The bytes of a file, as far as they can be those of a baseline. Raises OSError, also for a pipe or a device: to
    open one can take for ever."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(0, "it is no file")
    with open(path, "rb") as file:
        return file.read(_MOST_BYTES + 1)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
