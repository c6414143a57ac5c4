#include "power/calibration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

#include "contract/digest.h"
#include "core/hex.h"

namespace torpor::power {
namespace {

constexpr std::string_view kFirstLine = "torpor-calibration 1";
constexpr std::size_t kMaxText = 500;

// What no rung on any machine that sleeps reaches: a megajoule, a megawatt.
constexpr std::int64_t kMaxCost = 1'000'000'000'000;

std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text.substr(0, kMaxText)) plain += c >= ' ' && c <= '~' ? c : '?';
  while (!plain.empty() && plain.back() == ' ') plain.pop_back();
  plain.erase(0, plain.find_first_not_of(' '));
  return plain.empty() ? "unknown" : plain;
}

struct NumberOfRung {
  std::string_view key;
  std::int64_t (*get)(const RungCost&);
  void (*set)(RungCost&, std::int64_t);
  bool may_be_negative;  // a difference of two measurements
};
constexpr std::array kNumbers = {
    NumberOfRung{"enter_uj", [](const RungCost& r) { return r.enter.value; },
                 [](RungCost& r, std::int64_t n) { r.enter = {n}; }, true},
    NumberOfRung{"enter_error_uj", [](const RungCost& r) { return r.enter_error.value; },
                 [](RungCost& r, std::int64_t n) { r.enter_error = {n}; }, false},
    NumberOfRung{"parked_uw", [](const RungCost& r) { return r.parked.value; },
                 [](RungCost& r, std::int64_t n) { r.parked = {n}; }, true},
    NumberOfRung{"parked_error_uw",
                 [](const RungCost& r) { return r.parked_error.value; },
                 [](RungCost& r, std::int64_t n) { r.parked_error = {n}; }, false},
    NumberOfRung{"exit_uj", [](const RungCost& r) { return r.exit.value; },
                 [](RungCost& r, std::int64_t n) { r.exit = {n}; }, true},
    NumberOfRung{"exit_error_uj", [](const RungCost& r) { return r.exit_error.value; },
                 [](RungCost& r, std::int64_t n) { r.exit_error = {n}; }, false},
    NumberOfRung{"exit_us", [](const RungCost& r) { return r.exit_latency.count(); },
                 [](RungCost& r, std::int64_t n) { r.exit_latency = Microseconds{n}; },
                 false},
    NumberOfRung{"repetitions",
                 [](const RungCost& r) { return std::int64_t{r.repetitions}; },
                 [](RungCost& r, std::int64_t n) {
                   r.repetitions = static_cast<std::uint32_t>(std::clamp<std::int64_t>(
                       n, 0, std::numeric_limits<std::uint32_t>::max()));
                 },
                 false},
};

constexpr std::array kRungs = {Rung::kChildExited, Rung::kMemoryFreed, Rung::kContextKept,
                               Rung::kHot};

// Takes the lines of a text one after the other, each "key value".
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // The value behind `key`; nothing when the next line is another.
  std::optional<std::string_view> Value(std::string_view key) {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    if (line.size() <= key.size() + 1 || !line.starts_with(key) ||
        line[key.size()] != ' ') {
      return std::nullopt;
    }
    rest_.remove_prefix(end + 1);
    ++number_;
    return line.substr(key.size() + 1);
  }
  std::optional<std::int64_t> Number(std::string_view key) {
    const auto text = Value(key);
    std::int64_t number = 0;
    if (!text) return std::nullopt;
    const auto [stop, error] =
        std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || stop != text->data() + text->size()) return std::nullopt;
    return number;
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] int number() const { return number_ + 1; }  // of the line not taken yet

 private:
  std::string_view rest_;
  int number_ = 0;
};

bool Read(Lines& lines, Calibration& read) {
  const auto text = [&lines](std::string_view key, std::string& into) {
    const auto value = lines.Value(key);
    if (value) into = *value;
    return value.has_value();
  };
  if (!text("machine", read.identity.machine) || !text("kernel", read.identity.kernel) ||
      !text("power_mode", read.identity.power_mode) ||
      !text("back_end", read.identity.back_end)) {
    return false;
  }
  const auto model = lines.Value("model");
  const auto digest = model ? ReadHex<std::tuple_size_v<Digest>>(*model) : std::nullopt;
  if (!digest) return false;
  read.identity.model = *digest;
  const auto when =
      text("meter", read.meter) ? lines.Number("measured_at_s") : std::nullopt;
  if (!when || *when < 0) return false;
  read.measured_at_s = *when;
  while (!lines.done()) {
    const auto name = lines.Value("rung");
    const auto rung =
        name ? std::ranges::find(kRungs, *name, [](Rung r) { return Name(r); })
             : kRungs.end();
    if (rung == kRungs.end()) return false;
    const bool first = read.rungs.empty();
    if (first ? *rung != Rung::kChildExited : *rung <= read.rungs.back().rung) {
      return false;
    }
    RungCost cost;
    cost.rung = *rung;
    for (const NumberOfRung& number : kNumbers) {
      const auto value = lines.Number(number.key);
      const std::int64_t least = number.may_be_negative ? -kMaxCost : 0;
      if (!value || *value < least || *value > kMaxCost) return false;
      number.set(cost, *value);
    }
    // Others are above the coldest, and without two repetitions no error is known.
    if ((first && cost.parked.value != 0) || cost.repetitions < 2) return false;
    read.rungs.push_back(cost);
  }
  return !read.rungs.empty();
}

