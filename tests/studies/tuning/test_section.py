import pytest

from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.tuning.section import describe_tuning

SETTINGS = {"rounds": 2, "batches": 3, "trials": 5, "random_trials": 10, "megasets": 2}
PARAMETERS = {
    "depth": 2,
    "width": 1400,
    "latent": 100,
    "activation": "leaky_relu",
    "learning_rate": 0.00123456,
    "batch_size": 512,
}


def make_trial(number, loss, parameters=PARAMETERS):
    return {
        "round": 1,
        "batch": 0,
        "number": number,
        "parameters": parameters,
        "loss": loss,
        "weights": None if loss is None else 12345,
    }


@pytest.fixture
def tuning():
    losses = [0.5, 0.3, None, 0.4, 0.31, 0.32, 0.33]
    trials = [make_trial(0, 0.35, None), *(make_trial(k + 1, x) for k, x in enumerate(losses))]
    return {"trials": trials, "best": 2, "configured_loss": 0.35, "importances": {"depth": 1.0}}


def describe(folder, tuning):
    for figure in ("trials", "importances"):
        path = folder / "ae_deep" / f"{figure}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    return describe_tuning(folder, {"ae_deep": tuning}, SETTINGS)


def test_the_table_has_the_best_trials_and_the_network_as_configured(tuning, tmp_path):
    (network,) = describe(tmp_path, tuning).sections
    (table,) = network.tables
    assert [row[:2] for row in table.rows] == [
        ["1-0-2", "0.3000"],
        ["1-0-5", "0.3100"],
        ["1-0-6", "0.3200"],
        ["1-0-7", "0.3300"],
        ["1-0-4", "0.4000"],
        ["as configured", "0.3500"],
    ]
    assert table.rows[0][2:] == ["12,345", "2", "1,400", "100", "leaky relu", "0.00123", "512"]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert table.marked == {5}


def test_the_text_says_what_was_found(tuning, tmp_path):
    section = describe(tmp_path, tuning)
    (network,) = section.sections
    assert "30 others of the same family" in section.text[0]
    assert "first 2 megasets" in section.text[0]
    assert "The best of 7 trials has a validation loss of 0.3000" in network.text[0]
    assert "as configured, trained in the same way, has 0.3500" in network.text[0]
    assert "ae_deep_tuned" in network.text[0]
    assert "1 of them failed" in network.text[1]


def test_without_failures_and_importances_nothing_is_said_of_them(tuning, tmp_path):
    tuning["trials"] = [trial for trial in tuning["trials"] if trial["loss"] is not None]
    (network,) = describe(tmp_path, {**tuning, "best": 2, "importances": {}}).sections
    assert len(network.text) == 1
    assert [figure.path.stem for figure in network.figures] == ["trials"]


def test_the_section_is_written_and_read(tuning, tmp_path):
    section = describe(tmp_path, tuning)
    write_section(tmp_path, section)
    found = read_section(tmp_path)
    assert [figure.path for figure in found.sections[0].figures] == [
        tmp_path / "ae_deep" / "trials.png",
        tmp_path / "ae_deep" / "importances.png",
    ]
    assert found.text == section.text
