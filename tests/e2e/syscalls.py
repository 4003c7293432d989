#!/usr/bin/env python3
"""Thousands of socket calls, right and wrong ones (tests/syscalls): each must answer in a world, for an ordinary user, as
it answered on Linux 6.1 when that was asked, but for the deviations that are listed.

  syscalls.py                     compare with what is stored in tests/syscalls/NAME.out
  syscalls.py --record            ask Linux 6.1 (user-mode-linux) and store its answers
  syscalls.py --seed N [--streams] [--count N]    other random calls than those that are stored, on both, now

The program that makes the calls is linnet_syscalls, beside the program in $LINNET.
"""
import argparse
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/oracle"))
import deviations  # noqa: E402
import oracles  # noqa: E402

HERE = ROOT / "tests/syscalls"
TRIES = {"creation": "creation", "options": "options", "arguments": "arguments",
         "episodes-1": "episodes 1 0 250", "episodes-2": "episodes 2 0 250", "episodes-3": "episodes 3 0 250"}
SHOWN = 60  # lines of differences for each


def scripts(folder, program, tries):
    """One script for each of the tries, so that the oracles can run them."""
    for name, words in tries.items():
        path = folder / f"{name}.sh"
        path.write_text(f"exec bash {HERE}/world.sh {program} {words}\n")
        path.chmod(0o644)
        yield path


def show(verdict):
    word = "DIFFERS " if verdict.bad else "deviates" if verdict.explained else "equal   "
    listed = f", {len(verdict.explained)} listed" if verdict.explained else ""
    print(f"{word}  {verdict.name}, {verdict.lines} lines{listed}", flush=True)
    for line in (verdict.unexplained + [f"no longer so: {v}" for v in verdict.vanished])[:SHOWN]:
        print("   ", line[:400])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--record", action="store_true", help="ask Linux and store its answers")
    parser.add_argument("--seed", type=int, help="random calls by this seed, on Linux and in Linnet now")
    parser.add_argument("--streams", action="store_true", help="those on TCP sockets")
    parser.add_argument("--count", type=int, default=250, help="episodes of those (250)")
    options = parser.parse_args()
    linnet = os.environ.get("LINNET", "")
    program = pathlib.Path(linnet).resolve().parent / "linnet_syscalls"
    if not program.is_file():
        print(f"skipped: there is no {program}")
        return 77
    tries = TRIES
    if options.seed is not None:
        kind = "streams" if options.streams else "episodes"
        tries = {f"{kind}-{options.seed}": f"{kind} {options.seed} 0 {options.count}"}
    with tempfile.TemporaryDirectory(prefix="syscalls-") as tmp:
        os.chmod(tmp, 0o755)
        made = list(scripts(pathlib.Path(tmp), program, tries))
        wanted = {}
        if options.record or options.seed is not None:
            wanted = oracles.uml(made, 600, False)
        if options.record:
            for script, (version, lines) in wanted.items():
                (HERE / f"{script.stem}.out").write_text("\n".join([oracles.HEADER + version, *lines]) + "\n")
                print(f"recorded {script.stem}, {len(lines)} lines, {version}")
            return 0
        listed = deviations.keys(ROOT / "docs/linux-notes/deviations.md")
        bad = False
        for script, lines in oracles.linnet(linnet, made, 120, 3, False):
            version, right = wanted[script] if wanted else oracles.stored(HERE / script.name)
            verdict = deviations.judge(HERE / script.name, version, right, lines, listed)
            show(verdict)
            bad |= verdict.bad
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
