"""The events of a run, from the host kernel's tracepoints or from `linnet run --trace`, as lines that can be compared.

Both tell of the same things in their own words, so what is compared is what they mean, for IPv4 and ARP:

    neigh DEV ADDRESS: STATE STATE ...   the states that a neighbour went through (neigh:neigh_update and its kin)
    drop PROTOCOL REASON                 a packet's end (skb:kfree_skb), in order
    route ADDRESS dev DEV gw GATEWAY     a route that a packet of Linnet's took; the kernel has the line too if one of
                                         its lookups (fib:fib_table_lookup) had the same answer
"""
import ipaddress
import json
import re
import subprocess

TRACEPOINTS = ("skb:kfree_skb", "neigh:neigh_create", "neigh:neigh_update_done", "neigh:neigh_event_send_done",
               "neigh:neigh_timer_handler", "fib:fib_table_lookup")
MARK = "=== events"

_PROTOCOLS = {2048: "ip", 2054: "arp"}
_STATES = {1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 0x10: "probe", 0x20: "failed", 0x40: "noarp",
           0x80: "permanent"}
_DROP = re.compile(r"kfree_skb: .*protocol=(\d+) .*reason: (\w+)")
_UNHEARD_REPLY = re.compile(r"kfree_skb: .*location=(?:icmp|ping)_rcv.* reason: NO_SOCKET")
_NEIGH = re.compile(r"neigh_\w+: family 2 dev (\S+) .*nud_state (\w+) .*primary_key4 (\S+)")
_ROUTE = re.compile(r"fib_table_lookup: .* -> ([0-9.]+)/\d+ .*==> dev (\S+) gw ([0-9.]+)/\S+ err 0")


class Events:
    def __init__(self):
        self.neighbours, self.drops, self.routes = {}, [], {}

    def neighbour(self, dev, address, state):
        # What lo's entries are called differs, and nobody waits for them.
        if dev == "lo" or not state:
            return
        states = self.neighbours.setdefault((dev, address), [])
        if states[-1:] != [state]:
            states.append(state)

    def drop(self, protocol, reason):
        if reason in ("QUEUE_PURGE", "SOCKET_CLOSE"):
            return  # what a program left unread when it ended is a race between it and the packets
        # Linux has no reasons for ARP.
        self.drops.append(f"drop {protocol} {reason}" if protocol != "arp" else "drop arp")

    def lines(self, routes):
        for (dev, address), states in sorted(self.neighbours.items()):
            # The kernel tells of this state when the request is out, and a reply may have overtaken it by then.
            states = [s for s, after in zip(states, [*states[1:], None]) if (s, after) != ("incomplete", "reachable")]
            states = [s for s, after in zip(states, [*states[1:], None]) if s != after]
            yield f"neigh {dev} {address}: {' '.join(states)}"
        yield from self.drops
        yield from (f"route {to} dev {dev} gw {gw}" for to, dev, gw in routes if (to, dev, gw) in self.routes)


def of_host(lines):
    """From the lines of the kernel's trace, which tells of all namespaces: the machine's own neighbours are left out."""
    events, own = Events(), _machines_neighbours()
    for line in lines:
        if _UNHEARD_REPLY.search(line):
            continue  # deviations.md, tracepoints
        if m := _DROP.search(line):
            if int(m[1]) in _PROTOCOLS:
                events.drop(_PROTOCOLS[int(m[1])], m[2])
        elif m := _NEIGH.search(line):
            if (m[1], m[3]) not in own:
                events.neighbour(m[1], m[3], m[2])
        elif m := _ROUTE.search(line):
            events.routes[m.groups()] = True
    return events


def _machines_neighbours():
    shown = subprocess.run(["ip", "-4", "-json", "neigh"], capture_output=True, check=False).stdout
    return {(n["dev"], n["dst"]) for n in json.loads(shown or "[]")}


def of_linnet(path):
    """From the file that `linnet run --trace` wrote."""
    events = Events()
    address = lambda n: str(ipaddress.IPv4Address(n))
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            step = json.loads(line)
            function, match, dev = step["function"], step["match"], step.get("dev", "")
            if function == "neigh_update":
                events.neighbour(dev, address(match[0]), _STATES.get(match[2]))
            elif function == "kfree_skb":
                protocol = "arp" if step.get("title", "").startswith("arp") else "ip"
                events.drop(protocol, step.get("reason", "NOT_SPECIFIED"))
            elif function == "ip_output" and dev != "lo" and "dst" in step:
                events.routes[(step["dst"], dev, address(match[1]))] = True
    return events
