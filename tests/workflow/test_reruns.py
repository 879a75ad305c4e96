"""What an edit invalidates: exactly the jobs that depend on it, by a dry run of a finished run."""

import re
from fnmatch import fnmatchcase

import pytest

from edits import (
    LIBRARY,
    add_comments,
    add_sample,
    change_nothing,
    copy_file,
    copy_products,
    do_all,
    flip_byte,
    move_aside,
    remove_file,
    replace_code,
    replace_text,
    rewrite_yaml,
    set_config,
    set_sample,
    set_version,
    spell_numbers,
    stash,
    touch,
    truncate,
    turn_keys,
    turn_sheet,
)  # fmt: skip
from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import read_processes
from rapidmass.generator.generate import generate

pytestmark = pytest.mark.workflow

OWN_EVENTS = 150


def list_rows():
    simulated = {"format": "thesis", "campaign": "run2", "cross_section": 0.254,
                 "sum_of_weights": "sum:bookkeeping:sumOfWeights"}  # fmt: skip
    rows = [
        {"sample": "WZ", "channel": "diboson3L", "role": "background", "process": "WZlvll",
         "events": 500},
        {"sample": "ZZ", "channel": "diboson4L", "role": "background", "process": "ZZ4l",
         "events": 200},
        {"sample": "own", "channel": "own", "role": "background", "files": "input/*.root"},
        {"sample": "signal", "channel": "signal", "role": "signal", "process": "SUSY_800p50",
         "events": 150},
    ]  # fmt: skip
    observed = {"sample": "observed", "channel": "data", "role": "data", "format": "thesis",
                "process": "pseudo_data", "campaign": "run2", "luminosity": 2000}  # fmt: skip
    return [*({**simulated, **row} for row in rows), observed]


SELECTIONS = {
    "2lep": {
        "cuts": [{"name": "mass", "require": "(n_lep >= 2) & (m_ll > 70)"}],
        "channels": {"diboson": ["diboson3L", "diboson4L"]},
        "signals": ["signal"],
    },
    "3lep": {
        "cuts": [
            {"name": "trigger", "require": "trigger"},
            {"name": "three", "require": "n_ele_baseline + n_muo_baseline == 3"},
        ],
        "channels": {"WZ": ["diboson3L"], "own": ["own"]},
        "signals": ["signal"],
        "data": ["observed"],
        "spectra": ["met", "m_lll"],
    },
}


def write_own_files(run):
    """Put files of the user's own into the run, and one beside them."""
    process = read_processes(run.checkout / "config/processes.yaml")["WZlvll"]
    (run.folder / "input").mkdir()
    (run.folder / "elsewhere").mkdir()
    for number, name in enumerate(("input/first", "input/second", "elsewhere/third"), start=1):
        generate(
            process,
            GeneratorSettings(),
            sample="own",
            events=OWN_EVENTS,
            seed=number,
            first_event=number * OWN_EVENTS,
            output=run.folder / f"{name}.root",
        )


JOB = re.compile(r"^(?:local)?rule (\w+):\n((?:    .*\n)*)", re.M)


def list_jobs(outcome):
    """List the jobs that a run schedules: rule, and values of its wildcards."""
    assert outcome.returncode == 0, outcome.output[-3000:]
    jobs = set()
    for rule, block in JOB.findall(outcome.output):
        wildcards = re.search(r"    wildcards: (.*)", block)
        pairs = [pair.split("=") for pair in wildcards[1].split(", ")] if wildcards else []
        values = [value for key, value in pairs if key != "representation"]  # there is one
        jobs.add(" ".join(filter(None, [rule, "/".join(values)])))
    return jobs - {"all"}


@pytest.fixture(scope="module")
def finished(start_run, copy_checkout):
    """Finish a run of a checkout of its own, whose code can be edited."""
    run = start_run(
        "reruns",
        list_rows(),
        processes="config/processes.yaml",
        generator={"events_per_file": 300, "pseudo_data_share": 0.5},
        campaigns={"run2": {"luminosity": 138965.15}},
        selections=SELECTIONS,
        representations={"rmm": {"kind": "rmm", "types": [{"ljet": 3}, {"ele": 3}, {"muo": 3}]}},
    )
    run.checkout = copy_checkout()
    write_own_files(run)
    run.jobs = list_jobs(run.make())
    return run


