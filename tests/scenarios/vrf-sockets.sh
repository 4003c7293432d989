# Which sockets get what comes by a VRF: bound to it, to its port, to an address, to nothing; the settings for it.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/vrf_ports.sh"
. "$kit/silent.sh"
cat > u.py <<'P'
import socket,sys,select
def s(dev, addr=''):
    x=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); x.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)
    if dev: x.setsockopt(socket.SOL_SOCKET,25,dev.encode())
    x.setsockopt(0,8,1)
    try: x.bind((addr,5000))
    except OSError as e: print(dev,addr,e); return None
    return x
import itertools
def run(*bound):
    socks=[(b,s(*b)) for b in bound]
    c=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
    import subprocess
    subprocess.run(['ip','netns','exec','h','python3','-c',"import socket;socket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b'x',('10.0.0.1',5000))"])
    for b,x in socks:
        if x and select.select([x],[],[],0.1)[0]:
            d,anc,f,a=x.recvmsg(100,100); print(bound,'->',b,a[0],[int.from_bytes(v[:4],'little') for _,_,v in anc])
    for b,x in socks: x and x.close()
run(('',)); run(('red',)); run(('eth0',)); run(('red',),('',)); run(('eth0',),('red',)); run(('eth1',)); run(('','10.0.0.1')); run(('red','10.0.0.1'))
P
echo "run(('red','10.9.9.9')); run(('','10.0.0.1'),('eth0','10.0.0.1')); run(('eth1','10.0.0.1'))" >>u.py
set -x
python3 u.py
sysctl -w net.ipv4.udp_l3mdev_accept=1
python3 u.py
sysctl net.ipv4.raw_l3mdev_accept net.ipv4.tcp_l3mdev_accept
sysctl -w net.ipv4.raw_l3mdev_accept=2
ip route get 10.0.1.2 from 10.0.0.2 iif eth0
sysctl -qw net.ipv4.ip_forward=1
ip route get 10.0.1.2 from 10.0.0.2 iif eth0
ip route get 10.0.0.1 from 10.0.0.2 iif eth0
ip route get fibmatch 10.0.1.2 vrf red
ip route get 10.0.0.255 vrf red
sysctl -qw net.ipv4.conf.all.rp_filter=1
ip netns exec h ping -c1 -W1 10.0.1.2 | grep -o '[0-9] received'
ip netns exec h ping -c1 -W1 10.0.1.1 | grep -o '[0-9] received'
