// Help for netlink tests: a world in virtual time, messages put together attribute by attribute, and answers
// taken apart.
#pragma once

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/netlink/netlink.hh"
#include "world/boot.hh"
#include "world/loop.hh"

namespace linnet::test {

// A request under construction.
class message {
 public:
  template <class T>
  message(int type, int flags, const T& family_header) {
    nlmsghdr h{};
    h.nlmsg_type = static_cast<u16>(type);
    h.nlmsg_flags = static_cast<u16>(flags | NLM_F_REQUEST);
    h.nlmsg_seq = 1;
    append(&h, sizeof h);
    append(&family_header, sizeof family_header);
  }
  message& put(int type, const void* data, size_t n) {
    nlattr a{static_cast<u16>(NLA_HDRLEN + n), static_cast<u16>(type)};
    append(&a, sizeof a);
    append(data, n);
    return *this;
  }
  message& u32_(int type, u32 v) { return put(type, &v, sizeof v); }
  message& str(int type, std::string_view s) {
    std::string z(s);
    return put(type, z.c_str(), z.size() + 1);
  }
  message& nest(int type) {
    open_.push_back(b_.size());
    return put(type, nullptr, 0);
  }
  template <class T>
  message& raw(const T& v) {
    append(&v, sizeof v);
    return *this;
  }
  message& end() {
    auto n = static_cast<u16>(b_.size() - open_.back());
    std::memcpy(b_.data() + open_.back(), &n, 2);
    open_.pop_back();
    return *this;
  }
  const_bytes bytes_() {
    auto n = static_cast<u32>(b_.size());
    std::memcpy(b_.data(), &n, 4);
    return b_;
  }

 private:
  void append(const void* p, size_t n) {
    const auto* c = static_cast<const std::byte*>(p);
    if (n) b_.insert(b_.end(), c, c + n);
    while (b_.size() % 4) b_.push_back(std::byte{0});
  }
  std::vector<std::byte> b_;
  std::vector<size_t> open_;
};

// One message of an answer, copied.
struct answer {
  std::vector<std::byte> b;
  const nlmsghdr& h() const { return *reinterpret_cast<const nlmsghdr*>(b.data()); }
  template <class T>
  const T& body() const {
    return *reinterpret_cast<const T*>(b.data() + NLMSG_HDRLEN);
  }
  nla attr(int type, size_t hdrlen) const {
    for (nla a : nla_range(nlmsg_attrs(h(), hdrlen)))
      if (a.type() == type) return a;
    return {};
  }
};

inline std::vector<answer> split(const_bytes d) {
  std::vector<answer> r;
  while (d.size() >= NLMSG_HDRLEN) {
    nlmsghdr h;
    std::memcpy(&h, d.data(), sizeof h);
    if (h.nlmsg_len < NLMSG_HDRLEN || h.nlmsg_len > d.size()) {
      ADD_FAILURE() << "a message longer than its datagram";
      break;
    }
    r.push_back({{d.begin(), d.begin() + h.nlmsg_len}});
    d = d.subspan(std::min<size_t>(NLMSG_ALIGN(h.nlmsg_len), d.size()));
  }
  return r;
}

struct collector final : netlink_reply {
  void on_reply(const_bytes d) override {
    ++datagrams;
    for (auto& a : split(d)) all.push_back(std::move(a));
  }
  size_t datagrams = 0;
  std::vector<answer> all;
};

// What an ack says.
struct ack {
  int code = 1;  // 1: there was none
  std::string msg;
  std::optional<u32> offset;
  u16 flags = 0;
};

inline ack read_ack(const answer& a) {
  ack r;
  r.flags = a.h().nlmsg_flags;
  r.code = a.body<int>();
  size_t at = sizeof(nlmsgerr);
  if (a.h().nlmsg_type == NLMSG_DONE)
    at = sizeof(int);
  else if (!(r.flags & NLM_F_CAPPED))
    at += NLMSG_ALIGN(a.body<nlmsgerr>().msg.nlmsg_len) - NLMSG_HDRLEN;
  if (!(r.flags & NLM_F_ACK_TLVS)) return r;
  for (nla t : nla_range(nlmsg_attrs(a.h(), at))) {
    if (t.type() == NLMSGERR_ATTR_MSG) r.msg = t.str();
    if (t.type() == NLMSGERR_ATTR_OFFS) r.offset = t.get_u32();
  }
  return r;
}

class netlink_test : public ::testing::Test {
 protected:
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  net& n = *w->init_net;

  std::vector<answer> ask(message m) { return ask(n, std::move(m)); }
  std::vector<answer> ask(net& at, message m) {
    collector c;
    EXPECT_TRUE(netlink_request(at, m.bytes_(), &c));
    return std::move(c.all);
  }
  ack talk(message m) { return talk(n, std::move(m)); }
  ack talk(net& at, message m) {
    for (const auto& a : ask(at, std::move(m)))
      if (a.h().nlmsg_type == NLMSG_ERROR || a.h().nlmsg_type == NLMSG_DONE) return read_ack(a);
    return {};
  }

  static constexpr int create = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  message new_link(std::string_view name, std::string_view kind) {
    message m(RTM_NEWLINK, create, ifinfomsg{});
    m.str(IFLA_IFNAME, name).nest(IFLA_LINKINFO).str(IFLA_INFO_KIND, kind).end();
    return m;
  }
  int index_of(std::string_view name) {
    net_device* d = dev_get_by_name(n, name);
    return d ? d->ifindex : 0;
  }
  message address(int type, int flags, int ifindex, u32 addr, u8 plen) {
    ifaddrmsg m{AF_INET, plen, 0, RT_SCOPE_UNIVERSE, static_cast<u32>(ifindex)};
    message r(type, flags | NLM_F_ACK, m);
    be32 a(addr);
    r.put(IFA_LOCAL, &a, 4).put(IFA_ADDRESS, &a, 4);
    return r;
  }
  static ifinfomsg link(int index, unsigned flags = 0, unsigned change = 0) {
    ifinfomsg m{};
    m.ifi_index = index;
    m.ifi_flags = flags;
    m.ifi_change = change;
    return m;
  }
};

}  // namespace linnet::test
