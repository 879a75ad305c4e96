"""The page that shows how a study is added: what stands there, put into a checkout, works."""

import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow
PAGE = Path(__file__).parents[2] / "docs" / "adding-a-study.md"
BLOCK = re.compile(r"^(?:In )?`(workflow/[^`]+)`[^`]*?\n```python\n(.*?)^```\n", re.M | re.S)
WORK = ("measure.py", "figures.py", "draw.py")  # the rest is glue


@pytest.fixture(scope="module")
def files():
    """Text by path, as the page has it."""
    return dict(BLOCK.findall(PAGE.read_text()))


def insert(path, addition):
    """Put an import among the imports of a file, and a field before its last one."""
    line, _, field = addition.partition("\n\n")
    text = path.read_text()
    text = text.replace("\nfrom rapidmass", f"\n{line}\nfrom rapidmass", 1)
    path.write_text(text.replace("    tuning: Tuning = ", f"{field}    tuning: Tuning = "))


def test_a_study_takes_nine_files_and_little_glue(files):
    assert len(files) <= 9
    glue = [text for path, text in files.items() if not path.endswith(WORK)]
    assert sum(bool(line.strip()) for text in glue for line in text.split("\n")) <= 90


def test_the_study_of_the_page_runs(files, make_tiny, tmp_path):
    run = make_tiny(tmp_path)
    for place, text in files.items():
        path = run.checkout / place
        if path.exists():
            insert(path, text)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    run.config["baselines"] = {"met": {"kind": "met"}, "ht": {"kind": "ht"}}
    run.config["studies"] = {"score_correlation": {"enabled": True, "networks": ["ae"]}}
    del run.config["architectures"]["vae"]
    run.make()
    found = json.loads((run.folder / "results/lep/score_correlation.json").read_text())
    assert set(found["scorers"]) == {"ae", "met", "ht"}
    for row, line in enumerate(found["correlation"]):
        assert line[row] == pytest.approx(1)
        assert max(map(abs, line)) <= 1 + 1e-9
    page = (run.folder / "results/report/report.html").read_text()
    assert "Correlation of scores" in page
    assert "nothing to be done" in run.make("--dry-run").output.lower()
    # other words on the page draw nothing anew, other words of its section measure nothing anew
    library = run.checkout / "workflow/src/rapidmass"
    rewrite(library / "report/template.html.j2", "<body", "<body ")
    assert plan(run) == {"write_report"}
    rewrite(library / "studies/score_correlation/draw.py", "Correlation of", "Correlations of")
    assert plan(run) == {"draw_section", "write_report"}


def rewrite(path, old, new):
    """Change the words of a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def plan(run):
    """Name the rules of the jobs that a run schedules."""
    return set(re.findall(r"^(?:local)?rule (\w+):", run.make("--dry-run").output, re.M)) - {"all"}
