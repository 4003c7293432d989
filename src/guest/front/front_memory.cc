// Looking up and appending. All lengths and places are checked once, in the copy.
#include "guest/front/front_memory.hh"

#include <algorithm>
#include <cstring>

namespace linnet {

using namespace front;

bool front_memory::take(channel& c) {
  channel_ = &c;
  std::memcpy(&ask_, &c.ask, sizeof ask_);
  next_ = pieces_ = used_ = 0;
  if (ask_.segments > most_segments) return false;
  std::memcpy(table_.data(), c.ask_table, ask_.segments * sizeof(segment));
  return std::ranges::all_of(std::span(table_).first(ask_.segments), [](const segment& s) {
    return s.at <= data_bytes && s.length <= data_bytes - s.at;
  });
}

bool front_memory::read(u64 address, bytes into) const {
  for (u32 tried = 0; tried < ask_.segments; ++tried) {
    const u32 i = next_ < ask_.segments ? next_ : 0;
    const segment& s = table_[i];
    // Stay where the last one was found: a header is followed by what it points to, or by its neighbour.
    if (address >= s.address && address - s.address <= s.length &&
        into.size() <= s.length - (address - s.address)) {
      std::memcpy(into.data(), channel_->ask_data + s.at + (address - s.address), into.size());
      return true;
    }
    next_ = i + 1;
  }
  return false;
}

bool front_memory::writable(u64 address, u64 length) const {
  return std::ranges::any_of(ask_.writable, [&](const range& r) {
    return address >= r.low && address < r.high && length <= r.high - address;
  });
}

bool front_memory::write(u64 address, const_bytes from) {
  if (!writable(address, from.size()) || pieces_ == most_segments ||
      from.size() > data_bytes - used_)
    return false;
  const auto length = static_cast<u32>(from.size());
  std::memcpy(channel_->reply_data + used_, from.data(), length);
  channel_->reply_table[pieces_++] = {address, length, used_};
  used_ += length;
  return true;
}

void front_memory::reply(verdict what, s64 value) {
  channel_->reply = {
      .value = value, .what = what, .segments = what == verdict::value ? pieces_ : 0, .unshown = 0};
}

}  // namespace linnet
