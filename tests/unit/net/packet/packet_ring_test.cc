// Rings: what comes into frames and blocks, in which order and when; what happens when the reader lags behind; and
// frames that are sent. The reader here looks at the same memory by a mapping of its own.
#include "net/packet/packet_ring.hh"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/packet/af_packet.hh"
#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

constexpr u32 page = 4096;

struct packet_ring : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;
  ref<memory_device> dev = memory_device::add(n, "eth0", 1);
  std::vector<buffer> sent;
  socket_ptr s;
  std::byte* ring = nullptr;
  size_t ring_size = 0;

  packet_ring() {
    dev->on_send = [this](sk_buff_head&& list) {
      while (skb_ptr p = list.dequeue()) {
        sent.emplace_back(p->payload().begin(), p->payload().end());
        consume_skb(std::move(p));
      }
    };
    EXPECT_TRUE(set_up(n, "eth0"));
    make();
  }
  ~packet_ring() override {
    unmap();
    s = {};
    dev = {};
    EXPECT_EQ(w->cpus[0]->skbs_live, 0u);
    EXPECT_EQ(w->cpus[0]->timers.size(), 0u);
  }

  void make(int type = SOCK_RAW) {
    s = std::move(*sock_create(n, {}, AF_PACKET, type, htons(ETH_P_ALL)));
    sockaddr_ll to{};
    to.sll_family = AF_PACKET;
    to.sll_protocol = htons(ETH_P_ALL);
    to.sll_ifindex = dev->ifindex;
    EXPECT_TRUE(sock_bind(*s, bytes_of(to)));
  }
  template <class T>
  int set(int name, const T& v) {
    const status r = sock_setsockopt(*s, SOL_PACKET, name, std::as_bytes(std::span(&v, 1)));
    return r ? 0 : r.error().code;
  }
  int make_ring(int version, tpacket_req3 req, int which = PACKET_RX_RING) {
    EXPECT_EQ(set(PACKET_VERSION, version), 0);
    if (version == TPACKET_V3) return set(which, req);
    return set(which,
               tpacket_req{req.tp_block_size, req.tp_block_nr, req.tp_frame_size, req.tp_frame_nr});
  }
  int map(size_t size) {
    const auto parts = sock_mmap(*s, size, 0);
    if (!parts) return parts.error().code;
    ring =
        static_cast<std::byte*>(mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ring_size = size;
    std::byte* at = ring;
    for (const shared_pages* p : *parts) {
      const int fd = p->open();
      EXPECT_EQ(mmap(at, p->size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0), at);
      close(fd);
      at += p->size();
    }
    return 0;
  }
  void unmap() {
    if (ring) munmap(ring, ring_size);
    ring = nullptr;
  }
  void arrives(size_t len, u8 from = 9) {
    dev->receive(ether(mac(1), mac(from), 0x88b5, pattern(len - 14)));
  }
  bool readable() const { return sock_poll(*s) & EPOLLIN; }
  tpacket_stats_v3 statistics() {
    tpacket_stats_v3 st{};
    EXPECT_TRUE(sock_getsockopt(*s, SOL_PACKET, PACKET_STATISTICS,
                                std::as_writable_bytes(std::span(&st, 1))));
    return st;
  }
  template <class H>
  H& at(size_t offset) {
    return *reinterpret_cast<H*>(ring + offset);
  }
  buffer data(size_t offset, u32 len) { return {ring + offset, ring + offset + len}; }
};

