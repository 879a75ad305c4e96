"""What the rules give their jobs, found by a dry run: python evaluated_rules.py FOLDER FILE.

The delivered configuration is taken, with all studies enabled, with classifiers, with two more
samples of data, whose files lie on a server and may be bad, with a background of one file so large
that it is split, and with a systematic variation.
FOLDER is an empty working folder.
FILE gets, for each rule, one entry a job: its script, params, wildcards, inputs and outputs.
"""

import json
import sys
from pathlib import Path

import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, DAGSettings, OutputSettings, ResourceSettings

from rapidmass.config.studies.all import Studies

ROOT = Path(__file__).parents[1]
SECRET = "hushhush"
REMOTE = {"channel": "data", "role": "data", "format": "thesis", "campaign": "run2",
          "luminosity": "1"}  # fmt: skip
LARGE = {"channel": "higgs", "role": "background", "format": "thesis", "campaign": "run2",
         "cross_section": "1", "sum_of_weights": "1", "size": "30000000000"}  # fmt: skip


CLASSIFIERS = {
    "bdt": {"family": "xgboost", "target": {"signals": ["HLL_500"]}},
    "prior": {"family": "xgboost", "target": {"priors": ["phase_space"]}},
    "dnn": {
        "family": "classifier",
        "target": {"signals": ["HLL_500", "Zprime_1000"]},
        "layers": [{"units": 8, "activation": "relu"}],
    },
    "student": {
        "family": "student",
        "follows": "both",
        "layers": [{"units": 8, "activation": "relu"}],
    },
}

PROPERTIES = [{"name": "mass", "values": {"low": ["HLL_500"], "high": ["Zprime_1000"]}}]


# what is delivered sees matrices
DELIVERED = yaml.safe_load((ROOT / "config/config.yaml").read_text())
SEEING = [*DELIVERED["architectures"], *CLASSIFIERS]
PICTURES = {
    "family": "autoencoder",
    "representation": "pictures",
    "layers": [{"units": 8, "activation": "tanh"}, {"units": "inputs", "activation": "linear"}],
}
CONVOLUTIONS = {
    "family": "convolutional",
    "representation": "pictures",
    "target": {"signals": ["HLL_500"]},
    "convolutions": [2],
    "layers": [{"units": 4, "activation": "relu"}],
}
IMAGE = {
    "kind": "image", "pixels": 5, "width": 2.5,
    "channels": [{"name": "all", "objects": ["ljet", "bjet", "ele", "muo"]}],
}  # fmt: skip


def describe(job):
    return {
        "script": Path(job.rule.script).name,
        "params": {name: str(value) for name, value in job.params.items()},
        "wildcards": dict(job.wildcards_dict),
        "inputs": [str(path) for path in job.input],
        "outputs": [str(path) for path in job.output],
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
        workflow.dag(DAGSettings(targets={"all", "export"})).execute_workflow(executor="dryrun")
        for job in workflow._workflow.dag.jobs:
            if not job.rule.norun:
                found.setdefault(job.rule.name, []).append(describe(job))
    return found


def write_sheet(path: Path):
    """Add samples on a server to the delivered sheet; return the names of those of data."""
    head, *rows = (ROOT / "config" / "samples.tsv").read_text().rstrip("\n").split("\n")
    columns = [*head.split("\t"), "size"]
    text = "\n".join([f"{head}\tsize", *(f"{row}\t" for row in rows)])
    names = ["remote_1", "remote_2"]
    for name in (*names, "large"):
        row = {
            **(REMOTE if name in names else LARGE),
            "sample": name,
            "files": f"https://me:{SECRET}@server.org/{name}.root?authz={SECRET}",
        }
        text += "\n" + "\t".join(row.get(column, "") for column in columns)
    path.write_text(text + "\n")
    return names


def write_formats(folder: Path):
    """Copy the delivered formats, with a systematic variation in one; return its name."""
    folder.mkdir()
    for path in sorted((ROOT / "config" / "ntuples").glob("*.yaml")):
        (folder / path.name).write_text(path.read_text())
    with (folder / "thesis.yaml").open("a") as stream:
        stream.write('\nshifts: {heavier: {weight: "1.1"}}\n')
    return "heavier"


if __name__ == "__main__":
    working_folder, file = (Path(argument).absolute() for argument in sys.argv[1:])
    remote = write_sheet(working_folder / "samples.tsv")
    everything = {
        "studies": {
            **{name: {"enabled": True} for name in Studies.model_fields},
            "two_sample": {"enabled": True, "representation": "rmm"},
            "cut_and_count": {
                "enabled": True,
                "cuts": [{"name": "MET", "require": "met > 100"}],
            },
            "trainings": {
                "enabled": True,
                "combinations": ["stacking"],
                "categories": {"trees": "bdt", "properties": PROPERTIES},
            },
            # with an unblinded search it would need no region
            "bump_hunt": {"enabled": True, "validation": True, "where": "met < 60"},
            "sensitivity": {"enabled": True, "trees": "prior"},
            "taggers": {
                "enabled": True,
                "variable": "met",
                "edges": [0, 100, 200],
                "seeds": 2,
                "across": ["2lep", "3lep"],
            },
        },
        "representations": {"pictures": IMAGE},
        "architectures": {
            **{name: {**CLASSIFIERS.get(name, {}), "representation": "rmm"} for name in SEEING},
            "pictures": PICTURES,
            "convolutions": CONVOLUTIONS,
        },
        "baselines": {
            **{name: {"representation": "rmm"} for name in ("pca", "isolation_forest")},
            "both": {"kind": "combination", "of": ["prior", "lt_met"]},
        },
        "samples": str(working_folder / "samples.tsv"),
        "selections": {"3lep": {"data": ["data_3lep", *remote]}},
        "files": {"bad_files": "quarantine", "cache": "cache"},
        "ntuple_formats": str(working_folder / "formats"),
        "systematics": [write_formats(working_folder / "formats")],
    }
    found = evaluate(working_folder, ConfigSettings(config=everything))
    file.write_text(json.dumps(found), encoding="utf-8")
