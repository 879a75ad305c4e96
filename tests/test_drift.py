"""Nothing decides what a job makes but what its record names: settings, code, versions, inputs."""

import ast
import re

import pytest

from rapidmass.provenance.code_digests import PACKAGE, reach_sources
from sources import JOB, LIBRARY, SCRIPTS, SHARED, list_uses, name_dotted, read

# What a script may take from Snakemake: files, and what changes no result.
TAKEN = {"input", "output", "threads"}
OWN = {"settings", "request", "describe", "write_json", "finish"}
TAKEN_BY = {
    # where and how often it keeps its state for the time being, and which way events take
    "train.py": TAKEN | {"params.checkpoint", "params.checkpoint_interval", "params.expand"},
    "tune.py": TAKEN | {"params.checkpoint", "params.checkpoint_interval", "params.expand"},
    # where a file lies
    "inspect_ntuple.py": TAKEN | {"params.source.text"},
    "fetch_ntuple.py": TAKEN | {"params.source.text", "params.keep_bad"},
    "build_shard.py": TAKEN | {"params.source.text"},
    "build_augmented.py": TAKEN | {"params.source.text"},
    "join_pieces.py": TAKEN | {"params.source.text"},
    "build_altered.py": TAKEN | {"params.source.text"},
    "build_altered_piece.py": TAKEN | {"params.source.text"},
    "join_altered_pieces.py": TAKEN | {"params.source.text"},
    "normalise_sample.py": TAKEN | {"params.sources.text"},
    # how the run was started, for the reader only
    "write_report.py": TAKEN | {"params.start.text"},
    # how long trainings took, for the reader only
    "read_training_times.py": TAKEN | {"params.benchmarks"},
}

# The room that no job imports: what people call.
FOR_PEOPLE = ("commands/",)
# Code that runs without an import that shows it, and why this is no harm.
HIDDEN_CODE = {
    # a family of networks: rule train adds it to the code, as test_params.py checks
    ("models/networks/registry.py", "importlib"),
    # a kind of representation: all rules that load one add it
    ("representations/registry.py", "importlib"),
    # a method of a bump hunt: rule hunt_bump adds it, as test_params.py checks
    ("search/bumps/methods/registry.py", "importlib"),
    # the processes of a training: they run a module that is imported there too
    ("models/training/processes.py", "subprocess"),
    ("models/training/processes.py", "sys.path"),
    # what compiles functions, if it is in the code of the job
    ("_job.py", "importlib"),
    # a kind of baseline: rules fit_baseline and score_baseline add it, as test_params.py checks
    ("models/baselines/registry.py", "importlib"),
    # the template: an input of rule write_report, as test_params.py checks
    ("report/page.py", "importlib"),
    # the templates of C++: inputs of rule export, as test_params.py checks
    ("models/export/cpp_header.py", "importlib"),
    # the words of a section: an input of rule draw_section, as jobs/test_sections.py checks
    ("report/prose.py", "importlib"),
    # the module that draws a study: rule draw_section adds it, as test_params.py checks
    ("draw_section.py", "importlib"),
    # what Snakemake gave
    ("_job.py", "sys.modules"),
    # whether numba and pyarrow are there, to leave out what they import; modules for later scripts
    ("_preparation.py", "sys.modules"),
    ("_preparation.py", "importlib"),
    # the place of the script that runs, and a finder that notes what is imported
    ("_sources.py", "sys.modules"),
    ("_sources.py", "importlib"),
}
# What is read from elsewhere than settings and inputs, and why this is no harm.
AMBIENT = {
    # they read the configuration for the Snakefile; scripts do not, see the test of that
    ("provenance/yaml_files.py", "yaml"),
    ("config/load.py", ".yaml"),
    ("config/load.py", "config.yaml"),
    # they write a block of the configuration
    ("studies/tuning/results.py", "yaml"),
    ("studies/tree_tuning/measure.py", "yaml"),
    # they make no product: the documentation, and the place of this package
    ("config/reference.py", "argv"),
    ("config/reference.py", "config.yaml"),
    ("provenance/code_digests.py", "__file__"),
    ("provenance/parsed_sources.py", "__file__"),
    # where the list of public names lies
    ("__init__.py", "__file__"),
    # what is imported is noted, and recorded
    ("_sources.py", "__file__"),
    ("_preparation.py", "__file__"),
    # scores that they wrote themselves, in folders that nobody else knows
    ("scores/folds.py", "raw"),
    ("scores/ordered.py", "events.arrow"),
    # where compiled kernels are kept
    ("datasets/warm_up.py", "environ"),
    # handed on to the processes of a training as it is, and how these find each other
    ("models/training/processes.py", "environ"),
    ("models/training/processes.py", "meeting"),
}


