// Raw sockets' part of inet_diag. A request for one of them names its protocol where others' have padding (struct
// inet_diag_req_raw); dumps know no states.
#include <vector>

#include "net/ipv4/inet_diag.hh"
#include "net/ipv4/raw.hh"

namespace linnet {
namespace {

void get_info(const inet_sock& sk, inet_diag_msg& m, std::byte*) {
  m.idiag_rqueue = static_cast<u32>(sk.rmem_alloc);
  m.idiag_wqueue = static_cast<u32>(sk.wmem_alloc);
}

status dump(sk_buff& s, netlink_callback& cb, const inet_diag_request& r) {
  return inet_diag_dump_sorted(s, cb, r, raw_diag_handler, raw_socks(cb.ns()), true);
}

// raw_sock_get.
result<inet_sock*> find_one(net& n, const inet_diag_request& r) {
  if (r.req.sdiag_family == AF_INET6) return err(ENOENT);
  if (r.req.sdiag_family != AF_INET) return err(EINVAL);
  inet_sock* sk = raw_find(n, r.req.pad, r.dst(), r.src(), r.dif());
  if (!sk) return err(ENOENT);
  return sk;
}

status dump_one(net& n, const inet_diag_answer& to, const inet_diag_request& r) {
  auto sk = find_one(n, r);
  if (!sk) return std::unexpected(sk.error());
  return inet_sk_diag_fill(to, **sk, r, raw_diag_handler) ? status() : status(err(EMSGSIZE));
}

status destroy(net& n, const cred& who, const inet_diag_request& r) {
  auto sk = find_one(n, r);
  if (!sk) return std::unexpected(sk.error());
  return sock_diag_destroy(who, **sk, ECONNABORTED);
}

}  // namespace

const inet_diag_handler raw_diag_handler = {
    .dump = dump, .dump_one = dump_one, .destroy = destroy, .get_info = get_info};

}  // namespace linnet
