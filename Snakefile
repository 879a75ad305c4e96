"""rapidmass: from ROOT ntuples to cut-scan reports, without assuming a model."""

import os
import sys
from pathlib import Path

LIBRARY = Path(workflow.basedir, "workflow", "src")
# Jobs run in processes of their own: they find the library through the environment.
sys.path.insert(0, str(LIBRARY))
PATHS = [str(LIBRARY), os.getenv("PYTHONPATH")]
os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, PATHS)))
# Nodes may have no home folder: caches lie in the working folder, which they see.
CACHES = {
    "MPLCONFIGDIR": "matplotlib",
    "NUMBA_CACHE_DIR": "numba",
    "XDG_CACHE_HOME": "others",
}
for variable, folder in CACHES.items():
    os.environ.setdefault(variable, str(Path(".cache", folder).absolute()))

from snakemake.exceptions import WorkflowError

from cluster.srun import keep_configuration
from rapidmass.provenance.yaml_files import YamlError, read_yaml
from reruns import install

keep_configuration()

# A working folder without a configuration of its own (--directory) uses the one delivered here.
DELIVERED = Path(workflow.basedir, "config", "config.yaml")
OWN = Path("config", "config.yaml")
# Snakemake's own loader takes the last of two equal keys, and unfolds aliases without end.
try:
    for path in (*workflow.overwrite_configfiles, OWN if OWN.exists() else DELIVERED):
        read_yaml(Path(path))
except YamlError as error:
    raise WorkflowError(str(error)) from None


configfile: str(OWN if OWN.exists() else DELIVERED)


include: "workflow/rules/common.smk"
include: "workflow/rules/files_inputs.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/params.smk"
include: "workflow/rules/ntuples_inputs.smk"
include: "workflow/rules/ntuples.smk"
include: "workflow/rules/files.smk"
include: "workflow/rules/verdicts_inputs.smk"
include: "workflow/rules/verdicts.smk"
include: "workflow/rules/shards.smk"
include: "workflow/rules/normalisation.smk"
include: "workflow/rules/megasets.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/scoring.smk"
include: "workflow/rules/systematics_inputs.smk"
include: "workflow/rules/scan_inputs.smk"
include: "workflow/rules/scan.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/copies_inputs.smk"
include: "workflow/rules/copies.smk"
include: "workflow/rules/alterations_inputs.smk"
include: "workflow/rules/alterations.smk"
include: "workflow/rules/tuning_inputs.smk"
include: "workflow/rules/tuning.smk"
include: "workflow/rules/removal_inputs.smk"
include: "workflow/rules/removal.smk"
include: "workflow/rules/replicas_inputs.smk"
include: "workflow/rules/replicas.smk"
include: "workflow/rules/megaset_study_inputs.smk"
include: "workflow/rules/megaset_study.smk"
include: "workflow/rules/baselines_inputs.smk"
include: "workflow/rules/baselines.smk"
include: "workflow/rules/systematics.smk"
include: "workflow/rules/comparison_inputs.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/displays_inputs.smk"
include: "workflow/rules/displays.smk"
include: "workflow/rules/latent_inputs.smk"
include: "workflow/rules/latent.smk"
include: "workflow/rules/blind_inputs.smk"
include: "workflow/rules/blind.smk"
include: "workflow/rules/report_inputs.smk"
include: "workflow/rules/limits_inputs.smk"
include: "workflow/rules/limits.smk"
include: "workflow/rules/report.smk"


# What runs again follows from the records that jobs leave beside their products.
install(workflow, WORDS, NOTES)


# Short steps of the machine that submits; the rest goes to a cluster where there is one.
localrules:
    check_quarantine,
    collect_cutflows,
    collect_losses,
    summarise_scans,
    write_report,


rule all:
    """The report, and through it everything; and what people take, wherever it comes from."""
    default_target: True
    input:
        rules.write_report.output,
        rules.summarise_scans.output,
        DELIVERABLES,
