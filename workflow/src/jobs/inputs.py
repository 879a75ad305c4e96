"""Which products a job reads, from its wildcards."""

from collections.abc import Iterable

from snakemake.exceptions import WorkflowError
from snakemake.iocontainers import Wildcards

from jobs import paths
from jobs.context import Context
from jobs.paths import fill
from jobs.variants import list_combinations, list_fitted, list_folds, name_fold

BACKGROUND = ("background",)


def list_parts(
    context: Context, pattern: str, selection: str, samples: Iterable[str], **values: str
) -> list[str]:
    """List the products of a selection for each file of some samples.

    Where `values` name no representation it is the first: events and their variables are the same.
    """
    values = {"representation": context.first_representation, **values}
    return [
        fill(pattern, selection=selection, sample=sample, part=part, **values)
        for sample in samples
        for part in context.parts[sample]
    ]


def list_background_parts(context: Context, wildcards: Wildcards, pattern: str) -> list[str]:
    """List the products for each file of the background."""
    samples = context.list_selected(wildcards.selection, BACKGROUND)
    return list_parts_of_job(context, pattern, wildcards, samples)


def list_parts_of_job(
    context: Context,
    pattern: str,
    wildcards: Wildcards,
    samples: Iterable[str],
    **values: str,
) -> list[str]:
    """List the products for each file of some samples, in the representation of a job."""
    representation = context.find_representation(wildcards)
    return list_parts(
        context, pattern, wildcards.selection, samples, representation=representation, **values
    )


