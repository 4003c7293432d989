// A capture of all devices of a world in one pcapng file (draft-ietf-opsawg-pcapng). Each device is an interface,
// described as NODE:DEV, from its first frame on; each frame has its direction, the packet's id, and for one that was
// dropped where it arrived, the reason as its comment. A tracer: it looks at frames as drivers get them and as they come
// up from drivers. lo's are taken once, as they arrive.
//
// A frame's end comes after the frame. So frames are held until the world rests (flush), and what has ended them
// by then is written with them.
#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "trace/story.hh"

namespace linnet {

class pcapng_writer final : public tracer {
 public:
  // Null when the file cannot be written (errno). The names must live as long.
  static std::unique_ptr<pcapng_writer> open(world&, const std::string& file,
                                             const namespace_names&);
  ~pcapng_writer() override;
  pcapng_writer(const pcapng_writer&) = delete;
  pcapng_writer& operator=(const pcapng_writer&) = delete;

  void on_event(const trace_event&) override;
  void flush();

 private:
  struct interface {
    u32 id;
    std::string name;
  };
  struct frame {
    u64 packet;
    u32 net_inum;
    u32 interface;
    s64 real_ns;
    u32 flags;
    size_t at, len;  // in bytes_
    std::string comment;
  };

  pcapng_writer(world& w, FILE* f, const namespace_names& names) : w_(w), file_(f), names_(names) {}
  u32 interface_of(const net_device&);
  void take_frame(const trace_event&, const std::byte* from, u32 flags);
  void put_frame(const frame&);

  world& w_;
  FILE* file_;
  const namespace_names& names_;
  std::map<std::pair<u32, int>, interface> interfaces_;  // by namespace and ifindex
  u32 next_interface_ = 0;
  std::vector<frame> held_;
  std::vector<std::byte> bytes_;                  // of the frames held
  std::unordered_map<u64, size_t> last_arrival_;  // packet to index in held_
};

}  // namespace linnet
