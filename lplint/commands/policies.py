"""`lplint policies`: every policy that is found."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN, FAILURE
from lplint.inputs import inputs_of
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lplint.model.finding import Failure
    from lplint.model.policy import Identity, Policy
    from lplint.syntax.parsed import SyntaxProblem


def run(words: list[str]) -> int:
    parser = arguments.path_parser(
        "policies", "List every policy found, what in it could not be resolved, and whose it is.", ("text", "json")
    )
    options = parser.parse_args(words)

    from lplint import engine
    from lplint.aws.catalog import CatalogError
    from lplint.reporters import policies as listing

    _, inputs, failures = inputs_of(options)
    found: list[Policy] = []
    identities: list[Identity] = []
    progress = terminal.Progress(len(inputs))
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
    except CatalogError as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()
    render = listing.render_json if options.format == "json" else listing.render_text
    terminal.show(render(found, identities))
    terminal.complain_all(failures)
    return FAILURE if failures else CLEAN


def _unread(problem: SyntaxProblem) -> Failure:
    """A file, or a text in one, whose policies cannot be listed."""
    from lplint.model.finding import Failure

    span = problem.span.in_file()
    place = span.start_position()
    return Failure(f"{span.source.path}:{place.line}:{place.column}", f"not read to its end: {problem.message}")