def list_background_shards(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of the background."""
    return list_background_parts(context, wildcards, paths.SHARD)


def list_signal_shards(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of all signals."""
    signals = context.selections[wildcards.selection].signals
    return list_parts_of_job(context, paths.SHARD, wildcards, signals)


def list_cutflows(context: Context, wildcards: Wildcards) -> list[str]:
    """List the cutflows of all files of a selection."""
    samples = context.list_selected(wildcards.selection)
    return list_parts(context, paths.CUTFLOW, wildcards.selection, samples)


def list_samples(samples: Iterable[str]) -> list[str]:
    """List the weights of samples."""
    return [fill(paths.SAMPLE, sample=name) for name in samples]


def list_background_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """List the weights of the background."""
    return list_samples(context.list_selected(wildcards.selection, BACKGROUND))


def list_signal_weights(context: Context, wildcards: Wildcards) -> list[str]:
    """List the weights of all signals."""
    return list_samples(context.selections[wildcards.selection].signals)


def list_corrections(context: Context, selection: str) -> list[str]:
    """List what the luminosities of data are corrected by, where events may be left out."""
    quarantine = context.config.files.bad_files == "quarantine"
    return list_samples(context.selections[selection].data if quarantine else ())


def list_corrections_of_data(context: Context, wildcards: Wildcards) -> list[str]:
    """List those of the selection of a job."""
    return list_corrections(context, wildcards.selection)


def list_measured_data(context: Context, selection: str) -> list[str]:
    """List data that could share events: not those that are drawn from simulation."""
    return [name for name in context.selections[selection].data if name not in context.drawn]


def list_data_checks(context: Context, selection: str) -> list[str]:
    """List the check of the data of a selection, if they are of several samples."""
    several = len(list_measured_data(context, selection)) > 1
    return [fill(paths.DATA_CHECK, selection=selection)] if several else []


def find_data_check(context: Context, wildcards: Wildcards) -> list[str]:
    """Find the check of the data of the selection of a job."""
    return list_data_checks(context, wildcards.selection)


def list_megasets(
    context: Context, wildcards: Wildcards, pattern: str = paths.MEGASET
) -> list[str]:
    """List the megasets, or what a pattern names beside each."""
    values = _describe_place(context, wildcards)
    return [fill(pattern, **values, index=i) for i in range(context.config.megasets.number)]


def _describe_place(context: Context, wildcards: Wildcards) -> dict[str, str]:
    representation = context.find_representation(wildcards)
    return {"selection": wildcards.selection, "representation": representation}


def list_megasets_of_model(context: Context, wildcards: Wildcards) -> list[str]:
    """List the megasets that a network is trained on."""
    return _list_numbered(context, wildcards, paths.MEGASET, paths.OTHER_MEGASET)


def list_augmented_of_model(context: Context, wildcards: Wildcards) -> list[str]:
    """List the megasets of augmented events that a network is trained on, if it needs them."""
    variant = context.models[wildcards.selection][wildcards.model]
    if not context.config.architectures[variant.architecture].needs_augmented:
        return []
    return _list_numbered(
        context, wildcards, paths.AUGMENTED_MEGASET, paths.OTHER_AUGMENTED_MEGASET
    )


def list_followed(context: Context, wildcards: Wildcards) -> list[str]:
    """List the combined scores of the background that a network follows, if it does."""
    architecture = context.models[wildcards.selection][wildcards.model].architecture
    name = context.config.architectures[architecture].followed
    return [] if name is None else [name_scores(wildcards.selection, name, "background")]


def list_signal_parts(context: Context, wildcards: Wildcards) -> list[str]:
    """List the shards of the signal of a job."""
    return list_parts_of_job(context, paths.SHARD, wildcards, [wildcards.signal])


def find_signal_weight(_: Context, wildcards: Wildcards) -> list[str]:
    """Find the weight of the signal of a job."""
    return list_samples([wildcards.signal])


def list_signals_of_model(context: Context, wildcards: Wildcards) -> list[str]:
    """List the events of the signals that a classifier is trained on."""
    architecture = context.models[wildcards.selection][wildcards.model].architecture
    names = context.list_signals_of(wildcards.selection, architecture)
    return list_told_events(context, wildcards, names)


def list_told_events(context: Context, wildcards: Wildcards, names: Iterable[str]) -> list[str]:
    """List the events of some signals and priors, in the representation of a job."""
    values = _describe_place(context, wildcards)
    return [fill(paths.SIGNAL_EVENTS, **values, signal=name) for name in names]


def list_signals_of_baseline(context: Context, wildcards: Wildcards) -> list[str]:
    """List the events of the signals that a baseline is fitted for."""
    told = context.fits[wildcards.baseline].settings.signals
    return list_told_events(context, wildcards, context.list_told(wildcards.selection, told))


def _list_numbered(context: Context, wildcards: Wildcards, usual: str, other: str) -> list[str]:
    number = context.models[wildcards.selection][wildcards.model].megasets
    pattern = usual if number == context.config.megasets.number else other
    values = _describe_place(context, wildcards)
    return [fill(pattern, **values, number=number, index=index) for index in range(number)]


def find_scaler(context: Context, wildcards: Wildcards) -> str:
    """Find the scaling of a network's inputs."""
    name = wildcards.get("model") or context.name_one(wildcards.architecture)
    scaler = context.models[wildcards.selection][name].name_scaler(context.config)
    return fill(paths.SCALER, **_describe_place(context, wildcards), scaler=scaler)


def list_fold_scalers(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scalings of all folds of an architecture: they know what each leaves out."""
    own = context.config.architectures[wildcards.architecture].scaling
    scaling = (own or context.config.scaling).name
    values = _describe_place(context, wildcards)
    return [
        fill(paths.SCALER, **values, scaler=name_fold(scaling, fold))
        for fold in list_folds(context.config)
    ]


def find_scaler_of_baseline(context: Context, wildcards: Wildcards) -> str:
    """Find the scaling of a baseline's inputs."""
    _, settings, fold = context.fits[wildcards.baseline]
    scaling = settings.scaling or context.config.scaling
    values = _describe_place(context, wildcards)
    return fill(paths.SCALER, **values, scaler=name_fold(scaling.name, fold))


def list_baselines(context: Context, wildcards: Wildcards) -> list[str]:
    """List the models of a baseline, one for each fold; only kinds that are fitted have any."""
    if wildcards.baseline not in list_fitted(context.config):
        return []
    return [
        fill(paths.BASELINE, selection=wildcards.selection, baseline=name)
        for name in context.list_folds_of(wildcards.baseline)
    ]


def list_networks(context: Context, wildcards: Wildcards) -> list[str]:
    """List the networks that give scores of a dataset: one, or one for each fold."""
    name, dataset = wildcards.model, wildcards.dataset
    one_of_folds = context.config.split.folds and name not in context.networks
    if one_of_folds and (dataset == "altered" or wildcards.get("shift") is not None):
        raise WorkflowError(
            f"{name} was trained on some of the simulated events of {dataset}: it scores the "
            "background's first fold and signals; ask for the scores of the network itself"
        )
    names = context.list_folds_of(name)
    return [fill(paths.ONNX, selection=wildcards.selection, model=model) for model in names]


def find_network(context: Context, wildcards: Wildcards) -> str:
    """Find the network that a study looks into."""
    name = context.name_one(wildcards.architecture)
    return fill(paths.ONNX, selection=wildcards.selection, model=name)


def find_history(context: Context, wildcards: Wildcards) -> str:
    """Find the history of the training of that network."""
    name = context.name_one(wildcards.architecture)
    return fill(paths.HISTORY, selection=wildcards.selection, model=name)


def find_fold_map(context: Context, wildcards: Wildcards) -> list[str]:
    """Find what brings the scores of all folds to one scale; nothing without folds."""
    name = wildcards.get("model") or wildcards.baseline
    if not context.list_folded([name]):
        return []
    values = {"model": name, "dataset": "background"}
    return [fill(paths.FOLD_MAP, selection=wildcards.selection, **values)]


def name_scored(context: Context) -> str:
    """Name the files with the background that has scores: the test set, or with folds all."""
    return paths.MEGASET if context.config.split.folds else paths.TEST


def list_events(context: Context, wildcards: Wildcards) -> list[str]:
    """List the files with the events of a dataset."""
    dataset = wildcards.dataset
    if dataset == "background":
        name = wildcards.get("model") or wildcards.baseline
        if name in (*context.networks, *context.config.baselines):
            return list_megasets(context, wildcards, name_scored(context))
        return list_megasets(context, wildcards, paths.TEST)
    if dataset == "altered":
        return [fill(paths.ALTERED, **_describe_place(context, wildcards))]
    return list_parts_of_job(context, paths.SHARD, wildcards, [dataset])


def is_blinded(context: Context, dataset: str) -> bool:
    """Tell whether a dataset is data that nobody may look at yet."""
    return dataset in context.data and context.config.unblinding is None


def find_blinding(context: Context, wildcards: Wildcards) -> list[str]:
    """Find the scores of background, whose lowest cut hides data; of other datasets, none."""
    if not is_blinded(context, wildcards.dataset):
        return []
    model = wildcards.get("model") or wildcards.baseline
    return [name_scores(wildcards.selection, model, "background")]


def name_scores(selection: str, model: str, dataset: str) -> str:
    """Name the scores that a model gave to a dataset."""
    return fill(paths.SCORES, selection=selection, model=model, dataset=dataset)


def list_combined_scores(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of a dataset that a combination is made of."""
    names = list_combinations(context.config)[wildcards.baseline].read
    return [name_scores(wildcards.selection, name, wildcards.dataset) for name in names]


def list_combined_background(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of the background that a combination is made of."""
    names = list_combinations(context.config)[wildcards.baseline].read
    return [name_scores(wildcards.selection, name, "background") for name in names]


def find_scores(context: Context, wildcards: Wildcards, dataset: str) -> str:
    """Find the file with a score of a dataset: it lies in the folder of what makes it."""
    return name_scores(wildcards.selection, context.scorers[wildcards.scorer].model, dataset)


def find_scores_of_signal(context: Context, wildcards: Wildcards) -> str:
    """Find the file with a score of the signal of a job."""
    return find_scores(context, wildcards, wildcards.signal)


def list_signal_scores(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of a network on all signals."""
    names = context.selections[wildcards.selection].signals
    return [name_scores(wildcards.selection, wildcards.architecture, name) for name in names]


def find_scores_of_one(context: Context, wildcards: Wildcards, dataset: str) -> str:
    """Find the scores of the network that a study looks into."""
    return name_scores(wildcards.selection, context.name_one(wildcards.architecture), dataset)


def list_signal_scores_of_one(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of that network on all signals."""
    names = context.selections[wildcards.selection].signals
    return [find_scores_of_one(context, wildcards, name) for name in names]


def list_data_scores(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scores of a network on all data."""
    names = context.selections[wildcards.selection].data
    return [name_scores(wildcards.selection, wildcards.architecture, name) for name in names]


def list_scans(context: Context, wildcards: Wildcards) -> list[str]:
    """List the scans of a network, one a signal."""
    selection, scorer = wildcards.selection, wildcards.architecture
    signals = context.selections[selection].signals
    return [fill(paths.SCAN, selection=selection, scorer=scorer, signal=s) for s in signals]


def list_all_scans(context: Context) -> list[str]:
    """List the scans of all selections."""
    return [
        fill(paths.SCAN, selection=selection, scorer=scorer, signal=signal)
        for selection, scorer, signal in context.scans
    ]
