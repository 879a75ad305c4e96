"""Collisions from Pythia."""

import tempfile
from pathlib import Path
from typing import Final

import awkward as ak
import numpy as np
import pythia8mc
from numpy.typing import NDArray

from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process
from rapidmass.config.inputs.susy_masses import SusyMasses
from rapidmass.generator.particles import Particles, flatten_particles
from rapidmass.generator.vetoes import MARK, Vetoes

PB_PER_MB: Final = 1e9
_HEAVY: Final = 4500.0  # GeV, out of reach


class EventSource:
    """Events of one process.

    Parameters
    ----------
    process
        The process.
    settings
        How events are made.
    seed
        Seed of Pythia's random numbers, 1 to 900 000 000.

    Raises
    ------
    ValueError
        If Pythia refuses a setting.
    """

    def __init__(self, process: Process, settings: GeneratorSettings, *, seed: int) -> None:
        self._process = process
        self._batch_size = settings.batch_size
        self._vetoes = Vetoes(process.filter, process.enrichment, seed=seed)
        self._pythia = pythia8mc.Pythia("", False)
        self._pythia.setUserHooksPtr(self._vetoes)
        self._generated = 0
        self._generated_weight = 0.0
        with tempfile.TemporaryDirectory(prefix="rapidmass-") as folder:
            cards = _list_cards(process, settings, seed)
            if process.slha is not None:
                spectrum = Path(folder) / "spectrum.slha"
                spectrum.write_text(write_slha(process.slha), encoding="ascii")
                cards += [f"SLHA:file = {spectrum}", "SLHA:verbose = 0"]
            for card in cards:
                if not self._pythia.readString(card):
                    raise ValueError(f"Pythia does not know the setting {card!r}; correct the card")
            if not self._pythia.init():
                raise ValueError(f"Pythia finds no process in the cards {list(process.cards)}")

    def take_particles(self, events: int) -> tuple[Particles, NDArray[np.float64]]:
        """Generate a batch of events that the filter accepts.

        Parameters
        ----------
        events
            How many at most; `generator.batch_size` is the other limit.

        Returns
        -------
        tuple of Particles and ndarray
            Their particles, and the weight of each event from the enrichment.
        """
        batch, weights = self.take_batch(min(events, self._batch_size))
        return flatten_particles(batch), weights

    def take_batch(self, events: int) -> tuple[ak.Array, NDArray[np.float64]]:
        """Generate events that the filter accepts.

        Parameters
        ----------
        events
            How many.

        Returns
        -------
        tuple of ak.Array and ndarray
            Pythia's event records, and the weight of each event from the enrichment.
        """
        batch = self._pythia.nextBatch(events)
        self._generated += len(batch)
        marks = ak.to_numpy(batch["prt", "p", "e"][:, MARK])
        weights = self._vetoes.take_weights(marks)
        self._generated_weight += float(weights.sum())
        return batch, weights

    @property
    def filter_efficiency(self) -> float:
        """Share of the tried events that the lepton filter accepts."""
        return self._vetoes.accepted / self._vetoes.tried

    @property
    def boson_share(self) -> float:
        """Share of the events that were made in full that have the bosons asked for."""
        return self._generated / self._vetoes.kept

    @property
    def tried_weight(self) -> float:
        """Sum of the weights of all tried events.

        Each has the weight 1. Events that are lost for other reasons than the lepton filter and
        the enrichment (too few bosons, a shower or a hadronisation that fails) do not count as
        tried; the weight that they lose is taken off.
        """
        return self._generated_weight / self._vetoes.kept_weight * self._vetoes.tried

    @property
    def mean_weight(self) -> float:
        """Mean weight of what the filter accepts, 0 where it is not made; it scatters about 1."""
        return self._vetoes.kept_weight / self._vetoes.accepted

    @property
    def cross_section(self) -> float:
        """Pythia's leading-order cross section in pb, before the lepton filter."""
        made: float = self._pythia.infoPython().sigmaGen() * PB_PER_MB
        kept_share = self._vetoes.kept / self._vetoes.tried
        return made / kept_share / self._process.emission_enhancement


