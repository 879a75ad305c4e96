"""Whether a cluster has what a run asks it for, before the first job is submitted."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from cluster.offers import Controller, Node, Partition

LONGEST_PAUSE = 180
"""Seconds that Snakemake's executor lets pass between two looks at the queue, at most."""
LOOKS = 3  # in so many of its first pauses an ended job must be shown, or it asks `sacct`


class Demand(NamedTuple):
    """What a submission asks for.

    Parameters
    ----------
    rule
        Name of the rule, or of several.
    partition, account, gres, qos
        As in Snakemake's resources `slurm_partition`, `slurm_account`, `gres`, `qos`; may be empty.
    minutes, memory, cpus
        Time, memory in MB, and CPUs; 0 is nothing that is known.
    jobs
        How many jobs are in it.
    processes
        How many processes train one network, each with a graphics processor if it asks for any.
    """

    rule: str
    partition: str = ""
    account: str = ""
    gres: str = ""
    qos: str = ""
    minutes: float = 0
    memory: float = 0
    cpus: int = 0
    jobs: int = 1
    processes: int = 1


def find_mistakes(
    demands: Iterable[Demand], offers: Mapping[str, Partition], accounts: Iterable[str]
) -> list[str]:
    """Find demands that a cluster cannot meet: such jobs are refused, or wait for ever.

    Parameters
    ----------
    demands
        What the submissions of a run ask for.
    offers
        Partitions by name. If there are none, SLURM's own refusal is what tells.
    accounts
        Names of accounts; none where nobody counts.

    Returns
    -------
    list
        One sentence each, with the key to correct.
    """
    mistakes: dict[str, None] = {}
    for demand in sorted(set(demands)):
        found = [
            *_compare_processes(demand),
            *_compare(demand, "slurm_partition", demand.partition, offers),
            # SLURM keeps the names of accounts in lower case
            *_compare(demand, "slurm_account", demand.account.lower(), map(str.lower, accounts)),
        ]
        names = _list_partitions(demand, offers)
        if names and all(name in offers for name in names):
            found += _find_lacks(demand, names, [offers[name] for name in names])
        mistakes |= dict.fromkeys(found)
    return list(mistakes)


def _compare_processes(demand: Demand) -> Iterator[str]:
    """Compare graphics processors with the processes that need one each."""
    kind, number = _count_devices(demand.gres)
    if kind[0] == "gpu" and number < demand.processes:
        many = ":".join([*kind, str(demand.processes)])
        yield (
            f"gres of rule {demand.rule}: {demand.gres}, but training.processes is "
            f"{demand.processes}, and each needs a graphics processor: write {many}, or lower "
            "training.processes"
        )


def _compare(demand: Demand, key: str, asked: str, there: Iterable[str]) -> list[str]:
    """Compare names, of which SLURM takes several behind commas, with those there are."""
    names = sorted(there)
    wrong = [name for name in asked.replace(",", " ").split() if name not in names]
    return [
        f"{key} of rule {demand.rule}: there is no {name!r} for you, but {', '.join(names)}"
        for name in wrong
        if names
    ]


def _list_partitions(demand: Demand, offers: Mapping[str, Partition]) -> list[str]:
    if demand.partition:
        return demand.partition.replace(",", " ").split()
    return [name for name, offer in offers.items() if offer.is_default] or list(offers)


def _find_lacks(demand: Demand, names: list[str], offers: list[Partition]) -> Iterator[str]:
    """Find what none of the partitions has in which a submission may run."""
    where = f"partition {','.join(names)!r}"
    many = f" for {demand.jobs} jobs in one submission (see group-components)"
    extra = many if demand.jobs > 1 else ""
    nodes = {node for offer in offers for node in offer.nodes}
    if not any(offer.is_up for offer in offers):
        yield f"slurm_partition of rule {demand.rule}: {where} is not up"
    longest = max(offer.minutes for offer in offers)
    if demand.minutes > longest and not demand.qos:  # which may allow more
        yield (
            f"runtime of rule {demand.rule}: {demand.minutes:.0f} minutes{extra}, but {where} "
            f"allows {longest:.0f}"
        )
    lacks = [
        f"{key} of rule {demand.rule}: {asked}{extra}, but {where} has nodes with {there} at most"
        for key, asked, there, is_enough in (
            ("mem_mb", f"{demand.memory:.0f}", max(n.memory for n in nodes), _has_memory(demand)),
            ("threads", f"{demand.cpus}", max(n.cpus for n in nodes), _has_cpus(demand)),
        )
        if not any(map(is_enough, nodes))
    ]
    if not any(map(_has_devices(demand), nodes)):
        there = sorted(set().union(*(node.devices for node in nodes)))
        lacks.append(
            f"gres of rule {demand.rule}: {where} has no {demand.gres}, but "
            f"{', '.join(there) or 'none'}"
        )
    together = (_has_memory(demand), _has_cpus(demand), _has_devices(demand))
    if not lacks and not any(all(test(node) for test in together) for node in nodes):
        lacks.append(
            f"mem_mb, threads and gres of rule {demand.rule}: {where} has no node with "
            f"{demand.memory:.0f} MB, {demand.cpus} CPUs and {demand.gres or 'no device'} at once"
        )
    yield from lacks


def _has_memory(demand: Demand) -> Callable[[Node], bool]:
    return lambda node: demand.memory <= node.memory


def _has_cpus(demand: Demand) -> Callable[[Node], bool]:
    return lambda node: demand.cpus <= node.cpus


def _has_devices(demand: Demand) -> Callable[[Node], bool]:
    """Tell whether a node has as many devices of such a kind."""
    kind, wanted = _count_devices(demand.gres)

    def has(node: Node) -> bool:
        there = [_count_devices(device) for device in node.devices]
        return sum(number for name, number in there if name[: len(kind)] == kind) >= wanted

    return has if demand.gres else lambda _: True


def _count_devices(gres: str) -> tuple[list[str], int]:
    """Take `gpu:a100:4` apart: its kind, and how many; without a number it is one."""
    *kind, last = gres.split(":")
    return (kind, int(last)) if last.isdigit() else ([*kind, last], 1)


def find_blindness(command: str, pause: float, controller: Controller) -> str | None:
    """Find why the end of a job would never be seen.

    Parameters
    ----------
    command
        What Snakemake's executor asks for the states of jobs: `squeue` or `sacct`.
    pause
        Seconds until its first look.
    controller
        How the controller remembers jobs.

    Returns
    -------
    str or None
        One sentence with the key to correct; None if ends are seen.
    """
    needed = max(LOOKS * pause, LONGEST_PAUSE)
    if controller.has_accounts:
        return None
    if command != "squeue":
        return (
            f"slurm-status-command: {command} never answers here, as this cluster keeps no "
            "accounts of jobs; set it to squeue"
        )
    if controller.job_age < needed:
        shorter = (
            f"set slurm-init-seconds-before-status-checks to {controller.job_age // LOOKS:.0f} at "
            "most"
            if controller.job_age >= LONGEST_PAUSE
            else f"ask for a MinJobAge of {math.ceil(needed)} s"
        )
        return (
            f"slurm-status-command: squeue shows ended jobs for {controller.job_age:.0f} s only "
            f"(MinJobAge), too short to see each of them; {shorter}"
        )
    return None
