// torpor profile: the time between a robot's inferences, and what filled it.
#include "telemetry/profile.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/contract_commands.h"
#include "cli/profile_text.h"
#include "cli/say.h"
#include "contract/sign/activation_report.h"
#include "contract/sign/any_terms.h"
#include "contract/sign/key_files.h"
#include "contract/sign/wanted.h"
#include "telemetry/journal_reader.h"

namespace torpor::cli {
namespace {

namespace fs = std::filesystem;
using telemetry::Between;
using telemetry::JournalReader;

struct Options {
  std::string state, contract;
  std::uint64_t cycles = 60;
  bool all = false, follow = false, json = false;
};

// Cycles that are read at a time.
constexpr std::size_t kAtOnce = 1000;
constexpr std::string_view kJournal = "journal.sqlite";
// A commit writes for some milliseconds, and is to be seen when the disk has it: looked
// for when nothing was written for so long, and once more if it was not there yet.
constexpr int kQuietMilliseconds = 250;
constexpr Milliseconds kSlowDisk{1000};

// Tells of a journal that was written to, without looking at it meanwhile.
class Written {
 public:
  explicit Written(const fs::path& folder)
      : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    ok_ = fd_ >= 0 &&
          ::inotify_add_watch(fd_, folder.c_str(),
                              IN_MODIFY | IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF) >= 0;
    if (!ok_) error_ = errno;
  }
  ~Written() {
    if (fd_ >= 0) ::close(fd_);
  }
  Written(const Written&) = delete;
  Written& operator=(const Written&) = delete;

  // Waits until the journal was written to, and then until it no longer is. False when
  // nobody will ever tell; error() is then why, or 0 if the journal or its folder is
  // gone.
  [[nodiscard]] bool Wait() {
    bool written = false;
    while (ok_) {
      pollfd one{fd_, POLLIN, 0};
      const int ready = ::poll(&one, 1, written ? kQuietMilliseconds : -1);
      if (ready == 0) return true;
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0) return Failed(errno);
      // NOLINTNEXTLINE(*-member-init): read() fills it
      alignas(inotify_event) std::array<char, 4096> events;
      const ssize_t size = ::read(fd_, events.data(), events.size());
      if (size <= 0) return Failed(errno);
      for (ssize_t at = 0; at < size;) {
        inotify_event event{};
        std::memcpy(&event, &events[static_cast<std::size_t>(at)], sizeof event);
        const std::string_view name =
            event.len > 0 ? &events[static_cast<std::size_t>(at) + sizeof event] : "";
        at += static_cast<ssize_t>(sizeof event + event.len);
        const bool gone = (event.mask & (IN_MOVED_FROM | IN_DELETE)) != 0;
        if ((gone && name == kJournal) ||
            (event.mask & (IN_IGNORED | IN_MOVE_SELF)) != 0) {
          return Failed(0);
        }
        written = written || name.starts_with(kJournal);
      }
    }
    return false;
  }
  [[nodiscard]] int error() const { return error_; }

 private:
  bool Failed(int error) {
    ok_ = false;
    error_ = error;
    return false;
  }

  int fd_;
  bool ok_ = false;
  int error_ = 0;
};

// The contract's rhythm: of the file that was named, or else of the bundle in the state
// folder that is obeyed. Signatures are torpord's business.
std::optional<telemetry::Rhythm> RhythmOf(const Options& options, Outcome& outcome) {
  std::vector<std::string> files = {options.contract};
  if (options.contract.empty()) {
    const auto report = contract::sign::LoadReport(options.state);
    files.clear();
    for (const char* slot : contract::sign::kSlotFiles) {
      const std::string file = (fs::path(options.state) / slot).string();
      const auto bundle = contract::sign::ReadBundle(file);
      if (!bundle.ok()) continue;
      const auto name = UnverifiedName(*bundle);
      if (name.ok() && report.ok() && report->active == *name) files.push_back(file);
    }
  }
  for (const std::string& file : files) {
    std::vector<contract::sign::Problem> problems;
    const auto terms = contract::sign::AnyTerms(file, problems);
    if (terms.ok()) return telemetry::Rhythm{terms->period, terms->mcu_guard};
    if (!options.contract.empty()) Refuse(outcome, terms.status(), file);
  }
  return std::nullopt;
}

