import json
import logging
import math

import pytest

from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.tuning.space import list_distributions
from rapidmass.studies.tuning.trials import Outcome, make_study, propose_parameters, run_batch


def measure(network):
    """A valley: the smallest loss is at a learning rate of 0.01 and a bottleneck of 5 units."""
    rate = network.optimiser.learning_rate
    latent = min(layer.units for layer in network.layers[:-1])
    loss = math.log10(rate / 0.01) ** 2 + 0.1 * (5 - latent)
    return Outcome([loss + 1, loss], 100, None)


def fail(network):
    if network.optimiser.learning_rate > 0.01:
        return Outcome([], None, "the loss is not finite")
    return measure(network)


def do(batch, earlier, folder, *, request="1", measure=measure):
    progress = folder / f"{batch.round}-{batch.batch}.json"
    return run_batch(batch, earlier, measure, progress=progress, request=request)


@pytest.fixture
def tune(make_batch, tmp_path):
    """Do some rounds of two batches each."""

    def tune(folder, rounds, order=(0, 1), measure=measure, **changes):
        done = []
        for number in range(rounds):
            batches = {
                k: do(make_batch(number, k, **changes), done, tmp_path / folder, measure=measure)
                for k in order
            }
            done += [trial for k in sorted(batches) for trial in batches[k]]
        return done

    return tune


def test_same_trials_in_whatever_order_batches_run(tune):
    once, again = tune("a", 3), tune("b", 3, order=(1, 0))
    assert once == again
    assert tune("c", 3, seed=2) != once
    places = [(trial.round, trial.batch, trial.number) for trial in once]
    assert places == sorted(set(places))
    shown = [json.dumps(trial.parameters) for trial in once]
    assert len(set(shown)) == len(shown)  # batches of a round propose different ones


def test_the_network_as_configured_comes_first_and_does_not_count(tune, make_batch, tmp_path):
    done = tune("a", 2)
    assert len(done) == 2 * 2 * 3 + 1
    assert [trial.number for trial in done if trial.parameters is None] == [0]
    assert done[0].loss == measure(make_batch().network).losses[-1]
    batch = make_batch(2)
    assert propose_parameters(batch, 0, done) == propose_parameters(batch, 0, done[1:])
    assert len(make_study(batch.space, done).trials) == len(done) - 1
    assert do(make_batch(1), [], tmp_path)[0].parameters is not None


def test_results_of_earlier_rounds_guide_later_ones(tune):
    done = [trial for trial in tune("a", 8) if trial.parameters is not None]
    first, last = done[:12], done[-12:]

    def get_mean(trials):
        return sum(trial.loss for trial in trials) / len(trials)

    assert get_mean(last) < 0.5 * get_mean(first)


def test_what_failed_is_avoided(tune, make_batch):
    done = tune("a", 8, measure=fail)
    failed = [trial.loss is None for trial in done]
    assert any(failed[:13])
    assert sum(failed[-12:]) < sum(failed[1:13])
    reasons = {trial.failure for trial in done if trial.loss is None}
    assert reasons == {"the loss is not finite"}
    states = [trial.state.name for trial in make_study(make_batch().space, done).trials]
    assert states == ["PRUNED" if wrong else "COMPLETE" for wrong in failed[1:]]


@pytest.mark.parametrize("stop", [1, 2, 3])
def test_an_interrupted_batch_ends_as_one_that_was_not(make_batch, tmp_path, stop):
    calls = []

    def measure_or_end(network):
        calls.append(network)
        if len(calls) == stop + 1:
            raise SystemExit(143)
        return measure(network)

    whole = do(make_batch(), [], tmp_path / "whole")
    with pytest.raises(SystemExit):
        do(make_batch(), [], tmp_path / "cut", measure=measure_or_end)
    assert len(read_json(tmp_path / "cut" / "0-0.json")["trials"]) == stop
    # what was done is not done again, what was not is
    assert do(make_batch(), [], tmp_path / "cut", measure=measure_or_end) == whole
    assert len(calls) == len(whole) + 1


def test_a_batch_begun_otherwise_starts_anew(make_batch, tmp_path, caplog):
    do(make_batch(seed=2), [], tmp_path, request="other")
    found = do(make_batch(), [], tmp_path, request="1")
    assert found == do(make_batch(), [], tmp_path / "fresh")
    assert "is of another configuration or code: the batch starts anew" in caplog.text


@pytest.mark.parametrize(
    "text", ["", "null", '{"request": "1"}', '{"request": "1", "trials": [{}]}']
)
def test_a_batch_whose_file_is_damaged_starts_anew(make_batch, tmp_path, caplog, text):
    whole = do(make_batch(), [], tmp_path, request="1")
    (tmp_path / "0-0.json").write_text(text)
    assert do(make_batch(), [], tmp_path, request="1") == whole
    assert "0-0.json is damaged: the batch starts anew" in caplog.text


def test_the_log_says_what_is_tried_and_what_came_out(make_batch, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        done = do(make_batch(), [], tmp_path, measure=fail)
    assert "net: trial 1 of 4 in batch 0 of round 0: as configured" in caplog.text
    assert f"validation loss {done[0].loss:.6g}, 100 weights; smallest loss so far" in caplog.text
    assert "trial 4 of 4 in batch 0 of round 0: depth " in caplog.text
    assert any(trial.loss is None for trial in done)
    assert ": the loss is not finite; smallest loss so far" in caplog.text


def test_parameters_stay_in_their_ranges(tune, make_batch):
    distributions = list_distributions(make_batch().space)
    for trial in tune("a", 4)[1:]:
        assert set(trial.parameters) == set(distributions)
        for name, value in trial.parameters.items():
            inner = distributions[name].to_internal_repr(value)
            assert distributions[name]._contains(inner)


def test_trials_of_a_batch_know_of_each_other(make_batch, tmp_path):
    batch = make_batch(1, trials=6, random_trials=2)
    earlier = do(make_batch(), [], tmp_path)
    done = do(batch, earlier, tmp_path)
    for number, trial in enumerate(done):
        known = [*earlier, *done[:number]]
        assert trial.parameters == propose_parameters(batch, number, known)
    assert done[-1].parameters != propose_parameters(batch, 5, earlier)