// How each clock of a kind may move, those that are limited alike as one: "6 x schedutil
// 729600-1510400".
std::string Limits(const SysTree& sys, std::string_view folders,
                   const std::array<std::string_view, 3>& nodes) {
  std::map<std::string, int> alike;
  for (const std::string& folder : sys.Match(folders)) {
    const auto value = [&](std::string_view node) {
      return sys.Read(folder + "/" + std::string(node)).value_or("?");
    };
    ++alike[value(nodes[0]) + " " + value(nodes[1]) + "-" + value(nodes[2])];
  }
  std::string all;
  for (const auto& [limits, count] : alike) {
    all += (all.empty() ? "" : ", ") + std::to_string(count) + " x " + limits;
  }
  return all.empty() ? "none" : all;
}

}  // namespace

MachineIdentity ReadMachine(const SysTree& sys) {
  MachineIdentity identity;
  const auto first = [&sys](std::initializer_list<std::string_view> paths) {
    for (const std::string_view path : paths) {
      if (auto text = sys.Read(path); text && !text->empty()) return *text;
    }
    return std::string();
  };
  std::string machine =
      first({"proc/device-tree/model", "sys/class/dmi/id/product_name"});
  std::erase(machine, '\0');  // a device tree's texts end in one
  identity.machine = Plain(machine);
  // CUDA's own version of a driver stays the same over many of its releases.
  const std::string module = first({"sys/module/nvidia/version"});
  identity.kernel = Plain(first({"proc/sys/kernel/osrelease"}) + " " +
                          first({"proc/sys/kernel/version"}) +
                          (module.empty() ? "" : "; nvidia " + module));
  const auto mode = sys.Read("var/lib/nvpmodel/status");
  const std::string all =
      (mode ? *mode : "no nvpmodel") + "; processors " +
      Limits(sys, "sys/devices/system/cpu/cpufreq/policy*",
             {"scaling_governor", "scaling_min_freq", "scaling_max_freq"}) +
      "; devices " +
      Limits(sys, "sys/class/devfreq/*", {"governor", "min_freq", "max_freq"});
  identity.power_mode = Plain(all);
  return identity;
}

std::string EncodeCalibration(const Calibration& calibration) {
  std::string text(kFirstLine);
  text += '\n';
  const auto line = [&text](std::string_view key, std::string_view value) {
    text.append(key).append(" ").append(value).append("\n");
  };
  const MachineIdentity& identity = calibration.identity;
  line("machine", Plain(identity.machine));
  line("kernel", Plain(identity.kernel));
  line("power_mode", Plain(identity.power_mode));
  line("back_end", Plain(identity.back_end));
  std::array<char, 2 * std::tuple_size_v<Digest>> hex{};
  WriteHex(identity.model, hex);
  line("model", {hex.data(), hex.size()});
  line("meter", Plain(calibration.meter));
  line("measured_at_s", std::to_string(calibration.measured_at_s));
  for (const RungCost& rung : calibration.rungs) {
    line("rung", Name(rung.rung));
    for (const NumberOfRung& number : kNumbers) {
      line(number.key, std::to_string(number.get(rung)));
    }
  }
  return text;
}

Result<Calibration> DecodeCalibration(std::string_view text, std::string& problem) {
  if (text.size() > kMaxCalibrationBytes) {
    problem = "longer than any calibration";
    return Status::kCalibrationMalformed;
  }
  const std::string first = std::string(kFirstLine) + "\n";
  if (!text.starts_with(first)) {
    problem = "line 1: not \"" + std::string(kFirstLine) + "\"";
    return Status::kCalibrationMalformed;
  }
  Lines lines(text.substr(first.size()));
  Calibration read;
  if (!Read(lines, read)) {
    problem = "line " + std::to_string(lines.number() + 1) +
              ": not what belongs there, or out of its range";
    return Status::kCalibrationMalformed;
  }
  if (EncodeCalibration(read) != text) {
    problem = "not in its one form";
    return Status::kCalibrationMalformed;
  }
  return read;
}

Digest DigestOfCalibration(std::string_view text) {
  return contract::DigestOf(AsBytes(text));
}

std::string Difference(const MachineIdentity& here, const MachineIdentity& calibrated) {
  const auto differ = [](std::string_view what, const std::string& ours,
                         const std::string& theirs) {
    return std::string(what) + ": " + ours + " here, " + theirs +
           " when it was calibrated";
  };
  const auto compare = [&](std::string_view what, const std::string& ours,
                           const std::string& theirs) {
    return Plain(ours) == Plain(theirs) ? std::string()
                                        : differ(what, Plain(ours), Plain(theirs));
  };
  for (const std::string& found :
       {compare("machine", here.machine, calibrated.machine),
        compare("kernel", here.kernel, calibrated.kernel),
        compare("power mode", here.power_mode, calibrated.power_mode),
        compare("back end", here.back_end, calibrated.back_end)}) {
    if (!found.empty()) return found;
  }
  if (here.model == calibrated.model) return {};
  const auto short_hex = [](const Digest& digest) {
    return std::string(contract::Hex(contract::ShortOf(digest)).view());
  };
  return differ("model", short_hex(here.model), short_hex(calibrated.model));
}

Result<Calibration> CheckCalibration(std::string_view text, const MachineIdentity& here,
                                     std::span<const Digest> named,
                                     std::string& problem) {
  auto read = DecodeCalibration(text, problem);
  if (!read.ok()) return read.status();
  if (problem = Difference(here, read->identity); !problem.empty()) {
    return Status::kCalibrationForeign;
  }
  const Digest digest = DigestOfCalibration(text);
  if (!named.empty() && std::ranges::find(named, digest) == named.end()) {
    problem = "its digest begins with " +
              std::string(contract::Hex(contract::ShortOf(digest)).view());
    return Status::kCalibrationNotNamed;
  }
  return read;
}

}  // namespace torpor::power
