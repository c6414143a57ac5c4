// Roots and keyrings for tests: keys made of a number, documents signed by whom one says.
#pragma once

#include <initializer_list>
#include <stdexcept>
#include <vector>

#include "contract/keyring_document.h"
#include "contract/sign/keyring_sign.h"

namespace torpor::contract {

inline sign::PrivateKey NumberedKey(int number) {
  sign::Seed seed{};
  seed.fill(static_cast<std::byte>(number));
  return sign::PrivateKey::FromSeed(seed);
}

struct KeyringPlan {
  std::uint32_t version = 1;
  std::vector<int> roots{1, 2, 3};
  std::vector<int> keys{11};
  std::uint32_t threshold = 2;
  std::string_view fleet = "north-hall";
};

inline Keyring KeyringOf(const KeyringPlan& plan) {
  Keyring keyring;
  keyring.lineage.fleet.Assign(plan.fleet);
  keyring.lineage.version = plan.version;
  keyring.lineage.threshold = plan.threshold;
  keyring.lineage.issued_at_s = 1'790'000'000;
  for (const int root : plan.roots) {
    if (keyring.AddRoot(NumberedKey(root).public_key()) != Status::kOk)
      throw std::logic_error("root");
  }
  for (const int key : plan.keys) {
    if (keyring.Add(NumberedKey(key).public_key()) != Status::kOk)
      throw std::logic_error("key");
  }
  return keyring;
}

inline std::vector<std::byte> KeyringDocument(const KeyringPlan& plan,
                                              std::initializer_list<int> signers) {
  std::vector<std::byte> document = *sign::DraftKeyring(KeyringOf(plan));
  for (const int signer : signers) {
    document = *sign::SignKeyring(document, NumberedKey(signer));
  }
  return document;
}

}  // namespace torpor::contract
