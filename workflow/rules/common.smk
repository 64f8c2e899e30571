# Functions of the workflow. No rules here; nothing heavy is imported.
import os
import sys
from functools import cache
from pathlib import Path

from fij_eval import build_memory, future_dates, one_build, places, settings
from fij_eval.errors import ArchiveError, BusyError, FijError, SettingsError
from fij_eval.logs import say
from fij_eval.settings_yaml import read_yaml
from fij_eval.sources import archive, bundle

# Jobs run the fij-eval of the environment that runs Snakemake, activated or not.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
)


def read_settings(content):
    """The settings, checked; what is wrong is one paragraph, and Snakemake stops."""
    try:
        for path in workflow.configfiles:
            read_yaml(Path(path))
        found = settings.check(content, where="config.yaml, or --config on the command line")
        register = Path(found.data.register_file)
        if register.is_absolute() or ".." in register.parts or not register.is_file():
            raise SettingsError(
                f"data.register: «{register}» is not a file within the project",
                where="config.yaml",
                remedy="name the register of participants by its path from the project's folder",
            )
    except FijError as error:
        stop(error)
    return found


def stop(error):
    """Show an error of ours as it is, without Snakemake's frame round it."""
    say(error.paragraph())
    sys.exit(error.exit_code)


def forget_what_is_not_known():
    """Have results made again of which Snakemake does not know how they were made.

    What a clock that was ahead has dated in the future is dated anew. While a build is at work its
    newest results are not yet known, so others leave them alone.
    """
    if not workflow.is_main_process:
        return
    try:
        build_memory.require_folder()
        lock = one_build.hold()
    except BusyError:
        return
    except FijError as error:
        stop(error)
    try:
        late = future_dates.mend([Path("analysis_plan.yaml"), Path(SETTINGS.data.register_file)])
        again = build_memory.check(MODE)
    except FijError as error:
        stop(error)
    finally:
        lock.close()
    if late:
        say(f"{late} files were dated in the future; they are compared by content.")
    if again:
        say(f"{len(again)} results are made again: it is not known how they were made.")


SETTINGS = read_settings(config)
MODE = SETTINGS.mode
forget_what_is_not_known()


def require_raw_data():
    """Stop where a mode's raw data are not there and nothing makes them, or are not as kept."""
    root = Path("data/raw", MODE)
    missing = [name for name in places.SERVICES if not (root / f"index/{name}.json").is_file()]
    given = SETTINGS.archive.bundle
    if MODE == "archive" and given and not Path(given).is_file():
        stop(
            ArchiveError(
                f"archive.bundle: «{given}» is not a file",
                where="config.yaml",
                remedy="name a bundle made with `fij-eval archive export` by its path from the "
                "project's folder",
            )
        )
    if MODE == "archive" and missing and not given:
        stop(
            ArchiveError(
                f"The mode «{MODE}» builds on raw data that are not here: {', '.join(missing)}",
                where=f"{root.as_posix()}/index",
                remedy="name a bundle in archive.bundle in config.yaml, put the raw archive of an "
                f"earlier run into {root.as_posix()}, or build on the embedded data with mode: demo",
            )
        )
    if MODE != "demo":
        try:
            archive.verify_in_use(root, fetched=MODE == "live")
        except FijError as error:
            stop(error)


@cache
def optional_services():
    """Services that no run needs and whose files the mode's raw archive has."""
    if MODE == "archive" and SETTINGS.archive.bundle:
        try:
            return bundle.optional_services(Path(SETTINGS.archive.bundle))
        except FijError as error:
            stop(error)
    folder = Path("data/raw", MODE, "index")
    return tuple(s for s in places.OPTIONAL_SERVICES if (folder / f"{s}.json").is_file())


def asked(service):
    """What decides what a service is asked for, in a line: a change of it fetches again.

    How patiently it is asked does not count.
    """
    addresses = settings.effective(SETTINGS)["live"][service]
    tables = parts("tables") if service == "statbank" else ""
    if service == "ssb_article" and "outcome" in SETTINGS.tables:
        tables = settings.as_json(settings.effective(SETTINGS)["tables"]["outcome"])
    # braces would be read as a wildcard
    return settings.as_json(addresses).replace("{year}", "<year>") + tables


def dropped(service):
    """Files that a researcher put into data/manual for a service."""
    folder = Path("data/manual", service)
    return sorted(p.as_posix() for p in folder.glob("*") if p.name[0] != "." and p.is_file())


def parts(*names):
    """Parts of the settings as JSON, for a rule that depends on them alone."""
    return settings.part_of(SETTINGS, names)


@cache
def code(verb, name=""):
    """Source files that a verb's result depends on."""
    return places.code(verb, name)


@cache
def env(verb, name=""):
    """Versions of the packages that a verb's result depends on, in a line."""
    return " ".join(f"{name} {version}" for name, version in places.packages(verb, name).items())


def reference(verb):
    """Embedded reference tables that a verb reads."""
    folder = places.REFERENCE.as_posix()
    return [f"{folder}/{name}.csv" for name in places.REFERENCE_TABLES[verb]]


