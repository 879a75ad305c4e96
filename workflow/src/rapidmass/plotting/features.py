"""What figures and tables call features."""

from rapidmass.representations.rmm.layout import Layout

VARIABLES = {
    "met": r"$E_\mathrm{T}^\mathrm{miss}$",
    "ht": r"$H_\mathrm{T}$",
    "m_ll": r"$m_{\ell\ell}$",
    "m_lll": r"$m_{\ell\ell\ell}$",
    "lt": r"$L_\mathrm{T}$",
    "st": r"$S_\mathrm{T}$",
    **{f"pt_lep{k}": rf"$p_\mathrm{{T}}(\ell_{k})$" for k in (1, 2, 3)},
}  # all in GeV
WORDS = {
    "met": "missing transverse momentum",
    "ht": "scalar sum of pT",
    "m_ll": "mass of the two leading leptons",
    "m_lll": "mass of the three leading leptons",
    "lt": "scalar sum of the pT of the leptons",
    "st": "scalar sum of pT and MET",
    "pt_lep1": "pT of the leading lepton",
    "pt_lep2": "pT of the second lepton",
    "pt_lep3": "pT of the third lepton",
    "n_lep": "number of signal leptons",
    "multiplicity": "number of objects",
    "met_significance": "significance of the missing transverse momentum",
    "flavour": "flavours of the leptons",
}
OBJECTS = {"ljet": "light jet", "bjet": "b-jet", "ele": "electron", "muo": "muon"}


def label_feature(layout: Layout, name: str) -> str:
    """Label the axis of a feature, with its unit.

    Parameters
    ----------
    layout
        Layout of the matrix.
    name
        A cell, a variable, also one of the configuration, `n_<type>` or `flavour`.

    Returns
    -------
    str
        LaTeX between `$`.
    """
    if name in VARIABLES:
        return f"{VARIABLES[name]} [GeV]"
    if name == "flavour":
        return "Flavours of the leptons"
    if name == "met_significance":
        return r"Significance of $E_\mathrm{T}^\mathrm{miss}$"
    if name in ("n_lep", "multiplicity"):
        return WORDS[name].capitalize()
    kind, _, objects = name.partition("_")
    if kind == "n":
        return f"Number of {OBJECTS.get(objects, objects)}s"
    if name not in layout.cell_names:
        return name
    slots = objects.replace("_", ", ")
    thesis = layout.convention == "thesis"
    scaled = "[GeV]" if thesis else r"$/\sqrt{s}$"
    scale = f"{layout.angular_scale:g}"
    # a space before the closing bracket keeps a hyphen and a number apart
    return {
        "m": rf"$m$({slots}) {scaled}",
        "mT": rf"$m_\mathrm{{T}}$({slots}) {scaled}"
        if thesis
        else rf"$m_\mathrm{{T}}$($E_\mathrm{{T}}^\mathrm{{miss}}$, {slots}) {scaled}",
        "eT": rf"$m_\mathrm{{T}}$({slots}) {scaled}"
        if thesis
        else rf"$E_\mathrm{{T}}$({slots}) {scaled}",
        "deT": rf"Imbalance in ${'p' if thesis else 'E'}_\mathrm{{T}}$, {slots} and the one before",
        "hL": rf"{scale} (cosh $y$ − 1), {slots}",
        "h": rf"{scale} (cosh ($\Delta y$/2) − 1), {slots}",
    }[kind]


def describe_feature(layout: Layout, name: str) -> str:
    """Describe a feature in words, without formulas.

    Parameters
    ----------
    layout, name
        As for `label_feature`.

    Returns
    -------
    str
        `mass of ele0 and muo0`.
    """
    if name in WORDS:
        return WORDS[name]
    kind, _, objects = name.partition("_")
    if kind == "n":
        return f"number of {OBJECTS.get(objects, objects)}s"
    if name not in layout.cell_names:
        return f"the variable {name}"
    slots = objects.replace("_", " and ")
    thesis = layout.convention == "thesis"
    return {
        "m": f"mass of {slots}",
        "mT": f"transverse mass of {slots}{'' if thesis else ' with MET'}",
        "eT": f"transverse {'mass' if thesis else 'energy'} of {slots}",
        "deT": f"imbalance in {'pT' if thesis else 'ET'} of {slots} and the one before",
        "hL": f"rapidity of {slots}",
        "h": f"rapidity difference of {slots}",
    }[kind]
