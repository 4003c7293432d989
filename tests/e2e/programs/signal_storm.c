/* signal_storm COUNT MICROSECONDS restart|eintr: a child sends COUNT numbered datagrams over loopback, both sides
 * under an interval timer; the receiver checks that each comes once and in order. Slips in fewer than one of twenty
 * signals are allowed: the host's kernel does not show an interruption between an answer and its arrival. */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ticks;
static void tick(int sig) { (void)sig; ticks++; }

static void start_timer(int us, int restart) {
  struct sigaction sa = {.sa_handler = tick, .sa_flags = restart ? SA_RESTART : 0};
  struct itimerval it = {{0, us}, {0, us}};
  sigaction(SIGALRM, &sa, 0);
  setitimer(ITIMER_REAL, &it, 0);
}

static int sender(struct sockaddr_in *to, int count, int us) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  start_timer(us, 1);
  for (int i = 0; i < count; i++) {
    if (sendto(fd, &i, sizeof i, 0, (void *)to, sizeof *to) != sizeof i) return 1;
    if (i % 25 == 0) usleep(500); /* so that the receiver's buffer never fills */
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[1]), us = atoi(argv[2]), restart = !strcmp(argv[3], "restart");
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(5000)};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (void *)&here, sizeof here) != 0) return 77;
  int room = 8 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);

  pid_t child = fork();
  if (child == 0) _exit(sender(&here, count, us));
  start_timer(us, restart);
  int expected = 0, slips = 0, interrupted = 0;
  while (expected < count) {
    int got;
    ssize_t n = recv(fd, &got, sizeof got, 0);
    if (n < 0 && errno == EINTR) {
      interrupted++;
      continue;
    }
    if (n != sizeof got) return perror("recv"), 1;
    if (got != expected) slips++, printf("got %d, expected %d\n", got, expected);
    expected = got + 1;
  }
  struct itimerval off = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &off, 0);
  int status;
  while (waitpid(child, &status, 0) < 0) {}
  printf("%d slips, %d interrupted, %d signals\n", slips, interrupted, (int)ticks);
  if (restart && interrupted) return 1;
  return status || slips * 20 > (int)ticks;
}
