from functools import partial

import cabinetry
import numpy as np
import pyhf
import pytest

from fit_events import FOLDER, give, make_events, make_pair, make_shift, scale
from likeness import assert_alike
from rapidmass.config.studies.fits import Fits
from rapidmass.scores.read import join_events
from rapidmass.search import fit as fit_module
from rapidmass.search import fit_bins
from rapidmass.search.fit import fit_signal

# pyhf 0.7 asks jsonschema for something that is to be replaced
pytestmark = [
    pytest.mark.filterwarnings("ignore:jsonschema.RefResolver:DeprecationWarning"),
]
MET = {"variable": "met", "edges": [0, 50, 100]}
SCORE = {"variable": "score", "shares": [0, 0.5, 0.9]}
OPTIONS = {
    "channels": ["A", "B", "C"], "cross_section": 0.02, "background_uncertainty": 0.1, "seed": 1,
    "folder": FOLDER,
}  # fmt: skip


@pytest.fixture(scope="module")
def events():
    return make_pair()


def fit(events, shifts=(), data=None, **changes):
    settings = Fits(**{"axes": [SCORE, MET], "toys_below": 0.0, **changes})
    background, signal = events
    data = None if data is None else [data]
    return fit_signal(give(background), signal, settings, shifts=shifts, data=data, **OPTIONS)


def shift(events):
    background, signal = events
    return [
        make_shift("up", "jets", scale(background, 1.1), scale(signal, 1.05)),
        make_shift("down", "jets", scale(background, 0.95), scale(signal, 0.97)),
    ]


REGIONS = [
    {"name": "few", "where": "jets < 2"},
    {"name": "many", "where": "jets == 3"},
    {"name": "control", "where": "jets == 2", "control": True},
]


@pytest.fixture(scope="module")
def full(events):
    return fit(events, shift(events), regions=REGIONS, free_channels=["B"])


def test_limits_are_in_units_of_the_cross_section(full):
    result, _ = full
    assert list(result["limits"]) == ["-2", "-1", "0", "1", "2"]
    for n, limit in result["limits"].items():
        assert limit == pytest.approx(0.02 * result["strengths"][n])
    assert result["limits"] == dict(sorted(result["limits"].items(), key=lambda one: one[1]))
    assert result["observed"] is None


def test_pyhf_reads_the_workspace_and_finds_the_same(full):
    result, workspace = full
    pyhf.set_backend("numpy", "minuit")
    model = pyhf.Workspace(workspace).model()
    data = pyhf.Workspace(workspace).data(model)
    limit = result["strengths"]["0"]
    _, band = pyhf.infer.hypotest(limit, data, model, return_expected_set=True)
    assert float(band[2]) == pytest.approx(0.05, abs=2e-3)
    assert model.config.channels == ["control", "few", "many"]
    assert model.config.samples == ["A", "B", "signal"]
    assert set(model.config.modifiers) == {
        ("mu", "normfactor"), ("normalisation_B", "normfactor"), ("jets", "normsys"),
        ("background_normalisation", "normsys"), ("simulation_few", "staterror"),
        ("simulation_many", "staterror"), ("simulation_control", "staterror"),
    }  # fmt: skip
    pyhf.set_backend("numpy", "scipy")


def test_cabinetry_reads_the_workspace_unchanged(full):
    result, workspace = full
    model, data = cabinetry.model_utils.model_and_data(workspace)
    fitted = cabinetry.fit.fit(model, data)
    mu = fitted.labels.index("mu")
    # the data are the expected background
    assert fitted.bestfit[mu] == pytest.approx(0, abs=0.02)
    yields = cabinetry.model_utils.prediction(model).model_yields
    total = np.sum([np.sum(one) for one in yields])
    bins = result["bins"]
    expected = sum(bins["background"]["values"]) + sum(bins["signal"]["values"])
    assert total == pytest.approx(expected)


def test_the_score_adds_to_met(events):
    both, met = fit(events)[0], fit(events, axes=[MET])[0]
    assert both["significance"] > 1.2 * met["significance"]
    assert both["limits"]["0"] < met["limits"]["0"]
    assert both["bins"]["share"] == 1


def test_bins_come_from_the_background_alone(events):
    background, signal = events
    found = [fit((background, s))[0]["bins"] for s in (signal, scale(signal, 3.0))]
    for name in ("cells", "background", "axes"):
        assert found[0][name] == found[1][name]


def test_systematic_variations_make_limits_larger(events):
    without, varied = fit(events)[0], fit(events, shift(events))[0]
    assert varied["limits"]["0"] > without["limits"]["0"]
    assert varied["systematics"]["one_sided"] == []
    assert "jets" in {one["name"] for one in varied["ranking"]["parameters"]}


