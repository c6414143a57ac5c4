#include "telemetry/trace_timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <tuple>

#include "core/status_table.h"

namespace torpor::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
// What two boots lie apart when the wall clock does not say.
constexpr std::int64_t kUnknownGap = 1'000'000;
constexpr std::size_t kMostNames = 100;
// By as much may a journal's rows lap over each other within one boot.
constexpr std::int64_t kSameBoot = 1'000'000;

// How many bytes at the beginning are one character of UTF-8 (RFC 3629, section 4); 0:
// none.
std::size_t LengthOfCharacter(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const auto tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string Text(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

double Joules(std::int64_t microjoules) {
  return static_cast<double>(Bounded(microjoules)) / 1e6;
}

std::string VerdictOf(const CycleRecord& record) {
  constexpr std::array<std::string_view, 3> kVerdicts = {"normal", "anomaly", "abstains"};
  std::string words(
      kVerdicts[std::min<std::size_t>(static_cast<std::size_t>(record.verdict), 2)]);
  if (record.verdict == Verdict::kAbstain && record.why_abstained != Status::kOk) {
    words += ": " + std::string(Info(record.why_abstained).name);
  }
  return words;
}

std::vector<TraceFact> FactsOf(const TracedCycle& cycle) {
  const CycleRecord& r = cycle.record;
  std::vector<TraceFact> facts = {{"cycle", std::to_string(r.cycle)},
                                  {"verdict", VerdictOf(r)},
                                  {"contract", Shown(r.contract)}};
  if (std::isfinite(r.score)) facts.push_back({"score", Text("%.6g", r.score)});
  facts.push_back({"energy", Text("%.6f J, ", Joules(r.energy.value)) +
                                 (r.metered ? "metered" : "modelled")});
  if (cycle.left_out > 0) {
    facts.push_back({"left out of the trace", std::to_string(cycle.left_out)});
  }
  return facts;
}

std::vector<TraceFact> FactsOfSleep(const TracedCycle& cycle) {
  const CycleRecord& r = cycle.record;
  std::vector<TraceFact> facts = {{"wake-ups", std::to_string(r.wakeups_asleep)}};
  if (cycle.due != Instant{} && r.woke >= cycle.due) {
    facts.push_back(
        {"woke late by",
         Text("%.6f s", 1e-6 * static_cast<double>((r.woke - cycle.due).count()))});
  }
  if (r.suspended.count() > 0) {
    facts.push_back(
        {"suspended", Text("%.6f s", 1e-6 * static_cast<double>(r.suspended.count()))});
  }
  if (r.slept) facts.push_back({"rest proved", Text("%.1f %%", 100 * *r.slept)});
  if (!r.sleep) return facts;
  facts.push_back({"GPU before", Shown(r.sleep->gpu_before)});
  facts.push_back({"GPU after", Shown(r.sleep->gpu_after)});
  if (!r.sleep->causes.empty()) facts.push_back({"hot because", Shown(r.sleep->causes)});
  return facts;
}

// Of its phase, rail by rail; journalling is in judging's.
void AddJoules(const CycleRecord& record, TraceStep step, std::vector<TraceFact>& facts) {
  if (step == TraceStep::kJournal) return;
  for (const RailJoules& rail : record.rails) {
    const auto& joules = rail.phases[static_cast<std::size_t>(PhaseOf(step))];
    facts.push_back({Shown(rail.rail) + " joules",
                     joules ? Text("%.6f", Joules(joules->value)) : "unmetered"});
  }
}

std::vector<TraceNumber> NumbersOf(const CycleRecord& r) {
  std::vector<TraceNumber> numbers;
  if (std::isfinite(r.score) && r.inferred) numbers.push_back({"score", r.score, ""});
  numbers.push_back({"energy of a cycle", Joules(r.energy.value), "J"});
  for (const RailJoules& rail : r.rails) {
    double sum = 0;
    bool metered = true;
    for (const auto& phase : rail.phases) {
      metered = metered && phase.has_value();
      if (phase) sum += Joules(phase->value);
    }
    if (metered) numbers.push_back({"energy of " + Shown(rail.rail, 100), sum, "J"});
  }
  if (r.batch_sequence != 0) {
    numbers.push_back(
        {"batch age", 1e-6 * static_cast<double>(Bounded(r.batch_age.count())), "s"});
  }
  numbers.push_back({"dropped: overrun", static_cast<double>(r.dropped_overrun), ""});
  numbers.push_back({"dropped: stale", static_cast<double>(r.dropped_stale), ""});
  numbers.push_back({"dropped: corrupt", static_cast<double>(r.dropped_corrupt), ""});
  numbers.push_back({"dropped: gap", static_cast<double>(r.dropped_gap), ""});
  numbers.push_back({"wake-ups awake", static_cast<double>(r.wakeups_awake), ""});
  numbers.push_back({"wake-ups asleep", static_cast<double>(r.wakeups_asleep), ""});
  if (r.slept && std::isfinite(*r.slept)) {
    numbers.push_back({"rest proved", *r.slept, "share of the sleep"});
  }
  return numbers;
}

}  // namespace

std::string Shown(std::string_view text, std::size_t longest) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t length = LengthOfCharacter(text);
    const std::string_view next = length > 0 ? text.substr(0, length) : kReplacement;
    if (shown.size() + next.size() + 3 > longest) return shown + "...";
    shown += next;
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

std::string JsonText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x",
                    static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += escape.data();
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string TraceTimeline::Known(std::string name) {
  if (!names_.contains(name)) {
    if (names_.size() >= kMostNames) return "others";
    names_.insert(name);
  }
  return name;
}

std::int64_t TraceTimeline::On(Instant at) const {
  return std::max(Bounded(SinceBootMicroseconds(at)) + shift_us_, std::int64_t{0});
}

std::pair<std::int64_t, std::int64_t> TraceTimeline::Place(const std::string& track,
                                                           Instant begin, Instant end) {
  std::int64_t& last = ends_[track];
  const std::int64_t from = std::max(On(begin), last);
  last = std::max(On(end), from);
  return {from, last};
}

void TraceTimeline::Move(const TracedCycle& cycle, DrawnCycle& drawn) {
  const std::int64_t begin = Bounded(SinceBootMicroseconds(cycle.begin()));
  const std::int64_t offset =
      Bounded(cycle.record.wall_us) - Bounded(SinceBootMicroseconds(cycle.record.woke));
  const bool named = boot_ && !boot_->empty() && !cycle.boot.empty();
  const bool other = boot_ && (named ? *boot_ != cycle.boot
                                     : begin + shift_us_ + kSameBoot < latest_us_);
  if (other || (boot_ && begin + shift_us_ + kSameBoot < latest_us_)) {
    // The new clock began when the wall's word says, if that is after all there was.
    const std::int64_t by_wall = shift_us_ + offset - wall_offset_us_;
    shift_us_ =
        begin + by_wall >= latest_us_ ? by_wall : latest_us_ + kUnknownGap - begin;
    shift_us_ = Bounded(shift_us_);
    drawn.points.push_back({"another boot",
                            std::max(begin + shift_us_, latest_us_),
                            {{"boot", Shown(cycle.boot)}}});
  }
  boot_ = cycle.boot;
  wall_offset_us_ = offset;
}

DrawnCycle TraceTimeline::Draw(const TracedCycle& cycle) {
  DrawnCycle drawn;
  const CycleRecord& r = cycle.record;
  Move(cycle, drawn);

  DrawnSpan whole{.track = TraceTrack::kCycles,
                  .holder = {},
                  .name = "cycle " + std::to_string(r.cycle),
                  .facts = FactsOf(cycle),
                  .within = {}};
  for (const StepSpan& step : cycle.steps) {
    DrawnSpan span{.track = TraceTrack::kCycles,
                   .holder = {},
                   .name = std::string(Name(step.step)),
                   .facts = {},
                   .within = {}};
    std::tie(span.begin_us, span.end_us) = Place("cycles", step.begin, step.end);
    if (step.step == TraceStep::kSleep) span.facts = FactsOfSleep(cycle);
    AddJoules(r, step.step, span.facts);
    if (step.step == TraceStep::kInfer && r.batch_sequence != 0) span.flow = r.cycle;
    whole.within.push_back(std::move(span));
  }
  if (whole.within.empty()) {
    std::tie(whole.begin_us, whole.end_us) = Place("cycles", r.woke, r.woke);
  } else {
    whole.begin_us = whole.within.front().begin_us;
    whole.end_us = whole.within.back().end_us;
  }
  drawn.at_us = latest_us_ = whole.end_us;
  drawn.wall_us = Bounded(drawn.at_us - shift_us_ + wall_offset_us_);

  if (r.batch_sequence != 0) {
    // Captured when its age began; taken when the inference did, or would have.
    Instant taken = r.woke;
    for (const StepSpan& step : cycle.steps) {
      if (step.step == TraceStep::kCollect) taken = step.end;
    }
    DrawnSpan batch{.track = TraceTrack::kBatches,
                    .holder = {},
                    .name = "batch " + std::to_string(r.batch_sequence) +
                            (r.inferred ? "" : ", not used"),
                    .flow = r.inferred ? r.cycle : 0,
                    .facts = {{"age", Text("%.6f s", 1e-6 * static_cast<double>(Bounded(
                                                                r.batch_age.count())))}},
                    .within = {}};
    const Instant captured = FromMicroseconds(Bounded(SinceBootMicroseconds(taken)) -
                                              Bounded(r.batch_age.count()));
    std::tie(batch.begin_us, batch.end_us) = Place("batches", captured, taken);
    drawn.spans.push_back(std::move(batch));
  }
  drawn.spans.push_back(std::move(whole));
  for (const LeaseSpan& lease : cycle.leases) {
    DrawnSpan span{.track = TraceTrack::kLease,
                   .holder = Known(Shown(lease.holder, 100)),
                   .name = lease.revoked ? "revoked" : "held",
                   .facts = {},
                   .within = {}};
    std::tie(span.begin_us, span.end_us) =
        Place("lease " + span.holder, lease.begin, lease.end);
    drawn.spans.push_back(std::move(span));
  }

  // Where they are known to lie: at the verdict of the cycle that tells of them.
  for (const Deviation& deviation : r.deviations) {
    const StatusInfo& info = Info(deviation.what);
    std::vector<TraceFact> facts = {
        {"reason", std::to_string(static_cast<unsigned>(deviation.what))},
        {"meaning", std::string(info.meaning)},
        {"advice", std::string(info.advice)}};
    if (!deviation.detail.empty()) facts.push_back({"detail", Shown(deviation.detail)});
    drawn.points.push_back({std::string(info.name), drawn.at_us, std::move(facts)});
  }
  if (r.alarm) {
    drawn.points.push_back({"ALARM", drawn.at_us, {{"because", Shown(r.because)}}});
  }
  drawn.numbers = NumbersOf(r);
  for (TraceNumber& number : drawn.numbers) number.name = Known(std::move(number.name));
  return drawn;
}

}  // namespace torpor::telemetry
