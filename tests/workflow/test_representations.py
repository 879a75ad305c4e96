"""A search whose events are a table of features, from files to the report."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from rapidmass.representations.tables import get_elements

pytestmark = pytest.mark.workflow
EVENT_COLUMNS = ("key", "sample", "channel", "weight", "met", "met_phi", "m_ll", "flavour")


def test_a_table_of_features_is_enough(tiny):
    megaset, test = "results/lep/{}/megasets/0.parquet", "results/lep/{}/test/0.parquet"
    tiny.config["representations"]["cells"] = tiny.config["representations"].pop("rmm")
    tiny.make(megaset.format("cells"))
    tiny.config["representations"] = {
        "few": {
            "kind": "table",
            "features": {"met": "met", "n": "n_ele", "pt": "pt_lep1 / (met + 1)", "m": "m_ll"},
        }
    }
    tiny.config["baselines"] = {"pca": {"kind": "pca", "components": 2}, "met": {"kind": "met"}}
    tiny.make()
    for path in (megaset, test):  # the same events, told by their keys
        shown = [pq.read_table(tiny.folder / path.format(name)) for name in ("cells", "few")]
        assert shown[0].num_rows > 20
        for column in EVENT_COLUMNS:
            assert shown[0][column].to_pylist() == pytest.approx(
                shown[1][column].to_pylist(), nan_ok=True
            )
    x = get_elements(shown[1], ["m", "met", "pt"])
    assert np.array_equal(x["met"].to_numpy(), shown[1]["met"].to_numpy())
    assert np.isnan(x["m"].to_numpy()).any()
    scores = tiny.folder / "results/lep/scores"
    for name in ("ae", "pca", "met"):
        table = pq.read_table(scores / name / "background.parquet")
        assert table.column_names[-1] == "score"
        assert not [column for column in table.column_names if column.startswith("feature")]
        assert np.isfinite(table["score"].to_numpy()).all()
    page = (tiny.folder / "results/report/index.html").read_text()
    assert "Network ae" in page
    assert "Mean rapidity-mass matrices" not in page
