# Which features devices have, which of them go together, what switching one brings about and who hears of it.
exec 2>&1
ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
echo == all of a veth; ethtool -k v0
show() { ethtool -k v0 | grep -v fixed | grep -E "^(tcp|generic|scatter|tx-check)|ip-generic|tx-tcp"; }
for what in "tx off" "tx on" "sg off" "sg on" "tso off" "tso on" "gso off" "gso on" "gro on" "gro off" "tx-checksum-ip-generic off" "tx-checksum-ip-generic on" \
            "tx-tcp-segmentation off" "tx-tcp-segmentation on" "tx-tcp6-segmentation off" "rx-gro-list on"; do
  echo "== $what"; ethtool -K v0 $what >/dev/null; show
done
echo == lo; ethtool -K lo tso off; ethtool -k lo | grep -v "off .fixed"
echo == heard
ip monitor link >/tmp/mon.$$ & m=$!
sleep 0.3
ethtool -K v0 tx off >/dev/null; ethtool -K v0 tx off >/dev/null
sleep 0.3; kill $m; wait $m
grep -c "v0@" /tmp/mon.$$
ethtool -K v0 tx on >/dev/null
echo == made on it
ip link add link v0 name v0.5 type vlan id 5; ethtool -K v0 sg off >/dev/null; ethtool -k v0.5 | grep -E "^(tcp|generic|scatter|tx-check)"
ethtool -K v0 sg on >/dev/null; ethtool -k v0.5 | grep -E "^(tcp|generic|scatter|tx-check)"
ip link del v0.5
ip link add dummy0 type dummy; ip link add br0 type bridge; ip link add vrf0 type vrf table 5
for d in dummy0 vrf0; do echo == $d; ethtool -k $d | grep -v "off .fixed"; done
echo == br0; ethtool -k br0 | grep -E "^(tcp|generic|scatter|tx-check|tx-vlan|netns|tx-g)"
echo == sizes
for what in "gso_max_size 20000" "gso_max_segs 10" "gro_max_size 8000" "gso_max_size 65537" "gso_max_size 600000" "gso_max_segs 65536" "gro_max_size 600000" "gso_max_size 0"; do
  ip link set v0 $what; echo "$what: exit $?"
  ip -d link show v0 | grep -o "gso_max_size.*"
done
