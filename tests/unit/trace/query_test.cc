// Questions and their answers, as commands put them.
#include "tests/unit/trace/trace_kit.hh"

namespace linnet::kit {
namespace {

class asked : public traced_router {
 protected:
  query_context q() { return {*w, rec, names}; }
  query_reply why_reply(const std::vector<std::string>& args) { return why_query(q(), args); }
};

TEST_F(asked, before_anything_happened) {
  EXPECT_EQ(why_reply({}).status, 1);
  EXPECT_EQ(why_reply({"icmp"}).status, 1);
  EXPECT_EQ(drops_query(q(), {}).text, "nothing was dropped\n");
  EXPECT_EQ(drops_query(q(), {"-j"}).text, "[]\n");
}

TEST_F(asked, the_last_trouble_comes_before_the_last_packet) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  set(r1, "net.ipv4.ip_forward", "1");
  EXPECT_TRUE(ping());
  EXPECT_NE(why().find("DROPPED"), std::string::npos);
  EXPECT_EQ(why({"last"}), why());
  EXPECT_NE(why({"icmp", "and", "not", "drop"}).find("DELIVERED"), std::string::npos);
}

TEST_F(asked, a_packet_by_its_number) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  const std::string text = why();
  const size_t at = text.find("(packet ") + 8;
  const std::string id = text.substr(at, text.find(',', at) - at);
  EXPECT_EQ(why({id}), text);
  EXPECT_EQ(why({"#" + id}), text);
  EXPECT_EQ(why_reply({"999999"}).status, 1);
}

TEST_F(asked, misuse) {
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"--nonsense"}, {"host"}, {"last", "last"}, {"-c", "0"}}) {
    const query_reply r = why_reply(bad);
    EXPECT_EQ(r.status, 2) << bad[0];
    EXPECT_TRUE(r.text.starts_with("linnet why: ")) << r.text;
  }
  EXPECT_EQ(drops_query(q(), {"icmp"}).status, 2);
  EXPECT_FALSE(trace_stream::open(q(), {"nosuchnode"}));
}

TEST_F(asked, drops) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  EXPECT_FALSE(ping());
  const std::string text = drops_query(q(), {}).text;
  EXPECT_TRUE(
      text.starts_with("       2  IP_INADDRERRORS    the address is not valid here\n"
                       "          last: init eth1  10.0.1.2 > 10.0.2.2 icmp echo request"))
      << text;
}

TEST_F(asked, the_live_path_block_by_block) {
  EXPECT_TRUE(ping());
  auto all = trace_stream::open(q(), {});
  auto h2_only = trace_stream::open(q(), {"h2", "icmp"});
  auto one = trace_stream::open(q(), {"-c", "1", "icmp"});
  ASSERT_TRUE(all && h2_only && one);
  std::string text;
  EXPECT_TRUE(all->read(q(), text));
  EXPECT_EQ(text, "") << "only what happens from now on";
  EXPECT_TRUE(ping());
  EXPECT_TRUE(all->read(q(), text));
  EXPECT_NE(text.find("echo request"), std::string::npos);
  EXPECT_NE(text.find("echo reply"), std::string::npos);
  EXPECT_TRUE(h2_only->read(q(), text));
  std::string first;
  EXPECT_FALSE(one->read(q(), first)) << "that was the one";
  EXPECT_NE(first.find("echo request"), std::string::npos);
  EXPECT_EQ(first.find("echo reply"), std::string::npos);
}

TEST_F(asked, json_is_one_line) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  const std::string j = why({"-j"});
  EXPECT_EQ(std::ranges::count(j, '\n'), 1);
  EXPECT_NE(j.find(R"("verdict":"dropped")"), std::string::npos) << j;
  EXPECT_NE(j.find(R"("fixes":[{"command":"sysctl -w net.ipv4.ip_forward=1","node":"init"}])"),
            std::string::npos)
      << j;
}

// A device's name may have any byte in it that a name may have; it must not leave its string.
TEST_F(asked, json_escapes) {
  auto tap = memory_device::add(h2, "a\"b\\c", 9);
  ASSERT_TRUE(tap);
  ASSERT_TRUE(set_up(h2, "a\"b\\c"));
  tap->receive(ether(mac(9), mac(8), ETH_P_IP, pattern(40)));
  EXPECT_NE(why({"-j"}).find(R"("dev":"a\"b\\c")"), std::string::npos) << why({"-j"});
}

}  // namespace
}  // namespace linnet::kit
