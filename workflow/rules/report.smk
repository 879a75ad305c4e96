# What everything comes to: pages, and one file with all of them.


rule write_report:
    """Write the report: its pages, and a single file to be sent."""
    input:
        **reporting.list_inputs(CONTEXT),
    output:
        first=paths.REPORT,
        pages=directory(paths.REPORT_PAGES),
        single=report(paths.REPORT_FILE, category="Summary", labels={"table": "report"}),
        headlines=paths.HEADLINES,
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
        start=given(reporting.describe_start),
        code=script_code("write_report.py"),
    script:
        "../scripts/write_report.py"


rule export:
    """Write the run for HEPData, ROOT and pyhf, the main figures as one PDF, networks for others."""
    input:
        first=rules.write_report.output.first,
        summary=rules.summarise_scans.output,
        products=reporting.list_deliverables(CONTEXT),
        templates=reporting.list_templates(CONTEXT),
    output:
        directory(paths.EXPORT),
    log:
        name_log("export"),
    benchmark:
        name_benchmark("export")
    conda:
        "../../envs/export.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="30m",
    params:
        settings=asked(reporting.describe_export),
        code=given(digest_export),
    script:
        "../scripts/export_results.py"
