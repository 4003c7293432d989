// What scripts do in a shell, on Linnet: settings and routes. Of the shell itself only quotation, `&&`, `;`, redirection
// to nowhere and $((...)) are known.
#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "net/core/sysctl.hh"
#include "net/ipv4/mib_names.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "tests/support/net_kit.hh"
#include "tests/support/packetdrill/code.hh"
#include "tests/support/packetdrill/linnet_kernel.hh"

namespace linnet::packetdrill {
namespace {

using words = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& what) { throw script_error(what); }

std::string to_text(const code_value& v) {
  if (const auto* i = std::get_if<s64>(&v)) return std::to_string(*i);
  refuse("$(( )) that is no integer");
}

// $((1024*1024)): products of numbers and the like.
std::string arithmetic(std::string text) {
  for (size_t at; (at = text.find("$((")) != text.npos;) {
    const size_t end = text.find("))", at);
    if (end == text.npos) refuse("$(( that does not end");
    code_scope scope{.lookup = [](std::string_view) { return std::nullopt; }};
    run_code("r = " + text.substr(at + 3, end - at - 3), scope);
    text.replace(at, end + 2 - at, to_text(scope.variables["r"]));
  }
  return text;
}

// One line's commands, each as its words. Words inside quotes stay together; > FILE stays as two words.
std::vector<words> commands_of(const std::string& line) {
  std::vector<words> all(1);
  std::string word;
  bool any = false;
  char quote = 0;
  const auto end_word = [&] {
    if (any) all.back().push_back(std::exchange(word, {}));
    any = false;
  };
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c;
      any = true;
    } else if (c == '#' && !any) {
      break;
    } else if (c == ';' || line.compare(i, 2, "&&") == 0) {
      i += c == '&';
      end_word();
      all.emplace_back();
    } else if (c == '>' && (!any || word == "2")) {
      word.clear();
      any = false;
      all.back().push_back(">");
      if (line.compare(i, 3, ">&1") == 0) {
        all.back().back() = "2>&1";
        i += 2;
      }
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else {
      word += c;
      any = true;
    }
  }
  end_word();
  return all;
}

void set_sysctl(net& n, std::string name, const std::string& value) {
  for (const std::string_view prefix : {"/proc/sys/net/", "net.", "net/"})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  for (char& c : name)
    if (c == '.') c = '/';
  const status s = sysctl_write(n, name, value + "\n");
  if (!s) refuse("sysctl " + name + "=" + value + ": " + errno_name(s.error().code));
}

void settings(net& n, const words& w) {
  for (size_t i = 1; i < w.size(); ++i) {
    const size_t eq = w[i].find('=');
    if (w[i].starts_with("-")) continue;
    if (eq == std::string::npos) refuse("expected NAME=VALUE, not '" + w[i] + "'");
    set_sysctl(n, w[i].substr(0, eq), w[i].substr(eq + 1));
  }
}

// A destination with its length.
std::pair<be32, u8> prefix_of(const std::string& text) {
  if (text == "default") return {be32(), u8{0}};
  const size_t slash = text.find('/');
  in_addr a{};
  if (!inet_aton(text.substr(0, slash).c_str(), &a)) refuse("'" + text + "' is not a prefix");
  const int length = slash == text.npos ? 32 : std::atoi(text.c_str() + slash + 1);
  return {be32::from_raw(a.s_addr), static_cast<u8>(length)};
}

// ip route add|change|replace|del PREFIX [dev DEV] [via ADDRESS] [METRIC [lock] N]...
void ip_route(net& n, const words& w) {
  static const std::map<std::string, u16, std::less<>> verbs = {
      {"add", NLM_F_CREATE | NLM_F_EXCL},
      {"replace", NLM_F_CREATE | NLM_F_REPLACE},
      {"change", NLM_F_REPLACE},
      {"del", 0}};
  static const std::map<std::string, u16, std::less<>> metrics = {
      {"mtu", RTAX_MTU},           {"advmss", RTAX_ADVMSS},     {"window", RTAX_WINDOW},
      {"rtt", RTAX_RTT},           {"rttvar", RTAX_RTTVAR},     {"ssthresh", RTAX_SSTHRESH},
      {"cwnd", RTAX_CWND},         {"initcwnd", RTAX_INITCWND}, {"initrwnd", RTAX_INITRWND},
      {"quickack", RTAX_QUICKACK}, {"rto_min", RTAX_RTO_MIN},   {"reordering", RTAX_REORDERING},
      {"hoplimit", RTAX_HOPLIMIT}};
  const auto verb = w.size() > 3 ? verbs.find(w[2]) : verbs.end();
  if (verb == verbs.end())
    refuse("ip route: only add, change, replace and del PREFIX are known here");
  const auto [dst, length] = prefix_of(w[3]);
  rtmsg r{};
  r.rtm_family = AF_INET;
  r.rtm_dst_len = length;
  r.rtm_table = RT_TABLE_MAIN;
  r.rtm_protocol = RTPROT_BOOT;
  r.rtm_scope = w[2] == "del" ? RT_SCOPE_NOWHERE : RT_SCOPE_LINK;
  r.rtm_type = w[2] == "del" ? RTN_UNSPEC : RTN_UNICAST;
  be32 via;
  std::string dev;
  std::vector<std::pair<u16, u32>> values;
  u32 locks = 0;
  std::string congctl;
  for (size_t i = 4; i + 1 < w.size(); i += 2) {
    const auto metric = metrics.find(w[i]);
    if (w[i] == "dev") {
      dev = w[i + 1];
    } else if (w[i] == "via") {
      via = prefix_of(w[i + 1]).first;
      if (w[2] != "del") r.rtm_scope = RT_SCOPE_UNIVERSE;
    } else if (w[i] == "features" && w[i + 1] == "ecn") {
      values.emplace_back(RTAX_FEATURES, RTAX_FEATURE_ECN);
    } else if (w[i] == "congctl") {
      congctl = w[i + 1];
    } else if (metric != metrics.end()) {
      if (w[i + 1] == "lock" && i + 2 < w.size()) {
        locks |= 1u << metric->second;
        ++i;
      }
      char* rest = nullptr;
      u32 v = static_cast<u32>(std::strtoul(w[i + 1].c_str(), &rest, 10));
      if (metric->second == RTAX_RTO_MIN && std::string_view(rest) == "s") v *= 1000;
      values.emplace_back(metric->second, v);
    } else {
      refuse("ip route: '" + w[i] + "' is not known here");
    }
  }
  kit::message m(w[2] == "del" ? RTM_DELROUTE : RTM_NEWROUTE,
                 static_cast<u16>(verb->second | NLM_F_ACK));
  m.head(r);
  if (length) m.addr(RTA_DST, dst);
  if (via) m.addr(RTA_GATEWAY, via);
  if (!dev.empty()) {
    const net_device* d = dev_get_by_name(n, dev);
    if (!d) refuse("ip route: there is no " + dev);
    m.attr(RTA_OIF, static_cast<u32>(d->ifindex));
  }
  if (!values.empty() || locks || !congctl.empty()) {
    const size_t nest = m.nest(RTA_METRICS);
    if (locks) m.attr(RTAX_LOCK, locks);
    for (const auto& [type, v] : values) m.attr(type, v);
    if (!congctl.empty()) m.attr(RTAX_CC_ALGO, std::string_view(congctl));
    m.end(nest);
  }
  if (const status s = netlink_talk(n, m.bytes()); !s)
    refuse("ip route: " + std::string(s.error().msg ? s.error().msg : errno_name(s.error().code)));
}

