// echo TAP ADDRESS/LENGTH PORT: a UDP echo server with a network stack of its own, on a TAP device of the host. It answers
// ping and ARP too, for it is a whole host. Ends with SIGINT or SIGTERM.
#include <sys/epoll.h>

#include <linnet/linnet.hh>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

using linnet::must;

namespace {

linnet::world* running = nullptr;

// Up to 32 datagrams at a time: each goes back to who sent it.
class echo_server {
 public:
  echo_server(const linnet::net& n, std::uint16_t port)
      : socket_(must(linnet::udp_socket(n, {.port = port}))) {
    for (std::size_t i = 0; i < batch; ++i) {
      iov_[i] = {data_[i].data(), data_[i].size()};
      list_[i].msg_hdr.msg_name = &from_[i];
      list_[i].msg_hdr.msg_iov = &iov_[i];
      list_[i].msg_hdr.msg_iovlen = 1;
    }
    socket_.on_ready([this](std::uint32_t events) {
      if (events & EPOLLIN) answer();
    });
  }

 private:
  static constexpr std::size_t batch = 32;

  void answer() {
    while (true) {
      for (std::size_t i = 0; i < batch; ++i) {
        iov_[i].iov_len = data_[i].size();
        list_[i].msg_hdr.msg_namelen = sizeof from_[i];
      }
      const auto came = socket_.recvmmsg(list_);
      if (!came) return;  // EAGAIN: until the next call
      for (std::size_t i = 0; i < *came; ++i) iov_[i].iov_len = list_[i].msg_len;
      (void)socket_.sendmmsg(std::span(list_).first(*came));
    }
  }

  linnet::socket socket_;
  std::array<std::array<std::byte, 65536>, batch> data_;
  std::array<sockaddr_in, batch> from_;
  std::array<iovec, batch> iov_;
  std::array<mmsghdr, batch> list_{};
};

void run(const char* tap, const linnet::ipv4_prefix& address, std::uint16_t port) {
  linnet::world w;
  const auto host = w.init_net();
  must(attach_tap(host, "eth0", tap));
  must(add_address(host, "eth0", address));
  must(set_up(host, "eth0"));
  const auto server = std::make_unique<echo_server>(host, port);

  running = &w;
  std::signal(SIGINT, [](int) { running->stop(); });
  std::signal(SIGTERM, [](int) { running->stop(); });
  std::printf("echo on %s port %u\n", address.text().c_str(), port);
  std::fflush(stdout);
  w.run();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto address = linnet::ipv4_prefix::parse(argc == 4 ? argv[2] : "");
  const int port = argc == 4 ? std::atoi(argv[3]) : 0;
  if (!address || port < 1 || port > 65535)
    return std::fputs("Usage: echo TAP ADDRESS/LENGTH PORT\n", stderr), 2;
  run(argv[1], *address, static_cast<std::uint16_t>(port));
  return 0;
} catch (const std::exception& e) {
  return std::fprintf(stderr, "echo: %s\n", e.what()), 1;
}
