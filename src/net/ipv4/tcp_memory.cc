// What TCP's buffers take, of the world's memory and of what an orphan may have (net.ipv4.tcp_mem, tcp_max_orphans). A socket
// is charged for whole pages, as many as its two queues need; the last one's free part is what Linux calls sk_forward_alloc.
// Below the first limit everything is granted; above the second there is pressure until the first is reached again, and only
// who has little gets more; above the third nobody does.
#include "net/ipv4/tcp_memory.hh"
#include "net/core/world.hh"
#include "net/ipv4/snmp.hh"
#include "net/ipv4/tcp.hh"

namespace linnet {
namespace {

void enter_pressure(tcp_sock& sk, tcp_memory& m) {
  if (m.under_pressure()) return;
  m.pressure_since = sk.ns.w.now();
  net_inc_stats(sk.ns, LINUX_MIB_TCPMEMORYPRESSURES);
}

void leave_pressure(tcp_sock& sk, tcp_memory& m) {
  if (!m.under_pressure()) return;
  const ktime lasted = sk.ns.w.now() - std::exchange(m.pressure_since, -1);
  net_inc_stats(sk.ns, LINUX_MIB_TCPMEMORYPRESSURESCHRONO, static_cast<u64>(lasted / ns_per_ms));
}

// Who has no more than everybody may have, whatever happens.
bool has_minimum(const tcp_sock& sk, tcp_mem_kind kind) {
  const tcp_settings& set = tcp_sysctl(sk);
  return kind == tcp_mem_kind::receive ? sk.rmem_alloc < set.rmem[0] : sk.wmem_queued < set.wmem[0];
}

// Whether all sockets could have as much as this one.
bool below_average(const tcp_sock& sk, const tcp_memory& m) {
  return m.limits[2] >
         s64{tcp_of(sk.ns).sockets} * sk_mem_pages(s64{sk.wmem_queued} + sk.rmem_alloc);
}

// Nothing is granted any more; but a sender is told to wait, and may fill what he would wait for.
bool suppressed(tcp_sock& sk, int size, tcp_mem_kind kind) {
  if (kind == tcp_mem_kind::receive) return false;
  if (!(sk.userlocks & 1))
    sk.sndbuf = std::max(std::min(sk.sndbuf, sk.wmem_queued >> 1), sk_min_sndbuf);
  // Nothing of his on its way would wake him.
  return !sk.wmem_queued || sk.wmem_queued + size >= sk.sndbuf;
}

}  // namespace

tcp_memory& tcp_memory_of(const net& n) { return *tcp_of(n).memory; }

void tcp_mem_update(tcp_sock& sk) {
  const int pages = sk_mem_pages(s64{sk.rmem_alloc} + sk.wmem_queued);
  if (likely(pages == sk.mem_pages)) return;
  tcp_memory& m = tcp_memory_of(sk.ns);
  m.add(pages - std::exchange(sk.mem_pages, pages));
  if (unlikely(m.under_pressure()) && m.allocated < m.limits[0]) leave_pressure(sk, m);
}

bool tcp_mem_schedule(tcp_sock& sk, int size, tcp_mem_kind kind) {
  tcp_mem_update(sk);
  tcp_memory& m = tcp_memory_of(sk.ns);
  const s64 more = sk_mem_pages(s64{sk.rmem_alloc} + sk.wmem_queued + size) - sk.mem_pages;
  if (!more) return true;
  const s64 all = m.with(more);
  if (likely(all <= m.limits[0])) {
    leave_pressure(sk, m);
    return true;
  }
  if (all > m.limits[1]) enter_pressure(sk, m);
  if (all > m.limits[2]) return suppressed(sk, size, kind);
  if (has_minimum(sk, kind) || !m.under_pressure() || below_average(sk, m)) return true;
  return suppressed(sk, size, kind);
}

bool tcp_check_oom(const tcp_sock& sk, unsigned shift) {
  const tcp_table& t = tcp_of(sk.ns);
  const tcp_memory& m = tcp_memory_of(sk.ns);
  return (s64{t.orphans} << shift) > t.settings.max_orphans ||
         (sk.wmem_queued > sk_min_sndbuf && m.allocated > m.limits[2]);
}

int tcp_sock::forward_alloc() const {
  const s64 charged = s64{rmem_alloc} + wmem_queued;
  return static_cast<int>(s64{sk_mem_pages(charged)} * sk_mem_quantum - charged);
}

}  // namespace linnet
