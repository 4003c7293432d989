# The flags of an entry: router, extern_learn, use, managed, protocol; how later requests change them.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
A=02:00:00:00:00:0a B=02:00:00:00:00:0b
show() { ip neigh show 10.0.0.2 nud all; }
set -x
ip neigh add 10.0.0.2 lladdr $A router dev d0; show
ip neigh change 10.0.0.2 lladdr $A dev d0; show
ip neigh change 10.0.0.2 lladdr $B router dev d0; show
ip neigh replace 10.0.0.2 lladdr $B extern_learn dev d0; show
ip neigh replace 10.0.0.2 lladdr $B router extern_learn nud stale dev d0; show
ip neigh replace 10.0.0.2 lladdr $B nud stale dev d0; show
ip neigh replace 10.0.0.2 lladdr $B nud stale protocol zebra dev d0; show
ip neigh replace 10.0.0.2 lladdr $B nud stale protocol 0 dev d0; show
ip neigh replace 10.0.0.2 lladdr $B nud stale protocol 77 dev d0; show
ip neigh show protocol 77
ip neigh show protocol zebra
ip neigh get 10.0.0.2 dev d0
ip neigh del 10.0.0.2 dev d0
ip neigh add 10.0.0.2 extern_learn nud failed dev d0; show
ip neigh flush all; show
ip neigh change 10.0.0.2 nud failed dev d0; show
ip -d neigh show nud all
