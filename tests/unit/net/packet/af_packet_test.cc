// Packet sockets on a device in memory: what they see, send, and are told when the device goes.
#include "net/packet/af_packet.hh"

#include <linux/filter.h>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

struct packet : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ref<memory_device> dev = memory_device::add(n, "eth0", 1);
  std::vector<buffer> sent;
  const buffer frame = ether(mac(1), mac(9), 0x88b5, pattern(46));

  packet() {
    dev->on_send = [this](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        sent.emplace_back(p->payload().begin(), p->payload().end());
        consume_skb(std::move(p));
      }
    };
    EXPECT_TRUE(set_up(n, "eth0"));
  }
  ~packet() override {
    dev = {};
    const cpu& c = *w->cpus[0];
    EXPECT_EQ(c.skbs_live, 0u);
  }

  socket_ptr make(int type, u16 proto) {
    auto s = sock_create(n, {}, AF_PACKET, type, htons(proto));
    EXPECT_TRUE(s);
    return std::move(*s);
  }
  sockaddr_ll address(u16 proto, u8 last = 0) const {
    sockaddr_ll a{};
    a.sll_family = AF_PACKET;
    a.sll_protocol = htons(proto);
    a.sll_ifindex = dev->ifindex;
    a.sll_halen = ETH_ALEN;
    std::memcpy(a.sll_addr, mac(last).data(), ETH_ALEN);
    return a;
  }
  struct message_in {
    int error = 0;
    buffer data;
    sockaddr_ll from{};
    int flags = 0;
    std::vector<std::byte> control;
  };
  static message_in receive(socket& s, size_t room = 2048, int flags = 0) {
    buffer b(room);
    msg_in m{.data = b};
    const auto r = sock_recvmsg(s, m, flags);
    if (!r) return {.error = r.error().code, .data = {}, .control = {}};
    b.resize(std::min(*r, room));
    message_in in{.data = std::move(b), .flags = m.flags, .control = m.control};
    std::memcpy(&in.from, &m.name, sizeof in.from);
    return in;
  }
  static result<size_t> send(socket& s, const_bytes name, const_bytes data) {
    return sock_sendmsg(s, {.name = name, .data = data, .control = {}}, 0);
  }
  template <class T>
  static int set(socket& s, int level, int name, const T& v) {
    const status r = sock_setsockopt(s, level, name, std::as_bytes(std::span(&v, 1)));
    return r ? 0 : r.error().code;
  }
};

TEST_F(packet, needs_the_right_and_a_known_type) {
  cred nobody;
  nobody.net_raw = false;
  EXPECT_EQ(sock_create(n, nobody, AF_PACKET, SOCK_RAW, 0).error().code, EPERM);
  EXPECT_EQ(sock_create(n, {}, AF_PACKET, SOCK_STREAM, 0).error().code, ESOCKTNOSUPPORT);
}

TEST_F(packet, raw_sees_the_frame_and_dgram_what_is_in_it) {
  auto raw = make(SOCK_RAW, ETH_P_ALL), dgram = make(SOCK_DGRAM, 0x88b5),
       other = make(SOCK_RAW, ETH_P_ARP), none = make(SOCK_RAW, 0);
  dev->receive(frame);
  const auto r = receive(*raw), d = receive(*dgram);
  EXPECT_EQ(r.data, frame);
  EXPECT_EQ(d.data, pattern(46));
  EXPECT_EQ(d.from.sll_protocol, htons(0x88b5));
  EXPECT_EQ(d.from.sll_ifindex, dev->ifindex);
  EXPECT_EQ(d.from.sll_hatype, ARPHRD_ETHER);
  EXPECT_EQ(d.from.sll_pkttype, PACKET_HOST);
  EXPECT_EQ(d.from.sll_halen, ETH_ALEN);
  EXPECT_EQ(std::memcmp(d.from.sll_addr, mac(9).data(), ETH_ALEN), 0);
  EXPECT_EQ(receive(*other).error, EAGAIN);
  EXPECT_EQ(receive(*none).error, EAGAIN);
  EXPECT_EQ(dev->stats.rx_dropped, 0u);  // someone wanted it
}