def find_forbidden_uses(tree, taken):
    """Find what a script takes from its job beyond files and settings, however it is written."""
    uses = list_uses(tree, "job")
    allowed = tuple(f"job.{name}." for name in (*OWN, *taken))
    wrong = [use for use in uses if use != "job" and not f"{use}.".startswith(allowed)]
    # it is named where it starts, and not passed on
    return wrong + ["job itself"] * (uses.count("job") != 1) + list_uses(tree, "snakemake")


def find_wrong_frame(tree):
    """Check that a script does nothing before `job = start()`, or after `job.finish()`."""
    lines = [
        ast.unparse(node)
        for node in tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.Assign) and (name_dotted(node.targets[0]) or "").isupper())
    ]
    text = ast.unparse(tree)
    wrong = []
    if "from _job import start" not in text.splitlines():
        wrong.append("another start")
    if lines[:1] != ["job = start()"]:
        wrong.append("starts otherwise")
    # a checkpoint is of use until the products count
    if lines[-1:] == ["remove_checkpoint(checkpoint)"]:
        lines.pop()
    if lines[-1:] != ["job.finish()"] or text.count(".finish(") != 1:
        wrong.append("ends otherwise")
    return wrong


def find_hidden_code(tree):
    """Find ways to run code that no import shows."""
    modules = {"builtins", "ctypes", "imp", "pickle", "pkgutil", "runpy", "subprocess", "zipimport"}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            sources = [node.module] if isinstance(node, ast.ImportFrom) else names
            found |= {name.split(".")[0] for name in sources} & modules
            found |= {"*", "entry_points"} & set(names)
            plain = [name for name in sources if name != "importlib.metadata"]
            found |= {name.split(".")[0] for name in plain} & {"importlib"}
        elif isinstance(node, ast.Name):
            found |= {node.id} & {"__import__", "exec", "eval", "compile", "__builtins__"}
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & {"entry_points", "__import__", "__loader__"}
            found |= {name_dotted(node)} & {"sys.modules", "sys.path", "os.system", "os.popen"}
    return found


def find_ambient(tree):
    """Find what is read from environment, command line, home and files of fixed names."""
    words = {"environ", "environb", "getenv", "getenvb", "expandvars", "expanduser", "argv", "home"}
    words |= {"cwd", "getcwd"}
    readers = {"yaml", "tomllib", "configparser"}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found |= {node.attr} & words
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            sources = [node.module] if isinstance(node, ast.ImportFrom) else names
            found |= {name.split(".")[0] for name in sources} & readers
            found |= set(names) & words
        elif isinstance(node, ast.Name):
            found |= {node.id} & {"__file__"}
        elif isinstance(node, ast.Call) and name_dotted(node.func) in ("open", "Path", "PurePath"):
            found |= {a.value for a in node.args if isinstance(a, ast.Constant)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"^[\w/]*\.(?:ya?ml|tsv|toml)$", node.value))
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_take_files_and_threads_from_snakemake(path):
    taken = TAKEN_BY.get(path.name, TAKEN)
    assert find_forbidden_uses(read(path), taken) == []


def test_what_every_script_does_first_passes_no_configuration_on():
    taken = {use.split(".")[1] for use in list_uses(read(JOB), "snakemake") if "." in use}
    assert taken == {"log", "rule", "input", "output", "params", "threads"}


