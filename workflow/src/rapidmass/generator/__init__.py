"""Simulated events: collisions, an ATLAS-like detector, triggers and the ntuples of an analysis.

Importing this needs neither Pythia nor FastJet; generating events does.
"""

from rapidmass.generator.production import generate
from rapidmass.generator.pseudodata import PseudoDataSource, draw_pseudo_data

__all__ = ["PseudoDataSource", "draw_pseudo_data", "generate"]