TRAINED = [
    "score *", "score_data *", "scan_cuts *", "draw_network *", "draw_comparison *",
    "summarise_scans", "write_report",
]  # fmt: skip
NETWORK = ["train *", *TRAINED]
MERGED = ["write_megaset *", "measure_composition *", "fit_scaler *", "draw_matrices *", *NETWORK]
SHARDED = ["build_shard *", "collect_cutflows *", *MERGED]
GENERATED = ["generate_*", "draw_pseudo_data *", "normalise_sample *", *SHARDED]
# only these have sums of weights in generated files
WEIGHED = ["normalise_sample WZ", "normalise_sample ZZ", "normalise_sample signal"]
SCANNED = [
    "scan_cuts *", "draw_network *", "draw_comparison *", "summarise_scans", "write_report",
]  # fmt: skip
FIGURES = ["draw_*", "write_report"]
# one job a selection
WHOLE = ("collect_cutflows", "measure_composition", "draw_matrices", "draw_comparison")


def only(patterns, selection, architecture="*"):
    """Restrict patterns to a selection, and to a network."""
    found = []
    for pattern in patterns:
        rule = pattern.removesuffix(" *")
        if rule == pattern:
            found.append(pattern)
        elif rule in ("train", "draw_network"):
            found.append(f"{rule} {selection}/{architecture}")
        elif rule in ("score", "score_data", "scan_cuts"):
            found.append(f"{rule} {selection}/{architecture}/*")
        elif rule in (
            "collect_cutflows",
            "measure_composition",
            "draw_matrices",
            "draw_comparison",
        ):
            found.append(f"{rule} {selection}")
        else:
            found.append(f"{rule} {selection}/*")
    return found


VAE = only(NETWORK, "*", "vae")
# shards of the user's own channel and all that follows in its selection
OWN = ["normalise_sample own", *only(MERGED, "3lep"), "collect_cutflows 3lep"]
FIRST = ["build_shard 3lep/own/first", *OWN]
PIECES = [f"build_piece 3lep/own/{name}/{k}of2" for name in ("first", "second") for k in (1, 2)]
SECOND_SIGNAL = [
    "generate_ntuple other/0", "normalise_sample other", "build_shard 2lep/other/0",
    "collect_cutflows 2lep", "draw_matrices 2lep", "score 2lep/ae/other", "score 2lep/vae/other",
    "scan_cuts 2lep/ae/other", "scan_cuts 2lep/vae/other", "draw_network 2lep/*",
    "draw_comparison 2lep",
    "summarise_scans", "write_report",
]  # fmt: skip
THIRD_NETWORK = [
    f"{rule} {selection}/third{rest}"
    for selection in SELECTIONS
    for rule, rest in [
        ("train", ""), ("draw_network", ""), ("scan_cuts", "/signal"), ("score", "/background"),
        ("score", "/signal"), *([("score_data", "/observed")] if selection == "3lep" else []),
    ]
]  # fmt: skip
MET = [
    f"{rule} {selection}/met/{name}"
    for selection in SELECTIONS
    for rule, name in [
        ("scan_cuts", "signal"), ("score_baseline", "background"), ("score_baseline", "signal"),
    ]
]  # fmt: skip
PSEUDO_DATA = [
    "draw_pseudo_data observed/0", "build_shard 3lep/observed/0", "collect_cutflows 3lep",
    "score_data 3lep/*/observed", "draw_network 3lep/*", "write_report",
]  # fmt: skip
THIRD = {"family": "autoencoder", "layers": [{"units": "inputs", "activation": "tanh"}]}
KERNEL = "representations/rmm/kernel"
IMPORT = "import numpy as np\n"
SHARD = "results/3lep/rmm/shards/WZ/0.parquet"
FROM_SHARD = ["build_shard 3lep/WZ/0", "collect_cutflows 3lep", *only(MERGED, "3lep")]

