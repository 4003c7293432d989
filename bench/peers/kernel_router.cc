// The kernel's router alone: frames to random addresses are injected at a device's ingress by BPF_PROG_TEST_RUN (live
// frames), an XDP program gives each its destination and lets it pass into the stack, which forwards it to a device that
// nobody reads, and so drops it. Makes the two devices (TAP, "in0" and "out0") in the namespace where it is started, runs
// COMMAND to set up addresses and routes, and answers each line of its input with CPU nanoseconds a packet.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <string>
#include <vector>

namespace {

[[noreturn]] void give_up(const char* what) {
  perror(what);
  exit(1);
}

uint64_t address(const void* p) { return reinterpret_cast<uint64_t>(p); }

long bpf(bpf_cmd cmd, bpf_attr& a) { return syscall(SYS_bpf, cmd, &a, sizeof a); }

int make_tap(const char* name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq r{};
  strncpy(r.ifr_name, name, IFNAMSIZ - 1);
  r.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (fd < 0 || ioctl(fd, TUNSETIFF, &r) != 0) give_up(name);
  return fd;
}

std::array<uint8_t, 6> mac_of(const char* name) {
  const int s = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq r{};
  strncpy(r.ifr_name, name, IFNAMSIZ - 1);
  if (s < 0 || ioctl(s, SIOCGIFHWADDR, &r) != 0) give_up("SIOCGIFHWADDR");
  close(s);
  std::array<uint8_t, 6> mac;
  memcpy(mac.data(), r.ifr_hwaddr.sa_data, 6);
  return mac;
}

// From 10.0.0.2, TTL 64, 46 bytes, UDP; the destination is the program's to fill in.
constexpr uint32_t source = 0x0a000002;
constexpr uint32_t fixed_sum = 0x4500 + 46 + (64 << 8 | 17) + (source >> 16) + (source & 0xffff);

bpf_insn insn(uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm) {
  return {.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm};
}
bpf_insn alu(uint8_t op, uint8_t dst, int32_t imm) {
  return insn(BPF_ALU64 | BPF_K | op, dst, 0, 0, imm);
}
bpf_insn alu_x(uint8_t op, uint8_t dst, uint8_t src) {
  return insn(BPF_ALU64 | BPF_X | op, dst, src, 0, 0);
}
bpf_insn store(uint8_t size, uint8_t dst, int16_t off, int32_t imm) {
  return insn(BPF_ST | BPF_MEM | size, dst, 0, off, imm);
}
bpf_insn store_x(uint8_t size, uint8_t dst, int16_t off, uint8_t src) {
  return insn(BPF_STX | BPF_MEM | size, dst, src, off, 0);
}
bpf_insn big_endian(uint8_t dst, int bits) {
  return insn(BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, bits);
}

// Pages come back as they left, so all that forwarding changes is written anew.
std::vector<bpf_insn> program(const std::array<uint8_t, 6>& mac) {
  int32_t mac_high;
  int16_t mac_low;
  memcpy(&mac_high, mac.data(), 4);
  memcpy(&mac_low, mac.data() + 4, 2);
  std::vector<bpf_insn> p = {
      insn(BPF_LDX | BPF_MEM | BPF_W, 7, 1, offsetof(xdp_md, data), 0),
      insn(BPF_LDX | BPF_MEM | BPF_W, 3, 1, offsetof(xdp_md, data_end), 0),
      alu_x(BPF_MOV, 2, 7),
      alu(BPF_ADD, 2, 34),
      insn(BPF_JMP | BPF_JGT | BPF_X, 2, 3, 0, 0),  // to the end, mended below
      insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32),
      // The first byte from 1 to 223, without 10 and 127.
      alu_x(BPF_MOV, 1, 0),
      alu(BPF_RSH, 1, 24),
      alu(BPF_AND, 1, 255),
      alu(BPF_MUL, 1, 223),
      alu(BPF_RSH, 1, 8),
      alu(BPF_ADD, 1, 1),
      insn(BPF_JMP | BPF_JNE | BPF_K, 1, 0, 1, 127),
      alu(BPF_MOV, 1, 126),
      insn(BPF_JMP | BPF_JNE | BPF_K, 1, 0, 1, 10),
      alu(BPF_MOV, 1, 11),
      alu(BPF_LSH, 1, 24),
      alu(BPF_AND, 0, 0xffffff),
      alu_x(BPF_OR, 0, 1),
      alu_x(BPF_MOV, 2, 0),
      big_endian(2, 32),
      store_x(BPF_W, 7, 30, 2),
      // The header's checksum.
      alu_x(BPF_MOV, 3, 0),
      alu(BPF_RSH, 3, 16),
      alu(BPF_AND, 0, 0xffff),
      alu_x(BPF_ADD, 3, 0),
      alu(BPF_ADD, 3, static_cast<int32_t>(fixed_sum)),
  };
  for (int fold = 0; fold < 2; ++fold) {
    p.push_back(alu_x(BPF_MOV, 4, 3));
    p.push_back(alu(BPF_RSH, 4, 16));
    p.push_back(alu(BPF_AND, 3, 0xffff));
    p.push_back(alu_x(BPF_ADD, 3, 4));
  }
  p.push_back(alu(BPF_XOR, 3, 0xffff));
  p.push_back(big_endian(3, 16));
  p.push_back(store_x(BPF_H, 7, 24, 3));
  p.push_back(store(BPF_B, 7, 22, 64));
  p.push_back(store(BPF_W, 7, 0, mac_high));
  p.push_back(store(BPF_H, 7, 4, mac_low));
  p.push_back(alu(BPF_MOV, 0, XDP_PASS));
  p.push_back(insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  p[4].off = static_cast<int16_t>(p.size() - 5);
  p.push_back(alu(BPF_MOV, 0, XDP_DROP));
  p.push_back(insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  return p;
}

int load(const std::vector<bpf_insn>& p) {
  static char log[65536];
  bpf_attr a{};
  a.prog_type = BPF_PROG_TYPE_XDP;
  a.insns = address(p.data());
  a.insn_cnt = static_cast<uint32_t>(p.size());
  a.license = address("GPL");
  a.log_buf = address(log);
  a.log_size = sizeof log;
  a.log_level = 1;
  const long fd = bpf(BPF_PROG_LOAD, a);
  if (fd < 0) {
    fputs(log, stderr);
    give_up("BPF_PROG_LOAD");
  }
  return static_cast<int>(fd);
}

std::array<uint8_t, 60> frame() {
  std::array<uint8_t, 60> f{};
  f[12] = 8;  // IPv4
  f[14] = 0x45;
  f[17] = 46;
  f[22] = 64;
  f[23] = 17;
  for (int i = 0; i < 4; ++i)
    f[26 + static_cast<size_t>(i)] = static_cast<uint8_t>(source >> (24 - 8 * i));
  return f;
}

double cpu_seconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  const auto s = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return s(u.ru_utime) + s(u.ru_stime);
}

double forward(int prog) {
  constexpr uint32_t packets = 1 << 20;
  auto f = frame();
  xdp_md ctx{};
  ctx.data_end = f.size();
  ctx.ingress_ifindex = if_nametoindex("in0");
  bpf_attr a{};
  a.test.prog_fd = static_cast<uint32_t>(prog);
  a.test.data_in = address(f.data());
  a.test.data_size_in = f.size();
  a.test.ctx_in = address(&ctx);
  a.test.ctx_size_in = sizeof ctx;
  a.test.repeat = packets;
  a.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  a.test.batch_size = 64;
  const double begin = cpu_seconds();
  if (bpf(BPF_PROG_TEST_RUN, a) != 0) give_up("BPF_PROG_TEST_RUN");
  return (cpu_seconds() - begin) * 1e9 / packets;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fprintf(stderr, "usage: kernel_router COMMAND\n"), 2;
  const int in = make_tap("in0"), out = make_tap("out0");
  if (system(argv[1]) != 0) give_up(argv[1]);
  const int prog = load(program(mac_of("in0")));
  puts("ready");
  fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    printf("%.2f\n", forward(prog));
    fflush(stdout);
  }
  close(in);
  close(out);
}
