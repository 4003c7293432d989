// A story as people and programs read it: its steps as lines, each with what matched and what became of the packet
// there, and under them the stories of the packets that it caused.
#pragma once

#include <string>
#include <vector>

#include "trace/explain.hh"

namespace linnet {

enum class path_verdict : u8 { passed, delivered, dropped, unanswered, waiting, not_sent };

struct path_line {
  const trace_record* r;
  std::string function;  // Linux's name
  std::string matched;   // route, rule, neighbour ...; empty when there is nothing to say
  path_verdict verdict = path_verdict::passed;
  skb_drop_reason reason = skb_drop_reason::not_dropped_yet;
  explanation why;
  bool detail = false;  // says nothing that the others don't
};

std::vector<path_line> narrate(const trace_view&, const packet_story&);

// "h1 10.0.1.2 > 10.0.2.2 icmp echo request 56 bytes, id 7, seq 1": the node, if it was made there.
std::string story_title(const trace_view&, const packet_story&);

struct render_options {
  bool all_steps = false;  // details too
  bool with_caused = true;
};
// Blocks of text that end with a newline.
std::string render_text(const trace_view&, const packet_story&, const render_options&);
// One JSON object without a newline.
std::string render_json(const trace_view&, const packet_story&, const render_options&);
// One step as a line of NDJSON, without what is found out only by looking at the world.
std::string record_json(const trace_record&, const node_names&);

}  // namespace linnet
