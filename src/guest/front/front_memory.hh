// What of a guest's memory came along with a request, and what its answer takes back. The request's tables are copied
// here once and checked as a copy; the data behind them is read where a call asks for it, which is no different from
// reading a guest's memory while another of its threads writes it.
#pragma once

#include <array>
#include <atomic>

#include "guest/front/channel.hh"

namespace linnet {

class front_memory {
 public:
  // Takes over the request that is in the channel. False when it is none that could be: its numbers lead outside.
  bool take(front::channel&);
  const front::request& asked() const { return ask_; }

  // True when all of it came along.
  bool read(u64 address, bytes into) const;
  // True when the answer takes it to the guest; else it is to be written there. A call reads nothing back that it wrote.
  bool write(u64 address, const_bytes from);

  // Fills in the answer; `answered` is counted up when everybody may see it (publish).
  void reply(front::verdict, s64 value);

 private:
  bool writable(u64 address, u64 length) const;

  front::channel* channel_ = nullptr;
  front::request ask_{};
  std::array<front::segment, front::most_segments> table_;
  mutable u32 next_ = 0;  // where the segment after the last one found is: calls read in order
  u32 pieces_ = 0;        // in the answer
  u32 used_ = 0;          // bytes of its data
};

}  // namespace linnet
