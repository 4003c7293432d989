// What is bound over what, and in which processes.
#include "guest/mount_namespaces.hh"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace linnet {
namespace {

struct shown {
  std::string source;
  bool mount_point = false;
  bool operator==(const shown&) const = default;
};
shown look(const bound_files& bound, std::string_view path) {
  shown s;
  s.source = bound_source(bound, path, s.mount_point);
  return s;
}

TEST(bound_source, is_of_the_target_and_of_what_is_below) {
  const bound_files bound = {{"/etc/hosts", "netns/a/hosts"}, {"/etc/ssl", "netns/a/ssl"}};
  EXPECT_EQ(look(bound, "/etc/hosts"), (shown{"netns/a/hosts", true}));
  EXPECT_EQ(look(bound, "/etc/ssl/certs/x"), (shown{"netns/a/ssl/certs/x", false}));
  for (const char* path : {"/etc", "/etc/host", "/etc/hosts2", "/etc/sslx", "/"})
    EXPECT_EQ(look(bound, path), shown{}) << path;
}

TEST(bound_source, the_latest_covers_the_others) {
  const bound_files bound = {{"/etc/a", "1"}, {"/etc/a/b", "2"}, {"/etc/a", "3"}};
  EXPECT_EQ(look(bound, "/etc/a/b"), (shown{"3/b", false}));
}

// A process that waits to be killed, with the tags that it got from us.
class process {
 public:
  process() : pid_(fork()) {
    if (pid_ == 0) {
      pause();
      _exit(0);
    }
  }
  ~process() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(mount_namespaces, are_copied_when_left_and_handed_on_by_fork) {
  mount_namespaces mounts;
  process one, two;
  EXPECT_TRUE(mounts.empty());
  EXPECT_EQ(mounts.unshare(one.pid()), 0);
  mounts.bind(one.pid(), "/etc/hosts", "netns/a/hosts");
  EXPECT_FALSE(mounts.empty());
  EXPECT_TRUE(mounts.of(two.pid()).empty());

  rlimit tag;
  ASSERT_EQ(prlimit(one.pid(), RLIMIT_RSS, nullptr, &tag), 0);
  process three;  // as a child of the first would begin
  ASSERT_EQ(prlimit(three.pid(), RLIMIT_RSS, &tag, nullptr), 0);
  ASSERT_EQ(mounts.of(three.pid()).size(), 1u);
  mounts.bind(three.pid(), "/etc/q", "netns/a/q");
  EXPECT_EQ(mounts.of(one.pid()).size(), 2u);  // they share it

  EXPECT_EQ(mounts.unshare(three.pid()), 0);
  EXPECT_TRUE(mounts.unbind(three.pid(), "/etc/q"));
  EXPECT_FALSE(mounts.unbind(three.pid(), "/etc/q"));
  EXPECT_EQ(mounts.of(three.pid()).size(), 1u);
  EXPECT_EQ(mounts.of(one.pid()).size(), 2u);
}

TEST(mount_namespaces, of_the_first_one_all_have_their_part) {
  mount_namespaces mounts;
  process one, two;
  mounts.bind(one.pid(), "/etc/hosts", "netns/a/hosts");
  EXPECT_EQ(mounts.of(two.pid()).size(), 1u);
  EXPECT_TRUE(mounts.unbind(two.pid(), "/etc/hosts"));
  EXPECT_TRUE(mounts.empty());
}

TEST(mount_namespaces, without_processes_are_forgotten_in_time) {
  mount_namespaces mounts;
  process lasting, passing;
  EXPECT_EQ(mounts.unshare(lasting.pid()), 0);
  mounts.bind(lasting.pid(), "/etc/hosts", "netns/a/hosts");
  size_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(mounts.unshare(passing.pid()), 0);
    mounts.bind(passing.pid(), "/etc/netns-" + std::to_string(i), "netns/b/hosts");
    most = std::max(most, mounts.count());
  }
  EXPECT_LE(most, 65u);
  EXPECT_EQ(mounts.of(lasting.pid()).size(), 1u);
}

}  // namespace
}  // namespace linnet
