"""Files of invented scores, and what the studies of trained variants measure in them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.channel_removal.measure import measure_removal
from rapidmass.studies.megaset_number.measure import TrainedOn, compare_numbers
from rapidmass.studies.seeds.measure import Replica, measure_seeds

CHANNELS = {"Zjets": 3000, "ttbar": 800, "triboson": 6, "Wjets": 0}
SIGNALS = ("SUSY_450p300", "SUSY_800p50")
LUMINOSITY, TEST_FRACTION, FLOOR = 1000.0, 0.2, 10.0
FRAME = Frame(
    plots=PlotSettings(),
    selection="3lep",
    channels=list(CHANNELS),
    signals=SIGNALS,
    luminosity=LUMINOSITY,
)


def write_background(path, *, seed=1, shifts=None):
    """Write scores of a test set; the events are the same for every seed and shift."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fixed, luck = np.random.default_rng(5), np.random.default_rng(seed)
    tables = []
    for place, (channel, n) in enumerate(CHANNELS.items()):
        shift = 0.4 * place + (shifts or {}).get(channel, 0.0)
        score = fixed.normal(shift, 0.7, n) + luck.normal(0, 0.1, n)
        columns = {
            "key": np.arange(n, dtype=np.uint64) + 10000 * place,
            "channel": pa.array([channel] * n, pa.string()),
            "weight": fixed.uniform(0.5, 1.5, n) / (1 + 4 * place),
            "met": fixed.exponential(40, n).astype(np.float32),
            "score": score.astype(np.float32),
            "score_latent": (2 * score).astype(np.float32),
        }
        tables.append(pa.table(columns))
    pq.write_table(pa.concat_tables(tables), path)
    return path


def write_signals(folder, *, seed=1):
    """Write scores of the signals; return them by name."""
    fixed, luck = np.random.default_rng(6), np.random.default_rng(seed)
    paths = {}
    for place, name in enumerate(SIGNALS):
        n = 400
        columns = {
            "key": np.arange(n, dtype=np.uint64),
            "generator_weight": np.ones(n),
            "scale_factor": fixed.uniform(0.9, 1.1, n),
            "met": fixed.exponential(120, n).astype(np.float32),
            "score": (fixed.normal(1.0 + place, 0.6, n) + luck.normal(0, 0.1, n)).astype("f4"),
        }
        folder.mkdir(parents=True, exist_ok=True)
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(pa.table(columns), paths[name])
    return paths


def measure_networks(folder):
    """Measure channel removal of one network with two scores, by channel."""
    full = write_background(folder / "full.parquet")
    scorers = [("ae", "score"), ("ae-latent", "score_latent")]
    settings = {"luminosity": LUMINOSITY, "scored_share": TEST_FRACTION, "folder": folder}
    measured = {}
    for channel in CHANNELS:
        path = folder / f"without-{channel}.parquet"
        scores = {
            "full": full,
            "without": write_background(path, seed=7, shifts={channel: 0.8}),
        }
        found = measure_removal(
            scores, scorers, [channel], minimum_effective_events=FLOOR, **settings
        )
        measured |= found["channels"]
    baseline = measure_removal(
        {"full": full}, [("met", "met")], list(CHANNELS), minimum_effective_events=FLOOR, **settings
    )
    return {"ae": measured}, {"met": baseline["channels"]}


def measure_trainings(folder, number=4):
    """Measure the spread over seeds of one score."""
    replicas = [
        Replica(
            write_background(folder / f"{seed}/background.parquet", seed=seed),
            write_signals(folder / str(seed), seed=seed),
        )
        for seed in range(number)
    ]
    settings = ScanSettings(
        score_quantiles=[0.5, 0.9],
        met=Axis(start=0, stop=200, step=20),
        minimum_effective_events=FLOOR,
    )
    return measure_seeds(
        replicas, "score", dict.fromkeys(SIGNALS, 1e-3), settings,
        luminosity=LUMINOSITY, scored_share=TEST_FRACTION, folder=folder,
    )  # fmt: skip


def measure_numbers(folder):
    """Compare three numbers of megasets."""
    trained = {}
    for number in (1, 5, 10):
        history = folder / f"{number}/history.json"
        epoch = {"training_events": 1000 // number, "validation_events": 100 // number}
        losses = {"training_loss": 0.01 / number, "validation_loss": 0.011 / number}
        write_json(history, {"epochs": [{**epoch, **losses}] * (2 * number)})
        trained[number] = TrainedOn(
            history,
            write_background(folder / f"{number}/background.parquet", seed=number),
            write_signals(folder / str(number), seed=number),
        )
    return compare_numbers(
        trained, "score", dict.fromkeys(SIGNALS, 1e-3),
        batch_size=64, luminosity=LUMINOSITY, scored_share=TEST_FRACTION,
        minimum_effective_events=FLOOR, folder=folder,
    )  # fmt: skip


def write_and_read(section, folder):
    """Write a section beside files in place of its figures, and read it."""
    for part in (section, *section.sections):
        for figure in part.figures:
            figure.path.parent.mkdir(parents=True, exist_ok=True)
            figure.path.write_bytes(b"drawn elsewhere")
    write_section(folder, section)
    return read_section(folder)


def find_row(table, *words):
    """Find the row of a table that begins with some words."""
    (row,) = [row for row in table.rows if list(row[: len(words)]) == list(words)]
    return list(row)
