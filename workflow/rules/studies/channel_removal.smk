# Channel removal: one background channel as if it were a signal, by networks that never saw it.

from jobs.studies import channel_removal


rule measure_removal:
    """Measure how well a network finds a channel that it was not trained on."""
    input:
        full=given(inputs.find_scores_of_one, "background"),
        without=fill(
            paths.SCORES,
            model="{architecture}-without-{channel}",
            dataset="background",
        ),
    output:
        paths.REMOVAL,
    log:
        name_log("measure_removal/{selection}/{architecture}/{channel}"),
    benchmark:
        name_benchmark("measure_removal/{selection}/{architecture}/{channel}")
    wildcard_constraints:
        channel=match_any(channel_removal.list_all_channels(CONTEXT)),
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=5),
    params:
        settings=asked(channel_removal.describe_removal),
        code=script_code("measure_removal.py"),
    script:
        "../../scripts/measure_removal.py"


rule measure_baseline_removal:
    """Measure how well a baseline tells each channel from the rest of the background."""
    input:
        full=fill(paths.SCORES, model="{baseline}", dataset="background"),
    output:
        paths.BASELINE_REMOVAL,
    log:
        name_log("measure_baseline_removal/{selection}/{baseline}"),
    benchmark:
        name_benchmark("measure_baseline_removal/{selection}/{baseline}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(1500),
        runtime=grow_with_events(CONTEXT, minutes=5),
    params:
        settings=asked(channel_removal.describe_baseline_removal),
        code=script_code("measure_removal.py"),
    script:
        "../../scripts/measure_removal.py"
