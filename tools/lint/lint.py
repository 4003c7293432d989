#!/usr/bin/env python3
"""Checks the sources: lint.py [--fix] [--jobs N] [CHECK...]; all checks when none is named.

  deps      no folder includes from one above it (src/folders.txt); include/linnet stands on its own
  headers   each header compiles alone
  size      no C++ file over 700 lines without a reason listed below
  comment   each C++ file opens with a comment that says what it is for
  shell     the shell scripts parse; the Python scripts compile
  format    clang-format 19 (--fix applies it)
  tidy      clang-tidy 19 with .clang-tidy

Reports FILE:LINE: WHAT for each finding; the exit status is 0 if there is none. What passed is remembered in
build/lint by the hash of all that the answer depends on, so a second run looks at what changed only.
"""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / "build" / "lint"

# ---- the tables -----------------------------------------------------------------------------------------

# Includes against the direction of src/folders.txt: (file, included header) -> reason.
DEPS_EXCEPTIONS = {}

# Files over 700 lines: file -> reason.
SIZE_LIMIT = 700
SIZE_EXCEPTIONS = {}

# Folders with C++ sources.
SOURCES = ["src", "include", "tests", "bench", "examples", "tools"]

# How many sources clang-tidy looks at together.
BATCH = 12

# What clang and g++ are told, beside their own defaults.
FLAGS = ["-std=c++23", "-Isrc", "-Iinclude", "-I.", "-Wall", "-Wextra"]

# ---- helpers --------------------------------------------------------------------------------------------


