"""`rapidmass schema`: what editors need to complete and check configurations."""

import argparse
import json
import sys

from rapidmass.config.reference import SCHEMAS

KINDS = {"config": "schema.json", "ntuple-format": "ntuple-schema.json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("kind", choices=KINDS, nargs="?", default="config", help="of what (config)")


def run(chosen: argparse.Namespace) -> int:
    """Run the command."""
    schema = SCHEMAS[KINDS[chosen.kind]].model_json_schema()
    sys.stdout.write(json.dumps(schema, indent=1, ensure_ascii=False) + "\n")
    return 0
