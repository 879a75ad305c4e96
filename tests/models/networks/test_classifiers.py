"""Networks that are told what events are: losses, and masses that tell nothing by themselves."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from labelled_events import make_classifier, make_parametrised
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.statistics.roc import compute_auc

INPUTS = 5
MASSES = {"s": 200.0, "t": 400.0, "u": 800.0}


def build(settings):
    torch.manual_seed(1)
    network = build_network(settings, (), INPUTS)
    network.seed_noise(1)
    return network


def draw(n, labels):
    numbers = torch.Generator().manual_seed(0)
    x = torch.randn((n, INPUTS), generator=numbers)
    mask = (torch.rand((n, INPUTS), generator=numbers) < 0.5).float()
    return Inputs(x, mask, None, torch.tensor(labels, dtype=torch.float32).repeat(n // len(labels)))


def test_the_loss_is_the_cross_entropy():
    network, inputs = build(make_classifier()), draw(30, [0, 1, 1])
    logit = network.describe_events(inputs.x, inputs.mask)["score_logit"]
    losses = network.compute_losses(inputs)
    torch.testing.assert_close(losses.total, cross_entropy(logit, inputs.label, reduction="none"))
    assert losses.reconstruction is None
    assert losses.divergence is None


def test_the_loss_is_that_at_the_mass_of_the_signal():
    network, inputs = build(make_parametrised(MASSES)), draw(30, [1, 2, 3])
    described = network.describe_events(inputs.x, inputs.mask)
    assert list(described) == ["score_logit_at_200", "score_logit_at_400", "score_logit_at_800"]
    logits = torch.stack(list(described.values()))
    mine = logits[inputs.label.long() - 1, torch.arange(30)]
    expected = cross_entropy(mine, torch.ones(30), reduction="none")
    torch.testing.assert_close(network.compute_losses(inputs).total, expected)
    assert not torch.allclose(logits[0], logits[1])


@pytest.mark.parametrize("settings", [make_classifier(), make_parametrised(MASSES)])
@pytest.mark.parametrize("missing", ["mask", "label"])
def test_what_is_needed_is_asked_for(settings, missing):
    network = build(settings)
    with pytest.raises(ValueError, match="needs to know what events are"):
        network.compute_losses(draw(30, [0, 1])._replace(**{missing: None}))


def test_the_mass_by_itself_tells_nothing():
    """Background is told each mass as often as signals, whose sums of weights are equal."""
    network = build(make_parametrised({**MASSES, "v": 200.0}))
    events = {0: 40_000, 1: 5000, 2: 100, 3: 1000, 4: 300}
    label = torch.tensor(np.repeat(list(events), list(events.values())), dtype=torch.float32)
    weight = np.repeat([1.0, *(10_000 / events[k] for k in (1, 2, 3, 4))], list(events.values()))
    mass = network.draw_masses(label).numpy()
    told = label.numpy() > 0
    for value, share in ((mass.min(), 0.5), (mass.max(), 0.25)):
        assert np.mean(mass[~told] == value) == pytest.approx(share, abs=0.01)
    auc = compute_auc(mass[~told], weight[~told], mass[told], weight[told])
    assert auc.value == pytest.approx(0.5, abs=0.01)


def test_masses_are_drawn_anew_and_the_same_for_the_same_seed():
    network = build(make_parametrised(MASSES))
    label = torch.zeros(1000)
    first, second = network.draw_masses(label), network.draw_masses(label)
    assert 0.2 < (first == second).float().mean() < 0.5
    network.seed_noise(1)
    assert torch.equal(network.draw_masses(label), first)
