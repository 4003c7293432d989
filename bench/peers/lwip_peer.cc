// TCP between two interfaces of one lwIP, joined back to back, by its raw API in one thread: lwip_peer WHAT N, with WHAT
//   bulk    N KiB of one flow
//   rr      N transactions: a byte there, a byte back
// Prints CPU nanoseconds for each KiB or transaction. IP packets are copied from one interface to the other, as a device
// would; there is no link layer, and lwIP sums what it sends and receives.
#include <lwip/init.h>
#include <lwip/ip4.h>
#include <lwip/netif.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

void must(bool ok, const char* what) {
  if (ok) return;
  fprintf(stderr, "lwip_peer: %s\n", what);
  exit(1);
}

// ---- the cable

struct frame {
  netif* to;
  pbuf* data;
};
std::vector<frame> on_the_way, arriving;
std::array<netif, 2> ends;

err_t transmit(netif* from, pbuf* p, const ip4_addr_t*) {
  on_the_way.push_back({from == &ends[0] ? &ends[1] : &ends[0], pbuf_clone(PBUF_RAW, PBUF_RAM, p)});
  return ERR_OK;
}

err_t begin(netif* n) {
  n->output = transmit;
  n->mtu = 1500;
  n->name[0] = 'e';
  n->name[1] = 'n';
  return ERR_OK;
}

void run() {
  while (!on_the_way.empty()) {
    std::swap(on_the_way, arriving);
    for (const frame& f : arriving) f.to->input(f.data, f.to);
    arriving.clear();
  }
}

// ---- the two ends of a connection

struct end {
  tcp_pcb* pcb = nullptr;
  size_t received = 0;

  void take(tcp_pcb* p) {
    pcb = p;
    tcp_nagle_disable(p);
    tcp_arg(p, this);
    tcp_recv(p, [](void* me, tcp_pcb* from, pbuf* data, err_t) -> err_t {
      if (!data) return ERR_OK;
      static_cast<end*>(me)->received += data->tot_len;
      tcp_recved(from, data->tot_len);
      pbuf_free(data);
      return ERR_OK;
    });
  }
};
end near, far;

void connect() {
  ip4_addr_t mask, a, b;
  IP4_ADDR(&mask, 255, 255, 255, 255);
  IP4_ADDR(&a, 10, 0, 0, 1);
  IP4_ADDR(&b, 10, 0, 0, 2);
  netif_add(&ends[0], &a, &mask, &b, nullptr, begin, ip4_input);
  netif_add(&ends[1], &b, &mask, &a, nullptr, begin, ip4_input);
  for (netif& n : ends) {
    netif_set_link_up(&n);
    netif_set_up(&n);
  }
  ip_addr_t to;
  ip_addr_copy_from_ip4(to, b);
  tcp_pcb* listener = tcp_new();
  tcp_bind_netif(listener, &ends[1]);
  must(tcp_bind(listener, &to, 80) == ERR_OK, "no bind");
  listener = tcp_listen(listener);
  tcp_accept(listener, [](void*, tcp_pcb* p, err_t) -> err_t {
    far.take(p);
    return ERR_OK;
  });
  tcp_pcb* p = tcp_new();
  tcp_bind_netif(p, &ends[0]);
  near.take(p);
  must(tcp_connect(p, &to, 80, [](void*, tcp_pcb*, err_t) -> err_t { return ERR_OK; }) == ERR_OK,
       "no connect");
  run();
  must(far.pcb != nullptr, "no connection");
}

// ---- the work

void bulk(size_t kib) {
  const std::vector<char> data(32 << 10);
  const size_t all = far.received + (kib << 10);
  while (far.received < all) {
    const auto n = static_cast<u16_t>(std::min<size_t>(tcp_sndbuf(near.pcb), data.size()));
    if (n) tcp_write(near.pcb, data.data(), n, TCP_WRITE_FLAG_COPY);
    tcp_output(near.pcb);
    run();
    if (!n) sys_check_timeouts();
  }
}

void rr(size_t n) {
  const auto pass = [](end& from, end& to) {
    const size_t before = to.received;
    tcp_write(from.pcb, "x", 1, TCP_WRITE_FLAG_COPY);
    tcp_output(from.pcb);
    run();
    must(to.received == before + 1, "no byte");
  };
  for (size_t i = 0; i < n; ++i) {
    pass(near, far);
    pass(far, near);
  }
}

double cpu_ns() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  double sum = 0;
  for (const timeval t : {u.ru_utime, u.ru_stime})
    sum += static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_usec) * 1e3;
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  const size_t n = argc == 3 ? strtoul(argv[2], nullptr, 10) : 0;
  if (n < 10 || (what != "bulk" && what != "rr"))
    return fprintf(stderr, "usage: lwip_peer bulk|rr N\n"), 2;
  lwip_init();
  connect();
  const auto work = [&](size_t count) { what == "rr" ? rr(count) : bulk(count); };
  work(n / 10);
  const double begin = cpu_ns();
  work(n);
  printf("%.1f\n", (cpu_ns() - begin) / static_cast<double>(n));
}