def test_data_are_fitted_where_they_are_given(events):
    background, signal = events
    rng = np.random.default_rng(5)
    seen = background.select(rng.random(len(background.key)) < 0.9)
    data = scale(seen, 0.9 * 8000 / 1e4)
    result, workspace = fit((background, signal), data=data)
    observed = result["observed"]
    assert sum(result["bins"]["observed"]) == len(seen.key)
    assert [one["data"] for one in workspace["observations"]] == [result["bins"]["observed"]]
    assert observed["strength"] < 1
    assert observed["limits"]["observed"] == pytest.approx(0.02 * observed["strengths"]["observed"])
    # about a third fewer events than expected
    assert observed["pulls"]["background_normalisation"]["value"] < -1.5
    assert sum(observed["fitted_background"]) == pytest.approx(len(seen.key), rel=0.05)


def test_an_injected_signal_is_found(events):
    background, signal = events
    rng = np.random.default_rng(6)
    chosen = background.select(rng.random(8000) < 0.999)
    expected = scale(chosen, 8000 / 1e4)
    injected = join_events([expected, make_events(9, 150, 100.0, 150.0, 1.5, ("signal",))])
    rescaled = scale(background, 0.8), signal
    result, _ = fit(rescaled, data=injected)
    observed = result["observed"]
    assert observed["strength"] == pytest.approx(3, abs=3 * observed["strength_uncertainty"])
    assert observed["significance"] > 3


def test_few_events_bring_toys(events):
    background, signal = events
    few = scale(background, 1e-3), scale(signal, 0.05)
    result, _ = fit(few, toys_below=10.0, toys=300)
    assert result["sensitive_background"] < 10
    assert result["uses_toys"]
    assert result["toys"]["toys"] == 300
    assert result["strengths"] == result["toys"]["limits"]
    assert result["asymptotic"]["strengths"]["0"] != result["strengths"]["0"]
    assert result["strengths"]["0"] == pytest.approx(
        result["asymptotic"]["strengths"]["0"], rel=0.5
    )
    many, _ = fit(events, toys_below=10.0)
    assert not many["uses_toys"]
    assert many["toys"] is None


def test_what_cannot_be_fitted_says_why(events):
    background, signal = events
    result, workspace = fit(events, minimum_effective_events=1e6)
    assert "no region has 1e+06 effective background events" in result["reason"]
    assert result["limits"] is None
    assert workspace == {}
    far = [{"variable": "met", "edges": [20]}, {"variable": "score", "edges": [-9]}]
    nothing = signal.select(signal.variables["met"] < 10)
    assert (
        fit((background, nothing), axes=far)[0]["reason"] == "no signal is in the bins of the fit"
    )


def test_a_channel_without_events_is_said(full):
    assert full[0]["bins"]["absent_channels"] == ["C"]


def count_significance(events, regions, uncertainty):
    """Z of a fit of one bin a region."""
    settings = Fits(axes=[{"variable": "met", "edges": [0]}], regions=regions, toys_below=0)
    background, signal = events
    found, _ = fit_signal(
        give(background), signal, settings, channels=["A", "B"], cross_section=0.02,
        background_uncertainty=uncertainty, seed=1, folder=FOLDER,
    )  # fmt: skip
    return found["significance"]


def test_two_flavours_in_one_fit_have_their_uncertainty_in_common():
    """Flavours that differ in nothing tell as much as both as one: not more, as if apart."""
    events = make_pair()
    flavours = [
        {"name": "ee", "where": "jets < 1.5"},
        {"name": "mumu", "where": "jets > 1.5"},
    ]
    for uncertainty in (0.0, 0.1):
        both = count_significance(events, flavours, uncertainty)
        apart = [
            count_significance(
                [e.select((e.variables["jets"] > 1.5) == muons) for e in events], (), uncertainty
            )
            for muons in (False, True)
        ]
        # but for chance in the shares of the signal
        assert both == pytest.approx(count_significance(events, (), uncertainty), rel=0.08)
        if uncertainty:
            assert both < 0.85 * np.hypot(*apart)
        else:
            assert both == pytest.approx(np.hypot(*apart), rel=0.03)


def test_pieces_give_the_same_fit(events, tmp_path, monkeypatch):
    """Of events that are more than fit in memory, with what shifts change of them."""
    whole, _ = fit(events, shift(events), events[0], regions=REGIONS)
    for module, name in ((fit_bins, "open_ordered"), (fit_module, "hold_few")):
        monkeypatch.setattr(module, name, partial(getattr(module, name), **{MOST[name]: 900}))

    def cut(some):
        return lambda: [some.select(np.arange(k, len(some.key), 10)) for k in range(10)]

    background, signal = events
    found, _ = fit_signal(
        cut(background), signal, Fits(axes=[SCORE, MET], regions=REGIONS, toys_below=0.0),
        shifts=[one._replace(background=cut(*one.background())) for one in shift(events)],
        data=cut(background)(), **{**OPTIONS, "folder": tmp_path},
    )  # fmt: skip
    assert_alike(found, whole, rel=1e-9)


MOST = {"open_ordered": "events_per_piece", "hold_few": "most"}
