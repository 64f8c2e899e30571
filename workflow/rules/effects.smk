# Estimates: one job a family of estimates, since imports cost more than a regression.


rule records:
    input:
        unpack(lambda wildcards: files_of_analysis(wildcards.analysis)),
        plan="analysis_plan.yaml",
        code=lambda wildcards: code("estimates", wildcards.analysis),
    output:
        records="<results>/estimates/{analysis}.parquet",
        table=report(
            "<results>/estimates/{analysis}.csv",
            caption="../captions/records.rst",
            category="Estimates",
            subcategory="Analyses",
            labels={"analysis": "{analysis}"},
        ),
        details="<results>/estimates/{analysis}.details.parquet",
        record="<results>/provenance/estimates/{analysis}.json",
    log:
        "<logs>/estimates/{analysis}.log",
    wildcard_constraints:
        analysis="[a-z_]+",
    params:
        settings=lambda wildcards: parts(*places.settings_of_analysis(wildcards.analysis)),
        env=lambda wildcards: env("estimates", wildcards.analysis),
        what=lambda wildcards: places.what("analyses", wildcards.analysis),
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
