// Settings under /proc/sys/net: tables of files that folders register at boot, and directories that repeat a
// table for each device (net.ipv4.conf.*, net.ipv4.neigh.*). A value goes through `ops` to whatever obeys it;
// a file without ops keeps its value in the namespace and nothing obeys it yet, so `ops` is also the list of
// what has an effect. Numbers are read as Linux's proc_dointvec and its kin read them (sysctl_parse.cc). Times
// are kept finer than Linux's: its jiffies are taken to be milliseconds (HZ 1000).
#pragma once

#include <climits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "net/core/net.hh"
#include "net/core/pseudo_files.hh"

namespace linnet {

enum class ctl_kind : u8 {
  integer,  // proc_dointvec, proc_dointvec_minmax
  byte,     // proc_dou8vec_minmax
  uint,     // proc_douintvec_minmax
  ulong,    // proc_doulongvec_minmax
  seconds,  // proc_dointvec_jiffies
  ms,       // proc_dointvec_ms_jiffies
  userhz,   // proc_dointvec_userhz_jiffies: hundredths of a second
  text,     // proc_dostring and files with a format of their own
};

inline constexpr unsigned ctl_max_count = 3;
using ctl_values = std::array<s64, ctl_max_count>;

struct ctl_table;
// One file of one namespace: `object` is what its directory stands for (ctl_dir::find).
struct ctl_at {
  net& ns;
  const ctl_table& table;
  void* object = nullptr;
};

struct ctl_ops {
  void (*get)(const ctl_at&, s64*) = nullptr;
  status (*set)(const ctl_at&, const s64*) = nullptr;  // values are in range; may refuse
  bool plain = false;  // also given what came before a mistake, as a plain vector takes it
  std::string (*show)(const ctl_at&) = nullptr;  // text: without the newline
  status (*store)(const ctl_at&, std::string_view) = nullptr;
};

struct ctl_table {
  const char* name;  // path below net/, or the name of a file in a ctl_dir
  ctl_kind kind = ctl_kind::integer;
  ctl_values initial{};
  s64 min = LLONG_MIN, max = LLONG_MAX;
  const ctl_ops* ops = nullptr;
  u8 count = 1;
  u16 mode = 0644;
  bool init_net_only =
      false;  // Linux has it once for the machine, and shows it in the first namespace
  const char* initial_text = "";
  int id = 0;  // for ops
};

// `tables` must live as long as the world.
void sysctl_register(world&, std::span<const ctl_table> tables);

// A directory with a subdirectory for each instance; several may have one path.
struct ctl_dir {
  std::string path;  // "ipv4/conf"
  std::vector<std::string> (*instances)(net&);
  void* (*find)(net&, std::string_view instance);  // null: none of that name
  std::span<const ctl_table> tables;
};
void sysctl_register_dir(world&, const ctl_dir&);

// The value kept in the namespace for a file without ops, for code that comes to obey it and for ops that add
// a check to it.
ctl_values sysctl_kept(const net&, const ctl_table&);
void sysctl_keep(net&, const ctl_table&, const s64* values);
std::optional<ctl_values> sysctl_values(net&, std::string_view path);

result<std::vector<pseudo_entry>> sysctl_list(net&, std::string_view path);
result<pseudo_entry> sysctl_stat(net&, std::string_view path);
result<std::string> sysctl_read(net&, std::string_view path);
status sysctl_write(net&, std::string_view path, std::string_view value);

// sysctl_parse.cc: fills `values` from text as far as it goes and says what stopped it: EINVAL. `values` holds
// the present ones, and `parsed` how many were replaced.
status sysctl_parse(const ctl_table&, std::string_view text, ctl_values& values, unsigned& parsed);
std::string sysctl_format(const ctl_table&, const ctl_values&);

// Boot: net.core and net.unix (sysctl_net_core.cc).
void sysctl_init(world&);

}  // namespace linnet
