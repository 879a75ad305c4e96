"""Whether architectures that are told which events are signal can be trained and tested."""

from collections.abc import Mapping

from rapidmass.config.inputs.consistency import check_known
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.models.baseline import Combination, Variable
from rapidmass.config.models.fitted_baseline import FittedBaseline
from rapidmass.config.models.parametrised import ParametrisedClassifier
from rapidmass.config.root import Config


def check_signals(config: Config, samples: Mapping[str, Sample]) -> None:
    """Check that signals can be told from the background, and their events scored unseen.

    Parameters
    ----------
    config
        The configuration file.
    samples
        Rows of the sample sheet, by sample.

    Raises
    ------
    ValueError
        If a sample is no signal, a selection has none of those that are named, or there are no
        folds: events of signals that were trained on would be scored by what saw them.
    """
    known, priors = (
        [name for name, sample in samples.items() if sample.role == role]
        for role in ("signal", "prior")
    )
    for name, one in config.architectures.items():
        for prior in one.priors:
            check_known(prior, priors, f"architectures.{name}.target.priors: sample of that role")
    fitted = {n: b for n, b in config.baselines.items() if isinstance(b, FittedBaseline)}
    told = {
        **{("architectures", name): found for name, found in config.architectures.items()},
        **{("baselines", name): found for name, found in fitted.items()},
    }
    for (block, name), architecture in told.items():
        where = f"{block}.{name}.target.signals"
        for signal in architecture.signals:
            check_known(signal, known, f"{where}: signal")
        if not architecture.signals:
            continue
        for selection, chosen in config.selections.items():
            if not set(chosen.signals) & set(architecture.signals):
                raise ValueError(
                    f"{where}: the selection {selection} has none of these signals; add one of its "
                    f"own ({', '.join(chosen.signals) or 'it has no signal'})"
                )
            missing = sorted(set(architecture.signals) - set(chosen.signals))
            if missing and isinstance(architecture, ParametrisedClassifier):
                raise ValueError(
                    f"{where}: the selection {selection} lacks {missing[0]}, and background of its "
                    "mass would be told by the mass alone; each selection needs all these signals"
                )
        if config.split.folds is None:
            raise ValueError(
                f"split.folds is missing: {name} learns from events of signals, and only with "
                "folds is each of them scored by what did not see it; write "
                "folds: 5 instead of test_fraction"
            )


def check_combinations(config: Config) -> None:
    """Check that combinations are of scores that there are, and that networks follow these alone.

    Parameters
    ----------
    config
        The configuration file.

    Raises
    ------
    ValueError
        If a name does not exist or is another combination or a network that follows one, classes
        are no event variable, or there are no folds.
    """
    single = {n: b for n, b in config.baselines.items() if not isinstance(b, Combination)}
    variables = [name for name, one in single.items() if isinstance(one, Variable)]
    for name, settings in config.baselines.items():
        if not isinstance(settings, Combination):
            continue
        where = f"baselines.{name}"
        for score in settings.of:
            check_known(score, [*config.architectures, *single], f"{where}.of: score")
        if settings.classes is not None:
            check_known(
                settings.classes, variables, f"{where}.classes: baseline that is a variable"
            )
        for score in settings.of:
            if score in config.architectures and config.architectures[score].followed is not None:
                raise ValueError(
                    f"{where}.of: {score} follows a combination itself; combine other scores"
                )
        if config.split.folds is None:
            raise ValueError(
                f"split.folds is missing: {name} compares each event with background of other "
                "folds; write folds: 5 instead of test_fraction"
            )
    for name, architecture in config.architectures.items():
        if architecture.followed is not None:
            known = [n for n, b in config.baselines.items() if isinstance(b, Combination)]
            check_known(architecture.followed, known, f"architectures.{name}.follows: combination")
