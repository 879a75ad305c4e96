import json

import pytest

from jobs import model_settings, settings
from jobs.studies import fits
from rapidmass.provenance.changes import describe_changes
from rapidmass.provenance.requests import Request


def ask(context, function, wildcards):
    return context.asked(function)(wildcards)


def explain(before, after):
    """Say why a job whose settings changed runs again."""
    old, new = (Request(text, modules={}, versions={}) for text in (before, after))
    return describe_changes(json.loads(json.dumps(old.describe())), new)


@pytest.mark.parametrize("model", ["ae", "ae-seed-1"])
def test_a_variant_runs_again_for_the_key_of_its_network(make, wildcards, model):
    studies = {"seeds": {"enabled": True, "number": 2}}
    job = wildcards(selection="2lep", model=model)
    before = ask(make(studies=studies), model_settings.describe_training, job)
    changed = make(studies=studies, architectures={"ae": {"epochs": 7}})
    after = ask(changed, model_settings.describe_training, job)
    (line,) = explain(before, after)
    assert line.startswith("architectures.ae.epochs: ")
    assert line.endswith(" -> 7")


def test_a_seed_is_told_once(make, wildcards):
    job = wildcards(selection="2lep", model="ae")
    before = ask(make(seed=1), model_settings.describe_training, job)
    assert explain(before, ask(make(seed=2), model_settings.describe_training, job)) == [
        "seed: 1 -> 2"
    ]


def test_a_cut_is_told_by_its_selection(make, wildcards):
    context = make()
    sample = context.list_selected("2lep")[0]
    job = wildcards(selection="2lep", sample=sample, part=next(iter(context.parts[sample])))
    before = ask(context, settings.describe_shard, job)
    cuts = [{"name": "met", "require": "met > 5"}]
    lines = explain(
        before, ask(make(selections={"2lep": {"cuts": cuts}}), settings.describe_shard, job)
    )
    assert "selections.2lep.cuts.met: new" in lines
    assert all(line.startswith("selections.2lep.cuts") for line in lines)


def test_pseudo_data_are_told_by_their_sample(make, wildcards):
    name = make().drawn[0]
    job = wildcards(sample=name, part="0")
    before, after = (
        ask(
            make(generator={"pseudo_data_leptons": {name: number}}),
            settings.describe_pseudo_data,
            job,
        )
        for number in (0, 1)
    )
    assert explain(before, after) == [f"generator.pseudo_data_leptons.{name}: 0 -> 1"]


def test_a_setting_names_the_key_that_decides(make, wildcards):
    job = wildcards(selection="2lep", scorer="ae", signal="SUSY_450p300")
    usual = json.loads(ask(make(), fits.describe_fit, job))["background_uncertainty"]
    own = make(studies={"fits": {"background_uncertainty": 0.2}})
    assert list(usual) == ["scan.background_uncertainty"]
    assert json.loads(ask(own, fits.describe_fit, job))["background_uncertainty"] == {
        "studies.fits.background_uncertainty": 0.2
    }


def test_what_changes_no_weight_is_no_setting_of_a_training(make, wildcards):
    job = wildcards(selection="2lep", model="ae")
    changed = make(training={"checkpoint_interval": 5, "expand": "device"}, title="another")
    assert ask(make(), model_settings.describe_training, job) == ask(
        changed, model_settings.describe_training, job
    )
