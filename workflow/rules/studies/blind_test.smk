# Signals hidden among data.

from jobs.studies import blind_test


rule mix_blind:
    """Put signal events in the place of some data, and seal what each event is."""
    input:
        data=given(inputs.list_data_to_mix),
        checked=given(inputs.find_data_check),
        signals=given(blind_test.list_signals_to_mix),
    output:
        events=paths.MIXTURE,
        labels=paths.LABELS,
    log:
        name_log("mix_blind/{selection}/{representation}"),
    benchmark:
        name_benchmark("mix_blind/{selection}/{representation}")
    conda:
        "../../../envs/cpu.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="2h",
    params:
        settings=asked(blind_test.describe_mixture),
        code=script_code("mix_blind.py"),
    script:
        "../../scripts/mix_blind.py"


rule study_blind:
    """Look for an excess in the scores of the mixture; after unblinding, say what it was."""
    input:
        background=given(inputs.find_scores, "background"),
        shifted=given(blind_test.list_shifted),
        mixture=given(inputs.find_scores, "blind"),
        labels=given(blind_test.list_labels),
        data=given(blind_test.list_unmixed),
        data_weights=given(inputs.list_corrections_of_data),
    output:
        paths.BLIND,
    log:
        name_log("study_blind/{selection}/{scorer}"),
    benchmark:
        name_benchmark("study_blind/{selection}/{scorer}")
    conda:
        "../../../envs/report.yaml"
    resources:
        mem_mb=grow(2000),
        runtime="1h",
    params:
        settings=asked(blind_test.describe_study),
        code=script_code("study_blind.py"),
    script:
        "../../scripts/study_blind.py"
