// The questions that `linnet why`, `linnet drops` and `linnet trace` put to a running world, answered from its
// recorder. The words are the command's own arguments; errors name the word that is wrong.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "trace/narrate.hh"

namespace linnet {

struct query_reply {
  int status = 0;    // the command's exit status: 0 answered, 1 nothing to tell, 2 misuse
  std::string text;  // goes to stderr unless status is 0
};

struct query_context {
  world& w;
  const path_recorder& rec;
  const namespace_names& names;
};

// Options that the commands share: -j --json, -v --verbose.
struct query_options {
  bool json = false;
  render_options render;
  u64 count = 0;  // `linnet trace -c`: blocks to show; 0: no end
  std::vector<std::string> words;
};
std::expected<query_options, std::string> parse_query(std::vector<std::string> args);

query_reply why_query(const query_context&, const std::vector<std::string>& args);
query_reply drops_query(const query_context&, const std::vector<std::string>& args);

// The live path: what was recorded since the last look, a block for each packet.
class trace_stream {
 public:
  // From now on. The error is for the user.
  static std::expected<trace_stream, std::string> open(const query_context&,
                                                       const std::vector<std::string>& args);
  // Appends what is new. False: all blocks that were asked for have been shown.
  bool read(const query_context&, std::string& out);

 private:
  query_options options_;
  trace_filter filter_;
  u64 at_ = 1;
  u64 shown_ = 0;
};

}  // namespace linnet
