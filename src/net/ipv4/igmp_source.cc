// Source filters of a group: what its users want together, and what of a change must be reported.
#include <linux/igmp.h>
#include <netinet/in.h>

#include <algorithm>

#include "net/ipv4/igmp.hh"

namespace linnet {
namespace {

bool lets_in(const ip_mc_list& im, const ip_sf_list& s) {
  const u32 excluders = im.sfcount[MCAST_EXCLUDE];
  if (!excluders) return s.count[MCAST_INCLUDE] != 0;
  return excluders == s.count[MCAST_EXCLUDE] && !s.count[MCAST_INCLUDE];
}

// sf_markstate: how it is before a change.
void mark_state(ip_mc_list& im) {
  for (auto& s : im.sources) s.oldin = lets_in(im, s);
}

// sf_setstate: what the change did to each source is to be reported; whether there is anything.
bool set_state(ip_mc_list& im) {
  const u32 robust = im.owner.robustness();
  bool any = false;
  for (auto& s : im.sources) {
    const auto gone = std::ranges::find(im.tomb, s.addr, &ip_sf_list::addr);
    if (lets_in(im, s)) {
      if (s.oldin) continue;
      if (gone != im.tomb.end()) im.tomb.erase(gone);
      s.crcount = robust;
      any = true;
    } else if (s.oldin) {
      s.crcount = 0;
      if (gone == im.tomb.end()) {
        im.tomb.insert(im.tomb.begin(), s);
        im.tomb.front().crcount = robust;
      } else {
        gone->crcount = robust;
      }
      any = true;
    }
  }
  return any;
}

void mode_changed(ip_mc_list& im, u32 mode) {
  im.sfmode = mode;
  im.crcount = im.owner.robustness();
  for (auto& s : im.sources) s.crcount = 0;
  igmp_ifc_event(im.owner);
}

void add1(ip_mc_list& im, u32 mode, be32 addr) {
  auto it = std::ranges::find(im.sources, addr, &ip_sf_list::addr);
  if (it == im.sources.end()) it = im.sources.insert(im.sources.end(), ip_sf_list{.addr = addr});
  if (++it->count[mode] == 1) rt_cache_flush(im.owner.ns);
}

enum class del1_result : u8 { absent, fewer, reported };

del1_result del1(ip_mc_list& im, u32 mode, be32 addr) {
  const auto it = std::ranges::find(im.sources, addr, &ip_sf_list::addr);
  if (it == im.sources.end() || !it->count[mode]) return del1_result::absent;
  if (--it->count[mode] == 0) rt_cache_flush(im.owner.ns);
  if (it->count[MCAST_INCLUDE] || it->count[MCAST_EXCLUDE]) return del1_result::fewer;
  const bool report = it->oldin && !im.owner.old_querier(1) && !im.owner.old_querier(2);
  if (report) {
    it->crcount = im.owner.robustness();
    im.tomb.insert(im.tomb.begin(), *it);
  }
  im.sources.erase(it);
  return report ? del1_result::reported : del1_result::fewer;
}

}  // namespace

status ip_mc_add_src(ip_mc_device& d, be32 group, u32 mode, std::span<const be32> sources,
                     bool delta) {
  ip_mc_list* im = d.find(group);
  if (!im) return err(ESRCH);
  mark_state(*im);
  const bool excluded = im->sfmode == MCAST_EXCLUDE;
  if (!delta) ++im->sfcount[mode];
  for (be32 addr : sources) add1(*im, mode, addr);
  const bool excludes = im->sfcount[MCAST_EXCLUDE];
  if (excluded != excludes)
    mode_changed(*im, excludes                     ? MCAST_EXCLUDE
                      : im->sfcount[MCAST_INCLUDE] ? MCAST_INCLUDE
                                                   : im->sfmode);
  else if (set_state(*im))
    igmp_ifc_event(d);
  return {};
}

status ip_mc_del_src(ip_mc_device& d, be32 group, u32 mode, std::span<const be32> sources,
                     bool delta) {
  ip_mc_list* im = d.find(group);
  if (!im) return err(ESRCH);
  mark_state(*im);
  if (!delta) {
    if (!im->sfcount[mode]) return err(EINVAL);
    --im->sfcount[mode];
  }
  bool reported = false, absent = false;
  for (be32 addr : sources) {
    const auto r = del1(*im, mode, addr);
    reported |= r == del1_result::reported;
    absent |= r == del1_result::absent;
  }
  if (im->sfmode == MCAST_EXCLUDE && !im->sfcount[MCAST_EXCLUDE] && im->sfcount[MCAST_INCLUDE])
    mode_changed(*im, MCAST_INCLUDE);
  else if (set_state(*im) || reported)
    igmp_ifc_event(d);
  if (absent) return err(ESRCH);
  return {};
}

}  // namespace linnet
