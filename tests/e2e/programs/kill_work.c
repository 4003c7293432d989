/* The works at which kill_points kills: each uses some of the calls that a guest's sockets, files and namespaces have.
 * Errors are passed over: a child that lives too long meets its own leftovers. */
#define _GNU_SOURCE
#include "kill_points.h"

#include <dirent.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

struct sockaddr_in tcp_server, udp_server;
static char data[65536];

int bound(int type, struct sockaddr_in *name) {
  socklen_t size = sizeof *name;
  int s = socket(AF_INET, type, 0);
  memset(name, 0, sizeof *name);
  name->sin_family = AF_INET;
  name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(s, (void *)name, size) != 0 || getsockname(s, (void *)name, &size) != 0) return close(s), -1;
  return s;
}

static void do_socket(void) {
  for (int protocol = 0; protocol < 3; protocol++) close(socket(AF_INET, SOCK_RAW, 1 + protocol));
  close(socket(AF_INET, SOCK_STREAM, 0)), close(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  close(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))), close(socket(AF_NETLINK, SOCK_RAW, 0));
}

static void do_datagrams(void) {
  struct sockaddr_in name;
  int s = bound(SOCK_DGRAM, &name);
  for (int i = 0; i < 20; i++) {
    sendto(s, data, 100, 0, (void *)&name, sizeof name);
    recv(s, data, sizeof data, 0);
  }
  close(s);
}

static void do_many_messages(void) {
  struct sockaddr_in name;
  struct iovec v[8];
  struct mmsghdr m[8] = {0};
  int s = bound(SOCK_DGRAM, &name);
  for (int i = 0; i < 8; i++) {
    v[i] = (struct iovec){data + i * 2000, 2000};
    m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1};
  }
  connect(s, (void *)&name, sizeof name);
  for (int i = 0; i < 5; i++) sendmmsg(s, m, 8, 0), recvmmsg(s, m, 8, 0, NULL);
  close(s);
}

static void do_ask(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  connect(s, (void *)&udp_server, sizeof udp_server);
  for (int i = 0; i < 5; i++) send(s, data, 50, 0), recv(s, data, sizeof data, 0);
  close(s);
}

static void do_client(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  connect(s, (void *)&tcp_server, sizeof tcp_server);
  for (int i = 0; i < 5; i++) send(s, data, 3000, MSG_NOSIGNAL), recv(s, data, sizeof data, 0);
  shutdown(s, SHUT_WR);
  recv(s, data, sizeof data, 0);
  close(s);
}

/* A connection with itself. */
static void connected(int end[2]) {
  struct sockaddr_in name;
  int l = bound(SOCK_STREAM, &name);
  listen(l, 5);
  end[0] = socket(AF_INET, SOCK_STREAM, 0);
  connect(end[0], (void *)&name, sizeof name);
  end[1] = accept4(l, NULL, NULL, SOCK_CLOEXEC);
  close(l);
}

static void do_stream(void) {
  int end[2];
  connected(end);
  send(end[0], data, sizeof data, MSG_DONTWAIT);
  recv(end[1], data, 30000, 0);
  if (write(end[1], data, 10) == 10) recv(end[0], data, 5, MSG_PEEK);
  close(end[0]), close(end[1]);
}

static void do_zerocopy(void) {
  int end[2], one = 1;
  connected(end);
  setsockopt(end[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one);
  send(end[0], data, sizeof data, MSG_ZEROCOPY | MSG_DONTWAIT);
  recv(end[1], data, sizeof data, 0);
  struct msghdr m = {.msg_control = data, .msg_controllen = 512};
  recvmsg(end[0], &m, MSG_ERRQUEUE | MSG_DONTWAIT);
  close(end[0]), close(end[1]);
}

static void do_splice(void) {
  int end[2], p[2], file = memfd_create("file", 0);
  connected(end);
  if (pipe(p) != 0 || ftruncate(file, 100000) != 0) _exit(7);
  sendfile(end[0], file, NULL, 20000);
  splice(end[1], NULL, p[1], NULL, 20000, SPLICE_F_NONBLOCK);
  splice(p[0], NULL, end[1], NULL, 20000, SPLICE_F_NONBLOCK);
  recv(end[0], data, sizeof data, MSG_DONTWAIT);
  close(end[0]), close(end[1]), close(p[0]), close(p[1]), close(file);
}

static void do_wait_recv(void) {
  struct sockaddr_in name;
  int s = bound(SOCK_DGRAM, &name);
  recv(s, data, sizeof data, 0);
}

static void do_wait_accept(void) {
  struct sockaddr_in name;
  int s = bound(SOCK_STREAM, &name);
  listen(s, 5);
  accept(s, NULL, NULL);
}

/* 192.0.2.2 is on a dummy device, so nobody answers. */
static void do_wait_connect(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000202)};
  connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to);
}

static void do_wait_send(void) {
  int end[2];
  connected(end);
  for (;;) send(end[0], data, sizeof data, MSG_NOSIGNAL);
}

static void do_poll(void) {
  struct sockaddr_in name;
  struct epoll_event e = {.events = EPOLLIN};
  int s = bound(SOCK_DGRAM, &name), ep = epoll_create1(0);
  epoll_ctl(ep, EPOLL_CTL_ADD, s, &e);
  for (int i = 0; i < 3; i++) {
    fd_set set;
    struct timeval none = {0, 0};
    struct pollfd p = {s, POLLIN | POLLOUT, 0};
    sendto(s, data, 10, 0, (void *)&name, sizeof name);
    poll(&p, 1, 1);
    FD_ZERO(&set);
    FD_SET(s, &set);
    select(s + 1, &set, NULL, NULL, &none);
    epoll_wait(ep, &e, 1, 1);
    recv(s, data, sizeof data, MSG_DONTWAIT);
  }
  epoll_wait(ep, &e, 1, 1);
  close(s), close(ep);
}

