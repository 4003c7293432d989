# vconfig, the older way to VLANs, and its ioctls.
exec 2>&1
PS4="# "
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
v() { { local -; set +x; } 2>/dev/null; busybox vconfig "$@"; echo "$?"; }
set -x
v add eth0 5; ip -br link
v add eth0 5
v add eth0 4095
v add eth0 0
v add lo 5
v add nosuch 5
v set_name_type VLAN_PLUS_VID; v add eth0 6; v set_name_type VLAN_PLUS_VID_NO_PAD; v add eth0 7;  v set_name_type DEV_PLUS_VID; v add eth0 8; v set_name_type DEV_PLUS_VID_NO_PAD; v add eth0 9
v set_flag eth0.5 1 0; v set_flag eth0.5 1 1; v set_flag eth0.5 9 1
v set_egress_map eth0.5 3 4; v set_ingress_map eth0.5 3 4
cat /proc/net/vlan/config; sed 1d /proc/net/vlan/eth0.5
v rem eth0.5; v rem eth0; v rem nosuch; ip -br link
python3 - <<'P'
import socket,fcntl,struct
s=socket.socket()
def a(cmd,dev,val=b'',qos=0): return bytearray(struct.pack('i24s24sh2x',cmd,dev,val,qos))
for req in (0x8982,0x8983):
  for cmd,dev,val in ((8,b'vlan7',b''),(9,b'vlan7',b''),(8,b'eth0',b''),(8,b'nosuch',b''),(4,b'vlan7',b''),(5,b'vlan7',b''),(77,b'vlan7',b''),(6,b'',struct.pack('i',9))):
    b=a(cmd,dev,val)
    try: fcntl.ioctl(s,req,b); print(hex(req),cmd,dev,b[28:52].rstrip(b'\0'))
    except OSError as e: print(hex(req),cmd,dev,e)
P
