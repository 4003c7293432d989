// PROBE (RFC 8335): an extended echo request asks about one of this host's interfaces, by name, index or address; the
// answer says whether it is there, up, and has addresses. Off unless icmp_echo_enable_probe.
#include <net/if.h>

#include "net/core/net_device.hh"
#include "net/ipv4/icmp.hh"
#include "net/ipv4/inetdevice.hh"
#include "net/ipv4/netns_ipv4.hh"
#include "wire/icmp.hh"

namespace linnet {
namespace {

struct extension_header {  // RFC 4884 §7
  u8 version;              // in the upper half
  u8 reserved;
  be16 checksum;
};
struct object_header {
  be16 length;  // bytes, with this header
  u8 class_num;
  u8 class_type;
};
struct address_header {  // of an interface named by address
  be16 afi;
  u8 addrlen;
  u8 reserved;
};
constexpr size_t longest_object = sizeof(object_header) + sizeof(address_header) + 16;

struct asked_for {
  bool malformed = false;
  const net_device* dev = nullptr;
};
constexpr asked_for malformed_query = {.malformed = true};

asked_for by_address(net& n, const_bytes ident) {
  if (ident.size() < sizeof(address_header)) return malformed_query;
  const auto& h = *reinterpret_cast<const address_header*>(ident.data());
  const const_bytes addr = ident.subspan(sizeof h);
  if (addr.size() != h.addrlen) return malformed_query;
  if (h.afi == be16(ICMP_AFI_IP6)) {
    if (addr.size() != 16) return malformed_query;
    return {};  // nobody here has such an address
  }
  if (h.afi != be16(ICMP_AFI_IP) || addr.size() != sizeof(be32)) return malformed_query;
  return {.dev = ip_dev_find(n, be32::load(addr.data()))};
}

asked_for interface_asked(net& n, const_bytes body) {
  constexpr size_t headers = sizeof(extension_header) + sizeof(object_header);
  if (body.size() < headers) return malformed_query;
  const auto& object =
      *reinterpret_cast<const object_header*>(body.data() + sizeof(extension_header));
  const size_t length = object.length.host();
  if (length <= sizeof object || length > longest_object ||
      length > body.size() - sizeof(extension_header))
    return malformed_query;
  const const_bytes ident = body.subspan(headers, length - sizeof object);
  switch (object.class_type) {
    case ICMP_EXT_ECHO_CTYPE_NAME: {
      if (ident.size() >= IFNAMSIZ) return malformed_query;
      const char* name = reinterpret_cast<const char*>(ident.data());
      return {.dev = dev_get_by_name(n, {name, strnlen(name, ident.size())})};
    }
    case ICMP_EXT_ECHO_CTYPE_INDEX:
      if (ident.size() != sizeof(be32)) return malformed_query;
      return {.dev = dev_get_by_index(n, static_cast<int>(be32::load(ident.data()).host()))};
    case ICMP_EXT_ECHO_CTYPE_ADDR: return by_address(n, ident);
    default: return malformed_query;
  }
}

}  // namespace

bool icmp_build_probe(net& n, icmphdr& h, const_bytes body) {
  constexpr u16 local = 1;  // L: it is an interface of this host that is asked about
  if (!ipv4_of(n).sysctl_icmp_echo_enable_probe || !(h.sequence.host() & local)) return false;
  // The sequence number has 8 bits; the rest says what is known.
  u16 sequence = h.sequence.host() & 0xff00;
  h.type = ICMP_EXT_ECHOREPLY;
  const asked_for what = interface_asked(n, body);
  if (what.malformed) {
    h.code = ICMP_EXT_CODE_MAL_QUERY;
  } else if (!what.dev) {
    h.code = ICMP_EXT_CODE_NO_IF;
  } else {
    if (what.dev->flags & IFF_UP) sequence |= ICMP_EXT_ECHOREPLY_ACTIVE;
    const in_device* in = in_dev_get(*what.dev);
    if (in && !in->ifa_list.empty()) sequence |= ICMP_EXT_ECHOREPLY_IPV4;
  }
  h.sequence = be16(sequence);
  return true;
}

}  // namespace linnet
