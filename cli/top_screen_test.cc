// torpor top on a real terminal: tmux's, with a server of its own that ends with the
// test.
#include <signal.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <thread>

#include "cli/test_journal_command.h"
#include "telemetry/journal.h"

namespace torpor::cli {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::HasSubstr;
using testing::Not;

class TopScreen : public CommandOnAJournal {
 protected:
  TopScreen() {
    there_ = RunLine("command -v tmux 2>&1").exit_code == 0 && HasPseudoTerminals();
  }
  ~TopScreen() override {
    if (server_ > 0) ::kill(server_, SIGTERM);
  }

  // A shell in a terminal of 90 x 24, with something on its screen. False: it has none.
  [[nodiscard]] bool Open() {
    if (!there_) {
      std::puts(
          "NOT RUN: no tmux or no pseudo-terminal: torpor top was not seen on a "
          "terminal");
      return false;
    }
    Tmux("-f /dev/null new-session -d -x 90 -y 24 'cd " + folder_.string() +
         " && PS1=: exec sh'");
    server_ = std::atoi(Tmux("display-message -p '#{pid}'").c_str());
    EXPECT_GT(server_, 0);
    Type("stty -a > before; echo be''fore");
    EXPECT_TRUE(Shows("before\n"));
    return true;
  }
  std::string Tmux(const std::string& words) const {
    return RunLine("LC_ALL=C.UTF-8 tmux -S " + (folder_ / "tmux").string() + " " + words +
                   " 2>&1")
        .out;
  }
  void Type(const std::string& line) const {
    std::string quoted;
    for (const char c : line) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    Tmux("send-keys -l '" + quoted + "'");
    Press("Enter");
  }
  void Press(const std::string& keys) const { Tmux("send-keys " + keys); }
  void Top(const std::string& words, const std::string& before = "") const {
    Type(before + " sh -c 'echo $$ > pid; exec " TORPOR_BINARY_DIR "/bin/torpor top " +
         words + "'");
  }
  [[nodiscard]] std::string Screen(const std::string& how = "") const {
    return Tmux("capture-pane -p " + how);
  }
  // Whether the screen comes to show that, or not to, within half a minute.
  [[nodiscard]] bool Shows(const std::string& text, bool wanted = true) const {
    for (int i = 0; i < 600; ++i) {
      if ((Screen().find(text) != std::string::npos) == wanted) return true;
      std::this_thread::sleep_for(50ms);
    }
    ADD_FAILURE() << (wanted ? "no " : "still ") << text << " on\n" << Screen();
    return false;
  }
  // The terminal is as it was: its screen, its lines' discipline and its cursor.
  void IsRestored(const std::string& how) const {
    EXPECT_TRUE(Shows("CYCLE", false)) << how;
    Type("stty -a > after; echo don''e");
    EXPECT_TRUE(Shows("done\n")) << how;
    EXPECT_THAT(Screen(), HasSubstr("before\n")) << how;
    EXPECT_EQ(Read("before"), Read("after")) << how;
    EXPECT_EQ(Tmux("display-message -p '#{alternate_on} #{cursor_flag}'"), "0 1\n")
        << how;
    Type("clear; echo be''fore");
    EXPECT_TRUE(Shows("done", false)) << how;
  }
  void Cycle(std::uint64_t number, double score = 0.5) const {
    telemetry::CycleCommit commit;
    telemetry::CycleRecord& record = commit.record;
    record.cycle = number;
    record.wall_us = std::int64_t{std::time(nullptr)} * 1'000'000 - 2'000'000;
    record.inferred = true;
    record.batch_sequence = number;
    record.since_last_inference = 10s;
    record.verdict =
        score >= 1 ? telemetry::Verdict::kAnomaly : telemetry::Verdict::kNormal;
    record.score = score;
    record.energy = Microjoules{24'600'000};
    record.phases[static_cast<std::size_t>(telemetry::Phase::kSleep)] = 9s;
    record.phases[static_cast<std::size_t>(telemetry::Phase::kCollect)] = 1s;
    ASSERT_EQ(journal_->Commit(std::move(commit)), Status::kOk);
  }
  [[nodiscard]] int Pid() const { return std::atoi(Read("pid").c_str()); }

