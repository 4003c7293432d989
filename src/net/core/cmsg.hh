// Walks the control messages that a sender gives (for_each_cmsghdr): a header whose length cannot be ends it as malformed,
// bytes behind the last that are no header are passed over.
#pragma once

#include <sys/socket.h>

#include <cstring>
#include <optional>

#include "base/types.hh"

namespace linnet {

class cmsg_walk {
 public:
  struct message {
    int level, type;
    const_bytes data;
  };

  explicit cmsg_walk(const_bytes control) : left_(control) {}

  std::optional<message> next() {
    cmsghdr h;
    if (left_.size() < sizeof h) return {};
    std::memcpy(&h, left_.data(), sizeof h);
    malformed_ = h.cmsg_len < sizeof h || h.cmsg_len > left_.size();
    if (malformed_) return {};
    const message m = {h.cmsg_level, h.cmsg_type,
                       left_.subspan(CMSG_LEN(0), h.cmsg_len - CMSG_LEN(0))};
    left_ = left_.subspan(std::min<size_t>(CMSG_ALIGN(h.cmsg_len), left_.size()));
    return m;
  }
  bool malformed() const { return malformed_; }

 private:
  const_bytes left_;
  bool malformed_ = false;
};

}  // namespace linnet
