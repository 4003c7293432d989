// The server's part of Fast Open: cookies and their keys, and connections that live before their handshake has ended.
#include "net/ipv4/tcp_fastopen.hh"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "net/core/sysctl.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"
#include "net/ipv4/tcp_synack.hh"

namespace linnet {
namespace {

constexpr int cookie_size = 8;
constexpr ktime reset_counts_for = 60 * ns_per_sec;

// ---- keys

u64 le64_at(const std::byte* p) {
  u64 v = 0;
  for (int i = 0; i < 8; ++i) v |= std::to_integer<u64>(p[i]) << 8 * i;
  return v;
}
void put_le64(std::byte* p, u64 v) {
  for (int i = 0; i < 8; ++i) p[i] = static_cast<std::byte>(v >> 8 * i);
}

tcp_fastopen_context context_of(const_bytes keys) {
  tcp_fastopen_context c;
  for (; c.num < c.key.size() && keys.size() >= (c.num + 1) * TCP_FASTOPEN_KEY_LENGTH; ++c.num) {
    const std::byte* p = keys.data() + c.num * TCP_FASTOPEN_KEY_LENGTH;
    c.key[c.num] = {le64_at(p), le64_at(p + 8)};
  }
  return c;
}

// `xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx`, as sscanf's %x takes it.
std::optional<siphash_key> parse_key(std::string_view text) {
  std::array<u32, 4> words;
  for (size_t i = 0; i < 4; ++i) {
    if (i) {
      if (!text.starts_with('-')) return {};
      text.remove_prefix(1);
    }
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    const std::string_view word = text.substr(0, 8);
    const auto [end, bad] = std::from_chars(word.begin(), word.end(), words[i], 16);
    if (bad != std::errc()) return {};
    text.remove_prefix(static_cast<size_t>(end - word.begin()));
  }
  return siphash_key{words[0] | u64{words[1]} << 32, words[2] | u64{words[3]} << 32};
}

const tcp_fastopen_context* context_for(const tcp_sock& listener) {
  const auto& own = listener.fastopenq->ctx;
  const auto& ours = tcp_of(listener.ns).fastopen.ctx;
  return own ? &*own : ours ? &*ours : nullptr;
}

// ---- cookies: who has one has received at its address what was sent there

tcp_fastopen_cookie cookie_gen(const sk_buff& syn, const siphash_key& key) {
  std::array<std::byte, 8> ends;
  std::memcpy(ends.data(), &ip_hdr(syn).saddr, 4);
  std::memcpy(ends.data() + 4, &ip_hdr(syn).daddr, 4);
  tcp_fastopen_cookie c;
  c.len = cookie_size;
  put_le64(c.val.data(), siphash(ends, key));
  return c;
}

bool matches(const tcp_fastopen_cookie& a, const tcp_fastopen_cookie& b) {
  return a.len == b.len && !std::memcmp(a.val.data(), b.val.data(), static_cast<size_t>(a.len));
}

// Which key the cookie was made with, from 1 on; 0: none. `valid`: what it should have been.
u32 cookie_check(const tcp_sock& listener, const sk_buff& syn, const tcp_fastopen_cookie& shown,
                 tcp_fastopen_cookie& valid) {
  const tcp_fastopen_context* c = context_for(listener);
  for (u32 i = 0; c && i < c->num; ++i) {
    const tcp_fastopen_cookie made = cookie_gen(syn, c->key[i]);
    if (i == 0) valid = made;
    if (matches(made, shown)) return i + 1;
  }
  return 0;
}

// Whether one more connection may be open without its handshake (tcp_fastopen_queue_check).
bool queue_check(tcp_sock& listener) {
  tcp_fastopen_queue* q = listener.fastopenq.get();
  if (!q || !q->max_qlen) return false;
  if (q->qlen < q->max_qlen) return true;
  if (q->reset.empty() || q->reset.front().counts_until > listener.ns.w.now()) {
    net_inc_stats(listener.ns, LINUX_MIB_TCPFASTOPENLISTENOVERFLOW);
    return false;
  }
  delete &q->reset.front();
  --q->qlen;
  return true;
}

tcp_fastopen_queue& queue_of(tcp_sock& listener) {
  if (!listener.fastopenq) listener.fastopenq = std::make_unique<tcp_fastopen_queue>();
  return *listener.fastopenq;
}

// tcp_fastopen_create_child.
tcp_sock* create_child(tcp_sock& listener, const sk_buff& syn,
                       std::unique_ptr<tcp_request_sock>& req) {
  tcp_sock* child = tcp_create_openreq_child(*req, syn);
  if (!child) return nullptr;
  tcp_fastopen_queue& q = *listener.fastopenq;
  ++q.qlen;
  q.pending.push_back(*req);
  req->child = child;
  child->fastopen_rsk = std::move(req);
  child->snd_wnd = child->max_window = tcp_hdr(syn).window.host();  // a SYN's is never scaled
  tcp_reset_xmit_timer(*child, icsk_time::retrans, TCP_TIMEOUT_INIT);
  tcp_init_transfer(*child);
  child->rcv_nxt = tcp_cb(syn).seq + 1;
  tcp_fastopen_add_skb(*child, syn);
  child->fastopen_rsk->rcv_nxt = child->rcv_wup = child->rcv_nxt;
  return child;
}

bool cookie_not_required(const tcp_sock& listener, const tcp_request_sock& req) {
  if (tcp_sysctl(listener).fastopen & TFO_SERVER_COOKIE_NOT_REQD || listener.fastopen_no_cookie)
    return true;
  const ref<rtable> rt = tcp_request_route(req);
  return rt && rt->from && rt->from->metric(RTAX_FASTOPEN_NO_COOKIE);
}

}  // namespace

void tcp_fastopen_init_key_once(tcp_table& t, net& n) {
  if (t.fastopen.ctx) return;
  tcp_fastopen_context c;
  c.key[0] = {n.c.rand.next(), n.c.rand.next()};
  c.num = 1;
  t.fastopen.ctx = c;
}

std::string tcp_fastopen_show_key(net& n) {
  const auto& ctx = tcp_of(n).fastopen.ctx;
  const tcp_fastopen_context none{.key = {}, .num = 1}, &c = ctx ? *ctx : none;
  std::string text;
  for (u32 i = 0; i < c.num; ++i) {
    std::array<char, 40> one;
    const auto [k0, k1] = c.key[i];
    std::snprintf(one.data(), one.size(), "%s%08x-%08x-%08x-%08x", i ? "," : "",
                  static_cast<u32>(k0), static_cast<u32>(k0 >> 32), static_cast<u32>(k1),
                  static_cast<u32>(k1 >> 32));
    text += one.data();
  }
  return text;
}

status tcp_fastopen_store_key(net& n, std::string_view text) {
  const size_t comma = text.find(',');
  tcp_fastopen_context c;
  const auto first = parse_key(text.substr(0, comma));
  if (!first) return err(EINVAL);
  c.key[c.num++] = *first;
  if (comma != text.npos) {
    const auto second = parse_key(text.substr(comma + 1));
    if (!second) return err(EINVAL);
    c.key[c.num++] = *second;
  }
  tcp_of(n).fastopen.ctx = c;
  return {};
}

status tcp_fastopen_set_key(tcp_sock& sk, const_bytes keys) {
  if (keys.size() != TCP_FASTOPEN_KEY_LENGTH && keys.size() != 2 * TCP_FASTOPEN_KEY_LENGTH)
    return err(EINVAL);
  queue_of(sk).ctx = context_of(keys);
  return {};
}

result<u32> tcp_fastopen_get_key(const tcp_sock& sk, bytes out) {
  std::array<std::byte, 2 * TCP_FASTOPEN_KEY_LENGTH> keys;
  u32 n = 0;
  if (sk.fastopenq && sk.fastopenq->ctx) {
    const tcp_fastopen_context& c = *sk.fastopenq->ctx;
    for (u32 i = 0; i < c.num; ++i, n += TCP_FASTOPEN_KEY_LENGTH) {
      put_le64(keys.data() + n, c.key[i].k0);
      put_le64(keys.data() + n + 8, c.key[i].k1);
    }
  }
  return sockopt_put(out, keys.data(), n);
}

void tcp_fastopen_queue_tune(tcp_sock& sk, u32 backlog) {
  tcp_fastopen_init_key_once(tcp_of(sk.ns), sk.ns);
  const s64 somaxconn = sysctl_values(sk.ns, "core/somaxconn").value_or(ctl_values{4096})[0];
  queue_of(sk).max_qlen = static_cast<u32>(std::min<s64>(backlog, somaxconn));
}

void tcp_fastopen_listen(tcp_sock& sk, u32 backlog) {
  constexpr s64 any_listener = TFO_SERVER_WO_SOCKOPT1 | TFO_SERVER_ENABLE;
  if ((tcp_sysctl(sk).fastopen & any_listener) != any_listener) return;
  if (!sk.fastopenq || !sk.fastopenq->max_qlen) tcp_fastopen_queue_tune(sk, backlog);
}

void tcp_fastopen_listen_stop(tcp_sock& sk) {
  if (!sk.fastopenq) return;
  tcp_fastopen_queue& q = *sk.fastopenq;
  while (tcp_request_sock* req = q.pending.pop_front()) req->listener = nullptr;
  while (tcp_request_sock* req = q.reset.pop_front()) delete req;
  q.qlen = 0;
}

tcp_sock* tcp_try_fastopen(tcp_sock& l, const sk_buff& syn, std::unique_ptr<tcp_request_sock>& req,
                           tcp_fastopen_cookie& foc) {
  const bool syn_data = tcp_cb(syn).end_seq != tcp_cb(syn).seq + 1;
  if (foc.len == 0) net_inc_stats(l.ns, LINUX_MIB_TCPFASTOPENCOOKIEREQD);
  if (!(tcp_sysctl(l).fastopen & TFO_SERVER_ENABLE) || !(syn_data || foc.len >= 0) ||
      !queue_check(l)) {
    foc.len = -1;
    return nullptr;
  }
  tcp_fastopen_cookie valid;
  u32 key = 0;
  bool open = cookie_not_required(l, *req);
  if (!open && foc.len == 0) {
    if (const tcp_fastopen_context* c = context_for(l)) valid = cookie_gen(syn, c->key[0]);
  } else if (!open && foc.len > 0) {
    key = cookie_check(l, syn, foc, valid);
    open = key != 0;
    if (!open) net_inc_stats(l.ns, LINUX_MIB_TCPFASTOPENPASSIVEFAIL);
  }
  valid.exp = foc.exp;
  if (open) {
    if (tcp_sock* child = create_child(l, syn, req)) {
      foc.len = -1;
      if (key == 2) {  // it worked, but its time is over
        foc = valid;
        net_inc_stats(l.ns, LINUX_MIB_TCPFASTOPENPASSIVEALTKEY);
      }
      net_inc_stats(l.ns, LINUX_MIB_TCPFASTOPENPASSIVE);
      return child;
    }
    net_inc_stats(l.ns, LINUX_MIB_TCPFASTOPENPASSIVEFAIL);
  }
  foc = valid;
  return nullptr;
}

void reqsk_fastopen_remove(tcp_sock& child, bool reset) {
  const std::unique_ptr<tcp_request_sock> holder = std::move(child.fastopen_rsk);
  tcp_sock* l = holder ? holder->listener : nullptr;
  if (!l) return;
  static_cast<list_node<>&>(*holder).unlink();
  tcp_fastopen_queue& q = *l->fastopenq;
  --q.qlen;
  const bool accepted = !child.listener;
  if (!reset || !accepted || l->state != TCP_LISTEN) return;
  // Somebody may be sending SYNs in the peer's name: it counts as open for a while.
  tcp_request_sock& kept = *new tcp_request_sock(*l);
  kept.counts_until = l->ns.w.now() + reset_counts_for;
  q.reset.push_back(kept);
  ++q.qlen;
}

void tcp_fastopen_synack_timer(tcp_sock& sk) {
  tcp_request_sock& req = *sk.fastopen_rsk;
  net_inc_stats(sk.ns, LINUX_MIB_TCPTIMEOUTS);
  // Once more than others: the connection may be in use.
  const s64 most = sk.syn_retries ? sk.syn_retries : tcp_sysctl(sk).synack_retries + 1;
  if (req.num_timeout >= most) return tcp_write_err(sk);
  if (sk.retransmits == 1) tcp_enter_loss(sk);
  tcp_rtx_synack(req);
  ++req.num_timeout;
  ++sk.retransmits;
  if (!sk.retrans_stamp) sk.retrans_stamp = tcp_time_stamp(sk);
  tcp_reset_xmit_timer(sk, icsk_time::retrans, TCP_TIMEOUT_INIT << req.num_timeout);
}

void tcp_fastopen_add_skb(tcp_sock& sk, const sk_buff& s) {
  if (tcp_cb(s).end_seq == sk.rcv_nxt) return;
  skb_ptr p = skb_clone(s);
  skb_dst_drop(*p);
  p->dev = nullptr;
  sk.segs_in = sk.data_segs_in = 1;
  skb_pull(*p, tcp_hdr(*p).header_len());
  skb_set_owner_r(*p, sk);
  tcp_skb_cb& cb = tcp_cb(*p);
  ++cb.seq;
  cb.flags &= static_cast<u8>(~TCPHDR_SYN);
  sk.rcv_nxt = cb.end_seq;
  sk.syn_data_acked = true;
  sk.bytes_received = p->len();
  const bool fin = cb.flags & TCPHDR_FIN;
  sk.receive_queue.enqueue(std::move(p));
  if (fin) tcp_fin(sk);
}

}  // namespace linnet
