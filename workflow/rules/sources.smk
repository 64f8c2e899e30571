# Raw files into the store, and the store's files into parsed tables.
#
# Everything after the index is the same in all modes. The raw files themselves are no outputs:
# Snakemake deletes outputs before a job, and the store is append-only.

require_raw_data()


rule raw_demo:
    input:
        reference=reference("demo"),
        register=SETTINGS.data.register_file,
        code=code("demo"),
    output:
        index=expand("data/raw/demo/index/{service}.json", service=places.SERVICES),
        truth="data/raw/demo/truth.json",
        record="results/demo/provenance/raw_demo.json",
    log:
        "logs/demo/raw_demo.log",
    params:
        settings=parts("seed", "data", "demo", "network", "tables", "sample", "windows"),
        env=env("demo"),
        reference=lambda wildcards, input: Path(input.reference[0]).parent.as_posix(),
    shell:
        "fij-eval demo"
        " --reference {params.reference:q}"
        " --output data/raw/demo"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule raw_demo"
        " --log {log:q}"


# Fetched once: a run whose index exists uses it. `snakemake -R fetch_statbank` fetches again; what
# is new becomes a new vintage. No code stands among the inputs, so that no edit of the program asks
# the services anew. A fetch that fails leaves the index as it was (`update`).
if MODE == "live":

    FETCHING = parts("tables", "live")

    for service in places.SERVICES:

        rule:
            name:
                f"fetch_{service}"
            input:
                manual=dropped(service),
                # the older interface takes its municipalities from KLASS
                klass=(
                    ["data/raw/live/index/klass.json"]
                    if service == "statbank" and SETTINGS.live.statbank.api == "v1"
                    else []
                ),
            output:
                index=update(f"data/raw/live/index/{service}.json"),
            log:
                f"logs/live/fetch_{service}.log",
            params:
                service=service,
                asked=asked(service),
            shell:
                "fij-eval fetch {params.service:q}"
                " --output data/raw/live"
                " --settings {FETCHING:q}"
                " --log {log:q}"


if MODE == "archive" and SETTINGS.archive.bundle:

    rule open_bundle:
        input:
            bundle=SETTINGS.archive.bundle,
        output:
            index=expand(
                "data/raw/archive/index/{service}.json",
                service=(*places.SERVICES, *optional_services()),
            ),
        log:
            "logs/archive/open_bundle.log",
        shell:
            "fij-eval archive open {input.bundle:q} > {log:q} 2>&1"


rule parsed_statbank:
    input:
        index="<raw>/index/statbank.json",
        code=code("parse", "statbank"),
    output:
        tables=parsed("statbank"),
        record="<results>/provenance/parsed_statbank.json",
    log:
        "<logs>/parsed_statbank.log",
    params:
        settings=parts("tables"),
        env=env("parse", "statbank"),
        folder=lambda wildcards, output: Path(output.tables[0]).parent.as_posix(),
    shell:
        "fij-eval parse statbank"
        " --index {input.index:q}"
        " --output {params.folder:q}"
        " --settings {params.settings:q}"
        " --record {output.record:q}"
        " --rule parsed_statbank"
        " --log {log:q}"


rule parsed_klass:
    input:
        index="<raw>/index/klass.json",
        code=code("parse", "klass"),
    output:
        tables=parsed("klass"),
        record="<results>/provenance/parsed_klass.json",
    log:
        "<logs>/parsed_klass.log",
    params:
        env=env("parse", "klass"),
        folder=lambda wildcards, output: Path(output.tables[0]).parent.as_posix(),
    shell:
        "fij-eval parse klass"
        " --index {input.index:q}"
        " --output {params.folder:q}"
        " --record {output.record:q}"
        " --rule parsed_klass"
        " --log {log:q}"


rule parsed_nav:
    input:
        index="<raw>/index/nav.json",
        code=code("parse", "nav"),
    output:
        tables=parsed("nav"),
        record="<results>/provenance/parsed_nav.json",
    log:
        "<logs>/parsed_nav.log",
    params:
        env=env("parse", "nav"),
        folder=lambda wildcards, output: Path(output.tables[0]).parent.as_posix(),
    shell:
        "fij-eval parse nav"
        " --index {input.index:q}"
        " --output {params.folder:q}"
        " --record {output.record:q}"
        " --rule parsed_nav"
        " --log {log:q}"


rule parsed_ssb_article:
    input:
        index="<raw>/index/ssb_article.json",
        code=code("parse", "ssb_article"),
    output:
        tables=parsed("ssb_article"),
        record="<results>/provenance/parsed_ssb_article.json",
    log:
        "<logs>/parsed_ssb_article.log",
    params:
        env=env("parse", "ssb_article"),
        folder=lambda wildcards, output: Path(output.tables[0]).parent.as_posix(),
    shell:
        "fij-eval parse ssb_article"
        " --index {input.index:q}"
        " --output {params.folder:q}"
        " --record {output.record:q}"
        " --rule parsed_ssb_article"
        " --log {log:q}"


rule parsed_imdi:
    input:
        index="<raw>/index/imdi.json",
        code=code("parse", "imdi"),
    output:
        tables=parsed("imdi"),
        record="<results>/provenance/parsed_imdi.json",
    log:
        "<logs>/parsed_imdi.log",
    params:
        env=env("parse", "imdi"),
        folder=lambda wildcards, output: Path(output.tables[0]).parent.as_posix(),
    shell:
        "fij-eval parse imdi"
        " --index {input.index:q}"
        " --output {params.folder:q}"
        " --record {output.record:q}"
        " --rule parsed_imdi"
        " --log {log:q}"


# Runs where someone has fetched the boundaries (`fij-eval fetch kartverket`).
rule parsed_kartverket:
    input:
        index="<raw>/index/kartverket.json",
        code=code("parse", "kartverket"),
    output:
        tables=parsed("kartverket"),
        record="<results>/provenance/parsed_kartverket.json",
    log:
        "<logs>/parsed_kartverket.log",
    params:
        env=env("parse", "kartverket"),
        folder=lambda wildcards, output: Path(output.tables[0]).parent.as_posix(),
    shell:
        "fij-eval parse kartverket"
        " --index {input.index:q}"
        " --output {params.folder:q}"
        " --record {output.record:q}"
        " --rule parsed_kartverket"
        " --log {log:q}"
