// Between the files that make requests and answer them.
#pragma once

#include "net/ipv4/tcp.hh"

namespace linnet {

// The way back to who asks; null when there is none.
ref<rtable> tcp_request_route(const tcp_request_sock&);
// The segment size that the answer promises.
u16 tcp_request_advmss(const tcp_request_sock&, const rtable&);
// With Fast Open's option when `foc` has something to say; `syn_cookie`: its number is a SYN cookie.
skb_ptr tcp_make_synack(tcp_request_sock&, const tcp_fastopen_cookie* foc, bool syn_cookie);
void tcp_send_synack_of(tcp_request_sock&, const tcp_fastopen_cookie* foc = nullptr,
                        bool syn_cookie = false);
void tcp_rtx_synack(tcp_request_sock&);  // again

}  // namespace linnet
