// Two hosts and a router with a recorder, and what one asks of it. Settings are changed and fixes applied as people
// would: by sysctl's names and `ip link`, so that a fix that an explanation gives can be tried.
#pragma once

#include <algorithm>
#include <sstream>

#include "net/core/pseudo_files.hh"
#include "tests/support/wire_kit.hh"
#include "trace/query.hh"

namespace linnet::kit {

// h1 (10.0.1.2) - r1 (eth1 10.0.1.1, eth2 10.0.2.1) - h2 (10.0.2.2); r1 forwards.
class traced_router : public ::testing::Test {
 public:
  ~traced_router() override {
    icmp.reset();
    rec.detach();
  }

 protected:
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& r1 = *w->init_net;
  net& h1 = net_create(*w, *w->cpus[0]);
  net& h2 = net_create(*w, *w->cpus[0]);
  path_recorder rec{1 << 12};
  namespace_names names{*w};
  socket_ptr icmp;

  traced_router() {
    name_namespaces_by_inum(*w);
    w->net_name = [this](const net& n) { return &n == &h1 ? "h1" : &n == &h2 ? "h2" : ""; };
    wire(r1, "eth1", h1, "eth0", ip4(10, 0, 1, 1), ip4(10, 0, 1, 2));
    wire(r1, "eth2", h2, "eth0", ip4(10, 0, 2, 1), ip4(10, 0, 2, 2));
    EXPECT_TRUE(add_route(h1, be32(), 0, ip4(10, 0, 1, 1)));
    EXPECT_TRUE(add_route(h2, be32(), 0, ip4(10, 0, 2, 1)));
    for (net* n : {&r1, &h1, &h2}) EXPECT_TRUE(set_up(*n, "lo"));
    set(r1, "net.ipv4.ip_forward", "1");
    icmp = open_socket(h1, AF_INET, SOCK_RAW, IPPROTO_ICMP);
    world_run_for(*w, secs(1));
    rec.attach(*w);
  }

  static void wire(net& a, const char* a_dev, net& b, const char* b_dev, be32 a_addr, be32 b_addr) {
    EXPECT_TRUE(add_veth(a, a_dev, b, b_dev));
    EXPECT_TRUE(set_up(a, a_dev) && set_up(b, b_dev));
    EXPECT_TRUE(add_addr(a, a_dev, a_addr, 24) && add_addr(b, b_dev, b_addr, 24));
  }
  // Sends an echo request from h1; whether the reply came within `t`.
  bool ping(be32 to = ip4(10, 0, 2, 2), ktime t = secs(5), size_t size = 56) {
    drain();
    (void)send_to(*icmp, to, 0, icmp_message(ICMP_ECHO, 0, 0x00070001, pattern(size)));
    world_run_for(*w, t);
    return drain();
  }
  // Reads what came; whether an echo reply was among it.
  bool drain() {
    bool replied = false;
    buffer b(4000);
    msg_in m{.data = b};
    while (auto got = sock_recvmsg(*icmp, m, 0))
      replied |= *got > 20 && std::to_integer<u8>(b[20]) == ICMP_ECHOREPLY;
    return replied;
  }

  static void set(net& n, std::string name, std::string_view value) {
    name.erase(0, 4);  // "net."
    for (char& c : name) c = c == '.' ? '/' : c == '/' ? '.' : c;
    EXPECT_TRUE(pseudo_write(n, pseudo_tree::proc_sys_net, name, std::string(value) + "\n"))
        << name;
  }
  net& node(const std::string& name) { return name == "h1" ? h1 : name == "h2" ? h2 : r1; }

  // Does what a fix says, as far as it is one of: sysctl -w NAME=VALUE..., ip link set DEV up, ip link set DEV mtu N.
  void apply(const explanation::fix& f) {
    net& n = node(f.node);
    std::istringstream in(f.command);
    std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
    if (words.at(0) == "sysctl") {
      for (size_t i = 2; i < words.size(); ++i) {
        const size_t eq = words[i].find('=');
        set(n, words[i].substr(0, eq), words[i].substr(eq + 1));
      }
    } else if (words.size() == 5 && words[4] == "up") {
      EXPECT_TRUE(set_up(n, words[3])) << f.command;
    } else if (words.size() == 6 && words[4] == "mtu") {
      EXPECT_TRUE(dev_set_mtu(*dev_get_by_name(n, words[3]), static_cast<u32>(stoi(words[5]))));
    } else {
      ADD_FAILURE() << "nobody can do that here: " << f.command;
    }
  }

  // ---- what the recorder says

  struct ending {
    std::string where;  // "r1 eth1 ip_error"
    path_verdict verdict = path_verdict::passed;
    std::string reason;
    explanation why;
  };
  // The last line with trouble in the story of the last packet with trouble, or in those that it caused.
  ending last_trouble() {
    const trace_index index(rec);
    const packet_story* s = index.last({}, std::ref(names));
    if (!s) return {};
    return trouble_of(index, index.root(*s));
  }
  std::string why(const std::vector<std::string>& args = {}) {
    return why_query({*w, rec, names}, args).text;
  }

 private:
  ending trouble_of(const trace_index& index, const packet_story& s) {
    ending found;
    for (const path_line& l : narrate({*w, rec, names, index}, s)) {
      if (l.verdict == path_verdict::passed || l.verdict == path_verdict::delivered) continue;
      found = {
          .where = names(l.r->net_inum) + ' ' + std::string(l.r->dev_name()) + ' ' + l.function,
          .verdict = l.verdict,
          .reason = std::string(drop_reason_name(l.reason)),
          .why = l.why};
    }
    for (u64 key : s.children) {
      const packet_story* child = index.find(key);
      if (ending below = trouble_of(index, *child); below.verdict != path_verdict::passed)
        found = std::move(below);
    }
    return found;
  }
};

}  // namespace linnet::kit
