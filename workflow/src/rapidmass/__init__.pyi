from .columnar.expressions import Expression
from .columnar.four_vectors import FourVectors
from .config.load import load_analysis
from .models.export.onnx_model import Model
from .representations.registry import make_representation, read_representation
from .representations.rmm.layout import Layout
from .representations.rmm.matrices import build
from .representations.tables import get_elements
from .results.reading import Results, open_results
from .scores.score import score
from .search.fit_limits import compute_expected_limits
from .statistics.significance import (
    compute_asimov_significance,
    compute_profiled_significance,
)
from .storage.parquet import iterate_events, read_shard

__version__: str

__all__ = [
    "Expression",
    "FourVectors",
    "Layout",
    "Model",
    "Results",
    "build",
    "compute_asimov_significance",
    "compute_expected_limits",
    "compute_profiled_significance",
    "get_elements",
    "iterate_events",
    "load_analysis",
    "make_representation",
    "open_results",
    "read_representation",
    "read_shard",
    "score",
]
