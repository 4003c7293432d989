// What explanations are put together with: the step, its packet, its namespace and device as they are now, and
// short words for sentences, settings and fixes.
#pragma once

#include "net/core/net_device.hh"
#include "trace/explain.hh"

namespace linnet {

// The name of a device that may be gone.
std::string device_name(const net&, int ifindex);
// "10.0.0.0/8": an address cut to a prefix.
std::string prefix_text(u32 address, u32 len);

struct scene {
  scene(const trace_view&, const packet_story&, const trace_record&);

  const trace_view& view;
  const packet_story& story;
  const trace_record& r;
  const packet_view packet;
  net* n;           // null: gone
  net_device* dev;  // the step's; null: gone, or none
  explanation out;

  std::string dev_name() const { return std::string(r.dev_name()); }
  // As sysctl writes a device's name: with its dots as slashes.
  std::string dev_key() const;

  void say(std::string sentence) { out.sentence = std::move(sentence); }
  void hint(std::string text) { out.hints.push_back(std::move(text)); }
  void fix(const std::string& command) { fix(command, out.node); }
  void fix(const std::string& command, const std::string& node);

  // Notes a setting, by its path below /proc/sys/net, and returns its present value ("" when there is none).
  std::string setting(const std::string& path, bool governs);
  std::string setting_of(u32 net_inum, const std::string& path, bool governs);
  // The same for the device's net.ipv4.conf.
  void conf(const std::string& name, bool governs);
  // A net.ipv4.conf setting's value; 0 when there is none.
  s32 conf_of(const std::string& dev, const std::string& name) const;
};

// explain_tcp.cc: whether there was something to say.
bool tcp_dropped(scene&, skb_drop_reason);

}  // namespace linnet
