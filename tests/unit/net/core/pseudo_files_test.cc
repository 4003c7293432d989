// The files of a namespace as programs see them: content, listings, and what each write answers. Values and
// errno are Linux 6.1's.
#include "net/core/pseudo_files.hh"

#include <sys/stat.h>

#include "net/core/net_device.hh"
#include "tests/unit/net/core/pseudo_test.hh"

namespace linnet::test {
namespace {

using enum pseudo_tree;
constexpr int ok = 0;
using pseudo_files = pseudo_test;

TEST_F(pseudo_files, proc_net_dev_of_a_new_namespace) {
  EXPECT_EQ(read(proc_net, "dev"),
            "Inter-|   Receive                                                |  Transmit\n"
            " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets "
            "errs drop fifo colls "
            "carrier compressed\n"
            "    lo:       0       0    0    0    0     0          0         0        0       0    "
            "0    0    0     0"
            "       0          0\n");
}

TEST_F(pseudo_files, proc_net_takes_no_write_and_tells_places_apart) {
  EXPECT_EQ(write(proc_net, "dev", "x"), EACCES);
  EXPECT_EQ(write(proc_net, "nope", "x"), ENOENT);
  EXPECT_EQ(read(proc_net, "nope"), "ENOENT");
  EXPECT_EQ(read(proc_net, "dev/x"), "ENOTDIR");
  EXPECT_EQ(read(proc_net, ""), "EISDIR");
  EXPECT_EQ(pseudo_list(n, proc_net, "dev").error().code, ENOTDIR);
  // Short names first.
  auto all = pseudo_list(n, proc_net, "");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->at(0).name, "arp");
  EXPECT_EQ(all->at(1).name, "dev");
  EXPECT_EQ(all->at(0).mode, S_IFREG | 0444u);
}

struct sysctl_case {
  const char* path;
  const char* value;
  int answer;
  const char* then;
};

TEST_F(pseudo_files, sysctl_numbers) {
  constexpr sysctl_case cases[] = {
      {"core/somaxconn", "-1", EINVAL, "4096\n"},
      {"core/somaxconn", "0x10\n", ok, "16\n"},
      {"core/somaxconn", "010", ok, "8\n"},
      {"core/somaxconn", "3 4", ok, "3\n"},
      {"core/somaxconn", "7x", EINVAL, "3\n"},
      {"core/somaxconn", "abc", EINVAL, "3\n"},
      {"core/somaxconn", "", ok, "3\n"},
      {"core/somaxconn", " \n", EINVAL, "3\n"},
      {"core/somaxconn", "2147483648", EINVAL, "3\n"},
      {"core/somaxconn", "99999999999999999999", EINVAL, "3\n"},
      {"core/txrehash", "2", EINVAL, "1\n"},
      {"core/rmem_max", "2303", EINVAL, "212992\n"},
      {"core/rmem_max", "2304", ok, "2304\n"},
      {"ipv4/ip_default_ttl", "0", EINVAL, "64\n"},
      {"ipv4/ip_default_ttl", "256", EINVAL, "64\n"},
      {"ipv4/ip_default_ttl", "255", ok, "255\n"},
      {"ipv4/ip_local_port_range", "32768 100", EINVAL, "32768\t60999\n"},
      {"ipv4/ip_local_port_range", "1 60000", EINVAL, "32768\t60999\n"},
      {"ipv4/ip_local_port_range", "2000\t3000\n", ok, "2000\t3000\n"},
      {"ipv4/ip_unprivileged_port_start", "2001", EINVAL, "1024\n"},
      {"ipv4/ip_unprivileged_port_start", "80", ok, "80\n"},
      {"ipv4/ping_group_range", "0 100", ok, "0\t100\n"},
      {"ipv4/ping_group_range", "4294967295", EINVAL, "0\t100\n"},
      {"ipv4/ping_group_range", "5 3", ok, "1\t0\n"},
      {"ipv4/tcp_notsent_lowat", "-1", EINVAL, "4294967295\n"},
      {"ipv4/tcp_rmem", "0", EINVAL, "4096\t131072\t6291456\n"},
      {"ipv4/tcp_rmem", "5 x", EINVAL, "5\t131072\t6291456\n"},
      {"ipv4/tcp_congestion_control", "nosuch", ENOENT, "cubic\n"},
      {"ipv4/tcp_congestion_control", "bbr", ok, "bbr\n"},
      {"ipv4/tcp_congestion_control", "reno\n", ok, "reno\n"},
      {"ipv4/tcp_available_congestion_control", "reno", EACCES, "reno cubic bbr\n"},
      {"ipv4/route/flush", "1", ok, "EACCES"},
      {"ipv4/conf/all/mc_forwarding", "1", EACCES, "0\n"},
      {"ipv4/ipfrag_low_thresh", "4194305", EINVAL, "3145728\n"},
      {"ipv4/ipfrag_time", "2147483647", EINVAL, "30\n"},
      {"ipv4/ip_forward/x", "1", ENOTDIR, "ENOTDIR"},
      {"ipv4/nope", "1", ENOENT, "ENOENT"},
      {"ipv4", "1", EISDIR, "EISDIR"},
  };
  for (const sysctl_case& c : cases) {
    SCOPED_TRACE(std::string(c.path) + " = '" + c.value + "'");
    EXPECT_EQ(write(proc_sys_net, c.path, c.value), c.answer);
    EXPECT_EQ(read(proc_sys_net, c.path), c.then);
  }
}

TEST_F(pseudo_files, sysctl_of_another_namespace_is_its_own_and_lacks_the_machines) {
  net& other = net_create(*w, *w->cpus[0]);
  EXPECT_EQ(write(proc_sys_net, "core/somaxconn", "7"), ok);
  EXPECT_EQ(*pseudo_read(other, proc_sys_net, "core/somaxconn"), "4096\n");
  EXPECT_EQ(pseudo_read(other, proc_sys_net, "core/rmem_max").error().code, ENOENT);
  auto core = pseudo_list(other, proc_sys_net, "core");
  ASSERT_TRUE(core);
  ASSERT_EQ(core->size(), 2u);
  EXPECT_EQ((*core)[0].name, "somaxconn");
  EXPECT_EQ((*core)[1].name, "txrehash");
  auto neigh = pseudo_list(other, proc_sys_net, "ipv4/neigh");
  ASSERT_TRUE(neigh);
  ASSERT_EQ(neigh->size(), 1u);
  EXPECT_EQ((*neigh)[0].name, "lo");
  auto conf = pseudo_list(other, proc_sys_net, "ipv4/conf");
  ASSERT_TRUE(conf);
  EXPECT_EQ((*conf)[0].name, "all");
  EXPECT_EQ((*conf)[1].name, "default");
  EXPECT_EQ((*conf)[2].name, "lo");
  EXPECT_EQ(pseudo_list(other, proc_sys_net, "ipv4/conf/lo")->size(), 33u);
}

TEST_F(pseudo_files, sysfs_device) {
  add_link("d0", "dummy");
  auto all = pseudo_list(n, sys_class_net, "");
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[1].name, "d0");
  EXPECT_EQ((*all)[1].target, "../../devices/virtual/net/d0");
  struct {
    const char* path;
    const char* down;
    const char* up;
  } constexpr reads[] = {
      {"d0/mtu", "1500\n", "1500\n"},
      {"d0/carrier", "EINVAL", "1\n"},
      {"d0/operstate", "down\n", "unknown\n"},
      {"d0/speed", "EINVAL", "EINVAL"},
      {"d0/dormant", "EINVAL", "0\n"},
      {"d0/flags", "0x82\n", "0x83\n"},
      {"d0/ifindex", "2\n", "2\n"},
      {"d0/iflink", "2\n", "2\n"},
      {"d0/type", "1\n", "1\n"},
      {"d0/broadcast", "ff:ff:ff:ff:ff:ff\n", "ff:ff:ff:ff:ff:ff\n"},
      {"d0/ifalias", "", ""},
      {"d0/uevent", "INTERFACE=d0\nIFINDEX=2\n", "INTERFACE=d0\nIFINDEX=2\n"},
      {"d0/phys_port_id", "EOPNOTSUPP", "EOPNOTSUPP"},
      {"d0/statistics/rx_bytes", "0\n", "0\n"},
      {"d0/statistics", "EISDIR", "EISDIR"},
      {"d0/mtu/x", "ENOTDIR", "ENOTDIR"},
      {"d0/nope", "ENOENT", "ENOENT"},
      {"d1", "ENOENT", "ENOENT"},
      {"lo/address", "00:00:00:00:00:00\n", "00:00:00:00:00:00\n"},
  };
  for (auto& r : reads) EXPECT_EQ(read(sys_class_net, r.path), r.down) << r.path;
  ASSERT_TRUE(dev_open(*dev_get_by_name(n, "d0")));
  for (auto& r : reads) EXPECT_EQ(read(sys_class_net, r.path), r.up) << r.path;
}

