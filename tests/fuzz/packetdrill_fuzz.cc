// Arbitrary text as a packet script: it must be read or refused, and what is read must run against a world to its end or to
// its first mistake, with every packet accounted for.
#include <cstdint>
#include <string>

#include "tests/support/packetdrill/linnet_kernel.hh"
#include "tests/support/packetdrill/runner.hh"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace linnet;
  using namespace linnet::packetdrill;
  if (size > 4096) return 0;
  try {
    const script s = parse_script("fuzz.pkt", {reinterpret_cast<const char*>(data), size});
    // Not for longer than a minute of its time: a script may ask for weeks.
    s64 length = 0;
    for (const event& e : s.events) length += e.time_end;
    if (length > 60'000'000 || s.events.size() > 100) return 0;
    addresses a{.local = be32(0xc0a80001), .remote = be32(0xc0000201)};
    linnet_kernel k(a);
    run_script(s, k, a, {});
  } catch (const script_error&) {
    return 0;  // refused, or not as the script says
  }
  return 0;
}
