#!/usr/bin/env bash
# The README's two commands on a machine with nothing but Debian, Python, git and make; then the bytes
# of its build against those of this folder's.
#
#   tests/fresh/bare_machine.sh [--keep FOLDER] [--without-tests]
#
# Makes a bare root by debootstrap (needs root, and Debian's packages where apt looks for them), with no
# package of this machine in it and none of its environment variables but those named below. Clones the
# commit that is checked out here, runs `make report` and `make test` there, and compares every built
# file with this folder's, which is to be built from the same commit. Takes half an hour and 4 GB; with
# --keep, all that the tests say stays beside the folder, in FOLDER.tests.
set -euo pipefail
project="$(cd "$(dirname "$0")/../.." && pwd)"
keep="" tests=yes
while [ $# -gt 0 ]; do
    case "$1" in
        --keep) keep="${2:?--keep takes a folder}"; shift 2 ;;
        --without-tests) tests=no; shift ;;
        *) echo "What is wrong: «$1» is no option. What to do: see the head of $0." >&2; exit 2 ;;
    esac
done

stop() { printf 'What is wrong: %s. What to do: %s.\n' "$1" "$2" >&2; exit 2; }
step() { printf '\n== %s (%d s)\n' "$1" "$SECONDS"; }

[ "$(id -u)" = 0 ] || stop "a bare root can only be made by root" "run this as root, or in a container of your own"
command -v debootstrap >/dev/null || stop "debootstrap is not installed" "apt-get install debootstrap"
cd "$project"
[ -z "$(git status --porcelain --untracked-files=no)" ] ||
    stop "this folder has changes that are not committed" "commit them: the bare machine clones the commit"
[ -f results/demo/manifest.json ] || stop "this folder holds no build to compare with" "run make report first"

# Where apt and pip of this machine look, so that nothing is named here.
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)"
suite="$(. /etc/os-release && echo "$VERSION_CODENAME")"
[ -n "$mirror" ] || stop "apt names no source of packages" "run apt-get update first"

root="${keep:-$(mktemp -d)}"
mkdir -p "$root"
clean_up() {
    umount "$root/proc" 2>/dev/null || true
    if [ -z "$keep" ]; then rm -rf "$root"; fi
}
trap clean_up EXIT

step "bare root: Debian $suite, Python, git, make"
debootstrap --variant=minbase --include=python3,python3-venv,git,make,ca-certificates \
    "$suite" "$root" "$mirror" >"$root.log" 2>&1 || { tail -n 5 "$root.log" >&2; stop "debootstrap failed" "read $root.log"; }
mount -t proc proc "$root/proc"

# pip's settings of this machine (which index, which certificate), as its own file there.
mkdir -p "$root/etc/certificates"
python3 - "$root" <<'PY'
import pathlib
import shutil
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
listed = subprocess.run(
    [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
).stdout
sections = {}
for line in listed.splitlines():
    key, sign, value = line.partition("=")
    section, _, option = key.rpartition(".")
    section = "global" if section.startswith(":") else section
    value = value.strip("'\"")
    # what lies on this machine's disk is not there
    local = option != "cert" and value.startswith(("/", "file:"))
    if sign and section in {"global", "install"} and not local:
        if option == "cert":
            shutil.copy(value, root / "etc/certificates/index.pem")
            value = "/etc/certificates/index.pem"
        # a variable of the environment and a file may both set it: said once
        sections.setdefault(section, {})[option] = value
text = "\n".join(
    f"[{name}]\n" + "\n".join(f"{option} = {value}" for option, value in rows.items())
    for name, rows in sections.items()
)
(root / "etc/pip.conf").write_text(text + "\n", encoding="utf-8")
PY
for file in /etc/resolv.conf /etc/hosts; do
    if [ -f "$file" ]; then cp -L "$file" "$root$file"; fi
done

# Only what a network or a processor asks for goes along: proxies, certificates, the kernel of OpenBLAS.
passed=(HOME=/home/new PATH=/usr/bin:/bin LANG=C.UTF-8)
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; do
    if [ -n "${!name-}" ]; then passed+=("$name=${!name}"); fi
done
inside() { chroot "$root" /usr/bin/env -i "${passed[@]}" bash -euc "$1"; }

step "clone"
commit="$(git rev-parse HEAD)"
mkdir -p "$root/home/new"
git clone --quiet --no-local --depth 1 "file://$project" "$root/home/new/project" 2>/dev/null
[ "$(git -C "$root/home/new/project" rev-parse HEAD)" = "$commit" ] ||
    stop "the clone is not at this commit" "check out a branch at $commit here"

step "make report"
inside "cd /home/new/project && make report"

if [ "$tests" = yes ]; then
    step "make test"
    inside "cd /home/new/project && make test ARGS=-v" >"$root.tests" 2>&1 ||
        { tail -n 40 "$root.tests" >&2; exit 1; }
    tail -n 3 "$root.tests"
fi

step "bytes"
list() { (cd "$1" && find data/processed/demo results/demo reports/demo -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
list "$project" >"$root.here"
list "$root/home/new/project" >"$root.there"
equal=$(comm -12 <(LC_ALL=C sort "$root.here") <(LC_ALL=C sort "$root.there") | wc -l)
all=$(wc -l <"$root.here")
printf 'Bare machine: %s, Python %s. %d of %d files equal byte for byte.\n' \
    "$(. "$root/etc/os-release" && echo "$PRETTY_NAME")" \
    "$(inside 'python3 -c "import platform; print(platform.python_version())"')" "$equal" "$all"
if ! cmp -s "$root.here" "$root.there"; then
    diff "$root.here" "$root.there" | awk '/^[<>]/ {print $3}' | sort -u | head -n 20
    PYTHONPATH="$project/src" python3 -m fij_eval compare results/demo "$root/home/new/project/results/demo" --rtol 1e-9 || true
    exit 1
fi