TEST_F(packet, a_short_buffer_gets_the_rest_cut) {
  auto s = make(SOCK_RAW, ETH_P_ALL);
  dev->receive(frame);
  const auto peeked = receive(*s, 10, MSG_PEEK);
  EXPECT_EQ(peeked.flags, MSG_TRUNC);
  EXPECT_EQ(peeked.data.size(), 10u);
  buffer b(10);
  msg_in m{.data = b};
  EXPECT_EQ(*sock_recvmsg(*s, m, MSG_TRUNC), frame.size());
}

TEST_F(packet, sends_and_shows_to_others_only) {
  auto s = make(SOCK_RAW, ETH_P_ALL), on = make(SOCK_RAW, ETH_P_ALL),
       specific = make(SOCK_RAW, 0x88b5), deaf = make(SOCK_RAW, ETH_P_ALL);
  EXPECT_EQ(set(*deaf, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1), 0);
  EXPECT_EQ(send(*s, {}, frame).error().code, ENXIO);
  const auto to = bytes_of(address(ETH_P_ALL));
  EXPECT_EQ(*send(*s, to, frame), frame.size());
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0], frame);
  EXPECT_EQ(receive(*s).error, EAGAIN);
  const auto seen = receive(*on);
  EXPECT_EQ(seen.data, frame);
  EXPECT_EQ(seen.from.sll_pkttype, PACKET_OUTGOING);
  EXPECT_EQ(receive(*specific).error, EAGAIN);
  EXPECT_EQ(receive(*deaf).error, EAGAIN);
}

TEST_F(packet, dgram_has_its_header_made) {
  auto s = make(SOCK_DGRAM, 0);
  const auto to = bytes_of(address(0x88b5, 9));
  EXPECT_EQ(*send(*s, to, pattern(46)), 46u);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0], ether(mac(9), mac(1), 0x88b5, pattern(46)));
}

TEST_F(packet, what_cannot_be_sent) {
  auto s = make(SOCK_RAW, 0);
  const auto to = bytes_of(address(0x88b5));
  auto error = [&](const_bytes name, size_t len) {
    const auto r = send(*s, name, pattern(len));
    return r ? 0 : r.error().code;
  };
  EXPECT_EQ(error(to, 1514), 0);
  EXPECT_EQ(error(to, 1515), EMSGSIZE);
  EXPECT_EQ(error(to, 13), EINVAL);
  EXPECT_EQ(error(const_bytes(to).first(12), 60), EINVAL);
  EXPECT_TRUE(set_up(n, "eth0", false));
  EXPECT_EQ(error(to, 60), ENETDOWN);
}

TEST_F(packet, a_bound_socket_follows_its_device) {
  auto s = make(SOCK_RAW, 0);
  const auto where = bytes_of(address(ETH_P_ALL));
  EXPECT_EQ(sock_bind(*s, const_bytes(where).first(12)).error().code, EINVAL);
  EXPECT_TRUE(sock_bind(*s, where));
  sockaddr_storage name{};
  EXPECT_EQ(*sock_getname(*s, name, false), 18u);
  EXPECT_EQ(*send(*s, {}, frame), frame.size());
  EXPECT_TRUE(set_up(n, "eth0", false));
  EXPECT_EQ(receive(*s).error, ENETDOWN);
  EXPECT_EQ(receive(*s).error, EAGAIN);
  EXPECT_TRUE(set_up(n, "eth0"));
  dev->receive(frame);
  EXPECT_EQ(receive(*s).data, frame);
  unregister_netdevice(*dev);
  EXPECT_EQ(receive(*s).error, ENETDOWN);
  EXPECT_EQ(send(*s, {}, frame).error().code, ENXIO);
}

