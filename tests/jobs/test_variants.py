from jobs.variants import list_fitted


def test_without_studies_networks_are_those_of_the_configuration(make):
    context = make(megasets={"number": 1}, studies={"megaset_number": {"numbers": [1, 2]}})
    for models in context.models.values():
        assert list(models) == ["ae", "ae-megasets-2"]


def test_studies_ask_for_variants(make):
    context = make(studies={"seeds": {"enabled": True, "number": 3}})
    models = context.models["2lep"]
    assert {name: models[name].replica for name in models if "-seed-" in name} == {
        "ae-seed-1": 1,
        "ae-seed-2": 2,
    }
    assert {variant.architecture for variant in models.values()} == {"ae"}


def test_a_network_without_a_channel_has_a_scaler_of_its_own(make):
    context = make(studies={"channel_removal": {"enabled": True}})
    for selection, chosen in context.selections.items():
        scalers = context.scalers[selection]
        for channel in chosen.channels:
            variant = context.models[selection][f"ae-without-{channel}"]
            name = variant.name_scaler(context.config)
            assert scalers[name].excluded_channel == channel
            assert scalers[name].place == "scaling"


def test_a_network_with_a_scaling_of_its_own_tells_where(make):
    context = make(architectures={"ae": {"scaling": {"clip": False}}})
    places = {scaler.place for scaler in context.scalers["2lep"].values()}
    assert "architectures.ae.scaling" in places


def test_every_score_names_its_file_and_column(make):
    context = make(baselines={"met": {"kind": "met"}, "pca": {"kind": "pca"}})
    scorers = context.scorers
    assert scorers["ae"][:2] == ("ae", "score")
    assert scorers["met"] == ("met", "score", "met")
    assert "pca" in list_fitted(context.config)
    assert "met" not in list_fitted(context.config)
    assert "pca" in context.list_scorers_of([])
    assert "ae" not in context.list_scorers_of([])
