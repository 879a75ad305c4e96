# Cuts on the score, significances behind them, and the table of all of them.


rule scan_cuts:
    """Scan cuts on the score, and on MET behind them, for one signal."""
    input:
        background=scores_of_background,
        signal=scores_of_signal,
        weight="results/samples/{signal}.json",
        shifted_backgrounds=shifted_scores_of_background,
        shifted_signals=shifted_scores_of_signal,
    output:
        "results/{selection}/scans/{scorer}/{signal}.json",
    log:
        "logs/scan_cuts/{selection}/{scorer}/{signal}.log",
    benchmark:
        "logs/benchmarks/scan_cuts/{selection}/{scorer}/{signal}.jsonl"
    wildcard_constraints:
        signal=any_of(SIGNALS),
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="30m",
    params:
        settings=scan_settings,
        code=script_code("scan_cuts.py"),
    script:
        "../scripts/scan_cuts.py"


rule summarise_scans:
    """Put the best cuts of all scans into one table."""
    input:
        [
            f"results/{selection}/scans/{scorer}/{signal}.json"
            for selection, scorer, signal in SCANS
        ],
    output:
        json="results/summary.json",
        csv=report(
            "results/summary.csv", category="Summary", labels={"table": "all scans"}
        ),
    log:
        "logs/summarise_scans.log",
    benchmark:
        "logs/benchmarks/summarise_scans.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(500),
        runtime="10m",
    params:
        settings=write_canonical({"scans": ["/".join(scan) for scan in SCANS]}),
        code=script_code("summarise_scans.py"),
    script:
        "../scripts/summarise_scans.py"
