"""What `ss` says, with what varies from run to run taken out."""
import re
import subprocess

RULES = [(r"pid=\d+", "pid=P"), (r"ino:[1-9]\d*", "ino:I"), (r"sk:[0-9a-f]+", "sk:C"), (r"cgroup:\S+", "cgroup:G"), (r" +", " "),
         (r"r[1-9]\d*,", "rN,"), (r"^(\w+) [1-9]\d\d+ ", r"\1 N ")]


def ss(arguments):
    """Prints the head line and then, sorted, a line for each socket: numbers of processes, inodes, cookies and amounts of
    memory are letters."""
    text = subprocess.run("ss " + arguments, shell=True, capture_output=True, text=True, check=False).stdout.replace("\n\t", " ")
    lines = []
    for line in text.splitlines():
        for pattern, by in RULES:
            line = re.sub(pattern, by, line)
        lines.append(line.rstrip())
    print("--", arguments, *lines[:1], *sorted(lines[1:]), sep="\n", flush=True)
