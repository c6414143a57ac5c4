#include "power/rapl.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace torpor::power {
namespace {

constexpr std::string_view kZones = "sys/class/powercap/intel-rapl:*";
constexpr std::string_view kPackage = "package-";

class Rapl final : public Meter {
 public:
  explicit Rapl(const SysTree& tree) : tree_(&tree) {}

  [[nodiscard]] std::string_view name() const override { return "rapl"; }
  [[nodiscard]] std::span<const Rail> rails() const override { return rails_; }
  void Read(std::span<Reading> readings) override {
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      readings[i] =
          rails_[i].unmetered.empty() ? ReadCounter(counters_[i]) : std::nullopt;
    }
  }

  void Add(const std::string& zone) {
    const auto named = tree_->Read(zone + "/name");
    if (!named || rails_.size() == kMostRails) return;
    Rail rail;
    rail.tells = Rail::Tells::kEnergy;
    rail.whole_machine = *named == "psys";
    if (*named == "dram") {
      // The zone of its package stands before it: intel-rapl:0 of intel-rapl:0:2.
      const auto package = tree_->Read(zone.substr(0, zone.rfind(':')) + "/name");
      if (!package || !package->starts_with(kPackage)) return;
      rail.name = RailName("dram-" + package->substr(kPackage.size()));
    } else if (rail.whole_machine || named->starts_with(kPackage)) {
      rail.name = RailName(*named);
    } else {
      return;
    }
    const auto range = tree_->Read(zone + "/max_energy_range_uj");
    if (const auto number = range ? WholeNumber(*range) : std::nullopt;
        number && *number > 0) {
      rail.range = Microjoules{*number};
    }
    std::string counter = zone + "/energy_uj";
    int why = 0;
    if (!ReadCounter(counter, &why)) {
      rail.unmetered = why == EACCES || why == EPERM ? "only root may read it, since 2020"
                       : why != 0                    ? std::strerror(why)
                                                     : "what it tells is absurd";
    }
    rails_.push_back(std::move(rail));
    counters_.push_back(std::move(counter));
  }

 private:
  Reading ReadCounter(const std::string& path, int* why = nullptr) const {
    const auto text = tree_->Read(path, why);
    const auto count = text ? WholeNumber(*text) : std::nullopt;
    return count && *count >= 0 ? count : std::nullopt;
  }

  const SysTree* tree_;
  std::vector<Rail> rails_;
  std::vector<std::string> counters_;
};

}  // namespace

std::unique_ptr<Meter> FindRapl(const SysTree& tree) {
  auto meter = std::make_unique<Rapl>(tree);
  for (const std::string& zone : tree.Match(kZones)) meter->Add(zone);
  if (meter->rails().empty()) return nullptr;
  return meter;
}

}  // namespace torpor::power
