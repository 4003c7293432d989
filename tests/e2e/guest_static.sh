# Programs without a dynamic linker, which no preloaded library would reach: one of our own, busybox.
. "$(dirname "$0")/_lib.sh"
need cc

cat >probe.c <<'C'
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int try(const char *what, int result) {
  printf("%s %s\n", what, result >= 0 ? "ok" : strerror(errno));
  return result;
}

int main(void) {
  char link[64] = "", here[64] = "";
  int n = readlink("/proc/self/ns/net", link, sizeof link - 1);
  try("readlink", n);
  try("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
  try("vsock", socket(40, SOCK_STREAM, 0));
  try("io_uring", syscall(SYS_io_uring_setup, 1, NULL));
  int fd = try("handle", open("/proc/self/ns/net", O_RDONLY));
  try("unshare", syscall(SYS_unshare, 0x40000000));
  n = readlink("/proc/self/ns/net", here, sizeof here - 1);
  printf("moved %d\n", strcmp(link, here) != 0);
  try("setns", syscall(SYS_setns, fd, 0x40000000));
  n = readlink("/proc/self/ns/net", here, sizeof here - 1);
  printf("back %d\n", strcmp(link, here) == 0);
  return n < 0;
}
C
cc -static -o probe probe.c 2>/dev/null || skip "cc cannot link statically"
expected="readlink ok,netlink ok,vsock Address family not supported by protocol,io_uring Function not implemented,"
expected+="handle ok,unshare ok,moved 1,setns ok,back 1,"
same "a static program" "$expected" "$(timeout 20 "$LINNET" run -- ./probe 2>/dev/null | tr '\n' ,)"

busybox=$(command -v busybox) || exit
same "busybox runs" "hello" "$(timeout 20 "$LINNET" run -- "$busybox" echo hello)"
contains "busybox sees the world's namespace" "net:[40265318" \
  "$(timeout 20 "$LINNET" run -- "$busybox" readlink /proc/self/ns/net)"
same "busybox's shell with pipes" "3" "$(timeout 20 "$LINNET" run -- "$busybox" sh -c 'echo 1 2 3 | busybox wc -w' | xargs)"
