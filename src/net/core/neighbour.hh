// Neighbours: which link-layer address a next hop has, how sure we are, and what waits for the answer.
// One neigh_table per namespace and protocol (ARP here; ND later), entries keyed by (device, address).
// `output` is swapped as the state changes: connected_output while the address is valid beyond doubt,
// output (which may solicit) otherwise. States are Linux's NUD_* bits.
//
//   NONE → INCOMPLETE → REACHABLE → STALE → DELAY → PROBE → REACHABLE | FAILED
//   NOARP and PERMANENT never time out.
#pragma once

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "base/list.hh"
#include "base/ref.hh"
#include "base/result.hh"
#include "base/slab.hh"
#include "net/core/dst.hh"
#include "net/core/net_device.hh"
#include "time/timer.hh"

namespace linnet {

struct neigh_table;
struct neighbour;

// NUD_* are macros of <linux/neighbour.h>; the combinations are Linux's.
inline constexpr u8 NUD_IN_TIMER_ = NUD_INCOMPLETE | NUD_REACHABLE | NUD_DELAY | NUD_PROBE;
inline constexpr u8 NUD_VALID_ =
    NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY;
inline constexpr u8 NUD_CONNECTED_ = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE;
// "REACHABLE", as ip(8) shows the state; "?" for what is no state.
const char* nud_name(u32 state);

// neigh_update's flags (NEIGH_UPDATE_F_*).
inline constexpr u32 NEIGH_UPDATE_F_OVERRIDE = 0x00000001;
inline constexpr u32 NEIGH_UPDATE_F_WEAK_OVERRIDE = 0x00000002;
inline constexpr u32 NEIGH_UPDATE_F_OVERRIDE_ISROUTER = 0x00000004;
inline constexpr u32 NEIGH_UPDATE_F_USE = 0x10000000;
inline constexpr u32 NEIGH_UPDATE_F_MANAGED = 0x20000000;
inline constexpr u32 NEIGH_UPDATE_F_EXT_LEARNED = 0x40000000;
inline constexpr u32 NEIGH_UPDATE_F_ISROUTER = 0x80000000;
inline constexpr u32 NEIGH_UPDATE_F_ADMIN = 0x00080000;

// Settings of a table (default) or of one device in it. Times in nanoseconds.
struct neigh_parms {
  neigh_table* tbl = nullptr;
  net_device* dev = nullptr;  // null: the table's default
  u32 users = 0;              // entries that go by them
  u64 set = 0;                // bit per field: set on the device itself
  u32 mcast_probes = 3, ucast_probes = 3, app_probes = 0, mcast_reprobes = 0;
  ktime retrans_time = secs(1);
  ktime base_reachable_time = secs(30);
  ktime delay_probe_time = secs(5);
  ktime interval_probe_time = secs(5);
  ktime gc_staletime = secs(60);
  u32 queue_len_bytes = 212992;
  u32 proxy_qlen = 64;
  u32 proxy_queued = 0;  // requests that wait in the table's proxy_queue
  ktime anycast_delay = secs(1);
  ktime proxy_delay = secs(8) / 10;
  ktime locktime = secs(1);
  ktime reachable_time = 0;  // base_reachable_time times 0.5 to 1.5, drawn anew every 5 minutes
};

struct neigh_ops {
  int family;
  void (*solicit)(neighbour&, const sk_buff*);
  void (*error_report)(neighbour&, skb_ptr);
  void (*output)(neighbour&, sk_buff_head&&);
  void (*connected_output)(neighbour&, sk_buff_head&&);
};

// What few entries have, and most only for a moment: packets that wait for the address, and a place among those that
// are kept resolved (NTF_MANAGED).
struct neigh_extra : list_node<struct neigh_managed_tag> {
  explicit neigh_extra(neighbour& n) : owner(n) {}
  neighbour& owner;
  sk_buff_head arp_queue;
  u32 arp_queue_len_bytes = 0;
};

// The fields are laid out to make an idle entry small; with its place in the hash table it takes 256 bytes at most
// while that isn't freshly doubled. Its timer is a base, and so needs no way back to it.
struct neighbour : refcounted, timer, list_node<struct neigh_table_tag> {
  neighbour(neigh_table& t, net_device& d, const_bytes key);
  ~neighbour() override;
  static void* operator new(size_t, slab_pool& p) { return p.alloc(); }
  static void operator delete(void* p, slab_pool&) { slab_pool::free(p); }
  static void operator delete(void* p) { slab_pool::free(p); }