// Both versions of frames: four of 1024 bytes.
template <class H>
void frames_go_round(packet_ring& t, int version) {
  ASSERT_EQ(t.make_ring(version, {page, 1, 1024, 4, 0, 0, 0}), 0);
  EXPECT_EQ(t.map(2 * page), EINVAL);
  ASSERT_EQ(t.map(page), 0);
  EXPECT_FALSE(t.readable());
  for (int round = 0; round < 3; ++round) {
    for (u32 i = 0; i < 4; ++i) t.arrives(60 + i);
    EXPECT_TRUE(t.readable());
    t.arrives(80);  // no room
    for (u32 i = 0; i < 4; ++i) {
      H& h = t.at<H>(i * 1024);
      EXPECT_EQ(h.tp_status, u32{TP_STATUS_USER});
      EXPECT_EQ(h.tp_len, 60 + i);
      EXPECT_EQ(h.tp_snaplen, 60 + i);
      EXPECT_EQ(h.tp_net - h.tp_mac, 14);
      EXPECT_EQ(t.data(i * 1024 + h.tp_net, 46 + i), pattern(46 + i));
      const auto& sll = t.at<sockaddr_ll>(i * 1024 + TPACKET_ALIGN(sizeof(H)));
      EXPECT_EQ(sll.sll_ifindex, t.dev->ifindex);
      EXPECT_EQ(sll.sll_protocol, htons(0x88b5));
      EXPECT_EQ(sll.sll_addr[5], 9);
      h.tp_status = TP_STATUS_KERNEL;
    }
    EXPECT_FALSE(t.readable());
    const auto st = t.statistics();
    EXPECT_EQ(st.tp_packets, 5u);
    EXPECT_EQ(st.tp_drops, 1u);
    EXPECT_EQ(t.statistics().tp_packets, 0u);
  }
}
TEST_F(packet_ring, version_1_goes_round) { frames_go_round<tpacket_hdr>(*this, TPACKET_V1); }
TEST_F(packet_ring, version_2_goes_round) { frames_go_round<tpacket2_hdr>(*this, TPACKET_V2); }

TEST_F(packet_ring, losses_are_told_in_the_frames_until_statistics_are_read) {
  ASSERT_EQ(make_ring(TPACKET_V2, {page, 1, 2048, 2, 0, 0, 0}), 0);
  ASSERT_EQ(map(page), 0);
  for (int i = 0; i < 3; ++i) arrives(60);
  at<tpacket2_hdr>(0).tp_status = TP_STATUS_KERNEL;
  arrives(60);
  EXPECT_EQ(at<tpacket2_hdr>(0).tp_status, u32{TP_STATUS_USER | TP_STATUS_LOSING});
  statistics();
  at<tpacket2_hdr>(2048).tp_status = TP_STATUS_KERNEL;
  arrives(60);
  EXPECT_EQ(at<tpacket2_hdr>(2048).tp_status, u32{TP_STATUS_USER});
}

TEST_F(packet_ring, a_frame_too_short_cuts_and_may_leave_a_copy) {
  ASSERT_EQ(set(PACKET_COPY_THRESH, 1), 0);
  ASSERT_EQ(make_ring(TPACKET_V2, {page, 1, 256, 16, 0, 0, 0}), 0);
  ASSERT_EQ(map(page), 0);
  arrives(600);
  const auto& h = at<tpacket2_hdr>(0);
  EXPECT_EQ(h.tp_len, 600u);
  EXPECT_EQ(h.tp_mac + h.tp_snaplen, 256u);
  EXPECT_EQ(h.tp_status, u32{TP_STATUS_USER | TP_STATUS_COPY});
  buffer b(700);
  msg_in m{.data = b};
  EXPECT_EQ(*sock_recvmsg(*s, m, 0), 600u);
}

TEST_F(packet_ring, datagrams_leave_the_link_layer_out) {
  make(SOCK_DGRAM);
  ASSERT_EQ(make_ring(TPACKET_V2, {page, 1, 1024, 4, 0, 0, 0}), 0);
  ASSERT_EQ(map(page), 0);
  arrives(60);
  const auto& h = at<tpacket2_hdr>(0);
  EXPECT_EQ(h.tp_mac, h.tp_net);
  EXPECT_EQ(data(h.tp_mac, h.tp_snaplen), pattern(46));
}

TEST_F(packet_ring, a_ring_that_is_mapped_stays) {
  ASSERT_EQ(make_ring(TPACKET_V2, {page, 1, 1024, 4, 0, 0, 0}), 0);
  ASSERT_EQ(map(page), 0);
  EXPECT_EQ(set(PACKET_RX_RING, tpacket_req{}), EBUSY);
  EXPECT_EQ(set(PACKET_TX_RING, tpacket_req{page, 1, 1024, 4}), EBUSY);
  unmap();
  EXPECT_EQ(set(PACKET_RX_RING, tpacket_req{page, 1, 1024, 4}), EBUSY);
  EXPECT_EQ(set(PACKET_VERSION, int{TPACKET_V3}), EBUSY);
  EXPECT_EQ(set(PACKET_RX_RING, tpacket_req{}), 0);
  EXPECT_EQ(set(PACKET_VERSION, int{TPACKET_V3}), 0);
  EXPECT_EQ(sock_mmap(*s, page, 0).error().code, EINVAL);
}

