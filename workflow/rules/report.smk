# One page that tells everything.


rule write_report:
    """Write the report: one page, with every figure in it."""
    input:
        template=str(LIBRARY / "rapidmass" / "report" / "template.html.j2"),
        cutflows=[
            f"results/{selection}/{SHOWN}/shards/{sample}/{part}.cutflow.json"
            for selection in SELECTIONS
            for sample in list_selected(selection)
            for part in PARTS[sample]
        ],
        checked=expand(rules.collect_cutflows.output, selection=SELECTIONS)
        + [check for selection in SELECTIONS for check in list_data_checks(selection)]
        + list_quarantine_checks(),
        verdicts=[path for sample in USED for path in list_verdicts(sample)],
        losses=list_losses(),
        weights=[f"results/samples/{sample}.json" for sample in USED],
        compositions=expand(rules.measure_composition.output, selection=SELECTIONS),
        matrices=expand(rules.draw_matrices.output, selection=WITH_MATRICES),
        cards=[f"results/{s}/models/{a}/card.json" for s, a in RUNS],
        figures=[f"results/{s}/figures/{a}" for s, a in RUNS],
        scans=[f"results/{s}/scans/{a}/{signal}.json" for s, a, signal in SCANS],
        sections=[f"results/{s}/sections/{study}" for s, study in SECTIONS],
    output:
        report(
            "results/report/index.html", category="Summary", labels={"table": "report"}
        ),
    log:
        "logs/write_report.log",
    benchmark:
        "logs/benchmarks/write_report.jsonl"
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=grow(1500),
        runtime="30m",
    params:
        settings=report_settings,
        code=script_code("write_report.py"),
    script:
        "../scripts/write_report.py"
