// When scores become an alarm: k of the last n at or above 1 begin an episode, n in a row
// below kClearScore end it, and one episode screams once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.h"

namespace torpor::detect {

// A machine that hovers at its threshold has one episode and not many.
inline constexpr double kClearScore = 0.8;

class Alarm {
 public:
  Alarm(std::uint32_t k, std::uint32_t n);

  struct Step {
    bool anomaly = false;  // k of the last n
    bool begins = false;   // the first anomaly of an episode
  };
  Step Add(double score);

  [[nodiscard]] bool in_episode() const { return in_episode_; }
  // Neither that nor any of the last n at or above 1.
  [[nodiscard]] bool quiet() const;

  [[nodiscard]] std::size_t SavedBytes() const;
  void Save(ByteWriter& out) const;
  // What was saved under a rule of another n: of the newest scores as many as there is
  // room for, and none above that was not seen. False when the bytes cannot be of it.
  [[nodiscard]] bool Load(ByteReader& in, std::uint32_t saved_n);

 private:
  std::uint32_t k_;
  std::uint32_t next_ = 0;
  std::uint32_t clear_in_a_row_ = 0;
  bool in_episode_ = false;
  std::vector<std::uint8_t> last_;  // a ring of n; 1 is at or above
};

}  // namespace torpor::detect
