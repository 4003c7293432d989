// linnet why, drops, trace: questions to a running world. The world itself answers (trace/query.hh); here it is
// found, asked, and its answer printed.
#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hh"
#include "guest/private_dir.hh"
#include "trace/control.hh"

namespace linnet {
namespace {

#define LINNET_WHICH_WORLD                                                                        \
  "The world is the one that the command runs in, or else the only one of this user that runs;\n" \
  "--world PID names it by the process of its `linnet run`.\n"
#define LINNET_FILTER                                                                          \
  "FILTER: host ADDR, net ADDR/LEN, port N (each also after src or dst), ip, arp, icmp, udp, " \
  "tcp,\n"                                                                                     \
  "dev NAME, node NAMESPACE, drop, reason NAME; not, and, or, parentheses.\n"

constexpr char why_usage[] =
    "Usage: linnet why [OPTION]... [last | PACKET | FILTER]\n"
    "\n"
    "What happened to a packet, step by step: what matched, where it ended and why, the settings "
    "that\n"
    "decided it with their present values, and the commands that would change it. `last` (the "
    "default)\n"
    "is the last packet with trouble; PACKET is a number that `linnet trace` or `drops` showed; "
    "FILTER\n"
    "asks for the last packet with trouble that it lets through.\n"
    "\n"
    "  -v, --verbose  all steps, also those that say nothing by themselves\n"
    "  -j, --json     one JSON object\n"
    "\n" LINNET_FILTER "\n" LINNET_WHICH_WORLD
    "Exit status: 0; 1 when no such packet was recorded; 2 when the question is not understood.\n";
constexpr char drops_usage[] =
    "Usage: linnet drops [OPTION]...\n"
    "\n"
    "How many packets each reason has ended since the world began, with the last of each.\n"
    "\n"
    "  -j, --json     a JSON array\n"
    "\n" LINNET_WHICH_WORLD;
constexpr char trace_usage[] =
    "Usage: linnet trace [OPTION]... [NAMESPACE] [FILTER]\n"
    "\n"
    "The path of packets as it happens, a block for each packet, until interrupted or the world "
    "ends.\n"
    "\n"
    "  -c, --count N  stop after N blocks\n"
    "  -v, --verbose  all steps, also those that say nothing by themselves\n"
    "  -j, --json     a JSON object on a line for each block\n"
    "\n" LINNET_FILTER "\n" LINNET_WHICH_WORLD;

struct world_socket {
  int fd = -1;
  pid_t pid = 0;
};

world_socket connect_to(const std::string& directory) {
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  const std::string path = directory + '/' + control_socket_name;
  if (path.size() >= sizeof a.sun_path) return {};
  std::memcpy(a.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  ucred peer{};
  socklen_t len = sizeof peer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) != 0 ||
      getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
    close(fd);
    return {};
  }
  return {fd, peer.pid};
}

// The worlds of this user that run, each connected.
std::vector<world_socket> running_worlds() {
  std::vector<world_socket> found;
  std::set<pid_t> seen;
  for (const std::string& parent : private_dir::places()) {
    DIR* d = opendir(parent.c_str());
    if (!d) continue;
    while (const dirent* e = readdir(d)) {
      if (!std::string_view(e->d_name).starts_with("linnet-")) continue;
      const world_socket s = connect_to(parent + '/' + e->d_name);
      if (s.fd < 0) continue;
      if (seen.insert(s.pid).second)
        found.push_back(s);
      else
        close(s.fd);
    }
    closedir(d);
  }
  return found;
}

world_socket only_world(const char* verb) {
  if (const char* own = getenv(control_variable)) {
    if (const world_socket s = connect_to(own); s.fd >= 0) return s;
    fprintf(stderr, "linnet %s: this world does not record (`linnet run --record 0`?)\n", verb);
    return {};
  }
  const auto worlds = running_worlds();
  if (worlds.size() == 1) return worlds[0];
  if (worlds.empty()) {
    fprintf(stderr, "linnet %s: no world of yours runs; `linnet run -- bash` starts one\n", verb);
    return {};
  }
  fprintf(stderr, "linnet %s: several worlds of yours run; name one:", verb);
  for (const world_socket& s : worlds) {
    fprintf(stderr, " --world %d", s.pid);
    close(s.fd);
  }
  fputc('\n', stderr);
  return {};
}

world_socket world_by_pid(const char* verb, pid_t pid) {
  world_socket match;
  for (const world_socket& s : running_worlds()) {
    if (s.pid == pid)
      match = s;
    else
      close(s.fd);
  }
  if (match.fd < 0) fprintf(stderr, "linnet %s: no world of yours is process %d\n", verb, pid);
  return match;
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return shutdown(fd, SHUT_WR) == 0;
}

// Prints what comes; the exit status is its first byte.
int print_answer(const char* verb, int fd) {
  int status = -1;
  char buffer[65536];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    std::string_view text(buffer, static_cast<size_t>(n));
    if (status < 0) {
      status = text[0] - '0';
      text.remove_prefix(1);
    }
    FILE* to = status == 0 ? stdout : stderr;
    if (fwrite(text.data(), 1, text.size(), to) != text.size() || fflush(to) != 0) return 1;
  }
  if (status >= 0) return status;
  fprintf(stderr, "linnet %s: the world ended before it answered\n", verb);
  return 1;
}

int ask(const char* verb, const char* usage, arguments args) {
  std::string request = std::string(verb) + '\0';
  pid_t pid = 0;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    if (arg == "-h" || arg == "--help") return fputs(usage, stdout), 0;
    if (arg == "--world") {
      const std::string_view value = i + 1 < args.size() ? args[++i] : "";
      const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), pid);
      if (ec != std::errc() || end != value.data() + value.size() || pid <= 0) {
        fprintf(stderr, "linnet %s: --world takes a process's number, not '%s'\n", verb,
                std::string(value).c_str());
        return 2;
      }
      continue;
    }
    request += arg;
    request += '\0';
  }
  const world_socket s = pid ? world_by_pid(verb, pid) : only_world(verb);
  if (s.fd < 0) return 1;
  const int status = send_all(s.fd, request) ? print_answer(verb, s.fd) : 1;
  close(s.fd);
  return status;
}

}  // namespace

int why_command(arguments args) { return ask("why", why_usage, args); }
int drops_command(arguments args) { return ask("drops", drops_usage, args); }
int trace_command(arguments args) { return ask("trace", trace_usage, args); }

}  // namespace linnet
