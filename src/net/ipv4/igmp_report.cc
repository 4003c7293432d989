// IGMP reports as packets: of version 3 with a record for each group (RFC 3376 §4.2), as many in one packet as its MTU
// takes, and of versions 1 and 2 one for each group.
#include <linux/igmp.h>
#include <netinet/in.h>

#include <algorithm>

#include "base/checksum.hh"
#include "net/ipv4/igmp.hh"
#include "net/ipv4/netns_ipv4.hh"

namespace linnet {
namespace {

constexpr be32 all_routers = be32(0xe0000002), all_v3_routers = be32(0xe0000016);

// A source of `im` is part of a record of `type`; `group_left`, `source_left`: of one that is listed as gone (is_in).
bool is_in(const ip_mc_list& im, const ip_sf_list& s, u8 type, bool group_left, bool source_left) {
  const u32 excluders = im.sfcount[MCAST_EXCLUDE];
  switch (type) {
    case IGMPV3_MODE_IS_INCLUDE:
    case IGMPV3_MODE_IS_EXCLUDE:
      if (group_left || source_left || (im.gsquery && !s.gsresp)) return false;
      if (im.sfmode == MCAST_INCLUDE) return true;
      if (s.count[MCAST_INCLUDE]) return type == IGMPV3_MODE_IS_INCLUDE;
      return excluders == s.count[MCAST_EXCLUDE];
    case IGMPV3_CHANGE_TO_INCLUDE: return !group_left && !source_left && s.count[MCAST_INCLUDE];
    case IGMPV3_CHANGE_TO_EXCLUDE:
      if (group_left || source_left || !excluders || s.count[MCAST_INCLUDE]) return false;
      return excluders == s.count[MCAST_EXCLUDE];
    case IGMPV3_ALLOW_NEW_SOURCES:
      return !group_left && s.crcount && (im.sfmode == MCAST_INCLUDE) != source_left;
    case IGMPV3_BLOCK_OLD_SOURCES:
      if (im.sfmode == MCAST_INCLUDE) return group_left || (s.crcount && source_left);
      return s.crcount && !group_left && !source_left;
    default: return false;
  }
}

ip_options_data router_alert() {
  ip_options_data opt;
  opt.data = {std::byte{IPOPT_RA}, std::byte{4}};
  opt.optlen = 4;
  opt.router_alert = sizeof(iphdr);
  return opt;
}

// Sends an IGMP message, whose checksum is still to be done, to `daddr`.
void send_message(ip_mc_device& d, skb_ptr p, const rtable& rt, be32 saddr, be32 daddr) {
  auto& h = *reinterpret_cast<igmphdr*>(p->data);
  h.csum = 0;
  h.csum = csum_fold(csum_partial(p->data, p->len(), 0)).raw();
  const ip_options_data alert = router_alert();
  constexpr u32 prio_control = 7;
  p->protocol = ETH_P_IP;
  ip_push_header_and_send(d.ns, std::move(p), rt,
                          {.saddr = saddr,
                           .daddr = daddr,
                           .protocol = IPPROTO_IGMP,
                           .tos = 0xc0,
                           .ttl = 1,
                           .df = true,
                           .priority = prio_control,
                           .opt = &alert,
                           .final_daddr = daddr});
}

result<ref<rtable>> route_to(ip_mc_device& d, flowi4& fl, be32 daddr) {
  fl.daddr = daddr;
  fl.proto = IPPROTO_IGMP;
  fl.oif = d.in.dev->ifindex;
  return ip_route_output_key(d.ns, fl);
}

// A report is from an address of its device, or from none (igmpv3_get_srcaddr).
be32 source_on(const in_device& in, be32 saddr) {
  const bool ours =
      std::ranges::any_of(in.ifa_list, [&](auto& ifa) { return ifa->ifa_local == saddr; });
  return ours ? saddr : be32();
}

// A report of version 3 that is being filled.
class report {
 public:
  explicit report(ip_mc_device& d) : d_(d) {}
  report(const report&) = delete;
  report& operator=(const report&) = delete;
  ~report() { send(); }

