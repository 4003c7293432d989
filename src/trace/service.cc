// Putting the parts together.
#include "trace/service.hh"

#include <cerrno>
#include <cstring>

#include "net/core/world.hh"

namespace linnet {
namespace {

std::string cannot_write(const std::string& file) {
  return "cannot write " + file + ": " + strerror(errno);
}

}  // namespace

trace_service::trace_service(world& w, const trace_options& o)
    : rec_(o.records ? o.records : 2), names_(w) {}

std::expected<std::unique_ptr<trace_service>, std::string> trace_service::start(
    world& w, event_loop& loop, const trace_options& o) {
  std::unique_ptr<trace_service> s(new trace_service(w, o));
  if (!o.pcap_file.empty()) {
    s->pcap_ = pcapng_writer::open(w, o.pcap_file, s->names_);
    if (!s->pcap_) return std::unexpected(cannot_write(o.pcap_file));
    s->rec_.also = s->pcap_.get();
  }
  if (!o.events_file.empty()) {
    s->events_ = {std::fopen(o.events_file.c_str(), "we"), std::fclose};
    if (!s->events_) return std::unexpected(cannot_write(o.events_file));
    s->rec_.on_half = [p = s.get()] { p->write_events(); };
  }
  if (o.records && !o.directory.empty()) {
    auto c = control_server::listen({w, s->rec_, s->names_}, loop,
                                    o.directory + '/' + control_socket_name);
    if (!c) return std::unexpected(std::string(c.error().msg) + ": " + strerror(c.error().code));
    s->control_ = std::move(*c);
  }
  const bool wanted = o.records || s->pcap_ || s->events_;
  if (wanted) {
    s->rec_.attach(w);
    loop.before_wait([p = s.get()] { p->flush(); });
  }
  return s;
}

trace_service::~trace_service() {
  control_.reset();
  rec_.detach();
  flush();
}

void trace_service::flush() {
  if (events_) {
    write_events();
    std::fflush(events_.get());
  }
  if (pcap_) pcap_->flush();
  if (control_) control_->flush();
}

void trace_service::write_events() {
  written_ = std::max(written_, rec_.oldest());
  const node_names names = std::ref(names_);
  for (; written_ < rec_.next(); ++written_) {
    const std::string line = record_json(rec_.at(written_), names) + '\n';
    std::fwrite(line.data(), 1, line.size(), events_.get());
  }
}

}  // namespace linnet
