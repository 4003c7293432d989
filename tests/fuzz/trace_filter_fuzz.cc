// Arbitrary text as a trace filter: it parses or says what is wrong, and what parses can be asked of any packet.
// The first byte says how much of the input is the filter; the rest is the packet's headers.
#include <string>

#include "trace/trace_filter.hh"

using namespace linnet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const size_t length = std::min<size_t>(data[0], size - 1);
  const std::string words[] = {std::string(reinterpret_cast<const char*>(data + 1), length)};
  const auto filter = trace_filter::parse(words);
  if (!filter) return filter.error().empty() ? __builtin_trap(), 0 : 0;
  trace_record r{};
  r.protocol = size % 2 ? u16{0x0800} : u16{0x0806};
  r.snap_len = static_cast<u8>(std::min(size - 1 - length, trace_snap));
  std::copy_n(reinterpret_cast<const std::byte*>(data + 1 + length), r.snap_len, r.snap.begin());
  const std::array<const trace_record*, 1> steps = {&r};
  const node_names names = [](u32) { return std::string("n"); };
  (void)filter->matches(steps, names);
  (void)filter->matches({}, names);
  (void)packet_title(view_of(r));
  return 0;
}