  // Adds a record of `im`, where there is one to add (add_grec).
  void add(ip_mc_list& im, u8 type, bool group_left, bool source_left) {
    if (igmp_is_silent(d_.ns, im.multiaddr)) return;
    const bool query = type == IGMPV3_MODE_IS_INCLUDE || type == IGMPV3_MODE_IS_EXCLUDE;
    const bool change = type == IGMPV3_ALLOW_NEW_SOURCES || type == IGMPV3_BLOCK_OLD_SOURCES;
    const bool truncate = type == IGMPV3_MODE_IS_EXCLUDE || type == IGMPV3_CHANGE_TO_EXCLUDE;
    ip_sf_lists& list = source_left ? im.tomb : im.sources;
    if (truncate && !list.empty() && p_ && groups_ &&
        room() < record_size(im, type, group_left, source_left))
      send();
    bool open = false;  // the record has its head
    size_t told = 0;
    for (size_t i = 0; i < list.size();) {
      ip_sf_list& s = list[i];
      if (!is_in(im, s, type, group_left, source_left)) {
        ++i;
        continue;
      }
      // No records of sources beside one of the mode (RFC 3376 §5.1).
      const bool mode_says =
          (group_left && im.sfmode == MCAST_EXCLUDE) || (!group_left && im.crcount);
      if (!(mode_says && change && s.crcount)) {
        if (query) s.gsresp = false;
        const u32 need = sizeof(be32) + (open ? 0 : static_cast<u32>(sizeof(igmpv3_grec)));
        if (p_ && room() < need) {
          if (truncate && open) break;
          send();
          open = false;
        }
        if (!open && !head(im, type)) return;
        open = true;
        skb_put_data(*p_, std::as_bytes(std::span(&s.addr, 1)));
        record().grec_nsrcs = htons(static_cast<u16>(ntohs(record().grec_nsrcs) + 1));
        ++told;
      }
      const bool counts = change && s.crcount;
      if (counts) --s.crcount;
      const bool last = counts && s.crcount == 0;
      if (last && (source_left || group_left))
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
      else
        ++i;
    }
    if (!told && !change && (im.crcount || query)) {
      if (p_ && room() < sizeof(igmpv3_grec)) send();
      (void)head(im, type);
    }
    if (query) im.gsquery = false;
  }

  void send() {
    if (!p_) return;
    reinterpret_cast<igmpv3_report*>(p_->data)->ngrec = htons(groups_);
    send_message(d_, std::move(p_), *rt_, saddr_, all_v3_routers);
    groups_ = 0;
  }

 private:
  u32 room() const { return limit_ > p_->len() ? limit_ - p_->len() : 0; }
  u32 record_size(const ip_mc_list& im, u8 type, bool group_left, bool source_left) const {
    const auto n = std::ranges::count_if(
        im.sources, [&](auto& s) { return is_in(im, s, type, group_left, source_left); });
    return static_cast<u32>(sizeof(igmpv3_grec) + sizeof(be32) * static_cast<size_t>(n));
  }
  igmpv3_grec& record() { return *reinterpret_cast<igmpv3_grec*>(p_->data + record_); }

  bool begin() {
    flowi4 fl;
    auto rt = route_to(d_, fl, all_v3_routers);
    if (!rt) return false;
    rt_ = *rt;
    saddr_ = source_on(d_.in, fl.saddr);
    const u32 mtu = std::min(d_.in.dev->mtu, 0xffffu), headers = sizeof(iphdr) + 4;
    if (mtu < 68) return false;  // no IPv4
    limit_ = mtu - headers;
    p_ = alloc_skb(d_.ns.c, skb_default_headroom + headers + limit_);
    skb_reserve(*p_, skb_default_headroom + headers);
    auto* h = reinterpret_cast<igmpv3_report*>(skb_put(*p_, sizeof(igmpv3_report)));
    std::memset(static_cast<void*>(h), 0, sizeof *h);
    h->type = IGMPV3_HOST_MEMBERSHIP_REPORT;
    return true;
  }
  bool head(const ip_mc_list& im, u8 type) {
    if (!p_ && !begin()) return false;
    record_ = p_->len();
    auto* g = reinterpret_cast<igmpv3_grec*>(skb_put(*p_, sizeof(igmpv3_grec)));
    std::memset(static_cast<void*>(g), 0, sizeof *g);
    g->grec_type = type;
    g->grec_mca = im.multiaddr.raw();
    ++groups_;
    return true;
  }

