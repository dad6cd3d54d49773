"""The main loop: files in, a Report out. The one place that survives a check that crashes."""

from __future__ import annotations

import codecs
import os
import sys
from functools import lru_cache

from lplint import parallel, ruleset
from lplint.access.persona import persona_of, strictest
from lplint.aws.catalog import CatalogError
from lplint.checks import (
    IDENTITY_CHECKS,
    OF_CONDITIONS,
    OF_PRINCIPALS,
    ORGANIZATION_CHECKS,
    READING,
    SYNTAX_ERROR,
    UNREAD_TEMPLATE,
    UNRESOLVABLE_REFERENCE,
)
from lplint.checks.guardrails import protected
from lplint.extract import extract, extract_module, is_installed, is_terraform, may_hold_module, may_hold_policy
from lplint.extract.found import Found, may_hold_suppressions
from lplint.model.finding import Failure, Finding, Related, Report
from lplint.model.rule import Severity
from lplint.model.source import Source
from lplint.risk import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lplint.config import Config
    from lplint.extract.terraform.module import Files
    from lplint.model.finding import Problem
    from lplint.model.policy import Identity, Policy, PolicyKind
    from lplint.model.rule import Rule
    from lplint.model.source import Span

# How many calls of a module a finding in it lists.
_MOST_CALLS = 3
_NO_TEXT = "this is not text in UTF-8; save the file as UTF-8"
_OUR_MISTAKE = "lplint failed to read it, which is our mistake; please report: "
# Byte order marks, longest first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Input:
    """A file to lint. `data` is its content where it is not to be read from disk."""

    __slots__ = ("config", "data", "path")

    def __init__(self, path: str, config: Config, data: bytes | None = None) -> None:
        self.path = path
        self.config = config
        self.data = data


def lint(
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    failures: Iterable[Failure] = (),
    min_severity: Severity = Severity.WARNING,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
    ignores: bool = True,
) -> Report:
    """Lints the inputs. `rules_for` says which rules run on each; `failures` are those met before (a path that does not
    exist); `progress` is told how many inputs are done; `jobs` is how many processes share the work; `ignores` is
    whether suppressions count. Raises CatalogError, since without a catalogue no answer can be right, and what
    `rules_for` raises."""
    outcome = _Outcome()
    outcome.failures.extend(failures)
    # Every process but this one takes files only: what is on standard input is here. The files of a Terraform module
    # are read together, so they are one unit of work.
    work = units(inputs)
    shares = [work[share::jobs] for share in range(jobs)]
    paths = {os.path.normpath(one.path): one for one in inputs if is_terraform(one.path)}
    others = parallel.start(shares[1:], lambda share: _sent(_lint(share, paths, rules_for, None))) if jobs > 1 else []

    def so_far(done: int) -> None:
        if progress is not None:
            progress(min(done * jobs, len(inputs)))

    outcome.add(_lint(shares[0], paths, rules_for, so_far))
    for share, finish in zip(shares[1:], others, strict=True):
        made = finish()
        try:
            other = _received(made) if made is not None else None
        except OSError:  # a file is gone or shut since the other process read it
            other = None
        outcome.add(other or _lint(share, paths, rules_for, so_far))
    outcome.findings += _of_organization(inputs, rules_for, outcome)
    findings = _once(outcome.findings)
    if ignores and outcome.marked:
        findings += _suppress(findings, sorted(set(outcome.marked)), inputs, rules_for, outcome)
    findings.sort(key=Finding.sort_key)
    suppressed = [finding for finding in findings if finding.reason is not None]
    findings = [finding for finding in findings if finding.reason is None]
    hidden: dict[Severity, int] = {}
    for finding in findings:
        if finding.severity < min_severity:
            hidden[finding.severity] = hidden.get(finding.severity, 0) + 1
    return Report(
        findings=[finding for finding in findings if finding.severity >= min_severity],
        failures=sorted(outcome.failures, key=lambda failure: (failure.path, failure.message)),
        rules=[rule for rule in ruleset.every() if rule.id in outcome.ran],
        files=outcome.files,
        policies=outcome.policies,
        statements=outcome.statements,
        unresolved=outcome.unresolved,
        hidden=hidden,
        reasons=_by_reason(outcome.causes),
        suppressed=suppressed,
    )


