"""`rapidmass learning-rate`: which learning rate suits a network."""

import argparse
import sys
from pathlib import Path

from rapidmass.models.training.rates import read_products, sweep_rates
from rapidmass.provenance.atomic_files import read_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "card", type=Path, help="card.json of a trained network, seen from the folder of its run"
    )
    parser.add_argument("--first", type=float, default=1e-7, help="first learning rate (1e-7)")
    parser.add_argument("--last", type=float, default=10.0, help="last learning rate (10)")
    parser.add_argument("--steps", type=int, default=100, help="number of steps (100)")


def run(chosen: argparse.Namespace) -> int:
    """Run the command."""
    if not 0 < chosen.first < chosen.last or chosen.steps < 3:
        raise ValueError("the learning rate must rise from above 0, in at least three steps")
    card = read_json(chosen.card)
    scaler, megaset, signals = read_products(card)
    ends = chosen.first, chosen.last
    found = sweep_rates(card, scaler, megaset, signals, ends=ends, steps=chosen.steps)
    lines = ["learning_rate\tloss"]
    lines += [f"{r:.3g}\t{x:.6g}" for r, x in zip(found.rates, found.losses, strict=True)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stderr.write(f"the loss falls fastest at {found.suggested:.2g}\n")
    return 0