def parsed(service):
    """Tables that a service's parser writes."""
    return [f"<processed>/sources/{table}.parquet" for table in places.parsed(service)]


def shown_in(kind, language, *suffixes):
    """Files of all figures or tables in one language."""
    return expand(
        "<results>/{kind}/{language}/{name}{suffix}",
        kind=kind,
        language=language,
        name=places.names(kind),
        suffix=suffixes,
    )


def shown(kind, *suffixes):
    """Files of all figures or tables, in all languages."""
    return [path for language in SETTINGS.languages for path in shown_in(kind, language, *suffixes)]


def records_of_jobs():
    """Records of provenance of all jobs that come before the manifest."""
    jobs = [
        *(["raw_demo"] if MODE == "demo" else []),
        *(f"parsed_{service}" for service in (*places.SERVICES, *optional_services())),
        "panel",
        *(f"estimates/{analysis}" for analysis in places.ANALYSES),
        *(
            f"{kind}/{language}/{name}"
            for kind in ("figures", "tables")
            for language in SETTINGS.languages
            for name in places.names(kind)
        ),
        *(f"numbers/{language}" for language in SETTINGS.languages),
    ]
    return [f"<results>/provenance/{job}.json" for job in jobs]


def file_of(key):
    """The file behind a key in the ``INPUTS`` of a figure, a table or the numbers."""
    if key in ("register", "reference_network_register"):  # the settings name the register
        return SETTINGS.data.register_file
    group, _, name = key.partition("_")
    match group:
        case "estimates":
            return f"results/{MODE}/estimates/{name}.parquet"
        case "details":
            return f"results/{MODE}/estimates/{name}.details.parquet"
        case "reference":
            return f"data/reference/{name}.csv"
        case "source":
            return f"data/processed/{MODE}/sources/{name}.parquet"
    return {
        "panel": f"data/processed/{MODE}/panel.parquet",
        "checks": f"data/processed/{MODE}/checks.json",
        "codebook": f"data/processed/{MODE}/codebook.csv",
        "truth": f"data/raw/{MODE}/truth.json",
    }[key]


@cache
def files_of_analysis(name):
    """Key -> file of all that an analysis reads."""
    return {key: file_of(key) for key in places.inputs_of_analysis(name)}


@cache
def files_of(kind, name):
    """Key -> file of all that a figure or table reads, and of what it reads where it is there."""
    there = {
        f"source_{table}" for service in optional_services() for table in places.parsed(service)
    }
    more = [key for key in places.optional_inputs(kind, name) if key in there]
    return {key: file_of(key) for key in (*places.inputs(kind, name), *more)}


@cache
def files_of_numbers():
    """Key -> file of all that the numbers of the prose are made from."""
    keys = places.inputs_of_numbers(demo=MODE == "demo")
    return {key: file_of(key) for key in keys}


def parts_of_numbers():
    """Parts of the settings that the numbers of the prose are made from."""
    names = (
        "data",
        "tables",
        "network",
        "sample",
        "windows",
        "inference",
        "specifications",
        "report",
    )
    return parts(*names, *(["demo"] if MODE == "demo" else []))


def documents():
    """Documents in the languages that the settings ask for."""
    kinds = {"pdf": places.DOCUMENTS, "xlsx": places.WORKBOOKS, "html": places.PAGES}
    return [
        f"<reports>/{name}.{suffix}"
        for suffix, names in kinds.items()
        for name, own in names.items()
        if own in SETTINGS.languages
    ]


@cache
def files_of_page():
    """Key -> file of all that the page to explore reads: the panel and every analysis."""
    return {key: file_of(key) for key in ("panel", *(f"estimates_{a}" for a in places.ANALYSES))}


def parts_of_manifest():
    """Parts of the settings that say how the results were made.

    How raw files were fetched or unpacked is told by the raw archive, file by file: addresses,
    contact and the bundle's place on this machine are no part of a result.
    """
    left_out = {"live", "archive"} | ({"demo"} if MODE != "demo" else set())
    return parts(*(name for name in settings.effective(SETTINGS) if name not in left_out))


def keyed(files):
    """`--input KEY=FILE` for each of them."""
    return [f"--input={key}={path}" for key, path in files.items()]


def keep_others_out():
    """Hold the folder's lock until this process ends, or stop if another build holds it.

    Where results cannot be written it stops as well, before Snakemake takes an old one away.
    """
    try:
        held.append(one_build.hold())
        folders = ("data/processed", "results", "reports", "logs")
        one_build.require_writable(Path(folder, MODE) for folder in folders)
    except FijError as error:
        stop(error)


held = []


def closing_words():
    """Where to look when all is done; make tells it itself, also when nothing had to be done."""
    if "MAKELEVEL" in os.environ:
        return ""
    found = places.to_look_at(MODE)
    return "\n".join(f"{what:<10} {path.as_posix()}" for what, path in found.items())


def bench_batches():
    """Files of all portions of the bench's profile."""
    from fij_eval.simulation.batches import batches

    profile = SETTINGS.bench.profile
    folder = Path(f"results/bench/{profile}/batches")
    return [batch.path(folder).as_posix() for batch in batches(profile, SETTINGS.bench.batch)]