  bool there_ = false;
  int server_ = 0;
};

constexpr const char* kRobot = "--state state --contract bench-10s";

TEST_F(TopScreen, FollowsARobotScrollsAndGivesTheTerminalBack) {
  if (!Open()) return;
  Cycle(1);
  Top(kRobot);
  ASSERT_TRUE(Shows("CYCLE 1  woke"));
  EXPECT_THAT(Screen(), HasSubstr("zzzzzz"));
  EXPECT_THAT(Screen(), HasSubstr("█")) << "the locale has UTF-8";
  Cycle(2, 1.7);
  EXPECT_TRUE(Shows("CYCLE 2  woke"));
  EXPECT_THAT(Screen(), HasSubstr("1.70 of 1.00, ANOMALY"));
  Press("Up");
  EXPECT_TRUE(Shows("(1 before the newest)"));
  Cycle(3);
  EXPECT_TRUE(Shows("(2 before the newest)")) << "what is looked at stays";
  Press("End");
  EXPECT_TRUE(Shows("CYCLE 3  woke"));
  Press("'?'");
  EXPECT_TRUE(Shows("keys and words"));
  Press("'?'");
  EXPECT_TRUE(Shows("CYCLE 3  woke"));
  Press("q");
  IsRestored("by q");
}

TEST_F(TopScreen, FollowsTheSizeOfItsTerminal) {
  if (!Open()) return;
  Cycle(1);
  Top(kRobot);
  ASSERT_TRUE(Shows("q quit  up down"));
  Tmux("resize-window -x 20 -y 5");
  EXPECT_TRUE(Shows("q quit  up down PgU~"));
  EXPECT_EQ(std::ranges::count(Screen(), '\n'), 5);
  Tmux("resize-window -x 120 -y 40");
  EXPECT_TRUE(Shows("q quit  up down PgUp PgDn cycles"));
  EXPECT_TRUE(Shows("DEVIATIONS  none"));
  Press("q");
  EXPECT_TRUE(Shows("CYCLE", false));
}

TEST_F(TopScreen, GivesTheTerminalBackHoweverItEnds) {
  if (!Open()) return;
  Cycle(1);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGABRT}) {
    Top(kRobot);
    ASSERT_TRUE(Shows("CYCLE 1"));
    ASSERT_EQ(::kill(Pid(), signal), 0);
    IsRestored(::strsignal(signal));
  }
  Top(kRobot);
  ASSERT_TRUE(Shows("CYCLE 1"));
  Press("C-c");
  IsRestored("by Ctrl-C");
  Top(kRobot);
  ASSERT_TRUE(Shows("CYCLE 1"));
  std::filesystem::rename(folder_ / "state/journal.sqlite", folder_ / "state/aside");
  EXPECT_TRUE(Shows("file-missing (5)"));
  IsRestored("with its journal");
}

TEST_F(TopScreen, IsSuspendedAndComesBack) {
  if (!Open()) return;
  Cycle(1);
  Type("set -m");
  Top(kRobot);
  ASSERT_TRUE(Shows("CYCLE 1"));
  Press("C-z");
  IsRestored("suspended");
  Cycle(2);
  Type("fg");
  EXPECT_TRUE(Shows("CYCLE 2"));
  Press("q");
  IsRestored("after that");
}

TEST_F(TopScreen, ColoursAreASecondChannelAndMayBeRefused) {
  if (!Open()) return;
  Cycle(1, 1.7);
  Top(kRobot);
  ASSERT_TRUE(Shows("ANOMALY"));
  EXPECT_THAT(Screen("-e"), HasSubstr("\x1b[31m")) << "red";
  const std::string coloured = Screen();
  Press("q");
  EXPECT_TRUE(Shows("CYCLE", false));
  Top(kRobot, "NO_COLOR=1");
  ASSERT_TRUE(Shows("ANOMALY"));
  for (const char* colour : {"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[36m"}) {
    EXPECT_THAT(Screen("-e"), Not(HasSubstr(colour)));
  }
  EXPECT_THAT(coloured, HasSubstr("1.70 of 1.00, ANOMALY"));
  Press("q");
  EXPECT_TRUE(Shows("CYCLE", false));
  Top(kRobot, "LC_ALL=C");
  ASSERT_TRUE(Shows("score     ####"));
  EXPECT_THAT(Screen(), Not(HasSubstr("█")));
  Press("q");
  EXPECT_TRUE(Shows("CYCLE", false));
  Top(kRobot, "TERM=dumb");
  EXPECT_TRUE(Shows("  cycle 1  asleep 9.00 s of 10.0 s")) << "lines, as into a pipe";
  Press("C-c");
}

TEST_F(TopScreen, AFleetScrollsAndEndsPromptly) {
  if (!Open()) return;
  Top("--fleet 400 --pace 300 --fault \"1m end sim-0390 failing-bearing\"");
  ASSERT_TRUE(Shows("a simulated fleet of 400"));
  EXPECT_TRUE(Shows("sim-0390  ALARM"));
  EXPECT_TRUE(Shows("1 ALARM"));
  Press("PageDown");
  EXPECT_TRUE(Shows("sim-0001", false));
  Press("End");
  EXPECT_TRUE(Shows("sim-0400"));
  Press("Home");
  EXPECT_TRUE(Shows("sim-0390  ALARM"));
  Press("q");
  EXPECT_TRUE(Shows("a simulated fleet", false));

  Top("--fleet 1");  // in real time: nothing happens for half a minute
  ASSERT_TRUE(Shows("not heard yet"));
  const auto pressed = std::chrono::steady_clock::now();
  Press("q");
  EXPECT_TRUE(Shows("a simulated fleet", false));
  EXPECT_LT(std::chrono::steady_clock::now() - pressed, 4s);

  Top("--fleet 3 --for 2m --pace max");
  EXPECT_TRUE(Shows("0:02:00 of 0:02:00, over")) << "its last picture stays";
  Press("q");
  IsRestored("by q");
}

}  // namespace
}  // namespace torpor::cli
