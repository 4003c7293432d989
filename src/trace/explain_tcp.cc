// Why TCP let a segment go, where there is more to say than the reason's sentence: signatures, full queues, memory.
#include <netinet/in.h>

#include "trace/explain_kit.hh"

namespace linnet {

using enum skb_drop_reason;

namespace {

std::string receiver(const scene& s) {
  return "the socket on port " + std::to_string(s.packet.dport) + " of " + ip_text(s.packet.dst);
}

void signature(scene& s, skb_drop_reason why) {
  const std::string sender = ip_text(s.packet.src);
  switch (why) {
    case TCP_MD5NOTFOUND:
      s.say(receiver(s) + " wants segments from " + sender +
            " to be signed (RFC 2385): this one is not");
      return s.hint(sender +
                    "'s socket needs the same key (TCP_MD5SIG; a routing daemon's `password`)");
    case TCP_MD5UNEXPECTED:
      s.say("it is signed (RFC 2385), but " + receiver(s) + " has no key for " + sender);
      return s.hint(
          "give it the key (TCP_MD5SIG; a routing daemon's `password`), or take it from " + sender +
          "'s socket");
    default:
      s.say("its signature (RFC 2385) does not fit the key that " + receiver(s) + " has for " +
            sender);
      s.hint(
          "the two ends' keys differ, or something on the way changed an address, a port or the "
          "data");
  }
}

void queue_full(scene& s) {
  s.say("too many connections to " + receiver(s) + " wait to be accepted, or to be made");
  s.hint(
      "`ss -ltn`: Recv-Q wait to be accepted, Send-Q may; the program accepts too slowly, or "
      "listens with a small backlog");
  s.setting("core/somaxconn", true);
  s.setting("ipv4/tcp_max_syn_backlog", true);
  s.setting("ipv4/tcp_syncookies", false);
  s.fix("sysctl -w net.core.somaxconn=CONNECTIONS");
}

void memory_full(scene& s) {
  s.say("TCP's memory, or the socket's, is used up");
  s.hint("`ss -tm` shows what each socket has; a program that does not read is the usual cause");
  s.setting("ipv4/tcp_mem", true);
  s.setting("ipv4/tcp_rmem", true);
}

}  // namespace

bool tcp_dropped(scene& s, skb_drop_reason why) {
  if (!s.packet.has_l4 || s.packet.protocol != IPPROTO_TCP) return false;
  switch (why) {
    case TCP_MD5NOTFOUND:
    case TCP_MD5UNEXPECTED:
    case TCP_MD5FAILURE: signature(s, why); return true;
    case TCP_LISTEN_FULL: queue_full(s); return true;
    case PROTO_MEM: memory_full(s); return true;
    default: return false;
  }
}

}  // namespace linnet
