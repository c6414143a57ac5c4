#include "simulate/manifest.h"
#include "core/json_hosted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>

#include "core/test_folder.h"

namespace torpor::simulate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json GoodEntry() {
  return json::parse(R"({
    "id": "pump-1", "file": "pump/pump-1.flac", "sample_rate_hz": 25600,
    "frames": 25600, "unit": "g", "g_per_unit": 1.0, "condition": "healthy",
    "rpm": null, "channels": [{"name": "x", "full_scale": 16.0}],
    "snapshots": 10, "snapshot_frames": 2560, "snapshot_interval_s": 10
  })");
}

std::string Text(const json& entry) {
  return json{{"recordings", json::array({entry})}}.dump();
}

Refusal Refused(const std::string& text) {
  const auto manifest = ParseManifest(text, "data");
  EXPECT_FALSE(manifest.ok());
  return manifest.ok() ? Refusal{} : manifest.refusal();
}

TEST(Manifest, ReadsAnEntryWithItsUnitsAndSnapshots) {
  const auto manifest = ParseManifest(Text(GoodEntry()), "data");
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  const Entry* entry = manifest->Find("pump-1");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->file, std::filesystem::path("data/pump/pump-1.flac"));
  EXPECT_EQ(entry->sample_rate_hz, 25600);
  EXPECT_EQ(entry->condition, Condition::kHealthy);
  EXPECT_FALSE(entry->rpm.has_value()) << "null says that nobody knows";
  ASSERT_TRUE(entry->snapshots.has_value());
  EXPECT_EQ(entry->snapshots->count, 10U);
  EXPECT_EQ(entry->snapshots->interval, Microseconds(10'000'000));
}

TEST(Manifest, AFirstEntryNeedsFiveFields) {
  const auto manifest = ParseManifest(
      R"({"recordings": [{"id": "mine", "file": "mine.wav", "unit": "g",
          "sample_rate_hz": 3200, "channels": [{"name": "x", "full_scale": 16}]}]})",
      "data");
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  EXPECT_EQ(manifest->entries.front().condition, Condition::kUnknown);
}

TEST(Manifest, NamesEntryAndFieldOfWhatIsMissingOrWrong) {
  struct Case {
    const char* field;
    json value;  // null: the field is taken away
  };
  const Case cases[] = {
      {"id", nullptr},
      {"id", "a b"},
      {"id", std::string(65, 'a')},
      {"file", nullptr},
      {"file", "/etc/passwd"},
      {"file", "../other/a.flac"},
      {"file", ""},
      {"file", std::string("a\0b.flac", 8)},
      {"file", 3},
      {"sample_rate_hz", nullptr},
      {"sample_rate_hz", 0},
      {"sample_rate_hz", -25600},
      {"sample_rate_hz", "25600"},
      {"sample_rate_hz", 1e300},
      {"frames", -1},
      {"frames", 1.5},
      {"frames", 25599},
      {"unit", nullptr},
      {"unit", 7},
      {"g_per_unit", 0},
      {"condition", "heathly"},
      {"rpm", -3},
      {"channels", nullptr},
      {"channels", json::array()},
      {"channels", json::array({3})},
      {"channels", json::array({{{"name", "x"}}})},
      {"channels", json::array({{{"name", "x"}, {"full_scale", 0}}})},
      {"channels", json(std::vector<json>(65, {{"name", "x"}, {"full_scale", 1}}))},
      {"snapshots", nullptr},
      {"snapshots", 11},
      {"snapshot_frames", nullptr},
      {"snapshot_frames", 0},
      {"snapshot_interval_s", nullptr},
      {"snapshot_interval_s", 0.05},
      {"derived_onset_snapshot", -1},
  };
  for (const Case& wrong : cases) {
    json entry = GoodEntry();
    if (wrong.value.is_null()) {
      entry.erase(wrong.field);
    } else {
      entry[wrong.field] = wrong.value;
    }
    const Refusal why = Refused(Text(entry));
    EXPECT_EQ(why.status, Status::kManifestMalformed) << why.what;
    EXPECT_THAT(why.what, HasSubstr("entry 0"));
    const std::string field = wrong.field;
    // Sums are told at the field that the sum belongs to.
    EXPECT_THAT(why.what, HasSubstr(field == "frames" && wrong.value == 25599
                                        ? std::string("field snapshots")
                                        : "field " + field));
    EXPECT_EQ(why.what.find('\n'), std::string::npos);
  }
}

TEST(Manifest, RefusesTheSameIdTwice) {
  const json entries = json::array({GoodEntry(), GoodEntry()});
  const Refusal why = Refused(json{{"recordings", entries}}.dump());
  EXPECT_EQ(why.status, Status::kManifestMalformed);
  EXPECT_THAT(why.what, HasSubstr("entry 1 (pump-1), field id: is used twice"));
}