struct packet_blocks : packet_ring {
  static constexpr u32 priv = 8, first = 48 + 8;
  void blocks(u32 count, u32 tov = 60) {
    ASSERT_EQ(make_ring(TPACKET_V3, {page, count, 2048, 2 * count, tov, priv, 0}), 0);
    ASSERT_EQ(map(size_t{count} * page), 0);
  }
  tpacket_hdr_v1& block(u32 i) { return at<tpacket_block_desc>(size_t{i} * page).hdr.bh1; }
  // The lengths of a block's packets, by way of their offsets.
  std::vector<u32> lengths(u32 i) {
    std::vector<u32> out;
    size_t o = size_t{i} * page + block(i).offset_to_first_pkt;
    for (u32 k = 0; k < block(i).num_pkts; ++k) {
      const auto& h = at<tpacket3_hdr>(o);
      out.push_back(h.tp_len);
      EXPECT_EQ(data(o + h.tp_net, h.tp_snaplen - 14), pattern(h.tp_snaplen - 14));
      EXPECT_EQ(h.tp_next_offset == 0, k + 1 == block(i).num_pkts);
      o += h.tp_next_offset;
    }
    return out;
  }
  void give_back(u32 i) { block(i).block_status = TP_STATUS_KERNEL; }
};

TEST_F(packet_blocks, a_block_goes_when_it_is_full) {
  blocks(2);
  arrives(1500);
  arrives(1400);
  EXPECT_FALSE(readable());
  EXPECT_EQ(block(0).block_status, u32{TP_STATUS_KERNEL});
  arrives(1300);  // doesn't fit any more
  EXPECT_TRUE(readable());
  EXPECT_EQ(block(0).block_status, u32{TP_STATUS_USER});
  EXPECT_EQ(block(0).seq_num, 1u);
  EXPECT_EQ(block(0).offset_to_first_pkt, u32{first});
  EXPECT_EQ(at<tpacket_block_desc>(0).offset_to_priv, 48u);
  EXPECT_EQ(lengths(0), (std::vector<u32>{1500, 1400}));
  EXPECT_EQ(block(1).num_pkts, 1u);
}

TEST_F(packet_blocks, a_block_goes_when_its_time_has_come) {
  blocks(2, 60);
  world_run_for(*w, 25 * ns_per_ms);
  arrives(100);
  world_run_for(*w, 30 * ns_per_ms);
  EXPECT_FALSE(readable());
  world_run_for(*w, 5 * ns_per_ms);  // 60 ms from the opening
  EXPECT_TRUE(readable());
  EXPECT_EQ(block(0).block_status, u32{TP_STATUS_USER | TP_STATUS_BLK_TMO});
  EXPECT_EQ(lengths(0), std::vector<u32>{100});
  // The next one was opened then, and closes at a multiple of 60 ms later, not before something is in it.
  world_run_for(*w, 100 * ns_per_ms);
  EXPECT_EQ(block(1).block_status, u32{TP_STATUS_KERNEL});
  arrives(101);
  world_run_for(*w, 19 * ns_per_ms);
  EXPECT_EQ(block(1).block_status, u32{TP_STATUS_KERNEL});
  world_run_for(*w, 1 * ns_per_ms);
  EXPECT_EQ(block(1).block_status, u32{TP_STATUS_USER | TP_STATUS_BLK_TMO});
}

