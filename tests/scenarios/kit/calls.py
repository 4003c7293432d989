"""Calls and how they end, in words."""
import errno


def t(call, *arguments):
    """What the call returns, or the name of its error: "EAGAIN", "timeout"."""
    try:
        return call(*arguments)
    except TimeoutError:
        return "timeout"
    except OSError as e:
        return errno.errorcode[e.errno]


def attempt(what, call):
    """Prints what the call returns, or the name of its error; returns that too."""
    try:
        r = call()
    except OSError as e:
        r = errno.errorcode.get(e.errno, e.errno)
    print(what, r)
    return r