@pytest.mark.parametrize(
    "line",
    [
        "seed = snakemake.config['seed']",
        "seed = job.params.seed",
        "seed = job.params['settings']",
        "name = job.wildcards.sample",
        "name = job.inputs",
        "config = getattr(job, 'config')",
        "other = job",
        "def f(x=job): return x.config",
        "job = start()",
        "params = job.params",
        "memory = job.resources.mem_mb",
    ],
)
def test_what_else_a_script_takes_is_found(line):
    good = "job = start()\npath = job.input[0]\n"
    assert find_forbidden_uses(ast.parse(good), TAKEN) == []
    assert find_forbidden_uses(ast.parse(good + line), TAKEN) != []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_scripts_start_and_finish_their_job(path):
    assert find_wrong_frame(read(path)) == []


GOOD = """\
'''Docs.'''
from _job import start
NAMES = ("a",)
job = start()
work(job.settings["seed"])
job.finish()
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("job = start()", "seed = 1\njob = start()"),
        ("job = start()", "work()\njob = start()"),
        ("job.finish()", "job.finish()\nwork()"),
        ("job.finish()", "if done:\n    job.finish()"),
        ("work(job", "job.finish()\nwork(job"),
        ("job.finish()\n", ""),
        ("from _job import start", "from other import start"),
    ],
)
def test_a_script_that_starts_or_ends_otherwise_is_found(old, new):
    assert find_wrong_frame(ast.parse(GOOD)) == []
    assert find_wrong_frame(ast.parse(GOOD.replace(old, new))) != []


def name_place(path):
    return str(path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else JOB.parent))


def collect(find):
    places = {name_place(path): path for path in [*LIBRARY, *SCRIPTS, *SHARED]}
    return {
        (place, word)
        for place, path in places.items()
        if not place.startswith(FOR_PEOPLE)
        for word in find(read(path))
    }


def test_no_job_imports_what_people_call():
    rooms = tuple(f"rapidmass.{room.rstrip('/')}" for room in FOR_PEOPLE)
    for path in [*LIBRARY, *SCRIPTS, *SHARED]:
        if not name_place(path).startswith(FOR_PEOPLE):
            assert not any(f"{room}." in path.read_text() for room in rooms), path


def test_no_code_runs_that_no_import_shows():
    assert collect(find_hidden_code) == HIDDEN_CODE


@pytest.mark.parametrize(
    "text",
    [
        "import importlib",
        "from importlib import import_module",
        "import importlib.util as u",
        "from importlib.metadata import entry_points",
        "import importlib.metadata as m\nm.entry_points()",
        "m = __import__('os')",
        "exec('import os')",
        "f = eval",
        "code = compile('1', '', 'eval')",
        "import runpy",
        "from pkgutil import iter_modules",
        "from rapidmass.rmm import *",
        "import sys\nsys.modules['rapidmass.x'].f()",
        "import sys\nsys.path.insert(0, '.')",
        "import subprocess",
        "import pickle",
    ],
)
def test_hidden_code_is_found(text):
    assert find_hidden_code(ast.parse(text))
    assert not find_hidden_code(ast.parse("network.eval()\nre.compile('a')\nimport torch"))


def test_nothing_is_read_but_settings_and_inputs():
    assert collect(find_ambient) == AMBIENT


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ['A']",
        "import os as o\no.getenv('A')",
        "from os import environ",
        "import yaml",
        "from tomllib import load",
        "open('config/config.yaml')",
        "Path('config').glob('*')",
        "text = (folder / 'samples.tsv').read_text()",
        "import sys\nsys.argv[1]",
        "Path.home()",
        "Path.cwd()",
        "Path(__file__).parent",
    ],
)
def test_ambient_reads_are_found(text):
    assert find_ambient(ast.parse(text))
    assert not find_ambient(ast.parse("Path(job.input[0])\nopen(path)\n'GeV'"))


@pytest.mark.parametrize("path", [*SCRIPTS, *SHARED], ids=lambda path: path.stem)
def test_no_script_reaches_what_reads_the_configuration(path):
    readers = {PACKAGE / "config" / "load.py", PACKAGE / "config" / "root.py"}
    assert all(reader.is_file() for reader in readers)
    assert not reach_sources(path) & readers
