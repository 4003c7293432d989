// statistics/*: one file for each counter of rtnl_link_stats64.
#include <sys/stat.h>

#include <span>

#include "net/core/net_sysfs.hh"

namespace linnet {
namespace {

template <auto M>
constexpr device_attribute counter(const char* path) {
  return {path, S_IFREG | 0444, [](net_device& d, const device_attribute&) -> result<std::string> {
            return std::to_string(dev_get_stats(d).*M) + '\n';
          }};
}

using stats = rtnl_link_stats64;
constexpr device_attribute counters[] = {
    counter<&stats::tx_errors>("statistics/tx_errors"),
    counter<&stats::rx_length_errors>("statistics/rx_length_errors"),
    counter<&stats::rx_packets>("statistics/rx_packets"),
    counter<&stats::tx_carrier_errors>("statistics/tx_carrier_errors"),
    counter<&stats::tx_dropped>("statistics/tx_dropped"),
    counter<&stats::rx_missed_errors>("statistics/rx_missed_errors"),
    counter<&stats::rx_over_errors>("statistics/rx_over_errors"),
    counter<&stats::tx_aborted_errors>("statistics/tx_aborted_errors"),
    counter<&stats::rx_crc_errors>("statistics/rx_crc_errors"),
    counter<&stats::rx_frame_errors>("statistics/rx_frame_errors"),
    counter<&stats::rx_nohandler>("statistics/rx_nohandler"),
    counter<&stats::tx_fifo_errors>("statistics/tx_fifo_errors"),
    counter<&stats::multicast>("statistics/multicast"),
    counter<&stats::tx_packets>("statistics/tx_packets"),
    counter<&stats::tx_window_errors>("statistics/tx_window_errors"),
    counter<&stats::rx_bytes>("statistics/rx_bytes"),
    counter<&stats::collisions>("statistics/collisions"),
    counter<&stats::rx_dropped>("statistics/rx_dropped"),
    counter<&stats::tx_bytes>("statistics/tx_bytes"),
    counter<&stats::tx_heartbeat_errors>("statistics/tx_heartbeat_errors"),
    counter<&stats::rx_fifo_errors>("statistics/rx_fifo_errors"),
    counter<&stats::rx_errors>("statistics/rx_errors"),
    counter<&stats::tx_compressed>("statistics/tx_compressed"),
    counter<&stats::rx_compressed>("statistics/rx_compressed"),
};

}  // namespace

const std::span<const device_attribute> net_class_statistics = counters;

}  // namespace linnet
