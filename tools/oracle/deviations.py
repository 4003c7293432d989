"""Differences between two outputs, and which of them are allowed.

NAME.deviations beside a scenario lists what differs there, in the order of the output:

    deviation: KEY          [KEY] in the first column of docs/linux-notes/deviations.md
    -what Linux prints      one or more lines, as in a diff without context
    +what Linnet prints

Each difference must be listed once, and each listed difference must be there.
"""
import dataclasses
import difflib
import re

KEY = re.compile(r"^\|[^|]*\[([a-z0-9-]+)\]", re.M)


@dataclasses.dataclass
class Hunk:
    key: str  # empty: nobody has explained it
    lines: tuple


@dataclasses.dataclass
class Verdict:
    name: str
    oracle: str
    lines: int
    explained: list
    unexplained: list  # lines of a diff
    vanished: list

    @property
    def bad(self):
        return bool(self.unexplained or self.vanished)


def keys(path):
    """The [keys] in the first column of the page's table."""
    return set(KEY.findall(path.read_text())) if path.is_file() else set()


def read(path):
    hunks = []
    for line in path.read_text().splitlines() if path.is_file() else ():
        if line.startswith("deviation: "):
            hunks.append(Hunk(line.removeprefix("deviation: ").strip(), ()))
        elif line[:1] in "-+" and line and hunks:
            hunks[-1].lines += (line,)
        elif line.strip() and not line.startswith("#"):
            raise SystemExit(f"linnet compare: {path}: not a deviation: {line}")
    return hunks


def differences(wanted, got):
    """The hunks between two lists of lines, each with the lines as a diff shows them and its place in `wanted`."""
    matcher = difflib.SequenceMatcher(None, wanted, got, autojunk=False)
    for what, i, j, k, l in matcher.get_opcodes():
        if what != "equal":
            yield i, tuple(["-" + x for x in wanted[i:j]] + ["+" + x for x in got[k:l]])


def judge(script, oracle, wanted, got, known):
    allowed = read(script.with_suffix(".deviations"))
    verdict = Verdict(script.stem, oracle, len(wanted), [], [], [])
    for place, lines in differences(wanted, got):
        match = next((a for a in allowed if a.lines == lines), None)
        if match:
            allowed.remove(match)
            verdict.explained.append(match)
            if match.key not in known:
                verdict.unexplained.append(f"deviation {match.key} is not in docs/linux-notes/deviations.md")
            continue
        verdict.unexplained.append(f"@@ line {place + 1}" + (f", after: {wanted[place - 1]}" if place else ""))
        verdict.unexplained += lines
    verdict.vanished = [f"{a.key}: {' / '.join(a.lines)}" for a in allowed]
    return verdict
