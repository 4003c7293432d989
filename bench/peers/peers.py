#!/usr/bin/env python3
"""Linnet beside the Linux kernel, DPDK and lwIP, on this machine, in one run: `make bench-peers`.

Each figure is taken of both in turn, several times, and the medians compared. Work that happens in one process is given as
CPU time of that process; work split between a program and who serves it (ip, netlink) as wall-clock time. Needs root, for
namespaces and the injection of frames. With --write FILE the table goes there as a page of the documentation.
"""
import argparse
import datetime
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(ROOT, 'build', 'peers')
RELEASE = os.path.join(ROOT, 'build', 'release', 'bin')
LINNET = os.path.join(RELEASE, 'linnet')
PREFIXES = 1_000_000
LINES = 100_000          # of a batch for ip(8)


def build():
    """Compiles the peers, which need DPDK's and lwIP's headers and so are no part of the project's build."""
    os.makedirs(OUT, exist_ok=True)
    def library(name):
        def config(what):
            return subprocess.check_output(['pkg-config', what, name], text=True).split()
        return [f.replace('-I', '-isystem') for f in config('--cflags')] + ['-Wno-volatile'], config('--libs')
    common = ['g++', '-std=c++23', '-O3', '-Wall', '-Wextra', f'-I{ROOT}', f'-I{ROOT}/src']
    linnet = [f'-I{ROOT}/include'], ['-flto=auto', f'{ROOT}/build/release/liblinnet.a']
    for name, (flags, libs) in (
            ('dpdk_peer', library('libdpdk')), ('lwip_peer', library('lwip')), ('kernel_router', ([], [])),
            ('netlink_calls', ([], [])), ('udp_calls', ([], [])), ('udp_veth', linnet), ('tcp_veth', linnet),
            ('tcp_idle', linnet)):
        subprocess.run(common + flags + [f'{HERE}/{name}.cc', '-o', f'{OUT}/{name}'] + libs, check=True)


