// Trees of /sys for tests, written from a table.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/test_folder.h"
#include "power/sys_tree.h"

namespace torpor::power {

class TreeUnderTest {
 public:
  // A value that begins with "-> " is a link to a folder, from the root of the tree.
  using Table = std::initializer_list<std::pair<std::string, std::string_view>>;

  TreeUnderTest() = default;
  explicit TreeUnderTest(Table table) { Put(table); }

  void Put(Table table) {
    for (const auto& [path, value] : table) Put(path, value);
  }
  void Put(const std::string& path, std::string_view value) {
    const std::filesystem::path place = folder_ / path;
    std::filesystem::create_directories(place.parent_path());
    if (value.starts_with("-> ")) {
      std::filesystem::create_directory_symlink(folder_ / std::string(value.substr(3)),
                                                place);
    } else {
      folder_.Write(path, std::string(value) + "\n");
    }
  }
  void Remove(const std::string& path) { std::filesystem::remove_all(folder_ / path); }

  [[nodiscard]] const std::filesystem::path& root() const { return folder_.path(); }
  [[nodiscard]] SysTree& tree() { return tree_; }

 private:
  TestFolder folder_{TestFolder::InMemory()};
  SysTree tree_{folder_.path()};
};

// An Orin Nano whose chip hangs at `device` and is hwmon `number`, as the kernel shows
// it: the driver's folder holds links. 8 W in all, of which 3 W are of CPU and GPU.
inline void PutOrinNano(TreeUnderTest& tree, const std::string& device,
                        const std::string& number) {
  const std::string hwmon = device + "/hwmon/hwmon" + number;
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"name", "ina3221"},
           {"update_interval", "7"},
           {"samples", "512"},
           {"in1_label", "VDD_IN"},
           {"in1_input", "5000"},
           {"curr1_input", "1600"},
           {"in2_label", "VDD_CPU_GPU_CV"},
           {"in2_input", "5000"},
           {"curr2_input", "600"},
           {"in3_label", "VDD_SOC"},
           {"in3_input", "5000"},
           {"curr3_input", "400"},
           {"in7_label", "sum of shunt voltages"},
           {"in7_input", "26000"},
           {"curr4_input", "2600"}}) {
    tree.Put(hwmon + "/" + name, value);
  }
  tree.Put("sys/bus/i2c/drivers/ina3221/1-0040", "-> " + device);
  tree.Put("sys/bus/i2c/drivers/ina3221/uevent", "");
  tree.Put("sys/class/hwmon/hwmon" + number, "-> " + hwmon);
  // What a careless reader would wake.
  tree.Put("sys/devices/platform/17000000.gpu/load", "0");
  tree.Put("sys/class/devfreq/17000000.gpu/device",
           "-> sys/devices/platform/17000000.gpu");
}

inline constexpr const char* kJetPack5 = "sys/devices/c240000.i2c/i2c-1/1-0040";
inline constexpr const char* kJetPack6 = "sys/devices/platform/c240000.i2c/i2c-1/1-0040";
inline constexpr const char* kJetPack7 =
    "sys/devices/platform/bus@0/c240000.i2c/i2c-1/1-0040";

inline void PutRapl(TreeUnderTest& tree) {
  const std::string zones = "sys/class/powercap/";
  tree.Put({{zones + "intel-rapl/enabled", "1"},
            {zones + "intel-rapl:0/name", "package-0"},
            {zones + "intel-rapl:0/energy_uj", "262143000000"},
            {zones + "intel-rapl:0/max_energy_range_uj", "262143328850"},
            {zones + "intel-rapl:0:0/name", "core"},
            {zones + "intel-rapl:0:0/energy_uj", "7"},
            {zones + "intel-rapl:0:1/name", "dram"},
            {zones + "intel-rapl:0:1/energy_uj", "1000000"},
            {zones + "intel-rapl:0:1/max_energy_range_uj", "65712999613"},
            {zones + "intel-rapl:1/name", "psys"},
            {zones + "intel-rapl:1/energy_uj", "5000000"},
            {zones + "intel-rapl:1/max_energy_range_uj", "262143328850"},
            {zones + "intel-rapl-mmio:0/name", "package-0"},
            {zones + "intel-rapl-mmio:0/energy_uj", "1"}});
}

}  // namespace torpor::power
