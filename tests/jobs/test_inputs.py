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


def test_events_of_datasets(context, wildcards):
    number = context.config.megasets.number
    nominal = wildcards(selection="2lep", model="ae", dataset="background")
    background = inputs.list_events(context, nominal)
    assert background == [f"results/2lep/rmm/test/{k}.parquet" for k in range(number)]
    altered = inputs.list_events(context, wildcards(selection="2lep", dataset="altered"))
    assert altered == ["results/2lep/rmm/altered.parquet"]
