"""Train a network and export it."""

from pathlib import Path

from _job import start
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.export.model_card import write_model
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.registry import read_settings
from rapidmass.models.training.train import remove_checkpoint, train
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.event_keys import derive_seed

job = start()
megasets = [Path(path) for path in job.input.megasets]
checkpoint = Path(job.params.checkpoint)
trained = train(
    megasets,
    Scaler.from_json(read_json(Path(job.input.scaler))),
    read_settings(job.settings["architecture"]),
    settings=TrainingSettings.model_validate(job.settings["training"]),
    seed=derive_seed(job.settings["seed"], *job.settings["stream"]),
    validation_fraction=job.settings["validation_fraction"],
    checkpoint=checkpoint,
    checkpoint_interval=job.params.checkpoint_interval,
    name=job.settings["name"],
    selection=job.settings["selection"],
    code=job.request.code,
    excluded_channel=job.settings["excluded_channel"],
    augmented=[Path(path) for path in job.input.augmented],
    signals=dict(zip(job.settings["signals"], map(Path, job.input.signals), strict=True)),
    followed=next(map(Path, job.input.followed), None),
    expand=job.params.expand,
)
provenance = job.describe()
onnx = Path(job.output.onnx)
export_onnx(trained, onnx, provenance=provenance)
write_model(
    trained,
    weights=Path(job.output.weights),
    history=Path(job.output.history),
    card=Path(job.output.card),
    provenance=provenance,
    parity=check_parity(trained, onnx, megasets),
)
job.finish()
remove_checkpoint(checkpoint)
