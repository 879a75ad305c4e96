"""Groups of events that checks tell apart."""

CLASSES = {"background": False, "signal": True}
PARTS = {"trained": True, "unseen": False}
SHAPES = (1.0, 0.1, 0.01)  # background efficiencies of cuts behind which shapes are compared
