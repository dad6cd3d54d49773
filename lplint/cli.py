"""The command line: arguments in, exit code out. The only module that prints."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from lplint import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn, TextIO

    from lplint.config import Config
    from lplint.engine import Input
    from lplint.frequency.logs import Unreadable
    from lplint.frequency.usage import Usage
    from lplint.model.finding import Failure, Report
    from lplint.model.policy import Identity, Policy
    from lplint.model.rule import Rule
    from lplint.model.tier import Tier
    from lplint.syntax.parsed import SyntaxProblem

CLEAN, FINDINGS, FAILURE = 0, 1, 2
STDIN = "-"
_COMMANDS = ("check", "policies", "rules", "explain", "risk", "frequency")
_SEVERITIES = ("error", "warning", "note")
_FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "csv", "rdjson")
_MOST_JOBS = 64
_FILES_PER_JOB = 150  # fewer are done before another process has started
_PROGRESS_AFTER = 1.0  # seconds; shorter runs need no word

_EPILOG = """\
commands (check, if none is named):
  check [PATH...]     lint files and folders
  policies [PATH...]  list every policy found, its tier, and what in it could not be resolved
  rules               list the rules
  explain RULE        say what a rule finds, why, and what to do
  risk ACTION...      say how dangerous and how common actions are; patterns too
  frequency LOG...    make a table of how common they are with you from CloudTrail's logs

