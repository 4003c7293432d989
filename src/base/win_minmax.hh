// The least or the greatest of what was measured within a window of time, from three samples (K. Nichols' filter):
// the best, and the best of the time since, twice. Time is whatever unit the caller counts in, modulo 2^32.
#pragma once

#include <functional>

#include "base/types.hh"

namespace linnet {

template <class Better>  // std::less_equal: a running minimum; std::greater_equal: a maximum
class win_minmax {
 public:
  explicit constexpr win_minmax(u32 nothing_yet)
      : s_{{0, nothing_yet}, {0, nothing_yet}, {0, nothing_yet}} {}

  u32 get() const { return s_[0].v; }
  void reset(u32 t, u32 v) { s_[0] = s_[1] = s_[2] = {t, v}; }
  // Returns the best of the last `win`.
  u32 update(u32 win, u32 t, u32 v) {
    constexpr Better better;
    if (better(v, s_[0].v) || t - s_[2].t > win) {
      reset(t, v);
      return v;
    }
    if (better(v, s_[1].v))
      s_[2] = s_[1] = {t, v};
    else if (better(v, s_[2].v))
      s_[2] = {t, v};
    age(win, t, v);
    return s_[0].v;
  }

 private:
  // As time goes by the second becomes the first; and who stands for too long for two parts of the window is
  // replaced by the present sample.
  void age(u32 win, u32 t, u32 v) {
    const u32 dt = t - s_[0].t;
    if (dt > win) {
      s_[0] = s_[1];
      s_[1] = s_[2];
      s_[2] = {t, v};
      if (t - s_[0].t > win) {
        s_[0] = s_[1];
        s_[1] = s_[2];
      }
    } else if (s_[1].t == s_[0].t && dt > win / 4) {
      s_[2] = s_[1] = {t, v};
    } else if (s_[2].t == s_[1].t && dt > win / 2) {
      s_[2] = {t, v};
    }
  }
  struct sample {
    u32 t, v;
  } s_[3];
};

using win_min = win_minmax<std::less_equal<>>;
using win_max = win_minmax<std::greater_equal<>>;

}  // namespace linnet
