"""Variants of a small network, trained and scored by the library, for tests of their studies."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import torch

from rapidmass.config.models.network import Architecture
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import Trained, train
from rapidmass.provenance.atomic_files import write_json
from rapidmass.representations.tables import decode
from rapidmass.scores.write import write_scores
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import make_events, mark


class TrainedScorer:
    """Scores of a network that was not exported: exporting takes longer than training it."""

    name = "trained"
    columns = ("score",)

    def __init__(self, trained: Trained):
        self.trained = trained
        self.representation = trained.scaler.representation
        self.selection = None

    def score(self, table):
        matrices = decode(table)
        scaler, cells = self.trained.scaler, self.trained.features
        x = torch.from_numpy(scaler.transform(matrices, cells))
        present = torch.from_numpy(mark(matrices, cells))
        with torch.no_grad():
            found = self.trained.network.describe_events(x, present)
        return {"score": found["score_error"].numpy()}


@dataclass
class Variants:
    """A folder of models and scores, as the workflow lays them out."""

    folder: Path
    architecture: Architecture
    tests: list[Path]
    signals: dict[str, list[Path]]

    def make(self, name, megasets, *, seed=1, excluded_channel=None):
        """Train on megasets, score the test set and the signals; return the folder of scores."""
        model = self.folder / "models" / name
        model.mkdir(parents=True)
        trained = train(
            megasets,
            fit_scaler(
                megasets,
                ScalingSettings(),
                validation_fraction=0.2,
                excluded_channel=excluded_channel,
            ),
            self.architecture,
            settings=TrainingSettings(),
            seed=seed,
            validation_fraction=0.2,
            checkpoint=model / "checkpoint.pt",
            name=name,
            selection="lep",
            code="c0de",
            excluded_channel=excluded_channel,
        )
        write_json(model / "history.json", {"epochs": trained.history})
        scores = self.folder / "scores" / name
        for dataset, paths in {"background": self.tests, **self.signals}.items():
            (scores / dataset).parent.mkdir(parents=True, exist_ok=True)
            write_scores(
                TrainedScorer(trained), paths, scores / f"{dataset}.parquet", provenance={}
            )
        return scores


def make_background(n, *, seed=1, hardness=2.5):
    """Make background of two channels: `top`, and `odd`, a quarter of it and harder."""
    top = make_events(n - n // 4, seed=seed)
    odd = make_events(n // 4, seed=seed + 1000, hardness=hardness, sample="odd")
    index = odd.schema.get_field_index("channel")
    odd = odd.set_column(index, "channel", pa.array(["odd"] * odd.num_rows, pa.string()))
    return sort_by_key(pa.concat_tables([top, odd]))


def make_signal(n, *, seed=9, hardness=3.0):
    """Make events of a signal, with the weights of a shard."""
    table = make_events(n, seed=seed, hardness=hardness, sample="signal")
    weight = table["weight"]
    table = table.drop_columns(["sample", "channel", "weight"])
    return table.append_column("generator_weight", weight).append_column("scale_factor", weight)