TEST_F(packet, memberships_are_counted_and_end_with_the_socket) {
  auto s = make(SOCK_RAW, 0);
  packet_mreq m{
      .mr_ifindex = dev->ifindex, .mr_type = PACKET_MR_PROMISC, .mr_alen = 0, .mr_address = {}};
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_DROP_MEMBERSHIP, m), 0);  // none there, and no error
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, m), 0);
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, m), 0);
  EXPECT_EQ(dev->promiscuity, 1u);
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_DROP_MEMBERSHIP, m), 0);
  EXPECT_EQ(dev->promiscuity, 1u);
  m.mr_type = PACKET_MR_MULTICAST;
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, m), EINVAL);
  m.mr_alen = ETH_ALEN;
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, m), 0);
  m.mr_ifindex = 99;
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, m), ENODEV);
  const size_t with = dev->mc.size();
  s.reset();
  EXPECT_EQ(dev->promiscuity, 0u);
  EXPECT_EQ(dev->mc.size(), with - 1);
}

TEST_F(packet, a_filter_cuts_and_refuses) {
  auto s = make(SOCK_RAW, ETH_P_ALL);
  const int on = 1;
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_AUXDATA, on), 0);
  const sock_filter cut[] = {{BPF_RET | BPF_K, 0, 0, 20}}, none[] = {{BPF_RET | BPF_K, 0, 0, 0}},
                    bad[] = {{BPF_LD | BPF_IMM, 0, 0, 0}};
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_DETACH_FILTER, on), ENOENT);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_ATTACH_FILTER, cut), 0);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_ATTACH_FILTER, bad), EINVAL);
  dev->receive(frame);
  const auto r = receive(*s);
  EXPECT_EQ(r.data.size(), 20u);
  tpacket_auxdata aux;
  ASSERT_EQ(r.control.size(), CMSG_SPACE(sizeof aux));
  std::memcpy(&aux, r.control.data() + CMSG_LEN(0), sizeof aux);
  EXPECT_EQ(aux.tp_len, frame.size());
  EXPECT_EQ(aux.tp_snaplen, 20u);
  EXPECT_EQ(aux.tp_net, ETH_HLEN);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_ATTACH_FILTER, none), 0);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_LOCK_FILTER, on), 0);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_DETACH_FILTER, on), EPERM);
  dev->receive(frame);
  EXPECT_EQ(receive(*s).error, EAGAIN);
  tpacket_stats st{};
  EXPECT_EQ(*sock_getsockopt(*s, SOL_PACKET, PACKET_STATISTICS,
                             std::as_writable_bytes(std::span(&st, 1))),
            sizeof st);
  EXPECT_EQ(st.tp_packets, 1u);
  EXPECT_EQ(st.tp_drops, 0u);
}

TEST_F(packet, a_full_buffer_counts_drops) {
  auto s = make(SOCK_RAW, ETH_P_ALL);
  EXPECT_EQ(set(*s, SOL_SOCKET, SO_RCVBUF, 0), 0);
  for (int i = 0; i < 10; ++i) dev->receive(frame);
  tpacket_stats st{};
  (void)sock_getsockopt(*s, SOL_PACKET, PACKET_STATISTICS,
                        std::as_writable_bytes(std::span(&st, 1)));
  EXPECT_EQ(st.tp_packets, 10u);
  EXPECT_GT(st.tp_drops, 0u);
}

TEST_F(packet, a_ring_has_one_of_three_versions) {
  auto s = make(SOCK_RAW, ETH_P_ALL);
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_RX_RING, tpacket_req{}), 0);
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_VERSION, 7), EINVAL);
  EXPECT_EQ(set(*s, SOL_PACKET, PACKET_VERSION, int{TPACKET_V3}), 0);
}

}  // namespace
}  // namespace linnet::kit
