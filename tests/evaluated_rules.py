"""What the rules give their jobs, found by a dry run: python evaluated_rules.py FOLDER FILE.

The delivered configuration is taken, with all studies enabled; FOLDER is an empty working folder.
FILE gets, for each rule, one entry a job: its script, params, wildcards and inputs.
"""

import json
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings

from rapidmass.config.studies import Studies

ROOT = Path(__file__).parents[1]


def describe(job):
    return {
        "script": Path(job.rule.script).name,
        "params": {name: str(value) for name, value in job.params.items()},
        "wildcards": dict(job.wildcards_dict),
        "inputs": [str(path) for path in job.input],
    }


def evaluate(folder: Path, config_settings=None):
    found: dict[str, list] = {}
    with SnakemakeApi(OutputSettings(dryrun=True)) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=config_settings,
            snakefile=ROOT / "Snakefile",
            workdir=folder,
        )
        workflow.dag(DAGSettings(targets={"all"})).execute_workflow(executor="dryrun")
        for job in workflow._workflow.dag.jobs:
            if not job.rule.norun:
                found.setdefault(job.rule.name, []).append(describe(job))
    return found


if __name__ == "__main__":
    working_folder, file = (Path(argument).absolute() for argument in sys.argv[1:])
    studies = {name: {"enabled": True} for name in Studies.model_fields}
    everything = ConfigSettings(config={"studies": studies})
    file.write_text(json.dumps(evaluate(working_folder, everything)), encoding="utf-8")
