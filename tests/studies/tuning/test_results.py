from dataclasses import asdict, replace

import pytest
import yaml

from example_networks import THESIS_NETWORKS
from rapidmass.config.load import load_analysis
from rapidmass.config.studies.tuning import TuningSpace
from rapidmass.models.networks.registry import read_settings
from rapidmass.provenance.atomic_files import write_json
from rapidmass.studies.tuning.results import (
    MINIMUM_TRIALS,
    compute_importances,
    describe_tuning,
    find_best,
    read_trials,
    write_block,
)
from rapidmass.studies.tuning.trials import Trial
from sources import ROOT

SPACE = TuningSpace()
PARAMETERS = {
    "depth": 2,
    "width": 400,
    "latent": 100,
    "activation": "elu",
    "learning_rate": 1e-05 + 0.002 / 3,
    "batch_size": 512,
}
CONFIGURED = Trial(0, 0, 0, None, [0.5, 0.4], 1000, None)


def make_trial(number, loss, failure=None, **parameters):
    return Trial(1, 0, number, {**PARAMETERS, **parameters}, [1.0, loss], 1000, failure)


def make_many(count=40):
    """The loss follows from the batch size; nothing else matters."""
    return [
        make_trial(
            k,
            {128: 1.0, 512: 2.0, 2048: 3.0}[size],
            batch_size=size,
            depth=1 + k % 4,
            width=150 + 37 * k % 350,
        )
        for k, size in zip(range(count), [128, 512, 2048] * count, strict=False)
    ]


def test_the_smallest_loss_is_best_the_first_of_equals():
    trials = [CONFIGURED, *(make_trial(k, loss) for k, loss in enumerate([0.9, 0.7, 0.8, 0.7]))]
    assert find_best(trials) == 2


def test_neither_failed_trials_nor_the_configured_network_compete():
    trials = [CONFIGURED, make_trial(0, None, "the loss is not finite"), make_trial(1, 0.9)]
    assert find_best(trials) == 2
    with pytest.raises(ValueError, match=r"none of 2 trials has a loss: .*not finite"):
        find_best(trials[:2])


def test_importance_is_where_the_loss_comes_from():
    shares = compute_importances(make_many(), SPACE)
    assert set(shares) == set(PARAMETERS)
    assert sum(shares.values()) == pytest.approx(1)
    assert max(shares, key=shares.get) == "batch_size"
    assert shares["batch_size"] > 0.5


def test_few_trials_have_no_importances():
    assert compute_importances(make_many(MINIMUM_TRIALS - 1), SPACE) == {}
    assert compute_importances(make_many(MINIMUM_TRIALS), SPACE) != {}


def test_files_are_read_in_the_order_of_trials(tmp_path):
    trials = [replace(CONFIGURED, round=r, batch=b) for r in range(11) for b in range(2)]
    paths = []
    for trial in trials:
        paths.append(tmp_path / f"{trial.round}-{trial.batch}.json")
        write_json(paths[-1], {"trials": [asdict(trial)], "provenance": {}})
    assert read_trials(sorted(paths, reverse=True)) == trials
    write_json(paths[0], {})
    with pytest.raises(ValueError, match=r"0-0\.json holds no trials"):
        read_trials(paths)


@pytest.mark.parametrize("name", ["ae_deep", "vae_deep"])
def test_the_block_is_valid_where_it_is_pasted(name, tmp_path, monkeypatch):
    network = read_settings({**THESIS_NETWORKS[name], "epochs": 7})
    tuning = describe_tuning([CONFIGURED, make_trial(0, 0.3)], network, SPACE)
    write_block(tmp_path / "best.yaml", name, "3lep", tuning)
    text = (tmp_path / "best.yaml").read_text()
    assert text.startswith(
        f"# {name} after tuning in 3lep: validation loss 0.3, as configured 0.4.\n"
    )
    monkeypatch.chdir(ROOT)
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config["architectures"] |= yaml.safe_load(text)["architectures"]
    found = load_analysis(config).config.architectures[f"{name}_tuned"]
    assert found == read_settings(tuning["network"])
    assert found.optimiser.learning_rate == PARAMETERS["learning_rate"]
    assert (found.batch_size, found.epochs, found.loss) == (512, 7, network.loss)


def test_a_configured_network_without_a_loss_is_no_obstacle(tmp_path):
    failed = replace(CONFIGURED, losses=[], failure="the loss is not finite")
    network = read_settings(THESIS_NETWORKS["ae_deep"])
    tuning = describe_tuning([failed, make_trial(0, 0.3)], network, SPACE)
    assert tuning["configured_loss"] is None
    assert [trial["loss"] for trial in tuning["trials"]] == [None, 0.3]
    write_block(tmp_path / "best.yaml", "ae_deep", "3lep", tuning)
    assert "as configured not finite." in (tmp_path / "best.yaml").read_text()
