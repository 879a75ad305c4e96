import logging
import math
import time
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.models.training.checkpoints import (
    Keeper,
    State,
    identify_megaset,
    load_checkpoint,
    remove_checkpoint,
    remove_leftovers,
    save_checkpoint,
)
from rapidmass.models.training.sigterm import Interrupted
from rapidmass.provenance.atomic_files import write_whole
from synthetic_megasets import make_events, write_events

FINGERPRINT = {"seed": 1, "settings": {"threads": 1, "layers": [1, 2.5, None]}}


@pytest.fixture(scope="module")
def state():
    network = torch.nn.Linear(2, 2)
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    unfinished = {"megaset": 3, "epoch": 1, "batches": 5, "noise": torch.get_rng_state()}
    history = [{"megaset": 3, "epoch": 0, "loss": None}]
    return State(network.state_dict(), optimiser.state_dict(), history, unfinished)


def test_a_checkpoint_gives_back_the_state(state, tmp_path):
    path = tmp_path / "deep" / "c.pt"
    assert load_checkpoint(path, FINGERPRINT) is None
    save_checkpoint(path, FINGERPRINT, state)
    found = load_checkpoint(path, FINGERPRINT)
    assert found.history == state.history
    torch.testing.assert_close(found.network, state.network, rtol=0, atol=0)
    torch.testing.assert_close(found.unfinished, state.unfinished, rtol=0, atol=0)
    torch.testing.assert_close(found.optimiser["state"], state.optimiser["state"], rtol=0, atol=0)
    assert [p.name for p in path.parent.iterdir()] == ["c.pt"]


def test_another_training_is_not_continued(state, tmp_path, caplog):
    path = tmp_path / "c.pt"
    save_checkpoint(path, FINGERPRINT, state)
    assert load_checkpoint(path, {**FINGERPRINT, "seed": 2}) is None
    assert "of another training (seed changed): training starts anew" in caplog.text
    assert load_checkpoint(path, {"seed": 1}) is None
    assert "settings changed" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no checkpoint"])
def test_no_checkpoint_is_ignored(tmp_path, caplog, content):
    path = tmp_path / "c.pt"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(path, FINGERPRINT) is None
    assert "c.pt is damaged or no checkpoint: training starts anew" in caplog.text


@settings(deadline=None)
@given(data=st.data(), cut=st.booleans())
def test_a_damaged_checkpoint_is_ignored(state, tmp_path_factory, data, cut):
    """Wherever it is damaged, also in the middle of a number."""
    path = tmp_path_factory.mktemp("damaged") / "c.pt"
    save_checkpoint(path, FINGERPRINT, state)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if cut:
        del content[place:]
    else:
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    assert load_checkpoint(path, FINGERPRINT) is None


def test_what_a_killed_process_left_is_removed(state, tmp_path):
    path = tmp_path / "net.1.pt"
    names = {
        "net.1.pt",
        ".net.1.json",
        ".net.pt",
        ".net.12.pt",
        ".net.1.2.pt.record.json",
        "net.pt",
    }
    with write_whole(path) as temporary:
        leftovers = {temporary.name, ".net.1.4711.pt"}
        temporary.write_bytes(b"half")
        for name in names | leftovers:
            (tmp_path / name).touch()
        remove_leftovers(path)
        assert {p.name for p in tmp_path.iterdir()} == names
        temporary.touch()
    remove_leftovers(tmp_path / "nowhere" / "net.pt")
    (tmp_path / ".net.1.4711.pt").touch()
    save_checkpoint(path, FINGERPRINT, state)
    assert Keeper("net", path, FINGERPRINT, 1.0, lambda: False).load().history == state.history
    assert {p.name for p in tmp_path.iterdir()} == names


@pytest.mark.parametrize(("interval", "saved"), [(1e-9, True), (math.inf, False)])
def test_a_visit_saves_after_the_interval(state, tmp_path, interval, saved):
    keeper = Keeper("net", tmp_path / "c.pt", FINGERPRINT, interval, lambda: False)
    keeper.visit(lambda: state)
    assert (tmp_path / "c.pt").exists() == saved
    keeper.save(state)
    assert (tmp_path / "c.pt").exists()


def test_the_interval_begins_anew_with_each_saving(state, tmp_path):
    keeper = Keeper("net", tmp_path / "c.pt", FINGERPRINT, 0.2, lambda: False)
    asked, start = [], time.monotonic()

    def get_state():
        asked.append(time.monotonic() - start)
        return state

    while len(asked) < 3:
        keeper.visit(get_state)
    assert asked[0] >= 0.2
    assert min(b - a for a, b in pairwise(asked)) >= 0.2


@pytest.mark.parametrize("unfinished", [True, False])
def test_a_process_that_is_asked_to_end_ends_once_it_is_saved(state, tmp_path, caplog, unfinished):
    state = state if unfinished else state._replace(unfinished=None)
    asked = []
    keeper = Keeper("net", tmp_path / "c.pt", FINGERPRINT, math.inf, lambda: bool(asked))
    keeper.visit(lambda: state)
    asked.append(1)
    with pytest.raises(Interrupted):
        keeper.visit(lambda: state)
    assert (keeper.load().unfinished is not None) == unfinished
    place = "megaset 3, epoch 1, batch 5" if unfinished else "megaset 3, epoch 0"
    assert caplog.messages[-1] == (
        f"net: interrupted by SIGTERM: checkpoint written after {place}; the next start goes on "
        "from there"
    )


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
