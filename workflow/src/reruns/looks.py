"""Looks at SLURM's queue that lose no job, whether the controller answers or not."""

from typing import Any

from snakemake.logging import logger


def keep_jobs(job_age: float) -> None:
    """Make Snakemake's executor go on with its jobs when SLURM does not answer.

    Left alone, it asks the controller at each look how long ended jobs are shown. Without an answer
    it turns to `sacct`; and of jobs whose states nobody tells it hears no more, so that the run
    never ends.

    Parameters
    ----------
    job_age
        Seconds for which ended jobs are shown, as the controller said once.
    """
    import snakemake_executor_plugin_slurm as plugin

    ask = plugin.query_job_status

    async def ask_again(command: str, log: Any) -> tuple[dict[str, str], float]:
        states, seconds = await ask(command, log)
        if states is None:
            logger.warning("SLURM does not tell the states of jobs: asking again later.")
            return {}, 0.0  # jobs of unknown state are looked at again
        return states, seconds

    plugin.query_job_status = ask_again
    plugin.get_min_job_age = lambda: job_age
