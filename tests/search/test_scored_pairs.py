import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.search.scored_pairs import PairReader


@pytest.fixture
def write(tmp_path):
    def write(name, scores):
        common = {
            "key": np.arange(2, dtype=np.uint64),
            "met": np.array([10, 20], "f4"),
            "score": np.array(scores, "f4"),
        }
        background = {"channel": ["A", "B"], "weight": [0.1, 0.2], **common}
        signal = {"generator_weight": [1.0, -1.0], "scale_factor": [2.0, 1.0], **common}
        paths = [str(tmp_path / f"{kind}-{name}.parquet") for kind in ("background", "signal")]
        for path, columns in zip(paths, (background, signal), strict=True):
            pq.write_table(pa.table(columns), path)
        return paths

    return write


READER = PairReader("Zprime", 1e-3, 1000.0, 0.5, "score", ["met"])


def test_both_are_weighted_to_the_luminosity(write):
    paths = write("nominal", [0.1, 0.2])
    (background,), signal = READER.iterate(paths[0]), READER.read_signal(paths[1])
    np.testing.assert_allclose(background.weight, [200.0, 400.0])
    np.testing.assert_allclose(signal.weight, [2.0, -1.0])
    assert set(signal.channel) == {"Zprime"}
    assert list(background.variables) == ["met"]


def test_each_variation_has_its_files_and_its_source(write):
    files = [write("up", [0.3, 0.4]), write("down", [0.5, 0.6])]
    sources = {"scale-up": "scale", "scale-down": "scale"}
    backgrounds, signals = zip(*files, strict=True)
    up, down = READER.list_shifts(sources, backgrounds, signals)
    assert (up.name, up.source, down.name) == ("scale-up", "scale", "scale-down")
    for pieces, expected in ((down.background, [0.5, 0.6]), (up.signal, [0.3, 0.4])):
        (events,) = pieces()
        np.testing.assert_allclose(events.score, expected, rtol=1e-6)


def test_a_variation_without_files_is_refused(write):
    background, signal = write("up", [0.3, 0.4])
    with pytest.raises(ValueError, match="shorter"):
        READER.list_shifts({"up": "a", "down": "a"}, [background], [signal])
