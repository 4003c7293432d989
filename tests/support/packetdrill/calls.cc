// Sockets and connections; the other calls are in calls_io.cc and calls_events.cc.
#include "tests/support/packetdrill/calls.hh"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>

namespace linnet::packetdrill {
namespace {

const expr& arg(const syscall_spec& c, size_t i) {
  if (i >= c.args.size()) bad_argument(c.name + " takes more arguments");
  return c.args[i];
}

std::string nothing_to_check(s64, int) { return {}; }

// A call that makes a descriptor: the script's number for it is what the script says it returns.
void remember_fd(state& s, const syscall_spec& c, s64 real, int type) {
  if (real < 0) return;
  const int number = c.result.is(expr::kind::ellipsis) ? static_cast<int>(real)
                                                       : static_cast<int>(integer_of(c.result));
  s.fds[number] = static_cast<int>(real);
  s.type_of[static_cast<int>(real)] = type;
}

prepared_call socket_call(state& s, const syscall_spec& c) {
  const int domain =
      arg(c, 0).is(expr::kind::ellipsis) ? AF_INET : static_cast<int>(integer_of(c.args[0]));
  const int type = static_cast<int>(integer_of(arg(c, 1))),
            protocol = static_cast<int>(integer_of(arg(c, 2)));
  return {[&s, domain, type, protocol] { return s.k.socket(domain, type, protocol); },
          [&s, &c, type](s64 v, int) {
            remember_fd(s, c, v, type & 0xf);
            return std::string();
          }};
}

prepared_call bind_call(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, arg(c, 0));
  const sockaddr_in a = address_of(arg(c, 1), make_address(s.a.local, s.bind_port));
  if (c.args[1].is(expr::kind::record)) s.bind_port = ntohs(a.sin_port);
  return {[&s, fd, a] { return s.k.bind(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a); },
          nothing_to_check};
}

prepared_call listen_call(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, arg(c, 0)), backlog = static_cast<int>(integer_of(arg(c, 1)));
  return {[&s, fd, backlog] { return s.k.listen(fd, backlog); },
          [&s, fd](s64 v, int) {
            if (v < 0) return std::string();
            s.listening = true;
            s.tested_fd = fd;
            return std::string();
          }};
}

prepared_call accept_call(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, arg(c, 0));
  const auto from = std::make_shared<sockaddr_in>();
  return {[&s, fd, from] {
            socklen_t n = sizeof *from;
            return s.k.accept(fd, reinterpret_cast<sockaddr*>(from.get()), &n);
          },
          [&s, &c, from](s64 v, int) {
            if (v < 0) return std::string();
            remember_fd(s, c, v, SOCK_STREAM);
            s.tested_fd = static_cast<int>(v);
            for (flow& f : s.flows)
              if (f.remote_port == ntohs(from->sin_port)) s.flow_of[static_cast<int>(v)] = &f;
            return std::string();
          }};
}

prepared_call connect_call(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, arg(c, 0));
  const sockaddr_in to = address_of(arg(c, 1), make_address(s.a.remote, s.connect_port));
  if (to.sin_family == AF_INET && !s.flow_of.contains(fd)) {
    flow& f = s.new_flow(0, ntohs(to.sin_port));
    f.udp = s.type_of[fd] == SOCK_DGRAM;
    s.flow_of[fd] = &f;
    s.listening = false;
  }
  s.tested_fd = fd;
  return {
      [&s, fd, to] { return s.k.connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to); },
      nothing_to_check};
}

prepared_call name_call(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, arg(c, 0));
  const bool peer = c.name == "getpeername";
  const auto got = std::make_shared<sockaddr_in>();
  return {[&s, fd, peer, got] {
            socklen_t n = sizeof *got;
            return s.k.getname(fd, reinterpret_cast<sockaddr*>(got.get()), &n, peer);
          },
          [&c, got](s64 v, int) {
            if (v < 0 || c.args.size() < 2 || !c.args[1].is(expr::kind::record))
              return std::string();
            const sockaddr_in want = address_of(c.args[1], *got);
            return std::memcmp(&want, got.get(), sizeof want) == 0
                       ? std::string()
                       : "another address: " + std::string(inet_ntoa(got->sin_addr)) + " port " +
                             std::to_string(ntohs(got->sin_port));
          }};
}

}  // namespace