class _Outcome:
    """What came of some of the inputs."""

    __slots__ = (
        "causes",
        "failures",
        "files",
        "findings",
        "guardrails",
        "marked",
        "policies",
        "ran",
        "statements",
        "unresolved",
    )

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.failures: list[Failure] = []
        self.ran: set[str] = set()
        self.causes: dict[str, int] = {}
        self.marked: list[str] = []  # the files that may hold suppressions
        self.guardrails: list[tuple[str, int, int, frozenset[str]]] = []  # where each SCP is, and what it protects
        self.files = self.policies = self.statements = self.unresolved = 0

    def add(self, other: _Outcome) -> None:
        self.findings += other.findings
        self.failures += other.failures
        self.ran |= other.ran
        self.marked += other.marked
        self.guardrails += other.guardrails
        self.files += other.files
        self.policies += other.policies
        self.statements += other.statements
        self.unresolved += other.unresolved
        for cause, count in other.causes.items():
            self.causes[cause] = self.causes.get(cause, 0) + count


def _lint(
    units: Sequence[list[Input]],
    paths: Mapping[str, Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    progress: Callable[[int], None] | None,
) -> _Outcome:
    outcome = _Outcome()
    modules = ModuleFiles(paths)
    done = 0
    for unit in units:
        if progress is not None:
            progress(done)
        done += len(unit)
        together = list(policies_of(unit, modules, outcome.failures))
        personas = _personas(found for _, found in together)
        for one, found in together:
            rules = rules_for(one)
            outcome.ran.update(rule.id for rule in rules)
            if found.marked:
                outcome.marked.append(one.path)
            outcome.files += not found.called  # that file is counted with its own module
            outcome.policies += len(found.policies)
            for policy in found.policies:
                outcome.statements += len(policy.statements)
                outcome.unresolved += len(policy.unresolved)
                for cause in policy.causes:
                    outcome.causes[cause] = outcome.causes.get(cause, 0) + 1
            _note_guardrails(found, rules, one, outcome)
            current.use(one.config.risk_rows or current.NONE)
            outcome.findings.extend(_findings(found, rules, outcome.failures, one, personas))
    return outcome


def _note_guardrails(found: Found, rules: tuple[Rule, ...], of: Input, outcome: _Outcome) -> None:
    """Keeps what each service control policy protects, for what is said of all of them together."""
    rule = next((rule for rule in rules if rule.id in ORGANIZATION_CHECKS), None)
    if rule is None:
        return
    for policy in found.policies:
        if policy.kind.value == "scp":
            try:
                outcome.guardrails.append((*_place(_head(policy)), protected(policy)))
            except Exception as error:  # noqa: BLE001  the same boundary as for a check
                outcome.failures.append(_crashed(rule, "policy", policy.span, error, of.path))


def _head(policy: Policy) -> Span:
    """Where something is told of a policy as a whole: the key of its statements, or what comes first in it."""
    keys = [key for key, _ in policy.node.entries]
    named = next((key for key in keys if key.value == "Statement"), keys[0] if keys else None)
    return (named.span if named is not None else policy.span).in_file()


def _of_organization(
    inputs: Sequence[Input], rules_for: Callable[[Input], tuple[Rule, ...]], outcome: _Outcome
) -> list[Finding]:
    """What is said of the service control policies of a run together, if there are several."""
    if len(outcome.guardrails) < 2:
        return []
    path, start, end, _ = min(outcome.guardrails, key=lambda one: one[:3])
    asked = next((one for one in inputs if os.path.normpath(one.path) == os.path.normpath(path)), None)
    source = _text_of(path) if asked is None or asked.data is None else decode(path, asked.data)[0]
    if asked is None or source is None:
        return []
    together = frozenset(name for _, _, _, names in outcome.guardrails for name in names)
    return [
        _finding(rule, problem, None, ())
        for rule in rules_for(asked)
        if rule.id in ORGANIZATION_CHECKS
        for problem in ORGANIZATION_CHECKS[rule.id](source.span(start, end), together)
    ]


def _suppress(
    findings: Sequence[Finding],
    paths: Sequence[str],
    inputs: Sequence[Input],
    rules_for: Callable[[Input], tuple[Rule, ...]],
    outcome: _Outcome,
) -> list[Finding]:
    """Marks the findings that a suppression in one of some files accepts; gives what is wrong with the suppressions."""
    from lplint import suppress

    asked = {one.path: one for one in inputs}
    sources = {finding.span.source.path: finding.span.source for finding in findings}
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.span.source.path, []).append(finding)
    made: list[Finding] = []
    for path in paths:
        one = asked.get(path)
        if one is None:
            continue
        source = sources.get(path) or (decode(path, one.data)[0] if one.data is not None else _text_of(path))
        try:
            if source is not None:
                rules = rules_for(one)
                made += suppress.apply(source, by_path.get(path, []), rules, one.config.require_reason)
        except Exception as error:  # noqa: BLE001  the boundary: nothing is accepted that could not be read
            outcome.failures.append(Failure(path, _OUR_MISTAKE + _crash(error)))
    return made


