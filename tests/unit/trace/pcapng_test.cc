// Captures, read back block by block.
#include <unistd.h>

#include <fstream>

#include "tests/unit/trace/trace_kit.hh"
#include "trace/pcapng.hh"

namespace linnet::kit {
namespace {

struct option {
  u16 code;
  std::string value;
};

struct parsed_block {
  u32 type;
  std::string body;  // between the two lengths
  template <class T>
  T at(size_t off) const {
    T v{};
    EXPECT_LE(off + sizeof v, body.size());
    std::memcpy(&v, body.data() + off, sizeof v);
    return v;
  }
  // Options from `off` on; ends at opt_endofopt.
  std::vector<option> options(size_t off) const {
    std::vector<option> out;
    for (;;) {
      const u16 code = at<u16>(off), len = at<u16>(off + 2);
      if (!code) return out;
      out.push_back({code, body.substr(off + 4, len)});
      off += 4 + ((len + 3u) & ~3u);
      if (off >= body.size()) {
        ADD_FAILURE() << "no end of options";
        return out;
      }
    }
  }
};

class captured : public traced_router {
 protected:
  std::string file = ::testing::TempDir() + "linnet-pcapng-" + std::to_string(getpid());
  std::unique_ptr<pcapng_writer> pcap = pcapng_writer::open(*w, file, names);

  captured() {
    EXPECT_TRUE(pcap);
    rec.also = pcap.get();
  }
  ~captured() override {
    rec.also = nullptr;
    unlink(file.c_str());
  }

  std::vector<parsed_block> blocks() {
    pcap->flush();
    std::ifstream in(file, std::ios::binary);
    std::string all{std::istreambuf_iterator<char>(in), {}};
    std::vector<parsed_block> out;
    for (size_t at = 0; at < all.size();) {
      u32 type = 0, len = 0, again = 0;
      std::memcpy(&type, all.data() + at, 4);
      std::memcpy(&len, all.data() + at + 4, 4);
      EXPECT_EQ(len % 4, 0u);
      if (len < 12 || at + len > all.size()) {
        ADD_FAILURE() << "a block that leaves the file";
        return out;
      }
      std::memcpy(&again, all.data() + at + len - 4, 4);
      EXPECT_EQ(len, again);
      out.push_back({type, all.substr(at + 8, len - 12)});
      at += len;
    }
    return out;
  }
  static std::string value(const std::vector<option>& options, u16 code) {
    for (const option& o : options)
      if (o.code == code) return o.value;
    return "";
  }
  // Per frame: "init:eth1 in 98 COMMENT".
  std::vector<std::string> frames() {
    std::vector<std::string> interfaces, out;
    for (const parsed_block& b : blocks()) {
      if (b.type == 1) interfaces.push_back(value(b.options(8), 3));
      if (b.type != 6) continue;
      const u32 len = b.at<u32>(12);
      EXPECT_EQ(len, b.at<u32>(16)) << "cut";
      const auto options = b.options(20 + ((len + 3) & ~3u));
      u32 flags = 0;
      std::memcpy(&flags, value(options, 2).data(), 4);
      EXPECT_EQ(value(options, 5).size(), 8u);
      std::string s =
          interfaces.at(b.at<u32>(0)) + ((flags & 3) == 1 ? " in " : " out ") + std::to_string(len);
      const std::string comment = value(options, 1);
      out.push_back(comment.empty() ? s : s + ' ' + comment);
    }
    return out;
  }
};

TEST_F(captured, header) {
  const auto b = blocks();
  ASSERT_EQ(b.size(), 1u);
  EXPECT_EQ(b[0].type, 0x0a0d0d0au);
  EXPECT_EQ(b[0].at<u32>(0), 0x1a2b3c4du);
  EXPECT_EQ(b[0].at<u16>(4), 1);
  EXPECT_TRUE(value(b[0].options(16), 4).starts_with("linnet "));
}

TEST_F(captured, each_frame_on_each_device) {
  EXPECT_TRUE(ping());
  (void)blocks();
  const size_t before = frames().size();
  EXPECT_TRUE(ping());
  auto f = frames();
  f.erase(f.begin(), f.begin() + static_cast<std::ptrdiff_t>(before));
  EXPECT_EQ(f, (std::vector<std::string>{"h1:eth0 out 98", "init:eth1 in 98", "init:eth2 out 98",
                                         "h2:eth0 in 98", "h2:eth0 out 98", "init:eth2 in 98",
                                         "init:eth1 out 98", "h1:eth0 in 98"}));
}

TEST_F(captured, interfaces_are_described_once) {
  EXPECT_TRUE(ping());
  EXPECT_TRUE(ping());
  size_t n = 0;
  for (const parsed_block& b : blocks()) {
    if (b.type != 1) continue;
    ++n;
    EXPECT_EQ(b.at<u16>(0), 1) << "Ethernet";
    const auto options = b.options(8);
    EXPECT_FALSE(value(options, 2).empty());
    EXPECT_EQ(value(options, 6).size(), 6u);
    EXPECT_EQ(value(options, 9), std::string(1, 9)) << "nanoseconds";
  }
  EXPECT_EQ(n, 4u);
}

TEST_F(captured, a_drop_is_the_comment_of_the_frame_that_arrived) {
  set(r1, "net.ipv4.ip_forward", "0");
  EXPECT_FALSE(ping());
  const auto f = frames();
  ASSERT_FALSE(f.empty());
  EXPECT_EQ(f.back(), "init:eth1 in 98 dropped: IP_INADDRERRORS, the address is not valid here");
}

TEST_F(captured, lo_is_taken_once) {
  (void)send_to(*icmp, ip4(10, 0, 1, 2), 0, icmp_message(ICMP_ECHO, 0, 1, pattern(8)));
  world_run_for(*w, msecs(10));
  EXPECT_EQ(frames(), (std::vector<std::string>{"h1:lo in 50", "h1:lo in 50"}));
}

TEST_F(captured, times_are_the_clocks) {
  EXPECT_TRUE(ping());
  for (const parsed_block& b : blocks()) {
    if (b.type != 6) continue;
    const u64 t = static_cast<u64>(b.at<u32>(4)) << 32 | b.at<u32>(8);
    EXPECT_LE(t, static_cast<u64>(w->clk->real()));
    EXPECT_GT(t + static_cast<u64>(secs(10)), static_cast<u64>(w->clk->real()));
  }
}

}  // namespace
}  // namespace linnet::kit
