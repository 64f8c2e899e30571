# Estimates: one job a family of estimates, since imports cost more than a regression.


rule records:
    input:
        unpack(lambda wildcards: files_of_analysis(wildcards.analysis)),
        plan="analysis_plan.yaml",
        code=lambda wildcards: code("estimates", wildcards.analysis),
    output:
        records="<results>/estimates/{analysis}.parquet",
        table="<results>/estimates/{analysis}.csv",
        details="<results>/estimates/{analysis}.details.parquet",
        record="<results>/provenance/estimates/{analysis}.json",
    log:
        "<logs>/estimates/{analysis}.log",
    wildcard_constraints:
        analysis="[a-z_]+",
    params:
        settings=lambda wildcards: parts(*places.settings_of_analysis(wildcards.analysis)),
        env=lambda wildcards: env("estimates", wildcards.analysis),
        inputs=lambda wildcards: keyed(files_of_analysis(wildcards.analysis)),
    shell:
        "fij-eval estimates {wildcards.analysis:q}"
        " {params.inputs:q}"
        " --plan {input.plan:q}"
        " --output {output.records:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule records"
        " --log {log:q}"
