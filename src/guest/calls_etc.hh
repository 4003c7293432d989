// Calls on the world's own part of /etc: its /etc/netns, and what is bound from there over other files of /etc. They
// are files of the host in our private directory, so each call is made there, by us, with the same arguments.
//
// The private directory is nobody else's, and a real root's guests may have become somebody else: the call is made from
// inside the directory, so that nobody must be let into what is above, and with the guest's own file ids and umask.
#pragma once

#include <optional>

#include "guest/path_call.hh"

namespace linnet {

// Makes the call as it is, with the paths of ours in place of the guest's. Of two paths in different places: EXDEV;
// of what something is bound over and would go away: EBUSY. Passes calls that concern no path of this kind.
call_reply sys_etc(supervisor&, guest_call&);

// open(2) and its kin, of a path that is known already.
call_reply open_etc(supervisor&, const guest_call&, const resolved_path&, u64 flags, mode_t mode);
// 0 or errno: what bind mounts ask of their two ends.
int stat_etc(supervisor&, const guest_call&, const resolved_path&, struct stat&);

}  // namespace linnet
