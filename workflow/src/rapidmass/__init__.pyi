from .columnar.expressions import Expression
from .columnar.four_vectors import FourVectors
from .config.load import load_analysis
from .models.export.onnx_model import Model
from .representations.rmm.columns import get_cells, get_matrices
from .representations.rmm.layout import Layout
from .representations.rmm.matrices import build, densify
from .scores.score import score
from .statistics.limits import compute_expected_limits
from .statistics.significance import (
    compute_asimov_significance,
    compute_profiled_significance,
)
from .storage.parquet import iterate_events, read_events

__version__: str

__all__ = [
    "Expression",
    "FourVectors",
    "Layout",
    "Model",
    "build",
    "compute_asimov_significance",
    "compute_expected_limits",
    "compute_profiled_significance",
    "densify",
    "get_cells",
    "get_matrices",
    "iterate_events",
    "load_analysis",
    "read_events",
    "score",
]
