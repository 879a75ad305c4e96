"""What the study of altered events finds, for tests of its figures and words."""

FACTORS = (1.5, 3.0, 10.0)
EDGES = [0.0, 1.0, 2.0, 3.0, 4.0]


def make_study(scorer, strength=0.1):
    """One scorer; the alteration by 10 left too little to say anything."""
    scaled = {"kind": "scale_pt", "objects": ["ele", "muo"], "which": "leading", "recoil_met": True}
    kinds = [(f"lepton_pt_x{factor:g}", "lepton_pt", scaled, factor) for factor in FACTORS]
    kinds += [("shuffled", "shuffled", {"kind": "shuffle"}, None)]
    kinds += [("noise", "noise", {"kind": "noise", "multiplicities": "drawn"}, None)]
    entries = []
    for k, (label, name, settings, factor) in enumerate(kinds):
        undefined = factor == 10
        values = [0.0] * 4 if undefined else [10.0 + k, 5.0, 2.0, 1.0]
        auc = 0.5 + strength * k / 2
        entries.append(
            {
                "label": label,
                "name": name,
                "settings": settings,
                "factor": factor,
                "events": 0 if undefined else 1000 + k,
                "expected": 50.0,
                "effective": 0.0 if undefined else 900.0,
                "shape": {"values": values, "variances": [1.0] * 4},
                "auc": None if undefined else auc,
                "auc_uncertainty": None if undefined else 0.0123,
                "efficiencies": [
                    {
                        "background_efficiency": share,
                        "threshold": None if undefined else 3.0,
                        "efficiency": None if undefined else share * (2 + k),
                        "low": None if undefined else share * (1 + k),
                        "high": None if undefined else share * (3 + k),
                    }
                    for share in (0.01, 0.001)
                ],
            }
        )
    test = {"events": 5000, "expected": 60.0, "effective": 4000.0}
    shape = {"values": [40.0, 10.0, 2.0, -0.1], "variances": [1.0] * 4}
    return {
        "scorer": scorer,
        "test": {**test, "shape": shape},
        "edges": EDGES,
        "alterations": entries,
    }
