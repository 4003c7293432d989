// The header that goes in front of a frame to and from a virtual machine or its like (struct virtio_net_hdr; Virtio 1.1,
// 5.1.6): which checksum is left undone, and how the frame is to be cut. Its numbers are in the host's byte order.
#pragma once

// One of its structs has a member of that name.
#define class class_
#include <linux/virtio_net.h>
#undef class

#include "base/result.hh"
#include "net/core/sk_buff.hh"

namespace linnet {

// Takes what the header says over into a packet whose data stands at the link-layer header, with protocol and network header
// set. EINVAL: it cannot be so. Headers behind that are believed until the packet comes to a device (SKB_GSO_DODGY).
status virtio_net_hdr_to_skb(sk_buff&, const virtio_net_hdr&);
// The header for a packet whose data stands at the link-layer header. False: there is no way to say how it is to be cut.
bool virtio_net_hdr_from_skb(const sk_buff&, virtio_net_hdr&);

}  // namespace linnet
