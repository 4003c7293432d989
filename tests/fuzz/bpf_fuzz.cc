// Arbitrary programs and packets: what the checker lets pass must run to its end within the packet's memory.
// The first byte is the number of instructions, 8 bytes each; the packet is the rest.
#include <cstring>
#include <vector>

#include "net/core/filter.hh"
#include "net/core/net_device.hh"
#include "world/boot.hh"

using namespace linnet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto w = boot_world({.virtual_time = true, .seed = 1});
  if (size < 1) return 0;
  const size_t count = std::min<size_t>(data[0], (size - 1) / sizeof(sock_filter));
  const size_t packet_at = 1 + count * sizeof(sock_filter);
  std::vector<sock_filter> prog(count);
  if (count) std::memcpy(prog.data(), data + 1, count * sizeof(sock_filter));
  if (!bpf_check_classic(prog)) return 0;
  const auto packet = std::as_bytes(std::span(data + packet_at, size - packet_at));
  skb_ptr s = alloc_skb(*w->cpus[0], static_cast<u32>(packet.size()));
  skb_put_data(*s, packet);
  s->dev = w->init_net->loopback_dev;
  s->network_header = static_cast<u16>(std::min<size_t>(14, packet.size()));
  (void)bpf_prog_run(prog, *s);
  consume_skb(std::move(s));
  return 0;
}
