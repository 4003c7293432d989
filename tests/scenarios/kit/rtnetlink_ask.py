"""Requests of NETLINK_ROUTE whose answers are told in a line each."""
from rtnetlink import DONE, ERROR, request, verdict


def _said(answer):
    if answer[0] == DONE:
        return "done"
    if answer[0] != ERROR:
        return "message %d" % answer[0]
    name, text, at = verdict(answer)
    return name + (" " + repr(text) if text else "") + (" at %d" % at if at is not None else "")


def ask_all(s, what, kind, body, flags=0):
    """Prints every answer, the types of messages among them."""
    print("%-40s" % what, ", ".join(map(_said, request(s, kind, flags, body, wait=0.3))) or "nothing")


def ask(s, what, kind, flags, body):
    """Prints the first answer, with the extended ack's words as they are."""
    answer = request(s, kind, flags, body)[0]
    if answer[0] != ERROR:
        print("%-34s answer %d" % (what, answer[0]))
        return
    name, text, at = verdict(answer)
    print("%-34s" % what, name, *([text] if text else []), *([] if at is None else ["offset %d" % at]))
