# A guest that is killed in the middle of a call takes nothing with it: at points all over its calls, whoever is left is served
# as before, no socket of it stays, and what serves the guests holds no descriptor, mapping or file more than before.
. "$(dirname "$0")/_lib.sh"
need cc ip ss

cc -O1 -pthread -o kill_points "$E2E/programs/kill_points.c" "$E2E/programs/kill_work.c" || exit 1
cc -O1 -pthread -static -o kill_points_static "$E2E/programs/kill_points.c" "$E2E/programs/kill_work.c" 2>/dev/null
# For the one that is killed while `ip` configures: addresses come and go.
for i in $(seq 1000); do echo "addr add 10.9.$((i / 200)).$((i % 200))/32 dev d0 scope link"; echo "addr del 10.9.$((i / 200)).$((i % 200))/32 dev d0"; done >batch
cat >world.sh <<'S2'
ip link set lo up; ip link add d0 type dummy; ip addr add 192.0.2.1/24 dev d0; ip link set d0 up
ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev d0
sockets() { { ss -Ha -f inet state all exclude time-wait; ss -Ha -f link; ss -Ha -f netlink | grep -v "ss/"; } | sed "s/ \+/ /g"; }
sockets >sockets.before
"$1" $PPID ${KILL_POINTS:-60} ${KILL_SEED:-1} || exit
sleep 0.2; sockets >sockets.after
cmp sockets.before sockets.after || { echo "sockets are left:"; cat sockets.after; exit 1; }
S2
for program in kill_points kill_points_static; do
  [ -x $program ] || continue
  timeout 140 "$LINNET" run -- bash ./world.sh ./$program >out 2>&1
  same "$program" 0 $?
  cat out
done
