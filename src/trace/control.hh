// The control socket of a running world: a Unix socket in the supervisor's private directory, which only its owner
// can enter. A client sends a command's words, each ended by a zero byte, and shuts its side down; back come one
// byte, the exit status as a digit, and text until the end. It is served in the event loop's thread, and a client that
// doesn't read is cut off from a live trace's blocks, never waited for.
#pragma once

#include <list>
#include <memory>
#include <string>

#include "trace/query.hh"
#include "world/loop.hh"

namespace linnet {

// What the socket is called in the private directory, and the variable by which guests find that directory.
inline constexpr char control_socket_name[] = "control";
inline constexpr char control_variable[] = "LINNET_WORLD";

class control_server {
 public:
  // Listens at `path`; the error's msg says what failed.
  static result<std::unique_ptr<control_server>> listen(const query_context&, event_loop&,
                                                        const std::string& path);
  ~control_server();
  control_server(const control_server&) = delete;
  control_server& operator=(const control_server&) = delete;

  // Gives live traces what is new.
  void flush();

 private:
  struct client;
  control_server(const query_context&, event_loop&, int fd);
  void on_connection();
  void on_client(client&, u32 events);
  void answer(client&);
  void send_out(client&);
  void drop(client&);

  query_context q_;
  event_loop& loop_;
  int fd_;
  std::list<client> clients_;
};

}  // namespace linnet
