"""The `studies` block: what is done beside the scans. Each study can be on or off."""

from pydantic import Field

from rapidmass.config.base import Section
from rapidmass.config.studies.altered_events import AlteredEvents
from rapidmass.config.studies.base import Known, Study
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.config.studies.calibration import Calibration
from rapidmass.config.studies.channel_removal import ChannelRemoval
from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.config.studies.cut_and_count import CutAndCount
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.config.studies.event_displays import EventDisplays
from rapidmass.config.studies.fits import Fits
from rapidmass.config.studies.jet_images import JetImages
from rapidmass.config.studies.latent_space import LatentSpace
from rapidmass.config.studies.megaset_number import MegasetNumber
from rapidmass.config.studies.seeds import Seeds
from rapidmass.config.studies.sensitivity import Sensitivity
from rapidmass.config.studies.taggers import Taggers
from rapidmass.config.studies.trainings import Trainings
from rapidmass.config.studies.tree_tuning import TreeTuning
from rapidmass.config.studies.tuning import Tuning
from rapidmass.config.studies.two_sample import TwoSample


class Studies(Section):
    """Studies, each with a section of its own in the report."""

    fits: Fits = Field(
        Fits(),
        description="Binned fits of the signals: significances, and upper limits on their cross "
        "sections.",
    )
    sensitivity: Sensitivity = Field(
        Sensitivity(), description="What each score finds of all signals together."
    )
    cut_and_count: CutAndCount = Field(
        CutAndCount(), description="Cuts by hand, and what is left behind them."
    )
    trainings: Trainings = Field(
        Trainings(),
        description="Every classifier against every signal, also those that it was not told of.",
    )
    classifier_checks: ClassifierChecks = Field(
        ClassifierChecks(),
        description="Overtraining, calibration, importance of features, and what cuts leave.",
    )
    data_comparison: DataComparison = Field(
        DataComparison(), description="Data against simulation, feature by feature."
    )
    two_sample: TwoSample = Field(
        TwoSample(), description="Data against simulation in all features at once."
    )
    bump_hunt: BumpHunt = Field(
        BumpHunt(), description="Bumps in a mass, sought behind cuts that data alone decide."
    )
    channel_removal: ChannelRemoval = Field(
        ChannelRemoval(), description="Networks without one background channel, which is sought."
    )
    seeds: Seeds = Field(Seeds(), description="The same networks with other seeds.")
    megaset_number: MegasetNumber = Field(
        MegasetNumber(), description="The same events in more or fewer megasets."
    )
    altered_events: AlteredEvents = Field(
        AlteredEvents(),
        description="Test events altered before models see them, and how they score.",
    )
    event_displays: EventDisplays = Field(
        EventDisplays(),
        description="Single simulated events, differences of mean matrices, and which cells make "
        "events anomalous.",
    )
    jet_images: JetImages = Field(
        JetImages(),
        description="Images of jets that autoencoders give back: how well, in how few bytes, and "
        "of which jets badly.",
    )
    taggers: Taggers = Field(
        Taggers(), description="How much background classifiers reject, by momentum."
    )
    latent_space: LatentSpace = Field(
        LatentSpace(), description="Maps of the latent space of networks that have one."
    )
    blind_test: BlindTest = Field(
        BlindTest(),
        description="Signals hidden among simulated events, and which tests find them.",
    )
    calibration: Calibration = Field(
        Calibration(), description="Whether p-values and intervals mean what they say."
    )
    tuning: Tuning = Field(
        Tuning(), description="Networks of other shapes, compared by their loss on background."
    )
    tree_tuning: TreeTuning = Field(
        TreeTuning(),
        description="Boosted trees with other settings, compared by their loss in inner folds.",
    )

    def list_enabled(self, config: Known, selection: str) -> list[str]:
        """List the studies that are done in a selection, in the order of the report.

        Parameters
        ----------
        config
            Where the selections are.
        selection
            Which.

        Returns
        -------
        list of str
            Their keys.
        """
        enabled = []
        for key in type(self).model_fields:
            study: Study = getattr(self, key)
            if study.enabled and selection in study.list_selections(config):
                enabled.append(key)
        return enabled

    def check(self, config: Known) -> None:
        """Check that what studies name exists.

        Parameters
        ----------
        config
            Where it must be.

        Raises
        ------
        ValueError
            If it is nowhere; the message names the key.
        """
        for key in type(self).model_fields:
            study: Study = getattr(self, key)
            study.check(config)
