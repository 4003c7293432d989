/* kill_points SUPERVISOR POINTS SEED [KIND...]: for each kind of work a child does it over and over and is killed after some
 * microseconds, POINTS times with other delays. After each kind whoever is left must be served as before, and SUPERVISOR, which
 * serves the guests, must have as many descriptors, mappings of shared memory and files as it had. Prints a line for each kind. */
#define _GNU_SOURCE
#include "kill_points.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t supervisor;

struct holdings {
  int descriptors, shared, files;
};

static int count_dir(const char *path) {
  int n = 0;
  DIR *d = opendir(path);
  if (!d) return -1;
  for (struct dirent *e; (e = readdir(d));) {
    char below[512];
    struct stat st;
    if (e->d_name[0] == '.') continue;
    n++;
    snprintf(below, sizeof below, "%s/%s", path, e->d_name);
    if (lstat(below, &st) == 0 && S_ISDIR(st.st_mode)) n += count_dir(below);
  }
  closedir(d);
  return n;
}

/* What the process that serves the guests holds. */
static struct holdings look(void) {
  struct holdings h = {0, 0, 0};
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%d/fd", supervisor);
  h.descriptors = count_dir(path);
  snprintf(path, sizeof path, "/proc/%d/maps", supervisor);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f)) h.shared += strstr(line, "memfd:") || strstr(line, " rw-s ");
  if (f) fclose(f);
  h.files = count_dir(getenv("TMPDIR"));
  return h;
}

static void nap(long us) {
  struct timespec t = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&t, NULL);
}

static int equal(struct holdings a, struct holdings b) {
  return a.descriptors == b.descriptors && a.shared == b.shared && a.files == b.files;
}

/* Waits until what is held is what was held; closing takes its time. */
static int settled(struct holdings before, struct holdings *after) {
  for (int i = 0; i < 500; i++) {
    *after = look();
    if (equal(before, *after)) return 1;
    nap(10000);
  }
  return 0;
}

/* Echoes until it is killed: a connection after the other, and each datagram. */
static void serve(int listener, int udp) {
  struct pollfd p[2] = {{listener, POLLIN, 0}, {udp, POLLIN, 0}};
  char data[4096];
  for (;;) {
    if (poll(p, 2, -1) < 0) _exit(3);
    if (p[1].revents) {
      struct sockaddr_in from;
      socklen_t size = sizeof from;
      ssize_t n = recvfrom(udp, data, sizeof data, MSG_DONTWAIT, (void *)&from, &size);
      if (n >= 0) sendto(udp, data, n, 0, (void *)&from, size);
    }
    if (p[0].revents) {
      int c = accept(listener, NULL, NULL);
      if (c < 0) continue;
      for (ssize_t n; (n = recv(c, data, sizeof data, 0)) > 0;) send(c, data, n, MSG_NOSIGNAL);
      close(c);
    }
  }
}

/* Whether the server answers, by TCP and by UDP, within five seconds. */
static int answered(void) {
  char data[8];
  struct timeval limit = {5, 0};
  int ok = 1;
  for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
    int s = socket(AF_INET, type, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct sockaddr_in to = type == SOCK_STREAM ? tcp_server : udp_server;
    ok &= connect(s, (void *)&to, sizeof to) == 0 && send(s, "well?", 5, MSG_NOSIGNAL) == 5 && recv(s, data, 5, 0) == 5;
    close(s);
  }
  return ok;
}

static void spin(long us) {
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while ((now.tv_sec - start.tv_sec) * 1000000L + (now.tv_nsec - start.tv_nsec) / 1000 < us);
}

/* One child, killed after some microseconds from when it begins. Gives its wait status. */
static int kill_one(const struct work *w, long us) {
  int begun[2], status = 0;
  char c;
  if (pipe2(begun, O_CLOEXEC) != 0) exit(4);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(begun[0]);
    if (write(begun[1], "", 1) != 1) _exit(5);
    for (;;) w->once();
  }
  close(begun[1]);
  if (child < 0 || read(begun[0], &c, 1) != 1) exit(6);
  close(begun[0]);
  spin(us);
  kill(child, SIGKILL);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return status;
}

static int wanted(const char *name, int argc, char **argv) {
  if (argc <= 4) return 1;
  for (int i = 4; i < argc; i++)
    if (!strcmp(argv[i], name)) return 1;
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  int points = atoi(argv[2]), bad = 0;
  supervisor = atoi(argv[1]);
  srandom(atoi(argv[3]));
  int listener = bound(SOCK_STREAM, &tcp_server), udp = bound(SOCK_DGRAM, &udp_server);
  listen(listener, 128);
  pid_t server = fork();
  if (server == 0) serve(listener, udp);
  close(listener), close(udp);
  if (!answered()) return puts("no answer at first"), 1;
  nap(200000);
  for (const struct work *w = works; w->name; w++) {
    if (!wanted(w->name, argc, argv)) continue;
    int early = 0;
    if (w->before) w->before();
    kill_one(w, 1000); /* what is made once is made now */
    nap(100000);
    struct holdings before = look(), after;
    for (int i = 0; i < points; i++) {
      /* Evenly over the work's first half millisecond, then anywhere in the next three. */
      int status = kill_one(w, i < points / 2 ? i * 1000L / points : random() % 3500);
      if (!WIFSIGNALED(status)) printf("%s: status %x at point %d\n", w->name, status, i), early++;
    }
    int left = !settled(before, &after), deaf = !answered();
    if (w->after) w->after();
    if (left)
      printf("%s: descriptors %d then %d, shared %d then %d, files %d then %d\n", w->name, before.descriptors, after.descriptors,
             before.shared, after.shared, before.files, after.files);
    if (deaf) printf("%s: no answer\n", w->name);
    if (early) printf("%s: %d ended by themselves\n", w->name, early);
    if (!left && !deaf && !early) printf("%s: well\n", w->name);
    fflush(stdout);
    bad |= left || deaf || early;
    if (deaf) break;
  }
  kill(server, SIGKILL);
  while (waitpid(server, NULL, 0) < 0 && errno == EINTR) {}
  return bad;
}
