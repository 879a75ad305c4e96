"""What taggers reject: against closed forms, by bins, and on the same jets."""

import numpy as np
import pytest
from scipy.stats import norm

from rapidmass.config.report.plots import PlotSettings
from rapidmass.config.studies.taggers import Taggers
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.sections import read_section, write_section
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.taggers.draw import draw_section
from rapidmass.studies.taggers.measure import measure_taggers
from rapidmass.studies.taggers.rejection import Tagger, Task

N = 20000
TASK = Task(0.7, "pt", (0.0, 1.0, 2.0), "weak", 40, 10.0)


def make(shifts, first_key, channel, separation, seed, weights=None):
    """Jets whose scores are shifted normal numbers; shifts are larger where pt is above 1."""
    rng = np.random.default_rng(seed)
    pt = rng.uniform(0, 2, N)
    own = rng.normal(size=N)
    found = {}
    for name, noise in shifts.items():
        score = own + noise * rng.normal(size=N) + separation * np.where(pt > 1, 2.0, 1.0)
        found[name] = ScoredEvents(
            np.arange(first_key, first_key + N, dtype=np.uint64),
            np.full(N, channel),
            score,
            np.ones(N) if weights is None else weights(rng, pt),
            {"pt": pt},
        )
    return found


def make_tagger(background, signal):
    """The background comes in three pieces."""
    parts = [background.select(rows) for rows in np.array_split(np.arange(N), 3)]
    return Tagger(lambda: parts, {"b": signal})


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    noises = {"strong": 0.0, "weak": 1.0}
    background = make(noises, 0, "light", 0.0, 1)
    signal = make(noises, N, "b", 1.0, 2)
    taggers = {name: [make_tagger(background[name], signal[name])] for name in noises}
    return measure_taggers(taggers, ["light", "c"], TASK, tmp_path_factory.mktemp("taggers"))


def get(measured, name, channel="light"):
    pair = next(p for p in measured["pairs"] if p["channel"] == channel)
    return pair["taggers"][name]


@pytest.mark.parametrize(("name", "spread"), [("strong", 1.0), ("weak", np.sqrt(2))])
def test_rejections_are_those_of_normal_numbers(measured, name, spread):
    """Where a share e of N(m, s) passes, 1 - Phi(Phi^-1(1 - e) + m/s) of N(0, s) does."""
    for place, separation in zip(get(measured, name)["bins"][1:], (1.0, 2.0), strict=True):
        expected = 1 / norm.sf(norm.ppf(0.3) + separation / spread)
        assert place["low"] < place["rejection"] < place["high"]
        width = (place["high"] - place["low"]) / 2
        assert abs(place["rejection"] - expected) < 4 * width
        assert width < 0.15 * expected
        assert place["signal_jets"] == pytest.approx(N / 2, rel=0.05)


def test_ratios_are_of_the_same_jets(measured):
    strong, weak = get(measured, "strong"), get(measured, "weak")
    for one, other in zip(strong["bins"], weak["bins"], strict=True):
        assert other["ratio"] == other["ratio_low"] == other["ratio_high"] == 1
        assert one["ratio"] == pytest.approx(one["rejection"] / other["rejection"], rel=0.1)
        assert one["ratio_low"] < one["rejection"] / other["rejection"] < one["ratio_high"] * 1.05
    assert strong["auc"]["value"] > weak["auc"]["value"] > 0.5


def test_the_curve_passes_through_the_rejection(measured):
    for name in ("strong", "weak"):
        curve = np.array(get(measured, name)["curve"], dtype=float)
        here = np.argmin(np.abs(curve[:, 0] - 0.7))
        assert curve[here, 1] == pytest.approx(get(measured, name)["bins"][0]["rejection"])
        assert (np.diff(curve[:, 1]) <= 0).all()
        assert curve[-1, 1] >= 1


