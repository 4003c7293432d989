# Messages handed over in shared memory (--front=shared) and by trapped calls alone (--front=trap): programs see no
# difference, whatever they do in the middle of a call.
. "$(dirname "$0")/_lib.sh"
need cc

cat >probe.c <<'C'
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_in name;

static int udp(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  socklen_t n = sizeof name;
  memset(&name, 0, sizeof name);
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (s < 0 || bind(s, (void *)&name, n) || getsockname(s, (void *)&name, &n)) exit(9);
  return s;
}

static int put(int s, const void *data, size_t n) { return sendto(s, data, n, 0, (void *)&name, sizeof name); }

static void say(const char *what, long got) {
  printf("%s %ld %s\n", what, got, got < 0 ? strerror(errno) : "");
  fflush(stdout);
}

/* So that calls go by the channel, if there is one. */
static void warm(int s) {
  char c[8];
  for (int i = 0; i < 20; i++) {
    put(s, "warm", 4);
    recv(s, c, sizeof c, 0);
  }
}

static void handler(int sig) { (void)sig; }

static void arm(int flags, int ms) {
  struct sigaction a = {.sa_handler = handler, .sa_flags = flags};
  struct itimerval t = {.it_value = {0, ms * 1000}};
  sigaction(SIGALRM, &a, NULL);
  setitimer(ITIMER_REAL, &t, NULL);
}

static int handled_socket;
static volatile int handled;
static void busy_handler(int sig) {
  char c[64];
  int e = errno;
  (void)sig;
  if (put(handled_socket, "in a handler", 12) == 12) recv(handled_socket, c, sizeof c, MSG_DONTWAIT);
  handled++;
  errno = e;
}

/* Each way to look at a socket, without waiting, just after a message came to it. */
static int epoll;

static int by_poll(int s) {
  struct pollfd p = {s, POLLIN, 0};
  return poll(&p, 1, 0);
}

static int by_select(int s) {
  fd_set set;
  struct timeval none = {0, 0};
  FD_ZERO(&set);
  FD_SET(s, &set);
  return select(s + 1, &set, NULL, NULL, &none);
}

static int by_epoll(int s) {
  struct epoll_event e;
  (void)s;
  return epoll_wait(epoll, &e, 1, 0);
}

static int by_epoll_pwait(int s) {
  struct epoll_event e;
  sigset_t none;
  (void)s;
  sigemptyset(&none);
  return epoll_pwait(epoll, &e, 1, 0, &none);
}

static int by_size(int s) {
  int size = 0;
  return ioctl(s, FIONREAD, &size) == 0 && size == 4;
}

static int by_read(int s) {
  char c[8];
  return read(s, c, sizeof c) == 4;
}

static int by_readv(int s) {
  char c[8];
  struct iovec v = {c, sizeof c};
  return readv(s, &v, 1) == 4;
}

static int by_child(int s) {
  int status;
  pid_t child = fork();
  if (child == 0) _exit(by_poll(s) != 1);
  waitpid(child, &status, 0);
  return status == 0;
}

static void look(int s) {
  static const struct {
    const char *what;
    int (*sees)(int);
    int takes, times;
  } ways[] = {{"poll", by_poll, 0, 300},         {"select", by_select, 0, 300},
              {"epoll", by_epoll, 0, 300},       {"epoll_pwait", by_epoll_pwait, 0, 300},
              {"FIONREAD", by_size, 0, 300},     {"read", by_read, 1, 300},
              {"readv", by_readv, 1, 300},       {"a child's poll", by_child, 0, 20}};
  struct epoll_event e = {.events = EPOLLIN};
  char c[8];
  epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, s, &e);
  fcntl(s, F_SETFL, O_NONBLOCK);
  for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
    long seen = 0;
    for (int k = 0; k < ways[i].times; k++) {
      put(s, "look", 4);
      seen += ways[i].sees(s);
      if (!ways[i].takes) recv(s, c, sizeof c, 0);
      seen += ways[i].sees(s); /* nothing is there any more */
    }
    say(ways[i].what, seen);
  }
  fcntl(s, F_SETFL, 0);
  close(epoll);
}

enum { per_thread = 2000, threads = 4 };

static void *echo(void *arg) {
  int s = *(int *)arg;
  long good = 0;
  for (int i = 0; i < per_thread; i++) {
    long sent = i, got = -1;
    if (put(s, &sent, sizeof sent) != sizeof sent) break;
    if (recv(s, &got, sizeof got, 0) == sizeof got && got >= 0 && got < per_thread) good++;
  }
  return (void *)good;
}

