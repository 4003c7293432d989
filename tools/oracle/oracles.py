"""Who can be asked what a scenario prints: two Linux kernels, what one of them said before, and Linnet itself."""
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import events

HERE = pathlib.Path(__file__).resolve().parent
HEADER = "# recorded from "
RUNNER = HERE / "scenario.sh"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def stored(script):
    """(version, lines) of NAME.out beside the script."""
    path = script.with_suffix(".out")
    if not path.is_file():
        sys.exit(f"linnet compare: nothing recorded for {script.name}; `linnet compare --record {script.name}` does it")
    lines = path.read_text().splitlines()
    if lines and lines[0].startswith(HEADER):
        return lines[0].removeprefix(HEADER), lines[1:]
    return "an unknown version", lines


def _kernel(tool, arguments, scripts, timeout):
    """Runs `tool` once over all scripts; the first thing it is asked is its version."""
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([HERE / tool, *arguments, "-t", str(timeout), "-o", out, "-c", "uname -r", *scripts],
                              stdin=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1):
            sys.exit(2)
        read = lambda name: (pathlib.Path(out) / f"{name}.out").read_text(errors="replace").splitlines()
        version = "".join(read("command-1"))
        version = version.split("=== ")[0]
        return version, {s: read(s.stem) for s in scripts}


def _about_first_namespace(script):
    """Whether its line `# oracle: -i` says that it needs what only a machine's first namespace has."""
    return "# oracle: -i" in script.read_text().splitlines()


def uml(scripts, timeout, _events):
    first = [s for s in scripts if _about_first_namespace(s)]
    found = {}
    for flags, asked in (["-4"], [s for s in scripts if s not in first]), (["-4", "-i"], first):
        if asked:
            version, answers = _kernel("uml.sh", flags, asked, timeout)
            found |= {s: (f"Linux {version}, user-mode-linux", lines) for s, lines in answers.items()}
    return found


def host(scripts, timeout, with_events):
    if os.getuid() != 0:
        sys.exit("linnet compare: --oracle host needs root, to make namespaces on this machine; --oracle uml doesn't")
    version, answers = _kernel("host.sh", ["-4", *(["-e", " ".join(events.TRACEPOINTS)] if with_events else [])], scripts, timeout)
    return {s: (f"Linux {version}, this machine", lines) for s, lines in answers.items()}


def _ordinary_user(linnet):
    """Whom Linnet runs as: for root it is nobody, if nobody can execute the program."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    as_nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    try:
        subprocess.run([linnet, "--version"], stdout=subprocess.DEVNULL, check=True, **as_nobody)
    except (PermissionError, subprocess.CalledProcessError):
        print(f"linnet compare: nobody cannot execute {linnet}, so it runs as root", file=sys.stderr)
        return {}
    return as_nobody


def _lay_out(script, folder, user):
    """Makes two folders: one with a copy of the script, as `script`, and of the folder kit beside it if it speaks of that; and an
    empty one to run it in. Returns the copy and the empty one. All of it is the user's, for the sources may lie where only we
    can read."""
    given, work = folder / "given", folder / "work"
    given.mkdir()
    work.mkdir()
    shutil.copyfile(script, given / "script")
    kit = script.parent / "kit"
    if kit.is_dir() and b"/kit" in script.read_bytes():
        shutil.copytree(kit, given / "kit", copy_function=shutil.copyfile)
    if user:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user["user"], user["group"])
    return given / "script", work


def linnet(program, scripts, timeout, jobs, with_events):
    """Yields (script, lines), in the order of the scripts, as worlds end; with events, (script, (lines, events))."""
    user = _ordinary_user(program)

    def run(script):
        with tempfile.TemporaryDirectory(prefix="scenario-") as tmp:
            folder = pathlib.Path(tmp)
            copy, work = _lay_out(script, folder, user)
            trace = folder / "trace.json"
            options = ["--trace", str(trace)] if with_events else []
            env = {"TMPDIR": work, "HOME": work, "LC_ALL": "C", "PATH": PATH, "NSTAT_HISTORY": work / "nstat"}
            try:
                done = subprocess.run(["timeout", "-k", "2", str(timeout), program, "run", *options, "--", "bash", str(RUNNER), copy],
                                      cwd=work, env=env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **user)
            except OSError as error:
                sys.exit(f"linnet compare: {program}: {error.strerror}")
            lines = done.stdout.decode(errors="replace").splitlines()
            if done.returncode == 124:
                lines.append(f"oracle: stopped after {timeout} s")
            return script, (lines, events.of_linnet(trace)) if with_events else lines

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(run, scripts)
