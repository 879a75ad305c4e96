"""Products of an invented analysis, for tests of figures and report: made by the library itself."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.search.selection import Selection, Split
from rapidmass.datasets.composition import measure_composition
from rapidmass.ntuples.format.selection import Cutflow
from rapidmass.ntuples.normalisation.sample_weights import Normalisation
from rapidmass.plotting.network import ArchitectureProducts, draw_architecture
from rapidmass.plotting.rmm_matrices import draw_matrices
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.products import (
    NetworkProducts,
    RunProducts,
    ScorerProducts,
    SelectionProducts,
)
from rapidmass.scores.blinding import is_below, write_thresholds
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds, find_lowest_cut
from rapidmass.scores.read import read_background, read_signal
from rapidmass.search.scan import scan_cuts
from rapidmass.storage.event_keys import make_event_keys
from synthetic_megasets import LAYOUT, make_events, write_events

LUMINOSITY = 139000.0
TEST_FRACTION = 0.2
DATA_LUMINOSITY = 1500.0
SPECTRA = ("met", "m_ll")
START = {
    "commit": "0123456789ab",
    "date": "2023-05-01 12:00 UTC",
    "command": "snakemake --cores 2 --config 'title=A & B'",
    "configuration": "config/config.yaml",
}


@dataclass
class Analysis:
    """One selection with one network, in a folder."""

    folder: Path
    channels: tuple = ("ttbar", "Zjets", "diboson")
    signals: tuple = ("SUSY_450p300", "SUSY_800p50")
    events: int = 3000
    layout: object = LAYOUT
    has_data: bool = True
    pseudo_data: bool = True
    unblinded: bool = False
    settings: ScanSettings = field(default_factory=ScanSettings)
    plots: PlotSettings = field(default_factory=PlotSettings)

    @property
    def frame(self):
        return Frame(
            plots=self.plots,
            selection="3lep",
            channels=self.channels,
            signals=self.signals,
            luminosity=LUMINOSITY,
            architecture="vae_deep",
        )

    @property
    def data(self):
        return (self.folder / "scores/data.parquet",) if self.has_data else ()

    @property
    def products(self):
        return ArchitectureProducts(
            history=self.folder / "history.json",
            background=self.folder / "scores/background.parquet",
            signals={name: self.folder / f"scores/{name}.parquet" for name in self.signals},
            normalisations={name: self.folder / f"samples/{name}.json" for name in self.signals},
            scans={name: self.folder / f"scans/{name}.json" for name in self.signals},
            data=self.data,
        )

    def write(self):
        (self.folder / "scores").mkdir(parents=True)
        rng = np.random.default_rng(5)
        self._write_background(rng)
        for k, name in enumerate(self.signals):
            weight = 1e-7 / (k + 1)
            normalisation = Normalisation(name, 1e4, 1e-3, weight, origins=ORIGINS)
            write_json(self.folder / f"samples/{name}.json", asdict(normalisation))
            self._write_scores(name, _measured(rng, self.events // 3, shift=1.2, hardness=3))
        if self.has_data:
            self._write_data(_measured(rng, self.events // 2, shift=0, hardness=1))
        for name in self.signals:
            write_json(self.folder / f"scans/{name}.json", self.scan(name))
            write_json(self.folder / f"scans/met/{name}.json", self.scan(name, "met"))
        epochs = [
            {
                "megaset": megaset,
                "epoch": epoch,
                "training_loss": 0.02 / (1 + 4 * megaset + epoch),
                "validation_loss": 0.022 / (1 + 4 * megaset + epoch) if megaset else None,
            }
            for megaset in range(3)
            for epoch in range(4)
        ]
        write_json(self.folder / "history.json", {"epochs": epochs})
        return self

    def scan(self, name, column="score"):
        background = read_background(
            self.products.background,
            luminosity=LUMINOSITY,
            scored_share=TEST_FRACTION,
            column=column,
        )
        weight = 1e-7 / (self.signals.index(name) + 1)
        signal = read_signal(
            self.products.signals[name],
            name,
            weight=weight,
            luminosity=LUMINOSITY,
            column=column,
        )
        cuts = scan_cuts(background, signal, self.settings, channels=self.channels, spectra=SPECTRA)
        return {"luminosity": LUMINOSITY, **cuts}

    def _write_scores(self, name, columns):
        pq.write_table(pa.table(columns), self.folder / f"scores/{name}.parquet")

    def _write_data(self, columns):
        table, thresholds = pa.table(columns), {}
        if not self.unblinded:
            lowest = find_lowest_cut(self.settings.score_quantiles)
            thresholds = find_blinding_thresholds(
                self.products.background, ["score"], lowest, self.folder
            )
        kept = table.filter(pa.array(is_below(table, thresholds)))
        pq.write_table(kept.replace_schema_metadata(write_thresholds(thresholds)), *self.data)

    def _write_background(self, rng):
        parts = []
        for k, channel in enumerate(self.channels):
            n = self.events // (k + 1)
            columns = _measured(rng, n, shift=0.1 * k, hardness=1 + 0.1 * k)
            del columns["run"], columns["event"]
            del columns["generator_weight"], columns["scale_factor"]
            columns["channel"] = [channel] * n
            columns["weight"] = np.full(n, 0.05 / 4**k) * rng.choice([1, 1, 1, 1, 1, -1], n)
            parts.append(pa.table(columns))
        pq.write_table(pa.concat_tables(parts), self.products.background)

    def write_megasets(self, number=2):
        """Megasets, test sets, their composition, and one shard a signal."""
        paths = {"megasets": [], "tests": []}
        for kind, folder in paths.items():
            for k in range(number):
                tables = [
                    _rename(make_events(300, seed=7 * k + c, layout=self.layout), channel)
                    for c, channel in enumerate(self.channels)
                ]
                path = self.folder / kind / f"{k}.parquet"
                path.parent.mkdir(exist_ok=True)
                folder.append(write_events(path, pa.concat_tables(tables)))
        composition = measure_composition(paths["megasets"], paths["tests"], self.channels)
        write_json(self.folder / "composition.json", composition)
        shards = {}
        for k, name in enumerate(self.signals):
            table = make_events(200, seed=90 + k, layout=self.layout, hardness=3)
            for column in ("generator_weight", "scale_factor"):
                table = table.append_column(column, table["weight"])
            path = self.folder / f"{name}.parquet"
            shards[name] = [write_events(path, table)]
        return paths["megasets"], shards

    def write_cutflow(self, sample, raw, weighted):
        path = self.folder / "cutflows" / f"{sample}.json"
        steps = ["all events", "trigger", "3 leptons"]
        write_json(
            path,
            asdict(
                Cutflow(
                    steps,
                    list(raw),
                    list(weighted),
                    [w * w / n if n else 0.0 for w, n in zip(weighted, raw, strict=True)],
                )
            ),
        )
        return path


def _measured(rng, n, *, shift, hardness):
    return {
        "key": make_event_keys(1, "s", np.ones(n, np.int64), np.arange(n, dtype=np.uint64)),
        "run": np.ones(n, np.int64),
        "event": np.arange(n, dtype=np.uint64),
        "generator_weight": rng.choice([100.0, 100.0, 100.0, -100.0], n),
        "scale_factor": rng.uniform(0.9, 1.1, n),
        "met": (hardness * rng.exponential(45, n)).astype(np.float32),
        "m_ll": (hardness * rng.exponential(60, n) + 20).astype(np.float32),
        "m_lll": np.full(n, np.nan, np.float32),
        "score": (rng.gamma(2.0, 0.35, n) - 2.5 + shift).astype(np.float32),
    }


def _rename(table, channel):
    index = table.schema.get_field_index("channel")
    return table.set_column(index, "channel", pa.array([channel] * table.num_rows, pa.string()))


SHEET = {
    "tt2l": ("ttbar", "background"),
    "Zee": ("Zjets", "background"),
    "WZ": ("diboson", "background"),
    "WW": ("diboson", "background"),
    "SUSY_450p300": ("SUSY_450p300", "signal"),
    "SUSY_800p50": ("SUSY_800p50", "signal"),
    "data": ("data", "data"),
}
CUTFLOWS = {
    "tt2l": ((5000, 900, 400), (5000.0, 850.0, 390.0)),
    "Zee": ((7000, 800, 300), (7000.0, 700.0, 280.0)),
    "WZ": ((3000, 500, 250), (3000.0, 450.0, 240.0)),
    "WW": ((1000, 10, 0), (1000.0, 9.0, 0.0)),
    "SUSY_450p300": ((800, 700, 600), (800.0, 690.0, 580.0)),
    "SUSY_800p50": ((800, 750, 650), (800.0, 740.0, 640.0)),
    "data": ((9000, 2000, 1500), (9000.0, 2000.0, 1500.0)),
}
ORIGINS = {"cross_section": "sheet", "sum_of_weights": "sheet"}
CARD = {
    "name": "vae_deep",
    "architecture": {
        "family": "vae",
        "optimiser": {"name": "adam", "learning_rate": 0.001},
        "epochs": 4,
        "batch_size": 8192,
        "loss": "mse",
        "exclude_features": [],
        "negative_weights": "keep",
        "encoder": [{"units": 400, "activation": "tanh"}],
        "latent": 150,
        "decoder": [{"units": "inputs", "activation": "sigmoid"}],
        "kl_weight": 1.0,
    },
    "settings": {"threads": 1},
    "parameters": 1234567,
    "inputs": 529,
    "excluded_features": 0,
    "seed": 20,
    "validation_fraction": 0.1,
    "megasets": [],
    "scaling": {"kind": "minmax", "clip": True, "events": 4321},
    "negative_weight_events": 12,
    "sum_of_weights_pb": 3.5,
    "training_loss": 0.01,
    "validation_loss": None,
    "parity": None,
    "device": "cpu",
    "provenance": {"versions": {"rapidmass": "0.1.0", "torch": "2.13.0"}},
}


def describe_run(analysis, folder, **changes):
    """What a report tells of an analysis whose products and figures are in its folder."""
    drawn = {"data"} if analysis.pseudo_data else set()
    samples = {
        name: Sample(
            sample=name,
            channel=channel,
            role=role,
            format="flat",
            process="pseudo_data" if name in drawn else None,
            files=() if name in drawn else ("a.root",),
            campaign="run2",
            cross_section=None if role == "data" else 1.5,
            k_factor=1.0 if role == "data" else 1.25,
            sum_of_weights=None if role == "data" else 1e4,
            luminosity=DATA_LUMINOSITY if role == "data" else None,
        )
        for name, (channel, role) in SHEET.items()
        if analysis.has_data or role != "data"
    }
    for k, name in enumerate(samples):
        path = folder / f"samples/{name}.json"
        if not path.exists():
            origins = {} if samples[name].is_data else ORIGINS
            normalisation = Normalisation(name, 1e4, 1.875, 1e-5 * (k + 1), origins=origins)
            write_json(path, asdict(normalisation))
    network = NetworkProducts(
        name="vae_deep",
        cards=[folder / "card.json"],
        scans=analysis.products.scans,
        figures=folder / "figures/vae_deep",
    )
    write_json(*network.cards, CARD)
    selection = SelectionProducts(
        name="3lep",
        settings=Selection(
            cuts=[{"name": "trigger", "require": "trigger"}, {"name": "3l", "require": "n_lep>2"}],
            # sorted, as settings arrive from the workflow: the order of the channels is lost
            channels={name: [name] for name in sorted(analysis.channels)},
            signals=list(analysis.signals),
            data=["data"] if analysis.has_data else [],
            spectra=["met"],
        ),
        cutflows={name: [analysis.write_cutflow(name, *CUTFLOWS[name])] for name in samples},
        composition=folder / "composition.json",
        matrices={"rmm": folder / "figures"},
        networks=[network],
        scorers=[
            ScorerProducts("vae_deep", "vae_deep", "reconstruction", False, network.scans),
            ScorerProducts(
                "met",
                "met",
                "met",
                True,
                {name: folder / f"scans/met/{name}.json" for name in analysis.signals},
            ),
        ],
    )
    described = {
        "title": "Search in 3lep",
        "seed": 42,
        "luminosity": LUMINOSITY,
        "sqrt_s": 13000.0,
        "split": Split(test_fraction=TEST_FRACTION, validation_fraction=0.1),
        "samples": samples,
        "normalisations": {name: folder / f"samples/{name}.json" for name in samples},
        "formats": {"flat": FORMAT},
        "scan": analysis.settings,
        "versions": {"rapidmass": "0.1.0"},
        "start": START,
        "selections": [selection],
    }
    return RunProducts(**{**described, **changes})


_KINEMATICS = {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "m"}
FORMAT = NtupleFormat(
    tree=["t"],
    energy_unit="GeV",
    constants={"jvt_point": 0.5, "light_jet_below": 2.195},
    collections={"lepton": _KINEMATICS},
    objects={"ele": {"collection": "lepton", "where": "(flavour < 2) & (pt > 20)"}},
    leptons=["ele"],
    met={"pt": "met", "phi": "phi"},
    weights={"generator": "w"},
)


def draw_products(analysis):
    """Draw the figures of a network and of its selection beside what they show."""
    folder = analysis.folder
    megasets, shards = analysis.write_megasets()
    draw_architecture(
        folder / "figures/vae_deep",
        analysis.frame,
        analysis.products,
        analysis.settings,
        spectra=["met"],
        scored_share=TEST_FRACTION,
        data_luminosity=DATA_LUMINOSITY,
    )
    frame = replace(analysis.frame, architecture=None)
    draw_matrices(folder / "figures", frame, megasets, shards, analysis.layout)
