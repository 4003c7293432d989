// The names that scripts use, from the system's headers.
#include <fcntl.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <map>

#include "net/ipv4/tcp.hh"
#include "tests/support/packetdrill/script.hh"

namespace linnet::packetdrill {
namespace {

struct named {
  const char* name;
  s64 value;
};
#define NAME(x) {#x, static_cast<s64>(x)}

constexpr named errors[] = {
    NAME(EPERM),         NAME(ENOENT),         NAME(EINTR),        NAME(EIO),
    NAME(ENXIO),         NAME(EBADF),          NAME(EAGAIN),       NAME(ENOMEM),
    NAME(EACCES),        NAME(EFAULT),         NAME(EBUSY),        NAME(EEXIST),
    NAME(ENODEV),        NAME(EINVAL),         NAME(ENFILE),       NAME(EMFILE),
    NAME(ENOTTY),        NAME(ENOSPC),         NAME(ESPIPE),       NAME(EPIPE),
    NAME(EDOM),          NAME(ERANGE),         NAME(ENOTSOCK),     NAME(EDESTADDRREQ),
    NAME(EMSGSIZE),      NAME(EPROTOTYPE),     NAME(ENOPROTOOPT),  NAME(EPROTONOSUPPORT),
    NAME(EOPNOTSUPP),    NAME(EPFNOSUPPORT),   NAME(EAFNOSUPPORT), NAME(EADDRINUSE),
    NAME(EADDRNOTAVAIL), NAME(ENETDOWN),       NAME(ENETUNREACH),  NAME(ENETRESET),
    NAME(ECONNABORTED),  NAME(ECONNRESET),     NAME(ENOBUFS),      NAME(EISCONN),
    NAME(ENOTCONN),      NAME(ESHUTDOWN),      NAME(ETOOMANYREFS), NAME(ETIMEDOUT),
    NAME(ECONNREFUSED),  NAME(EHOSTDOWN),      NAME(EHOSTUNREACH), NAME(EALREADY),
    NAME(EINPROGRESS),   NAME(ENOMSG),         NAME(EPROTO),       NAME(EOVERFLOW),
    NAME(ENONET),        NAME(ESOCKTNOSUPPORT)};

constexpr named names[] = {
    // families, types, protocols
    NAME(AF_UNSPEC),
    NAME(AF_INET),
    NAME(AF_INET6),
    NAME(PF_INET),
    NAME(SOCK_STREAM),
    NAME(SOCK_DGRAM),
    NAME(SOCK_RAW),
    NAME(SOCK_NONBLOCK),
    NAME(SOCK_CLOEXEC),
    NAME(IPPROTO_IP),
    NAME(IPPROTO_TCP),
    NAME(IPPROTO_UDP),
    NAME(IPPROTO_ICMP),
    NAME(SOL_SOCKET),
    {"SOL_TCP", IPPROTO_TCP},
    {"SOL_IP", IPPROTO_IP},
    {"SOL_UDP", IPPROTO_UDP},
    {"INADDR_ANY", 0},
    NAME(SHUT_RD),
    NAME(SHUT_WR),
    NAME(SHUT_RDWR),
    // files
    NAME(F_GETFL),
    NAME(F_SETFL),
    NAME(F_GETFD),
    NAME(F_SETFD),
    NAME(FD_CLOEXEC),
    NAME(O_RDWR),
    NAME(O_RDONLY),
    NAME(O_WRONLY),
    NAME(O_NONBLOCK),
    NAME(FIONREAD),
    NAME(FIONBIO),
    NAME(SIOCINQ),
    NAME(SIOCOUTQ),
    NAME(SIOCATMARK),
    NAME(SIOCOUTQNSD),
    // messages
    NAME(MSG_OOB),
    NAME(MSG_PEEK),
    NAME(MSG_DONTROUTE),
    NAME(MSG_CTRUNC),
    NAME(MSG_TRUNC),
    NAME(MSG_DONTWAIT),
    NAME(MSG_EOR),
    NAME(MSG_WAITALL),
    NAME(MSG_CONFIRM),
    NAME(MSG_ERRQUEUE),
    NAME(MSG_NOSIGNAL),
    NAME(MSG_MORE),
    NAME(MSG_ZEROCOPY),
    NAME(MSG_FASTOPEN),
    NAME(MSG_CMSG_CLOEXEC),
    // SOL_SOCKET
    NAME(SO_DEBUG),
    NAME(SO_REUSEADDR),
    NAME(SO_TYPE),
    NAME(SO_ERROR),
    NAME(SO_DONTROUTE),
    NAME(SO_BROADCAST),
    NAME(SO_SNDBUF),
    NAME(SO_RCVBUF),
    NAME(SO_SNDBUFFORCE),
    NAME(SO_RCVBUFFORCE),
    NAME(SO_KEEPALIVE),
    NAME(SO_OOBINLINE),
    NAME(SO_NO_CHECK),
    NAME(SO_PRIORITY),
    NAME(SO_LINGER),
    NAME(SO_REUSEPORT),
    NAME(SO_PASSCRED),
    NAME(SO_RCVLOWAT),
    NAME(SO_SNDLOWAT),
    NAME(SO_RCVTIMEO),
    NAME(SO_SNDTIMEO),
    NAME(SO_BINDTODEVICE),
    NAME(SO_TIMESTAMP),
    NAME(SO_TIMESTAMPNS),
    NAME(SO_TIMESTAMPING),
    NAME(SO_ACCEPTCONN),
    NAME(SO_PROTOCOL),
    NAME(SO_DOMAIN),
    NAME(SO_MARK),
    NAME(SO_MAX_PACING_RATE),
    NAME(SO_INCOMING_CPU),
    NAME(SO_ZEROCOPY),
    NAME(SO_COOKIE),
    NAME(SCM_TIMESTAMP),
    NAME(SCM_TIMESTAMPNS),
    NAME(SCM_TIMESTAMPING),
    // SOL_TCP
    NAME(TCP_NODELAY),
    NAME(TCP_MAXSEG),
    NAME(TCP_CORK),
    NAME(TCP_KEEPIDLE),
    NAME(TCP_KEEPINTVL),
    NAME(TCP_KEEPCNT),
    NAME(TCP_SYNCNT),
    NAME(TCP_LINGER2),
    NAME(TCP_DEFER_ACCEPT),
    NAME(TCP_WINDOW_CLAMP),
    NAME(TCP_INFO),
    NAME(TCP_QUICKACK),
    NAME(TCP_CONGESTION),
    NAME(TCP_MD5SIG),
    NAME(TCP_THIN_LINEAR_TIMEOUTS),
    NAME(TCP_THIN_DUPACK),
    NAME(TCP_USER_TIMEOUT),
    NAME(TCP_REPAIR),
    NAME(TCP_FASTOPEN),
    NAME(TCP_TIMESTAMP),
    NAME(TCP_NOTSENT_LOWAT),
    NAME(TCP_CC_INFO),
    NAME(TCP_SAVE_SYN),
    NAME(TCP_SAVED_SYN),
    NAME(TCP_FASTOPEN_CONNECT),
    NAME(TCP_FASTOPEN_KEY),
    NAME(TCP_FASTOPEN_NO_COOKIE),
    NAME(TCP_ZEROCOPY_RECEIVE),
    NAME(TCP_INQ),
    NAME(TCP_CM_INQ),
    NAME(TCP_TX_DELAY),
    NAME(TCP_ULP),
    // SOL_IP, SOL_UDP
    NAME(IP_TOS),
    NAME(IP_TTL),
    NAME(IP_MTU),
    NAME(IP_MTU_DISCOVER),
    NAME(IP_PMTUDISC_DONT),
    NAME(IP_PMTUDISC_WANT),
    NAME(IP_PMTUDISC_DO),
    NAME(IP_PMTUDISC_PROBE),
    NAME(IP_PMTUDISC_INTERFACE),
    NAME(IP_PMTUDISC_OMIT),
    NAME(IP_RECVERR),
    NAME(IP_RECVTTL),
    NAME(IP_RECVTOS),
    NAME(IP_PKTINFO),
    NAME(IP_FREEBIND),
    NAME(IP_BIND_ADDRESS_NO_PORT),
    NAME(IP_MINTTL),
    NAME(IP_TRANSPARENT),
    NAME(UDP_CORK),
    NAME(UDP_SEGMENT),
    NAME(UDP_GRO),
    // poll, epoll
    NAME(POLLIN),
    NAME(POLLPRI),
    NAME(POLLOUT),
    NAME(POLLERR),
    NAME(POLLHUP),
    NAME(POLLNVAL),
    NAME(POLLRDHUP),
    NAME(POLLRDNORM),
    NAME(POLLRDBAND),
    NAME(POLLWRNORM),
    NAME(POLLWRBAND),
    NAME(EPOLLIN),
    NAME(EPOLLPRI),
    NAME(EPOLLOUT),
    NAME(EPOLLERR),
    NAME(EPOLLHUP),
    NAME(EPOLLRDHUP),
    NAME(EPOLLRDNORM),
    NAME(EPOLLRDBAND),
    NAME(EPOLLWRNORM),
    NAME(EPOLLWRBAND),
    NAME(EPOLLET),
    NAME(EPOLLONESHOT),
    NAME(EPOLLEXCLUSIVE),
    NAME(EPOLL_CTL_ADD),
    NAME(EPOLL_CTL_MOD),
    NAME(EPOLL_CTL_DEL),
    // errors of packets
    NAME(SO_EE_ORIGIN_NONE),
    NAME(SO_EE_ORIGIN_LOCAL),
    NAME(SO_EE_ORIGIN_ICMP),
    NAME(SO_EE_ORIGIN_TIMESTAMPING),
    NAME(SO_EE_ORIGIN_ZEROCOPY),
    NAME(SO_EE_CODE_ZEROCOPY_COPIED),
    // what code in %{ }% compares TCP_INFO with
    NAME(TCP_ESTABLISHED),
    NAME(TCP_SYN_SENT),
    NAME(TCP_SYN_RECV),
    NAME(TCP_FIN_WAIT1),
    NAME(TCP_FIN_WAIT2),
    NAME(TCP_TIME_WAIT),
    NAME(TCP_CLOSE),
    NAME(TCP_CLOSE_WAIT),
    NAME(TCP_LAST_ACK),
    NAME(TCP_LISTEN),
    NAME(TCP_CLOSING),
    NAME(TCP_CA_Open),
    NAME(TCP_CA_Disorder),
    NAME(TCP_CA_CWR),
    NAME(TCP_CA_Recovery),
    NAME(TCP_CA_Loss),
    NAME(TCPI_OPT_TIMESTAMPS),
    NAME(TCPI_OPT_SACK),
    NAME(TCPI_OPT_WSCALE),
    NAME(TCPI_OPT_ECN),
    NAME(TCPI_OPT_ECN_SEEN),
    NAME(TCPI_OPT_SYN_DATA)};
#undef NAME

}  // namespace

std::optional<s64> symbol(std::string_view name) {
  static const auto table = [] {
    std::map<std::string_view, s64> t;
    for (const auto& n : names) t.emplace(n.name, n.value);
    for (const auto& n : errors) t.emplace(n.name, n.value);
    return t;
  }();
  const auto it = table.find(name);
  if (it == table.end()) return {};
  return it->second;
}

std::string errno_name(int e) {
  for (const auto& n : errors)
    if (n.value == e) return n.name;
  return "errno " + std::to_string(e);
}

}  // namespace linnet::packetdrill
