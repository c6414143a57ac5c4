#include "view/robot_top.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "telemetry/journal_watch.h"
#include "view/terminal.h"

namespace torpor::view {
namespace {

using telemetry::JournalWatch;

// A commit that is not there yet when nothing is written any more is looked for again.
constexpr Milliseconds kSlowDisk{1000};
constexpr Milliseconds kTick{1000};
constexpr std::size_t kPage = 10;  // cycles

std::int64_t Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Microseconds>(now).count();
}

class Top {
 public:
  Top(const RobotTop& options, RobotReader reader)
      : options_(options), reader_(std::move(reader)), watch_(options.state) {}

  TopEnded Run() {
    if (options_.once) return Once();
    // What was committed before the watch began is not told of.
    const auto read = reader_.ReadOn();
    if (!read.ok()) return JournalSays(read.status());
    const bool screen = !options_.json && !options_.plain && CanPaint();
    return screen ? OnScreen() : InLines();
  }

 private:
  [[nodiscard]] TopEnded JournalSays(Status status) const {
    return {status, (options_.state / telemetry::kJournalFile).string()};
  }
  [[nodiscard]] TopEnded Gone() const {
    if (watch_.error() == 0) return JournalSays(Status::kFileMissing);
    return {Status::kIo,
            // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
            options_.state.string() + ": " + std::strerror(watch_.error())};
  }
  [[nodiscard]] RobotShow Show() const {
    RobotShow show = ShowOf(options_, reader_.reading(), Now());
    show.back = back_;
    show.help = help_;
    return show;
  }

  TopEnded Once() {
    const RobotReading& reading = reader_.reading();
    if (options_.json) {
      if (const auto* last = reading.last()) std::puts(JsonLine(*last, reading).c_str());
      std::puts(StandingJson(reading, Show(), "now").c_str());
    } else {
      for (const Line& line : RobotLines(reading, Show(), LookOfOutput())) {
        std::puts(line.text().c_str());
      }
    }
    return Flushed();
  }
  static TopEnded Flushed() {
    if (std::fflush(stdout) == 0) return {};
    return {Status::kIo, "standard output"};
  }

  // Reads what has come; looks once more, later, where a slow disk has nothing yet.
  Status Take(JournalWatch::News news) {
    const bool written = news == JournalWatch::News::kWritten;
    if (!written && !again_) return Status::kOk;
    if (!written && std::chrono::steady_clock::now() < *again_) return Status::kOk;
    const auto read = reader_.ReadOn();
    if (!read.ok()) return read.status();
    again_.reset();
    if (written && !*read) again_ = std::chrono::steady_clock::now() + kSlowDisk;
    // The cycle that is looked at stays, unless it is the newest.
    if (*read && back_ > 0) ++back_;
    return Status::kOk;
  }

  TopEnded OnScreen() {
    Terminal terminal;
    for (;;) {
      terminal.Paint(RobotLines(reader_.reading(), Show(), terminal.look()));
      std::optional<Milliseconds> most;
      if (Show().clock == Clock::kNow || again_) most = kTick;
      const JournalWatch::News news = watch_.Wait(most, terminal.inputs());
      if (news == JournalWatch::News::kGone) return Gone();
      const Status status = Take(news);
      if (status != Status::kOk) return JournalSays(status);
      for (Key key = terminal.Next(); key != Key::kNone; key = terminal.Next()) {
        if (key == Key::kQuit) return {};
        Press(key);
      }
    }
  }

  void Press(Key key) {
    const std::size_t oldest =
        std::max<std::size_t>(reader_.reading().cycles.size(), 1) - 1;
    if (key == Key::kHelp) help_ = !help_;
    if (key == Key::kUp) back_ = std::min(back_ + 1, oldest);
    if (key == Key::kPageUp) back_ = std::min(back_ + kPage, oldest);
    if (key == Key::kDown) back_ -= std::min<std::size_t>(back_, 1);
    if (key == Key::kPageDown) back_ -= std::min(back_, kPage);
    if (key == Key::kHome) back_ = oldest;
    if (key == Key::kEnd) back_ = 0;
  }

  TopEnded InLines() {
    std::uint64_t told = 0;  // the last cycle that was
    if (reader_.reading().cycles.size() > 1) {
      told = reader_.reading().cycles.end()[-2].cycle;  // the newest, to begin with
    }
    std::optional<std::uint64_t> overdue;  // behind which cycle that was told
    for (;;) {
      const RobotReading& reading = reader_.reading();
      for (const auto& record : reading.cycles) {
        if (record.cycle <= told) continue;
        std::puts((options_.json ? JsonLine : PlainLine)(record, reading).c_str());
        told = record.cycle;
      }
      const RobotShow show = Show();
      const Standing standing =
          StandingAt(show.now_us, reading.last(), reading.known_terms());
      if (standing.doing == Doing::kOverdue && overdue != told) {
        overdue = told;
        std::puts(options_.json ? StandingJson(reading, show, "overdue").c_str()
                                : (ClockOf(show.now_us) + "  " +
                                   InWords(standing, reading, show.now_us))
                                      .c_str());
      }
      if (TopEnded flushed = Flushed(); flushed.status != Status::kOk) return flushed;
      std::optional<Milliseconds> most;
      if (again_) most = kSlowDisk;
      // Nothing will be written when it is overdue: the only time that a clock is needed.
      const bool judged =
          standing.doing != Doing::kUnknown && standing.doing != Doing::kClocks;
      if (!most && show.clock == Clock::kNow && judged && overdue != told) {
        most = std::max(std::chrono::ceil<Milliseconds>(
                            Microseconds(standing.due_us - show.now_us) + kGrace),
                        kTick);
      }
      const JournalWatch::News news = watch_.Wait(most);
      if (news == JournalWatch::News::kGone) return Gone();
      if (const Status status = Take(news); status != Status::kOk)
        return JournalSays(status);
    }
  }

  const RobotTop& options_;
  RobotReader reader_;
  JournalWatch watch_;
  std::size_t back_ = 0;
  bool help_ = false;
  std::optional<std::chrono::steady_clock::time_point> again_;
};

}  // namespace

RobotShow ShowOf(const RobotTop& options, const RobotReading& reading,
                 std::int64_t now_us) {
  RobotShow show;
  show.clock = options.clock.value_or(reading.simulated ? Clock::kLast : Clock::kNow);
  show.now_us = now_us;
  if (show.clock == Clock::kGiven) show.now_us = options.given_us;
  if (show.clock == Clock::kLast && reading.last() != nullptr) {
    show.now_us = JournalledAt(*reading.last());
  }
  return show;
}

Look LookOfOutput() {
  Look look{80, 0, UsesUtf8()};
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    look.columns = size.ws_col;
  }
  return look;
}

TopEnded ShowRobot(const RobotTop& options) {
  auto reader = RobotReader::Open(options.state, options.contract);
  if (!reader.ok()) {
    return {reader.status(), (options.state / telemetry::kJournalFile).string()};
  }
  return Top(options, *std::move(reader)).Run();
}

}  // namespace torpor::view
