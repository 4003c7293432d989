// Connections: read until the end, answer, write until the end.
#include "trace/control.hh"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace linnet {
namespace {

constexpr size_t most_words = 64 * 1024;         // bytes of a request
constexpr size_t most_unread = 4 * 1024 * 1024;  // bytes that a live trace may fall behind
constexpr size_t most_clients = 32;

std::vector<std::string> words_of(const std::string& request) {
  std::vector<std::string> words;
  size_t at = 0;
  for (size_t end; (end = request.find('\0', at)) != request.npos; at = end + 1)
    words.push_back(request.substr(at, end - at));
  return words;
}

}  // namespace

struct control_server::client {
  int fd;
  std::string request, out;
  std::optional<trace_stream> live;
  bool answered = false;
};

result<std::unique_ptr<control_server>> control_server::listen(const query_context& q,
                                                               event_loop& loop,
                                                               const std::string& path) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  if (path.size() >= sizeof a.sun_path) return err(ENAMETOOLONG, "the control socket's path");
  std::memcpy(a.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return err(errno, "cannot make the control socket");
  std::unique_ptr<control_server> server(new control_server(q, loop, fd));
  if (bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0 || chmod(path.c_str(), 0600) != 0 ||
      ::listen(fd, 16) != 0)
    return err(errno, "cannot listen on the control socket");
  loop.watch(fd, EPOLLIN, [s = server.get()](u32) { s->on_connection(); });
  return server;
}

control_server::control_server(const query_context& q, event_loop& l, int fd)
    : q_(q), loop_(l), fd_(fd) {}

control_server::~control_server() {
  flush();
  while (!clients_.empty()) drop(clients_.front());
  loop_.unwatch(fd_);
  close(fd_);
}

void control_server::on_connection() {
  const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  // The directory's mode keeps others out already; this holds should it be changed.
  ucred peer{};
  socklen_t len = sizeof peer;
  const bool known = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0;
  if (!known || (peer.uid != geteuid() && peer.uid != 0) || clients_.size() >= most_clients) {
    close(fd);
    return;
  }
  client& c = clients_.emplace_back(client{.fd = fd, .request = {}, .out = {}, .live = {}});
  loop_.watch(fd, EPOLLIN, [this, &c](u32 events) { on_client(c, events); });
}

void control_server::on_client(client& c, u32 events) {
  if (events & EPOLLOUT) return send_out(c);
  if (c.answered) return drop(c);  // a live trace's reader went
  char buffer[4096];
  const ssize_t n = read(c.fd, buffer, sizeof buffer);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0 || c.request.size() > most_words) return drop(c);
  if (n > 0) {
    c.request.append(buffer, static_cast<size_t>(n));
    return;
  }
  answer(c);
}

void control_server::answer(client& c) {
  auto words = words_of(c.request);
  query_reply r{.status = 2, .text = "linnet: the world does not know this question\n"};
  if (!words.empty()) {
    const std::string verb = words[0];
    words.erase(words.begin());
    if (verb == "why") r = why_query(q_, words);
    if (verb == "drops") r = drops_query(q_, words);
    if (verb == "trace") {
      auto live = trace_stream::open(q_, words);
      r = live ? query_reply{} : query_reply{2, "linnet trace: " + live.error() + '\n'};
      if (live) c.live = std::move(*live);
    }
  }
  c.answered = true;
  c.out = static_cast<char>('0' + r.status) + r.text;
  send_out(c);
}

// Ends the connection once everything is out, unless a live trace goes on.
void control_server::send_out(client& c) {
  while (!c.out.empty()) {
    const ssize_t n = send(c.fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      loop_.watch(c.fd, EPOLLOUT, [this, &c](u32 events) { on_client(c, events); });
      return;
    }
    if (n < 0) return drop(c);
    c.out.erase(0, static_cast<size_t>(n));
  }
  if (!c.live) return drop(c);
  // Only its end is of interest now; both of its directions are, for it shut one down already.
  loop_.watch(c.fd, 0, [this, &c](u32 events) { on_client(c, events); });
}

void control_server::drop(client& c) {
  loop_.unwatch(c.fd);
  close(c.fd);
  clients_.remove_if([&](const client& x) { return &x == &c; });
}

void control_server::flush() {
  for (auto it = clients_.begin(); it != clients_.end();) {
    client& c = *it++;
    if (!c.live || c.out.size() > most_unread) continue;
    const bool idle = c.out.empty();
    const bool more = c.live->read(q_, c.out);
    if (!more) c.live.reset();
    if (idle && (!c.out.empty() || !more)) send_out(c);
  }
}

}  // namespace linnet
