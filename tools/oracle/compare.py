#!/usr/bin/env python3
"""Runs scenarios on Linux and in Linnet and compares what they print: what `linnet compare` is.

A scenario is a plain shell script of standard tools. A capture that it leaves behind (NAME.pcap in its working
directory) is compared too, packet by packet, as tcpdump reads it. Both outputs are normalised (normalise.py), so that
what is left differs for a reason. Linnet's side runs as an ordinary user even when root asks.

The oracle is Debian's user-mode-linux 6.1 (`uml`, the reference, all scenarios in one boot), this machine's kernel in
fresh namespaces (`host`, root), or what one of them answered before (`stored`: NAME.out beside NAME.sh, which says in
its first line who answered). A difference is allowed when NAME.deviations beside the scenario lists it, and that list
may hold nothing else: a deviation that has vanished is a failure too.
"""
import argparse
import json
import os
import pathlib
import sys

import deviations
import events
import oracles
from normalise import normalise

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCENARIOS = ROOT / "tests/scenarios"


def arguments():
    parser = argparse.ArgumentParser(prog="linnet compare", description=__doc__.split("\n\n", maxsplit=1)[0],
                                     epilog="exit status: 0 when nothing unexplained differs, 1 when something "
                                     "does, 2 when it could not be asked")
    parser.add_argument("script", nargs="*", help="a scenario, or the name of one in tests/scenarios; all of those "
                        "when none is given")
    parser.add_argument("--oracle", choices=("uml", "host", "stored"),
                        help="who knows what is right (default: stored where NAME.out is there, else uml)")
    parser.add_argument("--record", action="store_true", help="store what the oracle (default: uml) answers as NAME.out")
    parser.add_argument("--events", action="store_true", help="compare events too: the host kernel's tracepoints with "
                        "Linnet's own of the same names (oracle: host)")
    parser.add_argument("--json", action="store_true", help="one JSON object for each scenario, then one for all")
    parser.add_argument("--jobs", type=int, default=6, help="worlds at a time (6): mostly they wait")
    parser.add_argument("--timeout", type=int, default=120, help="seconds that one scenario may take (120)")
    parser.add_argument("--linnet", default=os.environ.get("LINNET", ""), help=argparse.SUPPRESS)
    return parser.parse_args()


def find(words):
    """The scenarios' paths; ends the program at the first word that is none."""
    if not words:
        return sorted(SCENARIOS.glob("*.sh"))
    found = []
    for word in words:
        path = pathlib.Path(word)
        if not path.is_file():
            path = SCENARIOS / f"{word.removesuffix('.sh')}.sh"
        if not path.is_file():
            sys.exit(f"linnet compare: no scenario {word}: neither a file nor a name in {SCENARIOS}")
        found.append(path)
    return found


def choose_oracle(options, scripts):
    """The oracle's name for each scenario."""
    if options.events and (options.record or options.oracle not in (None, "host")):
        sys.exit("linnet compare: --events goes with --oracle host: user-mode-linux has no tracepoints")
    fixed = options.oracle or ("host" if options.events else "uml" if options.record else None)
    if options.record and fixed == "stored":
        sys.exit("linnet compare: --record asks a kernel: --oracle uml or host")
    return {s: fixed or ("stored" if s.with_suffix(".out").is_file() else "uml") for s in scripts}


def ask(options, scripts):
    """What the oracles print: scenario to (version, lines)."""
    chosen = choose_oracle(options, scripts)
    answers = {}
    for name, oracle in (("uml", oracles.uml), ("host", oracles.host)):
        asked = [s for s in scripts if chosen[s] == name]
        if asked:
            answers |= oracle(asked, options.timeout, options.events)
    for script in scripts:
        if chosen[script] == "stored":
            answers[script] = oracles.stored(script)
    return answers


def with_events(wanted, lines):
    """Both outputs with the events behind them as comparable lines."""
    at = wanted.index(events.MARK) if events.MARK in wanted else len(wanted)
    kernel, (lines, ours) = events.of_host(wanted[at:]), lines
    routes = list(ours.routes)
    return (wanted[:at] + [events.MARK, *kernel.lines(routes)], lines + [events.MARK, *ours.lines(routes)])


def record(answers):
    for script, (version, lines) in answers.items():
        lines = list(normalise(lines))
        script.with_suffix(".out").write_text("\n".join([oracles.HEADER + version, *lines]) + "\n")
        print(f"recorded {script.stem}, {len(lines)} lines, {version}")


def show(verdict, as_json):
    if as_json:
        print(json.dumps({"scenario": verdict.name, "lines": verdict.lines, "oracle": verdict.oracle,
                          "deviations": [d.key for d in verdict.explained],
                          "unexplained": verdict.unexplained, "vanished": verdict.vanished}), flush=True)
        return
    word = "DIFFERS " if verdict.bad else "deviates" if verdict.explained else "equal   "
    print(f"{word}  {verdict.name}, {verdict.lines} lines"
          + (f", {len(verdict.explained)} listed" if verdict.explained else ""), flush=True)
    for line in verdict.unexplained:
        print("   ", line)
    for line in verdict.vanished:
        print("    no longer so:", line)
    if verdict.vanished:
        print(f"    take it out of {verdict.name}.deviations and out of docs/linux-notes/deviations.md", flush=True)


def main():
    options = arguments()
    scripts = find(options.script)
    answers = ask(options, scripts)
    if options.record:
        record(answers)
        return 0
    listed = deviations.keys(ROOT / "docs/linux-notes/deviations.md")
    verdicts = []
    for script, lines in oracles.linnet(options.linnet, scripts, options.timeout, options.jobs, options.events):
        version, wanted = answers[script]
        if options.events:
            wanted, lines = with_events(wanted, lines)
        verdict = deviations.judge(script, version, list(normalise(wanted)), list(normalise(lines)), listed)
        verdicts.append(verdict)
        show(verdict, options.json)
    counts = {"scenarios": len(verdicts), "equal": sum(not v.bad and not v.explained for v in verdicts),
              "deviations": sum(len(v.explained) for v in verdicts), "failed": sum(v.bad for v in verdicts)}
    if options.json:
        print(json.dumps(counts))
    else:
        asked = ", ".join(sorted({v.oracle for v in verdicts}))
        print(f"{counts['equal']} of {counts['scenarios']} equal to {asked}; {counts['deviations']} listed deviations; "
              f"{counts['failed']} with unexplained differences")
    return 1 if counts["failed"] or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
