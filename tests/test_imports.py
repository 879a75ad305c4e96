"""A job is a process of its own: imports without need are paid for before its first event."""

import ast
import os
import subprocess
import sys
from fnmatch import fnmatchcase
from functools import cache

import pytest

from rapidmass.provenance import code_digests, parsed_sources
from sources import JOB, LIBRARY, SCRIPTS, SHARED, read

# What takes long to import, and the scripts that cannot do without. Patterns of their names.
FIGURES = ["draw_[!p]*"]  # draw_pseudo_data draws events
NTUPLES = ["build_*", "inspect_ntuple", "generate", "draw_pseudo_data", "normalise_sample"]
ALTERED = ["join_altered_pieces", "merge_altered"]
# Who shows events to a model loads its representation by name, and numba with it.
DENSE = [
    "compare_data",
    "compare_matrices",
    "draw_event_displays",
    "*_matrices",
    "explain_losses",
    "map_latent",
]
NEEDED_BY = {
    "torch": ["train", "tune", "collect_trials"],
    "optuna": ["tune", "tune_trees", "collect_trials"],
    "onnx": ["train", "grow_trees", "export_results", "measure_tagger_images"],
    "xgboost": ["grow_*", "tune_trees", "check_classifier", "hunt_bump"],
    "onnxruntime": [
        "train",
        "grow_trees",
        "check_classifier",
        "score*",
        "map_latent",
        "measure_images",
        "measure_tagger_images",
        "explain_losses",
        "*_displays",
        "export_results",
    ],
    "matplotlib": FIGURES,
    "mplhep": FIGURES,
    "hist": [
        "draw_*",
        "fit_signal",
        "scan_cuts",
        "study_*",
        "measure_*",
        "judge_scores",
        "check_classifier",
        "combine_trainings",
        "grow_categories",
        "calibrate",
        "read_training_times",
    ],
    "scipy": [
        "combine_scores",
        "grow_*",
        "tune_trees",
        "fit_signal",
        "draw_latent_space",
        "compare_data",
        "compare_samples",
        "measure_power",
        "calibrate",
        "hunt_bump",
        "measure_bumps",
        "write_report",
    ],
    "sklearn": [
        "combine_trainings",
        "grow_categories",
        "map_latent",
        "compare_samples",
        "measure_power",
        "calibrate",
    ],
    "umap": [],
    "pandas": [],
    "uproot": [*NTUPLES, *ALTERED, "fetch_ntuple", "export_results"],
    "awkward": [*NTUPLES, *ALTERED],
    "numba": ["build_*", "inspect_ntuple", "normalise_sample", *ALTERED, *DENSE],
    "pythia8mc": [],
    "fastjet": [],
    "jinja2": [*FIGURES, "write_report", "export_results"],
}
# What packages bring along.
BROUGHT = {
    "optuna": {"sklearn", "pandas", "scipy"},
    "sklearn": {"pandas", "scipy"},
    "hist": {"scipy"},
    "numba": {"scipy"},  # to see its version
}


