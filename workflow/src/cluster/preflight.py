"""Whether a cluster has what a run asks it for, before the first job is submitted."""

import getpass
import subprocess
from collections.abc import Iterable, Mapping
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
        key = f"slurm_partition of rule {demand.rule}"
        if offers and demand.partition and demand.partition not in offers:
            there = ", ".join(sorted(offers))
            mistakes.append(f"{key}: there is no partition {demand.partition!r}, but {there}")
        elif offers and demand.gres and not _offers(offers, demand):
            there = ", ".join(sorted(offers.get(demand.partition, set()))) or "none"
            mistakes.append(
                f"gres of rule {demand.rule}: partition {demand.partition!r} has no "
                f"{demand.gres}, but {there}"
            )
        if accounts and demand.account and demand.account not in accounts:
            mistakes.append(
                f"slurm_account of rule {demand.rule}: you have no account {demand.account!r}, "
                f"but {', '.join(sorted(accounts))}"
            )
    return mistakes


def _offers(offers: Mapping[str, set[str]], demand: Demand) -> bool:
    """Tell whether a partition has a kind of device, whatever their number."""
    wanted = [part for part in demand.gres.split(":") if not part.isdigit()]
    found = (offer.split(":") for offer in offers.get(demand.partition, ()))
    return any(offer[: len(wanted)] == wanted for offer in found)


def _list_partitions() -> dict[str, set[str]]:
    """List partitions with their devices, such as `gpu:a100:4`."""
    offers: dict[str, set[str]] = {}
    for line in _ask("sinfo", "--noheader", "--format", "%R|%G"):
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