TEST_F(packet_blocks, a_reader_who_lags_behind_freezes_the_queue) {
  blocks(2);
  for (u32 len : {1500, 1501, 1502, 1503, 1504}) arrives(len);  // two to a block; the fifth is lost
  EXPECT_EQ(lengths(0), (std::vector<u32>{1500, 1501}));
  EXPECT_EQ(lengths(1), (std::vector<u32>{1502, 1503}));
  arrives(1505);
  auto st = statistics();
  EXPECT_EQ(st.tp_packets, 6u);
  EXPECT_EQ(st.tp_drops, 2u);
  EXPECT_EQ(st.tp_freeze_q_cnt, 1u);
  give_back(0);
  world_run_for(*w, ns_per_sec);
  EXPECT_TRUE(readable());  // the second is still his
  arrives(1506);
  give_back(1);
  EXPECT_FALSE(readable());
  world_run_for(*w, ns_per_sec);
  EXPECT_EQ(lengths(0), std::vector<u32>{1506});
  EXPECT_EQ(block(0).seq_num, 3u);
  st = statistics();
  EXPECT_EQ(st.tp_packets, 1u);
  EXPECT_EQ(st.tp_drops, 0u);
}

TEST_F(packet_blocks, a_packet_longer_than_a_block_is_cut) {
  dev->mtu = 9000;
  blocks(2);
  arrives(6000);
  EXPECT_EQ(block(0).block_status,
            u32{TP_STATUS_USER});  // it doesn't fit even in an empty one, and goes on
  EXPECT_EQ(block(0).num_pkts, 0u);
  EXPECT_EQ(block(1).num_pkts, 1u);
  const auto& h = at<tpacket3_hdr>(page + first);
  EXPECT_EQ(h.tp_len, 6000u);
  EXPECT_EQ(h.tp_mac + h.tp_snaplen, page - first);
}

TEST_F(packet_blocks, what_the_reader_scribbles_into_a_block_does_no_harm) {
  blocks(2);
  arrives(1000);
  std::memset(ring, 0xff, ring_size);
  for (int i = 0; i < 10; ++i) arrives(1000);
  world_run_for(*w, ns_per_sec);
  EXPECT_GT(statistics().tp_drops, 0u);
}

TEST_F(packet_ring, marked_frames_are_sent) {
  ASSERT_EQ(make_ring(TPACKET_V2, {page, 1, 2048, 2, 0, 0, 0}, PACKET_TX_RING), 0);
  ASSERT_EQ(map(page), 0);
  const buffer frame = ether(mac(2), mac(1), 0x88b5, pattern(100));
  const auto put = [&](u32 i, const buffer& f, u32 len) {
    auto& h = at<tpacket2_hdr>(i * 2048);
    std::memcpy(ring + i * 2048 + TPACKET2_HDRLEN - sizeof(sockaddr_ll), f.data(), f.size());
    h.tp_len = len;
    h.tp_status = TP_STATUS_SEND_REQUEST;
  };
  put(0, frame, static_cast<u32>(frame.size()));
  put(1, frame, 60);
  EXPECT_EQ(*sock_sendmsg(*s, {}, 0), frame.size() + 60);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0], frame);
  EXPECT_EQ(at<tpacket2_hdr>(0).tp_status, u32{TP_STATUS_AVAILABLE});
  EXPECT_TRUE(sock_poll(*s) & EPOLLOUT);
  put(0, frame, 3000);  // more than a frame holds
  EXPECT_EQ(sock_sendmsg(*s, {}, 0).error().code, EMSGSIZE);
  EXPECT_EQ(at<tpacket2_hdr>(0).tp_status, u32{TP_STATUS_WRONG_FORMAT});
  put(0, frame, 10);  // less than a header
  EXPECT_EQ(sock_sendmsg(*s, {}, 0).error().code, EINVAL);
  EXPECT_EQ(*sock_sendmsg(*s, {}, 0), 0u);
}

TEST_F(packet_ring, two_rings_stand_one_behind_the_other) {
  ASSERT_EQ(make_ring(TPACKET_V2, {page, 2, 2048, 4, 0, 0, 0}), 0);
  ASSERT_EQ(set(PACKET_TX_RING, tpacket_req{page, 1, 2048, 2}), 0);
  EXPECT_EQ(map(2 * page), EINVAL);
  ASSERT_EQ(map(3 * page), 0);
  arrives(60);
  EXPECT_EQ(at<tpacket2_hdr>(0).tp_len, 60u);
  auto& out = at<tpacket2_hdr>(2 * page);
  out.tp_len = 60;
  out.tp_status = TP_STATUS_SEND_REQUEST;
  EXPECT_EQ(*sock_sendmsg(*s, {}, 0), 60u);
}

}  // namespace
}  // namespace linnet::kit