TEST(Manifest, RefusesWhatIsNotAListOfEntries) {
  for (const char* text :
       {"", "null", "[]", "{}", R"({"recordings": {}})", R"({"recordings": []})",
        R"({"recordings": [null]})", R"({"recordings": [[]]})",
        "{\"recordings\": [{\"id\": \"\xff\"}]}",
        R"({"recordings": [{"sample_rate_hz": 1e999}]})"}) {
    EXPECT_EQ(Refused(text).status, Status::kManifestMalformed) << text;
  }
}

TEST(Manifest, SaysWhereItIsNoLongerJson) {
  EXPECT_EQ(Refused(R"({"recordings": [,]})").what, "manifest: not JSON at byte 17");
}

TEST(Manifest, SurvivesAMillionBrackets) {
  EXPECT_EQ(Refused(std::string(1'000'000, '[')).status, Status::kManifestMalformed);
  EXPECT_EQ(Refused(std::string(1'000'000, '[') + std::string(1'000'000, ']')).status,
            Status::kManifestMalformed);
}

TEST(Manifest, WritesNoLinesOfTheFileIntoItsMessage) {
  json entry = GoodEntry();
  entry["id"] = "evil\n{\"reason\":0}\x1b[2J";
  const std::string what = Refused(Text(entry)).what;
  for (const char c : what) EXPECT_TRUE(c >= ' ' && c <= '~') << what;
}

TEST(Manifest, AnyCutOrChangedByteIsReadOrRefusedButNeverMore) {
  const std::string good = Text(GoodEntry());
  for (std::size_t cut = 0; cut < good.size(); ++cut) {
    EXPECT_EQ(Refused(good.substr(0, cut)).status, Status::kManifestMalformed);
  }
  const std::mt19937::result_type seed = 20261123;
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    const auto manifest = ParseManifest(text, "data");
    if (manifest.ok()) {
      EXPECT_GT(manifest->entries.front().sample_rate_hz, 0) << "seed " << seed;
    } else {
      EXPECT_EQ(manifest.status(), Status::kManifestMalformed) << "seed " << seed;
    }
  }
}

TEST(Manifest, RefusesAFolderWithoutOne) {
  const auto manifest = ReadManifest("/nonexistent");
  EXPECT_EQ(manifest.status(), Status::kFileMissing);
  EXPECT_THAT(manifest.refusal().what, HasSubstr("/nonexistent/manifest.json"));
}

TEST(Manifest, RefusesAFileLargerThanAnyManifest) {
  const TestFolder folder;
  folder.Write("manifest.json", "{}");
  std::filesystem::resize_file(folder / "manifest.json",
                               kMaxManifestBytes + 1);  // sparse
  EXPECT_EQ(ReadManifest(folder).status(), Status::kFileTooLarge);
}

TEST(Manifest, AWrongIdIsAnsweredWithTheNearest) {
  const auto manifest = ParseManifest(Text(GoodEntry()), "data");
  ASSERT_TRUE(manifest.ok());
  const auto entry = manifest->Take("pump-2");
  EXPECT_EQ(entry.status(), Status::kRecordingMissing);
  EXPECT_THAT(entry.refusal().what, HasSubstr("\"pump-2\""));
  EXPECT_THAT(entry.refusal().what, HasSubstr("nearest id is \"pump-1\""));
  EXPECT_TRUE(manifest->Take("pump-1").ok());
}

TEST(Manifest, ReadsTheExampleOfTheDocument) {
  std::ifstream file(TORPOR_SOURCE_DIR "/docs/recordings.md");
  const std::string page{std::istreambuf_iterator<char>(file),
                         std::istreambuf_iterator<char>()};
  const std::string fence = "```json";
  const std::size_t begin = page.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t from = begin + fence.size();
  const auto manifest =
      ParseManifest(page.substr(from, page.find("```", from) - from), "my-data");
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  EXPECT_EQ(manifest->entries.front().file, "my-data/pump.wav");
  EXPECT_EQ(manifest->entries.front().channels.size(), 3U);
}

TEST(Manifest, ReadsTheProjectsOwnData) {
  const char* folder = std::getenv("TORPOR_DATA");
  if (folder == nullptr) {
    std::fputs("NOT RUN: TORPOR_DATA is unset, so no manifest of recordings\n", stderr);
    return;
  }
  const auto manifest = ReadManifest(folder);
  ASSERT_TRUE(manifest.ok()) << manifest.refusal().what;
  EXPECT_EQ(manifest->entries.size(), 90U);
  const Entry* entry = manifest->Find("femto-b1_1");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->condition, Condition::kRunToFailure);
  EXPECT_EQ(entry->snapshots->count, 2803U);
  EXPECT_EQ(entry->derived_onset_snapshot, 1629U);
}

}  // namespace
}  // namespace torpor::simulate
