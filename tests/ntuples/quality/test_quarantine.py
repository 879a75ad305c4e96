"""Which files count, and how much is lost: by hand, and against plain sets."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rapidmass.ntuples.quality import quarantine
from rapidmass.ntuples.quality.file_summary import METADATA, SCHEMA, FileSummary
from rapidmass.ntuples.quality.quarantine import QuarantineError, check_loss, judge_files
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import ShardWriter
from rapidmass.storage.tables import sort_by_key

RUN = 7


def write_file_summary(path, events, **changes):
    """Write what the check of files would of a file with some event numbers."""
    events = np.array(events, dtype=np.uint64)
    runs = np.full(len(events), RUN)
    columns = [make_event_keys(0, "", runs, events), runs, events]
    table = SCHEMA.empty_table().from_arrays(columns, schema=SCHEMA)
    found = {"entries": len(events), "size": 10 * len(events) + 100, **changes}
    metadata = {METADATA: json.dumps(asdict(FileSummary(f"{path.stem}.root", **found)))}
    with ShardWriter(path, SCHEMA.with_metadata(metadata), {}) as writer:
        writer.write(sort_by_key(table))
    return path


@pytest.fixture
def judge(tmp_path):
    """Judge files by their events, or their events and what else was found."""

    def judge_all(cap=None, **files):
        parts = {}
        for name, found in files.items():
            events, changes = found if isinstance(found, tuple) else (found, {})
            parts[name] = write_file_summary(tmp_path / f"{name}.parquet", events, **changes)
        content = judge_files(parts, sample="s", role="background", folder=tmp_path)
        if cap is not None:
            check_loss(content, cap)
        return content

    return judge_all


def get(content, key):
    return {name: part[key] for name, part in content["parts"].items()}


def test_sound_files_all_count(judge):
    content = judge(cap=0.0, a=range(100), b=range(100, 150), c=[])
    assert get(content, "left_out") == dict.fromkeys("abc")
    assert get(content, "entries") == {"a": 100, "b": 50, "c": 0}
    assert get(content, "lost") == dict.fromkeys("abc", 0)
    assert (content["events"], content["kept"], content["kept_of_used"]) == (150, 1.0, 1.0)
    assert (content["sample"], content["role"]) == ("s", "background")


def test_a_copy_is_left_out_and_loses_nothing(judge):
    content = judge(cap=0.0, a=range(100), b=range(100, 200), z=range(100))
    reasons = get(content, "left_out")
    assert reasons["z"].startswith("repeats 100 events of a.root, such as run 7, event ")
    assert reasons["a"] is reasons["b"] is None
    assert (content["events"], content["kept"]) == (200, 1.0)


def test_a_copy_without_numbers_is_left_out_and_loses_nothing(judge):
    """Events without numbers are known by file and entry: those of a copy look new."""
    same = {"content": "100-f"}
    files = {"a": (range(100), same), "b": (range(100, 200), {"content": "100-e"})}
    content = judge(cap=0.0, **files, c=(range(500, 600), same), d=(range(700, 750), {}))
    reasons = get(content, "left_out")
    assert reasons.pop("c") == "holds the same events as a.root"
    assert set(reasons.values()) == {None}
    assert (content["events"], content["kept"], content["kept_of_used"]) == (250, 1.0, 1.0)
    # of a file that cannot be used, the copy counts
    spoilt = {**same, "reason": "is damaged"}
    content = judge(a=(range(100), spoilt), c=(range(500, 600), same))
    assert get(content, "left_out") == {"a": "is damaged", "c": None}


def test_of_files_that_overlap_the_later_one_loses_its_own_events(judge):
    content = judge(a=range(100), b=range(99, 150))
    assert get(content, "left_out") == {
        "a": None, "b": "repeats 1 event of a.root, such as run 7, event 99",
    }  # fmt: skip
    assert get(content, "lost") == {"a": 0, "b": 50}
    assert content["kept"] == pytest.approx(100 / 150)


def test_what_repeats_a_file_that_is_left_out_counts(judge):
    content = judge(a=range(100), b=range(50, 150), c=range(120, 200))
    assert [part for part, reason in get(content, "left_out").items() if reason] == ["b"]
    assert get(content, "lost") == {"a": 0, "b": 20, "c": 0}
    assert content["events"] == 200


def test_a_file_that_repeats_itself_is_left_out(judge):
    content = judge(a=[*range(50), 3, 4], b=range(100, 200))
    assert get(content, "left_out")["a"].startswith("repeats 2 events of itself, such as run 7")
    assert get(content, "lost") == {"a": 50, "b": 0}


def test_a_bad_file_loses_its_entries(judge):
    content = judge(a=range(100), b=([], {"reason": "is torn", "entries": 60}))
    assert get(content, "left_out") == {"a": None, "b": "is torn"}
    assert get(content, "lost") == {"a": 0, "b": 60}
    assert content["kept"] == pytest.approx(100 / 160)
    assert content["kept_of_used"] == 1.0


def test_a_bad_file_whose_events_another_one_has_loses_nothing(judge):
    """A transfer that broke off, and was done again under another name."""
    torn = {"reason": "is torn", "entries": 80}
    content = judge(cap=0.0, a=(range(40), torn), b=range(80))
    assert get(content, "lost") == {"a": 0, "b": 0}
    assert get(content, "left_out") == {"a": "is torn", "b": None}
    # of the entries that cannot be read, as many are elsewhere as of those that can
    content = judge(a=(range(40), torn), b=range(20))
    assert get(content, "lost") == {"a": 40, "b": 0}


def test_events_of_unreadable_files_are_estimated_from_their_size(judge):
    content = judge(
        a=(range(100), {"size": 1000}),
        b=(range(100, 400), {"size": 3000}),
        c=([], {"reason": "is torn", "entries": None, "size": 500}),
    )
    assert get(content, "entries") == {"a": 100, "b": 300, "c": 50}
    assert get(content, "estimated") == {"a": False, "b": False, "c": True}
    assert content["kept"] == pytest.approx(400 / 450)


@pytest.mark.parametrize("lacking", ["size", "good"])
def test_a_share_that_nobody_can_tell_is_an_error(judge, lacking):
    torn = {"reason": "is torn", "entries": None, "size": None if lacking == "size" else 500}
    good = {"a": range(10)} if lacking == "size" else {}
    hint = "sizes of all files .* 'size'" if lacking == "size" else "no other file to compare it"
    with pytest.raises(
        QuarantineError, match=rf"sample s: nobody can tell .* is in b\.root \(is torn\).*{hint}"
    ):
        judge(b=([], torn), **good)


def test_bad_events_are_lost_and_their_file_counts(judge):
    bad = [{"entry": 3, "run": RUN, "event": 3, "reason": "met is not finite"}]
    flawed = {"entries": 101, "n_bad_events": 1, "bad_events": bad}
    content = judge(a=(range(100), flawed), b=range(200, 250))
    assert get(content, "left_out") == {"a": None, "b": None}
    assert get(content, "lost") == {"a": 1, "b": 0}
    assert get(content, "bad_events")["a"] == bad
    assert content["kept"] == content["kept_of_used"] == pytest.approx(150 / 151)


def test_more_than_the_cap_is_an_error_that_names_the_worst(judge, tmp_path):
    files = {
        "a": range(1000),
        "b": ([], {"reason": "is torn", "entries": 30}),
        "c": ([], {"reason": "does not exist", "entries": 80}),
    }
    assert judge(cap=0.1, **files)["kept"] == pytest.approx(1000 / 1110)
    with pytest.raises(QuarantineError) as raised:
        judge(cap=0.09, **files)
    message = str(raised.value)
    assert message.startswith("sample s: 9.91% of its events would be left out, more than")
    assert "c.root (80 events): does not exist; b.root (30 events): is torn." in message
    assert {path.suffix for path in tmp_path.iterdir()} == {".parquet"}


def test_all_bad_events_are_named_too(judge):
    bad = [{"entry": 3, "run": RUN, "event": 3, "reason": "met is not finite"}]
    with pytest.raises(QuarantineError, match=r"a\.root \(100 events\): met is not finite"):
        judge(cap=0.99, a=([], {"entries": 100, "n_bad_events": 100, "bad_events": bad}))


def test_sums_over_events_are_added_over_the_files_that_count(judge):
    files = {
        "a": (range(10), {"sum_of_weights": 7.5}),
        "b": (range(10), {"sum_of_weights": 70.0}),
        "c": (range(20, 30), {"sum_of_weights": 0.0}),
    }
    assert judge(**files)["sum_of_weights"] == 7.5
    assert judge(**files, d=range(40, 50))["sum_of_weights"] is None
    assert judge(a=([], {"reason": "is torn"}))["sum_of_weights"] is None


def judge_plainly(files):
    """Do the same with sets: files that count, events that are lost, and all events."""
    counting, kept = [], set()
    for name in sorted(files):
        events = files[name]
        if len(set(events)) == len(events) and not kept & set(events):
            counting.append(name)
            kept |= set(events)
    everything = set().union(*map(set, files.values()))
    return counting, len(everything - kept), len(everything)


FILES = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.integers(0, 30), max_size=12), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(files=FILES, rows=st.sampled_from([1, 1000]), seed=st.randoms(use_true_random=False))
def test_any_files_are_judged_as_by_sets_and_in_any_order(tmp_path_factory, files, rows, seed):
    counting, lost, events = judge_plainly(files)
    assume(lost < events or events == 0)  # all of it is above any cap
    folder = tmp_path_factory.mktemp("judged")
    paths = {name: write_file_summary(folder / f"{name}.parquet", files[name]) for name in files}
    names = list(paths)
    options = {"sample": "s", "role": "data", "folder": folder}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quarantine, "ROWS_AT_ONCE", rows)
        content = judge_files(paths, **options)
        turned = judge_files({k: paths[k] for k in seed.sample(names, len(names))}, **options)
    assert [name for name, reason in get(content, "left_out").items() if reason is None] == counting
    assert sum(get(content, "lost").values()) == lost
    assert content["events"] == events
    assert content["kept"] == pytest.approx(1 - lost / events if events else 1)
    assert json.dumps(content) == json.dumps(turned)


def test_files_without_events_tell_nothing_of_those_that_cannot_be_read(judge):
    damaged = ([], {"entries": None, "size": 1100, "reason": "is damaged"})
    content = judge(a=range(100), b=damaged, empty=([], {"size": 100_000}))
    assert get(content, "lost") == {"a": 0, "b": 100, "empty": 0}
    with pytest.raises(QuarantineError, match="nobody can tell which share of the events is in b"):
        judge(b=damaged, empty=([], {"size": 100_000}))
