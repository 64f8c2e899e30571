# Estimates: one job a family of specifications, since imports cost more than a regression.


rule records:
    input:
        panel="<processed>/panel.parquet",
        code=code("estimates"),
    output:
        records="<results>/estimates/{analysis}.parquet",
        table="<results>/estimates/{analysis}.csv",
        record="<results>/provenance/estimates/{analysis}.json",
    log:
        "<logs>/estimates/{analysis}.log",
    params:
        settings=parts("specifications", "windows", "sample", "network", "inference", "seed"),
        env=env("estimates"),
    shell:
        "fij-eval estimates {wildcards.analysis:q}"
        " --panel {input.panel:q}"
        " --output {output.records:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule records"
        " --log {log:q}"
