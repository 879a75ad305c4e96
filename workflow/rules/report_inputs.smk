# Settings of the report: what it must know of the whole configuration.

# What people take home beside the report. A product that is asked for here is made again when it is
# gone, as after a forced run that failed; one that others only pass through is not.
DELIVERABLES = [
    f"results/{selection}/models/{name}/{file}"
    for selection, name in RUNS
    for file in ("weights.pt", "model.onnx", "card.json", "history.json")
]
DELIVERABLES += [
    f"results/{selection}/models/{name}/baseline.npz"
    for selection in SELECTIONS
    for name in FITTED_BASELINES
]
DELIVERABLES += [f"results/{selection}/figures/{name}" for selection, name in RUNS]
DELIVERABLES += [
    f"results/{s}/scans/{scorer}/{signal}.json" for s, scorer, signal in SCANS
]
WITH_MATRICES = list(SELECTIONS) if CONFIG.list_matrices() else []
DELIVERABLES += [f"results/{selection}/figures/matrices" for selection in WITH_MATRICES]
DELIVERABLES += [
    f"results/{selection}/sections/{study}" for selection, study in SECTIONS
]


def show_sample(sample):
    """A row of the sample sheet without passwords and tokens."""
    return sample.model_copy(update={"files": tuple(map(redact, sample.files))})


def report_settings(_):
    return write_canonical(
        {
            "title": CONFIG.title,
            "seed": CONFIG.seed,
            "luminosity": CONFIG.luminosity,
            "sqrt_s": CONFIG.sqrt_s,
            "split": CONFIG.split,
            "scan": CONFIG.scan,
            "samples": [show_sample(SAMPLES[name]) for name in USED],
            "unused": UNUSED,
            "formats": {
                name: ANALYSIS.formats[name]
                for name in {SAMPLES[s].format for s in USED}
            },
            "selections": [
                {
                    **selection.model_dump(mode="json"),
                    "name": name,
                    "samples": [
                        [sample, len(PARTS[sample])] for sample in list_selected(name)
                    ],
                    "studies": [study for s, study in SECTIONS if s == name],
                }
                for name, selection in SELECTIONS.items()
            ],
            "architectures": list(CONFIG.architectures),
            "scorers": [[name, s.model, s.kind] for name, s in SCORERS.items()],
            "unblinding": CONFIG.unblinding,
        }
    )
