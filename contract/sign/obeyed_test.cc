#include "contract/sign/obeyed.h"

#include <gtest/gtest.h>

#include <string_view>

#include "contract/sign/sign.h"
#include "contract/sign/wanted.h"
#include "contract/test_terms.h"
#include "core/test_folder.h"

namespace torpor::contract::sign {
namespace {

class Obeyed : public testing::Test {
 protected:
  NamedContract Put(const char* slot, const Terms& terms) const {
    const auto bundle = Sign(terms, key_);
    EXPECT_TRUE(bundle.ok());
    folder_.Write(slot, std::string_view(reinterpret_cast<const char*>(bundle->data()),
                                         bundle->size()));
    const auto name = UnverifiedName(*bundle);
    EXPECT_TRUE(name.ok());
    return *name;
  }
  void Obey(const std::optional<NamedContract>& contract) const {
    ActivationReport report;
    report.active = contract;
    ASSERT_EQ(SaveReport(folder_, report), Status::kOk);
  }

  PrivateKey key_ = PrivateKey::Generate();
  TestFolder folder_;
};

TEST_F(Obeyed, AreTheTermsOfTheSlotThatTheRobotNames) {
  Terms other = GoodTerms();
  ++other.version.number;
  const NamedContract first = Put(kSlotFiles[0], GoodTerms());
  const NamedContract second = Put(kSlotFiles[1], other);
  Obey(first);
  EXPECT_EQ(ObeyedTerms(folder_)->version, GoodTerms().version);
  Obey(second);
  EXPECT_EQ(ObeyedTerms(folder_)->version, other.version);
}

TEST_F(Obeyed, SaysWhatIsMissing) {
  EXPECT_EQ(ObeyedTerms(folder_).status(), Status::kFileMissing) << "nothing was said";
  const NamedContract first = Put(kSlotFiles[0], GoodTerms());
  Obey(std::nullopt);
  EXPECT_EQ(ObeyedTerms(folder_).status(), Status::kBundleMissing);
  Obey(first);
  folder_.Write(kSlotFiles[0], "rubbish");
  EXPECT_EQ(ObeyedTerms(folder_).status(), Status::kFileMissing);
  folder_.Write(kActivationFile, "{");
  EXPECT_EQ(ObeyedTerms(folder_).status(), Status::kStateMalformed);
}

}  // namespace
}  // namespace torpor::contract::sign