  neighbour* hash_next = nullptr;
  ref<net_device> dev;
  neigh_parms* parms;  // never null
  const neigh_ops* ops = nullptr;
  void (*output)(neighbour&, sk_buff_head&&);
  std::unique_ptr<neigh_extra> extra;
  ktime confirmed, updated, used;
  u32 probes = 0;
  u8 nud_state = NUD_NONE;
  u8 type = 0;               // RTN_*
  u8 flags = 0;              // NTF_*
  u8 protocol = 0;           // RTPROT_*
  u8 ext_flags = 0;          // NTF_EXT_*
  bool dead = false;         // off the table
  bool collectable = false;  // on that list of the table's
  u8 hh_len = 0;             // cached link-layer header: 0 while there is none
  u8 key_len;
  std::array<u8, 16> primary_key{};
  hw_addr ha{};
  std::array<std::byte, 16> hh{};

  neigh_table& tbl() const { return *parms->tbl; }
  be32 key4() const { return be32::load(primary_key.data()); }
  // The last packet that waits; null when none does.
  const sk_buff* waiting() const { return extra ? extra->arp_queue.last() : nullptr; }
};
static_assert(sizeof(neighbour) <= 240);

struct neigh_statistics {
  u64 allocs = 0, destroys = 0, hash_grows = 0, res_failed = 0, lookups = 0, hits = 0;
  u64 rcv_probes_mcast = 0, rcv_probes_ucast = 0, periodic_gc_runs = 0, forced_gc_runs = 0;
  u64 unres_discards = 0, table_fulls = 0;
};

// The entries by key: chains in an array that doubles when there are more entries than chains, as Linux's does.
class neigh_hash_table {
 public:
  explicit neigh_hash_table(u64 secret) : secret_(secret | 1), chains_(8) {}
  neighbour* find(const u8* key, unsigned key_len, const net_device&) const;
  bool insert(neighbour&);  // true: it has grown
  void erase(neighbour&);
  size_t size() const { return size_; }
  u32 mask() const { return static_cast<u32>(chains_.size() - 1); }
  u32 secret() const { return static_cast<u32>(secret_); }

 private:
  size_t index(const u8* key, unsigned key_len, const net_device&) const;
  void grow();
  u64 secret_;  // so that peers can't choose addresses that fall into one chain
  size_t size_ = 0;
  std::vector<neighbour*> chains_;
};

// An address that is answered for on a device, or on all (struct pneigh_entry).
struct pneigh_entry {
  u8 flags = 0;     // NTF_*
  u8 protocol = 0;  // RTPROT_*
  u32 ext_flags = 0;
  bool permanent = false;  // outlives the loss of the carrier
};

struct neigh_table {
  neigh_table(net&, int family, u8 key_len, const char* id);
  ~neigh_table();
  net& ns;
  int family;
  u8 key_len;
  const char* id;  // "arp_cache"
  bool (*constructor)(neighbour&) = nullptr;
  neigh_parms parms;                     // the defaults
  std::vector<neigh_parms*> parms_list;  // of devices, in the order of registration
  u32 gc_thresh1 = 128, gc_thresh2 = 512, gc_thresh3 = 1024;
  ktime gc_interval = secs(30);
  ktime last_flush = 0, last_rand = 0;
  neigh_statistics stats;
  struct table_timer : timer {
    using timer::timer;
    neigh_table* owner = nullptr;
  } gc_timer, proxy_timer, managed_timer;
  std::unique_ptr<slab_pool, slab_pool::let_go> pool;
  neigh_hash_table hash;
  // Entries own a reference here. Those that collection may take and gc_thresh2 and 3 limit are apart from those that
  // somebody else takes away (permanent ones, a control plane's), each list by age; walks go by both, in this order.
  list<neighbour, neigh_table_tag> kept, collectable;
  size_t gc_entries = 0;                         // on `collectable`
  list<neigh_extra, neigh_managed_tag> managed;  // NTF_MANAGED
  // Where the dump that was continued last goes on; null `next`: at its end.
  struct {
    const void* whose = nullptr;
    neighbour* next = nullptr;
  } cursor;

