// linnet run: a fresh world with one namespace and `lo`, and a command in it.
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hh"
#include "guest/session.hh"
#include "trace/service.hh"
#include "world/attach.hh"
#include "world/boot.hh"
#include "world/loop.hh"

namespace linnet {
namespace {

constexpr char usage[] =
    "Usage: linnet run [OPTION]... [--] CMD [ARGUMENT]...\n"
    "\n"
    "Runs CMD in a fresh world with one network namespace that has `lo`, down. CMD and its "
    "descendants\n"
    "are root over the world's networking and no more than you are over everything else: ip, ip "
    "netns,\n"
    "ping, sysctl, tcpdump work as on Linux. The world ends with the last of them; the exit status "
    "is CMD's.\n"
    "\n"
    "Options:\n"
    "  --attach DEV=tap:NAME  a device DEV in the world that is the other end of the host's TAP "
    "device NAME\n"
    "                         (needs /dev/net/tun and the right to use NAME; see `linnet doctor`)\n"
    "  --front=trap           let all calls of guests be trapped; by default programs that are "
    "linked dynamically\n"
    "                         hand messages over in shared memory, by a library in their "
    "LD_PRELOAD\n"
    "  --pcap FILE            write all frames of all devices to FILE, as pcapng with drop "
    "reasons\n"
    "  --trace FILE           write each step of each packet to FILE, as a line of JSON\n"
    "  --record N             keep the last N steps for `linnet why` (default: 65536; 0: none)\n"
    "  --seed N               start the world's random numbers from N (default: from the host)\n"
    "  -h, --help             this text\n"
    "\n"
    "Exit status: CMD's; 127 when CMD is not found, 126 when it cannot be executed, 125 when "
    "Linnet fails.\n"
    "Environment: LINNET_QUIET, when set, silences the notes on what is not supported.\n";

constexpr int failed = 125;

struct attachment {
  std::string device, tap;
};

struct run_options {
  std::vector<attachment> attach;
  u64 seed = 0;
  trace_options trace;
  front_kind front = front_kind::shared;
  char* const* command = nullptr;
};

int misuse(const char* what, std::string_view which) {
  fprintf(stderr, "linnet run: %s '%.*s'; `linnet run --help` shows the options\n", what,
          static_cast<int>(which.size()), which.data());
  return 2;
}

std::optional<attachment> parse_attachment(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) return std::nullopt;
  const std::string_view host = text.substr(equals + 1);
  if (!host.starts_with("tap:") || host.size() == 4) return std::nullopt;
  return attachment{std::string(text.substr(0, equals)), std::string(host.substr(4))};
}

bool parse_number(std::string_view text, u64& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc() && end == text.data() + text.size();
}

// "--name=value" and "--name value"; moves `i` to the last argument used.
bool option_value(arguments args, size_t& i, std::string_view name, std::string_view& value) {
  const std::string_view arg = args[i];
  if (arg.starts_with(name) && arg.size() > name.size() && arg[name.size()] == '=') {
    value = arg.substr(name.size() + 1);
    return true;
  }
  if (arg != name || i + 1 >= args.size()) return false;
  value = args[++i];
  return true;
}

// The exit status when there is nothing to run.
std::optional<int> parse(arguments args, run_options& out) {
  size_t i = 0;
  for (; i < args.size(); ++i) {
    const std::string_view arg = args[i];
    std::string_view value;
    if (arg == "--") {
      ++i;
      break;
    }
    if (!arg.starts_with('-')) break;
    if (arg == "-h" || arg == "--help") return fputs(usage, stdout), 0;
    if (option_value(args, i, "--seed", value)) {
      if (!parse_number(value, out.seed)) return misuse("--seed takes a number, not", value);
    } else if (option_value(args, i, "--record", value)) {
      u64 n = 0;
      if (!parse_number(value, n) || n > (1u << 26))
        return misuse("--record takes a number up to 67108864, not", value);
      out.trace.records = static_cast<u32>(n);
    } else if (option_value(args, i, "--front", value)) {
      if (value != "trap" && value != "shared")
        return misuse("--front takes 'trap' or 'shared', not", value);
      out.front = value == "trap" ? front_kind::trap : front_kind::shared;
    } else if (option_value(args, i, "--pcap", value)) {
      out.trace.pcap_file = value;
    } else if (option_value(args, i, "--trace", value)) {
      out.trace.events_file = value;
    } else if (option_value(args, i, "--attach", value)) {
      auto a = parse_attachment(value);
      if (!a) return misuse("--attach takes DEV=tap:NAME, not", value);
      out.attach.push_back(std::move(*a));
    } else {
      return misuse("unknown option, or one without its value:", arg);
    }
  }
  if (i >= args.size())
    return fputs("linnet run: no command given; try `linnet run -- bash`\n", stderr), 2;
  out.command = args.data() + i;
  return std::nullopt;
}

bool attach_devices(world& w, event_loop& loop, const run_options& options) {
  for (const attachment& a : options.attach) {
    const status done = attach_tap(w, loop, *w.init_net, a.device, a.tap);
    if (done) continue;
    const char* step = done.error().msg;
    fprintf(stderr,
            "linnet run: cannot attach %s to the TAP device %s: %s%s%s; `linnet doctor` says what "
            "it needs\n",
            a.device.c_str(), a.tap.c_str(), step ? step : "", step ? ": " : "",
            strerror(done.error().code));
    return false;
  }
  return true;
}

int not_executed(const char* command, int error) {
  fprintf(stderr, "linnet run: cannot execute '%s': %s\n", command, strerror(error));
  return error == ENOENT ? 127 : 126;
}

// Ended, everything of the world's is gone again. Nothing when a device could not be attached or a file not be
// written.
result<std::optional<session_result>> run_world(const run_options& options) {
  auto dir = private_dir::create();
  if (!dir) return std::unexpected(dir.error());
  auto w = boot_world({.seed = options.seed});
  event_loop loop(*w);
  trace_options trace = options.trace;
  trace.directory = dir->root();
  const auto tracing = trace_service::start(*w, loop, trace);
  if (!tracing) {
    fprintf(stderr, "linnet run: %s\n", tracing.error().c_str());
    return std::nullopt;
  }
  if (!attach_devices(*w, loop, options)) return std::nullopt;
  setenv(control_variable, dir->root().c_str(), 1);
  return run_session(*w, loop, std::move(*dir), options.front, options.command);
}

}  // namespace

int run_command(arguments args) {
  run_options options;
  if (const auto early = parse(args, options)) return *early;
  const auto ended = run_world(options);
  if (!ended) {
    fprintf(stderr, "linnet run: %s: %s\n", ended.error().msg ? ended.error().msg : "failed",
            strerror(ended.error().code));
    fputs("`linnet doctor` checks what this machine lacks.\n", stderr);
    return failed;
  }
  if (!*ended) return failed;
  if ((*ended)->exec_errno) return not_executed(options.command[0], (*ended)->exec_errno);
  exit_like((*ended)->wait_status);
}

}  // namespace linnet
