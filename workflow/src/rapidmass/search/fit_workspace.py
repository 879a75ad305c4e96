"""The fit as a workspace of pyhf (L. Heinrich et al., JOSS 6 (2021) 2823)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rapidmass.search.fit_shifts import Change
from rapidmass.search.fit_templates import Template

VERSION = "1.0.0"
SIGNAL_STRENGTH = "mu"
BACKGROUND = "background_normalisation"
SAME = 1e-9  # relative changes that differ by less are one factor

Slices = Mapping[str, slice]


def make_workspace(
    regions: Slices,
    signal: tuple[str, Template],
    background: Mapping[str, Template],
    *,
    background_uncertainty: float = 0.0,
    free_channels: Sequence[str] = (),
    changes: Mapping[str, Mapping[str, Change]] | None = None,
    observed: Sequence[float] | None = None,
    largest_strength: float = 1000.0,
) -> dict[str, Any]:
    """Describe a fit: the strength of the signal is what is sought.

    Parameters
    ----------
    regions
        The bins of each region by its name.
    signal
        Its name, and what is expected of it at its theoretical cross section.
    background
        By channel.
    background_uncertainty
        Relative, of all channels and bins together, but for free channels.
    free_channels
        Channels whose normalisation is free.
    changes
        By source and sample: what systematic variations change.
    observed
        Events seen in each bin. None: the expected background, nothing is read off data.
    largest_strength
        Upper end of the range of the strength of the signal.

    Returns
    -------
    dict
        In the format of pyhf. Each bin has one parameter for the size of the simulation of its
        background.
    """
    name, template = signal
    total = np.sum([one.values for one in background.values()], axis=0)
    data = total if observed is None else np.asarray(observed, dtype=np.float64)
    channels, observations = [], []
    for region, mine in regions.items():
        strength = {"name": SIGNAL_STRENGTH, "type": "normfactor", "data": None}
        values = template.values[mine]
        samples = [_describe(name, values, [strength, *_vary(name, values, mine, changes)])]
        for channel, one in background.items():
            values = one.values[mine]
            modifiers = [
                {
                    "name": f"simulation_{region}",
                    "type": "staterror",
                    "data": np.sqrt(one.variances[mine]).tolist(),
                },
                *_scale(channel, background_uncertainty, free_channels),
                *_vary(channel, values, mine, changes),
            ]
            samples.append(_describe(channel, values, modifiers))
        channels.append({"name": region, "samples": samples})
        observations.append({"name": region, "data": data[mine].tolist()})
    parameters = [
        {"name": SIGNAL_STRENGTH, "inits": [1.0], "bounds": [[0.0, largest_strength]]},
        *(
            {"name": _name_norm(channel), "inits": [1.0], "bounds": [[0.0, 10.0]]}
            for channel in free_channels
            if channel in background
        ),
    ]
    config = {"poi": SIGNAL_STRENGTH, "parameters": parameters}
    return {
        "channels": channels,
        "observations": observations,
        "measurements": [{"name": "search", "config": config}],
        "version": VERSION,
    }


def _describe(name: str, values: Any, modifiers: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ANN401
    return {"name": name, "data": values.tolist(), "modifiers": modifiers}


def _name_norm(channel: str) -> str:
    return f"normalisation_{channel}"


def _scale(channel: str, uncertainty: float, free: Sequence[str]) -> list[dict[str, Any]]:
    if channel in free:
        return [{"name": _name_norm(channel), "type": "normfactor", "data": None}]
    if not uncertainty > 0:
        return []
    ends = {"hi": 1 + uncertainty, "lo": 1 - uncertainty}
    return [{"name": BACKGROUND, "type": "normsys", "data": ends}]


def _vary(
    sample: str,
    values: Any,  # noqa: ANN401
    mine: slice,
    changes: Mapping[str, Mapping[str, Change]] | None,
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for source, by_sample in (changes or {}).items():
        if sample not in by_sample:
            continue
        up, down = (side[mine] for side in by_sample[sample])
        if not (up.any() or down.any()):
            continue
        if max(np.ptp(up), np.ptp(down)) < SAME:
            ends = {"hi": 1 + float(up[0]), "lo": 1 + float(down[0])}
            found.append({"name": source, "type": "normsys", "data": ends})
            continue
        bins = {
            "hi_data": (values * (1 + up)).tolist(),
            "lo_data": (values * (1 + down)).tolist(),
        }
        found.append({"name": source, "type": "histosys", "data": bins})
    return found
