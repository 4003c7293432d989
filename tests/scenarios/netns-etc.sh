# Names of hosts inside a namespace: `ip netns exec NAME` binds /etc/netns/NAME/* over /etc/*, for what it starts only.
# The reference's /etc cannot be written: it gets another.
mkdir -p /etc/netns 2>/dev/null || {
  mkdir /tmp/etc && cp -a /etc/{hosts,resolv.conf,nsswitch.conf,host.conf,passwd,group,default,ld.so.cache} /tmp/etc
  mount -t tmpfs etc /etc && cp -a /tmp/etc/* /etc && mkdir /etc/netns
}
mkdir -p /etc/netns/a/elsewhere /etc/netns/a/default
echo "nameserver 10.0.0.53" >/etc/netns/a/resolv.conf
echo "10.0.0.9 nine.example" >/etc/netns/a/hosts
echo "a directory's file" >/etc/netns/a/default/netns-test
echo "bound over nothing" >/etc/netns/a/nothing-there
ls /etc/netns/a; stat -c '%n %s %F' /etc/netns/a/*
ip netns add a; ip netns add b

echo "- seen by what is started there"
ip netns exec a cat /etc/resolv.conf
ip netns exec a getent hosts nine.example
ip netns exec a bash -c 'ls /etc/default; cat /etc/default/netns-test; cd /etc && cat hosts ./default/../hosts; readlink -f hosts
  stat -c "%n %s %F" /etc/hosts; [ -w /etc/hosts ] && echo writable; (echo in a child; cat /etc/resolv.conf) | cat' 2>/dev/null
echo "- and by nobody else"
grep -c 10.0.0.53 /etc/resolv.conf; getent hosts nine.example; echo "status $?"
ip netns exec b grep -c 10.0.0.53 /etc/resolv.conf
nsenter --net=/run/netns/a grep -c 10.0.0.53 /etc/resolv.conf

echo "- what is written there stands in /etc/netns"
ip netns exec a bash -c 'echo "10.0.0.8 eight.example" >>/etc/hosts; echo new >/etc/default/netns-new; getent hosts eight.example
  rm /etc/hosts; mv /etc/hosts /etc/hosts.old; mv /etc/netns/a/elsewhere /etc/default/elsewhere; ln /etc/hosts /tmp/link' 2>&1 | grep -v '^Bind'
cat /etc/netns/a/hosts /etc/netns/a/default/netns-new

echo "- one in the other"
mkdir /etc/netns/b; echo "nameserver 10.0.0.54" >/etc/netns/b/resolv.conf
ip netns exec a bash -c 'ip netns exec b bash -c "cat /etc/resolv.conf; getent hosts nine.example"; cat /etc/resolv.conf' 2>/dev/null

echo "- by hand"
unshare -m bash -c 'm() { busybox mount -o bind $1 $2; }; m /etc/netns/a/hosts /etc/hosts; getent hosts nine.example
m /etc/netns/a /etc/hosts; m /etc/netns/a/q /etc/hosts; m /etc/netns/a/hosts /etc/q
m /etc/netns/b/resolv.conf /etc/hosts; cat /etc/hosts; busybox umount /etc/hosts; getent hosts nine.example; busybox umount /etc/hosts
getent hosts nine.example || echo as before' 2>&1

echo "- a current directory there"
(cd /etc/netns/a && pwd -P && ls && cat hosts && cd ../b && cat resolv.conf; cd ../c 2>/dev/null || echo not there)
(cd /proc/sys/net/ipv4 && pwd -P && cat ip_forward && cd conf/lo && cat forwarding && pwd -P; cd /run/netns && ls && pwd -P)

echo "- files like others"
cd /tmp; cp /etc/netns/a/hosts /etc/netns/a/copy; mv /etc/netns/a/copy /etc/netns/a/moved; ln -s hosts /etc/netns/a/linked; ln /etc/netns/a/hosts /etc/netns/a/second; chmod 600 /etc/netns/a/moved; touch -h -d 2001-02-03T04:05:06Z /etc/netns/a/{moved,linked,second}
TZ=UTC stat -c '%n %a %h %Y %F' /etc/netns/a/{moved,linked,second}; readlink /etc/netns/a/linked; cat /etc/netns/a/linked
truncate -s 3 /etc/netns/a/moved; wc -c </etc/netns/a/moved; sed -i s/nine/neun/ /etc/netns/a/hosts; head -1 /etc/netns/a/hosts
(umask 077; mkdir /etc/netns/a/mine; echo >/etc/netns/a/mine/file); stat -c '%n %a' /etc/netns/a/mine /etc/netns/a/mine/file
rmdir /etc/netns/a/mine; cat /etc/netns/a/none; mkdir /etc/netns/a 2>/dev/null || echo there; ls /etc/netns/a; rm -r /etc/netns/a; ls -A /etc/netns
