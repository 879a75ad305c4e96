"""Edits that a user makes, each with the way back: a function of a run that returns its undoing."""

import csv
import os
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path

import yaml


def change_nothing(_):
    return lambda: None


def keep(*paths):
    """Keep files with their times, for an undoing."""
    kept = {
        path: (path.read_bytes(), path.stat().st_atime_ns, path.stat().st_mtime_ns)
        for path in map(Path, paths)
        if path.exists()
    }

    def undo():
        for path in map(Path, paths):
            if path not in kept:
                path.unlink(missing_ok=True)
                continue
            content, *times = kept[path]
            path.write_bytes(content)
            os.utime(path, ns=tuple(times))

    return undo


def set_config(place, value):
    """Set a key of config.yaml; None removes it."""

    def edit(run):
        before = run.config
        run.config = deepcopy(before)
        *parents, last = [int(key) if key.isdigit() else key for key in place.split(".")]
        block = run.config
        for key in parents:
            block = block[key]
        if value is None:
            del block[last]
        else:
            block[last] = value

        def undo():
            run.config = before

        return undo

    return edit


def replace_text(folder, path, old, new):
    """Replace text in a file of the run's `folder` or `checkout`."""

    def edit(run):
        file = getattr(run, folder) / path
        undo = keep(file)
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        return undo

    return edit


def replace_code(path, old, new):
    """Replace text in a module of the library or, with its suffix, in a script."""
    place = f"workflow/scripts/{path}" if path.endswith(".py") else f"{LIBRARY}/{path}.py"
    return replace_text("checkout", place, old, new)


LIBRARY = "workflow/src/rapidmass"


def _edit_sheet(change):
    """Edit the sample sheet; `change` alters its rows, a list of dicts."""

    def edit(run):
        file = run.folder / "config/samples.tsv"
        undo = keep(file)
        with file.open() as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
        change(rows)
        with file.open("w") as stream:
            writer = csv.DictWriter(stream, list(rows[0]), delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return undo

    return edit


def set_sample(sample, column, value):
    """Set one cell of the sample sheet."""

    def change(rows):
        next(row for row in rows if row["sample"] == sample)[column] = value

    return _edit_sheet(change)


def add_sample(like, **cells):
    """Add a row to the sample sheet that differs from another one in some cells."""
    return _edit_sheet(
        lambda rows: rows.append(next(row for row in rows if row["sample"] == like) | cells)
    )


def do_all(*edits):
    """Make several edits as one."""

    def edit(run):
        undoings = [each(run) for each in edits]

        def undo():
            for each in reversed(undoings):
                each()

        return undo

    return edit


def list_yaml(run):
    folder = run.checkout / "config"
    return [run.folder / "config/config.yaml", folder / "processes.yaml",
            *sorted((folder / "ntuples").glob("*.yaml"))]  # fmt: skip


def rewrite_yaml(write):
    """Write every YAML file in another way; `write` makes text of its text."""

    def edit(run):
        run.save()
        files = list_yaml(run)
        undo = keep(*files)
        for file in files:
            text = file.read_text()
            changed = write(text)
            assert changed != text
            file.write_text(changed)
        run.frozen = True

        def unfreeze():
            run.frozen = False
            undo()

        return unfreeze

    return edit


def add_comments(text):
    lines = [f"{line}  # as before" if line.rstrip().endswith(":") else line
             for line in text.splitlines()]  # fmt: skip
    return "\n".join(["# A comment.", "", *lines, "", "# Another one.", ""])


def turn_keys(text):
    """Reverse the order of all keys."""

    def turn(block):
        if isinstance(block, dict):
            return {key: turn(block[key]) for key in reversed(block)}
        return [turn(item) for item in block] if isinstance(block, list) else block

    return yaml.safe_dump(turn(yaml.safe_load(text)), sort_keys=False)


class _Speller(yaml.SafeDumper):
    """Writes 0.001 as 1e-3 and 1000 as 1_000."""


def _write_float(dumper, value):
    mantissa, exponent = f"{value:.16e}".split("e")
    text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return dumper.represent_scalar("tag:yaml.org,2002:float", text, style="")


_Speller.add_representer(float, _write_float)
_Speller.add_representer(
    int, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:int", f"{value:_}")
)


def spell_numbers(text):
    return "# numbers as others write them\n" + yaml.dump(yaml.safe_load(text), Dumper=_Speller)


def _turn_rows(rows):
    rows.reverse()
    for row in rows:
        row["cross_section"] = row["cross_section"].replace("0.254", "2.54e-1")


turn_sheet = _edit_sheet(_turn_rows)


def touch(folder, *patterns):
    """Touch files of the run's `folder` or `checkout`."""

    def edit(run):
        files = [path for pattern in patterns for path in getattr(run, folder).glob(pattern)]
        assert files
        for path in files:
            path.touch()
        return lambda: None

    return edit


def stash(run):
    """Edit modules, put the edit away with git, and change branches there and back."""

    def git(*words):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *words],
                       cwd=run.checkout, check=True, capture_output=True)  # fmt: skip

    module = run.checkout / LIBRARY / "representations/rmm/kernel.py"
    git("init", "--initial-branch=main")
    git("add", "-A")
    git("commit", "-m", "as it was")
    git("checkout", "-b", "other")
    module.write_text(module.read_text() + "\nA = 1\n")
    git("commit", "-am", "an edit")
    git("checkout", "main")
    module.write_text(module.read_text() + "\nB = 1\n")
    git("stash")

    def undo():
        shutil.rmtree(run.checkout / ".git")

    return undo


def copy_file(source, target):
    """Put a file of the run's folder in another place, or in place of another one."""

    def edit(run):
        undo = keep(run.folder / target)
        (run.folder / target).parent.mkdir(exist_ok=True)
        shutil.copyfile(run.folder / source, run.folder / target)
        return undo

    return edit


def remove_file(path):
    def edit(run):
        undo = keep(run.folder / path)
        (run.folder / path).unlink()
        return undo

    return edit


def truncate(path):
    """Cut a file in half."""

    def edit(run):
        undo = keep(run.folder / path)
        content = (run.folder / path).read_bytes()
        (run.folder / path).write_bytes(content[: len(content) // 2])
        return undo

    return edit


def flip_byte(path):
    """Change one byte in the middle of a file, and set its time back."""

    def edit(run):
        file = run.folder / path
        undo = keep(file)
        state, content = file.stat(), bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
        return undo

    return edit


def set_version(package, version):
    """Install another version, as far as anybody can see: its metadata come first on the path."""

    def edit(run):
        place = run.folder / "site"
        info = place / f"{package}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\n"
                                       f"Version: {version}\n")  # fmt: skip
        run.environment = {"PYTHONPATH": str(place)}

        def undo():
            run.environment = {}
            shutil.rmtree(place)

        return undo

    return edit


def move_aside(path):
    """Take a file or folder away."""

    def edit(run):
        source, aside = run.folder / path, run.folder / "aside"
        source.rename(aside)

        def undo():
            shutil.rmtree(source, ignore_errors=True)
            aside.rename(source)

        return undo

    return edit


def copy_products(run):
    """Put copies in the place of all products, with times of their own, without Snakemake's."""
    results = run.folder / "results"
    undo = move_aside(".snakemake")(run)
    shutil.copytree(results, run.folder / "copies", copy_function=shutil.copyfile)
    shutil.rmtree(results)
    (run.folder / "copies").rename(results)
    return undo
