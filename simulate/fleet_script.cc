#include "simulate/fleet_script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

#include "simulate/random.h"

namespace torpor::simulate {
namespace {

constexpr std::uint64_t kChoiceDraws = 0x63'686f'6963'65;  // what the numbers are for
constexpr double kMostSeconds = 100 * 86400.0;
constexpr std::size_t kMostLines = 10'000, kMostLineBytes = 400;

enum class Value : std::uint8_t { kNone, kShare, kSpan };

struct Row {
  std::string_view name;
  Value value;
  std::string_view does;
};

constexpr std::array<Row, kTroubles> kRows = {{
    {"never-sleeps", Value::kNone, "awake from one waking to the next"},
    {"hot-gpu", Value::kNone, "somebody keeps a GPU context through each sleep"},
    {"woken", Value::kNone, "scheduled in each sleep"},
    {"link-down", Value::kNone, "computer and microcontroller do not hear each other"},
    {"failing-bearing", Value::kNone, "each score is above the threshold"},
    {"silent", Value::kNone, "the computer is off"},
    {"wrong-contract", Value::kNone, "refuses to work, says so once and stays down"},
    {"clock-step", Value::kSpan, "the wall clock is wrong by so much, say +1h or -90s"},
    {"partition", Value::kNone, "nothing that it pushes arrives"},
    {"push-loss", Value::kShare, "so much of what it tries to push is lost, say 50%"},
    {"wrong-type", Value::kNone, "its page calls a counter a gauge"},
    {"garbage", Value::kNone, "its page is no text"},
    {"gateway-down", Value::kNone, "of all: the gateway refuses every connection"},
}};

const Row& RowOf(Trouble trouble) { return kRows[static_cast<std::size_t>(trouble)]; }

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<double> Number(std::string_view text) {
  // A sign is no part of it, and neither are words for what is no number.
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) {
    return std::nullopt;
  }
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "50%", above 0 and at most 100.
std::optional<double> Percent(std::string_view text) {
  if (text.empty() || text.back() != '%') return std::nullopt;
  const auto number = Number(text.substr(0, text.size() - 1));
  if (!number || !(*number > 0) || *number > 100) return std::nullopt;
  return *number / 100;
}

std::optional<Microseconds> Step(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto span = ParseSpan(text.substr(1));
  if (!span) return std::nullopt;
  return text[0] == '-' ? -*span : *span;
}

class Reader {
 public:
  Reader(std::uint32_t robots, std::uint64_t seed) : robots_(robots), seed_(seed) {}

  // What is wrong with the line; empty when it was taken.
  std::string Take(std::string_view line, const std::vector<std::string_view>& words) {
    if (words.size() < 4) return "wants when, for how long, who and what";
    Scripted scripted;
    scripted.line = Printable(line);
    const auto at =
        words[0] == "0" ? std::optional(Microseconds{0}) : ParseSpan(words[0]);
    if (!at) return Quoted(words[0]) + " is no time such as 10m";
    scripted.from = Instant(*at);
    scripted.to = Instant::max();
    if (words[1] != "end") {
      const auto span = ParseSpan(words[1]);
      if (!span) return Quoted(words[1]) + " is no time such as 10m, and not 'end'";
      scripted.to = scripted.from + *span;
    }
    if (std::string wrong = What(words, scripted); !wrong.empty()) return wrong;
    if (std::string wrong = Whom(words[2], scripted); !wrong.empty()) return wrong;
    script_.push_back(std::move(scripted));
    return {};
  }

  std::vector<Scripted> TakeScript() { return std::move(script_); }

 private:
  static std::string Quoted(std::string_view word) { return "'" + Printable(word) + "'"; }

  static std::string What(const std::vector<std::string_view>& words,
                          Scripted& scripted) {
    const auto row = std::ranges::find(kRows, words[3], &Row::name);
    if (row == kRows.end()) return Quoted(words[3]) + " is no trouble that is known";
    scripted.what = static_cast<Trouble>(row - kRows.begin());
    const std::size_t wanted = row->value == Value::kNone ? 4 : 5;
    if (words.size() != wanted) {
      return Quoted(words[3]) + (wanted == 4 ? " takes no value" : " wants a value");
    }
    if (row->value == Value::kShare) {
      const auto share = Percent(words[4]);
      if (!share) return Quoted(words[4]) + " is no share such as 50%";
      scripted.share = *share;
    }
    if (row->value == Value::kSpan) {
      const auto step = Step(words[4]);
      if (!step) return Quoted(words[4]) + " is no step such as +1h or -90s";
      scripted.step = *step;
    }
    return {};
  }

