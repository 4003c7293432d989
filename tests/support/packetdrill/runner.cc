// One event after the other. What an event does to the stack happens at its time; what the stack does is waited for,
// and its time compared.
#include "tests/support/packetdrill/runner.hh"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/support/packetdrill/calls.hh"
#include "tests/support/packetdrill/code.hh"
#include "wire/tcp.hh"

namespace linnet::packetdrill {
namespace {

std::string seconds(s64 us) {
  char b[40];
  std::snprintf(b, sizeof b, "%lld.%06lld", static_cast<long long>(us / 1000000),
                static_cast<long long>(us % 1000000));
  return b;
}

// TCP_INFO by name, as far as both the header here and the kernel have it.
std::optional<s64> info_field(const tcp_info& i, std::string_view name) {
  struct field {
    const char* name;
    s64 (*get)(const tcp_info&);
  };
#define FIELD(x) {#x, [](const tcp_info& t) { return static_cast<s64>(t.x); }}
  static constexpr field fields[] = {FIELD(tcpi_state),
                                     FIELD(tcpi_ca_state),
                                     FIELD(tcpi_retransmits),
                                     FIELD(tcpi_probes),
                                     FIELD(tcpi_backoff),
                                     FIELD(tcpi_options),
                                     FIELD(tcpi_snd_wscale),
                                     FIELD(tcpi_rcv_wscale),
                                     FIELD(tcpi_delivery_rate_app_limited),
                                     FIELD(tcpi_fastopen_client_fail),
                                     FIELD(tcpi_rto),
                                     FIELD(tcpi_ato),
                                     FIELD(tcpi_snd_mss),
                                     FIELD(tcpi_rcv_mss),
                                     FIELD(tcpi_unacked),
                                     FIELD(tcpi_sacked),
                                     FIELD(tcpi_lost),
                                     FIELD(tcpi_retrans),
                                     FIELD(tcpi_fackets),
                                     FIELD(tcpi_last_data_sent),
                                     FIELD(tcpi_last_ack_sent),
                                     FIELD(tcpi_last_data_recv),
                                     FIELD(tcpi_last_ack_recv),
                                     FIELD(tcpi_pmtu),
                                     FIELD(tcpi_rcv_ssthresh),
                                     FIELD(tcpi_rtt),
                                     FIELD(tcpi_rttvar),
                                     FIELD(tcpi_snd_ssthresh),
                                     FIELD(tcpi_snd_cwnd),
                                     FIELD(tcpi_advmss),
                                     FIELD(tcpi_reordering),
                                     FIELD(tcpi_rcv_rtt),
                                     FIELD(tcpi_rcv_space),
                                     FIELD(tcpi_total_retrans),
                                     FIELD(tcpi_pacing_rate),
                                     FIELD(tcpi_max_pacing_rate),
                                     FIELD(tcpi_bytes_acked),
                                     FIELD(tcpi_bytes_received),
                                     FIELD(tcpi_segs_out),
                                     FIELD(tcpi_segs_in),
                                     FIELD(tcpi_notsent_bytes),
                                     FIELD(tcpi_min_rtt),
                                     FIELD(tcpi_data_segs_in),
                                     FIELD(tcpi_data_segs_out),
                                     FIELD(tcpi_delivery_rate),
                                     FIELD(tcpi_busy_time),
                                     FIELD(tcpi_rwnd_limited),
                                     FIELD(tcpi_sndbuf_limited),
                                     FIELD(tcpi_delivered),
                                     FIELD(tcpi_delivered_ce),
                                     FIELD(tcpi_bytes_sent),
                                     FIELD(tcpi_bytes_retrans),
                                     FIELD(tcpi_dsack_dups),
                                     FIELD(tcpi_reord_seen),
                                     FIELD(tcpi_rcv_ooopack),
                                     FIELD(tcpi_snd_wnd)};
#undef FIELD
  for (const field& f : fields)
    if (name == f.name) return f.get(i);
  return {};
}

class runner {
 public:
  runner(const script& s, kernel& k, const addresses& a, const run_options& o)
      : script_(s), k_(k), options_(o), state_(k, a) {}

  void run() {
    if (script_.init) command(*script_.init, script_.init_line);
    read_ports();
    start_ = k_.now();
    for (const event& e : script_.events) {
      event_ = &e;
      place(e);
      if (options_.verbose) std::printf("%s:%d\n", script_.file.c_str(), e.line);
      std::visit([&](const auto& action) { act(action); }, e.action);
    }
    finish_sleeping();
    if (script_.cleanup) command(*script_.cleanup, script_.cleanup_line);
  }

