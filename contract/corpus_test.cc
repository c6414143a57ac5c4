// The conformance corpus as files, and what our verifier says of each.
// TORPOR_REGENERATE=1 writes them anew, for a change of the schema.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "contract/test_corpus.h"
#include "contract/verify.h"
#include "core/status_table.h"

namespace torpor::contract {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = TORPOR_SOURCE_DIR "/contract/testdata/corpus";

Status VerdictOf(const Bytes& bundle) {
  Keyring keyring;
  EXPECT_EQ(keyring.Add(CorpusKey().public_key()), Status::kOk);
  return Verify(bundle, keyring).status();
}

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// NAME, number and name of the reason, one vector a line.
std::string Index(const Corpus& corpus) {
  std::string text;
  for (const Vector& v : corpus.vectors()) {
    text += v.name + "\t" + std::to_string(static_cast<int>(v.expected)) + "\t" +
            std::string(Info(v.expected).name) + "\n";
  }
  return text;
}

TEST(Corpus, GivesEachVectorItsReason) {
  const Corpus corpus;
  for (const Vector& v : corpus.vectors()) {
    EXPECT_EQ(Info(VerdictOf(v.bundle)).name, Info(v.expected).name) << v.name;
  }
}

TEST(Corpus, HasEveryNameOnceAndEveryReasonOfTheFormat) {
  std::set<std::string> names;
  std::set<Status> reasons;
  const Corpus corpus;
  for (const Vector& v : corpus.vectors()) {
    EXPECT_TRUE(names.insert(v.name).second) << v.name;
    reasons.insert(v.expected);
  }
  // Those that a keyring or the place in the process decides are provoked elsewhere;
  // no payload is known that is not canonical for a reason without a name of its own.
  const std::set<Status> elsewhere = {
      Status::kBundleMissing, Status::kKeyringEmpty, Status::kWeakKey,
      Status::kKeyringFull, Status::kKeyMalformed, Status::kNotCanonical,
      // of keyrings: keyring_document_test.cc
      Status::kKeyringFixed, Status::kKeyringSkips, Status::kTooFewSignatures,
      Status::kKeyringMixed, Status::kKeyWithTwoRoles, Status::kKeyOrder};
  for (const StatusInfo& info : StatusTable()) {
    const int number = static_cast<int>(info.status);
    if (number < 100 || number >= 170 || elsewhere.contains(info.status)) continue;
    EXPECT_TRUE(reasons.contains(info.status)) << info.name << " has no vector";
  }
}

TEST(Corpus, IsWhatTheFilesHold) {
  const Corpus corpus;
  if (std::getenv("TORPOR_REGENERATE") != nullptr) {
    fs::remove_all(kFolder);
    fs::create_directories(kFolder);
    for (const Vector& v : corpus.vectors()) {
      std::ofstream(kFolder / (v.name + ".dsse"), std::ios::binary)
          .write(reinterpret_cast<const char*>(v.bundle.data()), std::ssize(v.bundle));
    }
    std::ofstream(kFolder / "index.tsv") << Index(corpus);
  }
  EXPECT_EQ(Slurp(kFolder / "index.tsv"), Index(corpus));
  for (const Vector& v : corpus.vectors()) {
    const std::string bytes = Slurp(kFolder / (v.name + ".dsse"));
    EXPECT_TRUE(std::ranges::equal(AsBytes(bytes), v.bundle)) << v.name;
  }
  const auto files = std::distance(fs::directory_iterator(kFolder), {});
  EXPECT_EQ(files, std::ssize(corpus.vectors()) + 1);
}

}  // namespace
}  // namespace torpor::contract
