# Neighbour entries by hand.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.0.0.2/24 dev d0
set -x
ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev d0
ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev d0
ip neigh replace 10.0.0.51 lladdr 02:00:00:00:00:51 nud stale dev d0
ip neigh change 10.0.0.99 lladdr 02:00:00:00:00:51 dev d0
ip neigh del 10.0.0.98 dev d0
ip neigh add 10.0.0.60 dev d0
ip neigh | sort
ip neigh get 10.0.0.50 dev d0
ip neigh get 10.0.0.97 dev d0
ip neigh flush dev d0
ip neigh | sort
ip neigh show nud all
