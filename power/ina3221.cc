#include "power/ina3221.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace torpor::power {
namespace {

constexpr std::string_view kHwmonByDriver = "sys/bus/i2c/drivers/ina3221/*/hwmon/hwmon*";
constexpr std::string_view kHwmonByClass = "sys/class/hwmon/hwmon*";
constexpr std::array<std::string_view, 3> kIio = {
    "sys/bus/i2c/drivers/ina3221x/*/iio:device*",
    "sys/bus/i2c/drivers/ina3221/*/iio:device*", "sys/bus/iio/devices/iio:device*"};

constexpr std::array<std::string_view, 2> kWholeMachine = {"VDD_IN", "POM_5V_IN"};

constexpr std::int64_t kMostMillivolts = 32'760;  // of the bus register
constexpr std::int64_t kMostMilliamps = 100'000;
constexpr std::int64_t kLeastMilliamps = -50;
constexpr std::int64_t kMostMicrowatts = kMostMillivolts * kMostMilliamps;
constexpr int kChannels = 3;
constexpr std::int64_t kMostSamples = 1024;  // that the chip averages
constexpr std::int64_t kLongestIntervalMs = 60'000;
constexpr Microseconds kShortestConversion{2 * 140};  // of one channel: bus and shunt

struct Source {
  std::string millivolts, milliamps;  // paths; both, or
  std::string milliwatts;             // this
};

std::optional<std::int64_t> Number(const SysTree& tree, const std::string& path,
                                   int* why = nullptr) {
  const auto text = tree.Read(path, why);
  return text ? WholeNumber(*text) : std::nullopt;
}

std::string FileOf(const std::string& folder, std::string_view before, int channel,
                   std::string_view after) {
  std::string path = folder;
  path += '/';
  path += before;
  path += std::to_string(channel);
  path += after;
  return path;
}

Reading ReadPower(const SysTree& tree, const Source& source, int* why = nullptr) {
  if (!source.milliwatts.empty()) {
    const auto power = Number(tree, source.milliwatts, why);
    if (!power || *power < 0 || *power > kMostMicrowatts / 1000) return std::nullopt;
    return *power * 1000;
  }
  const auto voltage = Number(tree, source.millivolts, why);
  if (!voltage || *voltage < 0 || *voltage > kMostMillivolts) return std::nullopt;
  const auto current = Number(tree, source.milliamps, why);
  if (!current || *current < kLeastMilliamps || *current > kMostMilliamps) {
    return std::nullopt;
  }
  return *voltage * std::max<std::int64_t>(*current, 0);
}

class Ina3221 final : public Meter {
 public:
  explicit Ina3221(const SysTree& tree) : tree_(&tree) {}

  [[nodiscard]] std::string_view name() const override { return "ina3221"; }
  [[nodiscard]] std::span<const Rail> rails() const override { return rails_; }
  void Read(std::span<Reading> readings) override {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      readings[i] =
          rails_[i].unmetered.empty() ? ReadPower(*tree_, sources_[i]) : std::nullopt;
    }
  }

  void Add(const std::optional<std::string>& label, Source source, Microseconds window) {
    if (!label || label->empty() || label->find("NC") != std::string::npos) return;
    Rail rail;
    rail.name = RailName(*label);
    const bool known = std::any_of(rails_.begin(), rails_.end(), [&](const Rail& other) {
      return other.name == rail.name;
    });
    if (known || rails_.size() == kMostRails) return;
    rail.window = window;
    rail.whole_machine = std::find(kWholeMachine.begin(), kWholeMachine.end(),
                                   rail.name) != kWholeMachine.end();
    int why = 0;
    if (!ReadPower(*tree_, source, &why)) {
      rail.unmetered = why != 0 ? std::strerror(why) : "what it tells is absurd";
    }
    rails_.push_back(std::move(rail));
    sources_.push_back(std::move(source));
  }

  void AddHwmon(const std::string& folder) {
    const Microseconds window = WindowOf(folder);
    for (int i = 1; i <= kChannels; ++i) {
      Add(tree_->Read(FileOf(folder, "in", i, "_label")),
          {FileOf(folder, "in", i, "_input"), FileOf(folder, "curr", i, "_input"), {}},
          window);
    }
  }

  void AddIio(const std::string& folder) {
    const std::vector<std::string> names = tree_->List(folder);
    for (int i = 0; i < kChannels; ++i) {
      std::string power = FileOf(folder, "in_power", i, "_input");
      Source source;
      if (std::binary_search(names.begin(), names.end(),
                             power.substr(folder.size() + 1))) {
        source.milliwatts = std::move(power);
      } else {
        source.millivolts = FileOf(folder, "in_voltage", i, "_input");
        source.milliamps = FileOf(folder, "in_current", i, "_input");
      }
      Add(tree_->Read(FileOf(folder, "rail_name_", i, "")), std::move(source), {});
    }
  }

 private:
  // The documentation of the driver has the averaging in update_interval, and its code of
  // later years has not. Where the time is too short for so many conversions it cannot be
  // in it; else the shorter of the two is the careful one, and 0 where nothing is said.
  [[nodiscard]] Microseconds WindowOf(const std::string& folder) const {
    const auto interval = Number(*tree_, folder + "/update_interval");
    const auto samples = Number(*tree_, folder + "/samples");
    if (!interval || *interval < 0 || *interval > kLongestIntervalMs) return {};
    const Microseconds told = std::chrono::milliseconds(*interval);
    const bool each = samples && *samples > 1 && *samples <= kMostSamples &&
                      told < *samples * kShortestConversion;
    return each ? told * *samples : told;
  }

  const SysTree* tree_;
  std::vector<Rail> rails_;
  std::vector<Source> sources_;
};

}  // namespace

std::unique_ptr<Meter> FindIna3221(const SysTree& tree) {
  auto meter = std::make_unique<Ina3221>(tree);
  for (const std::string& folder : tree.Match(kHwmonByDriver)) meter->AddHwmon(folder);
  if (meter->rails().empty()) {
    for (const std::string& folder : tree.Match(kHwmonByClass)) {
      if (meter->rails().size() == kMostRails) break;
      if (tree.Read(folder + "/name") == "ina3221") meter->AddHwmon(folder);
    }
  }
  for (const std::string_view pattern : kIio) {
    if (!meter->rails().empty()) break;
    for (const std::string& folder : tree.Match(pattern)) meter->AddIio(folder);
  }
  if (meter->rails().empty()) return nullptr;
  return meter;
}

}  // namespace torpor::power