static void *wait_for_ever(void *arg) {
  char c;
  recv(*(int *)arg, &c, 1, 0);
  return NULL;
}

int main(int argc, char **argv) {
  int s = udp();
  char *hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char c[64];
  struct msghdr m = {0};
  if (argc > 1) { /* after execve: on the same socket as before */
    s = atoi(argv[1]);
    socklen_t n = sizeof name;
    getsockname(s, (void *)&name, &n);
    warm(s);
    say("after exec", put(s, "abc", 3));
    return 0;
  }
  mprotect(hole + 4096, 4096, PROT_NONE);
  warm(s);

  say("send", put(s, "hello", 5));
  say("peek", recv(s, c, 2, MSG_PEEK | MSG_TRUNC));
  say("recv", recv(s, c, sizeof c, 0));
  say("nothing", recv(s, c, sizeof c, MSG_DONTWAIT));
  fcntl(s, F_SETFL, O_NONBLOCK);
  say("nothing, nonblocking", recv(s, c, sizeof c, 0));
  fcntl(s, F_SETFL, 0);
  say("bad data", put(s, hole + 4096, 8));
  say("across the end", put(s, hole + 4092, 8));
  say("null header", sendmsg(s, NULL, 0));
  m.msg_iov = (void *)(hole + 4096);
  m.msg_iovlen = 1;
  say("bad list", sendmsg(s, &m, 0));
  say("bad list, received", recvmsg(s, &m, 0));
  put(s, "lost", 4);
  say("into nothing", recv(s, hole + 4096, 8, 0));
  say("and gone", recv(s, c, 8, MSG_DONTWAIT));
  say("closed", recv(999, c, 8, 0));
  say("no socket", recv(open("/dev/null", O_RDONLY), c, 8, 0));
  say("too long", put(s, hole, 1 << 20));

  int pair[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  say("another family", send(pair[0], "xyz", 3, 0));
  say("another family", recv(pair[1], c, sizeof c, 0));

  struct pollfd p = {s, POLLIN, 0};
  say("poll", poll(&p, 1, 0));
  put(s, "x", 1);
  say("poll", poll(&p, 1, 1000));
  say("plain read", read(s, c, sizeof c));
  say("poll", poll(&p, 1, 0));

  look(s);

  arm(0, 30);
  say("interrupted", recv(s, c, sizeof c, 0));
  arm(SA_RESTART, 30);
  if (fork() == 0) {
    usleep(80000);
    put(s, "late", 4);
    _exit(0);
  }
  say("restarted", recv(s, c, sizeof c, 0));
  wait(NULL);
  struct timeval tv = {0, 50000};
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  say("timed out", recv(s, c, sizeof c, 0));
  tv.tv_usec = 0;
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);

  /* Threads on sockets of their own, and on one that all share. */
  pthread_t t[threads];
  int own[threads];
  long good = 0;
  void *r;
  for (int i = 0; i < threads; i++) {
    own[i] = s;
    pthread_create(&t[i], NULL, echo, &own[i]);
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(t[i], &r);
    good += (long)r;
  }
  say("threads", good);
  pthread_create(&t[0], NULL, wait_for_ever, &s);
  usleep(30000);
  pthread_cancel(t[0]);
  pthread_join(t[0], &r);
  say("cancelled", r == PTHREAD_CANCELED);

  /* Children use what they inherit, and their parent goes on. */
  int alive = 0;
  for (int i = 0; i < 20; i++) {
    pid_t child = fork();
    int mine = child == 0 ? udp() : s, status;
    if (child == 0) {
      for (int k = 0; k < 30; k++)
        if (put(mine, "abcd", 4) != 4 || recv(mine, c, sizeof c, 0) != 4) _exit(1);
      _exit(0);
    }
    for (int k = 0; k < 30; k++)
      if (put(s, "abcdef", 6) != 6 || recv(s, c, sizeof c, 0) != 6) exit(8);
    waitpid(child, &status, 0);
    alive += status == 0;
  }
  say("children", alive);

  /* Killed in the middle of calls. */
  for (int i = 0; i < 20; i++) {
    pid_t child = fork();
    if (child == 0) {
      int mine = udp();
      for (;;) {
        put(mine, "abcd", 4);
        recv(mine, c, sizeof c, 0);
      }
    }
    usleep(2000 + 700 * i);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  }
  say("still there", put(s, "hello", 5) + recv(s, c, sizeof c, 0));

  /* A handler that makes calls of its own, in the middle of ours. */
  handled_socket = udp();
  struct sockaddr_in theirs = name;
  struct sigaction a = {.sa_handler = busy_handler, .sa_flags = SA_RESTART};
  struct itimerval often = {{0, 1000}, {0, 1000}};
  sigaction(SIGALRM, &a, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  int other = socket(AF_INET, SOCK_DGRAM, 0), sent = 0;
  while (handled < 100) sent += sendto(other, "x", 1, MSG_DONTWAIT, (void *)&theirs, sizeof theirs) != 1;
  memset(&often, 0, sizeof often);
  setitimer(ITIMER_REAL, &often, NULL);
  say("handlers", sent);

  char number[16];
  snprintf(number, sizeof number, "%d", s);
  name = theirs;
  execl(argv[0], argv[0], number, NULL);
  return 7;
}
C
cc -O1 -pthread -o probe probe.c || skip "cc cannot compile"

run() { # FRONT
  timeout 60 "$LINNET" run --front="$1" -- sh -c "ip link set lo up; ./probe; echo status \$?" 2>&1
}
trapped=$(run trap)
shared=$(run shared)
same "both ways end well" "status 0 status 0" "$(echo "$trapped" | tail -1) $(echo "$shared" | tail -1)"
same "both ways are alike" "$trapped" "$shared"
contains "seen at once by epoll" "epoll 300" "$shared"
contains "seen at once by read" "read 300" "$shared"
contains "bad memory is refused" "bad data -1 Bad address" "$shared"
contains "signals interrupt" "interrupted -1 Interrupted system call" "$shared"
contains "threads" "threads 8000" "$shared"
contains "children" "children 20" "$shared"
contains "a cancelled thread" "cancelled 1" "$shared"

# A guest that fills its channel with anything: the world goes on, and so does everybody else in it.
cat >scribble.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  static const int calls[] = {SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_close};
  struct stat st;
  int s = socket(AF_INET, SOCK_DGRAM, 0), n = socket(AF_NETLINK, SOCK_RAW, 0), served = 0;
  int fd = syscall(SYS_shutdown, -1, 0x4c4e4e54, 0);
  if (fd < 0 || fstat(fd, &st)) return 1;
  long size = st.st_size;
  if (ftruncate(fd, 0) == 0) return 2; /* the supervisor would fall over that */
  unsigned *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE, fd, 0);
  unsigned long *ask = (unsigned long *)(at + 2); /* the request's beginning: inode, six arguments */
  srandom(1);
  for (int i = 0; i < 3000; i++) {
    for (int k = 0; k < 3000; k++) at[random() % (size / 4)] = random();
    unsigned *tail = (unsigned *)(ask + 13); /* call and segments */
    fstat(i & 1 ? s : n, &st);
    ask[0] = st.st_ino;
    ask[1] = i & 1 ? s : n;
    ask[2] = i % 3 ? random() : (unsigned long)at + random() % 200000;
    ask[3] = random() % 5000;
    ask[4] = random() & 0x43;
    tail[0] = calls[random() % 7];
    tail[1] = random() % 520;
    for (int k = 0; k < 520; k++) { /* a table that is right in part */
      unsigned *row = at + 1024 + 4 * k;
      row[0] = ask[2] + random() % 64;
      row[1] = ask[2] >> 32;
      row[2] = random() % 200;
      row[3] = random() % (112 << 10);
    }
    at[0] = i + 1000; /* asked */
    served += syscall(SYS_shutdown, -1, 0x4c4e4e55, 0) == 0;
  }
  printf("served %d\n", served);
  return 0;
}
C
cc -O1 -o scribble scribble.c || skip "cc cannot compile"
same "a guest that scribbles" "served 3000 status 0" "$(timeout 60 "$LINNET" run -- sh -c \
  'ip link set lo up; ./scribble; ./probe | grep -q "after exec 3"; echo status $?' 2>&1 | xargs)"

same "inherited through a shell" 1 \
  "$("$LINNET" run -- sh -c 'grep -c "r-xp.*front.so" /proc/self/maps' 2>/dev/null)"
same "not with --front=trap" 0 \
  "$("$LINNET" run --front=trap -- sh -c 'grep -c "front.so" /proc/self/maps' 2>/dev/null)"
contains "without an environment" "status 0" \
  "$(timeout 60 "$LINNET" run -- env -i /bin/sh -c 'PATH=/usr/sbin:/usr/bin:/sbin:/bin; ip link set lo up; ./probe; echo status $?' 2>&1)"
contains "behind the user's own" "/lib/nothing.so:" \
  "$(LD_PRELOAD=/lib/nothing.so "$LINNET" run -- sh -c 'echo $LD_PRELOAD' 2>/dev/null)"
same "an unknown front" 2 "$("$LINNET" run --front=none -- true >/dev/null 2>&1; echo $?)"
