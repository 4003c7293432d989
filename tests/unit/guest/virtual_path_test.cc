// Which paths are the world's, and what they name.
#include "guest/virtual_path.hh"

#include <gtest/gtest.h>

#include "guest/pseudo_view.hh"

namespace linnet {
namespace {

using kind = virtual_path::kind;

constexpr pid_t self = 100, thread = 101;

virtual_path of(std::string_view path) { return classify_path(normal_path(path), self, thread); }

struct pseudo_case {
  const char* path;
  pseudo_tree tree;
  pid_t pid;
  const char* rest;
};

TEST(virtual_path, finds_the_stacks_trees) {
  const pseudo_case cases[] = {
      {"/proc/net", pseudo_tree::proc_net, 0, ""},
      {"/proc/net/dev", pseudo_tree::proc_net, 0, "dev"},
      {"/proc/self/net/route", pseudo_tree::proc_net, self, "route"},
      {"/proc/thread-self/net/arp", pseudo_tree::proc_net, thread, "arp"},
      {"/proc/7/net", pseudo_tree::proc_net, 7, ""},
      {"/proc/7/task/8/net/dev", pseudo_tree::proc_net, 8, "dev"},
      {"/proc/sys/net/ipv4/conf/all/rp_filter", pseudo_tree::proc_sys_net, 0,
       "ipv4/conf/all/rp_filter"},
      {"/sys/class/net", pseudo_tree::sys_class_net, 0, ""},
      {"/sys/class/net/eth0/address", pseudo_tree::sys_class_net, 0, "eth0/address"},
      {"/sys/devices/virtual/net/lo/mtu", pseudo_tree::sys_class_net, 0, "lo/mtu"},
      {"//proc/./sys//net/../net/core", pseudo_tree::proc_sys_net, 0, "core"},
  };
  for (const pseudo_case& c : cases) {
    const virtual_path v = of(c.path);
    EXPECT_EQ(v.what, kind::pseudo) << c.path;
    EXPECT_EQ(v.tree, c.tree) << c.path;
    EXPECT_EQ(v.pid, c.pid) << c.path;
    EXPECT_EQ(v.rest, c.rest) << c.path;
    EXPECT_TRUE(may_be_virtual(c.path)) << c.path;
  }
}

TEST(virtual_path, etc_netns_is_the_worlds) {
  for (const char* path : {"/etc/netns", "/etc/netns/red", "/etc/netns/red/resolv.conf"}) {
    const virtual_path v = of(path);
    EXPECT_EQ(v.what, kind::etc) << path;
    EXPECT_EQ("/etc/" + v.rest, path);
    EXPECT_TRUE(may_be_virtual(path)) << path;
  }
  EXPECT_FALSE(of("/etc/netns2").ours());
  EXPECT_FALSE(of("/etc/netns/../hosts").ours());
}

TEST(virtual_path, leaves_the_host_its_own) {
  for (const char* path :
       {"/", "/etc/passwd", "/proc", "/proc/self", "/proc/self/status", "/proc/self/ns",
        "/proc/self/ns/mnt", "/proc/network", "/proc/sys/kernel/hostname", "/proc/sys/net2",
        "/sys/class", "/sys/class/network/x", "/run", "/run/netns2", "/run/netns/a/b",
        "/proc/x/net", "/proc/-1/net/dev", "/proc/1x/net", "/proc/net/../cpuinfo"})
    EXPECT_FALSE(of(path).ours()) << path;
  for (const char* path :
       {"/opt/etc/netns", "/usr/lib/x86_64-linux-gnu/libc.so.6", "/home/me/proc/net"})
    EXPECT_FALSE(may_be_virtual(path)) << path;
}

TEST(virtual_path, finds_namespaces) {
  EXPECT_EQ(of("/proc/self/ns/net").what, kind::netns_handle);
  EXPECT_EQ(of("/proc/55/task/56/ns/net").pid, 56);
  EXPECT_EQ(of("/run/netns").what, kind::netns_dir);
  EXPECT_EQ(of("/var/run/netns/").what, kind::netns_dir);
  EXPECT_EQ(of("/var/run/netns/blue").what, kind::netns_name);
  EXPECT_EQ(of("/run/netns/blue").rest, "blue");
  EXPECT_EQ(of("/proc/self/uid_map").what, kind::userns_map);
}

TEST(virtual_path, reads_paths_as_text) {
  EXPECT_EQ(normal_path("/"), "/");
  EXPECT_EQ(normal_path("/../.."), "/");
  EXPECT_EQ(normal_path("/a/./b//../c/"), "/a/c");
}

TEST(pseudo_view, maps_skeletons_back) {
  u32 inum = 0;
  pseudo_tree tree{};
  bool device = false;
  std::string path;
  ASSERT_TRUE(pseudo_view::parse("4026531840/proc_sys_net/ipv4/conf", inum, tree, device, path));
  EXPECT_EQ(inum, 4026531840u);
  EXPECT_EQ(tree, pseudo_tree::proc_sys_net);
  EXPECT_EQ(path, "ipv4/conf");
  EXPECT_FALSE(device);
  ASSERT_TRUE(pseudo_view::parse("1/virtual_net", inum, tree, device, path));
  EXPECT_TRUE(device);
  EXPECT_EQ(path, "");
  for (const char* bad : {"", "1", "1/", "x/proc_net", "1/other", "99999999999/proc_net"})
    EXPECT_FALSE(pseudo_view::parse(bad, inum, tree, device, path)) << bad;
}

}  // namespace
}  // namespace linnet
