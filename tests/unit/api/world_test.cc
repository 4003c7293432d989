// Worlds by the public interface: clocks, timers, namespaces, settings, and the life of handles.
#include <sys/epoll.h>
#include <unistd.h>

#include <thread>

#include "tests/unit/api/api_kit.hh"

namespace api_test {
namespace {

using linnet::clock_kind;
using linnet::nanoseconds;

constexpr linnet::world_options virtual_world = {.clock = clock_kind::virtual_time, .seed = 7};

TEST(api_world, virtual_time_moves_only_when_told) {
  linnet::world w(virtual_world);
  EXPECT_EQ(w.now(), 0ns);
  w.poll();
  EXPECT_EQ(w.now(), 0ns);
  w.run_for(90s);
  EXPECT_EQ(w.now(), 90s);
  EXPECT_EQ(w.clock(), clock_kind::virtual_time);
  EXPECT_EQ(w.descriptor(), -1);
  EXPECT_EQ(w.watch(0, EPOLLIN, [](auto) {}).error(), EINVAL);
}

TEST(api_world, timers_go_off_in_order_and_once) {
  linnet::world w(virtual_world);
  std::vector<std::pair<int, nanoseconds>> seen;
  linnet::timer one(w, [&] { seen.emplace_back(1, w.now()); });
  linnet::timer two(w, [&] {
    seen.emplace_back(2, w.now());
    if (seen.size() < 4) two.start(1s);
  });
  linnet::timer never(w, [&] { seen.emplace_back(3, w.now()); });
  one.start(3s);
  two.start(1s);
  never.start(2s);
  EXPECT_TRUE(never.cancel());
  EXPECT_FALSE(never.cancel());
  EXPECT_TRUE(w.run_until_idle(10s));
  // Three and three: the one armed earlier goes first.
  EXPECT_EQ(seen, (std::vector<std::pair<int, nanoseconds>>{{2, 1s}, {2, 2s}, {1, 3s}, {2, 3s}}));
  EXPECT_EQ(w.now(), 3s);
  EXPECT_FALSE(one.armed());
}

TEST(api_world, a_timer_may_destroy_itself) {
  linnet::world w(virtual_world);
  std::unique_ptr<linnet::timer> t;
  int calls = 0;
  t = std::make_unique<linnet::timer>(w, [&] {
    t.reset();
    ++calls;
  });
  t->start(1ms);
  w.run_for(1s);
  EXPECT_EQ(calls, 1);
}

TEST(api_world, run_until_asks_after_each_thing) {
  linnet::world w(virtual_world);
  int ticks = 0;
  linnet::timer t(w, [&] {
    ++ticks;
    t.start(1s);
  });
  t.start(1s);
  EXPECT_TRUE(w.run_until([&] { return ticks == 3; }, 1min));
  EXPECT_EQ(w.now(), 3s);
  EXPECT_FALSE(w.run_until([&] { return ticks == 100; }, 10s));
  EXPECT_EQ(w.now(), 13s);
  w.stop();
  w.run_for(1min);
  EXPECT_EQ(w.now(), 13s);
}

TEST(api_world, real_time_waits_for_timers_and_descriptors) {
  linnet::world w;
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  std::string got;
  ASSERT_TRUE(w.watch(pipes[0], EPOLLIN, [&](std::uint32_t events) {
    char c;
    if (events & EPOLLIN && read(pipes[0], &c, 1) == 1) got += c;
  }));
  linnet::timer t(w, [&] { EXPECT_EQ(write(pipes[1], "x", 1), 1); });
  const auto before = w.now();
  t.start(20ms);
  EXPECT_TRUE(w.run_until([&] { return got == "x"; }, 10s));
  EXPECT_GE(w.now() - before, 20ms);
  EXPECT_LT(w.now() - before, 5s);
  // In a loop of one's own.
  ASSERT_EQ(write(pipes[1], "y", 1), 1);
  epoll_event e;
  const int own = epoll_create1(0);
  e.events = EPOLLIN;
  ASSERT_EQ(epoll_ctl(own, EPOLL_CTL_ADD, w.descriptor(), &e), 0);
  EXPECT_EQ(epoll_wait(own, &e, 1, 5000), 1);
  w.poll();
  EXPECT_EQ(got, "xy");
  w.unwatch(pipes[0]);
  EXPECT_EQ(w.watch(-1, EPOLLIN, [](auto) {}).error(), EBADF);
  close(own);
  close(pipes[0]);
  close(pipes[1]);
}

TEST(api_world, stop_from_another_thread) {
  linnet::world w;
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    w.stop();
  });
  w.run();
  other.join();
}

