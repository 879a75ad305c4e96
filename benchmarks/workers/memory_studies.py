"""Do what the jobs of studies do with scored events."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Request = dict[str, Any]
LUMINOSITY, SHARE, WEIGHT = 1000.0, 0.2, 1e-3
FLOOR = 10.0
WEIGHTING: dict[str, Any] = {"luminosity": LUMINOSITY, "scored_share": SHARE}


def _find_folder(request: Request) -> Path:
    return Path(request["background"]).parent


def _list_channels() -> list[str]:
    from benchmarks.memory import CHANNELS

    return list(CHANNELS)


def _read_two_samples(request: Request) -> None:
    import numpy as np

    from rapidmass.studies.two_sample.events import ScoreFiles

    background, signal = Path(request["background"]), Path(request["signal"])
    files = ScoreFiles(background, [signal], variables=["met", "ht"])
    files.read_background(20_000, np.random.default_rng(1))


def _measure_seeds(request: Request) -> None:
    from rapidmass.config.search.scan import ScanSettings
    from rapidmass.studies.seeds.measure import Replica, measure_seeds

    signals = {"signal": Path(request["signal"])}
    replicas = [Replica(Path(request[name]), signals) for name in ("background", "other")]
    measure_seeds(
        replicas, "score", {"signal": WEIGHT}, ScanSettings(), folder=_find_folder(request),
        **WEIGHTING,
    )  # fmt: skip


def _compare_numbers(request: Request) -> None:
    from rapidmass.provenance.atomic_files import write_json
    from rapidmass.studies.megaset_number.measure import TrainedOn, compare_numbers

    signals = {"signal": Path(request["signal"])}
    losses = {"training_loss": 1.0, "validation_loss": 1.0, "validation_events": 1}
    with TemporaryDirectory(dir=_find_folder(request)) as folder:
        history = Path(folder, "history.json")
        write_json(history, {"epochs": [{"training_events": 1, **losses}]})
        trained = {
            number: TrainedOn(history, Path(request[name]), signals)
            for number, name in ((1, "background"), (10, "other"))
        }
        compare_numbers(
            trained, "score", {"signal": WEIGHT}, batch_size=1, minimum_effective_events=FLOOR,
            folder=Path(folder), **WEIGHTING,
        )  # fmt: skip


def _measure_removal(request: Request) -> None:
    from rapidmass.studies.channel_removal.measure import measure_removal

    scores = {"full": Path(request["background"]), "without": Path(request["other"])}
    measure_removal(
        scores, [("network", "score")], _list_channels()[-1:], minimum_effective_events=FLOOR,
        folder=_find_folder(request), **WEIGHTING,
    )  # fmt: skip


def _study_alterations(request: Request) -> None:
    from rapidmass.config.studies.altered_events import Noise
    from rapidmass.studies.altered_events.measure import study_alterations

    study_alterations(
        Path(request["background"]), Path(request["altered"]), [Noise(name="noise")],
        column="score", minimum_effective_events=FLOOR, folder=_find_folder(request), **WEIGHTING,
    )  # fmt: skip


def _check_scores(request: Request) -> None:
    from functools import partial

    from rapidmass.config.studies.classifier_checks import ClassifierChecks
    from rapidmass.scores.read import iterate_background, read_signal
    from rapidmass.studies.classifier_checks.measure import check_scores

    checks = ClassifierChecks()
    signal = read_signal(
        Path(request["signal"]), "signal", weight=WEIGHT, luminosity=LUMINOSITY, variables=[]
    )
    iterate = partial(
        iterate_background, Path(request["background"]), variables=checks.variables, **WEIGHTING
    )
    check_scores(
        iterate, [signal], checks, channels=_list_channels(), minimum_effective_events=FLOOR,
        folder=_find_folder(request),
    )  # fmt: skip


def _choose_displayed(request: Request) -> None:
    from rapidmass.studies.event_displays.select import choose_scored_events

    choose_scored_events(Path(request["background"]), ["weight"], 5, _find_folder(request))


def _combine_trainings(request: Request) -> None:
    from functools import partial

    from rapidmass.config.search.scan import ScanSettings
    from rapidmass.studies.trainings.combinations import scan_combination
    from rapidmass.studies.trainings.stacks import iterate_stacks, read_stack

    paths = [Path(request[name]) for name in ("background", "other")]
    iterate = partial(iterate_stacks, paths, variables=["met"], **WEIGHTING)
    signal = read_stack(
        [Path(request["signal"])] * 2, "signal", weight=WEIGHT, luminosity=LUMINOSITY,
        variables=["met"],
    )  # fmt: skip
    for kind in ("stacking", "largest_quantile"):
        scan_combination(
            kind, iterate, {"signal": signal}, ["signal"], ScanSettings(bootstrap_replicas=2),
            folds=2, channels=_list_channels(), spectra=[], folder=_find_folder(request),
        )  # fmt: skip


def _measure_taggers(request: Request) -> None:
    from rapidmass.studies.taggers.measure import measure_taggers
    from rapidmass.studies.taggers.read import read_tagger
    from rapidmass.studies.taggers.rejection import Task

    taggers = {
        name: [
            read_tagger(
                Path(request[name]), {"signal": (Path(request["signal"]), WEIGHT)}, "score",
                variable="met", **WEIGHTING,
            )
        ]
        for name in ("background", "other")
    }  # fmt: skip
    task = Task(0.5, "met", (0.0, 50.0, 100.0), "background", 100, FLOOR)
    measure_taggers(taggers, _list_channels()[-2:], task, _find_folder(request))


STUDIES: dict[str, Callable[[Request], None]] = {
    "read_two_samples": _read_two_samples,
    "measure_seeds": _measure_seeds,
    "compare_numbers": _compare_numbers,
    "measure_removal": _measure_removal,
    "study_alterations": _study_alterations,
    "check_scores": _check_scores,
    "choose_displayed": _choose_displayed,
    "combine_trainings": _combine_trainings,
    "measure_taggers": _measure_taggers,
}
