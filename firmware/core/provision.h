// What is put into a robot's MCU when it is installed: whom it trusts, who it is, and the
// contract it starts with. One image in flash, written from outside (`torpor-firmware
// --provision`, or a programmer); the firmware only reads it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "contract/envelope.h"
#include "contract/keyring.h"
#include "contract/terms.h"
#include "core/result.h"
#include "link/seal.h"

namespace torpor::firmware {

inline constexpr std::size_t kMaxGroups = 8;
inline constexpr std::size_t kProvisionBytes = 4096;  // room for the largest image

struct Provision {
  std::array<contract::PublicKey, contract::Keyring::kMaxKeys> keys{};
  std::size_t key_count = 0;
  std::array<contract::PublicKey, contract::Keyring::kMaxRoots> roots{};
  std::size_t root_count = 0;
  contract::Keyring::Lineage lineage;
  link::Salt salt{};  // drawn anew each time: no two provisions are the same
  std::optional<link::PairingKey> pairing;
  contract::Name robot;
  std::array<contract::Name, kMaxGroups> group_slots{};
  std::size_t group_count = 0;
  std::span<const std::byte> bundle;  // as signed; verified at every boot
  std::span<const std::byte> image;   // that all this was read from

  [[nodiscard]] std::span<const contract::Name> groups() const {
    return std::span(group_slots).first(group_count);
  }
};

inline constexpr std::size_t kMaxImageBytes =
    8 + 16 + 1 + 32 * contract::Keyring::kMaxKeys + 1 +
    32 * contract::Keyring::kMaxRoots + 48 + 33 + 32 + 1 + 32 * kMaxGroups + 2 +
    contract::kMaxEnvelopeBytes + 4;
static_assert(kMaxImageBytes <= kProvisionBytes);

// The keys, screened; none after anything but kOk.
//   what Keyring::Add() refuses
//   kFlashMalformed  a version of 0 or above 65535, or a threshold above the roots
[[nodiscard]] Status KeyringOf(const Provision& provision, contract::Keyring& keyring);
void SetKeyring(Provision& provision, const contract::Keyring& keyring);

// Takes an image apart; `bundle` is a view of `image`.
//   kBundleMissing   erased flash
//   kFlashMalformed  not an image, or a byte of it has changed
Result<Provision> ReadProvision(std::span<const std::byte> image);

// The image, as long as the bundle makes it.
//   kBundleTooLarge  the bundle is longer than any may be
//   kFileTooLarge    it does not fit into `out`
Result<std::size_t> WriteProvision(const Provision& provision, std::span<std::byte> out);

}  // namespace torpor::firmware
