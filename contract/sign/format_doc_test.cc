// docs/contract-format.md is compared with the code, and its commands are run.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "contract/fields.h"
#include "contract/lint.h"
#include "contract/sign/durable.h"
#include "contract/sign/key_files.h"
#include "contract/sign/source_keys.h"
#include "contract/test_terms.h"
#include "contract/verify.h"
#include "contract/wire_size.h"
#include "core/hex.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

std::string Document() {
  std::ifstream file(TORPOR_SOURCE_DIR "/docs/contract-format.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands between "<!-- NAME -->" and the next empty line.
std::vector<std::string> Lines(const std::string& name) {
  std::istringstream text(Document());
  std::string line;
  while (std::getline(text, line) && line != "<!-- " + name + " -->") {
  }
  std::vector<std::string> rows;
  while (std::getline(text, line) && !line.empty()) rows.push_back(line);
  return rows;
}

// Without the table's head.
std::vector<std::string> Table(const std::string& name) {
  std::vector<std::string> rows = Lines(name);
  rows.erase(rows.begin(), rows.begin() + (rows.size() > 2 ? 2 : 0));
  return rows;
}

std::string Row(std::initializer_list<std::string> cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row;
}

std::string Code(std::string_view text) { return "`" + std::string(text) + "`"; }

void ExpectTable(const std::string& name, const std::vector<std::string>& expected) {
  const auto rows = Table(name);
  if (rows == expected) return;
  std::string all;
  for (const std::string& row : expected) all += row + "\n";
  ADD_FAILURE() << "the table \"" << name << "\" should be\n" << all;
}

TEST(FormatDocument, ListsEveryFieldAsItIs) {
  std::vector<std::string> rows;
  for (const Field& field : Fields()) {
    std::string unit(field.unit);
    if (field.kind == FieldKind::kChoice) {
      for (const auto name : ChoiceNames(field.number)) {
        unit += (unit.empty() ? "" : ", ") + std::string(name);
      }
    }
    rows.push_back(Row({std::to_string(field.number), Code(field.name),
                        Code(SourcePath(field.number)), unit,
                        std::to_string(field.min) + " to " + std::to_string(field.max)}));
  }
  ExpectTable("fields", rows);
}

TEST(FormatDocument, ListsThePartsOfEntriesAsTheyAre) {
  std::vector<std::string> rows;
  const auto add = [&](const char* in, std::span<const Part> parts) {
    for (const Part& part : parts) {
      rows.push_back(
          Row({in, std::to_string(part.number), Code(part.name), std::string(part.unit),
               std::to_string(part.min) + " to " + std::to_string(part.max)}));
    }
  };
  add("target", TargetParts());
  add("sensor", SensorParts());
  ExpectTable("parts", rows);
}

TEST(FormatDocument, StatesTheLimitsAsTheyAre) {
  ExpectTable("limits",
              {Row({"payload", std::to_string(kMaxPayloadBytes) + " bytes"}),
               Row({"bundle", std::to_string(kMaxEnvelopeBytes) + " bytes"}),
               Row({"payload type", Code(kPayloadType)}),
               Row({"trusted keys", std::to_string(Keyring::kMaxKeys)}),
               Row({"validity", std::to_string(kMaxValiditySeconds / 86'400) + " days"}),
               Row({"slot of the firmware", std::to_string(kSlotBytes) + " bytes"}),
               Row({"body of a packet", std::to_string(kMaxPacketBody) + " bytes"})});
}

// A folder with what the page's commands are run on.
class FormatCommands : public testing::Test {
 protected:
  FormatCommands() {
    const PrivateKey key = PrivateKey::Generate();
    bundle_ = *Sign(GoodTerms(), key);
    EXPECT_EQ(WriteKeyPair((folder_ / "fleet").string(), key), Status::kOk);
  }

  // The block of commands under "<!-- NAME -->", line by line as it stands there.
  static std::string Block(const std::string& name) {
    std::string script;
    for (const std::string& line : Lines(name)) {
      if (!line.starts_with("```")) script += line + "\n";
    }
    return script;
  }
  // Exit code of the block; what it prints goes to `out`.
  int Run(const std::string& name, std::string& out) const {
    std::ofstream(folder_ / "block.sh") << Block(name);
    const std::string line =
        "cd " + folder_.string() + " && sh -eu block.sh > printed 2>&1";
    const int status = std::system(line.c_str());
    std::ifstream printed(folder_ / "printed");
    out.assign(std::istreambuf_iterator<char>(printed), {});
    return WEXITSTATUS(status);
  }
  void PutBundle(const std::vector<std::byte>& bytes) const {
    ASSERT_EQ(ReplaceFile((folder_ / "night.dsse").string(), bytes), Status::kOk);
  }

  TestFolder folder_;
  std::vector<std::byte> bundle_;
};

TEST_F(FormatCommands, OpensslAloneVerifiesABundle) {
  if (std::system("openssl version > /dev/null 2>&1") != 0) {
    std::fprintf(stderr,
                 "NOT RUN: there is no openssl to run the page's commands with\n");
    return;
  }
  ASSERT_GT(Block("verify").size(), 100U) << "the page has lost its commands";
  PutBundle(bundle_);
  std::string out;
  EXPECT_EQ(Run("verify", out), 0) << out;
  EXPECT_NE(out.find("Signature Verified Successfully"), std::string::npos) << out;
  const auto payload = ParseEnvelope(bundle_)->payload;
  const std::string id(Hex(ShortOf(DigestOf(payload))).view());
  EXPECT_NE(out.find(id), std::string::npos) << out << "\nmisses " << id;

  // In the payload, the type, the signature.
  for (const std::size_t at : {std::size_t{40}, bundle_.size() - 40}) {
    std::vector<std::byte> changed = bundle_;
    changed[at] ^= std::byte{1};
    PutBundle(changed);
    EXPECT_NE(Run("verify", out), 0) << "byte " << at << "\n" << out;
  }
}

}  // namespace
}  // namespace torpor::contract::sign
