import os

import pytest
from snakemake.exceptions import WorkflowError

from jobs.origins import list_origins, refuse_shared_files, scale_events
from rapidmass.config.inputs.samples import Sample


def take(name, *files, **cells):
    return Sample.model_validate(
        {"sample": name, "channel": "c", "role": "background", "format": "f", "campaign": "x",
         "cross_section": 1.0, "sum_of_weights": 1.0, "files": " ".join(map(str, files)), **cells}
    )  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.root"
    path.touch()
    return path


def test_a_file_that_patterns_and_links_find_counts_once(context, file):
    os.link(file, file.with_name("hard.root"))
    file.with_name("soft.root").symlink_to(file)
    found = list_origins(context.config, take("s", file, file.with_name("*.root")))
    assert {origin["location"] for origin in found.values()} == {
        str(file),
        str(file.with_name("hard.root")),
    }


def test_what_no_file_matches_is_told(context, file):
    with pytest.raises(WorkflowError, match=r"sample s: no file matches .*b\.root"):
        list_origins(context.config, take("s", file.with_name("b.root")))


def test_replaced_files_are_taken_from_elsewhere(make, file):
    context = make(files={"replace": {"https://server.org/": f"{file.parent}/"}})
    found = list_origins(context.config, take("s", "https://server.org/a.root?authz=secret"))
    assert [origin["location"] for origin in found.values()] == [str(file)]


def test_a_file_of_two_samples_is_refused_unless_they_share_its_events(context, file):
    samples = [take("s", file), take("t", file)]
    origins = {s.sample: list_origins(context.config, s) for s in samples}
    with pytest.raises(WorkflowError, match="samples s and t both have the file"):
        refuse_shared_files("lep", samples, origins)
    shared = [take(name, file, require="run > 5") for name in "st"]
    refuse_shared_files("lep", shared, origins)


def test_generated_samples_have_as_many_files_as_their_events_need(make):
    context = make(generator={"scale": 1.0, "events_per_file": 100})
    for name in context.generated:
        events = context.samples[name].events
        found = list_origins(context.config, context.samples[name])
        assert len(found) == -(-events // 100)


@pytest.mark.parametrize(
    ("size", "name", "pieces"),
    [(0, "a.root", 1), (2000, "a.root", 1), (2001, "a.root", 2), (9000, "a.h5", 5),
     (9000, "a.npz", 1)],
)  # fmt: skip
def test_large_files_have_pieces(make, tmp_path, size, name, pieces):
    path = tmp_path / name
    path.write_bytes(bytes(size))
    context = make(files={"split_above": 2e-6})
    (origin,) = list_origins(context.config, take("s", path)).values()
    assert (origin["bytes"], origin["pieces"]) == (size, pieces)


def test_files_on_servers_have_pieces_if_their_size_is_told(make):
    context = make(files={"split_above": 1.5})
    address = "https://server.org/a.root"
    (unknown,) = list_origins(context.config, take("s", address)).values()
    (known,) = list_origins(context.config, take("s", address, size="4000000000")).values()
    assert (unknown["bytes"], unknown["pieces"]) == (0, 1)
    assert (known["bytes"], known["pieces"]) == (4_000_000_000, 3)


def test_too_many_pieces_are_refused(make):
    row = take("s", "https://me:secret@server.org/a.root", size="200000000000")
    message = r"sample s: https://\S*server\.org/a\.root has 200000000000 bytes.*set it to 0\.2 or"
    with pytest.raises(WorkflowError, match=message) as caught:
        list_origins(make(files={"split_above": 1e-3}).config, row)
    assert "secret" not in str(caught.value)


def test_samples_have_scales_of_their_own(make):
    context = make(generator={"scale": 0.5, "sample_scales": {"WZlvll": 3.0}})
    wz, zz = (context.samples[name] for name in ("WZlvll", "ZZ4l"))
    assert scale_events(context.config, wz) == round(1.5 * wz.events)
    assert scale_events(context.config, wz, 0.1) == round(0.15 * wz.events)
    assert scale_events(context.config, zz) == round(0.5 * zz.events)
    assert scale_events(context.config, zz.model_copy(update={"events": 0})) == 1


def test_a_scale_of_no_sample_is_refused(make):
    with pytest.raises(WorkflowError, match=r"generator.sample_scales: sample.*WZlvl"):
        make(generator={"sample_scales": {"WZlvl": 3.0}})