def test_numbers_spread_over_seeds(tmp_path):
    """Trainings of known areas: mean and deviation are those of their closed forms."""
    noises = (0.0, 0.5, 1.0)
    background, signal = (
        make(dict(enumerate(noises)), first, channel, shift, seed)
        for first, channel, shift, seed in ((0, "light", 0.0, 1), (N, "b", 1.0, 2))
    )
    trainings = [make_tagger(background[k], signal[k]) for k in range(len(noises))]
    taggers = {"weak": trainings[:1], "strong": trainings, "strong@other": trainings[1:2]}
    found = measure_taggers(taggers, ["light", "c"], TASK, tmp_path)
    one, seeds = get(found, "strong"), get(found, "strong")["seeds"]
    assert seeds["number"] == 3
    assert get(found, "weak") == one | {"seeds": None, "bins": get(found, "weak")["bins"]}
    for place, separation in ((1, 1.0), (2, 2.0)):
        shares = norm.sf(norm.ppf(0.3) + separation / np.hypot(1, noises))
        assert seeds["bins"][place]["mean"] == pytest.approx(np.mean(1 / shares), rel=0.1)
        assert seeds["bins"][place]["spread"] == pytest.approx(np.std(1 / shares, ddof=1), rel=0.15)
    assert seeds["bins"][0]["values"][0] == one["bins"][0]["rejection"]
    assert seeds["auc"]["high"] == one["auc"]["value"]
    assert [row[0] for row in seeds["curve"]] == [row[0] for row in one["curve"]]
    here = np.argmin(np.abs(np.array(seeds["curve"])[:, 0] - 0.7))
    assert seeds["curve"][here][1] == pytest.approx(seeds["bins"][0]["mean"])
    assert get(found, "strong", "c")["seeds"]["auc"]["mean"] is None

    write_json(tmp_path / "taggers.json", found)
    section = draw(tmp_path)
    table = section.sections[0].tables[0]
    assert table.columns[-2:] == ("Area over seeds", "Rejection over seeds")
    assert {row[-1] for row in table.rows[:3]} == {"-"}
    assert all("±" in row[-1] for row in table.rows[3:6])
    assert table.rows[6][0] == "strong, trained on other"
    assert "3 trainings" in table.note
    assert "another selection" in table.note


def test_channels_without_jets_have_no_numbers(measured):
    one = get(measured, "strong", "c")
    assert one["auc"] is None
    assert one["curve"] == []
    assert {place["rejection"] for place in one["bins"]} == {None}


def test_too_little_background_is_not_quoted(tmp_path):
    background = make({"weak": 0.0}, 0, "light", 0.0, 1)
    signal = make({"weak": 0.0}, N, "b", 3.0, 2)
    found = measure_taggers(
        {"weak": [make_tagger(background["weak"], signal["weak"])]}, ["light"], TASK, tmp_path
    )
    # above 2.5 lie 0.6 % of 10,000; above 5.5 nothing
    _, low, high = get(found, "weak")["bins"]
    assert low["rejection"] == pytest.approx(1 / norm.sf(norm.ppf(0.3) + 3), rel=0.5)
    assert high["rejection"] is None
    assert high["ratio"] is None


def test_weights_count(tmp_path):
    """Background of two halves of unlike weights is that of the heavy one."""
    background = make({"weak": 0.0}, 0, "light", 0.0, 1,
                      lambda _, pt: np.where(pt > 1, 100.0, 1e-3))  # fmt: skip
    signal = make({"weak": 0.0}, N, "b", 1.0, 2, lambda _, pt: np.where(pt > 1, 5.0, 1e-6))
    found = measure_taggers(
        {"weak": [make_tagger(background["weak"], signal["weak"])]}, ["light"], TASK, tmp_path
    )
    whole, _, high = get(found, "weak")["bins"]
    assert whole["rejection"] == pytest.approx(high["rejection"], rel=0.02)


def draw(folder):
    frame = {"selection": "tracks", "channels": ["light", "c"], "signals": ["b"]}
    frame["plots"] = PlotSettings().model_dump(mode="json")
    inputs = {"taggers": [folder / "taggers.json"], "images": []}
    return draw_section(folder / "s", {"frame": frame, "seeing": []}, inputs)


def test_the_section_shows_all(measured, tmp_path):
    write_json(tmp_path / "taggers.json", measured)
    section = draw(tmp_path)
    write_section(tmp_path / "s", section)
    assert read_section(tmp_path / "s").title == "Taggers"
    rows = section.sections[0].tables[0].rows
    assert len(rows) == 2 * 3
    assert [row[2] for row in rows[:3]] == ["all", "0 to 1", "1 to 2"]
    assert all(figure.path.is_file() for part in section.sections for figure in part.figures)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"edges": [2, 1]}, "edges must rise"),
        ({"reference": "nothing"}, "reference: score 'nothing' does not exist"),
        ({"across": ["track"]}, "across: selection 'track' does not exist; did you mean 'tracks'"),
        ({"across": ["tracks"]}, "across: tracks is alone; name two selections"),
    ],
)
def test_impossible_studies_are_refused(changes, message):
    class Selected:
        signals = ("b",)

    class Known:
        architectures, baselines, selections = {}, {"cuts": None}, {"tracks": Selected()}

    with pytest.raises(ValueError, match=message):
        Taggers(enabled=True, **changes).check(Known())
    Known.baselines = {}
    with pytest.raises(ValueError, match="no baseline and no classifier"):
        Taggers(enabled=True).check(Known())
