// Reading and writing. What a script leaves open (`...`) is written with bytes that tell their place in the stream, so
// that packets and what is read can be compared with what should be in them.
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "tests/support/packetdrill/calls.hh"

namespace linnet::packetdrill {
namespace {

struct io {
  int fd = -1;
  flow* f = nullptr;
  std::vector<std::vector<std::byte>> parts{};
  std::vector<iovec> iov{};
  std::vector<std::byte> control{};
  sockaddr_in name{};
  socklen_t namelen = 0;
  int flags = 0;
  msghdr msg{};
  size_t before = 0;  // what was written before this call

  size_t size() const {
    size_t n = 0;
    for (auto& p : parts) n += p.size();
    return n;
  }
};

size_t length_of(const expr& e) {
  const s64 n = integer_of(e);
  if (n < 0 || n > (64 << 20)) bad_argument("a length out of range");
  return static_cast<size_t>(n);
}

void add_part(io& x, const expr& what, const expr& length) {
  std::vector<std::byte> b(length_of(length));
  if (what.is(expr::kind::string))
    std::memcpy(b.data(), what.text.data(), std::min(b.size(), what.text.size()));
  else if (!what.is(expr::kind::ellipsis))
    bad_argument("expected '...' or a string for a buffer");
  if (x.size() + b.size() > (64u << 20)) bad_argument("buffers too long");
  x.parts.push_back(std::move(b));
}

void add_iovec(io& x, const expr& list) {
  if (!list.is(expr::kind::list)) bad_argument("expected [{..., length}, ...]");
  for (const expr& e : list.items) {
    if (!e.is(expr::kind::record) || e.items.size() != 2) bad_argument("expected {..., length}");
    add_part(x, e.items[0], e.items[1]);
  }
}

bool left_open(const syscall_spec& c, size_t part) {
  if (c.name == "writev" || c.name == "sendmsg") {
    const expr& list = c.name == "writev" ? c.args[1] : *c.args[1].field("msg_iov");
    return list.items[part].items[0].is(expr::kind::ellipsis);
  }
  return c.args[1].is(expr::kind::ellipsis);
}

// Puts in what the stream goes on with, and notes it as written until the call says how much was.
void fill_outbound(io& x, const syscall_spec& c) {
  if (!x.f || x.f->udp) return;
  x.before = x.f->written.size();
  for (size_t i = 0; i < x.parts.size(); ++i) {
    auto& p = x.parts[i];
    if (left_open(c, i))
      for (size_t k = 0; k < p.size(); ++k) p[k] = outbound_byte(x.f->written.size() + k);
    x.f->written.insert(x.f->written.end(), p.begin(), p.end());
  }
}

void note_written(io& x, s64 v) {
  if (!x.f || x.f->udp) return;
  x.f->written.resize(x.before + static_cast<size_t>(std::max<s64>(v, 0)));
}

// A SYN's data (Fast Open) has its place behind the SYN, as all other.
std::string check_read(io& x, s64 v) {
  if (v <= 0 || !x.f || x.f->udp || x.flags & (MSG_OOB | MSG_ERRQUEUE)) return {};
  u64 at = x.f->read;
  if (!x.f->urgent && !(x.flags & MSG_TRUNC)) {
    size_t left = static_cast<size_t>(v);
    for (auto& p : x.parts)
      for (size_t i = 0; i < p.size() && left; ++i, --left, ++at)
        if (p[i] != inbound_byte(static_cast<u32>(at + 1)))
          return "byte " + std::to_string(at) + " of the stream is not what was sent";
  }
  if (!(x.flags & MSG_PEEK)) x.f->read += static_cast<u64>(v);
  return {};
}

// cmsg_level, cmsg_type, cmsg_data of each record.
std::vector<std::byte> control_of(const expr& list) {
  std::vector<std::byte> b;
  for (const expr& e : list.items) {
    const expr *level = e.field("cmsg_level"), *type = e.field("cmsg_type"),
               *data = e.field("cmsg_data");
    if (!level || !type || !data) bad_argument("expected {cmsg_level=, cmsg_type=, cmsg_data=}");
    const int v = static_cast<int>(integer_of(*data));
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof v)] = {};
    auto* h = reinterpret_cast<cmsghdr*>(room);
    h->cmsg_level = static_cast<int>(integer_of(*level));
    h->cmsg_type = static_cast<int>(integer_of(*type));
    h->cmsg_len = CMSG_LEN(sizeof v);
    std::memcpy(CMSG_DATA(h), &v, sizeof v);
    const auto* p = reinterpret_cast<const std::byte*>(room);
    b.insert(b.end(), p, p + sizeof room);
  }
  return b;
}