exit code: 0 nothing found, 1 findings at or above --fail-on, 2 a failure of lplint or a wrong call
"""


class UsageError(Exception):
    """A wrong call; the message is one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs lplint and gives its exit code."""
    # Nodes and policies hold no cycles, so nothing is lost; looking for some takes a third of the time of a long run.
    gc.disable()
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words.pop(0) if words and words[0] in _COMMANDS else "check"
    try:
        code = _run(command, words)
    except UsageError as error:
        _complain(f"lplint: {error}")
        return FAILURE
    except SystemExit as stop:  # argparse's --help and --version
        code = stop.code if isinstance(stop.code, int) else FAILURE
    except KeyboardInterrupt:
        _complain("lplint: interrupted")
        return 130
    return _flush(code)


def _run(command: str, words: list[str]) -> int:
    if command == "rules":
        return _rules(words)
    if command == "explain":
        return _explain(words)
    if command == "risk":
        return _risk(words)
    if command == "frequency":
        return _frequency(words)
    return _policies(words) if command == "policies" else _check(words)


def _check(words: list[str]) -> int:
    parser = _path_parser("check", "Lint AWS IAM policies, wherever they hide.", _FORMATS)
    parser.set_defaults(format=None)
    parser.add_argument(
        "--output",
        metavar="FORM[=FILE]",
        action="append",
        default=[],
        help="write this form, to a file if one is named; may be given several times, each for another form",
    )
    parser.add_argument(
        "--select",
        metavar="RULES",
        action="append",
        default=[],
        help="run only these rules: ids, the beginning of ids, names or categories, with commas",
    )
    parser.add_argument("--ignore", metavar="RULES", action="append", default=[], help="leave these rules out")
    parser.add_argument(
        "--fail-on", choices=_SEVERITIES, help="the least severity that makes the exit code 1 (default: warning)"
    )
    parser.add_argument(
        "--min-severity",
        choices=_SEVERITIES,
        help="the least severity that is shown (default: warning); the others are counted",
    )
    parser.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="whether text is coloured (default: auto, which heeds NO_COLOR and FORCE_COLOR)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count,
        default=0,
        help="how many processes share the work (default: as many as help)",
    )
    parser.add_argument(
        "--statistics",
        action="store_true",
        help="count the findings by rule, and what could not be resolved by reason, in place of showing them",
    )
    parser.add_argument("--no-ignores", action="store_true", help="show what comments and metadata accept as well")
    parser.add_argument("--show-suppressed", action="store_true", help="list what they accept, with the reasons")
    options = parser.parse_args(words)

    from lplint import engine
    from lplint.aws.catalog import CatalogError
    from lplint.model.rule import SEVERITIES
    from lplint.ruleset import SelectionError

    outputs = _outputs(options)
    config, inputs, failures = _inputs(options)
    select, ignore = _selectors(options.select), _selectors(options.ignore)
    chosen: dict[tuple[int, tuple[str, ...]], tuple[Rule, ...]] = {}

    def rules_for(one: Input) -> tuple[Rule, ...]:
        key = (id(one.config), one.config.ignores_for(one.path))
        if key not in chosen:
            chosen[key] = engine.rules_of(one.config, one.path, select, ignore)
        return chosen[key]

    progress = _Progress(len(inputs))
    try:
        # Asked once before the first file, so that a mistake is told even where there is nothing to lint.
        engine.rules_of(config, "", select, ignore)
        report = engine.lint(
            inputs,
            rules_for,
            failures,
            SEVERITIES[options.min_severity or config.min_severity],
            progress,
            _jobs(options.jobs, inputs),
            not options.no_ignores,
        )
    except (SelectionError, CatalogError) as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()
    threshold = SEVERITIES[options.fail_on or config.fail_on]
    grave = any(finding.severity >= threshold for finding in report.findings)
    grave = grave or any(severity >= threshold for severity, count in report.hidden.items() if count)
    code = FAILURE if report.failures else FINDINGS if grave else CLEAN
    for form, file in outputs:
        rendered = _rendered(report, form, not file and _color(options.color), code, options)
        if file:
            _write(file, rendered)
        else:
            _print(rendered)
    if ("text", "") not in outputs:
        _complain_all(report.failures)
    return code


def _rendered(report: Report, form: str, color: bool, code: int, options: argparse.Namespace) -> str:
    from lplint import ruleset

    if form == "text":
        from lplint.reporters import text

        if options.statistics:
            return text.render_statistics(report, color=color)
        return text.render(
            report, texts=ruleset.texts, color=color, width=_width(), show_suppressed=options.show_suppressed
        )
    if form == "json":
        from lplint.reporters import json

        return json.render(report, version=__version__)
    if form == "sarif":
        from lplint.reporters import sarif

        return sarif.render(
            report, texts=ruleset.texts, version=__version__, in_repository=_in_repository(), exit_code=code
        )
    return _rendered_for_others(report, form)


def _rendered_for_others(report: Report, form: str) -> str:
    """The forms that other programs have of their own."""
    from importlib import import_module

    reporter = import_module(f"lplint.reporters.{form}")
    if form in ("github", "gitlab", "rdjson"):
        return str(reporter.render(report, in_repository=_in_repository()))
    return str(reporter.render(report))


def _outputs(options: argparse.Namespace) -> list[tuple[str, str]]:
    """The forms to write, each with its file ("" for standard output)."""
    chosen = []
    for given in options.output:
        form, _, file = given.partition("=")
        if form not in _FORMATS:
            raise UsageError(f"there is no output {form}; choose from {', '.join(_FORMATS)}")
        if "=" in given and not file:
            raise UsageError(f"--output {given} names no file")
        chosen.append((form, file))
    if options.format is not None or not chosen:
        chosen.append((options.format or "text", ""))
    if sum(not file for _, file in chosen) > 1:
        raise UsageError("only one output can go to standard output; write the others to files: --output FORM=FILE")
    return chosen


def _write(file: str, text: str) -> None:
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror})") from error


def _policies(words: list[str]) -> int:
    parser = _path_parser(
        "policies", "List every policy found, what in it could not be resolved, and whose it is.", ("text", "json")
    )
    return _list_policies(parser.parse_args(words))


def _list_policies(options: argparse.Namespace) -> int:
    from lplint import engine
    from lplint.aws.catalog import CatalogError
    from lplint.checks.tiers import tier_of, tier_of_identity
    from lplint.reporters import policies as listing
    from lplint.risk import current

    here, inputs, failures = _inputs(options)
    current.use(here.risk_rows or current.NONE)
    found: list[Policy] = []
    identities: list[Identity] = []
    tiers: dict[int, Tier] = {}
    progress = _Progress(len(inputs))
    try:
        done = 0
        modules = engine.ModuleFiles()
        for unit in engine.units(inputs):
            progress(done)
            done += len(unit)
            for _, result in engine.policies_of(unit, modules, failures):
                found.extend(result.policies)
                identities.extend(result.identities)
                failures.extend(_unread(problem) for problem in result.problems if problem.fatal)
        tiers = {id(policy): tier for policy in found if (tier := tier_of(policy)) is not None}
        tiers.update((id(identity), tier_of_identity(identity)) for identity in identities)
    except CatalogError as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()
    render = listing.render_json if options.format == "json" else listing.render_text
    _print(render(found, identities, tiers))
    _complain_all(failures)
    return FAILURE if failures else CLEAN


def _unread(problem: SyntaxProblem) -> Failure:
    """A file, or a text in one, whose policies cannot be listed."""
    from lplint.model.finding import Failure

    span = problem.span.in_file()
    place = span.start_position()
    return Failure(f"{span.source.path}:{place.line}:{place.column}", f"not read to its end: {problem.message}")


def _rules(words: list[str]) -> int:
    parser = _parser("rules", "List the rules.", ("text", "json"))
    options = parser.parse_args(words)

    from lplint import ruleset
    from lplint.reporters import rules as listing

    _configuration()
    _print((listing.list_json if options.format == "json" else listing.list_text)(ruleset.every()))
    return CLEAN


def _explain(words: list[str]) -> int:
    parser = _parser(
        "explain",
        "Say what a rule finds, why, and what to do; or which tier of access each policy of a file gives.",
        ("text", "json"),
    )
    parser.add_argument("rule", metavar="RULE", help="its id or its name; or a file or folder of policies")
    options = parser.parse_args(words)

    from lplint import ruleset
    from lplint.reporters import rules as listing

    _configuration()
    try:
        rule = ruleset.find(options.rule)
    except ruleset.SelectionError as error:
        if os.path.exists(options.rule):
            options.paths, options.config, options.stdin_filename = [options.rule], None, ""
            return _list_policies(options)
        raise UsageError(str(error)) from error
    texts = ruleset.texts(rule)
    _print(
        listing.explain_json(rule, texts) if options.format == "json" else listing.explain_text(rule, texts, _width())
    )
    return CLEAN


def _risk(words: list[str]) -> int:
    parser = _parser("risk", "Say how dangerous and how common actions are.", ("text", "csv", "json"))
    parser.add_argument("actions", metavar="ACTION", nargs="*", help="an action or a pattern: iam:PassRole, 's3:Get*'")
    parser.add_argument("--table", action="store_true", help="every action of the table of risks")
    options = parser.parse_args(words)
    if options.table == bool(options.actions):
        raise UsageError("name actions, or ask for the whole --table")

    from lplint.access.actions import actions_matching
    from lplint.aws.catalog import CatalogError
    from lplint.reporters import risk as listing
    from lplint.risk import current, table

    current.use(_configuration().risk_rows or current.NONE)
    try:
        found = list(table.listed()) if options.table else []
        for pattern in options.actions:
            actions = actions_matching(pattern)
            if not actions:
                raise UsageError(f"AWS has no action {pattern}; one is written service:Name")
            found.extend(actions)
    except CatalogError as error:
        raise UsageError(str(error)) from error
    ratings = [table.rating(action) for action in dict.fromkeys(found)]
    if options.format == "json":
        _print(listing.render_json(ratings, table.evidence))
    elif options.format == "csv":
        _print(listing.render_csv(ratings, table.evidence))
    else:
        _print(listing.render_text(ratings, table.evidence, table.categories()))
    return CLEAN


def _frequency(words: list[str]) -> int:
    parser = _parser(
        "frequency",
        "Make a table of how common actions are from CloudTrail's logs, for frequency-table in the configuration.",
        ("csv", "json"),
    )
    parser.set_defaults(format="csv")
    parser.add_argument(
        "logs",
        metavar="LOG",
        nargs="+",
        help="a file, or a folder of them: JSON with Records, JSON lines, .json.gz, a CSV of Athena or of the console",
    )
    options = parser.parse_args(words)

    from lplint.aws.catalog import CatalogError
    from lplint.frequency import usage
    from lplint.reporters import frequency as listing

    counted = usage.Usage()
    failures: list[Failure] = []
    try:
        for path in options.logs:
            _count_logs(path, counted, failures)
        failures.extend(_not_to_its_end(one) for one in counted.unread)
        if not counted.records:
            _complain_all(failures)
            raise UsageError("these logs hold no record of CloudTrail, and a table of nothing would call all rare")
        table = counted.table()
    except CatalogError as error:
        raise UsageError(str(error)) from error
    _print(listing.render_json(table, counted) if options.format == "json" else listing.render_csv(table))
    for sentence in listing.sentences(counted, usage.MONTH):
        _complain(f"lplint: {sentence}")
    _complain_all(failures)
    return FAILURE if failures else CLEAN


def _count_logs(path: str, counted: Usage, failures: list[Failure]) -> None:
    from lplint.engine import cannot_be_read
    from lplint.frequency import logs

    try:
        for name in logs.files(path):
            try:
                for record in logs.records(name):
                    counted.add(record)
            except OSError as error:
                failures.append(cannot_be_read(name, error))
    except OSError as error:
        failures.append(cannot_be_read(path, error))


def _not_to_its_end(one: Unreadable) -> Failure:
    from lplint.model.finding import Failure

    return Failure(one.path, f"not read to its end: {one.reason}")


def _parser(command: str, description: str, formats: tuple[str, ...]) -> _Parser:
    parser = _Parser(
        prog="lplint" if command == "check" else f"lplint {command}",
        description=description,
        epilog=_EPILOG if command == "check" else None,
        # Without a width the formatter, of which argparse makes one for each option, imports shutil to ask for it.
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=min(_width(), 100)),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"lplint {__version__}")
    parser.add_argument("--format", choices=formats, default="text", help=f"what to print (default: {formats[0]})")
    return parser


def _path_parser(command: str, description: str, formats: tuple[str, ...]) -> _Parser:
    parser = _parser(command, description, formats)
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", default=["."], help="a file or a folder (default: .); - is standard input"
    )
    parser.add_argument(
        "--stdin-filename",
        metavar="NAME",
        default="<stdin>",
        help="what standard input is called in the output; its ending tells its format",
    )
    parser.add_argument("--config", metavar="FILE", help="use this configuration, and no other")
    return parser


def _configuration() -> Config:
    """The configuration that holds where lplint runs; its rules and tables are known from then on."""
    from lplint import config as configuration
    from lplint.aws.catalog import CatalogError

    try:
        return configuration.find(".")
    except (configuration.ConfigError, CatalogError) as error:
        raise UsageError(str(error)) from error
    except OSError:  # the current folder is gone
        return configuration.Config()


def _inputs(options: argparse.Namespace) -> tuple[Config, list[Input], list[Failure]]:
    """The configuration that holds where lplint runs, and what is to be read."""
    from lplint import config as configuration
    from lplint.discover import discover
    from lplint.engine import Input, cannot_be_read
    from lplint.extract import EXTENSIONS

    try:
        folder = os.getcwd()
    except OSError as error:
        raise UsageError(f"the folder that lplint runs in cannot be found ({error.strerror})") from error
    try:
        here = configuration.load(options.config) if options.config else configuration.find(folder)

        def config_for(folder: str) -> Config:
            return here if options.config else configuration.find(folder)

        paths = [path for path in options.paths if path != STDIN]
        inputs = []
        failures: list[Failure] = []
        if paths:
            candidates, failures = discover(paths, config_for, EXTENSIONS)
            inputs = [Input(one.path, config_for(os.path.dirname(one.path) or ".")) for one in candidates]
        if STDIN in options.paths:
            if sys.stdin is None:
                raise UsageError("there is no standard input to read")
            name = options.stdin_filename
            config = config_for(os.path.dirname(name) or ".")
            try:
                inputs.append(Input(name, config, sys.stdin.buffer.read()))
            except OSError as error:
                failures.append(cannot_be_read(name, error))
    except configuration.ConfigError as error:
        raise UsageError(str(error)) from error
    return here, inputs, failures


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999999")
    return int(text)


def _jobs(wanted: int, inputs: Sequence[Input]) -> int:
    """How many processes to use. Standard input can only be read here, and a short run ends before a second starts."""
    from lplint import parallel

    if not parallel.possible() or any(one.data is not None for one in inputs):
        return 1
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or min(cpus, 8, len(inputs) // _FILES_PER_JOB), len(inputs), _MOST_JOBS))


def _selectors(given: list[str]) -> tuple[str, ...]:
    return tuple(name for text in given for name in text.replace(",", " ").split())


def _in_repository() -> Callable[[str], str]:
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

    def in_repository(path: str) -> str:
        full = os.path.normpath(os.path.join(here, path))
        relative = os.path.relpath(full, root)
        return (full if relative.startswith("..") else relative).replace(os.sep, "/")

    return in_repository


class _Progress:
    """A line on the terminal that says how far a long run is, and goes when it ends."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._shown = False
        self._next = 0.0
        self._wanted = total > 1 and sys.stderr is not None and sys.stderr.isatty()
        if self._wanted:
            from time import monotonic

            self._now = monotonic
            self._next = monotonic() + _PROGRESS_AFTER

    def __call__(self, done: int) -> None:
        if self._wanted and self._now() >= self._next:
            self._next = self._now() + 0.1
            self._shown = True
            print(f"\r{done} of {self._total} files", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _color(wanted: str) -> bool:
    """Whether to colour. Sources: no-color.org and force-color.org, which count a variable that is not empty."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    """The columns of the terminal; 100 where there is none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) < 10 and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 100
    except (OSError, ValueError, AttributeError):
        return 100


def _print(text: str) -> None:
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


def _flush(code: int) -> int:
    """Makes sure that everything was written: a full disk is a failure, a reader that went away (`| head`) is none."""
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon(sys.stdout)
    except OSError as error:
        _abandon(sys.stdout)
        _complain(f"lplint: {_unwritable(error)}")
        return FAILURE
    return code


def _unwritable(error: OSError) -> str:
    return f"standard output cannot be written ({error.strerror})"


def _abandon(stream: TextIO) -> None:
    # Python flushes its streams once more when it ends, and would complain then, or end with a code of its own.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _complain(sentence: str) -> None:
    if sys.stderr is not None:
        from lplint.reporters.safe import visible

        _tolerant(sys.stderr)
        try:
            print(visible(sentence), file=sys.stderr)
        except OSError:  # nobody can be told; the exit code is what is left
            _abandon(sys.stderr)


def _complain_all(failures: Sequence[Failure]) -> None:
    for failure in failures:
        _complain(f"lplint: {failure.path}: {failure.message}")


def _tolerant(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")
