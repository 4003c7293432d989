// Classic BPF as tables: programs with what they answer, and programs that the checker refuses.
#include "net/core/filter.hh"

#include <linux/netlink.h>

#include "tests/support/wire_kit.hh"

namespace linnet::kit {
namespace {

using prog = std::vector<sock_filter>;

constexpr sock_filter stmt(int code, u32 k) { return {static_cast<u16>(code), 0, 0, k}; }
constexpr sock_filter jump(int code, u32 k, u8 jt, u8 jf) {
  return {static_cast<u16>(code), jt, jf, k};
}
constexpr sock_filter ret_a = stmt(BPF_RET | BPF_A, 0);
constexpr sock_filter ret(u32 k) { return stmt(BPF_RET | BPF_K, k); }
constexpr u32 ad(int field) { return static_cast<u32>(SKF_AD_OFF + field); }
constexpr int ld = BPF_LD | BPF_W | BPF_ABS;

struct filter_run : testing::Test {
  std::unique_ptr<world> w = boot_world({.virtual_time = true, .seed = 1});
  cpu& c = *w->cpus[0];

  // The answer for a packet of octets 0x11, 0x22 ... behind a link-layer header that ends in 0xee.
  u32 run(const prog& p, size_t len = 8) {
    EXPECT_TRUE(bpf_check_classic(p));
    skb_ptr s = alloc_skb(c, 64);
    skb_put_data(*s, octets({0xaa, 0xee}));
    s->reset_mac_header();
    skb_pull(*s, 2);
    for (size_t i = 1; i <= len; ++i) skb_put_data(*s, octets({static_cast<int>(i * 0x11)}));
    s->network_header = static_cast<u16>(s->data - s->head + 1);
    s->protocol = be16(ETH_P_ARP);
    s->pkt = pkt_type::multicast;
    s->mark = 77;
    s->dev = w->init_net->loopback_dev;
    const u32 answer = bpf_prog_run(p, *s);
    consume_skb(std::move(s));
    return answer;
  }
};

TEST_F(filter_run, programs_and_answers) {
  const struct {
    const char* what;
    prog p;
    u32 answer;
  } table[] = {
      {"a constant", {ret(5)}, 5},
      {"registers begin as 0", {ret_a}, 0},
      {"a word", {stmt(ld, 1), ret_a}, 0x22334455},
      {"a half word", {stmt(BPF_LD | BPF_H | BPF_ABS, 6), ret_a}, 0x7788},
      {"a byte", {stmt(BPF_LD | BPF_B | BPF_ABS, 7), ret_a}, 0x88},
      {"past the end", {stmt(BPF_LD | BPF_B | BPF_ABS, 8), ret(1)}, 0},
      {"partly past the end", {stmt(ld, 5), ret(1)}, 0},
      {"indexed", {stmt(BPF_LDX | BPF_IMM, 2), stmt(BPF_LD | BPF_B | BPF_IND, 1), ret_a}, 0x44},
      {"length", {stmt(BPF_LD | BPF_W | BPF_LEN, 0), ret_a}, 8},
      {"header length",
       {stmt(BPF_LDX | BPF_B | BPF_MSH, 1), stmt(BPF_MISC | BPF_TXA, 0), ret_a},
       8},
      {"scratch",
       {stmt(BPF_LD | BPF_IMM, 9), stmt(BPF_ST, 15), stmt(BPF_LD | BPF_IMM, 0),
        stmt(BPF_LDX | BPF_MEM, 15), stmt(BPF_MISC | BPF_TXA, 0), ret_a},
       9},
      {"division by X = 0",
       {stmt(BPF_LD | BPF_IMM, 9), stmt(BPF_ALU | BPF_DIV | BPF_X, 0), ret(1)},
       0},
      {"modulo", {stmt(BPF_LD | BPF_IMM, 9), stmt(BPF_ALU | BPF_MOD | BPF_K, 4), ret_a}, 1},
      {"negation", {stmt(BPF_LD | BPF_IMM, 1), stmt(BPF_ALU | BPF_NEG, 0), ret_a}, 0xffffffff},
      {"exclusive or", {stmt(BPF_LD | BPF_IMM, 6), stmt(BPF_ALU | BPF_XOR | BPF_K, 3), ret_a}, 5},
      {"shift by X is modulo 32",
       {stmt(BPF_LDX | BPF_IMM, 33), stmt(BPF_LD | BPF_IMM, 1), stmt(BPF_ALU | BPF_LSH | BPF_X, 0),
        ret_a},
       2},
      {"equal", {stmt(ld, 0), jump(BPF_JMP | BPF_JEQ, 0x11223344, 0, 1), ret(1), ret(2)}, 1},
      {"a bit set",
       {stmt(BPF_LD | BPF_IMM, 4), jump(BPF_JMP | BPF_JSET, 3, 0, 1), ret(1), ret(2)},
       2},
      {"ja", {stmt(BPF_JMP | BPF_JA, 1), ret(1), ret(2)}, 2},
      {"network header",
       {stmt(BPF_LD | BPF_B | BPF_ABS, static_cast<u32>(SKF_NET_OFF)), ret_a},
       0x22},
      {"link-layer header",
       {stmt(BPF_LD | BPF_B | BPF_ABS, static_cast<u32>(SKF_LL_OFF + 1)), ret_a},
       0xee},
      {"before the packet's memory",
       {stmt(BPF_LDX | BPF_IMM, static_cast<u32>(SKF_LL_OFF)),
        stmt(BPF_LD | BPF_B | BPF_IND, static_cast<u32>(-1)), ret(1)},
       0},
      {"protocol", {stmt(ld, ad(SKF_AD_PROTOCOL)), ret_a}, ETH_P_ARP},
      {"type", {stmt(ld, ad(SKF_AD_PKTTYPE)), ret_a}, 2},
      {"interface", {stmt(ld, ad(SKF_AD_IFINDEX)), ret_a}, 1},
      {"hardware type", {stmt(ld, ad(SKF_AD_HATYPE)), ret_a}, ARPHRD_LOOPBACK},
      {"mark", {stmt(ld, ad(SKF_AD_MARK)), ret_a}, 77},
      {"no tag", {stmt(ld, ad(SKF_AD_VLAN_TAG_PRESENT)), ret_a}, 0},
      {"a xor x",
       {stmt(BPF_LDX | BPF_IMM, 5), stmt(BPF_LD | BPF_IMM, 4), stmt(ld, ad(SKF_AD_ALU_XOR_X)),
        ret_a},
       1},
      {"no attribute there", {stmt(BPF_LDX | BPF_IMM, 5), stmt(ld, ad(SKF_AD_NLATTR)), ret_a}, 0},
  };
  for (auto& t : table) EXPECT_EQ(run(t.p), t.answer) << t.what;
}

TEST(bpf_check_classic, refuses) {
  const struct {
    const char* what;
    prog p;
  } table[] = {
      {"nothing", {}},
      {"too many", prog(BPF_MAXINSNS + 1, ret(0))},
      {"no return at the end", {stmt(BPF_LD | BPF_IMM, 0)}},
      {"return of X", {stmt(BPF_RET | BPF_X, 0)}},
      {"an unknown opcode", {stmt(0xff, 0), ret(0)}},
      {"a long opcode", {stmt(0x1006, 0), ret(0)}},
      {"negation with X", {stmt(BPF_ALU | BPF_NEG | BPF_X, 0), ret(0)}},
      {"division by 0", {stmt(BPF_ALU | BPF_DIV | BPF_K, 0), ret(0)}},
      {"modulo 0", {stmt(BPF_ALU | BPF_MOD | BPF_K, 0), ret(0)}},
      {"a shift by 32", {stmt(BPF_ALU | BPF_RSH | BPF_K, 32), ret(0)}},
      {"a jump past the end", {jump(BPF_JMP | BPF_JEQ, 0, 0, 1), ret(0)}},
      {"ja past the end", {stmt(BPF_JMP | BPF_JA, 1), ret(0)}},
      {"ja that wraps", {stmt(BPF_JMP | BPF_JA, 0xffffffff), ret(0)}},
      {"scratch 16", {stmt(BPF_ST, 16), ret(0)}},
      {"scratch never written", {stmt(BPF_LD | BPF_MEM, 0), ret(0)}},
      {"scratch written on one way only",
       {jump(BPF_JMP | BPF_JEQ, 0, 0, 1), stmt(BPF_ST, 3), stmt(BPF_LD | BPF_MEM, 3), ret(0)}},
      {"an unknown ancillary load", {stmt(ld, ad(SKF_AD_MAX)), ret(0)}},
  };
  for (auto& t : table) {
    const status s = bpf_check_classic(t.p);
    ASSERT_FALSE(s) << t.what;
    EXPECT_EQ(s.error().code, EINVAL) << t.what;
  }
}

TEST(bpf_check_classic, scratch_written_on_both_ways) {
  EXPECT_TRUE(bpf_check_classic(prog{jump(BPF_JMP | BPF_JEQ, 0, 0, 2), stmt(BPF_ST, 3),
                                     stmt(BPF_JMP | BPF_JA, 1), stmt(BPF_STX, 3),
                                     stmt(BPF_LD | BPF_MEM, 3), ret(0)}));
}

}  // namespace
}  // namespace linnet::kit
