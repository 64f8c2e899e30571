# Raw files -> panel -> estimates -> figures, tables, numbers -> manifest -> PDF.
#
#   snakemake                     everything that is not up to date
#   snakemake -n                  what would run, and why
#   snakemake estimates           a stage: raw, panel, estimates, figures, tables, reports
#   snakemake bench               worlds with a known truth: every estimator on them
#   snakemake -R figure           one rule again, with all that follows from it
#   snakemake -f results/demo/figures/nb/fig09_series.svg
#                                 one file again
#   snakemake --config mode=live  another mode (its files lie in folders of their own)
#
# Options stand in profiles/default/config.yaml, settings in config.yaml.
from snakemake.utils import min_version

min_version("9.27")


configfile: "config.yaml"


# The environment is requirements.lock in .venv. Only `--software-deployment-method apptainer` looks
# at this line: the base image in which that environment can be made.
container: "docker://python:3.11"


include: "workflow/rules/common.smk"


pathvars:
    raw=f"data/raw/{MODE}",
    processed=f"data/processed/{MODE}",
    results=f"results/{MODE}",
    reports=f"reports/{MODE}",
    logs=f"logs/{MODE}",
    bench=f"results/bench/{SETTINGS.bench.profile}",


include: "workflow/rules/sources.smk"
include: "workflow/rules/panel.smk"
include: "workflow/rules/effects.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/simulation.smk"


localrules:
    all,
    raw,
    panel,
    estimates,
    figures,
    tables,
    reports,
    bench,


rule raw:
    input:
        expand("<raw>/index/{service}.json", service=places.SERVICES),


rule panel:
    input:
        "<processed>/panel.parquet",
        "<processed>/codebook.csv",
        "<processed>/checks.json",


rule estimates:
    input:
        expand("<results>/estimates/{analysis}.parquet", analysis=places.ANALYSES),


rule figures:
    input:
        shown("figures", ".svg"),


rule tables:
    input:
        shown("tables", ".csv"),


rule reports:
    input:
        documents(),
        "<results>/manifest.json",
        "<results>/ro-crate-metadata.json",
        rules.figures.input,
        rules.tables.input,
        rules.estimates.input,


rule bench:
    input:
        rules.bench_summary.output.summary,


rule all:
    default_target: True
    input:
        rules.reports.input,
        # Snakemake does not miss what lies between; a job that failed has taken its tables away
        rules.panel.input,
        [parsed(service) for service in places.SERVICES],


onstart:
    keep_others_out()


onsuccess:
    print(closing_words())
