# ip netns with all its words: add, attach, set, list-id, identify, pids, exec, -all, delete; names that are refused.
exec 2>&1
run() { while read -r line; do echo "# $line"; eval "$line"; done; }
run <<'L'
ip netns; ip netns list-id; ip netns add a; ip netns add b; ip netns add a; ip netns add "a/b"; ip netns add ""; ip netns add ..; ip netns add .; ip netns list
ip netns set a 5; ip netns set b 5; ip netns set b auto; ip netns set nosuch 3; ip netns set a 6; ip netns; ip netns list-id; ip netns list-id nsid 5; ip netns list-id target-nsid 5; ip netns list-id nsid 77
ip -n a netns list-id; ip -n a netns set b 9; ip -n a netns; ip netns list-id target-nsid 5 nsid 0; ip netns set b -1; ip netns set b 4294967296
ip netns identify; ip netns exec a ip netns identify; ip netns exec a bash -c 'ip netns identify $$'; ip netns identify 1000000; ip netns identify x; ip netns pids a; ip netns pids nosuch
ip netns exec nosuch true; ip netns exec a false; echo $?; ip netns exec a nosuchcommand; echo $?; (ip netns exec a bash -c 'kill -9 $$'; echo $?) 2>/dev/null; ip netns exec; ip netns exec a; ip netns nosuch
ip -all netns exec ip link set lo up; ip -all netns exec ip -br link; ip -n a -br link; ip -n nosuch link; ip -n a netns exec b ip -br addr
ip link add v0 netns a type veth peer name v1 netns b; ip -n a link show v0 | grep -o 'link-netns [a-z]*\|link-netnsid [0-9]*'; ip -n a netns list-id; ip -n b netns list-id; ip -n a link show v0 type veth | wc -l
ip netns exec a sleep 60 & for i in 1 2 3 4 5 6 7 8 9 10; do [ "$(ip netns pids a | wc -l)" = 1 ] && break; sleep 0.1; done; ip netns attach c "$(ip netns pids a)"; ip netns; ip -n c -br link | cut -c1-20; ip netns del a; ip netns; ip -n c link | wc -l; ip netns attach c $$; ip netns attach d 1000000; ip netns pids c | wc -l; ip netns pids c | xargs kill; wait
ip netns del c; ip -n b -br link | cut -c1-10; ip netns del nosuch; ip netns delete b; ip netns; ip -all netns del; ip netns add x; ip netns add y; ip -all netns del; ip netns; ip netns list-id
L
