"""Whether a cluster has what a run asks it for, before the first job is submitted."""

import getpass
import subprocess
from collections.abc import Iterable
from typing import NamedTuple


class Demand(NamedTuple):
    """What the jobs of a rule ask for.

    Parameters
    ----------
    rule
        Name of the rule.
    partition, account, gres
        As in Snakemake's resources `slurm_partition`, `slurm_account`, `gres`; may be empty.
    """

    rule: str
    partition: str
    account: str
    gres: str


def find_mistakes(demands: Iterable[Demand]) -> list[str]:
    """Find demands that this cluster cannot meet.

    Parameters
    ----------
    demands
        What the rules of a run ask for.

    Returns
    -------
    list
        One sentence each, with the key to correct. Empty if the cluster does not answer: then its
        own refusal is what tells.
    """
    offers, accounts = _list_partitions(), _list_accounts()
    mistakes = []
    for demand in sorted(set(demands)):
        mistakes += _compare(demand, "slurm_partition", demand.partition, offers)
        mistakes += _compare(demand, "slurm_account", demand.account, accounts)
        partitions = demand.partition.split(",") if demand.partition else offers
        devices = set().union(*(offers.get(name, set()) for name in partitions))
        known = offers and all(name in offers for name in partitions)
        if known and demand.gres and not _has(devices, demand.gres):
            mistakes.append(
                f"gres of rule {demand.rule}: partition {demand.partition!r} has no "
                f"{demand.gres}, but {', '.join(sorted(devices)) or 'none'}"
            )
    return mistakes


def _compare(demand: Demand, key: str, asked: str, there: Iterable[str]) -> list[str]:
    """Compare names, of which SLURM takes several behind commas, with those there are."""
    names = sorted(there)
    wrong = [name for name in asked.replace(",", " ").split() if name not in names]
    return [
        f"{key} of rule {demand.rule}: there is no {name!r} for you, but {', '.join(names)}"
        for name in wrong
        if names
    ]


def _has(devices: Iterable[str], gres: str) -> bool:
    """Tell whether there is such a kind of device, whatever their number."""
    wanted = [part for part in gres.split(":") if not part.isdigit()]
    return any(device.split(":")[: len(wanted)] == wanted for device in devices)


def _list_partitions() -> dict[str, set[str]]:
    """List partitions with their devices, such as `gpu:a100:4`."""
    offers: dict[str, set[str]] = {}
    for line in _ask("sinfo", "--all", "--noheader", "--format", "%R|%G"):
        name, devices = line.split("|")
        # sockets stand in brackets behind a device
        plain = {device.split("(")[0] for device in devices.split(",")}
        offers.setdefault(name, set()).update(plain - {""})
    return offers


def _list_accounts() -> set[str]:
    who = f"user={getpass.getuser()}"
    found = _ask("sacctmgr", "--noheader", "--parsable2", "show", "assoc", who, "format=account")
    return {line.strip() for line in found} - {""}


def _ask(*command: str) -> list[str]:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.stdout.splitlines()