def list_names(statements):
    """Names of what is imported when a module is, not when a function of it is called."""
    for node in statements:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from list_names(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in parsed_sources.BLOCKS:
                yield from list_names(getattr(node, name, ()))


NAMES = {path: set(list_names(read(path).body)) for path in [*LIBRARY, *SCRIPTS, *SHARED]}


@cache
def list_packages(*paths):
    """List packages that running some modules imports, or the modules that these import in turn."""
    found, waiting = set(), list(paths)
    packages = set()
    while waiting:
        path = waiting.pop()
        found.add(path)
        for name in NAMES[path]:
            packages.add(name.split(".")[0])
            waiting += code_digests._find_module(name) - found
    return packages


def may_import(script, package):
    return any(fnmatchcase(script, pattern) for pattern in NEEDED_BY[package])


def list_needless(script, packages):
    """Those that a script imports and does not need."""
    mine = {package for package in NEEDED_BY if may_import(script, package)}
    brought = set().union(*(BROUGHT.get(package, set()) for package in mine))
    return sorted((set(NEEDED_BY) - mine - brought) & packages)


# What a process runs: a script, and that of sections the module of a study as well.
SECTION = JOB.with_name("draw_section.py")
PROCESSES = {path.stem: (path, JOB) for path in SCRIPTS if path != SECTION} | {
    f"draw_{path.parent.name}": (path, SECTION, JOB)
    for path in LIBRARY
    if path.name == "draw.py" and path.parents[1].name == "studies"
}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_script_imports_what_it_needs(name):
    assert list_needless(name, list_packages(*PROCESSES[name])) == []


@pytest.mark.parametrize("package", sorted(name for name in NEEDED_BY if NEEDED_BY[name]))
def test_no_need_is_of_the_past(package):
    scripts = [name for name, paths in PROCESSES.items() if package in list_packages(*paths)]
    for pattern in NEEDED_BY[package]:
        assert any(fnmatchcase(script, pattern) for script in scripts), pattern


def test_imports_of_functions_do_not_count():
    lines = ["import a", "from b.c import d", "def f():\n    import e", "class G:\n    import h"]
    lines += ["if TYPE_CHECKING:\n    import i", "try:\n    import j\nexcept E:\n    import k"]
    found = set(list_names(ast.parse("\n".join(lines)).body))
    assert found == {"a", "b.c", "b.c.d", "h", "j", "k"}


def run(*arguments):
    """Run Python as a job runs: in a new process, with the library and the scripts at hand."""
    paths = [str(code_digests.PACKAGE.parent), str(JOB.parent)]
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


SHOW = "\nimport sys\nprint(*sys.modules)"


@pytest.mark.parametrize("script", ["build_shard", "write_megaset", "scan_cuts", "write_report"])
def test_python_imports_no_more_than_the_lines_say(script):
    tree = read(JOB.with_name(f"{script}.py"))
    lines = [
        ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    modules = run("-c", "\n".join(lines) + SHOW)
    assert "rapidmass.provenance.code_digests" in modules
    assert list_needless(script, modules) == []


def test_reading_the_configuration_imports_little():
    modules = run("-c", "import rapidmass.config.load" + SHOW)
    assert "rapidmass.config.root" in modules
    assert not modules & {"numba", "awkward", "pyarrow", "torch", "matplotlib", "pandas", "scipy"}


START = """\
import gc, sys
from types import SimpleNamespace
from _job import start
assert not gc.isenabled()
import numba, numpy, pyarrow
params = SimpleNamespace(settings="{}", code='{"modules": {}, "hashes": {}, "packages": []}')
snakemake = SimpleNamespace(
    log=[sys.argv[1]], rule="rule", params=params, input=[], output=["product"], threads=1
)
start()
assert gc.isenabled() and gc.get_freeze_count() > 10_000
assert numba.njit(lambda x: x.sum())(numpy.ones(3)) == 3
values = pyarrow.array([1, 2])
assert values.to_numpy().sum() == 3
print(*sys.modules)
# who wants them gets them
import scipy.linalg
assert scipy.linalg.det([[2.0]]) == 2
"""


def run_job(folder, code):
    script = folder / "script.py"
    script.write_text(code)
    return run(str(script), str(folder / "log"))


def test_a_job_leaves_out_what_packages_import_by_chance(tmp_path):
    modules = run_job(tmp_path, START)
    assert not modules & {"pandas", "scipy.linalg", "awkward"}


def test_pyarrow_makes_data_frames_in_a_job(tmp_path):
    pytest.importorskip("pandas")
    frame = "assert values.to_pandas().tolist() == [1, 2]\n"
    assert "pandas" in run_job(tmp_path, START + frame + SHOW)


@pytest.mark.parametrize("package", ["pandas", "scipy.linalg"])
def test_without_a_job_they_are_imported(package):
    """Should this fail, they need not be left out any more."""
    pytest.importorskip(package)
    code = "import numba, numpy, pyarrow\npyarrow.array([1])\n"
    code += "numba.core.entrypoints._already_initialized = True\n"
    code += "numba.njit(lambda x: x.sum())(numpy.ones(3))"
    assert package in run("-c", code + SHOW)


def test_there_is_a_script_for_each_pattern_of_figures():
    names = [name for name in PROCESSES if fnmatchcase(name, FIGURES[0])]
    assert len(names) > 10
    assert "draw_pseudo_data" not in names