  // An event's packets are those that come before the next event; what comes within `at_once` comes of it.
  std::string record(std::string_view text) {
    const std::vector<std::string> lines = lines_of(text);
    if (script_.init) command(*script_.init, script_.init_line);
    read_ports();
    start_ = k_.now();
    std::string r;
    size_t next_line = 0;
    s64 written = 0;
    for (size_t i = 0; i < script_.events.size(); ++i) {
      const event& e = script_.events[i];
      event_ = &e;
      place(e);
      const auto at = static_cast<size_t>(e.line - 1);
      for (; next_line < at; ++next_line) r += lines[next_line] + "\n";
      std::string remark;
      try {
        std::visit([&](const auto& action) { act(action); }, e.action);
      } catch (const script_error& error) {
        remark = std::string("  // ") + error.what();
        last_ = from_;
      }
      const std::string& line = lines[next_line++];
      r += stamp(from_ - written) + " " +
           line.substr(line.find_first_not_of(" \t+0123456789.~*", 0)) + remark + "\n";
      if (const auto* c = std::get_if<syscall_spec>(&e.action); c && c->ends)
        r += "  // the line above begins with its times\n";
      written = from_;
      const event* next = i + 1 < script_.events.size() ? &script_.events[i + 1] : nullptr;
      const s64 pause = !next || next->when != timing::relative ? 0 : next->time;
      packets_until(
          std::max(start_ + last_, k_.now()) + std::max<s64>(pause - 5000, 0) + k_.settling_time(),
          written, r);
    }
    for (; next_line < lines.size(); ++next_line) r += lines[next_line] + "\n";
    return r;
  }

 private:
  static constexpr s64 at_once = 25000;

  static std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> r;
    while (!text.empty()) {
      const size_t n = text.find('\n');
      r.emplace_back(text.substr(0, n));
      text.remove_prefix(n == text.npos ? text.size() : n + 1);
    }
    return r;
  }
  static std::string stamp(s64 us) {
    char b[32];
    std::snprintf(b, sizeof b, "+%.3f", static_cast<double>(us) / 1e6);
    std::string s = b;
    while (s.back() == '0') s.pop_back();
    if (s.back() == '.') s.pop_back();
    if (s.starts_with("+0.")) s.erase(1, 1);
    if (s == "+") s = "+0";
    return std::string(s.size() < 6 ? 6 - s.size() : 0, ' ') + s;
  }
  void packets_until(s64 until, s64& written, std::string& out) {
    while (auto c = k_.next_packet(until)) {
      const auto live = decode(c->bytes);
      flow* f = live ? owner(*live) : nullptr;
      if (!f) continue;
      if (live->flags & TCPHDR_SYN && f->expects_syn) {
        f->local_base = live->seq;
        f->expects_syn = false;
      }
      f->local_port = live->source;
      f->remote_port = live->dest;
      if (f->stamps.empty())
        for (const tcp_option& o : live->options)
          if (o.kind == TCPOPT_TIMESTAMP) f->stamps.emplace(1000, o.values[0]);
      s64 at = c->time - start_;
      if (at - written < (k_.settling_time() ? at_once : 0)) at = written;
      out += stamp(at - written) + " > " + describe(f->to_script(*live)) + "\n";
      written = at;
    }
  }

  using timing = event::timing;

  [[noreturn]] void fail(int line, const std::string& what) const {
    throw script_error(script_.file + ":" + std::to_string(line) + ": " + what);
  }
  [[noreturn]] void fail(const std::string& what) const { fail(event_->line, what); }

  // The event's times, absolute in the script.
  void place(const event& e) {
    const bool relative = e.when == timing::relative || e.when == timing::relative_range;
    base_ = relative ? last_ : 0;
    from_ = base_ + e.time;
    to_ = base_ + e.time_end;
  }
  s64 script_time() { return k_.now() - start_; }

  // Waits for the moment of an event that the script itself makes happen.
  void wait() {
    if (event_->when == timing::any) from_ = to_ = script_time();
    k_.sleep_until(start_ + from_);
    const s64 late = script_time() - to_;
    if (late > options_.tolerance && event_->when != timing::any)
      fail("timing error: the event should be at " + seconds(to_) + " sec, and it is " +
           seconds(to_ + late));
    last_ = event_->when == timing::absolute || event_->when == timing::relative ? from_
                                                                                 : script_time();
  }

  void check_time(s64 actual, const char* what) {
    if (event_->when == timing::any) {
      last_ = actual;
      return;
    }
    const bool range =
        event_->when == timing::absolute_range || event_->when == timing::relative_range;
    if (actual < from_ - options_.tolerance || actual > to_ + options_.tolerance)
      fail(std::string("timing error: expected ") + what + " at " + seconds(from_) +
           (range ? "~" + seconds(to_) : "") + " sec but happened at " + seconds(actual) +
           " sec; tolerance " + seconds(options_.tolerance) + " sec");
    last_ = range ? actual : from_;
  }

