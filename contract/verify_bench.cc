#include "contract/verify.h"

#include <benchmark/benchmark.h>
#include <sodium.h>

#include <array>
#include <cstddef>
#include <vector>

#include "contract/sign/sign.h"
#include "contract/test_keyrings.h"
#include "contract/test_terms.h"

namespace torpor::contract {
namespace {

// What a boot pays for its contract, beside the bare signature check that is the least it
// could pay. Form, ranges, encoding again and the lint should hardly show.
void VerifyBundle(benchmark::State& state) {
  const auto key = sign::PrivateKey::Generate();
  const auto bundle = sign::Sign(GoodTerms(), key);
  Keyring keyring;
  if (!bundle.ok() || keyring.Add(key.public_key()) != Status::kOk) {
    state.SkipWithError("the contract does not sign");
    return;
  }
  for (auto _ : state) {
    if (!Verify(*bundle, keyring).ok()) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifyBundle)->Unit(benchmark::kMicrosecond);

// What a firmware pays for a keyring that brings one new key: two signatures, one
// screening.
void FollowOneNewKey(benchmark::State& state) {
  const Keyring held = KeyringOf({});
  const auto next = KeyringDocument({.version = 2, .keys = {11, 12}}, {1, 2});
  Keyring taken;
  for (auto _ : state) {
    if (FollowKeyring(next, held, taken) != Status::kOk) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FollowOneNewKey)->Unit(benchmark::kMicrosecond);

// The most that one can cost: all roots and keys new, six signatures.
void FollowAllNew(benchmark::State& state) {
  const Keyring held = KeyringOf({});
  const auto next = KeyringDocument(
      {.version = 2, .roots = {4, 5, 6}, .keys = {12, 13, 14, 15}}, {1, 2, 3, 4, 5, 6});
  Keyring taken;
  for (auto _ : state) {
    if (FollowKeyring(next, held, taken) != Status::kOk) state.SkipWithError("refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(FollowAllNew)->Unit(benchmark::kMicrosecond);

void BareSignatureCheck(benchmark::State& state) {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> pub{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret{};
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  const std::vector<unsigned char> message(500, 0x5A);
  crypto_sign_keypair(pub.data(), secret.data());
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       secret.data());
  for (auto _ : state) {
    if (crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                    pub.data()) != 0) {
      state.SkipWithError("refused");
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BareSignatureCheck)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace torpor::contract
