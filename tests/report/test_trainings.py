from rapidmass.report.trainings import describe_training

CLASSES = {"background": {}, "signal": {"s": {"events": 1200}, "t": {"events": 30}}}
TREES = {
    "trees": 40,
    "gain": {f"f{k}": share for k, share in enumerate([0.5, 0.25, 0.25, *[0.0] * 9])},
    "architecture": {
        "max_depth": 4,
        "learning_rate": 0.1,
        "min_child_weight": 1.0,
        "class_weights": "sqrt",
    },
    "classes": CLASSES,
}
NETWORK = {
    "scaling": {"kind": "standard", "events": 5000},
    "architecture": {
        "optimiser": {"name": "adam", "learning_rate": 0.01},
        "batch_size": 256,
        "epochs": 3,
    },
}


def test_trees_are_described_over_all_folds():
    other = {**TREES, "trees": 1050, "gain": {**TREES["gain"], "f0": 0.3, "f5": 0.2}}
    found = dict(describe_training([TREES, other]))
    assert found["Trees"] == "40; 1,050"
    assert found["Largest shares of the gain"] == "f0 40.0 %, f1 25.0 %, f2 25.0 %, f5 10.0 %"
    assert found["Told from the background"] == "s (1,200 events), t (30 events)"
    assert found["Weights of classes"] == "sqrt"


def test_networks_say_what_their_loss_compares():
    assert dict(describe_training([NETWORK]))["Loss"] == "cross-entropy of events and copies"
    told = {**NETWORK["architecture"], "class_weights": "per_mass", "masses": {"s": 200, "t": 0.5}}
    found = dict(describe_training([{**NETWORK, "architecture": told, "classes": CLASSES}]))
    assert found["Loss"] == "cross-entropy of signal and background"
    assert (
        found["Told from the background"] == "s (mass 200, 1,200 events), t (mass 0.5, 30 events)"
    )
    assert found["Epochs on each megaset"] == "3"


def test_of_many_features_the_first_are_named():
    gain = {f"f{k}": 0.1 for k in range(10)}
    (row,) = [row for row in describe_training([{**TREES, "gain": gain}]) if "gain" in row[0]]
    assert len(row[1].split(", ")) == 8