# name: edit, patterns of jobs that run
CASES = {
    # nothing that counts
    "nothing": (change_nothing, []),
    "comments": (rewrite_yaml(add_comments), []),
    "order of keys": (rewrite_yaml(turn_keys), []),
    "spelling of numbers": (rewrite_yaml(spell_numbers), []),
    "order of rows": (turn_sheet, []),
    "spaces in a cut": (
        set_config("selections.2lep.cuts.0.require", "(n_lep>=2)  &  ((m_ll>70))"),
        [],
    ),
    "touch of all code": (touch("checkout", "Snakefile", "workflow/**/*.*", "config/**/*.*"), []),
    "touch of all products": (touch("folder", "results/**/*.*", "resources/**/*.root"), []),
    "git stash, and branches there and back": (stash, []),
    "docstring": (replace_code(KERNEL, '"""Compiled loops', '"""Fast loops'), []),
    "format of code": (
        replace_code(KERNEL, "n = 0\n", "n = (\n        0  # none yet\n    )\n"),
        [],
    ),
    "rule's comment and memory": (
        replace_text("checkout", "workflow/rules/shards.smk", "grow(2000)", "grow(2500)"),
        [],
    ),
    "how often a training is saved": (set_config("training", {"checkpoint_interval": 60}), []),
    "where events are made dense": (set_config("training", {"expand": "device"}), []),
    # the configuration
    "frozen networks, other settings of them": (
        do_all(
            set_config("training", {"frozen": True}),
            set_config("architectures.vae.kl_weight", 0.3),
        ),
        ["write_report"],
    ),
    "frozen networks, other events": (
        do_all(
            set_config("training", {"frozen": True}),
            set_sample("ZZ", "cross_section", "1.3"),
        ),
        [
            "normalise_sample ZZ", "score 2lep/*/background",
            *only(sorted({*MERGED} - {"train *", "fit_scaler *", "score *"}), "2lep"),
        ],
    ),
    "luminosity": (set_config("campaigns.run2.luminosity", 140000.0), SCANNED),
    "cross section of a signal": (
        set_sample("signal", "cross_section", "0.001"),
        ["normalise_sample signal", *SCANNED],
    ),
    "cross section of a background": (
        set_sample("ZZ", "cross_section", "1.3"),
        ["normalise_sample ZZ", *only(MERGED, "2lep")],
    ),
    "a new signal": (
        do_all(
            add_sample("signal", sample="other", process="SUSY_450p300"),
            set_config("selections.2lep.signals", ["signal", "other"]),
        ),
        SECOND_SIGNAL,
    ),
    "a new network": (
        set_config("architectures.third", THIRD),
        [*THIRD_NETWORK, "draw_comparison *", "summarise_scans", "write_report"],
    ),
    "a network less": (
        set_config("architectures.ae", None),
        ["draw_comparison *", "summarise_scans", "write_report"],
    ),
    "a baseline": (
        set_config("baselines", {"met": {"kind": "met"}}),
        [*MET, "draw_comparison *", "summarise_scans", "write_report"],
    ),
    "a further score of a network": (
        set_config("architectures.vae.scores", ["error", "radius"]),
        [*only(TRAINED, "*", "vae"), *(f"scan_cuts {s}/vae-radius/signal" for s in SELECTIONS)],
    ),
    "a study": (
        set_config("studies", {"latent_space": {"enabled": True, "networks": ["vae"]}}),
        [
            *(f"map_latent {s}/vae" for s in SELECTIONS),
            *(f"draw_section {s}/latent_space" for s in SELECTIONS),
            "write_report",
        ],
    ),
    "unblinding": (
        set_config("unblinding", {"by": "a board", "reason": "all checks are passed"}),
        ["score_data *", "draw_network 3lep/*", "write_report"],
    ),
    "learning rate of one network": (
        set_config("architectures.vae.optimiser", {"learning_rate": 0.01}),
        VAE,
    ),
    "two values swapped": (
        do_all(
            set_config("architectures.vae.batch_size", 2),
            set_config("architectures.vae.epochs", 64),
        ),
        VAE,
    ),
    "scan": (set_config("scan.score_quantiles", [0.5, 0.8]), SCANNED),
    "axis of the score, which only figures use": (
        set_config("scan.score", {"start": -6, "stop": 4, "step": 0.1}),
        ["draw_network *", "write_report"],
    ),
    "plot style": (set_config("plots", {"label": "Preliminary"}), ["draw_[nmc]*", "write_report"]),
    "title": (set_config("title", "Another search"), ["write_report"]),
    "cut of three leptons": (
        set_config("selections.3lep.cuts.0.require", "trigger & (met > 10)"),
        only(SHARDED, "3lep"),
    ),
    "multiplicity": (set_config("representations.rmm.types.1.ele", 2), SHARDED),
    "number of megasets": (
        set_config("megasets.number", 3),
        [*MERGED, "write_megaset 2lep/2", "write_megaset 3lep/2"],
    ),
    "test fraction": (set_config("split.test_fraction", 0.5), MERGED),
    "scaling": (
        set_config("scaling", {"clip": False}),
        [*(f"fit_scaler {s}/minmax" for s in SELECTIONS), *NETWORK],
    ),
    "seed": (
        set_config("seed", 2),
        [pattern for pattern in GENERATED if pattern != "normalise_sample *"] + WEIGHED,
    ),
    # the generator
    "events of one channel": (
        set_sample("ZZ", "events", "250"),
        ["generate_ntuple ZZ/0", "generate_pseudo_source ZZ", "draw_pseudo_data observed/0",
         "normalise_sample ZZ", "build_shard 2lep/ZZ/0", "collect_cutflows 2lep",
         *only(MERGED, "2lep"), "build_shard 3lep/observed/0", "collect_cutflows 3lep",
         "score_data 3lep/*/observed", "draw_network 3lep/*"],
    ),
    "process of a signal": (
        replace_text("checkout", "config/processes.yaml", "chargino: 800", "chargino: 810"),
        ["generate_ntuple signal/0", "normalise_sample signal", "build_shard */signal/0",
         "collect_cutflows *", "draw_matrices *", "score */signal", *SCANNED],
    ),
    "cross section of pseudo-data": (
        replace_text("checkout", "config/processes.yaml", "section: 1.680", "section: 1.7"),
        PSEUDO_DATA,
    ),
    # the user's own files
    "a file touched": (touch("folder", "input/first.root"), []),
    "all files in another folder": (
        do_all(
            copy_file("input/first.root", "moved/first.root"),
            copy_file("input/second.root", "moved/second.root"),
            set_sample("own", "files", "moved/*.root"),
        ),
        ["write_report"],
    ),
    "a file replaced": (copy_file("elsewhere/third.root", "input/first.root"), FIRST),
    "a file added": (
        copy_file("elsewhere/third.root", "input/third.root"),
        ["build_shard 3lep/own/third", *OWN],
    ),
    "files in pieces": (
        set_config("files", {"split_above": 6e-5}),
        [*PIECES, "join_pieces 3lep/own/first", "join_pieces 3lep/own/second",
         "collect_cutflows 3lep", *only(MERGED, "3lep")],
    ),
    "files below the size of pieces": (set_config("files", {"split_above": 1e-3}), []),
    "a file removed": (remove_file("input/first.root"), OWN),
    "a file replaced by another name": (
        do_all(
            copy_file("elsewhere/third.root", "input/third.root"), remove_file("input/first.root")
        ),
        ["build_shard 3lep/own/third", *OWN],
    ),
    # the library
    "matrix": (replace_code(KERNEL, "n = 0\n", "n = 0 + 0\n"), SHARDED),
    "drawing of pseudo-data": (
        replace_code("generator/pseudodata", IMPORT, IMPORT + "\nA = 1\n"),
        PSEUDO_DATA,
    ),
    "significances": (
        replace_code("statistics/significance", IMPORT, IMPORT + "\nA = 1\n"),
        SCANNED,
    ),
    "one family of networks": (
        replace_code("models/networks/vae", "import torch\n", "import torch\n\nA = 1\n"),
        VAE,
    ),
    "figures of scores": (
        replace_code("plotting/scores", IMPORT, IMPORT + "\nA = 1\n"),
        ["draw_network *", "write_report"],
    ),
    "style of figures": (
        replace_code("plotting/style", "WIDE, SQUARE", "A = 1\nWIDE, SQUARE"),
        ["draw_network *", "draw_matrices *", "draw_comparison *", "write_report"],
    ),
    "report": (
        replace_code("report/tables", "def tabulate_network", "A = 1\n\n\ndef tabulate_network"),
        ["write_report"],
    ),
    "template of the report": (
        replace_text("checkout", f"{LIBRARY}/report/template.html.j2", "<body", "<body "),
        ["write_report"],
    ),
    "script of the report": (
        replace_code("write_report.py", "split = ", "split = (1) and "),
        ["write_report"],
    ),
    "what all scripts share": (
        replace_code("_job.py", "gc.disable()", "gc.disable()\nA = 1"),
        ["*"],
    ),
    "scoring": (replace_code("scores/write", "import json\n", "import json\n\nA = 1\n"), TRAINED),
    # other versions
    "torch": (set_version("torch", "9.9"), NETWORK),
    "uproot": (set_version("uproot", "9.9"), GENERATED),
    "onnxruntime": (set_version("onnxruntime", "9.9"), NETWORK),
    "matplotlib": (set_version("matplotlib", "9.9"), ["draw_[nmc]*", "write_report"]),
    "hist": (set_version("hist", "9.9"), SCANNED),
    # what happened to products
    "a shard cut off": (truncate(SHARD), FROM_SHARD),
    "a shard altered, its time set back": (flip_byte(SHARD), FROM_SHARD),
    "a figure altered": (
        flip_byte("results/2lep/figures/vae/losses.png"),
        ["draw_network 2lep/vae", "write_report"],
    ),
    "an intermediate deleted that nothing needs": (remove_file(SHARD), []),
    "a product without a record": (
        remove_file("results/2lep/models/vae/.weights.pt.record.json"),
        [],
    ),
    "a network without any record": (
        do_all(
            *(
                remove_file(f"results/2lep/models/vae/.{name}.record.json")
                for name in ("weights.pt", "model.onnx", "card.json", "history.json")
            )
        ),
        only(NETWORK, "2lep", "vae"),
    ),
    # as a forced training leaves it that fails
    "a network without products and records": (
        move_aside("results/2lep/models/vae"),
        only(NETWORK, "2lep", "vae"),
    ),
    "figures without a record": (
        do_all(
            move_aside("results/2lep/figures/vae"),
            remove_file("results/2lep/figures/.vae.record.json"),
        ),
        ["draw_network 2lep/vae", "write_report"],
    ),
    "a record of another product put in place": (
        copy_file(
            "results/2lep/models/ae/.card.json.record.json",
            "results/2lep/models/vae/.card.json.record.json",
        ),
        [],
    ),
    "Snakemake's memory deleted": (move_aside(".snakemake"), []),
    "all products copied, without Snakemake's memory": (copy_products, []),
    "the report deleted": (remove_file("results/report/index.html"), ["write_report"]),
}  # fmt: skip


