"""`lplint policies`: every policy that is found."""

from __future__ import annotations

from lplint import arguments, terminal
from lplint.arguments import CLEAN, FAILURE
from lplint.inputs import inputs_of
from lplint.terminal import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from lplint.model.finding import Failure
    from lplint.model.policy import Identity, Policy
    from lplint.model.tier import Tier
    from lplint.syntax.parsed import SyntaxProblem


def make_parser() -> argparse.ArgumentParser:
    """The arguments of policies."""
    parser = arguments.path_parser(
        "policies", "List every policy found, what in it could not be resolved, and whose it is.", ("text", "json")
    )
    parser.add_argument(
        "--show",
        metavar="ORIGIN",
        help="print the policies of this origin as they are resolved: aws_iam_policy.ci, 'Resources.*', a file",
    )
    arguments.color_argument(parser)
    return parser


def run(words: list[str]) -> int:
    """Runs the command and gives its exit code. Raises UsageError."""
    options = make_parser().parse_args(words)

    from lplint import engine
    from lplint.aws.catalog import CatalogError
    from lplint.checks.tiers import tier_of, tier_of_identity
    from lplint.reporters import policies as listing
    from lplint.risk import current

    here, inputs, failures = inputs_of(options)
    current.use(here.risk_rows or current.NONE)
    found: list[Policy] = []
    identities: list[Identity] = []
    tiers: dict[int, Tier] = {}
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
        if options.show is None:
            tiers = {id(policy): tier for policy in found if (tier := tier_of(policy)) is not None}
            tiers.update((id(identity), tier_of_identity(identity)) for identity in identities)
    except CatalogError as error:
        raise UsageError(str(error)) from error
    finally:
        progress.clear()
    if options.show is not None:
        _show(_of_origin(found, options.show), options)
    else:
        render = listing.render_json if options.format == "json" else listing.render_text
        terminal.show(render(found, identities, tiers))
    terminal.complain_all(failures)
    return FAILURE if failures else CLEAN


def _show(policies: list[Policy], options: argparse.Namespace) -> None:
    from lplint.reporters import resolved

    if options.format == "json":
        terminal.show(resolved.render_json(policies))
    else:
        terminal.show(resolved.render_text(policies, color=terminal.color(options.color)))


def _of_origin(policies: list[Policy], origin: str) -> list[Policy]:
    """The policies that a word names: by their resource, with or without the attribute, or by their file. Raises
    UsageError if there is none."""
    from lplint.access.patterns import matches
    from lplint.checks.suggest import did_you_mean

    def names(policy: Policy) -> tuple[str, ...]:
        place = policy.span.in_file()
        path = place.source.path
        return policy.origin.address, str(policy.origin), path, f"{path}:{place.start_position().line}"

    found = [policy for policy in policies if any(matches(origin, name) for name in names(policy) if name)]
    if not found:
        known = [name for policy in policies for name in names(policy) if name]
        hint = did_you_mean(origin, known) or "; lplint policies lists them all"
        raise UsageError(f"no policy has the origin {origin!r}{hint}")
    return found


def _unread(problem: SyntaxProblem) -> Failure:
    """A file, or a text in one, whose policies cannot be listed."""
    from lplint.model.finding import Failure

    span = problem.span.in_file()
    place = span.start_position()
    return Failure(f"{span.source.path}:{place.line}:{place.column}", f"not read to its end: {problem.message}")
