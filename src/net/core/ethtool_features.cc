// `ethtool -k` and `-K`: the names of features, which are on, which may be switched, and switching them. What a device cannot
// have without another feature goes with that one (netdev_fix_features).
#include <linux/ethtool.h>

#include <algorithm>
#include <cstring>

#include "net/core/ethtool.hh"
#include "net/core/net_device.hh"

namespace linnet {
namespace {

constexpr std::array<const char*, netdev_feature_count> feature_strings = {
    "tx-scatter-gather",
    "tx-checksum-ipv4",
    "",
    "tx-checksum-ip-generic",
    "tx-checksum-ipv6",
    "highdma",
    "tx-scatter-gather-fraglist",
    "tx-vlan-hw-insert",
    "rx-vlan-hw-parse",
    "rx-vlan-filter",
    "vlan-challenged",
    "tx-generic-segmentation",
    "tx-lockless",
    "netns-local",
    "rx-gro",
    "rx-lro",
    "tx-tcp-segmentation",
    "tx-gso-robust",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation",
    "tx-fcoe-segmentation",
    "tx-gre-segmentation",
    "tx-gre-csum-segmentation",
    "tx-ipxip4-segmentation",
    "tx-ipxip6-segmentation",
    "tx-udp_tnl-segmentation",
    "tx-udp_tnl-csum-segmentation",
    "tx-gso-partial",
    "tx-tunnel-remcsum-segmentation",
    "tx-sctp-segmentation",
    "tx-esp-segmentation",
    "",
    "tx-udp-segmentation",
    "tx-gso-list",
    "tx-checksum-fcoe-crc",
    "tx-checksum-sctp",
    "fcoe-mtu",
    "rx-ntuple-filter",
    "rx-hashing",
    "rx-checksum",
    "tx-nocache-copy",
    "loopback",
    "rx-fcs",
    "rx-all",
    "tx-vlan-stag-hw-insert",
    "rx-vlan-stag-hw-parse",
    "rx-vlan-stag-filter",
    "l2-fwd-offload",
    "hw-tc-offload",
    "esp-hw-offload",
    "esp-tx-csum-hw-offload",
    "rx-udp_tunnel-port-offload",
    "tls-hw-tx-offload",
    "tls-hw-rx-offload",
    "rx-gro-hw",
    "tls-hw-record",
    "rx-gro-list",
    "macsec-hw-offload",
    "rx-udp-gro-forwarding",
    "hsr-tag-ins-offload",
    "hsr-tag-rm-offload",
    "hsr-fwd-offload",
    "hsr-dup-offload",
};

constexpr u32 words = (netdev_feature_count + 31) / 32;
// What nobody may switch (NETIF_F_NEVER_CHANGE), and what ethtool may name at all.
constexpr u64 never_change = NETIF_F_VLAN_CHALLENGED | NETIF_F_LLTX | NETIF_F_NETNS_LOCAL,
              ethtool_bits = ~u64{0} & ~never_change;

u32 word(u64 features, u32 i) { return static_cast<u32>(features >> (32 * i)); }

// The older commands, each for a group of features.
u64 group_of(u32 cmd) {
  switch (cmd) {
    case ETHTOOL_GTXCSUM:
    case ETHTOOL_STXCSUM: return NETIF_F_HW_CSUM | NETIF_F_SCTP_CRC;
    case ETHTOOL_GRXCSUM:
    case ETHTOOL_SRXCSUM: return NETIF_F_RXCSUM;
    case ETHTOOL_GSG:
    case ETHTOOL_SSG: return NETIF_F_SG | NETIF_F_FRAGLIST;
    case ETHTOOL_GTSO:
    case ETHTOOL_STSO: return NETIF_F_ALL_TSO;
    case ETHTOOL_GGSO:
    case ETHTOOL_SGSO: return NETIF_F_GSO;
    case ETHTOOL_GGRO:
    case ETHTOOL_SGRO: return NETIF_F_GRO;
    default: return 0;
  }
}

// The flags of ETHTOOL_GFLAGS and the features that they stand for.
constexpr std::pair<u32, u64> flag_bits[] = {
    {ETH_FLAG_LRO, u64{1} << NETIF_F_LRO_BIT},
    {ETH_FLAG_RXVLAN, NETIF_F_HW_VLAN_CTAG_RX},
    {ETH_FLAG_TXVLAN, NETIF_F_HW_VLAN_CTAG_TX},
    {ETH_FLAG_NTUPLE, u64{1} << NETIF_F_NTUPLE_BIT},
    {ETH_FLAG_RXHASH, u64{1} << NETIF_F_RXHASH_BIT},
};

u32 flags_of(const net_device& dev) {
  u32 flags = 0;
  for (const auto& [flag, feature] : flag_bits)
    if (dev.features & feature) flags |= flag;
  return flags;
}

// What of the wanted features can go together (netdev_fix_features).
u64 fix_features(u64 f) {
  if (!(f & NETIF_F_SG)) f &= ~NETIF_F_ALL_TSO;
  if (!(f & NETIF_F_HW_CSUM)) f &= ~NETIF_F_ALL_TSO;
  if (!(f & NETIF_F_TSO)) f &= ~NETIF_F_TSO_MANGLEID;
  if ((f & NETIF_F_ALL_TSO) == NETIF_F_TSO_ECN) f &= ~NETIF_F_TSO_ECN;
  if (!(f & NETIF_F_SG)) f &= ~NETIF_F_GSO;
  return f;
}

template <class T>
status get(const_bytes in, T& out) {
  if (in.size() < sizeof out) return err(EFAULT);
  std::memcpy(&out, in.data(), sizeof out);
  return {};
}
template <class T>
result<int> put(bytes out, const T& v, size_t at = 0) {
  if (out.size() < at + sizeof v) return err(EFAULT);
  std::memcpy(out.data() + at, &v, sizeof v);
  return 0;
}

// How many strings there are in the sets that are asked for.
result<int> sset_info(bytes command) {
  ethtool_sset_info i;
  if (status s = get(command, i); !s) return std::unexpected(s.error());
  const bool known = i.sset_mask & u64{1} << ETH_SS_FEATURES;
  i.sset_mask = known ? u64{1} << ETH_SS_FEATURES : 0;
  if (known) {
    if (auto done = put(command, u32{netdev_feature_count}, sizeof i); !done) return done;
  }
  return put(command, i);
}

result<int> strings(bytes command) {
  ethtool_gstrings g;
  if (status s = get(command, g); !s) return std::unexpected(s.error());
  if (g.string_set != ETH_SS_FEATURES) return err(EOPNOTSUPP);
  g.len = netdev_feature_count;
  if (command.size() < sizeof g + g.len * ETH_GSTRING_LEN) return err(EFAULT);
  std::byte* at = command.data() + sizeof g;
  for (const char* name : feature_strings) {
    std::memset(at, 0, ETH_GSTRING_LEN);
    std::memcpy(at, name, std::strlen(name));
    at += ETH_GSTRING_LEN;
  }
  return put(command, g);
}

result<int> get_features(const net_device& dev, bytes command) {
  ethtool_gfeatures g;
  if (status s = get(command, g); !s) return std::unexpected(s.error());
  const u32 room = std::min(g.size, words);
  g.size = words;
  if (auto done = put(command, g); !done) return done;
  for (u32 i = 0; i < room; ++i) {
    const ethtool_get_features_block b = {.available = word(dev.hw_features, i),
                                          .requested = word(dev.wanted_features, i),
                                          .active = word(dev.features, i),
                                          .never_changed = word(never_change, i)};
    if (auto done = put(command, b, sizeof g + i * sizeof b); !done) return done;
  }
  return 0;
}

// ETHTOOL_F_*: what was asked for and isn't possible, or not so.
result<int> change(net_device& dev, u64 valid, u64 wanted) {
  int answer = 0;
  if (valid & ~dev.hw_features) answer |= ETHTOOL_F_UNSUPPORTED;
  valid &= dev.hw_features;
  dev.wanted_features = (dev.wanted_features & ~valid) | (wanted & valid);
  netdev_update_features(dev);
  if ((dev.wanted_features ^ dev.features) & valid) answer |= ETHTOOL_F_WISH;
  return answer;
}

result<int> set_features(net_device& dev, const_bytes command) {
  ethtool_sfeatures s;
  if (status ok = get(command, s); !ok) return std::unexpected(ok.error());
  if (s.size != words) return err(EINVAL);
  u64 valid = 0, wanted = 0;
  for (u32 i = 0; i < words; ++i) {
    ethtool_set_features_block b;
    if (status ok = get(command.subspan(sizeof s + i * sizeof b), b); !ok)
      return std::unexpected(ok.error());
    valid |= u64{b.valid} << (32 * i);
    wanted |= u64{b.requested} << (32 * i);
  }
  if (valid & ~ethtool_bits) return err(EINVAL);
  return change(dev, valid, wanted);
}

// One group, all or none of what may be switched (ethtool_set_one_feature).
result<int> set_group(net_device& dev, u32 cmd, const_bytes command) {
  ethtool_value v;
  if (status ok = get(command, v); !ok) return std::unexpected(ok.error());
  const u64 mask = group_of(cmd) & dev.hw_features;
  if (!mask) return err(EOPNOTSUPP);
  dev.wanted_features = v.data ? dev.wanted_features | mask : dev.wanted_features & ~mask;
  netdev_update_features(dev);
  return 0;
}

}  // namespace

void netdev_update_features(net_device& dev) {
  u64 f = (dev.features & ~dev.hw_features) | dev.wanted_features;
  if (dev.ops->ndo_fix_features) f = dev.ops->ndo_fix_features(dev, f);
  f = fix_features(f);
  if (f == dev.features) return;
  if (dev.ops->ndo_set_features) dev.ops->ndo_set_features(dev, f);
  dev.features = f;
  if (dev.registered) call_netdevice_notifiers(dev, netdev_event::feat_change);
}

size_t ethtool_features_size(u32 command) {
  switch (command) {
    case ETHTOOL_GSSET_INFO: return sizeof(ethtool_sset_info) + sizeof(u32);
    case ETHTOOL_GSTRINGS:
      return sizeof(ethtool_gstrings) + size_t{netdev_feature_count} * ETH_GSTRING_LEN;
    case ETHTOOL_GFEATURES:
      return sizeof(ethtool_gfeatures) + words * sizeof(ethtool_get_features_block);
    case ETHTOOL_SFEATURES:
      return sizeof(ethtool_sfeatures) + words * sizeof(ethtool_set_features_block);
    case ETHTOOL_GFLAGS: return sizeof(ethtool_value);
    default: return group_of(command) ? sizeof(ethtool_value) : 0;
  }
}

result<int> dev_ethtool_features(net_device& dev, u32 cmd, bytes command) {
  switch (cmd) {
    case ETHTOOL_GSSET_INFO: return sset_info(command);
    case ETHTOOL_GSTRINGS: return strings(command);
    case ETHTOOL_GFEATURES: return get_features(dev, command);
    case ETHTOOL_SFEATURES: return set_features(dev, command);
    case ETHTOOL_GFLAGS: return put(command, ethtool_value{cmd, flags_of(dev)});
    case ETHTOOL_STXCSUM:
    case ETHTOOL_SRXCSUM:
    case ETHTOOL_SSG:
    case ETHTOOL_STSO:
    case ETHTOOL_SGSO:
    case ETHTOOL_SGRO: return set_group(dev, cmd, command);
    default: break;
  }
  if (const u64 group = group_of(cmd))
    return put(command, ethtool_value{cmd, (dev.features & group) != 0});
  return err(EOPNOTSUPP);
}

}  // namespace linnet