  std::string Whom(std::string_view who, Scripted& scripted) {
    if (who == "all") {
      scripted.whom.resize(robots_);
      std::iota(scripted.whom.begin(), scripted.whom.end(), 1U);
      return {};
    }
    if (scripted.what == Trouble::kGatewayDown) return "a gateway is down for all";
    for (std::uint32_t number = 1; number <= robots_; ++number) {
      if (who == FleetRobotName(number)) {
        scripted.whom = {number};
        return {};
      }
    }
    std::optional<double> count = Number(who);
    if (const auto share = Percent(who)) count = std::ceil(*share * robots_);
    if (!count || *count < 1 || std::floor(*count) != *count) {
      return Quoted(who) +
             " is no number or share of robots, none of them, and not 'all'";
    }
    if (*count > static_cast<double>(robots_ - chosen_.size())) {
      return Quoted(who) + " are more than the " +
             std::to_string(robots_ - chosen_.size()) +
             " robots that have no trouble yet";
    }
    Choose(static_cast<std::size_t>(*count), scripted.whom);
    return {};
  }

  // Each robot that is left is as likely.
  void Choose(std::size_t count, std::vector<std::uint32_t>& whom) {
    Random random{seed_, script_.size(), kChoiceDraws};
    std::vector<std::uint32_t> left;
    for (std::uint32_t number = 1; number <= robots_; ++number) {
      if (!std::ranges::binary_search(chosen_, number)) left.push_back(number);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t other = i + random.Next() % (left.size() - i);
      std::swap(left[i], left[other]);
    }
    whom.assign(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
    std::ranges::sort(whom);
    chosen_.insert(chosen_.end(), whom.begin(), whom.end());
    std::ranges::sort(chosen_);
  }

  std::uint32_t robots_;
  std::uint64_t seed_;
  std::vector<Scripted> script_;
  std::vector<std::uint32_t> chosen_;  // sorted
};

}  // namespace

std::string_view NameOf(Trouble trouble) { return RowOf(trouble).name; }

std::string TroubleTable() {
  std::string table;
  for (const Row& row : kRows) {
    std::string name(row.name);
    if (row.value == Value::kShare) name += " P%";
    if (row.value == Value::kSpan) name += " STEP";
    char line[128];
    std::snprintf(line, sizeof line, "  %-18s %s\n", name.c_str(),
                  std::string(row.does).c_str());
    table += line;
  }
  return table;
}

std::optional<Microseconds> ParseSpan(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto number = Number(text.substr(0, text.size() - 1));
  const char unit = text.back();
  const double scale = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (!number || scale == 0) return std::nullopt;
  const double seconds = *number * scale;
  const Microseconds span(static_cast<std::int64_t>(std::min(seconds, 1e9) * 1e6));
  if (span.count() == 0 || seconds > kMostSeconds) return std::nullopt;
  return span;
}

std::string FleetRobotName(std::uint32_t number) {
  char name[16];
  std::snprintf(name, sizeof name, "sim-%04u", number);
  return name;
}

Attempt<std::vector<Scripted>> ParseFleetScript(std::string_view text,
                                                std::string_view source,
                                                std::uint32_t robots,
                                                std::uint64_t seed) {
  Reader reader(robots, seed);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string wrong;
    if (number > kMostLines || line.size() > kMostLineBytes) {
      wrong = "longer than a script may be";
    } else if (const auto words = Words(line); !words.empty()) {
      wrong = reader.Take(line, words);
    }
    if (!wrong.empty()) {
      return Why(Status::kFleetScript,
                 Printable(source) + ":" + std::to_string(number) + ": " + wrong);
    }
  }
  return reader.TakeScript();
}

}  // namespace torpor::simulate
