"""The command `rapidmass`: each of its commands is a module of this folder."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = {
    "new": "draft an ntuple format, a sample sheet and a configuration from ROOT files",
    "check-format": "tell what an ntuple format makes of a file",
    "convert-config": "write a configuration of an earlier version as this one takes it",
    "schema": "write the JSON schema of configurations or ntuple formats",
    "learning-rate": "tell at which learning rate the loss of a network falls fastest",
    "history": "tell what a product was made from, and whether it still is that",
    "export": "write a run for HEPData, ROOT, pyhf, as PDF, and networks for other events",
}
WRONG_CALL = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments
        Of the command line; those of the process if None.

    Returns
    -------
    int
        Exit status: 0 for success, 1 where the command says so, 2 for what cannot be done.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="rapidmass", description="Search collider data without assuming a model."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        one = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name in words[:1]:  # what others import is left alone
            module = import_module(f"rapidmass.commands.{name.replace('-', '_')}")
            module.add_arguments(one)
            one.set_defaults(run=module.run, parser=one)
    chosen, rest = parser.parse_known_args(words)
    if rest:
        chosen.parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        status: int = chosen.run(chosen)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"rapidmass {words[0]}: {error}\n")
        return WRONG_CALL
    return status


if __name__ == "__main__":
    sys.exit(main())
