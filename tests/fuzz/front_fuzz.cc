// A channel as a hostile guest leaves it: the input is laid over the request, its table and the beginning of its data;
// what follows asks for reads and writes at addresses near those of the table. Nothing may be touched outside the
// channel, however its tables change meanwhile.
#include <cstring>
#include <memory>

#include "guest/front/front_memory.hh"

using namespace linnet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto shared = std::make_unique<front::channel>();
  static front_memory memory;
  const auto take = [&](void* to, size_t n) {
    n = std::min(n, size);
    std::memcpy(to, data, n);
    data += n;
    size -= n;
  };
  take(&shared->ask, sizeof shared->ask);
  take(shared->ask_table, 4 * sizeof(front::segment));
  shared->ask.segments %= front::most_segments + 2;
  if (!memory.take(*shared)) return 0;
  static std::byte buffer[front::data_bytes + 1];
  struct step {
    u8 segment, write;
    u16 offset;
    u32 length;
  } s;
  while (size >= sizeof s) {
    take(&s, sizeof s);
    const u64 address = shared->ask_table[s.segment % 4].address + s.offset - 16;
    const size_t length = s.length % (sizeof buffer + 1);
    if (s.write) {
      (void)memory.write(address, std::span(buffer).first(length));
    } else {
      (void)memory.read(address, std::span(buffer).first(length));
    }
    if (s.segment & 0x80) shared->ask_table[s.segment % 4].at ^= s.length;  // meanwhile
  }
  memory.reply(front::verdict::value, 0);
  if (shared->reply.segments > front::most_segments) __builtin_trap();
  for (u32 i = 0; i < shared->reply.segments; ++i) {
    const front::segment& r = shared->reply_table[i];
    if (r.at > front::data_bytes || r.length > front::data_bytes - r.at) __builtin_trap();
  }
  return 0;
}