def match(patterns, jobs):
    """Find the jobs that patterns mean; one without a star may be new."""
    return {
        job
        for pattern in patterns
        for job in ([pattern] if "*" not in pattern else
                    [job for job in jobs if fnmatchcase(job, pattern)])
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_edit_reruns_what_depends_on_it(finished, case):
    edit, patterns = CASES[case]
    undo = edit(finished)
    try:
        found = list_jobs(finished.snakemake("--dry-run"))
    finally:
        undo()
        finished.save()
    expected = match(patterns, finished.jobs)
    assert sorted(found - expected) == [], "too many"
    assert sorted(expected - found) == [], "too few"


def test_what_cannot_be_read_is_named(finished):
    undo = move_aside("input/first.root")(finished)
    (finished.folder / "input/first.root").mkdir()
    try:
        found = finished.snakemake("--dry-run")
    finally:
        undo()
    assert found.returncode != 0
    assert "input/first.root cannot be read: Is a directory; let this user read it" in found.output


def test_a_frozen_network_that_is_not_there_is_named(finished):
    undo = do_all(
        set_config("training", {"frozen": True}), set_config("architectures.third", THIRD)
    )(finished)
    try:
        found = finished.snakemake("--dry-run")
    finally:
        undo()
        finished.save()
    assert found.returncode != 0
    assert "training.frozen: results/2lep/models/third/weights.pt is not there" in found.output


def test_the_table_means_jobs_that_there_are(finished):
    """Guards the patterns: each fits something, and all jobs of the run are known."""
    assert len(finished.jobs) == 60
    for patterns in (GENERATED, SCANNED, FIGURES, VAE, OWN):
        for pattern in patterns:
            assert match([pattern], finished.jobs), pattern