void bad_argument(const std::string& what) { throw script_error(what); }

flow& state::new_flow(u16 local_port, u16 remote_port) {
  flow& f = flows.emplace_back();
  f.local = a.local;
  f.remote = a.remote;
  f.local_port = local_port;
  f.remote_port = remote_port;
  current = &f;
  return f;
}

s64 integer_of(const expr& e) {
  switch (e.what) {
    case expr::kind::integer: return e.number;
    case expr::kind::word: {
      const auto v = symbol(e.text);
      if (!v) bad_argument("unknown symbol: '" + e.text + "'");
      return *v;
    }
    case expr::kind::binary: return integer_of(e.items[0]) | integer_of(e.items[1]);
    case expr::kind::list:
      if (e.items.size() == 1) return integer_of(e.items[0]);
      break;
    case expr::kind::call:
      if (e.text == "htons" && e.items.size() == 1)
        return htons(static_cast<u16>(integer_of(e.items[0])));
      if (e.text == "htonl" && e.items.size() == 1)
        return htonl(static_cast<u32>(integer_of(e.items[0])));
      break;
    default: break;
  }
  bad_argument("expected an integer");
}

int fd_of(state& s, const expr& e) {
  const int n = static_cast<int>(integer_of(e));
  const auto it = s.fds.find(n);
  return it == s.fds.end() ? n < 0 ? n : 9999 : it->second;  // one that nothing has opened: EBADF
}

sockaddr_in make_address(be32 addr, u16 port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = addr.raw();
  return a;
}

sockaddr_in address_of(const expr& e, const sockaddr_in& otherwise) {
  if (e.is(expr::kind::ellipsis)) return otherwise;
  if (!e.is(expr::kind::record)) bad_argument("expected an address");
  sockaddr_in a{};
  if (const expr* f = e.field("sa_family")) a.sin_family = static_cast<sa_family_t>(integer_of(*f));
  if (const expr* f = e.field("sin_port")) a.sin_port = static_cast<in_port_t>(integer_of(*f));
  if (const expr* f = e.field("sin_addr")) {
    if (f->is(expr::kind::call) && f->text == "inet_addr" && f->items.size() == 1)
      a.sin_addr.s_addr = inet_addr(f->items[0].text.c_str());
    else
      a.sin_addr.s_addr = htonl(static_cast<u32>(integer_of(*f)));
  }
  return a;
}

prepared_call prepare(state& s, const syscall_spec& c) {
  using maker = prepared_call (*)(state&, const syscall_spec&);
  static const std::map<std::string, maker, std::less<>> makers = {{"socket", socket_call},
                                                                   {"bind", bind_call},
                                                                   {"listen", listen_call},
                                                                   {"accept", accept_call},
                                                                   {"connect", connect_call},
                                                                   {"getsockname", name_call},
                                                                   {"getpeername", name_call},
                                                                   {"read", prepare_io},
                                                                   {"readv", prepare_io},
                                                                   {"recv", prepare_io},
                                                                   {"recvfrom", prepare_io},
                                                                   {"recvmsg", prepare_io},
                                                                   {"write", prepare_io},
                                                                   {"writev", prepare_io},
                                                                   {"send", prepare_io},
                                                                   {"sendto", prepare_io},
                                                                   {"sendmsg", prepare_io},
                                                                   {"close", prepare_option},
                                                                   {"shutdown", prepare_option},
                                                                   {"fcntl", prepare_option},
                                                                   {"ioctl", prepare_option},
                                                                   {"getsockopt", prepare_option},
                                                                   {"setsockopt", prepare_option},
                                                                   {"poll", prepare_events},
                                                                   {"epoll_create", prepare_events},
                                                                   {"epoll_ctl", prepare_events},
                                                                   {"epoll_wait", prepare_events}};
  const auto it = makers.find(c.name);
  if (it == makers.end()) bad_argument("unknown system call: '" + c.name + "'");
  prepared_call p = it->second(s, c);
  if (c.name == "epoll_create") {
    p.check = [&s, &c](s64 v, int) {
      remember_fd(s, c, v, 0);
      return std::string();
    };
  }
  return p;
}

}  // namespace linnet::packetdrill