void make_message(io& x, const expr& m, bool sending) {
  if (!m.is(expr::kind::record)) bad_argument("expected a struct msghdr");
  const expr* iov = m.field("msg_iov");
  if (!iov) bad_argument("a msghdr without msg_iov");
  add_iovec(x, *iov);
  if (const expr* name = m.field("msg_name"); name && name->is(expr::kind::record)) {
    x.name = address_of(*name, {});
    x.namelen = sizeof x.name;
  }
  if (const expr* control = m.field("msg_control"); control && control->is(expr::kind::list)) {
    if (sending)
      x.control = control_of(*control);
    else
      x.control.resize(4096);
  }
}

// What recvmsg put beside the data against what the script says of it.
std::string check_message(const io& x, const expr& m) {
  if (const expr* flags = m.field("msg_flags"); flags && !flags->is(expr::kind::ellipsis))
    if (const s64 want = integer_of(*flags); want != x.msg.msg_flags)
      return "msg_flags: expected " + std::to_string(want) + ", actual " +
             std::to_string(x.msg.msg_flags);
  const expr* control = m.field("msg_control");
  if (!control || !control->is(expr::kind::list)) return {};
  msghdr got = x.msg;
  cmsghdr* h = CMSG_FIRSTHDR(&got);
  for (const expr& e : control->items) {
    if (!h) return "fewer control messages than expected";
    const expr *level = e.field("cmsg_level"), *type = e.field("cmsg_type"),
               *data = e.field("cmsg_data");
    if (level && h->cmsg_level != integer_of(*level))
      return "another cmsg_level: " + std::to_string(h->cmsg_level);
    if (type && h->cmsg_type != integer_of(*type))
      return "another cmsg_type: " + std::to_string(h->cmsg_type);
    if (data && data->is(expr::kind::record) &&
        h->cmsg_len >= CMSG_LEN(sizeof(sock_extended_err))) {
      sock_extended_err ee;
      std::memcpy(&ee, CMSG_DATA(h), sizeof ee);
      for (const auto& [name, actual] : {std::pair{"ee_errno", s64{ee.ee_errno}},
                                         {"ee_origin", s64{ee.ee_origin}},
                                         {"ee_type", s64{ee.ee_type}},
                                         {"ee_code", s64{ee.ee_code}},
                                         {"ee_info", s64{ee.ee_info}},
                                         {"ee_data", s64{ee.ee_data}}})
        if (const expr* want = data->field(name); want && integer_of(*want) != actual)
          return std::string(name) + ": expected " + std::to_string(integer_of(*want)) +
                 ", actual " + std::to_string(actual);
    } else if (data && !data->is(expr::kind::ellipsis)) {
      int v = 0;
      const size_t n = h->cmsg_len - CMSG_LEN(0);
      std::memcpy(&v, CMSG_DATA(h), std::min(n, sizeof v));
      if (v != integer_of(*data)) return "another cmsg_data: " + std::to_string(v);
    }
    h = CMSG_NXTHDR(&got, h);
  }
  return h ? "more control messages than expected" : "";
}

void finish_message(io& x) {
  for (auto& p : x.parts) x.iov.push_back({p.data(), p.size()});
  x.msg.msg_iov = x.iov.data();
  x.msg.msg_iovlen = x.iov.size();
  if (x.namelen) {
    x.msg.msg_name = &x.name;
    x.msg.msg_namelen = x.namelen;
  }
  if (!x.control.empty()) {
    x.msg.msg_control = x.control.data();
    x.msg.msg_controllen = x.control.size();
  }
}

}  // namespace

