#!/usr/bin/env python3
"""Scenarios: each tests/scenarios/NAME.sh, run in a world by an ordinary user, must print what Linux 6.1 printed
(NAME.out, recorded by tools/oracle/record.sh). Arguments choose some by name."""

import difflib
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/oracle"))
import normalise  # noqa: E402


def ordinary_user():
    """Leaves root for good, for this process and all it starts."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def run(linnet, script, where):
    with tempfile.TemporaryDirectory(dir=where) as tmp:
        env = dict(os.environ, TMPDIR=tmp, HOME=tmp, LC_ALL="C", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
        env.pop("XDG_RUNTIME_DIR", None)
        try:
            done = subprocess.run([linnet, "run", "--", "bash", str(script)], cwd=tmp, env=env, timeout=120,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as e:
            return (e.stdout or b"").decode() + "\n(it did not end)\n"
        return done.stdout.decode()


def main():
    linnet = os.environ["LINNET"]
    ordinary_user()
    if not os.access(linnet, os.X_OK):
        print(f"skipped: {linnet} cannot be executed by an ordinary user")
        return 77
    os.umask(0o077)
    chosen = sys.argv[1:]
    passed = failed = 0
    scripts = [s for s in sorted((ROOT / "tests/scenarios").glob("*.sh")) if not chosen or s.stem in chosen]
    # Each is a world of its own, and most of its time it waits.
    with ThreadPoolExecutor(6) as pool:
        outputs = pool.map(lambda script: run(linnet, script, "/tmp"), scripts)
        for script, output in zip(scripts, outputs):
            want = script.with_suffix(".out").read_text().splitlines()
            got = list(normalise.normalise(output.splitlines()))
            if want == got:
                passed += 1
                print(f"ok: {script.stem}, {len(want)} lines", flush=True)
                continue
            failed += 1
            print(f"FAILED: {script.stem}")
            for line in difflib.unified_diff(want, got, "Linux 6.1", "Linnet", lineterm="", n=2):
                print("   ", line)
    print(f"{passed} equal to Linux, {failed} not")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
