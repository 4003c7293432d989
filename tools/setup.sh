#!/usr/bin/env bash
# Installs what Linnet needs from Debian's archive: setup.sh PURPOSE..., where a purpose is
#   build   compile the program         run    what the demo and the tests call (ip, ping, tcpdump ...)
#   test    the test libraries, the fuzzers' compiler, the reference kernel
#   lint    clang-format and clang-tidy
#   peers   what the benchmarks compare with            docs   doxygen
# Looks for each thing itself rather than for its package, so one that came another way is fine. Says what it
# installs; silent when nothing is missing. Uses sudo only when not root.
set -euo pipefail

# PURPOSE PACKAGE WHAT-SHOWS-THAT-IT-IS-THERE (a command, or a path under one of the folders below)
needs() {
  cat <<'LIST'
build make            make
build cmake           cmake
build ninja-build     ninja
build g++             g++
build linux-libc-dev  include/linux/rtnetlink.h
run   iproute2        ip
run   iputils-ping    ping
test  iputils-tracepath tracepath
test  traceroute      traceroute
test  mtr-tiny        mtr
test  hping3          hping3
test  nmap            nmap
test  netsniff-ng     netsniff-ng
test  netcat-openbsd  nc.openbsd
test  dnsmasq-base    dnsmasq
test  bind9-dnsutils  dig
test  isc-dhcp-client dhclient
test  isc-dhcp-server dhcpd
test  isc-dhcp-relay  dhcrelay
test  golang-go       go
run   iputils-arping  arping
test  net-tools        arp
run   tcpdump         tcpdump
run   procps          sysctl
run   python3         python3
test  libgtest-dev        include/gtest/gtest.h
test  librapidcheck-dev   include/rapidcheck.h
test  libbenchmark-dev    include/benchmark/benchmark.h
test  clang-19            clang++-19
test  libclang-rt-19-dev  lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a
test  busybox-static      busybox
test  curl                curl
test  socat               socat
test  iperf3              iperf3
test  nginx-light         nginx
test  wrk                 wrk
test  ethtool             ethtool
test  tshark              tshark
test  keepalived          keepalived
test  chrony              chronyd
test  frr                 lib/frr/ospfd
test  gobgpd              gobgpd
test  kmod                modprobe
test  user-mode-linux     linux.uml
peers libdpdk-dev     include/dpdk/rte_fib.h
peers pkgconf         pkg-config
peers liblwip-dev     include/lwip/lwip/init.h
peers iperf3          iperf3
docs  doxygen         doxygen
test  pkgconf         pkg-config
lint  python3         python3
lint  clang-19        clang++-19
lint  clang-format-19 clang-format-19
lint  clang-tidy-19   clang-tidy-19
LIST
}

present() {
  case $1 in
    */*) local root
         for root in /usr /usr/local "/usr/$(uname -m)-linux-gnu"; do [[ -e $root/$1 ]] && return 0; done
         return 1 ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

missing=()
while read -r purpose package shown; do
  [[ " $* " == *" $purpose "* && " ${missing[*]-} " != *" $package "* ]] || continue
  # It would replace the program that sets this machine's clock.
  [[ $package == chrony && -e /usr/lib/systemd/systemd-timesyncd ]] && continue
  present "$shown" || missing+=("$package")
done < <(needs)
[[ ${#missing[@]} -gt 0 ]] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "setup: missing: ${missing[*]} (Debian's names). Please install them; there is no apt-get here." >&2
  exit 1
fi
as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: missing: ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "setup: installing ${missing[*]}"
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >"$log" 2>&1
}
log=$(mktemp) policy=/usr/sbin/policy-rc.d made=''
cleanup() { rm -f "$log"; [[ -z $made ]] || "${as_root[@]}" rm -f "$policy"; }
trap cleanup EXIT
# The tests start what they need in a world; no package may start a service here, now or at the next boot.
if [[ ! -e $policy ]]; then
  made=1
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
# The list of packages may be absent or stale: fetch it when a first attempt fails.
if ! install; then
  if ! { "${as_root[@]}" apt-get update -qq >>"$log" 2>&1 && install; }; then
    cat "$log" >&2
    echo "setup: could not install: ${missing[*]}" >&2
    exit 1
  fi
fi
for package in "${missing[@]}"; do
  case $package in
    nginx-light) service=nginx ;;
    chrony | frr | keepalived | isc-dhcp-server | isc-dhcp-relay) service=$package ;;
    *) continue ;;
  esac
  [[ ! -d /run/systemd/system ]] || "${as_root[@]}" systemctl disable --quiet "$service" || true
done