def _list_cards(process: Process, settings: GeneratorSettings, seed: int) -> list[str]:
    cards = [
        "Beams:eCM = 13000.",
        "Random:setSeed = on",
        f"Random:seed = {seed}",
        "Print:quiet = on",
        # Spin correlations of tau decays take 30 times as long as all the rest of an event.
        "TauDecays:mode = 0",
        f"PartonLevel:MPI = {'on' if settings.multi_parton_interactions else 'off'}",
    ]
    if process.emission_enhancement > 1:
        cards += [
            "SpaceShower:weakShower = on",
            "WeakShower:singleEmission = on",
            f"WeakShower:enhancement = {process.emission_enhancement}",
        ]
    if process.shower == "vincia":
        # sectors, Pythia's own choice, take three times as long
        cards += ["PartonShowers:model = 2", "Vincia:sectorShower = off"]
    return [*cards, *process.cards]


def write_slha(masses: SusyMasses) -> str:
    """Write the spectrum of a supersymmetric signal.

    The lightest chargino and the second neutralino are winos of one mass and decay to the
    lightest neutralino (a bino) and a W, or a Z or another boson. A stop decays to top and
    neutralino, a left-handed slepton to lepton and neutralino, a gluino to two light quarks and the
    chargino. Superpartners without a mass are out of reach.

    Parameters
    ----------
    masses
        Masses in GeV.

    Returns
    -------
    str
        The spectrum and the decays in the SUSY Les Houches format.
    """
    squarks_and_sleptons = [1000000 + i for i in (*range(1, 7), *range(11, 17))]
    squarks_and_sleptons += [2000000 + i for i in (*range(1, 7), 11, 13, 15)]
    spectrum = dict.fromkeys(
        [*squarks_and_sleptons, 1000021, 1000025, 1000035, 1000037, 35, 36, 37], _HEAVY
    )
    spectrum |= {
        24: 80.385,
        25: 125.0,
        1000022: masses.neutralino,
        1000023: masses.chargino or _HEAVY,
        1000024: masses.chargino or _HEAVY,
    }
    spectrum |= dict.fromkeys((1000011, 1000013), masses.slepton or _HEAVY)
    spectrum |= {1000006: masses.stop or _HEAVY, 1000021: masses.gluino or _HEAVY}
    half = 0.5**0.5
    neutralinos = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, half, -half), (0, 0, half, half))
    mixing = [
        f" {i} {j} {value:.8f}"
        for i, row in enumerate(neutralinos, 1)
        for j, value in enumerate(row, 1)
    ]
    unit = [" 1 1 1.0", " 1 2 0.0", " 2 1 0.0", " 2 2 1.0"]
    lines = [
        *("BLOCK MODSEL", " 1 0"),
        *("BLOCK SMINPUTS", " 1 127.94", " 2 1.16637e-5", " 3 0.1184", " 4 91.1876"),
        *(" 5 4.18", " 6 173.0", " 7 1.77682"),
        *("BLOCK MASS", *(f" {pdg_id} {mass}" for pdg_id, mass in spectrum.items())),
        *("BLOCK NMIX", *mixing),
        *("BLOCK UMIX", *unit, "BLOCK VMIX", *unit),
        *("BLOCK STOPMIX", *unit, "BLOCK SBOTMIX", *unit, "BLOCK STAUMIX", *unit),
        *("BLOCK ALPHA", " -0.1", f"BLOCK HMIX Q= {_HEAVY}", f" 1 {_HEAVY}", " 2 10.0"),
        *("BLOCK GAUGE Q= 1000.0", " 1 0.36", " 2 0.65", " 3 1.05"),
        *_list_decays(masses),
        "DECAY 1000022 0.0",
    ]
    return "\n".join(lines) + "\n"


def _list_decays(masses: SusyMasses) -> list[str]:
    decays: dict[int, list[str]] = {}
    if masses.chargino is not None:
        decays |= {1000024: ["1.0 2 1000022 24"], 1000023: [f"1.0 2 1000022 {masses.boson}"]}
    if masses.stop is not None:
        decays[1000006] = ["1.0 2 1000022 6"]
    if masses.slepton is not None:
        decays |= {1000011: ["1.0 2 1000022 11"], 1000013: ["1.0 2 1000022 13"]}
    if masses.gluino is not None:
        pairs = ("1000024 1 -2", "-1000024 2 -1", "1000024 3 -4", "-1000024 4 -3")
        decays[1000021] = [f"0.25 3 {pair}" for pair in pairs]
    return [
        line
        for mother, channels in decays.items()
        for line in (f"DECAY {mother} 0.1", *(f" {channel}" for channel in channels))
    ]
