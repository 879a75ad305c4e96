"""What rules give their jobs: exactly the settings that scripts read, and their code."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rapidmass.config.root import Config
from rapidmass.provenance.code_digests import PACKAGE
from rapidmass.provenance.settings import read_settings
from rapidmass.representations.registry import name_module
from sources import JOB, RULES, SHARED, list_uses, name_dotted, read

EVALUATION = Path(__file__).with_name("evaluated_rules.py")
CHECKPOINTED = ["settings", "code", "checkpoint", "checkpoint_interval", "expand"]
SOURCED = ["settings", "code", "source"]
GIVEN = {
    "train.py": CHECKPOINTED,
    "tune.py": CHECKPOINTED,
    "normalise_sample.py": ["settings", "code", "sources"],
    # when and how the run was started, for the foot of the page
    "write_report.py": ["settings", "start", "code"],
    # where a file lies decides nothing, only which one it is
    "build_shard.py": SOURCED,
    "build_augmented.py": SOURCED,
    "join_pieces.py": SOURCED,
    "build_altered.py": SOURCED,
    "build_altered_piece.py": SOURCED,
    "join_altered_pieces.py": SOURCED,
    "inspect_ntuple.py": SOURCED,
    "fetch_ntuple.py": [*SOURCED, "keep_bad"],
    # how long trainings took decides nothing
    "read_training_times.py": ["settings", "code", "benchmarks"],
}
# They compare how files show their events, and load nothing that could show one.
MERGED = ("merge_", "mix_", "write_megaset", "write_other", "write_augmented", "write_signal")


def list_keys(tree, root):
    """List the settings that are read, by key or through another name for all of them."""
    aliases = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and name_dotted(node.value) == root
        and isinstance(node.targets[0], ast.Name)
    }
    roots = {root, *aliases}
    keys, others = set(), dict.fromkeys(roots, 0)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and name_dotted(node.value) in roots:
            assert isinstance(node.slice, ast.Constant), ast.unparse(node)
            keys.add(node.slice.value)
            others[name_dotted(node.value)] -= 1
        elif isinstance(node, ast.Attribute | ast.Name) and name_dotted(node) in roots:
            others[name_dotted(node)] += 1
        elif isinstance(node, ast.arg):
            assert node.arg not in {"job", *aliases}, f"{node.arg} means two things"
    # each name for them all is made once, and beyond that only keys are read
    assert others == {root: len(aliases), **dict.fromkeys(aliases, 1)}, others
    return keys


def list_reads(tree):
    """List the settings that a script reads; test_drift.py holds what else it takes."""
    assert list_uses(tree, "job").count("job") == 1, "the job is passed on"
    return list_keys(tree, "job.settings")


def find_reads(job):
    """Find the settings that a job reads: by its script, or by the module that draws its study."""
    if job["script"] != "draw_section.py":
        return list_reads(read(JOB.parent / job["script"]))
    module = read_settings(job["params"]["settings"])["module"]
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    return {"module"} | list_keys(read(path), "settings")


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """Jobs of each rule, with params as Snakemake has them, for the delivered configuration."""
    folder = tmp_path_factory.mktemp("evaluated")
    file = folder / "jobs.json"
    run = subprocess.run(
        [sys.executable, EVALUATION, folder, file], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(file.read_text())


def test_every_job_gets_settings_and_the_code_of_its_script(evaluated):
    text = "".join(path.read_text() for path in RULES)
    blocks = re.split(r"^(?=(?:use )?rule )", text, flags=re.M)[1:]
    scripted = {
        re.match(r"(?:use rule \w+ as|rule) (\w+)", block)[1]
        for block in blocks
        if "script:" in block or block.startswith("use")
    }
    assert set(evaluated) == scripted
    shared = {path.name for path in SHARED}
    for rule, jobs in evaluated.items():
        for job in jobs:
            assert list(job["params"]) == GIVEN.get(job["script"], ["settings", "code"]), rule
            modules = json.loads(job["params"]["code"])["modules"]
            assert {name for name in modules if name.endswith(".py")} == {job["script"], *shared}


def test_no_tested_signal_reaches_a_score_without_labels(evaluated):
    """Neither a training nor the background that scores are combined on is made of any."""
    jobs = [job for group in evaluated.values() for job in group]
    makers = {path: job for job in jobs for path in job["outputs"]}

    def list_origins(path):
        found, waiting = set(), [path]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += makers[path]["inputs"] if path in makers else ()
        return found

    def list_signals(path):
        origins = list_origins(path)
        return {name for name in signals if any(f"/{name}/" in one for one in origins)}

    scans = [job["wildcards"] for job in evaluated["scan_cuts"]]
    signals = {wildcards["signal"] for wildcards in scans}
    scores = {name: f"results/2lep/scores/{name}/background.parquet" for name in (
        "prior", "both", "met", "bdt", "dnn"
    )}  # fmt: skip
    assert set(scores.values()) <= makers.keys()
    found = {name: list_signals(path) for name, path in scores.items()}
    assert (found["prior"], found["both"], found["met"]) == (set(), set(), set())
    # what is told of signals is made of them
    assert found["bdt"] == {"HLL_500"}
    assert found["dnn"] == {"HLL_500", "Zprime_1000"}
    # the prior is made of its own events
    assert any("/phase_space/" in path for path in list_origins(scores["prior"]))


def test_what_is_loaded_by_name_is_named(evaluated):
    """The family of a network is in the code of its job, the template among its inputs."""
    for job in evaluated["train"]:
        family = read_settings(job["params"]["settings"])["architecture"]["family"]
        code = json.loads(job["params"]["code"])
        assert f"rapidmass.models.networks.{family}" in code["modules"]
        assert "onnxscript" in code["packages"]
    for rule in ("fit_baseline", "score_baseline"):
        modules = [json.loads(job["params"]["code"])["modules"] for job in evaluated[rule]]
        kinds = {name for found in modules for name in found if ".baselines." in name}
        assert {
            "rapidmass.models.baselines.pca",
            "rapidmass.models.baselines.isolation_forest",
        } <= kinds
    for rule, jobs in evaluated.items():
        for job in jobs:
            modules = (
                json.loads(job["params"]["code"])["modules"] if "code" in job["params"] else ()
            )
            if "rapidmass.representations.registry" in modules and not rule.startswith(MERGED):
                images = any("pictures" in value for value in job["wildcards"].values())
                kinds = ["image"] if images else ["rmm", "image"]
                assert set(map(name_module, kinds)) & set(modules), rule
    (report,) = evaluated["write_report"]
    files = [path for path in PACKAGE.rglob("*.*") if path.parent.name != "__pycache__"]
    templates = [path for path in files if path.suffix not in (".py", ".pyi", ".typed")]
    words = {str(path) for path in templates if path.parents[1].name == "studies"}
    (export,) = evaluated["export"]
    cpp = {str(path) for path in templates if path.parent.name == "export"}
    assert cpp
    assert cpp <= set(export["inputs"])
    page = {str(path) for path in templates} - words - cpp
    assert page
    assert page <= set(report["inputs"])
    # some studies are off
    drawn = {path for job in evaluated["draw_section"] for path in job["inputs"]}
    assert words & drawn
    assert not words & set(report["inputs"])


def test_no_job_is_given_or_records_a_secret(evaluated):
    """The addresses of two samples have a user, a password and a token."""
    text = json.dumps(evaluated)
    assert "https://server.org/remote_1.root" in text
    assert "hushhush" not in text


def test_what_changes_no_weight_is_no_setting_of_a_training(evaluated):
    for rule in ("grow_trees", "tune", "tune_trees"):  # which use one process
        for job in evaluated[rule]:
            assert read_settings(job["params"]["settings"])["training"] == {"threads": 1}
    for job in evaluated["train"]:
        shared = {"threads": 1, "processes": 1}
        assert read_settings(job["params"]["settings"])["training"] == shared
        assert job["params"]["checkpoint_interval"] == "600.0"
        assert job["params"]["expand"] == "auto"


def test_each_setting_that_is_written_is_read_and_each_that_is_read_is_written(evaluated):
    for rule, jobs in evaluated.items():
        for job in jobs:
            assert set(read_settings(job["params"]["settings"])) == find_reads(job), rule


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("job = start(s)\nf(job.settings['a'], job.settings['b'])\njob.finish()", {"a", "b"}),
        ("job = start(s)\nblock = job.settings\ndef f():\n    return block['a']", {"a"}),
        ("job = start(s)\njob.describe()", set()),
    ],
)
def test_reads_are_found(text, keys):
    assert list_reads(ast.parse(text)) == keys


@pytest.mark.parametrize(
    "line",
    [
        "f(job.settings)",
        "f(**job.settings)",
        "job.settings.get('a')",
        "job.settings[name]",
        "for key in job.settings: pass",
        "block = job.settings\nf(block)",
        "block = job.settings\nblock.get('a')",
        "block = job.settings\nblock = {}",
        "block = job.settings\ndef f(block): return block['a']",
        "f(job)",
    ],
)
def test_reads_that_cannot_be_followed_are_refused(line):
    with pytest.raises(AssertionError):
        list_reads(ast.parse(f"job = start(s)\n{line}"))


OWN = {  # of a job, from no key of the configuration
    "architecture", "baseline", "batch", "first_event", "model", "part", "purpose", "round",
    "scans", "scorer", "selection", "study",
}  # fmt: skip


def test_each_setting_is_at_a_place_of_the_configuration(evaluated):
    places = {
        (rule, place)
        for rule, jobs in evaluated.items()
        for job in jobs
        for entry in json.loads(job["params"]["settings"]).values()
        for place in entry
    }
    known = {*Config.model_fields, *OWN}
    wrong = [(rule, p) for rule, p in places if not set(re.split(r"[ .,]+", p)) & known]
    assert wrong == []
    assert ("build_shard", "selections.2lep.cuts") in places
    assert ("train", "architectures.vae_deep") in places
    assert ("grow_trees", "architectures.bdt.target") in places
    # a variant is told of by the network that it comes from
    assert not any("-seed-" in place for _, place in places)


def test_a_study_is_drawn_by_its_own_code_alone(evaluated):
    for job in evaluated["draw_section"]:
        own = read_settings(job["params"]["settings"])["module"]
        modules = json.loads(job["params"]["code"])["modules"]
        studies = {name.split(".")[2] for name in modules if name.startswith("rapidmass.studies.")}
        assert own in modules
        assert studies == {own.split(".")[2]}


def test_a_bump_hunt_has_the_code_of_its_method(evaluated):
    for job in evaluated["hunt_bump"]:
        method = read_settings(job["params"]["settings"])["hunt"]["method"]
        modules = json.loads(job["params"]["code"])["modules"]
        assert f"rapidmass.search.bumps.methods.{method}" in modules
