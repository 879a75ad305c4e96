"""What is changed in Snakemake and its executor for SLURM, and what is not."""

import asyncio
import json
import logging
from contextlib import nullcontext
from subprocess import CalledProcessError
from types import SimpleNamespace

import pytest
import snakemake.api  # before the workflow: they import each other
import snakemake.dag
import snakemake.workflow
from snakemake.cli import get_argument_parser
from snakemake.dag import ScriptProcessor
from snakemake.exceptions import WorkflowError
from snakemake.jobs import Job
from snakemake.output_index import OutputIndex
from snakemake.resources import Resources, ResourceScopes
from snakemake.script import PythonScript
from snakemake.settings.enums import PersistenceBackend
from snakemake.settings.types import (
    GroupSettings,
    MaxJobsPerTimespan,
    ResourceSettings,
    SchedulingSettings,
)
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

from reruns import patches
from reruns.patches import (
    SWITCH,
    ask_once,
    drop_rate_limit,
    fork_scripts,
    keep_jobs,
    limit_batches,
    replace_persistence,
    start_once,
    tell_limits,
)
from workers.client import Pool

DEFAULT = get_argument_parser().get_default("max_jobs_per_timespan")
LIMITED = SimpleNamespace(
    resource_scopes=ResourceScopes({"lanes": "local", "walls": "local"}),
    global_resources=Resources.from_mapping({"lanes": 1, "downloads": 4}),
)
plugin = pytest.importorskip("snakemake_executor_plugin_slurm")


@pytest.fixture
def ask(monkeypatch):
    """Ask for states of jobs as the executor does."""
    for name in ("query_job_status", "get_min_job_age"):  # put back afterwards
        monkeypatch.setattr(plugin, name, getattr(plugin, name))
    before = plugin.query_job_status
    keep_jobs(300.0)

    def ask(command, query=None):
        query = query or plugin.query_job_status
        return asyncio.run(query(command, logging.getLogger("test")))

    assert ask("false", before) == (None, None)  # which the executor takes for no jobs
    return ask


def test_no_answer_leaves_all_jobs_as_they_are(ask):
    assert ask("false") == ({}, 0.0)


def test_an_answer_is_passed_on(ask):
    states, seconds = ask("echo '17|RUNNING'")
    assert states == {"17": "RUNNING"}
    assert seconds > 0


