# What the rules share: the validated configuration, names of files, and params.

import math
import re
from functools import cache
from glob import glob
from typing import NamedTuple

from snakemake.exceptions import WorkflowError

from rapidmass.provenance.code_digests import digest_modules, hash_sources, list_packages
from rapidmass.config.models.baseline import FittedBaseline
from rapidmass.config.load import ConfigError, load_analysis
from rapidmass.config.inputs.samples import PSEUDO_DATA
from rapidmass.provenance.requests import write_canonical


def find_beside(path):
    """A path of the config: from the working folder, else from the checkout."""
    return path if Path(path).exists() else str(Path(workflow.basedir, path))


def load_config():
    paths = {
        key: find_beside(config[key])
        for key in ("samples", "ntuple_formats", "processes")
        if isinstance(config.get(key), str)
    }
    try:
        return load_analysis(
            {**config, **paths}, origin=" + ".join(map(str, workflow.configfiles))
        )
    except ConfigError as error:
        raise WorkflowError(str(error)) from None


ANALYSIS = load_config()
CONFIG = ANALYSIS.config
SAMPLES = ANALYSIS.samples
SELECTIONS = CONFIG.selections
UNUSED = ANALYSIS.list_unused_backgrounds()
# What a plan ends with.
NOTES = (
    [
        f"No selection uses {len(UNUSED)} backgrounds of {CONFIG.samples}: "
        + ", ".join(UNUSED[:12] + ["..."] * (len(UNUSED) > 12))
    ]
    if UNUSED
    else []
)


def scale_events(events, factor=1.0):
    return max(1, round(events * CONFIG.generator.scale * factor))


def list_shards(selection, samples):
    return [
        f"results/{selection}/rmm/{sample}/{part}.parquet"
        for sample in samples
        for part in PARTS[sample]
    ]


def list_selected(selection, roles=("background", "signal", "data")):
    """Samples that take part in a selection."""
    chosen = SELECTIONS[selection]
    groups = {
        "background": sum(ANALYSIS.list_backgrounds(selection).values(), []),
        "signal": chosen.signals,
        "data": chosen.data,
    }
    return [sample for role in roles for sample in groups[role]]


SIGNALS = [name for name, sample in SAMPLES.items() if sample.role == "signal"]
DATA = [name for name, sample in SAMPLES.items() if sample.is_data]
USED = list(
    dict.fromkeys(
        sample for selection in SELECTIONS for sample in list_selected(selection)
    )
)


# What the workflow makes by itself: generated samples, those drawn from them, and their sources.
GENERATED = [
    name for name in SAMPLES if SAMPLES[name].process not in (None, PSEUDO_DATA)
]
DRAWN = [name for name in SAMPLES if SAMPLES[name].process == PSEUDO_DATA]
PSEUDO_SOURCES = ANALYSIS.list_pseudo_sources()


class Variant(NamedTuple):
    """A network to train: one of the configuration, perhaps with one thing changed."""

    architecture: str
    without: str | None = None
    replica: int = 0
    megasets: int = CONFIG.megasets.number

    @property
    def scaler(self):
        scaling = CONFIG.get_scaling(self.architecture).name
        return f"{scaling}-without-{self.without}" if self.without else scaling


class Scorer(NamedTuple):
    """A score to cut on: the folder of its files, the column in them, and what it is."""

    model: str
    column: str
    kind: str


def list_models(selection):
    """All networks of a selection, by name."""
    models = {name: Variant(name) for name in CONFIG.architectures}
    # of a study that is off nothing exists; that of megasets can be asked for in any case
    removal, replicas = CONFIG.studies.channel_removal, CONFIG.studies.replicas
    for name in removal.list_networks(CONFIG) if removal.enabled else ():
        for channel in removal.list_channels(CONFIG, selection):
            models[f"{name}-without-{channel}"] = Variant(name, without=channel)
    for name in replicas.list_networks(CONFIG) if replicas.enabled else ():
        for replica in range(1, replicas.number):
            models[f"{name}-replica-{replica}"] = Variant(name, replica=replica)
    study = CONFIG.studies.megaset_study
    for name in study.list_networks(CONFIG):
        for number in study.list_trained(CONFIG):
            models[f"{name}-megasets-{number}"] = Variant(name, megasets=number)
    return models


MODELS = {selection: list_models(selection) for selection in SELECTIONS}
BASELINES = CONFIG.baselines


def list_scalers(selection):
    """All scalings of a selection by name: what they are, and the channel that they leave out."""
    scalers = {
        variant.scaler: (CONFIG.get_scaling(variant.architecture), variant.without)
        for variant in MODELS[selection].values()
    }
    for baseline in BASELINES.values():
        if isinstance(baseline, FittedBaseline):
            scaling = baseline.scaling or CONFIG.scaling
            scalers[scaling.name] = (scaling, None)
    return scalers


SCALERS = {selection: list_scalers(selection) for selection in SELECTIONS}
SCORERS = {
    (name if position == 0 else f"{name}-{kind}"): Scorer(
        name, "score" if position == 0 else f"score_{kind}", kind
    )
    for name, architecture in CONFIG.architectures.items()
    for position, kind in enumerate(architecture.score_names)
} | {name: Scorer(name, "score", baseline.kind) for name, baseline in BASELINES.items()}

# What there is to train, and to scan.
RUNS = [(selection, name) for selection in SELECTIONS for name in CONFIG.architectures]
SCANS = [
    (selection, scorer, signal)
    for selection in SELECTIONS
    for scorer in SCORERS
    for signal in SELECTIONS[selection].signals
]
SECTIONS = [
    (selection, study)
    for selection in SELECTIONS
    for study in CONFIG.studies.list_enabled(CONFIG, selection)
]


def any_of(names):
    """Pattern of a wildcard that stands for one of the names (none: matches nothing)."""
    return "|".join(map(re.escape, names)) or "(?!)"


def grow(megabytes):
    """Memory that grows with each attempt of a job."""

    def ask(_, attempt):
        return megabytes * attempt

    return ask


def script_code(name):
    """Params: the code of a script, digested only if a job needs it."""

    def code(_):
        return digest_code(name)

    return code


@cache
def digest_code(name, modules=(), packages=()):
    """Digests of a script and of the library code that it reaches, and the packages in use.

    What they load by name only cannot be found in them: it is given here.
    """
    script = Path(workflow.basedir, "workflow", "scripts", name)
    return write_canonical(
        {
            "modules": digest_modules(script, modules),
            "hashes": hash_sources(script, modules),
            "packages": sorted({*list_packages(script, modules), *packages}),
        }
    )


wildcard_constraints:
    selection=any_of(SELECTIONS),
    architecture=any_of(CONFIG.architectures),
    model=any_of(dict.fromkeys(name for models in MODELS.values() for name in models)),
    scaler=any_of(dict.fromkeys(name for names in SCALERS.values() for name in names)),
    baseline=any_of(BASELINES),
    scorer=any_of(SCORERS),
    number=r"\d+",
    sample=any_of(USED),
    part=r"[^/]+",
    index=r"\d+",
