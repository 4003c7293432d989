// UDP between two network namespaces joined by veth, both ends in one thread, by the calls of one interface or the other:
// udp_veth linnet|kernel WHAT N, with WHAT
//   rr      N transactions: a byte there, a byte back, each taken before the next is sent
//   rr2     the same, with a process for each end (the kernel's only), both on one processor
//   burst   N datagrams of 64 bytes, from socket to socket, 32 with each sendmmsg and recvmmsg
// Prints CPU nanoseconds, of all that take part, for each transaction or datagram.
#include <array>

#include "bench/peers/veth_ends.hh"

namespace {

using namespace ends;

constexpr size_t size = 64, batch = 32;
constexpr linnet::endpoint here{near_address, 1000}, there{far_address, 7};

// A socket in each namespace, connected to the other.
template <class Ends>
struct pair {
  Ends e;
  Ends::socket near = e.open_near(SOCK_DGRAM), far = e.open_far(SOCK_DGRAM);

  pair() {
    near.bind(here);
    far.bind(there);
    near.connect(there);
    far.connect(here);
  }
};

template <class Ends>
void rr(pair<Ends>& p, size_t n) {
  std::byte byte{'x'};
  const auto pass = [&](auto& from, auto& to) {
    from.send(std::span<const std::byte>(&byte, 1));
    p.e.run();
    if (to.receive(std::span(&byte, 1)) != 1) give_up("a byte");
  };
  for (size_t i = 0; i < n; ++i) {
    pass(p.near, p.far);
    pass(p.far, p.near);
  }
}

struct messages {
  std::array<std::array<char, size>, batch> data{};
  std::array<iovec, batch> iov{};
  std::array<mmsghdr, batch> list{};

  messages() {
    for (size_t i = 0; i < batch; ++i) {
      iov[i] = {data[i].data(), size};
      list[i].msg_hdr.msg_iov = &iov[i];
      list[i].msg_hdr.msg_iovlen = 1;
    }
  }
};

template <class Ends>
void burst(pair<Ends>& p, size_t n) {
  messages out, in;
  for (size_t done = 0; done < n; done += batch) {
    if (p.near.send(std::span(out.list)) != batch) give_up("a full batch");
    p.e.run();
    if (p.far.receive(std::span(in.list)) != batch) give_up("a full batch");
  }
}

template <class Ends>
double measure(const std::string& what, size_t n) {
  pair<Ends> p;
  const auto work = [&](size_t count) {
    if (what == "burst") return burst(p, count);
    if constexpr (std::is_same_v<Ends, in_kernel>)
      if (what == "rr2") return by_two_programs(p.near, p.far, count);
    rr(p, count);
  };
  rr(p, 1);  // the neighbour is found
  return cost_of(n, work);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string who = argc == 4 ? argv[1] : "", what = argc == 4 ? argv[2] : "";
  const size_t n = argc == 4 ? strtoul(argv[3], nullptr, 10) : 0;
  const bool linnet = who == "linnet" && (what == "rr" || what == "burst");
  const bool kernel = who == "kernel" && (what == "rr" || what == "rr2" || what == "burst");
  if (n < batch || !(linnet || kernel))
    return fprintf(stderr, "usage: udp_veth linnet|kernel rr|rr2|burst N\n"), 2;
  printf("%.1f\n", linnet ? measure<in_linnet>(what, n) : measure<in_kernel>(what, n));
}