prepared_call prepare_io(state& s, const syscall_spec& c) {
  const std::string& n = c.name;
  const size_t least = n == "recvmsg" || n == "sendmsg" || n == "read" || n == "write" ||
                               n == "readv" || n == "writev"
                           ? 3
                       : n == "recv" || n == "send" ? 4
                                                    : 6;
  if (c.args.size() != least) bad_argument(n + " takes " + std::to_string(least) + " arguments");
  const bool sending = n == "write" || n == "writev" || n.starts_with("send");
  const auto x = std::make_shared<io>();
  x->fd = fd_of(s, c.args[0]);
  if (const auto it = s.flow_of.find(x->fd); it != s.flow_of.end()) x->f = it->second;
  if (n == "recvmsg" || n == "sendmsg") {
    make_message(*x, c.args[1], sending);
    x->flags = static_cast<int>(integer_of(c.args[2]));
  } else if (n == "readv" || n == "writev") {
    add_iovec(*x, c.args[1]);
  } else {
    add_part(*x, c.args[1], c.args[2]);
    if (c.args.size() > 3) x->flags = static_cast<int>(integer_of(c.args[3]));
    if (n == "sendto" && !(c.args[4].is(expr::kind::integer) ||
                           (c.args[4].is(expr::kind::word) && c.args[4].text == "NULL"))) {
      const sockaddr_in otherwise = make_address(s.a.remote, s.connect_port);
      x->name = address_of(c.args[4], otherwise);
      x->namelen = sizeof x->name;
    }
  }
  // A first datagram, or a connection that begins with data.
  if (sending && x->namelen && !x->f && x->name.sin_family == AF_INET) {
    flow& f = s.new_flow(0, ntohs(x->name.sin_port));
    f.udp = s.type_of[x->fd] == SOCK_DGRAM;
    s.flow_of[x->fd] = x->f = &f;
    s.tested_fd = x->fd;
    s.listening = false;
  }
  finish_message(*x);
  if (sending) fill_outbound(*x, c);

  prepared_call p;
  kernel& k = s.k;
  auto* raw = x.get();
  const auto data = [raw] { return static_cast<void*>(raw->parts[0].data()); };
  const auto size = [raw] { return raw->parts[0].size(); };
  const auto name = reinterpret_cast<sockaddr*>(&x->name);
  if (n == "read")
    p.run = [&k, x, data, size] { return k.read(x->fd, data(), size()); };
  else if (n == "readv")
    p.run = [&k, x] { return k.readv(x->fd, x->iov.data(), static_cast<int>(x->iov.size())); };
  else if (n == "recv")
    p.run = [&k, x, data, size] { return k.recv(x->fd, data(), size(), x->flags); };
  else if (n == "recvfrom")
    p.run = [&k, x, data, size, name] {
      socklen_t l = sizeof x->name;
      return k.recvfrom(x->fd, data(), size(), x->flags, name, &l);
    };
  else if (n == "recvmsg")
    p.run = [&k, x] { return k.recvmsg(x->fd, &x->msg, x->flags); };
  else if (n == "write")
    p.run = [&k, x, data, size] { return k.write(x->fd, data(), size()); };
  else if (n == "writev")
    p.run = [&k, x] { return k.writev(x->fd, x->iov.data(), static_cast<int>(x->iov.size())); };
  else if (n == "send")
    p.run = [&k, x, data, size] { return k.send(x->fd, data(), size(), x->flags); };
  else if (n == "sendto")
    p.run = [&k, x, data, size, name] {
      return k.sendto(x->fd, data(), size(), x->flags, x->namelen ? name : nullptr, x->namelen);
    };
  else
    p.run = [&k, x] { return k.sendmsg(x->fd, &x->msg, x->flags); };

  p.check = [x, &c, sending](s64 v, int) {
    if (sending) {
      note_written(*x, v);
      return std::string();
    }
    if (std::string e = check_read(*x, v); !e.empty()) return e;
    return c.name == "recvmsg" && v >= 0 ? check_message(*x, c.args[1]) : std::string();
  };
  return p;
}

}  // namespace linnet::packetdrill
