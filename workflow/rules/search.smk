# Cuts on the score, significances behind them, and the table of all of them.


rule scan_cuts:
    """Scan cuts on the score, and on MET behind them, for one signal."""
    input:
        background=given(inputs.find_scores, "background"),
        signal=given(inputs.find_scores_of_signal),
        weight=fill(paths.SAMPLE, sample="{signal}"),
        shifted_backgrounds=given(systematics.list_shifted_scores, "background"),
        shifted_signals=given(systematics.list_shifted_scores_of_signal),
    output:
        paths.SCAN,
    log:
        name_log("scan_cuts/{selection}/{scorer}/{signal}"),
    benchmark:
        name_benchmark("scan_cuts/{selection}/{scorer}/{signal}")
    wildcard_constraints:
        signal=match_any(CONTEXT.signals),
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime=grow_with_events(CONTEXT, minutes=5),
    params:
        settings=asked(result_settings.describe_scan),
        code=script_code("scan_cuts.py"),
    script:
        "../scripts/scan_cuts.py"


rule summarise_scans:
    """Put the best cuts of all scans into one table."""
    input:
        inputs.list_all_scans(CONTEXT),
    output:
        json=paths.SUMMARY,
        csv=report(
            paths.SUMMARY_TABLE, category="Summary", labels={"table": "all scans"}
        ),
    log:
        name_log("summarise_scans"),
    benchmark:
        name_benchmark("summarise_scans")
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=asked(result_settings.describe_summary),
        code=script_code("summarise_scans.py"),
    script:
        "../scripts/summarise_scans.py"
