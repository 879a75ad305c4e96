"""Networks that follow a combination of scores, and can be exported as one."""

from torch import Tensor

from rapidmass.config.models.student import Student
from rapidmass.models.networks.base import Inputs, Losses
from rapidmass.models.networks.logit import LogitNetwork

SETTINGS = Student


class StudentNetwork(LogitNetwork):
    """Layers from scaled elements, and which of them are present, to one number.

    Parameters
    ----------
    settings
        Hidden layers, and how much rare events count.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("rarity",)

    def __init__(self, settings: Student, n_inputs: int) -> None:
        super().__init__(settings.layers, n_inputs)
        self.tail, self.deepest = settings.tail, settings.deepest

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the squared difference to the combined score, rare events enlarged.

        The factor p^-tail (1 - tail) has a mean of 1 where p is uniform, as it is on background.
        Beyond `deepest`, the score is followed by deepest + log(1 + score - deepest), and the
        factor stays.
        """
        if inputs.mask is None or inputs.label is None:
            raise ValueError("this family needs scores to follow, and which elements exist")
        found = self.compute_logit(self.hide(inputs.x, inputs.mask))
        known = inputs.label.clamp(max=self.deepest)
        factor = (1 - self.tail) * 10 ** (self.tail * known)
        followed = known + (inputs.label - known).log1p()
        loss = factor * (found - followed).square()
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the score; latent: the last layer."""
        latent = self.hide(x, mask)
        return {"score_rarity": self.compute_logit(latent), "latent": latent}


NETWORK = StudentNetwork
