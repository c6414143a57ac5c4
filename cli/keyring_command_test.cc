
#include "cli/test_command.h"
#include "core/json_hosted.h"

namespace torpor::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Three roots, of which two must sign, and a fleet's first keyring.
class KeyringCommand : public Command {
 protected:
  KeyringCommand() {
    for (const char* name : {"ann", "ben", "cho", "dee", "fleet-2026", "fleet-2027"}) {
      Good(std::string("contract keygen ") + name);
    }
    Good(
        "keyring new --fleet site-7 --root ann.pub --root ben.pub --root cho.pub "
        "--key fleet-2026.pub -o 1.keyring");
    Good("keyring sign 1.keyring --key ann.key");
    Good("keyring sign 1.keyring --key cho.key");
  }
  [[nodiscard]] json Shown(const std::string& words) const {
    return json::parse(Torpor("keyring show " + words + " --json").out);
  }
};

TEST_F(KeyringCommand, AFirstKeyringIsGoodOnceEnoughRootsHaveSigned) {
  Good(
      "keyring new --fleet site-7 --root ann.pub --root ben.pub --key fleet-2026.pub "
      "-o draft.keyring");
  const Ran draft = Torpor("keyring show draft.keyring");
  EXPECT_EQ(draft.exit_code, 77);
  EXPECT_THAT(draft.out, HasSubstr("too-few-signatures (118)"));
  EXPECT_THAT(draft.out, HasSubstr("has not signed"));

  const Ran good = Torpor("keyring show 1.keyring");
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_THAT(good.out, HasSubstr("keyring 1 of site-7"));
  EXPECT_THAT(good.out, HasSubstr("2 roots must sign"));
  EXPECT_THAT(good.out, HasSubstr("its own roots stand behind it"));
}

TEST_F(KeyringCommand, TheNextOneAddsAKeyAndReplacesARoot) {
  Good(
      "keyring next 1.keyring --key fleet-2027.pub --drop ben.pub --root dee.pub "
      "-o 2.keyring");
  EXPECT_EQ(Shown("2.keyring --prev 1.keyring")["name"], "too-few-signatures");
  Good("keyring sign 2.keyring --key ann.key");
  Good("keyring sign 2.keyring --key ann.key");  // twice is once
  EXPECT_EQ(Shown("2.keyring --prev 1.keyring")["name"], "too-few-signatures");
  Good("keyring sign 2.keyring --key cho.key");
  const json shown = Shown("2.keyring --prev 1.keyring");
  EXPECT_EQ(shown["name"], "ok");
  EXPECT_EQ(shown["version"], 2);
  EXPECT_EQ(shown["keys"].size(), 2U);
  EXPECT_EQ(shown["roots"].size(), 4U) << "old and new ones";
  const Ran people = Torpor("keyring show 2.keyring --prev 1.keyring");
  EXPECT_THAT(people.out, HasSubstr("root until now, has not signed"));
  EXPECT_THAT(people.out, HasSubstr("root from now on, has not signed"));
  EXPECT_THAT(people.out, HasSubstr("robots that hold the previous one will take it"));
}

TEST_F(KeyringCommand, AContractIsVerifiedWithTheNewestDocumentOfAFolder) {
  std::filesystem::create_directory(folder_ / "keys");
  Good("contract new --base bench-10s --fleet site-7 --robot r-17 -o night.toml");
  Good("contract sign night.toml --key fleet-2027.key -o night.dsse");
  std::filesystem::copy_file(folder_ / "1.keyring", folder_ / "keys/1.keyring");
  Refused("contract verify night.dsse --keyring keys", 77, "unknown-key (107)");
  Good(
      "keyring next 1.keyring --key fleet-2027.pub --drop fleet-2026.pub "
      "-o keys/2.keyring");
  Good("keyring sign keys/2.keyring --key ann.key");
  Good("keyring sign keys/2.keyring --key ben.key");
  Good("contract verify night.dsse --keyring keys");
  Good("contract sign night.toml --key fleet-2026.key -o old.dsse");
  Refused("contract verify old.dsse --keyring keys", 77, "unknown-key (107)");
}

TEST_F(KeyringCommand, AContractMayAskForALaterKeyring) {
  Good("contract new --base bench-10s --fleet site-7 --robot r-17 -o night.toml");
  Write("later.toml", "keyring_version_min = 2\n" + Read("night.toml"));
  Good("contract sign later.toml --key fleet-2026.key -o later.dsse");
  Refused("contract verify later.dsse --keyring 1.keyring", 77, "keyring-too-old (115)");
  Good("keyring next 1.keyring --key fleet-2027.pub -o 2.keyring");
  Good("keyring sign 2.keyring --key ann.key");
  Good("keyring sign 2.keyring --key cho.key");
  Good("contract verify later.dsse --keyring 1.keyring --keyring 2.keyring");
}

TEST_F(KeyringCommand, EachMistakeIsOneLine) {
  Refused("keyring new --fleet site-7 --root ann.pub --key ann.pub -o x.keyring", 65,
          "key-with-two-roles (130)");
  Refused("keyring new --fleet Site --root ann.pub --key ben.pub -o x.keyring", 78,
          "out-of-range (140)");
  Refused("keyring new --fleet s --root ann.pub --key ben.pub --threshold 2 -o x.keyring",
          78, "out-of-range (140)");
  Refused("keyring new --fleet s --root none.pub --key ben.pub -o x.keyring", 66,
          "file-missing (5)");
  Refused("keyring new --fleet s --root ann.pub --key ben.pub -o 1.keyring", 64,
          "file-exists (8)");
  Refused("keyring new --fleet s --root 1.keyring --key ben.pub -o x.keyring", 65,
          "key-malformed (113)");
  Write("two.pub", Read("ann.pub") + Read("dee.pub"));
  Refused("keyring next 1.keyring --drop two.pub -o x.keyring", 77, "unknown-key (107)");
  Refused("keyring next 1.keyring --drop 0123456789abcdef -o x.keyring", 77,
          "unknown-key (107)");
  Refused("keyring next 1.keyring --drop ann.pub --drop ben.pub -o x.keyring", 78,
          "out-of-range (140)");
  Refused("keyring next fleet-2026.pub -o x.keyring", 77, "keyring-fixed (116)");
  Refused("keyring sign 1.keyring --key fleet-2026.key", 65, "key-with-two-roles (130)");
  Refused("keyring sign none.keyring --key ann.key", 66, "file-missing (5)");
  MakeBundle();
  Refused("keyring show night.dsse", 65, "wrong-payload-type (106)");
  Write("cut.keyring", Read("1.keyring").substr(0, 100));
  Refused("keyring show cut.keyring", 65, "bundle-truncated (102)");
  Refused("keyring show fleet.pub", 65, "envelope-malformed (105)");
}

}  // namespace
}  // namespace torpor::cli
