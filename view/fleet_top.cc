#include "view/fleet_top.h"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "view/fleet_board.h"
#include "view/fleet_view.h"
#include "view/terminal.h"

namespace torpor::view {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kBetweenFrames = std::chrono::milliseconds(250);
// A fleet that lives fast does not ask for keys between any two robots.
constexpr auto kBetweenLooks = std::chrono::milliseconds(20);

class Top {
 public:
  explicit Top(const FleetTop& options)
      : options_(options), board_(options.terms, options.fleet.robots) {}

  TopEnded Run() {
    const bool screen = !options_.json && !options_.plain && !options_.once && CanPaint();
    if (screen) terminal_ = std::make_unique<Terminal>();
    simulate::FleetOptions fleet = options_.fleet;
    if (options_.once) fleet.pace = 0;
    simulate::FleetWatcher watcher;
    watcher.on_cycle = [this](const simulate::FleetCycle& cycle) { board_.Take(cycle); };
    watcher.on_event = [this](const simulate::FleetEvent& event) { board_.Take(event); };
    watcher.on_report = [this](std::uint32_t number, Instant at, Status became) {
      board_.Reported(number, at, became);
    };
    watcher.pause = [this](Instant at, Steady::time_point until) {
      if (terminal_) return OnScreen(at, until);
      if (!options_.once) LinesUntil(at);
      return !broken_;
    };
    static_cast<void>(simulate::RunFleet(options_.terms, fleet, {}, watcher));
    const Instant end(options_.fleet.duration);
    if (terminal_) {
      Linger(end);
      terminal_.reset();
    } else if (options_.once) {
      Once(end);
    } else {
      LinesUntil(end);
    }
    if (broken_) return {Status::kIo, "standard output"};
    return {};
  }

 private:
  [[nodiscard]] FleetShow Show() const {
    return {options_.terms, options_.fleet, from_, help_, over_};
  }
  void Paint(Instant at) {
    painted_ = Steady::now();
    terminal_->Paint(
        FleetLines(board_.At(at), board_.events(), Show(), terminal_->look()));
  }

  // The moment of the fleet's life that it is now, before `at`.
  [[nodiscard]] Instant Moment(Instant at, Steady::time_point until) const {
    if (options_.fleet.pace <= 0) return at;
    const std::chrono::duration<double, std::micro> left = until - Steady::now();
    const double before = std::max(left.count(), 0.0) * options_.fleet.pace;
    return std::max(at - Microseconds(static_cast<std::int64_t>(before)), Instant{});
  }

  // Stays until it is time for what happens next; false: the user has seen enough.
  bool OnScreen(Instant at, Steady::time_point until) {
    for (;;) {
      const auto now = Steady::now();
      if (now - painted_ >= kBetweenFrames) Paint(Moment(at, until));
      const bool fast = options_.fleet.pace <= 0 || until <= now;
      if (fast && now - looked_ < kBetweenLooks) return true;
      looked_ = now;
      AwaitKeys(fast ? now : std::min(until, painted_ + kBetweenFrames));
      if (TakeKeys()) {
        if (quit_) return false;
        Paint(Moment(at, until));
      }
      if (fast) return true;
    }
  }

  void AwaitKeys(Steady::time_point until) const {
    const auto left = std::chrono::ceil<Milliseconds>(until - Steady::now());
    pollfd inputs[2] = {};
    for (std::size_t i = 0; i < 2; ++i) inputs[i] = {terminal_->inputs()[i], POLLIN, 0};
    ::poll(inputs, 2, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  }

  bool TakeKeys() {
    bool any = false;
    const Look look = terminal_->look();
    const std::size_t page = FleetPage(look), robots = options_.fleet.robots;
    const std::size_t most = robots > page ? robots - page : 0;
    for (Key key = terminal_->Next(); key != Key::kNone; key = terminal_->Next()) {
      any = true;
      if (key == Key::kQuit) quit_ = true;
      if (quit_) return true;
      if (key == Key::kHelp) help_ = !help_;
      if (key == Key::kUp) from_ -= std::min<std::size_t>(from_, 1);
      if (key == Key::kPageUp) from_ -= std::min(from_, page);
      if (key == Key::kDown) from_ = std::min(from_ + 1, most);
      if (key == Key::kPageDown) from_ = std::min(from_ + page, most);
      if (key == Key::kHome) from_ = 0;
      if (key == Key::kEnd) from_ = most;
    }
    return any;
  }

  // The fleet is over; its last picture stays.
  void Linger(Instant end) {
    over_ = true;
    while (!quit_) {
      Paint(end);
      AwaitKeys(Steady::now() + std::chrono::hours(1));
      TakeKeys();
    }
  }

  void Once(Instant end) {
    over_ = true;
    const FleetPicture picture = board_.At(end);
    if (options_.json) {
      Say(JsonLine(picture, options_.terms));
      return;
    }
    for (const Line& line :
         FleetLines(picture, board_.events(), Show(), LookOfOutput())) {
      Say(line.text());
    }
  }

  void LinesUntil(Instant at) {
    for (; said_ + options_.terms.period <= at && !broken_;) {
      said_ += options_.terms.period;
      const FleetPicture picture = board_.At(said_);
      Say(options_.json ? JsonLine(picture, options_.terms) : PlainLine(picture));
    }
  }
  void Say(const std::string& line) {
    broken_ = broken_ || std::puts(line.c_str()) < 0 || std::fflush(stdout) != 0;
  }

  const FleetTop& options_;
  FleetBoard board_;
  std::unique_ptr<Terminal> terminal_;  // none: lines
  Steady::time_point painted_{}, looked_{};
  Instant said_{};  // the last line's time
  std::size_t from_ = 0;
  bool help_ = false, quit_ = false, over_ = false, broken_ = false;
};

}  // namespace

TopEnded ShowFleet(const FleetTop& options) { return Top(options).Run(); }

}  // namespace torpor::view
