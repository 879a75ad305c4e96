"""Do what a job does with scored events, in a process of its own."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environment import serve
from benchmarks.workers.job import prepare

LUMINOSITY, SHARE, WEIGHT = 1000.0, 0.2, 1e-3
FLOOR, REPLICAS, TILTS = 10.0, 2, 200


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Do it; what jobs of this kind import is imported here."""
    prepare()
    from benchmarks.workers.memory_studies import STUDIES

    kinds: dict[str, Callable[[dict[str, Any]], None]] = {
        **STUDIES,
        "start": lambda _: None,
        "scan_cuts": _scan,
        "draw_scores": _draw,
        "fit_signal": _fit,
        "count_behind_cuts": _count,
        "judge_scores": _judge,
        "combine_scores": _combine,
        "find_blinding_thresholds": _blind,
        "read_simulation": _read_simulation,
        "write_megaset": _merge,
        "fit_scaler": _fit_scaler,
        "iterate_batches": _iterate,
        "score": _score,
    }
    kinds[request["kind"]](request)
    return {}


def _make_reader(variables: list[str]) -> Any:  # noqa: ANN401 (imported where it is needed)
    from rapidmass.search.scored_pairs import PairReader

    return PairReader("signal", WEIGHT, LUMINOSITY, SHARE, "score", variables)


def _list_channels() -> list[str]:
    from benchmarks.memory import CHANNELS

    return list(CHANNELS)


def _scan(request: dict[str, Any]) -> None:
    from rapidmass.config.search.scan import ScanSettings
    from rapidmass.search.scan import scan_cuts

    variables = ["m_ll", "met"]
    # their number decides on the time, not on the memory
    settings = ScanSettings(bootstrap_replicas=REPLICAS)
    background = Path(request["background"])
    reader = _make_reader(variables)
    with reader.open(background, request["signal"], background.parent) as pair:
        scan_cuts(pair[0], pair[1], settings, channels=_list_channels(), spectra=variables)


def _draw(request: dict[str, Any]) -> None:
    from rapidmass.config.report.plots import PlotSettings
    from rapidmass.config.search.scan import ScanSettings
    from rapidmass.plotting.scores import draw_scores
    from rapidmass.plotting.style import Frame

    reader = _make_reader([])
    frame = Frame(PlotSettings(), "2lep", _list_channels(), ["signal"], LUMINOSITY)
    with TemporaryDirectory() as folder:
        draw_scores(
            frame, ScanSettings().score, reader.iterate(request["background"]),
            {"signal": reader.read_signal(request["signal"])}, {0.9: 1.0},
            Path(folder, "scores"), None,
        )  # fmt: skip


def _fit(request: dict[str, Any]) -> None:
    from rapidmass.config.studies.fits import Fits
    from rapidmass.search.fit import fit_signal

    settings = Fits()
    reader = _make_reader(list(settings.variables))
    fit_signal(
        partial(reader.iterate, request["background"]), reader.read_signal(request["signal"]),
        settings, channels=_list_channels(), cross_section=1.0, background_uncertainty=0.1, seed=1,
        folder=Path(request["background"]).parent,
    )  # fmt: skip


def _count(request: dict[str, Any]) -> None:
    from rapidmass.config.search.selection import Cut
    from rapidmass.config.studies.cut_and_count import CutAndCount
    from rapidmass.studies.cut_and_count.measure import count_behind_cuts

    cuts = (Cut(name="hard", require="met > 100"), Cut(name="heavy", require="m_ll > 50"))
    settings = CutAndCount(cuts=cuts)
    reader = _make_reader(list(settings.variables))
    count_behind_cuts(
        reader.iterate(request["background"]),
        {"signal": reader.iterate_signal(request["signal"])},
        settings, background_uncertainty=0.1, minimum_effective_events=FLOOR,
    )  # fmt: skip


def _judge(request: dict[str, Any]) -> None:
    from rapidmass.studies.sensitivity.measure import judge_scores

    folder = Path(request["background"]).parent
    reader = _make_reader(["ht", "m_ll", "m_lll", "met"])

    def iterate(path: str) -> Iterator[Any]:
        return (events.break_ties() for events in reader.iterate(path))

    with TemporaryDirectory(dir=folder) as place:
        judge_scores(
            {name: partial(iterate, request[name]) for name in ("background", "other")},
            lambda _: {"signal": reader.read_signal(request["signal"]).break_ties()},
            {"background": "other"},
            channels=_list_channels(), tilts=TILTS, floor=FLOOR, seed=1, folder=Path(place),
        )  # fmt: skip


def _combine(request: dict[str, Any]) -> None:
    from rapidmass.scores.combination import write_combination

    sources = [Path(request[name]) for name in ("background", "other")]
    with TemporaryDirectory(dir=sources[0].parent) as folder:
        write_combination(
            sources, sources, Path(folder, "scores.parquet"), rule="min_p", folds=2, classes=False,
            provenance={},
        )  # fmt: skip


def _blind(request: dict[str, Any]) -> None:
    from rapidmass.scores.blinding_thresholds import find_blinding_thresholds

    background = Path(request["background"])
    find_blinding_thresholds(background, None, 0.5, background.parent)


def _read_simulation(request: dict[str, Any]) -> None:
    import numpy as np

    from rapidmass.search.simulated_samples import SampleFiles, SimulationFiles, Stated

    names = {"one": "background", "other": "other"}
    take = partial(SampleFiles, scorers={name: (name, "score") for name in names})
    background = take({name: Path(request[kind]) for name, kind in names.items()})
    signal = take({name: Path(request["signal"]) for name in names})
    files = SimulationFiles(background, {"signal": (signal, WEIGHT)}, [], ["met", "ht"])
    stated = Stated(LUMINOSITY, SHARE, {}, {})
    files.read(stated, 20_000, np.random.default_rng(1))


def _merge(request: dict[str, Any]) -> None:
    from rapidmass.datasets.megasets import BackgroundShard, write_megaset

    shards = [BackgroundShard(Path(path), path, "toy", WEIGHT) for path in request["shards"]]
    write_megaset(
        shards, _find_megaset(request), None, index=0, number=1, test_fraction=0.0, provenance={}
    )


def _find_megaset(request: dict[str, Any]) -> Path:
    return Path(request["shards"][0]).with_name("megaset.parquet")


def _fit_scaler(request: dict[str, Any]) -> None:
    from benchmarks.networks import make_scaler

    make_scaler(_find_megaset(request))


def _iterate(request: dict[str, Any]) -> None:
    from benchmarks.loader import count_events, make_recipe

    megaset = _find_megaset(request)
    count_events(megaset, make_recipe(megaset, "minmax", presence=False))


def _score(request: dict[str, Any]) -> None:
    from rapidmass.scores.write import NetworkScorer, write_scores

    megaset = _find_megaset(request)
    scorer = NetworkScorer(Path(request["network"]), ["error"], threads=1)
    with TemporaryDirectory(dir=megaset.parent) as folder:
        write_scores(scorer, [megaset], Path(folder, "scores.parquet"), provenance={})


if __name__ == "__main__":
    serve(work)
