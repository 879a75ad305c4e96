"""Reading of ROOT ntuples: formats, expressions, objects, selections, sums of weights."""
