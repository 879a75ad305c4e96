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

from jobs import (
    comparison,
    files,
    inputs,
    model_settings,
    paths,
    pieces,
    quarantine,
    reporting,
    result_settings,
    sections,
    settings,
    sizes,
    systematics,
)
from jobs.context import make_context
from jobs.origins import BYTES_PER_GB
from jobs.paths import fill, match_any, name_benchmark, name_log
from jobs.resources import (
    digest_baseline,
    digest_export,
    digest_shown,
    digest_training,
    digest_tuning,
    grow,
    grow_for_baseline,
    grow_with_events,
    script_code,
)
from jobs.variants import list_combinations, list_rivals
from rapidmass.provenance.yaml_files import YamlError, read_yaml
from reruns import install

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


# What --replace-workflow-config leaves out is no part of the configuration.
is_replaced = workflow.config_settings.replace_workflow_config
used_files = (is_replaced and workflow.overwrite_configfiles) or workflow.configfiles
CONTEXT = make_context(config, Path(workflow.basedir), " + ".join(map(str, used_files)))
reporting.refuse_missing(CONTEXT)
# Functions of a context and wildcards, as functions of wildcards alone.
given, asked = CONTEXT.given, CONTEXT.asked


wildcard_constraints:
    selection=match_any(CONTEXT.selections),
    representation=match_any(CONTEXT.config.representations),
    architecture=match_any(CONTEXT.config.architectures),
    model=match_any(CONTEXT.scoring),
    scaler=match_any(name for scalers in CONTEXT.scalers.values() for name in scalers),
    baseline=match_any(CONTEXT.config.baselines),
    scorer=match_any(CONTEXT.scorers),
    shift=match_any(CONTEXT.shifts),
    number=r"\d+",
    sample=match_any(CONTEXT.used),
    part=pieces.ANY,
    piece=r"\d+of\d+",
    index=r"\d+",


include: "workflow/rules/ntuples.smk"
include: "workflow/rules/quality.smk"
include: "workflow/rules/shards.smk"
include: "workflow/rules/megasets.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/scores.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/systematics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"


for path in sorted(Path(workflow.basedir, "workflow/rules/studies").glob("*.smk")):

    include: str(path)


# What runs again follows from the records that jobs leave beside their products.
most = CONTEXT.config.files.split_above * BYTES_PER_GB  # as much as one job reads
install(workflow, CONTEXT.notes, given(sizes.measure_events), most)


# Short steps of the machine that submits; the rest goes to a cluster where there is one.
localrules:
    check_quarantine,
    collect_cutflows,
    collect_losses,
    summarise_scans,
    write_report,


onsuccess:
    reporting.tell_results(workflow.dag)


rule all:
    """The report, and through it everything; and what people take, wherever it comes from."""
    default_target: True
    input:
        rules.write_report.output,
        rules.summarise_scans.output,
        reporting.list_deliverables(CONTEXT),
