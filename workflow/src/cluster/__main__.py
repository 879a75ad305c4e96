"""Show, await or cancel the jobs that a lost Snakemake left in SLURM's queue.

Call it in the working folder: python -m cluster show|wait|cancel
"""

import argparse
import sys
from pathlib import Path

from cluster.leftovers import cancel, list_leftovers, wait


def main() -> int:
    """Do what the command line says.

    Returns
    -------
    int
        0; 1 if jobs still work; 2 if SLURM does not say.
    """
    parser = argparse.ArgumentParser(prog="python -m cluster", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["show", "wait", "cancel"])
    action, folder = parser.parse_args().action, Path.cwd()
    try:
        jobs = list_leftovers(folder)
        for job in jobs:
            print(job)
        if action == "cancel" and jobs:
            cancel(jobs)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 2
    if action != "show":
        wait(folder)
        print("No job of this folder is in the queue. Start Snakemake again to do what is left.")
        return 0
    print(f"{len(jobs)} jobs of this folder are in the queue.")
    return 1 if jobs else 0


if __name__ == "__main__":
    sys.exit(main())
