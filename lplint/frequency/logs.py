"""Reads CloudTrail's records out of log files one by one, whatever form they were kept in."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# Characters read at once, and the most that one record may have; CloudTrail's have 256 kB at most, or 1 MB if asked.
_CHUNK = 1 << 18
_LONGEST = 1 << 21
_ENDINGS = (".json", ".jsonl", ".ndjson", ".log", ".csv", ".gz")
# Folders of CloudTrail's that hold no records of calls: signed hashes, and what it thinks unusual.
_OTHERS = ("CloudTrail-Digest", "CloudTrail-Insight")
# The beginning of a file that holds all its records in one list, as CloudTrail writes it and the AWS CLI prints it.
_WRAPPED = re.compile(r'\s*+\{\s*+"(?:Records|Events)"\s*+:\s*+\[')
# What tells where an object ends: texts, of which the last may not end, and brackets.
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}]', re.DOTALL)
_SPACE = re.compile(r"[\s_]+")
_ARN = re.compile(r"\barn=([^,{}\s]+)")


class Record:
    """One call that CloudTrail recorded.

    `source` is its eventSource, `name` its eventName, `time` its eventTime ("2026-11-25T09:30:00Z"), `principal` who
    called, `error` its errorCode; "" for what the record does not tell. `by_service` is whether AWS itself called.
    """

    __slots__ = ("by_service", "error", "name", "principal", "source", "time")

    def __init__(self, source: str, name: str, time: str, principal: str, error: str, by_service: bool) -> None:
        self.source = source
        self.name = name
        self.time = time
        self.principal = principal
        self.error = error
        self.by_service = by_service


class Unreadable:
    """A record, or the rest of a file, that could not be read: where and why. `rest` tells which of the two."""

    __slots__ = ("path", "reason", "rest")

    def __init__(self, path: str, reason: str, *, rest: bool = False) -> None:
        self.path = path
        self.reason = reason
        self.rest = rest


def files(path: str) -> Iterator[str]:
    """The log files that a path means: itself, or those in the folder, by name. Links are not followed. Raises OSError
    if there is no such path."""
    if not os.path.isdir(path):
        os.stat(path)
        yield path
        return
    for folder, names, found in os.walk(path):
        names[:] = sorted(name for name in names if name not in _OTHERS)
        for name in sorted(found):
            if name.lower().endswith(_ENDINGS):
                yield os.path.join(folder, name)


def records(path: str) -> Iterator[Record | Unreadable]:
    """The records of one file, read as a stream. Raises OSError if it cannot be opened."""
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        binary: Any = gzip.GzipFile(fileobj=file) if zipped else file
        text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")
        try:
            start = text.read(1)
            while start.isspace():
                start = text.read(1)
            if start in ("{", "[", ""):
                yield from _of_json(path, text, start)
            else:
                yield from _of_table(path, text, start)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield Unreadable(path, f"the file is broken ({error})", rest=True)
        except OSError as error:
            yield Unreadable(path, f"cannot be read ({error.strerror or error})", rest=True)


def _of_json(path: str, text: io.TextIOBase, start: str) -> Iterator[Record | Unreadable]:
    for found in _objects(path, text, start):
        if isinstance(found, Unreadable):
            yield found
            continue
        inner = next((found[key] for key in ("Records", "Events") if isinstance(found.get(key), list)), [found])
        for one in inner:
            made = _record(one)
            yield made if made is not None else Unreadable(path, "a record names no event")


def _objects(path: str, text: io.TextIOBase, start: str) -> Iterator[dict[str, Any] | Unreadable]:
    """The objects of a text, one after another; what stands between them does not matter."""
    decode = json.JSONDecoder().raw_decode
    buffer = start + text.read(_CHUNK)
    wrapped = _WRAPPED.match(buffer)
    at = wrapped.end() if wrapped is not None else 0
    whole = False
    while True:
        at = buffer.find("{", at)
        if at < 0:
            buffer, at = text.read(_CHUNK), 0
            if not buffer:
                return
            continue
        end: int | None
        try:
            found, end = decode(buffer, at)
        except (ValueError, RecursionError):
            found, end = None, _end(buffer, at)
            if end is None and not whole and len(buffer) - at < _LONGEST:
                # The record goes on in what was not read yet.
                more = text.read(max(_CHUNK, len(buffer) - at))
                whole = not more
                buffer, at = buffer[at:] + more, 0
                continue
            if end is None:
                why = "a record does not end" if whole else "a record is longer than CloudTrail writes any"
                yield Unreadable(path, why, rest=True)
                return
        yield found if isinstance(found, dict) else Unreadable(path, "a record is no JSON")
        at = end


def _end(text: str, at: int) -> int | None:
    """Where the object that begins at an offset ends; None if it does not."""
    depth = 0
    for mark in _MARKS.finditer(text, at):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth -= 1
            if not depth:
                return mark.end()
    return None


def _record(found: object) -> Record | None:
    if not isinstance(found, dict):
        return None
    whole = found.get("CloudTrailEvent")  # as `aws cloudtrail lookup-events` wraps it
    if isinstance(whole, str):
        try:
            found = json.loads(whole)
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, dict):
            return None
    inner = found.get("detail")  # as Amazon EventBridge wraps it
    if isinstance(inner, dict) and "eventName" in inner:
        found = inner
    identity = found.get("userIdentity")
    identity = identity if isinstance(identity, dict) else {}
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, dict) else None
    principal = (_text(issuer, "arn") if isinstance(issuer, dict) else "") or _text(identity, "arn")
    return _made(
        _text(found, "eventSource"),
        _text(found, "eventName"),
        _text(found, "eventTime"),
        principal or _text(identity, "principalId") or _text(identity, "accountId"),
        _text(found, "errorCode"),
        _text(identity, "type"),
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""


def _made(source: str, name: str, time: str, principal: str, error: str, kind: str) -> Record | None:
    if not source or not name:
        return None
    return Record(source, name, time, principal, error, kind == "AWSService")


def _of_table(path: str, text: io.TextIOBase, start: str) -> Iterator[Record | Unreadable]:
    """The rows of a table with a header, as Amazon Athena and CloudTrail's console export it."""
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(_lines(start, text))
    columns: dict[str, int] | None = None
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable(path, f"line {reader.line_num} is no row of a table ({error})")
            continue
        if not row:
            continue
        if columns is None:
            columns = {_SPACE.sub("", name.lower()): place for place, name in enumerate(row)}
            if not {"eventsource", "eventname"} <= columns.keys():
                yield Unreadable(path, "its first line names no columns eventsource and eventname", rest=True)
                return
            continue

        def value(*names: str, row: list[str] = row, columns: Mapping[str, int] = columns) -> str:
            place = next((columns[name] for name in names if name in columns), len(row))
            return row[place].strip() if place < len(row) else ""

        identity = value("useridentity")
        # Athena writes a struct as {type=AssumedRole, ..., sessionissuer={..., arn=...}}; the last ARN is the role's.
        arns = _ARN.findall(identity)
        made = _made(
            value("eventsource"),
            value("eventname"),
            value("eventtime"),
            (arns[-1] if arns else "") or value("useridentityarn", "arn", "username") or identity,
            value("errorcode"),
            "AWSService" if "type=AWSService" in identity else value("useridentitytype"),
        )
        yield made if made is not None else Unreadable(path, f"line {reader.line_num} names no event")


def _lines(start: str, text: io.TextIOBase) -> Iterator[str]:
    """The lines of a text that begins with some characters, none longer than a record may be."""
    while True:
        line = start + text.readline(_LONGEST)
        if not line:
            return
        start = ""
        yield line.replace("\0", "")
