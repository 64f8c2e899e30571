# Figures, tables, numbers of the prose, the manifest, and the documents.


rule figure:
    input:
        unpack(lambda wildcards: files_of("figures", wildcards.name)),
        code=lambda wildcards: code("figure", wildcards.name),
    output:
        picture="<results>/figures/{language}/{name}.svg",
        data="<results>/figures/{language}/{name}.csv",
        words="<results>/figures/{language}/{name}.json",
        record="<results>/provenance/figures/{language}/{name}.json",
    params:
        settings=parts("network", "sample"),
        env=lambda wildcards: env("figure", wildcards.name),
        inputs=lambda wildcards: keyed(files_of("figures", wildcards.name)),
    log:
        "<logs>/figures/{language}/{name}.log",
    shell:
        "fij-eval figure {wildcards.name:q}"
        " --language {wildcards.language:q}"
        " {params.inputs:q}"
        " --output {output.picture:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule figure"
        " --log {log:q} 2> {log:q}"


rule table:
    input:
        unpack(lambda wildcards: files_of("tables", wildcards.name)),
        code=lambda wildcards: code("table", wildcards.name),
    output:
        data="<results>/tables/{language}/{name}.csv",
        words="<results>/tables/{language}/{name}.json",
        record="<results>/provenance/tables/{language}/{name}.json",
    params:
        settings=parts("network", "sample"),
        env=lambda wildcards: env("table", wildcards.name),
        inputs=lambda wildcards: keyed(files_of("tables", wildcards.name)),
    log:
        "<logs>/tables/{language}/{name}.log",
    shell:
        "fij-eval table {wildcards.name:q}"
        " --language {wildcards.language:q}"
        " {params.inputs:q}"
        " --output {output.data:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule table"
        " --log {log:q} 2> {log:q}"