void ip_link(net& n, const words& w) {
  const size_t name = w.size() > 3 && w[3] == "dev" ? 4 : 3;
  if (w.size() == name + 3 && w[2] == "set" && w[name + 1] == "mtu") {
    kit::message m(RTM_NEWLINK, NLM_F_ACK);
    m.head(ifinfomsg{})
        .attr(IFLA_IFNAME, w[name])
        .attr(IFLA_MTU, static_cast<u32>(std::atoi(w[name + 2].c_str())));
    if (netlink_talk(n, m.bytes())) return;
  }
  if (w.size() == name + 2 && w[2] == "set" && (w[name + 1] == "up" || w[name + 1] == "down"))
    if (kit::set_up(n, w[name], w[name + 1] == "up")) return;
  refuse("ip link: that is not known here, or was refused");
}

// nstat_is NAME=VALUE...: whether TCP's counters are these (tools/oracle/nstat_is).
void nstat_is(net& n, const words& w) {
  for (size_t i = 1; i < w.size(); ++i) {
    const size_t eq = w[i].find('=');
    const std::string name = w[i].substr(0, eq);
    const auto at = std::ranges::find(snmp4_net_list, name, &snmp_mib::name);
    if (eq == w[i].npos || at == std::end(snmp4_net_list)) refuse("nstat_is: what is " + w[i]);
    const u64 is = ipv4_of(n).mib.net[static_cast<size_t>(at->entry)];
    if (std::to_string(is) != w[i].substr(eq + 1))
      refuse(name + " is " + std::to_string(is) + ", not " + w[i].substr(eq + 1));
  }
}

void run_file(net& n, const std::string& path) {
  std::ifstream in(path);
  if (!in) refuse("cannot read " + path);
  std::stringstream all;
  all << in.rdbuf();
  run_command(n, all.str());
}

void run_words(net& n, words w) {
  std::string target;
  while (w.size() && w.back() == "2>&1") w.pop_back();
  if (w.size() >= 2 && w[w.size() - 2] == ">") {
    target = w.back();
    w.resize(w.size() - 2);
  }
  if (w.empty()) return;
  const std::string& name = w[0];
  if (name == "echo" && target.starts_with("/proc/sys/net/")) {
    std::string value;
    for (size_t i = 1; i < w.size(); ++i) value += (i > 1 ? " " : "") + w[i];
    return set_sysctl(n, target, value);
  }
  if (!target.empty() && target != "/dev/null")
    refuse("writing to " + target + " is not known here");
  if (name == "sysctl" || name.ends_with("set_sysctls.py")) return settings(n, w);
  if (name == "ip" && w.size() > 2 && (w[1] == "route" || w[1] == "ro" || w[1] == "r"))
    return ip_route(n, w);
  if (name == "ip" && w.size() > 2 && w[1] == "link") return ip_link(n, w);
  if (name == "nstat_is") return nstat_is(n, w);
  if (name == "ip" && w.size() > 2 && w[1] == "tcp_metrics" && w[2] == "flush")
    return;  // nothing is kept
  // The device has no queue, which is what a plain FIFO comes to.
  if (name == "tc" && w.size() > 2 && w[1] == "qdisc" && w.back() == "pfifo") return;
  if (name.ends_with(".sh")) return run_file(n, name);
  refuse("'" + name + "' is not known here");
}

}  // namespace

void run_command(net& n, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    for (std::string more; line.ends_with("\\") && std::getline(lines, more);)
      line = line.substr(0, line.size() - 1) + more;
    for (words& w : commands_of(arithmetic(line))) run_words(n, std::move(w));
  }
}

}  // namespace linnet::packetdrill
