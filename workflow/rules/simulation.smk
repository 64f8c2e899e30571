# Worlds with a known truth: scatter over portions of replications, gather into one summary, and what
# the panel's own noise lets one detect. `snakemake bench`; settings: part `bench` of config.yaml.
#
# A portion is a file of its own, written whole, and its numbers depend on the seed and the numbers of
# its replications alone: a bench that was stopped goes on where it was.


rule bench_batch:
    input:
        reference=reference("bench"),
        register=SETTINGS.data.register_file,
        code=code("bench"),
    output:
        records="<bench>/batches/{family}/{first}-{last}.parquet",
        record="<bench>/provenance/{family}/{first}-{last}.json",
    log:
        "logs/bench/{family}/{first}-{last}.log",
    wildcard_constraints:
        family="[a-z0-9_]+",
        first="[0-9]{5}",
        last="[0-9]{5}",
    group:
        "bench"
    resources:
        mem_mb=1500,
    params:
        settings=parts("seed"),
        env=env("bench"),
        reference=lambda wildcards, input: Path(input.reference[0]).parent.as_posix(),
        begin=lambda wildcards: int(wildcards.first),
        size=lambda wildcards: int(wildcards.last) - int(wildcards.first) + 1,
    shell:
        "fij-eval bench-batch {wildcards.family:q}"
        " --first {params.begin:q}"
        " --count {params.size:q}"
        " --output {output.records:q}"
        " --reference {params.reference:q}"
        " --register {input.register:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule bench_batch"
        " --log {log:q}"


rule bench_summary:
    input:
        batches=bench_batches(),
        code=code("bench-summary"),
    output:
        summary="<bench>/summary.csv",
        record="<bench>/provenance/summary.json",
    log:
        "logs/bench/summary.log",
    params:
        env=env("bench-summary"),
    shell:
        "fij-eval bench-summary {input.batches:q}"
        " --output {output.summary:q}"
        " --record {output.record:q}"
        " --rule bench_summary"
        " --log {log:q}"


rule power:
    input:
        panel="<processed>/panel.parquet",
        bench="data/reference/bench.csv",
        code=code("power"),
    output:
        table=multiext("<results>/power/power", ".parquet", ".csv", ".md", ".svg"),
        record="<results>/provenance/power.json",
    log:
        "<logs>/power.log",
    params:
        settings=parts("sample", "network", "windows", "inference", "robustness", "seed"),
        env=env("power"),
        output=lambda wildcards, output: output.table[0],
    shell:
        "fij-eval power"
        " --panel {input.panel:q}"
        " --bench {input.bench:q}"
        " --output {params.output:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule power"
        " --log {log:q}"
