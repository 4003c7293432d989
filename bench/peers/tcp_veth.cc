// TCP between two network namespaces joined by veth, both ends in one thread, by the calls of one interface or the other:
// tcp_veth linnet|kernel WHAT N, with WHAT
//   bulk    N KiB of one flow, by calls that copy
//   hand    the same by calls that hand over (Linnet's only); nobody looks at the bytes
//   nogso   as bulk, with no device that takes more than a segment (ethtool -K eth0 tso off gso off)
//   rr      N transactions: a byte there, a byte back
//   rr2     the same, with a process for each end (the kernel's only), both on one processor
//   crr     N connections: made, a byte there, a byte back, closed
// Prints CPU nanoseconds, of all that take part, for each KiB, transaction or connection.
#include <vector>

#include "bench/peers/veth_ends.hh"

namespace {

using namespace ends;

constexpr linnet::endpoint there{far_address, 80};
constexpr size_t chunk = 128 << 10;  // of a call, as iperf3 has it

// A listener in the far namespace.
template <class Ends>
struct place {
  Ends e;
  Ends::socket listener = e.open_far(SOCK_STREAM);

  place() {
    listener.bind(there);
    listener.listen();
  }
  std::pair<typename Ends::socket, typename Ends::socket> connection() {
    auto near = e.open_near(SOCK_STREAM);
    near.connect(there);
    e.run();
    return {std::move(near), listener.accept()};
  }
};

template <class Ends>
void pass_byte(Ends& e, auto& from, auto& to) {
  std::byte byte{'x'};
  from.send(std::span<const std::byte>(&byte, 1));
  e.run();
  if (to.receive(std::span(&byte, 1)) != 1) give_up("a byte");
}

template <class Ends>
void bulk(place<Ends>& p, size_t kib) {
  auto [near, far] = p.connection();
  const std::vector<std::byte> data(chunk);
  std::vector<std::byte> room(chunk);
  for (size_t left = kib << 10; left;) {
    near.send(data);
    p.e.run();
    while (const size_t n = far.receive(room)) left -= std::min(n, left);
    p.e.run();
  }
}

void hand(place<in_linnet>& p, size_t kib) {
  auto [near, far] = p.connection();
  for (size_t left = kib << 10; left;) {
    while (near.send(near.room())) continue;
    p.e.run();
    while (const size_t n = far.take().size()) left -= std::min(n, left);
    p.e.run();
  }
}

template <class Ends>
void rr(place<Ends>& p, size_t n) {
  auto [near, far] = p.connection();
  for (size_t i = 0; i < n; ++i) {
    pass_byte(p.e, near, far);
    pass_byte(p.e, far, near);
  }
}

template <class Ends>
void crr(place<Ends>& p, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    auto [near, far] = p.connection();
    pass_byte(p.e, near, far);
    pass_byte(p.e, far, near);
    far.close();
    p.e.run();
    near.close();
    p.e.run();
  }
}

template <class Ends>
double measure(const std::string& what, size_t n) {
  place<Ends> p;
  const auto work = [&](size_t count) {
    if constexpr (std::is_same_v<Ends, in_kernel>)
      if (what == "rr2") {
        auto [near, far] = p.connection();
        return by_two_programs(near, far, count);
      }
    if constexpr (std::is_same_v<Ends, in_linnet>)
      if (what == "hand") return hand(p, count);
    if (what == "bulk" || what == "nogso") return bulk(p, count);
    if (what == "rr") return rr(p, count);
    crr(p, count);
  };
  if (what == "nogso") p.e.without_gso();
  return cost_of(n, work);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string who = argc == 4 ? argv[1] : "", what = argc == 4 ? argv[2] : "";
  const size_t n = argc == 4 ? strtoul(argv[3], nullptr, 10) : 0;
  const bool both = what == "bulk" || what == "nogso" || what == "rr" || what == "crr";
  const bool linnet = who == "linnet" && (both || what == "hand");
  const bool kernel = who == "kernel" && (both || what == "rr2");
  if (n < 10 || !(linnet || kernel))
    return fprintf(stderr, "usage: tcp_veth linnet|kernel bulk|hand|nogso|rr|rr2|crr N\n"), 2;
  printf("%.1f\n", linnet ? measure<in_linnet>(what, n) : measure<in_kernel>(what, n));
}
