from jobs.studies import trainings

SIGNAL = "SUSY_450p300"
TREES = {"family": "xgboost", "target": {"signals": [SIGNAL]}, "representation": "rmm"}


def test_scores_are_told_apart_by_what_they_know(make, wildcards):
    context = make(
        split={"test_fraction": None, "folds": 5},
        architectures={"bdt": TREES, "other": TREES},
        baselines={"pca": {"kind": "pca", "representation": "rmm"}},
        studies={"trainings": {"networks": ["bdt"]}},
    )
    job = wildcards(selection="2lep")
    _, rows = trainings.describe_trainings(context, job)["rows"]
    kinds = {name: (kind, told) for name, kind, told in rows}
    assert kinds["bdt"] == ("training", [SIGNAL])
    assert kinds["ae"] == kinds["pca"] == ("label_free", [])
    assert kinds["met"] == ("variable", [])
    assert "other" not in kinds
    scans = trainings.list_scans(context, job)
    signals = context.selections["2lep"].signals
    assert len(scans) == len(rows) * len(signals)
    # by score, and for each by signal: the script reads them in this order
    assert scans[: len(signals)] == [
        f"results/2lep/scans/{rows[0][0]}/{signal}.json" for signal in signals
    ]


def test_categories_are_what_a_selection_has_of_them(make, wildcards):
    properties = [{"name": "mass", "values": {"low": [SIGNAL], "high": ["SUSY_800p50"]}}]
    context = make(
        split={"test_fraction": None, "folds": 5},
        architectures={"bdt": TREES},
        studies={"trainings": {"categories": {"trees": "bdt", "properties": properties}}},
    )
    job = wildcards(selection="2lep", architecture="bdt")
    settings = trainings.describe_categories(context, job)
    place, found = settings["categories"]
    assert place == "studies.trainings.categories.properties"
    signals = context.selections["2lep"].signals
    assert [[("mass", "low")], (SIGNAL,)] in found
    assert all(set(told) <= set(signals) for _, told in found)
    assert len(trainings.list_samples(context, job)) == len(signals)
    assert trainings.list_section_inputs(context, "2lep")["categories"] == [
        "results/2lep/categories/bdt.json"
    ]
