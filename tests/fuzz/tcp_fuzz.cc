// Segments against TCP: a listener and a connection whose peer is the fuzzer. The input begins with what the listener is
// like (Fast Open, signatures); a list of short commands follows: a segment near the connection's numbers (flags, offsets,
// window, options and data of the input's choice, signed or not), a wait, what the program does meanwhile. At the end nothing may be left: no packet, no sock, no request.
#include <cstdlib>

#include "base/checksum.hh"
#include "net/core/sysctl.hh"
#include "net/ipv4/tcp.hh"
#include "net/socket.hh"
#include "tests/support/net_kit.hh"
#include "wire/ip.hh"

namespace linnet {
namespace {

const be32 us = kit::ip4(10, 0, 0, 1), peer = kit::ip4(10, 0, 0, 2);

void require(bool ok, const char* what) {
  if (ok) return;
  fprintf(stderr, "%s\n", what);
  std::abort();
}

class input {
 public:
  input(const uint8_t* p, size_t n) : p_(p), n_(n) {}
  bool empty() const { return n_ == 0; }
  u8 byte() {
    if (!n_) return 0;
    --n_;
    return *p_++;
  }
  u16 word() {
    const u8 high = byte();
    return static_cast<u16>(high << 8 | byte());
  }

 private:
  const uint8_t* p_;
  size_t n_;
};

class tcp_peer {
 public:
  tcp_peer() : w_(boot_world({.virtual_time = true, .seed = 3, .cpus = 1})), n_(*w_->init_net) {
    dev_ = kit::memory_device::add(n_, "eth0", 1);
    dev_->on_send = [this](sk_buff_head&& list) { heard(std::move(list)); };
    (void)kit::set_up(n_, "lo");
    (void)kit::set_up(n_, "eth0");
    (void)kit::add_addr(n_, "eth0", us, 24);
    (void)kit::add_neigh(n_, "eth0", peer, {2, 0, 0, 0, 0, 0x80});
    world_run_for(*w_, msecs(10));
    listener_ = *sock_create(n_, {}, AF_INET, SOCK_STREAM, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(80);
    require(sock_bind(*listener_, std::as_bytes(std::span(&a, 1))).has_value(), "no port");
    require(sock_listen(*listener_, 2).has_value(), "no listener");
  }

  void run(input in) {
    prepare(in.byte());
    while (!in.empty()) command(in);
    accepted_.clear();
    consume_skb(std::move(held_));
    listener_.reset();
    world_run_for(*w_, secs(1200));
    require(n_.c.skbs_live == 0, "a packet without an end");
    require(n_.c.socks_live == 0, "a socket without an end");
    require(tcp_of(n_).ehash.size() == 0, "a connection without an end");
    require(tcp_of(n_).bind.empty(), "a port without an end");
  }

 private:
  void prepare(u8 what) {
    const auto set = [&](int option, auto value) {
      const auto raw = std::as_bytes(std::span(&value, 1));
      require(sock_setsockopt(*listener_, IPPROTO_TCP, option, raw).has_value(), "no option");
    };
    if (what & 1) set(TCP_FASTOPEN, 3);
    if (what & 2)  // with data and no cookie, too
      require(sysctl_write(n_, "ipv4/tcp_fastopen", what & 4 ? "515\n" : "3\n").has_value(),
              "no setting");
    if (what & 8) {
      key_.addr = peer;
      key_.keylen = 6;
      std::memcpy(key_.key.data(), "secret", 6);
      tcp_md5sig given{};
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_addr.s_addr = peer.raw();
      std::memcpy(&given.tcpm_addr, &to, sizeof to);
      given.tcpm_keylen = key_.keylen;
      std::memcpy(given.tcpm_key, key_.key.data(), key_.keylen);
      set(TCP_MD5SIG, given);
    }
  }

  // What the stack says tells the peer where it stands.
  void heard(sk_buff_head&& list) {
    while (skb_ptr p = list.dequeue()) {
      if (p->len() >= 14 + sizeof(iphdr) + sizeof(tcphdr) && p->protocol == be16(ETH_P_IP)) {
        const auto& th = *reinterpret_cast<const tcphdr*>(p->data + 14 + sizeof(iphdr));
        if (!th.has(TCPHDR_RST)) {
          their_seq_ = th.seq.host() + (th.has(TCPHDR_SYN) ? 1 : 0);
          their_ack_ = th.ack_seq.host();
        }
      }
      consume_skb(std::move(p));
    }
  }

  void segment(input& in) {
    const u8 flags = in.byte(), shape = in.byte();
    const int16_t seq_off = static_cast<int16_t>(in.word()),
                  ack_off = static_cast<int16_t>(in.word());
    const u16 window = in.word();
    const bool sign = key_.keylen && window & 1;
    const u32 options = sign ? 20u : (shape & 7) * 4u,
              data = shape & 0x80 ? in.word() % 1400u : shape >> 4;
    std::array<std::byte, 14 + 20 + 20 + 40 + 1400> f{};
    const u8 eth[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0x80, 8, 0};
    std::memcpy(f.data(), eth, sizeof eth);
    auto& ip = *reinterpret_cast<iphdr*>(f.data() + 14);
    auto& th = *reinterpret_cast<tcphdr*>(&ip + 1);
    const u32 tcp_len = static_cast<u32>(sizeof(tcphdr)) + options + data;
    ip.set_version_ihl(4, 5);
    ip.tot_len = static_cast<u16>(sizeof(iphdr) + tcp_len);
    ip.ttl = 64;
    ip.protocol = IPPROTO_TCP;
    ip.tos = shape & 3;
    ip.saddr = peer;
    ip.daddr = us;
    ip.check = ip_fast_csum(&ip, 5);
    th.source = static_cast<u16>(40000 + (shape & 8));
    th.dest = u16{80};
    th.seq = their_ack_ + static_cast<u32>(seq_off);
    th.ack_seq = their_seq_ + static_cast<u32>(ack_off);
    th.doff_res = static_cast<u8>((5 + options / 4) << 4);
    th.flags = flags;
    th.window = window;
    th.urg_ptr = flags & TCPHDR_URG ? in.word() : u16{0};
    auto* option = reinterpret_cast<u8*>(&th + 1);
    for (u32 i = 0; i < options && !sign; ++i) option[i] = in.byte();
    if (sign) {
      option[0] = TCPOPT_MD5SIG;
      option[1] = TCPOLEN_MD5SIG;
      tcp_v4_md5_sign(key_, peer, us, th, const_bytes(f).subspan(14 + 40 + options, data),
                      option + 2);
    }
    const u32 pseudo = csum_tcpudp_nofold(peer, us, tcp_len, IPPROTO_TCP, 0);
    th.check = csum_fold(csum_partial(&th, tcp_len, pseudo));
    dev_->receive(const_bytes(f).first(14 + 20 + tcp_len));
  }

  void program(u8 what) {
    if (what & 1)
      if (auto s = sock_accept(*listener_, 0)) accepted_.push_back(std::move(*s));
    if (accepted_.empty()) return;
    socket& s = *accepted_.back();
    (void)sock_poll(s);
    static std::array<std::byte, 5000> buffer;
    switch (what >> 1 & 7) {
      case 0:
        (void)sock_sendmsg(
            s, {.name = {}, .data = const_bytes(buffer).first(what * 10u), .control = {}}, 0);
        break;
      case 1: {
        msg_in m;
        m.data = bytes(buffer).first(what * 8u);
        (void)sock_recvmsg(s, m, what & 0x80 ? MSG_PEEK : 0);
        break;
      }
      case 2: (void)sock_shutdown(s, SHUT_WR); break;
      case 3: accepted_.pop_back(); break;
      case 4: {
        const int on = what & 0x10;
        (void)sock_setsockopt(s, what & 0x20 ? SOL_SOCKET : IPPROTO_TCP, what >> 4,
                              std::as_bytes(std::span(&on, 1)));
        break;
      }
      case 5: {
        msg_in m;
        m.data = bytes(buffer).first(1);
        (void)sock_recvmsg(s, m, MSG_OOB);
        break;
      }
      case 6:
        consume_skb(std::move(held_));
        if (auto p = sock_recv_skb(s, 0)) held_ = std::move(*p);
        break;
      default: {
        auto p = sock_alloc_skb(s, what * 20u);
        if (what & 0x10 && held_) std::swap(*p, held_);
        (void)sock_send_skb(s, *p, 0);
        consume_skb(std::move(*p));
      }
    }
  }

  void command(input& in) {
    const u8 what = in.byte();
    if (what < 0xa0) {
      segment(in);
    } else if (what < 0xe0) {
      program(in.byte());
    } else {
      world_run_for(*w_, msecs(1) << (what & 15));
    }
    world_poll(*w_);
  }

  std::unique_ptr<world> w_;
  net& n_;
  ref<kit::memory_device> dev_;
  socket_ptr listener_;
  std::vector<socket_ptr> accepted_;
  skb_ptr held_;          // what a program has taken
  tcp_md5sig_key key_{};  // of keylen 0: none
  u32 their_seq_ = 0, their_ack_ = 1000;
};

}  // namespace
}  // namespace linnet

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  linnet::tcp_peer().run(linnet::input(data, size));
  return 0;
}
