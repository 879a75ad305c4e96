# Settings of the report: what it must know of the whole configuration.


def show_sample(sample):
    """A row of the sample sheet without passwords and tokens."""
    return sample.model_copy(update={"files": tuple(map(redact, sample.files))})


def report_settings(_):
    return write_canonical(
        {
            "title": CONFIG.title,
            "seed": CONFIG.seed,
            "luminosity": CONFIG.luminosity,
            "sqrt_s": CONFIG.rmm.sqrt_s,
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
