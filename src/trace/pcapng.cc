// Blocks: type, length, body, options, length again; everything in the host's byte order and padded to four bytes.
#include "trace/pcapng.hh"

#include <cstring>

#include "base/version.hh"
#include "net/core/net_device.hh"

namespace linnet {
namespace {

constexpr u32 section_header = 0x0a0d0d0a, interface_description = 1, enhanced_packet = 6;
constexpr u32 byte_order_magic = 0x1a2b3c4d;
constexpr u16 opt_comment = 1, shb_userappl = 4;
constexpr u16 if_name = 2, if_description = 3, if_macaddr = 6, if_tsresol = 9;
constexpr u16 epb_flags = 2, epb_packetid = 5;
constexpr u16 linktype_ethernet = 1, linktype_raw = 101;
constexpr u32 snaplen = 262144;
constexpr u32 inbound = 1, outbound = 2;
constexpr size_t most_held = 1 << 20;  // bytes of frames

class block {
 public:
  explicit block(u32 type) {
    put(type);
    put(u32{0});
  }
  template <class T>
    requires std::is_integral_v<T>
  void put(T v) {
    raw(&v, sizeof v);
  }
  void raw(const void* p, size_t n) {
    const auto* c = static_cast<const char*>(p);
    out_.insert(out_.end(), c, c + n);
  }
  void padded(const void* p, size_t n) {
    raw(p, n);
    out_.resize((out_.size() + 3) & ~size_t{3});
  }
  void option(u16 code, const void* p, size_t n) {
    put(code);
    put(static_cast<u16>(n));
    padded(p, n);
  }
  void option(u16 code, std::string_view s) { option(code, s.data(), s.size()); }
  void write(FILE* f) {
    put(u32{0});  // opt_endofopt
    const u32 len = static_cast<u32>(out_.size() + sizeof(u32));
    std::memcpy(out_.data() + 4, &len, sizeof len);
    put(len);
    std::fwrite(out_.data(), 1, out_.size(), f);
  }

 private:
  std::vector<char> out_;
};

// How the device took the frame: bits 2 to 4 of epb_flags.
u32 reception(pkt_type t) {
  switch (t) {
    case pkt_type::host: return 1u << 2;
    case pkt_type::multicast: return 2u << 2;
    case pkt_type::broadcast: return 3u << 2;
    case pkt_type::otherhost: return 4u << 2;
    default: return 0;
  }
}

}  // namespace

std::unique_ptr<pcapng_writer> pcapng_writer::open(world& w, const std::string& file,
                                                   const namespace_names& names) {
  FILE* f = std::fopen(file.c_str(), "we");
  if (!f) return nullptr;
  block b(section_header);
  b.put(byte_order_magic);
  b.put(u16{1});  // version 1.0
  b.put(u16{0});
  b.put(~u64{0});  // length: not said
  b.option(shb_userappl, std::string("linnet ") + version());
  b.write(f);
  std::fflush(f);
  return std::unique_ptr<pcapng_writer>(new pcapng_writer(w, f, names));
}

pcapng_writer::~pcapng_writer() {
  flush();
  std::fclose(file_);
}

u32 pcapng_writer::interface_of(const net_device& dev) {
  interface& i = interfaces_[{dev.nd_net->inum, dev.ifindex}];
  if (i.name == dev.name) return i.id;
  i = {.id = next_interface_++, .name = dev.name};
  block b(interface_description);
  b.put(dev.type == ARPHRD_ETHER || dev.type == ARPHRD_LOOPBACK ? linktype_ethernet : linktype_raw);
  b.put(u16{0});
  b.put(snaplen);
  b.option(if_name, dev.name);
  b.option(if_description, names_(dev.nd_net->inum) + ':' + dev.name);
  if (dev.addr_len == 6) b.option(if_macaddr, dev.dev_addr.data(), 6);
  const u8 nanoseconds = 9;
  b.option(if_tsresol, &nanoseconds, 1);
  b.write(file_);
  return i.id;
}

void pcapng_writer::on_event(const trace_event& e) {
  if (!e.skb || !e.dev || !e.skb->protocol) return;
  const sk_buff& s = *e.skb;
  switch (e.point) {
    case tp::dev_hard_start_xmit:
      if (!(e.dev->flags & IFF_LOOPBACK)) take_frame(e, s.data, outbound);
      break;
    case tp::netif_receive_skb:
      take_frame(e, e.dev->header_ops ? s.mac() : s.data, inbound | reception(s.pkt));
      last_arrival_[s.id] = held_.size() - 1;
      break;
    case tp::kfree_skb: {
      const auto it = last_arrival_.find(s.id);
      if (it == last_arrival_.end() || held_[it->second].net_inum != e.net_inum) break;
      held_[it->second].comment = "dropped: " + std::string(drop_reason_name(e.reason)) + ", " +
                                  std::string(drop_reason_sentence(e.reason));
      break;
    }
    default: break;
  }
}

void pcapng_writer::take_frame(const trace_event& e, const std::byte* from, u32 flags) {
  if (bytes_.size() > most_held) flush();
  const size_t len = static_cast<size_t>(e.skb->tail - from);
  held_.push_back({.packet = e.skb_id,
                   .net_inum = e.net_inum,
                   .interface = interface_of(*e.dev),
                   .real_ns = w_.clk->real(),
                   .flags = flags,
                   .at = bytes_.size(),
                   .len = len,
                   .comment = {}});
  bytes_.insert(bytes_.end(), from, from + std::min<size_t>(len, snaplen));
}

void pcapng_writer::put_frame(const frame& f) {
  const u64 t = static_cast<u64>(f.real_ns);
  const u32 kept = static_cast<u32>(std::min<size_t>(f.len, snaplen));
  block b(enhanced_packet);
  b.put(f.interface);
  b.put(static_cast<u32>(t >> 32));
  b.put(static_cast<u32>(t));
  b.put(kept);
  b.put(static_cast<u32>(f.len));
  b.padded(bytes_.data() + f.at, kept);
  if (!f.comment.empty()) b.option(opt_comment, f.comment);
  b.option(epb_flags, &f.flags, sizeof f.flags);
  b.option(epb_packetid, &f.packet, sizeof f.packet);
  b.write(file_);
}

void pcapng_writer::flush() {
  if (held_.empty()) return;
  for (const frame& f : held_) put_frame(f);
  held_.clear();
  bytes_.clear();
  last_arrival_.clear();
  std::fflush(file_);
}

}  // namespace linnet
