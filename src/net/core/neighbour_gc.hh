// How a neighbour table stays within its bounds: collection, flushing by device, and the parameters'
// periodic redraw.
#pragma once

#include "net/core/neighbour.hh"

namespace linnet {

// Room for one more entry, if need be by collecting (neigh_alloc's check of gc_thresh2 and gc_thresh3).
bool neigh_make_room(neigh_table&);
// Puts an entry on the list of its table that its state and flags call for, or (dead) on none
// (neigh_update_gc_list, neigh_update_managed_list).
void neigh_file(neighbour&);
// Which settings it goes by.
void neigh_set_parms(neighbour&, neigh_parms&);
void neigh_managed_work(timer&);
neigh_extra& neigh_extra_of(neighbour&);  // made when there is none
void neigh_drop_extra(neighbour&);        // when nothing needs it any more
// What every removed entry goes through: no timer, no queue, output to nowhere.
void neigh_cleanup(neighbour&);

// The device's proxy entries go, and, as on Linux, every request in the namespace that waits.
void pneigh_ifdown(neigh_table&, const net_device&, bool skip_permanent);
void neigh_proxy_process(timer&);

// The machine's defaults belong to the table of its first namespace: brings those of all others up to date, after a
// change. Devices there follow when they are made anew only.
void neigh_share_defaults(neigh_table& first);

// The bit of neigh_parms::set that stands for a field.
u64 neigh_parms_bit(u32 neigh_parms::* count);
u64 neigh_parms_bit(ktime neigh_parms::* time);

// A reachable time drawn anew: between half and one and a half times the base (RFC 4861 §6.3.2).
ktime neigh_rand_reach_time(neigh_table&, ktime base);

}  // namespace linnet
