"""What taggers are called: behind an @ stands the selection that one was trained on."""

from rapidmass.plotting.style import Frame


def split_name(name: str) -> tuple[str, str | None]:
    """Split the name of a tagger: its own, and the other selection that it was trained on."""
    tagger, _, other = name.partition("@")
    return tagger, other or None


def label_tagger(frame: Frame, name: str) -> str:
    """Name a tagger in words."""
    tagger, other = split_name(name)
    label = frame.get_label(tagger)
    return f"{label}, trained on {other.replace('_', ' ')}" if other else label