TEST_F(pseudo_files, sysfs_writes) {
  constexpr sysctl_case cases[] = {
      {"d0/mtu", "-1", EINVAL, "1500\n"},
      {"d0/mtu", "1400\n", ok, "1400\n"},
      {"d0/mtu", "1 ", EINVAL, "1400\n"},
      {"d0/mtu", " 1", EINVAL, "1400\n"},
      {"d0/mtu", "2147483648", EINVAL, "1400\n"},
      {"d0/mtu", "99999999999999999999", ERANGE, "1400\n"},
      {"d0/tx_queue_len", "0x10", ok, "16\n"},
      {"d0/tx_queue_len", "4294967296", ERANGE, "16\n"},
      {"d0/tx_queue_len", "4294967295", ok, "-1\n"},
      {"d0/netdev_group", "5", ok, "5\n"},
      {"d0/ifalias", "to the roof\n", ok, "to the roof\n"},
      {"d0/ifalias", "\n", ok, ""},
      {"d0/proto_down", "abc", EINVAL, "0\n"},
      {"d0/proto_down", "1", EOPNOTSUPP, "0\n"},
      {"d0/carrier", "1", EINVAL, "EINVAL"},
      {"lo/carrier", "abc", EOPNOTSUPP, "EINVAL"},
      {"d0/ifindex", "7", EACCES, "2\n"},
      {"d0/flags", "1", ok, "0x3\n"},
      {"d0/carrier", "0", ok, "0\n"},
      {"d0/uevent", "1", EINVAL, "INTERFACE=d0\nIFINDEX=2\n"},
  };
  add_link("d0", "dummy");
  for (const sysctl_case& c : cases) {
    SCOPED_TRACE(std::string(c.path) + " = '" + c.value + "'");
    EXPECT_EQ(write(sys_class_net, c.path, c.value), c.answer);
    EXPECT_EQ(read(sys_class_net, c.path), c.then);
  }
}

}  // namespace
}  // namespace linnet::test
