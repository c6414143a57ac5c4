// What torpor reports of each machine that its tests pretend, as a page for people:
// docs/machines.md is compared with what the code says now.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "agent/residency_watch.h"
#include "core/status_table.h"
#include "power/find_meters.h"
#include "power/sys_tree_under_test.h"
#include "power/test_trees.h"

namespace torpor::agent {
namespace {

using namespace std::chrono_literals;
using contract::Residency::kChildExited;
using power::TestTree;
using power::TreeUnderTest;

std::string Number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// ---- Meters

struct MeterFixture {
  std::string name;
  std::function<void(TreeUnderTest&)> put;
};

const std::string kHwmon = std::string(power::kJetPack6) + "/hwmon/hwmon1/";

const std::vector<MeterFixture> kMeterFixtures = {
    {"Orin Nano, JetPack 5", [](auto& t) { PutOrinNano(t, power::kJetPack5, "3"); }},
    {"Orin Nano, JetPack 6", [](auto& t) { PutOrinNano(t, power::kJetPack6, "1"); }},
    {"Orin Nano, JetPack 7", [](auto& t) { PutOrinNano(t, power::kJetPack7, "0"); }},
    {"the same, one current missing and one voltage absurd",
     [](auto& t) {
       PutOrinNano(t, power::kJetPack6, "1");
       t.Remove(kHwmon + "curr2_input");
       t.Put(kHwmon + "in3_input", "abc");
     }},
    {"Xavier NX, JetPack 4 (iio, power)",
     [](auto& t) {
       const std::string chip = "sys/bus/i2c/drivers/ina3221x/1-0040/iio:device0/";
       t.Put({{chip + "rail_name_0", "VDD_IN"},
              {chip + "in_power0_input", "5123"},
              {chip + "rail_name_1", "VDD_CPU_GPU_CV"},
              {chip + "in_power1_input", "800"},
              {chip + "rail_name_2", "NC"},
              {chip + "in_power2_input", "0"}});
     }},
    {"Nano, JetPack 4 (iio, voltage and current)",
     [](auto& t) {
       const std::string chip = "sys/bus/iio/devices/iio:device0/";
       t.Put({{chip + "rail_name_0", "POM_5V_IN"},
              {chip + "in_voltage0_input", "5072"},
              {chip + "in_current0_input", "400"}});
     }},
    {"PC with RAPL", [](auto& t) { PutRapl(t); }},
    {"PC whose RAPL tells nonsense",
     [](auto& t) {
       t.Put({{"sys/class/powercap/intel-rapl:0/name", "package-0"},
              {"sys/class/powercap/intel-rapl:0/energy_uj", "abc"}});
     }},
    {"machine without a meter",
     [](auto& t) { t.Put("sys/class/hwmon/hwmon0/name", "nct6775"); }},
};

// "VDD_IN 8.000 W (whole machine)" for each rail.
std::string RailsOf(const power::Meters& meters) {
  std::string text;
  for (const auto& meter : meters.found) {
    std::vector<power::Reading> readings(meter->rails().size());
    meter->Read(readings);
    for (std::size_t i = 0; i < readings.size(); ++i) {
      const power::Rail& rail = meter->rails()[i];
      text += (text.empty() ? "" : "; ") + rail.name + " ";
      if (readings[i]) {
        text += Number("%.3f", static_cast<double>(*readings[i]) / 1e6);
        text += rail.tells == power::Rail::Tells::kPower ? " W" : " J so far";
      } else {
        text += "*unmetered*: " + rail.unmetered;
      }
      if (rail.whole_machine) text += " (whole machine)";
    }
  }
  return text.empty() ? "*unmetered*: " + meters.unmetered : text;
}

std::string MeterTable() {
  std::string table =
      "| machine | meter | what its rails read | forbidden files opened "
      "|\n|---|---|---|---|\n";
  for (const MeterFixture& fixture : kMeterFixtures) {
    TreeUnderTest tree;
    fixture.put(tree);
    int forbidden = 0;
    tree.tree().ObserveWith([&](std::string_view path, power::SysTree::Access access) {
      if (access == power::SysTree::Access::kRefused || power::SysTree::Forbids(path))
        ++forbidden;
    });
    power::Meters meters;
    EXPECT_EQ(power::FindMeters(tree.tree(), power::MeterChoice::kAuto, meters),
              Status::kOk);
    const std::string kind =
        meters.found.empty() ? "none" : std::string(meters.found[0]->name());
    table += "| " + fixture.name + " | " + kind + " | " + RailsOf(meters) + " | " +
             std::to_string(forbidden) + " |\n";
  }
  return table;
}

// ---- Read-backs over a sleep of a minute

struct SleepFixture {
  std::string name;
  std::function<void(TestTree&)> machine;
  // In the sleep. Before it, what torpord knew of its own.
  std::function<void(TestTree&)> meanwhile;
  power::OwnAccount own{};
};

void JetPack6(TestTree& t) { t.JetPack6(); }
void Rest(TestTree& t) {
  t.Spend(59'500ms, 500ms);
  t.IdleTimes(1'000'000, 50'000'000 + 57'000'000);
  t.Wakeup("wakeup3", "alarmtimer.0.auto", 5);
  t.Interrupts(6'000, 2);
}
void StayUp(TestTree& t) {
  t.Spend(0ms, 60s);
  t.State("active", "no");
  t.IdleTimes(1'000'000, 50'000'000 + 12'000'000);
}

const std::vector<SleepFixture> kSleepFixtures = {
    {"Orin Nano, JetPack 5, at rest", [](auto& t) { t.JetPack5(); }, Rest},
    {"Orin Nano, JetPack 6, at rest", JetPack6, Rest},
    {"Orin Nano, JetPack 7, at rest", [](auto& t) { t.JetPack7(); }, Rest},
    {"an answer was still outstanding",
     JetPack6,
     StayUp,
     {.answer_outstanding = true, .child = 77}},
    {"another process holds the device",
     [](auto& t) {
       t.JetPack6();
       t.Process(812, "camera", {"/dev/nvgpu/igpu0/channel"});
     },
     StayUp},
    {"our own child stayed, context kept",
     JetPack6,
     StayUp,
     {.child = 77, .parked = contract::Residency::kContextKept}},
    {"`power/control` is `on`",
     [](auto& t) {
       t.JetPack6();
       t.Control("on");
     },
     StayUp},
    {"jetson_clocks has pinned the clock",
     [](auto& t) {
       t.JetPack6();
       t.Clocks(1'020'000'000, 1'020'000'000);
     },
     StayUp},
    {"the clock is pinned, and the GPU rests",
     [](auto& t) {
       t.JetPack6();
       t.Clocks(1'020'000'000, 1'020'000'000);
     },
     Rest},
    {"torpord was on a processor", JetPack6,
     [](auto& t) {
       Rest(t);
       t.Ran("self", 59s);
       t.Interrupts(64'000, 0);
     }},
    {"up, and nobody is seen", JetPack6, StayUp},
    {"suspended, but its rail is not gated", JetPack6,
     [](auto& t) {
       Rest(t);
       t.State("suspended", "no");
     }},
    {"its driver failed", JetPack6,
     [](auto& t) {
       Rest(t);
       t.State("error", "yes");
     }},
    {"the last inference on it failed", JetPack6, Rest, {.last_inference_worked = false}},
    {"its times cannot be read",
     [](auto& t) {
       t.JetPack6();
       t.Put(t.gpu + "/power/runtime_suspended_time", "");
       t.Put(t.gpu + "/power/runtime_active_time", "");
     },
     [](auto& t) { t.State("active", "no"); }},
    {"PC with a discrete GPU, at rest", [](auto& t) { t.Discrete(); }, Rest},
    {"the same, kept up by nobody known", [](auto& t) { t.Discrete(); },
     [](auto& t) {
       t.Spend(0ms, 60s);
       t.Put(t.gpu + "/power/runtime_status", "active");
       t.PowerState("D0");
     }},
    {"machine without a GPU", [](auto&) {},
     [](auto& t) { t.IdleTimes(1'000'000, 50'000'000 + 57'000'000); }},
};

std::string SleepTable() {
  std::string table =
      "| machine and what happened | GPU before, after | rest proved | processors "
      "deepest | known from | reported |"
      " forbidden files opened |\n|---|---|---|---|---|---|---|\n";
  for (const SleepFixture& fixture : kSleepFixtures) {
    TestTree tree;
    fixture.machine(tree);
    power::Clocks clocks{FromMicroseconds(1'000'000'000), 900s};
    ResidencyWatch watch(
        tree.tree, [&] { return clocks; }, [&] { return fixture.own; });
    watch.BeforeSleep();
    fixture.meanwhile(tree);
    clocks.boot += 60s;
    clocks.monotonic += 60s;
    watch.AfterSleep();
    telemetry::CycleRecord record;
    watch.Tell(kChildExited, record);
    std::string reported;
    for (const telemetry::Deviation& deviation : record.deviations) {
      reported += (reported.empty() ? "" : "<br>") +
                  std::to_string(static_cast<int>(deviation.what)) + " " +
                  std::string(Info(deviation.what).name) + ": " + deviation.detail;
    }
    const auto percent = [](const std::optional<double>& share) {
      return share ? Number("%.1f %%", 100 * *share) : std::string("unknown");
    };
    table += "| " + fixture.name + " | " + record.sleep->gpu_before + ", " +
             record.sleep->gpu_after + " | " + percent(record.slept) + " | " +
             percent(record.sleep->idle_share) + " | " +
             (record.sleep->because.empty() ? "-" : record.sleep->because) + " | " +
             (reported.empty() ? "nothing" : reported) + " | " +
             std::to_string(tree.Forbidden().size()) + " |\n";
  }
  return table;
}

TEST(FixtureTable, ThePageIsWhatTheCodeReports) {
  const std::string tables = "<!-- meters -->\n" + MeterTable() + "<!-- sleeps -->\n" +
                             SleepTable() + "<!-- end -->\n";
  const std::string actual = TORPOR_BINARY_DIR "/machines.actual.md";
  std::ofstream(actual) << tables;
  std::ifstream file(TORPOR_SOURCE_DIR "/docs/machines.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  for (const auto& between : {std::pair{"<!-- meters -->\n", "<!-- sleeps -->\n"},
                              std::pair{"<!-- sleeps -->\n", "<!-- end -->\n"}}) {
    const auto part = [&](const std::string& text) {
      const std::size_t begin = text.find(between.first), end = text.find(between.second);
      if (begin == std::string::npos || end == std::string::npos) return std::string();
      return text.substr(begin, text.find('\n', text.rfind("|\n", end)) - begin);
    };
    EXPECT_EQ(part(page), part(tables)) << "what is reported now lies in " << actual;
  }
}

}  // namespace
}  // namespace torpor::agent
