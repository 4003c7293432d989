// Redirects (RFC 792, RFC 1122 §3.2.2.2). A router that sends a packet back by the device it came in by tells the sender
// of the nearer next hop, less and less often while the sender goes on as before. A host believes a redirect only from
// the gateway that it uses for that destination, and as secure_redirects and shared_media allow; the new gateway must
// be resolved first, so that the redirect that names it newly only asks for its address.
#include <linux/in_route.h>

#include "net/core/tracepoint.hh"
#include "net/ipv4/arp.hh"
#include "net/ipv4/fib_exceptions.hh"
#include "net/ipv4/fib_frontend.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inet_sock.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

bool rx_redirects(const in_device& in) {
  return in_dev_forward(in) ? in_dev_andconf(in, IPV4_DEVCONF_ACCEPT_REDIRECTS)
                            : in_dev_orconf(in, IPV4_DEVCONF_ACCEPT_REDIRECTS);
}

// Whether a live route already goes by `gw` on the device (ip_fib_check_default).
bool is_known_gateway(net& n, const net_device& dev, be32 gw) {
  auto& by_dev = fib_tables_of(n).infos.by_dev;
  const auto it = by_dev.find(&dev);
  if (it == by_dev.end()) return false;
  return std::any_of(it->second.begin(), it->second.end(),
                     [&](const fib_nh& nh) { return nh.gw == gw && !(nh.flags & RTNH_F_DEAD); });
}

bool may_redirect_to(net& n, const net_device& dev, const in_device& in, be32 new_gw, be32 old_gw) {
  if (new_gw == old_gw || !rx_redirects(in) || ipv4_is_multicast(new_gw) ||
      ipv4_is_lbcast(new_gw) || ipv4_is_zeronet(new_gw))
    return false;
  if (in_dev_orconf(in, IPV4_DEVCONF_SHARED_MEDIA)) return inet_addr_type(n, new_gw) == RTN_UNICAST;
  if (!inet_addr_onlink(in, new_gw, old_gw)) return false;
  return !in_dev_orconf(in, IPV4_DEVCONF_SECURE_REDIRECTS) || is_known_gateway(n, dev, new_gw);
}

// __ip_do_redirect: what the redirect says of `rt`, by which `fl` goes now.
void do_redirect(net& n, const rtable& rt, const sk_buff& skb, flowi4 fl) {
  const auto& icmp = *reinterpret_cast<const icmphdr*>(skb.transport());
  const be32 new_gw = icmp.info(), old_gw = ip_hdr(skb).saddr;
  if ((icmp.code & 7) > ICMP_REDIR_HOSTTOS) return;
  if (rt.rt_gw_family != AF_INET || rt.rt_gw4 != old_gw) return;
  net_device& dev = *skb.dev;
  const in_device* in = in_dev_get(dev);
  if (!in) return;
  auto note = [&](trace_note what) {
    trace(n.c, tp::icmp_rcv, &skb, &dev, {.a = fl.daddr.host(), .b = new_gw.host(), .note = what});
  };
  if (!may_redirect_to(n, dev, *in, new_gw, old_gw)) return note(trace_note::redirect_ignored);
  auto neigh = ip_neigh_gw4(*rt.dev, new_gw);
  if (!neigh) return;
  if (!((*neigh)->nud_state & NUD_VALID_)) {
    note(trace_note::redirect_resolving);
    neigh_event_send(**neigh, skb_ptr());
    return;
  }
  auto res = fib_lookup(n, fl);
  if (!res) return;
  fib_select_path(n, *res, fl, &skb);
  if (!res->nh) return;
  const ktime life = secs(ipv4_of(*n.w.init_net).sysctl_ip_rt_gc_timeout);
  update_or_create_fnhe(n, *res->nh, fl.daddr, new_gw, 0, false, n.w.now() + life);
  note(trace_note::redirected);
}

const iphdr& quoted_in(const sk_buff& s) { return *reinterpret_cast<const iphdr*>(s.data); }

}  // namespace

void ipv4_redirect(net& n, const sk_buff& skb, u8 protocol) {
  flowi4 fl = flow_of_quoted(quoted_in(skb), protocol);
  if (auto rt = ip_route_output_key(n, fl)) do_redirect(n, **rt, skb, fl);
}

void ipv4_sk_redirect(const inet_sock& sk, const sk_buff& skb) {
  flowi4 fl = flow_of_quoted(sk, quoted_in(skb));
  if (auto rt = ip_route_output_key(sk.ns, fl)) do_redirect(sk.ns, **rt, skb, fl);
}

void ip_rt_send_redirect(net& n, sk_buff& skb) {
  const rtable& rt = *skb_rtable(skb);
  const in_device* in = in_dev_get(*rt.dev);
  if (!in || !in_dev_orconf(*in, IPV4_DEVCONF_SEND_REDIRECTS)) return;
  const auto& machine = ipv4_of(*n.w.init_net);
  const ktime now = n.w.now();
  inet_peer& peer = inet_getpeer_v4(n, ip_hdr(skb).saddr);
  // After a silence it may have forgotten.
  if (now > peer.rate_last + msecs(machine.sysctl_ip_rt_redirect_silence)) {
    peer.rate_tokens = 0;
    peer.n_redirects = 0;
  }
  if (peer.n_redirects >= static_cast<u32>(machine.sysctl_ip_rt_redirect_number)) {
    peer.rate_last = now;
    trace(n.c, tp::ip_forward, &skb, rt.dev, {.note = trace_note::redirects_in_vain});
    return;
  }
  const u32 shift = std::min(peer.n_redirects, 31u);
  if (peer.n_redirects &&
      now <= peer.rate_last + msecs(s64{machine.sysctl_ip_rt_redirect_load} << shift))
    return;
  // Sending it may draw on the same peer's tokens, so what is remembered of it comes after.
  icmp_send(skb, ICMP_REDIRECT, ICMP_REDIR_HOST, rt_nexthop(rt, ip_hdr(skb).daddr));
  inet_peer& told = inet_getpeer_v4(n, ip_hdr(skb).saddr);
  told.rate_last = now;
  ++told.n_redirects;
}

}  // namespace linnet
