# One page that tells everything.


rule write_report:
    """Write the report: one page, with every figure in it."""
    input:
        **reporting.list_inputs(CONTEXT),
    output:
        report(paths.REPORT, category="Summary", labels={"table": "report"}),
    log:
        name_log("write_report"),
    benchmark:
        name_benchmark("write_report")
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="30m",
    params:
        settings=asked(reporting.describe_report),
        code=script_code("write_report.py"),
    script:
        "../scripts/write_report.py"
