// Looking at the world on behalf of an explanation.
#include "trace/explain_kit.hh"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <charconv>

#include "net/core/pseudo_files.hh"

namespace linnet {
namespace {

std::string read_setting(net& n, const std::string& path) {
  auto text = pseudo_read(n, pseudo_tree::proc_sys_net, path);
  if (!text) return {};
  while (text->ends_with('\n')) text->pop_back();
  std::ranges::replace(*text, '\t', ' ');
  return *text;
}

// "ipv4/conf/eth0.1/rp_filter" is net.ipv4.conf.eth0/1.rp_filter.
std::string sysctl_name(std::string path) {
  for (char& c : path) c = c == '/' ? '.' : c == '.' ? '/' : c;
  return "net." + path;
}

std::string as_path(std::string key) {
  std::ranges::replace(key, '/', '.');
  return key;
}

}  // namespace

std::string device_name(const net& n, int ifindex) {
  const net_device* dev = dev_get_by_index(n, ifindex);
  return dev ? dev->name : "if" + std::to_string(ifindex);
}

std::string prefix_text(u32 address, u32 len) {
  return ip_text(len ? address & ~u32{0} << (32 - len) : 0) + '/' + std::to_string(len);
}

scene::scene(const trace_view& v, const packet_story& s, const trace_record& step)
    : view(v),
      story(s),
      r(step),
      packet(view_of(step)),
      n(net_by_inum(v.w, step.net_inum)),
      dev(n && step.ifindex ? dev_get_by_index(*n, step.ifindex) : nullptr) {
  out.node = v.names(step.net_inum);
}

std::string scene::dev_key() const {
  std::string key = dev_name();
  std::ranges::replace(key, '.', '/');
  return key;
}

void scene::fix(const std::string& command, const std::string& node) {
  out.fixes.push_back({command, node});
}

std::string scene::setting(const std::string& path, bool governs) {
  return setting_of(r.net_inum, path, governs);
}

std::string scene::setting_of(u32 inum, const std::string& path, bool governs) {
  net* of = net_by_inum(view.w, inum);
  if (!of) return {};
  std::string value = read_setting(*of, path);
  if (!value.empty())
    out.settings.push_back({.name = sysctl_name(path), .value = value, .governs = governs});
  return value;
}

void scene::conf(const std::string& name, bool governs) {
  setting("ipv4/conf/" + dev_name() + '/' + name, governs);
}

s32 scene::conf_of(const std::string& dev_or_all, const std::string& name) const {
  if (!n) return 0;
  const std::string text = read_setting(*n, "ipv4/conf/" + as_path(dev_or_all) + '/' + name);
  s32 v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

std::string table_name(u32 id) {
  switch (id) {
    case RT_TABLE_MAIN: return "main";
    case RT_TABLE_LOCAL: return "local";
    case RT_TABLE_DEFAULT: return "default";
    default: return std::to_string(id);
  }
}

// As `ip route` writes it in front of the prefix; empty for unicast.
std::string type_name(u8 rtn_type) {
  switch (rtn_type) {
    case RTN_LOCAL: return "local";
    case RTN_BROADCAST: return "broadcast";
    case RTN_MULTICAST: return "multicast";
    case RTN_BLACKHOLE: return "blackhole";
    case RTN_UNREACHABLE: return "unreachable";
    case RTN_PROHIBIT: return "prohibit";
    default: return {};
  }
}

std::string route_text(const trace_view& view, const trace_record& r) {
  const trace_match& m = r.match;
  const net* n = net_by_inum(view.w, r.net_inum);
  std::string t;
  if (m.d != trace_match::route_unknown) {
    const std::string type = type_name(static_cast<u8>(m.d >> 8));
    if (!type.empty()) t += type + ' ';
    if (m.c) t += prefix_text(m.a, m.d & 255) + ' ';  // without a table it was a rule
  }
  if (m.b) t += "via " + ip_text(m.b) + ' ';
  if (m.f && n) t += "dev " + device_name(*n, static_cast<int>(m.f)) + ' ';
  if (!t.empty()) t.pop_back();
  return t;
}

}  // namespace linnet