TEST(api_world, namespaces_have_names) {
  linnet::world w(virtual_world);
  EXPECT_EQ(w.init_net().name(), "init");
  EXPECT_EQ(w.find_net("init")->fd(), w.init_net().fd());
  auto a = w.add_net("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->name(), "a");
  EXPECT_EQ(w.add_net("a").error(), EEXIST);
  for (auto bad : {"", "a/b", ".", "..", "init"}) EXPECT_EQ(w.add_net(bad).error(), EINVAL) << bad;
  EXPECT_EQ(a->ifindex("lo"), 1);
  EXPECT_TRUE(w.remove_net("a"));
  EXPECT_EQ(w.remove_net("a").error(), ENOENT);
  EXPECT_FALSE(w.find_net("a"));
  EXPECT_EQ(a->name(), "");
  EXPECT_EQ(a->ifindex("lo"), 1);  // the handle keeps it
}

TEST(api_world, a_namespace_goes_with_its_last_handle) {
  linnet::world w(virtual_world);
  auto a = w.add_net("a").value();
  {
    auto b = w.add_net("b").value();
    linnet::must(add_veth(a, "v0", b, "v1"));
    linnet::must(w.remove_net("b"));
    EXPECT_NE(a.ifindex("v0"), 0);
  }
  EXPECT_EQ(a.ifindex("v0"), 0);
}

TEST(api_world, handles_may_outlive_the_world) {
  std::optional<linnet::socket> s;
  std::optional<linnet::net> n;
  std::optional<linnet::timer> t;
  std::optional<linnet::port> p;
  {
    linnet::world w;
    n = w.add_net("a").value();
    s = linnet::udp_socket(*n).value();
    p = linnet::port::add(*n, "p0").value();
    s->on_ready([](auto) { FAIL(); });
    t.emplace(w, [] { FAIL(); });
    t->start(1ms);
  }
  EXPECT_EQ(n->ifindex("lo"), 1);
  EXPECT_EQ(n->name(), "a");
  s.reset();
}

TEST(api_world, settings_and_files) {
  linnet::world w(virtual_world);
  auto n = w.add_net("a").value();
  EXPECT_EQ(n.sysctl("net.ipv4.ip_forward").value(), "0");
  ASSERT_TRUE(n.set_sysctl("net.ipv4.ip_forward", "1"));
  EXPECT_EQ(n.sysctl("net/ipv4/ip_forward").value(), "1");
  EXPECT_EQ(n.read_file("/proc/sys/net/ipv4/conf/lo/forwarding").value(), "1\n");
  EXPECT_EQ(n.set_sysctl("net.ipv4.ip_forward", "x").error(), EINVAL);
  EXPECT_EQ(n.set_sysctl("net.ipv4.nonsense", "1").error(), ENOENT);
  EXPECT_EQ(n.sysctl("kernel.hostname").error(), ENOENT);
  EXPECT_NE(n.read_file("/proc/net/dev").value().find("lo:"), std::string::npos);
  EXPECT_EQ(n.read_file("/sys/class/net/lo/mtu").value(), "65536\n");
  EXPECT_EQ(n.read_file("/proc/networks").error(), ENOENT);
  EXPECT_EQ(n.read_file("/etc/passwd").error(), ENOENT);
}

TEST(api_world, the_version_is_that_of_the_headers) {
  EXPECT_EQ(linnet::version(), std::to_string(LINNET_VERSION_MAJOR) + "." +
                                   std::to_string(LINNET_VERSION_MINOR) + "." +
                                   std::to_string(LINNET_VERSION_PATCH));
}

TEST(api_world, errors_say_what_they_are) {
  linnet::world w(virtual_world);
  const auto r = add_route(w.init_net(), {.destination = "10.9.0.0/16", .gateway = "10.0.0.1"});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), ENETUNREACH);
  EXPECT_EQ(r.error().what(), "Nexthop has invalid gateway: Network is unreachable");
  EXPECT_THROW(linnet::must(r), std::system_error);
}

}  // namespace
}  // namespace api_test
