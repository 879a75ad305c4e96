# Files on servers are fetched as a whole where `files.cache` names a folder for them.


rule fetch_ntuple:
    """Fetch one ROOT file from its server, and check its size and checksum."""
    output:
        f"{FETCH_FOLDER}/{{sample}}/{{part}}.root",
    log:
        "logs/fetch_ntuple/{sample}/{part}.log",
    benchmark:
        "logs/benchmarks/fetch_ntuple/{sample}/{part}.jsonl"
    wildcard_constraints:
        sample=any_of(FETCHED),
    conda:
        "../../envs/cpu.yaml"
    resources:
        mem_mb=grow(500),
        runtime="8h",
        downloads=1,
    params:
        settings=fetch_settings,
        code=script_code("fetch_ntuple.py"),
        source=describe_origin,
        keep_bad=CONFIG.files.bad_files == "quarantine",
    script:
        "../scripts/fetch_ntuple.py"
