// Why a step ended as it did: a sentence, the settings that govern it with their present values, and the commands
// that would change it. The step is history; settings, addresses and devices are looked at as they are now.
#pragma once

#include <string>
#include <vector>

#include "trace/story.hh"

namespace linnet {

struct explanation {
  struct setting {
    std::string name;   // net.ipv4.conf.eth1.rp_filter
    std::string value;  // as sysctl shows it
    bool governs;       // this one decided; the others were asked as well
  };
  struct fix {
    std::string command, node;
  };
  std::string sentence;
  std::vector<setting> settings;
  std::vector<std::string> hints;  // what else a person would look at
  std::vector<fix> fixes;
  std::string node;  // whose settings they are

  bool empty() const { return sentence.empty(); }
};

struct trace_view {
  world& w;
  const path_recorder& rec;
  const namespace_names& names;
  const trace_index& index;
};

// `step`: where it happened, with what matched there; `reason`: the drop reason, if it was dropped. An explanation
// without sentence: nothing is wrong with this step.
explanation explain(const trace_view&, const packet_story&, const trace_record& step,
                    skb_drop_reason reason);

// "10.0.2.0/24 via 10.0.1.1 dev eth1", as far as it is known.
std::string route_text(const trace_view&, const trace_record&);
std::string table_name(u32 id);
std::string type_name(u8 rtn_type);

}  // namespace linnet
