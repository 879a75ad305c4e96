# Cuts by hand, and what is left behind them.

from jobs.studies import cut_and_count


rule count_behind_cuts:
    """Count background and signals behind cuts by hand."""
    input:
        background=given(cut_and_count.list_background),
        signals=given(cut_and_count.list_signals),
        weights=given(inputs.list_signal_weights),
    output:
        paths.CUT_AND_COUNT,
    log:
        name_log("count_behind_cuts/{selection}"),
    benchmark:
        name_benchmark("count_behind_cuts/{selection}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(1000),
    params:
        settings=asked(cut_and_count.describe_counts),
        code=script_code("count_behind_cuts.py"),
    script:
        "../../scripts/count_behind_cuts.py"
