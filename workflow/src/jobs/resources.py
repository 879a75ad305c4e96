"""Memory and code that jobs need."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from snakemake.iocontainers import Wildcards

from jobs.context import Context
from jobs.origins import BYTES_PER_GB
from jobs.signatures import show_signature
from jobs.sizes import measure_events
from jobs.variants import list_fitted
from rapidmass.provenance.code_digests import digest_modules, hash_sources, list_packages
from rapidmass.provenance.requests import write_canonical
from rapidmass.representations.registry import name_module

MINUTES_PER_GB = 3  # of ROOT files; a core that is free reads one in a fraction of a minute
SCRIPTS = Path(__file__).parents[2] / "scripts"


def grow(megabytes: int) -> Callable[[Wildcards, int], int]:
    """Ask for memory that grows with each attempt of a job."""

    def ask(_: Wildcards, attempt: int) -> int:
        return megabytes * attempt

    return show_signature(ask)


def grow_with_events(context: Context, minutes: int) -> Callable[[Wildcards, int], int]:
    """Ask for time that grows with the files of the events, and with each attempt of a job."""

    def ask(wildcards: Wildcards, attempt: int) -> int:
        gigabytes = measure_events(context, wildcards) / BYTES_PER_GB
        return math.ceil(minutes + MINUTES_PER_GB * gigabytes) * attempt

    return show_signature(ask)


def grow_for_baseline(context: Context) -> Callable[[Wildcards, int], int]:
    """Ask for memory to fit a baseline: a forest holds its events, twice as it joins them."""

    def ask(wildcards: Wildcards, attempt: int) -> int:
        shown = context.config.show(context.find_representation(wildcards))
        elements = len(shown.element_names)
        events = getattr(context.fits[wildcards.baseline].settings, "max_events", 0)
        return round((1000 + 8e-6 * events * elements) * attempt)

    return show_signature(ask)


def script_code(name: str) -> Callable[[Wildcards], str]:
    """Give the code of a script, digested only if a job needs it."""

    def code(_: Wildcards) -> str:
        return digest_code(name)

    return show_signature(code)


def digest_shown(context: Context, wildcards: Wildcards, script: str) -> str:
    """Digest the code of a script, with the module of the representation."""
    return digest_code(script, (_name_representation(context, wildcards),))


def _name_representation(context: Context, wildcards: Wildcards) -> str:
    name = context.find_representation(wildcards)
    return name_module(context.config.representations[name].kind)


@cache
def digest_code(name: str, modules: Sequence[str] = (), packages: Sequence[str] = ()) -> str:
    """Digest a script and the library code that it reaches, and name the packages in use.

    Parameters
    ----------
    name
        File name of the script.
    modules, packages
        What they load by name only, which cannot be found in them.

    Returns
    -------
    str
        The param `code` of its jobs.
    """
    script = SCRIPTS / name
    return write_canonical(
        {
            "modules": digest_modules(script, modules),
            "hashes": hash_sources(script, modules),
            "packages": sorted({*list_packages(script, modules), *packages}),
        }
    )


def digest_export(context: Context, _: Wildcards) -> str:
    """Digest the code of the export, with the modules of all representations."""
    kinds = {one.kind for one in context.config.representations.values()}
    return digest_code("export_results.py", tuple(map(name_module, sorted(kinds))))


def digest_training(context: Context, wildcards: Wildcards) -> str:
    """Digest the code of a training; the family, and the exporter, are loaded by name."""
    variant = context.models[wildcards.selection][wildcards.model]
    modules = (
        _name_family(context, variant.architecture),
        _name_representation(context, wildcards),
    )
    return digest_code("train.py", modules, ("onnxscript",))


def digest_tuning(context: Context, wildcards: Wildcards, script: str) -> str:
    """Digest the code of a script of tuning, with the family of the network."""
    family = _name_family(context, wildcards.architecture)
    return digest_code(script, (family, _name_representation(context, wildcards)))


def _name_family(context: Context, architecture: str) -> str:
    return f"rapidmass.models.networks.{context.config.architectures[architecture].family}"


def digest_baseline(context: Context, wildcards: Wildcards, script: str) -> str:
    """Digest the code of a script of baselines, with the module of the kind."""
    name = wildcards.baseline
    name = context.fits[name].baseline if name in context.fits else name
    fitted = list_fitted(context.config).get(name)
    modules = (f"rapidmass.models.baselines.{fitted.kind}",) if fitted else ()
    return digest_code(script, (*modules, _name_representation(context, wildcards)))
