from jobs.studies import fits

UNBLINDING = {"by": "a board", "reason": "all checks are passed"}


def test_data_are_read_after_unblinding_alone(make, wildcards):
    job = wildcards(selection="2lep", scorer="met", signal="SUSY_450p300")
    assert fits.list_data(make(), job) == []
    assert fits.describe_fit(make(), job)["data_luminosities"][1] == []
    unblinded = make(unblinding=UNBLINDING)
    assert fits.list_data(unblinded, job) == ["results/2lep/scores/met/data_2lep.parquet"]
    ((sample, luminosity),) = fits.describe_fit(unblinded, job)["data_luminosities"][1]
    assert sample == "data_2lep"
    assert luminosity > 0


def test_free_channels_of_other_selections_change_nothing(make, wildcards):
    job = wildcards(selection="2lep", scorer="met", signal="SUSY_450p300")
    context = make(studies={"fits": {"free_channels": ["ttbar", "triboson"]}})
    assert fits.describe_fit(context, job)["fits"][1]["free_channels"] == ["ttbar"]
