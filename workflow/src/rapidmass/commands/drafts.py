"""Drafts of an ntuple format, a sample sheet and a configuration; what is guessed is marked."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rapidmass.commands.branches import Collection, Recognised

GUESS = "# guessed"
COLUMNS = (
    "sample", "channel", "role", "format", "files", "campaign", "cross_section",
    "sum_of_weights", "luminosity",
)  # fmt: skip
MASSES = {"electron": 0.000511, "muon": 0.105658, "photon": 0.0, "tau": 1.77686}  # GeV
OBJECTS = {"electron": "ele", "muon": "muo", "photon": "pho", "tau": "tau"}
SLOTS = {"ljet": 6, "bjet": 6, "ele": 5, "muo": 5}


class DraftedFile(NamedTuple):
    """A ROOT file for the sample sheet.

    Parameters
    ----------
    path
        Of the file.
    role
        `background`, `signal` or `data`.
    entries
        Events in it.
    kept_sum
        Where it keeps the sum of weights before any selection; None if nowhere that is known.
    """

    path: str
    role: str
    entries: int
    kept_sum: str | None = None


def draft_format(found: Recognised) -> str:
    """Draft an ntuple format.

    Parameters
    ----------
    found
        What the branches of the tree seem to be.

    Returns
    -------
    str
        YAML.

    Raises
    ------
    ValueError
        If no leptons are recognised.
    """
    leptons = _list_leptons(found)
    if not leptons:
        raise ValueError(
            f"no electrons or muons are recognised in the tree {found.tree}: write the format by "
            "hand, beginning with one of config/ntuples (config/README.md walks through it)"
        )
    lines = [
        f"# Drafted from names and first values of the tree {found.tree}: look at every line that",
        "# is marked as guessed, and at requirements of objects, which hold no identification.",
        "",
        f"tree: [{_quote(found.tree)}]",
        f"energy_unit: {found.energy_unit}  {GUESS} from the median momentum",
        "",
        *_list_constants(found),
        "collections:",
        *(line for one in found.collections.values() for line in _write_collection(one, found)),
        "",
        "objects:",
        *_write_objects(found),
        "",
        f"leptons: [{', '.join(leptons)}]",
        _write_missing(found),
        *_write_identity(found),
        _write_weights(found),
    ]
    return "\n".join(lines) + "\n"


def _list_leptons(found: Recognised) -> list[str]:
    if "lepton" in found.collections:
        return ["ele", "muo"] if found.lepton_flavours else []
    return [OBJECTS[kind] for kind in ("electron", "muon") if kind in found.collections]


def _scale(found: Recognised, momentum: float) -> str:
    return f"{momentum * (1000 if found.energy_unit == 'MeV' else 1):g}"


def _list_constants(found: Recognised) -> Iterator[str]:
    if found.b_tag is not None:
        name, point = found.b_tag
        yield "constants:"
        yield f"  b_tag_point: {point:g}  {GUESS}: look the working point of {name} up"
        yield ""


def _write_collection(one: Collection, found: Recognised) -> Iterator[str]:
    names = one.branches
    yield f"  {one.kind}:"
    for quantity in ("pt", "eta", "phi"):
        yield f"    {quantity}: {_quote(names[quantity])}"
    yield f"    mass: {_write_mass(one, found)}"
    if "charge" in names and one.kind != "jet":
        yield f"    attributes: {{charge: {_quote(names['charge'])}}}"


def _write_mass(one: Collection, found: Recognised) -> str:
    names = one.branches
    if one.kind == "lepton":
        assert found.lepton_flavours is not None  # or there was no such collection
        masses = (_scale(found, MASSES[kind]) for kind in ("electron", "muon"))
        flavour = f"abs({names['type']}) == {found.lepton_flavours[0]}"
        return f'"where({flavour}, {", ".join(masses)})"'
    if one.kind in MASSES:
        return f'"{_scale(found, MASSES[one.kind])}"'
    if "mass" in names:
        return f'"maximum({names["mass"]}, 0)"'
    if "energy" in names:
        return f'"mass_from_energy({names["pt"]}, {names["eta"]}, {names["energy"]})"'
    return f'"0"  {GUESS}: the file says neither mass nor energy'


def _write_objects(found: Recognised) -> Iterator[str]:
    for kind, one in found.collections.items():
        above = f"({one.branches['pt']} > {_scale(found, 20 if kind == 'jet' else 10)})"
        if kind == "lepton":
            assert found.lepton_flavours is not None
            for name, value in zip(("ele", "muo"), found.lepton_flavours, strict=True):
                flavour = f"(abs({one.branches['type']}) == {value})"
                yield _write_object(name, kind, f"{flavour} & {above}")
        elif kind == "jet":
            tagged = f" & ({found.b_tag[0]} > b_tag_point)" if found.b_tag else ""
            light = f" & ~({found.b_tag[0]} > b_tag_point)" if found.b_tag else ""
            yield _write_object("ljet", kind, above + light)
            if tagged:
                yield _write_object("bjet", kind, above + tagged)
        else:
            yield _write_object(OBJECTS[kind], kind, above)


def _write_object(name: str, collection: str, where: str) -> str:
    return f'  {name}: {{collection: {collection}, where: "{where}"}}  {GUESS}'


def _first(name: str, found: Recognised) -> str:
    """Take the number out of a list with one member."""
    return f"first({name})" if name in found.lists else _quote(name)


def _write_missing(found: Recognised) -> str:
    if found.met is None:
        return f'met: {{pt: "0", phi: "0"}}  {GUESS}: none is recognised, and this is wrong'
    pt, phi = (_first(name, found) for name in found.met)
    return f"met: {{pt: {pt}, phi: {phi}}}"


def _write_identity(found: Recognised) -> Iterator[str]:
    if found.event is None:
        return
    event = _first(found.event, found)
    if found.run is not None:
        yield f'identity: {{run: "{_first(found.run, found)}", event: "{event}"}}'
        return
    # without runs the numbers of many generators begin anew in every file
    yield "# No run number is recognised: file and entry name an event. Where no number comes twice"
    yield "# in a sample, this finds events that are in two files:"
    yield f'# identity: {{run: "0", event: "{event}"}}'


def _write_weights(found: Recognised) -> str:
    others = f" ({', '.join(found.like_weights)})" if found.like_weights else ""
    if found.weight is None:
        return f'weights: {{generator: "1"}}  {GUESS}: no weight is recognised{others}'
    generator = _first(found.weight, found)
    return f'weights: {{generator: "{generator}"}}  {GUESS}: scale_factors, too?{others}'


def _quote(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][\w.]*", name) else f'"{name}"'


def draft_samples(name: str, files: Mapping[str, DraftedFile], found: Recognised) -> str:
    """Draft a sample sheet.

    Parameters
    ----------
    name
        Of the format.
    files
        By name of the sample.
    found
        What the branches of the tree seem to be.

    Returns
    -------
    str
        Columns, divided by tabulators.
    """
    lines = [
        "# Guessed, and wrong until you correct it: channels, cross_section (in pb), luminosity of",
        "# data (in pb^-1), and sum_of_weights, which must be of all events before any selection.",
        "\t".join(COLUMNS),
    ]
    for sample, (path, role, entries, kept_sum) in files.items():
        is_data = role == "data"
        summed = str(entries) if found.weight is None else f"sum:{found.tree}:{found.weight}"
        weights = kept_sum or summed
        row = {
            "sample": sample,
            "channel": "data" if is_data else sample,
            "role": role,
            "format": name,
            "files": f'"{path}"' if " " in path else path,
            "campaign": "all",
            "cross_section": "" if is_data else "1",
            "sum_of_weights": "" if is_data else weights,
            "luminosity": "1000" if is_data else "",
        }
        lines.append("\t".join(row[column] for column in COLUMNS))
    return "\n".join(lines) + "\n"


def draft_config(name: str, files: Mapping[str, DraftedFile], found: Recognised) -> str:
    """Draft a configuration.

    Parameters
    ----------
    name
        Of format and sample sheet.
    files
        By name of the sample.
    found
        What the branches of the tree seem to be.

    Returns
    -------
    str
        YAML.
    """
    groups: dict[str, list[str]] = {"background": [], "signal": [], "data": []}
    for sample, one in files.items():
        groups[one.role].append(sample)
    channels = ", ".join(f"{sample}: [{sample}]" for sample in groups["background"])
    jets = ["ljet", *(["bjet"] if found.b_tag else [])] if "jet" in found.collections else []
    types = ", ".join(f"{t}: {SLOTS[t]}" for t in (*jets, *_list_leptons(found)))
    return f"""\