@pytest.mark.usefixtures("ask")
def test_how_long_jobs_are_shown_is_not_asked_again(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert plugin.get_min_job_age() == 300.0


@pytest.mark.parametrize("arrays", [None, "all"])
def test_a_submission_starts_snakemake_once_but_in_arrays(monkeypatch, arrays):
    own = plugin.Executor.additional_general_args
    monkeypatch.setattr(plugin.Executor, "additional_general_args", own)  # put back afterwards
    start_once()
    settings = SimpleNamespace(array_jobs=arrays, pass_command_as_script=False)
    executor = object.__new__(plugin.Executor)
    executor.workflow = SimpleNamespace(executor_settings=settings, **vars(LIMITED))
    found = executor.additional_general_args()
    assert ("slurm-jobstep" in found) if arrays else (found == "--resources lanes=1")


def test_submissions_of_other_executors_are_told_their_limits_too(monkeypatch):
    """Of the jobs of a submission, as `lanes` limits them; not of the whole run."""
    monkeypatch.setattr(RemoteExecutor, "additional_general_args", None)  # put back afterwards
    tell_limits()
    executor = SimpleNamespace(workflow=LIMITED)
    assert RemoteExecutor.additional_general_args(executor) == "--resources lanes=1"


@pytest.mark.parametrize(("limit", "stays"), [(DEFAULT, False), ("50/1m", True)])
def test_the_default_limit_of_starts_is_dropped_and_no_other(monkeypatch, limit, stays):
    monkeypatch.setattr(patches, "SCHEDULER", lambda workflow: workflow)
    monkeypatch.setattr(snakemake.workflow, "JobScheduler", None)  # put back afterwards
    drop_rate_limit()
    limit = MaxJobsPerTimespan.parse_choice(limit)
    settings = SchedulingSettings(max_jobs_per_timespan=limit)
    snakemake.workflow.JobScheduler(SimpleNamespace(scheduling_settings=settings))
    assert settings.max_jobs_per_timespan is (limit if stays else None)


TWICE = """
rule all:
    input: expand("{name}.second", name=list("abcd"))

rule first:
    output: "{name}.first"
    group: "scores"
    shell: "touch {output}"

rule between:
    input: "{name}.first"
    output: "{name}.between"
    shell: "touch {output}"

rule second:
    input: "{name}.between"
    output: "{name}.second"
    group: "scores"
    shell: "touch {output}"
"""


@pytest.mark.parametrize("plain", [True, False])
def test_submissions_are_bounded_and_none_waits_for_itself(tmp_path, monkeypatch, plain):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(TWICE)
    before, filled = snakemake.dag.group_into_chunks, []
    monkeypatch.setattr(snakemake.dag, "group_into_chunks", before)  # put back afterwards
    monkeypatch.setenv(SWITCH, "1") if plain else monkeypatch.delenv(SWITCH, raising=False)
    sizes = {"a": 5, "b": 1, "c": 1, "d": 4}
    limit_batches(lambda wildcards: sizes[wildcards.name], 6.0)
    fill = snakemake.dag.group_into_chunks

    def note(number, groups):
        for batch in fill(number, groups):
            filled.append(
                sorted(str(path) for group in batch for job in group for path in job.output)
            )
            yield batch

    monkeypatch.setattr(snakemake.dag, "group_into_chunks", note)
    components = GroupSettings(group_components={"scores": 8})
    with snakemake.api.SnakemakeApi() as api:
        workflow = api.workflow(ResourceSettings(cores=1), snakefile=snakefile, workdir=tmp_path)
        dag = workflow.dag()
        fails = pytest.raises(WorkflowError, match="depends on itself") if plain else nullcontext()
        with fails:
            dag.execute_workflow(executor="dryrun", group_settings=components)
    expected = [[f"{name}.{kind}" for name in batch]
                for kind in ("first", "second") for batch in ("a", "bcd")]  # fmt: skip
    assert plain or filled == expected


@pytest.fixture
def workflow(monkeypatch):
    """Snakemake's workflow, as far as it is asked; what is replaced is put back afterwards."""
    for owner, name in ((snakemake.workflow, "FilePersistence"), (Job, "output_mintime")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.delenv(SWITCH, raising=False)
    settings = SimpleNamespace(persistence_backend=PersistenceBackend.FILE)
    return SimpleNamespace(is_main_process=True, workflow_settings=settings)


@pytest.mark.parametrize("plain", [True, False])
def test_one_variable_leaves_snakemake_as_it_is(workflow, monkeypatch, plain):
    before = (snakemake.workflow.FilePersistence, Job.output_mintime)
    if plain:
        monkeypatch.setenv(SWITCH, "1")
    replace_persistence(workflow, dict)
    after = (snakemake.workflow.FilePersistence, Job.output_mintime)
    assert (after == before) is plain
    assert (after[0] is dict) is not plain


def test_another_persistence_is_refused_unless_snakemake_is_left_as_it_is(workflow, monkeypatch):
    workflow.workflow_settings.persistence_backend = PersistenceBackend.DB
    with pytest.raises(WorkflowError, match="leave out --persistence-backend"):
        replace_persistence(workflow, dict)
    monkeypatch.setenv(SWITCH, "1")
    replace_persistence(workflow, dict)


@pytest.fixture
def scripts(monkeypatch, tmp_path):
    """Run a script as Snakemake would, with attributes that are given; name those it starts."""
    monkeypatch.setattr(PythonScript, "execute_script", PythonScript.execute_script)
    monkeypatch.delenv(SWITCH, raising=False)
    started = []
    monkeypatch.setattr(patches, "START", lambda script, *_: started.append(script.name))
    pool = Pool()
    code = json.dumps({"packages": ["numpy"], "modules": {"_job.py": "0"}})
    usual = {
        "container_img": None, "conda_env": None, "env_modules": None, "bench_record": None,
        "params": SimpleNamespace(code=code), "threads": 1, "resources": {"tmpdir": str(tmp_path)},
    }  # fmt: skip

    def run(name, source, **changes):
        path = tmp_path / f"{name}.py"
        path.write_text(source)
        script = SimpleNamespace(**{**usual, "name": name, **changes})
        PythonScript.execute_script(script, str(path))

    fork_scripts(pool)
    yield SimpleNamespace(run=run, started=started)
    for server in pool._servers.values():
        server.requests.close()
        server.process.wait()


def test_scripts_run_in_forks(scripts, tmp_path):
    source = "import os, pathlib; pathlib.Path(os.environ['TMPDIR'], 'here').touch()"
    scripts.run("usual", source)
    assert (tmp_path / "here").exists()
    with pytest.raises(CalledProcessError, match=r"bad.py.* exit status 7"):
        scripts.run("bad", "raise SystemExit(7)")
    assert scripts.started == []


def test_scripts_in_environments_of_their_own_are_started_by_snakemake(scripts):
    scripts.run("contained", "", container_img="image.sif")
    scripts.run("conda", "", conda_env="place")
    scripts.run("modules", "", env_modules=["root"])
    scripts.run("foreign", "", params=SimpleNamespace())
    assert scripts.started == ["contained", "conda", "modules", "foreign"]


def test_one_variable_leaves_the_start_of_scripts_to_snakemake(monkeypatch):
    before = PythonScript.execute_script
    monkeypatch.setenv(SWITCH, "1")
    fork_scripts(Pool())
    assert PythonScript.execute_script is before


READERS = """
rule all:
    input: expand("{name}.sum", name=list("abc"))

rule one:
    output: "{name}.part"
    script: "one.py"

rule sum:
    input: expand("{name}.part", name=list("xyz"))
    output: "{name}.sum"
    script: "one.py"
"""


@pytest.mark.parametrize("plain", [False, True])
def test_a_file_and_a_script_are_looked_up_once_in_a_plan(tmp_path, monkeypatch, plain):
    (tmp_path / "one.py").write_text("")
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(READERS)
    asked = {"files": [], "scripts": []}
    find, check = OutputIndex.match_producers, ScriptProcessor.process_job

    def note_file(index, file):
        asked["files"].append(str(file))
        return find(index, file)

    def note_script(processor, job):
        asked["scripts"].append((type(processor), job.rule.name))
        return check(processor, job)

    for name, kind, method, note in (
        ("FIND_PRODUCERS", OutputIndex, "match_producers", note_file),
        ("CHECK_SCRIPT", ScriptProcessor, "process_job", note_script),
    ):
        monkeypatch.setattr(patches, name, note)
        monkeypatch.setattr(kind, method, note)  # put back afterwards
    if plain:
        monkeypatch.setenv(SWITCH, "1")
    ask_once()
    with snakemake.api.SnakemakeApi() as api:
        workflow = api.workflow(ResourceSettings(cores=1), snakefile=snakefile, workdir=tmp_path)
        workflow.dag().execute_workflow(executor="dryrun")
    files, scripts = asked["files"], [name for kind, name in asked["scripts"] if name != "all"]
    assert set(files) == {f"{name}.part" for name in "xyz"} | {f"{name}.sum" for name in "abc"}
    assert set(scripts) == {"one", "sum"}
    assert (len(files) == len(set(files))) is not plain
    assert (len(asked["scripts"]) == len(set(asked["scripts"]))) is not plain