static void do_netlink(void) {
  struct {
    struct nlmsghdr h;
    struct rtgenmsg g;
  } ask = {{NLMSG_LENGTH(sizeof ask.g), 0, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_INET}};
  const int kinds[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETNEIGH, RTM_GETRULE};
  int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  for (int i = 0; i < 5; i++) {
    ask.h.nlmsg_type = kinds[i];
    send(s, &ask, ask.h.nlmsg_len, 0);
    recv(s, data, sizeof data, 0);
    recv(s, data, sizeof data, MSG_DONTWAIT);
  }
  close(s);
}

static void do_ring(void) {
  struct tpacket_req req = {4096, 16, 2048, 32};
  int version = TPACKET_V2, s = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  setsockopt(s, SOL_PACKET, PACKET_VERSION, &version, sizeof version);
  setsockopt(s, SOL_PACKET, PACKET_RX_RING, &req, sizeof req);
  void *ring = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, s, 0);
  struct pollfd p = {s, POLLIN, 0};
  poll(&p, 1, 1);
  if (ring != MAP_FAILED) munmap(ring, 65536);
  close(s);
}

static void do_pass(void) {
  int pair[2];
  struct sockaddr_in name;
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec v = {data, 1};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  int s = bound(SOCK_DGRAM, &name);
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) _exit(7);
  *c = (struct cmsghdr){CMSG_LEN(sizeof s), SOL_SOCKET, SCM_RIGHTS};
  memcpy(CMSG_DATA(c), &s, sizeof s);
  sendmsg(pair[0], &m, 0);
  close(s);
  recvmsg(pair[1], &m, 0);
  memcpy(&s, CMSG_DATA(c), sizeof s);
  sendto(s, data, 10, 0, (void *)&name, sizeof name);
  close(s), close(pair[0]), close(pair[1]);
}

static void do_settings(void) {
  int home = open(".", O_RDONLY), f = open("/proc/sys/net/ipv4/ip_default_ttl", O_RDWR);
  if (write(f, "64", 2) == 2 && lseek(f, 0, SEEK_SET) == 0 && read(f, data, 10) > 0) close(f);
  DIR *d = opendir("/sys/class/net");
  while (d && readdir(d)) {}
  if (d) closedir(d);
  f = open("/proc/net/dev", O_RDONLY);
  if (read(f, data, 1000) > 0) close(f);
  if (chdir("/proc/sys/net/ipv4/conf") == 0 && chdir("lo") == 0 && getcwd(data, 1000) && fchdir(home) != 0) _exit(7);
  close(home);
}

static void do_namespace(void) {
  int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (unshare(CLONE_NEWNET) == 0) close(socket(AF_INET, SOCK_DGRAM, 0));
  int s = socket(AF_NETLINK, SOCK_RAW, 0);
  setns(home, CLONE_NEWNET);
  close(s), close(home);
}

static void do_fork(void) {
  struct sockaddr_in name;
  int s = bound(SOCK_DGRAM, &name);
  pid_t parent = getpid(), child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    recv(s, data, sizeof data, 0);
    _exit(0);
  }
  sendto(s, data, 10, 0, (void *)&name, sizeof name);
  waitpid(child, NULL, 0);
  close(s);
}

static void *talk(void *arg) {
  int s = *(int *)arg;
  char own[100];
  for (int i = 0; i < 50; i++) sendto(s, own, sizeof own, 0, (void *)&udp_server, sizeof udp_server), recv(s, own, sizeof own, MSG_DONTWAIT);
  return NULL;
}

static void do_threads(void) {
  struct sockaddr_in name;
  pthread_t t[3];
  int s = bound(SOCK_DGRAM, &name);
  for (int i = 0; i < 3; i++) pthread_create(&t[i], NULL, talk, &s);
  for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
  close(s);
}

static void do_exec(void) {
  bound(SOCK_STREAM, &(struct sockaddr_in){0});
  dup2(open("/dev/null", O_WRONLY), 2);
  execlp("ip", "ip", "-force", "-batch", "batch", (char *)NULL);
  _exit(7);
}

static void clean(void) {
  if (system("ip addr flush dev d0 scope link") != 0) puts("cannot flush");
}

const struct work works[] = {{"socket", do_socket, 0, 0},
                             {"datagrams", do_datagrams, 0, 0},
                             {"many messages", do_many_messages, 0, 0},
                             {"ask", do_ask, 0, 0},
                             {"client", do_client, 0, 0},
                             {"stream", do_stream, 0, 0},
                             {"zerocopy", do_zerocopy, 0, 0},
                             {"splice", do_splice, 0, 0},
                             {"recv", do_wait_recv, 0, 0},
                             {"accept", do_wait_accept, 0, 0},
                             {"connect", do_wait_connect, 0, 0},
                             {"send", do_wait_send, 0, 0},
                             {"poll", do_poll, 0, 0},
                             {"netlink", do_netlink, 0, 0},
                             {"ring", do_ring, 0, 0},
                             {"pass", do_pass, 0, 0},
                             {"settings", do_settings, do_settings, 0}, /* directories are made once */
                             {"namespace", do_namespace, 0, 0},
                             {"fork", do_fork, 0, 0},
                             {"threads", do_threads, 0, 0},
                             {"exec", do_exec, 0, clean},
                             {0}};
