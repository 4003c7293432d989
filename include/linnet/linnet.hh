// All of the public interface.
#pragma once

#include <linnet/address.hh>
#include <linnet/buffer.hh>
#include <linnet/error.hh>
#include <linnet/netlink.hh>
#include <linnet/port.hh>
#include <linnet/rtnetlink.hh>
#include <linnet/socket.hh>
#include <linnet/version.hh>
#include <linnet/world.hh>
