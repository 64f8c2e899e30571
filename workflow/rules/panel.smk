# One row a municipality and reference month, checked.


rule panel_table:
    input:
        sources=[f"<processed>/sources/{table}.parquet" for table in places.PANEL_SOURCES],
        reference=reference("panel"),
        register=SETTINGS.data.register_file,
        code=code("panel"),
    output:
        panel="<processed>/panel.parquet",
        codebook=multiext("<processed>/codebook", ".json", ".csv"),
        checks=report(
            "<processed>/checks.json",
            caption="../captions/checks.rst",
            category="Data",
            subcategory="Panel",
            labels={"file": "checks.json"},
        ),
        record="<results>/provenance/panel.json",
    log:
        "<logs>/panel.log",
    params:
        settings=parts("data", "network", "sample", "windows"),
        env=env("panel"),
        reference=lambda wildcards, input: Path(input.reference[0]).parent.as_posix(),
        sources=lambda wildcards, input: Path(input.sources[0]).parent.as_posix(),
        codebook=lambda wildcards, output: output.codebook[0],
    shell:
        "fij-eval panel"
        " --sources {params.sources:q}"
        " --reference {params.reference:q}"
        " --register {input.register:q}"
        " --output {output.panel:q}"
        " --codebook {params.codebook:q}"
        " --checks {output.checks:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule panel_table"
        " --log {log:q}"
