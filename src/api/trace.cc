// What the world remembers of packets' paths: questions and captures.
#include <algorithm>

#include "api/state.hh"
#include "trace/query.hh"

namespace linnet::v0 {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const size_t begin = text.find_first_not_of(" \t\n");
    if (begin == text.npos) return words;
    const size_t end = std::min(text.find_first_of(" \t\n", begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

}  // namespace

void world::state::record(u32 steps) {
  if (!steps) return;
  recorder = std::make_unique<path_recorder>(steps);
  recorder->attach(*w);
}

std::string world::why(std::string_view question) const {
  if (!state_->recorded) return "this world does not record (world_options::record)\n";
  return why_query({*state_->w, *state_->recorder, state_->shown_names}, words_of(question)).text;
}

std::string world::why_json(std::string_view question) const {
  if (!state_->recorded) return {};
  auto words = words_of(question);
  words.insert(words.begin(), "--json");
  auto reply = why_query({*state_->w, *state_->recorder, state_->shown_names}, words);
  return reply.status == 0 ? std::move(reply.text) : std::string();
}

std::vector<world::drop_count> world::drops() const {
  std::vector<drop_count> out;
  if (!state_->recorded) return out;
  for (size_t i = 0; i < static_cast<size_t>(skb_drop_reason::max_); ++i) {
    const auto reason = static_cast<skb_drop_reason>(i);
    const u64 n = state_->recorder->dropped(reason).count;
    if (n)
      out.push_back(
          {std::string(drop_reason_name(reason)), std::string(drop_reason_sentence(reason)), n});
  }
  std::ranges::sort(out, [](const drop_count& a, const drop_count& b) {
    return a.packets != b.packets ? a.packets > b.packets : a.reason < b.reason;
  });
  return out;
}

status world::start_capture(const std::string& file) {
  if (state_->capture) return fail(EBUSY);
  auto writer = pcapng_writer::open(*state_->w, file, state_->shown_names);
  if (!writer) return fail(errno, "the capture's file cannot be written");
  state_->capture = std::move(writer);
  if (!state_->recorder) state_->record(2);  // which passes on what it sees
  state_->recorder->also = state_->capture.get();
  return {};
}

void world::stop_capture() {
  if (!state_->capture) return;
  state_->capture->flush();
  state_->recorder->also = nullptr;
  state_->capture.reset();
  if (state_->recorded) return;
  state_->recorder->detach();
  state_->recorder.reset();
}

}  // namespace linnet::v0