  ip_mc_device& d_;
  skb_ptr p_;
  ref<rtable> rt_;
  be32 saddr_;
  u32 limit_ = 0, record_ = 0;
  u16 groups_ = 0;
};

void report_state(report& r, ip_mc_list& im) {
  r.add(im, im.sfcount[MCAST_EXCLUDE] ? IGMPV3_MODE_IS_EXCLUDE : IGMPV3_MODE_IS_INCLUDE, false,
        false);
}

// A group that was left; true: nothing of it is left to tell.
bool report_left(report& r, ip_mc_list& im) {
  if (im.sfmode == MCAST_INCLUDE) {
    r.add(im, IGMPV3_BLOCK_OLD_SOURCES, true, false);
    r.add(im, IGMPV3_BLOCK_OLD_SOURCES, true, true);
  }
  if (im.crcount) {
    if (im.sfmode == MCAST_EXCLUDE) r.add(im, IGMPV3_CHANGE_TO_INCLUDE, true, false);
    if (--im.crcount == 0) {
      const auto told = [](const ip_sf_list& s) { return !s.crcount; };
      std::erase_if(im.tomb, told);
      std::erase_if(im.sources, told);
    }
  }
  return !im.crcount && im.tomb.empty() && im.sources.empty();
}

}  // namespace

void igmpv3_send_report(ip_mc_device& d, ip_mc_list* one) {
  report r(d);
  if (one) return report_state(r, *one);
  for (auto& g : d.groups) report_state(r, *g);
}

void igmpv3_send_cr(ip_mc_device& d) {
  report r(d);
  std::erase_if(d.tomb, [&](auto& g) { return report_left(r, *g); });
  for (auto& g : d.groups) {
    const bool exclude = g->sfcount[MCAST_EXCLUDE];
    const u8 here = exclude ? IGMPV3_BLOCK_OLD_SOURCES : IGMPV3_ALLOW_NEW_SOURCES;
    const u8 gone = exclude ? IGMPV3_ALLOW_NEW_SOURCES : IGMPV3_BLOCK_OLD_SOURCES;
    r.add(*g, here, false, false);
    r.add(*g, gone, false, true);
    if (!g->crcount) continue;
    r.add(*g, g->sfmode == MCAST_EXCLUDE ? IGMPV3_CHANGE_TO_EXCLUDE : IGMPV3_CHANGE_TO_INCLUDE,
          false, false);
    --g->crcount;
  }
}

void igmp_send_report(ip_mc_device& d, be32 group, u8 type) {
  if (igmp_is_silent(d.ns, group)) return;
  const be32 to = type == IGMP_HOST_LEAVE_MESSAGE ? all_routers : group;
  flowi4 fl;
  auto rt = route_to(d, fl, to);
  if (!rt) return;
  constexpr u32 headers = sizeof(iphdr) + 4;
  skb_ptr p = alloc_skb(d.ns.c, skb_default_headroom + headers + static_cast<u32>(sizeof(igmphdr)));
  skb_reserve(*p, skb_default_headroom + headers);
  auto* h = reinterpret_cast<igmphdr*>(skb_put(*p, sizeof(igmphdr)));
  *h = {.type = type, .code = 0, .csum = 0, .group = group.raw()};
  send_message(d, std::move(p), **rt, fl.saddr, to);
}

}  // namespace linnet
