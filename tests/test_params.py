"""What rules give their jobs: exactly the settings that scripts read, and their code."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rapidmass.provenance.code_digests import PACKAGE
from sources import JOB, RULES, SHARED, list_uses, name_dotted, read

EVALUATION = Path(__file__).with_name("evaluated_rules.py")
CHECKPOINTED = ["settings", "code", "checkpoint", "checkpoint_interval"]
SOURCED = ["settings", "code", "source"]
GIVEN = {
    "train": CHECKPOINTED,
    "tune": CHECKPOINTED,
    "normalise_sample": ["settings", "code", "sources"],
    # where a file lies decides nothing, only which one it is
    "build_shard": SOURCED,
    "build_copies": SOURCED,
    "build_altered": SOURCED,
    "inspect_ntuple": SOURCED,
    "fetch_ntuple": [*SOURCED, "keep_bad"],
    # how long trainings took decides nothing
    "read_training_times": ["settings", "code", "benchmarks"],
}
# They compare how files show their events, and load nothing that could show one.
MERGED = ("merge_", "mix_", "write_megaset", "write_other", "write_copy")


def list_reads(tree):
    """List the settings that a script reads, by key or through another name for all of them."""
    aliases = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and name_dotted(node.value) == "job.settings"
        and isinstance(node.targets[0], ast.Name)
    }
    roots = {"job.settings", *aliases}
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
    assert others == {"job.settings": len(aliases), **dict.fromkeys(aliases, 1)}, others
    allowed = ("job.settings", "job.describe", "job.write_json", "job.finish", "job.request")
    assert all(use == "job" or use.startswith(allowed) for use in list_uses(tree, "job"))
    assert list_uses(tree, "job").count("job") == 1, "the job is passed on"
    return keys


def parse_rules(text):
    """Params, the script that `code` digests, and the script that runs, by rule."""
    found = {}
    for block in re.split(r"^(?=(?:rule|checkpoint) )", text, flags=re.M)[1:]:
        script = re.search(r'^    script:\s+"\.\./scripts/(\w+\.py)"', block, re.M)
        if not re.search(r"^    (script|shell|run|notebook|wrapper):", block, re.M):
            continue
        params = re.search(r"^    params:\n((?: {8}.*\n|\n)+)", block, re.M)
        entries = params[1] if params else ""
        code = re.search(r"^        code=(.*),$", entries, re.M)
        found[re.match(r"\w+ (\w+)", block)[1]] = (
            re.findall(r"^ {8}(\w+)=", entries, re.M),
            code and code[1],
            script and script[1],
        )
    return found


def find_wrong_params(text, functions):
    """Find rules whose params are not settings and the code of their own script."""
    wrong = []
    for rule, (names, code, script) in parse_rules(text).items():
        known = (f'script_code("{script}")', f'shown_code("{script}")')
        own = code in known or functions.get(code, "") == script
        if names != GIVEN.get(rule, ["settings", "code"]) or not own:
            wrong.append(rule)
    return wrong


def list_code_functions(text):
    """Scripts that functions give to `digest_code` as first argument, by function."""
    pattern = r'^def (\w+)\(wildcards\):\n(?:    .*\n)*?    return digest_code\(\s*"(\w+\.py)"'
    return dict(re.findall(pattern, text, re.M))


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


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_pass_settings_and_the_code_of_their_script(path):
    functions = list_code_functions("".join(rules.read_text() for rules in RULES))
    assert functions["training_code"] == "train.py"
    assert find_wrong_params(path.read_text(), functions) == []


RULE = """\
rule good:
    output:
        "a",
    params:
        settings=good_settings,
        code=script_code("good.py"),
    script:
        "../scripts/good.py"
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        settings=good_settings,\n", ""),
        ("        code=", "        seed=1,\n        code="),
        ('script_code("good.py")', 'script_code("other.py")'),
        ('script_code("good.py")', "other_code"),
        ('script_code("good.py")', '"1"'),
        ("settings=good_settings", "settings=make(\n            {}\n        ),\n        a=1"),
        ("    params:\n        settings=good_settings,\n", "    threads:\n"),
        ('    script:\n        "../scripts/good.py"', '    shell:\n        "python good.py"'),
    ],
)  # fmt: skip
def test_a_rule_with_other_params_is_found(old, new):
    assert old in RULE
    assert find_wrong_params(RULE, {"other_code": "other.py"}) == []
    for text in (RULE.replace(old, new), RULE + "\n\n" + RULE.replace(old, new)):
        assert find_wrong_params(text, {"other_code": "other.py"}) == ["good"]


