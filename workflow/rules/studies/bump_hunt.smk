# Bumps in a mass, sought behind cuts that data alone decide.

from jobs.studies import bump_hunt


rule hunt_bump:
    """Tell a signal region from its sidebands, and score data."""
    input:
        data=given(bump_hunt.list_data),
        signals=given(bump_hunt.list_signals),
        background=given(bump_hunt.list_background),
        weights=given(bump_hunt.list_weights),
        checked=given(inputs.find_data_check),
    output:
        found=paths.BUMP_WINDOW,
        scores=paths.BUMP_SCORES,
    log:
        name_log("hunt_bump/{selection}/{window}"),
    benchmark:
        name_benchmark("hunt_bump/{selection}/{window}")
    wildcard_constraints:
        window=r"\d+",
    conda:
        "../../../envs/gpu.yaml"
    threads: CONTEXT.config.training.threads
    resources:
        mem_mb=grow(3000),
        runtime="4h",
    params:
        settings=asked(bump_hunt.describe_window),
        code=given(bump_hunt.digest_window),
    script:
        "../../scripts/hunt_bump.py"


rule measure_bumps:
    """Fit the spectra behind all cuts, and find the p-value of the whole hunt."""
    input:
        found=given(bump_hunt.list_found, paths.BUMP_WINDOW),
        scores=given(bump_hunt.list_found, paths.BUMP_SCORES),
    output:
        paths.BUMP_HUNT,
    log:
        name_log("measure_bumps/{selection}"),
    benchmark:
        name_benchmark("measure_bumps/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(3000),
        runtime="2h",
    params:
        settings=asked(bump_hunt.describe_measurement),
        code=script_code("measure_bumps.py"),
    script:
        "../../scripts/measure_bumps.py"
