#include "cli/profile_text.h"

#include <array>
#include <cinttypes>
#include <cstdio>
#include <ctime>

#include "core/json_hosted.h"

namespace torpor::cli {
namespace {

using nlohmann::ordered_json;
using telemetry::kPhases;
using telemetry::Phase;

// In the order in which a cycle has them, the sleep first: it comes before the waking.
constexpr std::array<std::pair<Phase, const char*>, kPhases> kColumns = {
    {{Phase::kSleep, "asleep"},
     {Phase::kWake, "wake"},
     {Phase::kCollect, "collect"},
     {Phase::kInfer, "infer"},
     {Phase::kRelease, "release"},
     {Phase::kJudge, "judge"},
     {Phase::kReport, "report"}}};

double Seconds(Microseconds time) { return static_cast<double>(time.count()) / 1e6; }

std::string Time(Microseconds time) {
  std::array<char, 32> text{};
  if (time >= std::chrono::seconds(10)) {
    std::snprintf(text.data(), text.size(), "%.1f s", Seconds(time));
  } else {
    std::snprintf(text.data(), text.size(), "%.0f ms",
                  static_cast<double>(time.count()) / 1e3);
  }
  return text.data();
}

std::string Right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string Clock(std::int64_t wall_us) {
  const std::time_t seconds = wall_us / 1'000'000;
  std::tm utc{};
  std::array<char, 16> text{};
  if (::gmtime_r(&seconds, &utc) == nullptr ||
      std::strftime(text.data(), text.size(), "%H:%M:%S", &utc) == 0) {
    return "?";
  }
  return text.data();
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

ordered_json Filled(const std::array<Microseconds, kPhases>& filled) {
  ordered_json phases;
  for (const auto& [phase, name] : kColumns) {
    phases[name] = Seconds(filled[static_cast<std::size_t>(phase)]);
  }
  return phases;
}

ordered_json MaybeSeconds(const std::optional<Microseconds>& time) {
  return time ? ordered_json(Seconds(*time)) : ordered_json(nullptr);
}

}  // namespace

std::string Head() {
  std::string head = "   cycle       UTC   between";
  for (const auto& [phase, name] : kColumns) head += Right(name, 10);
  return head + "  batch age  dropped  what was odd";
}

std::string Line(const telemetry::Between& between) {
  std::string line = Right(std::to_string(between.cycle), 8) +
                     Right(Clock(between.wall_us), 10) +
                     Right(between.since ? Time(*between.since) : "-", 10);
  for (const auto& [phase, name] : kColumns) {
    line += Right(Time(between.filled[static_cast<std::size_t>(phase)]), 10);
  }
  line += Right(Time(between.batch_age), 11) + Right(std::to_string(between.dropped), 9);
  std::vector<std::string> odd;
  if (between.cycles > 1) odd.push_back(std::to_string(between.cycles) + " cycles");
  if (between.unrecorded.count() > 0) {
    odd.push_back(Time(between.unrecorded) + " without torpord");
  }
  odd.insert(odd.end(), between.causes.begin(), between.causes.end());
  return odd.empty() ? line : line + "  " + Joined(odd);
}

std::string InWords(const telemetry::ProfileSummary& summary,
                    const std::optional<telemetry::Rhythm>& rhythm) {
  std::string text = "\n" + std::to_string(summary.inferences) + " inferences, " +
                     std::to_string(summary.dropped) + " batches dropped\n";
  if (summary.median) {
    text += "between two: " + Time(*summary.least) + " at least, " +
            Time(*summary.median) + " in the middle, " + Time(*summary.most) +
            " at most\n";
  }
  if (rhythm) {
    text += "by the contract " + Time(rhythm->period) + ": " +
            std::to_string(summary.too_soon) + " came sooner, " +
            std::to_string(summary.too_late) + " later than twice that\n";
  } else {
    text += "the contract is not at hand: --contract judges by its period\n";
  }
  text += "the time went to:";
  for (const auto& [phase, name] : kColumns) {
    std::array<char, 48> share{};
    std::snprintf(share.data(), share.size(), " %s %.2f %%", name,
                  100 * summary.share[static_cast<std::size_t>(phase)]);
    text += share.data();
  }
  return text + "\n";
}

std::string JsonLine(const telemetry::Between& between) {
  return ordered_json{{"cycle", between.cycle},
                      {"wall_seconds", static_cast<double>(between.wall_us) / 1e6},
                      {"between_seconds", MaybeSeconds(between.since)},
                      {"cycles", between.cycles},
                      {"filled_seconds", Filled(between.filled)},
                      {"unrecorded_seconds", Seconds(between.unrecorded)},
                      {"batch_age_seconds", Seconds(between.batch_age)},
                      {"dropped", between.dropped},
                      {"causes", between.causes}}
      .dump();
}

std::string Json(const telemetry::ProfileSummary& summary,
                 const std::optional<telemetry::Rhythm>& rhythm) {
  ordered_json shares, period = nullptr, too_soon = nullptr, too_late = nullptr;
  for (const auto& [phase, name] : kColumns) {
    shares[name] = summary.share[static_cast<std::size_t>(phase)];
  }
  if (rhythm) {
    period = Seconds(rhythm->period);
    too_soon = summary.too_soon;
    too_late = summary.too_late;
  }
  return ordered_json{{"inferences", summary.inferences},
                      {"dropped", summary.dropped},
                      {"least_seconds", MaybeSeconds(summary.least)},
                      {"median_seconds", MaybeSeconds(summary.median)},
                      {"most_seconds", MaybeSeconds(summary.most)},
                      {"period_seconds", period},
                      {"too_soon", too_soon},
                      {"too_late", too_late},
                      {"shares", shares}}
             .dump() +
         "\n";
}

}  // namespace torpor::cli
