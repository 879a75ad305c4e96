"""Do a batch of trials of a tuning."""

from dataclasses import asdict
from pathlib import Path

from _job import start
from rapidmass.config.models.training import TrainingSettings
from rapidmass.config.studies.tuning import TuningSpace
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.registry import read_settings
from rapidmass.models.training.train import remove_checkpoint
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.tuning.objective import Objective
from rapidmass.studies.tuning.results import read_trials
from rapidmass.studies.tuning.trials import Batch, run_batch

job = start()
name = job.settings["name"]
seed = job.settings["seed"]
checkpoint = Path(job.params.checkpoint)
trials = run_batch(
    Batch(
        name=name,
        network=read_settings(job.settings["network"]),
        space=TuningSpace.model_validate(job.settings["space"]),
        round=job.settings["round"],
        batch=job.settings["batch"],
        trials=job.settings["trials"],
        random_trials=job.settings["random_trials"],
        seed=seed,
    ),
    read_trials([Path(path) for path in job.input.earlier]),
    Objective(
        megasets=[Path(path) for path in job.input.megasets],
        scaler=Scaler.from_json(read_json(Path(job.input.scaler))),
        settings=TrainingSettings.model_validate(job.settings["training"]),
        seed=derive_seed(seed, "training", name),
        validation_fraction=job.settings["validation_fraction"],
        checkpoint=checkpoint.with_suffix(".pt"),
        checkpoint_interval=job.params.checkpoint_interval,
        expand=job.params.expand,
        name=name,
        selection=job.settings["selection"],
        request=job.request.digest,
    ),
    progress=checkpoint,
    request=job.request.digest,
)
job.write_json(Path(job.output[0]), {"trials": [asdict(trial) for trial in trials]})
job.finish()
remove_checkpoint(checkpoint)
