"""Where files keep the sum of weights of a sample."""

from dataclasses import dataclass

KINDS = {"file": 0, "branch": 1, "sum": 2, "histogram": 2}  # and how many names each takes


@dataclass(frozen=True)
class StoredSum:
    """Where files keep the sum of weights of a sample: what its column `sum_of_weights` says.

    Parameters
    ----------
    kind
        `sum`: entries of a tree, to be added over entries and files; `histogram`: a bin, to be
        added over files; `branch`: a constant in the events; `file`: the constant that the ntuple
        format knows.
    names
        Of tree and branch, of histogram and bin, of the branch, or none.
    """

    kind: str
    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "StoredSum":
        """Read what the sample sheet says.

        Parameters
        ----------
        text
            `sum:<tree>:<branch>`, `histogram:<name>:<bin>`, `branch:<branch>` or `file`.

        Returns
        -------
        StoredSum
            What it means.

        Raises
        ------
        ValueError
            If it is none of these.
        """
        kind, *names = text.split(":")
        if KINDS.get(kind) != len(names) or not all(names):
            raise ValueError(
                f"sum of weights {text!r} is neither a number, nor sum:<tree>:<branch>, "
                "histogram:<name>:<bin>, branch:<branch> or file"
            )
        return cls(kind, tuple(names))

    @property
    def text(self) -> str:
        """What the sample sheet says."""
        return ":".join((self.kind, *self.names))

    @property
    def is_added(self) -> bool:
        """Whether each file has a share of the sum, so that files that are left out lack in it."""
        return self.kind in ("sum", "histogram")
