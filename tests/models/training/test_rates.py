"""Sweeps of the learning rate: the loss falls where it should, and files are found."""

import json

import numpy as np
import pytest

from labelled_events import FRACTION, fit, make_classifier, write_gaussians
from rapidmass.commands.__main__ import main
from rapidmass.models.training.rates import sweep_rates


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rates")
    megasets, signals = write_gaussians(folder, shift=2.0)
    card = {
        "name": "net",
        "architecture": make_classifier(batch_size=128).model_dump(mode="json"),
        "settings": {"threads": 1},
        "validation_fraction": FRACTION,
    }
    scaler = fit(megasets)
    return card, scaler, megasets[0], signals


def test_the_loss_falls_between_too_slow_and_too_fast(swept):
    found = sweep_rates(*swept, ends=(1e-6, 100.0), steps=120)
    rates, losses = np.array(found.rates), np.array(found.losses)
    assert 1e-4 < found.suggested < 1
    assert losses[0] == pytest.approx(np.log(2), abs=0.3)
    assert np.abs(losses[rates < 1e-5] - losses[0]).max() < 0.05
    assert losses.min() < 0.8 * losses[0]
    np.testing.assert_allclose(np.diff(np.log(rates)), np.diff(np.log(rates))[0])
    assert sweep_rates(*swept, ends=(1e-6, 100.0), steps=120) == found


def test_a_loss_that_falls_nowhere_is_told(swept):
    with pytest.raises(ValueError, match="falls at no learning rate"):
        sweep_rates(*swept, ends=(1e9, 1e10), steps=4)


def test_the_command_reads_what_the_card_names(swept, tmp_path, monkeypatch, capsys):
    card, scaler, megaset, signals = swept
    for folder in ("megasets", "signals", "scalers"):
        (tmp_path / folder).mkdir()
    (tmp_path / "megasets/0.parquet").write_bytes(megaset.read_bytes())
    (tmp_path / "signals/s.parquet").write_bytes(signals["s"].read_bytes())
    (tmp_path / "scalers/own.json").write_text(json.dumps(scaler.to_json()))
    products = ["megasets/0.parquet", "scalers/own.json", "signals/s.parquet"]
    whole = {**card, "provenance": {"products": dict.fromkeys(products, "digest")}}
    (tmp_path / "card.json").write_text(json.dumps(whole))
    monkeypatch.chdir(tmp_path)
    assert (
        main(["learning-rate", "card.json", "--first", "1e-5", "--last", "1", "--steps", "60"]) == 0
    )
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "learning_rate\tloss"
    assert len(lines) == 61
    assert "falls fastest at" in err
    assert main(["learning-rate", "card.json", "--first", "2", "--last", "1"]) == 2
    (tmp_path / "signals/s.parquet").unlink()
    assert main(["learning-rate", "card.json"]) == 2
    assert "signals/s.parquet does not exist" in capsys.readouterr().err