# Drafted: a small search that runs. Cuts, networks and luminosity are guessed.

title: {name.replace("_", " ")}
seed: 1

samples: config/{name}.tsv
ntuple_formats: config/ntuples

campaigns:
  all: {{luminosity: 1000}}  {GUESS}: pb^-1

selections:
  leptons:
    cuts:
      - {{name: two leptons, require: n_lep >= 2}}  {GUESS}
    channels: {{{channels}}}
    signals: [{_join(groups["signal"])}]
    data: [{_join(groups["data"])}]

sqrt_s: 13000  {GUESS}
representations:
  rmm: {{kind: rmm, types: [{types}]}}

megasets: {{number: 2}}

architectures:
  autoencoder:
    family: autoencoder
    optimiser: {{name: adam, learning_rate: 0.001}}
    epochs: 5
    batch_size: 128
    layers:
      - {{units: 50, activation: tanh}}
      - {{units: inputs, activation: leaky_relu}}

baselines:
  met: {{kind: met}}
  ht: {{kind: ht}}

scan:
  score_quantiles: [0.5, 0.9]
  met: {{start: 0, stop: 600, step: 20}}
  m_lll: {{start: 0, stop: 800, step: 25}}
  score: {{start: -5, stop: 3, step: 0.05}}
  background_uncertainty: 0.2  {GUESS}
"""


def _join(names: Sequence[str]) -> str:
    return ", ".join(names)


def write_drafts(folder: Path, name: str, texts: Mapping[str, str]) -> list[Path]:
    """Write drafts into a folder.

    Parameters
    ----------
    folder
        Where `config/` is, or will be.
    name
        Of the new files.
    texts
        `format`, `samples` and `config`.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ValueError
        If one of them is there already.
    """
    places = {
        "format": folder / "config" / "ntuples" / f"{name}.yaml",
        "samples": folder / "config" / f"{name}.tsv",
        "config": folder / "config" / f"{name}.yaml",
    }
    for path in places.values():
        if path.exists():
            raise ValueError(f"{path} is there already: give another --name, or another --folder")
    for kind, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[kind], encoding="utf-8")
    return list(places.values())
