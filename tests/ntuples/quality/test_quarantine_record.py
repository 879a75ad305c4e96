"""What jobs are told of files that are left out."""

import pytest

from rapidmass.ntuples.quality.quarantine_record import QuarantineRecord, sum_luminosity
from rapidmass.provenance.atomic_files import write_json


def test_without_a_file_nothing_is_left_out():
    assert QuarantineRecord.read([]) == QuarantineRecord(
        kept=1.0, kept_of_used=1.0, left_out=frozenset()
    )


def test_parts_with_a_reason_are_left_out(tmp_path):
    path = tmp_path / "s.json"
    parts = {"a": {"left_out": None}, "b": {"left_out": "is torn"}, "c": {"left_out": "repeats"}}
    found = {"parts": parts, "kept": 0.75, "kept_of_used": 0.99, "sum_of_weights": None}
    write_json(path, found)
    assert QuarantineRecord.read([str(path)]) == QuarantineRecord(0.75, 0.99, frozenset({"b", "c"}))
    write_json(path, found | {"sum_of_weights": 17.5})
    assert QuarantineRecord.read([str(path)]).sum_of_weights == 17.5


def test_each_luminosity_is_corrected_by_the_share_of_its_own_sample(tmp_path):
    luminosities = {"b": 100.0, "a": 40.0}
    assert sum_luminosity(luminosities, []) == 140.0
    assert sum_luminosity({}, []) == 0
    paths = []
    for name, kept in (("b", 0.5), ("a", 1.0)):
        paths.append(tmp_path / f"{name}.json")
        write_json(paths[-1], {"kept": kept})
    assert sum_luminosity(luminosities, paths) == 90.0
    with pytest.raises(ValueError, match="zip"):
        sum_luminosity(luminosities, paths[:1])
