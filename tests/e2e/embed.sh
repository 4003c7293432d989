# Linnet as a library: what is installed can be found by CMake and by pkg-config, the examples build against it with warnings
# as errors, and do what they say; the one on a TAP device talks with the host's kernel, in a network namespace of this test's.
E2E_KEEP_ROOT=1
. "$(dirname "$0")/_lib.sh"
need cmake g++ pkg-config
build=$(dirname "$(dirname "$LINNET")")
[ -f "$build/cmake_install.cmake" ] || skip "$build is no build to install from"
examples=$E2E/../../examples/embedding
prefix=$scratch/prefix

cmake --install "$build" --prefix "$prefix" >install.log 2>&1 || { cat install.log; same "the installation" 0 1; exit; }
same "the installed program runs" "$("$LINNET" --version)" "$("$prefix/bin/linnet" --version)"
same "headers beside the public ones" "" "$(cd "$prefix/include" && find . -type f | grep -v '^\./linnet/[a-z]*\.hh$')"
same "public headers include their own kind and the system's" "" \
  "$(grep -hE '#include' "$prefix"/include/linnet/*.hh | grep -vE '<linnet/[a-z]+\.hh>|<(linux|sys|netinet)/[a-z_]+\.h>|<[a-z_]+>')"

# The prefix may be moved.
mv "$prefix" "$scratch/moved" && prefix=$scratch/moved
export PKG_CONFIG_PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name linnet.pc)")
same "pkg-config's version" "$("$LINNET" --version | awk '{print $NF}')" "$(pkg-config --modversion linnet)"

with_cmake() {
  cmake -S "$examples" -B by-cmake -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS='-Wall -Wextra -Werror' &&
    cmake --build by-cmake -j 2 && ctest --test-dir by-cmake --output-on-failure
}
if with_cmake >cmake.log 2>&1; then same "CMake" 0 0; else tail -50 cmake.log; same "CMake" 0 1; fi
contains "the test on the virtual clock" "100% tests passed" "$(cat cmake.log)"
# One line, as the documentation has it.
g++ -std=c++23 "$examples/ping.cc" -o by-pkg-config $(pkg-config --cflags --libs linnet) >pkg.log 2>&1 || cat pkg.log

for ping in ./by-cmake/ping ./by-pkg-config; do
  same "$ping: replies" 3 "$("$ping" 10.0.0.2 | grep -cE '^reply from 10.0.0.2: icmp_seq=[123] time=[0-9.]+ ms$')"
done
unanswered=$(./by-cmake/ping 10.0.0.3 2>&1)
same "an address that nobody has" 1 $?
contains "why" "10.0.0.3 has not answered" "$unanswered"

[ "$(id -u)" = 0 ] || { echo "not tried: the echo server, for making a TAP device takes root"; exit; }
[ -c /dev/net/tun ] || { echo "not tried: the echo server, for there is no /dev/net/tun"; exit; }
unshare -n true 2>/dev/null || { echo "not tried: the echo server, for no network namespace can be made"; exit; }
need ip ping python3
cat >outside.sh <<'OUT'
exec 2>&1
ip tuntap add lin0 mode tap
ip addr add 192.168.78.1/24 dev lin0
ip link set lin0 up
: >echo.out  # so that the first look for it finds a file
./by-cmake/echo lin0 192.168.78.2/24 7 >echo.out &
echo=$!
for _ in $(seq 100); do grep -q '^echo on' echo.out && break; sleep 0.05; done
ping -c 3 -i 0.2 -W 2 192.168.78.2 | grep -c 'bytes from'
python3 - <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.connect(('192.168.78.2', 7))
sent = [b'%d' % i * (1 + i * 40) for i in range(100)]   # the last of them come in fragments
for first in range(0, 100, 20):
    for m in sent[first:first + 20]:
        s.send(m)
    came = [s.recv(9000) for _ in range(20)]
    assert sorted(came) == sorted(sent[first:first + 20])
print('100 echoes')
PY
kill -TERM "$echo"
wait "$echo"
echo "the server ended with $?"
cat echo.out
OUT
same "the echo server and the kernel" "3
100 echoes
the server ended with 0
echo on 192.168.78.2/24 port 7" "$(timeout 60 unshare -n bash outside.sh)"