def tracked(*suffixes, folders=None):
    """The project's files with one of these suffixes, sorted."""
    names = []
    for top in folders or ["."]:
        for folder, below, files in os.walk(ROOT / top):
            below[:] = [b for b in below if not b.startswith(".") and b not in ("build", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files if f.endswith(suffixes)]
    return sorted(names)


def cxx(*suffixes):
    return tracked(*(suffixes or (".cc", ".hh")), folders=SOURCES)


def includes(path, found={}):
    """[(line, header)] of the #include "..." and <linnet/...> lines of a file."""
    if path not in found:
        lines = (ROOT / path).read_text(encoding="utf-8").split("\n")
        matches = ((n, re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<(linnet/[^>]+)>)', line))
                   for n, line in enumerate(lines, 1))
        found[path] = [(n, m.group(1) or m.group(2)) for n, m in matches if m]
    return found[path]


def resolve(path, header):
    """The project file that `header` names in `path`, or None."""
    for base in ("src", "include", ".", os.path.dirname(path)):
        candidate = os.path.normpath(os.path.join(base, header))
        if (ROOT / candidate).is_file():
            return candidate
    return None


def closure(path):
    """The file and all project headers that it includes, however deep."""
    seen, todo = set(), [path]
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += filter(None, (resolve(current, h) for _, h in includes(current)))
    return sorted(seen)


def digest(*texts):
    h = hashlib.sha256()
    for text in texts:
        h.update(text if isinstance(text, bytes) else str(text).encode())
        h.update(b"\0")
    return h.hexdigest()


def version(program):
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return run.stdout


def each(check, paths, command, salt, jobs, batch=None):
    """Runs command(path) for each path not known to pass; returns the findings: the whole output where it fails.
    With `batch`, asks command(batch(paths)) about several at once, and about each alone only if it must."""
    folder = CACHE / check
    folder.mkdir(parents=True, exist_ok=True)
    key = {p: digest(salt, p, *((ROOT / f).read_bytes() for f in closure(p))) for p in paths}
    todo = [p for p in paths if not (folder / key[p]).exists()]

    def passes(argument, members):
        run = subprocess.run(command(argument), cwd=ROOT, capture_output=True, text=True, check=False)
        if run.returncode == 0:
            for path in members:
                (folder / key[path]).touch()
        return run

    def group(members):
        if len(members) > 1:
            run = passes(batch(members), members)
            if run.returncode == 0:
                return []
            place = r"^(?:%s/)?(\S+?):\d+:\d+: error:.*" % re.escape(str(ROOT))
            broken = set(re.findall(place + r"\[clang-diagnostic-error", run.stdout, re.M)) & set(members)
            if "[clang-diagnostic-error" not in run.stdout:
                named = set(re.findall(place, run.stdout, re.M))
                if named <= set(members):
                    for path in set(members) - named:
                        (folder / key[path]).touch()
                return [run.stdout.rstrip()]
            # What doesn't compile together with the rest (two helpers of one name, say) goes by itself.
            if broken and broken != set(members):
                return group([m for m in members if m not in broken]) + group(sorted(broken))
        runs = [passes(path, [path]) for path in members]
        return [(run.stdout + run.stderr).rstrip() for run in runs if run.returncode]

    # Neighbours go together. The biggest groups start first, so that the last to finish is a small one.
    groups = [[]]
    for path in todo:
        last = groups[-1]
        near = batch and last and os.path.dirname(last[0]) == os.path.dirname(path)
        if near and len(last) < BATCH:
            last.append(path)
        else:
            groups.append([path])
    groups.sort(key=lambda g: -sum((ROOT / p).stat().st_size for p in g))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = [finding for found in pool.map(group, groups) for finding in found]
    # Forget answers about what no longer exists.
    keep = set(key.values())
    for old in folder.iterdir():
        if old.name not in keep:
            old.unlink()
    return results


# ---- the checks -----------------------------------------------------------------------------------------


def folders():
    lines = (ROOT / "src/folders.txt").read_text(encoding="utf-8").split("\n")
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def check_deps(_):
    order = {name: rank for rank, name in enumerate(folders())}
    findings, used = [], set()
    for path in tracked(".cc", ".hh", folders=["src", "include"]):
        public = path.startswith("include/linnet/")
        if not public and path.startswith("include/"):
            findings.append(f"{path}:1: only include/linnet is public")
            continue
        folder = os.path.dirname(path)[len("src/"):]
        if not public and folder not in order:
            findings.append(f"{path}:1: folder {folder} is not listed in src/folders.txt")
            continue
        for line, header in includes(path):
            if (path, header) in DEPS_EXCEPTIONS:
                used.add((path, header))
                continue
            target = resolve(path, header)
            if target is None:
                findings.append(f"{path}:{line}: no such header: {header}")
            elif target.startswith("include/linnet/"):
                if not public and folder != "api":
                    findings.append(f"{path}:{line}: {header} is for embedders; only src/api implements it")
            elif public:
                findings.append(f"{path}:{line}: a public header includes {header}, which is not installed")
            elif header != os.path.relpath(target, "src"):
                findings.append(f"{path}:{line}: write the path from src/: {os.path.relpath(target, 'src')}")
            else:
                other = os.path.dirname(target)[len("src/"):]
                if order.get(other, len(order)) > order[folder]:
                    findings.append(f"{path}:{line}: {folder} is below {other} and may not include {header}")
    findings += [f"tools/lint/lint.py: needless exception for {f} and {h}"
                 for f, h in sorted(DEPS_EXCEPTIONS.keys() - used)]
    return findings


def check_headers(args):
    headers = tracked(".hh", folders=["src", "include"])
    salt = digest(version("g++"), FLAGS)
    # As a source of one line: a header compiled by itself would be warned about its #pragma once.
    return each("headers", headers, lambda p: ["sh", "-c", f"echo '#include \"{p}\"' | \"$@\"", "sh", "g++", *FLAGS,
                                               "-Werror", "-fsyntax-only", "-x", "c++", "-"], salt, args.jobs)


def check_size(_):
    findings = []
    for path in cxx():
        count = (ROOT / path).read_bytes().count(b"\n")
        if count > SIZE_LIMIT and path not in SIZE_EXCEPTIONS:
            findings.append(f"{path}:{count}: over {SIZE_LIMIT} lines: split it, or list the reason")
        if count <= SIZE_LIMIT and path in SIZE_EXCEPTIONS:
            findings.append(f"tools/lint/lint.py: needless exception for {path}")
    return findings + [f"tools/lint/lint.py: no such file: {p}" for p in SIZE_EXCEPTIONS if p not in cxx()]


def check_comment(_):
    findings = []
    for path in cxx():
        text = (ROOT / path).read_text(encoding="utf-8")
        block = re.match(r"(?:[ \t]*//[^\n]*\n)+|/\*.*?\*/", text, re.S)
        words = len(re.findall(r"\w+", block.group(0))) if block else 0
        if words < 3:
            findings.append(f"{path}:1: open with a comment: what this file is for, what goes in, what comes out")
    return findings


def check_shell(_):
    findings = []
    for path in tracked(".sh") + [".ci/run"]:
        run = subprocess.run(["bash", "-n", path], cwd=ROOT, capture_output=True, text=True, check=False)
        findings += run.stderr.splitlines()
    for path in tracked(".py"):
        try:
            compile((ROOT / path).read_text(encoding="utf-8"), path, "exec")
        except SyntaxError as error:
            findings.append(f"{path}:{error.lineno}: {error.msg}")
    return findings


def check_format(args):
    paths = cxx()
    if not paths:
        return []
    if args.fix:
        subprocess.run(["clang-format-19", "-i", *paths], cwd=ROOT, check=True)
        return []
    run = subprocess.run(["clang-format-19", "--dry-run", "-Werror", "--ferror-limit=1", *paths],
                         cwd=ROOT, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+?:\d+):\d+: error:", run.stderr, re.M)
    if run.returncode and not found:
        return [run.stderr.strip()]
    return [f"{place}: not as clang-format would have it (make format)" for place in found]


def check_tidy(args):
    paths = [p for p in cxx(".cc") if p.startswith(("src/", "tests/fuzz/"))]
    salt = digest(version("clang-tidy-19"), (ROOT / ".clang-tidy").read_bytes(), FLAGS)
    headers = r"(src|include/linnet|tests)/.*\.(hh|cc)$"

    # Most of the time goes into the C++ library's headers, so several sources share them as one.
    def batch(members):
        unit = CACHE / f"tidy-{digest(*members)[:16]}.cc"
        unit.write_text("".join(f'#include "{ROOT / m}"\n' for m in members), encoding="utf-8")
        return unit

    try:
        outputs = each("tidy", paths, lambda p: ["clang-tidy-19", "--quiet", "--warnings-as-errors=*",
                                                 f"--config-file={ROOT / '.clang-tidy'}",
                                                 f"--header-filter={headers}", str(p), "--", *FLAGS],
                       salt, args.jobs, batch)
    finally:
        for unit in CACHE.glob("tidy-*.cc"):
            unit.unlink()
    # A finding in a header comes once for each source that includes it: say it once.
    findings = []
    for output in outputs:
        findings += re.split(r"\n(?=\S+:\d+:\d+: (?:error|warning):|\d+ warnings? )", output)
    unique = dict.fromkeys(f.replace(f"{ROOT}/", "") for f in findings)
    return [f for f in unique if not re.match(r"\d+ warnings? |Suppressed ", f)]


CHECKS = {
    "deps": check_deps,
    "headers": check_headers,
    "size": check_size,
    "comment": check_comment,
    "shell": check_shell,
    "format": check_format,
    "tidy": check_tidy,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=" ".join(CHECKS))
    parser.add_argument("--fix", action="store_true", help="mend what can be mended (format)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    unknown = [c for c in args.checks if c not in CHECKS]
    if unknown:
        parser.error(f"no such check: {' '.join(unknown)}; there are: {' '.join(CHECKS)}")

    failed = []
    for name in args.checks or CHECKS:
        findings = CHECKS[name](args)
        for finding in findings:
            print(finding)
        print(f"lint: {name:8} {'ok' if not findings else f'{len(findings)} to mend'}", flush=True)
        if findings:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
