"""What is changed in Snakemake's settings, and what is not."""

import pytest
from snakemake.cli import get_argument_parser
from snakemake.settings.types import MaxJobsPerTimespan, SchedulingSettings

from reruns.persistence import _drop_rate_limit

DEFAULT = get_argument_parser().get_default("max_jobs_per_timespan")


@pytest.mark.parametrize(("limit", "stays"), [(DEFAULT, False), ("50/1m", True)])
def test_the_default_limit_of_starts_is_dropped_and_no_other(limit, stays):
    limit = MaxJobsPerTimespan.parse_choice(limit)
    settings = SchedulingSettings(max_jobs_per_timespan=limit)
    _drop_rate_limit(settings)
    assert settings.max_jobs_per_timespan is (limit if stays else None)
