// A robot for tests of its keys: contracts are signed by keys 70 and 71, keyrings by
// roots 1, 2 and 3, of which two must sign. Include it once per test program.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "contract/digest.h"
#include "contract/test_keyrings.h"
#include "firmware/core/bundle_slots.h"
#include "firmware/core/flash_layout.h"
#include "firmware/core/robot_under_test.h"

namespace torpor::firmware {

using contract::Keyring;
using contract::KeyringPlan;
using link::Cargo;
using link::Phase;

inline constexpr int kSigner = 70;
inline KeyringPlan Plan(std::uint32_t version, std::vector<int> keys = {kSigner}) {
  return {.version = version, .keys = std::move(keys)};
}
inline std::vector<std::byte> Document(const KeyringPlan& plan) {
  return contract::KeyringDocument(plan, {1, 2});
}

inline contract::Terms Version(std::uint64_t number) {
  contract::Terms terms = GoodTerms();
  terms.version.number = number;
  terms.scrub_cycles = 60;
  return terms;
}

struct Contract {
  Contract(const contract::Terms& terms, int signer = kSigner)
      : bundle(*contract::sign::Sign(terms, contract::NumberedKey(signer))),
        verified(*contract::Verify(
            bundle, contract::KeyringOf({.version = 9, .keys = {signer}}))) {}
  std::vector<std::byte> bundle;
  contract::VerifiedTerms verified;
};

class TrustChange : public ::testing::Test {
 protected:
  TrustChange() : keyring(contract::KeyringOf(Plan(9, {kSigner, 71}))) {
    SetKeyring(robot.provision, contract::KeyringOf(Plan(1)));
    robot.provision.bundle = now.bundle;
  }
  void SetUp() override {
    robot.Boot();
    Hold(now);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
  }
  void Hold(const Contract& held,
            const link::Pairing& pairing = {link::TestPairing(), std::nullopt}) {
    also = {next.verified.id()};
    robot.computer = std::make_unique<link::ComputerEnd>(
        link::ComputerSelf{held.verified, keyring, {1, 1}, {}, also}, pairing,
        robot.buffer);
  }
  std::string Offer(Cargo cargo, std::span<const std::byte> bytes, const Digest& id) {
    robot.computer->Offer({cargo, bytes, id}, robot.board.now);
    if (robot.RunUntil(Instant::max() - Milliseconds(1)) != ComputerEvent::kStaged) {
      return "nothing";
    }
    const auto why = robot.computer->not_staged();
    return why == 0 ? "taken" : std::string(link::NameOf(why));
  }
  std::string OfferKeyring(const std::vector<std::byte>& document) {
    return Offer(Cargo::kKeyring, document, contract::DigestOf(document));
  }
  std::string OfferContract(const Contract& held) {
    return Offer(Cargo::kContract, held.bundle, held.verified.id());
  }
  std::string OfferPairing(const link::PairingKey& key) {
    return Offer(Cargo::kPairing, key, contract::DigestOf(key));
  }
  // Until it is obeyed for good.
  void TakeOver(const Contract& held) {
    Hold(now);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    ASSERT_EQ(OfferContract(held), "taken");
    robot.computer->Activate(held.verified.id());
    robot.Sleep(2 * Version(7).period);
    Hold(held);
    ASSERT_EQ(robot.Greet(), ComputerEvent::kAgreed);
    robot.computer->Keep();
    robot.Settle();
    ASSERT_EQ(keeper().contract().id(), held.verified.id());
    ASSERT_EQ(keeper().record().phase, Phase::kSteady);
  }
  [[nodiscard]] const ContractKeeper& keeper() const { return robot.core->keeper(); }
  [[nodiscard]] std::uint32_t version() const {
    return keeper().keyring().lineage.version;
  }

  Robot robot;
  Contract now{Version(7)}, next{Version(8), 71};
  Keyring keyring;
  std::array<Digest, 1> also{};
};

}  // namespace torpor::firmware
