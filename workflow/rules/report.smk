# Figures, tables, numbers of the prose, the manifest, and the documents.


rule figure:
    input:
        unpack(lambda wildcards: files_of("figures", wildcards.name)),
        code=lambda wildcards: code("figure", wildcards.name),
    output:
        picture=report(
            "<results>/figures/{language}/{name}.svg",
            caption="../captions/figure.rst",
            category="Figures",
            subcategory="{language}",
            labels={"figure": "{name}", "language": "{language}"},
        ),
        data="<results>/figures/{language}/{name}.csv",
        words="<results>/figures/{language}/{name}.json",
        record="<results>/provenance/figures/{language}/{name}.json",
    log:
        "<logs>/figures/{language}/{name}.log",
    params:
        settings=parts("network", "sample"),
        env=lambda wildcards: env("figure", wildcards.name),
        what=lambda wildcards: places.what("figures", wildcards.name),
        inputs=lambda wildcards: keyed(files_of("figures", wildcards.name)),
    shell:
        "fij-eval figure {wildcards.name:q}"
        " --language {wildcards.language:q}"
        " {params.inputs:q}"
        " --output {output.picture:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule figure"
        " --log {log:q}"


rule table:
    input:
        unpack(lambda wildcards: files_of("tables", wildcards.name)),
        code=lambda wildcards: code("table", wildcards.name),
    output:
        data=report(
            "<results>/tables/{language}/{name}.csv",
            caption="../captions/table.rst",
            category="Tables",
            subcategory="{language}",
            labels={"table": "{name}", "language": "{language}"},
        ),
        words="<results>/tables/{language}/{name}.json",
        record="<results>/provenance/tables/{language}/{name}.json",
    log:
        "<logs>/tables/{language}/{name}.log",
    params:
        settings=parts("network", "sample"),
        env=lambda wildcards: env("table", wildcards.name),
        what=lambda wildcards: places.what("tables", wildcards.name),
        inputs=lambda wildcards: keyed(files_of("tables", wildcards.name)),
    shell:
        "fij-eval table {wildcards.name:q}"
        " --language {wildcards.language:q}"
        " {params.inputs:q}"
        " --output {output.data:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule table"
        " --log {log:q}"


rule numbers:
    input:
        unpack(lambda wildcards: files_of_numbers()),
        code=code("numbers"),
    output:
        strings="<results>/numbers/{language}.json",
        record="<results>/provenance/numbers/{language}.json",
    log:
        "<logs>/numbers/{language}.log",
    params:
        settings=parts_of_numbers(),
        env=env("numbers"),
        inputs=lambda wildcards: keyed(files_of_numbers()),
    shell:
        "fij-eval numbers"
        " --language {wildcards.language:q}"
        " {params.inputs:q}"
        " --output {output.strings:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule numbers"
        " --log {log:q}"


rule manifest:
    input:
        records=records_of_jobs(),
        code=code("manifest"),
        last=sorted({file for verb in places.LAST_VERBS for file in code(verb)}),
    output:
        manifest=report(
            "<results>/manifest.json",
            caption="../captions/manifest.rst",
            category="Provenance",
            subcategory="Manifest",
            labels={"file": "manifest.json"},
        ),
    log:
        "<logs>/manifest.log",
    params:
        settings=parts_of_manifest(),
        env=[env(verb) for verb in places.LAST_VERBS],
    shell:
        "fij-eval manifest"
        " {input.records:q}"
        " --output {output.manifest:q}"
        " --settings {params.settings:q}"
        " --rule manifest"
        " --log {log:q}"


rule crate:
    input:
        manifest="<results>/manifest.json",
        code=code("crate"),
    output:
        crate=report(
            "<results>/ro-crate-metadata.json",
            caption="../captions/crate.rst",
            category="Provenance",
            subcategory="RO-Crate",
            labels={"file": "ro-crate-metadata.json"},
        ),
    log:
        "<logs>/crate.log",
    params:
        env=env("crate"),
    shell:
        "fij-eval crate"
        " --manifest {input.manifest:q}"
        " --output {output.crate:q}"
        " --rule crate"
        " --log {log:q}"


rule document:
    input:
        figures=lambda wildcards: shown_in(
            "figures", places.language(wildcards.document), ".svg", ".csv", ".json"
        ),
        tables=lambda wildcards: shown_in(
            "tables", places.language(wildcards.document), ".csv", ".json"
        ),
        numbers=lambda wildcards: f"<results>/numbers/{places.language(wildcards.document)}.json",
        manifest="<results>/manifest.json",
        code=lambda wildcards: code("document", wildcards.document),
    output:
        pdf=report(
            "<reports>/{document}.pdf",
            caption="../captions/document.rst",
            category="Documents",
            subcategory="PDF",
            labels={"document": "{document}"},
        ),
    log:
        "<logs>/documents/{document}.log",
    params:
        language=lambda wildcards: places.language(wildcards.document),
        env=env("document"),
        figures=lambda wildcards, input: Path(input.figures[0]).parent.as_posix(),
        tables=lambda wildcards, input: Path(input.tables[0]).parent.as_posix(),
    shell:
        "fij-eval document {wildcards.document:q}"
        " --language {params.language:q}"
        " --figures {params.figures:q}"
        " --tables {params.tables:q}"
        " --numbers {input.numbers:q}"
        " --manifest {input.manifest:q}"
        " --output {output.pdf:q}"
        " --rule document"
        " --log {log:q}"


rule workbook:
    input:
        tables=lambda wildcards: shown_in(
            "tables", places.language(wildcards.document), ".csv", ".json"
        ),
        numbers=lambda wildcards: f"<results>/numbers/{places.language(wildcards.document)}.json",
        manifest="<results>/manifest.json",
        code=lambda wildcards: code("workbook", wildcards.document),
    output:
        workbook=report(
            "<reports>/{document}.xlsx",
            caption="../captions/workbook.rst",
            category="Documents",
            subcategory="Workbook",
            labels={"document": "{document}"},
        ),
    log:
        "<logs>/documents/{document}.xlsx.log",
    params:
        language=lambda wildcards: places.language(wildcards.document),
        env=env("workbook"),
        tables=lambda wildcards, input: Path(input.tables[0]).parent.as_posix(),
    shell:
        "fij-eval workbook {wildcards.document:q}"
        " --language {params.language:q}"
        " --tables {params.tables:q}"
        " --numbers {input.numbers:q}"
        " --manifest {input.manifest:q}"
        " --output {output.workbook:q}"
        " --rule workbook"
        " --log {log:q}"


rule explorer:
    input:
        unpack(lambda wildcards: files_of_page()),
        numbers=lambda wildcards: f"<results>/numbers/{places.language(wildcards.document)}.json",
        manifest="<results>/manifest.json",
        code=lambda wildcards: code("explorer", wildcards.document),
    output:
        page=report(
            "<reports>/{document}.html",
            caption="../captions/explorer.rst",
            category="Documents",
            subcategory="Page to explore",
            labels={"document": "{document}"},
        ),
    log:
        "<logs>/documents/{document}.html.log",
    params:
        language=lambda wildcards: places.language(wildcards.document),
        settings=parts("network", "sample"),
        env=env("explorer"),
        inputs=lambda wildcards: keyed(files_of_page()),
    shell:
        "fij-eval explorer {wildcards.document:q}"
        " --language {params.language:q}"
        " {params.inputs:q}"
        " --numbers {input.numbers:q}"
        " --manifest {input.manifest:q}"
        " --output {output.page:q}"
        " --settings {params.settings:q}"
        " --rule explorer"
        " --log {log:q}"
