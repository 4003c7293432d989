// Answers: finds the story that a question means, and has it told as text or JSON.
#include "trace/query.hh"

#include <algorithm>
#include <charconv>

#include "net/core/procfs.hh"
#include "net/core/world.hh"
#include "trace/json.hh"

namespace linnet {
namespace {

bool flag(const std::string& arg, const char* brief, const char* full) {
  return arg == brief || arg == full;
}

std::string counted(u64 n, const char* thing) {
  return std::to_string(n) + ' ' + thing + (n == 1 ? "" : "s");
}

// What is shown of a story that a question led to.
query_reply tell(const query_context& q, const trace_index& index, const packet_story& s,
                 const query_options& o) {
  const trace_view view{q.w, q.rec, q.names, index};
  if (o.json) return {0, render_json(view, s, o.render) + '\n'};
  return {0, render_text(view, s, o.render)};
}

query_reply why_packet(const query_context& q, const trace_index& index, u64 id,
                       const query_options& o) {
  if (const packet_story* s = index.find(id)) return tell(q, index, *s, o);
  return {1, "linnet why: packet " + id_text(id) + " is not among the last " +
                 counted(q.rec.next() - q.rec.oldest(), "step") + " recorded\n"};
}

}  // namespace

std::expected<query_options, std::string> parse_query(std::vector<std::string> args) {
  query_options o;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string& a = args[i];
    if (!o.words.empty() || !a.starts_with('-') || a == "-") {
      o.words.push_back(a);
    } else if (flag(a, "-j", "--json")) {
      o.json = true;
    } else if (flag(a, "-v", "--verbose")) {
      o.render.all_steps = true;
    } else if (flag(a, "-c", "--count") && i + 1 < args.size()) {
      const std::string& n = args[++i];
      const auto [end, ec] = std::from_chars(n.data(), n.data() + n.size(), o.count);
      if (ec != std::errc() || end != n.data() + n.size() || !o.count)
        return std::unexpected("--count takes a number, not '" + n + "'");
    } else {
      return std::unexpected("unknown option, or one without its value: '" + a + "'");
    }
  }
  return o;
}

query_reply why_query(const query_context& q, const std::vector<std::string>& args) {
  auto o = parse_query(args);
  if (!o) return {2, "linnet why: " + o.error() + '\n'};
  auto words = o->words;
  if (words.size() == 1 && words[0] == "last") words.clear();
  const trace_index index(q.rec);
  u64 id = 0;
  if (words.size() == 1 && parse_id(words[0], id)) return why_packet(q, index, id, *o);
  const auto filter = trace_filter::parse(words);
  if (!filter) return {2, "linnet why: " + filter.error() + '\n'};
  const packet_story* s = index.last(*filter, std::ref(q.names));
  if (!s)
    return {1, filter->empty() ? "linnet why: no packet has been sent or received yet\n"
                               : "linnet why: no recorded packet matches\n"};
  return tell(q, index, index.root(*s), *o);
}

query_reply drops_query(const query_context& q, const std::vector<std::string>& args) {
  auto o = parse_query(args);
  if (!o) return {2, "linnet drops: " + o.error() + '\n'};
  if (!o->words.empty()) return {2, "linnet drops: did not expect '" + o->words[0] + "'\n"};
  std::vector<skb_drop_reason> reasons;
  for (size_t i = 0; i < static_cast<size_t>(skb_drop_reason::max_); ++i) {
    const auto reason = static_cast<skb_drop_reason>(i);
    if (q.rec.dropped(reason).count) reasons.push_back(reason);
  }
  std::ranges::sort(reasons, [&](skb_drop_reason a, skb_drop_reason b) {
    const u64 na = q.rec.dropped(a).count, nb = q.rec.dropped(b).count;
    return na != nb ? na > nb : a < b;
  });
  json_writer j;
  std::string text;
  j.begin_array();
  for (skb_drop_reason reason : reasons) {
    const path_recorder::drops& d = q.rec.dropped(reason);
    const std::string name(drop_reason_name(reason)), title = packet_title(view_of(d.last));
    seq_printf(text, "%8llu  %-18s %s\n", static_cast<unsigned long long>(d.count), name.c_str(),
               std::string(drop_reason_sentence(reason)).c_str());
    text += "          last: " + q.names(d.last.net_inum) + ' ' + std::string(d.last.dev_name()) +
            "  " + title + "    (packet " + id_text(d.last.skb_id) + ")\n";
    j.begin_object()
        .member("reason", name)
        .member("sentence", drop_reason_sentence(reason))
        .member("counter", drop_reason_counter(reason))
        .member("count", d.count);
    j.key("last")
        .begin_object()
        .member("packet", id_text(d.last.skb_id))
        .member("node", q.names(d.last.net_inum))
        .member("dev", d.last.dev_name())
        .member("time_ns", d.last.time)
        .member("title", title)
        .end_object()
        .end_object();
  }
  j.end_array();
  if (o->json) return {0, j.take() + '\n'};
  return {0, text.empty() ? "nothing was dropped\n" : text};
}

std::expected<trace_stream, std::string> trace_stream::open(const query_context& q,
                                                            const std::vector<std::string>& args) {
  auto o = parse_query(args);
  if (!o) return std::unexpected(o.error());
  trace_stream t;
  // A first word that is a namespace's name stands for `node NAME`.
  auto words = o->words;
  if (!words.empty() && q.names.known(words[0])) {
    const std::string node = words[0];
    words.erase(words.begin());
    if (!words.empty()) {
      words.insert(words.begin(), "(");
      words.push_back(")");
    }
    words.insert(words.begin(), {"node", node});
  }
  auto filter = trace_filter::parse(words);
  if (!filter) return std::unexpected(filter.error());
  t.options_ = std::move(*o);
  t.options_.render.with_caused = false;
  t.filter_ = std::move(*filter);
  t.at_ = q.rec.next();
  return t;
}

bool trace_stream::read(const query_context& q, std::string& out) {
  if (at_ == q.rec.next()) return true;
  if (at_ < q.rec.oldest() && !options_.json)
    out += "(" + counted(q.rec.oldest() - at_, "step") + " not shown: too fast)\n";
  const trace_index index(q.rec, at_);
  const trace_view view{q.w, q.rec, q.names, index};
  at_ = q.rec.next();
  for (const packet_story* s : index.in_order()) {
    if (!filter_.matches(s->steps, std::ref(q.names))) continue;
    out += options_.json ? render_json(view, *s, options_.render) + '\n'
                         : render_text(view, *s, options_.render);
    if (++shown_ == options_.count) return false;
  }
  return true;
}

}  // namespace linnet
