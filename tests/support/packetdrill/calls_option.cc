// Options of sockets and descriptors.
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include <cstring>
#include <memory>

#include "tests/support/packetdrill/calls.hh"

namespace linnet::packetdrill {
namespace {

using buffer = std::vector<std::byte>;

template <class T>
buffer bytes_of(const T& v) {
  const auto* p = reinterpret_cast<const std::byte*>(&v);
  return {p, p + sizeof v};
}

// What stands for an option's value: [1], "cubic", {onoff=1, linger=0}, {tv_sec=1, tv_usec=0}, [1,2,3,4] as bytes of a
// given length. `length` is what the call says it is.
buffer value_of(const expr& e, size_t length) {
  if (e.is(expr::kind::string))
    return buffer(reinterpret_cast<const std::byte*>(e.text.data()),
                  reinterpret_cast<const std::byte*>(e.text.data()) + e.text.size());
  if (e.is(expr::kind::record)) {
    const auto get = [&](const char* n) {
      return static_cast<int>(e.field(n) ? integer_of(*e.field(n)) : 0);
    };
    if (e.field("onoff")) return bytes_of(::linger{get("onoff"), get("linger")});
    if (e.field("tv_sec")) return bytes_of(timeval{get("tv_sec"), get("tv_usec")});
    bad_argument("a structure that is not known here");
  }
  if (e.is(expr::kind::list) && e.items.size() != 1) {
    buffer b;
    for (const expr& i : e.items) {
      const buffer one = bytes_of(static_cast<int>(integer_of(i)));
      b.insert(b.end(), one.begin(), one.end());
    }
    return b;
  }
  const expr& inner = e.is(expr::kind::list) ? e.items[0] : e;
  if (inner.is(expr::kind::string) || inner.is(expr::kind::record)) return value_of(inner, length);
  const s64 v = integer_of(inner);
  if (length == 1) return bytes_of(static_cast<u8>(v));
  if (length == 8) return bytes_of(v);
  return bytes_of(static_cast<int>(v));
}

std::string as_numbers(const buffer& b) {
  std::string r;
  for (size_t i = 0; i + 4 <= b.size(); i += 4) {
    int v = 0;
    std::memcpy(&v, b.data() + i, 4);
    r += (r.empty() ? "" : ", ") + std::to_string(v);
  }
  if (r.empty() && !b.empty()) r = std::to_string(std::to_integer<int>(b[0]));
  return "[" + r + "]";
}

prepared_call set_option(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, c.args[0]), level = static_cast<int>(integer_of(c.args[1])),
            name = static_cast<int>(integer_of(c.args[2]));
  const auto length = static_cast<socklen_t>(integer_of(c.args[4]));
  auto value = std::make_shared<buffer>(value_of(c.args[3], length));
  if (length < 4096 && value->size() < length) value->resize(length);
  return {[&s, fd, level, name, value, length] {
            return s.k.setsockopt(fd, level, name, value->data(), length);
          },
          [](s64, int) { return std::string(); }};
}

prepared_call get_option(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, c.args[0]), level = static_cast<int>(integer_of(c.args[1])),
            name = static_cast<int>(integer_of(c.args[2]));
  const s64 room = integer_of(c.args[4]);
  if (room < 0 || room > 65536) bad_argument("a length out of range");
  const auto got = std::make_shared<buffer>(static_cast<size_t>(room) + 16);
  const auto length = std::make_shared<socklen_t>(static_cast<socklen_t>(room));
  return {[&s, fd, level, name, got, length] {
            return s.k.getsockopt(fd, level, name, got->data(), length.get());
          },
          [&c, got, length, level, name](s64 v, int) -> std::string {
            if (v < 0 || c.args[3].is(expr::kind::ellipsis)) return {};
            got->resize(std::min<size_t>(*length, got->size()));
            buffer want = value_of(c.args[3], *length);
            if (c.args[3].is(expr::kind::string)) {  // a name, with zeros behind it
              const std::string text(
                  reinterpret_cast<const char*>(got->data()),
                  strnlen(reinterpret_cast<const char*>(got->data()), got->size()));
              return text == c.args[3].text
                         ? ""
                         : "expected \"" + c.args[3].text + "\", actual \"" + text + "\"";
            }
            if (want == *got) return {};
            return "bad value of option " + std::to_string(level) + "/" + std::to_string(name) +
                   ": expected " + as_numbers(want) + ", actual " + as_numbers(*got);
          }};
}

prepared_call control(state& s, const syscall_spec& c) {
  const int fd = fd_of(s, c.args[0]);
  const auto cmd = static_cast<unsigned long>(integer_of(c.args[1]));
  const auto v = std::make_shared<int>(0);
  const bool given = c.args.size() > 2 && !c.args[2].is(expr::kind::ellipsis);
  if (given && cmd == FIONBIO) *v = static_cast<int>(integer_of(c.args[2]));
  return {[&s, fd, cmd, v] { return s.k.ioctl(fd, cmd, v.get()); },
          [&c, v, given, cmd](s64 r, int) -> std::string {
            if (r < 0 || !given || cmd == FIONBIO || integer_of(c.args[2]) == *v) return {};
            return "expected [" + std::to_string(integer_of(c.args[2])) + "], actual [" +
                   std::to_string(*v) + "]";
          }};
}

}  // namespace

prepared_call prepare_option(state& s, const syscall_spec& c) {
  const size_t least = c.name == "close"                                  ? 1
                       : c.name == "getsockopt" || c.name == "setsockopt" ? 5
                                                                          : 2;
  if (c.args.size() < least) bad_argument(c.name + " takes more arguments");
  if (c.name == "setsockopt") return set_option(s, c);
  if (c.name == "getsockopt") return get_option(s, c);
  if (c.name == "ioctl") return control(s, c);
  const int fd = fd_of(s, c.args[0]);
  const auto fine = [](s64, int) { return std::string(); };
  if (c.name == "shutdown") {
    const int how = static_cast<int>(integer_of(c.args[1]));
    return {[&s, fd, how] { return s.k.shutdown(fd, how); }, fine};
  }
  if (c.name == "fcntl") {
    const int cmd = static_cast<int>(integer_of(c.args[1]));
    const long arg = c.args.size() > 2 ? integer_of(c.args[2]) : 0;
    return {[&s, fd, cmd, arg] { return s.k.fcntl(fd, cmd, arg); }, fine};
  }
  return {[&s, fd] { return s.k.close(fd); },
          [&s, &c, fd](s64 v, int) {
            if (v == 0) {
              s.fds.erase(static_cast<int>(integer_of(c.args[0])));
              s.flow_of.erase(fd);
            }
            return std::string();
          }};
}

}  // namespace linnet::packetdrill
