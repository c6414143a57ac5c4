#include "firmware/port/conformance/suite.h"

#include <algorithm>
#include <array>

#include "firmware/core/port.h"
#include "firmware/port/conformance/checks.h"

namespace torpor::firmware::conformance {
namespace {

using std::chrono_literals::operator""ms;  // NOLINT(misc-unused-using-decls)

const contract::Terms* under_test = nullptr;

class Line {
 public:
  Line& operator<<(std::string_view text) {
    const std::size_t size = std::min(text.size(), room_.size() - size_);
    std::ranges::copy(text.substr(0, size), room_.begin() + size_);
    size_ += size;
    return *this;
  }
  ~Line() { port::Console({room_.data(), size_}); }

 private:
  std::array<char, 160> room_{};
  std::size_t size_ = 0;
};

int Tell(std::string_view name, const char* wrong) {
  Line line;
  if (wrong == nullptr) {
    line << "ok " << name;
    return 0;
  }
  line << "FAILED " << name << ": " << wrong;
  return 1;
}

const char* SameDigest() {
  const Digest digest = port::ProgramDigest();
  if (digest == Digest{}) return "it is all zeros";
  return port::ProgramDigest() == digest ? nullptr : "it is another one each time";
}

// Even when nobody reads: 100 kB are more than anything in between holds.
const char* ConsoleReturns() {
  std::array<char, 500> words{};
  words.fill('#');
  const Instant before = port::Now();
  for (int i = 0; i < 200; ++i) port::Console({words.data(), words.size()});
  return port::Now() < before + 20'000ms ? nullptr : "it waits for a reader";
}

const char* KickReturns() {
  Microseconds best = 1000ms;
  for (int i = 0; i < 10; ++i) {
    const Instant before = port::Now();
    port::WatchdogKick();
    best = std::min(best, port::Now() - before);
  }
  return best < 1ms ? nullptr : "it takes longer than 1 ms";
}

constexpr std::array kOthers = {
    Check{"ProgramDigest.IsTheSameTwice", SameDigest},
    Check{"Console.NeverWaitsForAReader", ConsoleReturns},
    Check{"WatchdogKick.ReturnsAtOnce", KickReturns},
};

}  // namespace

std::span<const Check> OtherChecks() { return kOthers; }
const contract::Terms& TermsUnderTest() { return *under_test; }

contract::Terms UsualTerms() {
  contract::Terms terms;
  terms.sample = 500ms;
  terms.period = 2000ms;
  terms.link_baud = 921'600;
  terms.sensor_count = 1;
  terms.sensor_slots[0] = {.id = 1,
                           .sample_rate_millihertz = 3'200'000,
                           .axes = 3,
                           .full_scale_milli_g = 16'000,
                           .bits = 16};
  return terms;
}

int RunSuite(const contract::Terms& terms, std::string_view only) {
  constexpr std::string_view kSurvives = "FlashProgram.SurvivesARestart";
  if (HasMark()) {
    return Tell(kSurvives, RemoveMark() ? nullptr : "it did, and cannot be erased");
  }
  under_test = &terms;
  int failed = 0;
  // Its own check may be left out.
  if (!only.empty()) static_cast<void>(port::ImuPrepare(terms));
  for (const auto checks :
       {TimeChecks(), LinkChecks(), SensorChecks(), FlashChecks(), OtherChecks()}) {
    for (const Check& check : checks) {
      if (check.name.starts_with(only)) failed += Tell(check.name, check.run());
    }
  }
  if (!LeaveMark()) failed += Tell(kSurvives, "nothing can be written there");
  port::Console("restart: run me again");
  return failed;
}

}  // namespace torpor::firmware::conformance
