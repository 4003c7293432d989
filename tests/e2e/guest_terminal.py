"""A run on a terminal: stopping, continuing and interrupting it from an interactive shell, and a shell inside."""
import os
import pty
import select
import shutil
import sys
import tempfile
import time

LINNET = os.environ["LINNET"]
if os.getuid() == 0:
    if not shutil.which("setpriv"):
        sys.exit(77)
    os.execvp("setpriv", ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, __file__])
if not os.access(LINNET, os.X_OK) or not shutil.which("bash"):
    sys.exit(77)

os.environ["TMPDIR"] = tempfile.mkdtemp()
os.environ.pop("XDG_RUNTIME_DIR", None)
os.environ["PS1"] = "$ "
pid, terminal = pty.fork()
if pid == 0:
    os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])


def expect(text, seconds=15):
    """Reads until `text` comes."""
    seen = ""
    end = time.monotonic() + seconds
    while text not in seen:
        if time.monotonic() > end:
            sys.exit("FAILED: waited for %r, got %r" % (text, seen))
        if select.select([terminal], [], [], .1)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")
    print("ok:", text)


def say(text):
    os.write(terminal, text.encode())


RUN = LINNET + " run "
expect("$ ")
say(RUN + "sh -c 'echo u$((1))p; exec sleep 100'\n")
expect("u1p")
say("\x1a")
expect("Stopped")
say("fg\n")
time.sleep(.3)
say("\x03")
expect("$ ")
say("echo status=$?\n")
expect("status=130")
say(RUN + "bash --norc -i; echo ended=$?\n")
time.sleep(.5)
say("echo in$((1+1))\n")
expect("in2")
say("sleep 100\n")
time.sleep(.5)
say("\x1a")
expect("Stopped")
# Not `wait`: whether bash has heard of the end by then is a race, and it would not exit with a stopped job.
say("kill -KILL %1; disown -a; exit 5\n")
expect("ended=5")
say("exit\n")
os.waitpid(pid, 0)
left = os.listdir(os.environ["TMPDIR"])
os.rmdir(os.environ["TMPDIR"])
sys.exit("left behind: %s" % left if left else 0)
