# Proxy entries by netlink: on one device, on none, with protocol and flags; their errors; who goes with a device.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set d0 up
ip link set d1 up
ip addr add 10.0.0.1/24 dev d0
set -x
ip neigh add proxy 10.0.0.9 dev d0
ip neigh add proxy 10.0.0.9 dev d0
ip neigh add proxy 10.0.0.9 dev d1
ip neigh replace proxy 10.0.0.8 dev d0 protocol static
ip neigh add proxy 10.0.0.7 router dev d0
ip neigh add proxy 10.0.0.6 extern_learn dev d0
ip neigh add proxy 10.0.0.5 managed dev d0
ip neigh add proxy 10.0.0.4 lladdr 02:00:00:00:00:04 nud permanent dev d0
ip neigh add proxy 10.0.0.3
ip neigh change proxy 10.0.0.2 dev d0
ip neigh show proxy | sort
ip neigh show proxy dev d0 | sort
ip neigh show proxy to 10.0.0.8/30 | sort
ip neigh show | sort
ip neigh get proxy 10.0.0.9 dev d0
ip neigh get proxy 10.0.0.99 dev d0
ip -d neigh show proxy dev d0 | sort
grep -v Device /proc/net/arp | sort
ip neigh del proxy 10.0.0.9 dev d0
ip neigh del proxy 10.0.0.9 dev d0
ip neigh del proxy 10.0.0.9
ip neigh change proxy 10.0.0.8 dev d0
ip neigh show proxy | sort
ip neigh flush proxy dev d0
ip neigh del proxy 10.0.0.3
ip link set d0 down
ip neigh show proxy | sort
ip link del d1
ip neigh show proxy | sort