class Answering:
    """A peer that holds its tables ready and answers a measure's name with a number."""
    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        bufsize=1)
        if self.process.stdout.readline() != 'ready\n':
            sys.exit(f'{argv[0]} did not start')

    def ask(self, what='forward'):
        self.process.stdin.write(what + '\n')
        return float(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def linnet_bench(pattern):
    """CPU nanoseconds for each packet, lookup or route, by the benchmark's name."""
    out = subprocess.run([f'{RELEASE}/linnet_bench', f'--benchmark_filter={pattern}', '--benchmark_format=json'],
                         check=True, capture_output=True, text=True).stdout
    figures = {}
    for b in json.loads(out)['benchmarks']:
        rate = b.get('Mpps', 0) * 1e6 or b.get('items_per_second', 0)
        figures[b['name'].removesuffix('/iterations:1')] = 1e9 / rate if rate else b['cpu_time']
    return figures


def in_world(script, on=()):
    return subprocess.run([*on, LINNET, 'run', '--', 'bash', '-ec', script], check=True, capture_output=True,
                          text=True).stdout


def in_kernel(script, on=()):
    """With a /run of its own, so that no name of a namespace is left behind."""
    script = 'mount -t tmpfs none /run; ' + script
    return subprocess.run([*on, 'unshare', '-nm', 'bash', '-ec', script], check=True, capture_output=True,
                          text=True).stdout


def addresses(count, seed):
    """As bench/full_table.hh spreads them, though not the same ones."""
    r = random.Random(seed)
    lengths = {24: 620, 23: 100, 22: 110, 21: 50, 20: 45, 19: 25, 18: 15, 17: 9, 16: 14, 15: 3, 14: 2, 13: 1,
               12: 1, 32: 5}
    firsts = [f for f in range(1, 224) if f not in (10, 127)]
    seen = set()
    while len(seen) < count:
        plen = r.choices(list(lengths), list(lengths.values()))[0]
        key = (r.choice(firsts) << 24 | r.getrandbits(24)) & (0xffffffff << (32 - plen))
        seen.add((key, plen))
    return sorted(seen)


def dotted(key):
    return '.'.join(str(key >> s & 255) for s in (24, 16, 8, 0))


def write_batch(path, count):
    with open(path, 'w') as f:
        for i, (key, plen) in enumerate(addresses(count, 1)):
            f.write(f'route add {dotted(key)}/{plen} via 10.0.1.{i % 64 + 2}\n')


TWO_PORTS = '''
ip link add eth0 type veth peer name peer0; ip link add eth1 type veth peer name peer1
for d in lo eth0 peer0 eth1 peer1; do ip link set $d up; done
ip addr add 10.0.0.1/24 dev eth0; ip addr add 10.0.1.1/24 dev eth1
ip route add default via 10.0.1.2
'''
# What ip(8) and a program of its own take, in nanoseconds for each line, route or call.
CONTROL = TWO_PORTS + '''
now() { date +%s%N; }
a=$(now); ip -batch BATCH; b=$(now); echo load $(( (b - a) / LINES ))
a=$(now); ip route show >/dev/null; b=$(now); echo show $(( (b - a) / LINES ))
echo dump $(CALLS dump 5)
echo getroute $(CALLS getroute 20000)
a=$(now); ip route flush proto boot; b=$(now); echo flush $(( (b - a) / LINES ))
echo netns $(CALLS netns 100)
echo burst $(UDP burst 100000)
echo single $(UDP single 50000)
echo pingpong $(UDP pingpong 10000)
'''
# What a program sends another, in nanoseconds for each KiB: iperf3 between two namespaces.
STREAM = '''
for n in a b; do ip netns add $n; done
ip link add eth0 netns a type veth peer name eth0 netns b
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0
ip -n a link set eth0 up; ip -n b link set eth0 up
ip netns exec b iperf3 -s -1 >/dev/null & server=$!
until [ -n "$(ip netns exec b ss -Htln sport = 5201)" ]; do sleep 0.1; done
ip netns exec a iperf3 -c 10.0.0.2 -t 4 -O 1 -J |
  python3 -c 'import json, sys; print("stream", 8192e9 / json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"])'
wait $server
'''
ONE_PROCESSOR = ('taskset', '-c', '0')
ROUTER = '''
for d in in0 out0; do ip link set $d up; done
tc qdisc replace dev out0 root noqueue
ip addr add 10.0.0.1/24 dev in0; ip addr add 10.0.1.1/24 dev out0
sysctl -qw net.ipv4.ip_forward=1
for i in $(seq 2 65); do ip neigh add 10.0.1.$i lladdr 02:00:00:00:01:02 dev out0; done
ip route add default via 10.0.1.2
ip -batch BATCH
'''


# Sockets in one thread: the program, what it does, and how often.
VETH = (('udp_veth', 'rr', 200_000), ('udp_veth', 'rr2', 50_000), ('udp_veth', 'burst', 1_000_000),
        ('tcp_veth', 'bulk', 4_000_000), ('tcp_veth', 'hand', 40_000_000), ('tcp_veth', 'nogso', 500_000),
        ('tcp_veth', 'rr', 200_000), ('tcp_veth', 'rr2', 50_000), ('tcp_veth', 'crr', 20_000))
# Ends of connections that do nothing.
IDLE = {'linnet': 1_000_000, 'kernel': 100_000}

# What one of them alone can do.
ONLY = {'rr2': ('kernel',), 'hand': ('linnet',)}


def sockets():
    """CPU nanoseconds for each transaction, datagram, KiB or connection, by who and what; bytes of an idle end."""
    def one(argv):
        return float(subprocess.check_output([str(a) for a in argv]))
    for program, what, n in VETH:
        for who in ONLY.get(what, ('linnet', 'kernel')):
            yield f'{who} {program} {what}', one([f'{OUT}/{program}', who, what, n])
    for what, n in (('bulk', 1_000_000), ('rr', 500_000)):
        yield f'lwip {what}', one([f'{OUT}/lwip_peer', what, n])
    for who, n in IDLE.items():
        yield f'{who} tcp_idle', one([f'{OUT}/tcp_idle', who, n])


def figures_of(text):
    return {name: float(value) for name, value in (line.split() for line in text.splitlines())}


def measure(rounds, tmp):
    small, full = os.path.join(tmp, 'small.batch'), os.path.join(tmp, 'full.batch')
    write_batch(small, LINES)
    write_batch(full, PREFIXES)
    control = CONTROL.replace('BATCH', small).replace('LINES', str(LINES)) \
                     .replace('CALLS', f'{OUT}/netlink_calls').replace('UDP', f'{OUT}/udp_calls')
    setup = os.path.join(tmp, 'router.sh')
    with open(setup, 'w') as f:
        f.write(ROUTER.replace('BATCH', full))
    print('filling the tables of the kernel and of DPDK (rte_lpm takes minutes) ...', file=sys.stderr)
    kernel = Answering(['unshare', '-n', f'{OUT}/kernel_router', f'bash -e {setup}'])
    dpdk = Answering([f'{OUT}/dpdk_peer', str(PREFIXES)])
    seen = {}
    def note(name, value):
        seen.setdefault(name, []).append(value)
    for n in range(rounds):
        print(f'round {n + 1} of {rounds}', file=sys.stderr)
        for name, ns in linnet_bench('forward_full_table|fib_lookup.*/1000000|route_load').items():
            note('linnet ' + name, ns)
        note('kernel forward', kernel.ask())
        for name, ns in sockets():
            note(name, ns)
        for what in ('forward', 'fib_single', 'fib_burst', 'lpm_single', 'lpm_burst', 'fib_add'):
            note('dpdk ' + what, dpdk.ask(what))
        for who, run in (('linnet', in_world), ('kernel', in_kernel)):
            for name, ns in figures_of(run(control)).items():
                note(f'{who} {name}', ns)
            for name, ns in figures_of(run(STREAM, ONE_PROCESSOR)).items():
                note(f'{who} {name}', ns)
    kernel.end()
    dpdk.end()
    return {name: statistics.median(values) for name, values in seen.items()}


# What is compared: the work, Linnet's figure, the peer's, and the peer's name.
ROWS = [
    ('forward a packet, 1 M routes, random destinations, bursts of 64', 'forward_full_table/burst:64', 'kernel forward',
     'kernel, frames injected at its ingress'),
    ('the same, bursts of 32', 'forward_full_table/burst:32', 'dpdk forward', 'bare DPDK loop'),
    ('look up an address among 1 M routes', 'fib_lookup_single/1000000', 'dpdk fib_single', 'rte_fib'),
    ('the same', 'fib_lookup_single/1000000', 'dpdk lpm_single', 'rte_lpm'),
    ('the same, bursts of 32', 'fib_lookup_burst32/1000000', 'dpdk fib_burst', 'rte_fib'),
    ('the same', 'fib_lookup_burst32/1000000', 'dpdk lpm_burst', 'rte_lpm'),
    ('a UDP round trip of a byte between namespaces, in one thread', 'udp_veth rr', 'kernel udp_veth rr',
     'kernel, in one thread'),
    ('the same', 'udp_veth rr', 'kernel udp_veth rr2', 'kernel, two programs'),
    ('a UDP message between namespaces, by sendmmsg and recvmmsg of 32, in one thread', 'udp_veth burst',
     'kernel udp_veth burst', 'kernel'),
    ('a KiB of one TCP flow, by calls that copy', 'tcp_veth bulk', 'kernel tcp_veth bulk', 'kernel'),
    ('the same', 'tcp_veth bulk', 'lwip bulk', 'lwIP'),
    ('the same by calls that hand buffers over', 'tcp_veth hand', 'kernel tcp_veth bulk', 'kernel, by calls that copy'),
    ('the same without GSO', 'tcp_veth nogso', 'kernel tcp_veth nogso', 'kernel without GSO'),
    ('a TCP round trip of a byte', 'tcp_veth rr', 'kernel tcp_veth rr', 'kernel, in one thread'),
    ('the same', 'tcp_veth rr', 'kernel tcp_veth rr2', 'kernel, two programs'),
    ('the same', 'tcp_veth rr', 'lwip rr', 'lwIP'),
    ('a TCP connection made, a byte there and back, closed', 'tcp_veth crr', 'kernel tcp_veth crr', 'kernel'),
    ('memory of an end of an idle TCP connection, of a million', 'tcp_idle', 'kernel tcp_idle', 'kernel'),
    ('add a route by the C++ netlink API', 'route_load/1000000', 'dpdk fib_add', 'rte_fib'),
    ('add a route by `ip -batch`', 'load', 'kernel load', 'kernel'),
    ('show a route by `ip route show`', 'show', 'kernel show', 'kernel'),
    ('read a route of a dump', 'dump', 'kernel dump', 'kernel'),
    ('ask for the route to an address (RTM_GETROUTE)', 'getroute', 'kernel getroute', 'kernel'),
    ('flush a route by `ip route flush`', 'flush', 'kernel flush', 'kernel'),
    ('make a namespace (unshare)', 'netns', 'kernel netns', 'kernel'),
    ('a UDP message, by sendmmsg and recvmmsg of 32', 'burst', 'kernel burst', 'kernel'),
    ('a UDP message, by sendto and recvfrom', 'single', 'kernel single', 'kernel'),
    ('a UDP round trip between two programs', 'pingpong', 'kernel pingpong', 'kernel'),
    ('a KiB of one TCP flow between two programs (iperf3), all on one processor', 'stream', 'kernel stream', 'kernel'),
]


def table(figures):
    lines = ['| work | Linnet | peer | | ratio |', '| --- | ---: | ---: | --- | ---: |']
    for work, ours, theirs, peer in ROWS:
        a, b = figures['linnet ' + ours], figures[theirs]
        unit = 'bytes' if ours == 'tcp_idle' else 'ns'
        lines.append(f'| {work} | {a:,.0f} {unit} | {b:,.0f} {unit} | {peer} | {b / a:.2f} |')
    return lines


PAGE = '''# Linnet beside its peers

Measured by `make bench-peers` on {date}: {cpu}, {cpus} cpus, Linux {kernel}; medians of {rounds} rounds in which all took
turns. The ratio says how many times as fast Linnet is: above 1, Linnet is the faster.

{table}

*What is compared.* Forwarding, lookups and the C++ API: CPU time of one process. A packet is allocated and its 60 bytes
copied in, validated, routed, its TTL and checksum changed, its link-layer header written, transmitted and freed. The
kernel's frames are injected by `BPF_PROG_TEST_RUN` at a TAP device and leave by one that nobody reads: no system call, no
context switch, no sender. DPDK's loop is the least a router can do: no validation, counters, source check or neighbour
states. All look up random addresses in tables of a million prefixes with lengths as in the Internet's, by 64 next hops.

Sockets between namespaces: CPU time of both ends, which are on two namespaces joined by veth; one program, the same loop by
the C++ calls and by system calls, so that the kernel switches between no programs but where two are named. lwIP has its two
ends joined by nothing but a copy; it sums what it sends, which the kernel and Linnet leave undone over veth. No loop looks at the
bytes that it moves; where buffers are handed over, they are never touched. "Without GSO" is `ethtool -K eth0 tso off gso off` at both
ends. An idle end's memory is the process's resident memory for each, with all that the C++ interface has for it, or the kernel's slabs
(of as many ends as there may be descriptors).

The lines with `ip`, dumps, requests and namespaces: wall-clock time of the same unmodified program, natively and as a guest
({lines} routes). Natively a netlink message is a system call; a guest's goes to the supervisor, in shared memory if the
supervisor runs on another processor at that moment, or by two context switches. UDP messages have 64 bytes and go over lo.
iperf3's two ends, and who serves them, share one processor, so that its rate is what the processor's time yields.

*To repeat it:* `sudo make bench-peers` (some ten minutes; installs DPDK's headers from Debian's archive), with
`PEERS_FLAGS="--write docs/benchmarks.md"` to make this page anew.
'''


def cpu_name():
    with open('/proc/cpuinfo') as f:
        return next((l.split(':')[1].strip() for l in f if l.startswith('model name')), platform.machine())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--write', metavar='FILE', help='make FILE a page with the table')
    args = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit('bench-peers: needs root, for namespaces and BPF_PROG_TEST_RUN')
    build()
    with tempfile.TemporaryDirectory() as tmp:
        figures = measure(args.rounds, tmp)
    lines = table(figures)
    print('\n'.join(lines))
    if args.write:
        with open(args.write, 'w') as f:
            f.write(PAGE.format(date=datetime.date.today(), cpu=cpu_name(), cpus=os.cpu_count(),
                                kernel=platform.release(), rounds=args.rounds, lines=f'{LINES:,}',
                                table='\n'.join(lines)))


if __name__ == '__main__':
    main()
