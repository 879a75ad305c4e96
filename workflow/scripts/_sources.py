"""The source of every module of this project, noted as it is imported.

A file may be edited while a job starts. What runs is what was read then, and that is recorded.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
FIRST = ("_sources.py", "_preparation.py", "_job.py")
NAMES = {"rapidmass", *(path.stem for path in HERE.glob("*.py"))}
# these are imported already, or one of them is next
SOURCES = {HERE / name: (HERE / name).read_bytes() for name in FIRST}
END_OF_PREAMBLE = b"######## snakemake preamble end #########\n"


class _Notes:
    """Finds modules as Python does, and keeps the source of those of this project."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, _: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.split(".")[0] not in NAMES:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.has_location and spec.origin is not None:
            SOURCES[Path(spec.origin)] = Path(spec.origin).read_bytes()
        return spec


sys.meta_path.insert(0, _Notes())


def read_script() -> tuple[Path, bytes]:
    """Read the script that runs.

    Returns
    -------
    Path, bytes
        Where it lies, and its source: that of the copy which Snakemake made of it.
    """
    main = sys.modules["__main__"]
    script = Path(main.__file__ or "")
    source = Path(getattr(main, "__real_file__", script)).read_bytes()
    return script, source.partition(END_OF_PREAMBLE)[2] or source
