"""Train a network and export it."""

from pathlib import Path

from _job import start
from rapidmass.architectures import read_settings
from rapidmass.config.training import TrainingSettings
from rapidmass.export import export_onnx
from rapidmass.files import read_json
from rapidmass.identity import derive_seed
from rapidmass.models import write_model
from rapidmass.parity import check_parity
from rapidmass.scaling import Scaler
from rapidmass.training import remove_checkpoint, train

job = start(snakemake)
megasets = [Path(path) for path in snakemake.input.megasets]
checkpoint = Path(snakemake.params.checkpoint)
trained = train(
    megasets,
    Scaler.from_json(read_json(Path(snakemake.input.scaler))),
    read_settings(job.settings["architecture"]),
    settings=TrainingSettings.model_validate(job.settings["training"]),
    seed=derive_seed(job.settings["seed"], *job.settings["stream"]),
    validation_fraction=job.settings["validation_fraction"],
    checkpoint=checkpoint,
    checkpoint_interval=snakemake.params.checkpoint_interval,
    name=job.settings["name"],
    selection=job.settings["selection"],
    code=job.request.code,
    without=job.settings["without"],
    copies=[Path(path) for path in snakemake.input.copies],
)
provenance = job.describe()
onnx = Path(snakemake.output.onnx)
export_onnx(trained, onnx, provenance=provenance)
write_model(
    trained,
    weights=Path(snakemake.output.weights),
    history=Path(snakemake.output.history),
    card=Path(snakemake.output.card),
    provenance=provenance,
    parity=check_parity(trained, onnx, megasets),
)
job.finish()
remove_checkpoint(checkpoint)
