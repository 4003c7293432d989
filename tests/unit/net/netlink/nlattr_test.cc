// Attribute parsing against policies: which check fires, with Linux's errno, text and attribute.
#include "net/core/nlattr.hh"

#include "tests/unit/net/netlink/nl_test.hh"

namespace linnet::test {
namespace {

constexpr std::array<nla_policy, 3> inner = {nla_policy{}, nla_of(NLA_U32), nla_of(NLA_FLAG)};
constexpr auto policy = [] {
  std::array<nla_policy, 12> p{};
  p[1] = nla_of(NLA_U8);
  p[2] = nla_of(NLA_U32);
  p[3] = nla_of(NLA_STRING, 4);
  p[4] = nla_of(NLA_NUL_STRING, 4);
  p[5] = nla_of(NLA_BINARY, 6);
  p[6] = nla_nested(inner);
  p[7] = nla_of(NLA_FLAG);
  p[8] = nla_ranged(NLA_U32, 1, 9);
  p[9] = nla_exact_len(4);
  p[10] = nla_of(NLA_REJECT);
  p[11] = nla_mask(NLA_U32, 1);
  return p;
}();

struct row {
  const char* what;
  int type;
  std::vector<u8> payload;
  int liberal, strict;  // errno, 0: fine
  const char* msg;
};

class nlattr_table : public ::testing::TestWithParam<row> {};

TEST_P(nlattr_table, checks) {
  const row& r = GetParam();
  message m(99, 0, u32{0});
  m.put(1, "\1", 1).put(r.type, r.payload.data(), r.payload.size());
  const auto& h = *reinterpret_cast<const nlmsghdr*>(m.bytes_().data());
  nla_table<11> tb;
  for (bool strict : {false, true}) {
    SCOPED_TRACE(strict ? "strict" : "liberal");
    status s = nlmsg_parse(h, 4, tb, policy, strict ? NL_VALIDATE_STRICT : NL_VALIDATE_LIBERAL);
    int want = strict ? r.strict : r.liberal;
    ASSERT_EQ(-to_errno(s), want);
    if (want) {
      EXPECT_STREQ(s.error().msg, r.msg);
      EXPECT_EQ(static_cast<const std::byte*>(s.error().attr) - m.bytes_().data(), 28);
    }
  }
}

const char* const failed = "Attribute failed policy validation";
INSTANTIATE_TEST_SUITE_P(
    rows, nlattr_table,
    ::testing::Values(
        row{"u8", 1, {1}, 0, 0, ""},
        row{"wide u8", 1, {1, 2, 3, 4}, 0, EINVAL, "invalid attribute length"},
        row{"u32", 2, {1, 2, 3, 4}, 0, 0, ""},
        row{"fits a string", 3, {'a', 'b', 'c', 'd', 0}, 0, 0, ""},
        row{"long string", 3, {'a', 'b', 'c', 'd', 'e'}, ERANGE, ERANGE, failed},
        row{"empty string", 3, {}, ERANGE, ERANGE, failed},
        row{"string without NUL", 4, {'a', 'b'}, EINVAL, EINVAL, failed},
        row{"string with NUL", 4, {'a', 'b', 0}, 0, 0, ""},
        row{"long binary", 5, {1, 2, 3, 4, 5, 6, 7}, ERANGE, ERANGE, failed},
        row{"nest without the flag",
            6,
            {8, 0, 1, 0, 1, 2, 3, 4},
            0,
            EINVAL,
            "NLA_F_NESTED is missing"},
        row{"nest", 6 | NLA_F_NESTED, {8, 0, 1, 0, 1, 2, 3, 4}, 0, 0, ""},
        row{"needless flag",
            2 | NLA_F_NESTED,
            {1, 2, 3, 4},
            0,
            EINVAL,
            "NLA_F_NESTED not expected"},
        row{"flag", 7, {}, 0, 0, ""}, row{"flag with a value", 7, {1}, ERANGE, ERANGE, failed},
        row{"in range", 8, {9, 0, 0, 0}, 0, 0, ""},
        row{"out of range", 8, {10, 0, 0, 0}, ERANGE, ERANGE, "integer out of range"},
        row{"exact length", 9, {1, 2, 3, 4}, 0, 0, ""},
        row{"other length", 9, {1, 2, 3}, ERANGE, ERANGE, "binary attribute size out of range"},
        row{"rejected", 10, {1}, EINVAL, EINVAL, failed},
        row{"reserved bit", 11, {2, 0, 0, 0}, EINVAL, EINVAL, "reserved bit set"},
        row{"unknown type", 12, {1}, 0, EINVAL, "Unknown attribute type"}),
    [](const auto& p) {
      std::string s = p.param.what;
      std::replace(s.begin(), s.end(), ' ', '_');
      return s;
    });

TEST(nlattr, short_number_is_out_of_range) {
  message m(99, 0, u32{0});
  m.put(2, "\1\2", 2);
  nla_table<11> tb;
  status s =
      nlmsg_parse_deprecated(*reinterpret_cast<const nlmsghdr*>(m.bytes_().data()), 4, tb, policy);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ERANGE);
}

TEST(nlattr, bytes_left_over) {
  const u8 b[] = {5, 0, 1, 0, 7, 0, 0, 0, 9, 9};
  nla_table<11> tb;
  EXPECT_TRUE(nla_parse_deprecated(tb, std::as_bytes(std::span(b)), policy));
  EXPECT_EQ(tb[1].get_u8(), 7);
  status s = nla_parse(tb, std::as_bytes(std::span(b)), policy, NL_VALIDATE_DEPRECATED_STRICT);
  ASSERT_FALSE(s);
  EXPECT_STREQ(s.error().msg, "bytes leftover after parsing attributes");
}

TEST(nlattr, a_length_beyond_the_end_ends_the_walk) {
  const u8 b[] = {200, 0, 1, 0, 7};
  int seen = 0;
  for (nla a : nla_range(std::as_bytes(std::span(b)))) seen += a.type();
  EXPECT_EQ(seen, 0);
}

TEST(nlattr, writer_stops_when_full) {
  auto w = boot_world({.virtual_time = true, .seed = 1});
  skb_ptr s = nlmsg_new(*w->cpus[0], 64);
  nlmsghdr* h = nlmsg_put(*s, 1, 2, 3, 4, 0);
  ASSERT_TRUE(h);
  while (nla_put_u32(*s, 1, 5)) {
  }
  EXPECT_LT(s->tailroom(), 8u);
  nlmsg_cancel(*s, h);
  EXPECT_EQ(s->len(), 0u);
  consume_skb(std::move(s));
}

}  // namespace
}  // namespace linnet::test