  // ---- packets

  void act(const packet_spec& p) {
    if (p.inbound)
      inbound(p);
    else
      outbound(p);
  }

  void inbound(const packet_spec& p) {
    wait();
    flow& f = flow_for(p);
    if (p.proto == protocol::tcp && p.flags & TCPHDR_SYN && !(p.flags & TCPHDR_ACK))
      f.expects_syn = true;
    if (p.urg_ptr || p.flags & TCPHDR_URG) f.urgent = true;
    f.begun = true;
    packet_fields wire = f.to_wire(p);
    if (p.flags & TCPHDR_SYN)  // data behind a SYN has its place behind the SYN
      for (u32 i = 0; i < p.length; ++i) wire.payload[i] = inbound_byte(p.seq + 1 + i);
    k_.inject(encode(wire));
  }

  // The connection an inbound packet is of: by its ports, else the one that the script is about.
  flow& flow_for(const packet_spec& p) {
    if (p.source || p.dest) {
      const u16 remote = p.source.value_or(0), local = p.dest.value_or(0);
      for (flow& f : state_.flows)
        if (f.remote_port == remote && (f.local_port == local || !f.local_port))
          return *(state_.current = &f);
      flow& f = state_.new_flow(local, remote);
      f.udp = p.proto == protocol::udp;
      return f;
    }
    const bool syn =
        p.proto == protocol::tcp && (p.flags & (TCPHDR_SYN | TCPHDR_ACK)) == TCPHDR_SYN;
    if (!state_.current || (syn && state_.listening)) {
      flow& f = state_.new_flow(state_.bind_port, state_.next_remote_port++);
      f.udp = p.proto == protocol::udp;
      state_.listening = false;
    }
    return *state_.current;
  }

  void outbound(const packet_spec& p) {
    const s64 until =
        event_->when == timing::any ? k_.now() + 100'000'000 : start_ + to_ + options_.tolerance;
    std::optional<captured> c;
    std::optional<packet_fields> live;
    flow* f = nullptr;
    while (!f) {
      c = k_.next_packet(until);
      if (!c)
        fail("timing error: expected outbound packet at " +
             (event_->when == timing::any ? "any time" : seconds(to_) + " sec") +
             " but there is none\nscript packet: " + describe_spec(p));
      live = decode(c->bytes);
      if (live) f = owner(*live);
      if (live && live->saddr == state_.a.local && live->daddr == state_.a.remote && !f)
        mismatch(p, *live, c->time - start_, "live packet belongs to no connection of the script");
    }
    if (const std::string e = f->match(p, *live, options_.stamp_tick, options_.tolerance);
        !e.empty())
      mismatch(p, f->to_script(*live), c->time - start_, e);
    f->begun = true;
    check_time_of(p, *live, *f, c->time - start_);
  }
  void check_time_of(const packet_spec& p, const packet_fields& live, const flow& f, s64 at) {
    try {
      check_time(at, "outbound packet");
    } catch (const script_error& e) {
      throw script_error(std::string(e.what()) + pair_of(p, f.to_script(live), at));
    }
  }

  flow* owner(const packet_fields& live) {
    if (state_.current && state_.current->owns(live)) return state_.current;
    for (flow& f : state_.flows)
      if (f.owns(live)) return &f;
    return nullptr;
  }

  std::string describe_spec(const packet_spec& p) const {
    flow none;
    packet_fields f = none.to_wire(p);
    f.source = f.dest = 0;
    std::string r = describe(f);
    if (p.any_options) r += " <...>";
    return r;
  }
  std::string pair_of(const packet_spec& p, const packet_fields& live, s64 at) const {
    return "\nscript packet: " + seconds(from_) + " " + describe_spec(p) +
           "\nactual packet: " + seconds(at) + " " + describe(live);
  }
  [[noreturn]] void mismatch(const packet_spec& p, const packet_fields& live, s64 at,
                             const std::string& what) const {
    fail("error handling packet: " + what + pair_of(p, live, at));
  }

  // ---- system calls

  void act(const syscall_spec& c) {
    finish_sleeping();
    wait();
    prepared_call p;
    try {
      p = prepare(state_, c);
    } catch (const script_error& e) {
      fail(e.what());
    }
    if (c.ends) {
      sleeping_ = {event_, base_ + *c.ends, std::move(p), &c};
      k_.start(sleeping_.call.run);
      return;
    }
    const auto done = k_.run(p.run);
    if (!done) fail("system call " + c.name + " does not return");
    judge(c, p, *done, event_->line);
  }

