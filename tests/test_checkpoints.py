import logging

import pytest
import torch

from rapidmass.checkpoints import (
    State,
    identify_megaset,
    load_checkpoint,
    remove_checkpoint,
    save_checkpoint,
)
from synthetic_megasets import make_events, write_events

FINGERPRINT = {"seed": 1, "settings": {"threads": 1, "layers": [1, 2.5, None]}}


@pytest.fixture
def state():
    network = torch.nn.Linear(2, 2)
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    return State(network.state_dict(), optimiser.state_dict(), [{"epoch": 0, "loss": None}])


def test_a_checkpoint_gives_back_the_state(state, tmp_path):
    path = tmp_path / "deep" / "c.pt"
    assert load_checkpoint(path, FINGERPRINT) is None
    save_checkpoint(path, FINGERPRINT, state)
    found = load_checkpoint(path, FINGERPRINT)
    assert found.history == state.history
    torch.testing.assert_close(found.network, state.network, rtol=0, atol=0)
    torch.testing.assert_close(found.optimiser["state"], state.optimiser["state"], rtol=0, atol=0)
    assert [p.name for p in path.parent.iterdir()] == ["c.pt"]


def test_another_training_is_not_continued(state, tmp_path, caplog):
    path = tmp_path / "c.pt"
    save_checkpoint(path, FINGERPRINT, state)
    assert load_checkpoint(path, {**FINGERPRINT, "seed": 2}) is None
    assert "of another training (seed changed): training starts anew" in caplog.text
    assert load_checkpoint(path, {"seed": 1}) is None
    assert "settings changed" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_an_unreadable_checkpoint_is_ignored(state, tmp_path, caplog, content):
    path = tmp_path / "c.pt"
    save_checkpoint(path, FINGERPRINT, state)
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(path, FINGERPRINT) is None
    assert "unreadable" in caplog.text


def test_a_checkpoint_is_removed_once(state, tmp_path):
    path = tmp_path / "c.pt"
    save_checkpoint(path, FINGERPRINT, state)
    remove_checkpoint(path)
    assert not path.exists()
    remove_checkpoint(path)


def test_the_identity_of_a_megaset_is_its_content(tmp_path):
    first, same, other = (
        identify_megaset(write_events(tmp_path / folder / "m.parquet", make_events(50, seed=seed)))
        for folder, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == same != other
    assert first["rows"] == 50
    assert first["size"] == (tmp_path / "a" / "m.parquet").stat().st_size


def test_what_is_no_megaset_is_named(tmp_path):
    (tmp_path / "m.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(ValueError, match=r"m\.parquet is damaged"):
        identify_megaset(tmp_path / "m.parquet")
