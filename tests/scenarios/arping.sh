# arping over a veth pair: answers, silence, duplicate address detection, the errors of its socket.
exec 2>&1
PS4="# "
set -x
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip netns add b
ip link set v1 netns b
ip addr add 10.0.0.1/24 dev v0
arping -c 1 -I v0 10.0.0.2
ip link set v0 up
ip -n b addr add 10.0.0.2/24 dev v1
ip -n b link set v1 up
arping -c 2 -I v0 10.0.0.2
echo $?
arping -c 1 -b -I v0 10.0.0.2
arping -c 1 -w 1 -I v0 10.0.0.9
echo $?
arping -D -c 1 -w 1 -I v0 10.0.0.2
echo $?
arping -D -c 1 -w 1 -I v0 10.0.0.3
echo $?
arping -U -c 1 -w 1 -I v0 10.0.0.1
arping -c 1 -I lo 127.0.0.1
arping -c 1 -I nosuch 10.0.0.2