  // The call that sleeps beside the script ends at its time, before anything else calls.
  void finish_sleeping() {
    if (!sleeping_.at) return;
    const sleeper s = std::move(sleeping_);
    sleeping_ = {};
    const auto done = k_.finish(start_ + s.ends + options_.tolerance);
    if (!done)
      fail(s.at->line, "timing error: the system call should have returned at " + seconds(s.ends) +
                           " sec, and it sleeps");
    const s64 at = done->time - start_;
    judge(*s.spec, s.call, *done, s.at->line);
    if (std::abs(at - s.ends) > options_.tolerance)
      fail(s.at->line, "timing error: expected the system call to return at " + seconds(s.ends) +
                           " sec but it returned at " + seconds(at) + " sec");
  }

  void judge(const syscall_spec& c, const prepared_call& p, const outcome& o, int line) {
    const bool any = c.result.is(expr::kind::ellipsis);
    std::string wrong;
    try {
      const s64 want = any ? o.value : integer_of(c.result);
      const bool makes_fd =
          (c.name == "socket" || c.name == "accept" || c.name == "epoll_create") && want >= 0;
      if (makes_fd ? o.value < 0 : o.value != want)
        wrong = "expected return value " + std::to_string(want) + ", actual " +
                std::to_string(o.value) + (o.value < 0 ? " " + errno_name(o.error) : "");
      else if (o.value < 0 && !c.error.empty() && symbol(c.error) != o.error)
        wrong = "expected " + c.error + ", actual " + errno_name(o.error);
      const std::string e = p.check(o.value, o.error);
      if (wrong.empty()) wrong = e;
    } catch (const script_error& e) {
      wrong = e.what();
    }
    if (!wrong.empty()) fail(line, "runtime error in " + c.name + " call: " + wrong);
  }

  // ---- commands and code

  void act(const command_spec& c) {
    finish_sleeping();
    wait();
    command(c, event_->line);
  }
  void command(const command_spec& c, int line) {
    try {
      k_.command(c.text);
    } catch (const script_error& e) {
      fail(line, std::string("error executing command: ") + e.what());
    }
  }

  void act(const code_spec& c) {
    finish_sleeping();
    wait();
    tcp_info info{};
    socklen_t n = sizeof info;
    const bool have = state_.tested_fd >= 0 &&
                      k_.getsockopt(state_.tested_fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0;
    scope_.lookup = [&](std::string_view name) -> std::optional<s64> {
      if (have)
        if (const auto v = info_field(info, name)) return v;
      return symbol(name);
    };
    try {
      run_code(c.text, scope_);
    } catch (const script_error& e) {
      fail(e.what());
    }
    if (options_.verbose) std::fputs(scope_.printed.c_str(), stdout);
    scope_.printed.clear();
  }

  void read_ports() {
    for (auto& [name, value] : script_.options) {
      const u16 port = static_cast<u16>(std::strtoul(value.c_str(), nullptr, 10));
      if (name == "bind_port") state_.bind_port = port;
      if (name == "connect_port") state_.connect_port = port;
    }
  }

  const script& script_;
  kernel& k_;
  const run_options& options_;
  state state_;
  const event* event_ = nullptr;
  s64 start_ = 0, last_ = 0, base_ = 0, from_ = 0, to_ = 0;
  struct sleeper {
    const event* at = nullptr;
    s64 ends = 0;
    prepared_call call{};
    const syscall_spec* spec = nullptr;
  } sleeping_;
  code_scope scope_;
};

}  // namespace

std::string record_script(const script& s, std::string_view text, kernel& k, const addresses& a) {
  const run_options lenient{.tolerance = 60'000'000};
  return runner(s, k, a, lenient).record(text);
}

void apply_options(const script& s, run_options& o, addresses& a) {
  for (auto& [name, value] : s.options) {
    const s64 n = std::strtoll(value.c_str(), nullptr, 10);
    const auto address = [&] { return be32::from_raw(inet_addr(value.c_str())); };
    if (name == "tolerance_usecs")
      o.tolerance = std::max(o.tolerance, n);
    else if (name == "tcp_ts_tick_usecs")
      o.stamp_tick = n;
    else if (name == "local_ip")
      a.local = address();
    else if (name == "remote_ip")
      a.remote = address();
    else if (name == "mtu")
      a.mtu = static_cast<u32>(n);
    else if (name == "ip_version" && value != "ipv4")
      throw script_error(s.file + ": only IPv4 is known here");
  }
}

void run_script(const script& s, kernel& k, const addresses& a, const run_options& o) {
  runner(s, k, a, o).run();
}

}  // namespace linnet::packetdrill
