// UDP's and UDP-Lite's part of inet_diag. A request for one socket is a lookup as for a datagram, whose source is, for
// historical reasons, what the request calls the socket's own address; to end it, the ends are named the right way round.
#include "net/ipv4/inet_diag.hh"
#include "net/ipv4/udp_sock.hh"

namespace linnet {
namespace {

template <bool lite>
const udp_table& table_of(const net& n) {
  return lite ? *ipv4_of(n).udplite : *ipv4_of(n).udp;
}
template <bool lite>
constexpr const inet_diag_handler& handler() {
  return lite ? udplite_diag_handler : udp_diag_handler;
}

void get_info(const inet_sock& sk, inet_diag_msg& m, std::byte*) {
  m.idiag_rqueue = static_cast<u32>(sk.rqueue());
  m.idiag_wqueue = static_cast<u32>(sk.wmem_alloc);
}

template <bool lite>
status dump(sk_buff& s, netlink_callback& cb, const inet_diag_request& r) {
  const std::vector<udp_sock*> sorted = table_of<lite>(cb.ns()).sorted();
  const std::vector<inet_sock*> socks(sorted.begin(), sorted.end());
  return inet_diag_dump_sorted(s, cb, r, handler<lite>(), socks);
}

struct flow_end {
  be32 addr;
  u16 port;
};

result<udp_sock*> find_one(const udp_table& t, const inet_diag_request& r, flow_end from,
                           flow_end to) {
  if (r.req.sdiag_family == AF_INET6) return err(ENOENT);
  if (r.req.sdiag_family != AF_INET) return err(EINVAL);
  udp_sock* sk = udp_lookup(t, from.addr, from.port, to.addr, to.port, r.dif(), 0, nullptr);
  if (!sk) return err(ENOENT);
  return sk;
}

template <bool lite>
status dump_one(net& n, const inet_diag_answer& to, const inet_diag_request& r) {
  auto sk = find_one(table_of<lite>(n), r, {r.src(), r.sport()}, {r.dst(), r.dport()});
  if (!sk) return std::unexpected(sk.error());
  if (status ok = sock_diag_check_cookie(sock_gen_cookie(**sk), r.req.id.idiag_cookie); !ok)
    return ok;
  return inet_sk_diag_fill(to, **sk, r, handler<lite>()) ? status() : status(err(EMSGSIZE));
}

template <bool lite>
status destroy(net& n, const cred& who, const inet_diag_request& r) {
  auto sk = find_one(table_of<lite>(n), r, {r.dst(), r.dport()}, {r.src(), r.sport()});
  if (!sk) return std::unexpected(sk.error());
  if (!sock_diag_check_cookie(sock_gen_cookie(**sk), r.req.id.idiag_cookie)) return err(ENOENT);
  return sock_diag_destroy(who, **sk, ECONNABORTED);
}

template <bool lite>
constexpr inet_diag_handler make = {
    .dump = dump<lite>, .dump_one = dump_one<lite>, .destroy = destroy<lite>, .get_info = get_info};

}  // namespace

const inet_diag_handler udp_diag_handler = make<false>;
const inet_diag_handler udplite_diag_handler = make<true>;

}  // namespace linnet