// What follows `from`, as far as it is journalled; moves `from` on.
Result<std::vector<Between>> ReadOn(const JournalReader& journal, std::uint64_t& from,
                                    telemetry::Profiler& profiler) {
  std::vector<Between> found;
  for (;;) {
    const auto cycles = journal.Cycles(from, kAtOnce);
    if (!cycles.ok()) return cycles.status();
    for (const telemetry::CycleRecord& record : *cycles) {
      if (auto between = profiler.Add(record)) found.push_back(*std::move(between));
      from = record.cycle + 1;
    }
    if (cycles->size() < kAtOnce) return found;
  }
}

void Show(const std::vector<Between>& found, const Options& options) {
  for (const Between& between : found) {
    std::puts(options.json ? JsonLine(between).c_str() : Line(between).c_str());
  }
  std::fflush(stdout);
}

void Profile(const Options& options, Outcome& outcome) {
  const fs::path file = fs::path(options.state) / kJournal;
  const auto journal = JournalReader::Open(file);
  if (!journal.ok()) return Refuse(outcome, journal.status(), file.string());
  const auto rhythm = RhythmOf(options, outcome);
  if (outcome.exit_code != 0) return;

  const std::uint64_t last = journal->LastCycle();
  std::uint64_t from =
      options.all || last < options.cycles ? 0 : last + 1 - options.cycles;
  telemetry::Profiler profiler;
  Written written(options.state);  // before the first look, so that none is missed
  auto found = ReadOn(*journal, from, profiler);
  if (!found.ok()) return Refuse(outcome, found.status(), file.string());
  if (!options.json) std::puts(Head().c_str());
  Show(*found, options);
  while (options.follow && written.Wait()) {
    const std::uint64_t before = from;
    for (int look = 0; look < 2 && from == before; ++look) {
      if (look > 0) std::this_thread::sleep_for(kSlowDisk);
      const auto more = ReadOn(*journal, from, profiler);
      if (!more.ok()) return Refuse(outcome, more.status(), file.string());
      Show(*more, options);
    }
  }
  if (options.follow) {
    if (written.error() == 0) return Refuse(outcome, Status::kFileMissing, file.string());
    return Refuse(outcome, Status::kIo,
                  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
                  options.state + ": " + std::strerror(written.error()));
  }
  const auto summary = telemetry::Summarise(*found, rhythm);
  std::fputs((options.json ? Json(summary, rhythm) : InWords(summary, rhythm)).c_str(),
             stdout);
}

}  // namespace

void AddProfile(const Command& app, Outcome& outcome) {
  auto options = std::make_shared<Options>();
  const Command profile = app.Add(
      "profile", "Print the time between a robot's inferences, and what filled it");
  profile.Value("--state", options->state, "torpord's state folder, in use or not")
      .Required();
  profile.Value("--cycles", options->cycles, "So many of the newest")
      .Between(1, 100'000)
      .ShowDefault();
  profile.Flag("--all", options->all, "All that the journal has");
  profile.Flag("--follow", options->follow,
               "Go on, and print each inference once it is journalled");
  profile.Value("--contract", options->contract,
                "Judge by this contract's period; else by that which is obeyed");
  profile.Flag("--json", options->json, "A line of JSON for each inference");
  profile.Footer(
      "Only reads. It waits for the journal to be written to, and looks at it a quarter "
      "of\n"
      "a second later: torpord is not woken, nor is a machine that is suspended.\n"
      "Examples:\n"
      "  torpor profile --state state/\n"
      "  torpor profile --state state/ --follow\n"
      "  torpor profile --state state/ --all --json");
  profile.Run([options, &outcome] { Profile(*options, outcome); });
}

}  // namespace torpor::cli
