"""Small networks, trained and exported, for tests of what is done with them."""

from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.scores.write import NetworkScorer, write_scores


def export_network(folder, architecture, megaset):
    """Train a network on one megaset and export it into a folder."""
    scaling = architecture.scaling or ScalingSettings()
    trained = train(
        [megaset],
        fit_scaler([megaset], scaling, validation_fraction=0.2),
        architecture,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.2,
        checkpoint=folder / f"{architecture.family}.pt",
        name=architecture.family,
        selection="lep",
        code="c0de",
    )
    path = folder / f"{architecture.family}.onnx"
    export_onnx(trained, path, provenance={})
    return path


def score_network(model, architecture, sources, output):
    """Score events with an exported network."""
    scorer = NetworkScorer(model, architecture.score_names, threads=1)
    write_scores(scorer, sources, output, provenance={})
    return output
