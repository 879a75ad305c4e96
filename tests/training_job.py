"""A small training in processes of its own, for tests that kill it.

python training_job.py MEGASETS FOLDER [PROCESSES BATCH_SIZE]

Every epoch takes some tenths of a second, so that a signal after a checkpoint meets work.
"""

import sys
from pathlib import Path

from example_networks import make_vae
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.model_card import write_model
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from synthetic_megasets import make_events, write_events


def make_megasets(folder: Path):
    return [
        write_events(folder / f"{k}.parquet", make_events(4000, seed=k + 1), pieces=2)
        for k in range(2)
    ]


def run(folder: Path, megasets, processes=1, batch_size=16):
    scaler = fit_scaler(megasets, ScalingSettings(), validation_fraction=0.2)
    trained = train(
        megasets,
        scaler,
        make_vae(batch_size=batch_size, epochs=3),
        settings=TrainingSettings(processes=processes),
        seed=5,
        validation_fraction=0.2,
        checkpoint=folder / "checkpoint.pt",
        checkpoint_interval=0.1,
        name="vae",
        selection="lep",
        code="",
    )
    write_model(
        trained,
        weights=folder / "weights.pt",
        history=folder / "history.json",
        card=folder / "card.json",
        provenance={},
    )
    return trained


if __name__ == "__main__":
    megaset_folder, output_folder = map(Path, sys.argv[1:3])
    run(output_folder, sorted(megaset_folder.glob("*.parquet")), *map(int, sys.argv[3:]))