  size_t entries() const { return hash.size(); }
  neighbour* first() const;
  neighbour* after(const neighbour&) const;
  // Calls `f` with every entry, which it may remove.
  template <class F>
  void each(F&& f) {
    for (auto* l : {&kept, &collectable})
      for (auto it = l->begin(); it != l->end();) f(*it++);
  }
  void take_defaults(const neigh_table& from);
  std::map<std::pair<std::array<u8, 16>, int>, pneigh_entry>
      proxies;                            // by address and ifindex (0: all)
  sk_buff_head proxy_queue;               // requests for proxies' addresses, answered later
  void (*proxy_redo)(skb_ptr) = nullptr;  // takes them up again
};

std::unique_ptr<neigh_parms, void (*)(neigh_parms*)> neigh_parms_alloc(net_device&, neigh_table&);

// Whether `key` is answered for on `dev`, by an entry for it or for all devices; `dev` null: for all only.
pneigh_entry* pneigh_lookup(neigh_table&, const_bytes key, const net_device* dev);
// The entry that pneigh_lookup finds, made when there is none.
pneigh_entry& pneigh_create(neigh_table&, const_bytes key, const net_device* dev);
status pneigh_delete(neigh_table&, const_bytes key, const net_device* dev);  // ENOENT
// A request that arrives has not waited yet; whether one has; and makes it wait, when there is room for more than
// proxy_qlen says, a random time below proxy_delay. The device must not go before its parms' requests have
// (pneigh_ifdown).
void pneigh_clear(sk_buff&);
bool pneigh_was_enqueued(const sk_buff&);
void pneigh_enqueue(neigh_table&, neigh_parms&, skb_ptr);

// The second is for packets that go: it counts among no statistics.
neighbour* neigh_lookup(neigh_table&, const_bytes key, const net_device&);
neighbour* neigh_lookup_noref(const neigh_table&, const_bytes key, const net_device&);
// The entry, made when there is none. `exempt_from_gc`: it will be permanent or a control plane's, and needs no
// room below the limits. It begins with NTF_* `flags` and NTF_EXT_* `ext_flags`. ENOBUFS (table full), EINVAL (the
// constructor refused).
result<neighbour*> neigh_create(neigh_table&, const_bytes key, net_device&,
                                bool exempt_from_gc = false, u8 flags = 0, u8 ext_flags = 0);

// Sets the link-layer address and state, by Linux's rules (neigh_update(9)): EPERM against NOARP and
// PERMANENT without ADMIN, EINVAL for an address needed and absent. `lladdr` null: as it was.
status neigh_update(neighbour&, const u8* lladdr, u8 state, u32 flags, u32 portid);
// Something arrived that proves it is there (dst_confirm).
void neigh_confirm(neighbour&);
// A packet wants to go (neigh_event_send). False: the entry is usable (NUD_VALID) and nothing may be given.
// True: it isn't; resolution runs, and the packet, if any was given, waits in the queue or was dropped.
// `immediate_ok` false: the first solicitation is left to the timer.
bool neigh_event_send(neighbour&, skb_ptr, bool immediate_ok = true);
neighbour* neigh_event_ns(neigh_table&, const u8* lladdr, const_bytes saddr, net_device&);
void neigh_remove(neighbour&);  // unlinks and destroys (neigh_remove_one)
void neigh_changeaddr(neigh_table&, net_device&);
void neigh_ifdown(neigh_table&, net_device&);
void neigh_carrier_down(neigh_table&, net_device&);

void neigh_resolve_output(neighbour&, sk_buff_head&&);
void neigh_connected_output(neighbour&, sk_buff_head&&);
void neigh_direct_output(neighbour&, sk_buff_head&&);
// Whether a packet may go with the cached header at once: the address is beyond doubt, or already being asked about, and
// the use is noted. And puts it on a packet, which is then ready for dev_queue_xmit.
bool neigh_use_header(neighbour&);
void neigh_hh_output(neighbour&, sk_buff&);
// The cached-header path or n.output (struct neighbour's neigh_output).
void neigh_output(neighbour&, sk_buff_head&&);

// Netlink's side (neighbour_netlink.cc).
void neigh_notify(neighbour&, int type, u32 portid);  // RTM_NEWNEIGH, RTM_DELNEIGH
void neigh_app_ns(neighbour&);

}  // namespace linnet
