# OpenSSH across a router: a command, a file each way, a forwarded port. The server runs as an ordinary user, who gets a
# shell by the passwd that /etc/netns shows in its namespace only.
. "$(dirname "$0")/_lib.sh"
need ip ss ssh scp ssh-keygen cmp
[ -x /usr/sbin/sshd ] || skip "there is no sshd"

cat >world.sh <<'S'
. "$E2E/_router.sh"
me=$(id -un)
mkdir -p /etc/netns/b
echo "$me:NP:$(id -u):$(id -g)::$PWD:/bin/bash" >/etc/netns/b/passwd
echo "$me:NP:::::::" >/etc/netns/b/shadow
ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f user
cat >sshd_config <<C
Port 22
HostKey $PWD/host
AuthorizedKeysFile $PWD/user.pub
PidFile none
StrictModes no
UsePAM no
UseDNS no
Subsystem sftp internal-sftp
C
cat >ssh_config <<C
Host *
  IdentityFile $PWD/user
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  BatchMode yes
  LogLevel ERROR
  User $me
C
ip netns exec b /usr/sbin/sshd -D -e -f $PWD/sshd_config 2>sshd.log & server=$!
for _ in $(seq 100); do [ -n "$(ip netns exec b ss -Htln sport = 22)" ] && break; sleep 0.05; done
a() { ip netns exec a "$@" </dev/null; }
S
head -c 2000000 /dev/urandom >file
out=$(timeout 60 "$LINNET" run -- bash -c '. ./world.sh
a ssh -F ssh_config 10.0.2.2 "echo from \$SSH_CONNECTION; exit 3"; echo "status $?"
a scp -q -F ssh_config file 10.0.2.2:$PWD/there && a scp -q -F ssh_config 10.0.2.2:$PWD/there back && cmp file back && echo both ways
a ssh -F ssh_config -f -N -o ExitOnForwardFailure=yes -L 9000:10.0.2.2:22 10.0.2.2
a ssh -F ssh_config -p 9000 127.0.0.1 "echo through the tunnel"
{ ip netns pids a; echo $server; } | xargs kill; wait; cat sshd.log' 2>&1)
contains "a command, and from where it came" "from 10.0.1.2 " "$out"
contains "its exit status" "status 3" "$out"
contains "a file, byte for byte" "both ways" "$out"
contains "a forwarded port" "through the tunnel" "$out"
