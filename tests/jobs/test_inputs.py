import pytest

from jobs import inputs


def test_a_network_is_trained_on_its_own_number_of_megasets(make, wildcards):
    context = make(megasets={"number": 2}, studies={"megaset_number": {"numbers": [2, 3]}})
    usual = inputs.list_megasets_of_model(context, wildcards(selection="2lep", model="ae"))
    assert usual == [f"results/2lep/rmm/megasets/{k}.parquet" for k in range(2)]
    more = inputs.list_megasets_of_model(
        context, wildcards(selection="2lep", model="ae-megasets-3")
    )
    assert more == [f"results/2lep/rmm/megasets-3/{k}.parquet" for k in range(3)]
    assert inputs.list_megasets(context, wildcards(selection="2lep")) == [
        f"results/2lep/rmm/megasets/{k}.parquet" for k in range(2)
    ]


def test_copies_are_read_by_networks_that_need_them(context, wildcards):
    assert inputs.list_augmented_of_model(context, wildcards(selection="2lep", model="ae")) == []


def test_data_are_blinded_by_the_background_of_their_own_model(make, wildcards):
    context = make()
    data = context.data[0]
    job = wildcards(selection="3lep", model="ae", dataset=data)
    assert inputs.find_blinding(context, job) == ["results/3lep/scores/ae/background.parquet"]
    unblinded = make(unblinding={"by": "a board", "reason": "all checks are passed"})
    assert inputs.find_blinding(unblinded, job) == []
    assert inputs.find_blinding(context, wildcards(model="ae", dataset="background")) == []


TREES = {"family": "xgboost", "target": {"signals": ["HLL_500", "Zprime_1000"]}}


@pytest.fixture
def told(make):
    """A context with trees that are told two signals, of which one selection has one."""
    return make(architectures={"bdt": TREES}, split={"test_fraction": None, "folds": 2})


def test_trees_are_grown_on_the_signals_that_a_selection_has(told, wildcards):
    for selection, names in (("2lep", TREES["target"]["signals"]), ("3lep", ["HLL_500"])):
        job = wildcards(selection=selection, model="bdt-fold-1")
        found = inputs.list_signals_of_model(told, job)
        assert sorted(found) == [
            f"results/{selection}/rmm/signals/{name}.parquet" for name in sorted(names)
        ]
        assert (
            inputs.list_signals_of_model(told, wildcards(selection=selection, model="ae-fold-0"))
            == []
        )
    assert told.trees == ["bdt-fold-0", "bdt-fold-1"] * len(told.selections)
    job = wildcards(selection="2lep", signal="HLL_500", representation="rmm")
    (shard,) = inputs.list_signal_parts(told, job)
    assert shard == "results/2lep/rmm/shards/HLL_500/0.parquet"
    assert inputs.find_signal_weight(told, job) == ["results/samples/HLL_500.json"]


def test_what_knows_signals_scores_everything(told, wildcards):
    for dataset in ("background", "HLL_500", "SUSY_800p50", "altered", "data_2lep"):
        job = wildcards(selection="2lep", model="bdt", dataset=dataset)
        assert inputs.list_networks(told, job) == [
            f"results/2lep/models/bdt-fold-{k}/model.onnx" for k in range(2)
        ]


def test_what_knows_signals_takes_no_part_in_the_blind_test(told):
    assert told.config.studies.blind_test.list_networks(told.config) == ["ae"]


def test_events_of_datasets(context, wildcards):
    number = context.config.megasets.number
    nominal = wildcards(selection="2lep", model="ae", dataset="background")
    background = inputs.list_events(context, nominal)
    assert background == [f"results/2lep/rmm/test/{k}.parquet" for k in range(number)]
    altered = inputs.list_events(context, wildcards(selection="2lep", dataset="altered"))
    assert altered == ["results/2lep/rmm/altered.parquet"]
