/* What kill_points.c kills, in kill_work.c. */
#pragma once
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct work {
  const char *name;
  void (*once)(void);                    /* done over and over by the child */
  void (*before)(void), (*after)(void);  /* done once by the parent; may be null */
};

extern const struct work works[]; /* ends with one without a name */
extern struct sockaddr_in tcp_server, udp_server;

/* A socket bound to a free port of 127.0.0.1, which goes to *name. */
int bound(int type, struct sockaddr_in *name);
