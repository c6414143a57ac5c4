// Tells of a journal that is written to, without looking at it meanwhile: neither torpord
// nor a suspended machine is woken by whoever waits here. What `torpor profile --follow`
// and `torpor top` wait with.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>

#include "core/time.h"

namespace torpor::telemetry {

inline constexpr const char* kJournalFile = "journal.sqlite";  // in a state folder

class JournalWatch {
 public:
  // A commit writes for some milliseconds and is to be seen when the disk has it: it is
  // told of when nothing was written for so long.
  static constexpr Milliseconds kQuiet{250};

  enum class News {
    kWritten,  // and nothing is written any more
    kNothing,  // the time is up, or a signal came
    kInput,    // one of `others` can be read; none of the journal's news is lost
    kGone,     // nobody will ever tell: error() says why
  };

  // `folder` is the state folder. One that cannot be watched is gone at once.
  explicit JournalWatch(const std::filesystem::path& folder);
  ~JournalWatch();
  JournalWatch(const JournalWatch&) = delete;
  JournalWatch& operator=(const JournalWatch&) = delete;

  // Waits for news, for `most` at most or for ever; `others` are descriptors that end the
  // waiting, four at most. The waiting itself is no timer that wakes a suspended machine.
  [[nodiscard]] News Wait(std::optional<Milliseconds> most = {},
                          std::span<const int> others = {});

  // errno of what failed; 0: the journal or its folder was moved or removed.
  [[nodiscard]] int error() const { return error_; }

 private:
  using Clock = std::chrono::steady_clock;
  void Fail(int error);
  void Read();  // what has come in

  int fd_;
  bool gone_ = false;
  int error_ = 0;
  std::optional<Clock::time_point> written_;  // last, and not told of yet
};

}  // namespace torpor::telemetry
