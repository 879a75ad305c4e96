# Inputs and settings of systematic variations: simulation with other momenta or weights, scored by
# the same networks and baselines.

from rapidmass.ntuples.format.systematics import shift_format, shift_requirement


def knows_shift(sample, shift):
    return shift in ANALYSIS.formats[SAMPLES[sample].format].shifts


def find_source(shift):
    """What is uncertain: the same in every format that has the shift, and can apply it."""
    sources = set()
    for name, settings in ANALYSIS.formats.items():
        if shift in settings.shifts:
            sources.add(settings.shifts[shift].source or shift)
            try:
                shift_format(settings, shift)
            except ValueError as error:
                raise WorkflowError(f"ntuple format {name}: {error}") from None
    if len(sources) > 1:
        raise WorkflowError(
            f"systematics: the shift {shift} has different sources in the ntuple formats: "
            f"{', '.join(sorted(sources))}; give it one, or shifts different names"
        )
    return sources.pop()


# By name; formats that lack a shift keep their nominal events.
SHIFTS = {shift: find_source(shift) for shift in sorted(set(CONFIG.systematics))}
# Shifts of a selection: those that change some of its simulated samples.
SHIFTED = {
    selection: [
        shift
        for shift in SHIFTS
        if any(
            knows_shift(sample, shift)
            for sample in list_selected(selection, ["background", "signal"])
        )
    ]
    for selection in SELECTIONS
}
# The section stands before those of the studies.
SECTIONS[:] = [
    section
    for selection in SELECTIONS
    for section in [
        *([(selection, "systematics")] if SHIFTED[selection] else []),
        *(other for other in SECTIONS if other[0] == selection),
    ]
]

WORDS.update(
    {
        "drawn": "architectures.*.scores",
        "known": "samples, ntuple format.shifts",
        "scorers": "architectures.*.scores, baselines",
        "shifts": "systematics, ntuple format.shifts",
    }
)


def shifted_shard_settings(wildcards):
    settings = describe_shard(wildcards)
    sample = SAMPLES[wildcards.sample]
    shifts = ANALYSIS.formats[sample.format].shifts
    shifted, require = shift_requirement(
        settings["format"].model_copy(update={"shifts": shifts}),
        wildcards.shift,
        settings["require"],
    )
    return write_canonical(
        {"shard": {**settings, "format": shifted, "require": require}}
    )


def list_shifted_shards(selection, shift, samples):
    """Shards of samples in a variation; nominal ones where the format does not know it."""
    return [
        (
            f"results/{selection}/shifts/{shift}/{SHOWN}/shards/{sample}/{part}.parquet"
            if knows_shift(sample, shift)
            else f"results/{selection}/{SHOWN}/shards/{sample}/{part}.parquet"
        )
        for sample in samples
        for part in PARTS[sample]
    ]


def shifted_background_shards(wildcards):
    selection = wildcards.selection
    samples = list_selected(selection, ["background"])
    return list_shifted_shards(selection, wildcards.shift, samples)


def test_set_settings(wildcards):
    return write_canonical(
        {
            "members": list_members(wildcards.selection),
            "test_fraction": CONFIG.split.test_fraction,
        }
    )


def shifted_events(wildcards):
    selection, shift = wildcards.selection, wildcards.shift
    if wildcards.dataset == "background":
        return [f"results/{selection}/shifts/{shift}/background.parquet"]
    return list_shifted_shards(selection, shift, [wildcards.dataset])


def name_shifted_scores(selection, shift, model, dataset):
    """Scores of a dataset in a variation; the nominal ones where nothing in it changes."""
    samples = (
        list_selected(selection, ["background"])
        if dataset == "background"
        else [dataset]
    )
    changed = any(knows_shift(sample, shift) for sample in samples)
    folder = (
        f"results/{selection}/shifts/{shift}" if changed else f"results/{selection}"
    )
    return f"{folder}/scores/{model}/{dataset}.parquet"


def list_shifted_scores(selection, model, dataset):
    return [
        name_shifted_scores(selection, shift, model, dataset)
        for shift in SHIFTED[selection]
    ]


def shifted_scores_of_background(wildcards):
    model = SCORERS[wildcards.scorer].model
    return list_shifted_scores(wildcards.selection, model, "background")


def shifted_scores_of_signal(wildcards):
    model = SCORERS[wildcards.scorer].model
    return list_shifted_scores(wildcards.selection, model, wildcards.signal)


def shifted_scores_of_network(wildcards):
    return list_shifted_scores(
        wildcards.selection, wildcards.architecture, "background"
    )


def describe_shifts(selection):
    """Source of each shift of a selection."""
    return {shift: SHIFTS[shift] for shift in SHIFTED[selection]}


def describe_background_shifts(selection):
    """Source of each shift that changes a background of a selection."""
    samples = list_selected(selection, ["background"])
    return {
        shift: source
        for shift, source in describe_shifts(selection).items()
        if any(knows_shift(sample, shift) for sample in samples)
    }


def list_shifted_backgrounds(selection, model):
    """Scores of the background in each of these."""
    return [
        f"results/{selection}/shifts/{shift}/scores/{model}/background.parquet"
        for shift in describe_background_shifts(selection)
    ]


def shifted_tests(wildcards):
    selection = wildcards.selection
    return [
        f"results/{selection}/shifts/{shift}/background.parquet"
        for shift in describe_background_shifts(selection)
    ]


def scans_of_selection(wildcards):
    return [
        f"results/{selection}/scans/{scorer}/{signal}.json"
        for selection, scorer, signal in SCANS
        if selection == wildcards.selection
    ]


def list_shifted_samples(selection):
    """Samples of a selection that each of its shifts changes."""
    return {
        shift: [
            sample
            for sample in list_selected(selection, ["background", "signal"])
            if knows_shift(sample, shift)
        ]
        for shift in SHIFTED[selection]
    }


def systematics_section_settings(wildcards):
    selection = wildcards.selection
    return write_canonical(
        {
            "frame": {
                **describe_frame(selection),
                "luminosity": CONFIG.luminosity,
            },
            "scorers": list(SCORERS),
            # the bins of the score are made for networks
            "drawn": [name for name, s in SCORERS.items() if s.model not in BASELINES],
            "known": list_shifted_samples(selection),
        }
    )
