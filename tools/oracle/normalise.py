#!/usr/bin/env python3
"""Takes from a scenario's output what may differ from run to run, so that two outputs can be compared.

  normalise.py < OUTPUT

Round-trip times become T, the random part of reachable times N and that
of packets' identifiers, and MAC addresses that nobody chose become MAC1, MAC2 ... in the order in which they
appear (chosen ones begin with 02:00). `numrxqueues` goes: Linux shows it only with CONFIG_RPS, which
distributions' kernels have and user-mode-linux has not.
"""
import re
import sys

RULES = [
    (re.compile(r"time=[0-9.]+ ms"), "time=T ms"),
    (re.compile(r"\btime [0-9]+ms"), "time Tms"),
    (re.compile(r" +[0-9]+\.[0-9]+ ?ms"), " T ms"),
    (re.compile(r"^rtt min/avg/max/mdev = .*"), "rtt T"),
    (re.compile(r"\bid [1-9]\d*,"), "id N,"),
    (re.compile(r"refcnt 1 reachable \d+ "), "refcnt 1 reachable N "),
    (re.compile(r" numrxqueues \d+"), ""),
    (re.compile(r"^(/\S+/script|bash): line"), "script: line"),
    (re.compile(r"[ \t]+$"), ""),
]
MAC = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b")
# What `set -x` says of a pipeline's further commands: their order is a race.
FILTER = re.compile(r"# (awk|cut|grep|head|sed|sort|tail|tr|uniq|wc|xargs)( |$)")
FIXED = re.compile(r"02:00|00:00:00:00:00:00|ff:ff|01:00:5e")


def normalise(lines):
    known = {}

    def mac(match):
        text = match.group(0)
        if FIXED.match(text):
            return text
        return known.setdefault(text, f"MAC{len(known) + 1}")

    for line in lines:
        line = line.rstrip("\n")
        if FILTER.match(line):
            continue
        for pattern, by in RULES:
            line = pattern.sub(by, line)
        yield MAC.sub(mac, line)


if __name__ == "__main__":
    for out in normalise(sys.stdin):
        print(out)
