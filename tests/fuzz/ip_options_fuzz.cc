// Arbitrary IP options, by every way they have: given to a socket and sent, found in a packet that is for this host, for
// another behind it, and in what an answer is made of. The first byte says how many of the rest are a socket's; what
// follows stands in packets. What the node sends must be well formed, options that a socket gave back must be
// acceptable to it again, and at the end every packet must have met its end.
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/checksum.hh"
#include "net/ipv4/ip_options.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "net/socket.hh"
#include "tests/support/net_kit.hh"
#include "wire/ip.hh"

namespace linnet {
namespace {

using buffer = std::vector<std::byte>;

void require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "ip_options_fuzz: %s\n", what);
  std::abort();
}

// What was sent must be something that a receiver can read.
void check_sent(const_bytes frame) {
  if (frame.size() < ETH_HLEN + sizeof(iphdr) || frame[12] != std::byte{8}) return;
  if (frame[13] != std::byte{0}) return;  // ARP
  const const_bytes packet = frame.subspan(ETH_HLEN);
  const auto& ip = *reinterpret_cast<const iphdr*>(packet.data());
  require(ip.version() == 4 && ip.ihl() >= 5, "no header");
  require(ip.header_len() <= ip.tot_len.host(), "header beyond the packet");
  require(ip.tot_len.host() == packet.size(), "length");
  require(ip_fast_csum(&ip, ip.ihl()).raw() == 0, "checksum");
}

buffer echo_with(const_bytes options, be32 saddr, be32 daddr) {
  static constexpr unsigned char message[8] = {8, 0, 0xf7, 0xff, 0, 0, 0, 0};
  const size_t header = sizeof(iphdr) + (options.size() + 3) / 4 * 4;
  buffer f(ETH_HLEN + header + sizeof message);
  f[0] = f[6] = std::byte{2};
  f[5] = std::byte{1};
  f[11] = std::byte{0x80};
  f[12] = std::byte{8};
  auto& ip = *reinterpret_cast<iphdr*>(f.data() + ETH_HLEN);
  ip.set_version_ihl(4, static_cast<u8>(header / 4));
  ip.tot_len = static_cast<u16>(header + sizeof message);
  ip.ttl = 9;
  ip.protocol = IPPROTO_ICMP;
  ip.saddr = saddr;
  ip.daddr = daddr;
  if (!options.empty()) std::memcpy(&ip + 1, options.data(), options.size());
  ip.check = ip_fast_csum(&ip, ip.ihl());
  std::memcpy(f.data() + ETH_HLEN + header, message, sizeof message);
  return f;
}

void give_to_socket(net& n, const_bytes options) {
  auto s = sock_create(n, {}, AF_INET, SOCK_DGRAM, 0);
  require(s.has_value(), "no socket");
  if (!sock_setsockopt(**s, IPPROTO_IP, IP_OPTIONS, options)) return;
  std::array<std::byte, max_ipoptlen> given{};
  auto size = sock_getsockopt(**s, IPPROTO_IP, IP_OPTIONS, given);
  require(size.has_value() && *size % 4 == 0, "options that cannot be read");
  const const_bytes back = const_bytes(given).first(*size);
  require(sock_setsockopt(**s, IPPROTO_IP, IP_OPTIONS, back).has_value(), "not acceptable again");
  for (const be32 to : {kit::ip4(10, 0, 0, 2), kit::ip4(10, 2, 0, 9), kit::ip4(10, 0, 0, 1)}) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(9);
    a.sin_addr.s_addr = to.raw();
    (void)sock_sendmsg(**s, {.name = std::as_bytes(std::span(&a, 1)), .data = back, .control = {}},
                       0);
  }
}

void run(const_bytes data) {
  auto w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  (void)kit::set_up(n, "lo");
  std::array<ref<kit::memory_device>, 2> dev;
  std::vector<buffer> answers;
  for (u8 i = 0; i < 2; ++i) {
    const std::string name = i ? "eth1" : "eth0";
    dev[i] = kit::memory_device::add(n, name, static_cast<u8>(i + 1));
    dev[i]->on_send = [&answers](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        check_sent({p->data, p->tail});
        answers.emplace_back(p->data, p->tail);
        consume_skb(std::move(p));
      }
    };
    (void)kit::set_up(n, name);
    (void)kit::add_addr(n, name, kit::ip4(10, 0, i, 1), 24);
    dev[i]->ip_ptr->cnf.set(IPV4_DEVCONF_FORWARDING, 1);
    dev[i]->ip_ptr->cnf.set(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 1);
    (void)kit::add_neigh(n, name, kit::ip4(10, 0, i, 2), {2, 0, 0, 0, 0, 0x80});
  }
  ipv4_of(n).devconf_all.set(IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 1);
  (void)kit::add_route(n, kit::ip4(10, 2, 0, 0), 16, kit::ip4(10, 0, 1, 2));

  const size_t own =
      std::min<size_t>(std::to_integer<u8>(data[0]) % (max_ipoptlen + 1), data.size() - 1);
  give_to_socket(n, data.subspan(1, own));
  const_bytes rest = data.subspan(1 + own);
  rest = rest.first(std::min<size_t>(rest.size(), max_ipoptlen));
  for (const be32 to : {kit::ip4(10, 0, 0, 1), kit::ip4(10, 2, 0, 9), kit::ip4(10, 0, 0, 255)}) {
    dev[0]->receive(echo_with(rest, kit::ip4(10, 0, 0, 2), to));
    world_poll(*w);
  }
  // What it sent comes back to it as it is: options that were filled in are read again.
  const auto sent = std::exchange(answers, {});
  for (const buffer& f : sent) {
    buffer back = f;
    std::memcpy(back.data(), dev[0]->dev_addr.data(), 6);
    dev[0]->receive(back);
    world_poll(*w);
  }
  world_run_for(*w, secs(40));
  require(n.c.skbs_live == 0, "a packet without an end");
}

}  // namespace
}  // namespace linnet

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size) linnet::run(std::as_bytes(std::span(data, size)));
  return 0;
}