def test_snakemake_sees_the_same_rules(evaluated):
    text = "".join(path.read_text() for path in RULES)
    written = parse_rules(text)
    for base, derived in re.findall(r"^use rule (\w+) as (\w+) with:", text, re.M):
        written[derived] = written[base]
    assert set(evaluated) == set(written)
    shared = {path.name for path in SHARED}
    for rule, jobs in evaluated.items():
        names, _, script = written[rule]
        for job in jobs:
            assert (list(job["params"]), job["script"]) == (names, script)
            modules = json.loads(job["params"]["code"])["modules"]
            assert {name for name in modules if name.endswith(".py")} == {script, *shared}


def test_what_is_loaded_by_name_is_named(evaluated):
    """The family of a network is in the code of its job, the template among its inputs."""
    for job in evaluated["train"]:
        family = json.loads(job["params"]["settings"])["architecture"]["family"]
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
                assert "rapidmass.representations.rmm.sparse" in modules, rule
    (report,) = evaluated["write_report"]
    files = [path for path in PACKAGE.rglob("*.*") if path.parent.name != "__pycache__"]
    templates = [path for path in files if path.suffix not in (".py", ".typed")]
    assert templates != []
    assert {str(path) for path in templates} <= set(report["inputs"])


def test_no_job_is_given_or_records_a_secret(evaluated):
    """The addresses of two samples have a user, a password and a token."""
    text = json.dumps(evaluated)
    assert "https://server.org/remote_1.root" in text
    assert "hushhush" not in text


def test_how_often_a_training_is_saved_is_no_setting(evaluated):
    for job in evaluated["train"]:
        assert json.loads(job["params"]["settings"])["training"] == {"threads": 1}
        assert job["params"]["checkpoint_interval"] == "600.0"


def test_each_setting_that_is_written_is_read_and_each_that_is_read_is_written(evaluated):
    for rule, jobs in evaluated.items():
        reads = list_reads(read(JOB.parent / jobs[0]["script"]))
        for job in jobs:
            assert set(json.loads(job["params"]["settings"])) == reads, rule


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
        "other = job",
        "f(job)",
        "job.other",
    ],
)
def test_reads_that_cannot_be_followed_are_refused(line):
    with pytest.raises(AssertionError):
        list_reads(ast.parse(f"job = start(s)\n{line}"))


def read_words():
    """Words of all rule files; those that only have functions are Python."""
    words = {}
    for path in RULES:
        if path.stem == "params" or path.stem.endswith("_inputs"):
            for node in read(path).body:
                if ast.unparse(node).startswith("WORDS = "):
                    words |= ast.literal_eval(node.value)
                elif ast.unparse(node).startswith("WORDS.update("):
                    (more,) = node.value.args
                    more = ast.literal_eval(more)
                    clash = [key for key in more if words.get(key, more[key]) != more[key]]
                    assert clash == [], f"{path.name} has other words than another file"
                    words |= more
    return words


def has_place(settings, place):
    for key in place.split("."):
        if not isinstance(settings, dict) or key not in settings:
            return False
        settings = settings[key]
    return True


def test_each_word_is_of_a_setting_and_its_wildcards_are_those_of_the_job(evaluated):
    unused = dict(read_words())
    for rule, jobs in evaluated.items():
        settings, wildcards = json.loads(jobs[0]["params"]["settings"]), jobs[0]["wildcards"]
        for place, word in read_words().items():
            if has_place(settings, place):
                unused.pop(place, None)
                assert set(re.findall(r"\{(\w+)\}", word)) <= set(wildcards), (rule, place)
    assert unused == {}
