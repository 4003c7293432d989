// Files of /proc/net. Each folder registers those it can fill at boot; a file's content is made when it is
// read. There is nothing in /proc/net that takes a write.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "net/core/net.hh"
#include "net/core/pseudo_files.hh"

namespace linnet {

struct proc_file {
  const char* path;  // below /proc/net: "dev", "stat/rt_cache"
  void (*show)(net&, std::string& out);
  bool init_net_only = false;
};

void proc_register(world&, const proc_file&);

// A directory with a file for each of something that comes and goes.
struct proc_dir {
  const char* path;
  std::vector<std::string> (*names)(net&);
  void (*show)(net&, const std::string& name, std::string& out);
};
void proc_register_dir(world&, const proc_dir&);

// Appends formatted text (seq_printf).
[[gnu::format(printf, 2, 3)]] void seq_printf(std::string& out, const char* format, ...);
// Appends `line` filled up with spaces to `width`, and a newline (seq_pad).
void seq_pad_line(std::string& out, const std::string& line, size_t width);

result<std::vector<pseudo_entry>> proc_net_list(net&, std::string_view path);
result<pseudo_entry> proc_net_stat(net&, std::string_view path);
result<std::string> proc_net_read(net&, std::string_view path);
status proc_net_write(net&, std::string_view path);

// Boot: net/core's own files (net_procfs.cc).
void net_procfs_init(world&);

}  // namespace linnet
