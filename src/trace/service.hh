// Tracing as a running world has it: the recorder, the control socket that answers from it, and what is written to
// files as it happens. Everything is optional; made before the world runs, and gone before its event loop is.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "trace/control.hh"
#include "trace/pcapng.hh"

namespace linnet {

struct trace_options {
  u32 records = path_recorder::default_capacity;  // 0: no recording, so that nothing can be asked
  std::string directory;                          // where the control socket goes; empty: none
  std::string events_file;                        // NDJSON, one line per step; empty: none
  std::string pcap_file;                          // empty: none
};

class trace_service {
 public:
  // The error names the file and what is wrong with it.
  static std::expected<std::unique_ptr<trace_service>, std::string> start(world&, event_loop&,
                                                                          const trace_options&);
  ~trace_service();
  trace_service(const trace_service&) = delete;
  trace_service& operator=(const trace_service&) = delete;

 private:
  trace_service(world& w, const trace_options& o);
  void flush();
  void write_events();

  path_recorder rec_;
  namespace_names names_;
  std::unique_ptr<pcapng_writer> pcap_;
  std::unique_ptr<FILE, int (*)(FILE*)> events_{nullptr, nullptr};
  u64 written_ = 1;
  std::unique_ptr<control_server> control_;
};

}  // namespace linnet