def _personas(found: Iterable[Found]) -> dict[int, str]:
    """Who uses each identity, and each policy that identities have, by the object's id, where trust policies tell."""
    by_policy: dict[int, set[str | None]] = {}
    made: dict[int, str] = {}
    for one in found:
        for identity in one.identities:
            persona = persona_of(identity)
            if persona is not None:
                made[id(identity)] = persona
            for policy in identity.policies:
                by_policy.setdefault(id(policy), set()).add(persona)
    for key, users in by_policy.items():
        persona = strictest(users)
        if persona is not None:
            made[key] = persona
    return made


def _by_reason(causes: Mapping[str, int]) -> dict[str, int]:
    """How many values could not be resolved for what reason, the commonest first."""
    if not causes:
        return {}
    from lplint.extract.reasons import reason

    counts: dict[str, int] = {}
    for cause, count in causes.items():
        words = reason(cause)
        counts[words] = counts.get(words, 0) + count
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Each finding once. What several calls of a module show is one finding, with the calls as related places; so is
    what the module shows by itself and a call shows again."""
    made = {finding: finding for finding in findings if not finding.calls}
    at: dict[tuple[str, str, int, int], Finding] = {}
    for finding in made:
        at.setdefault(_where(finding), finding)
    calls: dict[Finding, dict[tuple[str, int], Span]] = {}
    for finding in sorted((one for one in findings if one.calls), key=Finding.sort_key):
        first = at.setdefault(_where(finding), finding)
        made.setdefault(first, first)
        places = calls.setdefault(first, {})
        for span in finding.calls:
            places[span.source.path, span.start] = span
    for finding, places in calls.items():
        shown = [places[key] for key in sorted(places)][:_MOST_CALLS]
        more = len(places) - len(shown)
        words = ["the module is called here"] * len(shown)
        if more:
            words[-1] += f", and in {more} more place{'s' * (more > 1)}"
        finding.related = (*finding.related, *(Related(span, text) for span, text in zip(shown, words, strict=True)))
    return list(made)


def _where(finding: Finding) -> tuple[str, str, int, int]:
    return (finding.rule.id, finding.span.source.path, finding.span.start, finding.span.end)


def units(inputs: Sequence[Input]) -> list[list[Input]]:
    """What is read together: the files of a Terraform module, and each other file by itself."""
    grouped: dict[str, list[Input]] = {}
    for one in inputs:
        key = (
            os.path.join(os.path.dirname(one.path), "*.tf") if is_terraform(one.path) and one.data is None else one.path
        )
        grouped.setdefault(key, []).append(one)
    return list(grouped.values())


def _sent(outcome: _Outcome) -> bytes:
    """An outcome as another process can read it: places are paths and offsets."""
    import marshal

    findings = [
        (
            finding.rule.id,
            int(finding.severity),
            _place(finding.span),
            finding.message,
            [(_place(related.span), related.message) for related in finding.related],
            (finding.origin.kind, finding.origin.address, finding.origin.attribute) if finding.origin else None,
            [_place(call) for call in finding.calls],
            list(finding.covers),
        )
        for finding in outcome.findings
    ]
    failures = [(failure.path, failure.message) for failure in outcome.failures]
    counts = (outcome.files, outcome.policies, outcome.statements, outcome.unresolved)
    found = (outcome.causes, outcome.marked, outcome.guardrails)
    return marshal.dumps((findings, failures, sorted(outcome.ran), counts, *found))


def _place(span: Span) -> tuple[str, int, int]:
    return (span.source.path, span.start, span.end)


def _received(made: bytes) -> _Outcome:
    """The outcome that another process sent. Files with findings are read again, which takes less than sending them."""
    import marshal

    from lplint.model.policy import Origin

    outcome = _Outcome()
    findings, failures, ran, counts, causes, marked, guardrails = marshal.loads(made)  # noqa: S302  from a fork of this process
    sources: dict[str, Source] = {}

    def span(place: tuple[str, int, int]) -> Span:
        path, start, end = place
        if path not in sources:
            with open(path, "rb") as file:
                sources[path] = decode(path, file.read())[0]
        return sources[path].span(start, end)

    for rule, severity, place, message, related, origin, calls, covers in findings:
        outcome.findings.append(
            Finding(
                ruleset.find(rule),
                Severity(severity),
                span(place),
                message,
                tuple(Related(span(where), words) for where, words in related),
                Origin(*origin) if origin is not None else None,
                tuple(span(call) for call in calls),
                tuple(covers),
            )
        )
    outcome.failures = [Failure(path, message) for path, message in failures]
    outcome.ran = set(ran)
    outcome.causes = causes
    outcome.marked = marked
    outcome.guardrails = guardrails
    outcome.files, outcome.policies, outcome.statements, outcome.unresolved = counts
    return outcome


def policies_of(unit: Sequence[Input], modules: ModuleFiles, failures: list[Failure]) -> Iterator[tuple[Input, Found]]:
    """The policies of some files that are read together, by file. One that could not be read is among the failures."""
    readable = []
    for one in unit:
        if one.data is None:
            try:
                with open(one.path, "rb") as file:
                    data = file.read()
            except OSError as error:
                failures.append(cannot_be_read(one.path, error))
                continue
        else:
            data = one.data
        readable.append((one, data))
    if readable and is_terraform(readable[0][0].path):
        yield from _of_module(readable, modules, failures)
        return
    for one, data in readable:
        found = _of_file(one, data, modules, failures)
        if found is not None:
            yield one, found


def _of_file(one: Input, data: bytes, modules: ModuleFiles, failures: list[Failure]) -> Found | None:
    if not may_hold_policy(data, one.path):
        return Found()
    source, broken = decode(one.path, data)
    if broken is not None:
        found = Found()
        found.report(broken, _NO_TEXT)
        return found
    type_ = one.config.policy_type(one.path)

    def read(path: str) -> Source | None:
        """A file that this one names; those that the configuration excludes are none of our business."""
        if one.config.excludes(path):
            return None
        return modules.within(_root_of(os.path.dirname(one.path) or ".")).source(path)

    try:
        found = extract(source, _kind(type_) if type_ is not None else None, read)
    except CatalogError:
        raise
    except Exception as error:  # noqa: BLE001  the boundary: a crash is a failure of this file, and never a pass
        failures.append(Failure(one.path, _OUR_MISTAKE + _crash(error)))
        return None
    found.marked = may_hold_suppressions(data)
    return found


def _of_module(
    files: list[tuple[Input, bytes]], modules: ModuleFiles, failures: list[Failure]
) -> Iterator[tuple[Input, Found]]:
    """The policies of a Terraform module, each with the file that it stands in. The module's other files, and those of
    the modules it calls, are read for what they say of these; findings in them are theirs."""
    by_path = {os.path.normpath(one.path): (one, Found()) for one, _ in files}
    if any(may_hold_module(data) for _, data in files):
        directory = os.path.dirname(files[0][0].path) or "."
        sources = []
        for one, data in files:
            source, broken = decode(one.path, data)
            by_path[os.path.normpath(one.path)][1].marked = may_hold_suppressions(data)
            if broken is not None:
                by_path[os.path.normpath(one.path)][1].report(broken, _NO_TEXT)
            elif one.data is None:
                sources.append(source)
        try:
            unsaved = [decode(one.path, data)[0] for one, data in files if one.data is not None]
            texts = modules.within(_root_of(directory), unsaved)
            for source in sources:
                texts.know(source)
            found = extract_module(directory, texts)
        except CatalogError:
            raise
        except Exception as error:  # noqa: BLE001  the boundary: a crash is a failure of this module, and never a pass
            failures.append(Failure(directory, _OUR_MISTAKE + _crash(error)))
            return
        config = files[0][0].config
        called: dict[str, tuple[Input, Found]] = {}

        def place(path: str) -> Found | None:
            key = os.path.normpath(path)
            if key not in by_path:
                # A file of another module is that module's business; what this one reads, as a template, is its own.
                if is_terraform(path) or is_installed(path) or config.excludes(path):
                    return None
                by_path[key] = (Input(path, config), Found())
            return by_path[key][1]

        for policy in found.policies:
            path = policy.span.in_file().source.path
            there = place(path)
            if there is not None:
                there.policies.append(policy)
            elif (other := modules.input(path)) is not None:
                called.setdefault(other.path, (other, Found()))[1].called.append(policy)
        for identity in found.identities:
            # One of a module that this one calls is told with this one, whose policies it may have.
            there = place(identity.span.in_file().source.path) or next(found for _, found in by_path.values())
            there.identities.append(identity)
        for problem in found.problems:
            there = place(problem.span.in_file().source.path)
            if there is not None:
                there.problems.append(problem)
        yield from called.values()
    yield from by_path.values()


class ModuleFiles:
    """The files of Terraform modules, each read and parsed once however many modules call it. `inputs` are those that
    lplint was asked about, by their normal path."""

    def __init__(self, inputs: Mapping[str, Input] | None = None) -> None:
        self._inputs = inputs or {}
        self._by_root: dict[str, Files] = {}

    def within(self, root: str, unsaved: Sequence[Source] = ()) -> Files:
        """The files of one root, with texts that are not those on disk (what came by standard input)."""
        from lplint.extract.terraform.module import Files

        if unsaved:
            return Files(root, _text_of, unsaved)
        if root not in self._by_root:
            self._by_root[root] = Files(root, _text_of)
        return self._by_root[root]

    def input(self, path: str) -> Input | None:
        """The file as lplint was asked about it; None if it was not."""
        return self._inputs.get(os.path.normpath(path))


def _text_of(path: str) -> Source | None:
    """The text of a file; None if it cannot be read, or is none."""
    try:
        with open(path, "rb") as file:
            source, broken = decode(path.replace(os.sep, "/"), file.read())
    except OSError:
        return None
    return source if broken is None else None


def _root_of(directory: str) -> str:
    """The folder that a module may read files of: its repository, or where lplint runs, or else itself."""
    here = os.path.realpath(directory)
    folder = here
    while folder != os.path.dirname(folder):
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        folder = os.path.dirname(folder)
    working = os.path.realpath(os.getcwd())
    return working if here.startswith(working.rstrip(os.sep) + os.sep) else here


def _unmarked(data: bytes) -> str:
    """The encoding of a text without a byte order mark, by the zero bytes of its first characters, which are ASCII in
    every syntax we read. Source: RFC 4627, 3. Other bytes that begin with a zero are no text, and none of our business.
    """
    if data[:1] == b"\0":
        encoding = "utf-32-be" if data[1:3] == b"\0\0" else "utf-16-be"
    elif data[1:2] == b"\0":
        encoding = "utf-32-le" if data[2:4] == b"\0\0" else "utf-16-le"
    else:
        return "utf-8"
    return encoding if "Statement".encode(encoding) in data else "utf-8"


def cannot_be_read(path: str, error: OSError) -> Failure:
    return Failure(path, f"cannot be read ({error.strerror or error}); it was not checked")


def decode(path: str, data: bytes) -> tuple[Source, Span | None]:
    """The text of a file, and the place of the first bytes in it that are none."""
    encoding, marked = _unmarked(data), False
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding, marked = data[len(mark) :], name, True
            break
    try:
        return Source(path, data.decode(encoding), bom=marked), None
    except UnicodeDecodeError as error:
        source = Source(path, data.decode(encoding, "replace"), bom=marked)
        start = len(data[: error.start].decode(encoding, "replace"))
        return source, source.span(start, min(start + 1, len(source.text)))


def _findings(
    found: Found, rules: tuple[Rule, ...], failures: list[Failure], of: Input, personas: Mapping[int, str]
) -> Iterable[Finding]:
    path = of.path
    environment, everyone = of.config.environment(path), of.config.persona(path)

    def contexts(subject: Policy | Identity) -> tuple[str, ...]:
        persona = everyone or personas.get(id(subject))
        return (
            *((f"environment.{environment}",) if environment is not None else ()),
            *((f"persona.{persona}",) if persona is not None else ()),
        )

    of_reading = {rule.id: rule for rule in rules if rule.id in READING}
    for read in found.problems:
        said = UNRESOLVABLE_REFERENCE if read.reference else UNREAD_TEMPLATE if read.template else SYNTAX_ERROR
        reading = of_reading.get(said)
        if reading is not None:
            yield Finding(reading, reading.severity, read.span.in_file(), read.message, (), None)
    for policy in (*found.policies, *found.called):
        told: list[tuple[Rule, Problem]] = []
        conditions = principals = False
        for statement in policy.statements:
            conditions = conditions or bool(statement.conditions)
            principals = principals or statement.principal is not None or statement.not_principal is not None
        for rule in _applying(rules, policy.kind.value, conditions, principals):
            check = ruleset.check(rule)
            if check is None:
                continue
            try:
                problems = [*check(policy)]
            except CatalogError:
                raise
            except Exception as error:  # noqa: BLE001  the boundary: one check that crashes must not silence the others
                failures.append(_crashed(rule, "policy", policy.span, error, path))
                continue
            told.extend((rule, problem) for problem in problems)
        for rule, problem, covered in _spoken(told):
            yield _finding(rule, problem, policy, contexts(policy), covered)
    for identity in found.identities:
        for rule in rules:
            if rule.id in IDENTITY_CHECKS:
                try:
                    problems = [*IDENTITY_CHECKS[rule.id](identity)]
                except CatalogError:
                    raise
                except Exception as error:  # noqa: BLE001  the same boundary
                    failures.append(_crashed(rule, "identity", identity.span, error, path))
                    continue
                for problem in problems:
                    yield _finding(rule, problem, None, contexts(identity))


@lru_cache(maxsize=64)
def _applying(rules: tuple[Rule, ...], kind: str, conditions: bool, principals: bool) -> tuple[Rule, ...]:
    """The rules whose checks may say something of policies of a kind, with conditions and principals or without."""
    return tuple(
        rule
        for rule in rules
        if kind in rule.applies_to
        and (conditions or rule.id not in OF_CONDITIONS)
        and (principals or rule.id not in OF_PRINCIPALS)
    )


def _spoken(said: Sequence[tuple[Rule, Problem]]) -> Iterator[tuple[Rule, Problem, tuple[Rule, ...]]]:
    """The problems of a policy less those for which another speaks, and for which rules each speaks."""
    if not any(rule.yields_to for rule, _ in said):
        yield from ((rule, problem, ()) for rule, problem in said)
        return
    speakers: dict[tuple[str, Span], int] = {}
    for number, (rule, problem) in enumerate(said):
        for span in (problem.span, *problem.about):
            speakers.setdefault((rule.id, span), number)
    by: list[set[int]] = []  # which speak for each
    for rule, problem in said:
        found = [
            next((speakers[other, span] for other in rule.yields_to if (other, span) in speakers), None)
            for span in problem.about
        ]
        by.append(set() if None in found else {one for one in found if one is not None})
    covered: dict[int, list[Rule]] = {}
    for number, (rule, _) in enumerate(said):
        ends = set(by[number])
        while any(by[one] for one in ends):
            ends = {end for one in ends for end in by[one] or {one}}
        for end in ends:
            covered.setdefault(end, []).append(rule)
    for number, (rule, problem) in enumerate(said):
        if not by[number]:
            yield rule, problem, tuple(dict.fromkeys(covered.get(number, ())))


def _finding(
    rule: Rule,
    problem: Problem,
    policy: Policy | None,
    contexts: tuple[str, ...],
    covered: tuple[Rule, ...] = (),
) -> Finding:
    span = problem.span.in_file()
    return Finding(
        rule,
        # What speaks for others weighs as much as the gravest of them.
        max(ruleset.shifted(one, *contexts) if contexts else one.severity for one in (rule, *covered)),
        span,
        problem.message,
        tuple(Related(related.span.in_file(), related.message) for related in problem.related),
        policy.origin if policy is not None else None,
        _calls(policy, span) if policy is not None else (),
        tuple(sorted(one.id for one in covered)),
    )


def _crashed(rule: Rule, what: str, of: Span, error: Exception, path: str) -> Failure:
    line = of.in_file().start_position().line
    return Failure(
        path,
        f"{rule.id} crashed on the {what} of line {line}, which is our mistake; please report: {_crash(error)}",
    )


def _calls(policy: Policy, place: Span) -> tuple[Span, ...]:
    """The call of the module in which a place is, if the policy was seen from there; none for a place in the file of
    the call itself, which passes something on."""
    return tuple(call for call in policy.calls[-1:] if call.source.path != place.source.path)


def _crash(error: Exception) -> str:
    """What crashed and where, for a report of the mistake."""
    import traceback

    last = traceback.extract_tb(sys.exc_info()[2])[-1]
    return f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})"


def _kind(type_: tuple[str, str]) -> tuple[PolicyKind, str]:
    from lplint.model.policy import PolicyKind

    return PolicyKind(type_[0]), type_[1]


def rules_of(config: Config, path: str, select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that run on a file: those its configuration selects, or the ones given in its place, less those that
    either ignores. Raises ruleset.SelectionError."""
    try:
        left_out = (*config.ignore, *ignore, *config.ignores_for(path))
        return ruleset.select(select or config.select, left_out, config.rules)
    except ruleset.SelectionError as error:
        if config.path is None:
            raise
        ruleset.select(select or ("ALL",), ignore)  # a mistake on the command line is not the file's
        raise ruleset.SelectionError(f"{config.path}: {error}") from error
